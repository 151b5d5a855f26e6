//! `file:FILE`: a recording of frames, length-prefixed. The sneaker-net fallback, bug report and test fixture in one.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::input_file::open_regular;
use rootcast_host::link_name::LinkName;
use rootcast_host::sandbox::LinkCalls;
use rootcast_protocol::cobs::Piece;
use rootcast_protocol::recording::Splitter;

use super::descriptor::set_apart_file;
use super::foreign_format::ForeignFormat;
use super::kind::{LinkKind, LinkPaths, OpenWith, Opening, Remedy, Source};
use super::receiver::{Flow, LinkEvent, LinkFailure, Receiver};

/// Bytes at the beginning of a file that say what it is: a record of the largest frame, and more than any head.
const HEAD_SIZE: u64 = 16 << 10;

/// Its row in the registry.
pub(super) const KIND: LinkKind = LinkKind {
    name: "file",
    medium: None,
    form: "file:FILE",
    options: &[],
    hardware_notes: "#recording-file",
    opening: Opening::AfterSandbox,
    calls: LinkCalls::FILE,
    keeps_settings: false,
    is_recording: true,
    readers: 0,
    remedy: Remedy {
        text: "Check the file and the medium that it is on, then run the same command again.",
        is_of_a_device: false,
    },
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
        let next = match (path.is_dir(), path.is_file() || !path.exists()) {
            (true, _) => "Name the recording in it. Pictures in a folder are read with --link qr:images=DIR.",
            (false, true) => "Check the path and its permissions, then run the same command again.",
            (false, false) => {
                "Save what comes out of it to a file, and name that file. Only qr:video=- and audio:wav=- read while \
                 something is written."
            }
        };
        let unreadable = |why: String| {
            Diagnosis::new(
                Label::FileUnreadable,
                format!("Could not read the recording {}. Nothing was received and nothing published.", path.display()),
                why,
                next,
            )
        };
        let file = open_regular(path).map_err(unreadable)?;
        let mut file = set_apart_file(file).map_err(|e| unreadable(e.to_string()))?;
        if let Some(format) = foreign_format(&mut file).map_err(|e| unreadable(e.to_string()))? {
            return Err(Diagnosis::new(
                Label::FileUnreadable,
                format!("{} is no recording. Nothing was received and nothing published.", path.display()),
                format!(
                    "It is {}; a recording is what `rootcast-offline send --link file:FILE` writes.",
                    format.text()
                ),
                format.next(),
            ));
        }
        Ok(Self { path: path.to_owned(), file, splitter: Splitter::new() })
    }
}

/// What a file is that is no recording; nothing for one that begins with a frame, or with what is not known.
fn foreign_format(file: &mut File) -> io::Result<Option<ForeignFormat>> {
    let mut head = Vec::new();
    file.by_ref().take(HEAD_SIZE).read_to_end(&mut head)?;
    file.rewind()?;
    let mut frames = 0;
    Splitter::new().push(&head, &mut |piece: Piece<'_>| frames += u32::from(matches!(piece, Piece::Frame(_))));
    Ok(ForeignFormat::of_bytes(&head).filter(|_| frames == 0))
}

impl Receiver for Recording {
    fn receive(&mut self, _wait: Duration, each: &mut dyn FnMut(LinkEvent)) -> Result<Flow, LinkFailure> {
        let mut bytes = [0; 16 * 1024];
        let mut hear = |piece: Piece<'_>| each(heard(&piece));
        let count = self
            .file
            .read(&mut bytes)
            .map_err(|e| LinkFailure::new(format!("{} could not be read any further: {e}", self.path.display())))
            .map_err(|failure| failure.with_next(NEXT_OF_MEDIUM))?;
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

/// What to do where a file was open and cannot be read any further.
pub(in crate::link) const NEXT_OF_MEDIUM: &str =
    "Check the medium that it is on and its cable, or copy it again. Then run the same command again.";

/// What a splitter found, as a receiver tells it.
pub(super) fn heard(piece: &Piece<'_>) -> LinkEvent {
    match piece {
        Piece::Frame(bytes) => LinkEvent::Frame(bytes.to_vec()),
        Piece::Damaged { bytes } => LinkEvent::Damaged { bytes: *bytes },
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use rootcast_protocol::recording::encode_record;
    use rootcast_protocol::test_pattern::TestPattern;

    use super::{ForeignFormat, foreign_format};

    #[test]
    fn what_is_no_recording_is_named_and_a_damaged_beginning_is_none_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let named = |bytes: &[u8]| {
            let path = folder.path().join("file");
            std::fs::write(&path, bytes).unwrap();
            foreign_format(&mut File::open(&path).unwrap()).unwrap()
        };
        assert_eq!(named(b"\x1f\x8b\x08 and so on"), Some(ForeignFormat::Gzip));
        assert_eq!(named(b"-----BEGIN X509 CRL-----\nMII"), Some(ForeignFormat::Crl));
        assert_eq!(named(b""), None);
        assert_eq!(named(b"noise"), None);
        // Somebody joined two files: the second one counts.
        let mut both = b"\x1f\x8b\x08".to_vec();
        encode_record(&TestPattern::new().frame(0, 1).unwrap(), &mut both);
        assert_eq!(named(&both), None);
    }
}
