//! A whole crossing by sound: both programs, and the simulated cable between them.

use std::path::{Path, PathBuf};

use rootcast_tests::program::{offline, online};
use rootcast_tests::seeds::chance;
use rootcast_tests::sides::Sides;
use rootcast_tests::sound_channel::{DropoutKind, Dropouts, SoundChannel, read_wave, wave};

fn record(sides: &Sides, name: &str, options: &str, file: &Path) -> PathBuf {
    let path = sides.scratch.path(name);
    sides.send(&format!("audio:wav={}{options}", path.display()), &[file]).exits(0);
    path
}

fn through(sides: &Sides, name: &str, channel: &SoundChannel, recording: &Path) -> PathBuf {
    let (arrived, _) = channel.carry(&read_wave(recording));
    sides.scratch.file(name, wave(1, &arrived))
}

fn link(path: &Path) -> String {
    format!("audio:wav={}", path.display())
}

#[test]
fn a_crl_crosses_a_noisy_cable_and_is_published() {
    let sides = Sides::enrolled();
    let (file, crl) = sides.crl_file(1);
    let recording = record(&sides, "sent.wav", "", &file);
    let ended = sides.receive(&[link(&through(&sides, "heard.wav", &SoundChannel::mild(1, 8.0), &recording))]).exits(0);
    ended.says("48000 samples a second, 16 bits, 1 channel").says("codewords read");
    sides.assert_published(&crl);
}

#[test]
fn a_large_crl_crosses_in_the_mix_of_modes_with_a_late_start_and_dropouts() {
    let mut chance = chance("a_large_crl_crosses_in_the_mix_of_modes");
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 700, &mut chance);
    let recording = record(&sides, "sent.wav", ",mode=auto", &file);
    let dropouts = Some(Dropouts { kind: DropoutKind::Lost, per_second: 1.0 });
    let channel = SoundChannel { dropouts, ..SoundChannel::mild(2, 32.0) };
    let (arrived, count) = channel.carry(&read_wave(&recording)[40_000..]);
    assert!(count > 0);
    // Of two channels the second one is ours, and the first one is dead.
    let stereo: Vec<i16> = arrived.iter().flat_map(|sample| [0, *sample]).collect();
    sides.receive(&[link(&sides.scratch.file("heard.wav", wave(2, &stereo)))]).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn sound_and_pictures_fill_one_object() {
    let mut chance = chance("sound_and_pictures_fill_one_object");
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 400, &mut chance);
    let (sound, pictures) = (sides.scratch.path("sent.wav"), sides.scratch.path("pictures"));
    let mode = format!("audio:wav={},mode=64-4/5", sound.display());
    sides.send(&mode, &[&file]).args(["--passes", "1"]).exits(0);
    sides.send(&format!("qr:png={},version=20", pictures.display()), &[&file]).args(["--passes", "1"]).exits(0);
    // Less than half of the sound, which is not enough, and two thirds of the pictures.
    let samples = read_wave(&sound);
    let part = sides.scratch.file("part.wav", wave(1, &samples[..samples.len() * 4 / 10]));
    let mut names: Vec<_> = std::fs::read_dir(&pictures).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    names.iter().step_by(3).for_each(|name| std::fs::remove_file(name).unwrap());
    sides.receive(&[link(&part)]).exits(4);
    assert!(!sides.is_published(&crl));
    sides.receive(&[link(&part), format!("qr:images={}", pictures.display())]).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn a_link_test_says_what_each_mode_does_and_which_one_to_ask_for() {
    let sides = Sides::enrolled();
    let recording = sides.scratch.path("pattern.wav");
    offline(["link", "test", "--link", &link(&recording), "--passes", "1"]).exits(0);
    let heard = through(&sides, "heard.wav", &SoundChannel::mild(3, 22.0), &recording);
    let ended = online(["link", "test", "--json", "--link", &link(&heard)]).exits(0);
    ended.says("mode 64-4/5: ").says("ask the sender for mode=");
    let sound = &ended.json()["sound"];
    let mode =
        |name: &str| sound["modes"].as_array().unwrap().iter().find(|mode| mode["mode"] == name).unwrap().clone();
    assert_eq!(mode("64-4/5")["codewords"], mode("64-4/5")["codewords_read"], "{sound}");
    assert_eq!(mode("1024-4/5")["codewords_read"], 0, "{sound}");
    assert!(["64-4/5", "256-2/3"].contains(&sound["best_mode"].as_str().unwrap()), "{sound}");
    assert!((sound["clock_ppm"].as_f64().unwrap() + 50.0).abs() < 5.0, "{sound}");
}

