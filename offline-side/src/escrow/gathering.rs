//! Pieces and wrapped key, as people type or scan them, until both groups' keys are there.
//!
//! A scanned piece is taken whenever it comes. Typed ones are asked for one after the other, line by line; a wrong line is
//! asked for again at once.

use rootcast_protocol::digest::Digest;
use zeroize::Zeroizing;

use super::base64_lines;
use super::blob::{self, Parts};
use super::groups::Groups;
use super::line::{LINE_WORDS, LineFault, LineId, PIECE_LINES, read_set};
use super::piece::{DIGEST_BYTES, GatherFault, Gathered, Group, PieceId};
use super::printed::Printed;
use super::scanned::{self, Scanned};
use super::secret::{SECRET_BYTES, Secret};
use super::set_id::SetId;
use super::typed_line::{NoLine, TypedLine, Typist};

/// What was gathered. The wrapped key on the pages is the one in the journal by then.
pub(crate) struct Keys {
    /// The first group's key.
    pub(crate) first: Secret,
    /// The second group's key.
    pub(crate) second: Secret,
}

/// Why pieces and wrapped key are not all there.
#[derive(Debug)]
pub(crate) struct Ungathered {
    /// Why nobody was asked any longer.
    pub(crate) no_line: NoLine,
    /// For people, what is missing and which envelopes have it: a sentence each.
    pub(crate) missing: Vec<String>,
}

/// Asks for the eight words of the set, until they are right.
///
/// # Errors
/// When nobody answers.
pub(crate) fn ask_set(typist: &mut dyn Typist) -> Result<SetId, NoLine> {
    loop {
        let line = typist.ask("The set words of the pages, or a scanned code:")?;
        if scanned::is_scanned(line.text()) {
            match scanned::read(line.text()) {
                Ok(Scanned::Piece(set, ..) | Scanned::Part(set, _)) => return Ok(set),
                Err(fault) => typist.say(fault.text()),
            }
            continue;
        }
        match read_set(line.text()) {
            Ok(set) => return Ok(set),
            Err(fault) => typist.say(&fault.text("the set words", None)),
        }
    }
}

/// Asks for all six pieces and the wrapped key. The journal has the SHA-256 of each piece that was printed, unless an earlier
/// program wrote it, and the wrapped key, `blob`. What fits itself and is another piece or another wrapped key is refused
/// at once, and asked for again: check words and digests have no key, so anybody can write a paper that fits itself.
///
/// # Errors
/// When nobody answers: with what is missing then. One envelope of a group is not enough, and one group is not.
pub(crate) fn gather(
    typist: &mut dyn Typist,
    (set, pieces): (&SetId, &[Digest]),
    groups: &Groups,
    blob: &[u8],
) -> Result<Keys, Ungathered> {
    let mut gathering = Gathering::new(typist, set, Printed { pieces, blob: Some(blob) }, groups);
    gathering.all(blob).map_err(|no_line| Ungathered { no_line, missing: gathering.missing() })
}

/// Asks for one piece, which is checked and forgotten. It is compared with what was printed, as far as a journal knows it.
///
/// # Errors
/// When nobody answers.
pub(crate) fn check_piece(
    typist: &mut dyn Typist,
    (set, printed): (&SetId, Printed<'_>),
    groups: &Groups,
    id: PieceId,
) -> Result<(), NoLine> {
    let mut gathering = Gathering::new(typist, set, printed, groups);
    while !gathering.has(id) {
        gathering.ask_for(id)?;
    }
    Ok(())
}

/// For people: something fits itself, and is not what was printed.
fn not_printed(name: &str, take: &str) -> String {
    format!(
        "{name} fits itself, but it is not the one that was printed: somebody made another paper. Keep that paper as evidence, \
         and {take} from another envelope. If every envelope has it so, this journal was changed: compare its head with the paper"
    )
}

struct Gathering<'g> {
    typist: &'g mut dyn Typist,
    set: &'g SetId,
    printed: Printed<'g>,
    groups: &'g Groups,
    pieces: [Gathered; 2],
    parts: Parts,
}

impl<'g> Gathering<'g> {
    fn new(typist: &'g mut dyn Typist, set: &'g SetId, printed: Printed<'g>, groups: &'g Groups) -> Self {
        Self { typist, set, printed, groups, pieces: Default::default(), parts: Parts::default() }
    }

