//! What that process does, from its start to its end.

use std::io;

use rootcast_host::exit::Exit;
use rootcast_host::link_name::LinkName;
use rootcast_host::sandbox::{LinkCalls, Purpose, Sandbox};
use rootcast_sound_device::configuration::InForce;
use rootcast_sound_device::device::Troubles;
use rootcast_sound_device::{Coding, Device, DeviceName, Direction};
use rustix::process::{Signal, set_parent_process_death_signal};

use super::wire::{Hello, Record};
use crate::link::optical::reader_process::give_up_privileges;
use crate::link::sound::piece::PIECE_SIZE;
use crate::link::sound::wave_format::Coding as WaveCoding;
use crate::link::value::value_of;

/// Samples of every channel that are passed on together: 85 ms.
const TOGETHER: usize = 4_096;

/// Runs the process.
pub(super) fn main(link: &str) -> Exit {
    match run(link) {
        Ok(()) => Exit::Done,
        Err(_) => Exit::Link,
    }
}

fn run(link: &str) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    give_up_privileges("sound-capture")?;
    let named = link.parse().and_then(|link: LinkName| DeviceName::read(&link, value_of(&link)?, Direction::Record));
    let name = named.map_err(|error| io::Error::other(error.to_string()))?;
    let mut device = match Device::open(&name, Direction::Record) {
        Ok(device) => device,
        Err(error) => {
            let next = error.next(Direction::Record).to_owned();
            return say(&Hello::Refused { why: error.to_string(), next }.to_bytes()?);
        }
    };
    let mut sandbox = Sandbox::new(Purpose::CaptureSound, None);
    sandbox.links = vec![if name.is_hardware() { LinkCalls::SOUND_RECORDER } else { LinkCalls::SOUND_PLUGIN_RECORDER }];
    // Looked at before: the process has no path afterwards.
    let text = format!("{}: {}; {}", name.as_str(), device.text(), InForce::look().text());
    let closed = sandbox.close();
    let format = device.format();
    let (coding, is_shifted) = match format.coding {
        Coding::Bits16 => (WaveCoding::Signed16, false),
        Coding::Bits24 => (WaveCoding::Signed24, false),
        Coding::Bits32 => (WaveCoding::Signed32, false),
        Coding::Bits24Of32 => (WaveCoding::Signed32, true),
    };
    say(&Hello::Open { rate: format.rate, channels: format.channels, coding, text, closed }.to_bytes()?)?;
    let (mut period, mut held, mut told) = (Vec::new(), Vec::new(), Troubles::default());
    loop {
        if let Err(error) = device.record(&mut period) {
            return say(&Record::Failed(error.to_string()).to_bytes());
        }
        if is_shifted {
            period.chunks_exact_mut(4).for_each(widen);
        }
        held.extend_from_slice(&period);
        let troubles = device.troubles();
        if troubles != told {
            told = troubles;
            say(&Record::Troubles(troubles.xruns, troubles.suspends).to_bytes())?;
        }
        if held.len() >= TOGETHER * format.block() || held.len() > PIECE_SIZE / 2 {
            say(&Record::Samples(std::mem::take(&mut held)).to_bytes())?;
        }
    }
}

/// Moves the 24 bits of a sample from the lower end of its four bytes to the upper one.
fn widen(sample: &mut [u8]) {
    if let [a, b, c, d] = sample {
        (*a, *b, *c, *d) = (0, *a, *b, *c);
    }
}

/// Writes all of it. Where nobody reads any more this process has nothing to do.
fn say(bytes: &[u8]) -> io::Result<()> {
    let output = io::stdout();
    let mut rest = bytes;
    while !rest.is_empty() {
        match rustix::io::write(&output, rest) {
            Ok(count) => rest = rest.get(count..).unwrap_or_default(),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::widen;

    #[test]
    fn twenty_four_bits_move_to_the_upper_end() {
        let mut sample = [1, 2, 0x83, 0xff];
        widen(&mut sample);
        assert_eq!(sample, [0, 1, 2, 0x83]);
    }
}
