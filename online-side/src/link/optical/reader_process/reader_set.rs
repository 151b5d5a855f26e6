//! The readers of one link: each picture goes to one of them, and what they saw comes out in the order of the pictures.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver as Inbox, SyncSender, TryRecvError, sync_channel};
use std::thread;
use std::time::Duration;

use super::control::{Cause, Request};
use super::pictures::{Payload, Picture};
use super::readers::{Place, Readers};
use super::supervisor::PICTURE_TIME_MAX;
use super::wire::{Answer, ENCODED_SIZE_MAX, Head, Kind, LIGHT_SIZE_MAX, Seen};
use crate::link::descriptor::set_apart_file;
use crate::link::receiver::LinkFailure;

/// What became of a picture: what was seen in it, or why it was skipped, in words.
pub(crate) type Look = Result<Box<Seen>, String>;

/// What became of a picture, or of one picture of an animation.
#[derive(Debug)]
pub(crate) struct Looked {
    /// Whether it is all of it.
    pub(crate) is_last: bool,
    /// The picture's name.
    pub(crate) title: String,
    /// What became of it.
    pub(crate) look: Look,
}

/// Bytes of a file that are copied at a time.
const COPIED_AT_ONCE: usize = 256 << 10;
/// Answers that wait for whoever asked.
const ANSWERS_WAITING_MAX: usize = 8;
/// Pictures of one animation: more than `qr:gif` writes.
const PARTS_MAX: u32 = 20_100;

/// How often a reader is started in vain, and how long is waited in between, longer each time: two seconds in all.
const START_TRIES_MAX: u32 = 20;
const START_AGAIN_AFTER: Duration = Duration::from_millis(10);

/// The readers of one link.
pub(crate) struct ReaderSet {
    seats: Vec<Seat>,
    /// Pictures that one reader looks at at the same time.
    at_once: usize,
    /// Pictures that were taken, the oldest first.
    taken: VecDeque<Taken>,
    next_number: u64,
    /// Large pictures that wait until they may be decoded, and the one that is decoded now.
    large: VecDeque<u64>,
    decoded: Option<u64>,
    answers: Inbox<(usize, u64, Said)>,
    outbox: SyncSender<(usize, u64, Said)>,
}

/// A place for a reader, and who is there.
struct Seat {
    place: Place,
    /// Into the reader; nothing before the first picture, and after one ended.
    into: Option<File>,
    /// How many readers were here: what one before said is not listened to.
    generation: u64,
    /// Whether the reader has looked at a picture: what that left in its memory may harm the next one.
    is_used: bool,
    /// Whether what it said made no sense.
    is_unsound: bool,
}

/// A picture that was taken.
struct Taken {
    number: u64,
    picture: Picture,
    stands: Stands,
    /// Pictures of the animation that were looked at, and those of them that nobody took yet.
    parts: u32,
    ready: VecDeque<Box<Seen>>,
}

enum Stands {
    /// In the hands of the reader of this seat.
    With(usize),
    /// Its reader ended while it looked at others, too: it is looked at once more, alone.
    Suspected,
    /// Its reader ended for a reason that may have been none of its own, and another one looks at it.
    Again(usize),
    /// It was looked at.
    Done(Look),
}

/// What comes from a reader.
enum Said {
    Answer(Answer),
    /// It ended.
    Ended,
    /// It said what makes no sense.
    Unsound,
}

/// What to do where a reader cannot be started.
const NEXT_OF_PROCESS: &str =
    "Make room for another process: memory, and the limit of processes (`ulimit -u`). Then run the same command again.";

impl ReaderSet {
    /// `count` readers, each for `at_once` pictures at the same time.
    pub(crate) fn new(readers: &Readers, count: usize, at_once: usize) -> Self {
        let (outbox, answers) = sync_channel(ANSWERS_WAITING_MAX);
        let seats = (0..count)
            .map(|_| Seat { place: readers.place(), into: None, generation: 0, is_used: false, is_unsound: false })
            .collect();
        let (taken, large) = (VecDeque::new(), VecDeque::new());
        Self { seats, at_once, taken, next_number: 0, large, decoded: None, answers, outbox }
    }

