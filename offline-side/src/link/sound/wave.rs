//! The link `audio:wav=FILE|-`: a recording to be played by anything, or a pipe to what plays it now.
//!
//! 48,000 samples a second of 16 bits, one channel. A file has an end and its length in its head. A named pipe and standard
//! output are written as fast as the player reads, until somebody stops it; their head says that the length is not known.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_host::sandbox::set_apart;
use rootcast_protocol::object::Object;
use rootcast_protocol::sound::mode::Mode;
use rootcast_protocol::sound::profile::{LEAD_IN, LEAD_OUT, SAMPLE_RATE, SUPERFRAME};
use rustix::fs::{FileType, Mode as FileMode, OFlags};
use rustix::io::Errno;

use super::modulator::Modulator;
use super::schedule::{Choice, Schedule, Superframe};
use crate::link::cover_sheet::CoverSheet;
use crate::link::error::{FramesMax, LinkError};
use crate::link::file::usual_room;
use crate::link::outlet::Outlet;
use crate::link::output_file::{OutputFile, named_file};
use crate::link::transmitter::{Link, Moved, Stop, Transmitter};

/// The most bytes of a frame: five symbols of 176 and a MAC, so that a CRL of 700 bytes is one frame, and one frame fits
/// one superframe of QPSK 4/5.
const FRAME_ROOM: usize = 930;
/// The share of frames assumed lost.
const DESIGN_LOSS: f64 = 0.2;
/// The longest recording: six hours, 2.1 GB.
const SECONDS_MAX: f64 = 21_600.0;
/// How long a named pipe may wait for the player to open it.
const PLAYER_WAIT: Duration = Duration::from_secs(10);
/// Between two looks whether a pipe takes more.
const ROOM_AGAIN: Duration = Duration::from_millis(10);
/// How long a pipe may take no more once the sender was stopped.
const STUCK_MAX: Duration = Duration::from_secs(1);
/// The head of a WAV file before its samples.
const HEAD_SIZE: usize = 44;

/// A recording or a pipe, as named.
#[derive(Debug)]
struct WaveLink {
    name: LinkName,
    target: Target,
    choice: Choice,
}

#[derive(Debug)]
enum Target {
    File(PathBuf),
    Pipe(PathBuf),
    StandardOutput,
}

/// The link `name` to the file it names.
pub(in crate::link) fn link(name: &LinkName, file: &str) -> Result<Box<dyn Link>, LinkNameError> {
    let choice = match name.option("mode") {
        None | Some("auto") => Choice::Auto,
        Some(mode) => Choice::Fixed(Mode::from_name(mode).ok_or_else(|| {
            let known: Vec<&str> = Mode::ALL.into_iter().map(Mode::name).collect();
            name.wrong(format!("there is no mode {mode}; the modes are auto, {}", known.join(", ")))
        })?),
    };
    let path = named_file(name, file)?;
    let target = match file {
        "-" => Target::StandardOutput,
        _ if is_pipe(&path) => Target::Pipe(path),
        _ => Target::File(path),
    };
    Ok(Box::new(WaveLink { name: name.clone(), target, choice }))
}

fn is_pipe(path: &Path) -> bool {
    rustix::fs::stat(path).is_ok_and(|about| FileType::from_raw_mode(about.st_mode) == FileType::Fifo)
}

impl WaveLink {
    fn schedule(&self, frame_size: usize, frames_suffice: u32) -> Schedule {
        Schedule::new(self.choice, frame_size, frames_suffice)
    }
}

impl Link for WaveLink {
    fn name(&self) -> String {
        self.name.to_string()
    }

    fn design_loss(&self) -> f64 {
        DESIGN_LOSS
    }

    fn has_end(&self) -> bool {
        matches!(self.target, Target::File(_))
    }

    fn room(&self, object: &Object) -> Result<usize, LinkError> {
        Ok(usual_room(object, FRAME_ROOM))
    }

