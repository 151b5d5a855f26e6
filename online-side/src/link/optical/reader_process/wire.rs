//! What goes through the two pipes of a reader. Numbers are big-endian.
//!
//! ```text
//! to it     kind 1 · form 1 · view 1 · zero 1 · number 8 · width 4 · height 4 · length 8 · bytes
//! from it   number 8 · length 4 · body
//! ```
//!
//! The kinds are below. A body is what was seen, in postcard, and whether it is all: an animation has a body for each of
//! its pictures. A length of all ones and no body asks whether a large picture may be decoded now. What comes from a reader is bounded and looked through,
//! because whoever took it over can send anything.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::link::optical::luma::Form;
use crate::link::optical::qr_reader::Reading;
use crate::link::optical::viewfinder::View;
use crate::link::sound::piece::{DecodedPiece, PIECE_SIZE};

/// Bytes of a picture's file: with the grey picture of the largest size, what a reader may have.
pub(super) const ENCODED_SIZE_MAX: u64 = 96 << 20;
/// Bytes of the light of one picture: 40 million pixels of two bytes each.
pub(super) const LIGHT_SIZE_MAX: u64 = 80 << 20;
/// Bytes of a piece of a recording, with what is known of it: fewer than 100.
pub(super) const SOUND_SIZE_MAX: u64 = 100 + PIECE_SIZE as u64;
/// Bytes of what was seen: 256 codes of the largest version, their outlines, and a view of 5 kB.
const BODY_SIZE_MAX: u32 = 1 << 20;
/// The length that stands for a question.
const LARGE: u32 = u32::MAX;
/// Characters of why a picture could not be looked at.
pub(super) const WHY_MAX: usize = 300;

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A photograph, encoded.
    Photograph,
    /// A grey picture of a film.
    Grey,
    /// What a camera sent.
    Camera(Form),
    /// A piece of a recording of sound.
    Sound,
    /// The large picture may be decoded.
    Go,
}

/// The head of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) kind: Kind,
    pub(super) wants_view: bool,
    /// The picture's number in its link.
    pub(super) number: u64,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bytes that follow.
    pub(super) length: u64,
}

const HEAD_SIZE: usize = 28;

impl Head {
    pub(super) fn to_bytes(self) -> [u8; HEAD_SIZE] {
        let (kind, form) = match self.kind {
            Kind::Photograph => (1, 0),
            Kind::Grey => (2, 0),
            Kind::Camera(Form::Plane) => (3, 0),
            Kind::Camera(Form::EverySecond) => (3, 1),
            Kind::Camera(Form::Jpeg) => (3, 2),
            Kind::Go => (4, 0),
            Kind::Sound => (5, 0),
        };
        let mut bytes = [0; HEAD_SIZE];
        let parts = [
            &[kind, form, u8::from(self.wants_view), 0][..],
            &self.number.to_be_bytes(),
            &self.width.to_be_bytes(),
            &self.height.to_be_bytes(),
            &self.length.to_be_bytes(),
        ];
        bytes.iter_mut().zip(parts.concat()).for_each(|(to, from)| *to = from);
        bytes
    }

    /// Reads the next one; nothing at the end.
    pub(super) fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        let mut what = [0; 4];
        loop {
            match from.read(&mut what[..1]) {
                Ok(0) => return Ok(None),
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        from.read_exact(&mut what[1..])?;
        let number = eight(from)?;
        let (width, height) = (four(from)?, four(from)?);
        let length = eight(from)?;
        let kind = match what {
            [1, 0, ..] => Kind::Photograph,
            [2, 0, ..] => Kind::Grey,
            [3, 0, ..] => Kind::Camera(Form::Plane),
            [3, 1, ..] => Kind::Camera(Form::EverySecond),
            [3, 2, ..] => Kind::Camera(Form::Jpeg),
            [4, 0, ..] => Kind::Go,
            [5, 0, ..] => Kind::Sound,
            _ => return Err(io::ErrorKind::InvalidData.into()),
        };
        let most = match kind {
            Kind::Photograph => ENCODED_SIZE_MAX,
            Kind::Grey | Kind::Camera(_) => LIGHT_SIZE_MAX,
            Kind::Sound => SOUND_SIZE_MAX,
            Kind::Go => 0,
        };
        let [_, _, view, _] = what;
        if length > most {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(Some(Self { kind, wants_view: view == 1, number, width, height, length }))
    }
}

/// What came of a request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Seen {
    /// What was seen in a picture, and now and then how it looked.
    Picture {
        /// What was seen.
        reading: Reading,
        /// How it looked.
        view: Option<View>,
    },
    /// What was heard in a piece of a recording.
    Sound(DecodedPiece),
}

impl Seen {
    /// Whether an honest reader can have said it.
    fn is_sound(&self) -> bool {
        match self {
            Self::Picture { reading, view } => reading.is_sound() && view.as_ref().is_none_or(View::is_sound),
            Self::Sound(heard) => heard.is_sound(),
        }
    }
}

/// What a reader says.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// It has looked at the picture, or could not, in words.
    Looked(u64, Result<Box<Seen>, String>),
    /// It has looked at one picture of an animation, and looks at the next.
    Part(u64, Box<Seen>),
    /// It asks whether it may decode this large picture now.
    Large(u64),
}