    /// Whether another picture can be taken now.
    pub(crate) fn has_room(&self) -> bool {
        let is_alone = self.decoded.is_some() || !self.large.is_empty();
        let is_suspected = self.taken.iter().any(|taken| matches!(taken.stands, Stands::Suspected));
        !is_alone && !is_suspected && self.taken.len() < self.seats.len() * self.at_once
    }

    /// Takes a picture. It has room for it.
    ///
    /// # Errors
    /// When no reader can be started.
    pub(crate) fn take(&mut self, picture: Picture) -> Result<(), LinkFailure> {
        let number = self.next_number;
        self.next_number += 1;
        let with = |seat: usize| self.taken.iter().filter(|taken| taken.is_with(seat)).count();
        let seat = (0..self.seats.len()).min_by_key(|seat| with(*seat)).unwrap_or(0);
        let (parts, ready) = (0, VecDeque::new());
        self.taken.push_back(Taken { number, picture, stands: Stands::With(seat), parts, ready });
        self.give(number, seat)
    }

    /// What became of the oldest picture, if it was looked at by now.
    ///
    /// # Errors
    /// When no reader can be started.
    pub(crate) fn ready(&mut self) -> Result<Option<Looked>, LinkFailure> {
        loop {
            match self.answers.try_recv() {
                Ok((seat, generation, said)) => self.hear(seat, generation, said)?,
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return Ok(self.pop()),
            }
        }
    }

    /// Waits for the oldest picture; nothing if there is none.
    ///
    /// # Errors
    /// When no reader can be started.
    pub(crate) fn oldest(&mut self) -> Result<Option<Looked>, LinkFailure> {
        loop {
            if self.taken.is_empty() {
                return Ok(None);
            }
            if let Some(oldest) = self.pop() {
                return Ok(Some(oldest));
            }
            let Ok((seat, generation, said)) = self.answers.recv() else { return Ok(None) };
            self.hear(seat, generation, said)?;
        }
    }

    fn pop(&mut self) -> Option<Looked> {
        let oldest = self.taken.front_mut()?;
        if let Some(seen) = oldest.ready.pop_front() {
            return Some(Looked { is_last: false, title: oldest.picture.title.clone(), look: Ok(seen) });
        }
        if !matches!(oldest.stands, Stands::Done(_)) {
            return None;
        }
        let Taken { picture, stands, .. } = self.taken.pop_front()?;
        match stands {
            Stands::Done(look) => Some(Looked { is_last: true, title: picture.title, look }),
            _ => None,
        }
    }

    fn hear(&mut self, seat: usize, generation: u64, said: Said) -> Result<(), LinkFailure> {
        if self.seats.get(seat).is_none_or(|there| there.generation != generation) {
            return Ok(());
        }
        match said {
            Said::Answer(Answer::Looked(number, look)) if self.is_with(number, seat) => {
                // What a large picture leaves in the memory of its reader would be missing for the next one.
                let is_large = self.is_large(number);
                self.done(number, look);
                if let Some(there) = self.seats.get_mut(seat) {
                    there.place.ended();
                    there.is_used = true;
                    if is_large {
                        (there.into, there.generation) = (None, there.generation + 1);
                    }
                }
                self.go_on()
            }
            // An animation is decoded alone, so it is the oldest picture, and its parts are taken as they come.
            Said::Answer(Answer::Part(number, seen)) if self.decoded == Some(number) && self.is_with(number, seat) => {
                let Some(taken) = self.taken.iter_mut().find(|taken| taken.number == number) else { return Ok(()) };
                taken.parts += 1;
                if taken.parts > PARTS_MAX {
                    return self.is_unsound(seat);
                }
                taken.ready.push_back(seen);
                // Each of its pictures has the processor time of one.
                if let Some(there) = self.seats.get(seat) {
                    there.place.ended();
                    there.place.begins();
                }
                Ok(())
            }
            Said::Answer(Answer::Large(number)) if self.is_with(number, seat) && !self.is_large(number) => {
                self.large.push_back(number);
                // It waits, and that is no standing still.
                if let Some(there) = self.seats.get(seat) {
                    there.place.ended();
                }
                self.go_on()
            }
            Said::Ended => self.lost(seat),
            Said::Answer(_) | Said::Unsound => self.is_unsound(seat),
        }
    }

