//! Why a key does not sign, and what to do then. No text here ever holds a PIN.

use std::fmt;
use std::path::PathBuf;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_protocol::digest::Digest;

use super::SignatureScheme;
use super::pin::{PinError, PinState};

/// Why a key does not sign, is not found, or is not made.
#[derive(Debug)]
pub enum KeyError {
    /// The PKCS#11 module cannot be loaded or started.
    Module {
        /// Which.
        path: PathBuf,
        /// What the loader or the module said.
        why: String,
    },
    /// KEY-PINNED: no token has this label *and* this serial number.
    TokenMissing {
        /// The label wanted.
        label: String,
        /// The serial number wanted.
        serial: String,
        /// The tokens that are there.
        seen: Vec<String>,
    },
    /// KEY-PINNED: several tokens have this label and this serial number.
    TokenTwice {
        /// The label.
        label: String,
        /// The serial number.
        serial: String,
        /// How many.
        count: usize,
    },
    /// The token is there and does not say yes to a PIN: not initialised, or it has no user PIN yet.
    TokenNotReady {
        /// Its label.
        label: String,
        /// What is missing.
        why: &'static str,
    },
    /// KEY-PIN: the PIN is locked; nobody was asked.
    PinLocked {
        /// The token's label.
        label: String,
    },
    /// KEY-PIN: the PIN was wrong, or of a length this token does not take.
    PinRefused {
        /// The token's label.
        label: String,
        /// What the token said.
        why: String,
        /// Tries left, before.
        before: PinState,
        /// Tries left, after, where the token still answered.
        after: Option<PinState>,
    },
    /// KEY-PIN: no PIN was typed.
    Pin(PinError),
    /// KEY-PINNED: the token has no private key with this label and public key.
    KeyMissing {
        /// The key's label.
        label: String,
        /// The public key that is pinned.
        pinned: Digest,
        /// What the keys of this label have instead, `None` where the token does not tell.
        found: Vec<Option<Digest>>,
    },
    /// KEY-PINNED: several private keys have this label and this very public key.
    KeyTwice {
        /// The key's label.
        label: String,
        /// How many.
        count: usize,
    },
    /// KEY-PINNED: the site file pins no public key yet.
    NotPinned {
        /// The key's label.
        label: String,
    },
    /// A key to be made exists.
    KeyExists {
        /// Its label, or its file.
        label: String,
    },
    /// The key may not sign, or not in a way this program can.
    KeyUnusable {
        /// Its label.
        label: String,
        /// Why.
        why: String,
    },
    /// The scheme belongs to another kind of key.
    SchemeUnfit {
        /// The scheme.
        scheme: SignatureScheme,
        /// The key: `P-384`.
        key: String,
    },
    /// The token offers no mechanism for this.
    MechanismMissing {
        /// What was to be done.
        doing: String,
        /// The mechanisms that would do.
        wanted: &'static str,
    },
    /// A call to the token failed: removed, out of memory, or refused.
    Token {
        /// What was being done.
        doing: &'static str,
        /// What the token said.
        why: String,
    },
    /// The signature does not verify in software under the pinned public key. It is not handed out.
    WrongSignature {
        /// The scheme.
        scheme: SignatureScheme,
        /// The bytes, as the token gave them.
        came_back: Vec<u8>,
        /// The key: `P-384`.
        key: String,
    },
    /// The file of a rehearsal key cannot be read or written.
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The cryptographic library failed.
    Library {
        /// At what.
        doing: &'static str,
    },
}

impl From<PinError> for KeyError {
    fn from(error: PinError) -> Self {
        Self::Pin(error)
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Module { path, why } => write!(f, "{}: {why}", path.display()),
            Self::TokenMissing { label, serial, seen } => {
                write!(f, "KEY-PINNED: no token has the label {label:?} and the serial number {serial:?}; there ")?;
                match seen.len() {
                    0 => f.write_str("is none at all"),
                    count => {
                        let noun = if count == 1 { "is 1" } else { &format!("are {count}") };
                        write!(f, "{noun}: {}", seen.join("; "))
                    }
                }
            }
            Self::TokenTwice { label, serial, count } => {
                write!(f, "KEY-PINNED: {count} tokens have the label {label:?} and the serial number {serial:?}")
            }
            Self::TokenNotReady { label, why } => write!(f, "token {label:?} {why}"),
            Self::PinLocked { label } => {
                write!(f, "KEY-PIN: the PIN of token {label:?} is locked (CKF_USER_PIN_LOCKED)")
            }
            Self::PinRefused { label, why, before, after } => {
                write!(f, "KEY-PIN: token {label:?} refused the PIN: {why}\nBefore: {before}.\nNow: ")?;
                match after {
                    Some(after) => write!(f, "{after}."),
                    None => f.write_str("the token does not say."),
                }
            }
            Self::Pin(error) => error.fmt(f),
            Self::KeyMissing { label, pinned, found } => {
                write!(f, "KEY-PINNED: no private key has the label {label:?} and the public key {pinned}; ")?;
                if found.is_empty() {
                    return f.write_str("no private key of the token has that label");
                }
                let found: Vec<String> = found
                    .iter()
                    .map(|digest| digest.map_or_else(|| "one the token does not tell".to_owned(), |d| d.to_string()))
                    .collect();
                write!(f, "of that label there is {}", found.join(", "))
            }
            Self::KeyTwice { label, count } => {
                write!(f, "KEY-PINNED: {count} private keys have the label {label:?} and the pinned public key")
            }
            Self::NotPinned { label } => {
                write!(f, "KEY-PINNED: the site file has no public_key_sha256 for the key {label:?}")
            }
            Self::KeyExists { label } => {
                write!(f, "the key {label:?} exists already; a key is never made over another")
            }
            Self::KeyUnusable { label, why } => write!(f, "the key {label:?} cannot be used: {why}"),
            Self::SchemeUnfit { scheme, key } => {
                write!(f, "{scheme} belongs to a key of kind {}, and this key is {key}", scheme.key_kind())
            }
            Self::MechanismMissing { doing, wanted } => {
                write!(f, "the token offers no mechanism to {doing}; {wanted} would do")
            }
            Self::Token { doing, why } => write!(f, "the token failed to {doing}: {why}"),
            Self::WrongSignature { scheme, came_back, key } => write!(
                f,
                "the {} bytes that came back (SHA-256 {}) are no {scheme} signature over these bytes under the pinned public \
                 key ({key})",
                came_back.len(),
                Digest::of(came_back)
            ),
            Self::File { path, why } => write!(f, "{}: {why}", path.display()),
            Self::Library { doing } => write!(f, "the cryptographic library failed to {doing}"),
        }
    }
}

