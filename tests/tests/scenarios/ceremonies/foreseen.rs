//! What a rehearsal says beforehand: which number comes next after a first attempt that failed, that a root is there
//! already, and what the online side will hold.

use rootcast_host::disk::RealDisk;
use rootcast_offline::ceremony::key::SignatureScheme;
use rootcast_offline::ceremony::key::rehearsal_key::RehearsalKey;
use rootcast_tests::pty::Seat;

use super::*;

/// A key whose token fails when it is to sign.
struct FailingKey(RehearsalKey);

impl SigningKey for FailingKey {
    type Error = KeyError;
    fn spki(&self) -> &[u8] {
        self.0.spki()
    }
    fn description(&self) -> String {
        self.0.description()
    }
    fn is_rehearsal(&self) -> bool {
        true
    }
    fn sign(&mut self, _: &[u8], _: SignatureScheme) -> Result<Vec<u8>, KeyError> {
        Err(KeyError::Token { doing: "sign", why: "CKR_DEVICE_ERROR".to_owned() })
    }
}

#[test]
fn a_first_ceremony_that_failed_after_the_burning_is_rehearsed_again_with_the_next_number() {
    let room = Room::with_rehearsal_key();
    room.run(&["keygen", "--site", "SITE.toml", "first.toml"]).exits(0);
    room.rehearse("first.toml", "first").exits(0).says("number         1 (there was none before)");
    let mut key = FailingKey(RehearsalKey::read(&room.path("demo.p8")).unwrap());
    let failed = room.signed_by(&mut key, &RealDisk, &room.path("first"), &room.path("state"));
    assert!(matches!(failed, Err(SigningError::Key(KeyError::Token { .. }))), "{failed:?}");
    room.sign("first").exits(3).says("number-burned").says("CRL number 1 stays burned");
    // It is not "not signed yet": signing it again would not help.
    let send = offline(["send", "--yes", "first"]).link(format!("file:{}", room.path("frames").display()));
    let send = send.state(&room.path("state")).within(room.scratch.folder()).exits(2);
    send.says("failed or was interrupted").says("Rehearse the request again").says("Nothing was sent");
    room.rehearse("first.toml", "again").exits(0).says("number         2 (there was none before)");
    assert_eq!(room.sign("again").arg("--json").exits(0).json()["number"], "2");
}

#[test]
fn a_root_is_not_made_a_second_time_of_the_same_key_or_name() {
    let room = Room::after_the_first();
    room.rehearse("first.toml", "again").exits(3).says("REQ-PURPOSE").says("already trusts a root with this key");
    room.scratch.file("OTHER.toml", "[key]\nrehearsal_key = \"other.p8\"\n[approvals]\nrequired = 0\n");
    room.run(&["keygen", "--site", "OTHER.toml", "first.toml"]).exits(0);
    let again = ["rehearse", "--site", "OTHER.toml", "first.toml", "-o", "again"];
    room.run(&again).exits(3).says("REQ-PURPOSE").says("already trusts a root with this name").says("CN=Example Root");
    assert!(!room.path("again").exists());
    // Another root beside it is a first ceremony of its own.
    let other = room.first_request().replace("CN=Example Root", "CN=Other Root");
    room.scratch.file("other.toml", other);
    room.run(&["rehearse", "--site", "OTHER.toml", "other.toml", "-o", "other"]).exits(0);
    room.run(&["sign", "--site", "OTHER.toml", "other", "--yes"]).args(room.paper_head()).exits(0);
}

#[test]
fn a_mistyped_state_puts_no_state_beside_somebody_elses_files() {
    let room = Room::with_rehearsal_key();
    let papers = room.scratch.subfolder("papers");
    room.scratch.file("papers/letter.txt", "dear");
    let before = tree(&papers);
    let elsewhere =
        |arguments: &[&str]| offline(["ceremony"]).args(arguments).state(&papers).within(room.scratch.folder());
    let keygen = ["keygen", "--site", "SITE.toml", "first.toml"];
    elsewhere(&keygen).exits(2).says("output-exists").says("already holds letter.txt").says("No key was made");
    assert!(!room.path("demo.p8").exists());
    room.run(&keygen).exits(0);
    room.rehearse("first.toml", "first").exits(0);
    let sign = elsewhere(&["sign", "--site", "SITE.toml", "first", "--yes"]).exits(2);
    sign.says("output-exists").says("already holds letter.txt").says("no number burned");
    assert_eq!(tree(&papers), before);
    room.sign("first").exits(0);
}

