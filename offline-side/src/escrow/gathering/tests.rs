//! Papers of two groups, and people who type and scan them, rightly and wrongly.

use std::collections::VecDeque;

use super::*;
use crate::ceremony::request::EscrowGroups;
use crate::escrow::piece::{Third, divide};
use crate::escrow::scanned::{blob_texts, piece_text};

/// Somebody with these lines, who notes what is asked and said.
#[derive(Default)]
struct Script {
    lines: VecDeque<String>,
    heard: Vec<String>,
}

impl Typist for Script {
    fn ask(&mut self, question: &str) -> Result<TypedLine, NoLine> {
        self.heard.push(question.to_owned());
        self.lines.pop_front().map(|line| TypedLine::from_text(&line)).ok_or(NoLine::NobodyThere)
    }

    fn say(&mut self, text: &str) {
        self.heard.push(text.to_owned());
    }
}

struct Paper {
    set: SetId,
    groups: Groups,
    keys: [Secret; 2],
    pieces: [[Secret; 3]; 2],
    printed: Vec<Digest>,
    blob: Vec<u8>,
}

fn secret(with: u8) -> Secret {
    let mut secret = Secret::zero();
    for (at, byte) in (0_u8..).zip(secret.bytes_mut()) {
        *byte = with.wrapping_mul(151).wrapping_add(at.wrapping_mul(91));
    }
    secret
}

impl Paper {
    fn new(first: u8) -> Self {
        let groups = EscrowGroups::new(vec!["BOARD".to_owned(), "OPERATIONS".to_owned()]).unwrap();
        let keys = [secret(first), secret(first + 1)];
        let pieces = [(0, 20), (1, 21)].map(|(at, two)| divide(&keys[at], secret(first + 10), secret(first + two)));
        let blob = blob::wrap(&keys[1], &[first; 88]).unwrap();
        let set = SetId::new([first; 7]);
        let all = PieceId::all().into_iter().zip(pieces.iter().flatten());
        let printed = all.map(|(id, piece)| id.commitment(&set, piece)).collect();
        Self { set, groups: groups.into(), keys, pieces, printed, blob }
    }

    fn piece(&self, id: PieceId) -> &Secret {
        &self.pieces[usize::from(id.group.index())][usize::from(id.number.number()) - 1]
    }

    fn words(&self, id: PieceId) -> Vec<String> {
        let piece = self.piece(id);
        let bytes = [&piece.bytes()[..], &id.digest(&self.set, piece)].concat();
        let lines = (1..).zip(bytes.chunks(LINE_WORDS));
        lines.map(|(n, bytes)| LineId::Piece(id, n).words(&self.set, bytes).collect::<Vec<_>>().join(" ")).collect()
    }

    fn code(&self, id: PieceId) -> String {
        String::from_utf8(piece_text(&self.set, id, self.piece(id)).to_vec()).unwrap()
    }

    fn blob_words(&self) -> Vec<String> {
        let bytes = blob::with_digest(&self.blob);
        let lines = blob::lines(self.blob.len()).zip(bytes.chunks(LINE_WORDS));
        lines.map(|((line, _), bytes)| line.words(&self.set, bytes).collect::<Vec<_>>().join(" ")).collect()
    }

    fn blob_codes(&self) -> Vec<String> {
        blob_texts(&self.set, &self.blob).iter().map(|text| String::from_utf8(text.to_vec()).unwrap()).collect()
    }

    fn gather(&self, lines: Vec<String>) -> (Result<Keys, Ungathered>, Vec<String>) {
        let mut script = Script { lines: lines.into(), heard: Vec::new() };
        let gathered = gather(&mut script, (&self.set, &self.printed), &self.groups, &self.blob);
        (gathered, script.heard)
    }

    fn is_right(&self, keys: &Keys) -> bool {
        keys.first.is_same(&self.keys[0]) && keys.second.is_same(&self.keys[1])
    }
}

