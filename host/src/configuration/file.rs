//! Where a configuration file may be, and who may be able to write it.
//!
//! Whoever writes it decides which links carry what and when an alarm comes. So below `/etc/rootcast` nobody but root may
//! write the file or a folder above it. A file named with `--config` may also belong to the user that runs the program.
//! No one else may write it, and it is outside the state, which a receiver writes.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::process::geteuid;

use super::fault::{ConfigurationError, Fault};
use super::keys::Side;

/// The folder that is looked into without `--config`.
const FOLDER: &str = "/etc/rootcast";

/// Most bytes of a file: some hundred lines.
const SIZE_MAX: u64 = 64 << 10;
/// Permission to write for the group and for others.
const WRITABLE: u32 = 0o022;
/// In such a folder nobody can replace a file of another user.
const STICKY: u32 = 0o1000;

/// The file's path and bytes.
pub(super) type Found = (PathBuf, Vec<u8>);

/// The file below [`FOLDER`], if there is one.
pub(super) fn of_host(side: Side) -> Result<Option<Found>, ConfigurationError> {
    of_folder(Path::new(FOLDER), side)
}

/// The same in another folder, given as an absolute path.
fn of_folder(folder: &Path, side: Side) -> Result<Option<Found>, ConfigurationError> {
    let path = folder.join(side.file_name());
    let refuse = |fault| ConfigurationError { file: path.clone(), line: 0, fault };
    let unreadable = |error: io::Error| refuse(Fault::Unreadable { why: error.to_string() });
    match path.symlink_metadata() {
        Ok(_) => {}
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    }
    for part in path.ancestors() {
        let found = part.symlink_metadata().map_err(unreadable)?;
        if found.is_symlink() {
            return Err(refuse(Fault::Link { path: part.to_owned() }));
        }
        if part == path && !found.is_file() {
            return Err(refuse(Fault::NotFile { is_of_host: true }));
        }
        if found.uid() != 0 || found.mode() & WRITABLE != 0 {
            return Err(refuse(others_may_write(part, &found, true)));
        }
    }
    let bytes = read(&path, true).map_err(refuse)?;
    Ok(Some((path, bytes)))
}

/// The file named with `--config`. `state` is the state directory of the run.
pub(super) fn named(path: &Path, state: Option<&Path>) -> Result<Found, ConfigurationError> {
    let refuse = |fault| ConfigurationError { file: path.to_owned(), line: 0, fault };
    let unreadable = |error: io::Error| refuse(Fault::Unreadable { why: error.to_string() });
    let whole = path.canonicalize().map_err(unreadable)?;
    // Before anything is said of its modes: those of a device are the system's.
    if !whole.metadata().map_err(unreadable)?.is_file() {
        return Err(refuse(Fault::NotFile { is_of_host: false }));
    }
    if let Some(state) = state
        && state.canonicalize().is_ok_and(|state| whole.starts_with(state))
    {
        return Err(refuse(Fault::InState { state: state.to_owned() }));
    }
    let user = geteuid().as_raw();
    for part in whole.ancestors() {
        let found = part.symlink_metadata().map_err(unreadable)?;
        let is_kept = found.is_dir() && found.mode() & STICKY != 0;
        let is_ours = found.uid() == 0 || found.uid() == user;
        if !is_ours || found.mode() & WRITABLE != 0 && !is_kept {
            return Err(refuse(others_may_write(part, &found, false)));
        }
    }
    let bytes = read(&whole, false).map_err(refuse)?;
    Ok((path.to_owned(), bytes))
}

fn others_may_write(path: &Path, found: &Metadata, root_only: bool) -> Fault {
    let (owner, mode) = (found.uid(), found.mode() & 0o7777);
    Fault::WritableByOthers { path: path.to_owned(), owner, mode, root_only }
}

