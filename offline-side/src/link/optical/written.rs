//! What the links share that write codes to be shown later: pictures, an animation, a page, paper.
//!
//! A [`Medium`] says what is its own: how many frames it may hold, how fast they are shown, what is lost, how it is
//! written. Must not: know one medium from another.

use std::fmt;
use std::time::Duration;

use rootcast_host::link_name::LinkName;
use rootcast_protocol::object::Object;

use super::optics::{DESIGN_LOSS, Optics};
use crate::link::cover_sheet::CoverSheet;
use crate::link::error::{FramesMax, LinkError};
use crate::link::optical::qr_symbol::QrPen;
use crate::link::transmitter::{Link, Transmitter};

/// What codes are written into.
pub(super) trait Medium: fmt::Debug + Send + Sync {
    /// The most frames it may hold, where so many stand together.
    fn frames_max(&self, together: u32) -> u32;

    /// See [`Link::check_free`].
    fn check_free(&self) -> Result<(), LinkError>;

    /// The share of frames assumed lost.
    fn design_loss(&self) -> f64 {
        DESIGN_LOSS
    }

    /// How long one frame is shown.
    fn frame_time(&self, optics: &Optics) -> Duration {
        optics.frame_time()
    }

    /// See [`Link::begins_with_source`].
    fn begins_with_source(&self) -> bool {
        false
    }

    /// What the operator should heed, where frames have at most `room` bytes.
    fn advice(&self, optics: &Optics, room: usize) -> Vec<String> {
        optics.advice(room)
    }

    /// Opens it.
    fn open(&self, writing: Writing<'_>) -> Result<Box<dyn Transmitter>, LinkError>;
}

/// What is written: the transmission, and what draws it.
pub(super) struct Writing<'a> {
    pub(super) cover: &'a CoverSheet,
    pub(super) optics: &'a Optics,
    pub(super) pen: QrPen,
    pub(super) most: FramesMax,
}

/// A link that writes codes into a medium.
#[derive(Debug)]
pub(super) struct WrittenLink {
    name: LinkName,
    optics: Optics,
    medium: Box<dyn Medium>,
}

impl WrittenLink {
    pub(super) fn new(name: &LinkName, optics: Optics, medium: impl Medium + 'static) -> Self {
        Self { name: name.clone(), optics, medium: Box::new(medium) }
    }
}

impl Link for WrittenLink {
    fn name(&self) -> String {
        self.name.to_string()
    }

    fn check_free(&self) -> Result<(), LinkError> {
        self.medium.check_free()
    }

    fn design_loss(&self) -> f64 {
        self.medium.design_loss()
    }

    fn has_end(&self) -> bool {
        true
    }

    fn room(&self, object: &Object) -> Result<usize, LinkError> {
        self.optics.room(object)
    }

    fn frame_time(&self, _size: usize, _frames_suffice: u32) -> Duration {
        self.medium.frame_time(&self.optics)
    }

    fn frames_together(&self) -> u32 {
        self.optics.tiles.count()
    }

    fn begins_with_source(&self) -> bool {
        self.medium.begins_with_source()
    }

    fn advice(&self, room: usize) -> Vec<String> {
        self.medium.advice(&self.optics, room)
    }

    fn open(&self, cover: &CoverSheet) -> Result<Box<dyn Transmitter>, LinkError> {
        let most = FramesMax { link: self.name(), frames_max: self.medium.frames_max(self.frames_together()) };
        most.check(cover.frames)?;
        let pen = self.optics.pen(&cover.object, cover.room)?;
        self.medium.open(Writing { cover, optics: &self.optics, pen, most })
    }
}
