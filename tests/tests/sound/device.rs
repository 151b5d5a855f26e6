//! Sound devices without a sound card: both programs open devices through alsa-lib, and ALSA's own plugins `file` and
//! `null` stand in for the cards. A named pipe is the cable.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rootcast_tests::picture_processes::PictureProcess;
use rootcast_tests::program::{Program, offline, offline_with_audio, online};
use rootcast_tests::sides::Sides;
use rootcast_tests::skipped::skipped;
use rootcast_tests::sound_channel::{read_wave, wave};

/// A configuration of ALSA with devices that play into `out` and record from `from`.
fn cards(sides: &Sides, name: &str, out: &Path, from: &Path) -> PathBuf {
    let text = format!(
        "pcm.plays {{ type file slave.pcm {{ type null }} file \"{}\" format raw }}\n\
         pcm.records {{ type file slave.pcm {{ type null }} file \"/dev/null\" infile \"{}\" format raw }}\n",
        out.display(),
        from.display()
    );
    sides.scratch.file(name, text)
}

const PLAYS: &str = "audio:device=plays,mixing=allowed";
const RECORDS: &str = "audio:device=records,mixing=allowed";

fn with(cards: &Path, program: Program) -> Program {
    program.env("ALSA_CONFIG_PATH", cards)
}

/// `send` of the variant with sound devices.
fn send(sides: &Sides, link: &str, file: &Path) -> Program {
    offline_with_audio(["send", "--yes", "--passes", "4"]).state(&sides.offline).link(link).arg(file)
}

#[test]
fn a_crl_crosses_from_a_device_to_a_device() {
    let sides = Sides::enrolled();
    let (file, crl) = sides.crl_file(1);
    let pipe = sides.scratch.pipe("cable");
    let cards = cards(&sides, "cards.conf", &pipe, &pipe);
    let receiver = with(&cards, sides.receive(&[RECORDS]).args(["--once", "--require-sandbox"])).start();
    let sent = with(&cards, send(&sides, PLAYS, &file).arg("--require-sandbox")).run();
    let received = receiver.wait();
    if sent.stderr.contains("sandbox-missing") {
        return skipped("sound devices: this kernel has no Landlock or no seccomp, or a container forbids them");
    }
    assert_eq!(sent.code, Some(0), "{sent}");
    assert_eq!(received.code, Some(0), "{received}");
    received.says("48000 samples a second, S16_LE, 1 channel").says("sound capture: ");
    sides.assert_published(&crl);
    // What is kept of the link: what alsa-lib read, and that this was no device itself.
    let report = offline(["link", "report"]).state(&sides.offline).exits(0);
    report.says(&format!("ALSA configuration: {}", cards.display())).says("a plugin of the library");
}

#[test]
fn a_sender_to_a_device_reads_and_waits_for_nothing() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let (played, trace) = (sides.scratch.path("played.raw"), sides.scratch.path("trace"));
    let cards = cards(&sides, "cards.conf", &played, Path::new("/dev/null"));
    let trace_to = ["strace", "-f", "-y", "-s", "16", "-o", trace.to_str().unwrap()];
    if !Command::new("strace").args(["-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success()) {
        return skipped(
            "system calls of a sender to a device: `strace` is not installed, or tracing is not permitted here",
        );
    }
    with(&cards, send(&sides, PLAYS, &file).started_by(trace_to)).exits(0);
    let trace = std::fs::read_to_string(trace).unwrap();
    let lines: Vec<&str> = trace.lines().collect();
    let opened: Vec<&&str> = lines.iter().filter(|line| line.contains("played.raw") && line.contains("open")).collect();
    assert!(opened.iter().any(|line| line.contains("O_WRONLY")), "the device opened its file: {opened:#?}");
    let locked = lines.iter().position(|line| line.contains("seccomp(SECCOMP_SET_MODE_FILTER"));
    let Some(locked) = locked.filter(|_| !trace.contains("SECCOMP_SET_MODE_FILTER) = -1")) else {
        return skipped("system calls of a sender to a device: this kernel has no seccomp, or a container forbids it");
    };
    let mut written = 0;
    for line in &lines[locked..] {
        let call = line.split_whitespace().nth(1).unwrap_or_default();
        for wait in ["poll(", "ppoll", "select(", "pselect", "epoll"] {
            assert!(!call.starts_with(wait), "{line}");
        }
        let is_of_device = line.contains("played.raw");
        let reads = ["read(", "readv(", "pread", "recv", "ioctl(", "mmap("];
        assert!(!is_of_device || !reads.iter().any(|read| call.starts_with(read)), "{line}");
        if is_of_device && call.starts_with("write(") {
            let number: i32 = call["write(".len()..].split('<').next().unwrap().parse().unwrap();
            assert!(number >= 200, "{line}");
            written += 1;
        }
    }
    assert!(written > 0, "the device wrote nothing?");
}