/// What is in these envelopes, each with its group; a piece that two of them have comes twice.
fn held(envelopes: &[(Group, Third)]) -> Vec<PieceId> {
    envelopes
        .iter()
        .flat_map(|(group, number)| number.others().map(|number| PieceId { group: *group, number }))
        .collect()
}

#[test]
fn all_nine_pairs_of_envelopes_succeed_by_scanning_and_by_typing() {
    let paper = Paper::new(1);
    let pairs = [(Third::One, Third::Two), (Third::One, Third::Three), (Third::Two, Third::Three)];
    for (board, operations) in pairs.iter().flat_map(|board| pairs.map(|operations| (*board, operations))) {
        let (a, b) = (Group::First, Group::Second);
        let envelopes = [(a, board.0), (a, board.1), (b, operations.0), (b, operations.1)];
        let scanned: Vec<String> = held(&envelopes).into_iter().map(|id| paper.code(id)).collect();
        let (keys, heard) = paper.gather([scanned, paper.blob_codes()].concat());
        assert!(paper.is_right(&keys.unwrap_or_else(|_| panic!("{heard:#?}"))));
    }
    let typed: Vec<String> = PieceId::all().into_iter().flat_map(|id| paper.words(id)).collect();
    let (keys, heard) = paper.gather([typed, paper.blob_words()].concat());
    assert!(paper.is_right(&keys.unwrap_or_else(|_| panic!("{heard:#?}"))));
}

#[test]
fn every_single_envelope_and_every_group_alone_is_not_enough_and_it_says_what_is_missing() {
    let paper = Paper::new(1);
    let (a, b) = (Group::First, Group::Second);
    let end = |codes: Vec<String>| match paper.gather([codes, paper.blob_codes()].concat()) {
        (Err(Ungathered { no_line: NoLine::NobodyThere, missing }), heard) => (missing, heard),
        (gathered, heard) => panic!("{}: {heard:#?}", gathered.is_ok()),
    };
    for (group, other) in [(a, b), (b, a)] {
        let (name, all) =
            (paper.groups.name(group), |group| Third::ALL.map(|number| paper.code(PieceId { group, number })).to_vec());
        // One group alone, whole.
        let (missing, _) = end(all(other));
        let says = format!("{name} lacks 3 of its 3 pieces: any two of its three envelopes have all of them");
        assert_eq!(missing, [says]);
        for number in Third::ALL {
            // Everything of the other group, and one envelope of this one.
            let mut codes = all(other);
            codes.extend(held(&[(group, number)]).into_iter().map(|id| paper.code(id)));
            let (missing, heard) = end(codes);
            let piece = paper.groups.piece(PieceId { group, number });
            let [one, two] = number.others().map(|number| paper.groups.envelope(group, number));
            let place = format!("{piece} is in {one} and in {two}");
            assert_eq!(missing, [format!("{place}: one envelope of a group is not enough")]);
            assert!(heard.contains(&place), "it is said before it is asked for: {heard:#?}");
            assert_eq!(heard.last(), Some(&format!("{piece}, line 1:")), "it asks for what is missing");
        }
    }
    // Nothing at all, one piece, and everything but the wrapped key.
    assert_eq!(paper.gather(Vec::new()).0.err().map(|end| end.missing.len()), Some(2));
    let [first, ..] = PieceId::all();
    let (missing, _) = end(vec![paper.code(first)]);
    assert!(missing[0].starts_with("BOARD lacks 2 of its 3 pieces") && missing.len() == 2, "{missing:?}");
    let codes = PieceId::all().map(|id| paper.code(id)).to_vec();
    let missing = paper.gather(codes).0.err().map(|end| end.missing);
    assert_eq!(missing, Some(vec!["the wrapped key is not there: every envelope has it".to_owned()]));
}

