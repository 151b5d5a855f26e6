//! The two pages of an envelope.
//!
//! Page 1 has what only this envelope has, and the wrapped key as codes. Page 2 has the recipe, the word list, and the
//! wrapped key to be typed. What is set was measured for the largest kind of key. With names that leave no room there are
//! no pages.

use rootcast_protocol::words::word_at;
use zeroize::Zeroizing;

use super::base64_lines;
use super::blob;
use super::groups::Groups;
use super::line::{LINE_WORDS, LineId, PIECE_LINES};
use super::piece::{Group, PieceId, Third};
use super::recipe::{Step, steps};
use super::scanned::{blob_texts, piece_text};
use super::secret::{SECRET_BYTES, Secret};
use super::set_id::SetId;
use crate::ceremony::key::wrap_way::WrapWay;
use crate::link::optical::qr_symbol::{Correction, QUIET_ZONE, QrPen, QrVersion};
use crate::printed_page::{Face, MARGIN, PAGE, PrintedPage, encoded, secret_document, wrapped};

/// Sizes of text, in points.
const TITLE: f32 = 15.0;
const TEXT: f32 = 9.0;
/// Words beside a code, and words across the page.
const WORDS: f32 = 8.6;
const LARGE: f32 = 10.8;
const SMALL: f32 = 6.4;
const LIST: f32 = 6.0;

/// The side of the code beside a piece.
const PIECE_CODE: f32 = 104.0;
/// The side of another code, and how many stand in a row.
const CODE: f32 = 130.0;
const CODES_A_ROW: usize = 4;
/// What stands below a code, and the room for it.
const CAPTION: f32 = 7.0;
const CAPTION_ROOM: f32 = 8.0;
/// From the code of a piece down to where its words beside it end.
const BELOW_LINES: f32 = 7.0;

/// What both pages of an envelope say.
pub(crate) struct Envelope<'e> {
    /// The names of the groups.
    pub(crate) groups: &'e Groups,
    /// The set.
    pub(crate) set: SetId,
    /// Whose envelope it is.
    pub(crate) group: Group,
    /// Which of three.
    pub(crate) number: Third,
    /// The three pieces of the group's key; two of them are printed.
    pub(crate) pieces: &'e [Secret; 3],
    /// The wrapped key.
    pub(crate) blob: &'e [u8],
    /// What kind of key it is, for people.
    pub(crate) key_kind: &'e str,
    /// SHA-256 of its public key, hexadecimal.
    pub(crate) public_key_sha256: &'e str,
    /// Whose key it is: the root's subject.
    pub(crate) owner: &'e str,
    /// Whether it is the twin of a drill: then it opens no root.
    pub(crate) is_drill: bool,
    /// How the token wrapped the key.
    pub(crate) way: WrapWay,
    /// The day, like `2026-11-21`.
    pub(crate) day: &'e str,
    /// The number of the bag it goes into.
    pub(crate) bag: &'e str,
}

