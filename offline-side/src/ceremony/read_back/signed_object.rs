//! The read-back of a signed object, whatever it is.

use rootcast_pki::issuer::Issuer;
use rootcast_protocol::digest::Digest;

use super::element::children;
use super::error::ReadBackError;
use super::{certificate, crl};
use crate::ceremony::draft::expected::Expected;

/// Reads back a signed object. `approved` are the to-be-signed bytes that people approved, `expected` is what they say, and
/// `issuer` is whose key is pinned. A root signs itself and has no issuer: then the key in `expected` is the pinned one.
///
/// # Errors
/// [`ReadBackError`]: the first field that is not as meant, or what else is wrong.
pub fn read_back(
    signed: &[u8],
    approved: &[u8],
    expected: &Expected,
    issuer: Option<&Issuer>,
) -> Result<(), ReadBackError> {
    let parts = children(signed).unwrap_or_default();
    let [to_be_signed, algorithm, _] = parts.as_slice() else { return Err(ReadBackError::NotSigned) };
    match expected {
        Expected::Crl(expected) => {
            let issuer = issuer.ok_or(ReadBackError::NoIssuer)?;
            check_algorithm(&expected.algorithm, algorithm)?;
            crl::check(signed, expected, issuer)?;
        }
        Expected::Certificate(expected) => {
            check_algorithm(&expected.algorithm, algorithm)?;
            certificate::check(signed, expected, issuer)?;
        }
    }
    if *to_be_signed != approved {
        let (found, wanted) = (Digest::of(to_be_signed), Digest::of(approved));
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
