//! The proof that a restored key is the key: a signature over bytes that can be nothing else.
//!
//! ```text
//! "rootcast escrow proof v1" ‖ set (7 bytes) ‖ 32 random bytes drawn here
//! ```
//!
//! Nothing comes from outside, so nobody can have something signed by asking for a proof. It is no certificate and no CRL:
//! both begin with 0x30.

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use rootcast_protocol::hex;

use super::set_id::SetId;
use crate::ceremony::key::error::KeyError;
use crate::ceremony::key::wrapping::RestoredKey;
use crate::store::journal::escrow::{EscrowStep, ProofSource};

/// How the signed bytes begin.
const CONTEXT: &[u8] = b"rootcast escrow proof v1";

/// Has the restored key sign a proof. Gives the journal's step; it was verified under the public key that was expected.
///
/// # Errors
/// When the key does not sign, or is another one.
pub(crate) fn prove(
    restored: &RestoredKey<'_>,
    set: &SetId,
    (from, stays): (ProofSource, bool),
    token_serial: &str,
) -> Result<EscrowStep, KeyError> {
    let mut nonce = [0; 32];
    SystemRandom::new().fill(&mut nonce).map_err(|_| KeyError::Library { doing: "draw random bytes" })?;
    let signature = restored.sign(&[CONTEXT, set.bytes(), &nonce].concat())?;
    Ok(EscrowStep::Proved {
        from,
        token_serial: token_serial.to_owned(),
        nonce: hex::encode(&nonce),
        signature: hex::encode(&signature),
        stays,
    })
}
