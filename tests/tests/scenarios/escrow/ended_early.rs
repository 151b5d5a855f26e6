//! A key generation that ends early leaves no key, and says so.

use super::*;

/// The keys of both tokens, which are asked for their PIN in whatever order.
fn keys(site: &Site) -> String {
    let mut person = Person::at(&site.keys().args(["--login"]));
    person.both_pins();
    person.ends(0)
}

#[test]
fn whoever_stops_at_a_question_leaves_no_key_and_no_page() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    // At the first bag number, at the first page, at the second envelope; by a signal and by another word.
    for (at, keys_typed, code) in [
        ("The number of the bag for BOARD envelope 1:", None, 130),
        ("Then type printed", None, 130),
        ("Then type printed", Some("stop"), 2),
        ("Then type printed", Some("again"), 2),
        ("The number of the bag for BOARD envelope 2:", None, 130),
    ] {
        let mut person = Person::at(&site.keygen());
        person.pin("root-2026");
        if at != "The number of the bag for BOARD envelope 1:" {
            person.waits("The number of the bag for BOARD envelope 1:");
            person.types("1");
        }
        if at.contains("envelope 2") {
            person.waits("Then type printed");
            person.types("printed");
        }
        person.waits(at);
        match keys_typed {
            Some(keys) => person.types(keys),
            None => person.seat.running.interrupt(),
        }
        let screen = person.ends(code);
        assert!(screen.contains("No key was kept") && screen.contains("Destroy every page"), "{screen}");
        assert!(!site.page_file().exists());
        assert!(!keys(&site).contains("root key"));
    }
    // Before the first page: at the dice, where Ctrl-C is a key, and at the PIN.
    for question in ["The throws of a die", "PIN for token root-2026: "] {
        let mut person = Person::at(&site.keygen().args(["--dice"]));
        if question.starts_with("The throws") {
            person.pin("root-2026");
        }
        person.waits(question);
        while person.seat.echoes() {
            std::thread::sleep(Duration::from_millis(5));
        }
        person.seat.type_keys("\u{3}");
        let screen = person.ends(130);
        assert!(screen.contains("No key was kept"), "{screen}");
        assert!(!keys(&site).contains("root key"));
    }
    site.program(&["journal", "show"]).exits(0).says("ended early, a key made for it must never sign");
    // Afterwards a new set is made.
    let papers = site.papers();
    assert!(!papers.pinned.is_empty());
}

#[test]
fn a_killed_run_is_cleared_up_by_the_next() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let person = Person::at_first_page(&site, "1");
    assert!(site.page_file().exists());
    let _ = person.seat.running.kill_9();
    let mut person = Person::at(&site.keygen());
    person.pin("root-2026");
    person.waits("was killed. Destroy its pages");
    person.waits("The number of the bag for BOARD envelope 1:");
    assert!(!site.page_file().exists(), "the page that the killed run left is gone");
    person.seat.running.interrupt();
    person.ends(130);
    assert!(!keys(&site).contains("root key"));
}

#[test]
fn pages_go_to_memory_or_a_printer_and_a_key_that_cannot_be_wrapped_is_refused() {
    let Some(site) = Site::new("ed25519") else { return };
    let keygen =
        |pages: &[&str]| site.program(&[&["ceremony", "keygen", "--site", "SITE.toml", "first.toml"], pages].concat());
    keygen(&[]).exits(2).says("--pages does not say where");
    keygen(&["--pages", "/dev/null"]).exits(2).says("no USB printer");
    keygen(&["--pages", "first.toml"]).exits(2).says("neither a folder nor a printer");
    keygen(&["--pages", "/proc"]).exits(2).says("not in memory");
    let mut person = Person::at(&site.keygen());
    person.pin("root-2026");
    let screen = person.ends(2);
    assert!(screen.contains("KEY-ESCROW: the token does not wrap a key of kind Ed25519"), "{screen}");
    site.program(&["journal", "show"]).exits(0).says("ended early, a key made for it must never sign: key-unusable");
}

/// Killed before each call that makes, changes or uses an object, and after the last ones: the journal then has no key that
/// was made, and the next run destroys what was left and comes to its end.
#[test]
fn a_run_that_is_killed_at_any_call_leaves_no_key_that_could_sign() {
    let (Some(site), Some(counted)) = (Site::new("ecdsa-p256"), Site::new("ecdsa-p256")) else { return };
    for site in [&site, &counted] {
        site.by_shim("SITE.toml", "none");
    }
    let run = |site: &Site, kill: i64| Person::at(&site.keygen().env("ROOTCAST_SHIM_KILL", kill.to_string()));
    // Which calls there are, of a run that nobody kills.
    let mut person = run(&counted, 0);
    walk(&mut person);
    assert!(person.ends(0).contains("public_key_sha256"));
    // C_CreateObject, C_DestroyObject, C_Sign, C_GenerateKeyPair, C_WrapKey, C_UnwrapKey
    let wanted = [20, 22, 43, 59, 60, 61].map(|number| number.to_string());
    let calls: Vec<i64> = SoftTokens::calls(counted.tokens.folder())
        .iter()
        .filter_map(|line| line.strip_prefix("call ")?.split_once(": "))
        .filter(|(_, function)| wanted.iter().any(|wanted| wanted == function))
        .map(|(call, _)| call.parse().unwrap())
        .collect();
    assert!(calls.len() > 20, "{calls:?}");
    let after = calls.iter().rev().take(6).map(|call| -call);
    for kill in calls.iter().copied().chain(after) {
        let mut person = run(&site, kill);
        walk(&mut person);
        while person.seat.running.runs() {
            std::thread::sleep(Duration::from_millis(5));
        }
        let shown = site.program(&["journal", "show"]).run();
        assert!(!format!("{}{}", shown.stdout, shown.stderr).contains("key-made"), "killed at {kill}");
        let _ = fs::remove_file(site.page_file());
    }
    // What the runs left is destroyed by the next, which comes to its end.
    let mut person = Person::at(&site.keygen());
    walk(&mut person);
    assert!(person.ends(0).contains("public_key_sha256"));
    let keys = site.keys().exits(0);
    assert_eq!(format!("{}{}", keys.stdout, keys.stderr).matches("root key").count(), 1, "{}", keys.stdout);
}