impl std::error::Error for KeyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Pin(error) => Some(error),
            _ => None,
        }
    }
}

impl KeyError {
    /// The rule that is not kept, where it is one.
    #[must_use]
    pub fn rule(&self) -> Option<&'static str> {
        match self {
            Self::TokenMissing { .. }
            | Self::TokenTwice { .. }
            | Self::KeyMissing { .. }
            | Self::KeyTwice { .. }
            | Self::NotPinned { .. } => Some("KEY-PINNED"),
            Self::PinLocked { .. } | Self::PinRefused { .. } | Self::Pin(PinError::NoTerminal) => Some("KEY-PIN"),
            _ => None,
        }
    }

    /// The error told in full. `what` says what happened and whether anything was signed.
    #[must_use]
    pub fn diagnosis(&self, what: impl Into<String>) -> Diagnosis {
        let (label, next) = match self {
            Self::Module { path, .. } if !path.exists() => {
                (Label::FileUnreadable, "Name the file of the token's PKCS#11 module.")
            }
            Self::Module { .. } => {
                (Label::TokenFailed, "Check that the file is the PKCS#11 module of this token and may be read.")
            }
            Self::TokenMissing { .. } => (
                Label::KeyNotPinned,
                "Plug in the token that the site file names. rootcast-offline token list shows those there are.",
            ),
            Self::TokenTwice { .. } => (
                Label::KeyNotPinned,
                "Leave one of them plugged in. Two tokens of one serial number are a clone: find out why.",
            ),
            Self::KeyMissing { .. } | Self::KeyTwice { .. } => (
                Label::KeyNotPinned,
                "Compare with rootcast-offline token list --login and the record of the key ceremony. Do not change \
                 the pin to fit what is found.",
            ),
            Self::NotPinned { .. } => {
                (Label::KeyNotPinned, "Write the public_key_sha256 that the key ceremony recorded into the site file.")
            }
            Self::TokenNotReady { .. } => (Label::TokenFailed, "Prepare the token with its vendor's program first."),
            Self::PinLocked { .. } => (
                Label::PinRefused,
                "Unlock it with the security officer's PIN, in the vendor's program, on the record.",
            ),
            Self::PinRefused { .. } => (
                Label::PinRefused,
                "Ask the key holder. Each wrong PIN brings the token closer to being locked; nothing was tried twice.",
            ),
            Self::Pin(PinError::Interrupted) => (Label::Interrupted, "Run the same command again."),
            Self::Pin(_) => (Label::PinRefused, "Run the same command again at a terminal and type the PIN there."),
            Self::KeyExists { .. } => {
                (Label::KeyExists, "Use another label or file name, or remove the old key yourself.")
            }
            Self::KeyUnusable { .. } | Self::SchemeUnfit { .. } | Self::MechanismMissing { .. } => (
                Label::KeyUnusable,
                "rootcast-offline token list --login shows what the key may do; the site file may name another scheme.",
            ),
            Self::Token { .. } => (
                Label::TokenFailed,
                "Check that the token is plugged in and works. Whether it made a signature is not known.",
            ),
            Self::WrongSignature { .. } => (
                Label::SignatureWrong,
                "Stop the ceremony: the token or its module is faulty or was replaced. Keep it as evidence.",
            ),
            Self::File { .. } => {
                (Label::FileUnreadable, "Check the path and its permissions, then run the command again.")
            }
            Self::Library { .. } => (Label::TokenFailed, "Check the machine (memory, randomness), then try again."),
        };
        Diagnosis::new(label, what, self.to_string(), next)
    }
}
