//! What alsa-lib may know: a configuration of ours that has the device itself and nothing else.
//!
//! alsa-lib reads its configuration from where `ALSA_CONFIG_PATH` says, or else from files of the system and of the user,
//! which can put plugins in the way of any name. The configuration of ours is in memory. Must not: override a path that
//! the operator has set.

use std::env;
use std::fs;
use std::io::Write;
use std::os::fd::{AsRawFd, OwnedFd};

use rustix::fs::{MemfdFlags, memfd_create};

/// The variable that names the file.
pub const VARIABLE: &str = "ALSA_CONFIG_PATH";

/// The name of the memory that has ours.
const NAME: &str = "rootcast-alsa.conf";

/// Ours: `hw`, and nothing that mixes, converts or loads.
const OWN: &[u8] = br#"pcm.hw {
    @args [ CARD DEV SUBDEV ]
    @args.CARD { type string default "0" }
    @args.DEV { type integer default 0 }
    @args.SUBDEV { type integer default -1 }
    type hw
    card $CARD
    device $DEV
    subdevice $SUBDEV
}
ctl.hw {
    @args [ CARD ]
    @args.CARD { type string default "0" }
    type hw
    card $CARD
}
"#;

/// The configuration of ours as an open file, which a program that is started keeps.
///
/// # Errors
/// When the kernel gives no memory for it.
pub fn own() -> std::io::Result<OwnedFd> {
    let mut file = fs::File::from(memfd_create(NAME, MemfdFlags::empty())?);
    file.write_all(OWN)?;
    Ok(file.into())
}

/// The path of an open file, as another program sees it that keeps the descriptor.
#[must_use]
pub fn path_of(file: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// What alsa-lib reads in this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InForce {
    /// Ours.
    Own,
    /// What the operator named.
    Given(String),
    /// The files of the system and of the user.
    OfSystem,
}

impl InForce {
    /// Looks at the environment of this process.
    #[must_use]
    pub fn look() -> Self {
        let Some(path) = env::var_os(VARIABLE) else { return Self::OfSystem };
        let path = path.to_string_lossy().into_owned();
        let is_own = path.starts_with("/proc/self/fd/")
            && fs::read_link(&path).is_ok_and(|target| target.to_string_lossy().starts_with(&format!("/memfd:{NAME}")));
        if is_own { Self::Own } else { Self::Given(path) }
    }

    /// For people and for reports.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Own => "ALSA configuration: our own, which has the device alone".to_owned(),
            Self::Given(path) => format!("ALSA configuration: {path}, as {VARIABLE} says"),
            Self::OfSystem => "ALSA configuration: the system's and the user's files".to_owned(),
        }
    }
}
