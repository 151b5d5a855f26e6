//! Where the pages of an envelope go: a printer at the USB port, or a file in memory that somebody prints.
//!
//! Neither leaves a copy. A printer is written to directly: no queue, no network. A file is in a file system in memory
//! and is overwritten and removed before the next envelope. Both are checked first; anything else
//! is refused. The host has no swap in either case. The pages are a PDF: the printer must print PDF by itself.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rootcast_host::interrupt::Interrupt;
use rootcast_host::swap;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{
    AtFlags, FileType, FlockOperation, FsWord, Mode, OFlags, flock, fstatfs, openat, statat, statfs, unlinkat,
};
use zeroize::Zeroizing;

/// The name of the file in memory.
pub(crate) const FILE_NAME: &str = "escrow-page.pdf";

/// Magic numbers of file systems in memory (statfs(2)).
const TMPFS: FsWord = 0x0102_1994;
const RAMFS: FsWord = 0x8584_58f6;

/// The device numbers of USB printers (Linux: 180, minor 0 to 15).
const USB_MAJOR: u32 = 180;
const USB_PRINTERS: u32 = 16;

/// How long a printer may take nothing, in waits of a fifth of a second: two minutes, as for a sheet that is missing.
const WAITS_MAX: u32 = 600;

/// Where pages go.
#[derive(Debug)]
pub(crate) enum Paper {
    /// A folder in memory. It was opened once: whatever has its name later, no page goes there.
    Memory(PathBuf, Arc<OwnedFd>),
    /// A printer at the USB port.
    Printer(PathBuf),
}

/// Why pages do not go there.
#[derive(Debug)]
pub(crate) enum PaperFault {
    /// It is neither.
    Neither {
        /// The path.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The folder is on a disk.
    OnDisk {
        /// The path.
        path: PathBuf,
    },
    /// This host has swap: what is in memory may reach a disk.
    Swap {
        /// The areas.
        areas: String,
    },
    /// Reading or writing failed.
    Io {
        /// At what.
        doing: &'static str,
        /// The path.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The printer took no more in two minutes.
    Stuck {
        /// The path.
        path: PathBuf,
        /// Bytes that it took.
        taken: usize,
    },
    /// Something else stands where the file of a page stood.
    Replaced {
        /// The path.
        path: PathBuf,
    },
    /// Another run has its page there.
    InUse {
        /// The path.
        path: PathBuf,
    },
    /// A signal came while it printed.
    Interrupted,
}

impl fmt::Display for PaperFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Neither { path, found } => write!(
                f,
                "{} is {found}. Pages go to a USB printer (/dev/usb/lp0) or into a folder in memory (/dev/shm), never to a \
                 print queue, a network or a disk",
                path.display()
            ),
            Self::OnDisk { path } => {
                write!(f, "{} is not in memory: its file system is neither tmpfs nor ramfs", path.display())
            }
            Self::Swap { areas } => {
                write!(f, "this host has swap ({areas}): a page in memory could reach a disk")
            }
            Self::Io { doing, path, source } => write!(f, "cannot {doing} {}: {source}", path.display()),
            Self::Stuck { path, taken } => {
                write!(f, "the printer {} stopped after {taken} bytes and took nothing for two minutes", path.display())
            }
            Self::Replaced { path } => write!(
                f,
                "the file {} was moved, or something else was put in its place, while it was printed. Its bytes were overwritten. \
                 Somebody else can write there, and may have a copy",
                path.display()
            ),
            Self::InUse { path } => write!(
                f,
                "another run of this program has its page in the file {}: give each run a folder of its own",
                path.display()
            ),
            Self::Interrupted => f.write_str("a signal came while the page was printed"),
        }
    }
}

impl std::error::Error for PaperFault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => std::error::Error::source(source),
            _ => None,
        }
    }
}

impl PaperFault {
    fn io<'p>(doing: &'static str, path: &'p Path) -> impl Fn(io::Error) -> Self + use<'p> {
        move |source| Self::Io { doing, path: path.to_owned(), source }
    }
}

