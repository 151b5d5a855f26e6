//! The link `audio:device=hw:…`: sound out of a device of this host, in the package variant that has it.
//!
//! alsa-lib opens the control node, and the playback node for reading and writing. A playback node has no read; the sandbox
//! allows no read on its descriptors and no request that reads; and no node that records is opened.

use std::env;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_protocol::object::Object;
use rootcast_sound_device::configuration::{self, InForce};
use rootcast_sound_device::device::PERIOD;
use rootcast_sound_device::{Device, DeviceError, DeviceName, Direction};

use super::manner::{DESIGN_LOSS, Manner};
use super::playing::{Playing, Sink};
use crate::link::cover_sheet::CoverSheet;
use crate::link::error::LinkError;
use crate::link::outlet::Outlet;
use crate::link::sound_count::SoundCount;
use crate::link::transmitter::{Link, Stop, Transmitter, Watch};

/// How a link of this kind begins, on the command line.
const BEGINS: &str = "audio:device=";

/// A device, as named.
#[derive(Debug)]
struct DeviceLink {
    name: LinkName,
    device: DeviceName,
    manner: Manner,
    channel: Channel,
}

/// Which of a device's channels play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Channel {
    Left,
    Right,
    /// The first two.
    Both,
}

impl Channel {
    /// Whether channel `number` of so many plays. A device with one channel plays that one.
    const fn plays(self, number: u16, channels: u16) -> bool {
        match self {
            _ if channels == 1 => true,
            Self::Left => number == 0,
            Self::Right => number == 1,
            Self::Both => number < 2,
        }
    }
}

/// The link `name` to the device it names.
pub(in crate::link) fn link(name: &LinkName, device: &str) -> Result<Box<dyn Link>, LinkNameError> {
    let channel = match name.option("channel") {
        Some("left") => Channel::Left,
        Some("right") => Channel::Right,
        None | Some("both") => Channel::Both,
        Some(other) => return Err(name.wrong(format!("channel={other} is not left, right or both"))),
    };
    let device = DeviceName::read(name, device, Direction::Play)?;
    Ok(Box::new(DeviceLink { name: name.clone(), device, manner: Manner::read(name)?, channel }))
}

/// Makes alsa-lib read a configuration of ours, where `arguments` name a device and nobody has set another one: it looks
/// for it in the environment, which a program gives to itself only by starting again. Returns where there is nothing to do.
///
/// # Errors
/// When this program cannot be started again.
pub(crate) fn settle_configuration(arguments: impl Iterator<Item = OsString>) -> io::Result<()> {
    let mut arguments = arguments;
    let name = arguments.next().unwrap_or_else(|| OsString::from("rootcast-offline-audio"));
    let arguments: Vec<OsString> = arguments.collect();
    let devices: Vec<LinkName> = arguments
        .iter()
        .filter_map(|argument| {
            let argument = argument.to_str()?;
            argument
                .strip_prefix("--link=")
                .unwrap_or(argument)
                .strip_prefix(BEGINS)
                .map(|rest| format!("{BEGINS}{rest}"))
        })
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let needs_more = devices.iter().any(|device| device.option("mixing").is_some());
    if devices.is_empty() || needs_more || env::var_os(configuration::VARIABLE).is_some() {
        return Ok(());
    }
    let own = configuration::own()?;
    let mut again = Command::new("/proc/self/exe");
    again.arg0(name).args(arguments).env(configuration::VARIABLE, configuration::path_of(&own));
    Err(again.exec())
}

/// What to do about privileges of the program.
const NEXT_OF_PRIVILEGES: &str = "Take them away: sudo setcap -r \"$(command -v rootcast-offline-audio)\". Send over Ethernet with rootcast-offline, \
which has no sound library.";

fn failed(error: &DeviceError) -> LinkError {
    LinkError::SoundDevice { why: error.to_string(), next: error.next(Direction::Play) }
}

impl Link for DeviceLink {
    fn name(&self) -> String {
        self.name.to_string()
    }

    fn design_loss(&self) -> f64 {
        DESIGN_LOSS
    }

    fn has_end(&self) -> bool {
        false
    }

    fn room(&self, object: &Object) -> Result<usize, LinkError> {
        Ok(Manner::room(object))
    }

    fn frame_time(&self, size: usize, frames_suffice: u32) -> Duration {
        self.manner.frame_time(size, frames_suffice)
    }

