//! Ends that an operator means are no errors: `q` in the player, Ctrl-C where nothing else ends a run, Return after the
//! words of a key.

use std::os::unix::fs::MetadataExt;

use rootcast_tests::program::{offline, online};
use rootcast_tests::pty::{Pty, Seat};
use rootcast_tests::sides::Sides;

#[test]
fn q_in_the_player_is_an_end_and_no_error() {
    let sides = Sides::enrolled();
    let (crl, _) = sides.crl_file(1);
    let send = offline(["send", "--yes", "--for", "10m"]).state(&sides.offline).link("qr:terminal,fps=30").arg(&crl);
    let mut seat = Seat::start(&send, 140, 70);
    // A pass of this CRL is one picture.
    seat.until(|seat| seat.screen().matches("\u{1b}[?2026l").count() >= 3);
    seat.type_keys("q");
    seat.wait_for_text("ended by the operator");
    seat.until(|seat| !seat.running.runs());
    let screen = seat.screen();
    assert_eq!(seat.running.wait().code, Some(0), "{screen}");
    assert!(!screen.contains("error["), "{screen}");
    let journal = offline(["journal", "show"]).state(&sides.offline).exits(0);
    journal.says("ended by the operator");
}

#[test]
fn ctrl_c_is_the_end_of_a_transmission_that_has_no_other() {
    let sides = Sides::enrolled();
    let (crl, _) = sides.crl_file(1);
    let ended_by_signal = |stop: &[&str]| {
        let port = Pty::open();
        let link = format!("serial:{},baud=115200", port.path().display());
        let mut send = offline(["send", "--json"]).args(stop).state(&sides.offline).link(&link).arg(&crl);
        if stop.is_empty() {
            send = send.env("NOTHING", "");
        }
        let mut seat = Seat::start(&send, 110, 45);
        seat.wait_for_text("Type send");
        seat.type_keys("send\n");
        seat.wait_for_text(" passes · ");
        seat.running.interrupt();
        seat.until(|seat| !seat.running.runs());
        let screen = seat.screen();
        assert_eq!(seat.running.wait().code, Some(130), "{screen}");
        screen
    };
    let expected = ended_by_signal(&[]);
    assert!(expected.contains("Ended by a signal (Ctrl-C).") && !expected.contains("error["), "{expected}");
    assert!(expected.contains("\"interrupted\":true"), "scripts see what they saw: {expected}");
    let cut_short = ended_by_signal(&["--for", "10m"]);
    assert!(cut_short.contains("error[interrupted]"), "it would have ended by itself: {cut_short}");
    assert!(cut_short.contains(" left"), "a bar with the time left: {cut_short}");
}

#[test]
fn ctrl_c_is_the_end_of_a_receiver_that_waits_for_nothing() {
    let sides = Sides::enrolled();
    let port = Pty::open();
    for (stop, says, not) in [
        (&[][..], "Ended by a signal (Ctrl-C).", "error["),
        (&["--once"][..], "error[interrupted]", "Ended by a signal (Ctrl-C)."),
        (&["--timeout", "1h"][..], "error[interrupted]", "Ended by a signal (Ctrl-C)."),
    ] {
        let link = format!("serial:{},baud=115200", port.path().display());
        let mut receive = online(["receive", "--json"]).args(stop).state(&sides.online).link(&link).start();
        receive.wait_for_text("sandboxed by seccomp");
        receive.interrupt();
        let ended = receive.wait();
        assert_eq!(ended.code, Some(130), "{ended}");
        assert_eq!(ended.json()["error"]["label"], "interrupted", "scripts see what they saw");
        assert!(ended.stderr.contains(says) && !ended.stderr.contains(not), "{ended}");
    }
}

#[test]
fn the_words_of_a_key_end_with_return_and_obey_the_first_ctrl_c() {
    let sides = Sides::enrolled();
    let key = sides.scratch.path("made.key");
    offline(["key", "new", "-o"]).arg(&key).exits(0);
    let words = offline(["key", "words"]).arg(&key).exits(0).stdout;
    let words: Vec<&str> = words.split_whitespace().collect();
    for program in [offline(["key", "from-words", "-o"]), online(["key", "from-words", "-o"])] {
        for (name, rows) in [("one.key", 18), ("three.key", 6)] {
            let target = sides.scratch.path(name);
            let _ = std::fs::remove_file(&target);
            let mut seat = Seat::start(&program.clone().arg(&target), 80, 24);
            seat.wait_for_text("Type the 18 words, then Return:");
            for (at, row) in words.chunks(rows).enumerate() {
                if at > 0 {
                    seat.wait_for_text(&format!("{} words, {} to go:", at * rows, 18 - at * rows));
                }
                seat.type_keys(&format!("{}\n", row.join(" ")));
            }
            seat.wait_for_text("wrote ");
            seat.until(|seat| !seat.running.runs());
            assert_eq!(seat.running.wait().code, Some(0));
            assert_eq!(std::fs::read(&target).unwrap(), std::fs::read(&key).unwrap());
            assert_eq!(target.metadata().unwrap().mode() & 0o077, 0);
        }
        let none = sides.scratch.path("none.key");
        let mut seat = Seat::start(&program.clone().arg(&none), 80, 24);
        seat.wait_for_text("Return:");
        seat.type_keys("aardvark \n");
        seat.wait_for_text("1 word, 17 to go:");
        seat.running.interrupt();
        seat.wait_for_text("No key was written.");
        seat.until(|seat| !seat.running.runs());
        assert_eq!(seat.running.wait().code, Some(130));
        assert!(!none.exists());
    }
}
