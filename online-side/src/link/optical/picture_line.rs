//! Pictures on their way to being frames: two are read at a time, and what they gave comes out in their order.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::mpsc::{Receiver as Inbox, RecvTimeoutError, TryRecvError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rootcast_protocol::frame::Frame;

use crate::link::optical::qr_reader::{Outcome, Reading};
use crate::link::optical::viewfinder::View;
use crate::link::receiver::{LinkEvent, LinkFailure};

/// The name of the threads in which other people's picture code runs; `main` keeps their panics off the screen.
pub(crate) const READER_THREAD: &str = "picture-reader";
/// Pictures read at the same time.
const AT_ONCE: usize = 2;
/// After so long a picture is given up: its budget is far below that, so the code that reads it hangs.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(10);
/// Pictures given up until the link is.
const GIVEN_UP_MAX: u32 = 3;
/// Pictures that a content must be away for to be another shown frame: a second of a camera.
const DOUBLED_WITHIN: u64 = 30;
/// How often a view of the picture is made for people.
const VIEW_EVERY: Duration = Duration::from_millis(125);

/// What reading one picture gave.
pub(super) struct Read {
    pub(super) reading: Reading,
    /// Now and then what a film's picture looked like.
    pub(super) view: Option<View>,
}

/// How the line treats what it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Each picture stands for itself, and is what it is: nobody aims.
    Photographs,
    /// Pictures follow each other: a shown frame is in several, and somebody may aim.
    Film,
}

pub(super) struct PictureLine {
    kind: Kind,
    running: VecDeque<Inbox<Result<Read, String>>>,
    given_up: u32,
    /// Pictures whose result was handed on.
    number: u64,
    /// Contents seen lately, by their hash, and in which picture last.
    handed: VecDeque<(u64, u64)>,
    viewed: Option<Instant>,
}

impl PictureLine {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, running: VecDeque::new(), given_up: 0, number: 0, handed: VecDeque::new(), viewed: None }
    }

    /// Whether a view of the next picture is wanted.
    pub(super) fn wants_view(&mut self) -> bool {
        let due = self.viewed.is_none_or(|viewed| viewed.elapsed() >= VIEW_EVERY);
        if due {
            self.viewed = Some(Instant::now());
        }
        due
    }

    /// Has a picture read; waits for the oldest where there are enough. What is ready goes to `each`.
    pub(super) fn take(
        &mut self,
        read: impl FnOnce() -> Result<Read, String> + Send + 'static,
        each: &mut dyn FnMut(LinkEvent),
    ) -> Result<(), LinkFailure> {
        self.hand_on_ready(each)?;
        while self.running.len() >= AT_ONCE {
            self.hand_on_oldest(each)?;
        }
        let (outbox, inbox) = sync_channel(1);
        let begun = thread::Builder::new().name(READER_THREAD.to_owned()).spawn(move || {
            let _ = outbox.send(read());
        });
        match begun {
            Ok(_) => self.running.push_back(inbox),
            Err(error) => each(LinkEvent::Unusable(format!("a picture could not be read: no thread for it: {error}"))),
        }
        Ok(())
    }

    /// Waits for all pictures.
    pub(super) fn finish(&mut self, each: &mut dyn FnMut(LinkEvent)) -> Result<(), LinkFailure> {
        while !self.running.is_empty() {
            self.hand_on_oldest(each)?;
        }
        Ok(())
    }

    /// Hands on what is ready, without waiting.
    pub(super) fn hand_on_ready(&mut self, each: &mut dyn FnMut(LinkEvent)) -> Result<(), LinkFailure> {
        while let Some(oldest) = self.running.front() {
            match oldest.try_recv() {
                Err(TryRecvError::Empty) => break,
                Ok(read) => self.hand_on(Some(read), each),
                Err(TryRecvError::Disconnected) => self.hand_on(None, each),
            }
            self.running.pop_front();
        }
        Ok(())
    }

    fn hand_on_oldest(&mut self, each: &mut dyn FnMut(LinkEvent)) -> Result<(), LinkFailure> {
        let Some(oldest) = self.running.pop_front() else { return Ok(()) };
        match oldest.recv_timeout(GIVEN_UP_AFTER) {
            Ok(read) => self.hand_on(Some(read), each),
            Err(RecvTimeoutError::Disconnected) => self.hand_on(None, each),
            Err(RecvTimeoutError::Timeout) => {
                // Its thread goes on by itself; too many of them would take the machine.
                self.given_up += 1;
                each(LinkEvent::Unusable(format!(
                    "a picture was skipped: it took longer than {} s to read",
                    GIVEN_UP_AFTER.as_secs()
                )));
                if self.given_up >= GIVEN_UP_MAX {
                    return Err(LinkFailure(format!("{GIVEN_UP_MAX} of its pictures had to be skipped")));
                }
            }
        }
        Ok(())
    }

    fn hand_on(&mut self, read: Option<Result<Read, String>>, each: &mut dyn FnMut(LinkEvent)) {
        let read = match read.unwrap_or_else(|| Err("its decoder failed".to_owned())) {
            Ok(read) => read,
            Err(why) => return each(LinkEvent::Unusable(why)),
        };
        let contents = read.reading.contents();
        let codes = contents.len();
        let fresh: Vec<Vec<u8>> = match self.kind {
            Kind::Photographs => contents,
            Kind::Film => contents.into_iter().filter(|content| self.is_fresh(content)).collect(),
        };
        self.number += 1;
        let mixed = read.reading.sightings.iter().filter(|seen| seen.outcome == Outcome::Mixed).count();
        each(LinkEvent::Picture { codes: small(codes), doubled: small(codes - fresh.len()), mixed: small(mixed) });
        if self.kind == Kind::Film {
            each(LinkEvent::Seen { reading: Box::new(read.reading), view: read.view.map(Box::new) });
        }
        fresh.into_iter().for_each(|content| each(LinkEvent::Frame(content)));
    }

    /// Whether this content was not in one of the pictures just before. Other programs' symbols are never told twice.
    fn is_fresh(&mut self, content: &[u8]) -> bool {
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        let hash = hasher.finish();
        let within = if Frame::parse(content).is_ok() { DOUBLED_WITHIN } else { u64::MAX };
        let number = self.number;
        // A code that stands still for a minute is one shown frame all the while.
        if let Some(at) = self.handed.iter().position(|(known, _)| *known == hash)
            && let Some((_, last)) = self.handed.remove(at)
        {
            self.handed.push_back((hash, number));
            return number.saturating_sub(last) >= within;
        }
        self.handed.push_back((hash, number));
        if self.handed.len() > HANDED_MAX {
            self.handed.pop_front();
        }
        true
    }
}

