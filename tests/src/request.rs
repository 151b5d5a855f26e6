//! PKCS#10 requests by keys to throw away (RFC 2986).

use crate::throwaway_ca::der_writer::{bits, integer, sequence, tlv};
use crate::throwaway_ca::{Scheme, SigningKey, name};

/// A request for this name and key, signed by that key.
#[must_use]
pub fn request(common_name: &str, key: &SigningKey) -> Vec<u8> {
    request_signed_by(common_name, key, key)
}

/// A request for this name and key, signed by whomever.
#[must_use]
pub fn request_signed_by(common_name: &str, key: &SigningKey, signer: &SigningKey) -> Vec<u8> {
    let body = sequence(&[integer(0), name(common_name), key.spki(), tlv(0xa0, &[])]);
    let signature = signer.sign(Scheme::Usual, &body);
    sequence(&[body, signer.algorithm(Scheme::Usual), bits(&signature)])
}
