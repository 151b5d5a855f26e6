//! What a process settles about itself before it does anything: the modes of the files it makes, and what of its memory
//! may reach a disk.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::Mode;
use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{DumpableBehavior, Resource, Rlimit, geteuid, set_dumpable_behavior, setrlimit, umask};

/// The permission bits that no file or folder made here has: writing for others than the owner. With it, files are 0644
/// and folders 0755. A file that is to be more private is made with a mode of its own.
const WITHHELD: u32 = 0o022;

/// The mode of a new file.
const FILE_MODE: u32 = 0o644;

/// The umask that this process was started with.
static FOUND: AtomicU32 = AtomicU32::new(WITHHELD);

/// Makes the modes of new files and folders independent of the umask of whoever starts the program: the owner writes,
/// everybody reads. A published tree is for the web server's user too.
pub fn settle_modes() {
    FOUND.store(umask(Mode::from_raw_mode(WITHHELD)).as_raw_mode(), Ordering::Relaxed);
}

/// The mode of a new file that belongs to the user and not to the program, such as a log: as the user's umask has it,
/// and never writable for others.
#[must_use]
pub(crate) fn mode_of_users_file() -> u32 {
    FILE_MODE & !FOUND.load(Ordering::Relaxed)
}

/// Whether a file has the mode of the files made here, and belongs to the user that this process runs as.
#[must_use]
pub fn is_as_made(path: &Path) -> bool {
    let as_made = |found: Metadata| found.mode() & 0o777 == FILE_MODE && found.uid() == geteuid().as_raw();
    path.symlink_metadata().is_ok_and(as_made)
}

/// Closes what whoever started this process left open beside the three standard descriptors: nobody knows what it leads to,
/// and a descriptor of a link's device would be a second way to it. What an argument names (`/dev/fd/63`, as a shell's
/// `<(…)` gives) stays open.
///
/// To be called before anything is opened.
pub fn close_inherited(arguments: impl Iterator<Item = OsString>) {
    let arguments: Vec<String> = arguments.map(|argument| argument.to_string_lossy().into_owned()).collect();
    let is_named = |number: i32| {
        let path = format!("fd/{number}");
        let goes_on = |rest: &str| rest.starts_with(|next: char| next.is_ascii_digit());
        let names = |argument: &String| {
            argument.match_indices(&path).any(|(at, found)| !argument.get(at + found.len()..).is_some_and(goes_on))
        };
        arguments.iter().any(names)
    };
    let numbers: Vec<i32> = match fs::read_dir("/proc/self/fd") {
        Ok(listed) => listed.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect(),
        // Without /proc: every number that there usually is.
        Err(_) => (0..1_024).collect(),
    };
    for number in numbers.into_iter().filter(|number| *number > 2 && !is_named(*number) && is_inherited(*number)) {
        // The folder that was listed is closed by now.
        let _ = nix::unistd::close(number);
    }
}

/// Whether a descriptor is not of this process itself: a library that was loaded before may have opened some. What is to be
/// closed when a program starts (`O_CLOEXEC`) was not handed to this one.
fn is_inherited(number: i32) -> bool {
    const CLOSED_AT_START: u32 = 0o2_000_000;
    let told = fs::read_to_string(format!("/proc/self/fdinfo/{number}")).unwrap_or_default();
    let flags = told.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
    flags.is_none_or(|flags| flags & CLOSED_AT_START == 0)
}

/// Keeps the memory of this process out of core files, and closed to other processes of its user (`PR_SET_DUMPABLE` 0,
/// `RLIMIT_CORE` 0). It stays so until the process ends.
pub fn keep_out_of_core_files() {
    // The limit alone would not do: a kernel that pipes core files to a program does not look at it. What fails here
    // fails on no kernel that has these calls, and there is nothing better to do than to go on.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
}

/// Keeps all memory of this process, also what it takes later, out of the swap area, where the limit of locked memory
/// allows that. Gives whether it did.
///
/// Half of it would be worse than nothing: with a limit, taking memory fails as soon as the limit is reached.
#[must_use]
pub fn lock_memory() -> bool {
    let unlimited = Rlimit { current: None, maximum: None };
    setrlimit(Resource::Memlock, unlimited).is_ok() && mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{FOUND, Ordering, mode_of_users_file};

    #[test]
    fn a_users_file_is_never_writable_for_others() {
        for (umask, mode) in [(0o000, 0o644), (0o002, 0o644), (0o022, 0o644), (0o027, 0o640), (0o077, 0o600)] {
            FOUND.store(umask, Ordering::Relaxed);
            assert_eq!(mode_of_users_file(), mode, "{umask:o}");
        }
    }
}
