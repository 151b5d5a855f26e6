//! Pictures on their way to being frames: they are looked at in other processes, and what they gave comes out in their
//! order.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use rootcast_protocol::frame::Frame;

use super::reader_process::{Looked, Payload, Picture, ReaderSet, Readers, Seen};
use crate::link::kind::Remedy;
use crate::link::optical::aiming::not_read::NotRead;
use crate::link::optical::aiming::photograph::{AboutPhotograph, about_photograph};
use crate::link::optical::qr_reader::Outcome;
use crate::link::receiver::{LinkEvent, LinkFailure};

/// Pictures that a content must be away for to be another shown frame: a second of a camera.
const DOUBLED_WITHIN: u64 = 30;
/// How often a view of the picture is made for people.
const VIEW_EVERY: Duration = Duration::from_millis(125);

/// What to do where pictures fail, and with them what takes them.
pub(super) const CHECK_CAMERA: Remedy = Remedy {
    text: "Check the camera and its cable, or the pictures, then run the same command again.",
    is_of_a_device: true,
};

/// How the line treats what it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Each picture stands for itself, and is what it is: nobody aims.
    Photographs,
    /// Pictures follow each other: a shown frame is in several, and somebody may aim.
    Film,
}

impl Kind {
    /// How many readers there are, and how many pictures each is given at the same time. Pictures of a film go to one
    /// reader, which remembers where codes were. It looks at two; the third is on its way to it meanwhile.
    const fn readers(self) -> (u8, usize) {
        match self {
            Self::Photographs => (2, 1),
            Self::Film => (1, 3),
        }
    }

    /// How many processes look at its pictures.
    pub(super) const fn processes(self) -> u8 {
        self.readers().0
    }
}

pub(super) struct PictureLine {
    readers: ReaderSet,
    handed_on: HandedOn,
    viewed: Option<Instant>,
}

impl PictureLine {
    pub(super) fn new(kind: Kind, readers: &Readers) -> Self {
        let (count, at_once) = kind.readers();
        Self { readers: ReaderSet::new(readers, count.into(), at_once), handed_on: HandedOn::new(kind), viewed: None }
    }

    /// Whether a view of the next picture is wanted.
    fn wants_view(&mut self) -> bool {
        let due = self.viewed.is_none_or(|viewed| viewed.elapsed() >= VIEW_EVERY);
        if due {
            self.viewed = Some(Instant::now());
        }
        due
    }

    /// Has a picture looked at; waits for the oldest where there are enough. What is ready goes to `each`.
    pub(super) fn take(
        &mut self,
        title: String,
        payload: Payload,
        each: &mut dyn FnMut(LinkEvent),
    ) -> Result<(), LinkFailure> {
        self.hand_on_ready(each)?;
        while !self.readers.has_room() {
            let Some(look) = self.readers.oldest()? else { break };
            self.handed_on.hand_on(look, each);
        }
        let wants_view = self.handed_on.kind == Kind::Film && self.wants_view();
        self.readers.take(Picture { title, payload, wants_view })
    }

    /// Waits for all pictures.
    pub(super) fn finish(&mut self, each: &mut dyn FnMut(LinkEvent)) -> Result<(), LinkFailure> {
        while let Some(look) = self.readers.oldest()? {
            self.handed_on.hand_on(look, each);
        }
        Ok(())
    }

    /// What became of the photographs whose results were handed on since the last call, in their order: whether each could
    /// be looked at, or why not, in words.
    pub(super) fn take_outcomes(&mut self) -> Vec<Result<(), String>> {
        std::mem::take(&mut self.handed_on.outcomes)
    }

    /// Hands on what is ready, without waiting.
    pub(super) fn hand_on_ready(&mut self, each: &mut dyn FnMut(LinkEvent)) -> Result<(), LinkFailure> {
        while let Some(look) = self.readers.ready()? {
            self.handed_on.hand_on(look, each);
        }
        Ok(())
    }
}

/// What was handed on, and how.
struct HandedOn {
    kind: Kind,
    /// Pictures whose result was handed on.
    number: u64,
    /// Contents seen lately, by their hash, and in which picture last.
    contents: VecDeque<(u64, u64)>,
    /// Of photographs: what became of each, until that is asked for.
    outcomes: Vec<Result<(), String>>,
    /// Of photographs: of how many something was said.
    told: usize,
}

