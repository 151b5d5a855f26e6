//! Symbols side by side in one picture, each with a quiet zone of its own.

use core::fmt;
use core::str::FromStr;

use crate::link::optical::qr_symbol::{QUIET_ZONE, QrSymbol};

/// Most tiles in one picture: 8 × 8.
const ALONG_MAX: u32 = 8;

/// How many symbols a picture has: `2x3` is two rows of three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tiles {
    /// Rows, 1 to 8.
    pub rows: u32,
    /// Columns, 1 to 8.
    pub columns: u32,
}

impl Tiles {
    /// One symbol.
    pub const ONE: Self = Self { rows: 1, columns: 1 };

    /// How many symbols that is.
    #[must_use]
    pub fn count(self) -> u32 {
        self.rows * self.columns
    }
}

impl fmt::Display for Tiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.rows, self.columns)
    }
}

impl FromStr for Tiles {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (rows, columns) = text.split_once('x').ok_or(())?;
        let along = |text: &str| text.parse().ok().filter(|number| (1..=ALONG_MAX).contains(number)).ok_or(());
        Ok(Self { rows: along(rows)?, columns: along(columns)? })
    }
}

/// The modules of a picture, quiet zones included, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrSheet {
    width: usize,
    dark: Vec<bool>,
}

impl QrSheet {
    /// The picture of these symbols, all of one size, row after row; where there are fewer than tiles, the rest is light.
    #[must_use]
    pub fn new(symbols: &[QrSymbol], tiles: Tiles) -> Self {
        let along = |count: u32| usize::try_from(count).unwrap_or(1).max(1);
        let (rows, columns) = (along(tiles.rows), along(tiles.columns));
        let pitch = symbols.first().map_or(0, QrSymbol::side) + 2 * QUIET_ZONE;
        let (width, height) = (pitch * columns, pitch * rows);
        let mut dark = vec![false; width * height];
        for (at, symbol) in symbols.iter().take(rows * columns).enumerate() {
            let (left, top) = (at % columns * pitch + QUIET_ZONE, at / columns * pitch + QUIET_ZONE);
            for (row, modules) in symbol.rows().enumerate() {
                let start = (top + row) * width + left;
                if let Some(line) = dark.get_mut(start..start + modules.len()) {
                    line.copy_from_slice(modules);
                }
            }
        }
        Self { width, dark }
    }

    /// Modules a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.dark.len().checked_div(self.width).unwrap_or(0)
    }

    /// The modules of each row, dark ones true.
    pub fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.dark.chunks(self.width.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::{QrSheet, Tiles};
    use crate::link::optical::qr_symbol::{QUIET_ZONE, QrPen, QrVersion};

    #[test]
    fn tiles_are_rows_by_columns() {
        assert_eq!("2x3".parse(), Ok(Tiles { rows: 2, columns: 3 }));
        assert_eq!(Tiles { rows: 2, columns: 3 }.to_string(), "2x3");
        for wrong in ["", "2", "0x1", "1x9", "-1x1", "1x1x1", "2X2"] {
            assert!(wrong.parse::<Tiles>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn each_symbol_stands_in_its_tile_with_its_quiet_zone() {
        let pen = QrPen::new(QrVersion::new(2).unwrap());
        let symbols: Vec<_> = [b"a", b"b", b"c", b"d", b"e"].iter().map(|frame| pen.draw(*frame).unwrap()).collect();
        let sheet = QrSheet::new(&symbols, Tiles { rows: 2, columns: 3 });
        let pitch = 25 + 8;
        assert_eq!((sheet.width(), sheet.height()), (3 * pitch, 2 * pitch));
        for (y, row) in sheet.rows().enumerate() {
            for (x, dark) in row.iter().enumerate() {
                let symbol = symbols.get(y / pitch * 3 + x / pitch);
                let expected = match ((x % pitch).checked_sub(QUIET_ZONE), (y % pitch).checked_sub(QUIET_ZONE), symbol)
                {
                    (Some(column), Some(row), Some(symbol)) => symbol.is_dark(column, row),
                    _ => false,
                };
                assert_eq!(*dark, expected, "{x}, {y}");
            }
        }
    }
}
