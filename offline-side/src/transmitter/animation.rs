//! The link `qr:gif=FILE`: the frames as one animated GIF, which any picture viewer or browser plays for ever.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_protocol::object::Object;

use super::optics::{DESIGN_LOSS, Optics};
use super::output_file::{OutputFile, named_file};
use super::pictures::{Easel, pixels_option};
use super::{Link, LinkError, Moved, Outlet, Stop, Transmitter};
use crate::cover::Cover;
use crate::qr_sheet::{QrSheet, Tiles};
use crate::two_colour_gif::{ENDING, SIDE_MAX, beginning, delay_for, picture};

/// Viewers hold what they play: at 11 a second this is half an hour, and with version 27 some 400 MB of file.
const PICTURES_MAX: u32 = 20_000;

/// An animation, as named.
#[derive(Debug)]
pub struct AnimationLink {
    name: LinkName,
    path: PathBuf,
    optics: Optics,
    pixels: usize,
}

impl AnimationLink {
    pub(super) fn named(name: &LinkName, file: &Path) -> Result<Self, LinkNameError> {
        name.only(&["version", "ec", "fps", "tiles", "scale"])?;
        let optics = Optics::of(name, Tiles::ONE)?;
        Ok(Self { name: name.clone(), path: named_file(name, file)?, optics, pixels: pixels_option(name)? })
    }

    fn delay(&self) -> u16 {
        delay_for(Duration::from_secs(1) / self.optics.fps.max(1))
    }
}

impl Link for AnimationLink {
    fn name(&self) -> String {
        self.name.to_string()
    }

    fn design_loss(&self) -> f64 {
        DESIGN_LOSS
    }

    fn has_end(&self) -> bool {
        true
    }

    fn room(&self, object: &Object) -> Result<usize, LinkError> {
        self.optics.room(object)
    }

    fn frame_time(&self, _size: usize) -> Duration {
        Duration::from_millis(10) * u32::from(self.delay()) / self.optics.tiles.count()
    }

    fn frames_together(&self) -> u32 {
        self.optics.tiles.count()
    }

    fn advice(&self, room: usize) -> Vec<String> {
        self.optics.advice(room)
    }

    fn open(&self, cover: &Cover) -> Result<Box<dyn Transmitter>, LinkError> {
        let pictures_max = PICTURES_MAX.saturating_mul(self.optics.tiles.count());
        let most = super::FramesMax { link: self.name(), frames_max: pictures_max };
        most.check(cover.frames)?;
        let pen = self.optics.pen(&cover.object, cover.room)?;
        let file = OutputFile::create(&self.path)?;
        let easel = Easel::new(pen, self.optics.tiles);
        Ok(Box::new(Animation { file, easel, pixels: self.pixels, delay: self.delay(), most, frames: 0 }))
    }
}

struct Animation {
    file: OutputFile,
    easel: Easel,
    pixels: usize,
    delay: u16,
    most: super::FramesMax,
    frames: u32,
}

impl Animation {
    fn write(&mut self, sheet: &QrSheet, first: bool) -> Result<(), LinkError> {
        if first {
            // 8 tiles of 185 modules at 40 pixels are 59,200.
            let side = |modules: usize| u16::try_from((modules * self.pixels).min(SIDE_MAX)).unwrap_or(u16::MAX);
            self.file.write(&beginning(side(sheet.width()), side(sheet.height())))?;
        }
        self.file.write(&picture(sheet, self.pixels, self.delay))
    }

    fn is_first(&self) -> bool {
        self.frames <= self.easel.tiles()
    }
}

impl Transmitter for Animation {
    fn outlet(&self) -> Outlet<'_> {
        self.file.outlet()
    }

    fn transmit(&mut self, frame: &[u8], _caption: &[String], _stop: &Stop) -> Result<Moved, LinkError> {
        self.most.check(Some(self.frames.saturating_add(1)))?;
        self.frames += 1;
        if let Some(sheet) = self.easel.add(frame)? {
            self.write(&sheet, self.is_first())?;
        }
        Ok(Moved::Whole)
    }

    fn finish(&mut self, _stop: &Stop) -> Result<(), LinkError> {
        if let Some(sheet) = self.easel.rest() {
            self.write(&sheet, self.is_first())?;
        }
        self.file.write(ENDING)?;
        self.file.sync()
    }

    fn withdraw(&mut self) {
        self.file.withdraw();
    }
}
