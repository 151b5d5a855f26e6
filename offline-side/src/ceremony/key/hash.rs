//! The hashes of signature schemes that hash before they sign.

use aws_lc_rs::digest::{self, SHA256, SHA384, SHA512};

/// A hash of a scheme that hashes before it signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-384, 48 bytes.
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
}

impl Hash {
    /// The digest of `message`.
    #[must_use]
    pub(crate) fn digest(self, message: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha256 => &SHA256,
            Self::Sha384 => &SHA384,
            Self::Sha512 => &SHA512,
        };
        digest::digest(algorithm, message).as_ref().to_vec()
    }

    /// The DigestInfo of `message`, which RSASSA-PKCS1-v1_5 pads and signs (RFC 8017 §9.2, note 1).
    #[must_use]
    pub(crate) fn digest_info(self, message: &[u8]) -> Vec<u8> {
        // SEQUENCE { SEQUENCE { OID 2.16.840.1.101.3.4.2.x, NULL }, OCTET STRING }
        let (arc, length) = match self {
            Self::Sha256 => (1, 32),
            Self::Sha384 => (2, 48),
            Self::Sha512 => (3, 64),
        };
        let mut out = vec![0x30, 0x11 + length, 0x30, 0x0d, 0x06, 0x09];
        out.extend_from_slice(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, arc, 0x05, 0x00, 0x04, length]);
        out.extend_from_slice(&self.digest(message));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::Hash;

    #[test]
    fn a_digest_info_is_the_one_of_rfc_8017() {
        let info = Hash::Sha256.digest_info(b"");
        assert_eq!(info[..19], [0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20]);
        assert_eq!(info.len(), 51);
        assert_eq!((Hash::Sha384.digest_info(b"").len(), Hash::Sha512.digest_info(b"").len()), (67, 83));
    }
}
