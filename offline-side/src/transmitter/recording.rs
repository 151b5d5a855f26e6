//! The link `file:FILE`: frames one after the other in a file, each with its length before it.
//!
//! For a medium that is carried, for a bug report, and as what tests are made of.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_protocol::frame::{frame_size, symbols_per_frame};
use rootcast_protocol::object::Object;
use rootcast_protocol::recording::encode_record;
use rootcast_protocol::transport_key::MAC_SIZE;

use super::{Link, LinkError, Moved, Stop, Transmitter};

/// The most bytes of a frame where one of one symbol is not longer.
const FRAME_ROOM: usize = 1_200;

/// The share of frames assumed lost. A file arrives whole or loses a few blocks; it is treated as a serial line is.
const DESIGN_LOSS: f64 = 0.05;

/// What a frame is worth in time where a wall-clock end is asked of a link that has no rate: 100 a second.
const FRAME_TIME: Duration = Duration::from_millis(10);

/// A recording, as named.
#[derive(Debug)]
pub struct RecordingLink {
    name: LinkName,
    path: PathBuf,
}

impl RecordingLink {
    pub(super) fn named(name: &LinkName) -> Result<Self, LinkNameError> {
        name.only(&[])?;
        Ok(Self { name: name.clone(), path: PathBuf::from(&name.target) })
    }
}

/// `room`, or what one symbol of this object and a MAC need where that is more.
pub(super) fn usual_room(object: &Object, room: usize) -> usize {
    if symbols_per_frame(object, room - MAC_SIZE).is_some() { room } else { frame_size(object, 1) + MAC_SIZE }
}

impl Link for RecordingLink {
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
        Ok(usual_room(object, FRAME_ROOM))
    }

    fn frame_time(&self, _size: usize) -> Duration {
        FRAME_TIME
    }

    fn open(&self, _object: &Object, _room: usize) -> Result<Box<dyn Transmitter>, LinkError> {
        match OpenOptions::new().write(true).create_new(true).open(&self.path) {
            Ok(file) => Ok(Box::new(Recording { path: self.path.clone(), file, record: Vec::new() })),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(LinkError::OutputExists { path: self.path.clone() })
            }
            Err(source) => Err(LinkError::Storage { doing: "create", path: self.path.clone(), source }),
        }
    }
}

struct Recording {
    path: PathBuf,
    file: File,
    record: Vec<u8>,
}

impl Transmitter for Recording {
    fn transmit(&mut self, frame: &[u8], _caption: &str, _stop: &Stop) -> Result<Moved, LinkError> {
        self.record.clear();
        encode_record(frame, &mut self.record);
        let written = self.file.write_all(&self.record);
        written.map_err(|source| LinkError::Storage { doing: "write", path: self.path.clone(), source })?;
        Ok(Moved::Whole)
    }

    fn finish(&mut self, _stop: &Stop) -> Result<(), LinkError> {
        let synced = self.file.sync_all();
        synced.map_err(|source| LinkError::Storage { doing: "sync", path: self.path.clone(), source })
    }

    fn withdraw(&mut self) {
        // Made by this run and still empty; a file left behind is no harm.
        let _ = std::fs::remove_file(&self.path);
    }
}