    fn all(&mut self, blob: &[u8]) -> Result<Keys, NoLine> {
        for wanted in PieceId::all() {
            let mut is_told = false;
            while !self.has(wanted) {
                // Whoever has one envelope of a group is told where the piece is that it lacks.
                if !is_told && self.lacking(wanted.group) == [wanted] {
                    self.typist.say(&self.where_it_is(wanted));
                    is_told = true;
                }
                self.ask_for(wanted)?;
            }
        }
        self.blob(blob)?;
        let key = |group: Group| self.pieces(group).key().map_err(|_| NoLine::NobodyThere);
        Ok(Keys { first: key(Group::First)?, second: key(Group::Second)? })
    }

    /// The pieces of a group that are not there yet.
    fn lacking(&self, group: Group) -> Vec<PieceId> {
        let of_group = PieceId::all().into_iter().filter(|id| id.group == group);
        of_group.filter(|id| !self.has(*id)).collect()
    }

    /// For people, which envelopes have the only piece that is missing of a group.
    fn where_it_is(&self, id: PieceId) -> String {
        let [one, other] = id.number.others().map(|number| self.groups.envelope(id.group, number));
        format!("{} is in {one} and in {other}", self.groups.piece(id))
    }

    /// For people, what is missing.
    fn missing(&self) -> Vec<String> {
        let of_group = |group| match self.lacking(group).as_slice() {
            [] => None,
            [one] => Some(format!("{}: one envelope of a group is not enough", self.where_it_is(*one))),
            several => {
                let (name, count) = (self.groups.name(group), several.len());
                Some(format!("{name} lacks {count} of its 3 pieces: any two of its three envelopes have all of them"))
            }
        };
        let missing: Vec<String> = Group::ALL.into_iter().filter_map(of_group).collect();
        match missing.is_empty() {
            true => vec!["the wrapped key is not there: every envelope has it".to_owned()],
            false => missing,
        }
    }

    fn pieces(&self, group: Group) -> &Gathered {
        let [first, second] = &self.pieces;
        match group {
            Group::First => first,
            Group::Second => second,
        }
    }

    fn has(&self, id: PieceId) -> bool {
        self.pieces(id.group).has(id.number)
    }

    fn take(&mut self, id: PieceId, piece: Secret) {
        let name = self.groups.piece(id);
        if !self.printed.has_piece(self.set, id, &piece) {
            self.typist.say(&not_printed(&name, "take the piece"));
            return;
        }
        let [first, second] = &mut self.pieces;
        let gathered = match id.group {
            Group::First => first,
            Group::Second => second,
        };
        let text = match gathered.take(id.number, piece) {
            Ok(()) => format!("{name}: right"),
            Err(GatherFault::Twice(_)) => {
                format!("{name} was given already. Two envelopes have one piece in common; give the other one")
            }
            Err(GatherFault::Contradicts(_)) => {
                format!(
                    "{name} was given already, with other words: one of the two papers was changed. Stop, and find out which"
                )
            }
        };
        self.typist.say(&text);
    }

    /// A scanned text, whatever it is.
    fn scanned(&mut self, line: &str) {
        let set = match scanned::read(line) {
            Err(fault) => return self.typist.say(fault.text()),
            Ok(Scanned::Piece(set, id, piece)) if set == *self.set => return self.take(id, piece),
            Ok(Scanned::Part(set, part)) if set == *self.set => {
                let name = format!("wrapped key, code {} of {}", part.number, part.count);
                let text = match self.printed.has_part(&part) {
                    false => not_printed(&name, "take the code"),
                    true if self.parts.take(part) => format!("{name}: right"),
                    true => "this code is of another wrapped key than the codes before".to_owned(),
                };
                return self.typist.say(&text);
            }
            Ok(Scanned::Piece(set, ..) | Scanned::Part(set, _)) => set,
        };
        let (found, wanted) = (set.words(), self.set.words());
        self.typist.say(&format!("this code is of another set: {found}; the pages wanted have the set words {wanted}"));
    }

    /// Asks for a piece, once: it may still be missing then.
    fn ask_for(&mut self, id: PieceId) -> Result<(), NoLine> {
        let name = self.groups.piece(id);
        let mut bytes = Zeroizing::new([0; SECRET_BYTES + DIGEST_BYTES]);
        for number in 1..=PIECE_LINES {
            let line = LineId::Piece(id, number);
            let begin = usize::from(number - 1) * LINE_WORDS;
            loop {
                let typed = self.typist.ask(&format!("{name}, line {number}:"))?;
                if scanned::is_scanned(typed.text()) {
                    self.scanned(typed.text());
                    return Ok(());
                }
                let Some(room) = bytes.get_mut(begin..begin + LINE_WORDS) else { return Ok(()) };
                match line.read(self.set, typed.text(), room) {
                    Ok(()) => break,
                    Err(fault) => self.typist.say(&self.groups.fault(fault, line)),
                }
            }
        }
        let mut piece = Secret::zero();
        let Some((carried, digest)) = bytes.split_first_chunk::<SECRET_BYTES>() else { return Ok(()) };
        piece.bytes_mut().copy_from_slice(carried);
        if id.digest(self.set, &piece) == *digest {
            self.take(id, piece);
        } else {
            self.typist.say(&format!(
                "each line of {name} fits, but they do not belong together: one of them is of another set. The set words are {}. \
                 Type the piece again",
                self.set.words()
            ));
        }
        Ok(())
    }

