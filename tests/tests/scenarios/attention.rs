//! What needs a person: things that end soon, and items that are held.

use rootcast_host::disk::RealDisk;
use rootcast_online::gate;
use rootcast_online::publication::{ReceiptKind, State};
use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::forged;
use rootcast_tests::program::online;
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::DAY;

fn receive(sides: &Sides, crl: &[u8], name: &str, code: i32) {
    let recording = sides.scratch.path(name);
    forged::record(&forged::object_of(&[(ItemKind::Crl, "root.crl", crl)]), &recording);
    sides.receive_recording(&recording).exits(code);
}

#[test]
fn status_tells_an_expiring_crl_from_a_healthy_one_by_its_exit_code() {
    let sides = Sides::enrolled();
    receive(&sides, &sides.crl(1).sign(), "healthy.frames", 0);
    online(["status", "--warn", "30d"]).state(&sides.online).exits(0);
    online(["status", "--warn", "365d"]).state(&sides.online).exits(10);
    let mut draft = sides.crl(2);
    draft.issued_at(sides.root.now - DAY, sides.root.now + 10 * DAY);
    receive(&sides, &draft.sign(), "expiring.frames", 0);
    online(["status", "--warn", "30d"]).state(&sides.online).exits(10).says("next:");
    online(["status", "--warn", "5d"]).state(&sides.online).exits(0);
}

/// A pair that holds CRL 5000 after having published CRL 1; gives the held CRL and its id.
fn holding() -> (Sides, Vec<u8>, String) {
    let sides = Sides::enrolled();
    receive(&sides, &sides.crl(1).sign(), "first.frames", 0);
    let mut draft = sides.root.crl(5000);
    draft.issued_at(sides.root.now - DAY, sides.root.now + 180 * DAY);
    let crl = draft.sign();
    let before = sides.published();
    receive(&sides, &crl, "jump.frames", 9);
    assert_eq!(sides.published(), before);
    let list = online(["held", "list", "--json"]).state(&sides.online).exits(0).json();
    let id = find(&list, "id").unwrap_or_else(|| panic!("no id in {list}"));
    (sides, crl, id)
}

/// The first text under this key, wherever it is.
fn find(document: &serde_json::Value, key: &str) -> Option<String> {
    match document {
        serde_json::Value::Object(members) => {
            let here = members.get(key).and_then(|value| value.as_str()).map(str::to_owned);
            here.or_else(|| members.values().find_map(|value| find(value, key)))
        }
        serde_json::Value::Array(list) => list.iter().find_map(|value| find(value, key)),
        _ => None,
    }
}

#[test]
fn a_held_crl_is_published_after_a_recorded_decision() {
    let (sides, crl, id) = holding();
    online(["held", "list"]).state(&sides.online).exits(0).says("CRL-NUMBER-JUMP");
    online(["held", "accept", &id]).state(&sides.online).exits(2);
    let accept = online(["held", "accept", &id, "--by", "A. Auditor", "--because", "read back by telephone"]);
    accept.state(&sides.online).exits(0);
    sides.assert_published(&crl);
    let list = online(["held", "list", "--json"]).state(&sides.online).exits(0).json();
    assert_eq!(find(&list, "id"), None, "{list}");
    let receipts = rootcast_tests::scratch::tree(&sides.online.join("receipts"));
    let recorded = receipts.iter().any(|(_, bytes)| String::from_utf8_lossy(bytes).contains("A. Auditor"));
    assert!(recorded, "the decision is in no receipt");
}

#[test]
fn a_discarded_item_is_gone_and_nothing_was_published() {
    let (sides, crl, id) = holding();
    let discard = online(["held", "discard", &id, "--by", "A. Auditor", "--because", "not announced"]);
    let ended = discard.state(&sides.online).run();
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(!sides.is_published(&crl));
    let list = online(["held", "list", "--json"]).state(&sides.online).exits(0).json();
    assert_eq!(find(&list, "id"), None, "{list}");
}

#[test]
fn an_unknown_held_id_is_a_usage_error() {
    let (sides, _, _) = holding();
    let accept = online(["held", "accept", "feedfeed", "--by", "x", "--because", "y"]).state(&sides.online);
    accept.exits(2).says("held-unknown");
}

#[test]
fn a_held_item_is_judged_again_when_it_is_accepted() {
    let (sides, crl, id) = holding();
    // Meanwhile a still newer one was accepted: the held one is now older.
    let mut draft = sides.root.crl(900);
    draft.issued_at(sides.root.now - DAY / 2, sides.root.now + 180 * DAY);
    receive(&sides, &draft.sign(), "meanwhile.frames", 0);
    let before = sides.published();
    let accept = online(["held", "accept", &id, "--by", "A. Auditor", "--because", "late"]).state(&sides.online);
    let ended = accept.exits(6);
    ended.says("CRL-THISUPDATE-BACK");
    assert_eq!(sides.published(), before);
    assert!(!sides.is_published(&crl));
}

/// The clock ran ahead for one verdict. After it was corrected everything was held, and `status` said that all is well.
#[test]
fn status_says_that_a_clock_once_ran_ahead_until_it_has_caught_up() {
    let sides = Sides::enrolled();
    receive(&sides, &sides.crl(1).sign(), "first.frames", 0);
    let ahead = sides.root.now + 300 * DAY;
    {
        let mut state = State::open(&sides.online, Box::new(RealDisk), "a test").unwrap();
        let (draft, receipt) = (state.draft(), gate::receipt(ReceiptKind::Received, &[], ahead));
        state.commit(draft, receipt, ahead).unwrap();
    }
    receive(&sides, &sides.crl(2).sign(), "second.frames", 9);
    let status = online(["status"]).state(&sides.online).exits(10);
    status.says("a verdict was made here at").says(&rootcast_host::clock::rfc3339(ahead)).says("CLOCK-BACK");
    let json = online(["status", "--json"]).state(&sides.online).exits(10).json();
    let attention = json["attention"].as_array().unwrap();
    assert!(attention.iter().any(|line| line.as_str().unwrap().contains("CLOCK-BACK")), "{json}");
}
