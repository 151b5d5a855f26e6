//! `qr:images=DIR|FILE`: photographs, scans and screenshots (PNG, JPEG, WebP, GIF) in a folder, in the order of their
//! names, or one such file.
//!
//! ```text
//! look ─▶ what stands still since the look before ─▶ two at a time ─▶ read
//!  ▲            (without --follow: everything)                  │
//!  └──────────── changed, or failed ◀───────────────────────────┘
//! ```
//!
//! A file is known by device, inode, size and time of its last change, not by its name: so a name that always holds the
//! newest picture is read each time, and one that is still being copied is read once it stands still. A picture that is no
//! picture is told and passed over; nothing ends the rest of the folder. Must not: measure how long a picture takes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::link_name::LinkName;
use rootcast_host::sandbox::LinkCalls;

use super::picture_line::{CHECK_CAMERA, Kind, PictureLine};
use super::reader_process::{Payload, Readers};
use crate::link::foreign_format::ForeignFormat;
use crate::link::kind::{LinkKind, LinkPaths, OpenWith, Opening, Source};
use crate::link::passed_over::PassedOver;
use crate::link::receiver::{Flow, LinkEvent, LinkFailure, Receiver};
use crate::link::value::value_of;

/// Looks at a folder after which a picture that failed, and did not change since, is tried once more: two seconds of
/// waiting. What then fails again is counted as damaged.
const TRIED_AGAIN_AFTER: u32 = 10;

/// Its row in the registry.
pub(crate) const KIND: LinkKind = LinkKind {
    name: "qr",
    medium: Some("images"),
    form: "qr:images=DIR|FILE",
    options: &[],
    hardware_notes: "#qr",
    opening: Opening::AfterSandbox,
    calls: LinkCalls::FILE,
    keeps_settings: false,
    is_recording: false,
    readers: Kind::Photographs.processes(),
    remedy: CHECK_CAMERA,
    read: |name| Ok(Box::new(Folder(PathBuf::from(value_of(name)?)))),
};

/// A folder or file that was named.
#[derive(Debug)]
struct Folder(PathBuf);

impl Source for Folder {
    fn paths(&self) -> LinkPaths {
        LinkPaths { read: vec![self.0.clone()], ..LinkPaths::default() }
    }

    fn open(&self, _name: &LinkName, with: &OpenWith) -> Result<Box<dyn Receiver>, Diagnosis> {
        Ok(Box::new(Pictures::open(&self.0, with.follow, &with.readers)?))
    }
}

/// By what one picture is told from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds of its last change.
    changed: (i64, i64),
}

impl Stamp {
    fn from_metadata(about: &Metadata) -> Self {
        Self {
            device: about.dev(),
            inode: about.ino(),
            size: about.size(),
            changed: (about.mtime(), about.mtime_nsec()),
        }
    }
}

/// What became of a picture that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is on its way, or was read, or failed twice: it is looked at again if it changes.
    Settled,
    /// It failed so many looks ago.
    Failed(u32),
    /// It is tried for the second time.
    TriedAgain,
}

/// What one look at the folder found.
#[derive(Default)]
struct Look {
    /// Pictures by their names.
    pictures: BTreeMap<PathBuf, Stamp>,
    passed_over: PassedOver,
}

struct Pictures {
    path: PathBuf,
    is_folder: bool,
    follow: bool,
    fates: BTreeMap<Stamp, Fate>,
    /// What the look before found.
    before: BTreeSet<Stamp>,
    /// To be looked at, the last name first.
    waiting: Vec<(PathBuf, Stamp)>,
    /// In the hands of readers, the oldest first.
    in_hand: VecDeque<Stamp>,
    /// What was passed over, and whether that was told.
    passed_over: PassedOver,
    told: PassedOver,
    line: PictureLine,
}

