//! Which receiver opens which link.

use rootcast_host::diagnosis::Diagnosis;

use super::name::{Link, Place};
use super::receiver::Receiver;
use super::{file, optical, serial};

/// Opens the link an operator named.
///
/// # Errors
/// A [`Diagnosis`]: an option that cannot be understood (exit 2), a file that is not there (2), a device that fails (7).
pub fn open(link: &Link, follow: bool) -> Result<Box<dyn Receiver>, Diagnosis> {
    let name = &link.name;
    Ok(match &link.place {
        Place::Recording(file) => Box::new(file::Recording::open(name, file)?),
        Place::Serial(port) => Box::new(serial::SerialPort::open(name, port)?),
        Place::Pictures(folder) => Box::new(optical::pictures::Pictures::open(name, folder, follow)?),
        Place::Film(path) => Box::new(optical::video::Video::open(name, path.as_deref())?),
        Place::Camera(index) => Box::new(optical::camera::Camera::open(name, *index)?),
    })
}