#[test]
fn a_first_ceremony_in_a_state_that_does_not_know_its_key_needs_a_typed_word() {
    let room = Room::after_the_first();
    let mistyped = room.path("sate");
    let there =
        |arguments: &[&str]| offline(["ceremony"]).args(arguments).state(&mistyped).within(room.scratch.folder());
    let rehearsed = there(&["rehearse", "--site", "SITE.toml", "first.toml", "-o", "second"]).exits(0);
    rehearsed.says("WARNING: check --state: there is no state in").says("a second root certificate");
    // Also where what comes next fails.
    let failed = there(&["rehearse", "--site", "SITE.toml", "first.toml", "-o", "none/second"]).exits(8);
    failed.says("WARNING: check --state: there is no state in").says("storage-failed");
    let now = at(rootcast_host::clock::now());
    let sign = ["sign", "--site", "SITE.toml", "second", "--utc", &now];
    let mut seat = Seat::start(&there(&sign), 160, 60);
    seat.wait_for_text("Type elsewhere if the key was made elsewhere");
    seat.type_keys("no\n");
    assert_eq!(seat.running.wait().code, Some(2));
    assert!(!mistyped.exists());
    // Whoever types the word is asked for everything else as well.
    let mut seat = Seat::start(&there(&sign), 160, 60);
    seat.wait_for_text("Type elsewhere if the key was made elsewhere");
    seat.type_keys("elsewhere\n");
    seat.wait_for_text("Type the 8 words of to-be-signed.txt");
    seat.running.interrupt();
    assert_eq!(seat.running.wait().code, Some(130));
    assert!(!room.path("second/signed").exists());
    // The state that this began does not know the key either. A lab's script with a key in a file is only warned.
    there(&sign).arg("--yes").exits(0).says("WARNING: no record of making this key").says("Check --state");
}

#[test]
fn a_new_key_of_a_known_ca_is_foreseen_as_held_over_there() {
    let room = Room::after_the_first();
    room.csr();
    fs::rename(room.path("issuing.csr"), room.path("old.csr")).unwrap();
    room.csr();
    let old = room.certificate().replace("issuing.csr", "old.csr");
    // Both in one request, and one after the other.
    let both = room.next_request("first", room.now - 1800, &format!("{old}{}", room.certificate()));
    room.scratch.file("both.toml", both);
    let objects = room.rehearse("both.toml", "both").arg("--json").exits(0).json()["objects"].clone();
    let verdicts: Vec<_> = objects.as_array().unwrap().iter().map(|object| &object["verdict"]).collect();
    assert_eq!(verdicts, ["accepted", "accepted", "held"], "{objects}");
    room.scratch.file("second.toml", room.next_request("first", room.now - 1800, &old));
    room.rehearse("second.toml", "second").exits(0);
    room.sign("second").exits(0);
    room.scratch.file("third.toml", room.next_request("second", room.now - 900, &room.certificate()));
    let rehearsed = room.rehearse("third.toml", "third").exits(0);
    rehearsed
        .says("CERT-SKI")
        .says("online side    would be held")
        .says("issuing.crt: the online side will hold this (CERT-SKI)");
    room.sign("third").exits(0);
    // And so it is.
    let (frames, state) = (format!("file:{}", room.path("frames").display()), room.path("online"));
    online(["enrol", "--yes"]).state(&state).arg("--root").arg(room.path("first/signed/root.crt")).exits(0);
    for (folder, code) in [("second", 0), ("third", 9)] {
        let link = format!("{frames}-{folder}");
        offline(["send", "--yes"]).state(&room.path("state")).link(&link).arg(room.path(folder)).exits(0);
        online(["receive"]).state(&state).link(&link).exits(code);
    }
}

#[test]
fn a_roots_next_key_certified_by_this_one_is_shown_as_no_root() {
    let room = Room::after_the_first();
    room.csr();
    let next = room.certificate().replace("issuing-ca\"", "cross-ca\"").replace("Example Issuing CA", "Example Root");
    room.scratch.file("second.toml", room.next_request("first", room.now - 1800, &next));
    let rehearsed = room.rehearse("second.toml", "second").exits(0);
    rehearsed.says("issuing.crt: CA certificate").says("CRL at         http://pki.example/root.crl");
    assert!(!rehearsed.stderr.contains("signed by itself"), "{rehearsed}");
}
