//! `file:FILE`: a recording of frames, length-prefixed. The sneaker-net fallback, bug report and test fixture in one.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::input_file::open_regular;
use rootcast_host::link_name::LinkName;
use rootcast_host::sandbox::LinkCalls;
use rootcast_protocol::cobs::Piece;
use rootcast_protocol::recording::Splitter;

use super::descriptor::set_apart_file;
use super::kind::{LinkKind, LinkPaths, OpenWith, Opening, Remedy, Source};
use super::receiver::{Flow, LinkEvent, LinkFailure, Receiver};

/// Its row in the registry.
pub(super) const KIND: LinkKind = LinkKind {
    name: "file",
    medium: None,
    form: "file:FILE",
    options: &[],
    hardware_notes: "#recording-file",
    opening: Opening::AfterSandbox,
    calls: LinkCalls::FILE,
    readers: 0,
    remedy: Remedy::CheckCable,
    read: |name| Ok(Box::new(RecordingFile(PathBuf::from(&name.target)))),
};

/// A recording that was named.
#[derive(Debug)]
struct RecordingFile(PathBuf);

impl Source for RecordingFile {
    fn paths(&self) -> LinkPaths {
        LinkPaths { read: vec![self.0.clone()], ..LinkPaths::default() }
    }

    fn open(&self, _name: &LinkName, _with: &OpenWith) -> Result<Box<dyn Receiver>, Diagnosis> {
        Ok(Box::new(Recording::open(&self.0)?))
    }
}

struct Recording {
    path: PathBuf,
    file: File,
    splitter: Splitter,
}

impl Recording {
    fn open(path: &Path) -> Result<Self, Diagnosis> {
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
        let file = set_apart_file(file).map_err(|e| unreadable(e.to_string()))?;
        Ok(Self { path: path.to_owned(), file, splitter: Splitter::new() })
    }
}

impl Receiver for Recording {
    fn receive(&mut self, _wait: Duration, each: &mut dyn FnMut(LinkEvent)) -> Result<Flow, LinkFailure> {
        let mut bytes = [0; 16 * 1024];
        let mut hear = |piece: Piece<'_>| each(heard(&piece));
        let count = self
            .file
            .read(&mut bytes)
            .map_err(|e| LinkFailure(format!("{} could not be read any further: {e}", self.path.display())))?;
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
pub(super) fn heard(piece: &Piece<'_>) -> LinkEvent {
    match piece {
        Piece::Frame(bytes) => LinkEvent::Frame(bytes.to_vec()),
        Piece::Damaged { bytes } => LinkEvent::Damaged { bytes: *bytes },
    }
}
