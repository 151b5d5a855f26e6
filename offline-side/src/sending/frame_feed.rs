//! The frames of a transmission, one after the other: made when they are asked for, or ahead of that by another thread.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use rootcast_protocol::fec::FecError;
use rootcast_protocol::frame::{Frame, FrameError};

use super::carousel::{Carousel, FrameSymbols};
use super::symbol_source::SymbolSource;
use crate::link::Stop;

/// Frames that are handed over together: to hand over each by itself would cost more than to make it.
const TOGETHER: usize = 16;
/// Batches of frames that are made ahead: with the one in the making some 100 kB, and a hundredth of a second at 100 Mbit/s.
pub(super) const BATCHES_AHEAD: usize = 4;

/// How long a frame is waited for before the stop is looked at.
const WAIT: Duration = Duration::from_millis(10);

/// A frame to transmit.
#[derive(Debug)]
pub(super) struct MadeFrame {
    pub(super) bytes: Vec<u8>,
    pub(super) symbols: u16,
    /// Whether it repeats source symbols because the encoder is not ready: no odds count on it.
    pub(super) is_extra: bool,
}

/// Why no frame could be made.
#[derive(Debug)]
pub(super) enum NoFrame {
    Symbols(FecError),
    Frame(FrameError),
    /// The thread that makes them has ended.
    Ended,
}

/// Frames made ahead, and why there is none after them, where that is so.
pub(super) type Batch = (Vec<MadeFrame>, Option<NoFrame>);

/// Makes frames.
pub(super) struct FrameMaker<'s> {
    pub(super) source: &'s SymbolSource,
    pub(super) carousel: Carousel,
    /// Source symbols that are sent once more while the encoder is not ready, where the link is not to fall silent.
    pub(super) extra: Option<Carousel>,
}

impl FrameMaker<'_> {
    /// The next frame; `None` if it was time to stop before its symbols were there.
    fn next(&mut self, stop: &Stop) -> Result<Option<MadeFrame>, NoFrame> {
        let wanted = self.carousel.advance();
        self.made(wanted, stop)
    }

    fn made(&self, wanted: FrameSymbols, stop: &Stop) -> Result<Option<MadeFrame>, NoFrame> {
        let Some(symbols) = self.source.symbols(wanted, stop).map_err(NoFrame::Symbols)? else { return Ok(None) };
        let frame = Frame::new(*self.source.object(), wanted.first, &symbols).map_err(NoFrame::Frame)?;
        let bytes = frame.encode_with(self.source.key());
        Ok(Some(MadeFrame { bytes, symbols: wanted.count, is_extra: false }))
    }

    /// Makes frames, `most` of them, until nobody takes them any more, or it is time to stop.
    pub(super) fn fill(mut self, most: Option<u32>, taken: &SyncSender<Batch>, stop: &Stop) {
        let mut left = most;
        let mut batch = Vec::with_capacity(TOGETHER);
        while !stop.is_due() && left != Some(0) {
            left = left.map(|left| left - 1);
            let wanted = self.carousel.advance();
            while !self.source.has(wanted) && !stop.is_due() {
                match self.made_meanwhile(stop) {
                    Ok(Some(frame)) => batch.push(frame),
                    // What is made does not wait for the encoder.
                    Ok(None) => {
                        if taken.send((std::mem::take(&mut batch), None)).is_err() {
                            return;
                        }
                        break;
                    }
                    Err(error) => {
                        let _ = taken.send((batch, Some(error)));
                        return;
                    }
                }
                if !hand_over_full(&mut batch, taken) {
                    return;
                }
            }
            match self.made(wanted, stop) {
                Ok(Some(frame)) => batch.push(frame),
                Ok(None) => break,
                Err(error) => {
                    let _ = taken.send((batch, Some(error)));
                    return;
                }
            }
            if !hand_over_full(&mut batch, taken) {
                return;
            }
        }
        let _ = taken.send((batch, None));
    }

    /// A frame of source symbols that were sent before; `None` where the link may wait.
    fn made_meanwhile(&mut self, stop: &Stop) -> Result<Option<MadeFrame>, NoFrame> {
        let Some(extra) = &mut self.extra else { return Ok(None) };
        let wanted = extra.advance();
        if self.source.has(wanted) {
            return Ok(self.made(wanted, stop)?.map(|frame| MadeFrame { is_extra: true, ..frame }));
        }
        // Its pass is over: the next begins.
        self.extra = Some(Carousel::new(self.source.object(), wanted.count, 0).spread_out());
        self.made_meanwhile(stop)
    }
}

/// Hands over a batch that is full; whether anybody takes it.
fn hand_over_full(batch: &mut Vec<MadeFrame>, taken: &SyncSender<Batch>) -> bool {
    batch.len() < TOGETHER || taken.send((std::mem::replace(batch, Vec::with_capacity(TOGETHER)), None)).is_ok()
}

/// Where frames come from.
pub(super) enum FrameFeed<'s> {
    /// They are made when they are asked for.
    Here(FrameMaker<'s>),
    /// Another thread makes them ahead. They cannot change in size.
    Ahead(FramesAhead),
}