/// On some HSMs the objects of a session outlive their client. The shim makes SoftHSM one of them.
#[test]
fn objects_that_outlive_a_killed_run_are_found_by_their_id_and_destroyed() {
    let new = || {
        let site = Site::new("ecdsa-p384")?;
        site.by_shim("SITE.toml", "session-objects-stay");
        Some(site)
    };
    let Some(counted) = new() else { return };
    let mut person = Person::at(&counted.keygen().env("ROOTCAST_SHIM_KILL", "0"));
    walk(&mut person);
    person.ends(0);
    let wraps: Vec<String> = SoftTokens::calls(counted.tokens.folder())
        .iter()
        .filter_map(|line| Some(line.strip_prefix("call ")?.strip_suffix(": 60")?.to_owned()))
        .collect();
    // Of the key to throw away and of the key; each call of C_WrapKey asks for the length first.
    let [_, trial, _, made] = wraps.as_slice() else { panic!("{wraps:?}") };
    for kill in [trial, made] {
        let site = new().unwrap();
        let mut person = Person::at(&site.keygen().env("ROOTCAST_SHIM_KILL", kill));
        person.pin("root-2026");
        while person.seat.running.runs() {
            std::thread::sleep(Duration::from_millis(5));
        }
        let found = keys(&site);
        assert!(found.contains("root key"), "killed at {kill}, a key is left in the token:\n{found}");
        // The next run destroys it before it does anything else.
        let mut person = Person::at(&site.keygen());
        person.pin("root-2026");
        person.waits("that it left on the token were destroyed");
        person.waits("The number of the bag for BOARD envelope 1:");
        person.seat.running.interrupt();
        person.ends(130);
        assert!(!keys(&site).contains("root key"));
    }
}

#[test]
fn a_token_that_does_not_wrap_as_it_says_is_found_with_a_key_to_throw_away() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    for (fault, says) in [
        ("wraps-not", "CKR_KEY_NOT_WRAPPABLE"),
        ("wraps-nothing", "it gave 0 bytes for the wrapped key"),
        ("says-extractable", "does not confirm that the restored key is sensitive and not extractable"),
    ] {
        site.by_shim("SITE.toml", fault);
        let mut person = Person::at(&site.keygen());
        person.pin("root-2026");
        let screen = person.ends(2);
        assert!(screen.contains(says) && screen.contains("No key was kept"), "{fault}: {screen}");
        assert!(!screen.contains("The number of the bag"), "{fault}: no page was printed");
    }
    let keys = site.keys().exits(0);
    assert!(!format!("{}{}", keys.stdout, keys.stderr).contains("root key"));
}

/// The disk with the journal fails between two envelopes.
#[test]
fn a_journal_that_cannot_be_written_between_pages_says_what_becomes_of_the_pages() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let mut person = Person::at_first_page(&site, "1");
    let (journal, aside) = (site.scratch.path("state/journal.jsonl"), site.scratch.path("aside.jsonl"));
    fs::rename(&journal, &aside).unwrap();
    fs::create_dir(&journal).unwrap();
    person.types("printed");
    let screen = person.ends(8);
    assert!(screen.contains("journal.jsonl") && screen.contains("Destroy every page that was printed"), "{screen}");
    assert!(!site.page_file().exists());
    fs::remove_dir(&journal).unwrap();
    fs::rename(&aside, &journal).unwrap();
    assert!(!keys(&site).contains("root key"));
    // Every envelope has a bag of its own.
    let mut person = Person::at_first_page(&site, "7");
    person.types("printed");
    person.waits("The number of the bag for BOARD envelope 2:");
    person.types("7");
    person.waits("The bag of BOARD envelope 1 has this number already");
    person.seat.running.interrupt();
    person.ends(130);
}

/// Types whatever is asked until the program ends.
fn walk(person: &mut Person) {
    person.pin("root-2026");
    for (group, number) in envelopes() {
        let name = format!("{group} envelope {number}");
        let bag = bag("A", group, number);
        for (question, answer) in [("The number of the bag for ", bag.as_str()), ("Both pages of ", "printed")] {
            let text = format!("{question}{name}");
            while person.seat.running.runs() && !person.seat.screen().contains(&text) {
                std::thread::sleep(Duration::from_millis(5));
            }
            if !person.seat.running.runs() {
                return;
            }
            person.types(answer);
        }
    }
}
