//! Symbols add up: from two links, two days, two transmissions; and what is foreign or forged does not add up.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use rootcast_protocol::cobs;
use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::faults::ByteFaults;
use rootcast_tests::forged;
use rootcast_tests::recordings::{frames, only, write};
use rootcast_tests::seeds::{Chance, chance};
use rootcast_tests::sides::Sides;
use rootcast_tests::wire::Wire;

/// Records one pass of a CRL of about 60 kB: exactly its source symbols.
fn one_pass(sides: &Sides, name: &str, file: &PathBuf) -> Vec<Vec<u8>> {
    let recording = sides.scratch.path(name);
    sides.send(&format!("file:{}", recording.display()), &[file]).args(["--passes", "1"]).exits(0);
    frames(&recording)
}

fn link(path: &std::path::Path) -> String {
    format!("file:{}", path.display())
}

/// The frames of `all` in two recordings: a share of them, and the rest.
fn split(sides: &Sides, all: &[Vec<u8>], share: f64, chance: &mut Chance) -> (PathBuf, PathBuf) {
    #[expect(clippy::cast_precision_loss, reason = "some dozens of frames")]
    let count = (all.len() as f64 * share) as usize;
    let first = chance.choose(count, all.len());
    let rest: Vec<usize> = (0..all.len()).filter(|number| !first.contains(number)).collect();
    let (one, two) = (sides.scratch.path("part-one.frames"), sides.scratch.path("part-two.frames"));
    write(&one, only(all, &first));
    write(&two, only(all, &rest));
    (one, two)
}

#[test]
fn sixty_percent_from_one_link_and_the_rest_from_another_make_the_object() {
    let mut chance = chance("sixty_percent_from_one_link");
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 2500, &mut chance);
    let all = one_pass(&sides, "pass.frames", &file);
    assert!(all.len() >= 20, "{} frames", all.len());
    let (one, two) = split(&sides, &all, 0.6, &mut chance);
    sides.receive(&[link(&one), link(&two)]).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn two_transmissions_of_which_neither_is_enough_make_the_object() {
    let mut chance = chance("two_transmissions");
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 2500, &mut chance);
    for name in ["first.frames", "second.frames"] {
        let all = one_pass(&sides, name, &file);
        let (part, _) = split(&sides, &all, 0.6, &mut chance);
        std::fs::rename(part, sides.scratch.path(name)).unwrap();
    }
    let (first, second) = (sides.scratch.path("first.frames"), sides.scratch.path("second.frames"));
    sides.receive_recording(&first).exits(4);
    assert!(!sides.is_published(&crl));
    sides.receive_recording(&second).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn two_objects_at_once_do_not_disturb_each_other() {
    let mut chance = chance("two_objects");
    let sides = Sides::enrolled();
    let (crl_file, crl) = sides.long_crl_file(1, 800, &mut chance);
    let (intermediate_file, intermediate) = sides.intermediate_file("Example Issuing CA 1");
    let mut all = frames(&sides.record("crl.frames", &[crl_file]));
    all.extend(frames(&sides.record("intermediate.frames", &[intermediate_file])));
    chance.shuffle(&mut all);
    let mixed = sides.scratch.path("mixed.frames");
    write(&mixed, all);
    sides.receive_recording(&mixed).exits(0);
    sides.assert_published(&crl);
    sides.assert_published(&intermediate);
}

