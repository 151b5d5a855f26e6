//! No word and no digit of a piece is in any file, on any screen, or in any document: looked for in all that a whole life of
//! a key leaves behind.

use std::collections::HashMap;

use super::*;

/// Bytes by which something that is looked for is found first.
const BEGIN: usize = 4;

/// What is secret on the pages of six envelopes, in each form in which it could be left.
#[derive(Default)]
struct Secrets {
    /// Words, in small letters.
    words: HashMap<Vec<u8>, Vec<(String, Vec<u8>)>>,
    /// Digits and bytes, exactly.
    exact: HashMap<Vec<u8>, Vec<(String, Vec<u8>)>>,
}

impl Secrets {
    /// Of each piece: each three words of a line, with and without a space between; sixteen of its digits; eight of its bytes.
    fn of(papers: &Papers, codes: &[String]) -> Self {
        let mut this = Self::default();
        let pieces = papers.all_pieces([(1, 2), (1, 2)]);
        for (line, words) in pieces.iter().flatten().map(|line| (line, line.split(' ').collect::<Vec<_>>())) {
            for (three, between) in words.windows(3).flat_map(|three| [(three, " "), (three, "")]) {
                keep(&mut this.words, line, three.join(between).to_lowercase().into_bytes());
            }
        }
        let mut count = 0;
        for code in codes.iter().filter(|code| code.contains(" PIECE ")) {
            let digits = code.split(' ').max_by_key(|word| word.len()).unwrap();
            assert_eq!(digits.len(), 64);
            for digits in digits.as_bytes().chunks(16) {
                keep(&mut this.exact, code, digits.to_vec());
                keep(&mut this.exact, code, digits.to_ascii_lowercase());
                let byte = |two: &[u8]| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap();
                keep(&mut this.exact, code, digits.chunks(2).map(byte).collect());
            }
            count += 1;
        }
        assert_eq!((pieces.len(), count), (6, 6));
        this
    }

    /// What of them is in these bytes.
    fn found_in(&self, bytes: &[u8]) -> Vec<&str> {
        let mut found = places(&self.words, &bytes.to_ascii_lowercase());
        found.extend(places(&self.exact, bytes));
        found
    }
}

fn keep(kept: &mut HashMap<Vec<u8>, Vec<(String, Vec<u8>)>>, of: &str, needle: Vec<u8>) {
    kept.entry(needle[..BEGIN].to_vec()).or_default().push((of.to_owned(), needle));
}

fn places<'k>(kept: &'k HashMap<Vec<u8>, Vec<(String, Vec<u8>)>>, bytes: &[u8]) -> Vec<&'k str> {
    let mut found = Vec::new();
    for (at, begin) in bytes.windows(BEGIN).enumerate() {
        let here = kept.get(begin).map(Vec::as_slice).unwrap_or_default();
        found.extend(here.iter().filter(|(_, needle)| bytes[at..].starts_with(needle)).map(|(of, _)| of.as_str()));
    }
    found
}

