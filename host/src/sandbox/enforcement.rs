//! The moment at which a process gives up what it does not need, and which of the two locks is in force after it.

use super::bounds::Confinement;
use super::{calls, paths};
use crate::diagnosis::{Diagnosis, Label};

impl Confinement {
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
