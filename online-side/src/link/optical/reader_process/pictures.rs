//! What a reader of pictures is given.

use std::path::PathBuf;
use std::sync::Arc;

use crate::link::optical::luma::Form;
use crate::link::optical::qr_reader::GreyPicture;
use crate::link::sound::piece::Piece;

/// A picture that somebody wants looked at. It is cheap to clone: it is kept until it was.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    /// Its name or its time, for people.
    pub(crate) title: String,
    /// Its light.
    pub(crate) payload: Payload,
    /// Whether a small view of it is wanted.
    pub(crate) wants_view: bool,
}

/// The light of a picture.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    /// A photograph in a file, encoded. It is read when the reader gets it.
    File(PathBuf),
    /// A picture of a film.
    Grey(Arc<GreyPicture>),
    /// A piece of a recording of sound.
    Sound(Arc<Piece>),
    /// What a camera sent, of these many pixels a row and rows.
    Camera(Form, u32, u32, Arc<Vec<u8>>),
}
