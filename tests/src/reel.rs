//! What a camera filmed, where the online program can read it.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::PathBuf;

use image::GrayImage;

use crate::camera::Y4mWriter;
use crate::scratch::Scratch;

/// The frames of one camera, in order, as a film and as a folder of pictures.
#[derive(Debug)]
pub struct Reel {
    folder: PathBuf,
    film: Y4mWriter<BufWriter<File>>,
    frames: usize,
}

impl Reel {
    /// A new reel for frames of this size.
    #[must_use]
    pub fn new(scratch: &Scratch, name: &str, size: (u32, u32)) -> Self {
        let folder = scratch.subfolder(name);
        let file = File::create(scratch.path(&format!("{name}.y4m"))).expect("a film");
        Self { folder, film: Y4mWriter::new(BufWriter::new(file), size).expect("a film"), frames: 0 }
    }

    /// Adds a frame.
    pub fn add(&mut self, frame: &GrayImage) {
        frame.save(self.folder.join(format!("frame-{:05}.png", self.frames))).expect("a picture");
        self.film.add(frame).expect("a frame of a film");
        self.frames += 1;
    }

    /// How many frames it has.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// The folder as a link: every frame is a picture.
    #[must_use]
    pub fn link(&self) -> String {
        format!("qr:images={}", self.folder.display())
    }

    /// The film as a link.
    #[must_use]
    pub fn video_link(self) -> String {
        self.film.finish().expect("a whole film");
        let name = format!("qr:video={}", self.folder.with_extension("y4m").display());
        assert!(fs::metadata(self.folder.with_extension("y4m")).is_ok_and(|film| film.len() > 40));
        name
    }
}
