//! Who watches a session: a terminal today, a daemon as well tomorrow.

use rootcast_protocol::frame::beacon::Beacon;

use crate::gate::{JudgedObject, Root};
use crate::link::optical::qr_reader::Reading;
use crate::link::optical::viewfinder::View;
use crate::reception::LinkState;
use crate::reception::assembly::Assemblies;
use crate::reception::last_contact::Taken;

/// What a session tells whoever watches it. Nothing here decides anything. Times are Unix seconds.
pub trait Observer {
    /// Objects that earlier runs left are gone on with.
    fn resumed(&mut self, assemblies: &Assemblies);

    /// An object was judged, and what passed of it is published.
    fn judged(&mut self, object: &JudgedObject, now: i64);

    /// Another process has changed the state. These are its roots from here on.
    fn roots_read_again(&mut self, roots: &[Root]);

    /// An enrolled source said something of itself.
    fn beacon(&mut self, link: &str, beacon: &Beacon, taken: Taken, now: i64);

    /// Something of a link that people should know, in words.
    fn notice(&mut self, link: &str, text: &str, now: i64);

    /// What was seen in a picture of a camera or film, and now and then what it looked like.
    fn seen(&mut self, link: &str, reading: &Reading, view: Option<&View>, now: i64);

    /// A good moment to show progress.
    fn progress(&mut self, assemblies: &Assemblies, links: &[(String, LinkState)]);
}
