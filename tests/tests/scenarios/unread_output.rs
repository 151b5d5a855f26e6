//! Output that nobody reads: no work waits for a terminal, and a result waits for its reader until a signal comes.

use std::fs::File;
use std::io::{PipeReader, Read, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rootcast_tests::faults::ByteFaults;
use rootcast_tests::program::{Program, Running, offline, online};
use rootcast_tests::pty::Seat;
use rootcast_tests::sides::Sides;
use rootcast_tests::wire::Wire;

/// Longer than anything here takes, also on a busy machine.
const DOES_NOT_HANG: Duration = Duration::from_secs(60);

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < DOES_NOT_HANG, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The exit code of a program before a terminal that nobody reads until the program is gone.
fn code_of(mut seat: Seat, what: &str) -> Option<i32> {
    wait_until(what, || !seat.running.runs());
    seat.running.wait().code
}

#[test]
fn what_arrives_is_published_and_the_run_ends_at_its_time_though_nobody_reads_the_terminal() {
    let sides = Sides::enrolled();
    let wire = Wire::new(460_800, ByteFaults::none());
    let (file, crl) = sides.crl_file(1);
    let link = format!("serial:{},baud=460800", wire.far().display());
    let mut seat = Seat::start(&sides.receive(&[link]).args(["--timeout", "15s"]), 100, 40);
    seat.wait_for_text("listening");
    seat.stop_reading();
    let to = format!("serial:{},baud=460800", wire.near().display());
    sides.send(&to, &[file]).args(["--for", "3s"]).exits(0);
    wait_until("published", || sides.is_published(&crl));
    assert_eq!(code_of(seat, "the end at --timeout"), Some(0));
}

#[test]
fn the_first_signal_ends_a_receiver_though_nobody_reads_the_terminal() {
    let sides = Sides::enrolled();
    let wire = Wire::new(115_200, ByteFaults::none());
    let link = format!("serial:{}", wire.far().display());
    for (receive, from, code) in [
        (sides.receive(&[&link]), "listening", 130),
        // It ends as it does at a signal: without a good frame there is nothing to report.
        (online(["link", "test"]).link(&link), "good frames", 4),
    ] {
        let mut seat = Seat::start(&receive, 100, 40);
        seat.wait_for_text(from);
        seat.stop_reading();
        assert!(seat.running.runs());
        seat.running.terminate();
        assert_eq!(code_of(seat, "the end at a signal"), Some(code), "{from:?}");
    }
}

/// The commands that send, on a terminal and on a line, and what each says when it has begun.
fn senders(sides: &Sides, wire: &Wire) -> Vec<(Program, &'static str)> {
    let (file, _) = sides.crl_file(1);
    let line = format!("serial:{},baud=115200", wire.near().display());
    vec![
        (sides.send("qr:terminal", &[&file]), "▀"),
        (sides.send(&line, &[&file]), "passes"),
        (offline(["beacon"]).state(&sides.offline).arg("--transport-key").arg(key(sides)).link(&line), "beacon of"),
        (offline(["link", "test"]).link(&line), "sandboxed"),
    ]
}

fn key(sides: &Sides) -> PathBuf {
    let key = sides.scratch.path("transport.key");
    offline(["key", "new", "-o"]).arg(&key).exits(0);
    key
}

#[test]
fn every_sender_ends_at_its_time_though_nobody_reads_the_terminal() {
    let (sides, wire) = (Sides::enrolled(), Wire::new(115_200, ByteFaults::none()));
    for (program, from) in senders(&sides, &wire) {
        // A result that stands on the terminal, too, would wait for its reader: it goes elsewhere.
        let program = program.started_by(["sh", "-c", "exec \"$0\" \"$@\" >/dev/null"]);
        let mut seat = Seat::start(&program.args(["--for", "4s"]), 180, 100);
        seat.wait_for_text(from);
        seat.stop_reading();
        assert_eq!(code_of(seat, from), Some(0), "{from:?}");
    }
}

#[test]
fn the_first_signal_ends_every_sender_though_nobody_reads_the_terminal() {
    let (sides, wire) = (Sides::enrolled(), Wire::new(115_200, ByteFaults::none()));
    for (program, from) in senders(&sides, &wire) {
        let mut seat = Seat::start(&program.args(["--for", "1h"]), 180, 100);
        seat.wait_for_text(from);
        seat.stop_reading();
        std::thread::sleep(Duration::from_millis(300));
        assert!(seat.running.runs());
        seat.running.interrupt();
        assert_eq!(code_of(seat, from), Some(130), "{from:?}");
    }
}

// The picture on the screen is old, until somebody reads the terminal again.
#[test]
fn a_terminal_that_is_read_again_shows_pictures_again_and_is_given_back() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let mut seat = Seat::start(&sides.send("qr:terminal", &[file]).args(["--for", "1h"]), 180, 100);
    seat.wait_for_text("▀");
    seat.stop_reading();
    std::thread::sleep(Duration::from_millis(500));
    seat.forget_screen();
    seat.read_again();
    for _ in 0..3 {
        seat.wait_for_text("\u{1b}[?2026l");
        seat.forget_screen();
    }
    seat.running.interrupt();
    seat.wait_for_text("\u{1b}[?1049l");
    seat.wait_for_text("next:");
    assert_eq!(seat.running.wait().code, Some(130));
}

