//! The link `qr:terminal`: which symbol fits the window. The [`Player`] shows it.

use std::io;
use std::time::Duration;

use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_host::terminal::size;
use rootcast_protocol::object::Object;

use super::optics::{DESIGN_LOSS, Optics};
use super::player::Player;
use crate::link::cover_sheet::Cover;
use crate::link::optical::qr_sheet::Tiles;
use crate::link::optical::qr_symbol::{QUIET_ZONE, QrVersion};
use crate::link::{Link, LinkError, Transmitter};

/// Losses come in bursts (a hand before the camera): given odds are spread over this time at least.
const SPREAD: Duration = Duration::from_secs(30);

/// The terminal, as named.
#[derive(Debug, Clone)]
pub struct TerminalLink {
    name: LinkName,
    optics: Optics,
}

impl TerminalLink {
    pub(crate) fn named(name: &LinkName) -> Result<Self, LinkNameError> {
        name.only(&["version", "ec", "fps"])?;
        Ok(Self { name: name.clone(), optics: Optics::of(name, Tiles::ONE)? })
    }

    pub(super) fn optics(&self) -> &Optics {
        &self.optics
    }

    /// The version for `object` in a window of `has` cells: the one asked for, or the one that carries most within
    /// `most`.
    pub(super) fn version(
        &self,
        object: &Object,
        has: (usize, usize),
        most: QrVersion,
    ) -> Result<QrVersion, LinkError> {
        let least = self.optics.least(object)?;
        let largest = most.max(least).up_to().rev().find(|version| fits(has, cells_needed(*version)));
        let version = self.optics.version_for(object, largest.unwrap_or(least))?;
        if fits(has, cells_needed(version)) {
            return Ok(version);
        }
        let smaller = version.up_to().rev().find(|smaller| *smaller >= least && fits(has, cells_needed(*smaller)));
        Err(LinkError::TerminalSmall {
            has,
            needs: cells_needed(version),
            version: version.get(),
            smaller: smaller.map(QrVersion::get),
        })
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

    /// Where there is no terminal (a plan made by a script), that of a window as large as wanted.
    fn room(&self, object: &Object) -> Result<usize, LinkError> {
        let version = match cells() {
            Some(has) => self.version(object, has, QrVersion::DEFAULT)?,
            None => self.optics.version_for(object, QrVersion::DEFAULT)?,
        };
        Ok(version.capacity_at(self.optics.correction))
    }

    fn frame_time(&self, _size: usize) -> Duration {
        self.optics.frame_time()
    }

    fn spread(&self) -> Duration {
        SPREAD
    }

    fn takes_terminal(&self) -> bool {
        true
    }

    fn advice(&self, room: usize) -> Vec<String> {
        let planned_for = |version| {
            let (columns, rows) = cells_needed(version);
            format!("standard error is not a terminal: planned for a window of {columns} × {rows} cells or more")
        };
        let unseen = cells().is_none().then(|| self.optics.version_of(room).map(planned_for)).flatten();
        unseen.into_iter().chain(self.optics.advice(room)).collect()
    }

    fn open(&self, cover: &Cover) -> Result<Box<dyn Transmitter>, LinkError> {
        cells().ok_or(LinkError::NoTerminal)?;
        Ok(Box::new(Player::new(self.clone(), cover)?))
    }
}

/// Columns and rows of the terminal on standard error.
pub(super) fn cells() -> Option<(usize, usize)> {
    size(io::stderr()).map(|(columns, rows)| (usize::from(columns), usize::from(rows)))
}

/// Columns and rows that a symbol of `version` takes with its quiet zone, without anything beside it.
pub(super) fn cells_of(version: QrVersion) -> (usize, usize) {
    let modules = version.side() + 2 * QUIET_ZONE;
    (modules, modules.div_ceil(2))
}

/// Columns and rows that are needed to show `version`: one more row for how far it is, and one more column, because
/// some terminals start a new line where the last one is written to.
pub(super) fn cells_needed(version: QrVersion) -> (usize, usize) {
    let (columns, rows) = cells_of(version);
    (columns + 1, rows + 1)
}

pub(super) fn fits(has: (usize, usize), needs: (usize, usize)) -> bool {
    needs.0 <= has.0 && needs.1 <= has.1
}

#[cfg(test)]
mod tests {
    use super::{TerminalLink, cells_needed};
    use crate::link::optical::qr_symbol::QrVersion;
    use rootcast_protocol::object::Object;

    fn version_in(link: &str, length: usize, has: (usize, usize)) -> Result<u8, String> {
        let link = TerminalLink::named(&link.parse().unwrap()).unwrap();
        let object = Object::of(&vec![7; length]).unwrap();
        link.version(&object, has, QrVersion::DEFAULT).map(QrVersion::get).map_err(|error| error.to_string())
    }

    #[test]
    fn cells_are_counted_as_documented() {
        let cells = |number| cells_needed(QrVersion::new(number).unwrap());
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
        let next = |link: &str, has| {
            let link = TerminalLink::named(&link.parse().unwrap()).unwrap();
            let small = link.version(&Object::of(&[7; 100_000]).unwrap(), has, QrVersion::DEFAULT).unwrap_err();
            small.diagnosis("").next
        };
        assert!(next("qr:terminal,version=20", (70, 40)).contains("give version=11,"), "the largest that fits");
        assert!(!next("qr:terminal,version=20", (60, 30)).contains("version"), "none fits");
        assert!(!next("qr:terminal", (60, 30)).contains("version"), "10 is the least");
    }

    #[test]
    fn the_largest_objects_need_a_larger_window() {
        assert!(version_in("qr:terminal", 2 << 20, (66, 34)).unwrap_err().contains("a version 13 symbol"));
    }
}
