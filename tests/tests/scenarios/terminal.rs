//! The offline program on a person's terminal: what is typed, what is drawn, what is left behind.

use std::time::Duration;

use rootcast_tests::program::{offline, online};
use rootcast_tests::pty::Seat;
use rootcast_tests::sides::Sides;

#[test]
fn send_asks_for_a_word_and_a_bare_return_sends_nothing() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    for (keys, code) in [("\n", 2), ("no\n", 2), ("yes\nyes\nsned\n", 2), ("send\n", 0), ("sned\nSend\n", 0)] {
        let target = sides.scratch.path("typed.frames");
        let _ = std::fs::remove_file(&target);
        let send = offline(["send"]).state(&sides.offline).link(format!("file:{}", target.display())).arg(&file);
        let mut seat = Seat::start(&send, 120, 40);
        seat.wait_for_text("send");
        std::thread::sleep(Duration::from_millis(300));
        seat.type_keys(keys);
        let screen = seat.screen();
        let ended = seat.running.wait();
        assert_eq!(ended.code, Some(code), "{keys:?}\n{screen}");
        assert_eq!(target.exists(), code == 0, "{keys:?}");
    }
}

#[test]
fn qr_symbols_are_drawn_and_the_terminal_is_given_back() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let send = offline(["send", "--yes", "--for", "3s"]).state(&sides.offline).link("qr:terminal").arg(&file);
    let mut seat = Seat::start(&send, 180, 100);
    seat.wait_for_text("▀");
    std::thread::sleep(Duration::from_millis(500));
    let screen = seat.screen();
    assert!(screen.contains("\u{1b}[?1049h"), "the picture belongs on the alternate screen");
    seat.running.interrupt();
    std::thread::sleep(Duration::from_millis(1500));
    let screen = seat.screen();
    assert!(screen.contains("\u{1b}[?1049l"), "the terminal was not given back");
    let ended = seat.running.wait();
    assert_eq!(ended.code, Some(130), "{screen}");
}

#[test]
fn a_terminal_that_is_too_small_is_told_which_size_is_needed() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let send = offline(["send", "--yes", "--for", "3s"]).state(&sides.offline).link("qr:terminal").arg(&file);
    let seat = Seat::start(&send, 40, 12);
    let mut ended_screen = String::new();
    for _ in 0..300 {
        ended_screen = seat.screen();
        if ended_screen.contains("next:") {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let ended = seat.running.wait();
    assert!(matches!(ended.code, Some(2 | 7)), "{ended_screen}");
    assert!(ended_screen.contains("qr:png"), "{ended_screen}");
}

#[test]
fn a_signal_at_a_prompt_ends_it_and_what_is_typed_afterwards_does_nothing() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let target = sides.scratch.path("prompt.frames");
    let root = sides.scratch.path("root.crt");
    let (fresh_on, fresh_off) = (sides.scratch.path("fresh-on"), sides.scratch.path("fresh-off"));
    let prompts = [
        (online(["enrol", "--root"]).arg(&root).state(&fresh_on), "trust", "Trust is unchanged"),
        (offline(["enrol", "--root"]).arg(&root).state(&fresh_off), "trust", "Trust is unchanged"),
        (
            offline(["send"]).state(&sides.offline).link(format!("file:{}", target.display())).arg(&file),
            "send",
            "Nothing was sent",
        ),
    ];
    for (program, word, said) in prompts {
        for terminate in [false, true] {
            let mut seat = Seat::start(&program, 120, 40);
            seat.wait_for_text(&format!("Type {word}"));
            if terminate {
                seat.running.terminate();
            } else {
                seat.running.interrupt();
            }
            seat.wait_for_text("error[interrupted]");
            seat.type_keys(&format!("{word}\n"));
            std::thread::sleep(Duration::from_millis(200));
            let screen = seat.screen();
            let ended = seat.running.wait();
            assert_eq!(ended.code, Some(130), "{screen}");
            assert!(screen.contains(said), "{screen}");
        }
    }
    assert!(!target.exists() && !fresh_on.exists() && !fresh_off.exists());
}
