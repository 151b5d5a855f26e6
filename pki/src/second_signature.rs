//! Another valid signature over the same content. The identity of an item is its issuer and what is signed, not its
//! bytes: whoever has one ECDSA signature (r, s) can write the other, (r, n − s), without the key.
//!
//! ```
//! use rootcast_pki::digest::sha256;
//! use rootcast_pki::finding::{Findings, Severity};
//! use rootcast_pki::rule::Rule;
//! use rootcast_pki::{item, second_signature};
//!
//! # let crl = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crl"));
//! let signature = item::signature(crl).expect("a signature");
//! let mut findings = Findings::new();
//! second_signature::note((&sha256(b"another file"), signature), crl, Severity::Warn, &mut findings);
//! assert!(findings.has(Rule::SigCopy) && !findings.rejects());
//! // Another signature, of which no other can be made without the key.
//! second_signature::note((&sha256(b"a third"), &[7; 64]), crl, Severity::Reject, &mut findings);
//! assert!(findings.has(Rule::SigSecond) && findings.rejects());
//! ```

use crate::finding::{Findings, Severity};
use crate::item;
use crate::rule::Rule;
use crate::serial::Hex;
use crate::strict_der::{Reader, SEQUENCE};

/// The order n of the group of P-256 (NIST SP 800-186 §3.2.1.3).
const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The order n of the group of P-384 (NIST SP 800-186 §3.2.1.4).
const P384_ORDER: [u8; 48] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0,
    0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
];

/// The order n of the group of P-521 (NIST SP 800-186 §3.2.1.5).
const P521_ORDER: [u8; 66] = [
    0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfa, 0x51, 0x86, 0x87, 0x83,
    0xbf, 0x2f, 0x96, 0x6b, 0x7f, 0xcc, 0x01, 0x48, 0xf7, 0x09, 0xa5, 0xd0, 0x3b, 0xb5, 0xc9, 0xb8, 0x89, 0x9c, 0x47,
    0xae, 0xbb, 0x6f, 0xb7, 0x1e, 0x91, 0x38, 0x64, 0x09,
];

/// What a second valid signature over the same content tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SecondSignature {
    /// Anybody can write it from the first one: it is the same one, or of ECDSA has the same r, and n − s.
    Copied,
    /// Only the holder of the key can make it.
    Made,
}

/// Compares the signatures of two files with the same content. Both verify.
fn compare(first: &[u8], second: &[u8]) -> SecondSignature {
    if first == second {
        return SecondSignature::Copied;
    }
    let (Some((r, s)), Some((other_r, other_s))) = (ecdsa(first), ecdsa(second)) else { return SecondSignature::Made };
    let is_mirrored = [&P256_ORDER[..], &P384_ORDER, &P521_ORDER].iter().any(|order| is_sum(s, other_s, order));
    if r == other_r && (s == other_s || is_mirrored) { SecondSignature::Copied } else { SecondSignature::Made }
}

/// Adds SIG-SECOND or SIG-COPY to the findings about the item `der`. `known` is the file of the same content that was
/// published, held or released before: its SHA-256 and its signature.
pub fn note(known: (&[u8; 32], &[u8]), der: &[u8], severity: Severity, findings: &mut Findings) {
    let (sha256, first) = known;
    let element = item::signature_element(der);
    let signature = element.as_ref().map_or(&[][..], |element| element.value);
    let (rule, how) = match compare(first, signature) {
        SecondSignature::Copied => (Rule::SigCopy, "anybody can write this signature from that one"),
        SecondSignature::Made => (Rule::SigSecond, "the key signed it a second time"),
    };
    let text = format!("another file (SHA-256 {}) has the same signed content, and {how}", Hex(sha256));
    findings.add(rule, severity, text).at_if("signatureValue", element.map(|element| element.offset));
}

