//! Locking a process in: from then on it reaches only the paths it was left, and makes only the system calls it needs.
//!
//! Two locks of the Linux kernel, each in force by itself: Landlock for paths ([`paths`](mod@paths)) and seccomp for
//! system calls ([`calls`](mod@calls)). Neither can be undone by the process, nor by anything it starts. What is open
//! already stays open: links are opened before. Must not: decide what to do where a lock is missing; that is the
//! caller's, who has to say so.

use std::path::PathBuf;

use crate::diagnosis::{Diagnosis, Label};

mod calls;
mod paths;

pub use calls::LINK_DESCRIPTOR_MIN;

/// What a process is for: which system calls it is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Sending: no read on descriptors of links, nor on standard output and error; on terminal lines only what sets,
    /// drains and measures them.
    Send,
    /// Receiving from what is open; on terminal lines as for sending.
    Receive,
    /// Receiving from a camera too, whose driver is asked by ioctl and waited for in any way.
    ReceiveFromCamera,
}

/// What a process is left with.
#[derive(Debug, Clone)]
pub struct Confinement {
    /// What it is for.
    pub purpose: Purpose,
    /// Folders of its own: everything in them can be read, written, made and removed.
    pub own: Vec<PathBuf>,
    /// Folders in which it makes files, and takes back what it made.
    pub filled: Vec<PathBuf>,
    /// Files and folders it only reads.
    pub read: Vec<PathBuf>,
    /// Devices it may open again.
    pub devices: Vec<PathBuf>,
}

impl Confinement {
    /// A process for `purpose` that keeps its `own` folder, where it has one.
    #[must_use]
    pub fn new(purpose: Purpose, own: Option<PathBuf>) -> Self {
        Self { purpose, own: own.into_iter().collect(), filled: Vec::new(), read: Vec::new(), devices: Vec::new() }
    }

    /// Locks this process in as far as the kernel can.
    #[must_use]
    pub fn lock_in(&self) -> Locked {
        // Paths first: the calls that lock them are not among those left.
        let paths = paths::restrict(self);
        let calls = calls::restrict(self.purpose);
        Locked { paths, calls }
    }
}

/// Which locks are in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// Landlock: what it holds, or why it is not in force.
    pub paths: Result<String, String>,
    /// seccomp: likewise.
    pub calls: Result<String, String>,
}

impl Locked {
    /// Whether both are.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.paths.is_ok() && self.calls.is_ok()
    }

    /// Each by its name.
    fn locks(&self) -> impl Iterator<Item = (&'static str, &Result<String, String>)> {
        [("Landlock", &self.paths), ("seccomp", &self.calls)].into_iter()
    }

    /// A phrase each, for people, the journal and the auditor.
    #[must_use]
    pub fn phrases(&self) -> Vec<String> {
        self.locks()
            .map(|(name, lock)| match lock {
                Ok(held) => format!("{name}: {held}"),
                Err(why) => format!("{name}: NOT IN FORCE: {why}"),
            })
            .collect()
    }

    /// Lets a process go on that has both, or of which they are not required.
    ///
    /// # Errors
    /// Where a lock is missing that is required; `what` says what was not done.
    pub fn check(&self, is_required: bool, what: &str) -> Result<(), Diagnosis> {
        if self.is_whole() || !is_required {
            return Ok(());
        }
        Err(Diagnosis::new(
            Label::SandboxMissing,
            what,
            self.phrases().join("\n"),
            "Use a kernel with Landlock (5.19 or newer, switched on) and seccomp; or leave out --require-sandbox, and know that it is missing.",
        ))
    }

    /// What is said aloud, a line each: a lock that is missing is a warning.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.locks()
            .map(|(name, lock)| match lock {
                Ok(held) => format!("locked in by {name}: {held}"),
                Err(why) => format!("WARNING: NOT LOCKED IN by {name}: {why}"),
            })
            .collect()
    }
}
