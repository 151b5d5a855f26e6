//! Alarms: what rings is kept until a person acknowledges it, and what strangers can ring is bounded.

use std::path::PathBuf;
use std::time::Duration;

use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::faults::ByteFaults;
use rootcast_tests::fixed_clock::FixedClock;
use rootcast_tests::forged;
use rootcast_tests::program::{Ended, online};
use rootcast_tests::recordings::{frames, write};
use rootcast_tests::scratch::tree;
use rootcast_tests::seeds::chance;
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::DAY;
use rootcast_tests::wire::Wire;
use serde_json::Value;

fn recording(sides: &Sides, name: &str, crl: &[u8]) -> PathBuf {
    let path = sides.scratch.path(name);
    forged::record(&forged::object_of(&[(ItemKind::Crl, "root.crl", crl)]), &path);
    path
}

fn receive(sides: &Sides, crl: &[u8], code: i32) -> Ended {
    sides.receive_recording(&recording(sides, "one.frames", crl)).arg("--json").exits(code)
}

fn status(sides: &Sides, code: i32) -> Value {
    online(["status", "--json"]).state(&sides.online).exits(code).json()
}

/// The alarms that `alarm list` shows.
fn alarms(sides: &Sides) -> Vec<Value> {
    let document = online(["alarm", "list", "--json"]).state(&sides.online).exits(0).json();
    document["alarms"].as_array().unwrap().clone()
}

/// The kind of each.
fn kinds(sides: &Sides) -> Vec<String> {
    alarms(sides).iter().map(|alarm| alarm["kind"].as_str().unwrap().to_owned()).collect()
}

/// The id of the only one.
fn id(sides: &Sides) -> String {
    let alarms = alarms(sides);
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    alarms[0]["id"].as_str().unwrap().to_owned()
}

fn acknowledge(sides: &Sides, id: &str) -> rootcast_tests::program::Program {
    let by = ["--by", "A. Auditor", "--because", "an old recording, destroyed"];
    online(["alarm", "ack", id]).args(by).state(&sides.online)
}

fn receipts(sides: &Sides) -> usize {
    tree(&sides.online.join("receipts")).len()
}

/// After an exit 6, `status` said exit 0 and "last contact … 0 s ago".
#[test]
fn what_was_rolled_back_stands_first_in_status_until_a_person_acknowledges_it() {
    let sides = Sides::enrolled();
    let [first, second, third] = [1, 2, 3].map(|number| sides.crl(number).sign());
    receive(&sides, &second, 0);
    assert_eq!(status(&sides, 0)["alarms"].as_array().unwrap().len(), 0);
    let ended = receive(&sides, &first, 6);
    ended.says("1 alarm not acknowledged");
    assert_eq!(ended.json()["alarms"][0], id(&sides).as_str());
    let text = online(["status"]).state(&sides.online).exits(10);
    let mut lines = text.stdout.lines();
    assert_eq!(lines.next(), Some("CRITICAL: 1 alarm is not acknowledged"), "{text}");
    assert_eq!(lines.next(), Some(&*format!("ALARM    {}  rolled-back", id(&sides))), "{text}");
    text.says("1 alarm is not acknowledged.").says("CRL-NUMBER-LOWER: number 1 is lower than 2");
    // Later good news does not silence it.
    receive(&sides, &third, 0);
    let alarm = status(&sides, 10)["alarms"][0].clone();
    assert_eq!((&alarm["kind"], &alarm["rings"]), (&"rolled-back".into(), &true.into()), "{alarm}");
    let id = id(&sides);
    online(["alarm", "ack", &id]).state(&sides.online).exits(2);
    online(["alarm", "ack", &id, "--by", "", "--because", "x"]).state(&sides.online).exits(2);
    acknowledge(&sides, "feedfeedfeed").exits(2).says("alarm-unknown");
    acknowledge(&sides, &id).exits(0).says("if the same happens again, it is raised again");
    assert_eq!(status(&sides, 0)["alarms"].as_array().unwrap().len(), 0);
    let (_, receipt) = tree(&sides.online.join("receipts")).pop().unwrap();
    let receipt: Value = serde_json::from_slice(&receipt).unwrap();
    assert_eq!((&receipt["what"], &receipt["alarms"][0]["id"]), (&"alarm-acknowledged".into(), &id.as_str().into()));
    assert_eq!(receipt["decision"]["by"], "A. Auditor");
    acknowledge(&sides, &id).exits(2).says("alarm-unknown");
    // The same once more is an alarm of its own: an acknowledgement covers what happened.
    std::thread::sleep(Duration::from_millis(1100));
    receive(&sides, &first, 6);
    assert_ne!(self::id(&sides), id);
    online(["status", "--receipts"]).state(&sides.online).exits(10);
}