#[test]
fn what_is_wrong_is_named_and_asked_for_again() {
    let (paper, other) = (Paper::new(1), Paper::new(3));
    let [first, second, ..] = PieceId::all();
    let mut lines = paper.words(first);
    // Another word, a line of another piece, another set, digits: then the right one.
    let wrong = [paper.words(second).remove(0), other.words(first).remove(0), "8eb2O8".to_owned(), String::new()];
    lines.splice(0..0, wrong);
    lines.push(other.code(second));
    lines.push(paper.code(first));
    lines.push(paper.code(second).replace("PIECE", "PIECES"));
    let (_, heard) = paper.gather(lines);
    let said: Vec<&str> = heard.iter().map(String::as_str).filter(|text| !text.ends_with("line 1:")).collect();
    let begins = [
        "a word of line 1 of BOARD piece 1 is wrong, or it is a line of another place or set: its check word does not fit. If \
         every word is right, this is line 1 of BOARD piece 2",
        "a word of line 1 of BOARD piece 1 is wrong",
        "word 1 of line 1 of BOARD piece 1 looks like hexadecimal digits, with the letter O for a zero",
        "nothing was typed for line 1",
    ];
    assert!(said.len() >= begins.len(), "{said:#?}");
    for (said, begin) in said.iter().zip(begins) {
        assert!(said.starts_with(begin), "{said}");
    }
    let has = |text: &str| assert!(said.iter().any(|said| said.starts_with(text)), "{text}: {said:#?}");
    has("BOARD piece 1: right");
    has("this code is of another set");
    has("BOARD piece 1 was given already. Two envelopes");
    has("this is no text of an escrow page");
    assert_eq!(heard.last().unwrap(), "BOARD piece 2, line 1:");
}

#[test]
fn a_piece_of_lines_of_two_sets_is_noticed_by_its_digest() {
    let paper = Paper::new(1);
    let [first, ..] = PieceId::all();
    // Line 1 of the same piece with other bytes, as in a forged page: each line fits by itself.
    let mut lines = paper.words(first);
    lines[0] = LineId::Piece(first, 1).words(&paper.set, &[9; LINE_WORDS]).collect::<Vec<_>>().join(" ");
    let (_, heard) = paper.gather(lines);
    assert!(heard.iter().any(|said| said.contains("they do not belong together")), "{heard:#?}");
    // Two pages that say different things of one piece.
    let mut paper = paper;
    paper.printed.clear();
    let (_, heard) = paper.gather(vec![paper.code(first), {
        let forged = secret(99);
        String::from_utf8(piece_text(&paper.set, first, &forged).to_vec()).unwrap()
    }]);
    assert!(heard.iter().any(|said| said.contains("one of the two papers was changed")), "{heard:#?}");
}

/// Check words and digest have no key: whoever can write a page makes one that fits itself.
#[test]
fn a_forged_piece_is_named_where_the_journal_knows_the_printed_one() {
    let paper = Paper::new(1);
    let codes: Vec<String> = PieceId::all().into_iter().map(|id| paper.code(id)).collect();
    for id in PieceId::all() {
        let forged = String::from_utf8(piece_text(&paper.set, id, &secret(99)).to_vec()).unwrap();
        let lines = [vec![forged.clone()], codes.clone(), paper.blob_words()].concat();
        let (keys, heard) = paper.gather(lines);
        assert!(paper.is_right(&keys.unwrap_or_else(|_| panic!("{heard:#?}"))), "the right one is taken after it");
        let says = format!("{} fits itself, but it is not the one that was printed", paper.groups.piece(id));
        assert!(heard.iter().any(|said| said.starts_with(&says)), "{heard:#?}");
        // Without a journal there is nothing to compare it with.
        let mut script = Script { lines: vec![forged].into(), heard: Vec::new() };
        check_piece(&mut script, (&paper.set, Printed::default()), &paper.groups, id).unwrap();
    }
}

