//! The player on the operator's terminal: one write a picture, how far it is beside or below the code.
//!
//! Modules are shown in explicit black and white whatever the terminal's colours are ([`Drawing`]). Everything goes to
//! standard error, so that standard output stays free for `--json`. The terminal is given back as it was at the end, at
//! Ctrl-C, at Ctrl-Z and in a panic.

use std::fmt::Write as _;
use std::sync::Once;
use std::time::{Duration, Instant};

use rootcast_host::job_control::Suspension;
use rootcast_host::standard_error;
use rootcast_protocol::object::Object;

use super::camera_advice::slowest_camera;
use super::cells::Drawing;
use super::keyboard::{self, Key, Keyboard};
use super::optics::{FPS_MAX, Optics, rate_advice, rate_warning};
use super::terminal_size::{cells, fits, known_cells, version_in_window};
use crate::link::cover_sheet::CoverSheet;
use crate::link::error::LinkError;
use crate::link::optical::qr_symbol::{QrPen, QrSymbol, QrVersion};
use crate::link::outlet::Outlet;
use crate::link::pace::Pace;
use crate::link::transmitter::{Moved, Stop, Transmitter};

/// Alternate screen, no cursor, cleared.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[2J";
/// Colours off, cursor back, the screen as it was.
const LEAVE: &str = "\x1b[0m\x1b[?25h\x1b[?1049l";
/// On a screen without a window system (console_codes(4)) white is a grey of two thirds. This makes black and white what
/// they should be.
const TRUE_BLACK_AND_WHITE: &str = "\x1b]P0000000\x1b]P7ffffff";
/// The colours as they were, and nothing left of the code: such a screen knows no alternate one.
const COLOURS_AS_THEY_WERE: &str = "\x1b]R\x1b[0m\x1b[2J\x1b[H";
/// Text stands beside the symbol where so many columns are left of the window, else below it.
const BESIDE_MIN: usize = 24;
/// … and takes no more than these.
const BESIDE_MAX: usize = 48;

/// What gives the screen back.
fn leave_text(drawing: Drawing) -> String {
    if drawing.is_linux_console { format!("{COLOURS_AS_THEY_WERE}{LEAVE}") } else { LEAVE.to_owned() }
}

pub(super) struct Player {
    optics: Optics,
    drawing: Drawing,
    object: Object,
    words: Vec<String>,
    pen: QrPen,
    /// The largest version wanted; the operator changes it.
    most: QrVersion,
    /// Whether the operator chose it, so that no larger and no smaller one is taken for it.
    fixed: bool,
    fps: u32,
    paused: bool,
    pace: Pace,
    keyboard: Keyboard,
    suspension: Option<Suspension>,
    /// The size of the terminal it last drew on; nothing before the first frame.
    shown_in: Option<(usize, usize)>,
}

impl Player {
    pub(super) fn new(optics: Optics, cover: &CoverSheet) -> Result<Self, LinkError> {
        // The version the room was told for, even if the window has changed since.
        let pen = optics.pen(&cover.object, cover.room)?;
        Ok(Self {
            most: optics.version.unwrap_or(QrVersion::DEFAULT),
            fixed: optics.version.is_some(),
            fps: optics.fps,
            object: cover.object,
            words: cover.items.iter().map(|item| item.words.clone()).collect(),
            pen,
            optics,
            drawing: Drawing::of_this_terminal(),
            paused: false,
            pace: Pace::from(Instant::now()),
            keyboard: Keyboard::default(),
            suspension: None,
            shown_in: None,
        })
    }

    fn enter(&mut self, stop: &Stop) -> Result<(), LinkError> {
        leave_on_panic(self.drawing);
        self.keyboard.take();
        let colours = if self.drawing.is_linux_console { TRUE_BLACK_AND_WHITE } else { "" };
        write_whole(format!("{colours}{ENTER}").as_bytes(), stop)?;
        self.shown_in = Some((0, 0));
        Ok(())
    }

