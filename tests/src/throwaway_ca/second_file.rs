//! A second file of the same content, made without the key: of an ECDSA signature (r, s) anybody can write (r, n − s).

use super::der_writer::{sequence, tlv};

/// The group orders n of P-256, P-384 and P-521 (NIST SP 800-186 §3.2.1), hexadecimal.
const ORDERS: [&str; 3] = [
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47\
     aebb6fb71e91386409",
];

/// The same CRL or certificate, DER, with its ECDSA signature mirrored: another file, as valid as the first.
///
/// # Panics
/// When it is not signed with ECDSA on P-256, P-384 or P-521.
#[must_use]
pub fn mirrored(item: &[u8]) -> Vec<u8> {
    let (_, outer) = element(item);
    let (tbs, rest) = outer.split_at(element(outer).0);
    let (algorithm, rest) = rest.split_at(element(rest).0);
    let signature = &element(rest).1[1..];
    let integers = element(signature).1;
    let (r, s) = integers.split_at(element(integers).0);
    let length = element(r).1.len().max(element(s).1.len());
    let order = ORDERS.iter().map(|order| bytes(order)).find(|order| length <= order.len() + 1).unwrap();
    let mirrored = integer(&difference(&order, element(s).1));
    let signature = sequence(&[r.to_vec(), mirrored]);
    sequence(&[tbs.to_vec(), algorithm.to_vec(), tlv(3, &[&[0], &*signature].concat())])
}

/// The same content and signature, with another parameter in the outer AlgorithmIdentifier, which nobody signs.
#[must_use]
pub fn wrapped_again(item: &[u8], parameter: &[u8]) -> Vec<u8> {
    let (_, outer) = element(item);
    let (tbs, rest) = outer.split_at(element(outer).0);
    let (algorithm, signature) = rest.split_at(element(rest).0);
    let oid = element(algorithm).1;
    let oid = &oid[..element(oid).0];
    sequence(&[tbs.to_vec(), sequence(&[oid.to_vec(), tlv(4, parameter)]), signature.to_vec()])
}

/// The length of the first element, and its contents.
fn element(der: &[u8]) -> (usize, &[u8]) {
    let (header, length) = match usize::from(der[1]) {
        short @ 0..=0x7f => (2, short),
        long => {
            let octets = &der[2..2 + (long & 0x7f)];
            (2 + octets.len(), octets.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet)))
        }
    };
    (header + length, &der[header..header + length])
}

fn bytes(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

/// a − b, of big-endian integers with a > b.
fn difference(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut out = a.to_vec();
    let mut borrow = 0;
    for place in 0..out.len() {
        let at = out.len() - 1 - place;
        let taken = b.len().checked_sub(place + 1).map_or(0, |at| i32::from(b[at])) + borrow;
        let left = i32::from(out[at]) - taken;
        borrow = i32::from(left < 0);
        out[at] = u8::try_from(left.rem_euclid(256)).unwrap();
    }
    out
}

fn integer(value: &[u8]) -> Vec<u8> {
    let zeros = value.iter().take_while(|octet| **octet == 0).count();
    let value = &value[zeros..];
    tlv(2, &if value[0] > 0x7f { [&[0], value].concat() } else { value.to_vec() })
}