/// Seven random bytes name a set: should two sets ever have the same ones, each piece of the other is named.
#[test]
fn pages_of_another_key_under_the_same_set_are_named_piece_by_piece() {
    let (paper, mut other) = (Paper::new(1), Paper::new(3));
    other.set = paper.set;
    let codes: Vec<String> = PieceId::all().into_iter().map(|id| other.code(id)).collect();
    let (gathered, heard) = paper.gather([codes, other.blob_codes()].concat());
    assert!(gathered.is_err(), "{heard:#?}");
    for id in PieceId::all() {
        let says = format!("{} fits itself, but it is not the one that was printed", paper.groups.piece(id));
        assert_eq!(heard.iter().filter(|said| said.starts_with(&says)).count(), 1, "{heard:#?}");
    }
    let says = "wrapped key, code 1 of 1 fits itself, but it is not the one that was printed";
    assert!(heard.iter().any(|said| said.starts_with(says)), "{heard:#?}");
    assert!(!heard.iter().any(|said| said.ends_with(": right")), "{heard:#?}");
    // Typed, too: the last line of a piece has its digest, and fits.
    for id in PieceId::all() {
        let mut script = Script { lines: other.words(id).into(), heard: Vec::new() };
        let printed = Printed { pieces: &paper.printed, blob: Some(&paper.blob) };
        check_piece(&mut script, (&paper.set, printed), &paper.groups, id).unwrap_err();
        let says = format!("{} fits itself, but it is not the one that was printed", paper.groups.piece(id));
        assert!(script.heard.iter().any(|said| said.starts_with(&says)), "{:#?}", script.heard);
    }
}

/// A code has no key either: one whose check fits can have any bytes.
#[test]
fn a_forged_wrapped_key_is_refused_at_once_and_the_right_one_is_taken_after_it() {
    let mut paper = Paper::new(1);
    let codes: Vec<String> = PieceId::all().into_iter().map(|id| paper.code(id)).collect();
    // In words, and in several codes.
    for inner in [vec![1; 88], vec![1; 1_808]] {
        paper.blob = blob::wrap(&paper.keys[1], &inner).unwrap();
        let (cut, mut extended, mut bit) =
            (paper.blob[..paper.blob.len() - 8].to_vec(), paper.blob.clone(), paper.blob.clone());
        extended.extend([7; 8]);
        bit[40] ^= 1;
        for forged in [cut, extended, bit] {
            let forged = blob_texts(&paper.set, &forged);
            let forged: Vec<String> = forged.iter().map(|text| String::from_utf8(text.to_vec()).unwrap()).collect();
            let changed: Vec<&String> = forged.iter().filter(|text| !paper.blob_codes().contains(text)).collect();
            assert!(!changed.is_empty(), "none of the {} codes is another one", forged.len());
            for changed in changed {
                // Whenever it comes: before the pieces, or when it is asked for.
                for lines in [
                    [vec![changed.clone()], codes.clone(), paper.blob_codes()].concat(),
                    [codes.clone(), vec![changed.clone()], paper.blob_codes()].concat(),
                ] {
                    let (keys, heard) = paper.gather(lines);
                    assert!(paper.is_right(&keys.unwrap_or_else(|_| panic!("{heard:#?}"))));
                    let says = |said: &&String| {
                        said.starts_with("wrapped key, code ") && said.contains("it is not the one that was printed")
                    };
                    assert_eq!(heard.iter().filter(says).count(), 1, "{heard:#?}");
                }
            }
        }
    }
}

#[test]
fn codes_of_two_wrapped_keys_do_not_join_where_no_journal_knows_the_printed_one() {
    let paper = Paper::new(1);
    let [first, ..] = PieceId::all();
    let codes = [vec![1_u8; 700], vec![2; 700]].map(|blob| blob_texts(&paper.set, &blob));
    let text = |blob: usize, at: usize| String::from_utf8(codes[blob][at].to_vec()).unwrap();
    let lines = vec![text(0, 0), text(1, 0), text(0, 1), paper.code(first)];
    let mut script = Script { lines: lines.into(), heard: Vec::new() };
    check_piece(&mut script, (&paper.set, Printed::default()), &paper.groups, first).unwrap();
    let said: Vec<&String> = script.heard.iter().filter(|said| !said.ends_with("line 1:")).collect();
    let says = ["wrapped key, code 1 of 3: right", "this code is of another wrapped key than the codes before"];
    assert_eq!(said[..2], says);
    assert_eq!(said[2], "wrapped key, code 2 of 3: right");
}