/// Contents remembered: a second of 16 tiles.
const HANDED_MAX: usize = 512;

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use rootcast_protocol::esi::Esi;
    use rootcast_protocol::frame::Frame;
    use rootcast_protocol::object::Object;

    use super::{HANDED_MAX, Kind, PictureLine, Read};
    use crate::link::optical::qr_reader::Reading;
    use crate::link::receiver::LinkEvent;

    fn frame(number: u32) -> Vec<u8> {
        let object = Object::new(&[7; 100]).unwrap();
        Frame::new(object, Esi::new(number).unwrap(), &[0; 176]).unwrap().encode()
    }

    #[test]
    fn a_code_that_stands_still_is_one_frame_and_one_that_comes_back_is_another() {
        let mut line = PictureLine::new(Kind::Film);
        let (still, other) = (frame(0), b"of another program".to_vec());
        let mut fresh = Vec::new();
        for number in 0..600 {
            line.number = number;
            // It is away for a second in the middle.
            if !(300..340).contains(&number) && line.is_fresh(&still) {
                fresh.push(number);
            }
            assert_eq!(line.is_fresh(&other), number == 0);
        }
        assert_eq!(fresh, [0, 340]);
    }

    #[test]
    fn what_is_seen_is_told_of_a_film_and_not_of_photographs_which_nobody_aims() {
        for (kind, told) in [(Kind::Film, 1), (Kind::Photographs, 0)] {
            let (mut line, mut pictures, mut seen) = (PictureLine::new(kind), 0, 0);
            let mut each = |heard: LinkEvent| match heard {
                LinkEvent::Picture { .. } => pictures += 1,
                LinkEvent::Seen { .. } => seen += 1,
                _ => {}
            };
            line.take(|| Ok(Read { reading: Reading::default(), view: None }), &mut each).unwrap();
            line.finish(&mut each).unwrap();
            assert_eq!((pictures, seen), (1, told), "{kind:?}");
        }
    }

    #[test]
    fn no_more_than_a_second_of_contents_is_remembered() {
        let mut line = PictureLine::new(Kind::Film);
        for number in 0..2000 {
            line.number = u64::from(number);
            assert!(line.is_fresh(&frame(number)) && line.handed.len() <= HANDED_MAX);
        }
        assert!(!line.is_fresh(&frame(1999)));
    }
}
