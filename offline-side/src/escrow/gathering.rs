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
mod tests;
