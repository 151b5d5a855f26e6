//! The size of the terminal, and the QR version that fits it.
//!
//! Must not: draw.

use std::io::{self, IsTerminal};

use rootcast_host::terminal::size;
use rootcast_protocol::object::Object;

use super::optics::Optics;
use crate::link::error::LinkError;
use crate::link::optical::cells::Drawing;
use crate::link::optical::qr_symbol::QrVersion;

/// Columns and rows of the terminal on standard error, if it is one and its size is known.
pub(super) fn cells() -> Option<(usize, usize)> {
    size(io::stderr()).map(|(columns, rows)| (usize::from(columns), usize::from(rows)))
}

/// The same.
///
/// # Errors
/// When standard error is no terminal, or one of unknown size.
pub(super) fn known_cells() -> Result<(usize, usize), LinkError> {
    cells().ok_or_else(|| if io::stderr().is_terminal() { LinkError::TerminalUnsized } else { LinkError::NoTerminal })
}

pub(super) fn fits(has: (usize, usize), needs: (usize, usize)) -> bool {
    needs.0 <= has.0 && needs.1 <= has.1
}

/// The version for `object` in a window of `has` cells: the one asked for, or the one that carries most within
/// `most`.
pub(super) fn version_in_window(
    (optics, drawing): (&Optics, Drawing),
    object: &Object,
    has: (usize, usize),
    most: QrVersion,
) -> Result<QrVersion, LinkError> {
    let cells_needed = |version| drawing.cells_needed(version);
    let least = optics.least(object)?;
    let largest = most.max(least).up_to().rev().find(|version| fits(has, cells_needed(*version)));
    let version = optics.version_for(object, largest.unwrap_or(least))?;
    if fits(has, cells_needed(version)) {
        return Ok(version);
    }
    let smaller = version.up_to().rev().find(|smaller| *smaller >= least && fits(has, cells_needed(*smaller)));
    Err(LinkError::TerminalSmall {
        has,
        needs: cells_needed(version),
        version: version.get(),
        smaller: smaller.map(QrVersion::get),
        is_linux_console: drawing.is_linux_console,
    })
}

#[cfg(test)]
mod tests {
    use super::version_in_window;
    use crate::link::LinkError;
    use crate::link::optical::cells::{Cells, Colours, Drawing};
    use crate::link::optical::optics::Optics;
    use crate::link::optical::qr_sheet::Tiles;
    use crate::link::optical::qr_symbol::QrVersion;
    use rootcast_protocol::object::Object;

    const HALF_BLOCKS: Drawing = Drawing { cells: Cells::HalfBlocks, colours: Colours::Cube, is_linux_console: false };

    fn fitted(link: &str, length: usize, has: (usize, usize)) -> Result<QrVersion, LinkError> {
        let optics = Optics::from_link_name(&link.parse().unwrap(), Tiles::ONE).unwrap();
        version_in_window((&optics, HALF_BLOCKS), &Object::new(&vec![7; length]).unwrap(), has, QrVersion::DEFAULT)
    }

    fn version_in(link: &str, length: usize, has: (usize, usize)) -> Result<u8, String> {
        fitted(link, length, has).map(QrVersion::get).map_err(|error| error.to_string())
    }

    #[test]
    fn cells_are_counted_as_documented() {
        let cells = |number| HALF_BLOCKS.cells_needed(QrVersion::new(number).unwrap());
        assert_eq!((cells(10), cells(20), cells(27)), ((66, 34), (106, 54), (134, 68)));
    }

    #[test]
    fn the_code_fits_itself_to_the_window() {
        assert_eq!(version_in("qr:terminal", 100_000, (66, 34)), Ok(10));
        assert_eq!(version_in("qr:terminal", 100_000, (80, 200)), Ok(13), "two symbols; the width decides");
        assert_eq!(version_in("qr:terminal", 100_000, (300, 100)), Ok(27), "no larger unless asked for");
        assert_eq!(version_in("qr:terminal,version=40", 100_000, (300, 100)), Ok(40));
        assert_eq!(version_in("qr:terminal", 100, (300, 100)), Ok(10), "one symbol is all there is");
        let small = version_in("qr:terminal", 100_000, (65, 34)).unwrap_err();
        assert!(small.contains("needs 66 columns and 34 rows; this terminal has 65 and 34"), "{small}");
        let small = version_in("qr:terminal,version=20", 100_000, (66, 34)).unwrap_err();
        assert!(small.contains("needs 106 columns and 54 rows"), "{small}");
    }

    #[test]
    fn a_smaller_version_is_only_advised_where_there_is_one_that_fits() {
        let next = |link: &str, has| fitted(link, 100_000, has).unwrap_err().diagnosis("").next;
        assert!(next("qr:terminal,version=20", (70, 40)).contains("give version=11,"), "the largest that fits");
        assert!(!next("qr:terminal,version=20", (60, 30)).contains("version"), "none fits");
        assert!(!next("qr:terminal", (60, 30)).contains("version"), "10 is the least");
    }

    #[test]
    fn the_largest_objects_need_a_larger_window() {
        assert!(version_in("qr:terminal", 2 << 20, (66, 34)).unwrap_err().contains("a version 13 symbol"));
    }
}
