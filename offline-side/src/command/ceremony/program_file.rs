//! This program as it runs, for the journal: its version, and the digest of its file.

use std::fs;

use rootcast_host::disk::DiskError;
use rootcast_protocol::digest::Digest;

use crate::store::journal::ceremony::ProgramRecord;

/// The running program's own file. The kernel's link leads to the very file that runs, also where another one has its name
/// by now.
const OWN_FILE: &str = "/proc/self/exe";

/// This program.
///
/// # Errors
/// Where its file cannot be read.
pub(in crate::command) fn running() -> Result<ProgramRecord, DiskError> {
    let bytes = fs::read(OWN_FILE).map_err(|error| DiskError::new("read", OWN_FILE.as_ref(), error))?;
    Ok(ProgramRecord {
        version: concat!("rootcast-offline ", env!("CARGO_PKG_VERSION")).to_owned(),
        sha256: Digest::of(&bytes),
    })
}