    /// The reader of this seat says what makes no sense.
    fn is_unsound(&mut self, seat: usize) -> Result<(), LinkFailure> {
        if let Some(there) = self.seats.get_mut(seat) {
            there.is_unsound = true;
        }
        self.lost(seat)
    }

    /// Goes on with a large picture, or with one that is looked at alone, where nothing else is being looked at.
    fn go_on(&mut self) -> Result<(), LinkFailure> {
        let open = self.taken.iter().filter(|taken| !matches!(taken.stands, Stands::Done(_) | Stands::Suspected));
        let open: Vec<u64> = open.map(|taken| taken.number).collect();
        if self.decoded.is_none()
            && open.iter().all(|number| self.large.contains(number))
            && let Some(number) = self.large.pop_front()
        {
            self.decoded = Some(number);
            let seat = self.taken.iter().find(|taken| taken.number == number).and_then(Taken::seat).unwrap_or(0);
            let head = Head { kind: Kind::Go, wants_view: false, number, width: 0, height: 0, length: 0 };
            // A reader that is gone says so itself.
            if let Some(there) = self.seats.get_mut(seat) {
                there.place.begins();
                let _ = there.into.as_mut().map(|into| into.write_all(&head.to_bytes()));
            }
        }
        if open.is_empty()
            && let Some(suspected) = self.taken.iter_mut().find(|taken| matches!(taken.stands, Stands::Suspected))
        {
            suspected.stands = Stands::With(0);
            let number = suspected.number;
            return self.give(number, 0);
        }
        Ok(())
    }

    fn is_with(&self, number: u64, seat: usize) -> bool {
        self.taken.iter().any(|taken| taken.number == number && taken.is_with(seat))
    }

    /// Whether it waits as a large picture, or is decoded as one.
    fn is_large(&self, number: u64) -> bool {
        self.decoded == Some(number) || self.large.contains(&number)
    }

    /// It is looked at anew, or not any more.
    fn is_not_large(&mut self, number: u64) {
        self.large.retain(|large| *large != number);
        self.decoded = self.decoded.filter(|decoded| *decoded != number);
    }

    fn done(&mut self, number: u64, look: Look) {
        self.is_not_large(number);
        if let Some(taken) = self.taken.iter_mut().find(|taken| taken.number == number) {
            let look = look.map_err(|why| taken.picture.skipped(&why));
            taken.stands = Stands::Done(look);
        }
    }

    /// The reader of this seat has ended: what it looked at is what ended it.
    fn lost(&mut self, seat: usize) -> Result<(), LinkFailure> {
        let Some(there) = self.seats.get_mut(seat) else { return Ok(()) };
        there.into = None;
        let was_used = there.is_used;
        let cause = self.seat_reader(seat)?;
        let numbers: Vec<u64> =
            self.taken.iter().filter(|taken| taken.is_with(seat)).map(|taken| taken.number).collect();
        match numbers.as_slice() {
            [] => {}
            [number] if may_be_harmless(cause, was_used) && !self.is_tried_again(*number) => {
                self.is_not_large(*number);
                if let Some(taken) = self.taken.iter_mut().find(|taken| taken.number == *number) {
                    taken.stands = Stands::Again(seat);
                }
                return self.give(*number, seat);
            }
            [number] => self.done(*number, Err(why(cause))),
            _ => {
                numbers.iter().for_each(|number| self.is_not_large(*number));
                for taken in self.taken.iter_mut().filter(|taken| numbers.contains(&taken.number)) {
                    taken.stands = Stands::Suspected;
                }
            }
        }
        self.go_on()
    }

