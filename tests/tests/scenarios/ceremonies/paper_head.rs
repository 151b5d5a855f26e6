//! The journal's head on paper: a signing asks for it, so that a restored state does not sign a number a second time.

use super::*;

impl Room {
    /// `ceremony sign` in a script, with these options about the head.
    fn sign_with(&self, folder: &str, head: &[&str]) -> Program {
        let now = at(rootcast_host::clock::now());
        self.run(&["sign", "--site", "SITE.toml", folder, "--yes", "--utc", &now]).args(head)
    }

    fn head(&self) -> String {
        head_on_paper(&self.path("state")).unwrap()
    }

    fn burned(&self) -> usize {
        self.journal().matches("  number-burned  ").count()
    }
}

#[test]
fn a_state_restored_from_a_copy_does_not_have_the_head_on_paper_and_signs_nothing() {
    let room = Room::after_the_first();
    let first = room.head();
    room.tool(true, "cp", &["-r", "state", "snapshot"]);
    room.scratch.file("second.toml", room.next_request("first", room.now - 60, ""));
    room.rehearse("second.toml", "second").exits(0);
    let signed = room.sign_with("second", &["--head", &first]).arg("--json").exits(0).json();
    assert_eq!(signed["paper_head"]["result"], "compared");
    let words = signed["journal_words"].as_str().unwrap().split(' ').take(8).collect::<Vec<_>>().join(" ");
    assert_eq!(signed["number"], "2");

    // The machine is set back to the snapshot. Its journal is a good chain, and its state fits it.
    fs::remove_dir_all(room.path("state")).unwrap();
    room.tool(true, "cp", &["-r", "snapshot", "state"]);
    let other = room.next_request("first", room.now - 30, "");
    room.scratch.file("other.toml", other);
    room.rehearse("other.toml", "other").exits(0).says("1 -> 2");
    let refused = room.sign_with("other", &["--head", &words]).exits(3);
    refused.says("error[paper-head]").says("SIGN-HEAD").says("older copy").says("no number burned");
    room.sign_with("other", &[]).exits(2).says("SIGN-HEAD").says("--no-head --because TEXT");
    room.sign_with("other", &["--no-head"]).exits(2).says("--because");
    room.sign_with("other", &["--no-head", "--because", " "]).exits(2).says("--because is empty");
    assert_eq!(room.burned(), 1, "{}", room.journal());
    assert_eq!(room.journal().matches("paper-head: SIGN-HEAD").count(), 1, "{}", room.journal());
    assert!(!room.path("other/signed").exists());

    // Whoever says that the paper is lost is on record, in the journal and on the next paper.
    let signed = room.sign_with("other", &["--no-head", "--because", "the record burned"]).arg("--json").exits(0);
    signed.says("WARNING: the journal's head is not compared");
    let told = serde_json::json!({"result": "not-compared", "because": "the record burned"});
    assert_eq!(signed.json()["paper_head"], told);
    assert!(room.journal().contains("NOT COMPARED, because: the record burned"), "{}", room.journal());
    let record = fs::read_to_string(room.path("other/record.md")).unwrap();
    assert!(record.contains("NOT COMPARED, because: the record burned"), "{record}");
}

#[test]
fn a_head_from_before_the_last_signing_is_refused_and_what_is_sent_since_does_not_matter() {
    let room = Room::after_the_first();
    let first = room.head();
    let link = format!("file:{}", room.path("first.frames").display());
    offline(["send", "--yes"]).state(&room.path("state")).link(&link).arg(room.path("first")).exits(0);
    assert_ne!(room.head(), first, "sending is on record");
    room.scratch.file("second.toml", room.next_request("first", room.now - 60, ""));
    room.rehearse("second.toml", "second").exits(0);
    // The paper has what `sign` printed: 8 words. On the same day nobody needs another one.
    let digest: Digest = first.parse().unwrap();
    let words = rootcast_protocol::words::spell(digest.as_bytes(), rootcast_protocol::words::SHORT);
    room.sign_with("second", &["--head", &words]).exits(0).says("Write down the journal's new head");
    room.scratch.file("third.toml", room.next_request("second", room.now - 30, ""));
    room.rehearse("third.toml", "third").exits(0);
    let refused = room.sign_with("third", &["--head", &words]).exits(3);
    refused.says("something was signed after it").says("number-burned").says("the key was used without you");
    room.sign_with("third", &["--head", &room.head()]).exits(0);
    assert_eq!(room.burned(), 3, "{}", room.journal());
}

#[test]
fn a_first_signing_asks_for_no_head_and_compares_one_that_is_given() {
    let room = Room::with_rehearsal_key();
    room.run(&["keygen", "--site", "SITE.toml", "first.toml"]).exits(0);
    room.rehearse("first.toml", "first").exits(0);
    // Somebody has paper of a journal that signed: this state is another one.
    let refused = room.sign_with("first", &["--head", &"ab".repeat(32)]).exits(3);
    refused.says("error[paper-head]").says("not among the").says("no number burned");
    let signed = room.sign_with("first", &[]).arg("--json").exits(0).json();
    assert_eq!(signed["paper_head"], serde_json::json!({"result": "not-asked"}));
}
