//! Objects of nobody without end: they cost little memory, little text and little log, and the honest one is published.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rootcast_protocol::manifest::ItemKind;
use rootcast_protocol::object::Object;
use rootcast_tests::faults::ByteFaults;
use rootcast_tests::forged;
use rootcast_tests::program::Running;
use rootcast_tests::recordings;
use rootcast_tests::sides::Sides;
use rootcast_tests::wire::Wire;

/// Few, or as many as the run by hand has: `ROOTCAST_HOSTILE_OBJECTS=10000`.
fn number_of_objects() -> u64 {
    let given = std::env::var("ROOTCAST_HOSTILE_OBJECTS").ok();
    given.map_or(300, |number| number.parse().expect("a number of objects"))
}

/// Resident memory now, in KiB (proc_pid_status(5)).
fn resident_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a running process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// The frames of an object with 64 times the same item.
fn frames_of_copies(item: &[u8], number: u64) -> Vec<Vec<u8>> {
    let names: Vec<String> = (0..64).map(|n| format!("{n}.crl")).collect();
    let items: Vec<(ItemKind, &str, &[u8])> = names.iter().map(|name| (ItemKind::Crl, name.as_str(), item)).collect();
    let bytes = forged::object_with(&items, |manifest| manifest.number = number, |_| None);
    let needed = Object::new(&bytes).unwrap().source_symbols() as usize;
    forged::frames_of(&bytes, 0, needed.div_ceil(4) + 1)
}

/// A CRL that names the root, was not signed by it, and breaks many rules.
fn faulty_crl(sides: &Sides) -> Vec<u8> {
    let mut draft = sides.crl(9);
    for serial in [1, 1, 2, 2, 3, 3] {
        draft.revoke(serial, sides.root.now + 1_000_000);
    }
    draft.issued_at(sides.root.now - 1_000_000_000, sides.root.now - 2_000_000_000);
    let mut der = draft.sign();
    *der.last_mut().unwrap() ^= 1;
    der
}

fn wait_for_publication(sides: &Sides, crl: &[u8], receiver: &mut Running) {
    let begun = Instant::now();
    while !sides.is_published(crl) {
        assert!(receiver.runs() && begun.elapsed() < Duration::from_secs(3_600), "the honest CRL was not published");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn thousands_of_hostile_objects_cost_little_and_the_honest_one_is_published() {
    let (sides, objects) = (Sides::enrolled(), number_of_objects());
    let (hostile, honest) = (faulty_crl(&sides), sides.crl(1).sign());
    let mut frames: Vec<Vec<u8>> = (0..objects).flat_map(|number| frames_of_copies(&hostile, number)).collect();
    frames.extend(forged::frames_of(&forged::object_of(&[(ItemKind::Crl, "root.crl", &honest)]), 0, 8));
    let recording = sides.scratch.path("flood.frames");
    recordings::write(&recording, &frames);
    let (log, wire) = (sides.scratch.path("log"), Wire::new(115_200, ByteFaults::none()));
    // The second link has no end, so the program is still there when its memory is looked at.
    let links = [format!("file:{}", recording.display()), format!("serial:{}", wire.far().display())];
    let receive = sides.receive(&links).arg("--json").arg("--log").arg(&log).patience(Duration::from_secs(3_600));
    let mut receiver = receive.start();
    wait_for_publication(&sides, &honest, &mut receiver);
    std::thread::sleep(Duration::from_millis(500));
    let resident = resident_kib(receiver.id());
    receiver.interrupt();
    let ended = receiver.wait();
    assert_eq!(ended.code, Some(130), "{}", ended.stderr);
    let size = |path: &Path| fs::metadata(path).unwrap().len();
    let (text, document, log) = (ended.stderr.len(), ended.stdout.len(), size(&log));
    println!(
        "{objects} hostile objects of {} bytes in {:.0} s: VmRSS at the end {resident} KiB, most {} KiB; log {log} bytes, \
         text {text} bytes, document {document} bytes",
        frames[0].len(),
        ended.took.as_secs_f64(),
        ended.peak_kib
    );
    assert!(resident <= 64 << 10, "{resident} KiB");
    assert!(ended.peak_kib <= 96 << 10, "most {} KiB", ended.peak_kib);
    assert!(log <= 1_000_000, "{log} bytes of log");
    assert!(text <= 1_000_000 && document <= 2_000_000, "{text} bytes of text, {document} bytes of document");
    let json = ended.json();
    let kept = json["objects"].as_array().unwrap();
    let forgotten = json["objects_forgotten"].as_u64().unwrap();
    assert_eq!(kept.len() as u64 + forgotten, objects + 1, "every object is counted");
    let genuine = kept.iter().find(|object| object["of_enrolled_issuer"] == true).expect("the honest one");
    assert_eq!(genuine["items"][0]["verdict"], "accepted");
    ended.says("only counted").says(&format!("{} rejected items without the signature", objects * 64));
}

#[test]
fn an_item_that_stands_in_its_object_many_times_is_told_once_with_its_count() {
    let sides = Sides::enrolled();
    let honest = sides.crl(1).sign();
    let recording = sides.scratch.path("copies.frames");
    recordings::write(&recording, frames_of_copies(&honest, 1));
    let ended = sides.receive_recording(&recording).arg("--json").exits(0);
    let document = ended.json();
    let items = document["objects"][0]["items"].as_array().unwrap();
    let told: Vec<_> = items.iter().map(|item| (item["verdict"].as_str().unwrap(), item["times"].as_u64())).collect();
    assert_eq!(told, [("accepted", None), ("no-op", Some(63))], "{document}");
    ended.says("63 times in this object");
    sides.assert_published(&honest);
}

// An old CRL, which the root did sign, comes in ever new wrappings: it rings, and it is told in full once.
#[test]
fn a_replay_in_many_wrappings_is_told_in_full_once_and_counted_afterwards() {
    let sides = Sides::enrolled();
    let (old, new) = (sides.crl(1).sign(), sides.crl(2).sign());
    let wrapped = |number: u64, crl: &[u8]| {
        let items = [(ItemKind::Crl, "root.crl", crl)];
        let bytes = forged::object_with(&items, |manifest| manifest.number = number, |_| None);
        forged::frames_of(&bytes, 0, 4)
    };
    let mut frames = wrapped(0, &new);
    frames.extend((1..=100).flat_map(|number| wrapped(number, &old)));
    let recording = sides.scratch.path("replays.frames");
    recordings::write(&recording, &frames);
    let log = sides.scratch.path("log");
    let ended = sides.receive_recording(&recording).arg("--json").arg("--log").arg(&log).exits(6);
    ended.says("CRL-NUMBER-LOWER").says("(100 times)");
    let in_full = ended.stderr.matches("rejected  root.crl").count();
    assert_eq!(in_full, 1, "{ended}");
    let told = fs::read_to_string(&log).unwrap().matches("\"event\":\"judged\"").count();
    assert!((2..=22).contains(&told), "{told} objects in the log");
    sides.assert_published(&new);
}