impl Pictures {
    fn open(path: &Path, follow: bool, readers: &Readers) -> Result<Self, Diagnosis> {
        let unreadable = |why: String| {
            Diagnosis::new(
                Label::FileUnreadable,
                format!("Could not open {}. Nothing was received and nothing published.", path.display()),
                why,
                "Check that it is a folder with pictures, or a picture, and that you may read it.",
            )
        };
        let about = path.metadata().map_err(|error| unreadable(error.to_string()))?;
        if !about.is_dir() && !about.is_file() {
            return Err(unreadable("It is a pipe or a device.".to_owned()));
        }
        if follow && about.is_file() {
            // The sandbox lets this one file be opened, and none that takes its name later.
            return Err(Diagnosis::new(
                Label::Usage,
                "Nothing was received and nothing published: --follow watches folders, and a file was named.",
                format!("{} is a file.", path.display()),
                "Name the folder in which it is, or leave --follow out.",
            ));
        }
        let mut pictures = Self {
            path: path.to_owned(),
            is_folder: about.is_dir(),
            follow,
            fates: BTreeMap::new(),
            before: BTreeSet::new(),
            waiting: Vec::new(),
            in_hand: VecDeque::new(),
            passed_over: PassedOver::default(),
            told: PassedOver::default(),
            line: PictureLine::new(Kind::Photographs, readers),
        };
        pictures.look().map_err(|failure| unreadable(failure.why))?;
        Ok(pictures)
    }

    /// Looks for pictures that are to be read.
    fn look(&mut self) -> Result<(), LinkFailure> {
        let failure = |error: io::Error| {
            let next = "Check that the folder is still there, that this user may read it, and the medium that it is on. Then run the \
                        same command again.";
            LinkFailure::new(format!("{}: {error}", self.path.display())).with_next(next)
        };
        let found = if self.is_folder { look_into(&self.path).map_err(failure)? } else { look_at(&self.path) };
        let there: BTreeSet<Stamp> = found.pictures.values().copied().collect();
        // What is gone is forgotten, so that a folder that is emptied now and then costs nothing.
        self.fates.retain(|stamp, _| there.contains(stamp));
        let mut fresh = Vec::new();
        for (path, stamp) in found.pictures {
            // What changed since the look before is still being written.
            let stands_still = !self.follow || self.before.contains(&stamp);
            match self.fates.get_mut(&stamp) {
                None if stands_still => {
                    self.fates.insert(stamp, Fate::Settled);
                    fresh.push((path, stamp));
                }
                Some(fate @ Fate::Failed(TRIED_AGAIN_AFTER..)) => {
                    *fate = Fate::TriedAgain;
                    fresh.push((path, stamp));
                }
                Some(Fate::Failed(looks)) => *looks += 1,
                None | Some(Fate::Settled | Fate::TriedAgain) => {}
            }
        }
        fresh.reverse();
        self.waiting = fresh;
        self.before = there;
        self.passed_over = found.passed_over;
        Ok(())
    }

    /// Says what was passed over, if that is not what was said before.
    fn tell_passed_over(&mut self, each: &mut dyn FnMut(LinkEvent)) {
        if self.passed_over != self.told {
            self.told = self.passed_over.clone();
            each(LinkEvent::PassedOver(Box::new(self.passed_over.clone())));
        }
    }

    /// Takes note of what became of the oldest pictures.
    fn settle(&mut self, each: &mut dyn FnMut(LinkEvent)) {
        for outcome in self.line.take_outcomes() {
            let Some(stamp) = self.in_hand.pop_front() else { continue };
            let Err(why) = outcome else { continue };
            match self.fates.get_mut(&stamp) {
                Some(fate @ Fate::Settled) if self.follow => {
                    *fate = Fate::Failed(0);
                    each(LinkEvent::Opened(format!(
                        "{why}. It is read again if it changes, and once more in any case"
                    )));
                }
                Some(fate) => {
                    *fate = Fate::Settled;
                    each(LinkEvent::Unusable(why));
                }
                // It changed or went meanwhile: another look finds what it is now.
                None => {}
            }
        }
    }
}

impl Receiver for Pictures {
    fn receive(&mut self, wait: Duration, each: &mut dyn FnMut(LinkEvent)) -> Result<Flow, LinkFailure> {
        self.tell_passed_over(each);
        let Some((path, stamp)) = self.waiting.pop() else {
            self.line.finish(each)?;
            self.settle(each);
            if !self.follow {
                return Ok(Flow::Ended);
            }
            thread::sleep(wait);
            self.look()?;
            return Ok(Flow::More);
        };
        let title = title_of(&path);
        self.in_hand.push_back(stamp);
        self.line.take(title, Payload::File(path), each)?;
        self.settle(each);
        Ok(Flow::More)
    }
}

