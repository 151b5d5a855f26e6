//! The link `qr:terminal`: which symbol fits the window. The [`Player`] shows it.

use std::time::Duration;

use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_host::locale;
use rootcast_host::terminal::stderr_is_terminal;
use rootcast_protocol::object::Object;

use super::cells::{Cells, Drawing, kind};
use super::optics::{DESIGN_LOSS, Optics};
use super::player::Player;
use super::terminal_size::{cells, known_cells, version_in_window};
use crate::link::cover_sheet::CoverSheet;
use crate::link::error::LinkError;
use crate::link::optical::qr_sheet::Tiles;
use crate::link::optical::qr_symbol::QrVersion;
use crate::link::transmitter::{Link, Transmitter};

/// Losses come in bursts (a hand before the camera): given odds are spread over this time at least.
const SPREAD: Duration = Duration::from_secs(30);

/// The terminal, as named.
#[derive(Debug)]
struct TerminalLink {
    name: LinkName,
    optics: Optics,
}

/// The link `name`.
pub(in crate::link) fn link(name: &LinkName, _target: &str) -> Result<Box<dyn Link>, LinkNameError> {
    Ok(Box::new(TerminalLink { name: name.clone(), optics: Optics::from_link_name(name, Tiles::ONE)? }))
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
            Some(has) => {
                version_in_window((&self.optics, Drawing::of_this_terminal()), object, has, QrVersion::DEFAULT)?
            }
            None => self.optics.version_for(object, QrVersion::DEFAULT)?,
        };
        Ok(version.capacity_at(self.optics.correction))
    }

    fn frame_time(&self, _size: usize, _frames_suffice: u32) -> Duration {
        self.optics.frame_time()
    }

    fn spread(&self) -> Duration {
        SPREAD
    }

    fn takes_terminal(&self) -> bool {
        true
    }

    fn advice(&self, room: usize) -> Vec<String> {
        let drawing = Drawing::of_this_terminal();
        let planned_for = |version| {
            let (columns, rows) = drawing.cells_needed(version);
            let why = if stderr_is_terminal() {
                "this terminal does not say its size"
            } else {
                "standard error is not a terminal"
            };
            format!("{why}, so the plan assumes a window of {columns} × {rows} cells or more")
        };
        let unseen = cells().is_none().then(|| self.optics.version_of(room).map(planned_for)).flatten();
        let coarse = || {
            let variable = locale::variable();
            format!(
                "the locale is not one of UTF-8, so a module takes two cells; in a terminal that shows UTF-8, start with \
                 {variable}=C.UTF-8, and the code takes a quarter of them"
            )
        };
        let coarse = (drawing.cells == Cells::Spaces).then(coarse);
        unseen.into_iter().chain(coarse).chain(self.optics.advice(room)).collect()
    }

    fn open(&self, cover: &CoverSheet) -> Result<Box<dyn Transmitter>, LinkError> {
        known_cells()?;
        let kind = kind();
        if kind.is_empty() || kind == "dumb" {
            return Err(LinkError::TerminalDumb { kind });
        }
        Ok(Box::new(Player::new(self.optics.clone(), cover)?))
    }
}
