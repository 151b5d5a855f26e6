//! A lock on a folder: one process at a time changes what is in it.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::process::geteuid;

use crate::disk::DiskError;

/// How often a lock that somebody has is asked for again.
const ASKED_EVERY: Duration = Duration::from_millis(20);

/// The lock on a folder, its file `lock`; let go when dropped, also by a process that dies.
#[derive(Debug)]
pub struct StateLock {
    file: File,
}

/// Why a folder could not be locked.
#[derive(Debug)]
pub enum LockError {
    /// Another process has it.
    InUse {
        /// The lock file.
        path: PathBuf,
        /// What that process wrote about itself; that it is another program, if no such process lives.
        by: String,
    },
    /// The folder belongs to another user than the one this process runs as. Nothing was written there.
    OtherUser(OtherUser),
    /// The lock file could not be opened.
    Disk(DiskError),
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse { path, by } => write!(f, "{} is held by {by}", path.display()),
            Self::OtherUser(other) => other.fmt(f),
            Self::Disk(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LockError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Disk(error) => std::error::Error::source(error),
            Self::InUse { .. } | Self::OtherUser(_) => None,
        }
    }
}

/// The lock file in a state directory.
const LOCK: &str = "lock";

/// The bytes of a program's name that the kernel keeps.
const KERNEL_NAME: usize = 15;

/// A folder of another user. What this process would write there, that user could not change or remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherUser {
    /// The folder.
    pub folder: PathBuf,
    /// The number of the user it belongs to.
    pub owner: u32,
    /// The number of the user that this process runs as.
    pub user: u32,
}

impl OtherUser {
    /// Whether the state directory `state` belongs to another user than the one this process runs as.
    #[must_use]
    pub fn owning(state: &Path) -> Option<Self> {
        Self::find(state, &state.join(LOCK))
    }

    /// Finds out whether `folder`, with the lock file `lock`, belongs to another user. Whoever wrote the lock has the
    /// folder; before there is one, the owner of the folder has it.
    fn find(folder: &Path, lock: &Path) -> Option<Self> {
        let user = geteuid().as_raw();
        let owner_of = |path: &Path| path.symlink_metadata().ok().map(|found| found.uid());
        // A folder of root's that this user may write in was made for it, for example as a mount point.
        let owner = owner_of(lock).or_else(|| owner_of(folder).filter(|owner| *owner != 0))?;
        (owner != user).then(|| Self { folder: folder.to_owned(), owner, user })
    }

    /// What to do.
    #[must_use]
    pub fn next(&self) -> String {
        format!(
            "Run the command as that user, for example with `sudo -u '#{}'`. To hand the state over for good, give it to \
             one user with everything in it: chown -R USER {}",
            self.owner,
            self.folder.display()
        )
    }
}

impl fmt::Display for OtherUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { folder, owner, user } = self;
        write!(f, "{} belongs to user number {owner}, but this process runs as user number {user}", folder.display())?;
        f.write_str(if *user == 0 { " (root)" } else { "" })
    }
}

impl StateLock {
    /// Takes the lock as [`StateLock::take`] does, and waits for it so long where another process has it.
    ///
    /// # Errors
    /// [`LockError::InUse`] when another process has it still.
    pub fn take_within(state: &Path, who: &str, wait: Duration) -> Result<Self, LockError> {
        let since = Instant::now();
        loop {
            match Self::take(state, who) {
                Err(LockError::InUse { .. }) if since.elapsed() < wait => thread::sleep(ASKED_EVERY),
                taken => return taken,
            }
        }
    }

    /// Takes the lock on `state`, which exists, and writes `who` into it for whoever comes next.
    ///
    /// # Errors
    /// [`LockError::InUse`] at once, without waiting, when another process has it; [`LockError::OtherUser`].
    pub fn take(state: &Path, who: &str) -> Result<Self, LockError> {
        let path = state.join(LOCK);
        if let Some(other) = OtherUser::owning(state) {
            return Err(LockError::OtherUser(other));
        }
        let disk_error = |source| LockError::Disk(DiskError::new("lock", &path, source));
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            // It is emptied and written, so it must not be another file by a link.
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(&path)
            .map_err(disk_error)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut by = String::new();
                // Best effort: who has it is a courtesy, that somebody has it is certain.
                let _ = (&file).take(200).read_to_string(&mut by);
                return Err(LockError::InUse { path, by: holder(by.trim()) });
            }
            Err(error) => return Err(disk_error(error.into())),
        }
        let line = format!("process {}, {who}\n", std::process::id());
        // A full disk must not stop a run that only needs the lock.
        let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(line.as_bytes()));
        Ok(Self { file })
    }
}

