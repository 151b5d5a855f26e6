//! `qr:images=DIR`: photographs, scans and screenshots (PNG, JPEG, WebP) in a folder, in the order of their names.
//!
//! Two pictures are looked at at a time, each with all the codes in it. A picture that is no picture is told and passed
//! over.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::link_name::LinkName;
use rootcast_host::sandbox::LinkCalls;

use super::picture_line::{Kind, PictureLine};
use super::reader_process::{Payload, Readers};
use crate::link::kind::{LinkKind, LinkPaths, OpenWith, Opening, Remedy, Source};
use crate::link::receiver::{Flow, LinkEvent, LinkFailure, Receiver};
use crate::link::value::value_of;

/// Its row in the registry.
pub(crate) const KIND: LinkKind = LinkKind {
    name: "qr",
    medium: Some("images"),
    form: "qr:images=DIR",
    options: &[],
    hardware_notes: "#qr",
    opening: Opening::AfterSandbox,
    calls: LinkCalls::FILE,
    readers: Kind::Photographs.processes(),
    remedy: Remedy::CheckCamera,
    read: |name| Ok(Box::new(Folder(PathBuf::from(value_of(name)?)))),
};

/// A folder that was named.
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

struct Pictures {
    folder: PathBuf,
    follow: bool,
    seen: BTreeSet<PathBuf>,
    waiting: Vec<PathBuf>,
    line: PictureLine,
}

impl Pictures {
    fn open(folder: &Path, follow: bool, readers: &Readers) -> Result<Self, Diagnosis> {
        let mut pictures = Self {
            folder: folder.to_owned(),
            follow,
            seen: BTreeSet::new(),
            waiting: Vec::new(),
            line: PictureLine::new(Kind::Photographs, readers),
        };
        pictures.look().map_err(|failure| {
            Diagnosis::new(
                Label::FileUnreadable,
                format!("Could not open the folder {}. Nothing was received and nothing published.", folder.display()),
                failure.0,
                "Check that it is a folder with pictures, and that you may read it.",
            )
        })?;
        Ok(pictures)
    }

    /// Lists pictures not seen before, last name first.
    fn look(&mut self) -> Result<(), LinkFailure> {
        let failure = |e: std::io::Error| LinkFailure(format!("{}: {e}", self.folder.display()));
        let (mut fresh, mut there) = (Vec::new(), BTreeSet::new());
        for entry in fs::read_dir(&self.folder).map_err(failure)? {
            let path = entry.map_err(failure)?.path();
            // A pipe or a device of that name would be waited for.
            if is_picture(&path) && path.is_file() {
                if !self.seen.contains(&path) {
                    fresh.push(path.clone());
                }
                there.insert(path);
            }
        }
        fresh.sort_unstable_by(|a, b| b.cmp(a));
        // One that was taken away is forgotten, so that a folder that is emptied now and then costs nothing; if its name
        // comes back it is another picture.
        self.seen = there;
        self.waiting = fresh;
        Ok(())
    }
}

impl Receiver for Pictures {
    fn receive(&mut self, wait: Duration, each: &mut dyn FnMut(LinkEvent)) -> Result<Flow, LinkFailure> {
        let Some(path) = self.waiting.pop() else {
            self.line.finish(each)?;
            if !self.follow {
                return Ok(Flow::Ended);
            }
            thread::sleep(wait);
            self.look()?;
            return Ok(Flow::More);
        };
        self.line.take(path.display().to_string(), Payload::File(path), each)?;
        Ok(Flow::More)
    }
}

fn is_picture(path: &Path) -> bool {
    path.extension().and_then(|e| e.to_str()).is_some_and(|extension| {
        ["png", "jpg", "jpeg", "webp"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    })
}