#[test]
fn a_line_of_another_wrapped_key_is_asked_for_again_and_those_before_it_stay() {
    let paper = Paper::new(1);
    let codes: Vec<String> = PieceId::all().into_iter().map(|id| paper.code(id)).collect();
    let mut forged = paper.blob_words();
    forged.insert(2, LineId::Blob(3).words(&paper.set, &[9; LINE_WORDS]).collect::<Vec<_>>().join(" "));
    let mut twice = paper.blob_words();
    twice.insert(1, twice[0].clone());
    let (keys, heard) = paper.gather([codes.clone(), forged].concat());
    assert!(paper.is_right(&keys.unwrap_or_else(|_| panic!("{heard:#?}"))));
    let says = "line 3 of the wrapped key fits itself, but it is not the one that was printed";
    assert_eq!(heard.iter().filter(|said| said.starts_with(says)).count(), 1, "{heard:#?}");
    // A stray Return takes nothing away.
    for at in [0, 3, twice.len() + 1] {
        twice.insert(at, String::new());
    }
    let (keys, heard) = paper.gather([codes, twice].concat());
    assert!(paper.is_right(&keys.unwrap_or_else(|_| panic!("{heard:#?}"))));
    assert!(heard.iter().any(|said| said.starts_with("a word of line 2 of the wrapped key is wrong")), "{heard:#?}");
}

#[test]
fn a_long_wrapped_key_is_typed_in_base64() {
    let mut paper = Paper::new(1);
    let codes: Vec<String> = PieceId::all().into_iter().map(|id| paper.code(id)).collect();
    // With a last line that is full, and with one that is not.
    for length in [2_368, 2_384] {
        paper.blob = blob::wrap(&paper.keys[1], &vec![5; length]).unwrap();
        let lines: Vec<String> = base64_lines::lines(&paper.set, &paper.blob).collect();
        let mut typed = lines.clone();
        typed.insert(1, lines[0].clone());
        typed.insert(1, lines[1].replace(' ', " A"));
        // A stray Return is asked for again at its line, and takes nothing away.
        for at in [1, 5, typed.len() - 1] {
            typed.insert(at, String::new());
        }
        // The last line of another wrapped key fits itself.
        let mut other = paper.blob.clone();
        other[length + 7] ^= 1;
        typed.insert(typed.len() - 1, base64_lines::lines(&paper.set, &other).last().unwrap());
        let (keys, heard) = paper.gather([codes.clone(), typed].concat());
        assert!(paper.is_right(&keys.unwrap_or_else(|_| panic!("{heard:#?}"))));
        assert_eq!(heard.iter().filter(|said| said.contains("of line 2 of the wrapped key is wrong")).count(), 2);
        let says = "of the wrapped key fits itself, but it is not the one that was printed";
        assert_eq!(heard.iter().filter(|said| said.contains(says)).count(), 1, "{heard:#?}");
    }
}

#[test]
fn one_piece_is_checked_alone_with_its_set_words() {
    let paper = Paper::new(1);
    let [_, _, _, fourth, ..] = PieceId::all();
    let mut script = Script { lines: vec!["orca".to_owned(), paper.set.words()].into(), heard: Vec::new() };
    assert_eq!(ask_set(&mut script).unwrap(), paper.set);
    let mut script = Script { lines: vec![paper.code(fourth)].into(), heard: Vec::new() };
    assert_eq!(ask_set(&mut script).unwrap(), paper.set);
    let mut script = Script { lines: paper.words(fourth).into(), heard: Vec::new() };
    check_piece(&mut script, (&paper.set, Printed::default()), &paper.groups, fourth).unwrap();
    assert_eq!(script.heard.last().unwrap(), "OPERATIONS piece 1: right");
}