/// The same beside the files of the same content that are known here. One that is known by these bytes is no second file.
pub(crate) fn note_among<'k>(
    known: impl Iterator<Item = (&'k [u8; 32], &'k [u8])> + Clone,
    (sha256, der): (&[u8; 32], &[u8]),
    findings: &mut Findings,
) {
    if let Some(first) = known.clone().next()
        && known.clone().all(|(known, _)| known != sha256)
    {
        note(first, der, Severity::Warn, findings);
    }
}

/// The integers r and s of an ECDSA signature (RFC 3279 §2.2.3), without leading zeros.
fn ecdsa(signature: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut outer = Reader::new(signature);
    let sequence = outer.expect(SEQUENCE).ok()?;
    outer.finish().ok()?;
    let mut inner = sequence.reader();
    let (r, s) = (inner.integer().ok()?, inner.integer().ok()?);
    inner.finish().ok()?;
    Some((trimmed(r.value), trimmed(s.value)))
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// Whether a + b = sum, as big-endian integers.
fn is_sum(a: &[u8], b: &[u8], sum: &[u8]) -> bool {
    let digit = |bytes: &[u8], place: usize| {
        bytes.len().checked_sub(place + 1).and_then(|at| bytes.get(at)).copied().map_or(0, u16::from)
    };
    let mut carry = 0;
    for place in 0..a.len().max(b.len()).max(sum.len()) + 1 {
        let total = digit(a, place) + digit(b, place) + carry;
        if total & 0xff != digit(sum, place) {
            return false;
        }
        carry = total >> 8;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{P256_ORDER, SecondSignature, compare, is_sum};

    fn signature(r: &[u8], s: &[u8]) -> Vec<u8> {
        let integer = |value: &[u8]| {
            let value = if value[0] > 0x7f { [&[0], value].concat() } else { value.to_vec() };
            [vec![2, u8::try_from(value.len()).unwrap()], value].concat()
        };
        let body = [integer(r), integer(s)].concat();
        [vec![0x30, u8::try_from(body.len()).unwrap()], body].concat()
    }

    /// n − s of P-256.
    fn mirrored(s: &[u8; 32]) -> Vec<u8> {
        let (mut out, mut borrow) = (vec![0; 32], 0_i16);
        for at in (0..32).rev() {
            let left = i16::from(P256_ORDER[at]) - i16::from(s[at]) - borrow;
            borrow = i16::from(left < 0);
            out[at] = u8::try_from(left.rem_euclid(256)).unwrap();
        }
        out
    }

    /// Of RSA and Ed25519, too: whoever wraps one signature in another file makes no second one.
    #[test]
    fn one_signature_in_two_files_is_no_second_use_of_the_key() {
        for signature in [&[7; 64][..], &[9; 256]] {
            assert_eq!(compare(signature, signature), SecondSignature::Copied);
            let mut other = signature.to_vec();
            other[3] ^= 1;
            assert_eq!(compare(signature, &other), SecondSignature::Made);
        }
    }

    #[test]
    fn the_mirrored_s_is_known_and_another_r_is_not() {
        let (r, s) = ([9; 32], [0x11; 32]);
        let first = signature(&r, &s);
        assert_eq!(compare(&first, &signature(&r, &mirrored(&s))), SecondSignature::Copied);
        assert_eq!(compare(&first, &first), SecondSignature::Copied);
        assert_eq!(compare(&first, &signature(&[8; 32], &mirrored(&s))), SecondSignature::Made);
        assert_eq!(compare(&first, &signature(&r, &[0x12; 32])), SecondSignature::Made);
        assert_eq!(compare(&[1, 2, 3], &[4, 5, 6]), SecondSignature::Made);
    }

    #[test]
    fn a_sum_has_its_carry() {
        assert!(is_sum(&[0xff], &[1], &[1, 0]));
        assert!(is_sum(&[], &[], &[]));
        assert!(!is_sum(&[0xff], &[1], &[0]));
        assert!(!is_sum(&[1], &[1], &[3]));
    }
}
