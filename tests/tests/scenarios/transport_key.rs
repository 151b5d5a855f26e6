//! Frames with a MAC, keys read across in words, and beacons.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rootcast_tests::forged;
use rootcast_tests::program::{offline, online};
use rootcast_tests::pty::Seat;
use rootcast_tests::recordings::{frames, write};
use rootcast_tests::seeds::chance;
use rootcast_tests::sides::Sides;

fn key(sides: &Sides, name: &str) -> PathBuf {
    let file = sides.scratch.path(name);
    offline(["key", "new", "-o"]).arg(&file).exits(0);
    file
}

fn words(file: &Path) -> String {
    let document = offline(["key", "words", "--json"]).arg(file).exits(0).json();
    document["words"].as_str().unwrap().to_owned()
}

/// `rootcast-online key from-words` with these words typed in.
fn typed(sides: &Sides, name: &str, words: &str) -> Option<i32> {
    let input = sides.scratch.file(&format!("{name}.words"), words.as_bytes());
    let program = online(["key", "from-words", "-o"]).arg(sides.scratch.path(name));
    let input = Stdio::from(std::fs::File::open(input).unwrap());
    program.start_with(input, Stdio::piped(), Stdio::piped()).wait().code
}

fn link(path: &Path) -> String {
    format!("file:{}", path.display())
}

#[test]
fn a_key_is_read_across_in_words_and_a_misheard_word_is_noticed() {
    let sides = Sides::enrolled();
    let made = key(&sides, "offline.key");
    let spoken = words(&made);
    assert_eq!(spoken.split(' ').count(), 18);
    assert_eq!(typed(&sides, "online.key", &spoken.to_uppercase()), Some(0));
    assert_eq!(std::fs::read(sides.scratch.path("online.key")).unwrap(), std::fs::read(&made).unwrap());
    let mut swapped: Vec<&str> = spoken.split(' ').collect();
    swapped.swap(3, 4);
    assert_eq!(typed(&sides, "swapped.key", &swapped.join(" ")), Some(2));
    assert!(!sides.scratch.path("swapped.key").exists());
    offline(["key", "new", "-o"]).arg(&made).exits(2).says("output-exists");
    assert_eq!(words(&made), spoken, "a key is never overwritten");
    let no_key = sides.scratch.file("no.key", b"hello\n");
    online(["key", "words"]).arg(&no_key).exits(2).says("file-unreadable");
}

#[test]
fn a_key_that_would_be_overwritten_is_refused_before_its_words_are_typed() {
    let sides = Sides::enrolled();
    let made = key(&sides, "offline.key");
    for program in [online(["key", "from-words", "-o"]), offline(["key", "from-words", "-o"])] {
        let mut seat = Seat::start(&program.arg(&made), 120, 30);
        seat.wait_for_text("error[output-exists]");
        let screen = seat.screen();
        assert_eq!(seat.running.wait().code, Some(2), "{screen}");
        assert!(screen.contains("exists already") && !screen.contains("os error"), "{screen}");
        assert!(!screen.contains("18 words"), "{screen}");
    }
}

/// From a page that numbers its words, they were counted twice, and the question ended after half of them.
#[test]
fn numbers_before_the_words_are_no_words() {
    let sides = Sides::enrolled();
    let made = key(&sides, "offline.key");
    let spoken = words(&made);
    let numbered: Vec<String> = spoken.split(' ').enumerate().map(|(at, word)| format!("{}. {word}", at + 1)).collect();
    let copy = sides.scratch.path("copy.key");
    let mut seat = Seat::start(&online(["key", "from-words", "-o"]).arg(&copy), 400, 30);
    seat.wait_for_text("Type the 18 words");
    seat.type_keys(&format!("{}\n", numbered[..9].join(" ")));
    seat.wait_for_text("9 words, 9 to go");
    seat.type_keys(&format!("{}\n", numbered[9..].join(" ")));
    seat.wait_for_text("wrote");
    assert_eq!(seat.running.wait().code, Some(0));
    assert_eq!(std::fs::read(&copy).unwrap(), std::fs::read(&made).unwrap());
}

#[test]
fn a_receiver_with_a_key_listens_to_nobody_else() {
    let mut chance = chance("a_receiver_with_a_key");
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 800, &mut chance);
    let shared = key(&sides, "shared.key");
    let recording = sides.scratch.path("keyed.frames");
    sides.send(&link(&recording), &[&file]).arg("--transport-key").arg(&shared).exits(0);
    // Without the key nothing is understood.
    sides.receive_recording(&recording).exits(4).says("not understood");
    // Forged frames of the same object come first, and more of them than true ones.
    let plain = frames(&sides.record("plain.frames", &[&file]));
    let mixed = sides.scratch.path("mixed.frames");
    let mut hostile: Vec<Vec<u8>> = plain.iter().chain(&plain).map(|frame| forged::poison(frame)).collect();
    let forgeries = hostile.len();
    hostile.extend(frames(&recording));
    write(&mixed, &hostile);
    let with_key = |recording: &Path| sides.receive_recording(recording).arg("--transport-key").arg(&shared);
    with_key(&sides.scratch.path("plain.frames")).exits(4).says("no frame was made with the given transport key");
    let ended = with_key(&mixed).arg("--json").exits(0);
    sides.assert_published(&crl);
    let document = ended.json();
    assert_eq!(document["links"][0]["unauthentic"], forgeries, "{document}");
    assert_eq!(document["objects"][0]["false_symbols"].as_array().unwrap().len(), 0);
}

