//! The link `qr:terminal`: symbols drawn with half blocks where the operator sits, 11 a second.
//!
//! One character cell shows two modules, one above the other, in explicit black and white whatever the terminal's
//! colours are. Everything goes to standard error, so that standard output stays free for `--json`.

use std::fmt::Write as _;
use std::io;
use std::sync::Once;
use std::time::{Duration, Instant};

use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_host::terminal::size;
use rootcast_protocol::object::Object;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::pictures::{version_for, version_option};
use super::{Link, LinkError, Moved, Pace, Stop, Transmitter};
use crate::qr_symbol::{QUIET_ZONE, QrPen, QrSymbol, QrVersion, VERSION_DEFAULT};

/// Shown frames a second: a camera of 30 frames a second surely catches each whole.
pub(super) const FPS_DEFAULT: u32 = 11;
const FPS_MAX: u32 = 60;
/// The share of shown frames assumed lost: half of them, which a tilted camera under bad light makes of it.
pub(super) const DESIGN_LOSS: f64 = 0.5;
/// Losses come in bursts (a hand before the camera): given odds are spread over this time at least.
const SPREAD: Duration = Duration::from_secs(30);

/// Alternate screen, no cursor, cleared.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[2J";
/// Colours off, cursor back, the screen as it was.
const LEAVE: &str = "\x1b[0m\x1b[?25h\x1b[?1049l";
/// Black on white from the fixed colour cube, which themes leave alone.
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";

/// The terminal, as named.
#[derive(Debug)]
pub struct TerminalLink {
    name: LinkName,
    version: Option<QrVersion>,
    fps: u32,
}

impl TerminalLink {
    pub(super) fn named(name: &LinkName) -> Result<Self, LinkNameError> {
        name.only(&["version", "fps"])?;
        let fps = name.number("fps", 1, FPS_MAX)?.unwrap_or(FPS_DEFAULT);
        Ok(Self { name: name.clone(), version: version_option(name)?, fps })
    }

    fn version(&self, object: &Object) -> Result<QrVersion, LinkError> {
        let has = cells().ok_or(LinkError::NoTerminal)?;
        let fits = |version: &QrVersion| fits(has, cells_needed(*version));
        let least = QrVersion::least_for(object);
        let largest = (1..=VERSION_DEFAULT).rev().filter_map(QrVersion::new).find(fits);
        let version = match (self.version, largest) {
            (None, Some(largest)) if largest >= least => version_for(object, None, largest, &self.name)?,
            (None, _) => least,
            (asked, _) => version_for(object, asked, least, &self.name)?,
        };
        if fits(&version) {
            return Ok(version);
        }
        Err(LinkError::TerminalSmall { has, needs: cells_needed(version), version: version.get() })
    }
}

impl Link for TerminalLink {
    fn name(&self) -> String {
        self.name.to_string()
    }

    fn design_loss(&self) -> f64 {
        DESIGN_LOSS
    }

    fn has_end(&self) -> bool {
        false
    }

    fn room(&self, object: &Object) -> Result<usize, LinkError> {
        Ok(self.version(object)?.capacity())
    }

    fn frame_time(&self, _size: usize) -> Duration {
        Duration::from_secs(1) / self.fps.max(1)
    }

    fn spread(&self) -> Duration {
        SPREAD
    }

    fn takes_terminal(&self) -> bool {
        true
    }

    fn open(&self, object: &Object, room: usize) -> Result<Box<dyn Transmitter>, LinkError> {
        // The version the room was told for, even if the window has changed since.
        let version = (1..=40).filter_map(QrVersion::new).find(|version| version.capacity() == room);
        let version = version.map_or_else(|| self.version(object), Ok)?;
        Ok(Box::new(Screen {
            pen: QrPen::new(version),
            period: self.frame_time(0),
            pace: Pace::from(Instant::now()),
            shown_in: None,
        }))
    }
}