/// That this host has no swap: neither a page nor the memory of this process reaches a disk.
fn no_swap() -> Result<(), PaperFault> {
    let areas = swap::areas().map_err(PaperFault::io("read", Path::new(swap::LIST)))?;
    if areas.is_empty() { Ok(()) } else { Err(PaperFault::Swap { areas: areas.join(", ") }) }
}

/// Whether a character device with these numbers is a USB printer.
fn is_usb_printer(major: u32, minor: u32) -> bool {
    major == USB_MAJOR && minor < USB_PRINTERS
}

impl Paper {
    /// What `path` is.
    ///
    /// # Errors
    /// When it is neither a USB printer nor a folder in memory without swap.
    pub(crate) fn find(path: &Path) -> Result<Self, PaperFault> {
        let found = std::fs::metadata(path).map_err(PaperFault::io("look at", path))?;
        let kind = found.file_type();
        let neither = |found| Err(PaperFault::Neither { path: path.to_owned(), found });
        if kind.is_char_device() {
            check_printer(&found, path)?;
            no_swap()?;
            // One that is not plugged in is found now, and not after a key was made.
            open_printer(path)?;
            return Ok(Self::Printer(path.to_owned()));
        }
        if !kind.is_dir() {
            return neither(if kind.is_socket() { "a socket" } else { "neither a folder nor a printer" });
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(path, flags, Mode::empty());
        let folder = folder.map_err(|error| PaperFault::io("open", path)(error.into()))?;
        check_memory(&folder, path)?;
        no_swap()?;
        match statat(&folder, FILE_NAME, AtFlags::SYMLINK_NOFOLLOW) {
            Err(rustix::io::Errno::NOENT) => {}
            Ok(found) if FileType::from_raw_mode(found.st_mode) == FileType::RegularFile => {}
            Ok(_) => return Err(PaperFault::Neither { path: path.join(FILE_NAME), found: "there, and no file" }),
            Err(error) => return Err(PaperFault::io("look at", &path.join(FILE_NAME))(error.into())),
        }
        Ok(Self::Memory(path.to_owned(), Arc::new(folder)))
    }

    /// Overwrites and removes the page that a run left which was killed.
    ///
    /// # Errors
    /// When another run is using it, or it could not be removed.
    pub(crate) fn clear(&self) -> Result<(), PaperFault> {
        let Self::Memory(path, folder) = self else { return Ok(()) };
        let path = path.join(FILE_NAME);
        let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(folder, FILE_NAME, flags, Mode::empty()) {
            Ok(file) => file,
            Err(rustix::io::Errno::NOENT) => return Ok(()),
            Err(error) => return Err(PaperFault::io("open", &path)(error.into())),
        };
        lock(&file, &path)?;
        wipe(&File::from(file), folder, &path)
    }

    /// Whether pages are written to a device, which has some of them even where it failed.
    #[must_use]
    pub(crate) fn is_printer(&self) -> bool {
        matches!(self, Self::Printer(_))
    }

    /// For the journal, where pages go.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Memory(path, _) | Self::Printer(path) => path,
        }
    }

    /// For people, where the pages of an envelope are now.
    #[must_use]
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Memory(folder, _) => format!("in the file {}: print it now", folder.join(FILE_NAME).display()),
            Self::Printer(device) => format!("sent to the printer {}", device.display()),
        }
    }

    /// Puts the pages of one envelope there. What comes back removes them again when it is dropped.
    ///
    /// # Errors
    /// When they could not be written, or a signal came.
    pub(crate) fn put(&self, pdf: &[u8], interrupt: &Interrupt) -> Result<OnPaper, PaperFault> {
        // It may have been switched on since.
        no_swap()?;
        match self {
            Self::Memory(folder_path, folder) => {
                let path = folder_path.join(FILE_NAME);
                check_memory(folder, folder_path)?;
                let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let made = openat(folder, FILE_NAME, flags, Mode::RUSR | Mode::WUSR);
                let file = made.map_err(|error| PaperFault::io("make", &path)(error.into()))?;
                lock(&file, &path)?;
                let mut file = File::from(file);
                let written = file.write_all(pdf);
                let on_paper = OnPaper(Some((file, Arc::clone(folder), path.clone())));
                written.map_err(PaperFault::io("write", &path))?;
                Ok(on_paper)
            }
            Self::Printer(device) => {
                let printer = open_printer(device)?;
                print(&printer, device, pdf, (interrupt, WAITS_MAX))?;
                Ok(OnPaper(None))
            }
        }
    }
}