/// A program whose standard output is a pipe that is full and that nobody reads.
fn with_full_output(program: &Program) -> (Running, PipeReader) {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    // The size of a pipe (pipe(7)): one more byte would wait.
    writer.write_all(&[b'.'; 65_536]).expect("room");
    (program.start_with(Stdio::null(), writer.into(), Stdio::piped()), reader)
}

#[test]
fn a_result_that_nobody_reads_is_waited_for_until_a_signal_comes() {
    let sides = Sides::enrolled();
    let (file, crl) = sides.crl_file(1);
    let recording = sides.scratch.path("one.frames");
    let send = sides.send(&format!("file:{}", recording.display()), &[file]).arg("--json");
    let (mut sender, _output) = with_full_output(&send);
    sender.wait_for_text("head");
    std::thread::sleep(Duration::from_secs(5));
    assert!(sender.runs(), "the result was not waited for");
    sender.interrupt();
    wait_until("the sender's end", || !sender.runs());
    let ended = sender.wait();
    assert_eq!(ended.code, Some(130), "{ended}");
    ended.says("The command itself is complete");
    offline(["journal", "verify"]).state(&sides.offline).exits(0);

    let (mut receiver, _output) = with_full_output(&sides.receive_recording(&recording).arg("--json"));
    wait_until("published", || sides.is_published(&crl));
    receiver.wait_for_text("link file:");
    std::thread::sleep(Duration::from_millis(500));
    receiver.terminate();
    wait_until("the receiver's end", || !receiver.runs());
    assert_eq!(receiver.wait().code, Some(130));
}

#[test]
fn a_result_is_whole_when_its_reader_comes_late() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let send = sides.send(&format!("file:{}", sides.scratch.path("one.frames").display()), &[file]).arg("--json");
    let (mut sender, mut output) = with_full_output(&send);
    sender.wait_for_text("head");
    std::thread::sleep(Duration::from_secs(4));
    let mut all = String::new();
    output.read_to_string(&mut all).unwrap();
    assert_eq!(sender.wait().code, Some(0));
    let document: serde_json::Value = serde_json::from_str(all.trim_start_matches('.')).unwrap();
    assert_eq!(document["exit"], 0);
}

#[test]
fn a_full_device_as_output_stops_no_work_and_is_told() {
    let sides = Sides::enrolled();
    let (file, crl) = sides.crl_file(1);
    let recording = sides.record("one.frames", &[file]);
    let full = || Stdio::from(File::options().write(true).open("/dev/full").expect("/dev/full"));
    let receive = sides.receive_recording(&recording).arg("--json");
    let ended = receive.start_with(Stdio::null(), full(), Stdio::piped()).wait();
    assert_eq!(ended.code, Some(8), "{ended}");
    ended.says("storage-failed");
    sides.assert_published(&crl);
    // Standard error that takes nothing is no reason to fail.
    let ended = sides.receive_recording(&recording).start_with(Stdio::null(), Stdio::piped(), full()).wait();
    assert_eq!(ended.code, Some(0), "{ended}");
}
