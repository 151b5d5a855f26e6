//! A device that plays and has faults: nothing to play in time, a host that is suspended, unplugged, busy, other formats of
//! samples and more channels. A library before alsa-lib stands in for it; what it takes is in a file.

use std::path::{Path, PathBuf};

use rootcast_tests::program::{Program, offline, offline_with_audio};
use rootcast_tests::sides::Sides;
use rootcast_tests::sound_channel::read_wave;
use rootcast_tests::sound_shim::with_fault;
use serde_json::{Value, json};

const PLAYS: &str = "audio:device=plays,mixing=allowed,mode=256-4/5";

/// Two sides, a device that plays into a file, and what the test pattern is as a recording.
struct Stage {
    sides: Sides,
    played: PathBuf,
    cards: PathBuf,
}

impl Stage {
    fn new() -> Self {
        let sides = Sides::enrolled();
        let played = sides.scratch.path("played.raw");
        let cards =
            format!("pcm.plays {{ type file slave.pcm {{ type null }} file \"{}\" format raw }}\n", played.display());
        let cards = sides.scratch.file("cards.conf", cards);
        Self { sides, played, cards }
    }

    fn with(&self, program: Program, fault: &str) -> Program {
        with_fault(&self.sides.scratch, program.env("ALSA_CONFIG_PATH", &self.cards), fault)
    }

    /// The test pattern, played out of a device with this fault: its document, and the bytes that the device took.
    fn pattern(&self, fault: &str, options: &str) -> (Value, Vec<u8>) {
        let _ = std::fs::remove_file(&self.played);
        let link = format!("{PLAYS}{options}");
        let played = offline_with_audio(["link", "test", "--passes", "1", "--json"]).link(link);
        let told = self.with(played, fault).exits(0).json();
        (told, std::fs::read(&self.played).unwrap())
    }

    /// The samples of the same pattern as a recording.
    fn recording(&self) -> Vec<i16> {
        let path = self.sides.scratch.path("sent.wav");
        if !path.is_file() {
            let link = format!("audio:wav={},mode=256-4/5", path.display());
            offline(["link", "test", "--passes", "1"]).link(link).exits(0);
        }
        read_wave(&path)
    }

    fn send(&self, fault: &str, file: &Path) -> Program {
        let send = offline_with_audio(["send", "--yes", "--passes", "40", "--json"]).state(&self.sides.offline);
        self.with(send.link(PLAYS).arg(file), fault)
    }

    /// What the journal says of the last transmission.
    fn last_transmission(&self) -> Value {
        let journal = offline(["journal", "show", "--json"]).state(&self.sides.offline).exits(0).json();
        let mut entries = journal["entries"].as_array().unwrap().iter();
        entries.rfind(|entry| entry["kind"] == "transmission").unwrap().clone()
    }
}

/// That a device took the recording, with silence to the end of a period.
fn assert_took(bytes: &[u8], expected: &[u8]) {
    assert!(bytes.len() >= expected.len(), "{} of {} bytes", bytes.len(), expected.len());
    let (sound, rest) = bytes.split_at(expected.len());
    assert!(sound == expected, "the device takes what the recording has");
    assert!(rest.iter().all(|byte| *byte == 0), "silence to the end of a period");
}

