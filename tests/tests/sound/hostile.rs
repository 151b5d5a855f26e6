//! Recordings that lie, are cut, or are none.

use std::io::Write as _;
use std::process::Stdio;

use rootcast_tests::picture_processes::PictureProcess;
use rootcast_tests::program::online;
use rootcast_tests::sides::Sides;
use rootcast_tests::sound_channel::{Dice, SoundChannel, read_wave, wave, wave_of};

#[test]
fn every_recording_that_cannot_be_used_is_refused_in_words() {
    let sides = Sides::enrolled();
    let second = vec![0; 96_000];
    let wide = |mut file: Vec<u8>| {
        file[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
        file
    };
    let cases: [(&str, Vec<u8>, &str); 9] = [
        ("cut.wav", wave(1, &[0; 100])[..30].to_vec(), "it ends before its samples begin"),
        ("slow.wav", wave_of(1, 1, 1, 16, &second), "1 samples a second; 44100 to 192000"),
        ("fast.wav", wave_of(1, 1, 10_000_000, 16, &second), "10000000 samples a second"),
        ("nine.wav", wave_of(1, 9, 48_000, 16, &second), "9 channels; 1 to 8"),
        ("none.wav", wave_of(1, 0, 48_000, 16, &second), "0 channels"),
        ("twelve.wav", wave_of(1, 1, 48_000, 12, &second), "12 bits"),
        ("alaw.wav", wave_of(6, 1, 48_000, 8, &second), "A-law"),
        ("early.wav", b"RIFF\0\0\0\0WAVEdata\x10\0\0\0".to_vec(), "its samples come before what they are"),
        ("wide.wav", wide(wave(1, &[0; 10])), "is said in 4294967295 bytes"),
    ];
    for (name, bytes, why) in cases {
        let path = sides.scratch.file(name, bytes);
        let ended = sides.receive(&[format!("audio:wav={}", path.display())]).exits(7);
        ended.says(why).says(name).says("ffmpeg -i FILE -ar 48000 -c:a pcm_s16le sound.wav");
        sides.acknowledge_alarms();
    }
    // What is no WAV file at all was named by mistake: nothing failed, and nobody has to acknowledge an alarm.
    for (name, bytes) in [
        ("empty.wav", Vec::new()),
        ("short.wav", b"RIFF".to_vec()),
        ("text.wav", b"no sound at all, but long enough".to_vec()),
        ("mp3.wav", b"ID3\x04\0\0\0\0\0\0\0\0\0\0\0\0".to_vec()),
    ] {
        let path = sides.scratch.file(name, bytes);
        let ended = sides.receive(&[format!("audio:wav={}", path.display())]).exits(2);
        ended.says("it is no WAV file; ffmpeg -i FILE sound.wav").says(name);
    }
    for device in ["/dev/zero", "/dev/null"] {
        sides.receive(&[format!("audio:wav={device}")]).exits(2).says("It is a device");
    }
    online(["status"]).state(&sides.online).exits(0);
    let folder = sides.scratch.subfolder("folder.wav");
    sides.receive(&[format!("audio:wav={}", folder.display())]).exits(2).says("It is a directory");
    sides.receive(&["audio:wav=/nowhere/a.wav"]).exits(2).says("Could not read the recording");
}

#[test]
fn lies_about_length_and_every_coding_change_nothing() {
    let sides = Sides::enrolled();
    let (file, crl) = sides.crl_file(1);
    let sent = sides.scratch.path("sent.wav");
    sides.send(&format!("audio:wav={}", sent.display()), &[file]).exits(0);
    let samples = read_wave(&sent);
    let floats: Vec<u8> = samples
        .iter()
        .enumerate()
        .flat_map(|(n, sample)| {
            match n % 50_000 {
                7 => f32::NAN,
                8 => f32::INFINITY,
                9 => 1e30,
                _ => f32::from(*sample) / 32_768.0,
            }
            .to_le_bytes()
        })
        .collect();
    let bytes8: Vec<u8> = samples.iter().map(|sample| ((i32::from(*sample) + 32_768) >> 8) as u8).collect();
    let bytes24: Vec<u8> =
        samples.iter().flat_map(|sample| [vec![0], sample.to_le_bytes().to_vec()].concat()).collect();
    let bytes32: Vec<u8> =
        samples.iter().flat_map(|sample| [vec![0, 0], sample.to_le_bytes().to_vec()].concat()).collect();
    let eight: Vec<i16> = samples.iter().flat_map(|sample| [0, 0, 0, 0, 0, 0, *sample, 0]).collect();
    let lying = |claimed: u32| {
        let mut file = wave(1, &samples);
        file[4..8].copy_from_slice(&claimed.to_le_bytes());
        file[40..44].copy_from_slice(&claimed.to_le_bytes());
        file
    };
    // A head of the extensible kind: its true kind stands behind 24 bytes.
    let extensible = |plain: &[u8]| {
        let more = [&22_u16.to_le_bytes()[..], &[16, 0, 4, 0, 0, 0, 1, 0], &[0; 14]].concat();
        [&plain[..16], &40_u32.to_le_bytes(), &0xfffe_u16.to_le_bytes(), &plain[22..36], &more, &plain[36..]].concat()
    };
    for (name, bytes) in [
        ("zero.wav", lying(0)),
        ("unknown.wav", lying(u32::MAX)),
        ("four-gigabytes.wav", lying(0xfff0_0000)),
        // Nothing behind the first second was once looked at: a pipe was deaf from there on.
        ("one-second.wav", lying(96_000)),
        ("cut.wav", wave(1, &samples)[..samples.len() * 2 - 31].to_vec()),
        ("8.wav", wave_of(1, 1, 48_000, 8, &bytes8)),
        ("24.wav", wave_of(1, 1, 48_000, 24, &bytes24)),
        ("32.wav", wave_of(1, 1, 48_000, 32, &bytes32)),
        ("float.wav", wave_of(3, 1, 48_000, 32, &floats)),
        ("eight-channels.wav", wave(8, &eight)),
        ("extensible.wav", extensible(&wave(1, &samples))),
        ("twice.wav", wave(1, &[samples.clone(), samples.clone()].concat())),
    ] {
        let state = sides.fresh_online(name);
        let path = sides.scratch.file(&format!("as-{name}"), bytes);
        online(["receive", "--link", &format!("audio:wav={}", path.display())]).state(&state).exits(0);
        assert!(rootcast_tests::sides::is_published(&state, &crl), "{name}");
    }
}

#[test]
fn sound_under_a_wrong_rate_is_told_to_be_none_of_ours() {
    let sides = Sides::enrolled();
    let (file, crl) = sides.crl_file(1);
    let sent = sides.scratch.path("sent.wav");
    sides.send(&format!("audio:wav={}", sent.display()), &[file]).args(["--passes", "12"]).exits(0);
    let bytes: Vec<u8> = read_wave(&sent).iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let wrong = sides.scratch.file("wrong.wav", wave_of(1, 1, 44_100, 16, &bytes));
    let ended = sides.receive(&[format!("audio:wav={}", wrong.display())]).exits(4);
    ended.says("sound arrives, none of it ours");
    assert!(!sides.is_published(&crl));
}

/// More than 4 GB: a length in a WAV file has 32 bits, and wraps or lies. Most of it is a hole.
#[test]
fn a_recording_of_five_gigabytes_is_heard_from_its_beginning_without_its_size_in_memory() {
    let sides = Sides::enrolled();
    let (file, crl) = sides.crl_file(1);
    let sent = sides.scratch.path("sent.wav");
    sides.send(&format!("audio:wav={}", sent.display()), &[file]).exits(0);
    for (name, claimed) in [("four.wav", 0xfffe_ff00_u32), ("wrapped.wav", 1 << 30), ("unknown.wav", u32::MAX)] {
        let mut bytes = std::fs::read(&sent).unwrap();
        bytes[40..44].copy_from_slice(&claimed.to_le_bytes());
        let path = sides.scratch.file(&format!("as-{name}"), bytes);
        let huge = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        huge.set_len(5 << 30).unwrap();
        let state = sides.fresh_online(name);
        let receiver = online(["receive", "--once", "--link", &format!("audio:wav={}", path.display())]).state(&state);
        let (mut receiver, mut most) = (receiver.start(), 0);
        while receiver.runs() {
            most = most.max(receiver.resident_kib());
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let ended = receiver.wait();
        assert_eq!(ended.code, Some(0), "{name}: {ended}");
        assert!(rootcast_tests::sides::is_published(&state, &crl), "{name}");
        assert!(most < 256 << 10, "{name}: {most} KiB");
    }
}

/// Ten minutes in the long form (`ROOTCAST_NOISE_SECONDS=600`): the pipe holds less than a second of it, so what was written
/// was heard.
#[test]
fn noise_without_end_costs_a_reader_no_memory_and_is_told() {
    let seconds: usize =
        std::env::var("ROOTCAST_NOISE_SECONDS").map_or(30, |seconds| seconds.parse().expect("seconds"));
    let sides = Sides::enrolled();
    let receiver = sides.receive(&["audio:wav=-"]);
    let mut receiver = receiver.start_with(Stdio::piped(), Stdio::piped(), Stdio::piped());
    let mut pipe = receiver.take_stdin();
    let mut dice = Dice::new(81);
    let mut head = wave(1, &[]);
    head[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
    pipe.write_all(&head).unwrap();
    let (mut first, mut reader) = (0, None);
    for second in 0..seconds {
        let noise = (0..48_000).flat_map(|_| sample(0.25 * dice.normal()).to_le_bytes());
        pipe.write_all(&noise.collect::<Vec<u8>>()).unwrap();
        if second == 9 {
            let listening = PictureProcess::supervisor_of(receiver.id()).readers()[0];
            (first, reader) = (listening.peak_kib(), Some(listening));
        }
    }
    let most = reader.unwrap().peak_kib();
    assert!(first > 0 && most < first + (8 << 10), "{first} KiB after 10 seconds, {most} KiB after {seconds}");
    drop(pipe);
    let ended = receiver.wait();
    assert_eq!(ended.code, Some(4), "{ended}");
    ended.says("sound arrives, none of it ours");
}

fn sample(level: f64) -> i16 {
    (level.clamp(-1.0, 1.0) * 32_767.0) as i16
}

#[test]
fn a_clock_that_is_off_by_a_thousandth_is_told_and_the_crl_comes_all_the_same() {
    let sides = Sides::enrolled();
    let (file, crl) = sides.crl_file(1);
    let sent = sides.scratch.path("sent.wav");
    sides.send(&format!("audio:wav={}", sent.display()), &[file]).args(["--passes", "4"]).exits(0);
    for ppm in [-1_000.0, 1_000.0] {
        let channel = SoundChannel { ppm, ..SoundChannel::mild(4, 35.0) };
        let (heard, _) = channel.carry(&read_wave(&sent));
        let path = sides.scratch.file(&format!("{ppm}.wav"), wave(1, &heard));
        let state = sides.fresh_online(&format!("{ppm}"));
        let link = format!("audio:wav={}", path.display());
        let ended = online(["receive", "--link", &link]).state(&state).exits(0);
        assert!(rootcast_tests::sides::is_published(&state, &crl), "{ppm}");
        let told = ended.stderr.split("clock off by ").nth(1).and_then(|text| text.split(" ppm").next());
        let told: f64 = told.unwrap_or_else(|| panic!("{ended}")).replace([',', '+'], "").parse().unwrap();
        assert!((told.abs() - 1_000.0).abs() < 30.0, "{told}");
    }
}
