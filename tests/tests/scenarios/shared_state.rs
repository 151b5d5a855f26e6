//! One online state and several processes: whoever listens holds nobody up, and judges against what the others did.

use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver as Inbox, Sender, channel};
use std::time::Duration;

use rootcast_host::disk::RealDisk;
use rootcast_host::state_lock::StateLock;
use rootcast_online::gate;
use rootcast_online::link::{Flow, LinkEvent, LinkFailure, Receiver};
use rootcast_online::publication::{ReceiptKind, Record, State, StateError};
use rootcast_online::reception::assembly::Assemblies;
use rootcast_online::reception::last_contact::Taken;
use rootcast_online::reception::{GoesOnWithout, LinkState};
use rootcast_online::session::{GoesOn, Observer, Session, Settings};
use rootcast_pki::stage::Ruling;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::frame::beacon::Beacon;
use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::forged;
use rootcast_tests::listening::Listening;
use rootcast_tests::program::{Ended, online};
use rootcast_tests::recordings;
use rootcast_tests::seeds::chance;
use rootcast_tests::sides::{Sides, crl_of, fresh_root, is_published};
use rootcast_tests::throwaway_ca::DAY;

/// What a command may take while somebody listens. Waiting for the lock to no avail would take 10 s.
const AT_ONCE: Duration = Duration::from_secs(8);

/// Publishes a CRL by another command than `receive`.
fn publish_by_enrolling_again(sides: &Sides, crl: &[u8]) -> Ended {
    let (root, file) = (sides.scratch.path("root.crt"), sides.scratch.file("newer.crl", crl));
    online(["enrol", "--yes"]).state(&sides.online).arg("--root").arg(&root).arg("--crl").arg(&file).exits(0)
}

#[test]
fn a_receiver_judges_against_what_another_command_published_while_it_listened() {
    let sides = Sides::enrolled();
    let [first, second, third, fourth] = [1, 2, 3, 4].map(|number| sides.crl(number).sign());
    let mut listening = Listening::on(&sides);
    listening.hears(&first);
    sides.assert_published(&first);
    assert!(publish_by_enrolling_again(&sides, &third).took < AT_ONCE);
    // It knew of the first one only, and the second continues that.
    listening.hears(&second);
    sides.assert_published(&third);
    assert!(!sides.is_published(&second));
    listening.hears(&fourth);
    sides.assert_published(&fourth);
    let ended = listening.ended();
    ended.says("CRL-NUMBER-LOWER");
    // The older one rang.
    online(["status", "--receipts"]).state(&sides.online).exits(10).says("5 receipts verified");
}

#[test]
fn whoever_looks_and_decides_is_not_held_up_by_a_receiver() {
    let sides = Sides::enrolled();
    let first = sides.crl(1).sign();
    let mut jump = sides.root.crl(5000);
    jump.issued_at(sides.root.now - 3_600, sides.root.now + 180 * DAY);
    let jump = jump.sign();
    let mut listening = Listening::on(&sides);
    listening.hears(&first);
    listening.hears(&jump);
    let list = online(["held", "list", "--json"]).state(&sides.online).exits(0);
    let id = list.json()["held"][0]["id"].as_str().expect("it is held").to_owned();
    let status = online(["status"]).state(&sides.online).exits(0);
    let by = ["--by", "A. Auditor", "--because", "confirmed by telephone"];
    let accepted = online(["held", "accept", &id]).args(by).state(&sides.online).exits(0);
    for ended in [list, status, accepted] {
        assert!(ended.took < AT_ONCE, "{ended}");
    }
    sides.assert_published(&jump);
    // What the receiver knew of is history: the second CRL is older than the one that was accepted meanwhile.
    let second = sides.crl(2).sign();
    listening.hears(&second);
    sides.assert_published(&jump);
    assert!(listening.running.runs());
    let _ = listening.ended();
}

#[test]
fn a_root_that_is_enrolled_while_a_receiver_listens_is_listened_to() {
    let sides = Sides::enrolled();
    let other = fresh_root("A Second Root 2026");
    let certificate = sides.scratch.file("second.crt", &other.certificate);
    let crl = crl_of(&other, 1).sign();
    let mut listening = Listening::on(&sides);
    online(["enrol", "--yes"]).state(&sides.online).arg("--root").arg(&certificate).exits(0);
    listening.hears(&crl);
    sides.assert_published(&crl);
    let _ = listening.ended();
}