    fn advice(&self, _room: usize) -> Vec<String> {
        let mut advice =
            vec!["Set the volume to three quarters first (alsamixer), and mute what else plays.".to_owned()];
        if !self.device.is_hardware() {
            advice
                .push(format!("{} is no device itself: something may mix in or change the rate", self.device.as_str()));
        }
        advice
    }

    fn open(&self, cover: &CoverSheet) -> Result<Box<dyn Transmitter>, LinkError> {
        if let Some(why) = configuration::more_than_user() {
            return Err(LinkError::SoundDevice { why, next: NEXT_OF_PRIVILEGES });
        }
        let device = Device::open(&self.device, Direction::Play).map_err(|error| failed(&error))?;
        let lines = vec![device.text(), format!("plays {:?}", self.channel).to_lowercase(), InForce::look().text()];
        let sink = DeviceSink { device, channel: self.channel, lines, held: Vec::new(), troubles: Arc::default() };
        let schedule = self.manner.schedule(cover.frame_size, cover.frames_suffice);
        Ok(Box::new(Playing::new(Box::new(sink), None, schedule)))
    }
}

/// Underruns and suspends, as another thread may look at them.
#[derive(Debug, Default)]
struct Troubles {
    underruns: AtomicU32,
    suspends: AtomicU32,
}

impl Troubles {
    fn count(&self) -> SoundCount {
        let number = |counter: &AtomicU32| counter.load(Ordering::Relaxed);
        SoundCount { underruns: number(&self.underruns), suspends: number(&self.suspends) }
    }
}

struct DeviceSink {
    device: Device,
    channel: Channel,
    lines: Vec<String>,
    /// Bytes of less than a period.
    held: Vec<u8>,
    troubles: Arc<Troubles>,
}

impl DeviceSink {
    /// Plays the whole periods of what is held.
    fn play(&mut self, stop: &Stop) -> Result<bool, LinkError> {
        let period = PERIOD * self.device.format().block();
        let rest = self.held.split_off(self.held.len() - self.held.len() % period);
        let whole = std::mem::replace(&mut self.held, rest);
        let played = self.device.play(&whole, &|| stop.is_due());
        let survived = self.device.troubles();
        self.troubles.underruns.store(survived.xruns, Ordering::Relaxed);
        self.troubles.suspends.store(survived.suspends, Ordering::Relaxed);
        played.map_err(|error| failed(&error))
    }
}

impl Sink for DeviceSink {
    fn begin(&mut self, _stop: &Stop) -> Result<bool, LinkError> {
        Ok(true)
    }

    fn write(&mut self, samples: &[i16], stop: &Stop) -> Result<bool, LinkError> {
        let format = self.device.format();
        for sample in samples {
            for number in 0..format.channels {
                let sample = if self.channel.plays(number, format.channels) { *sample } else { 0 };
                format.coding.append(sample, &mut self.held);
            }
        }
        self.play(stop)
    }

    fn finish(&mut self, _samples: u64) -> Result<(), LinkError> {
        let period = PERIOD * self.device.format().block();
        self.held.resize(self.held.len().next_multiple_of(period), 0);
        self.play(&Stop::default())?;
        self.device.drain().map_err(|error| failed(&error))
    }

    fn outlet(&self) -> Outlet<'_> {
        Outlet::SoundDevice { descriptors: self.device.descriptors(), lines: &self.lines }
    }

    fn watch(&self) -> Option<Watch> {
        let troubles = Arc::clone(&self.troubles);
        Some(Box::new(move || troubles.count().text()))
    }

    fn sound(&self) -> Option<SoundCount> {
        Some(self.troubles.count())
    }
}

#[cfg(test)]
mod tests {
    use super::Channel;

    #[test]
    fn each_channel_plays_or_is_silent() {
        let plays = |channel: Channel, channels| {
            (0..channels).map(|number| channel.plays(number, channels)).collect::<Vec<_>>()
        };
        assert_eq!(plays(Channel::Both, 1), [true]);
        assert_eq!(plays(Channel::Right, 1), [true]);
        assert_eq!(plays(Channel::Left, 2), [true, false]);
        assert_eq!(plays(Channel::Right, 2), [false, true]);
        assert_eq!(plays(Channel::Both, 6), [true, true, false, false, false, false]);
    }
}