/// Who has a lock, by what its file says. The text stays when its process is killed, and a backup that takes the lock
/// with flock(1) writes none: a process is named only if it lives and runs the program that the text names.
fn holder(written: &str) -> String {
    const OTHER: &str = "another program (a backup with flock?)";
    let number_and_who = written.strip_prefix("process ").and_then(|rest| rest.split_once(", "));
    let Some((number, who)) = number_and_who else { return OTHER.to_owned() };
    let is_itself = number.parse() == Ok(std::process::id());
    // Without /proc nobody can tell.
    if is_itself || !Path::new("/proc/self/comm").exists() {
        return written.to_owned();
    }
    let program = who.split(' ').next().unwrap_or_default();
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let name = is_number.then(|| fs::read_to_string(format!("/proc/{number}/comm")).ok()).flatten();
    // The kernel keeps 15 bytes of the name of a program.
    let is_alive = name.is_some_and(|name| program.get(..KERNEL_NAME).unwrap_or(program) == name.trim_end());
    if is_alive { written.to_owned() } else { format!("{OTHER} or one in a container; the last one was {written}") }
}

impl Drop for StateLock {
    /// By a call of its own: closing the file lets go only with its last copy, and a process that another thread is
    /// starting has one for a moment. The file is emptied first: whoever locks it next without writing into it, as
    /// flock(1) does, is not taken for this process.
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LockError, StateLock, holder};

    #[test]
    fn a_second_process_is_told_who_has_the_state() {
        let state = tempfile::tempdir().unwrap();
        let first = StateLock::take(state.path(), "rootcast-online receive").unwrap();
        let Err(LockError::InUse { by, .. }) = StateLock::take(state.path(), "x") else { panic!("locked twice") };
        assert!(by.contains("rootcast-online receive") && by.contains(&std::process::id().to_string()), "{by}");
        drop(first);
        StateLock::take(state.path(), "y").unwrap();
    }

    #[test]
    fn a_process_is_named_only_if_it_lives_and_is_that_program() {
        let own = std::process::id();
        let mut other = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let number = other.id();
        // The kernel lets the parent go on before it gives the child its new name.
        let is_named = || std::fs::read_to_string(format!("/proc/{number}/comm")).is_ok_and(|name| name == "sleep\n");
        while !is_named() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let living = format!("process {number}, sleep 600");
        let said = holder(&living);
        other.kill().unwrap();
        other.wait().unwrap();
        assert_eq!(said, living);
        let kept = format!("process {own}, rootcast-online receive, since x");
        assert_eq!(holder(&kept), kept);
        for written in [
            living,
            "process 1, rootcast-offline send, since x".to_owned(),
            "process ../1, x".to_owned(),
            String::new(),
        ] {
            assert!(holder(&written).starts_with("another program"), "{written}");
        }
    }

    /// A receiver was told to stop itself: it had locked the state before, and a backup with flock(1) had it then.
    #[test]
    fn whoever_has_let_go_is_not_taken_for_the_next_holder() {
        let state = tempfile::tempdir().unwrap();
        drop(StateLock::take(state.path(), "rootcast-online receive").unwrap());
        let backup = std::fs::File::open(state.path().join("lock")).unwrap();
        rustix::fs::flock(&backup, rustix::fs::FlockOperation::LockExclusive).unwrap();
        let Err(LockError::InUse { by, .. }) = StateLock::take(state.path(), "x") else { panic!("locked twice") };
        assert_eq!(by, "another program (a backup with flock?)");
    }

    #[test]
    fn a_lock_that_is_held_for_a_moment_is_waited_for() {
        let state = tempfile::tempdir().unwrap();
        let first = StateLock::take(state.path(), "x").unwrap();
        let wait = Duration::from_millis(100);
        assert!(matches!(StateLock::take_within(state.path(), "y", wait), Err(LockError::InUse { .. })));
        let folder = state.path().to_owned();
        let second = std::thread::spawn(move || StateLock::take_within(&folder, "y", Duration::from_secs(60)));
        std::thread::sleep(wait);
        drop(first);
        second.join().unwrap().unwrap();
    }

    #[test]
    fn a_copy_of_the_descriptor_in_a_process_being_started_holds_nobody_up() {
        let state = tempfile::tempdir().unwrap();
        let first = StateLock::take(state.path(), "x").unwrap();
        let copy = first.file.try_clone().unwrap();
        drop(first);
        StateLock::take(state.path(), "y").unwrap();
        drop(copy);
    }

    /// It was emptied: a receiver that is locked in, but in the wrong hands, could leave a link here for the next run.
    #[test]
    fn a_file_that_the_lock_is_a_link_to_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (state, other) = (folder.path().join("state"), folder.path().join("other"));
        std::fs::create_dir(&state).unwrap();
        std::fs::write(&other, "somebody's").unwrap();
        std::os::unix::fs::symlink(&other, state.join("lock")).unwrap();
        assert!(matches!(StateLock::take(&state, "x"), Err(LockError::Disk(_))));
        assert_eq!(std::fs::read(&other).unwrap(), b"somebody's");
    }
}
