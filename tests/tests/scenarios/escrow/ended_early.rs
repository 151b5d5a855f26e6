//! A key generation that ends early leaves no key, and says so.

use super::attempts::copy;
use super::*;

/// The label of what does not stay in a token.
const TEMPORARY: &str = "rootcast escrow, temporary";

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
            Some(keys) => {
                // A word that is neither is asked again.
                person.types("prnted");
                person.waits("That is neither printed nor stop");
                person.types(keys);
            }
            None => person.seat.running.interrupt(),
        }
        let screen = person.ends(code);
        assert!(screen.contains("No key was kept") && screen.contains("A new run makes a new key"), "{screen}");
        assert_eq!(
            screen.contains("Destroy every page of the set"),
            !at.contains("BOARD envelope 1"),
            "{at}: {screen}"
        );
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
        person.seat.until(|seat| !seat.echoes());
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
    assert!(screen.contains("Perhaps it cannot wrap this kind of key. Or only keys may wrap there"), "{screen}");
    site.program(&["journal", "show"]).exits(0).says("ended early, a key made for it must never sign: key-unusable");
}

/// Killed before each counted call (those that make, change, find or use an object, the login, random bytes), and after each
/// that makes, changes or uses one. Calls that only ask are not counted. The journal then has no key that was made, and the
/// next run destroys what was left and comes to its end.
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
    counted.program(&["journal", "show"]).exits(0).says("key-made");
    // C_CreateObject, C_DestroyObject, C_Sign, C_GenerateKeyPair, C_WrapKey, C_UnwrapKey
    let wanted = [20, 22, 43, 59, 60, 61].map(|number| number.to_string());
    let noted = SoftTokens::calls(counted.tokens.folder());
    let noted: Vec<(i64, &str)> = noted
        .iter()
        .filter_map(|line| line.strip_prefix("call ")?.split_once(": "))
        .map(|(call, function)| (call.parse().unwrap(), function))
        .collect();
    let using: Vec<i64> = noted
        .iter()
        .filter(|(_, function)| wanted.iter().any(|wanted| wanted == function))
        .map(|(call, _)| *call)
        .collect();
    assert!(using.len() > 25 && noted.len() > using.len() + 10, "{noted:?}");
    let kills: Vec<i64> = noted.iter().map(|(call, _)| *call).chain(using.iter().map(|call| -call)).collect();
    println!("{} calls, {} of them use an object; killed {} times", noted.len(), using.len(), kills.len());
    let mut left = 0;
    // Each run begins with empty tokens and no state: looking for what others left would move the calls.
    let (tokens, empty) = (site.tokens.folder().join("tokens"), site.tokens.folder().join("empty"));
    copy(&tokens, &empty);
    for kill in kills.iter().copied() {
        fs::remove_dir_all(&tokens).unwrap();
        copy(&empty, &tokens);
        let _ = fs::remove_dir_all(site.scratch.path("state"));
        let mut person = run(&site, kill);
        walk(&mut person);
        person.seat.until(|seat| !seat.running.runs());
        assert_ne!(person.seat.running.wait().code, Some(0), "killed at {kill}");
        let shown = site.program(&["journal", "show"]).run();
        let shown = format!("{}{}", shown.stdout, shown.stderr);
        assert!(!shown.contains("key-made"), "killed at {kill}: {shown}");
        // The token has no key, or one that the journal calls unfinished and `sign` refuses.
        match site.objects() {
            0 | 1 => {}
            _ => {
                left += 1;
                site.refuses_the_last_key(&format!("killed-{left}"));
            }
        }
        let _ = fs::remove_file(site.page_file());
    }
    assert!(left > 0, "no kill left a whole key in the token");
    // What the runs left is destroyed by the next, which comes to its end.
    let mut person = Person::at(&site.keygen());
    walk(&mut person);
    assert!(person.ends(0).contains("public_key_sha256"));
    let keys = site.keys().exits(0);
    assert_eq!(format!("{}{}", keys.stdout, keys.stderr).matches("root key").count(), 1, "{}", keys.stdout);
}

/// On some HSMs the objects of a session outlive their client. The shim makes SoftHSM one of them.
#[test]
fn objects_that_outlive_a_killed_run_are_found_by_their_label_and_destroyed() {
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
        person.seat.until(|seat| !seat.running.runs());
        let found = keys(&site);
        assert!(found.contains(TEMPORARY), "killed at {kill}, a key is left in the token:\n{found}");
        // The next run destroys it before it does anything else.
        let mut person = Person::at(&site.keygen());
        person.pin("root-2026");
        person.waits("that it left on the token were destroyed");
        person.waits("The number of the bag for BOARD envelope 1:");
        person.seat.running.interrupt();
        person.ends(130);
        assert!(!keys(&site).contains(TEMPORARY));
    }
}

