//! The player on a terminal: what stands on the screen is received; windows, keys, Ctrl-Z.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rootcast_tests::corpora::skipped;
use rootcast_tests::program::{self, offline};
use rootcast_tests::pty::Seat;
use rootcast_tests::scratch::Scratch;
use rootcast_tests::screen::{Screen, picture_of_half_blocks};
use rootcast_tests::seeds::chance;
use rootcast_tests::sides::Sides;

/// A player of a CRL of some kilobytes in a window of this size, playing.
fn seated(sides: &Sides, name: &str, options: &str, columns: u16, rows: u16) -> (Seat, Vec<u8>) {
    let (file, crl) = sides.long_crl_file(1, 200, &mut chance(name));
    let send = offline(["send", "--yes", "--for", "40s"]).state(&sides.offline);
    let mut seat = Seat::start(&send.link(format!("qr:terminal{options}")).arg(&file), columns, rows);
    seat.wait_for_text("▀");
    (seat, crl)
}

/// The screens since it was last forgotten, once there are `count` of them.
fn screens(seat: &Seat, count: usize, columns: u16, rows: u16) -> Vec<Screen> {
    let begun = Instant::now();
    while seat.screen().matches("\u{1b}[?2026l").count() < count {
        assert!(begun.elapsed() < Duration::from_secs(30), "only {}", seat.screen().matches("\u{1b}[?2026l").count());
        std::thread::sleep(Duration::from_millis(20));
    }
    Screen::after_each_picture(&seat.screen(), columns.into(), rows.into())
}

/// Saves pictures of these screens in `folder`.
fn photograph(screens: &[Screen], folder: &Path, name: &str) {
    for (number, screen) in screens.iter().enumerate() {
        screen.picture().save(folder.join(format!("{name}-{number:03}.png"))).unwrap();
    }
}

fn settled(what: &str, mut is: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(10), "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_stands_on_the_smallest_window_is_received() {
    let sides = Sides::enrolled();
    let (seat, crl) = seated(&sides, "smallest_window", ",fps=30", 66, 34);
    let screens = screens(&seat, 30, 66, 34);
    seat.running.interrupt();
    assert_eq!(seat.running.wait().code, Some(130));
    assert!(screens.iter().all(|screen| screen.code_size() == (65, 33)), "version 10 and its quiet zone");
    let below = &screens.last().unwrap().rows()[33];
    assert!(below.contains("frames · odds") && below.contains("30/s MAY LOCK"), "{below:?}");
    let folder = sides.scratch.subfolder("screens");
    photograph(&screens, &folder, "screen");
    sides.receive(&[format!("qr:images={}", folder.display())]).exits(0);
    sides.assert_published(&crl);
}

/// In a locale without UTF-8, terminals drew an underscore in each cell.
#[test]
fn without_utf_8_the_code_is_drawn_with_coloured_spaces_and_received() {
    for (name, value) in [("LC_ALL", "C"), ("LC_ALL", "de_DE.ISO-8859-1")] {
        let sides = Sides::enrolled();
        let (file, crl) = sides.long_crl_file(1, 200, &mut chance("spaces"));
        let send =
            offline(["send", "--yes", "--for", "40s"]).state(&sides.offline).link("qr:terminal,fps=30").arg(&file);
        let mut seat = Seat::start(&send.env(name, value), 131, 66);
        seat.wait_for_text("\u{1b}[?2026l");
        let screens = screens(&seat, 30, 131, 66);
        seat.running.interrupt();
        let screen = seat.screen();
        assert_eq!(seat.running.wait().code, Some(130), "{screen}");
        assert!(screen.is_ascii(), "{screen}");
        assert!(screen.contains("LC_ALL=C.UTF-8"), "what would take fewer cells is said before: {screen}");
        assert!(screens.iter().all(|screen| screen.code_size() == (130, 65)), "version 10, two cells a module");
        assert!(screens.last().unwrap().rows()[65].contains("frames - odds"), "{:?}", screens.last().unwrap().rows());
        let folder = sides.scratch.subfolder("screens");
        photograph(&screens, &folder, "screen");
        sides.receive(&[format!("qr:images={}", folder.display())]).exits(0);
        sides.assert_published(&crl);
    }
}