#[test]
fn a_commit_waits_for_the_lock_and_loses_nothing_where_it_waits_in_vain() {
    let sides = Sides::enrolled();
    let (first, second) = (sides.crl(1).sign(), sides.crl(2).sign());
    let mut listening = Listening::on(&sides);
    // For a moment.
    let lock = StateLock::take(&sides.online, "a test").unwrap();
    listening.is_sent(&first);
    std::thread::sleep(Duration::from_secs(2));
    assert!(!sides.is_published(&first), "it was committed without the lock");
    drop(lock);
    listening.running.wait_for_text(&Digest::of(&first).to_string());
    sides.assert_published(&first);
    // For as long as it takes.
    let lock = StateLock::take(&sides.online, "a test that lets nothing go").unwrap();
    listening.is_sent(&second);
    let ended = listening.running.wait();
    assert_eq!(ended.code, Some(8), "{ended}");
    ended.says("state-locked").says("held by another program").says("Received symbols are kept.");
    drop(lock);
    assert!(!sides.is_published(&second));
    // Its symbols are there, so the next receiver needs no frame.
    let nothing = sides.scratch.subfolder("nothing");
    sides.receive(&[format!("qr:images={}", nothing.display())]).arg("--once").exits(0).says("continuing with object");
    sides.assert_published(&second);
}

/// A link that brings these frames and then nothing more.
struct Frames {
    frames: Vec<Vec<u8>>,
    /// It says that it is listened to, and waits until it may go on.
    held_up: Option<(Sender<()>, Inbox<()>)>,
}

impl Receiver for Frames {
    fn receive(&mut self, _: Duration, each: &mut dyn FnMut(LinkEvent)) -> Result<Flow, LinkFailure> {
        if let Some((begun, go_on)) = self.held_up.take() {
            begun.send(()).unwrap();
            go_on.recv().unwrap();
        }
        self.frames.drain(..).for_each(|frame| each(LinkEvent::Frame(frame)));
        Ok(Flow::Ended)
    }
}

/// Another front end than a terminal: it counts.
#[derive(Default)]
struct Counter {
    verdicts: Vec<Ruling>,
    roots_read_again: usize,
}

impl Observer for Counter {
    fn resumed(&mut self, _: &Assemblies) {}

    fn judged(&mut self, object: &gate::JudgedObject, _: i64) {
        self.verdicts.extend(object.items.iter().map(|item| item.verdict));
    }

    fn goes_on(&mut self, _: GoesOn, _: i64) {}

    fn roots_read_again(&mut self, _: &[gate::Root], _: &Record) {
        self.roots_read_again += 1;
    }

    fn beacon(&mut self, _: &str, _: &Beacon, _: Taken, _: i64) {}

    fn notice(&mut self, _: &str, _: &str, _: i64) {}
    fn failed(&mut self, _: &str, _: &LinkFailure, _: Option<GoesOnWithout>, _: i64) {}

    fn seen(
        &mut self,
        _: &str,
        _: &rootcast_online::link::optical::qr_reader::Reading,
        _: Option<&rootcast_online::link::optical::viewfinder::View>,
        _: i64,
    ) {
    }

    fn progress(&mut self, _: &Assemblies, _: &[(String, LinkState)]) {}
}

/// Receives a CRL into a state, in this process; what became of it.
fn session_with(state: &Path, crl: &[u8], held_up: Option<(Sender<()>, Inbox<()>)>) -> Counter {
    let object = forged::object_of(&[(ItemKind::Crl, "root.crl", crl)]);
    let link: Box<dyn Receiver> = Box::new(Frames { frames: forged::frames_of(&object, 0, 8), held_up });
    let session = Session::open(state, "a test", rootcast_host::clock::now).unwrap();
    let mut counter = Counter::default();
    let interrupt = rootcast_host::interrupt::Interrupt::default();
    session.run(vec![("toy:frames".to_owned(), link)], Settings::default(), &mut counter, &interrupt).unwrap();
    counter
}

/// A draft that publishes this CRL in a state.
fn draft_with(state: &State, crl: &[u8]) -> rootcast_online::publication::Draft {
    let roots = state.snapshot().map(gate::roots).unwrap().unwrap();
    let mut draft = state.draft();
    let now = rootcast_host::clock::now();
    assert_eq!(gate::judge_item(&mut draft, &roots, "root.crl", crl, None, now).unwrap().verdict, Ruling::Accepted);
    draft
}

