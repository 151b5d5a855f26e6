//! Which channel of a recording bears ours, and what was heard of it.
//!
//! Crosstalk of a stereo cable carries everything, forty decibels lower: the slow modes are read in either channel, the fast
//! ones in one of them only. So of channels that bear as much the clearer one is chosen; and one that loses more than it
//! gives is compared with the others again. Must not: forget what was counted.

use std::cmp::Ordering;

use rootcast_protocol::sound::mode::Mode;
use rootcast_protocol::sound::profile::SAMPLE_RATE;

use super::converter::Converter;
use super::demodulator::Demodulator;
use super::piece::{Format, Signal, SoundState};
use super::report::Report;

/// Samples without a superframe after which every channel is listened to again: five seconds.
const FORGOTTEN_AFTER: u64 = 5 * SAMPLE_RATE as u64;
/// Samples for which the channels are compared again: two seconds, five superframes.
const TRIAL: u64 = 2 * SAMPLE_RATE as u64;
/// Samples between two comparisons of which the first one changed nothing.
const TRIAL_AGAIN: u64 = 5 * SAMPLE_RATE as u64;

/// One channel.
#[derive(Debug)]
struct Channel {
    converter: Converter,
    demodulator: Demodulator,
}

impl Channel {
    fn new(rate: u32) -> Self {
        Self { converter: Converter::new(rate), demodulator: Demodulator::new() }
    }

    fn report(&self) -> &Report {
        self.demodulator.report()
    }

    fn codewords(&self) -> u64 {
        codewords(&self.report().good)
    }

    /// Which of two bears ours better: by codewords, then by how clear the signal is, then by its power.
    fn compare(&self, other: &Self) -> Ordering {
        let snr = |channel: &Self| channel.report().snr.unwrap_or(0.0);
        let by_codewords = self.codewords().cmp(&other.codewords());
        by_codewords
            .then_with(|| snr(self).total_cmp(&snr(other)))
            .then_with(|| self.report().power.total_cmp(&other.report().power))
    }
}

fn codewords(counts: &[u64]) -> u64 {
    counts.iter().sum()
}

/// What was counted of superframes.
#[derive(Debug, Clone, Default)]
struct Tally {
    superframes: u64,
    good: [u64; Mode::ALL.len()],
    bad: [u64; Mode::ALL.len()],
}

impl Tally {
    fn from_report(report: &Report) -> Self {
        Self { superframes: report.superframes, good: report.good, bad: report.bad }
    }

    fn add(&mut self, more: &Self) {
        self.superframes += more.superframes;
        let counts = self.good.iter_mut().chain(&mut self.bad);
        counts.zip(more.good.iter().chain(&more.bad)).for_each(|(count, more)| *count += more);
    }

    /// What came since `before`.
    fn since(&self, before: &Self) -> Self {
        let mut since = self.clone();
        since.superframes = since.superframes.saturating_sub(before.superframes);
        let counts = since.good.iter_mut().chain(&mut since.bad);
        counts.zip(before.good.iter().chain(&before.bad)).for_each(|(count, b)| *count = count.saturating_sub(*b));
        since
    }

    /// Whether more codewords were lost than read.
    fn is_mostly_lost(&self) -> bool {
        codewords(&self.bad) > codewords(&self.good)
    }
}

/// The channel that was chosen.
#[derive(Debug)]
struct Chosen {
    number: usize,
    /// What was counted of it until it was looked at last.
    seen: Tally,
    /// Samples of it when its last superframe was read.
    heard_at: u64,
    /// While the channels are compared again: until which of its samples, and its codewords at the beginning.
    trial: Option<(u64, u64)>,
    /// From which of its samples on they may be.
    trial_from: u64,
}

impl Chosen {
    fn new(number: usize) -> Self {
        Self { number, seen: Tally::default(), heard_at: 0, trial: None, trial_from: 0 }
    }
}

/// The channels of a recording.
#[derive(Debug)]
pub(super) struct Channels {
    format: Format,
    channels: Vec<Channel>,
    chosen: Option<Chosen>,
    /// Samples of every channel that were heard.
    blocks: u64,
    /// What was counted.
    tally: Tally,
    /// What was counted while it was not clear whether another channel is the better one.
    in_doubt: Tally,
    /// The last report of a channel that fell silent.
    last: Option<Report>,
}

impl Channels {
    /// Those of a recording of this format.
    pub(super) fn new(format: Format) -> Self {
        Self {
            channels: (0..format.channels).map(|_| Channel::new(format.rate)).collect(),
            format,
            chosen: None,
            blocks: 0,
            tally: Tally::default(),
            in_doubt: Tally::default(),
            last: None,
        }
    }

    /// Whether this channel is listened to now.
    fn is_heard(chosen: Option<&Chosen>, number: usize) -> bool {
        chosen.is_none_or(|chosen| chosen.number == number || chosen.trial.is_some())
    }

    /// Hears whole blocks, and gives bytes of the channel that bears ours.
    pub(super) fn hear(&mut self, blocks: &[u8]) -> Vec<u8> {
        self.blocks += u64::try_from(blocks.len() / self.format.block().max(1)).unwrap_or(0);
        for (number, channel) in self.channels.iter_mut().enumerate() {
            if Self::is_heard(self.chosen.as_ref(), number) {
                let samples = self.format.samples(blocks, u16::try_from(number).unwrap_or(0));
                let samples = channel.converter.convert(samples);
                channel.demodulator.push(&samples);
            }
        }
        self.choose(false)
    }

    /// Nothing more comes.
    pub(super) fn finish(&mut self) -> Vec<u8> {
        for (number, channel) in self.channels.iter_mut().enumerate() {
            if Self::is_heard(self.chosen.as_ref(), number) {
                channel.demodulator.finish();
            }
        }
        self.choose(true)
    }