impl Envelope<'_> {
    /// Both pages as a PDF. `None` when they do not fit what was laid out for them.
    #[must_use]
    pub(crate) fn pdf(&self) -> Option<Zeroizing<Vec<u8>>> {
        // No secret is in the title: it is copied.
        let title = format!("{}: {}", self.kind(), self.groups.envelope(self.group, self.number));
        secret_document(&title, vec![self.first_page(&title)?, self.second_page()?])
    }

    fn kind(&self) -> &'static str {
        if self.is_drill { "DRILL, no root key" } else { "Root key escrow" }
    }

    fn first_page(&self, title: &str) -> Option<PrintedPage> {
        let mut at = Setting::new();
        at.put(title, Face::Bold, TITLE, 4.0);
        at.put(
            &format!(
                "To whoever finds this, even after many years: this paper is one part of a spare copy of the key of a \
                 certification authority: {}. Alone it is worth nothing. Together with the papers of other places, \
                 somebody could sign in that authority's name. Leave it closed, and give it to its owner or the owner's \
                 successor. The owner can make the key again from these papers, as page 2 says.",
                self.owner
            ),
            Face::Plain,
            TEXT,
            4.0,
        );
        at.put(&format!("Set words: {}", self.set.words()), Face::Bold, TEXT, 2.0);
        at.put(&format!("Set {}   Made on {}   Bag {}", self.set, self.day, self.bag), Face::Plain, TEXT, 2.0);
        at.put(&format!("Key: {}. SHA-256 of its public key:", self.key_kind), Face::Plain, TEXT, 0.0);
        at.put(self.public_key_sha256, Face::Typewriter, TEXT, 2.0);
        let texts = blob_texts(&self.set, self.blob);
        let pieces = self.number.others().map(|number| PieceId { group: self.group, number });
        if texts.len() + pieces.len() <= CODES_A_ROW {
            // There is room for large words, and all codes are below them.
            for id in pieces {
                at.put(&self.groups.piece(id), Face::Bold, TEXT + 4.0, 0.0);
                self.lines(&mut at, id, LARGE, 2.5)?;
                at.down(14.0)?;
            }
            at.put(
                "Codes for a hand scanner, if printed at 100 %. If one does not scan, type the words",
                Face::Bold,
                TEXT + 2.0,
                2.0,
            );
            at.down(CODE)?;
            let mut x = MARGIN;
            for id in pieces {
                let text = piece_text(&self.set, id, self.secret(id)?);
                draw(&mut at.page, &text, (x, at.y), CODE, QrVersion::new(8)?)?;
                caption(&mut at.page, &self.groups.piece(id), (x, at.y));
                x += CODE;
            }
            for (number, text) in (1..).zip(&texts) {
                draw(&mut at.page, text, (x, at.y), CODE, QrVersion::new(20)?)?;
                caption(&mut at.page, &name_of_code(number, texts.len()), (x, at.y));
                x += CODE;
            }
            at.down(CAPTION_ROOM)?;
            self.foot(&mut at.page, 1);
            return Some(at.page);
        }
        for id in pieces {
            self.piece(&mut at, id)?;
        }
        at.put(
            "The wrapped key, for a hand scanner, if printed at 100 %. If one does not scan, type page 2",
            Face::Bold,
            TEXT + 2.0,
            2.0,
        );
        let mut number = 0;
        for row in texts.chunks(CODES_A_ROW) {
            let mut x = MARGIN;
            at.down(CODE)?;
            for text in row {
                number += 1;
                draw(&mut at.page, text, (x, at.y), CODE, QrVersion::new(20)?)?;
                caption(&mut at.page, &name_of_code(number, texts.len()), (x, at.y));
                x += CODE;
            }
            at.down(CAPTION_ROOM)?;
        }
        self.foot(&mut at.page, 1);
        Some(at.page)
    }

    /// The lines of a piece, and its code beside.
    fn piece(&self, at: &mut Setting, id: PieceId) -> Option<()> {
        at.put(&self.groups.piece(id), Face::Bold, TEXT + 4.0, 0.0);
        let top = at.y;
        self.lines(at, id, WORDS, 2.1)?;
        let x = PAGE.0 - MARGIN - PIECE_CODE;
        let text = piece_text(&self.set, id, self.secret(id)?);
        draw(&mut at.page, &text, (x, top - PIECE_CODE), PIECE_CODE, QrVersion::new(8)?)?;
        // Below the last line of words, so that whoever copies the text of the page gets the line without it.
        let below = top - PIECE_CODE - BELOW_LINES;
        caption(&mut at.page, &self.groups.piece(id), (x, below));
        at.y = (below - CAPTION_ROOM).min(at.y);
        Some(())
    }

    fn secret(&self, id: PieceId) -> Option<&Secret> {
        self.pieces.get(usize::from(id.number.number()) - 1)
    }

    /// The lines of a piece, in letters of this size and so many times as far apart.
    fn lines(&self, at: &mut Setting, id: PieceId, size: f32, apart: f32) -> Option<()> {
        let secret = self.secret(id)?;
        let mut bytes = Zeroizing::new([0; SECRET_BYTES + 4]);
        let (carried, digest) = bytes.split_at_mut_checked(SECRET_BYTES)?;
        carried.copy_from_slice(secret.bytes());
        digest.copy_from_slice(&id.digest(&self.set, secret));
        for (number, carried) in (1..=PIECE_LINES).zip(bytes.chunks(LINE_WORDS)) {
            at.down(size * apart)?;
            let line = line_text(LineId::Piece(id, number), &self.set, carried);
            at.page.line(&line, Face::Typewriter, size, MARGIN, at.y);
        }
        Some(())
    }

    fn second_page(&self) -> Option<PrintedPage> {
        let mut at = Setting::new();
        at.put("How to get the key back", Face::Bold, TITLE - 2.0, 2.0);
        at.put(
            "With the program Rootcast (rootcast-offline escrow restore), follow its questions. Without it:",
            Face::Plain,
            SMALL + 1.0,
            1.0,
        );
        let [a, b] = self.groups.names();
        for step in steps([a, b], self.public_key_sha256, (blob::has_words(self.blob.len()), self.way)) {
            match step {
                Step::Text(text) => at.put(&text, Face::Plain, SMALL + 0.4, 1.0),
                Step::Shell(line) => at.put(line, Face::Typewriter, SMALL - 0.4, 1.0),
            }
        }
        at.put("The wrapped key", Face::Bold, TEXT, 1.0);
        let lines = self.blob_lines();
        let rows = lines.len().div_ceil(2);
        let top = at.y;
        for (index, line) in lines.iter().enumerate() {
            let (column, row) = if index < rows { (0.0, index) } else { (1.0, index - rows) };
            let y = top - SMALL * 1.2 * (f32::from(u16::try_from(row).ok()?) + 1.0);
            let x = MARGIN + column * (PAGE.0 - 2.0 * MARGIN) / 2.0;
            at.page.line(line, Face::Typewriter, 5.2, x, y);
        }
        at.down(SMALL * 1.2 * f32::from(u16::try_from(rows).ok()?) + 4.0)?;
        at.put("The word list: the number of a word, the word at an odd place of a line (1, 3, 5, 7), at an even place (2, 4, 6)", Face::Bold, TEXT - 1.0, 1.0);
        word_list(&mut at)?;
        self.foot(&mut at.page, 2);
        Some(at.page)
    }

    /// The wrapped key to be typed: words, or base64 with a check for each line.
    fn blob_lines(&self) -> Vec<Zeroizing<Vec<u8>>> {
        if blob::has_words(self.blob.len()) {
            let bytes = blob::with_digest(self.blob);
            let carried = bytes.chunks(LINE_WORDS);
            blob::lines(self.blob.len())
                .zip(carried)
                .map(|((line, _), bytes)| line_text(line, &self.set, bytes))
                .collect()
        } else {
            base64_lines::lines(&self.set, self.blob).map(|line| Zeroizing::new(line.into_bytes())).collect()
        }
    }

    fn foot(&self, page: &mut PrintedPage, number: u8) {
        let envelope = self.groups.envelope(self.group, self.number);
        let (kind, set, bag) = (self.kind(), self.set, self.bag);
        let text = format!("{kind}: {envelope}   page {number} of 2   set {set}   bag {bag}");
        page.line(&encoded(&text), Face::Plain, 7.0, MARGIN, MARGIN - 14.0);
    }
}