#[test]
fn what_was_judged_before_another_commit_is_judged_again_under_the_lock() {
    let sides = Sides::enrolled();
    let [first, second, third] = [1, 2, 3].map(|number| sides.crl(number).sign());
    assert_eq!(session_with(&sides.online, &first, None).verdicts, [Ruling::Accepted]);
    let ((begun, has_begun), (go_on, may_go_on)) = (channel(), channel());
    let (folder, crl) = (sides.online.clone(), second.clone());
    let session = std::thread::spawn(move || session_with(&folder, &crl, Some((begun, may_go_on))));
    has_begun.recv().unwrap();
    let mut other = State::open(&sides.online, Box::new(RealDisk), "a test").unwrap();
    go_on.send(()).unwrap();
    // The receiver judges the second CRL, and waits for the lock, until the third one is committed.
    std::thread::sleep(Duration::from_secs(2));
    assert!(!sides.is_published(&second) && !session.is_finished());
    let (draft, now) = (draft_with(&other, &third), rootcast_host::clock::now());
    other.commit(draft, gate::receipt(ReceiptKind::Received, &[], now), now).unwrap();
    drop(other);
    let counter = session.join().unwrap();
    sides.assert_published(&third);
    assert_eq!((counter.verdicts, counter.roots_read_again), (vec![Ruling::Rejected], 1));
}

#[test]
fn a_draft_of_an_earlier_generation_is_never_committed() {
    let sides = Sides::enrolled();
    let [first, second] = [1, 2].map(|number| sides.crl(number).sign());
    let now = rootcast_host::clock::now();
    let mut state = State::open(&sides.online, Box::new(RealDisk), "a test").unwrap();
    let (newer, older) = (draft_with(&state, &second), draft_with(&state, &first));
    state.commit(newer, gate::receipt(ReceiptKind::Received, &[], now), now).unwrap();
    let refused = state.commit(older, gate::receipt(ReceiptKind::Received, &[], now), now);
    assert!(matches!(refused, Err(StateError::Outdated { made: 1, current: 2 })), "{refused:?}");
    sides.assert_published(&second);
}

#[test]
fn a_second_receiver_listens_beside_the_first_and_a_third_is_told_of_both_at_once() {
    let sides = Sides::enrolled();
    let [first_crl, second_crl, third_crl] = [1, 2, 3].map(|number| sides.crl(number).sign());
    let mut first = Listening::on(&sides);
    let mut second = Listening::on(&sides);
    second.running.wait_for_text(&format!("process {}", first.running.id()));
    // Each publishes, and judges what the other published.
    first.hears(&first_crl);
    second.hears(&second_crl);
    sides.assert_published(&second_crl);
    first.hears(&third_crl);
    sides.assert_published(&third_crl);
    second.hears(&first_crl);
    sides.assert_published(&third_crl);
    let (file, _) = sides.crl_file(1);
    let recording = sides.record("one.frames", &[file]);
    let third = sides.receive_recording(&recording).exits(8);
    third.says("state-locked").says("2 receivers").says("symbols/lock");
    third.says(&format!("process {}", first.running.id())).says(&format!("process {}", second.running.id()));
    assert!(third.took < AT_ONCE, "{third}");
    second.ended().says("CRL-NUMBER-LOWER");
    // Its place is free again.
    sides.receive_recording(&recording).exits(6);
    let _ = first.ended();
}

#[test]
fn a_receiver_that_waits_for_an_item_ends_when_another_one_published_it() {
    let sides = Sides::enrolled();
    let crl = sides.crl(1).sign();
    let nothing = sides.scratch.subfolder("nothing");
    let waits = sides.receive(&[format!("qr:images={}", nothing.display())]);
    let mut waiting = waits.arg("--follow").args(["--expect", &Digest::of(&crl).to_string()]).start();
    waiting.wait_for_text("sandboxed by seccomp");
    assert!(waiting.runs());
    let mut other = Listening::on(&sides);
    other.hears(&crl);
    assert_eq!(waiting.wait().code, Some(0));
    let _ = other.ended();
}

/// Symbols that came to a second receiver were lost to the next run, which had the first place.
#[test]
fn what_a_second_receiver_left_unfinished_is_gone_on_with_by_the_next_run() {
    let sides = Sides::enrolled();
    let (_, crl) = sides.long_crl_file(1, 1_000, &mut chance("what_a_second_receiver_left_unfinished"));
    let object = forged::object_of(&[(ItemKind::Crl, "root.crl", &crl)]);
    let frames = forged::frames_of(&object, 0, 60);
    let (begin, rest) = frames.split_at(3);
    let file = |name: &str, frames: &[Vec<u8>]| {
        let path = sides.scratch.path(name);
        recordings::write(&path, frames);
        path
    };
    let (begin, rest) = (file("begin.frames", begin), file("rest.frames", rest));
    let first = Listening::on(&sides);
    sides.receive_recording(&begin).exits(4);
    assert!(
        sides.online.join("symbols/2").read_dir().unwrap().any(|entry| entry.unwrap().path().extension().is_some())
    );
    let _ = first.ended();
    sides.receive_recording(&rest).exits(0).says("continuing with object");
    sides.assert_published(&crl);
}

