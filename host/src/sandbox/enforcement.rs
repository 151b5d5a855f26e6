//! Closes the sandbox, and reports which of its two parts are in force.

use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities};
use serde::{Deserialize, Serialize};

use super::bounds::Sandbox;
use super::purpose::Purpose;
use super::{calls, paths};
use crate::diagnosis::{Diagnosis, Label};

impl Sandbox {
    /// Closes the sandbox around this process, as far as the kernel can.
    #[must_use]
    pub fn close(&self) -> Closed {
        self.close_around(|| ()).0
    }

    /// The same; between its two parts it runs `between`, which may start threads that the list of calls forbids.
    pub fn close_around<T>(&self, between: impl FnOnce() -> T) -> (Closed, T) {
        // Paths first: the calls that lock them are not among those left.
        let paths = paths::restrict(self);
        let given = between();
        // The list of calls is put in force also where the capabilities stay.
        let given_up = self.give_up_capabilities();
        let calls = calls::restrict(self);
        let calls = given_up.and(calls);
        (Closed { paths, calls }, given)
    }
}

impl Sandbox {
    /// Gives up every capability (capabilities(7)): where a socket is held, no other one like it can be made, whatever else
    /// fails. Where none is, root keeps those that pass over the permissions of files: pictures that come later may be
    /// another user's. Landlock holds these to the paths of the links and of the state.
    fn give_up_capabilities(&self) -> Result<(), String> {
        // The processes that read pictures or record sound give up all of them when they start, and are asked for no more.
        let is_of_a_run = matches!(self.purpose, Purpose::Send | Purpose::Receive);
        if !is_of_a_run && !self.holds_socket() {
            return Ok(());
        }
        let of_files = CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH | CapabilitySet::FOWNER;
        let kept = if self.holds_socket() { CapabilitySet::empty() } else { of_files };
        let has = capabilities(None).map_err(|error| format!("capabilities cannot be read: {error}"))?;
        let [effective, permitted] = [has.effective & kept, has.permitted & kept];
        let sets = CapabilitySets { effective, permitted, inheritable: CapabilitySet::empty() };
        set_capabilities(None, sets).map_err(|error| format!("capabilities cannot be given up: {error}"))
    }
}

/// Which parts of the sandbox are in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// Landlock: what it holds, or why it is not in force.
    pub paths: Result<String, String>,
    /// seccomp: likewise.
    pub calls: Result<String, String>,
}

impl Closed {
    /// The same together with what is in force of `other`, a process that `name` names: a part is in force where it is in
    /// force in both.
    #[must_use]
    pub fn with(self, name: &str, other: Self) -> Self {
        let both = |one: Result<String, String>, other: Result<String, String>| match (one, other) {
            (Ok(one), Ok(other)) => Ok(format!("{one}; {name}: {other}")),
            (Err(why), _) => Err(why),
            (Ok(_), Err(why)) => Err(format!("{name}: {why}")),
        };
        Self { paths: both(self.paths, other.paths), calls: both(self.calls, other.calls) }
    }

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
