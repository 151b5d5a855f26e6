//! What people see: lines that break between words, words in rows, help with examples, suggestions.

use rootcast_tests::emulator::Emulator;
use rootcast_tests::program::{Ended, Program, offline, online};
use rootcast_tests::pty::Seat;
use rootcast_tests::sides::Sides;

/// What a person sees of a program that ends by itself, in a window of this size, row by row.
fn seen(program: &Program, columns: u16, rows: u16) -> Vec<String> {
    let mut seat = Seat::start(program, columns, rows);
    seat.until(|seat| !seat.running.runs());
    std::thread::sleep(std::time::Duration::from_millis(100));
    let screen = seat.screen();
    let rows = Emulator::text_of(&screen.replace("\r\n", "\n").replace('\n', "\r\n"), columns.into(), rows.into());
    rows.lines().map(|row| row.trim_end().to_owned()).collect()
}

/// The words of a text that are too long for any line: paths, digests.
fn is_one_word(line: &str) -> bool {
    line.split_whitespace().count() <= 1
}

/// Programs of both sides that have much to say.
fn talkative(sides: &Sides) -> Vec<Program> {
    let (crl, _) = sides.crl_file(1);
    let target = format!("file:{}", sides.scratch.path("not-sent.frames").display());
    vec![
        online(["check"]).state(&sides.online).arg(&crl),
        online(["status"]).state(&sides.online),
        offline(["check"]).state(&sides.offline).arg(&crl),
        offline(["plan"]).state(&sides.offline).link(&target).arg(&crl),
        offline(["send", "--yes"]).state(&sides.offline).link("qr:png=").arg(&crl),
    ]
}

#[test]
fn no_line_breaks_within_a_word_at_80_and_at_110_columns() {
    for (columns, rows) in [(80, 24), (110, 45)] {
        let sides = Sides::enrolled();
        for program in talkative(&sides) {
            // The same program in a window as wide as its longest line: what it has to say.
            let words = |rows: &[String]| -> Vec<String> {
                rows.iter().flat_map(|row| row.split_whitespace()).map(str::to_owned).collect()
            };
            let screen = seen(&program, columns, rows);
            let piped = program.run();
            let said: Vec<&str> = piped.stderr.split_whitespace().chain(piped.stdout.split_whitespace()).collect();
            for word in words(&screen) {
                let is_whole = said.contains(&word.as_str());
                // A time that passed between the two runs is another word.
                let changes = word.chars().any(|c| c.is_ascii_digit());
                assert!(
                    is_whole || changes || word.len() >= usize::from(columns) - 4,
                    "{word:?} in\n{}",
                    screen.join("\n")
                );
            }
            assert!(screen.len() > 1, "{}", program.line());
        }
    }
}

fn assert_width(ended: &Ended, most: usize) {
    for line in ended.stderr.lines().chain(ended.stdout.lines()) {
        let is_command = line.trim_start().starts_with("rootcast-");
        assert!(line.chars().count() <= most || is_one_word(line) || is_command, "{line:?}\n{ended}");
    }
}

#[test]
fn what_goes_to_a_pipe_has_100_columns_or_what_the_environment_says() {
    let sides = Sides::enrolled();
    for program in talkative(&sides) {
        assert_width(&program.clone().env("COLUMNS", "").run(), 100);
        assert_width(&program.clone().env("COLUMNS", "72").run(), 72);
        // A program that reads this may ask for whole lines, and finds the words on one.
        let whole = program.run();
        let narrow = program.env("COLUMNS", "60").run();
        assert!(narrow.stderr.lines().count() + narrow.stdout.lines().count() > whole.stderr.lines().count());
    }
}

