//! What goes through the two pipes of a reader. Numbers are big-endian.
//!
//! ```text
//! to it     kind 1 · form 1 · view 1 · zero 1 · number 8 · width 4 · height 4 · length 8 · bytes
//! from it   number 8 · length 4 · body
//! ```
//!
//! The kinds are below. A body is what was seen, in postcard; a length of all ones
//! and no body asks whether a large picture may be decoded now. What comes from a reader is bounded and looked through,
//! because whoever took it over can send anything.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::link::optical::luma::Form;
use crate::link::optical::qr_reader::Reading;
use crate::link::optical::viewfinder::View;

/// Bytes of a picture's file: with the grey picture of the largest size, what a reader may have.
pub(super) const ENCODED_SIZE_MAX: u64 = 96 << 20;
/// Bytes of the light of one picture: 40 million pixels of two bytes each.
const LIGHT_SIZE_MAX: u64 = 80 << 20;
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
        if from.read(&mut what[..1])? == 0 {
            return Ok(None);
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
            _ => return Err(io::ErrorKind::InvalidData.into()),
        };
        let most = match kind {
            Kind::Photograph => ENCODED_SIZE_MAX,
            Kind::Grey | Kind::Camera(_) => LIGHT_SIZE_MAX,
            Kind::Go => 0,
        };
        let [_, _, view, _] = what;
        if length > most {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(Some(Self { kind, wants_view: view == 1, number, width, height, length }))
    }
}

/// What was seen in a picture, and now and then how it looked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) reading: Reading,
    pub(crate) view: Option<View>,
}

/// What a reader says.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// It has looked at the picture, or could not, in words.
    Looked(u64, Result<Box<Seen>, String>),
    /// It asks whether it may decode this large picture now.
    Large(u64),
}

impl Answer {
    /// Writes it.
    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let (number, body) = match self {
            Self::Large(number) => {
                to.write_all(&[&number.to_be_bytes()[..], &LARGE.to_be_bytes()].concat())?;
                return to.flush();
            }
            Self::Looked(number, looked) => (number, postcard::to_allocvec(looked).map_err(io::Error::other)?),
        };
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
        let looked: Result<Box<Seen>, String> =
            postcard::from_bytes(&body).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        let sound = match &looked {
            Ok(seen) => seen.reading.is_sound() && seen.view.as_ref().is_none_or(View::is_sound),
            Err(why) => why.chars().count() <= WHY_MAX,
        };
        if sound { Ok(Self::Looked(number, looked)) } else { Err(io::ErrorKind::InvalidData.into()) }
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
