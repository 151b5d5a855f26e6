//! The camera that was named, and what was asked for. Must not: open it.

use std::path::{Path, PathBuf};

use rootcast_host::link_name::{LinkName, LinkNameError};

use super::listing;
use crate::link::optical::luma::Form;

/// What is asked for where nothing is said: what most webcams can do.
const WIDTH_DEFAULT: u32 = 1920;
const HEIGHT_DEFAULT: u32 = 1080;
const RATE_DEFAULT: u32 = 30;
/// Pixels a side that may be asked for.
const SIDE_MAX: u32 = 8192;
/// How a camera lays its pixels out, in the order of preference: light that comes uncompressed comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pixels {
    /// Light alone.
    Grey,
    /// A plane of light, then planes of colour.
    Planes,
    /// Light and colour in turn.
    Yuyv,
    /// A JPEG each.
    Jpeg,
}

impl Pixels {
    /// As a reader is told of it.
    pub(super) fn form(self) -> Form {
        match self {
            Self::Grey | Self::Planes => Form::Plane,
            Self::Yuyv => Form::EverySecond,
            Self::Jpeg => Form::Jpeg,
        }
    }

    /// As people ask for it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Grey => "GREY",
            Self::Planes => "NV12",
            Self::Yuyv => "YUYV",
            Self::Jpeg => "MJPG",
        }
    }
}

/// The camera that was named, and what was asked for.
#[derive(Debug, Clone)]
pub(super) struct CameraRequest {
    pub(super) index: u8,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) rate: u32,
    pub(super) pixels: Option<Pixels>,
    /// In units of 100 µs.
    pub(super) exposure: Option<u32>,
    /// What the system lists, in words: the sandbox has no path to that.
    pub(super) listed: String,
}

impl CameraRequest {
    /// Reads the name of the link.
    ///
    /// # Errors
    /// In words: a camera that is none, an option out of its range.
    pub(super) fn from_link_name(name: &LinkName) -> Result<Self, LinkNameError> {
        let camera = name.target.split_once('=').map_or("", |(_, camera)| camera);
        if camera == listing::LIST {
            let why = "this is no camera, it asks for the cameras";
            return Err(name.wrong(why).listing(listing::lines(), listing::NEXT_OF_LIST));
        }
        let listed = listing::text();
        let number = listing::number_from(camera).or_else(|| listing::number_of(camera, Path::new(listing::BY_ID)));
        let index = number.ok_or_else(|| {
            name.wrong(format!(
                "a camera is named by its number, 0 to 255, as the system writes it (qr:camera=0 is /dev/video0), or by its \
                 name in {}; {listed}",
                listing::BY_ID,
            ))
        })?;
        let pixels = match name.option("format") {
            None => None,
            Some("grey") => Some(Pixels::Grey),
            Some("nv12") => Some(Pixels::Planes),
            Some("yuyv") => Some(Pixels::Yuyv),
            Some("mjpg") => Some(Pixels::Jpeg),
            Some(_) => return Err(name.wrong("format must be grey, nv12, yuyv or mjpg")),
        };
        Ok(Self {
            index,
            width: name.number("width", 160, SIDE_MAX)?.unwrap_or(WIDTH_DEFAULT),
            height: name.number("height", 120, SIDE_MAX)?.unwrap_or(HEIGHT_DEFAULT),
            rate: name.number("fps", 1, 240)?.unwrap_or(RATE_DEFAULT),
            pixels,
            exposure: name.number("exposure", 1, 10_000)?,
            listed,
        })
    }

    /// Its path.
    pub(super) fn device(&self) -> PathBuf {
        PathBuf::from(format!("/dev/video{}", self.index))
    }
}
