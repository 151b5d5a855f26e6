//! The early end of a long judgement. Nothing here hears a signal or reads a clock: the caller says when it is time.
//!
//! ```
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicBool, Ordering};
//!
//! use rootcast_pki::history::NoState;
//! use rootcast_pki::profile::Policy;
//! use rootcast_pki::stop::{Stop, Stopped};
//! use rootcast_pki::time::Timestamp;
//! use rootcast_pki::{item, judge_until};
//!
//! # let crl = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crl"));
//! let is_cancelled = Arc::new(AtomicBool::new(false));
//! let asked = Arc::clone(&is_cancelled);
//! let stop = Stop::when(move || asked.load(Ordering::Relaxed));
//! let (item, now) = (item::read(crl)?, Timestamp(1_796_083_200));
//! let judge = || judge_until(&item, &[], &NoState::default(), &Policy::default(), now, &stop);
//! // No issuer is known here, so it is refused.
//! assert_eq!(judge().map(|judgement| judgement.verdict.outcome.word()), Ok("rejected"));
//! // Somebody presses Ctrl-C.
//! is_cancelled.store(true, Ordering::Relaxed);
//! assert!(matches!(judge(), Err(Stopped)));
//! # Ok::<(), rootcast_pki::finding::Findings>(())
//! ```

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
    /// One that never ends a judgement.
    #[must_use]
    pub const fn never() -> Self {
        Stop(None)
    }

    /// One that ends a judgement once `ask` gives true. It is asked once in some thousand entries of a CRL.
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