#[test]
fn a_terminal_without_a_size_takes_that_of_the_environment_or_says_what_to_type() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let send = offline(["send", "--yes", "--for", "1s"]).state(&sides.offline).link("qr:terminal").arg(&file);
    let mut seat = Seat::start(&send, 0, 0);
    seat.wait_for_text("next:");
    let screen = seat.screen();
    assert_eq!(seat.running.wait().code, Some(7), "{screen}");
    assert!(screen.contains("how many columns and rows it has (0 × 0)") && screen.contains("stty cols"), "{screen}");
    let mut seat = Seat::start(&send.env("COLUMNS", "66").env("LINES", "34"), 0, 0);
    seat.wait_for_text("▀");
    let screens = screens(&seat, 1, 66, 34);
    assert_eq!(screens.last().unwrap().code_size(), (65, 33));
    assert_eq!(seat.running.wait().code, Some(0));
}

#[test]
fn a_terminal_that_cannot_place_a_code_is_refused() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    for kind in ["dumb", ""] {
        let send = offline(["send", "--yes", "--for", "1s"]).state(&sides.offline).link("qr:terminal").arg(&file);
        let mut seat = Seat::start(&send.env("TERM", kind), 140, 70);
        seat.wait_for_text("next: Set TERM");
        assert_eq!(seat.running.wait().code, Some(7));
    }
}

/// On a screen without a window system white is a grey of two thirds.
#[test]
fn a_linux_console_shows_true_white_while_codes_play_and_gets_its_colours_back() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    for kind in ["linux", "xterm-256color"] {
        let send = offline(["send", "--yes", "--for", "40s"]).state(&sides.offline).link("qr:terminal").arg(&file);
        let mut seat = Seat::start(&send.env("TERM", kind), 140, 70);
        seat.wait_for_text("\u{1b}[?2026l");
        seat.running.suspend();
        settled("it stops", || seat.running.is_stopped());
        let stopped = seat.screen();
        seat.running.resume();
        settled("it goes on", || seat.screen().len() > stopped.len() + 2_000);
        seat.type_keys("q");
        settled("it ends", || !seat.running.runs());
        // What it wrote last is read by another thread.
        settled("it left the screen", || seat.screen().matches("\u{1b}[?1049l").count() == 2);
        let screen = seat.screen();
        assert_eq!(seat.running.wait().code, Some(0));
        let (set, reset) = ("\u{1b}]P7ffffff", "\u{1b}]R");
        if kind != "linux" {
            assert!(!screen.contains("\u{1b}]"), "no other terminal knows this");
            continue;
        }
        assert!(stopped.find(set) < stopped.find("\u{1b}[?2026l"), "before the first picture");
        assert!(stopped.rfind(reset) > stopped.rfind("\u{1b}[?2026l"), "given back at Ctrl-Z");
        assert_eq!((screen.matches(set).count(), screen.matches(reset).count()), (2, 2), "and again, until the end");
        assert!(screen.rfind(reset) > screen.rfind("\u{1b}[?2026l"), "given back at the end");
    }
}