#[test]
fn a_rejected_item_is_kept_as_an_alarm_and_is_no_contact() {
    let sides = Sides::enrolled();
    let mut endless = sides.crl(1);
    endless.next_update = None;
    receive(&sides, &endless.sign(), 5);
    let document = status(&sides, 10);
    assert_eq!(document["last_contact"], Value::Null, "a rejected item is no contact");
    assert_eq!(document["alarms"][0]["kind"], "rejected");
    receive(&sides, &sides.crl(2).sign(), 0);
    assert_ne!(status(&sides, 10)["last_contact"], Value::Null);
}

#[test]
fn an_acknowledgement_with_an_end_keeps_quiet_until_then_and_no_longer() {
    let sides = Sides::enrolled();
    let clock = FixedClock::at(&sides.scratch, rootcast_host::clock::now());
    let at = |seconds: i64| rootcast_host::clock::rfc3339(clock.seconds() + seconds);
    let (first, second) = (sides.crl(1).sign(), sides.crl(2).sign());
    receive(&sides, &second, 0);
    receive(&sides, &first, 6);
    let id = id(&sides);
    for wrong in [at(-60), at(400 * DAY), "soon".to_owned()] {
        clock.seen_by(acknowledge(&sides, &id).args(["--until", &wrong])).exits(2);
    }
    clock.seen_by(acknowledge(&sides, &id).args(["--until", &at(2 * DAY)])).exits(0).says("then it is raised again");
    let status = |seconds: i64, code: i32| {
        clock.later(online(["status", "--json"]).state(&sides.online), seconds).exits(code).json()
    };
    // The same meanwhile is noted, and does not ring.
    let again = sides.receive_recording(&recording(&sides, "again.frames", &first)).arg("--json");
    clock.later(again, DAY).exits(6);
    let alarm = status(DAY, 0)["alarms"][0].clone();
    assert_eq!((&alarm["rings"], &alarm["last"]), (&false.into(), &at(DAY).into()), "{alarm}");
    assert_eq!(alarm["acknowledged"]["by"], "A. Auditor");
    clock.later(online(["status"]).state(&sides.online), DAY).exits(0).says("silent ");
    assert_eq!(status(2 * DAY, 10)["alarms"][0]["rings"], true);
}

#[test]
fn what_only_names_the_root_rings_nothing_and_a_replay_in_many_wrappings_rings_once() {
    let sides = Sides::enrolled();
    let mut false_crl = sides.crl(9).sign();
    *false_crl.last_mut().unwrap() ^= 1;
    receive(&sides, &false_crl, 5);
    assert_eq!(kinds(&sides), [""; 0]);
    status(&sides, 0);
    let (old, new) = (sides.crl(1).sign(), sides.crl(2).sign());
    receive(&sides, &new, 0);
    let before = receipts(&sides);
    for wrapping in 0..5 {
        let name = format!("replay-{wrapping}.crl");
        let path = sides.scratch.path("replay.frames");
        forged::record(&forged::object_of(&[(ItemKind::Crl, &name, &old)]), &path);
        sides.receive_recording(&path).exits(6);
    }
    assert_eq!(kinds(&sides), ["rolled-back"]);
    // Each run has one receipt of it at most, and the alarm none beside it.
    assert!(receipts(&sides) <= before + 5, "{} receipts", receipts(&sides));
}

