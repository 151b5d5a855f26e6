//! Who may use a path, where the system refuses it: whose it is, and who this process runs as.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Access, AtFlags, CWD, accessat};
use rustix::io::Errno;
use rustix::process::geteuid;

use crate::diagnosis::{Diagnosis, Label};
use crate::disk::parent;
use crate::state_lock::OtherUser;
use crate::text::shell_quoted;

/// What a refusal by the system means for the person at this process, in sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Whose the path is, and who this process runs as.
    pub why: String,
    /// What to do.
    pub next: String,
}

/// Why the system refuses `path` to this process, and what to do.
#[must_use]
pub fn refusal_of(path: &Path) -> Refusal {
    let user = geteuid().as_raw();
    // The nearest part that can be looked at is the one that refuses, or is in the one that does.
    let found = nearest_seen(path).and_then(|part| Some((part, part.symlink_metadata().ok()?)));
    let Some((part, found)) = found else {
        return Refusal {
            why: format!("This process is user number {user}, who may not look into the folders above it."),
            next: format!("Let user number {user} use it, or run the command as the user that it belongs to."),
        };
    };
    let (owner, mode, part) = (found.uid(), found.mode() & 0o7777, part.display());
    let next = match owner == user {
        true => format!("Correct the mode of {part}, then run the same command again."),
        false => format!(
            "Run the command as that user, for example with `sudo -u '#{owner}'`. Or let user number {user} read it. \
             Reading is enough only for commands that change nothing."
        ),
    };
    Refusal {
        why: format!(
            "This process is user number {user}; {part} belongs to user number {owner} and has mode {mode:04o}."
        ),
        next,
    }
}

/// The nearest part of a path that this process can look at: the path itself, or a folder above it.
fn nearest_seen(path: &Path) -> Option<&Path> {
    let parts = path.ancestors().map(|part| if part.as_os_str().is_empty() { Path::new(".") } else { part });
    parts.into_iter().find(|part| part.symlink_metadata().is_ok())
}

/// Makes sure that this process can keep a state in `folder`, or make that folder. `unchanged` says what was not done.
/// Only a question of owners and modes is told here: any other fault is told by whoever makes the folder.
///
/// # Errors
/// When the system does not let it, with what to do: the command that makes the folder for this user, where that takes
/// nothing from anybody.
pub fn check_state_folder(folder: &Path, unchanged: &str) -> Result<(), Diagnosis> {
    if let Some(other) = OtherUser::owning(folder) {
        return Err(Diagnosis::new(Label::OtherUser, unchanged, other.to_string(), other.next()));
    }
    let refused = |why: String, next: String| Err(Diagnosis::new(Label::StorageFailed, unchanged, why, next));
    let shown = folder.display();
    let is_there = match folder.try_exists() {
        Ok(is_there) => is_there,
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            let why = match nearest_seen(folder) {
                Some(part) if part == folder => {
                    format!("{shown} cannot be reached: it is a link into a folder that this user may not look into.")
                }
                part => {
                    let part = part.unwrap_or(parent(folder)).display();
                    format!("{shown} cannot be reached: this user may not look into {part}.")
                }
            };
            return refused(why, OF_ITS_USER.to_owned());
        }
        Err(_) => return Ok(()),
    };
    let needed = if is_there { folder } else { parent(folder) };
    let access = accessat(CWD, needed, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS);
    if !needed.is_dir() || !matches!(access, Err(Errno::ACCESS | Errno::PERM)) {
        return Ok(());
    }
    let user = geteuid().as_raw();
    let Refusal { why: whose, .. } = refusal_of(needed);
    let why = match is_there {
        true => format!("{shown} cannot be written. {whose}"),
        false => format!("{shown} does not exist and cannot be made. {whose}"),
    };
    // What is in a folder is somebody's.
    if is_there && !is_seen_empty(folder) {
        return refused(why, OF_ITS_USER.to_owned());
    }
    let next = format!(
        "As root, make the folder for this user: install -d -o {user} -m 0755 {}. Then run the same command again. Or name \
         another folder with --state.",
        shell_quoted(folder)
    );
    refused(why, next)
}

/// What to do about a folder that is another user's.
const OF_ITS_USER: &str = "Run the command as the user of that folder, or name another folder with --state.";

