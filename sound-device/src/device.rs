//! An open device: configured before the sandbox closes, and from then on only written to or read.
//!
//! It is opened without waiting (`SND_PCM_NONBLOCK`), so that a busy device is an error and not a wait, and so that nothing
//! but WRITEI or READI, PREPARE, RESUME, DRAIN and the pointers is asked of it inside the sandbox.

use std::collections::BTreeSet;
use std::ffi::CString;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use alsa::Output;
use alsa::pcm::{Access, HwParams, PCM, State};
use alsa::{Direction as AlsaDirection, ValueOr};
use rootcast_host::sandbox::{above_link_numbers, is_link_number};
use rootcast_host::text::printable;
use rustix::io::Errno;

use crate::direction::Direction;
use crate::error::DeviceError;
use crate::format::{Coding, Format};
use crate::name::DeviceName;

/// Samples of a period: how much is moved at once. 21 ms.
pub const PERIOD: usize = 1_024;
/// Samples that a device should hold: half a second, so that a busy host has time.
const BUFFER: i64 = 24 * 1_024;
/// Rates at which sound is taken, the best one first.
const RATES: [u32; 6] = [48_000, 96_000, 44_100, 192_000, 88_200, 176_400];
/// The rate at which it is played.
const PLAYED_AT: u32 = 48_000;
/// Channels at most.
const CHANNELS_MAX: u32 = 8;
/// Between two looks whether a device takes or has more.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// A device that moves nothing for so long has failed.
const STUCK_AFTER: Duration = Duration::from_secs(10);
/// How long the rest of a buffer may take to be played, beyond its length.
const DRAINED_WITHIN: Duration = Duration::from_secs(3);
/// Characters of what alsa-lib says that are kept.
const SAID_MAX: usize = 300;

/// What went wrong on the way and was survived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Troubles {
    /// Times at which the device had nothing to play, or was not read in time.
    pub xruns: u32,
    /// Times at which the host was suspended.
    pub suspends: u32,
}

/// An open device.
#[derive(Debug)]
pub struct Device {
    name: String,
    pcm: PCM,
    format: Format,
    buffer: usize,
    descriptors: Vec<i32>,
    troubles: Troubles,
}

impl Device {
    /// Opens and configures it. Its descriptors get numbers that only links have.
    ///
    /// # Errors
    /// When it is not there, busy, or has no format that serves.
    pub fn open(name: &DeviceName, direction: Direction) -> Result<Self, DeviceError> {
        let device = name.as_str();
        let said = Output::local_error_handler().ok();
        let failed = |doing, error: &alsa::Error| {
            let said = said.as_ref().map(|said| said.borrow().to_string()).unwrap_or_default();
            let said: String = printable(&said.trim().replace('\n', "; ")).chars().take(SAID_MAX).collect();
            DeviceError::alsa(doing, device, error, said)
        };
        let no_number = |source| DeviceError::Alsa {
            doing: "number the descriptors of",
            device: device.to_owned(),
            source,
            said: String::new(),
        };
        let c_name = CString::new(device).map_err(|error| no_number(error.into()))?;
        let way = match direction {
            Direction::Play => AlsaDirection::Playback,
            Direction::Record => AlsaDirection::Capture,
        };
        let before = descriptors();
        let (pcm, format, buffer) = above_link_numbers(|| {
            let pcm = PCM::open(&c_name, way, true).map_err(|error| failed("open", &error))?;
            let (format, buffer) = configure(&pcm, device, direction, &failed)?;
            pcm.prepare().map_err(|error| failed("prepare", &error))?;
            Ok::<_, DeviceError>((pcm, format, buffer))
        })
        .map_err(no_number)??;
        let descriptors: Vec<i32> = descriptors().difference(&before).copied().collect();
        if direction == Direction::Play {
            let leads_to = |number: &i32| fs::read_link(format!("/proc/self/fd/{number}")).ok();
            let paths = descriptors.iter().filter_map(leads_to).map(|path| path.display().to_string());
            if let Some(path) = paths.into_iter().find(|path| is_recording_node(path)) {
                return Err(DeviceError::Records { device: device.to_owned(), path });
            }
        }
        let troubles = Troubles::default();
        Ok(Self { name: device.to_owned(), pcm, format, buffer, descriptors, troubles })
    }

