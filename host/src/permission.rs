//! Who may use a path, where the system refuses it: whose it is, and who this process runs as.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Access, AtFlags, CWD, accessat};
use rustix::process::geteuid;

use crate::diagnosis::{Diagnosis, Label};
use crate::disk::parent;
use crate::state_lock::OtherUser;
use crate::text::shell_quoted;

/// Why the system refuses `path` to this process, and what to do, in sentences.
#[must_use]
pub fn of(path: &Path) -> (String, String) {
    let user = geteuid().as_raw();
    // The nearest part that can be looked at is the one that refuses, or is in the one that does.
    let found = path.ancestors().find_map(|part| Some((part, part.symlink_metadata().ok()?)));
    let Some((part, found)) = found else {
        let why = format!("This process is user number {user}, who may not look into the folders above it.");
        return (why, format!("Let user number {user} use it, or run the command as the user that it belongs to."));
    };
    let (owner, mode, part) = (found.uid(), found.mode() & 0o7777, part.display());
    let why =
        format!("This process is user number {user}; {part} belongs to user number {owner} and has mode {mode:04o}.");
    let next = match owner == user {
        true => format!("Correct the mode of {part}, then run the same command again."),
        false => format!(
            "Run the command as that user, for example with `sudo -u '#{owner}'`. Or let user number {user} read it, which is \
             enough for commands that only look."
        ),
    };
    (why, next)
}

/// Makes sure that this process can keep a state in `folder`, or make that folder. `unchanged` says what was not done.
///
/// # Errors
/// When the system does not let it, with the command that makes the folder for this user.
pub fn check_state_folder(folder: &Path, unchanged: &str) -> Result<(), Diagnosis> {
    if let Some(other) = OtherUser::of(folder) {
        return Err(Diagnosis::new(Label::OtherUser, unchanged, other.to_string(), other.next()));
    }
    let needed = if folder.exists() { folder } else { parent(folder) };
    if !needed.is_dir() || accessat(CWD, needed, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS).is_ok() {
        return Ok(());
    }
    let (user, shown) = (geteuid().as_raw(), folder.display());
    let (whose, _) = of(needed);
    let why = match folder.exists() {
        true => format!("{shown} cannot be written. {whose}"),
        false => format!("{shown} does not exist and cannot be made. {whose}"),
    };
    let next = format!(
        "As root, make the folder for this user: install -d -o {user} -m 0755 {}. Then run the same command again. Or name \
         another folder with --state.",
        shell_quoted(folder)
    );
    Err(Diagnosis::new(Label::StorageFailed, unchanged, why, next))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::{check_state_folder, of};

    #[test]
    fn whoever_is_refused_is_told_whose_it_is_and_who_asks() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o751)).unwrap();
        let user = rustix::process::geteuid().as_raw();
        let (why, next) = of(&folder.path().join("none/deeper"));
        let says =
            format!("user number {user}; {} belongs to user number {user} and has mode 0751", folder.path().display());
        assert!(why.contains(&says) && next.starts_with("Correct the mode of"), "{why} {next}");
        check_state_folder(&folder.path().join("new"), "").unwrap();
        check_state_folder(folder.path(), "").unwrap();
        // What else is wrong with the place is told by whoever makes the folder.
        check_state_folder(&folder.path().join("none/new"), "").unwrap();
    }
}
