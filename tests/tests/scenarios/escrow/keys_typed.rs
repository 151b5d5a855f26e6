//! Keys that are no letters, lines that are typed before they are asked for, and a clock that was set back.

use rootcast_tests::fixed_clock::FixedClock;

use super::*;

#[test]
fn arrows_are_no_letters_and_what_a_scanner_types_ahead_is_taken_in_order() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers();
    let pieces = papers.all_pieces([(1, 2), (1, 3)]);
    let mut person = papers.verify(&[]);
    let keys = ["\u{1b}[A", "\u{1b}[3~", "\u{1b}OP", "\u{1b}[1;5C", "\u{1b}[200~", "\u{1b}"];
    for ((number, line), key) in (1..).zip(&pieces[0]).zip(keys) {
        person.waits(&format!("BOARD piece 1, line {number}:"));
        let (begin, end) = line.split_at(3);
        person.types(&format!("{key}{begin}{key}{end}{key}"));
    }
    person.waits("BOARD piece 1: right");
    // A whole piece at once, and then everything else: nobody waits for a question.
    person.types(&pieces[1].join("\n"));
    let rest: Vec<String> = pieces[2..].iter().flatten().cloned().collect();
    let blob = papers.codes(("BOARD", 1)).into_iter().filter(|code| code.contains(" BLOB "));
    person.types(&rest.into_iter().chain(blob).collect::<Vec<_>>().join("\n"));
    person.opened_none();
    let screen = person.ends(0);
    assert!(screen.contains("\"verified\":true"), "{screen}");
    for wrong in ["is wrong", "looks like", "on neither word list", "nothing was typed"] {
        assert!(!screen.contains(wrong), "{wrong}: {screen}");
    }
}

/// Whoever types `printed` before there is a page has not looked at one.
#[test]
fn what_was_typed_before_a_page_was_there_does_not_confirm_it() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let mut person = Person::at(&site.keygen());
    person.pin("root-2026");
    person.waits("The number of the bag for BOARD envelope 1:");
    person.types("A\u{1b}[D-1");
    person.waits("A bag number has 1 to 40 plain characters");
    person.types("A-1\nprinted\nprinted");
    person.waits("Then type printed");
    assert!(site.page_file().exists());
    person.types("stop");
    let screen = person.ends(2);
    assert!(screen.contains("Somebody typed stop: BOARD envelope 1 is not done"), "{screen}");
}

#[test]
fn a_clock_that_is_behind_the_journal_is_told_before_anything_gets_its_day() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers();
    let site = &papers.site;
    let says = "The clock was set back, or it was ahead then";
    let bags = site.program(&["escrow", "bags"]);
    let back = FixedClock::at(&site.scratch, rootcast_host::clock::now() - 400 * DAY);
    for (program, is_said) in [(bags, false), (back.seen_by(site.program(&["escrow", "bags"])), true)] {
        let mut person = Person::at(&program);
        person.waits("The new bag of BOARD envelope 1");
        person.seat.running.interrupt();
        let screen = person.ends(0);
        assert_eq!(screen.contains(says), is_said, "{screen}");
    }
    // For another new root: this site file pins no key.
    site.site("SITE.toml", "root-2026", 0, "");
    let drill = site.program(&["escrow", "drill", "--seals-only"]);
    let verify = site.program(&["escrow", "verify", "--site", "SECOND.toml"]);
    for (program, question) in [
        (drill, "The number on the bag of BOARD envelope 1:"),
        (verify, "PIN for token second: "),
        (site.keygen(), "PIN for token root-2026: "),
    ] {
        let mut person = Person::at(&back.seen_by(program));
        person.waits(says);
        person.waits(question);
        person.seat.running.interrupt();
        person.ends(130);
    }
}
