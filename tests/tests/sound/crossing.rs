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
    let pipe = sides.scratch.path("cable");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
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
