//! This program as it runs, for the journal: its version, and the digest of its file.

use std::fs;

use rootcast_protocol::digest::Digest;

use crate::store::journal::ceremony::ProgramRecord;

/// The running program's own file. The kernel's link leads to the very file that runs, also where another one has its name
/// by now.
const OWN_FILE: &str = "/proc/self/exe";

/// This program; `None` where its file cannot be read.
#[must_use]
pub(super) fn running() -> Option<ProgramRecord> {
    let bytes = fs::read(OWN_FILE).ok()?;
    Some(ProgramRecord {
        version: concat!("rootcast-offline ", env!("CARGO_PKG_VERSION")).to_owned(),
        sha256: Digest::of(&bytes),
    })
}