#[test]
fn a_link_that_fails_is_kept_as_one_alarm() {
    let sides = Sides::enrolled();
    let file = sides.scratch.path("port");
    for _ in 0..2 {
        let wire = Wire::new(115_200, ByteFaults::none());
        let _ = std::fs::remove_file(&file);
        std::os::unix::fs::symlink(wire.far(), &file).unwrap();
        let mut receiver = sides.receive(&[format!("serial:{}", file.display())]).start();
        receiver.wait_for_text("sandboxed by seccomp");
        std::thread::sleep(Duration::from_millis(700));
        wire.unplug();
        let ended = receiver.wait();
        assert_eq!(ended.code, Some(7), "{ended}");
    }
    assert_eq!(kinds(&sides), ["link-failed"]);
    assert_eq!(receipts(&sides), 2, "one of the enrolment, one of the alarm");
    let alarm = &status(&sides, 10)["alarms"][0];
    assert_eq!(alarm["about"], format!("serial:{}", file.display()));
    acknowledge(&sides, &id(&sides)).exits(0);
    status(&sides, 0);
}

#[test]
fn false_symbols_of_a_genuine_object_are_kept_as_one_alarm_a_link() {
    let sides = Sides::enrolled();
    for number in [1, 2] {
        let (_, crl) = sides.long_crl_file(number, 120, &mut chance("false_symbols"));
        let true_frames = frames(&recording(&sides, "long.frames", &crl));
        let path = sides.scratch.path("mixed.frames");
        write(&path, [forged::poison(&true_frames[1])].iter().chain(&true_frames));
        sides.receive_recording(&path).exits(0).says("were false and left out");
        sides.assert_published(&crl);
    }
    assert_eq!(kinds(&sides), ["false-symbols"]);
    assert_eq!(
        status(&sides, 10)["alarms"][0]["about"],
        format!("file:{}", sides.scratch.path("mixed.frames").display())
    );
}

#[test]
fn a_clock_that_ran_ahead_is_kept_as_an_alarm() {
    let sides = Sides::enrolled();
    let clock = FixedClock::at(&sides.scratch, rootcast_host::clock::now() + 2 * DAY);
    let ahead = sides.receive_recording(&recording(&sides, "ahead.frames", &sides.crl(1).sign()));
    clock.seen_by(ahead).exits(0);
    receive(&sides, &sides.crl(2).sign(), 9).says("CLOCK-BACK");
    receive(&sides, &sides.crl(3).sign(), 9);
    assert_eq!(kinds(&sides), ["clock"]);
    status(&sides, 10);
}

/// Whoever has many old genuine items rings one alarm for each, and one for all beyond 64.
#[test]
fn a_flood_of_old_items_is_bounded_and_the_first_alarm_stays() {
    let sides = Sides::enrolled();
    receive(&sides, &sides.crl(100).sign(), 0);
    receive(&sides, &sides.crl(99).sign(), 6);
    let first = id(&sides);
    let old: Vec<Vec<u8>> = (1..=70).map(|number| sides.crl(number).sign()).collect();
    let items: Vec<_> = old.iter().take(64).map(|der| (ItemKind::Crl, "root.crl", der.as_slice())).collect();
    let rest: Vec<_> = old.iter().skip(64).map(|der| (ItemKind::Crl, "root.crl", der.as_slice())).collect();
    for items in [items, rest] {
        let path = sides.scratch.path("flood.frames");
        forged::record(&forged::object_of(&items), &path);
        sides.receive_recording(&path).exits(6);
    }
    let alarms = alarms(&sides);
    assert_eq!((alarms.len(), &alarms[0]["id"], &alarms[48]["kind"]), (49, &first.as_str().into(), &"more".into()));
    // What else rings has room, and a receipt.
    let receipts = || tree(&sides.online.join("receipts"));
    let before = receipts().len();
    let wire = Wire::new(115_200, ByteFaults::none());
    let mut receiver = sides.receive(&[format!("serial:{}", wire.far().display())]).start();
    receiver.wait_for_text("sandboxed by seccomp");
    std::thread::sleep(Duration::from_millis(700));
    wire.unplug();
    assert_eq!(receiver.wait().code, Some(7));
    assert_eq!(receipts().len(), before + 1);
    let (_, receipt) = receipts().pop().unwrap();
    assert!(String::from_utf8_lossy(&receipt).contains("link-failed"), "{}", String::from_utf8_lossy(&receipt));
}
