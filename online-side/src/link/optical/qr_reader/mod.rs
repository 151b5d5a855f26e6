//! Reads the QR symbols in grey pictures, one by one or as they follow each other in a film.
//!
//! ```text
//! picture ─ track (where the last picture had them) ─┐            ┌─ light of each module ─ dark or light ─ content
//!           find  (anywhere, at several sizes)  ─────┴─▶ mesh ────┘   sample    threshold     correct
//! ```
//!
//! What comes out is only *candidates*: a frame's own CRC decides. Every picture has a budget of processor time, and no
//! picture may panic its way out of here.

mod bands;
mod burnt;
mod content;
mod corners;
mod find;
mod finders;
mod geometry;
mod grey_picture;
mod lattice;
mod layout;
mod mesh;
mod modules;
mod older_reader;
mod pattern;
mod reading;
mod reed_solomon;
mod sizes;
mod track;
mod unchanged;

use std::time::Duration;

pub use geometry::Point;
pub use grey_picture::GreyPicture;
pub use reading::{Light, Outcome, Reading, Sighting};
pub use track::Reader;

/// The processor time that one photograph may take, decoded and looked at in all sizes. Most take a tenth of that.
pub(crate) const PHOTOGRAPH_BUDGET: Duration = Duration::from_millis(1_400);

/// The processor time that one picture of a film may take. Tracking takes a twentieth of that; this is for finding.
pub const FILM_BUDGET: Duration = Duration::from_millis(250);

/// What is in a single `picture`, looked at in all sizes.
#[must_use]
pub fn read_photograph(picture: &GreyPicture) -> Reading {
    Reader::new(PHOTOGRAPH_BUDGET).read(0, picture)
}

/// The contents of the QR symbols in a single `picture`, in byte mode, doubles removed.
#[must_use]
pub fn read_symbols(picture: &GreyPicture) -> Vec<Vec<u8>> {
    read_photograph(picture).contents()
}

#[cfg(test)]
mod tests {
    use super::{GreyPicture, read_symbols};

    #[test]
    fn a_picture_without_a_code_gives_nothing() {
        for (width, height) in [(0, 0), (1, 1), (2, 1), (640, 480), (3, 2000)] {
            let luma = (0..width * height).map(|i| (i * 7 % 251) as u8).collect();
            assert!(read_symbols(&GreyPicture { width, height, luma }).is_empty());
        }
        assert!(read_symbols(&GreyPicture { width: 4000, height: 4000, luma: vec![1, 2, 3] }).is_empty());
    }
}
