//! Which superframes follow each other in which modes, and what bytes are in each.
//!
//! Nobody answers, so nobody knows how good the cable is. `mode=auto` hedges: what is small goes out so robustly that
//! almost any cable carries it, and what is large goes out in several modes in turn, with fresh symbols in each. A frame
//! never spans two modes: it would arrive only where both do.

use rootcast_protocol::cobs;
use rootcast_protocol::sound::mode::Mode;

/// Superframes of one mode that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Group {
    mode: Mode,
    superframes: usize,
}

impl Group {
    const fn new(mode: Mode, superframes: usize) -> Self {
        Self { mode, superframes }
    }

    const fn bytes(self) -> usize {
        self.mode.bytes() * self.superframes
    }
}

/// For objects that fit two robust superframes, in frames that fit one of the most robust mode.
const SMALL: &[Group] = &[Group::new(Mode::Qpsk45, 1), Group::new(Mode::Qpsk12, 1)];

/// The same in longer frames: two superframes of the most robust mode hold one.
const SMALL_LONG: &[Group] = &[Group::new(Mode::Qpsk45, 1), Group::new(Mode::Qpsk12, 2)];

/// For all others.
const MIXED: &[Group] = &[
    Group::new(Mode::Qpsk45, 2),
    Group::new(Mode::Qam64R45, 3),
    Group::new(Mode::Qam1024R45, 3),
    Group::new(Mode::Qam16R45, 1),
];

/// How modes are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// By what is sent: see the module's text.
    Auto,
    /// This one, always.
    Fixed(Mode),
}

/// The turns of one transmission.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    turns: Turns,
    /// The group under way.
    at: usize,
    /// Its bytes so far.
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
enum Turns {
    /// One mode: superframes are filled one after the other, frames go on from one to the next.
    Endless(Mode),
    /// Groups in turn, each filled with whole frames.
    Groups(&'static [Group]),
}

/// A superframe to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Superframe {
    /// Its mode.
    pub(super) mode: Mode,
    /// Its bytes, all of them.
    pub(super) bytes: Vec<u8>,
}

impl Schedule {
    /// The turns for an object of which `frames_suffice` frames of at most `frame_size` bytes are enough.
    #[must_use]
    pub(super) fn new(choice: Choice, frame_size: usize, frames_suffice: u32) -> Self {
        let on_line = cobs::encoded_size_max(frame_size);
        let turns = match choice {
            Choice::Fixed(mode) => Turns::Endless(mode),
            // A frame of several large symbols fits no group of the slow modes.
            Choice::Auto if on_line > Mode::Qpsk45.bytes() => Turns::Endless(Mode::Qam64R45),
            Choice::Auto if frames_suffice > 2 => Turns::Groups(MIXED),
            Choice::Auto if on_line <= Mode::Qpsk12.bytes() => Turns::Groups(SMALL),
            Choice::Auto => Turns::Groups(SMALL_LONG),
        };
        Self { turns, at: 0, bytes: Vec::new() }
    }

    /// Superframes for each frame of so many bytes, in the mean.
    #[must_use]
    pub(super) fn superframes_per_frame(&self, frame_size: usize) -> f64 {
        let on_line = cobs::encoded_size_max(frame_size);
        let share = |part: usize, whole: usize| f64::from(small(part)) / f64::from(small(whole).max(1));
        match self.turns {
            Turns::Endless(mode) => share(on_line, mode.bytes()),
            Turns::Groups(groups) => {
                let frames = groups.iter().map(|group| group.bytes() / on_line.max(1)).sum();
                share(groups.iter().map(|group| group.superframes).sum(), frames)
            }
        }
    }