#[test]
fn everything_else_goes_on_beside_two_receivers() {
    let sides = Sides::enrolled();
    let (first, older) = (sides.crl(5).sign(), sides.crl(1).sign());
    let mut jump = sides.root.crl(5000);
    jump.issued_at(sides.root.now - 3_600, sides.root.now + 180 * DAY);
    let jump = jump.sign();
    let mut listening = [Listening::on(&sides), Listening::on(&sides)];
    listening[0].hears(&first);
    listening[1].hears(&jump);
    listening[0].hears(&older);
    let by = ["--by", "A. Auditor", "--because", "confirmed by telephone"];
    let held = online(["held", "list", "--json"]).state(&sides.online).exits(0).json();
    let alarms = online(["alarm", "list", "--json"]).state(&sides.online).exits(0).json();
    let [held, alarm] = [&held["held"][0]["id"], &alarms["alarms"][0]["id"]].map(|id| id.as_str().unwrap().to_owned());
    let accepted = online(["held", "accept", &held]).args(by).state(&sides.online).exits(0);
    let acknowledged = online(["alarm", "ack", &alarm]).args(by).state(&sides.online).exits(0);
    let trusted = publish_by_enrolling_again(&sides, &jump);
    let listed = online(["receipts", "list"]).state(&sides.online).exits(0);
    for ended in [accepted, acknowledged, trusted, listed] {
        assert!(ended.took < AT_ONCE, "{ended}");
    }
    sides.assert_published(&jump);
    for mut one in listening {
        assert!(one.running.runs());
        let _ = one.ended();
    }
    online(["status", "--receipts"]).state(&sides.online).exits(0).says("receipts verified");
}

/// A decision about an item whose holds changed between `held list` and the commit covers nothing.
#[test]
fn a_decision_is_about_the_holds_as_they_are_at_its_commit() {
    let sides = Sides::enrolled();
    let mut jump = sides.root.crl(5000);
    jump.issued_at(sides.root.now - 3_600, sides.root.now + 180 * DAY);
    let jump = jump.sign();
    let mut listening = Listening::on(&sides);
    listening.hears(&sides.crl(1).sign());
    listening.hears(&jump);
    let held = online(["held", "list", "--json"]).state(&sides.online).exits(0).json();
    let id = held["held"][0]["id"].as_str().unwrap().to_owned();
    // Somebody else has the state while the decision is typed, and publishes: it waits, and is judged against that.
    let mut other = State::open(&sides.online, Box::new(RealDisk), "a test").unwrap();
    let by = ["--by", "A. Auditor", "--because", "confirmed by telephone"];
    let mut accept = online(["held", "accept", &id]).args(by).state(&sides.online).start();
    std::thread::sleep(Duration::from_secs(1));
    assert!(accept.runs(), "it waits for the state");
    let second = sides.crl(2).sign();
    let (draft, now) = (draft_with(&other, &second), rootcast_host::clock::now());
    other.commit(draft, gate::receipt(ReceiptKind::Received, &[], now), now).unwrap();
    drop(other);
    // The jump is another one now: from 2, not from 1.
    let ended = accept.wait().exits_with(9);
    ended.says("still held");
    sides.assert_published(&second);
    let _ = listening.ended();
}

/// The command of the runbook: the lock keeps commits away, and listening goes on.
#[test]
fn a_backup_that_holds_the_lock_beside_a_receiver_is_whole() {
    let sides = Sides::enrolled();
    let (first, second) = (sides.crl(1).sign(), sides.crl(2).sign());
    let mut listening = Listening::on(&sides);
    listening.hears(&first);
    let (begun, archive) = (sides.scratch.path("begun"), sides.scratch.path("state.tar"));
    let script = "touch \"$2\"; sleep 1; exec tar -C \"$1\" --exclude=./symbols -cf \"$3\" .";
    let mut backup = Command::new("flock")
        .arg(sides.online.join("lock"))
        .args(["sh", "-c", script, "sh"])
        .args([&sides.online, &begun, &archive])
        .spawn()
        .expect("flock of util-linux");
    while !begun.exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    listening.is_sent(&second);
    assert!(backup.wait().unwrap().success());
    listening.running.wait_for_text(&Digest::of(&second).to_string());
    sides.assert_published(&second);
    let restored = sides.scratch.subfolder("restored");
    assert!(Command::new("tar").arg("-C").arg(&restored).arg("-xf").arg(&archive).status().unwrap().success());
    online(["status", "--receipts"]).state(&restored).exits(0).says("2 receipts verified");
    assert!(is_published(&restored, &first) && !is_published(&restored, &second));
    let _ = listening.ended();
}
