//! The ways back of docs/failure-scenarios.md: after each, the next ceremony signs, and takes a number never used.

use rootcast_host::disk::{Disk as _, RealDisk};
use rootcast_offline::ceremony::key::rehearsal_key::RehearsalKey;
use rootcast_offline::store::state::State;
use rootcast_tests::pty::Seat;
use rootcast_tests::soft_token::{PIN, SoftTokens};

use super::*;

/// Rehearses and signs the request; gives the number.
fn next(room: &Room, request: &str, folder: &str) -> String {
    room.rehearse(request, folder).exits(0);
    let signed = room.sign(folder).arg("--json").exits(0).json();
    signed["number"].as_str().unwrap().to_owned()
}

#[test]
fn a_lost_number_state_goes_on_above_the_number_on_paper() {
    let room = Room::after_the_first();
    room.scratch.file("second.toml", room.next_request("first", room.now - 600, ""));
    assert_eq!(next(&room, "second.toml", "second"), "2");
    fs::remove_dir_all(room.path("state")).unwrap();
    room.rehearse("second.toml", "third").exits(2).says("not-enrolled");
    let enrol = || offline(["enrol", "--yes", "--used-number", "7"]).state(&room.path("state"));
    let root = room.path("first/signed/root.crt");
    enrol().arg("--root").arg(&root).exits(0);
    // Enrolling again raises, never lowers.
    let lower = offline(["enrol", "--yes", "--used-number", "5", "--json"]).state(&room.path("state"));
    let lower = lower.arg("--root").arg(&root).exits(0).json();
    assert_eq!(lower["enrolled"]["choices"], serde_json::json!(["CRL numbers up to 7 are used"]), "{lower}");
    assert_eq!(next(&room, "second.toml", "third"), "8");
    let journal = offline(["journal", "show", "--json"]).state(&room.path("state")).exits(0).stdout;
    assert!(journal.contains("numbers up to 7") && !journal.contains("numbers up to 5"), "{journal}");
}

#[test]
fn a_lost_journal_begins_again_with_what_was_burned() {
    let room = Room::after_the_first();
    room.scratch.file("second.toml", room.next_request("first", room.now - 600, ""));
    room.rehearse("second.toml", "second").exits(0).says("1 -> 2");
    fs::remove_file(room.path("state/journal.jsonl")).unwrap();
    // It is no fresh start: people say that it is lost, and go on.
    room.rehearse("second.toml", "third").exits(8).says("journal-broken");
    room.sign("second").exits(8).says("journal-broken");
    let begin =
        || offline(["journal", "begin", "--by", "O. Operator", "--because", "disk lost"]).state(&room.path("state"));
    begin().exits(0).says("journal-begun");
    begin().exits(2).says("it has every entry that the state remembers");
    room.sign("second").exits(0).says("1 earlier signing");
    let journal = room.journal();
    let entries: Vec<&str> = journal.lines().filter(|line| line.contains("Z  ")).collect();
    assert!(entries[0].contains("journal-begun") && entries[0].contains("disk lost"), "{journal}");
    let first = entries[1];
    assert!(first.contains("ceremony-ended") && first.contains("CRL number 1") && first.contains("lost"), "{journal}");
    // What the first one signed is still proved by its own folder.
    room.run(&["record", "first"]).exits(0);
    assert!(fs::read_to_string(room.path("first/record.md")).unwrap().contains("key-used: root.crl: read back"));
}

/// People approve a rehearsal and travel to sign it: that the journal does not hold is said before.
#[test]
fn a_cut_or_exchanged_journal_is_found_by_the_rehearsal() {
    let room = Room::after_the_first();
    room.scratch.file("second.toml", room.next_request("first", room.now - 600, ""));
    let journal = room.path("state/journal.jsonl");
    let whole = fs::read_to_string(&journal).unwrap();
    let cut: String = whole.split_inclusive('\n').take(whole.lines().count() - 1).collect();
    let exchanged = fs::read_to_string(Room::after_the_first().path("state/journal.jsonl")).unwrap();
    for other in [cut, exchanged] {
        fs::write(&journal, other).unwrap();
        let refused = room.rehearse("second.toml", "second").exits(8);
        refused.says("journal-broken").says("the state remembers").says("No key was used, no number burned");
        assert!(!room.path("second").exists());
    }
    fs::write(&journal, whole).unwrap();
    room.rehearse("second.toml", "second").exits(0);
}

