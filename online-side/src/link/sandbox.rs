//! What receiving is left with: the state directory and the links it was told to listen to.
//!
//! The process locks itself in *before* it opens a link, so that every thread a link starts is held as well, and nothing
//! that arrived was looked at yet. Must not: open anything.

use std::path::{Path, PathBuf};

use rootcast_host::sandbox::{Confinement, Purpose};

use super::name::{Link, Place};

/// What a process that receives from `links` into the state directory `state`, where it has one, is left with.
#[must_use]
pub fn confinement(state: Option<&Path>, links: &[Link]) -> Confinement {
    let mut left = Confinement::new(Purpose::Receive, state.map(Path::to_owned));
    for link in links {
        match &link.place {
            Place::Recording(path) | Place::Pictures(path) | Place::Film(Some(path)) => left.read.push(path.clone()),
            Place::Serial(port) => left.devices.push(port.clone()),
            // Standard input is open already.
            Place::Film(None) => {}
            Place::Camera(index) => {
                left.purpose = Purpose::ReceiveFromCamera;
                left.devices.push(PathBuf::from(format!("/dev/video{index}")));
                // Where the kernel says what cameras there are.
                left.read.push(PathBuf::from("/sys/class/video4linux"));
            }
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::confinement;
    use rootcast_host::sandbox::Purpose;
    use std::path::{Path, PathBuf};

    #[test]
    fn receiving_keeps_its_state_and_the_links_it_was_given() {
        let links = ["file:a.frames", "serial:/dev/ttyS0,baud=9600", "qr:images=in", "qr:video=-"];
        let links: Vec<_> = links.iter().map(|link| link.parse().unwrap()).collect();
        let left = confinement(Some(Path::new("state")), &links);
        assert_eq!((left.purpose, left.own), (Purpose::Receive, vec![PathBuf::from("state")]));
        assert_eq!(left.read, [PathBuf::from("a.frames"), PathBuf::from("in")]);
        assert_eq!(left.devices, [PathBuf::from("/dev/ttyS0")]);
        let left = confinement(Some(Path::new("state")), &["qr:camera=2".parse().unwrap()]);
        assert_eq!((left.purpose, left.devices), (Purpose::ReceiveFromCamera, vec![PathBuf::from("/dev/video2")]));
    }
}