/// A body, to write.
#[derive(Serialize)]
enum BodyToWrite<'b> {
    /// All that was seen.
    Last(&'b Result<Box<Seen>, String>),
    /// What was seen in one picture of several.
    Part(&'b Seen),
}

/// The same, as it is read.
#[derive(Deserialize)]
enum Body {
    Last(Result<Box<Seen>, String>),
    Part(Box<Seen>),
}

impl Answer {
    /// Writes it.
    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let (number, body) = match self {
            Self::Large(number) => {
                to.write_all(&[&number.to_be_bytes()[..], &LARGE.to_be_bytes()].concat())?;
                return to.flush();
            }
            Self::Looked(number, looked) => (number, BodyToWrite::Last(looked)),
            Self::Part(number, seen) => (number, BodyToWrite::Part(seen)),
        };
        let body = postcard::to_allocvec(&body).map_err(io::Error::other)?;
        let length = u32::try_from(body.len()).map_err(io::Error::other)?;
        to.write_all(&[&number.to_be_bytes()[..], &length.to_be_bytes(), &body].concat())?;
        to.flush()
    }

    /// Reads the next one. What is not sound is an error: there is no reason to listen to this reader any longer.
    pub(super) fn read(from: &mut impl Read) -> io::Result<Self> {
        let (number, length) = (eight(from)?, four(from)?);
        if length == LARGE {
            return Ok(Self::Large(number));
        }
        if length > BODY_SIZE_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut body = Vec::new();
        from.take(length.into()).read_to_end(&mut body)?;
        let body: Body = postcard::from_bytes(&body).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        let sound = match &body {
            Body::Last(Ok(seen)) | Body::Part(seen) => seen.is_sound(),
            Body::Last(Err(why)) => why.chars().count() <= WHY_MAX,
        };
        match body {
            _ if !sound => Err(io::ErrorKind::InvalidData.into()),
            Body::Last(looked) => Ok(Self::Looked(number, looked)),
            Body::Part(seen) => Ok(Self::Part(number, seen)),
        }
    }
}

fn eight(from: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    from.read_exact(&mut bytes)?;
    Ok(u64::from_be_bytes(bytes))
}