/// Opens a printer. What was opened is a printer, whatever has its name by now.
fn open_printer(device: &Path) -> Result<File, PaperFault> {
    let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or(0);
    let opened = OpenOptions::new().write(true).custom_flags(flags).open(device);
    let printer = opened.map_err(PaperFault::io("open", device))?;
    check_printer(&printer.metadata().map_err(PaperFault::io("look at", device))?, device)?;
    Ok(printer)
}

fn check_printer(found: &std::fs::Metadata, path: &Path) -> Result<(), PaperFault> {
    let (major, minor) = (rustix::fs::major(found.rdev()), rustix::fs::minor(found.rdev()));
    if found.file_type().is_char_device() && is_usb_printer(major, minor) {
        return Ok(());
    }
    Err(PaperFault::Neither { path: path.to_owned(), found: "a device, but no USB printer" })
}

fn check_memory(folder: impl AsFd, path: &Path) -> Result<(), PaperFault> {
    let system = fstatfs(folder).map_err(|error| PaperFault::io("look at", path)(error.into()))?;
    if [TMPFS, RAMFS].contains(&system.f_type) { Ok(()) } else { Err(PaperFault::OnDisk { path: path.to_owned() }) }
}

/// Locks the file of a page for this run.
fn lock(file: &OwnedFd, path: &Path) -> Result<(), PaperFault> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(PaperFault::InUse { path: path.to_owned() }),
        Err(error) => Err(PaperFault::io("lock", path)(error.into())),
    }
}

/// Writes all of it, as fast as the printer takes it.
fn print(
    mut printer: &File,
    path: &Path,
    pdf: &[u8],
    (interrupt, waits_max): (&Interrupt, u32),
) -> Result<(), PaperFault> {
    let fifth = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
    let (mut taken, mut waits) = (0, 0);
    while let Some(rest) = pdf.get(taken..).filter(|rest| !rest.is_empty()) {
        if interrupt.is_set() {
            return Err(PaperFault::Interrupted);
        }
        if waits > waits_max {
            return Err(PaperFault::Stuck { path: path.to_owned(), taken });
        }
        match poll(&mut [PollFd::new(printer, PollFlags::OUT)], Some(&fifth)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {
                waits += 1;
                continue;
            }
            Ok(_) => {}
            Err(error) => return Err(PaperFault::io("wait for", path)(error.into())),
        }
        match printer.write(rest.get(..4_096).unwrap_or(rest)) {
            Ok(0) => waits += 1,
            Ok(count) => (taken, waits) = (taken + count, 0),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => waits += 1,
            Err(error) => return Err(PaperFault::io("write to", path)(error)),
        }
    }
    Ok(())
}

/// Pages that were put somewhere. Dropped, the file is overwritten and removed.
#[derive(Debug)]
pub(crate) struct OnPaper(Option<(File, Arc<OwnedFd>, PathBuf)>);

impl OnPaper {
    /// Removes them, and says when that failed.
    ///
    /// # Errors
    /// When the file could not be overwritten and removed.
    pub(crate) fn remove(mut self) -> Result<(), PaperFault> {
        match self.0.take() {
            Some((file, folder, path)) => wipe(&file, &folder, &path),
            None => Ok(()),
        }
    }
}

impl Drop for OnPaper {
    fn drop(&mut self) {
        if let Some((file, folder, path)) = self.0.take() {
            // An error is on its way already; the folder goes with the memory.
            let _ = wipe(&file, &folder, &path);
        }
    }
}

/// Whether this is in memory: in a file system that has no disk.
pub(crate) fn is_in_memory(path: &Path) -> bool {
    statfs(path).is_ok_and(|system| [TMPFS, RAMFS].contains(&system.f_type))
}

