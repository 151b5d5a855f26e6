//! The kinds of key that can sign here, and those that a ceremony can make.

use std::fmt;
use std::str::FromStr;

/// What kind of key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA of 2,048 to 8,192 bits.
    Rsa,
    /// ECDSA on P-256 (secp256r1).
    EcdsaP256,
    /// ECDSA on P-384 (secp384r1).
    EcdsaP384,
    /// ECDSA on P-521 (secp521r1).
    EcdsaP521,
    /// Ed25519 (RFC 8032).
    Ed25519,
}

impl KeyKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 5] = [Self::Rsa, Self::EcdsaP256, Self::EcdsaP384, Self::EcdsaP521, Self::Ed25519];

    /// How many bytes a coordinate of a point has; `None` where the key is no point of a NIST curve.
    #[must_use]
    pub(crate) fn coordinate_bytes(self) -> Option<usize> {
        match self {
            Self::EcdsaP256 => Some(32),
            Self::EcdsaP384 => Some(48),
            Self::EcdsaP521 => Some(66),
            Self::Rsa | Self::Ed25519 => None,
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa => "RSA",
            Self::EcdsaP256 => "P-256",
            Self::EcdsaP384 => "P-384",
            Self::EcdsaP521 => "P-521",
            Self::Ed25519 => "Ed25519",
        })
    }
}

/// A key that a first ceremony can make, as `[root] key` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewKey {
    /// RSA of 3,072 bits, exponent 65537.
    Rsa3072,
    /// RSA of 4,096 bits, exponent 65537.
    Rsa4096,
    /// ECDSA on P-256.
    EcdsaP256,
    /// ECDSA on P-384.
    EcdsaP384,
    /// ECDSA on P-521.
    EcdsaP521,
    /// Ed25519.
    Ed25519,
}

impl NewKey {
    /// Every one, in the order in which they are named to people.
    pub const ALL: [Self; 6] =
        [Self::Rsa3072, Self::Rsa4096, Self::EcdsaP256, Self::EcdsaP384, Self::EcdsaP521, Self::Ed25519];

    /// Its name in a request.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa3072 => "rsa-3072",
            Self::Rsa4096 => "rsa-4096",
            Self::EcdsaP256 => "ecdsa-p256",
            Self::EcdsaP384 => "ecdsa-p384",
            Self::EcdsaP521 => "ecdsa-p521",
            Self::Ed25519 => "ed25519",
        }
    }

    /// What kind of key that is.
    #[must_use]
    pub fn kind(self) -> KeyKind {
        match self {
            Self::Rsa3072 | Self::Rsa4096 => KeyKind::Rsa,
            Self::EcdsaP256 => KeyKind::EcdsaP256,
            Self::EcdsaP384 => KeyKind::EcdsaP384,
            Self::EcdsaP521 => KeyKind::EcdsaP521,
            Self::Ed25519 => KeyKind::Ed25519,
        }
    }

    /// Whether a key of this kind and modulus is such a key.
    #[must_use]
    pub(crate) fn is_of(self, kind: KeyKind, modulus_bits: Option<usize>) -> bool {
        self.kind() == kind && self.modulus_bits().map(usize::from) == modulus_bits
    }

    /// How such a key is described elsewhere: `RSA 4096`, `P-384`.
    #[must_use]
    pub fn description(self) -> String {
        self.modulus_bits().map_or_else(|| self.kind().to_string(), |bits| format!("RSA {bits}"))
    }

    /// Bits of its modulus, where it has one.
    #[must_use]
    pub fn modulus_bits(self) -> Option<u16> {
        match self {
            Self::Rsa3072 => Some(3072),
            Self::Rsa4096 => Some(4096),
            Self::EcdsaP256 | Self::EcdsaP384 | Self::EcdsaP521 | Self::Ed25519 => None,
        }
    }
}

impl fmt::Display for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no key a ceremony can make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoSuchKey(String);

impl fmt::Display for NoSuchKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = NewKey::ALL.map(NewKey::name).join(", ");
        write!(f, "a key of kind {:?} cannot be made; the kinds are {names}", self.0)
    }
}

impl std::error::Error for NoSuchKey {}

impl FromStr for NewKey {
    type Err = NoSuchKey;

    fn from_str(text: &str) -> Result<Self, NoSuchKey> {
        Self::ALL.into_iter().find(|key| key.name() == text).ok_or_else(|| NoSuchKey(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::NewKey;

    #[test]
    fn a_key_is_named_exactly_or_the_names_are_told() {
        for key in NewKey::ALL {
            assert_eq!(key.name().parse(), Ok(key));
        }
        let error = "rsa-2048".parse::<NewKey>().unwrap_err().to_string();
        assert!(error.contains("\"rsa-2048\"") && error.contains("ecdsa-p384, ecdsa-p521, ed25519"), "{error}");
    }
}
