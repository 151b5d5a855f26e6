//! Why a sound device cannot be used, or failed in use.

use std::fmt;
use std::io;

use rustix::io::Errno;

use crate::direction::Direction;

/// Why a sound device cannot be used, or failed in use.
#[derive(Debug)]
pub enum DeviceError {
    /// ALSA could not do something with it.
    Alsa {
        /// The operation.
        doing: &'static str,
        /// The device.
        device: String,
        /// The system's error.
        source: io::Error,
        /// What alsa-lib said beside.
        said: String,
    },
    /// It has none of the formats that are wanted.
    Format {
        /// The device.
        device: String,
        /// What it has and what is wanted, in words.
        why: String,
    },
    /// A descriptor that was opened with it leads to a device that records.
    Records {
        /// The device.
        device: String,
        /// Where the descriptor leads.
        path: String,
    },
    /// It took or gave nothing for a long time.
    Stuck {
        /// The device.
        device: String,
        /// For so many seconds.
        seconds: u64,
    },
}

impl DeviceError {
    pub(crate) fn alsa(doing: &'static str, device: &str, error: &alsa::Error, said: String) -> Self {
        let source = io::Error::from_raw_os_error(error.errno());
        Self::Alsa { doing, device: device.to_owned(), source, said }
    }

    /// What to do next.
    #[must_use]
    pub fn next(&self, direction: Direction) -> &'static str {
        let errno = match self {
            Self::Alsa { source, .. } => source.raw_os_error().map(Errno::from_raw_os_error),
            _ => None,
        };
        match (errno, direction) {
            (Some(Errno::BUSY), _) => {
                "Another program has this device (PulseAudio and PipeWire take all there are): end it, then run the \
                 command again."
            }
            (Some(Errno::ACCESS | Errno::PERM), _) => {
                "Your user may not open it: it has to be in the group audio. Then run the command again."
            }
            (Some(Errno::NOENT | Errno::NODEV | Errno::NXIO), _) => {
                "Check that it is plugged in: audio:device=list shows the devices there are."
            }
            (_, Direction::Play) => {
                "Name another device (audio:device=list shows them), or use audio:wav=FILE and play that with aplay."
            }
            (_, Direction::Record) => {
                "Name another device (audio:device=list shows them), or record with arecord and use audio:wav=FILE."
            }
        }
    }
}

impl fmt::Display for DeviceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alsa { doing, device, source, said } => {
                write!(f, "cannot {doing} the sound device {device}: {source}")?;
                if said.is_empty() { Ok(()) } else { write!(f, " ({said})") }
            }
            Self::Format { device, why } => write!(f, "the sound device {device} {why}"),
            Self::Records { device, path } => {
                write!(f, "the sound device {device} was opened with {path}, which records; this program only plays")
            }
            Self::Stuck { device, seconds } => {
                write!(f, "the sound device {device} moved no sample in {seconds} seconds")
            }
        }
    }
}

impl std::error::Error for DeviceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Alsa { source, .. } => std::error::Error::source(source),
            Self::Format { .. } | Self::Records { .. } | Self::Stuck { .. } => None,
        }
    }
}