#[test]
fn foreign_frames_and_noise_are_counted_and_survived() {
    let mut chance = chance("foreign_frames");
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 800, &mut chance);
    let mut mixed = Vec::new();
    for (number, frame) in frames(&sides.record("crl.frames", &[file])).into_iter().enumerate() {
        let mut flipped = frame.clone();
        let at = chance.below(flipped.len());
        flipped[at] ^= 1 << chance.below(8);
        let mut other_version = frame.clone();
        other_version[2] = 9;
        let length = 1 + chance.below(1200);
        mixed.push(chance.bytes(length));
        mixed.push(flipped);
        mixed.push(other_version);
        if number % 3 == 0 {
            mixed.push(Vec::new());
            mixed.push(b"ur:crypto-psbt/1-3/lpadaxcfaxiacyvwhdfhndhkadclhkaxhnlkaxhd".to_vec());
        }
        mixed.push(frame);
    }
    let recording = sides.scratch.path("mixed.frames");
    write(&recording, mixed);
    sides.receive_recording(&recording).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn a_damaged_record_of_a_recording_loses_only_itself() {
    let mut chance = chance("a_damaged_record");
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 2500, &mut chance);
    let recording = sides.record("whole.frames", &[file]);
    let mut bytes = std::fs::read(&recording).unwrap();
    bytes.drain(3000..3500);
    for byte in &mut bytes[9000..9100] {
        *byte = chance.bits() as u8;
    }
    bytes.truncate(bytes.len() - 100);
    std::fs::write(&recording, bytes).unwrap();
    sides.receive_recording(&recording).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn forged_symbols_on_one_link_do_not_spoil_the_object_from_another() {
    let mut chance = chance("forged_symbols");
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 800, &mut chance);
    let all = frames(&sides.record("true.frames", &[file]));
    let (honest, hostile) = (sides.scratch.path("honest.frames"), sides.scratch.path("hostile.frames"));
    write(&honest, &all);
    // Half of the frames exist in a forged version too, right CRC and all.
    write(&hostile, all.iter().step_by(2).map(|frame| forged::poison(frame)));
    sides.receive_recording(&hostile).exits(4);
    sides.receive(&[link(&hostile), link(&honest)]).exits(0);
    sides.assert_published(&crl);
}

// A forged frame that came first used to keep the only frame of a small object out for good.
#[test]
fn a_forged_frame_that_comes_first_does_not_block_a_small_object() {
    let sides = Sides::enrolled();
    let (file, crl) = sides.crl_file(1);
    let all = frames(&sides.record("true.frames", &[file]));
    let (honest, hostile) = (sides.scratch.path("honest.frames"), sides.scratch.path("hostile.frames"));
    write(&hostile, [forged::poison(&all[0])]);
    write(&honest, &all[..1]);
    sides.receive_recording(&hostile).exits(4);
    assert!(!sides.is_published(&crl));
    sides.receive_recording(&honest).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn a_forged_object_length_blocks_nobody() {
    let mut chance = chance("a_forged_length");
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 800, &mut chance);
    let all = frames(&sides.record("true.frames", &[file]));
    let true_frame = rootcast_protocol::frame::Frame::parse(&all[0]).unwrap();
    let mut mixed: Vec<Vec<u8>> = Vec::new();
    for more in 1..60_u32 {
        let length = rootcast_protocol::object::ObjectLength::new(true_frame.object.length.get() + more).unwrap();
        let object = rootcast_protocol::object::Object { id: true_frame.object.id, length };
        let frame = rootcast_protocol::frame::Frame::new(object, true_frame.first, true_frame.symbols);
        mixed.push(frame.unwrap().encode());
    }
    mixed.extend(all);
    let recording = sides.scratch.path("mixed.frames");
    write(&recording, mixed);
    sides.receive_recording(&recording).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn symbols_survive_kill_9_and_the_next_run_goes_on() {
    let mut chance = chance("symbols_survive");
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 2500, &mut chance);
    let all = one_pass(&sides, "pass.frames", &file);
    let (one, two) = split(&sides, &all, 0.6, &mut chance);
    let wire = Wire::new(1_000_000, ByteFaults::none());
    let mut receiver = sides.receive(&[format!("serial:{}", wire.far().display())]).start();
    std::thread::sleep(Duration::from_millis(700));
    let mut line = Vec::new();
    frames(&one).iter().for_each(|frame| cobs::encode(frame, &mut line));
    let mut port = std::fs::File::options().write(true).open(wire.near()).unwrap();
    port.write_all(&line).unwrap();
    // The line needs half a second; the receiver may take a moment longer to put its symbols on the disk.
    std::thread::sleep(Duration::from_secs(4));
    assert!(receiver.runs());
    let killed = receiver.kill_9();
    assert_eq!(killed.signal, Some(9), "{killed}");
    sides.receive_recording(&two).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn an_object_nobody_sent_from_here_is_received_from_any_transmitter() {
    let sides = Sides::enrolled();
    let crl = sides.crl(1).sign();
    let object = forged::object_of(&[(ItemKind::Crl, "root.crl", &crl)]);
    let recording = sides.scratch.path("other.frames");
    forged::record(&object, &recording);
    sides.receive_recording(&recording).exits(0);
    sides.assert_published(&crl);
}
