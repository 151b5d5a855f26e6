//! One line of JSON that ends with its own digest: how the journal and the state are written.
//!
//! ```text
//! {"a":1,…,"z":26,"digest":"<64 hex>"}
//!  └── covered ──┘
//! ```
//!
//! The digest is the SHA-256 of the line's bytes without `,"digest":"…"`, that is, of everything before that comma and
//! then `}`. Any SHA-256 tool can check it; nothing has to be written as JSON a second time. It finds accidents and
//! clumsy edits, not an attacker who makes a new digest: the journal's chain and its head on paper are for that.

use std::fmt;

use rootcast_host::text::count;
use rootcast_protocol::digest::Digest;

const MEMBER: &str = ",\"digest\":\"";
const MEMBER_SIZE: usize = MEMBER.len() + 64 + 2;

/// Seals the JSON object `body`, which has at least one member: its digest, and the line without a newline.
#[must_use]
pub(crate) fn seal(body: &str) -> (Digest, String) {
    let digest = Digest::of(body.as_bytes());
    let open = body.strip_suffix('}').unwrap_or(body);
    (digest, format!("{open}{MEMBER}{digest}\"}}"))
}

/// Checks a sealed line (without its newline): its digest, and the JSON object that was sealed.
///
/// # Errors
/// When it is not sealed, or was changed since.
pub(crate) fn unseal(line: &[u8]) -> Result<(Digest, String), DigestLineError> {
    let text = std::str::from_utf8(line).map_err(|error| DigestLineError::NotText { offset: error.valid_up_to() })?;
    let no_digest = DigestLineError::NoDigest { length: text.len() };
    let split = text.len().checked_sub(MEMBER_SIZE).and_then(|at| text.split_at_checked(at));
    let (open, member) = split.ok_or(no_digest)?;
    let hex = member.strip_prefix(MEMBER).and_then(|rest| rest.strip_suffix("\"}"));
    let stated: Digest = hex.and_then(|hex| hex.parse().ok()).ok_or(no_digest)?;
    let body = format!("{open}}}");
    let computed = Digest::of(body.as_bytes());
    // Compared as text: capital digits would read the same and be an edit all the same.
    if hex == Some(computed.to_string().as_str()) {
        Ok((computed, body))
    } else {
        Err(DigestLineError::Changed { stated, computed })
    }
}

/// Why a line is not as it was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DigestLineError {
    /// Not UTF-8.
    NotText {
        /// Where, in bytes.
        offset: usize,
    },
    /// It does not end with a digest.
    NoDigest {
        /// Its length in bytes.
        length: usize,
    },
    /// Its digest is another one.
    Changed {
        /// The digest it states.
        stated: Digest,
        /// The digest it has.
        computed: Digest,
    },
}

impl fmt::Display for DigestLineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotText { offset } => write!(f, "it is not text from byte {offset} on"),
            Self::NoDigest { length } => {
                write!(f, "it has {} and does not end with its digest", count(*length as u64, "byte"))
            }
            Self::Changed { stated, computed } => {
                write!(f, "it was changed after it was written: it states the digest {stated} but has {computed}")
            }
        }
    }
}

impl std::error::Error for DigestLineError {}
