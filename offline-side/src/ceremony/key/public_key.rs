//! Public keys as SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), rebuilt from what a token tells of them, and the
//! verification of every signature under them. Whether a key is strong enough is CERT-KEY's to say.

use std::fmt;

use aws_lc_rs::signature::UnparsedPublicKey;
use rootcast_protocol::digest::Digest;

use super::SignatureScheme;
use super::kind::KeyKind;
use crate::ceremony::der_reader::take;

/// SEQUENCE { rsaEncryption, NULL } (RFC 3279 §2.3.1).
const RSA_ALGORITHM: &[u8] = &[0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];

/// The algorithm field of a key that is no RSA key: SEQUENCE { id-ecPublicKey, curve } or { id-Ed25519 }.
fn algorithm(kind: KeyKind) -> &'static [u8] {
    match kind {
        KeyKind::Rsa => RSA_ALGORITHM,
        KeyKind::EcdsaP256 => {
            &[0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]
        }
        KeyKind::EcdsaP384 => &[0x30, 0x10, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 5, 0x2b, 0x81, 4, 0, 0x22],
        KeyKind::EcdsaP521 => &[0x30, 0x10, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 5, 0x2b, 0x81, 4, 0, 0x23],
        KeyKind::Ed25519 => &[0x30, 5, 6, 3, 0x2b, 0x65, 0x70],
    }
}

/// A public key of a kind that can sign here.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    kind: KeyKind,
    spki: Vec<u8>,
    bits: Vec<u8>,
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, {})", self.describe(), self.sha256())
    }
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo, DER. `None` for anything but the exact encoding of a supported key.
    #[must_use]
    pub fn from_spki(spki: &[u8]) -> Option<Self> {
        let mut outer = spki;
        let fields = take(&mut outer, 0x30)?;
        if !outer.is_empty() {
            return None;
        }
        let kind = KeyKind::ALL.into_iter().find(|kind| fields.starts_with(algorithm(*kind)))?;
        let mut rest = fields.strip_prefix(algorithm(kind))?;
        let bits = take(&mut rest, 0x03)?.strip_prefix(&[0])?;
        let key = match kind {
            KeyKind::Rsa => {
                let mut bits = bits;
                let mut numbers = take(&mut bits, 0x30)?;
                let modulus = take(&mut numbers, 0x02)?;
                let exponent = take(&mut numbers, 0x02)?;
                Self::from_rsa(modulus, exponent)?
            }
            _ => Self::from_point(kind, bits)?,
        };
        // Built again it has to be the same: so nothing trails, and no length is written in another way.
        (key.spki == spki).then_some(key)
    }

    /// An RSA key of its modulus and public exponent, big-endian, with or without leading zeros.
    #[must_use]
    pub fn from_rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        if modulus.len() > 1100 || exponent.len() > 64 {
            return None;
        }
        let numbers = [integer(modulus), integer(exponent)].concat();
        Self::from_bits(KeyKind::Rsa, element(0x30, &numbers))
    }

    /// A key that is a point: uncompressed (0x04, x, y) on a NIST curve, 32 bytes for Ed25519.
    #[must_use]
    pub fn from_point(kind: KeyKind, point: &[u8]) -> Option<Self> {
        let fits = match kind.coordinate_bytes() {
            Some(bytes) => point.len() == 2 * bytes + 1 && point.first() == Some(&4),
            None => kind == KeyKind::Ed25519 && point.len() == 32,
        };
        if fits { Self::from_bits(kind, point.to_vec()) } else { None }
    }

    fn from_bits(kind: KeyKind, bits: Vec<u8>) -> Option<Self> {
        // For a point: that it lies on its curve.
        UnparsedPublicKey::new(SignatureScheme::usual_for(kind).verification(), &bits).parse().ok()?;
        let mut string = vec![0];
        string.extend_from_slice(&bits);
        let fields = [algorithm(kind).to_vec(), element(0x03, &string)].concat();
        Some(Self { kind, spki: element(0x30, &fields), bits })
    }

    /// What kind of key it is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The whole SubjectPublicKeyInfo, DER.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// SHA-256 over [`PublicKey::spki`]: what `public_key_sha256` pins.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        Digest::of(&self.spki)
    }

    /// The contents of its BIT STRING: a point, or the two numbers of an RSA key in DER.
    #[must_use]
    pub(crate) fn bits(&self) -> &[u8] {
        &self.bits
    }

    /// Modulus and public exponent of an RSA key, big-endian without leading zeros.
    #[must_use]
    pub(crate) fn rsa_numbers(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        if self.kind != KeyKind::Rsa {
            return None;
        }
        let mut bits = self.bits.as_slice();
        let mut numbers = take(&mut bits, 0x30)?;
        let mut next = || take(&mut numbers, 0x02).map(|number| number.iter().copied().skip_while(|byte| *byte == 0));
        Some((next()?.collect(), next()?.collect()))
    }

    /// For people: `RSA 4096`, `P-384`, `Ed25519`.
    #[must_use]
    pub fn describe(&self) -> String {
        let bits = match self.kind {
            KeyKind::Rsa => self.modulus_bits(),
            _ => None,
        };
        bits.map_or_else(|| self.kind.to_string(), |bits| format!("RSA {bits}"))
    }

    /// Bytes of a signature by this key as a token gives it: two coordinates, the modulus, or 64.
    #[must_use]
    pub fn raw_signature_bytes(&self) -> usize {
        match (self.kind.coordinate_bytes(), self.modulus_bits()) {
            (Some(bytes), _) => 2 * bytes,
            (None, Some(bits)) => bits.div_ceil(8),
            (None, None) => 64,
        }
    }

    /// Bits of its modulus, where it has one.
    pub(crate) fn modulus_bits(&self) -> Option<usize> {
        if self.kind != KeyKind::Rsa {
            return None;
        }
        let mut bits = self.bits.as_slice();
        let mut numbers = take(&mut bits, 0x30)?;
        let modulus = take(&mut numbers, 0x02)?;
        let zeros: usize = modulus.iter().take_while(|byte| **byte == 0).count();
        let first = modulus.get(zeros)?;
        Some((modulus.len() - zeros) * 8 - usize::try_from(first.leading_zeros()).ok()?)
    }

    /// Whether `signature` (as an X.509 signatureValue holds it) over `message` verifies under this key.
    #[must_use]
    pub fn verifies(&self, scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> bool {
        scheme.key_kind() == self.kind
            && UnparsedPublicKey::new(scheme.verification(), &self.bits).verify(message, signature).is_ok()
    }
}

