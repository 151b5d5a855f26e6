//! What people type and scan wrongly is named, and where.

use rootcast_tests::emulator::Emulator;

use super::*;

#[test]
fn whatever_is_typed_or_scanned_wrongly_is_named_at_its_place() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers();
    let pieces = papers.all_pieces([(1, 2), (1, 3)]);
    let codes = papers.codes(("BOARD", 1));
    let mut person = papers.verify(&[]);
    let asked = |person: &mut Person, line: u8, typed: &str, says: &str| {
        person.waits(&format!("BOARD piece 1, line {line}:"));
        person.forgets();
        person.types(typed);
        person.waits(says);
    };
    let [first, second] = [&pieces[0][0], &pieces[0][1]];
    let other = if first.starts_with("orca") { "pupil" } else { "orca" };
    let wrong = format!("{other} {}", first.split_once(' ').unwrap().1);
    asked(&mut person, 1, &wrong, "a word of line 1 of BOARD piece 1 is wrong");
    asked(&mut person, 1, second, "If every word is right, this is line 2 of BOARD piece 1");
    asked(&mut person, 1, &format!("2 {second}"), "but the number 2 was typed");
    asked(&mut person, 1, &pieces[3][0], "this is line 1 of OPERATIONS piece 1");
    asked(&mut person, 1, "8eb272O8", "hexadecimal digits, with the letter O for a zero");
    asked(&mut person, 1, "8eb27208 aa", "looks like hexadecimal digits. Type the words");
    asked(&mut person, 1, "", "nothing was typed");
    // A piece that is scanned before it is asked for is taken; scanned again, that is said.
    let piece_3 = codes.iter().find(|code| code.contains(" PIECE ") && code.contains(" 13 ")).unwrap();
    asked(&mut person, 1, piece_3, "BOARD piece 3: right");
    asked(&mut person, 1, piece_3, "BOARD piece 3 was given already");
    let last = if piece_3.ends_with('0') { "1" } else { "0" };
    let changed = format!("{}{last}", &piece_3[..piece_3.len() - 1]);
    asked(&mut person, 1, &changed, "a character of the scanned text is wrong");
    asked(&mut person, 1, "RCE1 PIECE", "no text of an escrow page");
    person.waits("BOARD piece 1, line 1:");
    person.seat.type_keys("\u{3}");
    let screen = person.ends(130);
    assert!(screen.contains("What was typed is forgotten"), "{screen}");
    let shown = papers.site.program(&["journal", "show"]).exits(0);
    assert!(
        !format!("{}{}", shown.stdout, shown.stderr).contains("from typed or scanned pieces"),
        "nothing was verified"
    );
}

#[test]
fn a_piece_is_checked_by_itself() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers();
    let lines = papers.piece(("OPERATIONS", 1), 2);
    let set =
        papers.texts[&("OPERATIONS", 1)].lines().find_map(|line| line.trim().strip_prefix("Set words: ")).unwrap();
    let check = ["escrow", "check-piece", "--groups", "BOARD", "OPERATIONS", "OPERATIONS", "2", "--json"];
    let mut person = Person::at(&papers.site.program(&check));
    person.waits("The set words of the pages");
    person.types("orca orca");
    person.waits("word 2 of the set words belongs to the other word list");
    person.types(set);
    for (number, line) in (1..).zip(&lines) {
        person.waits(&format!("OPERATIONS piece 2, line {number}:"));
        person.types(line);
    }
    let screen = person.ends(0);
    assert!(screen.contains("\"right\":true"), "{screen}");
    papers.site.program(&["escrow", "check-piece", "--groups", "BOARD", "BOARD", "BOARD", "2"]).exits(2);
    papers.site.program(&check).exits(2).says("pieces are typed or scanned, never read from a file");
}