/// Reads it without waiting: a pipe is refused.
fn read(path: &Path, is_of_host: bool) -> Result<Vec<u8>, Fault> {
    let unreadable = |error: io::Error| Fault::Unreadable { why: error.to_string() };
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file: File = opened.map_err(unreadable)?;
    if !file.metadata().map_err(unreadable)?.is_file() {
        return Err(Fault::NotFile { is_of_host });
    }
    let mut bytes = Vec::new();
    file.take(SIZE_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > SIZE_MAX {
        return Err(Fault::TooLarge { max: SIZE_MAX });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::{Side, named, of_folder};
    use crate::configuration::fault::Fault;

    #[test]
    fn a_named_file_that_others_may_write_is_refused_with_the_part_they_may_write() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().canonicalize().unwrap().join("folder");
        let file = folder.join("mine.toml");
        fs::create_dir(&folder).unwrap();
        fs::write(&file, "[links]\n").unwrap();
        let set = |path: &std::path::Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        for (of_folder, of_file, refused) in [
            (0o755, 0o644, None),
            (0o755, 0o664, Some(&file)),
            (0o755, 0o646, Some(&file)),
            (0o775, 0o644, Some(&folder)),
            (0o757, 0o600, Some(&folder)),
            (0o1777, 0o600, None),
            (0o1777, 0o602, Some(&file)),
        ] {
            set(&folder, of_folder);
            set(&file, of_file);
            match (named(&file, None).map_err(|error| error.fault), refused) {
                (Ok((_, bytes)), None) => assert_eq!(bytes, b"[links]\n"),
                (Err(Fault::WritableByOthers { path, root_only: false, .. }), Some(part)) => assert_eq!(&path, part),
                (found, _) => panic!("{of_folder:o} {of_file:o}: {found:?}"),
            }
        }
    }

    /// The advice was `chmod go-w /dev/null`, which breaks the host.
    #[test]
    fn what_is_no_file_is_refused_as_such_and_nobody_is_told_to_change_its_mode() {
        let scratch = tempfile::tempdir().unwrap();
        let pipe = scratch.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::from_raw_mode(0o622)).unwrap();
        for path in [std::path::Path::new("/dev/null"), &pipe, scratch.path()] {
            let error = named(path, None).unwrap_err();
            assert_eq!(error.fault, Fault::NotFile { is_of_host: false }, "{}", path.display());
            let told = error.diagnosis("Nothing was done.").to_string();
            assert!(told.contains("It is not a file.") && !told.contains("chmod"), "{told}");
            assert!(told.contains("--config"), "{told}");
        }
        // No option named the file of the host, so none can be left out.
        fs::create_dir(scratch.path().join("online.toml")).unwrap();
        let error = of_folder(scratch.path(), Side::Online).unwrap_err();
        assert_eq!(error.fault, Fault::NotFile { is_of_host: true });
        let told = error.diagnosis("Nothing was done.").to_string();
        assert!(told.contains("Put a text file there, or remove it.") && !told.contains("option"), "{told}");
    }

    #[test]
    fn a_named_file_inside_the_state_is_refused_over_any_path() {
        let scratch = tempfile::tempdir().unwrap();
        let (state, inside) = (scratch.path().join("state"), scratch.path().join("state/deep/mine.toml"));
        fs::create_dir_all(state.join("deep")).unwrap();
        fs::write(&inside, "").unwrap();
        let way = scratch.path().join("way.toml");
        symlink(&inside, &way).unwrap();
        for path in [&inside, &way] {
            let fault = named(path, Some(&state)).unwrap_err().fault;
            assert_eq!(fault, Fault::InState { state: state.clone() });
        }
        assert!(named(&inside, None).is_ok());
        let missing = named(&scratch.path().join("none"), None).unwrap_err().fault;
        assert!(matches!(missing, Fault::Unreadable { .. }), "{missing}");
        let folder = named(&state, None).unwrap_err().fault;
        assert_eq!(folder, Fault::NotFile { is_of_host: false });
        fs::write(&inside, vec![b'#'; 70_000]).unwrap();
        assert_eq!(named(&inside, None).unwrap_err().fault, Fault::TooLarge { max: 65_536 });
    }

    /// The scratch folder stands for `/etc/rootcast`. It is below `/tmp`, which everybody may write: only root's own
    /// folders all the way up are good enough.
    #[test]
    fn the_file_of_the_host_needs_folders_that_only_root_may_write() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().canonicalize().unwrap();
        assert_eq!(of_folder(&folder, Side::Online).unwrap(), None, "no file, no configuration");
        fs::write(folder.join("online.toml"), "").unwrap();
        let fault = of_folder(&folder, Side::Online).unwrap_err().fault;
        assert!(matches!(fault, Fault::WritableByOthers { root_only: true, .. }), "{fault}");
        assert_eq!(of_folder(&folder, Side::Offline).unwrap(), None);
        symlink(folder.join("online.toml"), folder.join("offline.toml")).unwrap();
        let fault = of_folder(&folder, Side::Offline).unwrap_err().fault;
        assert_eq!(fault, Fault::Link { path: folder.join("offline.toml") });
    }
}