/// One DER element; its contents are shorter than 64 KiB.
pub(crate) fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match (u8::try_from(contents.len()), u16::try_from(contents.len()).unwrap_or(u16::MAX).to_be_bytes()) {
        (Ok(length @ 0..=127), _) => out.push(length),
        (Ok(length), _) => out.extend_from_slice(&[0x81, length]),
        (Err(_), [high, low]) => out.extend_from_slice(&[0x82, high, low]),
    }
    out.extend_from_slice(contents);
    out
}

/// A non-negative INTEGER of a big-endian magnitude.
pub(crate) fn integer(magnitude: &[u8]) -> Vec<u8> {
    let zeros = magnitude.iter().take_while(|byte| **byte == 0).count();
    let digits = magnitude.get(zeros..).unwrap_or_default();
    let mut contents = Vec::with_capacity(digits.len() + 1);
    if digits.first().is_none_or(|first| first & 0x80 != 0) {
        contents.push(0);
    }
    contents.extend_from_slice(digits);
    element(0x02, &contents)
}

#[cfg(test)]
mod tests {
    use super::{KeyKind, PublicKey, element};
    use crate::ceremony::key::SigningKey as _;
    use crate::ceremony::key::kind::NewKey;
    use crate::ceremony::key::rehearsal_key::RehearsalKey;

    #[test]
    fn a_key_is_read_back_from_its_spki_and_from_nothing_else() {
        for new in NewKey::ALL {
            let key = RehearsalKey::generate(new).unwrap();
            let read = PublicKey::from_spki(key.spki()).unwrap();
            assert_eq!((read.kind(), read.spki()), (new.kind(), key.spki()));
            for end in 0..key.spki().len() {
                assert_eq!(PublicKey::from_spki(&key.spki()[..end]), None);
            }
            let trailed = [key.spki(), &[0]].concat();
            assert_eq!(PublicKey::from_spki(&trailed), None);
        }
    }

    #[test]
    fn a_point_that_is_not_on_its_curve_is_no_key() {
        let mut point = vec![4];
        point.extend_from_slice(&[1; 64]);
        assert_eq!(PublicKey::from_point(KeyKind::EcdsaP256, &point), None);
        assert_eq!(PublicKey::from_point(KeyKind::EcdsaP384, &point), None);
        assert_eq!(PublicKey::from_point(KeyKind::Ed25519, &[0; 31]), None);
    }

    #[test]
    fn lengths_are_written_in_their_shortest_form() {
        assert_eq!(element(4, &[7; 127])[..2], [4, 127]);
        assert_eq!(element(4, &[7; 128])[..3], [4, 0x81, 128]);
        assert_eq!(element(4, &[7; 300])[..4], [4, 0x82, 1, 44]);
    }
}
