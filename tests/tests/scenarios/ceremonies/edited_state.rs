//! A state whose file somebody edited and sealed again: its digest finds accidents, not an attacker.

use super::*;

/// Edits the offline state's record, and seals it again.
fn edit(state: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    let path = state.join("state.json");
    let text = fs::read_to_string(&path).unwrap();
    let (open, _) = text.trim_end().rsplit_once(",\"digest\":\"").unwrap();
    let mut record: serde_json::Value = serde_json::from_str(&format!("{open}}}")).unwrap();
    change(&mut record);
    let body = record.to_string();
    let digest = Digest::of(body.as_bytes());
    let sealed = format!("{},\"digest\":\"{digest}\"}}\n", body.strip_suffix('}').unwrap());
    fs::write(&path, sealed).unwrap();
}

/// One operator writes a rule of his own into the state, in which nobody has to approve.
#[test]
fn a_rule_that_was_edited_into_the_state_is_found_before_anything_is_signed() {
    for (case, serial) in [("the same serial number", 1), ("a higher one", 9)] {
        let room = Room::after_the_first();
        room.scratch.file("second.toml", room.next_request("first", room.now - 60, ""));
        room.rehearse("second.toml", "second").exits(0);
        let state = room.path("state");
        edit(&state, |record| assert_eq!(record["approvals"]["serial"], 1));
        room.journal();
        edit(&state, |record| {
            record["approvals"]["serial"] = serial.into();
            record["approvals"]["rule"]["required"] = 7.into();
        });
        for refused in [
            room.sign("second").args(["--head", &"ab".repeat(32)]),
            room.rehearse("second.toml", "third"),
            offline(["journal", "verify"]).state(&state),
            offline(["bundle", "-o"]).arg(room.path("never")).state(&state).arg(room.path("first")),
        ] {
            refused.exits(8).says("error[state-broken]").says("another rule for approvals than the journal");
        }
        assert!(!room.path("second/signed").exists() && !room.path("never").exists(), "{case}");
    }
}
