//! The yearly drill: seals, and a twin from its pages to a CRL that crossed. Nobody touches the root's key.

use serde_json::Value;

use super::operator::Operator;
use super::*;

/// What a person types in a drill: bag numbers of twelve bags, `printed` six times, 252 words of six pieces, the time, and
/// the eight words of what is signed. Five PINs and the scanned codes of the wrapped key are not counted.
const TYPED_IN_A_DRILL: usize = 12 + 6 + 252 + 1 + 8;

/// A root whose escrow is verified, and the site file of a third token.
fn verified() -> Option<(Papers, String)> {
    let papers = Site::new("ecdsa-p384")?.papers();
    papers.verified_by_typing([(1, 2), (1, 2)]);
    let serial = papers.site.tokens.make("drill");
    papers.site.scratch.file("TWIN.toml", twin_site(&papers.site, "drill", &serial));
    Some((papers, serial))
}

fn twin_site(site: &Site, label: &str, serial: &str) -> String {
    let module = site.tokens.module();
    format!(
        "[key]\nmodule = {module:?}\ntoken_label = \"{label}\"\ntoken_serial = \"{serial}\"\nkey_label = \"twin\"\n\
         [approvals]\nrequired = 0\n"
    )
}

fn drill(site: &Site, more: &[&str]) -> Program {
    let pages = site.memory.path().to_str().unwrap();
    site.program(&[&["escrow", "drill", "--twin", "TWIN.toml", "--pages", pages, "-o", "drill"], more].concat())
}

/// Types what stands on the bags, in order.
fn seals(person: &mut Person, typed: [&str; 6]) {
    for ((group, number), typed) in envelopes().zip(typed) {
        person.waits(&format!("The number on the bag of {group} envelope {number}:"));
        person.types(typed);
    }
}

/// The same with numbers of which the journal has others: they are asked for again, and typed again.
fn wrong_seals(person: &mut Person, typed: [(&str, Option<&str>); 6]) {
    let mut asked_again = 0;
    for ((group, number), (typed, again)) in envelopes().zip(typed) {
        person.waits(&format!("The number on the bag of {group} envelope {number}:"));
        person.types(typed);
        if let Some(again) = again {
            asked_again += 1;
            while person.seat.screen().matches("The journal has another number. Look again").count() < asked_again {
                assert!(person.seat.running.runs(), "{}", person.seat.screen());
                std::thread::sleep(Duration::from_millis(5));
            }
            person.types(again);
        }
    }
}

const RIGHT: [&str; 6] = ["A-1", "A-2", "A-3", "A-4", "A-5", "A-6"];

fn document(screen: &str) -> Value {
    let line = screen.lines().rev().find(|line| line.starts_with('{')).unwrap_or_else(|| panic!("{screen}"));
    serde_json::from_str(line).unwrap()
}

/// Walks the twin. Gives the screen, how many words were typed, and the texts of the twin's pages.
fn walk(site: &Site) -> (String, usize, Vec<String>) {
    let mut operator = Operator::new(&site.page_file(), &site.scratch.subfolder("twin"));
    operator.sealed =
        envelopes().zip(RIGHT).map(|((group, n), bag)| (format!("{group} envelope {n}"), bag.to_owned())).collect();
    operator.rehearsal = site.scratch.path("drill/ceremony");
    let ended = operator.answers(Seat::start(&drill(site, &["--json"]), 250, 50));
    assert_eq!(ended.code, Some(0), "{ended}");
    (ended.stdout, operator.typed, operator.texts())
}

/// Every file of the tokens, with its bytes.
fn token_files(site: &Site) -> BTreeMap<PathBuf, Vec<u8>> {
    let folder = site.tokens.folder().join("tokens");
    rootcast_tests::scratch::tree(&folder).into_iter().collect()
}

