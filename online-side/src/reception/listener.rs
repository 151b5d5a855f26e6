//! What the one who runs a reception is told, and decides.

use rootcast_protocol::frame::beacon::Beacon;

use super::assembly::{Assemblies, CompleteObject};
use crate::link::optical::qr_reader::Reading;
use crate::link::optical::viewfinder::View;
use crate::publication::StateError;

/// Why a run of `receive` ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// What was waited for is there.
    Satisfied,
    /// All links have ended or failed.
    LinksEnded,
    /// The deadline passed.
    Deadline,
    /// A signal came.
    Interrupted,
}

/// How a link of this run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    /// It may bring more.
    Open,
    /// It was read to its end.
    Ended,
    /// It failed, in words.
    Failed(String),
}

/// What the one who runs a reception is told, and decides.
pub trait Listener {
    /// An object is complete. Returns whether that is all that was waited for.
    ///
    /// # Errors
    /// Ends the run; the object's symbols stay on disk.
    fn complete(&mut self, object: &CompleteObject) -> Result<bool, StateError>;

    /// A source said something of itself. Its MAC was right.
    ///
    /// # Errors
    /// Ends the run.
    fn beacon(&mut self, link: &str, beacon: &Beacon) -> Result<(), StateError>;

    /// Something of a link that people should know, in words.
    fn notice(&mut self, link: &str, text: &str);

    /// What was seen in a picture of a camera or film, and now and then what it looked like.
    fn seen(&mut self, link: &str, reading: &Reading, view: Option<&View>);

    /// A good moment to show progress.
    fn progress(&mut self, assemblies: &Assemblies, links: &[(String, LinkState)]);

    /// The clock.
    fn now(&self) -> i64;
}
