//! The link `qr:png=DIR`: one picture a shown frame, `frame-00000.png` onwards.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

use rootcast_host::link_name::{LinkName, LinkNameError};

use super::optics::Optics;
use super::written::{Medium, Writing, WrittenLink};
use crate::link::error::LinkError;
use crate::link::optical::grey_png::picture;
use crate::link::optical::qr_sheet::{QrSheet, Tiles};
use crate::link::optical::qr_symbol::{QrPen, QrSymbol};
use crate::link::outlet::Outlet;
use crate::link::transmitter::{Link, Moved, Stop, Transmitter};

/// Pixels a module: reading needs about 2.2 of the camera's, and four of the picture's leave room to scale it down.
const PIXELS_DEFAULT: u32 = 4;
const PIXELS_MAX: u32 = 40;

/// The option `scale=N`: pixels a module.
pub(super) fn pixels_option(name: &LinkName) -> Result<usize, LinkNameError> {
    let pixels = name.number("scale", PIXELS_DEFAULT, PIXELS_MAX)?.unwrap_or(PIXELS_DEFAULT);
    Ok(usize::try_from(pixels).unwrap_or(4))
}

/// The link `name` to the folder it names.
pub(in crate::link) fn link(name: &LinkName, folder: &str) -> Result<Box<dyn Link>, LinkNameError> {
    if folder.is_empty() {
        return Err(name.wrong("no folder is named"));
    }
    let medium = Folder { path: PathBuf::from(folder), pixels: pixels_option(name)? };
    Ok(Box::new(WrittenLink::new(name, Optics::from_link_name(name, Tiles::ONE)?, medium)))
}

/// A folder for pictures.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    pixels: usize,
}

impl Medium for Folder {
    fn check_free(&self) -> Result<(), LinkError> {
        if !self.path.exists() {
            return Ok(());
        }
        let storage = |source| LinkError::Storage { doing: "look into", path: self.path.clone(), source };
        for entry in fs::read_dir(&self.path).map_err(storage)? {
            let name = entry.map_err(storage)?.file_name();
            // Frames of two transmissions in one folder would be shown as one.
            if name.to_string_lossy().starts_with("frame-") {
                return Err(LinkError::OutputExists { path: self.path.clone() });
            }
        }
        Ok(())
    }

    /// A picture is a file of its own, and no folder is full.
    fn frames_max(&self, _together: u32) -> u32 {
        u32::MAX
    }

    fn open(&self, writing: Writing<'_>) -> Result<Box<dyn Transmitter>, LinkError> {
        let created = !self.path.exists();
        if created {
            let storage = |source| LinkError::Storage { doing: "create", path: self.path.clone(), source };
            fs::create_dir_all(&self.path).map_err(storage)?;
        }
        self.check_free()?;
        Ok(Box::new(Pictures {
            folder: self.path.clone(),
            created,
            pixels: self.pixels,
            builder: SheetBuilder::new(writing.pen, writing.optics.tiles),
            next: 0,
        }))
    }
}

/// Where symbols wait until a picture is full.
#[derive(Debug)]
pub(super) struct SheetBuilder {
    pen: QrPen,
    tiles: Tiles,
    symbols: Vec<QrSymbol>,
}

impl SheetBuilder {
    pub(super) fn new(pen: QrPen, tiles: Tiles) -> Self {
        Self { pen, tiles, symbols: Vec::new() }
    }

    /// The sheet of which `frame` is the last symbol; nothing while there is room for more.
    pub(super) fn add(&mut self, frame: &[u8]) -> Result<Option<QrSheet>, LinkError> {
        self.symbols.push(self.pen.draw(frame).map_err(LinkError::Symbol)?);
        let full = self.symbols.len() >= usize::try_from(self.tiles.count()).unwrap_or(1);
        Ok(if full { self.rest() } else { None })
    }

    /// How many symbols a picture has.
    pub(super) fn tiles(&self) -> u32 {
        self.tiles.count()
    }

    /// The sheet of what waits, if anything does.
    pub(super) fn rest(&mut self) -> Option<QrSheet> {
        let symbols = std::mem::take(&mut self.symbols);
        (!symbols.is_empty()).then(|| QrSheet::new(&symbols, self.tiles))
    }
}

struct Pictures {
    folder: PathBuf,
    created: bool,
    pixels: usize,
    builder: SheetBuilder,
    next: u64,
}

impl Pictures {
    fn write(&mut self, sheet: &QrSheet) -> Result<(), LinkError> {
        let png = picture(sheet, self.pixels);
        let path = self.folder.join(format!("frame-{:05}.png", self.next));
        let written =
            OpenOptions::new().write(true).create_new(true).open(&path).and_then(|mut file| file.write_all(&png));
        match written {
            Ok(()) => {
                self.next += 1;
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(LinkError::OutputExists { path }),
            Err(source) => {
                // Half a picture is none: the same command can be run again once there is room.
                let _ = fs::remove_file(&path);
                Err(LinkError::Storage { doing: "write", path, source })
            }
        }
    }
}

impl Transmitter for Pictures {
    fn outlet(&self) -> Outlet<'_> {
        Outlet::Folder(&self.folder)
    }

    fn transmit(&mut self, frame: &[u8], _caption: &[String], _stop: &Stop) -> Result<Moved, LinkError> {
        if let Some(sheet) = self.builder.add(frame)? {
            self.write(&sheet)?;
        }
        Ok(Moved::Whole)
    }

    fn finish(&mut self, _stop: &Stop) -> Result<(), LinkError> {
        if let Some(sheet) = self.builder.rest() {
            self.write(&sheet)?;
        }
        // All pictures at once: one wait instead of one a picture.
        let synced = File::open(&self.folder).and_then(|folder| Ok(rustix::fs::syncfs(&folder)?));
        synced.map_err(|source| LinkError::Storage { doing: "sync", path: self.folder.clone(), source })
    }

    fn withdraw(&mut self) {
        if self.created {
            // Made by this run and still empty; an empty folder left behind is no harm.
            let _ = fs::remove_dir(&self.folder);
        }
    }
}