/// Columns and rows of the terminal on standard error.
fn cells() -> Option<(usize, usize)> {
    size(io::stderr()).map(|(columns, rows)| (usize::from(columns), usize::from(rows)))
}

/// Columns and rows that a symbol of `version` takes with its quiet zone.
fn cells_needed(version: QrVersion) -> (usize, usize) {
    let modules = version.side() + 2 * QUIET_ZONE;
    (modules, modules.div_ceil(2))
}

fn fits(has: (usize, usize), needs: (usize, usize)) -> bool {
    needs.0 <= has.0 && needs.1 <= has.1
}

/// The lines that show `symbol` with its quiet zone: two rows of modules each, without colours or line ends.
#[must_use]
pub fn draw_half_blocks(symbol: &QrSymbol) -> Vec<String> {
    let modules = symbol.side() + 2 * QUIET_ZONE;
    let dark = |column: usize, row: usize| match (column.checked_sub(QUIET_ZONE), row.checked_sub(QUIET_ZONE)) {
        (Some(column), Some(row)) => symbol.is_dark(column, row),
        _ => false,
    };
    let cell = |column: usize, row: usize| match (dark(column, row), dark(column, row + 1)) {
        (false, false) => ' ',
        (true, false) => '▀',
        (false, true) => '▄',
        (true, true) => '█',
    };
    (0..modules).step_by(2).map(|row| (0..modules).map(|column| cell(column, row)).collect()).collect()
}

struct Screen {
    pen: QrPen,
    period: Duration,
    pace: Pace,
    /// The size of the terminal it last drew on; nothing before the first frame.
    shown_in: Option<(usize, usize)>,
}

impl Screen {
    /// Waits until the terminal is large enough; whether that was before it was time to stop.
    fn wait_for_room(&mut self, stop: &Stop) -> Result<Option<(usize, usize)>, LinkError> {
        let needs = cells_needed(self.pen.version());
        loop {
            let has = cells().ok_or(LinkError::NoTerminal)?;
            if fits(has, needs) {
                return Ok(Some(has));
            }
            let text = format!(
                "\x1b[0m\x1b[H\x1b[2JWaiting for {} × {} cells; there are {} × {}.",
                needs.0, needs.1, has.0, has.1
            );
            write_whole(text.as_bytes(), stop)?;
            self.shown_in = Some((0, 0));
            if !stop.sleep_until(Instant::now() + Duration::from_millis(300)) {
                return Ok(None);
            }
        }
    }
}

impl Transmitter for Screen {
    fn transmit(&mut self, frame: &[u8], caption: &str, stop: &Stop) -> Result<Moved, LinkError> {
        let symbol = self.pen.draw(frame).map_err(LinkError::Symbol)?;
        if self.shown_in.is_none() {
            leave_on_panic();
            write_whole(ENTER.as_bytes(), stop)?;
            self.shown_in = Some((0, 0));
        }
        let Some(has) = self.wait_for_room(stop)? else { return Ok(Moved::Cut) };
        let mut text = String::with_capacity(64 * 1024);
        // Synchronised update: terminals that know it show the frame whole, the others ignore it.
        text.push_str("\x1b[?2026h\x1b[0m");
        if self.shown_in.replace(has) != Some(has) {
            text.push_str("\x1b[2J");
        }
        let lines = draw_half_blocks(&symbol);
        for (row, line) in (1..).zip(&lines) {
            // Writing to a String cannot fail.
            let _ = write!(text, "\x1b[{row};1H{BLACK_ON_WHITE}{line}");
        }
        if lines.len() < has.1 {
            let caption: String = caption.chars().take(has.0).collect();
            let _ = write!(text, "\x1b[0m\x1b[{};1H{caption}\x1b[K", lines.len() + 1);
        }
        text.push_str("\x1b[0m\x1b[?2026l");
        if write_whole(text.as_bytes(), stop)? == Moved::Cut {
            return Ok(Moved::Cut);
        }
        self.pace.take(Instant::now(), self.period);
        // Shown is shown, also when its time is cut short.
        let _ = stop.sleep_until(self.pace.free_at());
        Ok(Moved::Whole)
    }

