//! Two channels of one cable: crosstalk, a cable that is put into the other socket, and a recording that goes on.

use std::path::Path;

use rootcast_tests::program::{offline, online};
use rootcast_tests::seeds::chance;
use rootcast_tests::sides::Sides;
use rootcast_tests::sound_channel::{SoundChannel, read_wave, wave};

/// The signal so much lower, in decibels.
fn lower(samples: &[i16], decibels: f64) -> Vec<i16> {
    let gain = 10.0_f64.powf(-decibels / 20.0);
    samples.iter().map(|sample| (f64::from(*sample) * gain).round() as i16).collect()
}

/// What the channel with the plug hears, and what the one beside it does: the same 38 dB lower, with the same noise.
fn plugged_and_beside(sent: &[i16]) -> (Vec<i16>, Vec<i16>) {
    let (plugged, _) = SoundChannel { hum: None, ..SoundChannel::mild(2, 45.0) }.carry(sent);
    let (beside, _) = SoundChannel { hum: None, ..SoundChannel::mild(2, 10.0) }.carry(&lower(sent, 38.0));
    (plugged, beside)
}

fn stereo(left: &[i16], right: &[i16]) -> Vec<i16> {
    left.iter().zip(right).flat_map(|(left, right)| [*left, *right]).collect()
}

fn link(path: &Path) -> String {
    format!("audio:wav={}", path.display())
}

/// In the slowest mode both channels are read: of equal ones the last was once taken, and kept although nothing but that mode
/// was read in it.
#[test]
fn crosstalk_in_the_other_channel_is_not_listened_to_whichever_side_it_is_on() {
    let mut chance = chance("crosstalk_in_the_other_channel");
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 300, &mut chance);
    let recording = sides.scratch.path("sent.wav");
    sides.send(&format!("{},mode=auto", link(&recording)), &[&file]).exits(0);
    let sent = read_wave(&recording);
    let (plugged, beside) = plugged_and_beside(&sent);
    // Alone, what is beside does not give the object: else this would try nothing.
    let state = sides.fresh_online("beside");
    let alone = sides.scratch.file("beside.wav", wave(1, &beside));
    let ended = online(["receive", "--once", "--link", &link(&alone)]).state(&state).exits(4).to_string();
    let read = ended.split(" codewords read").next().and_then(|text| text.rsplit([' ', ',']).nth(2));
    assert!(read.and_then(|read| read.parse::<u32>().ok()).is_some_and(|read| read > 0), "{ended}");
    for (name, samples) in [("left", stereo(&plugged, &beside)), ("right", stereo(&beside, &plugged))] {
        let state = sides.fresh_online(name);
        let heard = sides.scratch.file(&format!("{name}.wav"), wave(2, &samples));
        online(["receive", "--once", "--link", &link(&heard)]).state(&state).exits(0);
        assert!(rootcast_tests::sides::is_published(&state, &crl), "{name}");
    }
}

/// What was chosen at the beginning is not chosen for ever.
#[test]
fn a_plug_that_is_moved_to_the_other_channel_is_followed_within_seconds() {
    let mut chance = chance("a_plug_that_is_moved");
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 300, &mut chance);
    let recording = sides.scratch.path("sent.wav");
    sides.send(&format!("{},mode=64-4/5", link(&recording)), &[&file]).args(["--passes", "4"]).exits(0);
    let sent = read_wave(&recording);
    let (plugged, beside) = plugged_and_beside(&sent);
    // A fifth of a pass is too little by far.
    let moved = sent.len() / 20;
    let mut samples = stereo(&plugged[..moved], &beside[..moved]);
    samples.extend(stereo(&beside[moved..], &plugged[moved..]));
    let heard = sides.scratch.file("heard.wav", wave(2, &samples));
    sides.receive(&[link(&heard)]).exits(0);
    sides.assert_published(&crl);
}

/// A recorder runs longer than the sender, and a device does: the verdict was once that of the silence.
#[test]
fn a_link_test_judges_what_was_sent_also_where_the_recording_goes_on() {
    let sides = Sides::enrolled();
    let recording = sides.scratch.path("pattern.wav");
    offline(["link", "test", "--link", &link(&recording), "--passes", "1"]).exits(0);
    let (heard, _) = SoundChannel::mild(3, 22.0).carry(&read_wave(&recording));
    // Somewhat of noise, in which nobody is.
    let (silence, _) = SoundChannel { hum: None, ..SoundChannel::mild(4, 0.0) }.carry(&lower(&heard, 60.0));
    let silence = [silence.clone(), silence].concat();
    assert!(silence.len() > 8 * 48_000);
    let verdict = |name: &str, channels: u16, samples: &[i16]| {
        let path = sides.scratch.file(name, wave(channels, samples));
        let ended = online(["link", "test", "--json", "--link", &link(&path)]).exits(0);
        let sound = ended.json()["sound"].clone();
        println!("{name}: {sound}");
        sound
    };
    let quiet = vec![0; heard.len()];
    let first = verdict("mono.wav", 1, &heard);
    let tail = [heard.clone(), silence.clone()].concat();
    for (name, sound) in [
        ("mono", verdict("mono-tail.wav", 1, &tail)),
        ("stereo", verdict("stereo.wav", 2, &stereo(&heard, &quiet))),
        ("stereo, and on", verdict("stereo-tail.wav", 2, &stereo(&tail, &[quiet, silence].concat()))),
    ] {
        for point in ["best_mode", "modes", "snr", "clock_ppm", "advice"] {
            assert_eq!(sound[point], first[point], "{name}, {point}");
        }
        assert!(first["best_mode"].is_string() && !sound["snr"].is_null(), "{name}: {sound}");
        let difference = sound["level"].as_f64().unwrap() - first["level"].as_f64().unwrap();
        assert!(difference.abs() < 0.2, "{name}: {sound}");
    }
}
