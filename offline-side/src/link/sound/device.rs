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

/// Makes alsa-lib read a configuration of ours, where a link of `names` is a device and nobody has set another one: alsa-lib
/// looks for it in the environment, which a program gives to itself only by starting again. Returns where there is nothing
/// to do. Must be called before anything of the run is open: whoever starts again begins again.
///
/// # Errors
/// When this program cannot be started again.
pub(crate) fn settle_configuration(names: &[String]) -> io::Result<()> {
    if configuration::given().is_some() || !needs_own(names) {
        return Ok(());
    }
    let own = configuration::own()?;
    let mut arguments = env::args_os();
    let name = arguments.next().unwrap_or_else(|| OsString::from("rootcast-offline-audio"));
    let mut again = Command::new("/proc/self/exe");
    again.arg0(name).args(arguments).env(configuration::VARIABLE, configuration::path_of(&own));
    Err(again.exec())
}

/// Whether links of these names need a configuration of ours: one is a device, and none of them needs the system's.
fn needs_own(names: &[String]) -> bool {
    let links = names.iter().filter_map(|name| name.parse::<LinkName>().ok());
    let devices: Vec<LinkName> =
        links.filter(|link| link.kind == "audio" && link.target.starts_with("device=")).collect();
    !devices.is_empty() && devices.iter().all(|device| device.option("mixing").is_none())
}

/// What to do about privileges of the program.
const NEXT_OF_PRIVILEGES: &str = "Take them away: sudo setcap -r \"$(command -v rootcast-offline-audio)\". Send over Ethernet with rootcast-offline, \
which has no sound library.";

/// What to do where a device itself would be looked up in the files of the system, which can put anything in its place.
const NEXT_OF_SYSTEM: &str = "Give mixing=allowed to this link too if that is meant; or send over the other device in a run of its own; or name a \
configuration that has both (ALSA_CONFIG_PATH).";

/// Why the files of the system must not say what this device is; nothing where they may, or are not read.
fn is_of_system(device: &str, is_mixing_allowed: bool, in_force: &InForce) -> Option<LinkError> {
    (!is_mixing_allowed && *in_force == InForce::OfSystem).then(|| LinkError::SoundDevice {
        why: format!(
            "another link has mixing=allowed, so alsa-lib would read the system's and the user's files in this run, and they \
             may put something else in the place of the device {device}"
        ),
        next: NEXT_OF_SYSTEM,
    })
}

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

    fn check_free(&self) -> Result<(), LinkError> {
        let is_mixing_allowed = self.name.option("mixing").is_some();
        is_of_system(self.device.as_str(), is_mixing_allowed, &InForce::look()).map_or(Ok(()), Err)
    }

    fn open(&self, cover: &CoverSheet) -> Result<Box<dyn Transmitter>, LinkError> {
        self.check_free()?;
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
    use rootcast_sound_device::configuration::InForce;

    use super::{Channel, is_of_system, needs_own};

    #[test]
    fn a_device_itself_needs_our_configuration_and_never_reads_the_systems() {
        let needs = |names: &[&str]| needs_own(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let (plain, mixed) = ("audio:device=hw:31", "audio:device=default,mixing=allowed");
        assert!(needs(&[plain]) && needs(&["file:x", "audio:device=hw:1,mode=robust"]));
        assert!(!needs(&[]) && !needs(&["audio:wav=x", "file:audio:device=hw:1"]));
        assert!(!needs(&[mixed]) && !needs(&[plain, mixed]));
        let given = InForce::Given("/etc/one.conf".to_owned());
        for (is_allowed, in_force, is_refused) in [
            (false, &InForce::OfSystem, true),
            (true, &InForce::OfSystem, false),
            (false, &InForce::Own, false),
            (false, &given, false),
        ] {
            assert_eq!(is_of_system("hw:31", is_allowed, in_force).is_some(), is_refused, "{is_allowed} {in_force:?}");
        }
    }

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
