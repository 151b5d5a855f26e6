//! The early end of a long judgement. Nothing here hears a signal or reads a clock: the caller says when it is time.

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

/// Asked now and then, while a large item is judged, whether that is to end. Cheap to clone.
#[derive(Clone, Default)]
pub struct Stop(Option<Arc<Asked>>);

struct Asked {
    ask: Box<dyn Fn() -> bool + Send + Sync>,
    /// Whether the answer was yes once: from then on nothing that was found is whole.
    said: AtomicBool,
}

/// The judgement was ended early: there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

impl Stop {
    /// One that never says so.
    #[must_use]
    pub const fn never() -> Self {
        Stop(None)
    }

    /// One that says so once `ask` does. It is asked once in some thousand entries of a CRL.
    #[must_use]
    pub fn when(ask: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Stop(Some(Arc::new(Asked { ask: Box::new(ask), said: AtomicBool::new(false) })))
    }

    /// Asks whether it is time.
    pub(crate) fn is_due(&self) -> bool {
        let Some(asked) = &self.0 else { return false };
        if !asked.said.load(Ordering::Relaxed) && (asked.ask)() {
            asked.said.store(true, Ordering::Relaxed);
        }
        asked.said.load(Ordering::Relaxed)
    }

    /// Whether everything since it was made is whole. This does not ask again.
    ///
    /// # Errors
    /// [`Stopped`], if it said once that it was time.
    pub(crate) fn check(&self) -> Result<(), Stopped> {
        match &self.0 {
            Some(asked) if asked.said.load(Ordering::Relaxed) => Err(Stopped),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Stop::when(…)" } else { "Stop::never()" })
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the judgement was ended before it was made")
    }
}

impl core::error::Error for Stopped {}