#[test]
fn the_code_follows_the_window_and_every_size_helps_the_same_object() {
    let sides = Sides::enrolled();
    let (seat, crl) = seated(&sides, "follows_the_window", ",fps=20", 66, 34);
    let folder = sides.scratch.subfolder("screens");
    let few = screens(&seat, 4, 66, 34);
    photograph(&few[..4], &folder, "small");

    seat.forget_screen();
    seat.resize(190, 70);
    settled("a code of another size", || seat.screen().contains("\u{1b}[67;1H"));
    seat.forget_screen();
    let large = screens(&seat, 4, 190, 70);
    assert_eq!(large.last().unwrap().code_size(), (133, 67), "version 27");
    let text = large.last().unwrap().rows().join("\n");
    for said in ["odds", "frames", "20 a second", "version 27", "space pauses", "words:"] {
        assert!(text.contains(said), "{said}:\n{text}");
    }
    photograph(&large, &folder, "large");

    seat.forget_screen();
    seat.resize(50, 20);
    settled("what is needed", || seat.screen().contains("needs 66 × 34"));
    assert!(seat.screen().contains("qr:html"), "what else to use");
    seat.forget_screen();
    seat.resize(110, 60);
    settled("a code again", || seat.screen().contains("▀"));
    seat.running.interrupt();
    assert_eq!(seat.running.wait().code, Some(130));
    sides.receive(&[format!("qr:images={}", folder.display())]).exits(0);
    sides.assert_published(&crl);
    let shown = offline(["journal", "show"]).state(&sides.offline).exits(0);
    shown.says("qr:terminal");
}

#[test]
fn a_rate_that_may_lock_is_said_below_the_code_with_the_words_and_no_longer_once_it_is_changed() {
    let sides = Sides::enrolled();
    let (mut seat, _) = seated(&sides, "said_below", ",fps=15", 80, 60);
    let text = screens(&seat, 3, 80, 60).pop().unwrap().rows()[39..].join("\n");
    for said in ["15/s MAY LOCK", "may lock to a camera of 25 or 30 pictures", "give fps=11", "words: ", "space d D q"]
    {
        assert!(text.contains(said), "{said}:\n{text}");
    }
    seat.type_keys("----");
    settled("11 a second", || seat.screen().contains("11/s"));
    let text = screens(&seat, 6, 80, 60).pop().unwrap().rows()[39..].join("\n");
    assert!(text.contains("11/s") && text.contains("words: "), "{text}");
    assert!(!text.contains("lock") && !text.contains("LOCK"), "{text}");
    assert_eq!(text.matches("words: ").count(), 1, "no line of before is left:\n{text}");
    seat.running.interrupt();
    assert_eq!(seat.running.wait().code, Some(130));
}

