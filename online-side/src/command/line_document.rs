//! What a serial line brought, for scripts: a member of the documents of `receive` and `link test`.

use serde::Serialize;

use crate::link::line_count::LineCount;

/// The bytes of a serial line.
#[derive(Debug, Serialize)]
pub(super) struct LineDocument {
    /// The speed it was listened to at, in bits a second.
    baud: u32,
    bytes: u64,
    /// How many of them are zero.
    zeros: u64,
    /// How the bytes begin, where almost all of them are letters.
    text: Option<String>,
}

impl From<&LineCount> for LineDocument {
    fn from(line: &LineCount) -> Self {
        Self { baud: line.baud, bytes: line.bytes, zeros: line.zeros, text: line.text() }
    }
}