#[test]
fn underruns_and_suspends_are_survived_counted_and_in_the_journal() {
    let stage = Stage::new();
    let expected: Vec<u8> = stage.recording().iter().flat_map(|sample| sample.to_le_bytes()).collect();
    // Seven before each superframe of 363 ms: twenty a second.
    for (fault, name, each) in [("underruns:7", "underruns", 7), ("suspends:1", "suspends", 1)] {
        let (told, bytes) = stage.pattern(fault, "");
        assert_took(&bytes, &expected);
        let count = told["sound"][name].as_u64().unwrap();
        assert!(count >= 3 * each && count.is_multiple_of(each), "{told}");
        let others: u64 = ["underruns", "suspends"].iter().map(|name| told["sound"][name].as_u64().unwrap()).sum();
        assert_eq!(others, count, "nothing else happened: {told}");
    }
    let (file, _) = stage.sides.crl_file(1);
    let sent = stage.send("underruns:7", &file).exits(0);
    sent.says("survived: ").says(" underruns");
    let of_link = &sent.json()["links"][0]["sound"];
    let journal = stage.last_transmission();
    assert_eq!((&journal["sound"], &journal["ended"]), (of_link, &json!("complete")));
    assert!(of_link["underruns"].as_u64().unwrap() >= 7, "{of_link}");
    // A device in order: nothing happened, and that is on record too. A recording has no device.
    stage.send("none", &file).exits(0);
    assert_eq!(stage.last_transmission()["sound"], json!({"underruns": 0, "suspends": 0}));
    let wave = stage.sides.scratch.path("more.wav");
    stage.sides.send(&format!("audio:wav={}", wave.display()), &[&file]).exits(0);
    assert_eq!(stage.last_transmission().get("sound"), None);
}

#[test]
fn a_device_that_is_unplugged_or_busy_ends_the_link_with_what_to_do() {
    let stage = Stage::new();
    let (file, _) = stage.sides.crl_file(1);
    let gone = stage.send("gone:3", &file).exits(7);
    gone.says("cannot play on the sound device plays: No such device").says("Check that it is plugged in");
    let journal = stage.last_transmission();
    assert!(journal["ended"].as_str().unwrap().starts_with("failed: cannot play on"), "{journal}");
    // Nothing of it is unplugged before it is opened.
    let busy = stage.send("busy", &file).exits(7);
    busy.says("cannot open the sound device plays").says("busy").says("Another program has this device");
    busy.says("Nothing was sent");
}

#[test]
fn a_device_of_other_formats_or_of_six_channels_plays_the_same() {
    let stage = Stage::new();
    let samples = stage.recording();
    // SND_PCM_FORMAT_S24_3LE, S24_LE, S32_LE.
    for (format, name, size) in [(32, "S24_3LE", 3), (6, "S24_LE", 4), (10, "S32_LE", 4)] {
        let (told, bytes) = stage.pattern(&format!("only:{format}"), "");
        assert!(told["link_report"].to_string().contains(name), "{told:#}");
        let shift = if name == "S32_LE" { 16 } else { 8 };
        let wide = samples.iter().flat_map(|sample| (i32::from(*sample) << shift).to_le_bytes()[..size].to_vec());
        assert_took(&bytes, &wide.collect::<Vec<u8>>());
    }
    for (option, playing) in [("", [true, true]), (",channel=left", [true, false]), (",channel=right", [false, true])] {
        let (told, bytes) = stage.pattern("channels:6", option);
        assert!(told["link_report"].to_string().contains("6 channels"), "{told:#}");
        let six = samples.iter().flat_map(|sample| {
            (0..6).flat_map(move |at| (if at < 2 && playing[at] { *sample } else { 0 }).to_le_bytes())
        });
        assert_took(&bytes, &six.collect::<Vec<u8>>());
    }
    let (file, _) = stage.sides.crl_file(1);
    for (fault, says) in [
        ("channels:9", "has 9 channels at least; 8 are supported"),
        // SND_PCM_FORMAT_U8
        ("only:1", "has none of the formats S16_LE, S24_3LE, S32_LE, S24_LE"),
    ] {
        stage.send(fault, &file).exits(7).says(says).says("Name another device").says("Nothing was sent");
    }
}

/// The loop that plays on after an underrun looked at no clock: a device that underruns for ever held the program for ever.
#[test]
fn a_device_that_only_underruns_ends_the_link_and_does_not_hold_it() {
    let stage = Stage::new();
    let test = offline_with_audio(["link", "test", "--passes", "1"]).link(PLAYS);
    stage.with(test, "underruns:2000000000").exits(7).says("error[link-failed]").says("10 seconds");
}