    fn frame_time(&self, size: usize, frames_suffice: u32) -> Duration {
        let superframes = self.schedule(size, frames_suffice).superframes_per_frame(size);
        Duration::from_secs_f64(superframes * SUPERFRAME_SECONDS)
    }

    fn advice(&self, _room: usize) -> Vec<String> {
        match &self.target {
            Target::File(path) => vec![format!("Play it with: aplay -D hw:CARD {}", path.display())],
            Target::Pipe(path) => {
                vec![format!("Something must play it meanwhile: aplay -D hw:CARD {}", path.display())]
            }
            Target::StandardOutput => {
                vec!["Standard output must go to what plays it: … | aplay -D hw:CARD".to_owned()]
            }
        }
    }

    fn open(&self, cover: &CoverSheet) -> Result<Box<dyn Transmitter>, LinkError> {
        let frame_time = self.frame_time(cover.frame_size, cover.frames_suffice).as_secs_f64();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturating")]
        let most = FramesMax { link: self.name(), frames_max: (SECONDS_MAX / frame_time) as u32 };
        let (sink, most) = match &self.target {
            Target::File(path) => {
                most.check(cover.frames)?;
                (Sink::File(OutputFile::create(path)?), Some(most))
            }
            Target::Pipe(path) => (Sink::Pipe(open_pipe(path)?, path.clone()), None),
            Target::StandardOutput => (Sink::Pipe(take_standard_output()?, PathBuf::from("standard output")), None),
        };
        Ok(Box::new(Wave {
            sink,
            most,
            frames: 0,
            schedule: self.schedule(cover.frame_size, cover.frames_suffice),
            modulator: Modulator::new(),
            last: None,
            samples: 0,
        }))
    }
}

#[expect(clippy::cast_precision_loss, reason = "17,408")]
const SUPERFRAME_SECONDS: f64 = SUPERFRAME as f64 / SAMPLE_RATE as f64;

fn failed(doing: &'static str, path: &Path, source: impl Into<io::Error>) -> LinkError {
    LinkError::Sound { doing, path: path.to_owned(), source: source.into() }
}

/// Waits a moment for somebody who reads.
fn open_pipe(path: &Path) -> Result<OwnedFd, LinkError> {
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let began = Instant::now();
    loop {
        match rustix::fs::open(path, flags, FileMode::empty()) {
            Ok(pipe) => return set_apart(pipe).map_err(|error| failed("number the descriptor of", path, error)),
            Err(Errno::NXIO) if began.elapsed() < PLAYER_WAIT => thread::sleep(ROOM_AGAIN),
            Err(error) => return Err(failed("open", path, error)),
        }
    }
}

/// Standard output is sound from here on. What this program would write there goes to standard error instead.
fn take_standard_output() -> Result<OwnedFd, LinkError> {
    let path = Path::new("standard output");
    if rustix::termios::isatty(io::stdout()) {
        let why = io::Error::other("it is a terminal; sound goes to a pipe or a file");
        return Err(failed("write sound to", path, why));
    }
    let output = set_apart(io::stdout()).map_err(|error| failed("number the descriptor of", path, error))?;
    rustix::stdio::dup2_stdout(io::stderr()).map_err(|error| failed("take", path, error))?;
    Ok(output)
}

enum Sink {
    File(OutputFile),
    Pipe(OwnedFd, PathBuf),
}

impl Sink {
    /// Writes all of `bytes`; whether it did before it was time to stop.
    fn write(&mut self, bytes: &[u8], stop: &Stop) -> Result<bool, LinkError> {
        let (pipe, path) = match self {
            Self::File(file) => return file.write(bytes).map(|()| true),
            Self::Pipe(pipe, path) => (pipe, path),
        };
        let mut rest = bytes;
        let mut moved = Instant::now();
        while !rest.is_empty() {
            match rustix::io::write(&*pipe, rest) {
                Ok(count) if count > 0 => {
                    rest = rest.get(count..).unwrap_or_default();
                    moved = Instant::now();
                }
                Ok(_) | Err(Errno::AGAIN) if stop.is_due() && moved.elapsed() > STUCK_MAX => return Ok(false),
                Ok(_) | Err(Errno::AGAIN) => thread::sleep(ROOM_AGAIN),
                Err(Errno::INTR) => {}
                Err(error) => return Err(failed("write to", path, error)),
            }
        }
        Ok(true)
    }
}