/// Characters of a path in what is said of a picture, the last ones: so that its end is told, and the advice after it is
/// within the bounds of a line.
const TITLE_MAX: usize = 120;

/// What a picture is called in what is said of it.
fn title_of(path: &Path) -> String {
    let whole = path.display().to_string();
    match whole.chars().count().checked_sub(TITLE_MAX) {
        None | Some(0) => whole,
        Some(more) => format!("…{}", whole.chars().skip(more + 1).collect::<String>()),
    }
}

/// The one file that was named, whatever its name is.
fn look_at(path: &Path) -> Look {
    let about = path.metadata().ok().filter(Metadata::is_file);
    let pictures = about.map(|about| (path.to_owned(), Stamp::from_metadata(&about))).into_iter().collect();
    Look { pictures, ..Look::default() }
}

/// What lies in a folder.
fn look_into(folder: &Path) -> io::Result<Look> {
    let mut look = Look::default();
    let inside = fs::canonicalize(folder)?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // It may be gone by now.
        let Ok(link) = path.symlink_metadata() else { continue };
        if link.is_symlink() && !leads_into(&inside, &path) {
            look.passed_over.links_out += 1;
            continue;
        }
        let Ok(about) = path.metadata() else { continue };
        match ForeignFormat::of_name(&path) {
            _ if about.is_dir() => look.passed_over.note_subfolder(&name),
            // A pipe or a device of that name would be waited for.
            _ if !about.is_file() => look.passed_over.others += 1,
            _ if is_picture(&path) => {
                look.pictures.insert(path, Stamp::from_metadata(&about));
            }
            Some(format) => *look.passed_over.to_convert.entry(format).or_default() += 1,
            None => look.passed_over.others += 1,
        }
    }
    Ok(look)
}

/// Whether a symbolic link leads to something in the folder, from which alone the sandbox lets anything be opened.
fn leads_into(folder: &Path, link: &Path) -> bool {
    fs::canonicalize(link).is_ok_and(|target| target.starts_with(folder))
}

fn is_picture(path: &Path) -> bool {
    path.extension().and_then(|e| e.to_str()).is_some_and(|extension| {
        ["png", "jpg", "jpeg", "jpe", "jfif", "webp", "gif"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{TITLE_MAX, look_into, title_of};
    use crate::link::foreign_format::ForeignFormat;

    #[test]
    fn of_a_long_path_the_end_is_told() {
        let path = std::path::PathBuf::from(format!("/{}/IMG_1.jpg", "ä".repeat(400)));
        let title = title_of(&path);
        assert!(title.starts_with("…ä") && title.ends_with("ä/IMG_1.jpg") && title.chars().count() == TITLE_MAX);
        assert_eq!(title_of(std::path::Path::new("/in/IMG_1.jpg")), "/in/IMG_1.jpg");
    }

    #[test]
    fn everything_in_a_folder_is_a_picture_or_counted() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = |name: &str| folder.path().join(name);
        for name in ["a.png", "B.JPG", "c.gif", "IMG.HEIC", "scan.tif", "notes.txt"] {
            fs::write(path(name), name).unwrap();
        }
        fs::write(other.path().join("out.png"), b"").unwrap();
        fs::create_dir(path("DCIM")).unwrap();
        let link = |target: &std::path::Path, name: &str| std::os::unix::fs::symlink(target, path(name)).unwrap();
        link(&path("a.png"), "within.png");
        link(&other.path().join("out.png"), "out.png");
        link(std::path::Path::new("nowhere"), "dangling.png");
        let look = look_into(folder.path()).unwrap();
        let names: Vec<_> = look.pictures.keys().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["B.JPG", "a.png", "c.gif", "within.png"]);
        let over = look.passed_over;
        assert_eq!((over.subfolders, over.links_out, over.others, over.number()), (1, 2, 1, 6));
        assert_eq!(over.to_convert.keys().collect::<Vec<_>>(), [&ForeignFormat::Heic, &ForeignFormat::Tiff]);
    }
}
