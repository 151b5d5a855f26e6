//! What the kernel says there is: `/proc/asound/pcm`. Must not: open a device.

use std::fs::File;
use std::io::Read;

use crate::direction::Direction;

/// Where the kernel lists its devices.
const LIST: &str = "/proc/asound/pcm";
/// Bytes of the list that are read, and devices of it that are named.
const LIST_SIZE_MAX: u64 = 65_536;
const NAMED_MAX: usize = 64;

/// The devices there are, for people.
pub(crate) fn text(direction: Direction) -> String {
    let mut list = Vec::new();
    match File::open(LIST).and_then(|file| file.take(LIST_SIZE_MAX).read_to_end(&mut list)) {
        Ok(_) => devices(&String::from_utf8_lossy(&list), direction),
        Err(error) => {
            format!("this host has no sound devices: {LIST}: {error}. The kernel's sound modules may not be loaded")
        }
    }
}

/// The devices of such a list that serve for `direction`. Of one that plays it is said whether it records too.
fn devices(list: &str, direction: Direction) -> String {
    let device = |line: &str| {
        let mut parts = line.split(':').map(str::trim);
        let (number, _, name) = (parts.next()?, parts.next()?, parts.next()?);
        let rest: Vec<&str> = parts.collect();
        let has = |word: &str| rest.iter().any(|part| part.split(' ').next() == Some(word));
        let (card, device) = number.split_once('-')?;
        let (card, device): (u32, u32) = (card.parse().ok()?, device.parse().ok()?);
        let also = match direction {
            Direction::Play if has("playback") && has("capture") => " (it records, too)",
            Direction::Play if has("playback") => " (it only plays)",
            Direction::Record if has("capture") => "",
            _ => return None,
        };
        Some(format!("hw:{card},{device} {name}{also}"))
    };
    let found: Vec<String> = list.lines().filter_map(device).take(NAMED_MAX).collect();
    let verb = direction.verb();
    if found.is_empty() {
        format!("no device of this host can {verb}: none of the devices in {LIST} does")
    } else {
        format!("devices that {verb}: {}", found.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::{Direction, devices};

    const LIST: &str = "00-00: ALC887-VD Analog : ALC887-VD Analog : playback 1 : capture 1\n\
                        00-03: HDMI 0 : HDMI 0 : playback 1\n\
                        01-00: USB Audio : USB Audio : capture 1\n\
                        nonsense\n";

    #[test]
    fn devices_are_listed_by_what_they_can_do() {
        let playing = devices(LIST, Direction::Play);
        assert_eq!(
            playing,
            "devices that play: hw:0,0 ALC887-VD Analog (it records, too); hw:0,3 HDMI 0 (it only plays)"
        );
        let recording = devices(LIST, Direction::Record);
        assert_eq!(recording, "devices that record: hw:0,0 ALC887-VD Analog; hw:1,0 USB Audio");
        assert!(devices("", Direction::Play).starts_with("no device of this host can play"));
    }
}
