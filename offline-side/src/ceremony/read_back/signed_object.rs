//! The read-back of a signed object, whatever it is.

use rootcast_pki::issuer::Issuer;
use rootcast_protocol::digest::Digest;

use super::error::ReadBackError;
use super::{certificate, crl};
use crate::ceremony::der_builder::children;
use crate::ceremony::draft::expected::Intent;

/// Reads back a signed object. `expected` are the approved to-be-signed bytes; `issuer` is whose key is pinned, and for a
/// root, which signs itself, it is absent: then the key in `intent` is the pinned one.
///
/// # Errors
/// [`ReadBackError`]: the first field that is not as meant, or what else is wrong.
pub fn read_back(
    signed: &[u8],
    expected: &[u8],
    intent: &Intent,
    issuer: Option<&Issuer>,
) -> Result<(), ReadBackError> {
    let parts = children(signed).unwrap_or_default();
    let [to_be_signed, algorithm, _] = parts.as_slice() else { return Err(ReadBackError::NotSigned) };
    match intent {
        Intent::Crl(intent) => {
            let issuer = issuer.ok_or(ReadBackError::NoIssuer)?;
            check_algorithm(&intent.algorithm, algorithm)?;
            crl::check(signed, intent, issuer)?;
        }
        Intent::Certificate(intent) => {
            check_algorithm(&intent.algorithm, algorithm)?;
            certificate::check(signed, intent, issuer)?;
        }
    }
    if *to_be_signed != expected {
        let (found, wanted) = (Digest::of(to_be_signed), Digest::of(expected));
        return Err(ReadBackError::ToBeSigned { found, wanted });
    }
    Ok(())
}

fn check_algorithm(wanted: &[u8], found: &[u8]) -> Result<(), ReadBackError> {
    if wanted == found {
        Ok(())
    } else {
        Err(ReadBackError::Algorithm { wanted: wanted.to_vec(), found: found.to_vec() })
    }
}
