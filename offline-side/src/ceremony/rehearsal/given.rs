//! What a rehearsal is given.

use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

use super::known::Known;
use crate::ceremony::key::SignatureScheme;
use crate::ceremony::request::{Request, RequestFiles};

/// What a rehearsal is given.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// What is asked for.
    pub request: &'a Request,
    /// The files it names.
    pub files: &'a RequestFiles,
    /// SHA-256 of the public key that the site pins, if it pins one.
    pub pinned: Option<Digest>,
    /// How the site wants things signed; else what goes with the key.
    pub scheme: Option<SignatureScheme>,
    /// The public key of a new root, SubjectPublicKeyInfo.
    pub root_spki: Option<&'a [u8]>,
    /// What is known from before.
    pub known: &'a Known,
    /// What the operator threw with dice.
    pub dice: Option<&'a str>,
    /// The machine's time.
    pub now: Timestamp,
}