#[test]
fn a_pipe_carries_sound_from_one_program_to_the_other() {
    let sides = Sides::enrolled();
    let (file, crl) = sides.crl_file(1);
    let pipe = sides.scratch.pipe("cable");
    let receiver = sides.receive(&[link(&pipe)]).start();
    sides.send(&link(&pipe), &[&file]).args(["--passes", "3"]).exits(0);
    assert_eq!(receiver.wait().code, Some(0));
    sides.assert_published(&crl);
}

#[test]
fn the_plan_of_an_audio_link_counts_on_a_loss_of_a_fifth() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let plan =
        offline(["plan", "--json", "--link", &link(&sides.scratch.path("a.wav"))]).arg(&file).state(&sides.offline);
    let plan = plan.exits(0).json();
    println!("{plan}");
    assert_eq!(plan["links"][0]["design_loss"], 0.2, "{plan}");
}

#[test]
fn a_recording_takes_as_long_as_its_plan_says() {
    let mut chance = chance("a_recording_takes_as_long");
    let mut suffice = Vec::new();
    for entries in [0, 60, 300] {
        let sides = Sides::enrolled();
        let (file, _) = sides.long_crl_file(1, entries, &mut chance);
        let plan = offline(["plan", "--json", "--link", &link(&sides.scratch.path("sent.wav"))]).arg(&file);
        let plan = &plan.state(&sides.offline).exits(0).json()["links"][0];
        let planned = plan["seconds"].as_f64().unwrap();
        let seconds = |path: &Path| read_wave(path).len() as f64 / 48_000.0;
        let took = seconds(&record(&sides, "sent.wav", "", &file));
        // Silence and the end around it, and the group under way at the end: three superframes of a small object, and nine.
        let most = if plan["frames_suffice"].as_u64().unwrap() <= 2 { 2.0 } else { 4.5 };
        assert!((took - planned).abs() < most, "{entries} entries: planned {planned} s, made {took} s: {plan}");
        suffice.push(plan["frames_suffice"].as_u64().unwrap());
        if entries == 0 {
            // Such a link keeps to the time by waiting: once is enough.
            let timed = sides.scratch.path("timed.wav");
            sides.send(&link(&timed), &[&file]).args(["--for", "6s"]).exits(0);
            let took = seconds(&timed);
            assert!((took - 6.0).abs() < most, "6 s were asked for, made {took} s");
        }
    }
    assert!(suffice.contains(&1) && suffice.iter().any(|count| *count > 2), "{suffice:?}");
}

#[test]
fn what_comes_in_the_other_channel_after_a_silence_is_heard() {
    let sides = Sides::enrolled();
    let (file, crl) = sides.crl_file(1);
    let pattern = sides.scratch.path("pattern.wav");
    offline(["link", "test", "--link", &format!("{},mode=qpsk-1/2", link(&pattern)), "--passes", "1"]).exits(0);
    let (first, second) = (read_wave(&pattern), read_wave(&record(&sides, "sent.wav", "", &file)));
    let left = first.into_iter().flat_map(|sample| [sample, 0]);
    let right = second.into_iter().flat_map(|sample| [0, sample]);
    let stereo: Vec<i16> = left.chain(vec![0; 2 * 12 * 48_000]).chain(right).collect();
    sides.receive(&[link(&sides.scratch.file("heard.wav", wave(2, &stereo)))]).exits(0);
    sides.assert_published(&crl);
}

/// The next one is an hour away: what is played has to be whole before that.
#[test]
fn a_beacon_over_a_pipe_is_played_at_once() {
    let sides = Sides::enrolled();
    let pipe = sides.scratch.pipe("cable");
    let key = sides.scratch.path("shared.key");
    offline(["key", "new", "-o"]).arg(&key).exits(0);
    let beacon = offline(["beacon", "--link", &link(&pipe), "--every", "1h", "--count", "2"]).state(&sides.offline);
    let mut beacon = beacon.arg("--transport-key").arg(&key).start();
    let (played, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut first = vec![0; 44 + 2 * 17_408];
        let read = std::fs::File::open(pipe).and_then(|mut pipe| std::io::Read::read_exact(&mut pipe, &mut first));
        played.send(read.map(|()| first))
    });
    let heard = loop {
        if let Ok(heard) = heard.recv_timeout(std::time::Duration::from_millis(50)) {
            break heard.unwrap();
        }
        assert!(beacon.runs(), "it ended before a beacon was played");
    };
    assert!(beacon.runs(), "it waits for the next one");
    assert!(heard[44..].iter().any(|byte| *byte != 0), "not only silence");
    beacon.terminate();
    _ = beacon.wait();
}
