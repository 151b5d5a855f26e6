//! An open link of sound, whatever it goes out of: frames become superframes, and superframes samples.

use rootcast_protocol::sound::mode::Mode;
use rootcast_protocol::sound::profile::{LEAD_IN, LEAD_OUT, SUPERFRAME};

use super::modulator::Modulator;
use super::schedule::{Schedule, Superframe};
use crate::link::error::{FramesMax, LinkError};
use crate::link::outlet::Outlet;
use crate::link::sound_count::SoundCount;
use crate::link::transmitter::{Moved, Stop, Transmitter, Watch};

/// What samples go out of.
pub(super) trait Sink: Send {
    /// Writes what stands before the first sample.
    fn begin(&mut self, stop: &Stop) -> Result<bool, LinkError>;

    /// Writes samples; whether it did before it was time to stop.
    fn write(&mut self, samples: &[i16], stop: &Stop) -> Result<bool, LinkError>;

    /// Ends it: what was written is out or on disk when this returns.
    fn finish(&mut self, samples: u64) -> Result<(), LinkError>;

    /// What it goes out of, for the report.
    fn outlet(&self) -> Outlet<'_>;

    /// What looks at it from another thread.
    fn watch(&self) -> Option<Watch> {
        None
    }

    /// What its device went through, where it has one.
    fn sound(&self) -> Option<SoundCount> {
        None
    }

    /// Removes what opening left behind.
    fn withdraw(&mut self) {}
}

/// An open link.
pub(super) struct Playing {
    sink: Box<dyn Sink>,
    most: Option<FramesMax>,
    frames: u32,
    schedule: Schedule,
    modulator: Modulator,
    /// The mode of the last superframe that was written.
    last: Option<Mode>,
    /// Samples written.
    samples: u64,
}

impl Playing {
    /// Frames go out of `sink` in the turns of `schedule`, at most `most` of them.
    pub(super) fn new(sink: Box<dyn Sink>, most: Option<FramesMax>, schedule: Schedule) -> Self {
        Self { sink, most, frames: 0, schedule, modulator: Modulator::new(), last: None, samples: 0 }
    }

    fn write(&mut self, samples: &[i16], stop: &Stop) -> Result<bool, LinkError> {
        self.samples += u64::try_from(samples.len()).unwrap_or(0);
        self.sink.write(samples, stop)
    }

    /// Writes superframes, and before the first one a silence.
    fn play(&mut self, superframes: Vec<Superframe>, stop: &Stop) -> Result<Moved, LinkError> {
        for Superframe { mode, bytes } in superframes {
            let mut samples = Vec::with_capacity(SUPERFRAME + LEAD_IN);
            if self.last.is_none() {
                self.sink.begin(stop)?;
                samples.resize(LEAD_IN, 0);
            }
            self.last = Some(mode);
            self.modulator.superframe(mode, &bytes, &mut samples);
            if !self.write(&samples, stop)? {
                return Ok(Moved::Cut);
            }
        }
        Ok(Moved::Whole)
    }
}

impl Transmitter for Playing {
    fn outlet(&self) -> Outlet<'_> {
        self.sink.outlet()
    }

    fn transmit(&mut self, frame: &[u8], _caption: &[String], stop: &Stop) -> Result<Moved, LinkError> {
        if stop.is_due() {
            return Ok(Moved::Cut);
        }
        self.frames = self.frames.saturating_add(1);
        if let Some(most) = &self.most {
            most.check(Some(self.frames))?;
        }
        let full = self.schedule.add(frame);
        self.play(full, stop)
    }

    fn flush(&mut self, stop: &Stop) -> Result<(), LinkError> {
        let rest = self.schedule.finish();
        self.play(rest, stop).map(drop)
    }

    fn finish(&mut self, stop: &Stop) -> Result<(), LinkError> {
        self.flush(stop)?;
        if let Some(mode) = self.last {
            let mut samples = Vec::new();
            self.modulator.training(mode, &mut samples);
            samples.resize(samples.len() + LEAD_OUT, 0);
            self.write(&samples, stop)?;
        }
        self.sink.finish(self.samples)
    }

    fn watch(&self) -> Option<Watch> {
        self.sink.watch()
    }

    fn sound(&self) -> Option<SoundCount> {
        self.sink.sound()
    }

    fn withdraw(&mut self) {
        self.sink.withdraw();
    }
}
