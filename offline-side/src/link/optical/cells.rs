//! How a terminal shows modules in its character cells: half blocks where its locale has them, else coloured spaces.

use rootcast_host::locale;

use super::qr_symbol::{QUIET_ZONE, QrSymbol, QrVersion};

/// Black on white from the fixed colour cube, which themes leave alone.
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
/// White on black from there: reversed it is black on white.
const WHITE_ON_BLACK: &str = "\x1b[0;38;5;231;48;5;16m";
/// The same two for terminals that know eight colours, or none.
const BLACK_ON_WHITE_OF_8: &str = "\x1b[0;30;47m";
const WHITE_ON_BLACK_OF_8: &str = "\x1b[0;37;40m";
/// Reversed, and not: a screen without colours knows these, too.
const REVERSED: &str = "\x1b[7m";
const UPRIGHT: &str = "\x1b[27m";

/// How modules become cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cells {
    /// One cell shows two modules, one above the other: ▀ ▄ █ and the space.
    HalfBlocks,
    /// Two cells show one module, and hold spaces only.
    Spaces,
}

/// What of a terminal's colours can be counted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colours {
    /// The fixed colour cube of 256.
    Cube,
    /// Eight at most, as terminals of the VT family.
    Eight,
}

/// How this terminal is drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Drawing {
    pub(super) cells: Cells,
    pub(super) colours: Colours,
    /// Whether it is a screen of this machine without a window system (console_codes(4)), whose white is grey.
    pub(super) is_linux_console: bool,
}

impl Drawing {
    /// As the locale and the kind of terminal (`TERM`) say.
    #[must_use]
    pub(super) fn of_this_terminal() -> Self {
        Self::new(locale::is_utf8(), &kind())
    }

    fn new(is_utf8: bool, kind: &str) -> Self {
        Self {
            cells: if is_utf8 { Cells::HalfBlocks } else { Cells::Spaces },
            colours: if kind.starts_with("vt") || kind.starts_with("ansi") { Colours::Eight } else { Colours::Cube },
            is_linux_console: kind == "linux",
        }
    }

    /// Columns and rows that a symbol of `version` takes with its quiet zone, without anything beside it.
    #[must_use]
    pub(super) fn cells_of(self, version: QrVersion) -> (usize, usize) {
        let modules = version.side() + 2 * QUIET_ZONE;
        match self.cells {
            Cells::HalfBlocks => (modules, modules.div_ceil(2)),
            Cells::Spaces => (2 * modules, modules),
        }
    }

    /// Columns and rows that are needed to show `version`: one more row for how far it is, and one more column, because
    /// some terminals start a new line where the last one is written to.
    #[must_use]
    pub(super) fn cells_needed(self, version: QrVersion) -> (usize, usize) {
        let (columns, rows) = self.cells_of(version);
        (columns + 1, rows + 1)
    }

    /// The lines that show `symbol` with its quiet zone, with their colours and without line ends.
    #[must_use]
    pub(super) fn lines(self, symbol: &QrSymbol) -> Vec<String> {
        let coloured = |line: String| match (self.cells, self.colours) {
            (Cells::HalfBlocks, Colours::Cube) => format!("{BLACK_ON_WHITE}{line}"),
            (Cells::HalfBlocks, Colours::Eight) => format!("{BLACK_ON_WHITE_OF_8}{line}"),
            (Cells::Spaces, Colours::Cube) => format!("{WHITE_ON_BLACK}{line}"),
            (Cells::Spaces, Colours::Eight) => format!("{WHITE_ON_BLACK_OF_8}{line}"),
        };
        let lines = match self.cells {
            Cells::HalfBlocks => half_blocks(symbol),
            Cells::Spaces => spaces(symbol),
        };
        lines.into_iter().map(coloured).collect()
    }

    /// What may be said on this terminal of `text`.
    #[must_use]
    pub(super) fn text(self, text: &str) -> String {
        match self.cells {
            Cells::HalfBlocks => text.to_owned(),
            Cells::Spaces => locale::in_ascii(text).into_owned(),
        }
    }
}

/// The kind of this terminal, as `TERM` says it; empty where it is not set.
#[must_use]
pub(super) fn kind() -> String {
    std::env::var("TERM").unwrap_or_default()
}

