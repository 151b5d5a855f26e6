//! Which link an operator named: read once, before anything is opened, and the same for whoever opens it, locks the
//! process in, or tells people about it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use rootcast_host::link_name::{LinkName, LinkNameError};

use super::optical::camera;

/// A link this program can receive from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// As the operator named it, with its options: each receiver reads its own.
    pub name: LinkName,
    /// Where it brings frames from.
    pub place: Place,
}

/// Where a link brings frames from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `file:FILE`: a recording.
    Recording(PathBuf),
    /// `serial:PORT`: a serial port.
    Serial(PathBuf),
    /// `qr:images=DIR`: a folder of pictures.
    Pictures(PathBuf),
    /// `qr:video=FILE|-`: a film; no path is standard input.
    Film(Option<PathBuf>),
    /// `qr:camera=N`: the camera `/dev/videoN`.
    Camera(u8),
}

impl Place {
    fn of(name: &LinkName) -> Result<Self, LinkNameError> {
        let path = || PathBuf::from(&name.target);
        Ok(match (name.kind.as_str(), name.target.split_once('=')) {
            ("file", _) => Self::Recording(path()),
            ("serial", _) => Self::Serial(path()),
            ("qr", Some(("images" | "video", ""))) => return Err(name.wrong("there is no path after the =")),
            ("qr", Some(("images", folder))) => Self::Pictures(PathBuf::from(folder)),
            ("qr", Some(("video", "-"))) => Self::Film(None),
            ("qr", Some(("video", film))) => Self::Film(Some(PathBuf::from(film))),
            ("qr", Some(("camera", number))) => match number.parse::<u8>() {
                // 00 and +0 are numbers too, and other devices than /dev/video0.
                Ok(index) if index.to_string() == number => Self::Camera(index),
                _ => {
                    return Err(name.wrong(format!(
                        "a camera is named by its number, 0 to 255, as the system writes it: qr:camera=0 is \
                         /dev/video0{}",
                        camera::others()
                    )));
                }
            },
            _ => {
                return Err(name.wrong(
                    "this program receives from file:FILE, serial:PORT[,baud=N], qr:camera=N, qr:video=FILE|- and \
                     qr:images=DIR; there is no other link yet",
                ));
            }
        })
    }
}

impl FromStr for Link {
    type Err = LinkNameError;

    fn from_str(text: &str) -> Result<Self, LinkNameError> {
        let name: LinkName = text.parse()?;
        Ok(Self { place: Place::of(&name)?, name })
    }
}

/// The name.
impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Link, Place};

    #[test]
    fn each_link_has_one_place() {
        for (name, place) in [
            ("file:a=b.frames", Place::Recording(PathBuf::from("a=b.frames"))),
            ("serial:/dev/ttyS0,baud=9600", Place::Serial(PathBuf::from("/dev/ttyS0"))),
            ("qr:images=in", Place::Pictures(PathBuf::from("in"))),
            ("qr:video=-,width=2,height=2", Place::Film(None)),
            ("qr:video=a,b.y4m", Place::Film(Some(PathBuf::from("a,b.y4m")))),
            ("qr:camera=0,fps=60", Place::Camera(0)),
            ("qr:camera=255", Place::Camera(255)),
        ] {
            let link: Link = name.parse().unwrap();
            assert_eq!((link.place.clone(), link.to_string()), (place, name.to_owned()));
        }
    }

    /// `qr:camera=00` was let in as `/dev/video00`, and opened `/dev/video0`.
    #[test]
    fn a_camera_that_is_not_named_as_the_system_does_is_refused() {
        for number in ["00", "01", "+0", "-0", " 0", "256", "0x0", "list", ""] {
            let error = format!("qr:camera={number}").parse::<Link>().unwrap_err().to_string();
            assert!(error.contains("qr:camera=0 is /dev/video0"), "{error}");
        }
        for name in ["pigeon:coop", "qr:film=a", "qr:camera", "qr:0", "qr:images=", "qr:video=", "File:a"] {
            assert!(name.parse::<Link>().is_err(), "{name}");
        }
    }
}
