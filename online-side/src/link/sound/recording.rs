//! `audio:wav=FILE|-`: a recording of the cable from a file, a named pipe or standard input.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::link_name::LinkName;
use rootcast_host::sandbox::LinkCalls;
use rootcast_protocol::cobs::Splitter;
use rootcast_protocol::limits::FRAME_SIZE_MAX;

use super::advice::{advice, summary};
use super::piece::{DecodedPiece, Format, PIECE_SIZE, Piece, SoundState};
use super::totals::Totals;
use super::wave_format::{NO_WAVE, is_file_head};
use crate::link::descriptor::set_apart_file;
use crate::link::file::{NEXT_OF_MEDIUM, heard};
use crate::link::kind::{LinkKind, LinkPaths, OpenWith, Opening, Remedy, Source};
use crate::link::optical::reader_process::{Payload, Picture, ReaderSet, Readers, Seen};
use crate::link::receiver::{Flow, LinkEvent, LinkFailure, Receiver};
use crate::link::value::value_of;

/// What to do with a recording that is none that can be read.
const NEXT_OF_FORMAT: &str = "Make a WAV file of it that is read: ffmpeg -i FILE -ar 48000 -c:a pcm_s16le sound.wav. Then run the same \
command with that file.";

/// Bytes behind the declared end of the samples from which on they are no notes of whoever made the recording.
const NOTES_MAX: u64 = 64 << 10;

/// Seconds of sound between two pieces of advice.
const ADVICE_EVERY: f32 = 5.0;

/// Its row in the registry.
pub(crate) const KIND: LinkKind = LinkKind {
    name: "audio",
    medium: Some("wav"),
    form: "audio:wav=FILE|-",
    options: &[],
    hardware_notes: "#audio",
    opening: Opening::AfterSandbox,
    calls: LinkCalls::FILE,
    keeps_settings: false,
    is_recording: false,
    readers: 1,
    remedy: Remedy {
        text: "Record the cable again as a WAV file, then run the same command with it.",
        is_of_a_device: false,
    },
    read: |name| {
        let path = Some(value_of(name)?).filter(|path| *path != "-").map(PathBuf::from);
        Ok(Box::new(Named(path)))
    },
};

/// A recording that was named; no path is standard input.
#[derive(Debug)]
struct Named(Option<PathBuf>);

impl Source for Named {
    fn paths(&self) -> LinkPaths {
        LinkPaths { read: self.0.iter().cloned().collect(), ..LinkPaths::default() }
    }

    fn open(&self, _name: &LinkName, with: &OpenWith) -> Result<Box<dyn Receiver>, Diagnosis> {
        Ok(Box::new(Recording::new(Box::new(WaveSound::open(self.0.as_deref())?), &with.readers)))
    }
}

/// What sound comes from.
pub(super) trait Sound: Send {
    /// For people: `the recording root.wav`.
    fn title(&self) -> &str;

    /// What its samples are, where that is known before anything is heard.
    fn format(&self) -> Option<Format> {
        None
    }

    /// Waits at most about `wait` for more. What there is to tell goes to `each`.
    ///
    /// # Errors
    /// When there will be no more.
    fn next(&mut self, wait: Duration, each: &mut dyn FnMut(LinkEvent)) -> Result<Next, LinkFailure>;
}

/// What comes next.
pub(super) enum Next {
    /// Bytes of samples, or of a WAV file.
    Bytes(Vec<u8>),
    /// Nothing yet.
    Nothing,
    /// Nothing any more.
    End,
}

/// A recording in a file, a named pipe or standard input.
struct WaveSound {
    title: String,
    path: Option<PathBuf>,
    /// Nothing before the first read: a pipe is opened by the link's own thread.
    file: Option<File>,
}

impl WaveSound {
    fn open(path: Option<&Path>) -> Result<Self, Diagnosis> {
        let name = path.map_or_else(|| "standard input".to_owned(), |path| path.display().to_string());
        let mut sound = Self { title: format!("the recording {name}"), path: path.map(Path::to_owned), file: None };
        let unreadable = |why: String| {
            Diagnosis::new(
                Label::FileUnreadable,
                format!("Could not read the recording {name}. Nothing was received and nothing published."),
                why,
                "Check the path, its permissions and that it is a WAV file, then run the same command again.",
            )
        };
        if let Some(path) = path {
            let about = path.metadata().map_err(|e| unreadable(e.to_string()))?;
            if about.is_dir() {
                return Err(unreadable("It is a directory; a recording is a file.".to_owned()));
            }
            if about.file_type().is_char_device() || about.file_type().is_block_device() {
                return Err(unreadable("It is a device; a recording is a file or a pipe.".to_owned()));
            }
            if about.is_file() {
                let file = sound.begin().map_err(|e| unreadable(e.to_string()))?;
                if !begins_as_wave(&file).map_err(|e| unreadable(e.to_string()))? {
                    return Err(unreadable(NO_WAVE.to_owned()));
                }
                sound.file = Some(file);
            }
        }
        Ok(sound)
    }

    fn begin(&self) -> io::Result<File> {
        match &self.path {
            None => set_apart_file(io::stdin()),
            Some(path) => File::open(path).and_then(set_apart_file),
        }
    }
}

/// Whether a file begins as a WAV file does. A wrong name is found out here, where it is no failure of a link; whatever else
/// is in the head only a reader process looks at.
fn begins_as_wave(file: &File) -> io::Result<bool> {
    let mut head = [0; 12];
    Ok(file.read_at(&mut head, 0)? == head.len() && is_file_head(&head))
}

impl Sound for WaveSound {
    fn title(&self) -> &str {
        &self.title
    }

