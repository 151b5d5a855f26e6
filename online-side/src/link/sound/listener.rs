//! What a reader process does with a recording: samples of each channel, and the bytes of the one that bears ours.

use rootcast_protocol::sound::mode::Mode;
use rootcast_protocol::sound::profile::SAMPLE_RATE;

use super::converter::Converter;
use super::demodulator::Demodulator;
use super::heard::{Format, Heard, Piece, SoundState};
use super::report::Report;
use super::wave_format::HeadParser;

/// Samples without a superframe after which every channel is listened to again: five seconds.
const FORGOTTEN_AFTER: u64 = 5 * SAMPLE_RATE as u64;

/// Listens to one recording.
#[derive(Debug)]
pub(crate) struct Listener {
    head: HeadParser,
    format: Option<Format>,
    /// Bytes of samples that were taken.
    taken: u64,
    /// The beginning of a block.
    held: Vec<u8>,
    channels: Vec<Channel>,
    /// The channel that bears ours, and how many samples and superframes there were when the last one was read.
    chosen: Option<(usize, u64, u64)>,
    refused: Option<String>,
}

#[derive(Debug)]
struct Channel {
    converter: Converter,
    demodulator: Demodulator,
}

impl Channel {
    fn new(rate: u32) -> Self {
        Self { converter: Converter::new(rate), demodulator: Demodulator::new() }
    }
}

impl Listener {
    /// One that begins with the piece at `offset`. What the samples are is known where an earlier one found it out.
    pub(crate) fn new(format: Option<Format>, offset: u64) -> Self {
        let mut listener = Self {
            head: HeadParser::new(),
            format: None,
            taken: 0,
            held: Vec::new(),
            channels: Vec::new(),
            chosen: None,
            refused: None,
        };
        if let Some(format) = format {
            listener.begin(format);
            listener.taken = offset.saturating_sub(format.begins);
            // In the middle of a block: its other half is with the reader before.
            let block = u64::try_from(format.block().max(1)).unwrap_or(1);
            let inside = usize::try_from(listener.taken % block).unwrap_or(0);
            listener.held.resize(inside, 0);
        } else if offset > 0 {
            listener.refused = Some("its head could not be read".to_owned());
        }
        listener
    }

    fn begin(&mut self, format: Format) {
        self.channels = (0..format.channels).map(|_| Channel::new(format.rate)).collect();
        self.format = Some(format);
    }

    /// Hears a piece.
    pub(crate) fn hear(&mut self, piece: &Piece) -> Heard {
        let mut bytes = piece.bytes.as_slice();
        if self.format.is_none() && self.refused.is_none() {
            match self.head.take(bytes) {
                Ok(Some((format, used))) => {
                    self.begin(format);
                    bytes = bytes.get(used..).unwrap_or_default();
                }
                Ok(None) if piece.is_last => self.refused = Some("it ends before its samples begin".to_owned()),
                Ok(None) => {}
                Err(why) => self.refused = Some(why),
            }
        }
        let mut told = Vec::new();
        if let Some(format) = self.format {
            self.samples(format, bytes, &mut told);
            if piece.is_last {
                self.finish(&mut told);
            }
        }
        Heard { format: self.format, bytes: told, state: self.state(), refused: self.refused.clone() }
    }

    fn samples(&mut self, format: Format, bytes: &[u8], told: &mut Vec<u8>) {
        let left = format.length.map_or(u64::MAX, |length| length.saturating_sub(self.taken));
        let bytes = bytes.get(..usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len())).unwrap_or_default();
        self.taken += u64::try_from(bytes.len()).unwrap_or(0);
        self.held.extend_from_slice(bytes);
        let rest = self.held.split_off(self.held.len() - self.held.len() % format.block().max(1));
        let blocks = std::mem::replace(&mut self.held, rest);
        for (number, channel) in (0..).zip(&mut self.channels) {
            if self.chosen.is_some_and(|(chosen, ..)| chosen != number) {
                continue;
            }
            let samples = format.samples(&blocks, u16::try_from(number).unwrap_or(0));
            let samples = channel.converter.convert(samples);
            channel.demodulator.push(&samples);
        }
        self.choose(format, told);
    }

    fn finish(&mut self, told: &mut Vec<u8>) {
        for (number, channel) in (0..).zip(&mut self.channels) {
            if self.chosen.is_none_or(|(chosen, ..)| chosen == number) {
                channel.demodulator.finish();
            }
        }
        if let Some(format) = self.format {
            self.choose(format, told);
        }
    }

    /// Takes the bytes of the chosen channel. It is the first one of which a codeword was read.
    fn choose(&mut self, format: Format, told: &mut Vec<u8>) {
        if self.chosen.is_none() {
            let bears = |channel: &Channel| channel.demodulator.report().good.iter().sum::<u64>();
            let best = self.channels.iter().enumerate().max_by_key(|(_, channel)| bears(channel));
            self.chosen = best.filter(|(_, channel)| bears(channel) > 0).map(|(number, _)| (number, 0, 0));
        }
        let Some((number, _, superframes)) = self.chosen else {
            // Nothing was read: what codewords that were lost would give is nothing.
            self.channels.iter_mut().for_each(|channel| drop(channel.demodulator.take_bytes()));
            return;
        };
        let is_alone = self.channels.len() == 1;
        let Some(channel) = self.channels.get_mut(number) else { return };
        told.append(&mut channel.demodulator.take_bytes());
        let report = channel.demodulator.report();
        if report.superframes > superframes {
            self.chosen = Some((number, report.samples, report.superframes));
        } else if self.chosen.is_some_and(|(_, at, _)| report.samples.saturating_sub(at) > FORGOTTEN_AFTER)
            && !is_alone
            && !channel.demodulator.is_locked()
        {
            self.chosen = None;
            // The one that is silent now as well: by what it bore until now it would be chosen again.
            self.channels.iter_mut().for_each(|channel| *channel = Channel::new(format.rate));
        }
    }

    fn state(&self) -> SoundState {
        let loudest = || {
            let reports = self.channels.iter().map(|channel| channel.demodulator.report());
            reports.max_by(|a, b| a.power.total_cmp(&b.power))
        };
        let chosen = self.chosen.and_then(|(number, ..)| self.channels.get(number));
        chosen.map(|channel| channel.demodulator.report()).or_else(loudest).map(state_of).unwrap_or_default()
    }
}

/// What a report says, in the units of people.
fn state_of(report: &Report) -> SoundState {
    let decibels = |power: f32| 10.0 * power.max(1e-12).log10();
    let small = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    #[expect(clippy::cast_precision_loss, reason = "seconds for people")]
    let seconds = report.samples as f32 / SAMPLE_RATE as f32;
    #[expect(clippy::cast_possible_truncation, reason = "millionths for people")]
    let clock = report.clock.map(|ratio| ((1.0 / ratio - 1.0) * 1e6) as f32);
    SoundState {
        seconds,
        level: decibels(report.power),
        clipped: report.clipped,
        snr: report.snr.map(decibels),
        clock,
        mode: report.mode.and_then(|mode: Mode| u8::try_from(mode.number()).ok()),
        superframes: small(report.superframes),
        good: report.good.map(small),
        bad: report.bad.map(small),
    }
}
