//! The counts of each link.

use crate::link::PassedOver;
use crate::link::line_count::LineCount;
use crate::link::optical::aiming::not_read::Causes;

/// How one link has done so far in this run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkCount {
    /// Frames that were whole and understood.
    pub frames: u64,
    /// Frames or pieces damaged on the way.
    pub damaged: u64,
    /// Files of the link that could not be used; they are among the damaged.
    pub unusable: u64,
    /// Pieces that are no frames of ours.
    pub foreign: u64,
    /// Frames of ours that this version does not understand, or that claim impossible numbers.
    pub refused: u64,
    /// Frames that claim to hold a whole object, whose digest says that they do not: somebody makes them up. They are among
    /// the frames.
    pub false_frames: u64,
    /// Frames that reached this host, and that its queue had no room for: damaged by nobody, only not taken in time.
    pub queue_drops: u64,
    /// Pictures looked at.
    pub pictures: u64,
    /// Pictures in which no code was found.
    pub pictures_without_code: u64,
    /// Frames of somebody who does not have the transport key.
    pub unauthentic: u64,
    /// Beacons.
    pub beacons: u64,
    /// Codes that were in a picture just before already, and are not counted again.
    pub doubled: u64,
    /// Codes of which a picture caught a part and the next one's part.
    pub mixed: u64,
    /// What its folder holds that was not looked at, as it was seen last.
    pub passed_over: PassedOver,
    /// What kept photographs from being read.
    pub(crate) not_read: Causes,
    /// New symbols it brought.
    pub symbols: u64,
    /// What a serial line brought, byte by byte.
    pub line: Option<LineCount>,
}

impl LinkCount {
    /// Whether nothing at all came.
    #[must_use]
    pub(crate) fn is_silent(&self) -> bool {
        let is_line_silent = self.line.is_none_or(|line| line.bytes == 0);
        is_line_silent && Self { line: None, ..self.clone() } == Self::default()
    }

    /// The line whose bytes came, where none of them was a frame, not even one that is not understood or not for this
    /// receiver; also where no byte came.
    #[must_use]
    pub(crate) fn fruitless_line(&self) -> Option<&LineCount> {
        self.line.as_ref().filter(|_| self.frames + self.refused + self.unauthentic == 0)
    }
}