#[test]
fn keys_change_density_and_speed_and_pause_and_end() {
    let sides = Sides::enrolled();
    let (mut seat, crl) = seated(&sides, "keys", ",fps=20", 140, 75);
    assert!(!seat.is_cooked(), "keys come one by one");
    let folder = sides.scratch.subfolder("screens");
    let first = screens(&seat, 2, 140, 75);
    let size = first.last().unwrap().code_size();
    photograph(&first[..1], &folder, "first");

    // A sparser version, and the frames of both are of one object.
    seat.forget_screen();
    seat.type_keys("DD");
    std::thread::sleep(Duration::from_millis(600));
    seat.forget_screen();
    let sparser = screens(&seat, 6, 140, 75);
    assert!(sparser.last().unwrap().code_size() < size, "{:?} after {size:?}", sparser.last().unwrap().code_size());
    photograph(&sparser, &folder, "sparser");
    seat.type_keys("d");
    std::thread::sleep(Duration::from_millis(600));
    seat.forget_screen();
    let denser = screens(&seat, 3, 140, 75);
    assert!(denser.last().unwrap().code_size() > sparser.last().unwrap().code_size());
    photograph(&denser[1..], &folder, "denser");

    seat.type_keys("++-+");
    settled("22 a second", || seat.screen().contains("22/s"));
    seat.type_keys(" ");
    settled("a pause", || seat.screen().contains("paused"));
    let still = screens(&seat, 1, 140, 75).pop().unwrap().picture();
    seat.forget_screen();
    for screen in screens(&seat, 2, 140, 75) {
        assert!(screen.picture() == still || screen.code_size() == (0, 0), "a pause stands still");
    }
    seat.type_keys(" ");
    settled("going on", || seat.screen().contains("22/s"));

    seat.type_keys("q");
    settled("the terminal given back", || seat.screen().contains("\u{1b}[?1049l") && seat.is_cooked());
    assert_eq!(seat.running.wait().code, Some(0));
    sides.receive(&[format!("qr:images={}", folder.display())]).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn ctrl_z_gives_the_terminal_back_and_fg_takes_it_again() {
    let sides = Sides::enrolled();
    let (seat, _) = seated(&sides, "ctrl_z", "", 100, 60);
    seat.forget_screen();
    seat.running.suspend();
    settled("a stop", || seat.running.is_stopped());
    settled("the terminal given back", || seat.screen().contains("\u{1b}[?1049l") && seat.is_cooked());
    seat.forget_screen();
    seat.running.resume();
    settled("the player again", || seat.screen().contains("\u{1b}[?1049h") && seat.screen().contains("▀"));
    assert!(!seat.is_cooked());
    seat.running.terminate();
    settled("the terminal given back", || seat.is_cooked());
    assert_eq!(seat.running.wait().code, Some(130));
}

#[test]
fn ctrl_backslash_ends_cleanly_and_gives_the_terminal_back() {
    let sides = Sides::enrolled();
    let (seat, _) = seated(&sides, "ctrl_backslash", "", 100, 60);
    seat.running.quit();
    settled("the terminal given back", || {
        seat.is_cooked() && seat.screen().contains("\u{1b}[?25h") && seat.screen().contains("\u{1b}[?1049l")
    });
    assert_eq!(seat.running.wait().code, Some(130));
    offline(["journal", "show"]).state(&sides.offline).exits(0).says("ended by a signal");
}

#[test]
fn what_tmux_shows_is_received() {
    let Ok(version) = Command::new("tmux").arg("-V").output() else {
        return skipped("the player in a terminal multiplexer: `tmux` is not installed; run `make deps`");
    };
    assert!(version.status.success());
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 200, &mut chance("tmux"));
    let server = Tmux { socket: Scratch::new() };
    let line = format!(
        "{} send --yes --for 60s --state {} --link qr:terminal {}",
        program::folder().join("rootcast-offline").display(),
        sides.offline.display(),
        file.display()
    );
    let started = server.run(&["new-session", "-d", "-x", "140", "-y", "70", &line]);
    if started.is_none() {
        return skipped("the player in a terminal multiplexer: `tmux` does not start here");
    }
    let folder = sides.scratch.subfolder("screens");
    let mut shown = std::collections::BTreeSet::new();
    let begun = Instant::now();
    while shown.len() < 8 {
        assert!(begun.elapsed() < Duration::from_secs(30), "{} pictures", shown.len());
        let screen = server.run(&["capture-pane", "-p"]).expect("a screen");
        if screen.contains('▀') && screen.contains("odds") && shown.insert(screen.clone()) {
            let code: Vec<&str> = screen.lines().take(67).collect();
            picture_of_half_blocks(&code.join("\n")).save(folder.join(format!("{}.png", shown.len()))).unwrap();
        }
        std::thread::sleep(Duration::from_millis(60));
    }
    sides.receive(&[format!("qr:images={}", folder.display())]).exits(0);
    sides.assert_published(&crl);
}

/// A tmux server of its own, ended with the test.
struct Tmux {
    socket: Scratch,
}

impl Tmux {
    fn run(&self, arguments: &[&str]) -> Option<String> {
        let socket = self.socket.path("tmux");
        let ended = Command::new("tmux")
            .args(["-u", "-f", "/dev/null", "-S"])
            .arg(socket)
            .args(arguments)
            .env("LC_ALL", "C.UTF-8")
            .env_remove("TMUX")
            .output()
            .ok()?;
        ended.status.success().then(|| String::from_utf8_lossy(&ended.stdout).into_owned())
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = self.run(&["kill-server"]);
    }
}