    fn finish(&mut self, _stop: &Stop) -> Result<(), LinkError> {
        if self.shown_in.take().is_some() {
            leave()?;
        }
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.shown_in.take().is_some() {
            // Nothing is left to tell it to.
            let _ = leave();
        }
    }
}

fn leave() -> Result<(), LinkError> {
    let soon = Stop { deadline: Some(Instant::now() + Duration::from_secs(1)), ..Stop::default() };
    write_whole(LEAVE.as_bytes(), &soon).map(|_| ())
}

/// A panic's message would be lost on the alternate screen.
fn leave_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let _ = leave();
            before(panic);
        }));
    });
}

/// Writes to standard error, waiting where the terminal was stopped.
fn write_whole(bytes: &[u8], stop: &Stop) -> Result<Moved, LinkError> {
    let terminal = rustix::stdio::stderr();
    let mut rest = bytes;
    while !rest.is_empty() {
        let timeout = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
        let mut ready = [PollFd::new(&terminal, PollFlags::OUT)];
        match poll(&mut ready, Some(&timeout)) {
            Ok(0) | Err(Errno::INTR) if stop.is_due() => return Ok(Moved::Cut),
            Ok(0) | Err(Errno::INTR) => continue,
            Ok(_) => {}
            Err(error) => return Err(LinkError::Terminal { source: error.into() }),
        }
        match rustix::io::write(terminal, rest) {
            Ok(count) => rest = rest.get(count..).unwrap_or_default(),
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(error) => return Err(LinkError::Terminal { source: error.into() }),
        }
    }
    Ok(Moved::Whole)
}

#[cfg(test)]
mod tests {
    use super::{cells_needed, draw_half_blocks};
    use crate::qr_symbol::{QrPen, QrVersion};

    #[test]
    fn cells_are_counted_as_documented() {
        let cells = |number| cells_needed(QrVersion::new(number).unwrap());
        assert_eq!((cells(10), cells(20), cells(27)), ((65, 33), (105, 53), (133, 67)));
    }

    #[test]
    fn a_version_1_symbol_looks_like_this() {
        let symbol = QrPen::new(QrVersion::new(1).unwrap()).draw(b"rootcast").unwrap();
        let lines = draw_half_blocks(&symbol);
        assert_eq!(lines.len(), 15);
        assert!(lines.iter().all(|line| line.chars().count() == 29));
        let [first, second, third] = [&lines[2], &lines[3], &lines[4]];
        assert!(first.starts_with("    █▀▀▀▀▀█ ") && first.ends_with(" █▀▀▀▀▀█    "), "{first:?}");
        assert!(second.starts_with("    █ ███ █ ") && second.ends_with(" █ ███ █    "), "{second:?}");
        assert!(third.starts_with("    █ ▀▀▀ █ ") && third.ends_with(" █ ▀▀▀ █    "), "{third:?}");
        assert!(lines[0].trim().is_empty() && lines[1].trim().is_empty() && lines[14].trim().is_empty());
    }

    #[test]
    fn every_cell_shows_its_two_modules() {
        let symbol = QrPen::new(QrVersion::new(10).unwrap()).draw(&[0xa5; 200]).unwrap();
        for (row, line) in draw_half_blocks(&symbol).iter().enumerate() {
            for (column, cell) in line.chars().enumerate() {
                let dark = |row: usize| column >= 4 && row >= 4 && symbol.is_dark(column - 4, row - 4);
                assert_eq!((dark(2 * row), dark(2 * row + 1)), (matches!(cell, '▀' | '█'), matches!(cell, '▄' | '█')));
            }
        }
    }
}
