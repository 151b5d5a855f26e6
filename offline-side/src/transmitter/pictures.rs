//! The link `qr:png=DIR`: one picture a shown frame, `frame-00000.png` onwards.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_protocol::frame::frame_size;
use rootcast_protocol::object::Object;

use super::terminal::{DESIGN_LOSS, FPS_DEFAULT};
use super::{Link, LinkError, Moved, Stop, Transmitter};
use crate::grey_png::picture;
use crate::qr_symbol::{QrPen, QrVersion, VERSION_DEFAULT, VERSION_MAX};

/// Pixels a module: reading needs about 2.2 of the camera's, and four of the picture's leave room to scale it down.
const PIXELS_DEFAULT: u32 = 4;
const PIXELS_MAX: u32 = 40;

/// A folder of pictures, as named.
#[derive(Debug)]
pub struct PicturesLink {
    name: LinkName,
    folder: PathBuf,
    version: Option<QrVersion>,
    pixels: usize,
}

impl PicturesLink {
    pub(super) fn named(name: &LinkName, folder: &Path) -> Result<Self, LinkNameError> {
        name.only(&["version", "scale"])?;
        if folder.as_os_str().is_empty() {
            return Err(name.wrong("no folder is named"));
        }
        let pixels = name.number("scale", PIXELS_DEFAULT, PIXELS_MAX)?.unwrap_or(PIXELS_DEFAULT);
        Ok(Self {
            name: name.clone(),
            folder: folder.to_owned(),
            version: version_option(name)?,
            pixels: usize::try_from(pixels).unwrap_or(4),
        })
    }
}

/// The option `version=N`, if given.
pub(super) fn version_option(name: &LinkName) -> Result<Option<QrVersion>, LinkNameError> {
    let number = name.number("version", 1, u32::from(VERSION_MAX))?;
    Ok(number.and_then(|number| u8::try_from(number).ok()).and_then(QrVersion::new))
}

/// The version for `object`: the one asked for, or the smallest that carries as much as `most` would.
pub(super) fn version_for(
    object: &Object,
    asked: Option<QrVersion>,
    most: QrVersion,
    link: &LinkName,
) -> Result<QrVersion, LinkError> {
    let least = QrVersion::least_for(object);
    let too_small = |version: QrVersion| LinkError::FrameRoom {
        link: link.to_string(),
        room: version.capacity(),
        needed: frame_size(object, 1),
        instead: format!("version={} or more", least.get()),
    };
    match asked {
        Some(version) if version < least => Err(too_small(version)),
        Some(version) => Ok(version),
        None => QrVersion::useful_for(object, most).ok_or_else(|| too_small(most)),
    }
}

impl PicturesLink {
    fn version(&self, object: &Object) -> Result<QrVersion, LinkError> {
        let most = QrVersion::new(VERSION_DEFAULT).unwrap_or_else(|| QrVersion::least_for(object));
        version_for(object, self.version, most, &self.name)
    }
}

impl Link for PicturesLink {
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
        Ok(self.version(object)?.capacity())
    }

    fn frame_time(&self, _size: usize) -> Duration {
        Duration::from_secs(1) / FPS_DEFAULT
    }

    fn open(&self, object: &Object, _room: usize) -> Result<Box<dyn Transmitter>, LinkError> {
        let version = self.version(object)?;
        let storage = |doing, source| LinkError::Storage { doing, path: self.folder.clone(), source };
        let created = !self.folder.exists();
        if created {
            fs::create_dir_all(&self.folder).map_err(|e| storage("create", e))?;
        }
        for entry in fs::read_dir(&self.folder).map_err(|e| storage("look into", e))? {
            let name = entry.map_err(|e| storage("look into", e))?.file_name();
            // Frames of two transmissions in one folder would be shown as one.
            if name.to_string_lossy().starts_with("frame-") {
                return Err(LinkError::OutputExists { path: self.folder.clone() });
            }
        }
        Ok(Box::new(Pictures {
            folder: self.folder.clone(),
            created,
            pixels: self.pixels,
            pen: QrPen::new(version),
            next: 0,
        }))
    }
}

struct Pictures {
    folder: PathBuf,
    created: bool,
    pixels: usize,
    pen: QrPen,
    next: u64,
}

impl Transmitter for Pictures {
    fn transmit(&mut self, frame: &[u8], _caption: &str, _stop: &Stop) -> Result<Moved, LinkError> {
        let png = picture(&self.pen.draw(frame).map_err(LinkError::Symbol)?, self.pixels);
        let path = self.folder.join(format!("frame-{:05}.png", self.next));
        let written =
            OpenOptions::new().write(true).create_new(true).open(&path).and_then(|mut file| file.write_all(&png));
        match written {
            Ok(()) => {
                self.next += 1;
                Ok(Moved::Whole)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(LinkError::OutputExists { path }),
            Err(source) => {
                // Half a picture is none: the same command can be run again once there is room.
                let _ = fs::remove_file(&path);
                Err(LinkError::Storage { doing: "write", path, source })
            }
        }
    }

    fn finish(&mut self, _stop: &Stop) -> Result<(), LinkError> {
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
