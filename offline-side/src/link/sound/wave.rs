//! The link `audio:wav=FILE|-`: a recording to be played by anything, or a pipe to what plays it now.
//!
//! 48,000 samples a second of 16 bits, one channel. A file has an end and its length in its head. A named pipe and standard
//! output are written as fast as the player reads, until somebody stops it; their head says that the length is not known.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_host::sandbox::set_apart;
use rootcast_protocol::object::Object;
use rootcast_protocol::sound::profile::SAMPLE_RATE;
use rustix::fs::{FileType, Mode as FileMode, OFlags};
use rustix::io::Errno;

use super::manner::{DESIGN_LOSS, Manner};
use super::playing::{Playing, Sink};
use crate::link::cover_sheet::CoverSheet;
use crate::link::error::{FramesMax, LinkError};
use crate::link::outlet::Outlet;
use crate::link::output_file::{OutputFile, check_free, named_file};
use crate::link::transmitter::{Link, Stop, Transmitter};

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
    manner: Manner,
}

#[derive(Debug)]
enum Target {
    File(PathBuf),
    Pipe(PathBuf),
    StandardOutput,
}

/// The link `name` to the file it names.
pub(in crate::link) fn link(name: &LinkName, file: &str) -> Result<Box<dyn Link>, LinkNameError> {
    let manner = Manner::read(name)?;
    let path = named_file(name, file)?;
    let target = match file {
        "-" => Target::StandardOutput,
        _ if is_pipe(&path) => Target::Pipe(path),
        _ => Target::File(path),
    };
    Ok(Box::new(WaveLink { name: name.clone(), target, manner }))
}

fn is_pipe(path: &Path) -> bool {
    rustix::fs::stat(path).is_ok_and(|about| FileType::from_raw_mode(about.st_mode) == FileType::Fifo)
}

impl Link for WaveLink {
    fn name(&self) -> String {
        self.name.to_string()
    }

    fn check_free(&self) -> Result<(), LinkError> {
        match &self.target {
            Target::File(path) => check_free(path),
            Target::Pipe(_) | Target::StandardOutput => Ok(()),
        }
    }

    fn design_loss(&self) -> f64 {
        DESIGN_LOSS
    }

    fn has_end(&self) -> bool {
        matches!(self.target, Target::File(_))
    }

    fn room(&self, object: &Object) -> Result<usize, LinkError> {
        Ok(Manner::room(object))
    }

    fn frame_time(&self, size: usize, frames_suffice: u32) -> Duration {
        self.manner.frame_time(size, frames_suffice)
    }

    fn advice(&self, _room: usize) -> Vec<String> {
        match &self.target {
            Target::File(path) => vec![format!("Play it with: aplay -D plughw:CARD {}", path.display())],
            Target::Pipe(path) => {
                vec![format!("Something must play it meanwhile: aplay -D plughw:CARD {}", path.display())]
            }
            Target::StandardOutput => {
                vec!["Standard output must go to what plays it: … | aplay -D plughw:CARD".to_owned()]
            }
        }
    }

    fn open(&self, cover: &CoverSheet) -> Result<Box<dyn Transmitter>, LinkError> {
        let frame_time = self.frame_time(cover.frame_size, cover.frames_suffice).as_secs_f64();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturating")]
        let most = FramesMax { link: self.name(), frames_max: (SECONDS_MAX / frame_time) as u32 };
        let (sink, most): (Box<dyn Sink>, _) = match &self.target {
            Target::File(path) => {
                most.check(cover.frames)?;
                (Box::new(WaveFile(OutputFile::create(path)?)), Some(most))
            }
            Target::Pipe(path) => (Box::new(Pipe { pipe: open_pipe(path)?, path: path.clone() }), None),
            Target::StandardOutput => {
                (Box::new(Pipe { pipe: take_standard_output()?, path: PathBuf::from("standard output") }), None)
            }
        };
        Ok(Box::new(Playing::new(sink, most, self.manner.schedule(cover.frame_size, cover.frames_suffice))))
    }
}

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
    let output = without_waiting().map_err(|error| failed("write without waiting to", path, error))?;
    let output = set_apart(output).map_err(|error| failed("number the descriptor of", path, error))?;
    rustix::stdio::dup2_stdout(io::stderr()).map_err(|error| failed("take", path, error))?;
    Ok(output)
}

/// Standard output as a descriptor that does not wait for a player who has stopped: neither the end of its time nor a signal
/// would end the sender then. A pipe is opened once more, because others may have the same end of it, and expect to wait.
fn without_waiting() -> io::Result<OwnedFd> {
    let kind = FileType::from_raw_mode(rustix::fs::fstat(io::stdout())?.st_mode);
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let own = format!("/proc/self/fd/{}", io::stdout().as_raw_fd());
    if kind == FileType::Fifo
        && let Ok(pipe) = rustix::fs::open(own, flags, FileMode::empty())
    {
        return Ok(pipe);
    }
    let output = rustix::io::dup(io::stdout())?;
    if matches!(kind, FileType::Fifo | FileType::Socket) {
        // A socket, or a pipe of somebody else: this changes it for all who have it.
        let flags = rustix::fs::fcntl_getfl(&output)?;
        rustix::fs::fcntl_setfl(&output, flags | OFlags::NONBLOCK)?;
    }
    Ok(output)
}

fn bytes(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// A recording.
struct WaveFile(OutputFile);

impl Sink for WaveFile {
    fn begin(&mut self, _stop: &Stop) -> Result<bool, LinkError> {
        self.0.write(&head(None)).map(|()| true)
    }

    fn write(&mut self, samples: &[i16], _stop: &Stop) -> Result<bool, LinkError> {
        self.0.write(&bytes(samples)).map(|()| true)
    }

    fn finish(&mut self, samples: u64) -> Result<(), LinkError> {
        self.0.write_again(0, &head(Some(samples)))?;
        self.0.sync()
    }

    fn outlet(&self) -> Outlet<'_> {
        self.0.outlet()
    }

    fn withdraw(&mut self) {
        self.0.withdraw();
    }
}

/// A pipe to what plays it now.
struct Pipe {
    pipe: OwnedFd,
    path: PathBuf,
}

impl Pipe {
    /// Writes all of `bytes`; whether it did before it was time to stop.
    fn write_bytes(&self, bytes: &[u8], stop: &Stop) -> Result<bool, LinkError> {
        let mut rest = bytes;
        let mut moved = Instant::now();
        while !rest.is_empty() {
            match rustix::io::write(&self.pipe, rest) {
                Ok(count) if count > 0 => {
                    rest = rest.get(count..).unwrap_or_default();
                    moved = Instant::now();
                }
                Ok(_) | Err(Errno::AGAIN) if stop.is_due() && moved.elapsed() > STUCK_MAX => return Ok(false),
                Ok(_) | Err(Errno::AGAIN) => thread::sleep(ROOM_AGAIN),
                Err(Errno::INTR) => {}
                Err(error) => return Err(failed("write to", &self.path, error)),
            }
        }
        Ok(true)
    }
}

impl Sink for Pipe {
    fn begin(&mut self, stop: &Stop) -> Result<bool, LinkError> {
        self.write_bytes(&head(None), stop)
    }

    fn write(&mut self, samples: &[i16], stop: &Stop) -> Result<bool, LinkError> {
        self.write_bytes(&bytes(samples), stop)
    }

    fn finish(&mut self, _samples: u64) -> Result<(), LinkError> {
        Ok(())
    }

    fn outlet(&self) -> Outlet<'_> {
        Outlet::Descriptor(self.pipe.as_fd())
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