#[test]
fn a_token_that_does_not_wrap_as_it_says_is_found_with_a_key_to_throw_away() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    for (fault, says) in [
        ("wraps-not", "CKR_KEY_NOT_WRAPPABLE"),
        ("wraps-nothing", "it gave 0 bytes for the wrapped key"),
        ("says-extractable", "does not confirm that the restored key is sensitive and not extractable"),
        ("always-authenticate", "its keys ask for the PIN before each use (CKA_ALWAYS_AUTHENTICATE)"),
        // SoftHSM refuses by itself: the wrapping key is not one that its security officer trusts.
        ("wraps-with-trusted", "marked as trusted (CKA_TRUSTED"),
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

/// Calls of the last part of a run that fail, each alone and without reaching the token: the key does not stay. A token that
/// destroys nothing is found with the key to throw away, and what it has is destroyed when it obeys again.
#[test]
fn a_call_that_fails_leaves_no_key_and_a_token_that_destroys_nothing_is_told() {
    let Some([site, counted]) = Site::beside_a_counted_one() else { return };
    let calls = SoftTokens::calls(counted.tokens.folder());
    // C_CreateObject, C_DestroyObject, C_Sign, C_UnwrapKey
    for (function, says) in [(20, "keep the public key"), (22, "destroy"), (43, "failed to sign"), (61, "take the")] {
        let suffix = format!(": {function}");
        let count = calls.iter().filter(|line| line.starts_with("call ") && line.ends_with(&suffix)).count();
        assert!(count > 1, "{function}: {calls:?}");
        // CKR_DEVICE_ERROR
        let mut person = Person::at(&site.keygen().env("ROOTCAST_SHIM_FAIL", format!("{function}:{count}=:48")));
        walk(&mut person);
        let screen = person.ends(7);
        for text in [says, "No key was kept", "Destroy every page of the set", "CKR_DEVICE_ERROR"] {
            assert!(screen.contains(text), "{function}, {text}: {screen}");
        }
        assert_eq!(site.objects(), 0, "{function}");
    }
    for (fault, fail) in [("session-objects-stay,destroys-not", ""), ("session-objects-stay", "22:1:48")] {
        site.by_shim("SITE.toml", fault);
        let mut person = Person::at(&site.keygen().env("ROOTCAST_SHIM_FAIL", fail));
        person.pin("root-2026");
        let screen = person.ends(7);
        assert!(screen.contains("is left in the token. It must never sign"), "{fault}: {screen}");
        assert!(!screen.contains("The number of the bag"), "{fault}: {screen}");
        let left = site.objects();
        assert!(left > 0, "{fault}");
        // The token obeys again.
        site.by_shim("SITE.toml", "none");
        let mut person = Person::at(&site.keygen());
        person.pin("root-2026");
        person.waits(&format!("{left} objects that it left on the token were destroyed"));
        person.waits("The number of the bag for BOARD envelope 1:");
        person.seat.running.interrupt();
        person.ends(130);
        assert_eq!(site.objects(), 0, "{fault}");
    }
}

/// A state that was copied before the key was in its token calls that key unfinished. Nobody loses it by that.
#[test]
fn an_older_copy_of_the_state_asks_before_it_destroys_a_key() {
    let Some(site) = Site::new("ecdsa-p256") else { return };
    let state = |name: &str| site.scratch.path(name);
    let mut person = Person::at(&site.keygen());
    person.pin("root-2026");
    for (group, number) in envelopes() {
        person.waits(&format!("The number of the bag for {group} envelope {number}:"));
        if (group, number) == ("OPERATIONS", 3) {
            copy(&state("state"), &state("older"));
        }
        person.types(&bag("A", group, number));
        person.waits(&format!("Both pages of {group} envelope {number} are"));
        person.types("printed");
    }
    person.ends(0);
    assert_eq!(site.objects(), 2, "private and public key");
    fs::rename(state("state"), state("newest")).unwrap();
    fs::rename(state("older"), state("state")).unwrap();
    let text = fs::read_to_string(site.scratch.path("SITE.toml")).unwrap();
    site.scratch.file("SITE.toml", text.replace("\"root key\"", "\"another root\""));
    for (typed, code) in [(Some(""), 2), (Some("yes"), 2), (None, 130)] {
        let mut person = Person::at(&site.keygen());
        person.pin("root-2026");
        person.waits("private key, label \"root key\", SHA-256 of the public key: ");
        person.waits("Type destroy to destroy it in this token");
        match typed {
            Some(typed) => {
                person.types(typed);
                if !typed.is_empty() {
                    person.waits("That was not: destroy.");
                    person.types("");
                }
            }
            None => person.seat.running.interrupt(),
        }
        let screen = person.ends(code);
        for says in ["Compare the journal's head with the newest paper record", "use the newest state"] {
            assert!(screen.contains(says), "{says}: {screen}");
        }
        assert!(!screen.contains("were destroyed"), "{screen}");
        assert_eq!(site.objects(), 2, "{typed:?}");
    }
    let mut person = Person::at(&site.keygen());
    person.pin("root-2026");
    person.waits("Type destroy to destroy it in this token");
    person.types("destroy");
    person.waits("2 objects that it left on the token were destroyed");
    person.waits("The number of the bag for BOARD envelope 1:");
    person.seat.running.interrupt();
    person.ends(130);
    assert_eq!(site.objects(), 0);
}

/// The journal of a token without a serial number does not say which token it is; the key in it does.
#[test]
fn a_key_is_not_verified_with_the_token_that_it_was_made_in() {
    let Some(site) = Site::new("ecdsa-p256") else { return };
    site.by_shim("SITE.toml", "no-serial");
    let text = fs::read_to_string(site.scratch.path("SITE.toml")).unwrap();
    site.scratch.file("SITE.toml", text.replace(&format!("{:?}", site.serials[0]), "\"\""));
    let mut person = Person::at(&site.keygen());
    walk(&mut person);
    person.ends(0);
    let mut person = Person::at(&site.program(&["escrow", "verify", "--site", "SITE.toml"]));
    person.pin("root-2026");
    let screen = person.ends(2);
    assert!(screen.contains("has no serial number, has the key already") && !screen.contains("line 1:"), "{screen}");
}

impl Site {
    /// How many objects are in the tokens: SoftHSM has a file for each, and one for the token itself.
    pub(super) fn objects(&self) -> usize {
        let files = rootcast_tests::scratch::tree(&self.tokens.folder().join("tokens"));
        let names = files.into_iter().filter_map(|(path, _)| Some(path.file_name()?.to_str()?.to_owned()));
        names.filter(|name| name.ends_with(".object") && name != "token.object").count()
    }

    /// A ceremony with the last key that was wrapped comes to its end at the journal.
    fn refuses_the_last_key(&self, folder: &str) {
        let journal = fs::read_to_string(self.scratch.path("state/journal.jsonl")).unwrap();
        let wrapped = journal.lines().rev().find(|line| line.contains("\"step\":\"wrapped\"")).unwrap();
        let pinned = wrapped.split("\"public_key\":\"").nth(1).unwrap().split('"').next().unwrap();
        let text = fs::read_to_string(self.scratch.path("SITE.toml")).unwrap();
        let text = text.replace("[approvals]", &format!("public_key_sha256 = \"{pinned}\"\n[approvals]"));
        self.scratch.file("LAST.toml", text);
        let rehearse = ["ceremony", "rehearse", "--site", "LAST.toml", "first.toml", "-o", folder];
        self.program(&rehearse).exits(0).says("the key must never sign");
        let now = rootcast_host::clock::rfc3339(rootcast_host::clock::now());
        let sign = ["ceremony", "sign", "--site", "LAST.toml", folder, "--yes", "--utc", &now];
        let head = head_on_paper(&self.scratch.path("state"));
        let head = head.map_or_else(Vec::new, |head| vec!["--head".to_owned(), head]);
        self.program(&sign).args(head).exits(3).says("escrow-unfinished").says("No key was used");
    }
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
    assert!(screen.contains("journal.jsonl") && screen.contains("Destroy every page of the set"), "{screen}");
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
pub(super) fn walk(person: &mut Person) {
    person.pin("root-2026");
    let mut is_asked = false;
    for (group, number) in envelopes() {
        let name = format!("{group} envelope {number}");
        let bag = bag("A", group, number);
        for (question, answer) in [("The number of the bag for ", bag.as_str()), ("Both pages of ", "printed")] {
            let text = format!("{question}{name}");
            while person.seat.running.runs() && !person.seat.screen().contains(&text) {
                if !is_asked && person.seat.screen().contains("Type destroy to destroy it in this token") {
                    person.types("destroy");
                    is_asked = true;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            if !person.seat.running.runs() {
                return;
            }
            person.types(answer);
        }
    }
}
