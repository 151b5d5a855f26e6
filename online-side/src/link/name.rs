//! A link that an operator named. The name is read once, before anything is opened; opening, sandbox and messages all
//! use the same value.

use std::fmt;
use std::sync::Arc;

use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::link_name::LinkName;

use super::kind::{LinkKind, LinkPaths, OpenWith, Opening, Source};
use super::receiver::Receiver;

/// A link this program can receive from.
#[derive(Debug, Clone)]
pub struct Link {
    /// As the operator named it, with its options.
    pub name: LinkName,
    /// Its row.
    pub kind: LinkKind,
    /// Where it brings frames from.
    pub(super) source: Arc<dyn Source>,
}

impl Link {
    /// The paths it needs once the sandbox is closed.
    #[must_use]
    pub(crate) fn paths(&self) -> LinkPaths {
        match self.kind.opening {
            Opening::BeforeSandbox => LinkPaths::default(),
            Opening::AfterSandbox => self.source.paths(),
        }
    }

    /// Opens it.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub fn open(&self, with: &OpenWith) -> Result<Box<dyn Receiver>, Diagnosis> {
        self.source.open(&self.name, with)
    }
}

/// The name.
impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}
