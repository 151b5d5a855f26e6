//! The link `qr:gif=FILE`: the frames as one animated GIF, which any picture viewer or browser plays for ever.

use std::path::PathBuf;
use std::time::Duration;

use rootcast_host::link_name::{LinkName, LinkNameError};

use super::optics::Optics;
use super::pictures::{SheetBuilder, pixels_option};
use super::written::{Medium, Writing, WrittenLink};
use crate::link::error::{FramesMax, LinkError};
use crate::link::optical::qr_sheet::{QrSheet, Tiles};
use crate::link::optical::two_colour_gif::{ENDING, SIDE_MAX, beginning, delay_for, picture};
use crate::link::outlet::Outlet;
use crate::link::output_file::{OutputFile, check_free, named_file};
use crate::link::transmitter::{Link, Moved, Stop, Transmitter};

/// Viewers hold what they play: at 11 a second this is half an hour, and with version 27 some 400 MB of file.
const PICTURES_MAX: u32 = 20_000;

/// The link `name` to the file it names.
pub(in crate::link) fn link(name: &LinkName, file: &str) -> Result<Box<dyn Link>, LinkNameError> {
    let medium = AnimationFile { path: named_file(name, file)?, pixels: pixels_option(name)? };
    Ok(Box::new(WrittenLink::new(name, Optics::from_link_name(name, Tiles::ONE)?, medium)))
}

/// A file for an animation.
#[derive(Debug)]
struct AnimationFile {
    path: PathBuf,
    pixels: usize,
}

fn delay(optics: &Optics) -> u16 {
    delay_for(Duration::from_secs(1) / optics.fps.max(1))
}

impl Medium for AnimationFile {
    fn check_free(&self) -> Result<(), LinkError> {
        check_free(&self.path)
    }

    fn frames_max(&self, together: u32) -> u32 {
        PICTURES_MAX.saturating_mul(together)
    }

    fn frame_time(&self, optics: &Optics) -> Duration {
        Duration::from_millis(10) * u32::from(delay(optics)) / optics.tiles.count()
    }

    fn open(&self, writing: Writing<'_>) -> Result<Box<dyn Transmitter>, LinkError> {
        let Writing { optics, pen, most, .. } = writing;
        let file = OutputFile::create(&self.path)?;
        let builder = SheetBuilder::new(pen, optics.tiles);
        Ok(Box::new(Animation { file, builder, pixels: self.pixels, delay: delay(optics), most, frames: 0 }))
    }
}

struct Animation {
    file: OutputFile,
    builder: SheetBuilder,
    pixels: usize,
    delay: u16,
    most: FramesMax,
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
        self.frames <= self.builder.tiles()
    }
}

impl Transmitter for Animation {
    fn outlet(&self) -> Outlet<'_> {
        self.file.outlet()
    }

    fn transmit(&mut self, frame: &[u8], _caption: &[String], _stop: &Stop) -> Result<Moved, LinkError> {
        self.most.check(Some(self.frames.saturating_add(1)))?;
        self.frames += 1;
        if let Some(sheet) = self.builder.add(frame)? {
            self.write(&sheet, self.is_first())?;
        }
        Ok(Moved::Whole)
    }

    fn finish(&mut self, _stop: &Stop) -> Result<(), LinkError> {
        if let Some(sheet) = self.builder.rest() {
            self.write(&sheet, self.is_first())?;
        }
        self.file.write(ENDING)?;
        self.file.sync()
    }

    fn withdraw(&mut self) {
        self.file.withdraw();
    }
}