fn dark_at(symbol: &QrSymbol, column: usize, row: usize) -> bool {
    match (column.checked_sub(QUIET_ZONE), row.checked_sub(QUIET_ZONE)) {
        (Some(column), Some(row)) => symbol.is_dark(column, row),
        _ => false,
    }
}

/// Two rows of modules each, without colours.
fn half_blocks(symbol: &QrSymbol) -> Vec<String> {
    let modules = symbol.side() + 2 * QUIET_ZONE;
    let cell = |column: usize, row: usize| match (dark_at(symbol, column, row), dark_at(symbol, column, row + 1)) {
        (false, false) => ' ',
        (true, false) => '▀',
        (false, true) => '▄',
        (true, true) => '█',
    };
    (0..modules).step_by(2).map(|row| (0..modules).map(|column| cell(column, row)).collect()).collect()
}

/// A row of modules each: white modules are reversed spaces.
fn spaces(symbol: &QrSymbol) -> Vec<String> {
    let modules = symbol.side() + 2 * QUIET_ZONE;
    let line = |row: usize| {
        let (mut line, mut was_dark) = (REVERSED.to_owned(), false);
        for column in 0..modules {
            let is_dark = dark_at(symbol, column, row);
            if is_dark != was_dark {
                line.push_str(if is_dark { UPRIGHT } else { REVERSED });
                was_dark = is_dark;
            }
            line.push_str("  ");
        }
        line
    };
    (0..modules).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::{Cells, Colours, Drawing, REVERSED, UPRIGHT, half_blocks, spaces};
    use crate::link::optical::qr_symbol::{QrPen, QrVersion};

    #[test]
    fn a_version_1_symbol_looks_like_this() {
        let symbol = QrPen::new(QrVersion::new(1).unwrap()).draw(b"rootcast").unwrap();
        let lines = half_blocks(&symbol);
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
        for (row, line) in half_blocks(&symbol).iter().enumerate() {
            for (column, cell) in line.chars().enumerate() {
                let dark = |row: usize| column >= 4 && row >= 4 && symbol.is_dark(column - 4, row - 4);
                assert_eq!((dark(2 * row), dark(2 * row + 1)), (matches!(cell, '▀' | '█'), matches!(cell, '▄' | '█')));
            }
        }
    }

    #[test]
    fn without_utf_8_a_module_is_two_spaces_of_its_colour() {
        let symbol = QrPen::new(QrVersion::new(10).unwrap()).draw(&[0xa5; 200]).unwrap();
        let lines = spaces(&symbol);
        assert_eq!(lines.len(), 57 + 8);
        for (row, line) in lines.iter().enumerate() {
            assert!(line.is_ascii(), "{line:?}");
            let (mut is_reversed, mut column, mut rest) = (false, 0, line.as_str());
            while !rest.is_empty() {
                if let Some(after) = rest.strip_prefix(REVERSED) {
                    (is_reversed, rest) = (true, after);
                } else if let Some(after) = rest.strip_prefix(UPRIGHT) {
                    (is_reversed, rest) = (false, after);
                } else {
                    rest = rest.strip_prefix("  ").unwrap();
                    let is_dark = column >= 4 && row >= 4 && symbol.is_dark(column - 4, row - 4);
                    assert_eq!(is_reversed, !is_dark, "{column} {row}");
                    column += 1;
                }
            }
            assert_eq!(column, 57 + 8);
        }
    }

    #[test]
    fn locale_and_kind_of_terminal_decide_how_it_is_drawn() {
        let modern = Drawing::new(true, "xterm-256color");
        assert_eq!((modern.cells, modern.colours, modern.is_linux_console), (Cells::HalfBlocks, Colours::Cube, false));
        let serial = Drawing::new(false, "vt220");
        assert_eq!((serial.cells, serial.colours), (Cells::Spaces, Colours::Eight));
        assert!(Drawing::new(true, "linux").is_linux_console);
        let version = QrVersion::new(10).unwrap();
        assert_eq!((modern.cells_needed(version), serial.cells_needed(version)), ((66, 34), (131, 66)));
        assert_eq!(serial.text("3/s · words"), "3/s - words");
    }
}
