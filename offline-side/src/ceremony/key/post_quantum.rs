//! Keys of ML-DSA (FIPS 204) in PKCS#8 (RFC 9881): this program cannot sign with them, and says so by name.
//!
//! An expanded key of ML-DSA-87 has 4,896 bytes, and the recipe on paper takes 4,000 at most. The seed has 32.

use super::wrap_way::WRAPPED_BYTES_MAX;
use crate::ceremony::der_reader::take;

/// OBJECT IDENTIFIER 2.16.840.1.101.3.4.3, without its last arc (RFC 9881 §2).
const ARC: [u8; 8] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03];

/// The last arc of each, and its name.
const NAMES: [(u8, &str); 3] = [(17, "ML-DSA-44"), (18, "ML-DSA-65"), (19, "ML-DSA-87")];

/// Why this PKCS#8 file cannot be used, if it holds a key of ML-DSA.
#[must_use]
pub(super) fn refusal(pkcs8: &[u8]) -> Option<String> {
    let mut outer = pkcs8;
    let mut fields = take(&mut outer, 0x30)?;
    take(&mut fields, 0x02)?;
    let mut algorithm = take(&mut fields, 0x30)?;
    let arc = take(&mut algorithm, 0x06)?.strip_prefix(&ARC)?;
    let (_, name) = NAMES.iter().find(|(number, _)| arc == [*number])?;
    let too_long = if pkcs8.len() > WRAPPED_BYTES_MAX {
        format!(
            ". Its {} bytes are also too long for the recipe on paper, which takes {WRAPPED_BYTES_MAX}: keep its seed form",
            pkcs8.len()
        )
    } else {
        String::new()
    };
    Some(format!("it is a key of {name}, and this program signs with RSA, ECDSA and Ed25519 only{too_long}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ceremony::key::public_key::element;

    fn key(number: u8, inner: &[u8]) -> Vec<u8> {
        let algorithm = element(0x30, &element(0x06, &[&ARC[..], &[number]].concat()));
        element(0x30, &[element(0x02, &[0]), algorithm, element(0x04, inner)].concat())
    }

    #[test]
    fn a_key_of_ml_dsa_is_named_and_an_expanded_one_is_too_long_for_the_recipe() {
        let expanded = element(0x04, &[7; 4_896]);
        let seed = element(0x80, &[7; 32]);
        let says = refusal(&key(19, &expanded)).unwrap();
        assert!(says.contains("ML-DSA-87") && says.contains("takes 4000: keep its seed form"), "{says}");
        let says = refusal(&key(17, &seed)).unwrap();
        assert!(says.contains("ML-DSA-44") && !says.contains("too long"), "{says}");
        for cut in 0..20 {
            assert_eq!(refusal(&key(19, &expanded)[..cut]), None);
        }
        assert_eq!(refusal(&key(20, &seed)), None, "SLH-DSA");
    }
}