#[test]
fn a_key_is_changed_while_frames_of_the_old_one_are_on_their_way() {
    let sides = Sides::enrolled();
    let (old, new, other) = (key(&sides, "old.key"), key(&sides, "new.key"), key(&sides, "other.key"));
    for (number, used) in [(1, &old), (2, &new)] {
        let (file, crl) = sides.crl_file(number);
        let recording = sides.scratch.path(&format!("{number}.frames"));
        sides.send(&link(&recording), &[&file]).arg("--transport-key").arg(used).exits(0);
        sides.receive_recording(&recording).arg("--transport-key").arg(&other).exits(4);
        let both = sides.receive_recording(&recording).arg("--transport-key").arg(&old);
        both.arg("--transport-key").arg(&new).exits(0);
        sides.assert_published(&crl);
    }
    let three = sides.receive_recording(&sides.scratch.path("1.frames"));
    let three = [&old, &new, &other].iter().fold(three, |program, key| program.arg("--transport-key").arg(key));
    three.exits(2);
}

#[test]
fn status_alarms_when_the_contact_a_beacon_promised_has_not_come() {
    let sides = Sides::enrolled();
    let shared = key(&sides, "shared.key");
    let beacons = |name: &str, within: &str| {
        let recording = sides.scratch.path(name);
        let beacon = offline(["beacon", "--next-contact", within]).state(&sides.offline).link(link(&recording));
        beacon.arg("--transport-key").arg(&shared).exits(0);
        recording
    };
    let hear = |recording: &Path, key: Option<&Path>| {
        let program = sides.receive_recording(recording);
        match key {
            Some(key) => program.arg("--transport-key").arg(key).exits(0).says("A beacon was heard"),
            None => program.exits(4).says("not understood"),
        };
    };
    let status = || online(["status", "--json"]).state(&sides.online);
    let heard = |code: i32| status().exits(code).json()["roots"][0]["last_heard"].clone();
    let soon = beacons("soon.frames", "2s");
    // Without a key anybody could say it.
    hear(&soon, None);
    assert!(heard(0).is_null());
    hear(&soon, Some(&shared));
    assert_eq!(heard(0)["manifest_number"], 0);
    std::thread::sleep(Duration::from_secs(3));
    assert!(heard(10)["next_contact_by"].is_string());
    status().exits(10).says("OVERDUE");
    // The old beacon shown again changes nothing; a new one does.
    hear(&soon, Some(&shared));
    heard(10);
    held_back_60_days(&sides);
    let (file, _) = sides.crl_file(1);
    let sent = sides.scratch.path("sent.frames");
    let send = sides.send(&link(&sent), &[&file]).arg("--transport-key").arg(&shared);
    send.args(["--next-contact", "90d"]).exits(0);
    sides.receive_recording(&sent).arg("--transport-key").arg(&shared).exits(0);
    assert_eq!(heard(0)["manifest_number"], 1);
    let journal = offline(["journal", "show"]).state(&sides.offline).exits(0);
    journal.says("beacons");
    offline(["journal", "verify"]).state(&sides.offline).exits(0);
}

#[test]
fn beacons_over_a_line_go_on_until_they_are_stopped() {
    let sides = Sides::enrolled();
    let shared = key(&sides, "shared.key");
    let wire = rootcast_tests::wire::Wire::new(115_200, rootcast_tests::faults::ByteFaults::none());
    let receive = sides.receive(&[format!("serial:{}", wire.far().display())]);
    let receiver = receive.arg("--transport-key").arg(&shared).args(["--timeout", "5s", "--json"]).start();
    std::thread::sleep(Duration::from_millis(700));
    let beacon = offline(["beacon", "--every", "1s"]).state(&sides.offline);
    let beacon = beacon.link(format!("serial:{},baud=115200", wire.near().display()));
    let sender = beacon.arg("--transport-key").arg(&shared).start();
    let ended = receiver.wait();
    sender.interrupt();
    let sent = sender.wait();
    assert_eq!(sent.code, Some(130), "{sent}");
    let document = ended.json();
    assert!(document["links"][0]["beacons"].as_u64().unwrap() >= 3, "{document}");
}

/// A beacon that somebody held back for 60 days was "heard 0 s ago", and nothing said when it was sent.
fn held_back_60_days(sides: &Sides) {
    let path = sides.online.join("contact.json");
    let before = std::fs::read(&path).unwrap();
    let mut contact: serde_json::Value = serde_json::from_slice(&before).unwrap();
    let sent = contact["sources"][0]["sent"].as_i64().unwrap() - 60 * 86_400;
    contact["sources"][0]["sent"] = sent.into();
    std::fs::write(&path, contact.to_string()).unwrap();
    let status = online(["status"]).state(&sides.online).exits(10);
    status.says(&format!("  sent   at {} (60d 0h ago)", rootcast_host::clock::rfc3339(sent)));
    std::fs::write(&path, before).unwrap();
}
