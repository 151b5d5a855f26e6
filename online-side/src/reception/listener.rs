//! The interface of a reception to its caller: the reports it makes and the decisions it asks for.

use rootcast_protocol::frame::beacon::Beacon;
use serde::Serialize;

use super::assembly::{Assemblies, CompleteObject};
use crate::link::LinkFailure;
use crate::link::optical::qr_reader::Reading;
use crate::link::optical::viewfinder::View;
use crate::link::sound::piece::SoundState;
use crate::publication::StateError;

/// Why a run of `receive` ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// What was waited for has come.
    Satisfied,
    /// All links have ended or failed.
    LinksEnded,
    /// The deadline passed.
    Deadline,
    /// A signal came.
    Interrupted,
}

/// The state of a link in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    /// It may bring more.
    Open,
    /// It was read to its end.
    Ended,
    /// It failed.
    Failed(LinkFailure),
}

/// What becomes of the symbols of a complete object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was judged: they are not needed any more.
    Judged,
    /// They stay on disk for the next run: this one is to end.
    Kept,
}

/// How a run goes on whose other links live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoesOnWithout {
    /// The link that failed is tried again.
    TriedAgain,
    /// It is not.
    NotTriedAgain,
}

/// The interface of a reception to its caller: the reports it makes and the decisions it asks for.
pub trait Listener {
    /// An object is complete. Gives what becomes of its symbols.
    ///
    /// # Errors
    /// Ends the run; the object's symbols stay on disk.
    fn complete(&mut self, object: &CompleteObject) -> Result<Fate, StateError>;

    /// Whether all that was waited for has come. It is asked before each event, and ten times a second.
    fn is_satisfied(&mut self, assemblies: &Assemblies) -> bool;

    /// A beacon arrived. Its MAC was right.
    ///
    /// # Errors
    /// Ends the run.
    fn beacon(&mut self, link: &str, beacon: &Beacon) -> Result<(), StateError>;

    /// A notice about a link, for people.
    fn notice(&mut self, link: &str, text: &str);

    /// A link failed while in use; how the run goes on, if any other link may bring more.
    ///
    /// # Errors
    /// Ends the run.
    fn failed(&mut self, link: &str, failure: &LinkFailure, goes_on: Option<GoesOnWithout>) -> Result<(), StateError>;

    /// The codes seen in a picture of a camera or film, and sometimes a small view of the picture.
    fn seen(&mut self, link: &str, reading: &Reading, view: Option<&View>);

    /// What the sound of a recording is like by now.
    fn sounds(&mut self, _link: &str, _state: &SoundState) {}

    /// A good moment to show progress.
    fn progress(&mut self, assemblies: &Assemblies, links: &[(String, LinkState)]);

    /// The clock.
    fn now(&self) -> i64;
}