    /// What its samples are.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// For people: its format and buffer.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}, a buffer of {} samples", self.format.text(), self.buffer)
    }

    /// The numbers of the descriptors that were opened with it.
    #[must_use]
    pub fn descriptors(&self) -> &[i32] {
        &self.descriptors
    }

    /// What was survived so far.
    #[must_use]
    pub const fn troubles(&self) -> Troubles {
        self.troubles
    }

    /// Plays whole blocks. Gives whether all of them were taken before `is_over` and a moment more.
    ///
    /// # Errors
    /// When the device is gone, or takes nothing for ten seconds.
    pub fn play(&mut self, blocks: &[u8], is_over: &dyn Fn() -> bool) -> Result<bool, DeviceError> {
        let mut rest = blocks;
        let mut moved = Instant::now();
        while !rest.is_empty() {
            let played = self.pcm.io_bytes().writei(rest);
            match played {
                Ok(count) => {
                    rest = rest.get(count.saturating_mul(self.format.block())..).unwrap_or_default();
                    moved = Instant::now();
                }
                Err(error) if error.errno() == Errno::AGAIN.raw_os_error() => {
                    if is_over() && moved.elapsed() > Duration::from_secs(1) {
                        return Ok(false);
                    }
                    self.wait(moved)?;
                }
                Err(error) => {
                    self.recover("play on", &error)?;
                    // One that underruns again and again takes nothing either.
                    self.wait(moved)?;
                }
            }
        }
        Ok(true)
    }

    /// Waits until all that was played is out.
    ///
    /// # Errors
    /// When the device is gone.
    pub fn drain(&mut self) -> Result<(), DeviceError> {
        let length = Duration::from_secs(1)
            .mul_f64(f64::from(u32::try_from(self.buffer).unwrap_or(0)) / f64::from(self.format.rate));
        let began = Instant::now();
        match self.pcm.drain() {
            Ok(()) => return Ok(()),
            Err(error) if error.errno() == Errno::AGAIN.raw_os_error() => {}
            // Nothing is left to be played.
            Err(error) if error.errno() == Errno::PIPE.raw_os_error() => return Ok(()),
            Err(error) => return Err(DeviceError::alsa("play to the end on", &self.name, &error, String::new())),
        }
        while self.pcm.state() == State::Draining {
            if began.elapsed() > length + DRAINED_WITHIN {
                return Err(DeviceError::Stuck { device: self.name.clone(), seconds: began.elapsed().as_secs() });
            }
            thread::sleep(LOOK_AGAIN);
        }
        if self.pcm.state() == State::Disconnected {
            let gone = alsa::Error::new("drain", Errno::NODEV.raw_os_error());
            return Err(DeviceError::alsa("play to the end on", &self.name, &gone, String::new()));
        }
        Ok(())
    }

    /// Records one period into `blocks`. What the device does not give is silence.
    ///
    /// # Errors
    /// When the device is gone, or gives nothing for ten seconds.
    pub fn record(&mut self, blocks: &mut Vec<u8>) -> Result<(), DeviceError> {
        blocks.clear();
        blocks.resize(PERIOD * self.format.block(), 0);
        let moved = Instant::now();
        loop {
            let recorded = self.pcm.io_bytes().readi(blocks);
            match recorded {
                Ok(count) if count > 0 => {
                    blocks.truncate(count.saturating_mul(self.format.block()));
                    return Ok(());
                }
                Ok(_) => self.wait(moved)?,
                Err(error) if error.errno() == Errno::AGAIN.raw_os_error() => self.wait(moved)?,
                Err(error) => {
                    self.recover("record from", &error)?;
                    self.wait(moved)?;
                }
            }
        }
    }

    fn wait(&self, moved: Instant) -> Result<(), DeviceError> {
        if moved.elapsed() > STUCK_AFTER {
            return Err(DeviceError::Stuck { device: self.name.clone(), seconds: moved.elapsed().as_secs() });
        }
        thread::sleep(LOOK_AGAIN);
        Ok(())
    }

    /// Goes on after an underrun, an overrun or a suspended host.
    fn recover(&mut self, doing: &'static str, error: &alsa::Error) -> Result<(), DeviceError> {
        let failed = |error: &alsa::Error| DeviceError::alsa(doing, &self.name, error, String::new());
        match Errno::from_raw_os_error(error.errno()) {
            Errno::INTR => return Ok(()),
            Errno::PIPE => self.troubles.xruns = self.troubles.xruns.saturating_add(1),
            Errno::STRPIPE => {
                self.troubles.suspends = self.troubles.suspends.saturating_add(1);
                let began = Instant::now();
                while self.pcm.resume().is_err_and(|error| error.errno() == Errno::AGAIN.raw_os_error()) {
                    self.wait(began)?;
                }
            }
            _ => return Err(failed(error)),
        }
        self.pcm.prepare().map_err(|error| failed(&error))
    }
}

