//! Replays and other senders beside the true one: what ends a run, and what its exit code says.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rootcast_protocol::cobs;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::manifest::ItemKind;
use rootcast_protocol::words;
use rootcast_tests::faults::ByteFaults;
use rootcast_tests::forged;
use rootcast_tests::program::{Ended, Program, Running, online};
use rootcast_tests::seeds::chance;
use rootcast_tests::sides::{Sides, crl_of};
use rootcast_tests::throwaway_ca::DAY;
use rootcast_tests::wire::Wire;

use crate::three_tiers::below;

/// A line without an end, onto which anybody puts frames.
struct Line(Wire);

impl Line {
    fn new() -> Self {
        Self(Wire::new(460_800, ByteFaults::none()))
    }

    fn link(&self) -> String {
        format!("serial:{},baud=460800", self.0.far().display())
    }

    fn carries(&self, frames: &[Vec<u8>]) {
        let mut line = Vec::new();
        frames.iter().for_each(|frame| cobs::encode(frame, &mut line));
        fs::File::options().write(true).open(self.0.near()).unwrap().write_all(&line).unwrap();
    }
}

/// Starts a receiver, and waits until it listens.
fn listening(program: &Program) -> Running {
    let mut running = program.start();
    running.wait_for_text("sandboxed by seccomp");
    // The ports are set before anything is sent to them.
    std::thread::sleep(Duration::from_millis(500));
    running
}

fn object(items: &[&[u8]]) -> Vec<u8> {
    let items: Vec<_> = items.iter().map(|der| (ItemKind::Crl, "root.crl", *der)).collect();
    forged::object_of(&items)
}

/// Enough frames of an object that holds this CRL.
fn frames(crl: &[u8]) -> Vec<Vec<u8>> {
    forged::frames_of(&object(&[crl]), 0, 8)
}

/// A recording of objects, one CRL in each.
fn recording(sides: &Sides, name: &str, crls: &[&[u8]]) -> PathBuf {
    let path = sides.scratch.path(name);
    rootcast_tests::recordings::write(&path, crls.iter().flat_map(|crl| frames(crl)));
    path
}

fn publish(sides: &Sides, crl: &[u8]) {
    sides.receive_recording(&recording(sides, "published.frames", &[crl])).exits(0);
    sides.assert_published(crl);
}

fn words_of(der: &[u8]) -> String {
    words::spell(Digest::of(der).as_bytes(), words::SHORT)
}

/// A CRL that is held for its number.
fn jump(sides: &Sides, number: u64) -> Vec<u8> {
    let mut draft = sides.root.crl(number);
    draft.issued_at(sides.root.now - DAY + i64::try_from(number).unwrap(), sides.root.now + 180 * DAY);
    draft.sign()
}

/// One recorded frame of the CRL that was published already ended the run with exit 0, while the true transfer went on.
#[test]
fn a_replay_of_what_is_published_does_not_end_once() {
    let sides = Sides::enrolled();
    let (first, second) = (sides.crl(1).sign(), sides.crl(2).sign());
    publish(&sides, &first);
    let line = Line::new();
    let mut receiver = listening(&sides.receive(&[line.link()]).args(["--once", "--timeout", "40s"]));
    line.carries(&frames(&first));
    receiver.wait_for_text("this is what you have already");
    assert!(receiver.runs());
    line.carries(&frames(&second));
    let ended = receiver.wait();
    assert_eq!(ended.code, Some(0), "{ended}");
    ended.says("This does not show that it is the newest");
    sides.assert_published(&second);
}

#[test]
fn only_what_is_known_is_done_where_the_links_end_and_incomplete_at_the_deadline() {
    let sides = Sides::enrolled();
    let first = sides.crl(1).sign();
    publish(&sides, &first);
    let known = recording(&sides, "known.frames", &[&first]);
    sides.receive_recording(&known).arg("--once").exits(0).says("nothing new came");
    let line = Line::new();
    let links = [format!("file:{}", known.display()), line.link()];
    let ended = sides.receive(&links).args(["--once", "--timeout", "2s"]).exits(4);
    ended.says("error[incomplete]: Nothing new came").says("The time given with --timeout passed");
    // There are no words to compare where none were given.
    ended.says("Ask the offline side whether it sent anything newer");
    assert!(!ended.stderr.contains("--expect again"), "{ended}");
}

