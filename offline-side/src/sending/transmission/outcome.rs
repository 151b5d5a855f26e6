//! How a transmission ended, and what came of it.

use std::time::Duration;

use rootcast_host::text::count;
use rootcast_protocol::fec::FecError;
use rootcast_protocol::frame::FrameError;
use rootcast_protocol::object::Object;

use crate::link::odds_text::failure_of;
use crate::link::{InterfaceCount, LinkError, SoundCount};
use crate::sending::plan::LinkPlan;

/// How a transmission ended.
#[derive(Debug)]
pub enum Ending {
    /// By its stop rule.
    Complete,
    /// Its time ended before enough frames for one receiver were sent.
    TooFew {
        /// Whole frames that went out.
        frames: u64,
        /// Frames of one pass: K symbols.
        needed: u64,
    },
    /// A signal ended it: Ctrl-C, Ctrl-\, SIGTERM or SIGHUP.
    Stopped,
    /// The operator ended it with a key (`q`).
    ByKey {
        /// Whole frames that went out.
        frames: u64,
        /// Frames of one pass: K symbols.
        needed: u64,
    },
    /// The link failed.
    Link(LinkError),
    /// Symbols could not be made.
    Symbols(FecError),
    /// A frame could not be made.
    Frame(FrameError),
}

impl Ending {
    /// As the journal has it.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Complete => "complete".to_owned(),
            Self::TooFew { frames, needed } => {
                let frames = count(*frames, "frame");
                format!("ended by its time after {frames}: fewer than the {needed} needed")
            }
            Self::Stopped => "ended by a signal".to_owned(),
            Self::ByKey { .. } => "ended by the operator".to_owned(),
            Self::Link(error) => format!("failed: {error}"),
            Self::Symbols(error) => format!("failed: {error}"),
            Self::Frame(error) => format!("failed: {error}"),
        }
    }
}

/// The result of a transmission.
#[derive(Debug)]
pub struct Outcome {
    /// Whole frames that went out.
    pub frames: u64,
    /// Symbols in them.
    pub symbols: u64,
    /// Symbols in a frame, at the least.
    pub symbols_per_frame: u16,
    /// Whether the operator or the window changed that number on the way.
    pub changed: bool,
    /// How long it took.
    pub elapsed: Duration,
    /// How it ended.
    pub ending: Ending,
    /// What its interface counted, where it has one.
    pub count: Option<InterfaceCount>,
    /// What its sound device went through, where it has one.
    pub sound: Option<SoundCount>,
}

impl Outcome {
    /// Whole frames that went out, without those that are known not to have left this host.
    #[must_use]
    pub(crate) fn frames_left(&self) -> u64 {
        self.frames.saturating_sub(self.count.as_ref().map_or(0, InterfaceCount::missing))
    }
}

/// The probability that what was sent is not enough. Frames that are known not to have left this host do not count.
///
/// Where the operator changed how many symbols a frame has, all frames are taken to have had the fewest: each lost as
/// independently as before, the others only brought more.
#[must_use]
pub(crate) fn failure_after(object: &Object, plan: &LinkPlan, outcome: &Outcome) -> f64 {
    // From another start than the source symbols the odds are never better, so this stays true after a change.
    // The same holds where frames did not leave this host: source symbols may be among them.
    let left = outcome.frames_left();
    let way = if outcome.changed || left < outcome.frames { plan.way.max(1) } else { plan.way };
    failure_of(object, outcome.symbols_per_frame, plan.design_loss, way, left)
}
