//! `link test` on both sides: what a line does to frames is counted by its cause, and the odds that follow are told.

use rootcast_tests::faults::{ByteFaults, Rates};
use rootcast_tests::program::{offline, online};
use rootcast_tests::scratch::Scratch;
use rootcast_tests::seeds::chance;
use rootcast_tests::wire::Wire;
use serde_json::Value;

/// What the receiver says of 4 passes of the pattern over a line with these faults.
fn tested(name: &str, rates: Rates) -> (Value, Wire) {
    let wire = Wire::new(921_600, ByteFaults::new(rates, chance(name)));
    let receiver = online(["link", "test", "--json", "--timeout", "8s"])
        .link(format!("serial:{},baud=921600", wire.far().display()))
        .start();
    std::thread::sleep(std::time::Duration::from_millis(300));
    let near = format!("serial:{},baud=921600", wire.near().display());
    let sent = offline(["link", "test", "--json", "--for", "4s"]).link(&near).exits(0).json();
    assert!(sent["frames"].as_u64().unwrap() > 100, "{sent}");
    assert_eq!(sent["link_report"][0]["direction"], "write only", "{sent}");
    let ended = receiver.wait();
    assert_eq!(ended.code, Some(0), "{ended}");
    (ended.json(), wire)
}

#[test]
fn a_clean_line_tests_clean() {
    let (found, _) = tested("clean_line", Rates::default());
    assert!(found["good"].as_u64().unwrap() > 100, "{found}");
    for cause in ["missing", "dropped", "flipped", "overrun", "inserted", "surplus", "foreign", "repeated"] {
        assert_eq!(found[cause], 0, "{cause}: {found}");
    }
    assert!(found["loss_at_most"].as_f64().unwrap() < 0.03, "{found}");
    assert!(found["frames_for_odds"].as_u64() > found["frames_needed"].as_u64(), "{found}");
}

#[test]
fn each_kind_of_damage_is_found_under_its_own_name() {
    let rate = 1.0 / 8_000.0;
    for (name, rates, cause, others) in [
        ("flips", Rates { flipped: rate, ..Rates::default() }, "flipped", ["overrun", "inserted"]),
        ("losses", Rates { lost: rate, ..Rates::default() }, "overrun", ["flipped", "inserted"]),
        ("insertions", Rates { inserted: rate, ..Rates::default() }, "inserted", ["flipped", "overrun"]),
    ] {
        let (found, wire) = tested(name, rates);
        wire.counts().assert_happened(&rates);
        let count = |cause: &str| found[cause].as_u64().unwrap();
        // A byte that becomes zero cuts a frame in two that are too short; two faults in one frame look like a third kind.
        assert!(count(cause) >= 3, "{name}: {found}");
        assert!(others.iter().all(|other| count(other) < count(cause)), "{name}: {found}");
        assert!(count("missing") > 0 && found["loss"].as_f64().unwrap() > 0.0, "{name}: {found}");
    }
}

#[test]
fn a_recording_and_pictures_are_tested_as_well_and_silence_is_incomplete() {
    let scratch = Scratch::new();
    let recording = format!("file:{}", scratch.path("test.frames").display());
    offline(["link", "test", "--passes", "2"]).link(&recording).exits(0);
    let found = online(["link", "test", "--json"]).link(&recording).exits(0).json();
    assert_eq!((&found["missing"], &found["foreign"]), (&0.into(), &0.into()), "{found}");
    let empty = scratch.file("empty.frames", "");
    let ended = online(["link", "test"]).link(format!("file:{}", empty.display())).exits(4);
    ended.says("0 good frames of the pattern arrived");
}