/// Numbers of links' descriptors that are open in this process.
fn descriptors() -> BTreeSet<i32> {
    let listed = fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let numbers: Vec<i32> = listed.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    // The folder itself is closed by now, and so not one of them.
    numbers.into_iter().filter(|number| is_link_number(*number) && is_open(*number)).collect()
}

fn is_open(number: i32) -> bool {
    fs::read_link(format!("/proc/self/fd/{number}")).is_ok()
}

/// Whether this is the node of a device that records: `/dev/snd/pcmC0D0c`.
fn is_recording_node(path: &str) -> bool {
    path.strip_prefix("/dev/snd/pcm").is_some_and(|name| name.ends_with('c'))
}

/// Settles format, rate, channels and buffer.
fn configure(
    pcm: &PCM,
    device: &str,
    direction: Direction,
    failed: &dyn Fn(&'static str, &alsa::Error) -> DeviceError,
) -> Result<(Format, usize), DeviceError> {
    const DOING: &str = "configure";
    let failed = |error: alsa::Error| failed(DOING, &error);
    let unfit = |why: String| DeviceError::Format { device: device.to_owned(), why };
    let wanted = HwParams::any(pcm).map_err(failed)?;
    wanted.set_access(Access::RWInterleaved).map_err(failed)?;
    let coding = Coding::ALL.into_iter().find(|coding| wanted.test_format(coding.of_alsa()).is_ok());
    let coding = coding.ok_or_else(|| {
        let tried: Vec<&str> = Coding::ALL.into_iter().map(Coding::name).collect();
        unfit(format!("has none of the formats {}", tried.join(", ")))
    })?;
    wanted.set_format(coding.of_alsa()).map_err(failed)?;
    let has_rate = |rate: &u32| wanted.test_rate(*rate).is_ok();
    let rate = match direction {
        Direction::Play => Some(PLAYED_AT).filter(has_rate),
        Direction::Record => RATES.into_iter().find(has_rate),
    };
    let rate = rate.ok_or_else(|| {
        let range = match (wanted.get_rate_min(), wanted.get_rate_max()) {
            (Ok(least), Ok(most)) => format!("; it has {least} to {most}"),
            _ => String::new(),
        };
        let tried: Vec<String> = match direction {
            Direction::Play => vec![PLAYED_AT.to_string()],
            Direction::Record => RATES.iter().map(u32::to_string).collect(),
        };
        unfit(format!("cannot {} at {} samples a second{range}", direction.verb(), tried.join(", ")))
    })?;
    wanted.set_rate(rate, ValueOr::Nearest).map_err(failed)?;
    let channels = wanted.get_channels_min().map_err(failed)?;
    if channels > CHANNELS_MAX {
        return Err(unfit(format!("has {channels} channels at least; {CHANNELS_MAX} are supported")));
    }
    wanted.set_channels(channels).map_err(failed)?;
    let period = i64::try_from(PERIOD).unwrap_or(1_024);
    wanted.set_period_size_near(period, ValueOr::Nearest).map_err(failed)?;
    wanted.set_buffer_size_near(BUFFER).map_err(failed)?;
    pcm.hw_params(&wanted).map_err(failed)?;
    let (buffer, period) = (wanted.get_buffer_size().map_err(failed)?, wanted.get_period_size().map_err(failed)?);
    let further = pcm.sw_params_current().map_err(failed)?;
    let start = match direction {
        Direction::Play => (buffer - period).max(1),
        Direction::Record => 1,
    };
    further.set_start_threshold(start).map_err(failed)?;
    further.set_avail_min(period.max(1)).map_err(failed)?;
    pcm.sw_params(&further).map_err(failed)?;
    let channels = u16::try_from(channels).unwrap_or(1);
    Ok((Format { coding, channels, rate }, usize::try_from(buffer).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::is_recording_node;

    #[test]
    fn a_node_that_records_is_known_by_its_name() {
        assert!(is_recording_node("/dev/snd/pcmC0D0c") && is_recording_node("/dev/snd/pcmC12D3c"));
        assert!(!is_recording_node("/dev/snd/pcmC0D0p") && !is_recording_node("/dev/snd/controlC0"));
    }
}