/// Overwrites a file in memory and removes it. What is overwritten is the file that was opened, whatever has its name now.
fn wipe(mut file: &File, folder: &OwnedFd, path: &Path) -> Result<(), PaperFault> {
    let failed = PaperFault::io("overwrite and remove", path);
    let own = file.metadata().map_err(&failed)?;
    let zeros = Zeroizing::new([0; 4_096]);
    let mut left = own.len();
    file.rewind().map_err(&failed)?;
    while left > 0 {
        let count = left.min(zeros.len() as u64);
        let zeros = zeros.get(..usize::try_from(count).unwrap_or(zeros.len())).unwrap_or_default();
        file.write_all(zeros).map_err(&failed)?;
        left -= count;
    }
    file.sync_all().map_err(&failed)?;
    let found = statat(folder, FILE_NAME, AtFlags::SYMLINK_NOFOLLOW);
    if !found.is_ok_and(|found| (found.st_dev, found.st_ino) == (own.dev(), own.ino())) {
        return Err(PaperFault::Replaced { path: path.to_owned() });
    }
    unlinkat(folder, FILE_NAME, AtFlags::empty()).map_err(|error| failed(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder in memory, if this host has one and no swap.
    fn in_memory() -> Option<(tempfile::TempDir, Paper)> {
        let folder = tempfile::tempdir_in("/dev/shm").ok()?;
        let paper = Paper::find(folder.path());
        if paper.is_err() {
            println!("SKIPPED pages in memory: /dev/shm is no memory, or this host has swap");
        }
        Some((folder, paper.ok()?))
    }

    #[test]
    fn only_usb_printers_and_memory_without_swap_are_taken() {
        assert!(is_usb_printer(180, 0) && is_usb_printer(180, 15));
        // /dev/lp0, /dev/usb/hiddev0, /dev/null
        assert!(!is_usb_printer(6, 0) && !is_usb_printer(180, 96) && !is_usb_printer(1, 3));
        let refused = |path: &Path| Paper::find(path).unwrap_err().to_string();
        assert!(refused(Path::new("/dev/null")).contains("no USB printer"));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("queue");
        std::fs::write(&file, b"").unwrap();
        assert!(refused(&file).contains("neither a folder nor a printer"));
        assert!(refused(&folder.path().join("none")).contains("none"));
        // Where a print server listens, and the folder of its queue.
        let socket = folder.path().join("cups.sock");
        let _server = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(refused(&socket).contains("a socket"));
        if statfs(folder.path()).unwrap().f_type != TMPFS {
            assert!(refused(folder.path()).contains("neither tmpfs nor ramfs"));
        }
        assert!(refused(Path::new("/proc")).contains("neither tmpfs nor ramfs"));
    }

    #[test]
    fn a_page_in_memory_is_private_overwritten_and_removed() {
        let Some((folder, paper)) = in_memory() else { return };
        let path = folder.path().join(FILE_NAME);
        let pages = vec![0x5a; 10_000];
        let second = folder.path().join("second name");
        for is_removed_aloud in [true, false] {
            let on_paper = paper.put(&pages, &Interrupt::default()).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), pages);
            assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
            assert!(paper.put(&pages, &Interrupt::default()).is_err(), "one envelope at a time");
            // A second name shows what is left of the bytes.
            std::fs::hard_link(&path, &second).unwrap();
            if is_removed_aloud {
                on_paper.remove().unwrap();
            } else {
                drop(on_paper);
            }
            assert!(!path.exists());
            assert_eq!(std::fs::read(&second).unwrap(), [0; 10_000]);
            std::fs::remove_file(&second).unwrap();
        }
    }

    #[test]
    fn a_page_whose_name_leads_elsewhere_is_overwritten_and_what_is_there_is_left_alone() {
        let Some((folder, paper)) = in_memory() else { return };
        let path = folder.path().join(FILE_NAME);
        let (moved, victim) = (folder.path().join("moved"), folder.path().join("victim"));
        std::fs::write(&victim, "of somebody").unwrap();
        for is_link in [true, false] {
            let on_paper = paper.put(&[0x5a; 5_000], &Interrupt::default()).unwrap();
            std::fs::rename(&path, &moved).unwrap();
            if is_link {
                std::os::unix::fs::symlink(&victim, &path).unwrap();
            }
            let fault = on_paper.remove().unwrap_err();
            assert!(matches!(fault, PaperFault::Replaced { .. }), "{fault}");
            assert_eq!(std::fs::read(&moved).unwrap(), [0; 5_000]);
            assert_eq!(std::fs::read(&victim).unwrap(), b"of somebody");
            let _ = std::fs::remove_file(&path);
        }
    }

    #[test]
    fn a_page_goes_to_the_folder_that_was_opened_whatever_has_its_name_later() {
        let Some((folder, _)) = in_memory() else { return };
        let (named, moved) = (folder.path().join("pages"), folder.path().join("moved"));
        std::fs::create_dir(&named).unwrap();
        let paper = Paper::find(&named).unwrap();
        std::fs::rename(&named, &moved).unwrap();
        std::fs::create_dir(&named).unwrap();
        let on_paper = paper.put(b"page", &Interrupt::default()).unwrap();
        assert!(!named.join(FILE_NAME).exists() && moved.join(FILE_NAME).exists());
        on_paper.remove().unwrap();
        assert!(!moved.join(FILE_NAME).exists());
        // A device that is another one by now.
        let file = folder.path().join("printer");
        std::fs::write(&file, b"").unwrap();
        let fault = Paper::Printer(file.clone()).put(b"page", &Interrupt::default()).unwrap_err();
        assert!(fault.to_string().contains("no USB printer"), "{fault}");
        assert_eq!(std::fs::read(&file).unwrap(), b"", "nothing was written there");
    }

    #[test]
    fn a_page_of_another_run_is_left_alone_and_that_of_a_killed_one_is_removed() {
        let Some((folder, paper)) = in_memory() else { return };
        let path = folder.path().join(FILE_NAME);
        let other = Paper::find(folder.path()).unwrap();
        let on_paper = paper.put(b"page", &Interrupt::default()).unwrap();
        let fault = other.clear().unwrap_err();
        assert!(matches!(fault, PaperFault::InUse { .. }), "{fault}");
        assert_eq!(std::fs::read(&path).unwrap(), b"page");
        on_paper.remove().unwrap();
        // Nobody has it open.
        std::fs::write(&path, b"left").unwrap();
        other.clear().unwrap();
        assert!(!path.exists());
        other.clear().unwrap();
        // Something that is no file is found before anybody makes a key.
        std::fs::create_dir(&path).unwrap();
        assert!(Paper::find(folder.path()).unwrap_err().to_string().contains("and no file"));
    }

    #[test]
    fn a_printer_that_takes_nothing_or_ends_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let full = Path::new("/dev/full");
        let printer = OpenOptions::new().write(true).open(full).unwrap();
        let fault = print(&printer, full, b"page", (&Interrupt::default(), WAITS_MAX)).unwrap_err();
        assert!(fault.to_string().contains("cannot write to /dev/full"), "{fault}");
        let taking = folder.path().join("printer");
        let printer = File::create(&taking).unwrap();
        print(&printer, &taking, &[7; 10_000], (&Interrupt::default(), WAITS_MAX)).unwrap();
        assert_eq!(std::fs::read(&taking).unwrap(), [7; 10_000]);
        // One that stops in the middle: it takes what a pipe holds, and nothing more.
        let (_reader, writer) = io::pipe().unwrap();
        let fault =
            print(&File::from(OwnedFd::from(writer)), &taking, &[7; 300_000], (&Interrupt::default(), 3)).unwrap_err();
        assert!(matches!(fault, PaperFault::Stuck { taken: 4_096..300_000, .. }), "{fault:?}");
        assert!(fault.to_string().contains("took nothing for two minutes"), "{fault}");
        let interrupt = Interrupt::default();
        interrupt.set();
        assert!(matches!(print(&printer, &taking, b"page", (&interrupt, WAITS_MAX)), Err(PaperFault::Interrupted)));
    }
}