#[test]
fn what_a_device_plays_is_the_recording_byte_by_byte_and_all_of_it_is_heard() {
    let sides = Sides::enrolled();
    let (recording, played) = (sides.scratch.path("sent.wav"), sides.scratch.path("played.raw"));
    let cards = cards(&sides, "cards.conf", &played, &played);
    let pattern = |program: Program, link: &str| {
        with(&cards, program).args(["link", "test", "--passes", "1"]).link(link).exits(0)
    };
    pattern(offline([""; 0]), &format!("audio:wav={},mode=256-4/5", recording.display()));
    pattern(offline_with_audio([""; 0]), &format!("{PLAYS},mode=256-4/5"));
    let expected: Vec<u8> = read_wave(&recording).iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let bytes = std::fs::read(&played).unwrap();
    let (sound, rest) = bytes.split_at(expected.len());
    assert!(sound == expected, "the device plays what the recording has");
    assert!(rest.len() < 2_048 && rest.iter().all(|byte| *byte == 0), "silence to the end of a period");
    // Behind the end of its file the device gives silence for ever.
    let heard = with(&cards, online(["link", "test", "--json", "--timeout", "20s"])).link(RECORDS).run().json();
    let mode = &heard["sound"]["modes"][0];
    assert_eq!((&mode["mode"], &mode["codewords"]), (&"256-4/5".into(), &mode["codewords_read"]), "{heard}");
    let all = read_wave(&recording).len() / 17_408;
    assert!(mode["codewords"].as_u64().unwrap() as usize >= all, "{heard}");
}

#[test]
fn aplay_into_the_device_serves_as_well() {
    if !Command::new("aplay").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
        return skipped("a recording played by aplay: `aplay` (alsa-utils) is not installed; run `make deps`");
    }
    let sides = Sides::enrolled();
    let (file, crl) = sides.crl_file(1);
    let recording = sides.scratch.path("sent.wav");
    sides.send(&format!("audio:wav={}", recording.display()), &[&file]).exits(0);
    // To the end of a period, so that no read of the pipe ends within one.
    let mut samples = read_wave(&recording);
    samples.resize(samples.len().next_multiple_of(1_024), 0);
    let recording = sides.scratch.file("whole.wav", wave(1, &samples));
    let pipe = sides.scratch.pipe("cable");
    let cards = cards(&sides, "cards.conf", &pipe, &pipe);
    let receiver = with(&cards, sides.receive(&[RECORDS]).arg("--once")).start();
    let mut player = Command::new("aplay");
    player.args(["-q", "-D", "plays", "--period-size=1024", "--buffer-size=8192"]).arg(&recording);
    let played = player.env("ALSA_CONFIG_PATH", &cards).output().unwrap();
    // The receiver has enough before the end, and ends; the player may see that.
    let received = receiver.wait();
    assert_eq!(received.code, Some(0), "{received}\n{}", String::from_utf8_lossy(&played.stderr));
    sides.assert_published(&crl);
}

#[test]
fn a_device_that_is_not_there_ends_the_link_and_names_what_there_is() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    // With a configuration of our own: alsa-lib knows what hw is, and finds no such card.
    let sent = send(&sides, "audio:device=hw:31", &file).exits(7);
    sent.says("error[link-failed]").says("cannot open the sound device hw:31").says("audio:device=list");
    assert!(!sent.stderr.contains("Unknown PCM"), "{sent}");
    let received = sides.receive(&["audio:device=hw:31"]).exits(7);
    received.says("cannot open the sound device hw:31").says("audio:device=list");
    assert!(!received.stderr.contains("Unknown PCM"), "{received}");
    // A configuration that names a plugin that is not there.
    let broken = sides.scratch.file("broken.conf", "pcm.plays { type nothing_like_that }\n");
    with(&broken, send(&sides, PLAYS, &file)).exits(7).says("cannot open the sound device plays");
    // A device that records, named to the sender.
    let only_records = sides.scratch.file("records.conf", "pcm.plays { type asym capture.pcm { type null } }\n");
    with(&only_records, send(&sides, PLAYS, &file)).exits(7).says("cannot open the sound device plays");
    sides.acknowledge_alarms();
}

#[test]
fn the_program_without_sound_devices_names_the_variant_that_has_them() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let refused = sides.send("audio:device=hw:0", &[&file]).exits(2);
    refused.says("rootcast-offline-audio").says("audio:wav=FILE").says("Nothing was sent");
    let listed = send(&sides, "audio:device=list", &file).exits(2);
    listed.says("/proc/asound/pcm");
    sides.receive(&["audio:device=list"]).exits(2).says("/proc/asound/pcm");
    send(&sides, "audio:device=default", &file).exits(2).says("mixing=allowed");
}

#[test]
fn the_end_of_the_process_that_records_ends_its_link() {
    let sides = Sides::enrolled();
    let pipe = sides.scratch.pipe("cable");
    let cards = cards(&sides, "cards.conf", Path::new("/dev/null"), &pipe);
    // Open for reading and writing, so that nobody waits for the other end.
    let cable = std::fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    let mut receiver = with(&cards, sides.receive(&[RECORDS])).start();
    receiver.wait_for_text("S16_LE");
    let capture = PictureProcess::capture_of(receiver.id());
    // Two: filters of system calls. It has no thread but the first one.
    assert_eq!((capture.status("Seccomp"), capture.status("Threads")), ("2".to_owned(), "1".to_owned()));
    capture.kill();
    let ended = receiver.wait();
    assert_eq!(ended.code, Some(7), "{ended}");
    ended.says("the process that records it has ended");
    drop(cable);
}
