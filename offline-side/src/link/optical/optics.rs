//! The options of every optical link (`version`, `ec`, `fps`, `tiles`, `scale`) and their effects: the version for an
//! object, the time of a frame, and advice about the camera.

use std::time::Duration;

use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_protocol::frame::frame_size;
use rootcast_protocol::object::Object;

use super::camera_advice::{CAMERAS, FPS_DEFAULT, rate_suits, size_advice, slowest_camera, wide_advice};
use crate::link::error::LinkError;
use crate::link::optical::qr_sheet::Tiles;
use crate::link::optical::qr_symbol::{Correction, QrPen, QrVersion, VERSION_MAX};

/// The most that can be asked for.
pub(super) const FPS_MAX: u32 = 60;
/// The share of shown frames assumed lost: half of them, which a tilted camera under bad light makes of it.
pub(super) const DESIGN_LOSS: f64 = 0.5;

/// The options of an optical link.
#[derive(Debug, Clone)]
pub(super) struct Optics {
    link: String,
    /// The version asked for.
    pub(super) version: Option<QrVersion>,
    /// The level of error correction.
    pub(super) correction: Correction,
    /// Pictures a second.
    pub(super) fps: u32,
    /// Symbols in a picture.
    pub(super) tiles: Tiles,
}

impl Optics {
    /// The options given in `name`; which of them exist was checked before. `tiles` where none are given.
    pub(super) fn from_link_name(name: &LinkName, tiles: Tiles) -> Result<Self, LinkNameError> {
        let version = name.number("version", 1, u32::from(VERSION_MAX))?;
        let correction = match name.option("ec") {
            None => Correction::default(),
            Some(text) => {
                text.parse().map_err(|()| name.wrong(format!("option ec={text} is not one of L, M, Q and H")))?
            }
        };
        let tiles = match name.option("tiles") {
            None => tiles,
            Some(text) => {
                let wrong =
                    |()| name.wrong(format!("option tiles={text} is not RxC with rows and columns from 1 to 8"));
                text.parse().map_err(wrong)?
            }
        };
        Ok(Self {
            link: name.to_string(),
            version: version.and_then(|number| u8::try_from(number).ok()).and_then(QrVersion::new),
            correction,
            fps: name.number("fps", 1, FPS_MAX)?.unwrap_or(FPS_DEFAULT),
            tiles,
        })
    }

    /// The smallest version that has room for a symbol of this object.
    pub(super) fn least(&self, object: &Object) -> Result<QrVersion, LinkError> {
        QrVersion::least_for(object, self.correction).ok_or_else(|| LinkError::FrameRoom {
            link: self.link.clone(),
            room: QrVersion::MAX.capacity_at(self.correction),
            needed: frame_size(object, 1),
            instead: "ec=L".to_owned(),
        })
    }

    /// The version for `object`: the one asked for, or the smallest that carries as much as `most` would.
    pub(super) fn version_for(&self, object: &Object, most: QrVersion) -> Result<QrVersion, LinkError> {
        let least = self.least(object)?;
        let most = most.max(least);
        match self.version {
            Some(version) if version < least => Err(LinkError::FrameRoom {
                link: self.link.clone(),
                room: version.capacity_at(self.correction),
                needed: frame_size(object, 1),
                instead: format!("version={} or more", least.get()),
            }),
            Some(version) => Ok(version),
            None => Ok(QrVersion::useful_for(object, most, self.correction).unwrap_or(least)),
        }
    }

    /// The bytes a frame of `object` may have where pictures are as large as wanted.
    pub(super) fn room(&self, object: &Object) -> Result<usize, LinkError> {
        Ok(self.version_for(object, QrVersion::DEFAULT)?.capacity_at(self.correction))
    }

    /// The version that has room for just so many bytes, if there is one.
    pub(super) fn version_of(&self, room: usize) -> Option<QrVersion> {
        QrVersion::MAX.up_to().find(|version| version.capacity_at(self.correction) == room)
    }

    /// The pen for frames of at most `room` bytes of `object`.
    pub(super) fn pen(&self, object: &Object, room: usize) -> Result<QrPen, LinkError> {
        let version = self.version_of(room);
        Ok(QrPen::at(version.map_or_else(|| self.version_for(object, QrVersion::DEFAULT), Ok)?, self.correction))
    }