#[test]
fn a_rejected_item_does_not_end_once_and_the_worst_code_wins() {
    let sides = Sides::enrolled();
    let [first, second, third] = [1, 2, 3].map(|number| sides.crl(number).sign());
    publish(&sides, &second);
    let line = Line::new();
    let mut receiver = listening(&sides.receive(&[line.link()]).args(["--once", "--timeout", "40s"]));
    line.carries(&frames(&first));
    receiver.wait_for_text("a rejected item does not end the run");
    line.carries(&frames(&third));
    let ended = receiver.wait();
    assert_eq!(ended.code, Some(6), "{ended}");
    sides.assert_published(&third);
}

#[test]
fn once_waits_for_another_transfer_under_way_until_it_is_complete() {
    let mut chance = chance("another_transfer");
    let sides = Sides::enrolled();
    let (_, long) = sides.long_crl_file(3, 1500, &mut chance);
    let object = object(&[&long]);
    let needed = rootcast_protocol::object::Object::new(&object).unwrap().source_symbols() as usize / 6;
    let all = forged::frames_of(&object, 0, needed + 4);
    let (begun, rest) = all.split_at(needed * 4 / 5);
    assert!(needed > 10, "{needed} frames are few");
    let (slow, quick) = (Line::new(), Line::new());
    let links = [slow.link(), quick.link()];
    let mut receiver = listening(&sides.receive(&links).args(["--once", "--timeout", "60s"]));
    slow.carries(begun);
    std::thread::sleep(Duration::from_secs(1));
    quick.carries(&frames(&sides.crl(2).sign()));
    receiver.wait_for_text("1 other object still arriving");
    assert!(receiver.runs());
    slow.carries(rest);
    let ended = receiver.wait();
    assert_eq!(ended.code, Some(0), "{ended}");
    sides.assert_published(&long);
}

#[test]
fn once_does_not_wait_for_an_object_that_fell_silent() {
    let sides = Sides::enrolled();
    let (_, long) = sides.long_crl_file(3, 1500, &mut chance("fell_silent"));
    let line = Line::new();
    let mut receiver = listening(&sides.receive(&[line.link()]).args(["--once", "--timeout", "60s"]));
    line.carries(&forged::frames_of(&object(&[&long]), 0, 3));
    let begun = Instant::now();
    let crl = sides.crl(2).sign();
    line.carries(&frames(&crl));
    receiver.wait_for_text("1 other object still arriving");
    let ended = receiver.wait();
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!((8..25).contains(&begun.elapsed().as_secs()), "{ended}");
    sides.assert_published(&crl);
}

#[test]
fn expect_ends_with_zero_when_each_named_item_is_published_and_not_before() {
    let sides = Sides::enrolled();
    let [first, second, third] = [1, 2, 3].map(|number| sides.crl(number).sign());
    let (certificate_file, certificate) = sides.intermediate_file("Issuing CA");
    publish(&sides, &first);
    let line = Line::new();
    let receive = sides.receive(&[line.link()]).args(["--timeout", "40s", "--json", "--expect"]);
    // The words as they are typed, each an argument of its own; and a SHA-256.
    let receive = receive.args(words_of(&third).split(' ')).arg("--expect").arg(Digest::of(&certificate).to_string());
    let mut receiver = listening(&receive);
    line.carries(&frames(&first));
    receiver.wait_for_text("this is what you have already");
    line.carries(&frames(&second));
    receiver.wait_for_text("not an item that you expect");
    line.carries(&frames(&third));
    receiver.wait_for_text("1 expected item missing");
    let recorded = sides.record("certificate.frames", &[&certificate_file]);
    line.carries(&rootcast_tests::recordings::frames(&recorded));
    let ended = receiver.wait();
    assert_eq!(ended.code, Some(0), "{ended}");
    let document = ended.json();
    assert_eq!(document["ended"], "satisfied");
    assert_eq!(document["expected"][0]["words"], words_of(&third).as_str());
    assert_eq!(document["expected"][0]["sha256"], serde_json::Value::Null);
    assert!(document["expected"].as_array().unwrap().iter().all(|item| item["arrival"] == "published"), "{ended}");
    sides.assert_published(&third);
    sides.assert_published(&certificate);
}

