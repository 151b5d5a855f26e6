//! What a process is left with, named before anything is given up. Must not: give anything up.

use std::path::PathBuf;

use super::link_calls::LinkCalls;
use super::purpose::Purpose;

/// What a process is left with.
#[derive(Debug, Clone)]
pub struct Sandbox {
    /// What it is for.
    pub purpose: Purpose,
    /// Folders of its own: everything in them can be read, written, made and removed.
    pub own: Vec<PathBuf>,
    /// Folders in which it makes files, and takes back what it made.
    pub filled: Vec<PathBuf>,
    /// Files and folders it only reads.
    pub read: Vec<PathBuf>,
    /// Cameras, which it opens for reading and writing.
    pub devices: Vec<PathBuf>,
    /// Programs it may start, and the libraries they are made of.
    pub started: Vec<PathBuf>,
    /// Folders in which it opens devices again, to read.
    pub opened_again: Vec<PathBuf>,
    /// The numbers of the descriptors on which other processes of this program hand over descriptors.
    pub handed_over_on: Vec<i32>,
    /// The number of the descriptor on which it hands over descriptors itself.
    pub answered_on: Option<i32>,
    /// What the descriptors of its links may see.
    pub links: Vec<LinkCalls>,
}

impl Sandbox {
    /// Whether one of its links is a socket.
    pub(super) fn holds_socket(&self) -> bool {
        self.links.iter().any(LinkCalls::is_socket)
    }

    /// A process for `purpose` that keeps its `own` folder, where it has one.
    #[must_use]
    pub fn new(purpose: Purpose, own: Option<PathBuf>) -> Self {
        Self {
            purpose,
            own: own.into_iter().collect(),
            filled: Vec::new(),
            read: Vec::new(),
            devices: Vec::new(),
            started: Vec::new(),
            opened_again: Vec::new(),
            handed_over_on: Vec::new(),
            answered_on: None,
            links: Vec::new(),
        }
    }
}