/// At each question of a restore somebody presses Ctrl-C: as a key, where the terminal is silent, and as a signal.
#[test]
fn whoever_stops_at_a_question_restored_nothing() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers();
    let codes = papers.all_codes([(1, 2), (1, 3)]);
    let pieces = papers.all_pieces([(1, 2), (1, 3)]);
    for (scanned, typed, at) in [
        (0, 0, "BOARD piece 1, line 1:"),
        (0, 4, "BOARD piece 1, line 5:"),
        (3, 0, "OPERATIONS piece 1, line 1:"),
        (5, 0, "OPERATIONS piece "),
        (6, 0, "The wrapped key: scan its codes, or type line 1:"),
    ] {
        for signal in [false, true] {
            let mut person = papers.verify(&[]);
            person.waits("BOARD piece 1, line 1:");
            Papers::scanned(&mut person, &codes[..scanned]);
            for (line, words) in (1..).zip(&pieces[0][..typed]) {
                person.waits(&format!("BOARD piece 1, line {line}:"));
                person.types(words);
            }
            person.waits(at);
            if signal {
                person.seat.running.interrupt();
            } else {
                person.seat.type_keys("\u{3}");
            }
            let screen = person.ends(130);
            assert!(screen.contains("The escrow is not verified") && screen.contains("is forgotten"), "{at}: {screen}");
        }
    }
    for (question, arguments) in [
        ("The set words of the pages", ["escrow", "check-piece", "--groups", "BOARD", "OPERATIONS", "BOARD", "1"]),
        ("PIN for token second: ", ["escrow", "verify", "--site", "SECOND.toml", "--json", "--set", ""]),
    ] {
        let arguments: Vec<&str> = arguments.into_iter().take_while(|text| *text != "--set").collect();
        let mut person = Person::at(&papers.site.program(&arguments));
        person.waits(question);
        person.seat.until(|seat| !seat.echoes());
        person.seat.type_keys("\u{3}");
        person.ends(130);
    }
    let shown = papers.site.program(&["journal", "show"]).exits(0);
    assert!(!shown.stdout.contains("from typed or scanned pieces"), "nothing was verified");
    // After the proof, Ctrl-C leaves the old numbers of the bags, and the set is verified.
    let mut person = papers.verify(&[]);
    person.waits("BOARD piece 1, line 1:");
    Papers::scanned(&mut person, &codes);
    person.waits("The new bag of BOARD envelope 1");
    person.seat.running.interrupt();
    let screen = person.ends(0);
    assert!(screen.contains("the journal keeps the old numbers") && screen.contains("\"verified\":true"), "{screen}");
}

/// Words of `line` that stand on the screen or scrolled out of it: two that follow one another, also across rows.
fn words_left(written: &str, (columns, rows): (u16, u16), line: &str) -> Vec<String> {
    let shown = Emulator::text_of(written, columns.into(), rows.into());
    let shown: String = shown.split_whitespace().collect();
    let words: Vec<&str> = line.split(' ').collect();
    words.windows(2).map(|two| two.concat()).filter(|two| shown.contains(two)).collect()
}

/// A line of a piece is longer than a narrow window. It is seen while it is typed, and nothing of it is left afterwards.
#[test]
fn nothing_that_was_typed_is_left_on_a_narrow_terminal_or_scrolled_out_of_it() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers();
    let pieces = papers.all_pieces([(1, 2), (1, 3)]);
    for (columns, rows) in [(80, 24), (40, 12), (100, 30)] {
        let program = papers.site.program(&["escrow", "verify", "--site", "SECOND.toml", "--json"]);
        let mut person = Person::in_window(&program, columns, rows);
        person.waits("PIN for token second: ");
        // What is typed on while the token is tried is a line, and not shown.
        person.seat.type_keys(&format!("{PIN}\n"));
        let mut seen = 0;
        for (piece, lines) in pieces[..4].iter().enumerate() {
            for (number, line) in (1..).zip(lines) {
                person.waits(&format!("{} piece {}, line {number}:", GROUPS[piece / 3], piece % 3 + 1));
                person.seat.type_keys(line);
                let last = line.rsplit(' ').next().unwrap();
                let begun = Instant::now();
                while !person.seat.screen().ends_with(last) {
                    assert!(begun.elapsed() < Duration::from_secs(60), "never shown: {}", person.seat.screen());
                    std::thread::sleep(Duration::from_millis(2));
                }
                seen += words_left(&person.seat.screen(), (columns, rows), line).len();
                person.types("");
            }
        }
        assert!(seen > 24, "words are seen while they are typed: {seen}");
        person.waits("OPERATIONS piece 2, line 1:");
        person.seat.type_keys(&pieces[4][0]);
        person.seat.type_keys("\u{3}");
        let screen = person.ends(130);
        for line in pieces[..5].iter().flatten() {
            assert_eq!(words_left(&screen, (columns, rows), line), Vec::<String>::new(), "{columns} columns: {line}");
        }
    }
}