#[test]
fn an_expected_item_that_was_published_before_ends_the_run_at_once() {
    let sides = Sides::enrolled();
    let crl = sides.crl(1).sign();
    publish(&sides, &crl);
    let line = Line::new();
    let receive = sides.receive(&[line.link()]).arg("--expect").arg(words_of(&crl).replace(' ', "-"));
    let ended = receive.clone().patience(Duration::from_secs(20)).exits(0);
    ended.says("is published");
    receive.arg("--once").exits(0).says("--once changes nothing beside --expect");
}

#[test]
fn an_expected_item_that_does_not_come_is_named_and_the_run_is_incomplete() {
    let sides = Sides::enrolled();
    let (second, third) = (sides.crl(2).sign(), sides.crl(3).sign());
    let came = recording(&sides, "second.frames", &[&second]);
    let receive = || sides.receive_recording(&came).arg("--expect").arg(words_of(&third));
    let ended = receive().exits(4);
    ended.says("1 of 1 expected item did not come").says(&format!("missing: {}", words_of(&third)));
    sides.assert_published(&second);
    let document = receive().arg("--json").exits(4).json();
    assert_eq!((&document["expected"][0]["arrival"], &document["exit"]), (&"missing".into(), &4.into()));
}

#[test]
fn an_expected_item_that_is_held_or_rejected_ends_the_run_and_others_do_not() {
    let sides = Sides::enrolled();
    let second = sides.crl(2).sign();
    publish(&sides, &second);
    let (held, other, older) = (jump(&sides, 5000), jump(&sides, 9000), sides.crl(1).sign());
    for (name, expected, code, arrival) in [("held", &held, 9, "held"), ("rejected", &older, 6, "rejected")] {
        let line = Line::new();
        let receive = sides.receive(&[line.link()]).args(["--json", "--timeout", "40s", "--expect"]);
        let mut receiver = listening(&receive.arg(Digest::of(expected).to_string()));
        line.carries(&frames(&other));
        receiver.wait_for_text("not an item that you expect");
        assert!(receiver.runs(), "{name}");
        line.carries(&frames(expected));
        let ended = receiver.wait();
        assert_eq!(ended.code, Some(code), "{name}\n{ended}");
        let document = ended.json();
        assert_eq!((&document["ended"], &document["expected"][0]["arrival"]), (&"satisfied".into(), &arrival.into()));
    }
    // One of a root that nobody trusts here counts, too, although something genuine was judged.
    let stranger = crl_of(&rootcast_tests::sides::fresh_root("Stranger"), 1).sign();
    let both = recording(&sides, "both.frames", &[&second, &stranger]);
    let receive = sides.receive_recording(&both).arg("--expect").arg(words_of(&stranger));
    receive.exits(5).says("ITEM-ISSUER-UNKNOWN");
}

