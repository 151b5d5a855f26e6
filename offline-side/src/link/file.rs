//! The link `file:FILE`: frames one after the other in a file, each with its length before it.
//!
//! For a medium that is carried, for a bug report, and as what tests are made of.

use std::path::PathBuf;
use std::time::Duration;

use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_protocol::frame::{frame_size, symbols_per_frame};
use rootcast_protocol::object::Object;
use rootcast_protocol::recording::encode_record;
use rootcast_protocol::transport_key::MAC_SIZE;

use super::error::LinkError;
use super::outlet::Outlet;
use super::output_file::{OutputFile, check_free};
use super::transmitter::{Link, Moved, Stop, Transmitter};
use crate::link::cover_sheet::CoverSheet;

/// The most bytes of a frame where one of one symbol is not longer.
const FRAME_ROOM: usize = 1_200;

/// The share of frames assumed lost. A file arrives whole or loses a few blocks; it is treated as a serial line is.
const DESIGN_LOSS: f64 = 0.05;

/// What a frame is worth in time where a wall-clock end is asked of a link that has no rate: 100 a second.
const FRAME_TIME: Duration = Duration::from_millis(10);

/// A recording, as named.
#[derive(Debug)]
struct RecordingLink {
    name: LinkName,
    path: PathBuf,
}

/// The link `name` to the file it names.
pub(super) fn link(name: &LinkName, file: &str) -> Result<Box<dyn Link>, LinkNameError> {
    Ok(Box::new(RecordingLink { name: name.clone(), path: PathBuf::from(file) }))
}

/// `room`, or what one symbol of this object and a MAC need where that is more.
pub(super) fn usual_room(object: &Object, room: usize) -> usize {
    if symbols_per_frame(object, room - MAC_SIZE).is_some() { room } else { frame_size(object, 1) + MAC_SIZE }
}

impl Link for RecordingLink {
    fn name(&self) -> String {
        self.name.to_string()
    }

    fn check_free(&self) -> Result<(), LinkError> {
        check_free(&self.path)
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

    fn frame_time(&self, _size: usize, _frames_suffice: u32) -> Duration {
        FRAME_TIME
    }

    fn open(&self, _cover: &CoverSheet) -> Result<Box<dyn Transmitter>, LinkError> {
        Ok(Box::new(Recording { file: OutputFile::create(&self.path)?, record: Vec::new() }))
    }
}

struct Recording {
    file: OutputFile,
    record: Vec<u8>,
}

impl Transmitter for Recording {
    fn outlet(&self) -> Outlet<'_> {
        self.file.outlet()
    }

    fn transmit(&mut self, frame: &[u8], _caption: &[String], _stop: &Stop) -> Result<Moved, LinkError> {
        self.record.clear();
        encode_record(frame, &mut self.record);
        self.file.write(&self.record)?;
        Ok(Moved::Whole)
    }

    fn finish(&mut self, _stop: &Stop) -> Result<(), LinkError> {
        self.file.sync()
    }

    fn withdraw(&mut self) {
        self.file.withdraw();
    }
}