#[test]
fn a_drill_walks_a_twin_to_a_crl_that_crosses_and_the_root_is_not_touched() {
    let Some((papers, _)) = verified() else { return };
    let site = &papers.site;
    // The only token with keys is the root's: those of the drill and of `escrow verify` are empty.
    let files = token_files(site);
    let folder_of = |path: &Path| path.components().next().unwrap().as_os_str().to_owned();
    let roots = |folder: &std::ffi::OsStr| files.keys().filter(|path| folder_of(path) == folder).count() > 3;
    let of_the_root: BTreeMap<_, _> = files.iter().filter(|(path, _)| roots(&folder_of(path))).collect();
    assert!(of_the_root.len() > 5, "{:?}", files.keys());
    let (screen, typed, texts) = walk(site);
    for text in &texts {
        assert_eq!(text.matches("DRILL, no root key").count(), 3, "the title, and the foot of both pages: {text}");
    }
    assert_eq!(typed, TYPED_IN_A_DRILL);
    println!("a drill: {typed} words and numbers are typed");
    let told = document(&screen);
    assert_eq!(told["seals_right"], true);
    assert!(screen.contains("PIN for token drill: ") && !screen.contains("PIN for token root-2026"), "{screen}");
    let steps: Vec<&str> =
        told["twin"]["steps"].as_array().unwrap().iter().map(|lap| lap["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["make", "lose", "restore", "rehearse", "sign", "clear"]);
    let after = token_files(site);
    let after: BTreeMap<_, _> = after.iter().filter(|(path, _)| roots(&folder_of(path))).collect();
    assert!(after == of_the_root, "no file of the root's token was written, made or removed");
    assert!(token_files(site) != files, "the twin's token was used");
    // The twin's key is gone again; the root's is where it was.
    let mut keys = Person::at(&site.keys().args(["--login"]));
    for count in 1..=3 {
        keys.seat.until(|seat| seat.screen().matches("PIN for token ").count() >= count && !seat.echoes());
        keys.seat.type_keys(&format!("{PIN}\n"));
        std::thread::sleep(Duration::from_millis(100));
    }
    let keys = keys.ends(0);
    assert!(!keys.contains("\"twin\"") && keys.contains("root key"), "{keys}");
    let shown = site.program(&["journal", "show"]).exits(0);
    shown.says("drilled with the twin").says("the bag of BOARD envelope 1 is right: A-1");
    assert!(!shown.stdout.contains("key-used"), "the root signed nothing");
    let record = fs::read_to_string(site.scratch.path("drill/drill.md")).unwrap();
    assert!(
        record.contains("from `escrow restore` to the signed CRL")
            && record.contains("| BOARD envelope 3 | A-3 | A-3 | right |")
    );
    // It crosses by the very lines that were printed.
    let (online_state, frames) = (site.scratch.path("online"), site.scratch.path("drill.frames"));
    for line in told["twin"]["crossing"].as_array().unwrap() {
        let line = line.as_str().unwrap().replace("LINK", &format!("file:{}", frames.display()));
        let line = line.replace("DRILL", online_state.to_str().unwrap());
        let line = line.replace(" trust ", " trust --yes ").replace(" send ", " send --yes ");
        let path = format!("{}:{}", rootcast_tests::program::folder().display(), std::env::var("PATH").unwrap());
        let mut shell = Command::new("sh");
        shell.args(["-c", &line]).env("PATH", path).current_dir(site.scratch.folder()).env_remove("ROOTCAST_STATE");
        let ended = shell.output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        assert!(ended.status.success(), "{line}\n{said}");
        if line.contains(" receive ") {
            assert!(said.contains("published"), "{said}");
        }
    }
    drill(site, &[]).exits(2).says("exists already").says("No key was used");
}

#[test]
fn a_drill_refuses_a_token_that_has_the_key_of_a_root() {
    let Some((papers, serial)) = verified() else { return };
    let site = &papers.site;
    let refused = |text: String, says: &str| {
        site.scratch.file("TWIN.toml", text);
        drill(site, &[]).exits(2).says(says).says("No key was used");
    };
    let twin = twin_site(site, "drill", &serial);
    refused(twin_site(site, "root-2026", &site.serials[0]), "has or had the key of a root");
    refused(
        twin.replace("[approvals]", &format!("public_key_sha256 = \"{}\"\n[approvals]", papers.pinned)),
        "pins a public key",
    );
    refused("[key]\nrehearsal_key = \"demo.p8\"\n[approvals]\nrequired = 0\n".to_owned(), "a rehearsal key");
    let approved = "required = 2\nallowed_signers = \"approvers\"";
    site.scratch.file("approvers", "");
    refused(twin.replace("required = 0", approved), "asks for approvals");
    // A copy that this journal knows nothing of: it was made from the kit, with a state of its own.
    site.program(&["escrow", "kit", "--site", "SITE.toml", "-o", "kit"]).exits(0);
    let pinned = format!("key\"\npublic_key_sha256 = \"{}\"\n[approvals]", papers.pinned);
    site.scratch.file("COPY.toml", twin.replace("twin\"\n[approvals]", &pinned));
    let copy = offline(["escrow", "restore", "--site", "COPY.toml", "kit"]).state(&site.scratch.path("copy"));
    let mut person = Person::at(&site.tokens.seen_by(copy.within(site.scratch.folder())));
    person.pin("drill");
    person.waits("BOARD piece 1, line 1:");
    Papers::scanned(&mut person, &papers.all_codes([(1, 2), (1, 2)]));
    person.opened_none();
    person.ends(0);
    site.scratch.file("TWIN.toml", twin);
    let mut person = Person::at(&drill(site, &[]));
    seals(&mut person, RIGHT);
    person.pin("drill");
    let screen = person.ends(2);
    assert!(
        screen.contains("the token holds the key of a root") && screen.contains("The root's key was not used"),
        "{screen}"
    );
    assert!(!screen.contains("The number of the bag for"), "no page was printed");
}

#[test]
fn seals_are_compared_with_the_journal_and_an_opened_envelope_has_a_new_bag() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers();
    let site = &papers.site;
    let only = site.program(&["escrow", "drill", "--seals-only", "--json"]);
    let mut person = Person::at(&only);
    let typed =
        [("A-1", None), ("B-7", Some("B-7")), ("broken", None), ("MISSING", None), ("a-5", Some("A-5")), ("A-6", None)];
    wrong_seals(&mut person, typed);
    let screen = person.ends(3);
    for says in [
        "WARNING: BOARD envelope 2: the bag has the number B-7, the journal has A-2.",
        "WARNING: BOARD envelope 3: the seal of its bag is broken.",
        "WARNING: OPERATIONS envelope 1: it is not in its place.",
        "OPERATIONS envelope 2: right",
        "somebody has read its pieces",
    ] {
        assert!(screen.contains(says), "{says}: {screen}");
    }
    let told = document(&screen);
    let found: Vec<&str> =
        told["seals"].as_array().unwrap().iter().map(|seal| seal["seal"].as_str().unwrap()).collect();
    assert_eq!(found, ["right", "wrong", "broken", "missing", "right", "right"]);
    assert!(told["twin"].is_null() && told["seals_right"] == false);
    site.program(&["journal", "show"]).exits(0).says("the bag of BOARD envelope 2 is WRONG: B-7; the journal has A-2");
    // Two envelopes of each group are opened for `escrow verify`, and get new bags.
    let mut person = papers.verify(&[]);
    person.waits("BOARD piece 1, line 1:");
    Papers::scanned(&mut person, &papers.all_codes([(1, 2), (1, 2)]));
    let new = ["C-1", "C-2", "", "C-4", "C-5", ""];
    for ((group, number), bag) in envelopes().zip(new) {
        person.waits(&format!("The new bag of {group} envelope {number}, or Return"));
        if bag == "C-1" {
            person.types("a bag number of more than forty characters is none");
            person.waits("A bag number has 1 to 40");
        }
        person.types(bag);
    }
    let screen = person.ends(0);
    assert!(screen.contains("{\"envelope\":\"OPERATIONS envelope 2\",\"bag\":\"C-5\"}"), "{screen}");
    let mut person = Person::at(&only);
    seals(&mut person, ["C-1", "C-2", "A-3", "C-4", "C-5", "A-6"]);
    // What was broken is remembered until its envelope has a new bag.
    let screen = person.ends(3);
    assert!(screen.contains("an earlier check found BROKEN"), "{screen}");
    assert_eq!(document(&screen)["seals"][2]["before"], "broken");
    let mut person = Person::at(&site.program(&["escrow", "bags"]));
    for ((group, number), bag) in envelopes().zip(["", "", "D-3", "", "", ""]) {
        person.waits(&format!("The new bag of {group} envelope {number}, or Return"));
        person.types(bag);
    }
    person.ends(0);
    let mut person = Person::at(&only);
    seals(&mut person, ["C-1", "C-2", "D-3", "C-4", "C-5", "A-6"]);
    assert_eq!(document(&person.ends(0))["seals_right"], true);
    // Whoever stops in the middle has said something, and no more.
    let mut person = Person::at(&only);
    person.waits("The number on the bag of BOARD envelope 1:");
    person.types("C-1");
    person.waits("The number on the bag of BOARD envelope 2:");
    person.seat.running.interrupt();
    let screen = person.ends(130);
    assert!(screen.contains("The seals are not all checked"), "{screen}");
    only.exits(2).says("not a terminal");
}

#[test]
fn a_drill_that_is_stopped_says_what_is_left_and_needs_a_set() {
    let Some((papers, _)) = verified() else { return };
    let site = &papers.site;
    let mut person = Person::at(&drill(site, &[]));
    seals(&mut person, RIGHT);
    person.pin("drill");
    person.waits("The number of the bag for BOARD envelope 1:");
    person.seat.running.interrupt();
    let screen = person.ends(130);
    for says in
        ["The drill ended early: make the twin's key", "The root's key was not used", "destroy the twin's pages"]
    {
        assert!(screen.contains(says), "{says}: {screen}");
    }
    assert!(!site.page_file().exists());
    site.program(&["escrow", "drill", "--seals-only", "--set", "00000000000000"]).exits(2).says("no such set");
    site.program(&["escrow", "drill"]).exits(2).says("--twin");
}
