//! ECDSA signatures: a token gives r and s side by side (PKCS#11 §6.3.1), X.509 wants a SEQUENCE (RFC 3279 §2.2.3).

use super::public_key::{element, integer};

/// `Ecdsa-Sig-Value` of a raw signature, whose halves are r and s. `None` when it has no two equal halves.
#[must_use]
pub(crate) fn to_der(raw: &[u8]) -> Option<Vec<u8>> {
    if raw.is_empty() || !raw.len().is_multiple_of(2) {
        return None;
    }
    let (r, s) = raw.split_at(raw.len() / 2);
    Some(element(0x30, &[integer(r), integer(s)].concat()))
}

#[cfg(test)]
mod tests {
    use super::to_der;

    #[test]
    fn r_and_s_become_shortest_positive_integers() {
        assert_eq!(to_der(&[0, 1, 0x80, 0]), Some(vec![0x30, 8, 2, 1, 1, 2, 3, 0, 0x80, 0]));
        assert_eq!(to_der(&[0, 0]), Some(vec![0x30, 6, 2, 1, 0, 2, 1, 0]));
        assert_eq!(to_der(&[1, 2, 3]), None);
        assert_eq!(to_der(&[]), None);
    }

    #[test]
    fn a_p521_signature_needs_a_long_length() {
        let der = to_der(&[0x7f; 132]).unwrap();
        assert_eq!(der[..3], [0x30, 0x81, 136]);
    }
}
