//! The cover sheet: data about a transmission, shown beside a symbol, on a web page or on paper.
//!
//! Its words are those that the operator confirmed and that the other side shows. Nothing here decides anything.

use rootcast_protocol::object::Object;
use rootcast_protocol::odds::frames_needed;

use super::odds_text::{failure_of, success_text};

/// The data about one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetItem {
    /// Its file's name. As it was given: whoever prints it makes it safe for where it is printed.
    pub name: String,
    /// What it is, in one line.
    pub sentence: String,
    /// The words of its digest.
    pub words: String,
    /// Its SHA-256, 64 hexadecimal digits.
    pub sha256: String,
}

/// The data about a transmission.
#[derive(Debug, Clone)]
pub struct CoverSheet {
    /// What is sent.
    pub object: Object,
    /// The most bytes of a frame.
    pub room: usize,
    /// The most bytes of a frame as it will be.
    pub frame_size: usize,
    /// Symbols in a frame.
    pub symbols_per_frame: u16,
    /// How many frames there will be, where that is known.
    pub frames: Option<u32>,
    /// How many suffice, whichever.
    pub frames_suffice: u32,
    /// Which way through the symbols it takes.
    pub way: u32,
    /// The share of frames assumed lost.
    pub design_loss: f64,
    /// The items, in the bundle's order.
    pub items: Vec<SheetItem>,
}

impl CoverSheet {
    /// The odds for people once so many frames were shown.
    #[must_use]
    pub(crate) fn odds_after(&self, frames: u32) -> String {
        success_text(failure_of(&self.object, self.symbols_per_frame, self.design_loss, self.way, u64::from(frames)))
    }

    /// Whether one frame is the whole object.
    #[must_use]
    pub(crate) fn is_single_frame(&self) -> bool {
        frames_needed(&self.object, self.symbols_per_frame) == 1
    }
}