    /// Asks until all codes or all lines of the wrapped key were given, as the journal has it. A line that is wrong, empty
    /// or of another wrapped key is asked for again; those before it stay.
    fn blob(&mut self, blob: &[u8]) -> Result<(), NoLine> {
        let (length, has_words) = (blob.len(), blob::has_words(blob.len()));
        let lines: Vec<(LineId, usize)> =
            if has_words { blob::lines(length).collect() } else { base64_lines::places(length).collect() };
        let printed = if has_words { blob::with_digest(blob) } else { blob.to_vec() };
        let mut expected = printed.as_slice();
        let mut done = 0;
        loop {
            if self.parts.is_whole() {
                return Ok(());
            }
            let Some((line, carried)) = lines.get(done).copied() else { return Ok(()) };
            let question = match self.parts.missing().as_slice() {
                [] => format!("The wrapped key: scan its codes, or type line {}:", line.number()),
                missing => {
                    let missing: Vec<String> = missing.iter().map(u8::to_string).collect();
                    format!("The wrapped key: scan code {}:", missing.join(", "))
                }
            };
            let typed = self.typist.ask(&question)?;
            if scanned::is_scanned(typed.text()) {
                self.scanned(typed.text());
                continue;
            }
            let read =
                if has_words { self.blob_line(&typed, line, carried) } else { self.base64_line(&typed, line, carried) };
            let Some(read) = read else { continue };
            match expected.strip_prefix(read.as_slice()) {
                Some(rest) => {
                    expected = rest;
                    done += 1;
                }
                None => {
                    let name = self.groups.line(line);
                    self.typist.say(&not_printed(&name, "take the line"));
                }
            }
        }
    }

    /// Reads a line of the wrapped key in base64; nothing where it is wrong.
    fn base64_line(&mut self, typed: &TypedLine, line: LineId, carried: usize) -> Option<Vec<u8>> {
        if typed.text().is_empty() {
            self.typist.say(&self.groups.fault(LineFault::Empty, line));
            return None;
        }
        let place = line.number();
        let read = base64_lines::read(self.set, place, typed.text());
        let read = read.filter(|bytes| bytes.len() == carried);
        if read.is_none() {
            let text = format!(
                "a character of line {place} of the wrapped key is wrong, or it is another line or set: its check does not fit"
            );
            self.typist.say(&text);
        }
        read
    }

    /// Reads a line of the wrapped key in words; nothing where it is wrong.
    fn blob_line(&mut self, typed: &TypedLine, line: LineId, carried: usize) -> Option<Vec<u8>> {
        let mut read = [0; LINE_WORDS];
        let room = read.get_mut(..carried)?;
        match line.read(self.set, typed.text(), room) {
            Ok(()) => Some(room.to_vec()),
            Err(fault) => {
                self.typist.say(&self.groups.fault(fault, line));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
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
            self.lines.pop_front().map(|line| TypedLine::of(&line)).ok_or(NoLine::NobodyThere)
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
            let (name, all) = (paper.groups.name(group), |group| {
                Third::ALL.map(|number| paper.code(PieceId { group, number })).to_vec()
            });
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
                for changed in changed {
                    // Whenever it comes: before the pieces, or when it is asked for.
                    for lines in [
                        [vec![changed.clone()], codes.clone(), paper.blob_codes()].concat(),
                        [codes.clone(), vec![changed.clone()], paper.blob_codes()].concat(),
                    ] {
                        let (keys, heard) = paper.gather(lines);
                        assert!(paper.is_right(&keys.unwrap_or_else(|_| panic!("{heard:#?}"))));
                        let says = |said: &&String| {
                            said.starts_with("wrapped key, code ")
                                && said.contains("it is not the one that was printed")
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
        assert!(
            heard.iter().any(|said| said.starts_with("a word of line 2 of the wrapped key is wrong")),
            "{heard:#?}"
        );
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
}
