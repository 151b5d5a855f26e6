//! Where the pages of an envelope go: a printer at the USB port, or a file in memory that somebody prints.
//!
//! Neither leaves a copy. A printer is written to directly: no queue, no network. A file is in a file system in memory
//! and is overwritten and removed before the next envelope. Both are checked first; anything else
//! is refused. The host has no swap in either case. The pages are a PDF: the printer must print PDF by itself.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rootcast_host::interrupt::Interrupt;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FsWord, OFlags, statfs};
use zeroize::Zeroizing;

/// The name of the file in memory.
const FILE_NAME: &str = "escrow-page.pdf";

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
    /// A folder in memory.
    Memory(PathBuf),
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
            Self::Interrupted => f.write_str("a signal came while the page was printed"),
        }
    }
}

impl PaperFault {
    fn io<'p>(doing: &'static str, path: &'p Path) -> impl Fn(io::Error) -> Self + use<'p> {
        move |source| Self::Io { doing, path: path.to_owned(), source }
    }
}

/// The swap areas in the text of `/proc/swaps`: its lines but the first.
fn swap_areas(text: &str) -> String {
    let names = text.lines().skip(1).filter_map(|line| line.split_whitespace().next());
    names.collect::<Vec<_>>().join(", ")
}

/// That this host has no swap: neither a page nor the memory of this process reaches a disk.
fn no_swap() -> Result<(), PaperFault> {
    let swaps = Path::new("/proc/swaps");
    let areas = swap_areas(&std::fs::read_to_string(swaps).map_err(PaperFault::io("read", swaps))?);
    if areas.is_empty() { Ok(()) } else { Err(PaperFault::Swap { areas }) }
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
            let (major, minor) = (rustix::fs::major(found.rdev()), rustix::fs::minor(found.rdev()));
            if !is_usb_printer(major, minor) {
                return neither("a device, but no USB printer");
            }
            no_swap()?;
            return Ok(Self::Printer(path.to_owned()));
        }
        if !kind.is_dir() {
            return neither(if kind.is_socket() { "a socket" } else { "neither a folder nor a printer" });
        }
        if !is_in_memory(path) {
            return Err(PaperFault::OnDisk { path: path.to_owned() });
        }
        no_swap()?;
        let paper = Self::Memory(path.to_owned());
        // What a run left that was killed.
        let file = path.join(FILE_NAME);
        if file.symlink_metadata().is_ok_and(|found| found.is_file()) {
            let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or(0);
            let opened = OpenOptions::new().write(true).custom_flags(flags).open(&file);
            wipe(&opened.map_err(PaperFault::io("open", &file))?, &file)?;
        }
        Ok(paper)
    }

    /// For people, where the pages of an envelope are now.
    #[must_use]
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Memory(folder) => format!("in the file {}: print it now", folder.join(FILE_NAME).display()),
            Self::Printer(device) => format!("sent to the printer {}", device.display()),
        }
    }

    /// Puts the pages of one envelope there. What comes back removes them again when it is dropped.
    ///
    /// # Errors
    /// When they could not be written, or a signal came.
    pub(crate) fn put(&self, pdf: &[u8], interrupt: &Interrupt) -> Result<OnPaper, PaperFault> {
        match self {
            Self::Memory(folder) => {
                let path = folder.join(FILE_NAME);
                let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
                let mut file = made.map_err(PaperFault::io("make", &path))?;
                let written = file.write_all(pdf);
                let on_paper = OnPaper(Some((file, path.clone())));
                written.map_err(PaperFault::io("write", &path))?;
                Ok(on_paper)
            }
            Self::Printer(device) => {
                let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or(0);
                let opened = OpenOptions::new().write(true).custom_flags(flags).open(device);
                let printer = opened.map_err(PaperFault::io("open", device))?;
                print(&printer, device, pdf, (interrupt, WAITS_MAX))?;
                Ok(OnPaper(None))
            }
        }
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
pub(crate) struct OnPaper(Option<(File, PathBuf)>);

impl OnPaper {
    /// Removes them, and says when that failed.
    ///
    /// # Errors
    /// When the file could not be overwritten and removed.
    pub(crate) fn remove(mut self) -> Result<(), PaperFault> {
        match self.0.take() {
            Some((file, path)) => wipe(&file, &path),
            None => Ok(()),
        }
    }
}

impl Drop for OnPaper {
    fn drop(&mut self) {
        if let Some((file, path)) = self.0.take() {
            // An error is on its way already; the folder goes with the memory.
            let _ = wipe(&file, &path);
        }
    }
}

/// Whether this is in memory: in a file system that has no disk.
pub(crate) fn is_in_memory(path: &Path) -> bool {
    statfs(path).is_ok_and(|system| [TMPFS, RAMFS].contains(&system.f_type))
}

/// Overwrites a file in memory and removes it. What is overwritten is the file that was opened, whatever has its name now.
fn wipe(mut file: &File, path: &Path) -> Result<(), PaperFault> {
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
    let found = path.symlink_metadata();
    if !found.is_ok_and(|found| (found.dev(), found.ino()) == (own.dev(), own.ino())) {
        return Err(PaperFault::Replaced { path: path.to_owned() });
    }
    std::fs::remove_file(path).map_err(&failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_usb_printers_and_memory_without_swap_are_taken() {
        assert!(is_usb_printer(180, 0) && is_usb_printer(180, 15));
        // /dev/lp0, /dev/usb/hiddev0, /dev/null
        assert!(!is_usb_printer(6, 0) && !is_usb_printer(180, 96) && !is_usb_printer(1, 3));
        let head = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
        assert_eq!(swap_areas(head), "");
        assert_eq!(swap_areas(&format!("{head}/dev/sda3 partition 1 0 -2\n/swap file 1 0 -3\n")), "/dev/sda3, /swap");
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
        let folder = tempfile::tempdir().unwrap();
        let paper = Paper::Memory(folder.path().to_owned());
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
        let folder = tempfile::tempdir().unwrap();
        let (paper, path) = (Paper::Memory(folder.path().to_owned()), folder.path().join(FILE_NAME));
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
            print(&File::from(std::os::fd::OwnedFd::from(writer)), &taking, &[7; 300_000], (&Interrupt::default(), 3))
                .unwrap_err();
        assert!(matches!(fault, PaperFault::Stuck { taken: 4_096..300_000, .. }), "{fault:?}");
        assert!(fault.to_string().contains("took nothing for two minutes"), "{fault}");
        let interrupt = Interrupt::default();
        interrupt.set();
        assert!(matches!(print(&printer, &taking, b"page", (&interrupt, WAITS_MAX)), Err(PaperFault::Interrupted)));
    }
}