#[test]
fn a_roots_words_are_four_rows_of_four_on_the_screen_and_an_items_are_two() {
    let sides = Sides::enrolled();
    let root = sides.scratch.path("root.crt");
    let trust = online(["enrol", "--yes"]).arg("--root").arg(&root).state(&sides.scratch.path("another"));
    let screen = seen(&trust, 80, 24);
    let at = screen.iter().position(|row| row.starts_with("words ")).unwrap();
    let rows = &screen[at..at + 4];
    let column = |row: &String, number: usize| row.split_whitespace().nth(number).and_then(|word| row.find(word));
    assert_eq!(rows[0].split_whitespace().count(), 5, "{rows:?}");
    for row in &rows[1..] {
        assert_eq!(row.split_whitespace().count(), 4, "{rows:?}");
        assert_eq!(column(row, 0), column(&rows[0], 1), "under each other: {rows:?}");
    }
    let spoken: Vec<&str> = rows.iter().flat_map(|row| row.split_whitespace()).skip(1).collect();
    let piped = online(["enrol", "--yes"]).arg("--root").arg(&root).state(&sides.scratch.path("piped")).exits(0);
    assert!(piped.stderr.contains(&spoken.join(" ")), "a pipe has them on one line\n{piped}");

    let (crl, _) = sides.crl_file(1);
    let screen = seen(&online(["check"]).state(&sides.online).arg(&crl), 80, 24);
    let at = screen.iter().position(|row| row.trim_start().starts_with("words ")).unwrap();
    assert_eq!(screen[at].split_whitespace().count(), 5, "{screen:?}");
    assert_eq!(screen[at + 1].split_whitespace().count(), 4, "{screen:?}");
}

#[test]
fn dates_have_their_distance_beside_them() {
    let sides = Sides::enrolled();
    let (crl, _) = sides.crl_file(1);
    for program in [
        online(["check"]).state(&sides.online).arg(&crl),
        offline(["check"]).state(&sides.offline).arg(&crl),
        online(["enrol", "--yes"]).arg("--root").arg(sides.scratch.path("root.crt")).state(&sides.scratch.path("new")),
    ] {
        let ended = program.run();
        let text = format!("{}{}", ended.stderr, ended.stdout);
        assert!(text.contains(" (in ") && text.contains(" days)"), "{ended}");
    }
}

#[test]
fn help_has_the_common_options_last_and_an_example() {
    for (program, example) in [
        (offline(["send", "--help"]), "rootcast-offline send --state"),
        (offline(["ceremony", "sign", "--help"]), "rootcast-offline ceremony sign --state"),
        (online(["receive", "--help"]), "rootcast-online receive --state"),
        (online(["held", "accept", "-h"]), "rootcast-online held accept --state"),
    ] {
        let help = program.exits(0).stdout;
        let place = |text: &str| help.find(text).unwrap_or_else(|| panic!("{text:?} is not in\n{help}"));
        assert!(place("\nOptions") < place("Options of every command:"), "{help}");
        assert!(place("Options of every command:") < place("--state <DIR>"), "{help}");
        assert!(place("--config <FILE>") < place("Example:\n"), "{help}");
        assert!(place("Example:\n") < place(example), "{help}");
    }
    let stops = offline(["send", "--help"]).exits(0).stdout;
    assert!(stops.contains("When to stop:\n") && stops.contains("A recorded decision:\n"), "{stops}");
}

#[test]
fn a_mistyped_command_option_or_link_gets_a_suggestion() {
    let sides = Sides::enrolled();
    let (crl, _) = sides.crl_file(1);
    for (program, says) in [
        (offline(["enroll"]), "Did you mean trust? Its old name is enrol."),
        (online(["recieve"]), "Did you mean receive?"),
        (online(["held", "acept", "x"]), "Did you mean accept?"),
        (online(["status", "--wran", "3d"]), "Did you mean --warn?"),
        (
            offline(["send", "--yes"]).state(&sides.offline).link("qr:htlm=a.html").arg(&crl),
            "Did you mean qr:html=FILE?",
        ),
        (
            online(["receive"]).state(&sides.online).link("serail:/dev/ttyS9,baud=9600"),
            "Did you mean serial:PORT[,baud=N]?",
        ),
        (online(["receive"]).state(&sides.online).link("serial:/dev/ttyS9,buad=9600"), "Did you mean baud?"),
    ] {
        program.exits(2).says(says);
    }
    let refused = offline(["enroll", "--json"]).exits(2);
    assert!(refused.json()["error"]["why"].as_str().unwrap().contains("Did you mean trust?"), "{refused}");
    assert!(!online(["publish"]).exits(2).stderr.contains("Did you mean"));
}