    /// Takes a frame, and gives the superframes that are full before it or with it.
    pub(super) fn add(&mut self, frame: &[u8]) -> Vec<Superframe> {
        let mut line = Vec::new();
        cobs::encode(frame, &mut line);
        match self.turns {
            Turns::Endless(mode) => {
                self.bytes.extend_from_slice(&line);
                self.cut(mode, false)
            }
            Turns::Groups(groups) => {
                let Some(group) = groups.get(self.at) else { return Vec::new() };
                let mut full = Vec::new();
                if self.bytes.len() + line.len() > group.bytes() {
                    self.bytes.resize(self.bytes.len().max(group.bytes()), 0);
                    full = self.cut(group.mode, true);
                    self.at = (self.at + 1) % groups.len();
                }
                self.bytes.extend_from_slice(&line);
                full
            }
        }
    }

    /// What is left, where nothing is to be sent with it. What comes after it goes out in the modes of the next group.
    pub(super) fn finish(&mut self) -> Vec<Superframe> {
        let mode = match self.turns {
            _ if self.bytes.is_empty() => None,
            Turns::Endless(mode) => Some(mode),
            Turns::Groups(groups) => {
                let group = groups.get(self.at);
                self.at = (self.at + 1) % groups.len();
                group.map(|group| group.mode)
            }
        };
        mode.map(|mode| self.cut(mode, true)).unwrap_or_default()
    }

    /// Whole superframes of what there is; with `rest` what is left is filled up with zeros, too.
    fn cut(&mut self, mode: Mode, rest: bool) -> Vec<Superframe> {
        let mut full = Vec::new();
        while self.bytes.len() >= mode.bytes() || (rest && !self.bytes.is_empty()) {
            let after = self.bytes.split_off(self.bytes.len().min(mode.bytes()));
            let mut bytes = std::mem::replace(&mut self.bytes, after);
            bytes.resize(mode.bytes(), 0);
            full.push(Superframe { mode, bytes });
        }
        full
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Choice, Mode, Schedule};

    fn modes(choice: Choice, frame: usize, suffice: u32, frames: usize) -> Vec<Mode> {
        let mut schedule = Schedule::new(choice, frame, suffice);
        let mut full: Vec<_> = (0..frames).flat_map(|_| schedule.add(&vec![7; frame])).collect();
        full.extend(schedule.finish());
        assert!(full.iter().all(|superframe| superframe.bytes.len() == superframe.mode.bytes()));
        full.iter().map(|superframe| superframe.mode).collect()
    }

    #[test]
    fn a_small_object_goes_out_robustly_and_a_large_one_in_every_mode_of_the_mix() {
        use Mode::{Qam16R45, Qam64R45, Qam1024R45, Qpsk12, Qpsk45};
        assert_eq!(modes(Choice::Auto, 600, 1, 4), [Qpsk45, Qpsk12, Qpsk45, Qpsk12]);
        assert_eq!(modes(Choice::Auto, 914, 2, 3), [Qpsk45, Qpsk12, Qpsk12, Qpsk45]);
        let mixed = modes(Choice::Auto, 914, 40, 31);
        let turn = [Qpsk45, Qpsk45, Qam64R45, Qam64R45, Qam64R45, Qam1024R45, Qam1024R45, Qam1024R45, Qam16R45, Qpsk45];
        assert_eq!(mixed, turn);
        assert_eq!(modes(Choice::Fixed(Qam64R45), 914, 1, 10).len(), 3, "9,210 bytes in superframes of 3,072");
    }

    #[test]
    fn the_time_that_a_frame_takes_is_that_of_its_superframes() {
        for (choice, frame, suffice) in [
            (Choice::Auto, 600, 1),
            (Choice::Auto, 914, 1),
            (Choice::Auto, 914, 40),
            (Choice::Auto, 2_850, 40),
            (Choice::Fixed(Mode::Qpsk12), 914, 40),
        ] {
            let told = Schedule::new(choice, frame, suffice).superframes_per_frame(frame);
            let sent = modes(choice, frame, suffice, 3_000).len() as f64 / 3_000.0;
            assert!((told / sent - 1.0).abs() < 0.02, "{choice:?} {frame}: {told} {sent}");
        }
    }
}