    fn is_tried_again(&self, number: u64) -> bool {
        self.taken.iter().any(|taken| taken.number == number && matches!(taken.stands, Stands::Again(_)))
    }

    /// Puts another reader into this seat; why the one before ended.
    fn seat_reader(&mut self, seat: usize) -> Result<Cause, LinkFailure> {
        let Some(there) = self.seats.get_mut(seat) else { return Ok(Cause::Asked) };
        let failed = |error: io::Error| {
            LinkFailure::new(format!("no process could be started that looks at pictures: {error}"))
                .with_next(NEXT_OF_PROCESS)
        };
        let request = if there.is_unsound { Request::Replace } else { Request::Another };
        let mut tried = 0;
        let started = loop {
            match there.place.another(request) {
                Ok(started) => break started,
                // Something else may have ended it before it said anything, or memory may be short for a moment.
                Err(_) if tried < START_TRIES_MAX => {
                    tried += 1;
                    thread::sleep(START_AGAIN_AFTER * tried);
                }
                Err(error) => return Err(failed(error)),
            }
        };
        there.generation += 1;
        (there.is_used, there.is_unsound) = (false, false);
        there.into = Some(started.into);
        let (outbox, generation, mut out_of) = (self.outbox.clone(), there.generation, started.out_of);
        thread::Builder::new()
            .name("hears-reader".to_owned())
            .spawn(move || {
                loop {
                    let said = match Answer::read(&mut out_of) {
                        Ok(answer) => Said::Answer(answer),
                        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Said::Ended,
                        Err(_) => Said::Unsound,
                    };
                    let is_last = !matches!(said, Said::Answer(_));
                    // Nobody listens any more, or there is no more to hear.
                    if outbox.send((seat, generation, said)).is_err() || is_last {
                        return;
                    }
                }
            })
            .map_err(failed)?;
        Ok(started.cause)
    }

    /// Gives a picture to the reader of this seat.
    fn give(&mut self, number: u64, seat: usize) -> Result<(), LinkFailure> {
        if self.seats.get(seat).is_some_and(|there| there.into.is_none()) {
            self.seat_reader(seat)?;
        }
        let picture = self.taken.iter().find(|taken| taken.number == number).map(|taken| taken.picture.clone());
        let (Some(picture), Some(there)) = (picture, self.seats.get_mut(seat)) else { return Ok(()) };
        let Some(into) = there.into.as_mut() else { return Ok(()) };
        match picture.head(number) {
            Ok((head, content)) => {
                there.place.begins();
                // A reader that is gone, or goes meanwhile, says so itself.
                let _ = into.write_all(&head.to_bytes()).and_then(|()| content.copy(head.length, into));
                Ok(())
            }
            Err(why) => {
                self.done(number, Err(why));
                self.go_on()
            }
        }
    }
}

impl Taken {
    fn seat(&self) -> Option<usize> {
        match self.stands {
            Stands::With(seat) | Stands::Again(seat) => Some(seat),
            Stands::Suspected | Stands::Done(_) => None,
        }
    }

    fn is_with(&self, seat: usize) -> bool {
        self.seat() == Some(seat)
    }
}

/// Whether a reader that ended so may have ended for another reason than the picture that it looked at.
fn may_be_harmless(cause: Cause, was_used: bool) -> bool {
    match cause {
        Cause::StoodStill | Cause::Before => true,
        Cause::Signal(_) | Cause::Exit(_) => was_used,
        Cause::Budget | Cause::Asked => false,
    }
}