/// Photographs of which something is said one by one.
const TOLD_MAX: usize = 50;

impl HandedOn {
    fn new(kind: Kind) -> Self {
        Self { kind, number: 0, contents: VecDeque::new(), outcomes: Vec::new(), told: 0 }
    }

    fn hand_on(&mut self, Looked { is_last, title, look }: Looked, each: &mut dyn FnMut(LinkEvent)) {
        if self.kind == Kind::Photographs && is_last {
            self.outcomes.push(look.as_ref().map(|_| ()).map_err(Clone::clone));
        }
        let (reading, view) = match look.map(|seen| *seen) {
            Ok(Seen::Picture { reading, view }) => (reading, view),
            Ok(Seen::Sound(_)) => return,
            Err(_) if self.kind == Kind::Photographs => return,
            Err(why) => return each(LinkEvent::Unusable(why)),
        };
        let contents = reading.contents();
        let codes = contents.len();
        let fresh: Vec<Vec<u8>> = match self.kind {
            Kind::Photographs => contents,
            Kind::Film => contents.into_iter().filter(|content| self.is_fresh(content)).collect(),
        };
        self.number += 1;
        let mixed = reading.sightings.iter().filter(|seen| seen.outcome == Outcome::Mixed).count();
        each(LinkEvent::Picture { codes: small(codes), doubled: small(codes - fresh.len()), mixed: small(mixed) });
        // Of those that are told of no more, the last words still give the cause.
        if self.kind == Kind::Photographs
            && let Some(AboutPhotograph { text, advice }) = about_photograph(&reading)
        {
            let line = (self.told < TOLD_MAX).then(|| {
                self.told += 1;
                let more = if self.told == TOLD_MAX { ". No more pictures are told of one by one" } else { "" };
                format!("{title}: {text}{more}")
            });
            each(LinkEvent::NotRead(Box::new(NotRead { title, line, advice })));
        }
        if self.kind == Kind::Film {
            each(LinkEvent::Seen { reading: Box::new(reading), view: view.map(Box::new) });
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
        if let Some(at) = self.contents.iter().position(|(known, _)| *known == hash)
            && let Some((_, last)) = self.contents.remove(at)
        {
            self.contents.push_back((hash, number));
            return number.saturating_sub(last) >= within;
        }
        self.contents.push_back((hash, number));
        if self.contents.len() > HANDED_MAX {
            self.contents.pop_front();
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

    use super::{HANDED_MAX, HandedOn, Kind, Looked, Seen};
    use crate::link::optical::qr_reader::Reading;
    use crate::link::receiver::LinkEvent;

    fn frame(number: u32) -> Vec<u8> {
        let object = Object::new(&[7; 100]).unwrap();
        Frame::new(object, Esi::new(number).unwrap(), &[0; 176]).unwrap().encode()
    }

    #[test]
    fn a_code_that_stands_still_is_one_frame_and_one_that_comes_back_is_another() {
        let mut line = HandedOn::new(Kind::Film);
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
            let (mut line, mut pictures, mut seen) = (HandedOn::new(kind), 0, 0);
            let mut each = |heard: LinkEvent| match heard {
                LinkEvent::Picture { .. } => pictures += 1,
                LinkEvent::Seen { .. } => seen += 1,
                _ => {}
            };
            let look = Ok(Box::new(Seen::Picture { reading: Reading::default(), view: None }));
            line.hand_on(Looked { is_last: true, title: "a.png".to_owned(), look }, &mut each);
            assert_eq!((pictures, seen), (1, told), "{kind:?}");
            assert_eq!(line.outcomes.len(), usize::from(kind == Kind::Photographs));
        }
    }

    #[test]
    fn no_more_than_a_second_of_contents_is_remembered() {
        let mut line = HandedOn::new(Kind::Film);
        for number in 0..2000 {
            line.number = u64::from(number);
            assert!(line.is_fresh(&frame(number)) && line.contents.len() <= HANDED_MAX);
        }
        assert!(!line.is_fresh(&frame(1999)));
    }
}
