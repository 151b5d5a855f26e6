//! `qr:images=DIR`: photographs, scans and screenshots (PNG, JPEG, WebP) in a folder, in the order of their names.
//!
//! Pictures are read by two threads at a time, each with all the codes in it. A picture that is no picture is told and
//! passed over.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use image::{ImageReader, Limits};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::link_name::LinkName;
use rootcast_host::sandbox::LinkCalls;

use super::picture_line::{Kind, PictureLine, Read};
use crate::link::descriptor::set_apart_file;
use crate::link::kind::{LinkKind, LinkPaths, Opening, Remedy, Source};
use crate::link::optical::qr_reader::{GreyPicture, read_photograph};
use crate::link::receiver::{Flow, LinkEvent, LinkFailure, Receiver};
use crate::link::value::value_of;

/// Pixels a side: 12,000 × 12,000 is more than any camera of today takes.
const SIDE_MAX: u32 = 12_000;
/// Bytes one picture may take while it is decoded: 12,000 × 12,000 in grey, or 128 megapixels, or so.
const DECODED_SIZE_MAX: u64 = 512 << 20;

/// Its row in the registry.
pub(crate) const KIND: LinkKind = LinkKind {
    name: "qr",
    medium: Some("images"),
    form: "qr:images=DIR",
    options: &[],
    hardware_notes: "#qr",
    opening: Opening::AfterSandbox,
    calls: LinkCalls::FILE,
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

    fn open(&self, _name: &LinkName, follow: bool) -> Result<Box<dyn Receiver>, Diagnosis> {
        Ok(Box::new(Pictures::open(&self.0, follow)?))
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
    fn open(folder: &Path, follow: bool) -> Result<Self, Diagnosis> {
        let mut pictures = Self {
            folder: folder.to_owned(),
            follow,
            seen: BTreeSet::new(),
            waiting: Vec::new(),
            line: PictureLine::new(Kind::Photographs),
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
        let read = move || {
            let picture =
                open_picture(&path).map_err(|why| format!("{} is not a readable picture: {why}", path.display()))?;
            Ok(Read { reading: read_photograph(&picture), view: None })
        };
        self.line.take(read, each)?;
        Ok(Flow::More)
    }
}

fn is_picture(path: &Path) -> bool {
    path.extension().and_then(|e| e.to_str()).is_some_and(|extension| {
        ["png", "jpg", "jpeg", "webp"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    })
}

fn open_picture(path: &Path) -> Result<GreyPicture, String> {
    let file = File::open(path).and_then(set_apart_file).map_err(|e| e.to_string())?;
    let reader = ImageReader::new(BufReader::new(file)).with_guessed_format();
    let mut reader = reader.map_err(|e| e.to_string())?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODED_SIZE_MAX);
    reader.limits(limits);
    let grey = reader.decode().map_err(|e| e.to_string())?.into_luma8();
    let (width, height) = grey.dimensions();
    Ok(GreyPicture { width, height, luma: grey.into_raw() })
}