    /// The best of the channels, if a codeword was read of it.
    fn best(&self) -> Option<usize> {
        // Of equal ones the first.
        let best = self.channels.iter().enumerate().rev().max_by(|(_, one), (_, other)| one.compare(other));
        best.filter(|(_, channel)| channel.codewords() > 0).map(|(number, _)| number)
    }

    /// Takes the bytes of the chosen channel. It is the one that bears ours best when the first codeword was read.
    fn choose(&mut self, is_last: bool) -> Vec<u8> {
        let Some(mut chosen) = self.chosen.take().or_else(|| self.best().map(Chosen::new)) else {
            // Nothing was read: what codewords that were lost would give is nothing.
            self.channels.iter_mut().for_each(|channel| drop(channel.demodulator.take_bytes()));
            return Vec::new();
        };
        let Some(channel) = self.channels.get_mut(chosen.number) else { return Vec::new() };
        let mut told = channel.demodulator.take_bytes();
        let now = channel.report().samples;
        let counted = Tally::from_report(channel.report());
        let new = counted.since(&chosen.seen);
        chosen.seen = counted;
        if new.superframes > 0 {
            chosen.heard_at = now;
        }
        if chosen.trial.is_none() && new.is_mostly_lost() && self.channels.len() > 1 && now >= chosen.trial_from {
            self.begin_trial(&mut chosen, now);
        }
        let counts = if chosen.trial.is_some() { &mut self.in_doubt } else { &mut self.tally };
        counts.add(&new);
        if chosen.trial.is_some_and(|(until, _)| now >= until || is_last) {
            self.end_trial(&mut chosen, now, &mut told);
        }
        self.chosen = Some(chosen);
        self.forget(now);
        told
    }

    /// Listens to the others beside the chosen one, from here on.
    fn begin_trial(&mut self, chosen: &mut Chosen, now: u64) {
        chosen.trial = Some((now + TRIAL, codewords(&chosen.seen.good)));
        let rate = self.format.rate;
        let others = self.channels.iter_mut().enumerate().filter(|(number, _)| *number != chosen.number);
        others.for_each(|(_, channel)| *channel = Channel::new(rate));
    }

    /// Goes to another channel where that gave more.
    fn end_trial(&mut self, chosen: &mut Chosen, now: u64, told: &mut Vec<u8>) {
        let (_, before) = chosen.trial.take().unwrap_or_default();
        chosen.trial_from = now + TRIAL_AGAIN;
        let mine = codewords(&chosen.seen.good).saturating_sub(before);
        let others = self.channels.iter().enumerate().filter(|(number, _)| *number != chosen.number);
        let best = others.max_by(|(_, one), (_, other)| one.compare(other));
        let in_doubt = std::mem::take(&mut self.in_doubt);
        match best.filter(|(_, channel)| channel.codewords() > mine).map(|(number, _)| number) {
            // What it lost says nothing of the cable.
            Some(better) => {
                *chosen = Chosen::new(better);
                if let Some(channel) = self.channels.get_mut(better) {
                    // The end of a frame, wherever the other channel was.
                    told.push(0);
                    told.append(&mut channel.demodulator.take_bytes());
                    let report = channel.report();
                    (chosen.seen, chosen.heard_at) = (Tally::from_report(report), report.samples);
                    self.tally.add(&chosen.seen);
                }
            }
            None => self.tally.add(&in_doubt),
        }
    }

    /// Listens to every channel anew where the chosen one has been silent for long.
    fn forget(&mut self, now: u64) {
        let Some(chosen) = &self.chosen else { return };
        let Some(channel) = self.channels.get(chosen.number) else { return };
        let is_silent = now.saturating_sub(chosen.heard_at) > FORGOTTEN_AFTER && !channel.demodulator.is_locked();
        if is_silent && self.channels.len() > 1 {
            self.last = Some(channel.report().clone());
            self.chosen = None;
            self.tally.add(&std::mem::take(&mut self.in_doubt));
            // The one that is silent now as well: by what it bore until now it would be chosen again.
            let rate = self.format.rate;
            self.channels.iter_mut().for_each(|channel| *channel = Channel::new(rate));
        }
    }

    /// What the sound is like, in the units of people.
    pub(super) fn state(&self) -> SoundState {
        let loudest = || {
            let reports = self.channels.iter().map(Channel::report);
            reports.max_by(|a, b| a.power.total_cmp(&b.power))
        };
        let chosen = self.chosen.as_ref().and_then(|chosen| self.channels.get(chosen.number)).map(Channel::report);
        let Some(now) = chosen.or_else(loudest) else { return SoundState::default() };
        // Of the superframe that was read last, whichever channel that was in.
        let read = if now.superframes > 0 { now } else { self.last.as_ref().unwrap_or(now) };
        let decibels = |power: f32| 10.0 * power.max(1e-12).log10();
        let small = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        #[expect(clippy::cast_precision_loss, reason = "seconds for people")]
        let seconds = self.blocks as f32 / self.format.rate.max(1) as f32;
        #[expect(clippy::cast_possible_truncation, reason = "millionths for people")]
        let clock = read.clock.map(|ratio| ((1.0 / ratio - 1.0) * 1e6) as f32);
        SoundState {
            seconds,
            level: decibels(now.power),
            clipped: now.clipped,
            signal: read.signal.map(|(power, clipped)| Signal { level: decibels(power), clipped }),
            snr: read.snr.map(decibels),
            clock,
            mode: read.mode.and_then(|mode: Mode| u8::try_from(mode.number()).ok()),
            superframes: small(self.tally.superframes),
            good: self.tally.good.map(small),
            bad: self.tally.bad.map(small),
        }
    }
}
