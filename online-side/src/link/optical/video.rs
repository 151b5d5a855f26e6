//! `qr:video=FILE|-`: a film of uncompressed pictures from a file, a named pipe or standard input.
//!
//! Y4M, or raw grey pictures where `width` and `height` are given. Whatever `ffmpeg` reads becomes such a film.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::link_name::LinkName;
use rootcast_host::sandbox::LinkCalls;

use super::picture_line::{Kind, PictureLine};
use super::reader_process::{Payload, Readers};
use super::y4m::{Film, FilmError, SIDE_MAX};
use crate::link::descriptor::set_apart_file;
use crate::link::kind::{LinkKind, LinkPaths, OpenWith, Opening, Remedy, Source};
use crate::link::receiver::{Flow, LinkEvent, LinkFailure, Receiver, WindUp};
use crate::link::value::value_of;

/// Bytes read from the source at a time.
const BUFFER: usize = 256 << 10;
/// How long the rest of a film from a pipe is read and thrown away, once what was waited for has come: the program that
/// writes it then ends by itself, and prints no error about a broken pipe.
const DRAINED_FOR: Duration = Duration::from_secs(3);

type Pictures = BufReader<File>;

/// Its row in the registry.
pub(crate) const KIND: LinkKind = LinkKind {
    name: "qr",
    medium: Some("video"),
    form: "qr:video=FILE|-",
    options: &["width", "height"],
    hardware_notes: "#qr",
    opening: Opening::AfterSandbox,
    calls: LinkCalls::FILE,
    keeps_settings: false,
    is_recording: false,
    readers: Kind::Film.processes(),
    remedy: Remedy { text: "Make the film again, or copy it again, then run the same command.", is_of_a_device: false },
    read: |name| {
        let path = Some(value_of(name)?).filter(|path| *path != "-").map(PathBuf::from);
        let width = name.number("width", 1, SIDE_MAX)?;
        let height = name.number("height", 1, SIDE_MAX)?;
        let size = match (width, height) {
            (Some(width), Some(height)) => Some((width, height)),
            (None, None) => None,
            _ => return Err(name.wrong("raw grey pictures need both width=W and height=H")),
        };
        Ok(Box::new(FilmFile { path, size }))
    },
};

/// A film that was named; no path is standard input, which is open already.
#[derive(Debug)]
struct FilmFile {
    path: Option<PathBuf>,
    size: Option<(u32, u32)>,
}

impl Source for FilmFile {
    fn paths(&self) -> LinkPaths {
        LinkPaths { read: self.path.iter().cloned().collect(), ..LinkPaths::default() }
    }

    fn open(&self, _name: &LinkName, with: &OpenWith) -> Result<Box<dyn Receiver>, Diagnosis> {
        Ok(Box::new(Video::open(self.path.as_deref(), self.size, &with.readers)?))
    }
}

struct Video {
    title: String,
    path: Option<PathBuf>,
    size: Option<(u32, u32)>,
    /// Nothing before the first read: a pipe is opened, and its header awaited, by the link's own thread.
    film: Option<Film<Pictures>>,
    /// Whether it may be a pipe, at the other end of which a program writes.
    is_pipe: bool,
    /// Pictures begun.
    number: u64,
    line: PictureLine,
}

impl Video {
    fn open(path: Option<&Path>, size: Option<(u32, u32)>, readers: &Readers) -> Result<Self, Diagnosis> {
        let title = path.map_or_else(|| "standard input".to_owned(), |path| path.display().to_string());
        let line = PictureLine::new(Kind::Film, readers);
        let path = path.map(Path::to_owned);
        let mut video = Self { title: title.clone(), path, size, film: None, is_pipe: true, number: 0, line };
        let not_read = |why: String, next: &str| {
            let what = format!("Could not read the film {title}. Nothing was received and nothing published.");
            Diagnosis::new(Label::FileUnreadable, what, why, next)
        };
        let unreadable =
            |why: String| not_read(why, "Check the path and its permissions, then run the same command again.");
        if let Some(path) = &video.path {
            let about = path.metadata().map_err(|e| unreadable(e.to_string()))?;
            if about.is_dir() {
                return Err(unreadable(
                    "It is a directory; a film is a file (a folder of pictures is qr:images=DIR).".to_owned(),
                ));
            }
            if about.is_file() {
                video.is_pipe = false;
                video.film = Some(video.begin().map_err(|e| not_read(e.to_string(), e.next()))?);
            }
        }
        Ok(video)
    }

    fn begin(&self) -> Result<Film<Pictures>, FilmError> {
        let source = match &self.path {
            None => set_apart_file(io::stdin()),
            Some(path) => File::open(path).and_then(set_apart_file),
        };
        let source = source.map_err(|e| FilmError::Io(0, e))?;
        let source = BufReader::with_capacity(BUFFER, source);
        match self.size {
            Some((width, height)) => Film::raw(source, width, height),
            None => Film::y4m(source),
        }
    }
}

impl Receiver for Video {
    fn receive(&mut self, _wait: Duration, each: &mut dyn FnMut(LinkEvent)) -> Result<Flow, LinkFailure> {
        let failed = |error: &FilmError| {
            LinkFailure::new(format!("the film from {}: {error}", self.title)).with_next(error.next())
        };
        if self.film.is_none() {
            self.film = Some(self.begin().map_err(|e| failed(&e))?);
        }
        let Some(film) = &mut self.film else { return Ok(Flow::Ended) };
        let picture = match film.next() {
            Ok(Some(picture)) => picture,
            Ok(None) => {
                self.line.finish(each)?;
                return Ok(Flow::Ended);
            }
            // What a cut film still holds was read, and its end is an end.
            Err(error @ FilmError::Truncated(_)) => {
                self.line.finish(each)?;
                each(LinkEvent::Unusable(format!("the film from {}: {error}", self.title)));
                return Ok(Flow::Ended);
            }
            Err(error) => {
                let failure = failed(&error);
                self.line.finish(each)?;
                return Err(failure);
            }
        };
        self.number += 1;
        let title = format!("picture {} of the film from {}", self.number, self.title);
        self.line.take(title, Payload::Grey(Arc::new(picture)), each)?;
        Ok(Flow::More)
    }

    fn winds_up(&self) -> WindUp {
        if self.is_pipe { WindUp::IfCame } else { WindUp::Never }
    }

    fn wind_up(&mut self, came: bool) {
        let Some(film) = self.film.take().filter(|_| came && self.is_pipe) else { return };
        let (mut source, until) = (film.into_source(), Instant::now() + DRAINED_FOR);
        let mut bytes = vec![0; BUFFER];
        while Instant::now() < until && source.read(&mut bytes).is_ok_and(|count| count > 0) {}
    }
}