/// Anybody has the bytes of what is published elsewhere, and can wrap them as he likes.
#[test]
fn an_expected_item_that_comes_without_its_issuer_is_waited_for() {
    let sides = Sides::enrolled();
    let issuer = below(&sides.root, "Policy CA", 1);
    let named = sides.scratch.file("policy.crt", &issuer.certificate);
    let trust = online(["trust", "--yes"]).state(&sides.online).arg("--root").arg(sides.scratch.path("root.crt"));
    trust.arg("--offline-issuer").arg(named).exits(0);
    let crl = crl_of(&issuer, 1).sign();
    let expecting = |objects: &[&Vec<u8>], name: &str| {
        let path = sides.scratch.path(name);
        rootcast_tests::recordings::write(&path, objects.iter().flat_map(|object| forged::frames_of(object, 0, 8)));
        sides.receive_recording(&path).args(["--json", "--expect"]).arg(words_of(&crl))
    };
    let as_unknown = forged::object_of(&[(ItemKind::Other(7), "root.crl", &crl)]);
    let alone = forged::object_of(&[(ItemKind::Crl, "policy.crl", &crl)]);
    let both = forged::object_of(&[
        (ItemKind::Certificate, "policy.crt", &issuer.certificate),
        (ItemKind::Crl, "policy.crl", &crl),
    ]);
    let arrival = |ended: &Ended| ended.json()["expected"][0]["arrival"].clone();
    // Bytes of no kind that is known here were not judged, so they have not come.
    let ended = expecting(&[&as_unknown], "unknown.frames").run();
    assert_eq!(arrival(&ended), "missing", "{ended}");
    // Refused for its issuer: the run says so, and goes on until the links end.
    let ended = expecting(&[&alone], "alone.frames").exits(5);
    assert_eq!((arrival(&ended), &ended.json()["ended"]), ("refused".into(), &"links-ended".into()), "{ended}");
    ended.says("ITEM-ISSUER-UNKNOWN");
    let ended = expecting(&[&as_unknown, &alone, &both], "all.frames").exits(0);
    assert_eq!((arrival(&ended), &ended.json()["ended"]), ("published".into(), &"satisfied".into()), "{ended}");
    sides.assert_published(&crl);
}

/// A service that starts `receive` again and again, and one who plays one old item to each run.
#[test]
fn what_is_played_to_many_runs_leaves_one_receipt() {
    let sides = Sides::enrolled();
    let (first, second) = (sides.crl(1).sign(), sides.crl(2).sign());
    publish(&sides, &second);
    let (old, held) =
        (recording(&sides, "old.frames", &[&first]), recording(&sides, "held.frames", &[&jump(&sides, 5000)]));
    let receipts = || rootcast_tests::scratch::tree(&sides.online.join("receipts")).len();
    for (name, played, code) in [("rejected", &old, 6), ("held", &held, 9)] {
        let before = receipts();
        for _ in 0..4 {
            sides.receive_recording(played).exits(code);
        }
        assert_eq!(receipts() - before, 1, "{name}");
    }
}

#[test]
fn a_wrong_word_is_named_before_anything_is_opened() {
    let sides = Sides::enrolled();
    let mut words: Vec<String> = words_of(b"anything").split(' ').map(str::to_owned).collect();
    let receive = |words: &[String]| sides.receive(&["serial:missing"]).arg("--expect").args(words).exits(2);
    receive(&words[..7]).says("7 words were given; each item has 8");
    words[4] = "Zzyzx".to_owned();
    receive(&words).says("word 5 (\"Zzyzx\") is not on the PGP word list");
    receive(&["00ff".to_owned()]).says("4 hexadecimal digits; 64 are needed");
}

/// Garbage beside the true items turned the exit code into an alarm.
#[test]
fn what_nobody_signed_counts_only_where_nothing_genuine_was_judged() {
    let sides = Sides::enrolled();
    let crl = sides.crl(1).sign();
    let mut forged_crl = sides.crl(2).sign();
    *forged_crl.last_mut().unwrap() ^= 1;
    let alone = recording(&sides, "alone.frames", &[&forged_crl]);
    sides.receive_recording(&alone).exits(5).says("CRL-SIGNATURE");
    let both = recording(&sides, "both.frames", &[&forged_crl, &crl]);
    let ended = sides.receive_recording(&both).arg("--json").exits(0);
    assert_eq!((&ended.json()["objects"][0]["exit"], &ended.json()["exit"]), (&5.into(), &0.into()), "{ended}");
    sides.assert_published(&crl);
    // Also in one bundle.
    let path = sides.scratch.path("one-bundle.frames");
    forged::record(&object(&[&forged_crl, &crl]), &path);
    sides.receive_recording(&path).exits(0).says("CRL-SIGNATURE");
}
