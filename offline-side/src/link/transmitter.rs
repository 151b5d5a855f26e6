//! What a link is: named first ([`Link`]), then open ([`Transmitter`]); and when a transmission has to stop.
//!
//! Neither knows what a frame says. Must not: read anything from any link.

use std::fmt;
use std::time::{Duration, Instant};

use rootcast_host::exit::Exit;
use rootcast_host::interrupt::Interrupt;
use rootcast_protocol::object::Object;

use super::beat::Beat;
use super::cover_sheet::CoverSheet;
use super::error::LinkError;
use super::interface_count::InterfaceCount;
use super::outlet::Outlet;
use super::sound_count::SoundCount;

/// Looks at an open link from another thread: what is wrong with it right now, for the status line.
pub type Watch = Box<dyn Fn() -> Option<String> + Send + Sync>;

/// A link as it was named: nothing is opened yet.
pub trait Link: Send + Sync + fmt::Debug {
    /// The name as it was given.
    fn name(&self) -> String;

    /// The network interface it goes over, if it does.
    fn interface(&self) -> Option<&str> {
        None
    }

    /// The share of frames assumed lost when odds are told, 0 to 1.
    fn design_loss(&self) -> f64;

    /// Whether what it writes would be in the way of something that is there already. It is asked before an operator is:
    /// nobody confirms what cannot begin. Opening it finds out again.
    ///
    /// # Errors
    /// [`LinkError::OutputExists`].
    fn check_free(&self) -> Result<(), LinkError> {
        Ok(())
    }

    /// Whether it ends by itself when everything was written (a file), or goes on until somebody stops it.
    fn has_end(&self) -> bool;

    /// The most bytes a frame of this object may have here.
    ///
    /// # Errors
    /// When not even one symbol fits, saying what would.
    fn room(&self, object: &Object) -> Result<usize, LinkError>;

    /// How long one frame of `size` bytes takes, of an object of which `frames_suffice` frames are enough. For a link
    /// without a rate of its own (a file), what it would take to show or move it.
    fn frame_time(&self, size: usize, frames_suffice: u32) -> Duration;

    /// The least time a transmission to given odds is spread over, because losses come in bursts.
    fn spread(&self) -> Duration {
        Duration::ZERO
    }

    /// The longest time in which all frames may be lost at once, beside those that are lost each by itself. The frames of
    /// that time come on top of those of the odds asked for.
    fn outage(&self, frames_in_pass: u32) -> Duration {
        let _ = frames_in_pass;
        Duration::ZERO
    }

    /// When the frames of an object with so many frames in a pass go out, where that is not at the link's own rate.
    fn beat(&self, frames_in_pass: u32) -> Option<Beat> {
        let _ = frames_in_pass;
        None
    }

    /// Whether it is so fast that frames are made ahead, by another thread, and that the source symbols go out in an order in
    /// which those of one moment lie far apart.
    fn is_fast(&self) -> bool {
        false
    }

    /// Whether the transmitter takes the terminal for itself, so that nothing else may be shown there.
    fn takes_terminal(&self) -> bool {
        false
    }

    /// How many frames stand on one picture or page: they are shown together, and may be lost together.
    fn frames_together(&self) -> u32 {
        1
    }

    /// Whether every transmission begins with the object itself, symbols 0 to K - 1, also after earlier ones: where it
    /// has to be read without this program, a solver of RaptorQ may be what is missing.
    fn begins_with_source(&self) -> bool {
        false
    }

    /// What the operator should heed, a line each, where frames have at most `room` bytes.
    fn advice(&self, room: usize) -> Vec<String> {
        let _ = room;
        Vec::new()
    }

    /// Opens it for the transmission that `cover_sheet` describes.
    ///
    /// # Errors
    /// When it cannot be opened; nothing is left behind.
    fn open(&self, cover_sheet: &CoverSheet) -> Result<Box<dyn Transmitter>, LinkError>;
}

/// An open link.
pub trait Transmitter: Send {
    /// The most bytes of the next frame, where that is not what it was: the operator or the window changed it.
    /// Returns when the link is ready for a frame, or `stop` was due.
    ///
    /// # Errors
    /// When the link fails.
    fn new_room(&mut self, stop: &Stop) -> Result<Option<usize>, LinkError> {
        let _ = stop;
        Ok(None)
    }

    /// Moves one frame out, taking the time that takes. `caption` is said to people where there is room for it, the most
    /// important first.
    ///
    /// # Errors
    /// When the link fails; the frame does not count as sent.
    fn transmit(&mut self, frame: &[u8], caption: &[String], stop: &Stop) -> Result<Moved, LinkError>;

    /// Sends what was handed over and waits for more to be sent with it.
    ///
    /// # Errors
    /// When the link fails.
    fn flush(&mut self, _stop: &Stop) -> Result<(), LinkError> {
        Ok(())
    }

    /// Ends the transmission: what was handed over is out when this returns, or `stop` was due.
    ///
    /// # Errors
    /// When the link fails.
    fn finish(&mut self, stop: &Stop) -> Result<(), LinkError>;

    /// What it goes out of, for the report that is kept of it.
    fn outlet(&self) -> Outlet<'_>;

    /// What looks at it from another thread while it sends. It changes nothing of what is sent.
    fn watch(&self) -> Option<Watch> {
        None
    }

    /// Frames that it took and that did not go out, because it failed or was stopped.
    fn unsent(&self) -> u64 {
        0
    }

    /// What its interface says after the end, where it has one.
    fn count(&self) -> Option<InterfaceCount> {
        None
    }

    /// What its sound device went through, where it has one.
    fn sound(&self) -> Option<SoundCount> {
        None
    }

    /// Ends it without a frame: removes what opening left behind.
    fn withdraw(&mut self) {}
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// It went out.
    Whole,
    /// It was time to stop before all of it was out, or it no longer fitted.
    Cut,
}

/// When a transmission has to stop, whatever it is doing.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    /// The wall-clock end, if there is one.
    pub deadline: Option<Instant>,
    /// Set by the operator.
    pub interrupt: Interrupt,
}

impl Stop {
    /// Whether it is time.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.interrupt.is_set() || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// How a run ended that failed nowhere: a signal interrupts it, and a key ends it as it is meant to end.
    #[must_use]
    pub(crate) fn exit(&self) -> Exit {
        if self.interrupt.is_set() && !self.interrupt.is_by_key() { Exit::Interrupted } else { Exit::Done }
    }

    /// Sleeps until `until`, or until it is time to stop; whether `until` was reached.
    #[must_use]
    pub(crate) fn sleep_until(&self, until: Instant) -> bool {
        loop {
            let now = Instant::now();
            if now >= until {
                return true;
            }
            if self.is_due() {
                return false;
            }
            let slice = until.duration_since(now).min(Duration::from_millis(50));
            let slice = self.deadline.map_or(slice, |deadline| slice.min(deadline.saturating_duration_since(now)));
            std::thread::sleep(slice);
        }
    }
}

#[cfg(test)]
mod tests {
    use rootcast_host::exit::Exit;
    use rootcast_host::interrupt::Interrupt;

    use super::Stop;

    #[test]
    fn a_key_ends_a_run_and_a_signal_interrupts_it() {
        let stop = || Stop { deadline: None, interrupt: Interrupt::default() };
        assert_eq!(stop().exit(), Exit::Done);
        let by_key = stop();
        by_key.interrupt.set_by_key();
        assert!(by_key.is_due() && by_key.exit() == Exit::Done);
        let by_signal = stop();
        by_signal.interrupt.set();
        assert!(by_signal.is_due() && by_signal.exit() == Exit::Interrupted);
    }
}