/// A line of words as it is printed, in a buffer that has room for it.
fn line_text(line: LineId, set: &SetId, bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(160));
    let number = line.number();
    if number < 10 {
        text.push(b' ');
    }
    text.extend_from_slice(number.to_string().as_bytes());
    let last = bytes.len();
    for (place, word) in line.words(set, bytes).enumerate() {
        text.extend_from_slice(if place == last { b"  " } else { b" " });
        text.extend_from_slice(word.as_bytes());
    }
    text
}

/// Draws a text as a symbol of the smallest version up to `most` that holds it at level M.
fn draw(page: &mut PrintedPage, text: &[u8], corner: (f32, f32), side: f32, most: QrVersion) -> Option<()> {
    let level = Correction::M;
    let version = most.up_to().find(|version| version.capacity_at(level) >= text.len())?;
    let symbol = QrPen::at(version, level).draw(text).ok()?;
    let across = (u16::try_from(symbol.side()).ok()?, u16::try_from(QUIET_ZONE).ok()?);
    page.grid(symbol.rows(), across, corner, side);
    Some(())
}

/// What a code of the wrapped key is called, here and by the program.
fn name_of_code(number: usize, count: usize) -> String {
    if count == 1 { "wrapped key".to_owned() } else { format!("wrapped key, code {number} of {count}") }
}

