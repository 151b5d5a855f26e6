//! One row of the registry: everything that the program needs to know about one kind of link.
//!
//! Must not: know which kinds there are.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_host::sandbox::{Closed, LinkCalls};

use super::optical::reader_process::Readers;
use super::receiver::Receiver;

/// One kind of link: one row of the registry.
#[derive(Debug, Clone, Copy)]
pub struct LinkKind {
    /// Its name, before the colon: `serial`.
    pub name: &'static str,
    /// What stands before the `=` of its target, where several kinds share a name: `camera` of `qr:camera=0`.
    pub medium: Option<&'static str>,
    /// How it is written, for `--help` and for refusals: `serial:PORT[,baud=N]`.
    pub form: &'static str,
    /// The options it takes.
    pub options: &'static [&'static str],
    /// The heading of its section in `hardware-notes.md`, as an anchor: `#serial`.
    pub hardware_notes: &'static str,
    /// When it is opened.
    pub opening: Opening,
    /// What its descriptors may see once the sandbox is closed.
    pub calls: LinkCalls,
    /// Whether it keeps a note of its device's settings in the state while it changes them.
    pub keeps_settings: bool,
    /// Whether it is a recording of frames, which is read once to its end.
    pub is_recording: bool,
    /// How many processes look at its pictures.
    pub readers: u8,
    /// What to do where it fails.
    pub remedy: Remedy,
    /// Reads the name an operator gave; its options are among [`LinkKind::options`].
    pub read: fn(&LinkName) -> Result<Box<dyn Source>, LinkNameError>,
}

/// When a kind of link is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// Before the sandbox closes, so that no path to it is left. It must start no thread until it is first asked for
    /// frames: a thread that ran before is not held by every kernel.
    BeforeSandbox,
    /// After it, by the paths that [`Source::paths`] names. Nothing that arrives is looked at earlier.
    AfterSandbox,
}

/// A link as an operator named it, not yet open.
pub trait Source: fmt::Debug + Send + Sync {
    /// The paths it needs once the sandbox is closed.
    fn paths(&self) -> LinkPaths;

    /// Opens it.
    ///
    /// # Errors
    /// A [`Diagnosis`]: a file that is not there (exit 2), a device that fails (7).
    fn open(&self, name: &LinkName, with: &OpenWith) -> Result<Box<dyn Receiver>, Diagnosis>;
}

/// What links are opened with.
#[derive(Debug, Clone, Default)]
pub struct OpenWith {
    /// Whether a folder is watched for more.
    pub follow: bool,
    /// Whether there are other links in this run: then one that fails may be opened again.
    pub is_beside_others: bool,
    /// The state directory of the run, where it has one: a camera's settings are kept there while they are changed.
    pub state: Option<PathBuf>,
    /// Where its pictures are looked at.
    pub(crate) readers: Readers,
    /// The processes that links start beside.
    pub(crate) children: Children,
}

/// The processes that links start before the sandbox closes. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Children {
    /// Each with what of its own sandbox is in force.
    closed: Arc<Mutex<Vec<(&'static str, Closed)>>>,
    /// The numbers of the descriptors on which they hand over descriptors.
    sockets: Arc<Mutex<Vec<i32>>>,
}

impl Children {
    /// Adds one.
    pub(crate) fn add(&self, name: &'static str, closed: Closed) {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner).push((name, closed));
    }

    /// All of them.
    #[must_use]
    pub(crate) fn all(&self) -> Vec<(&'static str, Closed)> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds the number of a descriptor on which one hands over descriptors.
    pub(super) fn hands_over_on(&self, descriptor: i32) {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner).push(descriptor);
    }

    /// All these numbers.
    #[must_use]
    pub(super) fn handed_over_on(&self) -> Vec<i32> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Paths that a link needs once the sandbox is closed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkPaths {
    /// Files and folders it reads.
    pub read: Vec<PathBuf>,
    /// Devices it opens.
    pub devices: Vec<PathBuf>,
}

/// What to do about a link that failed, where its cause says nothing of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remedy {
    /// For people: a sentence or some.
    pub text: &'static str,
    /// Whether the link is of a device, or a folder, to which another run can listen on. Others are read once to their end.
    pub is_of_a_device: bool,
}

impl Remedy {
    /// Of whatever has a cable.
    pub(super) const CHECK_CABLE: Self =
        Self { text: "Check the cable and the adapter, then run the same command again.", is_of_a_device: true };
}
