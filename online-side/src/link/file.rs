//! `file:FILE`: a recording of frames, length-prefixed. The sneaker-net fallback, bug report and test fixture in one.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::input_file::open_regular;
use rootcast_host::link_name::LinkName;
use rootcast_protocol::cobs::Piece;
use rootcast_protocol::recording::Splitter;

use super::receiver::{Flow, Heard, LinkFailure, Receiver};
use super::refusal::bad_name;

pub(super) struct Recording {
    path: PathBuf,
    file: File,
    splitter: Splitter,
}

impl Recording {
    pub(super) fn open(name: &LinkName, path: &Path) -> Result<Self, Diagnosis> {
        name.only(&[]).map_err(|e| bad_name(&e))?;
        let unreadable = |why: String| {
            Diagnosis::new(
                Label::FileUnreadable,
                format!("Could not read the recording {}. Nothing was received and nothing published.", path.display()),
                why,
                "Check the path and its permissions, then run the same command again.",
            )
        };
        let file = open_regular(path).map_err(|why| {
            unreadable(if path.is_dir() { format!("{why} A folder of pictures is qr:images=DIR.") } else { why })
        })?;
        Ok(Self { path: path.to_owned(), file, splitter: Splitter::new() })
    }
}

impl Receiver for Recording {
    fn receive(&mut self, _wait: Duration, each: &mut dyn FnMut(Heard)) -> Result<Flow, LinkFailure> {
        let mut bytes = [0; 16 * 1024];
        let mut hear = |piece: Piece<'_>| each(heard(&piece));
        let count = self
            .file
            .read(&mut bytes)
            .map_err(|e| LinkFailure(format!("{} could not be read on: {e}", self.path.display())))?;
        match bytes.get(..count) {
            Some(read) if count > 0 => {
                self.splitter.push(read, &mut hear);
                Ok(Flow::More)
            }
            _ => {
                self.splitter.finish(&mut hear);
                Ok(Flow::Ended)
            }
        }
    }
}

/// What a splitter found, as a receiver tells it.
pub(super) fn heard(piece: &Piece<'_>) -> Heard {
    match piece {
        Piece::Frame(bytes) => Heard::Frame(bytes.to_vec()),
        Piece::Damaged { bytes } => Heard::Damaged { bytes: *bytes },
    }
}
