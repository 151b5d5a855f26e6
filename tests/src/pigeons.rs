//! A link to send over that no program has, as a developer would add it: one file and one row.

use std::fs;
use std::io::{Write, pipe};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Duration;

use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_host::sandbox::{DeviceRequest, LinkCalls, set_apart};
use rootcast_offline::link::cover_sheet::CoverSheet;
use rootcast_offline::link::registry::{LINKS, LinkKind, LinkOption, Target};
use rootcast_offline::link::{Link, LinkError, Moved, Outlet, Stop, Transmitter};
use rootcast_protocol::object::Object;

/// A link to nowhere, in one file: each frame flies away with a pigeon, which leaves it in a loft. Before each, the link
/// asks how full its bag of grain is: a request of its own on a descriptor of its own.
#[derive(Debug, Clone)]
struct Pigeons {
    name: LinkName,
    loft: PathBuf,
}

/// And its row.
pub const PIGEONS: LinkKind = LinkKind {
    kind: "pigeon",
    target: Target::Any,
    example: "pigeon:LOFT",
    options: &[LinkOption { name: "wind", values: "N" }],
    hardware_notes: "#pigeons",
    calls: LinkCalls { requests: &[FIONREAD], ..LinkCalls::FILE },
    link: pigeons,
};

/// And its section of `hardware-notes.md`.
pub const SECTION: &str = "\n## Pigeons\n\nThey need grain.\n";

/// How many bytes can be read (ioctl_pipe(2)): no process that sends may ask that, unless a row says so.
const FIONREAD: DeviceRequest = DeviceRequest::Exactly(0x541b);

fn pigeons(name: &LinkName, loft: &str) -> Result<Box<dyn Link>, LinkNameError> {
    name.number("wind", 0, 12)?;
    Ok(Box::new(Pigeons { name: name.clone(), loft: loft.into() }))
}

impl Link for Pigeons {
    fn name(&self) -> String {
        self.name.to_string()
    }
    fn design_loss(&self) -> f64 {
        0.5
    }
    fn has_end(&self) -> bool {
        true
    }
    fn room(&self, _: &Object) -> Result<usize, LinkError> {
        Ok(1_200)
    }
    fn frame_time(&self, _: usize, _frames_suffice: u32) -> Duration {
        Duration::ZERO
    }
    fn open(&self, _: &CoverSheet) -> Result<Box<dyn Transmitter>, LinkError> {
        let failed = |source| LinkError::Storage { doing: "open", path: self.loft.clone(), source };
        fs::create_dir(&self.loft).map_err(failed)?;
        let (grain, mut filled) = pipe().map_err(failed)?;
        filled.write_all(b"grain").map_err(failed)?;
        let bag = set_apart(grain).map_err(failed)?;
        Ok(Box::new(Flight { loft: self.loft.clone(), bag, _filled: filled.into(), flown: 0 }))
    }
}

/// The same, open.
struct Flight {
    loft: PathBuf,
    bag: OwnedFd,
    _filled: OwnedFd,
    flown: u32,
}

impl Transmitter for Flight {
    fn transmit(&mut self, frame: &[u8], _: &[String], _: &Stop) -> Result<Moved, LinkError> {
        let failed = |source| LinkError::Storage { doing: "fly to", path: self.loft.clone(), source };
        rustix::io::ioctl_fionread(&self.bag).map_err(|errno| failed(errno.into()))?;
        fs::write(self.loft.join(format!("pigeon-{:03}", self.flown)), frame).map_err(failed)?;
        self.flown += 1;
        Ok(Moved::Whole)
    }
    fn finish(&mut self, _: &Stop) -> Result<(), LinkError> {
        Ok(())
    }
    fn outlet(&self) -> Outlet<'_> {
        Outlet::Folder(&self.loft)
    }
}

/// The rows of the program and one more.
#[must_use]
pub fn with(row: LinkKind) -> Vec<LinkKind> {
    LINKS.iter().copied().chain([row]).collect()
}
