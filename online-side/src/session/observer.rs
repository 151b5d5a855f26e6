//! The observer of a session: the terminal, or another program.

use rootcast_protocol::frame::beacon::Beacon;
use rootcast_protocol::object::Object;

use super::wait::GoesOn;
use crate::gate::{JudgedObject, Root};
use crate::link::LinkFailure;
use crate::link::optical::qr_reader::Reading;
use crate::link::optical::viewfinder::View;
use crate::link::sound::piece::SoundState;
use crate::publication::Record;
use crate::reception::assembly::{Assemblies, CompleteObject};
use crate::reception::last_contact::Taken;
use crate::reception::{GoesOnWithout, LinkState};

/// The reports of a session to its observer. Nothing here decides anything. Times are Unix seconds.
pub trait Observer {
    /// The session continues with objects of earlier runs.
    fn resumed(&mut self, assemblies: &Assemblies);

    /// An object is complete: its digest is right. It is judged next, which may take a while.
    fn completed(&mut self, _object: &CompleteObject, _now: i64) {}

    /// An object was judged, and its accepted items are published. What says nothing new was shortened: anybody can send
    /// it, dozens a second.
    fn judged(&mut self, object: &JudgedObject, now: i64);

    /// The run ended before the judgement of this object did. It stays on disk, and the next run judges it.
    fn unjudged(&mut self, _object: &Object, _now: i64) {}

    /// The session waits for something, and goes on although something came, or because nothing did.
    fn goes_on(&mut self, why: GoesOn, now: i64);

    /// Another process has changed the state. These are its roots and its record from here on.
    fn roots_read_again(&mut self, roots: &[Root], record: &Record);

    /// A beacon of a trusted source arrived.
    fn beacon(&mut self, link: &str, beacon: &Beacon, taken: Taken, now: i64);

    /// A notice about a link, for people.
    fn notice(&mut self, link: &str, text: &str, now: i64);

    /// A link failed while in use; how the run goes on, if any other link may bring more.
    fn failed(&mut self, link: &str, failure: &LinkFailure, goes_on: Option<GoesOnWithout>, now: i64);

    /// The codes seen in a picture of a camera or film, and sometimes a small view of the picture.
    fn seen(&mut self, link: &str, reading: &Reading, view: Option<&View>, now: i64);

    /// What the sound of a recording is like by now.
    fn sounds(&mut self, _link: &str, _state: &SoundState) {}

    /// A good moment to show progress.
    fn progress(&mut self, assemblies: &Assemblies, links: &[(String, LinkState)]);
}