/// Why a picture is skipped whose reader ended.
fn why(cause: Cause) -> String {
    match cause {
        Cause::Budget => {
            format!("it takes more than {} s of processor time: make it smaller", PICTURE_TIME_MAX.as_secs())
        }
        Cause::StoodStill => "its reader stood still".to_owned(),
        Cause::Before => "its reader was ended before it".to_owned(),
        Cause::Signal(6) => "its reader failed, or needed more memory than it may have (signal 6)".to_owned(),
        Cause::Signal(number) => format!("its reader failed (signal {number})"),
        Cause::Exit(code) => format!("its reader ended (exit code {code})"),
        Cause::Asked => "its reader said what makes no sense".to_owned(),
    }
}

/// The bytes of a picture.
enum Content {
    Memory(Payload),
    Encoded(Vec<u8>),
    File(File),
}

impl Picture {
    /// What is said of it where it is skipped.
    fn skipped(&self, why: &str) -> String {
        match &self.payload {
            Payload::File(_) => format!("{} is not a readable picture: {why}", self.title),
            Payload::Grey(_) | Payload::Camera(..) | Payload::Sound(_) => format!("{} was skipped: {why}", self.title),
        }
    }

    /// The head of the request about it, and its bytes.
    fn head(&self, number: u64) -> Result<(Head, Content), String> {
        let head =
            |kind, width, height, length| Head { kind, wants_view: self.wants_view, number, width, height, length };
        let size = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        match &self.payload {
            Payload::Grey(grey) => {
                let head = head(Kind::Grey, grey.width, grey.height, size(&grey.luma));
                Ok((head, Content::Memory(self.payload.clone())))
            }
            Payload::Camera(form, width, height, bytes) => {
                let head = head(Kind::Camera(*form), *width, *height, size(bytes));
                if head.length > LIGHT_SIZE_MAX {
                    let (has, most) = (head.length >> 20, LIGHT_SIZE_MAX >> 20);
                    return Err(format!(
                        "it has {has} MiB; at most {most} MiB are supported: ask for a smaller format"
                    ));
                }
                Ok((head, Content::Memory(self.payload.clone())))
            }
            Payload::Sound(piece) => {
                let bytes = postcard::to_allocvec(&**piece).map_err(|error| error.to_string())?;
                Ok((head(Kind::Sound, 0, 0, size(&bytes)), Content::Encoded(bytes)))
            }
            Payload::File(path) => {
                let opened =
                    File::open(path).and_then(set_apart_file).and_then(|file| Ok((file.metadata()?.len(), file)));
                let (length, file) = opened.map_err(|error| error.to_string())?;
                if length > ENCODED_SIZE_MAX {
                    let most = ENCODED_SIZE_MAX >> 20;
                    return Err(format!("it has {} MiB; at most {most} MiB are supported", length >> 20));
                }
                Ok((head(Kind::Photograph, 0, 0, length), Content::File(file)))
            }
        }
    }
}

impl Content {
    /// Copies exactly so many bytes.
    fn copy(self, length: u64, into: &mut File) -> io::Result<()> {
        match self {
            Self::Memory(Payload::Grey(grey)) => into.write_all(&grey.luma),
            Self::Memory(Payload::Camera(_, _, _, bytes)) => into.write_all(&bytes),
            Self::Encoded(bytes) => into.write_all(&bytes),
            Self::Memory(Payload::File(_) | Payload::Sound(_)) => Ok(()),
            Self::File(mut file) => {
                let mut left = length;
                let mut bytes = vec![0; COPIED_AT_ONCE];
                while left > 0 {
                    let most = usize::try_from(left).map_or(COPIED_AT_ONCE, |left| left.min(COPIED_AT_ONCE));
                    let piece = bytes.get_mut(..most).unwrap_or_default();
                    let count = match file.read(piece) {
                        // It became shorter, or cannot be read on: a picture with its end missing is told as one.
                        Ok(0) | Err(_) => {
                            piece.fill(0);
                            most
                        }
                        Ok(count) => count,
                    };
                    into.write_all(piece.get(..count).unwrap_or_default())?;
                    left -= u64::try_from(count).unwrap_or(left);
                }
                Ok(())
            }
        }
    }
}