    fn next(&mut self, _wait: Duration, _each: &mut dyn FnMut(LinkEvent)) -> Result<Next, LinkFailure> {
        if self.file.is_none() {
            let failed = |error: io::Error| LinkFailure::new(error.to_string()).with_next(NEXT_OF_MEDIUM);
            self.file = Some(self.begin().map_err(failed)?);
        }
        let mut bytes = vec![0; PIECE_SIZE];
        match self.file.as_mut().map(|file| file.read(&mut bytes)) {
            Some(Ok(0)) | None => Ok(Next::End),
            Some(Ok(count)) => {
                bytes.truncate(count);
                Ok(Next::Bytes(bytes))
            }
            Some(Err(error)) if error.kind() == io::ErrorKind::Interrupted => Ok(Next::Nothing),
            Some(Err(error)) => {
                Err(LinkFailure::new(format!("it could not be read any further: {error}")).with_next(NEXT_OF_MEDIUM))
            }
        }
    }
}

/// What is listened to.
pub(super) struct Recording {
    sound: Box<dyn Sound>,
    readers: ReaderSet,
    splitter: Splitter,
    offset: u64,
    format: Option<Format>,
    state: SoundState,
    totals: Totals,
    /// Whether it was said that there is more than its head declares.
    is_longer: bool,
    /// The advice that was given last, and when.
    advised: Option<(String, f32)>,
}

impl Recording {
    /// Listens to `sound` by one of `readers`.
    pub(super) fn new(sound: Box<dyn Sound>, readers: &Readers) -> Self {
        Self {
            format: sound.format(),
            sound,
            readers: ReaderSet::new(readers, 1, 1),
            splitter: Splitter::new(FRAME_SIZE_MAX),
            offset: 0,
            state: SoundState::default(),
            totals: Totals::default(),
            is_longer: false,
            advised: None,
        }
    }

    fn failed(&self, why: impl std::fmt::Display) -> LinkFailure {
        LinkFailure::new(format!("{}: {why}", self.sound.title()))
    }

    /// Takes what a reader made of a piece.
    fn take(&mut self, made: DecodedPiece, each: &mut dyn FnMut(LinkEvent)) -> Result<(), LinkFailure> {
        if let Some(why) = made.refused {
            return Err(self.failed(why).with_next(NEXT_OF_FORMAT));
        }
        if let (None, Some(format)) = (self.format, made.format) {
            let channels =
                if format.channels == 1 { "1 channel".to_owned() } else { format!("{} channels", format.channels) };
            each(LinkEvent::Opened(format!("{} samples a second, {}, {channels}", format.rate, format.coding.text())));
        }
        // The first one that was told stays: a later reader is told it, and has no say.
        self.format = self.format.or(made.format);
        self.state = self.totals.take(made.state);
        if let Some(length) = self.format.and_then(|format| Some(format.begins.saturating_add(format.length?)))
            && self.offset > length.saturating_add(NOTES_MAX)
            && !std::mem::replace(&mut self.is_longer, true)
        {
            let what =
                format!("its head declares an end after {length} bytes, and more follows: that is listened to as well");
            each(LinkEvent::Opened(what));
        }
        self.splitter.push(&made.bytes, &mut |piece| each(heard(&piece)));
        let advice = advice(&self.state);
        let is_due = self.advised.as_ref().is_none_or(|(_, at)| self.state.seconds - at >= ADVICE_EVERY);
        if let Some(advice) = advice.filter(|_| is_due)
            && self.advised.as_ref().is_none_or(|(before, _)| *before != advice)
        {
            each(LinkEvent::Opened(advice.clone()));
            self.advised = Some((advice, self.state.seconds));
        }
        each(LinkEvent::Sound(Box::new(self.state.clone())));
        Ok(())
    }

    fn listen(&mut self, bytes: Vec<u8>, is_last: bool, each: &mut dyn FnMut(LinkEvent)) -> Result<(), LinkFailure> {
        let length = u64::try_from(bytes.len()).unwrap_or(0);
        let piece = Piece { offset: self.offset, format: self.format, is_last, bytes };
        let title = format!("{:.1} s of {}", self.state.seconds, self.sound.title());
        self.offset += length;
        self.readers.take(Picture { title, payload: Payload::Sound(piece.into()), wants_view: false })?;
        match self.readers.oldest()?.map(|looked| looked.look) {
            Some(Ok(seen)) => match *seen {
                Seen::Sound(made) => self.take(made, each),
                Seen::Picture { .. } => Err(self.failed("its reader said what makes no sense")),
            },
            Some(Err(why)) if self.format.is_none() => Err(self.failed(why).with_next(NEXT_OF_FORMAT)),
            Some(Err(why)) => {
                each(LinkEvent::Unusable(why));
                Ok(())
            }
            None => Err(self.failed("nobody listens to it")),
        }
    }
}

impl Receiver for Recording {
    fn receive(&mut self, wait: Duration, each: &mut dyn FnMut(LinkEvent)) -> Result<Flow, LinkFailure> {
        let next = self.sound.next(wait, each);
        let named = |failure: LinkFailure| LinkFailure { why: self.failed(&failure.why).why, ..failure };
        match next.map_err(named)? {
            Next::Nothing => Ok(Flow::More),
            Next::Bytes(bytes) => self.listen(bytes, false, each).map(|()| Flow::More),
            Next::End => {
                self.listen(Vec::new(), true, each)?;
                self.splitter.finish(&mut |piece| each(heard(&piece)));
                each(LinkEvent::Opened(format!("{:.1} s of sound: {}", self.state.seconds, summary(&self.state))));
                Ok(Flow::Ended)
            }
        }
    }
}