    /// How long one frame takes: its share of a picture's time.
    pub(super) fn frame_time(&self) -> Duration {
        Duration::from_secs(1) / (self.fps * self.tiles.count()).max(1)
    }

    /// What to heed when a camera films pictures of at most `room` bytes a symbol.
    pub(super) fn advice(&self, room: usize) -> Vec<String> {
        let version = self.version_of(room);
        let size = version.map(|version| size_advice(version, self.tiles));
        let wide = version.and_then(|version| wide_advice(version, self.tiles));
        size.into_iter().chain(wide).chain(rate_advice(self.fps)).chain(rate_suits(self.fps)).collect()
    }
}

/// What is wrong with showing `fps` pictures a second to usual cameras.
///
/// A shown picture is surely caught where the camera takes 2.5 pictures or more of it. Below that, a simple ratio keeps
/// the camera at the same few places of every shown picture, and these may all be the change from one to the next:
/// 15 of 30 can lock to 0 %.
pub(super) fn rate_advice(fps: u32) -> Option<String> {
    let cameras = locking_cameras(fps);
    if !cameras.is_empty() {
        let cameras = cameras.iter().map(u32::to_string).collect::<Vec<_>>().join(" or ");
        return Some(format!(
            "{fps} codes a second may lock to a camera of {cameras} pictures a second, so that it never catches a whole code: give fps={FPS_DEFAULT}"
        ));
    }
    is_too_fast(fps).then(|| {
        let otherwise = slowest_camera(fps).map(|camera| format!(", or film with {camera} a second"));
        let otherwise = otherwise.unwrap_or_default();
        format!(
            "{fps} codes a second are too fast for a camera of 30 pictures a second: give fps={FPS_DEFAULT}{otherwise}"
        )
    })
}

/// The same in two words, where there is no room for more.
pub(super) fn rate_warning(fps: u32) -> Option<&'static str> {
    if locking_cameras(fps).is_empty() { is_too_fast(fps).then_some("TOO FAST") } else { Some("MAY LOCK") }
}

/// 30 ÷ 18 is 1.7: fewer pictures of each shown one than that, and even a free-running camera misses too many.
fn is_too_fast(fps: u32) -> bool {
    fps > 18
}

/// The cameras that may lock to `fps` shown pictures a second.
fn locking_cameras(fps: u32) -> Vec<u32> {
    let locks = |camera: &u32| {
        let ratio = f64::from(*camera) / f64::from(fps.max(1));
        // How near the ratio is to whole or half numbers; thirds have to be nearer, as three places are seldom all bad.
        let near = |parts: f64, within: f64| ((ratio * parts).round() / parts - ratio).abs() <= within * ratio;
        ratio < 2.45 && (near(2.0, 0.02) || near(3.0, 0.01))
    };
    CAMERAS.into_iter().filter(locks).collect()
}

#[cfg(test)]
mod tests {
    use super::{rate_advice, rate_warning};

    #[test]
    fn rates_that_lock_to_a_camera_are_named_with_it() {
        for (fps, camera) in [(15, "25 or 30"), (30, "30 or 60"), (20, "30"), (25, "25"), (50, "25")] {
            let advice = rate_advice(fps).unwrap_or_else(|| panic!("{fps} a second"));
            assert!(advice.contains(&format!("camera of {camera} pictures")) && advice.contains("fps=11"), "{advice}");
            assert_eq!(rate_warning(fps), Some("MAY LOCK"), "{fps} a second");
        }
    }

    #[test]
    fn the_default_and_slower_rates_need_no_advice() {
        for fps in [1, 2, 5, 8, 9, 10, 11, 12] {
            assert_eq!((rate_advice(fps), rate_warning(fps)), (None, None));
        }
        assert_eq!(rate_warning(22), Some("TOO FAST"));
        assert!(rate_advice(22).unwrap().contains("too fast"));
        assert!(rate_advice(24).unwrap().ends_with("give fps=11, or film with 60 a second"));
    }
}