#[test]
fn no_word_or_digit_of_a_piece_is_in_a_file_on_a_screen_or_in_a_document() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let log = site.scratch.path("log.jsonl");
    let logged = |program: Program| program.arg("--log").arg(&log);
    let keygen = logged(site.keygen());
    // The pages that the test keeps to type from are not what the program leaves.
    let papers = site.papers_of(&keygen);
    let site = &papers.site;
    let own: Vec<PathBuf> =
        papers.pages.values().map(|path| path.strip_prefix(site.scratch.folder()).unwrap().to_owned()).collect();
    let codes = papers.all_codes([(1, 2), (1, 3)]);
    let secrets = Secrets::of(&papers, &codes);
    // Nobody types or reads a piece there.
    assert!(papers.written.contains("BOARD envelope 1"), "{}", papers.written);
    assert_eq!(secrets.found_in(papers.written.as_bytes()), Vec::<&str>::new());
    let mut screens = Vec::new();
    // Typed, with wrong lines between, and scanned.
    let arguments = ["escrow", "verify", "--site", "SECOND.toml", "--json"];
    let mut person = Person::at(&logged(site.program(&arguments)));
    person.pin("second");
    let pieces = papers.all_pieces([(1, 2), (1, 3)]);
    for (number, line) in (1..).zip(&pieces[0]) {
        person.waits(&format!("BOARD piece 1, line {number}:"));
        // A word too many: it is asked for again.
        let wrong = format!("{line} {}", line.split(' ').next().unwrap());
        person.scans_and_hears(&wrong, "has 7 words with its check word, but 8 were typed");
        person.forgets();
        person.types(line);
    }
    person.waits("BOARD piece 1: right");
    let others: Vec<String> = codes.iter().filter(|code| !code.contains(" 11 ")).cloned().collect();
    Papers::scanned(&mut person, &others);
    person.opened_none();
    screens.push(person.ends_with_all(0).1);
    let check = ["escrow", "check-piece", "--groups", "BOARD", "OPERATIONS", "BOARD", "1", "--json"];
    let mut person = Person::at(&logged(site.program(&check)));
    person.waits("The set words of the pages");
    person.types(&codes[0]);
    for line in &pieces[0] {
        person.types(line);
    }
    screens.push(person.ends_with_all(0).1);
    let rehearse = ["ceremony", "rehearse", "--site", "SITE.toml", "first.toml", "-o", "first"];
    logged(site.program(&rehearse)).exits(0);
    let mut person = Person::at(&logged(papers.sign("first")));
    person.pin("root-2026");
    screens.push(person.ends_with_all(0).1);
    logged(site.program(&["escrow", "kit", "--site", "SITE.toml", "-o", "kit"])).exits(0);
    let shown = logged(site.program(&["journal", "show", "--json"])).exits(0);
    screens.push(format!("{}{}", shown.stdout, shown.stderr));
    site.site("NEW.toml", "second", 1, &format!("public_key_sha256 = \"{}\"\n", papers.pinned));
    let restore = ["escrow", "restore", "--site", "NEW.toml", "kit", "--json"];
    let mut person = Person::at(&logged(site.program(&restore)));
    person.pin("second");
    person.waits("BOARD piece 1, line 1:");
    Papers::scanned(&mut person, &codes);
    person.opened_none();
    screens.push(person.ends_with_all(0).1);

    // The search finds what is there: the pages themselves, and a screen on which a line was left.
    let line = &pieces[2][3];
    assert!(!secrets.found_in(format!("a screen: {line}").as_bytes()).is_empty());
    assert!(!secrets.found_in(papers.texts[&("BOARD", 3)].as_bytes()).is_empty());
    for code in &codes {
        assert_eq!(!secrets.found_in(code.as_bytes()).is_empty(), code.contains(" PIECE "), "{code}");
    }
    // Words are erased from the screen when their line is complete: what is left is what a terminal shows at the end.
    for screen in &screens {
        let shown = rootcast_tests::emulator::Emulator::text_of(screen, 250, 50);
        assert_eq!(secrets.found_in(shown.as_bytes()), Vec::<&str>::new(), "{shown}");
    }
    let mut looked_at: Vec<String> = Vec::new();
    for folder in [site.scratch.folder(), site.tokens.folder(), site.memory.path()] {
        for (path, bytes) in rootcast_tests::scratch::tree(folder) {
            let name = path.display().to_string();
            if own.contains(&path) || name.starts_with("codes-") {
                continue;
            }
            assert_eq!(secrets.found_in(&bytes), Vec::<&str>::new(), "{name}");
            looked_at.push(name);
        }
    }
    for wanted in [
        "state/journal.jsonl",
        "state/state.json",
        "log.jsonl",
        "first/record.pdf",
        "first/to-be-signed.txt",
        "kit/kit.txt",
        "tokens/",
    ] {
        assert!(looked_at.iter().any(|name| name.contains(wanted)), "{wanted} was not looked at: {looked_at:#?}");
    }
    let log = fs::read_to_string(&log).unwrap();
    assert!(log.contains("escrow verify") && log.contains("escrow restore"), "{log}");
}