/// What a code is, below it. Its quiet zone is to the left.
fn caption(page: &mut PrintedPage, text: &str, (x, y): (f32, f32)) {
    page.line(&encoded(text), Face::Plain, CAPTION, x + 10.0, y - CAPTION + 1.0);
}

/// All 512 words in six columns.
fn word_list(at: &mut Setting) -> Option<()> {
    const COLUMNS: u16 = 6;
    let rows = 256_u16.div_ceil(COLUMNS);
    let (top, pitch) = (at.y, (PAGE.0 - 2.0 * MARGIN) / f32::from(COLUMNS));
    for byte in 0..=u8::MAX {
        let (column, row) = (u16::from(byte) / rows, u16::from(byte) % rows);
        let y = top - LIST * 1.12 * f32::from(row + 1);
        let text = format!("{byte:02x} {} {}", word_at(0, byte), word_at(1, byte));
        at.page.line(text.as_bytes(), Face::Plain, LIST, MARGIN + pitch * f32::from(column), y);
    }
    at.down(LIST * 1.12 * f32::from(rows))
}

/// A page, and where on it the next line goes.
struct Setting {
    page: PrintedPage,
    y: f32,
}

impl Setting {
    fn new() -> Self {
        Self { page: PrintedPage::for_secrets(), y: PAGE.1 - MARGIN }
    }

    /// Goes down; `None` where the page ends.
    fn down(&mut self, height: f32) -> Option<()> {
        self.y -= height;
        (self.y >= MARGIN - 6.0).then_some(())
    }

    /// Sets a text that is no secret, and leaves `gap` below it.
    fn put(&mut self, text: &str, face: Face, size: f32, gap: f32) {
        for line in wrapped(text, face, size, PAGE.0 - 2.0 * MARGIN) {
            self.y -= size * 1.2;
            self.page.line(&line, face, size, MARGIN, self.y);
        }
        self.y -= gap;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ceremony::request::EscrowGroups;
    use crate::escrow::piece::divide;

    fn secret(with: u8) -> Secret {
        let mut secret = Secret::zero();
        for (at, byte) in (0_u8..).zip(secret.bytes_mut()) {
            *byte = with.wrapping_mul(151).wrapping_add(at.wrapping_mul(91));
        }
        secret
    }

    fn pdf(group: Group, number: Third, blob: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let groups = Groups::from(EscrowGroups::new(vec!["BOARD".to_owned(), "OPERATIONS".to_owned()]).unwrap());
        let envelope = Envelope {
            groups: &groups,
            set: SetId::new([0x8e, 0xb2, 0, 0xff, 7, 0x10, 0x99]),
            group,
            number,
            pieces: &divide(&secret(1), secret(2), secret(3)),
            blob,
            key_kind: "P-384",
            public_key_sha256: &"8e".repeat(32),
            is_drill: false,
            way: WrapWay::KeyWrapPad,
            owner: "CN=An Example Root with a Rather Long Name,OU=Certification,O=Example Corporation,C=DE",
            day: "2026-11-21",
            bag: "A 1234567",
        };
        envelope.pdf()
    }

    #[test]
    fn every_envelope_of_every_kind_of_key_fits_its_two_pages() {
        // P-384 with and without its public key in it, P-521, the longest in words, RSA-3072, RSA-4096.
        for length in [96, 208, 264, blob::WORDS_BYTES_MAX, 1_816, 2_392] {
            let blob: Vec<u8> = (0..length).map(|at| u8::try_from(at % 249).unwrap()).collect();
            for number in Third::ALL {
                let pdf = pdf(Group::Second, number, &blob).unwrap_or_else(|| panic!("{length}"));
                if let Some(folder) = std::env::var_os("SHOW_PAGES") {
                    std::fs::write(std::path::Path::new(&folder).join(format!("{length}-{number}.pdf")), &*pdf)
                        .unwrap();
                }
                let held = |number: Third| {
                    let id = PieceId { group: Group::Second, number };
                    let text = format!("{} piece {number}", "OPERATIONS");
                    assert_eq!(id.group, Group::Second);
                    pdf.windows(text.len()).any(|window| window == text.as_bytes())
                };
                assert_eq!(Third::ALL.map(held), Third::ALL.map(|other| other != number));
            }
        }
    }
}
