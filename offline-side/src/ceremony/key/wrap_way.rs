//! How a token takes a key out under an AES key. Both ways are undone by `openssl enc`.
//!
//! | way | what |
//! |---|---|
//! | [`WrapWay::KeyWrapPad`] | RFC 5649, as CKM_AES_KEY_WRAP_PAD: it notices a wrong key by itself |
//! | [`WrapWay::CbcPad`] | AES in CBC mode with the padding of PKCS #7 and an IV of zeros |
//!
//! The second is for tokens that have RFC 5649 only under a number that the crate `cryptoki` cannot name
//! (CKM_AES_KEY_WRAP_KWP). An AES key wraps one key and no other, so the IV may be fixed. A changed text is noticed by the
//! wrap around it, which is made on the host, and another key by its public key.

use cryptoki::mechanism::{Mechanism, MechanismType};

/// What a token may give for a wrapped key, in bytes: RSA-4096 has about 2,400, and `openssl enc` reads 4,096 at a time and
/// can unwrap no more.
pub(crate) const WRAPPED_BYTES_MAX: usize = 4_000;

/// The name for what this program wrapped itself: a key that came from a file.
pub(crate) const WRAPPED_ON_HOST: &str = "AES key wrap with padding (RFC 5649), on the host";

/// The way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WrapWay {
    /// CKM_AES_KEY_WRAP_PAD.
    KeyWrapPad,
    /// CKM_AES_CBC_PAD.
    CbcPad,
}

impl WrapWay {
    /// Every way, the one to take first.
    pub(super) const ALL: [Self; 2] = [Self::KeyWrapPad, Self::CbcPad];

    /// The name of its mechanism.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::KeyWrapPad => "CKM_AES_KEY_WRAP_PAD",
            Self::CbcPad => "CKM_AES_CBC_PAD",
        }
    }

    /// The way by this name; nothing for another name. What a host wrapped is as [`WrapWay::KeyWrapPad`] does it.
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        if name == WRAPPED_ON_HOST {
            return Some(Self::KeyWrapPad);
        }
        Self::ALL.into_iter().find(|way| way.name() == name)
    }

    /// Its mechanism.
    pub(super) fn mechanism(self) -> Mechanism<'static> {
        match self {
            Self::KeyWrapPad => Mechanism::AesKeyWrapPad,
            Self::CbcPad => Mechanism::AesCbcPad([0; 16]),
        }
    }

    /// Its mechanism, as a token lists it.
    pub(super) fn offered(self) -> MechanismType {
        match self {
            Self::KeyWrapPad => MechanismType::AES_KEY_WRAP_PAD,
            Self::CbcPad => MechanismType::AES_CBC_PAD,
        }
    }

    /// Whether a wrapped key can have so many bytes.
    pub(super) fn can_have(self, bytes: usize) -> bool {
        match self {
            // Eight bytes more than the key, in blocks of eight.
            Self::KeyWrapPad => bytes >= 24 && bytes.is_multiple_of(8),
            Self::CbcPad => bytes >= 32 && bytes.is_multiple_of(16),
        }
    }
}
