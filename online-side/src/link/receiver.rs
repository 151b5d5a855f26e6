//! The interface of every link: it brings frames and reports on itself.
//!
//! Must not: know what kinds of links there are.

use std::fmt;
use std::time::Duration;

use crate::link::line_count::LineCount;
use crate::link::optical::aiming::not_read::NotRead;
use crate::link::optical::qr_reader::Reading;
use crate::link::optical::viewfinder::View;
use crate::link::passed_over::PassedOver;
use crate::link::sound::piece::SoundState;

/// An event of a link.
#[derive(Debug, Clone)]
pub enum LinkEvent {
    /// The bytes of what may be a frame.
    Frame(Vec<u8>),
    /// Bytes that the line coding already shows to be damaged.
    Damaged {
        /// How many bytes of the line they were.
        bytes: usize,
    },
    /// What the line of a serial port brought so far, byte by byte. Each of these replaces the one before.
    Line(LineCount),
    /// A datagram that is no frame of ours.
    Foreign,
    /// So many frames reached this host, and were dropped because its queue was full.
    QueueDrops(u64),
    /// What its interface does, for people.
    Interface(String),
    /// A description of the open link, for people.
    Opened(String),
    /// A picture was looked at; how many codes were in it (their content follows as frames).
    Picture {
        /// QR symbols read in it.
        codes: u32,
        /// How many of them were read in a picture just before already.
        doubled: u32,
        /// QR symbols of which a part was already the next one.
        mixed: u32,
    },
    /// What was seen in a picture of a camera or film, for whoever aims; and now and then what it looked like.
    Seen {
        /// What reading it gave.
        reading: Box<Reading>,
        /// The picture, made small.
        view: Option<Box<View>>,
    },
    /// What the sound of a recording is like by now.
    Sound(Box<SoundState>),
    /// A photograph that was not read, or not wholly.
    NotRead(Box<NotRead>),
    /// A file of the link that could not be used, in words.
    Unusable(String),
    /// What a folder holds that is not looked at, where that changed.
    PassedOver(Box<PassedOver>),
}

/// Whether a link can bring more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// It may.
    More,
    /// It has an end and that is reached.
    Ended,
}

/// What came of an attempt to open a link again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// It is open.
    Open,
    /// It cannot be opened yet.
    NotYet,
}

/// Whether the end of a run waits a moment for a link that puts something in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindUp {
    /// There is nothing to put in order.
    Never,
    /// If what the run waited for has come.
    IfCame,
    /// Always.
    Always,
}

/// One open link.
pub trait Receiver: Send {
    /// Waits at most about `wait` and hands what the link brought to `each`.
    ///
    /// # Errors
    /// When the link or its device failed; it is not asked again before it was opened again.
    fn receive(&mut self, wait: Duration, each: &mut dyn FnMut(LinkEvent)) -> Result<Flow, LinkFailure>;

    /// Whether it can be opened again in this run after it failed.
    fn is_tried_again(&self) -> bool {
        false
    }

    /// Tries to open it again, which takes some seconds.
    ///
    /// # Errors
    /// When it can never be opened again in this run.
    fn try_again(&mut self) -> Result<Tried, LinkFailure> {
        Ok(Tried::NotYet)
    }

    /// Whether it has something to put in order at the end of a run, for which the run waits a moment.
    fn winds_up(&self) -> WindUp {
        WindUp::Never
    }

    /// At the end of a run, how many frames its queue dropped in all, told or not. What is still in the queue is lost.
    fn dropped_in_all(&mut self) -> u64 {
        0
    }

    /// Puts that in order. It is not asked for frames any more. `came`: what the run waited for has come.
    fn wind_up(&mut self, _came: bool) {}
}

/// Open links in the order in which they were named, each with its name.
pub type OpenLinks = Vec<(String, Box<dyn Receiver>)>;

/// A link that failed while in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkFailure {
    /// Why, in words with its device.
    pub why: String,
    /// What to do about this cause; nothing where it is what holds for every link of its kind.
    pub next: Option<String>,
}

impl LinkFailure {
    /// For a cause of which no more is known.
    #[must_use]
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), next: None }
    }

    /// The same with what to do about it.
    #[must_use]
    pub(crate) fn with_next(self, next: impl Into<String>) -> Self {
        Self { next: Some(next.into()), ..self }
    }
}

impl fmt::Display for LinkFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for LinkFailure {}
