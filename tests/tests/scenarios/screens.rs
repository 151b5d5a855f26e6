//! What people see: lines that break between words, words in rows, help with examples, suggestions.

use rootcast_host::clock;
use rootcast_protocol::manifest::ItemKind;
use rootcast_protocol::words;
use rootcast_tests::emulator::Emulator;
use rootcast_tests::forged;
use rootcast_tests::next_crl::next_crl;
use rootcast_tests::program::{Ended, Program, offline, online};
use rootcast_tests::pty::Seat;
use rootcast_tests::request::request;
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::{DAY, KeyKind, SigningKey};

use crate::urgent::Desk;

/// What a person sees of a program that ends by itself, in a window of this size, row by row.
fn seen(program: &Program, columns: u16, rows: u16) -> Vec<String> {
    let mut seat = Seat::start(program, columns, rows);
    seat.until(|seat| !seat.running.runs());
    std::thread::sleep(std::time::Duration::from_millis(100));
    let screen = seat.screen();
    let rows = Emulator::text_of(&screen.replace("\r\n", "\n").replace('\n', "\r\n"), columns.into(), rows.into());
    rows.lines().map(|row| row.trim_end().to_owned()).collect()
}

/// The words of a text that are too long for any line: paths, digests; a name in a column before them gives no room.
fn is_one_word(line: &str) -> bool {
    let named = line.trim_start().split_once("  ").filter(|(name, _)| !name.contains(' '));
    let text = named.map_or(line, |(_, text)| text);
    text.split_whitespace().count() <= 1
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

/// How many of the words that people compare stand behind each other in a row: the longest run of five and more, or else
/// whether four do.
fn longest_run(row: &str) -> usize {
    let tokens: Vec<&str> = row.split_whitespace().collect();
    let is_run = |length: usize| tokens.windows(length).any(|run| words::read(&run.join(" ")).is_ok());
    // A run begins at a word of either list; the second of two beginnings is the first list's.
    (2..=16).rev().find(|length| is_run(*length)).unwrap_or(0)
}

/// Fails unless words to compare are on this screen, and four in a row.
fn assert_word_rows(what: &str, screen: &[String]) {
    let runs: Vec<usize> = screen.iter().map(|row| longest_run(row)).collect();
    assert!(runs.iter().all(|run| *run <= 4), "{what}\n{}", screen.join("\n"));
    assert!(runs.windows(2).any(|two| two == [4, 4]), "{what} shows words\n{}", screen.join("\n"));
}

/// A pair with a published CRL, a rung alarm and a held item.
fn busy() -> Sides {
    let sides = Sides::enrolled();
    for (number, issued, code) in [(7, 10 * DAY, 0), (3, 20 * DAY, 6), (90_000, DAY, 9)] {
        let mut draft = sides.root.crl(number);
        draft.issued_at(sides.root.now - issued, sides.root.now + 180 * DAY);
        let recording = sides.scratch.path(&format!("{number}.frames"));
        forged::record(&forged::object_of(&[(ItemKind::Crl, "some.crl", &draft.sign())]), &recording);
        sides.receive_recording(&recording).exits(code);
    }
    sides
}

#[test]
fn words_that_people_compare_stand_in_rows_of_four_wherever_they_are_shown() {
    let sides = busy();
    let csr = sides.scratch.file("some.csr", request("Some CA", &SigningKey::generate(KeyKind::EcdsaP256)));
    let (crl, _) = sides.crl_file(9);
    assert!(sides.record("sent.frames", &[&crl]).is_file());
    for program in [
        online(["request", "show"]).arg(&csr),
        online(["receipts", "list"]).state(&sides.online),
        online(["receipts", "show", "2"]).state(&sides.online),
        online(["held", "list"]).state(&sides.online),
        online(["alarm", "list"]).state(&sides.online),
        offline(["journal", "show"]).state(&sides.offline),
        offline(["journal", "verify"]).state(&sides.offline),
    ] {
        assert_word_rows(&program.line(), &seen(&program, 80, 200));
    }
    assert_eq!((longest_run("words orca pioneer highchair everyday beehive"), longest_run("a b")), (5, 0));
}

#[test]
fn the_words_of_a_ceremony_stand_in_rows_of_four() {
    let desk = Desk::after_the_first_ceremony();
    let state = desk.scratch.path("root-state");
    let now = clock::now();
    let next = next_crl("first/signed/root.crt", "first/signed/root.crl", (now - 60, now + 90 * DAY));
    desk.scratch.file("next.toml", next);
    let site = |command: &str| {
        let program = offline(["ceremony", command, "--site", "SITE.toml", "--yes"]).state(&state);
        program.within(desk.scratch.folder())
    };
    let rehearse = seen(&site("rehearse").args(["next.toml", "-o", "next"]), 80, 200);
    assert_word_rows("ceremony rehearse", &rehearse);
    for name in ["alice", "bob"] {
        desk.run(&format!(
            "ssh-keygen -q -Y sign -n rootcast-ceremony -f {name} next/to-be-signed.txt; mv next/to-be-signed.txt.sig {name}.sig"
        ));
    }
    let head = rootcast_tests::program::head_on_paper(&state).expect("a journal with a signing");
    let utc = clock::rfc3339(clock::now());
    let sign = site("sign").args(["next", "--approval", "alice.sig", "--approval", "bob.sig", "--utc", &utc]);
    let signed = seen(&sign.args(["--head", head.trim_matches('\'').trim_matches('"')]), 80, 200);
    assert!(signed.iter().any(|row| row.starts_with("This will be signed:")), "{}", signed.join("\n"));
    assert_word_rows("ceremony sign", &signed);
    for command in ["audit", "show"] {
        assert_word_rows(command, &seen(&offline(["journal", command]).state(&state), 80, 200));
    }
}

#[test]
fn every_date_that_these_commands_show_has_its_distance() {
    let sides = busy();
    let mut shown = 0;
    for words in
        [&["held", "list"][..], &["alarm", "list"], &["status"], &["receipts", "list"], &["receipts", "show", "4"]]
    {
        let said = online(words).state(&sides.online).run().stdout;
        let dated = clock::with_distances(&said, clock::now());
        assert_eq!(said, dated, "{words:?}: a date has no distance");
        shown += said.matches("Z (").count();
    }
    assert!(shown > 10, "{shown} dates");
}

#[test]
fn a_command_line_that_is_wrong_is_refused_in_lines_of_80_columns_and_in_our_own_words() {
    for (program, says) in [
        (online(["receipts", "list", "--since", "tomorrow"]), "\"tomorrow\" is not understood as a time"),
        (online(["receipts", "list", "--since", "30.11."]), "write it like 2026-11-21"),
        (
            online(["alarm", "ack", "0123", "--by", "A", "--because", "B", "--until", "soon"]),
            "write it like 2026-11-21",
        ),
        (online(["check", "--at", "12:00", "a.crl"]), "it has no date"),
        (offline(["check", "--at", "2026-13-01", "a.crl"]), "write it like 2026-11-21"),
        (offline(["journal", "audit", "--since", "yesterday"]), "write it like 2026-11-21"),
        (online(["status", "--warn", "10"]), "write a number with its unit, like 30s, 5m, 2h or 30d"),
        (offline(["send", "--passes", "x", "a.crl"]), "it is no whole number from 1 to 4294967295"),
        (offline(["beacon", "--count", "0"]), "it is no whole number from 1 to 4294967295"),
        (online(["trust", "--off", "CRL-FIRST", "--until", "soon", "--root", "a"]), "or never"),
        (
            online(["receive", "--an-option-that-nobody-has-ever-given-to-this-program-before=1", "a", "b"]),
            "unexpected",
        ),
        (online(["held", "decide"]), "unrecognized subcommand"),
    ] {
        let ended = program.clone().env("COLUMNS", "80").exits(2);
        for line in ended.stderr.lines() {
            assert!(line.chars().count() <= 80 || is_one_word(line), "{line:?}\n{ended}");
        }
        for inside in ["invalid digit", "bytes that are not of the form", "expected number", "time unit needed"] {
            assert!(!ended.stderr.contains(inside), "{ended}");
        }
        program.env("COLUMNS", "1000").exits(2).says(says);
    }
    // A date is as good as a date and a time.
    let sides = Sides::enrolled();
    online(["receipts", "list", "--since", "2026-01-01"]).state(&sides.online).exits(0);
}
