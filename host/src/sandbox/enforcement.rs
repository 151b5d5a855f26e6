//! Closes the sandbox, and reports which of its two parts are in force.

use super::bounds::Sandbox;
use super::{calls, paths};
use crate::diagnosis::{Diagnosis, Label};

impl Sandbox {
    /// Closes the sandbox around this process, as far as the kernel can.
    #[must_use]
    pub fn close(&self) -> Closed {
        // Paths first: the calls that lock them are not among those left.
        let paths = paths::restrict(self);
        let calls = calls::restrict(self);
        Closed { paths, calls }
    }
}

/// Which parts of the sandbox are in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// Landlock: what it holds, or why it is not in force.
    pub paths: Result<String, String>,
    /// seccomp: likewise.
    pub calls: Result<String, String>,
}

impl Closed {
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

    /// Succeeds if both parts are in force, or if they are not required.
    ///
    /// # Errors
    /// When a required part is missing. `what` states what was not done.
    pub fn check(&self, is_required: bool, what: &str) -> Result<(), Diagnosis> {
        if self.is_whole() || !is_required {
            return Ok(());
        }
        Err(Diagnosis::new(
            Label::SandboxMissing,
            what,
            self.phrases().join("\n"),
            "Use a kernel with seccomp and with Landlock enabled (5.19 or newer). Or leave out --require-sandbox, and run without it.",
        ))
    }

    /// The lines to print. A missing part is a warning.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.locks()
            .map(|(name, lock)| match lock {
                Ok(held) => format!("sandboxed by {name}: {held}"),
                Err(why) => format!("WARNING: NOT SANDBOXED by {name}: {why}"),
            })
            .collect()
    }
}
