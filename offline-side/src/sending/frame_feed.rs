//! The frames of a transmission, one after the other: made when they are asked for, or ahead of that by another thread.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use rootcast_protocol::fec::FecError;
use rootcast_protocol::frame::{Frame, FrameError};

use super::carousel::Carousel;
use super::symbol_source::SymbolSource;
use crate::link::Stop;

/// Frames that are made ahead: some 100 kB, and a hundredth of a second at 100 Mbit/s.
pub(super) const FRAMES_AHEAD: usize = 64;

/// How long a frame is waited for before the stop is looked at.
const WAIT: Duration = Duration::from_millis(10);

/// A frame to transmit.
#[derive(Debug)]
pub(super) struct MadeFrame {
    pub(super) bytes: Vec<u8>,
    pub(super) symbols: u16,
}

/// Why no frame could be made.
#[derive(Debug)]
pub(super) enum NoFrame {
    Symbols(FecError),
    Frame(FrameError),
    /// The thread that makes them has ended.
    Ended,
}

/// Makes frames.
pub(super) struct FrameMaker<'s> {
    pub(super) source: &'s SymbolSource,
    pub(super) carousel: Carousel,
}

impl FrameMaker<'_> {
    /// The next frame; `None` if it was time to stop before its symbols were there.
    fn next(&mut self, stop: &Stop) -> Result<Option<MadeFrame>, NoFrame> {
        let wanted = self.carousel.advance();
        let Some(symbols) = self.source.symbols(wanted, stop).map_err(NoFrame::Symbols)? else { return Ok(None) };
        let frame = Frame::new(*self.source.object(), wanted.first, &symbols).map_err(NoFrame::Frame)?;
        Ok(Some(MadeFrame { bytes: frame.encode_with(self.source.key()), symbols: wanted.count }))
    }

    /// Makes frames, `most` of them, until nobody takes them any more, or it is time to stop.
    pub(super) fn fill(mut self, most: Option<u32>, taken: &SyncSender<Result<MadeFrame, NoFrame>>, stop: &Stop) {
        let mut left = most;
        while !stop.is_due() && left != Some(0) {
            left = left.map(|left| left - 1);
            let made = match self.next(stop) {
                Ok(Some(frame)) => Ok(frame),
                Ok(None) => return,
                Err(error) => Err(error),
            };
            let is_last = made.is_err();
            if taken.send(made).is_err() || is_last {
                return;
            }
        }
    }
}

/// Where frames come from.
pub(super) enum FrameFeed<'s> {
    /// They are made when they are asked for.
    Here(FrameMaker<'s>),
    /// Another thread makes them ahead. They cannot change in size.
    Ahead(Receiver<Result<MadeFrame, NoFrame>>),
}

impl FrameFeed<'_> {
    /// The next frame; `None` if it was time to stop before there was one.
    pub(super) fn next(&mut self, stop: &Stop) -> Result<Option<MadeFrame>, NoFrame> {
        match self {
            Self::Here(maker) => maker.next(stop),
            Self::Ahead(made) => loop {
                match made.recv_timeout(WAIT) {
                    Ok(frame) => return frame.map(Some),
                    Err(_) if stop.is_due() => return Ok(None),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return Err(NoFrame::Ended),
                }
            },
        }
    }

    /// Goes on with frames of this many symbols.
    pub(super) fn change(&mut self, per_frame: u16) {
        if let Self::Here(maker) = self {
            maker.carousel.change(per_frame);
        }
    }
}