    fn leave(&mut self) {
        self.keyboard.give_back();
        if self.shown_in.take().is_some() {
            standard_error::leave_screen(&leave_text(self.drawing));
        }
    }

    /// Ctrl-Z and what comes after it.
    fn heed_suspension(&mut self, stop: &Stop) -> Result<(), LinkError> {
        let asked = self.suspension.as_ref().is_some_and(Suspension::take_asked);
        if asked {
            self.leave();
            if let Some(suspension) = &self.suspension {
                suspension.stop();
            }
        }
        let resumed = self.suspension.as_ref().is_some_and(Suspension::take_resumed);
        if asked || resumed {
            // `bg` lets it go on without the terminal; it waits for `fg`.
            while keyboard::in_background() && !stop.is_due() {
                match &self.suspension {
                    Some(suspension) => suspension.stop(),
                    None => break,
                }
            }
            // A shell may have changed the settings in between.
            self.keyboard.give_back();
            self.enter(stop)?;
            self.pace = Pace::from(Instant::now());
        }
        Ok(())
    }

    /// Hears keys until `until`, until something changed that the next frame depends on, or until it is time to stop.
    fn listen_until(&mut self, until: Instant, stop: &Stop) -> Result<(), LinkError> {
        while !stop.is_due() {
            self.heed_suspension(stop)?;
            let until = stop.deadline.map_or(until, |deadline| until.min(deadline));
            let keys = self.keyboard.keys_until(until);
            keys.iter().for_each(|key| self.heed(*key, stop));
            if Instant::now() >= until || !keys.is_empty() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn heed(&mut self, key: Key, stop: &Stop) {
        match key {
            Key::Faster => self.fps = (self.fps + 1).min(FPS_MAX),
            Key::Slower => self.fps = (self.fps - 1).max(1),
            Key::Pause => self.paused = !self.paused,
            Key::Denser => self.change_density(true),
            Key::Sparser => self.change_density(false),
            Key::End => stop.interrupt.set_by_key(),
        }
    }

    /// The next version up or down that carries another number of symbols and fits the window; after the last comes the
    /// first again.
    fn change_density(&mut self, up: bool) {
        let (Some(has), Ok(least)) = (cells(), self.optics.least(&self.object)) else { return };
        let correction = self.optics.correction;
        let useful: Vec<QrVersion> = QrVersion::MAX
            .up_to()
            .filter(|version| *version >= least && fits(has, self.drawing.cells_needed(*version)))
            .filter(|version| QrVersion::useful_for(&self.object, *version, correction) == Some(*version))
            .collect();
        let now = self.pen.version();
        let next = if up {
            useful.iter().find(|version| **version > now).or(useful.first())
        } else {
            useful.iter().rev().find(|version| **version < now).or(useful.last())
        };
        if let Some(next) = next {
            (self.most, self.fixed) = (*next, true);
        }
    }

    /// The version for a window of `has` cells, if any fits.
    fn version_in(&self, has: (usize, usize)) -> Option<QrVersion> {
        if self.fixed && fits(has, self.drawing.cells_needed(self.most)) {
            return Some(self.most);
        }
        if self.optics.version.is_some() {
            // Asked for on the command line: it waits for room rather than show another.
            return None;
        }
        version_in_window((&self.optics, self.drawing), &self.object, has, self.most).ok()
    }

    /// What stands below the code: the first line is all there is in the smallest window, so it has what matters most,
    /// a rate that may never be caught among it. What is wrong with the rate and the words follow where there is room.
    fn lines_below(&self, caption: &[String], width: usize) -> Vec<String> {
        let mut first: Vec<String> = caption.iter().take(2).cloned().collect();
        let rate = if self.paused { "paused".to_owned() } else { format!("{}/s", self.fps) };
        first.push(match rate_warning(self.fps) {
            Some(warning) => format!("{rate} {warning}"),
            None => rate,
        });
        first.push(if self.keyboard.is_taken() { "+ - space d D q" } else { "Ctrl-C stops" }.to_owned());
        let words = self.words.iter().map(|words| format!("words: {words}"));
        let all = std::iter::once(first.join(" · ")).chain(rate_advice(self.fps)).chain(words);
        all.flat_map(|line| wrapped(&self.drawing.text(&line), width)).collect()
    }

    /// What stands beside the code.
    fn lines_beside(&self, caption: &[String], width: usize) -> Vec<String> {
        let mut all = caption.to_vec();
        all.push(String::new());
        all.push(if self.paused { "PAUSED".to_owned() } else { format!("{} a second", self.fps) });
        all.push(format!("version {}", self.pen.version().get()));
        all.extend(rate_advice(self.fps));
        all.extend(slowest_camera(self.fps).map(|camera| format!("for cameras of {camera} a second or more")));
        all.push(String::new());
        if self.keyboard.is_taken() {
            for line in ["+ faster   - slower", "space pauses", "d denser   D sparser", "q or Ctrl-C stops"] {
                all.push(line.to_owned());
            }
        } else {
            all.push("Ctrl-C stops".to_owned());
        }
        all.push(String::new());
        for words in &self.words {
            all.extend(["words:".to_owned(), words.clone()]);
        }
        all.iter().flat_map(|line| wrapped(&self.drawing.text(line), width)).collect()
    }

    /// The picture as one piece of text.
    fn picture(&self, symbol: &QrSymbol, caption: &[String], has: (usize, usize), whole: bool) -> String {
        let mut text = String::with_capacity(64 * 1024);
        // Synchronised update: terminals that know it show the frame whole, the others ignore it.
        text.push_str("\x1b[?2026h\x1b[0m");
        if whole {
            text.push_str("\x1b[2J");
        }
        let lines = self.drawing.lines(symbol);
        let (columns, rows) = self.drawing.cells_of(self.pen.version());
        let beside = has.0.saturating_sub(columns + 2).min(BESIDE_MAX);
        let notes = if beside >= BESIDE_MIN { self.lines_beside(caption, beside) } else { Vec::new() };
        for (row, line) in (1..).zip(&lines) {
            // Writing to a String cannot fail.
            let _ = write!(text, "\x1b[{row};1H{line}");
            if beside >= BESIDE_MIN {
                let note = notes.get(row - 1).map_or("", String::as_str);
                let _ = write!(text, "\x1b[0m\x1b[K\x1b[{row};{}H{note}", columns + 3);
            }
        }
        if beside < BESIDE_MIN {
            let room = has.1.saturating_sub(rows).max(1);
            let said = self.lines_below(caption, has.0 - 1);
            // Every row is written, so that nothing stays of lines that are said no more.
            for (row, line) in (rows + 1..).zip(said.iter().map(String::as_str).chain(std::iter::repeat("")).take(room))
            {
                let _ = write!(text, "\x1b[0m\x1b[{row};1H{line}\x1b[K");
            }
        }
        text.push_str("\x1b[0m\x1b[?2026l");
        text
    }

    /// Shows that the window is too small, and for what.
    fn say_too_small(&mut self, has: (usize, usize), stop: &Stop) -> Result<(), LinkError> {
        if self.shown_in.replace(has) == Some(has) {
            return Ok(());
        }
        let least = self.optics.least(&self.object)?;
        let needs = self.drawing.cells_needed(if self.optics.version.is_some() { self.most } else { least });
        let text = format!(
            "\x1b[0m\x1b[2J\x1b[HThis window has {} × {} cells; the code needs {} × {}.\r\nEnlarge it, choose a smaller font, or \
             end (Ctrl-C) and send to qr:html=FILE.",
            has.0, has.1, needs.0, needs.1
        );
        write_whole(self.drawing.text(&text).as_bytes(), stop).map(|_| ())
    }
}

impl Transmitter for Player {
    fn outlet(&self) -> Outlet<'_> {
        Outlet::Descriptor(rustix::stdio::stderr())
    }

    fn new_room(&mut self, stop: &Stop) -> Result<Option<usize>, LinkError> {
        if self.shown_in.is_none() {
            if self.suspension.is_none() {
                // Without it Ctrl-Z does what it does anywhere else, and leaves the screen as it is.
                self.suspension = Suspension::listen().ok();
            }
            self.enter(stop)?;
        }
        while !stop.is_due() {
            self.heed_suspension(stop)?;
            let has = known_cells()?;
            let Some(version) = self.version_in(has) else {
                self.say_too_small(has, stop)?;
                self.listen_until(Instant::now() + Duration::from_millis(200), stop)?;
                continue;
            };
            if version != self.pen.version() {
                let correction = self.optics.correction;
                self.pen = QrPen::at(version, correction);
                // What the larger one covered is wiped with the next picture.
                self.shown_in = Some((0, 0));
                return Ok(Some(version.capacity_at(correction)));
            }
            break;
        }
        Ok(None)
    }

    fn transmit(&mut self, frame: &[u8], caption: &[String], stop: &Stop) -> Result<Moved, LinkError> {
        let symbol = self.pen.draw(frame).map_err(LinkError::Symbol)?;
        let has = known_cells()?;
        if stop.is_due() || !fits(has, self.drawing.cells_needed(self.pen.version())) {
            return Ok(Moved::Cut);
        }
        let whole = self.shown_in.replace(has) != Some(has);
        if write_whole(self.picture(&symbol, caption, has, whole).as_bytes(), stop)? == Moved::Cut {
            return Ok(Moved::Cut);
        }
        // Shown is shown, also when its time is cut short.
        self.pace.take(Instant::now(), Duration::from_secs(1) / self.fps.max(1));
        while Instant::now() < self.pace.free_at() && !self.paused && !stop.is_due() {
            self.listen_until(self.pace.free_at(), stop)?;
        }
        while self.paused && !stop.is_due() {
            let has = known_cells()?;
            if fits(has, self.drawing.cells_needed(self.pen.version())) {
                let whole = self.shown_in.replace(has) != Some(has);
                write_whole(self.picture(&symbol, caption, has, whole).as_bytes(), stop)?;
            }
            self.listen_until(Instant::now() + Duration::from_millis(500), stop)?;
            self.pace = Pace::from(Instant::now());
        }
        Ok(Moved::Whole)
    }

    fn finish(&mut self, _stop: &Stop) -> Result<(), LinkError> {
        self.leave();
        Ok(())
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.leave();
    }
}

/// `text` in lines of at most `width` characters, broken at spaces if there are any.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = vec![String::new()];
    let mut room = width;
    for word in text.split(' ') {
        let letters: Vec<char> = word.chars().collect();
        let first_in_line = room == width;
        if !first_in_line && letters.len() < room {
            if let Some(line) = lines.last_mut() {
                line.push(' ');
                line.extend(&letters);
            }
            room -= letters.len() + 1;
            continue;
        }
        if !first_in_line {
            lines.push(String::new());
        }
        for (at, piece) in letters.chunks(width).enumerate() {
            if at > 0 {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                line.extend(piece);
            }
            room = width - piece.len();
        }
    }
    lines
}

/// A panic's message would be lost on the alternate screen, and the shell left without echo.
fn leave_on_panic(drawing: Drawing) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            keyboard::give_back();
            standard_error::leave_screen(&leave_text(drawing));
            before(panic);
        }));
    });
}

/// Puts it on the screen whole, or stops where the terminal takes no more and it is time to stop.
fn write_whole(bytes: &[u8], stop: &Stop) -> Result<Moved, LinkError> {
    match standard_error::show(bytes, &|| stop.is_due()) {
        Ok(true) => Ok(Moved::Whole),
        Ok(false) => Ok(Moved::Cut),
        Err(source) => Err(LinkError::Terminal { source }),
    }
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn text_is_wrapped_at_spaces_and_no_line_is_longer_than_its_room() {
        assert_eq!(wrapped("any 8 of these 33", 8), ["any 8 of", "these 33"]);
        assert_eq!(wrapped("", 8), [""]);
        assert_eq!(wrapped("extraordinary words", 8), ["extraord", "inary", "words"]);
    }
}
