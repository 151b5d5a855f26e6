//! What alsa-lib may know: a configuration of ours that has the device itself and nothing else.
//!
//! alsa-lib reads its configuration from where `ALSA_CONFIG_PATH` says, or else from files of the system and of the user,
//! which can put plugins in the way of any name. The configuration of ours is in memory. Must not: override a path that
//! the operator has set.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, memfd_create};
use rustix::process::geteuid;
use rustix::thread::capabilities;

/// The variable that names the file.
pub const VARIABLE: &str = "ALSA_CONFIG_PATH";

/// What the operator has set it to. alsa-lib takes an empty value for none, and reads the system's files.
#[must_use]
pub fn given() -> Option<OsString> {
    env::var_os(VARIABLE).filter(|path| !path.is_empty())
}

/// The name of the memory that has ours.
const NAME: &str = "rootcast-alsa.conf";

/// What nobody can do to it any more: write to it, make it longer or shorter, or allow that again.
const SEALS: SealFlags = SealFlags::WRITE.union(SealFlags::GROW).union(SealFlags::SHRINK).union(SealFlags::SEAL);

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
    let mut file = fs::File::from(memfd_create(NAME, MemfdFlags::ALLOW_SEALING)?);
    file.write_all(OWN)?;
    fcntl_add_seals(&file, SEALS)?;
    Ok(file.into())
}

/// The path of an open file, as another program sees it that keeps the descriptor.
#[must_use]
pub fn path_of(file: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// Why alsa-lib must not be given its configuration in this process: it loads libraries that the configuration names, and this
/// process may do more than the user who chose them. Nothing where it may.
#[must_use]
pub fn more_than_user() -> Option<String> {
    // Where the kernel does not tell, it may do more.
    let has_more = !capabilities(None).is_ok_and(|sets| (sets.effective | sets.permitted).is_empty());
    is_too_much(has_more && !geteuid().is_root(), &InForce::look())
}

fn is_too_much(has_more: bool, in_force: &InForce) -> Option<String> {
    (has_more && *in_force != InForce::Own).then(|| {
        format!(
            "this program has privileges that its user has not (getcap shows them), and alsa-lib would run what any user names \
             with them; {}",
            in_force.text()
        )
    })
}

/// Whether the file at `path` has our bytes, and nobody can change them. Anybody can give memory our name.
fn is_own(path: &str) -> bool {
    let Ok(file) = fs::File::open(path) else { return false };
    let mut bytes = Vec::new();
    let is_sealed = fcntl_get_seals(&file).is_ok_and(|seals| seals.contains(SEALS));
    is_sealed && file.take(OWN.len() as u64 + 1).read_to_end(&mut bytes).is_ok() && bytes == OWN
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
        let Some(path) = given() else { return Self::OfSystem };
        let path = path.to_string_lossy().into_owned();
        if path.starts_with("/proc/self/fd/") && is_own(&path) { Self::Own } else { Self::Given(path) }
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

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;

    use rustix::fs::{MemfdFlags, fcntl_add_seals, memfd_create};

    use super::{InForce, NAME, OWN, SEALS, is_own, is_too_much, own, path_of};

    /// A program with a capability of its own once ran a library of any user with it.
    #[test]
    fn a_program_with_privileges_of_its_own_reads_no_configuration_of_its_user() {
        let given = InForce::Given("/home/user/evil.conf".to_owned());
        for (has_more, in_force, is_refused) in [
            (true, &given, true),
            (true, &InForce::OfSystem, true),
            (true, &InForce::Own, false),
            (false, &given, false),
            (false, &InForce::OfSystem, false),
        ] {
            assert_eq!(is_too_much(has_more, in_force).is_some(), is_refused, "{has_more} {in_force:?}");
        }
    }

    /// A report once called memory of somebody else ours, which only had the name.
    #[test]
    fn ours_is_what_has_our_bytes_for_good_and_no_name_makes_it_so() {
        assert!(is_own(&path_of(&own().unwrap())));
        for (bytes, is_sealed) in [(OWN, false), (&OWN[1..], true), (&[OWN, b"\n"].concat()[..], true), (b"", true)] {
            let mut forged = File::from(memfd_create(NAME, MemfdFlags::ALLOW_SEALING).unwrap());
            forged.write_all(bytes).unwrap();
            if is_sealed {
                fcntl_add_seals(&forged, SEALS).unwrap();
            }
            assert!(!is_own(&path_of(&forged.into())), "{} bytes, {is_sealed}", bytes.len());
        }
        assert!(!is_own("/dev/null") && !is_own("/proc/self/fd/no"));
        assert!(File::from(own().unwrap()).write_all(b"x").is_err(), "it can be changed");
    }
}
