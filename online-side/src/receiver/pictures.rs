//! `qr:images=DIR`: photographs, scans and screenshots (PNG, JPEG, WebP) in a folder, in the order of their names.
//!
//! Pictures are read by two threads at a time. A picture that is no picture is told and passed over.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use image::{ImageReader, Limits};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::link_name::LinkName;

use super::{Flow, Heard, LinkFailure, Receiver, bad_name};
use crate::qr_reader::{GreyPicture, read_symbols};

/// Pictures read at the same time.
const AT_ONCE: usize = 2;
/// Pixels a side: 12,000 × 12,000 is more than any camera of today takes.
const SIDE_MAX: u32 = 12_000;
/// Bytes one picture may take while it is decoded: 12,000 × 12,000 in grey, or 128 megapixels, or so.
const DECODED_SIZE_MAX: u64 = 512 << 20;

pub(super) struct Pictures {
    folder: PathBuf,
    follow: bool,
    seen: BTreeSet<PathBuf>,
    waiting: Vec<PathBuf>,
}

impl Pictures {
    pub(super) fn open(name: &LinkName, folder: &str, follow: bool) -> Result<Self, Diagnosis> {
        name.only(&[]).map_err(|e| bad_name(&e))?;
        let mut pictures =
            Self { folder: Path::new(folder).to_owned(), follow, seen: BTreeSet::new(), waiting: Vec::new() };
        pictures.look().map_err(|failure| {
            Diagnosis::new(
                Label::FileUnreadable,
                format!("Could not look into {folder}. Nothing was received and nothing published."),
                failure.0,
                "Check that it is a folder with pictures in it, and that you may read it.",
            )
        })?;
        Ok(pictures)
    }

    /// Lists pictures not seen before, last name first.
    fn look(&mut self) -> Result<(), LinkFailure> {
        let failure = |e: std::io::Error| LinkFailure(format!("{}: {e}", self.folder.display()));
        let mut fresh = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(failure)? {
            let path = entry.map_err(failure)?.path();
            if is_picture(&path) && !self.seen.contains(&path) {
                fresh.push(path);
            }
        }
        fresh.sort_unstable_by(|a, b| b.cmp(a));
        self.seen.extend(fresh.iter().cloned());
        self.waiting = fresh;
        Ok(())
    }
}

impl Receiver for Pictures {
    fn receive(&mut self, wait: Duration, each: &mut dyn FnMut(Heard)) -> Result<Flow, LinkFailure> {
        if self.waiting.is_empty() {
            if !self.follow {
                return Ok(Flow::Ended);
            }
            thread::sleep(wait);
            self.look()?;
            return Ok(Flow::More);
        }
        let rest = self.waiting.len().saturating_sub(AT_ONCE);
        let batch: Vec<PathBuf> = self.waiting.drain(rest..).rev().collect();
        let read: Vec<Result<Vec<Vec<u8>>, String>> = thread::scope(|scope| {
            let readers: Vec<_> = batch
                .iter()
                .filter_map(|path| {
                    thread::Builder::new()
                        .name(READER_THREAD.to_owned())
                        .spawn_scoped(scope, || read_picture(path))
                        .ok()
                })
                .collect();
            readers.into_iter().map(|r| r.join().unwrap_or_else(|_| Err("its decoder failed".to_owned()))).collect()
        });
        for (path, symbols) in batch.iter().zip(read) {
            match symbols {
                Ok(symbols) => {
                    each(Heard::Picture { codes: u32::try_from(symbols.len()).unwrap_or(u32::MAX) });
                    symbols.into_iter().for_each(|symbol| each(Heard::Frame(symbol)));
                }
                Err(why) => {
                    each(Heard::Unusable(format!("{} is not a picture that can be read: {why}", path.display())))
                }
            }
        }
        Ok(Flow::More)
    }
}

/// The name of the threads in which other people's picture code runs; `main` keeps their panics off the screen.
pub const READER_THREAD: &str = "picture-reader";

fn is_picture(path: &Path) -> bool {
    path.extension().and_then(|e| e.to_str()).is_some_and(|extension| {
        ["png", "jpg", "jpeg", "webp"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    })
}

fn read_picture(path: &Path) -> Result<Vec<Vec<u8>>, String> {
    let mut reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format).map_err(|e| e.to_string())?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODED_SIZE_MAX);
    reader.limits(limits);
    let grey = reader.decode().map_err(|e| e.to_string())?.into_luma8();
    let (width, height) = grey.dimensions();
    Ok(read_symbols(&GreyPicture { width, height, luma: grey.into_raw() }))
}
