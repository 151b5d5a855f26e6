//! Names of devices: `hw:0,0`, `hw:CARD=Audio,DEV=0`; and others, where the operator allows mixing.

use rootcast_host::link_name::{LinkName, LinkNameError};

use crate::direction::Direction;
use crate::listed;

/// A device that was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceName {
    name: String,
    is_hardware: bool,
}

impl DeviceName {
    /// The device `target` of the link `link`: `hw:…`, or with `mixing=allowed` any other.
    ///
    /// # Errors
    /// In words: `list` is answered by what there is; another name than `hw:…` needs `mixing=allowed`.
    pub fn read(link: &LinkName, target: &str, direction: Direction) -> Result<Self, LinkNameError> {
        let is_mixing_allowed = match link.option("mixing") {
            None => false,
            Some("allowed") => true,
            Some(other) => return Err(link.wrong(format!("mixing={other} is not mixing=allowed"))),
        };
        if target == "list" {
            return Err(link.wrong(listed::text(direction)));
        }
        let is_hardware = target.starts_with("hw:");
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-=,.:".contains(letter);
        let has_odd_letters =
            target.chars().any(|letter| if is_hardware { !is_plain(letter) } else { letter.is_control() });
        if target.is_empty() || target == "hw:" || has_odd_letters {
            return Err(link.wrong(format!("{target} is no name of a sound device: hw:CARD or hw:CARD,DEVICE is one")));
        }
        if !is_hardware && !is_mixing_allowed {
            return Err(link.wrong(format!(
                "{target} may mix other sounds in and change the rate: name the device itself, hw:CARD,DEVICE \
                 (audio:device=list shows them), or add mixing=allowed"
            )));
        }
        Ok(Self { name: target.to_owned(), is_hardware })
    }

    /// As alsa-lib knows it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Whether it is the device itself, without any plugin of alsa-lib.
    #[must_use]
    pub const fn is_hardware(&self) -> bool {
        self.is_hardware
    }
}

#[cfg(test)]
mod tests {
    use super::{DeviceName, Direction, LinkName};

    fn read(name: &str) -> Result<DeviceName, String> {
        let link: LinkName = name.parse().unwrap();
        let target = link.target.strip_prefix("device=").unwrap().to_owned();
        DeviceName::read(&link, &target, Direction::Play).map_err(|error| error.to_string())
    }

    #[test]
    fn devices_are_named_and_whatever_may_mix_has_to_be_allowed() {
        for name in ["audio:device=hw:0", "audio:device=hw:1,0", "audio:device=hw:CARD=Audio,DEV=0"] {
            assert!(read(name).unwrap().is_hardware(), "{name}");
        }
        let allowed = read("audio:device=default,mixing=allowed").unwrap();
        assert_eq!((allowed.as_str(), allowed.is_hardware()), ("default", false));
        for (name, why) in [
            ("audio:device=default", "mixing=allowed"),
            ("audio:device=plughw:0", "may mix other sounds in"),
            ("audio:device=hw:", "no name of a sound device"),
            ("audio:device=hw:0;{type null}", "no name of a sound device"),
            ("audio:device=hw:0,mixing=yes", "mixing=yes is not mixing=allowed"),
            ("audio:device=list", "devices"),
        ] {
            let told = read(name).unwrap_err();
            assert!(told.contains(why), "{name}: {told}");
        }
    }
}