fn is_seen_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::{Path, PathBuf};

    use rustix::fs::{Access, AtFlags, CWD, accessat};
    use rustix::io::Errno;
    use rustix::process::{Uid, geteuid};

    use super::{Diagnosis, check_state_folder, refusal_of};

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn whoever_is_refused_is_told_whose_it_is_and_who_asks() {
        let folder = tempfile::tempdir().unwrap();
        set_mode(folder.path(), 0o751);
        let user = geteuid().as_raw();
        let refusal = refusal_of(&folder.path().join("none/deeper"));
        let says =
            format!("user number {user}; {} belongs to user number {user} and has mode 0751", folder.path().display());
        assert!(refusal.why.contains(&says) && refusal.next.starts_with("Correct the mode of"), "{refusal:?}");
        // Of a name alone the folder of the process is the nearest part.
        assert!(refusal_of(Path::new("no-such-folder")).why.contains("; . belongs to user number"));
        check_state_folder(&folder.path().join("new"), "").unwrap();
        check_state_folder(folder.path(), "").unwrap();
        // What else is wrong with the place is told by whoever makes the folder.
        check_state_folder(&folder.path().join("none/new"), "").unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        check_state_folder(&folder.path().join("file/new"), "").unwrap();
    }

    /// What a user who owns nothing is told about each folder; `None` where no thread can become that user.
    fn told_to_nobody(folders: Vec<PathBuf>) -> Option<Vec<Result<(), Diagnosis>>> {
        let nobody = Uid::from_raw(65_534);
        std::thread::spawn(move || {
            // Of this thread alone.
            rustix::thread::set_thread_res_uid(nobody, nobody, nobody).ok()?;
            Some(folders.iter().map(|folder| check_state_folder(folder, "Nothing was done.")).collect())
        })
        .join()
        .unwrap()
    }

    #[test]
    fn nobody_is_told_to_take_a_folder_that_is_there_from_its_user() {
        let scratch = tempfile::tempdir().unwrap();
        set_mode(scratch.path(), 0o755);
        let folder = |name: &str, mode: u32| {
            let folder = scratch.path().join(name);
            fs::create_dir(&folder).unwrap();
            set_mode(&folder, mode);
            folder
        };
        let (private, full, empty) = (folder("private", 0o755), folder("full", 0o755), folder("empty", 0o755));
        fs::create_dir(private.join("state")).unwrap();
        set_mode(&private, 0o700);
        fs::write(full.join("file"), "").unwrap();
        let link = scratch.path().join("link");
        symlink(private.join("state"), &link).unwrap();
        let own = folder("own", 0o777);
        let folders =
            vec![private.join("state"), private.join("new"), link, full, empty, scratch.path().join("new"), own];
        let Some(told) = told_to_nobody(folders) else {
            eprintln!("skipped: another user: only root can become one");
            return;
        };
        let mut told = told.into_iter().map(|told| told.map_err(|told| (told.why, told.next)));
        let mut next = || told.next().unwrap();
        let private = private.display().to_string();
        for _ in 0..2 {
            let (why, next) = next().unwrap_err();
            assert!(why.ends_with(&format!("cannot be reached: this user may not look into {private}.")), "{why}");
            assert!(
                next.starts_with("Run the command as the user of that folder") && !next.contains("install"),
                "{next}"
            );
        }
        let (why, step) = next().unwrap_err();
        assert!(why.contains("it is a link into a folder") && !step.contains("install"), "{why} {step}");
        let (why, step) = next().unwrap_err();
        assert!(why.contains("full cannot be written. This process is user number 65534"), "{why}");
        assert!(!step.contains("install"), "{step}");
        for (name, says) in [("empty", "cannot be written"), ("new", "does not exist and cannot be made")] {
            let (why, step) = next().unwrap_err();
            assert!(why.contains(&format!("{name} {says}. This process is user number 65534")), "{why}");
            assert!(step.contains("install -d -o 65534 -m 0755") && step.contains(name), "{step}");
        }
        next().unwrap();
    }

    #[test]
    fn a_disk_that_cannot_be_written_is_no_question_of_owners() {
        let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
        let refuses = |point: &Path| {
            accessat(CWD, point, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS) == Err(Errno::ROFS)
        };
        let points = mounts.lines().filter_map(|line| line.split(' ').nth(1)).map(PathBuf::from);
        let Some(point) = points.filter(|point| point.is_dir()).find(|point| refuses(point)) else {
            eprintln!("skipped: a disk that cannot be written: none is mounted here");
            return;
        };
        check_state_folder(&point.join("no-such-folder"), "").unwrap();
    }
}