struct Wave {
    sink: Sink,
    most: Option<FramesMax>,
    frames: u32,
    schedule: Schedule,
    modulator: Modulator,
    /// The mode of the last superframe that was written.
    last: Option<Mode>,
    /// Samples written.
    samples: u64,
}

impl Wave {
    fn write(&mut self, samples: &[i16], stop: &Stop) -> Result<bool, LinkError> {
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        self.samples += u64::try_from(samples.len()).unwrap_or(0);
        self.sink.write(&bytes, stop)
    }

    /// Writes superframes, and before the first one the head and a silence.
    fn play(&mut self, superframes: Vec<Superframe>, stop: &Stop) -> Result<Moved, LinkError> {
        for Superframe { mode, bytes } in superframes {
            let mut samples = Vec::with_capacity(SUPERFRAME + LEAD_IN);
            if self.last.is_none() {
                self.sink.write(&head(None), stop)?;
                samples.resize(LEAD_IN, 0);
            }
            self.last = Some(mode);
            self.modulator.superframe(mode, &bytes, &mut samples);
            if !self.write(&samples, stop)? {
                return Ok(Moved::Cut);
            }
        }
        Ok(Moved::Whole)
    }
}

impl Transmitter for Wave {
    fn outlet(&self) -> Outlet<'_> {
        match &self.sink {
            Sink::File(file) => file.outlet(),
            Sink::Pipe(pipe, _) => Outlet::Descriptor(pipe.as_fd()),
        }
    }

    fn transmit(&mut self, frame: &[u8], _caption: &[String], stop: &Stop) -> Result<Moved, LinkError> {
        if stop.is_due() {
            return Ok(Moved::Cut);
        }
        self.frames = self.frames.saturating_add(1);
        if let Some(most) = &self.most {
            most.check(Some(self.frames))?;
        }
        let full = self.schedule.add(frame);
        self.play(full, stop)
    }

    fn flush(&mut self, stop: &Stop) -> Result<(), LinkError> {
        let rest = self.schedule.finish();
        self.play(rest, stop).map(drop)
    }

    fn finish(&mut self, stop: &Stop) -> Result<(), LinkError> {
        self.flush(stop)?;
        if let Some(mode) = self.last {
            let mut samples = Vec::new();
            self.modulator.training(mode, &mut samples);
            samples.resize(samples.len() + LEAD_OUT, 0);
            self.write(&samples, stop)?;
        }
        if let Sink::File(file) = &mut self.sink {
            file.write_again(0, &head(Some(self.samples)))?;
            file.sync()?;
        }
        Ok(())
    }

    fn withdraw(&mut self) {
        if let Sink::File(file) = &self.sink {
            file.withdraw();
        }
    }
}

/// The head of a WAV file with so many samples, or with a number that nobody knows yet.
fn head(samples: Option<u64>) -> [u8; HEAD_SIZE] {
    let bytes = samples.and_then(|samples| u32::try_from(samples * 2).ok());
    let whole = bytes.and_then(|bytes| bytes.checked_add(36)).unwrap_or(u32::MAX);
    let mut head = [0; HEAD_SIZE];
    let parts: [&[u8]; 13] = [
        b"RIFF",
        &whole.to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &16_u32.to_le_bytes(),
        // PCM, one channel.
        &1_u16.to_le_bytes(),
        &1_u16.to_le_bytes(),
        &SAMPLE_RATE.to_le_bytes(),
        &(SAMPLE_RATE * 2).to_le_bytes(),
        &2_u16.to_le_bytes(),
        &16_u16.to_le_bytes(),
        b"data",
        &bytes.unwrap_or(u32::MAX).to_le_bytes(),
    ];
    head.iter_mut().zip(parts.concat()).for_each(|(to, from)| *to = from);
    head
}
