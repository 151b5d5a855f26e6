//! What `rootcast-offline` writes down: the journal, its state, its log.

use rootcast_tests::scratch::tree;

use super::offline_items::EXPORT_KEY;
use super::snapshot::Snapshot;
use super::stage::Stage;

/// What follows from an entry of a link that was open: its path is another in every run.
const OF_LINKS: [&str; 7] = ["digest", "previous", "head", "lost_head", "/words", "manifest", "object"];

/// A state whose journal has every kind of entry but those of ceremonies.
fn with_a_journal() -> Stage {
    let stage = Stage::enrolled();
    stage.crl(1);
    stage.crl(2);
    stage.intermediate("issuing.crt", "Example Issuing CA 1", 2);
    stage.scratch.file("export.pem", EXPORT_KEY);
    stage.changed_crl("jump.crl", 3, |draft| {
        draft.set_extension(rootcast_tests::throwaway_ca::ExtensionDraft::crl_number(&[0x1f, 0x40]));
    });
    stage.offline("key new -o shared.key").exits(0);
    stage.offline("bundle --state off -o one.bundle root-1.crl issuing.crt --export-key export.pem").exits(0);
    let choices = "--numbers timestamp --off CRL-EMPTY-LIST --used-number 7";
    stage.offline(&format!("enrol --yes --state off --root root.crt {choices}")).exits(0);
    stage
}

/// Goes on over links, and with a decision.
fn go_on(stage: &Stage) {
    stage.offline("send --yes --state off --link file:a.frames --link qr:png=a one.bundle").exits(0);
    stage.offline("beacon --state off --transport-key shared.key --next-contact 90d --link file:b.frames").exits(0);
    stage.offline("enrol --yes --state off --root root.crt --numbers counter --on CRL-EMPTY-LIST").exits(0);
    let decided = "--decide CRL-NUMBER-JUMP --by Alice --because told";
    stage.offline(&format!("bundle --state off -o jump.bundle jump.crl {decided}")).exits(0);
}

#[test]
fn what_journal_prints_is_what_it_was() {
    let stage = with_a_journal();
    let mut snapshot = Snapshot::of("offline-journal", &stage);
    let show = stage.offline("journal show --state off");
    let head = snapshot.run("entries of no link", &show, 0)["head"].as_str().expect("a head").to_owned();
    for (case, line, code) in [
        ("verified", "verify --state off".to_owned(), 0),
        ("verified up to its head", format!("verify --state off --head {head}"), 0),
        ("another head", format!("verify --state off --head {}", "ab".repeat(32)), 8),
        ("a head that is none", "verify --state off --head rubbish".to_owned(), 2),
        ("begun where nothing is lost", "begin --state off --by Alice --because lost".to_owned(), 2),
        ("no state", "show".to_owned(), 2),
        ("no such state", "show --state nowhere".to_owned(), 2),
        ("no subcommand", String::new(), 2),
    ] {
        snapshot.run(case, &stage.offline(&format!("journal {line}")), code);
    }
    let said = stage.offline("journal show --state off").exits(0).stderr;
    let id: String = said.split("journal ack ").nth(1).expect("the policy was weakened").chars().take(12).collect();
    let ack = |id: &str| stage.offline(&format!("journal ack {id} --by Alice --because agreed --state off"));
    snapshot.run("a weakened policy is acknowledged", &ack(&id), 0);
    snapshot.run("it is acknowledged already", &ack(&id), 2);
    snapshot.compare();

    let mut snapshot = Snapshot::of("offline-journal-of-links", &stage).without(&OF_LINKS);
    snapshot.hide(&head, "<earlier head>");
    go_on(&stage);
    snapshot.run("every kind of entry", &show, 0);
    let verify = stage.offline(&format!("journal verify --state off --head {head}"));
    snapshot.run("verified from an earlier head", &verify, 0);
    let file = stage.scratch.path("off/journal.jsonl");
    let entries = std::fs::read_to_string(&file).expect("a journal");
    std::fs::write(&file, entries.replacen("CN=Example Root", "CN=Example Boot", 1)).expect("a changed journal");
    snapshot.run("an entry was changed", &show, 8);
    std::fs::write(&file, entries.lines().next().expect("an entry").to_owned() + "\n").expect("a cut journal");
    snapshot.run("its tail is cut", &stage.offline("journal verify --state off"), 8);
    let begin = stage.offline("journal begin --state off --by Alice --because lost");
    snapshot.run("begun where it was lost", &begin, 0);
    snapshot.compare();
}

#[test]
fn what_the_offline_side_keeps_is_what_it_was() {
    let stage = with_a_journal();
    stage.offline_issuer("policy-ca.crt", "Policy CA", 3);
    stage.offline("enrol --yes --state off --root root.crt --offline-issuer policy-ca.crt").exits(0);
    let mut snapshot = Snapshot::of("offline-state", &stage).without(&OF_LINKS);
    snapshot.file("the state before a link was open", &stage.scratch.path("off/state.json"));
    go_on(&stage);
    snapshot.file("the state", &stage.scratch.path("off/state.json"));
    snapshot.lines("the journal", &stage.scratch.path("off/journal.jsonl"));
    let names: Vec<String> =
        tree(&stage.scratch.path("off")).into_iter().map(|(path, _)| path.display().to_string()).collect();
    assert_eq!(names.iter().filter(|name| name.ends_with(".json")).count(), 1, "{names:?}");
    snapshot.compare();
}

#[test]
fn what_the_offline_side_logs_is_what_it_was() {
    let stage = with_a_journal();
    let mut snapshot = Snapshot::of("offline-log", &stage).without(&["journal_head", "journal_words", "head"]);
    stage.changed_crl("endless.crl", 4, |draft| draft.next_update = None);
    for (line, code) in [
        ("enrol --yes --state off --root root.crt --numbers counter", 0),
        ("check --state off root-1.crl", 0),
        ("bundle --state off -o two.bundle root-2.crl", 0),
        ("plan --state off --link file:a.frames root-1.crl", 0),
        ("send --yes --state off --link file:a.frames --link qr:png=a two.bundle", 0),
        ("send --yes --state off --link file:a.frames endless.crl", 3),
        ("beacon --state off --link file:b.frames --transport-key shared.key", 0),
        ("link test --link file:c.frames --passes 1", 0),
        ("link report --state off", 0),
        ("journal verify --state off", 0),
        ("key words shared.key", 0),
        ("check --state nowhere root-1.crl", 2),
    ] {
        let log = stage.scratch.path("log.jsonl");
        let _ = std::fs::remove_file(&log);
        stage.offline(&format!("{line} --log log.jsonl")).exits(code);
        snapshot.lines(line, &log);
    }
    snapshot.compare();
}
