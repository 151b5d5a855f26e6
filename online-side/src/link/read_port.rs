//! Opens a serial port for reading, and sets it. Must not: read from it.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rootcast_host::serial_line::{Direction, take};
use rootcast_host::serial_port::PortFault;
use rustix::fs::OFlags;

/// Opens the port at `path` for reading, and sets it.
///
/// # Errors
/// Why it cannot be used.
pub(super) fn open_port(path: &Path, baud: u32) -> Result<File, PortFault> {
    let flags = OFlags::NOCTTY | OFlags::NONBLOCK;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let port = opened.map_err(PortFault::Open)?;
    take(&port, baud, Direction::Receive).map_err(PortFault::Line)?;
    Ok(port)
}
