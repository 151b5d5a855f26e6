//! Forged symbols with right checksums that name the true object: survived, counted, and told by whom.

use rootcast_tests::forged;
use rootcast_tests::poison_table::{Errors, K, trials};
use rootcast_tests::recordings::{frames, write};
use rootcast_tests::seeds::chance;
use rootcast_tests::shown_table::ShownTable;
use rootcast_tests::sides::Sides;

#[test]
fn forged_frames_on_the_only_link_are_left_out_and_named() {
    let mut chance = chance("forged_frames_on_the_only_link");
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 800, &mut chance);
    let mut all = frames(&sides.record("true.frames", &[file]));
    for number in [1, 4, 5, 9] {
        let frame = rootcast_protocol::frame::Frame::parse(&all[number]).unwrap();
        let wrong = chance.bytes(frame.symbols.len());
        all[number] = rootcast_protocol::frame::Frame::new(frame.object, frame.first, &wrong).unwrap().encode();
    }
    let recording = sides.scratch.path("poisoned.frames");
    write(&recording, &all);
    let ended = sides.receive_recording(&recording).arg("--json").exits(0);
    ended.says("false and left out");
    sides.assert_published(&crl);
    let document = ended.json();
    let named = &document["objects"][0]["false_symbols"][0];
    assert_eq!(named["link"], format!("file:{}", recording.display()), "{document}");
    assert!(named["symbols"].as_u64().unwrap() >= 6, "{document}");
    assert_eq!(document["objects"][0]["left_out"], named["link"]);
}

// One pattern over every forged frame: the errors depend on each other, so frames have to be guessed.
#[test]
fn two_frames_forged_in_the_same_way_are_left_out_too() {
    let mut chance = chance("two_frames_forged_in_the_same_way");
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 800, &mut chance);
    let mut all = frames(&sides.record("true.frames", &[file]));
    for number in [2, 7] {
        all[number] = forged::poison(&all[number]);
    }
    let recording = sides.scratch.path("poisoned.frames");
    write(&recording, &all);
    sides.receive_recording(&recording).exits(0).says("false and left out");
    sides.assert_published(&crl);
}

// Attempts of earlier runs are remembered: a start costs nothing where nothing new came.
#[test]
fn a_poisoned_object_costs_the_next_start_nothing() {
    let mut chance = chance("a_poisoned_object_costs_the_next_start_nothing");
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 800, &mut chance);
    let all = frames(&sides.record("true.frames", &[file]));
    let hostile = sides.scratch.path("hostile.frames");
    let forged: Vec<Vec<u8>> = all.iter().map(|frame| forged::poison(frame)).collect();
    write(&hostile, &forged);
    sides.receive_recording(&hostile).exits(4).says("OBJ-DIGEST");
    let nothing = sides.scratch.file("nothing.frames", b"");
    let ended = sides.receive_recording(&nothing).exits(4);
    assert!(ended.processor_seconds < 0.5, "{} s\n{ended}", ended.processor_seconds);
    let honest = sides.scratch.path("honest.frames");
    write(&honest, &all);
    sides.receive_recording(&honest).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn the_poison_table_has_no_wrong_object_and_holds_its_threshold() {
    let mut chance = chance("the_poison_table");
    let mut table =
        ShownTable::new(&["forged", "received", "errors", "completed", "refused", "wrong", "attempts", "ms"]);
    for forged in [1, 3, 8, 20] {
        for (received, errors, all) in [
            (K, Errors::Independent, false),
            (K + 2 + forged, Errors::Independent, true),
            (2 * K, Errors::Independent, true),
            (3 * K, Errors::Independent, true),
            (3 * K, Errors::Same, forged <= 2),
        ] {
            let found = trials(2, received, forged, errors, &mut chance);
            assert_eq!(found.wrong, 0, "{forged} of {received}, {errors:?}: {found:?}");
            assert!(!all || found.completed == 2, "{forged} of {received}, {errors:?}: {found:?}");
            assert_eq!(found.named, found.completed, "{forged} of {received}, {errors:?}: {found:?}");
            let ms = found.longest.as_millis().to_string();
            let counts = [found.completed, found.refused, found.wrong, found.attempts].map(|count| count.to_string());
            let row = [forged.to_string(), received.to_string(), format!("{errors:?}")];
            table.row(row.into_iter().chain(counts).chain([ms]));
        }
    }
    table.show("Forged symbols, K = 60, two trials each:");
}