#[test]
fn a_ceremony_cut_off_after_the_burning_is_written_down_and_its_number_skipped() {
    let room = Room::after_the_first();
    room.scratch.file("second.toml", room.next_request("first", room.now - 600, ""));
    room.rehearse("second.toml", "second").exits(0);
    // The state as it is right after the burning: the next number is in it, and nothing else happened.
    let before = tree(&room.path("state"));
    let remembered = State::look(&RealDisk, &room.path("state")).unwrap().record.journal;
    room.sign("second").exits(0);
    let burned = fs::read(room.path("state/state.json")).unwrap();
    let text = String::from_utf8(burned).unwrap();
    assert_eq!(text.matches("\"rehearsal\"").count(), 2, "{text}");
    for (path, bytes) in before.iter().filter(|(path, _)| path.ends_with("journal.jsonl")) {
        RealDisk.replace(&room.path("state").join(path), bytes).unwrap();
    }
    let mut state = State::open(&RealDisk, &room.path("state"), "a test").unwrap();
    state.record.journal = remembered;
    state.commit().unwrap();
    drop(state);
    fs::remove_dir_all(room.path("second/signed")).unwrap();
    room.sign("second").exits(3).says("number-burned").says("1 earlier signing");
    assert!(room.journal().contains("CRL number 2, interrupted"), "{}", room.journal());
    // The CRL that was signed last is known: the one before is no longer enough.
    room.rehearse("second.toml", "third").exits(3).says("REQ-PREVIOUS");
}

#[test]
fn a_root_restored_on_another_token_signs_under_the_new_serial_number() {
    let Some(tokens) = SoftTokens::new() else { return };
    let room = Room::after_the_first();
    let serial = tokens.make("root-2027");
    tokens.import(&serial, &room.path("demo.p8"), "example root", "01");
    let pinned = RehearsalKey::read(&room.path("demo.p8")).unwrap().public_key().sha256();
    let module = tokens.module();
    room.scratch.file("second.toml", room.next_request("first", room.now - 600, ""));
    room.rehearse("second.toml", "second").exits(0);
    let site = format!(
        "[key]\nmodule = {module:?}\ntoken_label = \"root-2027\"\ntoken_serial = \"{serial}\"\nkey_label = \"example root\"\n\
         public_key_sha256 = \"{pinned}\"\n[approvals]\nrequired = 0\n"
    );
    room.scratch.file("SITE.toml", site);
    tokens.seen_by(room.sign("second")).exits(3).says("rehearsal-changed");
    room.rehearse("second.toml", "third").exits(0);
    let mut seat = Seat::start(&tokens.seen_by(room.sign("third")), 160, 50);
    seat.wait_for_text("PIN for token root-2027: ");
    while seat.echoes() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    seat.type_keys(&format!("{PIN}\n"));
    seat.wait_for_text("Wrote third/signed");
    let screen = seat.screen();
    assert!(screen.contains("CKA_LOCAL is not set") && !screen.contains("REHEARSAL KEY"), "{screen}");
    assert_eq!(seat.running.wait().code, Some(0));
}

#[test]
fn a_signature_that_was_never_sent_is_missed_on_the_online_side() {
    let room = Room::after_the_first();
    room.scratch.file("second.toml", room.next_request("first", room.now - 600, ""));
    assert_eq!(next(&room, "second.toml", "second"), "2");
    room.tool(true, "openssl", &["genpkey", "-algorithm", "ed25519", "-out", "export.pem"]);
    room.tool(true, "openssl", &["pkey", "-in", "export.pem", "-pubout", "-out", "export.pub"]);
    let state = room.path("online");
    let enrol = online(["enrol", "--yes"]).state(&state).arg("--root").arg(room.path("first/signed/root.crt"));
    enrol.arg("--export-key").arg(room.path("export.pub")).exits(0);
    let link = format!("file:{}", room.path("first.frames").display());
    let send = offline(["send", "--yes", "--export-key"]).arg(room.path("export.pem")).state(&room.path("state"));
    send.link(&link).arg(room.path("first")).exits(0);
    online(["receive"]).state(&state).link(&link).exits(0).says("MAN-WITHHELD");
}