fn four(from: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    from.read_exact(&mut bytes)?;
    Ok(u32::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::{Answer, BODY_SIZE_MAX, ENCODED_SIZE_MAX, Head, Kind, LARGE, Seen, WHY_MAX};
    use crate::link::optical::luma::Form;
    use crate::link::optical::qr_reader::{GreyPicture, Outcome, Point, Reading, Sighting};
    use crate::link::optical::viewfinder::View;

    fn read_of(content: &[u8]) -> Sighting {
        Sighting::at(Point::square(5.0), Outcome::Read { content: content.to_vec() })
    }

    fn bytes_of(answer: &Answer) -> Vec<u8> {
        let mut bytes = Vec::new();
        answer.write(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_request_is_read_as_it_was_written_and_is_bounded() {
        let kinds = [
            (Kind::Photograph, ENCODED_SIZE_MAX),
            (Kind::Grey, 80 << 20),
            (Kind::Camera(Form::Plane), 80 << 20),
            (Kind::Camera(Form::EverySecond), 80 << 20),
            (Kind::Camera(Form::Jpeg), 80 << 20),
            (Kind::Sound, 100 + (96 << 10)),
            (Kind::Go, 0),
        ];
        for (kind, most) in kinds {
            let head = Head { kind, wants_view: true, number: u64::MAX, width: 3, height: u32::MAX, length: most };
            assert_eq!(Head::read(&mut head.to_bytes().as_slice()).unwrap(), Some(head));
            let more = Head { length: most + 1, ..head };
            assert!(Head::read(&mut more.to_bytes().as_slice()).is_err(), "{kind:?}");
            assert!(Head::read(&mut &head.to_bytes()[..20]).is_err(), "cut");
        }
        assert_eq!(Head::read(&mut &[][..]).unwrap(), None, "the end");
        assert!(Head::read(&mut &[9; 28][..]).is_err(), "no such kind");
    }

    #[test]
    fn an_answer_is_read_as_it_was_written() {
        let picture = GreyPicture { width: 64, height: 48, luma: vec![7; 64 * 48] };
        let reading = Reading { sightings: vec![read_of(b"frame"), read_of(&[0; 2953])], ..Reading::default() };
        let view = Some(View::new(&picture, &reading));
        let told = Answer::Looked(7, Ok(Box::new(Seen::Picture { reading, view: view.clone() })));
        let Answer::Looked(7, Ok(seen)) = Answer::read(&mut bytes_of(&told).as_slice()).unwrap() else { panic!() };
        let Seen::Picture { reading, view: seen } = *seen else { panic!() };
        assert_eq!((reading.contents(), seen), (vec![b"frame".to_vec(), vec![0; 2953]], view));
        let why = Answer::Looked(8, Err("it is no picture".to_owned()));
        assert!(
            matches!(Answer::read(&mut bytes_of(&why).as_slice()).unwrap(), Answer::Looked(8, Err(why)) if why == "it is no picture")
        );
        assert!(matches!(Answer::read(&mut bytes_of(&Answer::Large(9)).as_slice()).unwrap(), Answer::Large(9)));
        let part = Answer::Part(10, Box::new(Seen::Picture { reading: Reading::default(), view: None }));
        assert!(matches!(Answer::read(&mut bytes_of(&part).as_slice()).unwrap(), Answer::Part(10, _)));
    }

    /// Whoever took a reader over can send anything.
    #[test]
    fn what_a_reader_says_is_bounded_and_any_bytes_are_survived() {
        let told = |sightings: Vec<Sighting>| {
            let reading = Reading { sightings, ..Reading::default() };
            bytes_of(&Answer::Looked(1, Ok(Box::new(Seen::Picture { reading, view: None }))))
        };
        let is_heard = |bytes: &[u8]| Answer::read(&mut &bytes[..]).is_ok();
        assert!(is_heard(&told(vec![read_of(b"frame"); 256])));
        assert!(!is_heard(&told(vec![read_of(b"frame"); 257])), "too many symbols");
        assert!(!is_heard(&told(vec![read_of(&[0; 8_193])])), "too much in one");
        let hidden = |at: f32| Sighting::at(Point::square(at), Outcome::Hidden);
        assert!(
            is_heard(&told(vec![hidden(3.0); 32])) && !is_heard(&told(vec![hidden(3.0); 33])),
            "tiles that are missing"
        );
        assert!(!is_heard(&told(vec![hidden(f32::NAN)])) && !is_heard(&told(vec![hidden(f32::INFINITY)])));
        assert!(!is_heard(&bytes_of(&Answer::Looked(1, Err("x".repeat(WHY_MAX + 1))))));
        let head = |length: u32| [&1_u64.to_be_bytes()[..], &length.to_be_bytes()].concat();
        assert!(!is_heard(&head(BODY_SIZE_MAX + 1)) && !is_heard(&head(BODY_SIZE_MAX)) && is_heard(&head(LARGE)));
        // Lengths within a body that promise more than there is, and single bytes of another value.
        let whole = told(vec![read_of(b"frame"); 3]);
        for at in 8..whole.len() {
            for byte in [0, 1, 0x7f, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[at] = byte;
                let _ = Answer::read(&mut changed.as_slice());
            }
            assert!(!is_heard(&whole[..at]), "cut at {at}");
        }
        assert!(!is_heard(&[head(9), vec![0xff; 9]].concat()));
    }
}