/// Frames that another thread makes.
pub(super) struct FramesAhead {
    made: Receiver<Batch>,
    batch: std::vec::IntoIter<MadeFrame>,
    /// Why there is none after the batch.
    ended: Option<NoFrame>,
}

impl FramesAhead {
    /// Frames that come by `made`.
    pub(super) fn from(made: Receiver<Batch>) -> Self {
        Self { made, batch: Vec::new().into_iter(), ended: None }
    }

    fn next(&mut self, stop: &Stop) -> Result<Option<MadeFrame>, NoFrame> {
        loop {
            if let Some(frame) = self.batch.next() {
                return Ok(Some(frame));
            }
            if let Some(error) = self.ended.take() {
                return Err(error);
            }
            match self.made.recv_timeout(WAIT) {
                Ok((batch, ended)) => (self.batch, self.ended) = (batch.into_iter(), ended),
                Err(_) if stop.is_due() => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(NoFrame::Ended),
            }
        }
    }
}

impl FrameFeed<'_> {
    /// The next frame; `None` if it was time to stop before there was one.
    pub(super) fn next(&mut self, stop: &Stop) -> Result<Option<MadeFrame>, NoFrame> {
        match self {
            Self::Here(maker) => maker.next(stop),
            Self::Ahead(frames) => frames.next(stop),
        }
    }

    /// Goes on with frames of this many symbols.
    pub(super) fn change(&mut self, per_frame: u16) {
        if let Self::Here(maker) = self {
            maker.carousel.change(per_frame);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;
    use std::thread;

    use rootcast_protocol::frame::{Opened, open};
    use rootcast_protocol::object::Object;

    use super::{BATCHES_AHEAD, FrameFeed, FrameMaker, FramesAhead};
    use crate::link::Stop;
    use crate::sending::carousel::Carousel;
    use crate::sending::symbol_source::SymbolSource;

    /// The id of the first symbol of a frame.
    fn first_id(bytes: &[u8]) -> u32 {
        let Ok(Opened::Symbols(frame)) = open(bytes, &[]) else { panic!("no frame of symbols") };
        frame.symbols().next().unwrap().0.get()
    }

    #[test]
    fn until_the_encoder_is_ready_source_symbols_go_out_again_and_do_not_count() {
        let bytes: Vec<u8> = (0..60_000_u32).map(|place| (place % 251).to_le_bytes()[0]).collect();
        let object = Object::new(&bytes).unwrap();
        let source = SymbolSource::new(object, bytes);
        let carousel = Carousel::new(&object, 8, 0).spread_out();
        let pass = carousel.frames_in_pass();
        let (stop, source) = (Stop::default(), &source);
        thread::scope(|scope| {
            let (made, taken) = sync_channel(BATCHES_AHEAD);
            let maker = FrameMaker { source, carousel: carousel.clone(), extra: Some(carousel) };
            let stop = &stop;
            scope.spawn(move || maker.fill(None, &made, stop));
            let mut feed = FrameFeed::Ahead(FramesAhead::from(taken));
            let mut next = || feed.next(stop).unwrap().unwrap();
            let mut passes: Vec<Vec<u32>> = Vec::new();
            for pass_number in 0..3 {
                let frames: Vec<_> = (0..pass).map(|_| next()).collect();
                assert!(frames.iter().all(|frame| frame.is_extra == (pass_number > 0)), "pass {pass_number}");
                passes.push(frames.iter().map(|frame| first_id(&frame.bytes)).collect());
            }
            assert!(passes[0].iter().all(|id| *id < object.source_symbols()));
            assert_eq!((&passes[0], &passes[0]), (&passes[1], &passes[2]), "the same order again");
            source.prepare();
            let repair = std::iter::repeat_with(next).find(|frame| !frame.is_extra).unwrap();
            assert_eq!(first_id(&repair.bytes), object.source_symbols());
        });
    }

    #[test]
    fn what_is_made_does_not_wait_for_the_encoder_where_the_link_may_fall_silent() {
        let bytes = vec![7; 30_000];
        let object = Object::new(&bytes).unwrap();
        let source = SymbolSource::new(object, bytes);
        let carousel = Carousel::new(&object, 7, 0);
        let (pass, stop) = (carousel.frames_in_pass(), Stop::default());
        thread::scope(|scope| {
            let (made, taken) = sync_channel(BATCHES_AHEAD);
            let maker = FrameMaker { source: &source, carousel, extra: None };
            let stop = &stop;
            scope.spawn(move || maker.fill(None, &made, stop));
            let mut feed = FrameFeed::Ahead(FramesAhead::from(taken));
            for _ in 0..pass {
                assert!(feed.next(stop).unwrap().is_some_and(|frame| !frame.is_extra));
            }
            source.prepare();
            assert_eq!(first_id(&feed.next(stop).unwrap().unwrap().bytes), object.source_symbols());
        });
    }
}
