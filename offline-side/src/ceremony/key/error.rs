//! Errors of keys: why a key cannot sign, and what to do. No text here ever contains a PIN.

use std::fmt;
use std::path::PathBuf;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_protocol::digest::Digest;

use super::SignatureScheme;
use super::kind::KeyKind;
use super::pin::{PinError, PinState};
use super::token_name::TokenName;

/// Why a key does not sign, is not found, or is not made.
#[derive(Debug)]
pub enum KeyError {
    /// The PKCS#11 module cannot be loaded or started.
    Module {
        /// Which one.
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
    /// KEY-PINNED: several tokens have this label and this serial number, and not exactly one of them shows the pinned
    /// public key.
    TokenTwice {
        /// The label.
        label: String,
        /// The serial number.
        serial: String,
        /// How many.
        count: usize,
        /// How many of them show the pinned public key; `None` where none is pinned yet.
        holders: Option<usize>,
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
    /// A key is to be made, but the site file pins one.
    SitePins {
        /// The label of the pinned key.
        label: String,
    },
    /// The key may not sign, or not in a way this program can.
    KeyUnusable {
        /// Its label.
        label: String,
        /// Why.
        why: String,
        /// The scheme that it cannot sign with; `None` where the scheme is not to blame.
        scheme: Option<SignatureScheme>,
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
        wanted: String,
        /// The scheme to sign with; `None` where a key was to be made.
        scheme: Option<SignatureScheme>,
    },
    /// The token does not give a key of this kind out under another key: it cannot be put into escrow there.
    CannotWrap {
        /// The kind: `P-384`.
        key: String,
        /// Why.
        why: String,
    },
    /// The token did not take the wrapped key in: it was wrapped with another key, or the token failed.
    NotUnwrapped {
        /// What the token said.
        why: String,
    },
    /// The key that was taken in has another public key than the one expected. It was destroyed.
    RestoredAnother,
    /// Objects that were not to stay are in the token still.
    NotDestroyed {
        /// How many.
        count: usize,
    },
    /// Something about the token forbids escrow with it.
    UnfitForEscrow {
        /// What.
        why: &'static str,
    },
    /// The token of a drill holds the key of a root.
    HoldsRoot {
        /// Its public key.
        public_key: Digest,
    },
    /// The key asks for the PIN before each use (CKA_ALWAYS_AUTHENTICATE), and this cannot be done here.
    AlwaysAuthenticate {
        /// Its label.
        label: String,
        /// Why.
        why: String,
    },
    /// A call to the token failed: removed, out of memory, or refused. No key was used.
    Token {
        /// The operation.
        doing: &'static str,
        /// What the token said.
        why: String,
    },
    /// The call that signs failed. Nobody knows whether the token made a signature.
    SignFailed {
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
    /// The file of a rehearsal key cannot be read.
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The file of a new rehearsal key cannot be written.
    FileNotWritten {
        /// Which one.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A file holds a key of a kind that this program does not sign with.
    OtherKind {
        /// Which one.
        path: PathBuf,
        /// Which kind.
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
                write!(f, "KEY-PINNED: no token has {}; there ", names(label, serial))?;
                match seen.len() {
                    0 => f.write_str("is no token"),
                    count => {
                        let noun = if count == 1 { "is 1" } else { &format!("are {count}") };
                        write!(f, "{noun}: {}", seen.join("; "))
                    }
                }
            }
            Self::TokenTwice { label, serial, count, holders } => {
                write!(f, "KEY-PINNED: {count} tokens have {}", names(label, serial))?;
                match holders {
                    None => Ok(()),
                    Some(0) => f.write_str("; none of them shows the pinned public key without a login"),
                    Some(holders) => write!(f, "; {holders} of them hold the pinned public key"),
                }
            }
            Self::TokenNotReady { label, why } => write!(f, "{:#} {why}", TokenName(label)),
            Self::PinLocked { label } => {
                write!(f, "KEY-PIN: the PIN of {:#} is locked (CKF_USER_PIN_LOCKED)", TokenName(label))
            }
            Self::PinRefused { label, why, before, after } => {
                write!(f, "KEY-PIN: {:#} refused the PIN: {why}\nBefore: {before}.\nNow: ", TokenName(label))?;
                match after {
                    Some(after) => write!(f, "{after}."),
                    None => f.write_str("the token does not report it."),
                }
            }
            Self::Pin(error) => error.fmt(f),
            Self::KeyMissing { label, pinned, found } => {
                write!(f, "KEY-PINNED: no private key has the label {label:?} and the public key {pinned}; ")?;
                if found.is_empty() {
                    return f.write_str("the token has no private key with that label");
                }
                let found: Vec<String> = found
                    .iter()
                    .map(|digest| {
                        digest.map_or_else(|| "one that the token does not show".to_owned(), |d| d.to_string())
                    })
                    .collect();
                write!(f, "the keys with that label have the public key {}", found.join(", "))
            }
            Self::KeyTwice { label, count } => {
                write!(f, "KEY-PINNED: {count} private keys have the label {label:?} and the pinned public key")
            }
            Self::NotPinned { label } => {
                write!(f, "KEY-PINNED: the site file has no public_key_sha256 for the key {label:?}")
            }
            Self::KeyExists { label } => {
                write!(f, "the key {label:?} exists already; a new key never replaces another")
            }
            Self::SitePins { label } => {
                write!(
                    f,
                    "the site file pins a public key already, of the key {label:?}; a new key is never made in its place"
                )
            }
            Self::KeyUnusable { label, why, .. } => write!(f, "the key {label:?} cannot be used: {why}"),
            Self::SchemeUnfit { scheme, key } => {
                write!(f, "{scheme} needs a key of kind {}, but this key is {key}", scheme.key_kind())
            }
            Self::MechanismMissing { doing, wanted, .. } => {
                write!(f, "the token has no mechanism to {doing}; it needs {wanted}")
            }
            Self::CannotWrap { key, why } => {
                write!(f, "KEY-ESCROW: the token does not wrap a key of kind {key}: {why}")
            }
            Self::NotUnwrapped { why } => write!(f, "the token failed to take the wrapped key in: {why}"),
            Self::RestoredAnother => {
                f.write_str("KEY-ESCROW: the key that was taken in has another public key; it was destroyed")
            }
            Self::NotDestroyed { count } => write!(
                f,
                "KEY-ESCROW: the token does not destroy what it is told to: objects of this run that are in it still: {count}"
            ),
            Self::UnfitForEscrow { why } => write!(f, "KEY-ESCROW: the token cannot be used for escrow: {why}"),
            Self::HoldsRoot { public_key } => {
                write!(
                    f,
                    "KEY-ESCROW: the token holds the key of a root (public key {public_key}); a drill never uses its token"
                )
            }
            Self::AlwaysAuthenticate { label, why } => {
                write!(f, "the key {label:?} asks for the PIN before each use (CKA_ALWAYS_AUTHENTICATE): {why}")
            }
            Self::Token { doing, why } => write!(f, "the token failed to {doing}: {why}"),
            Self::SignFailed { why } => write!(f, "the token failed to sign: {why}"),
            Self::WrongSignature { scheme, came_back, key } => write!(
                f,
                "the {} bytes from the token (SHA-256 {}) are not a valid {scheme} signature over these bytes under the pinned public \
                 key ({key})",
                came_back.len(),
                Digest::of(came_back)
            ),
            Self::File { path, why } | Self::FileNotWritten { path, why } | Self::OtherKind { path, why } => {
                write!(f, "{}: {why}", path.display())
            }
            Self::Library { doing } => write!(f, "the cryptographic library failed to {doing}"),
        }
    }
}

/// `the label "root-2026" and the serial number "5c9f…"`.
fn names(label: &str, serial: &str) -> String {
    let label = if label.is_empty() { "no label".to_owned() } else { format!("the label {label:?}") };
    let serial =
        if serial.is_empty() { "no serial number".to_owned() } else { format!("the serial number {serial:?}") };
    format!("{label} and {serial}")
}

/// What to do where a key cannot sign with this scheme. Only RSA keys have several.
fn other_way(scheme: SignatureScheme) -> &'static str {
    match scheme.key_kind() {
        KeyKind::Rsa => {
            "`rootcast-offline token list --login` shows what the key may do. The site file can name another RSA scheme with \
             `signature`."
        }
        KeyKind::EcdsaP256 | KeyKind::EcdsaP384 | KeyKind::EcdsaP521 | KeyKind::Ed25519 => {
            "`rootcast-offline token list --login` shows what the key may do. A key of this kind has no other scheme: use another \
             token or another key."
        }
    }
}

impl std::error::Error for KeyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Pin(error) => std::error::Error::source(error),
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
            Self::CannotWrap { .. }
            | Self::RestoredAnother
            | Self::HoldsRoot { .. }
            | Self::NotDestroyed { .. }
            | Self::UnfitForEscrow { .. } => Some("KEY-ESCROW"),
            _ => None,
        }
    }

    /// Whether this stays so whoever logs in and whatever is plugged in: this site file cannot sign with this token.
    #[must_use]
    pub(crate) fn is_lasting(&self) -> bool {
        matches!(
            self,
            Self::KeyUnusable { .. }
                | Self::SchemeUnfit { .. }
                | Self::MechanismMissing { .. }
                | Self::CannotWrap { .. }
                | Self::UnfitForEscrow { .. }
                | Self::AlwaysAuthenticate { .. }
        )
    }

    /// What is done before a signing about a token that is only not there today, or locked. Nothing where something else has to
    /// be put right first.
    #[must_use]
    pub(crate) fn before_signing(&self) -> Option<&'static str> {
        match self {
            Self::TokenMissing { .. } => Some(
                "plug in the token; nothing has to be changed now. If it is plugged in, the site file names another one: \
                 `rootcast-offline token list` shows it.",
            ),
            Self::PinLocked { .. } => Some("have the PIN unlocked; nothing has to be changed now."),
            _ => None,
        }
    }

    /// The full diagnosis. `what` says what happened and whether anything was signed.
    #[must_use]
    pub fn diagnosis(&self, what: impl Into<String>) -> Diagnosis {
        let (label, next) = match self {
            Self::Module { path, .. } if !path.exists() => {
                (Label::FileUnreadable, "Name the file of the token's PKCS#11 module.")
            }
            Self::Module { .. } => (
                Label::TokenFailed,
                "Check that the file is the PKCS#11 module of this token and that you may read it. If it is, check the module's \
                 own configuration (of SoftHSM: the file that SOFTHSM2_CONF names).",
            ),
            Self::TokenMissing { .. } => (
                Label::KeyNotPinned,
                "Plug in the token that the site file names. `rootcast-offline token list` shows the tokens present. For a \
                 token without a serial number, the site file has token_serial = \"\".",
            ),
            Self::TokenTwice { .. } => (
                Label::KeyNotPinned,
                "Unplug all of them but the one that should sign. Two tokens with one serial number and one key are copies: \
                 find out why.",
            ),
            Self::KeyMissing { .. } | Self::KeyTwice { .. } => (
                Label::KeyNotPinned,
                "Compare with `rootcast-offline token list --login` and the record of the key ceremony. Do not change \
                 the pin to fit what is found.",
            ),
            Self::NotPinned { .. } => (
                Label::KeyNotPinned,
                "Write the public_key_sha256 from the record of the key ceremony into the site file.",
            ),
            Self::TokenNotReady { .. } => (Label::TokenFailed, "Prepare the token with its vendor's program first."),
            Self::PinLocked { .. } => (
                Label::PinRefused,
                "Unlock it with the security officer's PIN, in the vendor's program, and write that into the record.",
            ),
            Self::PinRefused { .. } => (
                Label::PinRefused,
                "Ask the key holder. Each wrong PIN brings the token closer to its lock. The program tried the PIN only once. With the right PIN, run the same command again: given approvals still count.",
            ),
            Self::Pin(PinError::Interrupted) => (Label::Interrupted, "Run the same command again."),
            Self::Pin(PinError::NoTerminal) => {
                (Label::PinRefused, "Run the same command again at a terminal and type the PIN there.")
            }
            Self::Pin(PinError::Terminal(_)) => (Label::PinRefused, "Run the same command again at another terminal."),
            Self::Pin(PinError::Nothing | PinError::TooLong) => (
                Label::PinRefused,
                "No PIN was sent to the token, so it counts no try. Have the PIN at hand, and run the same command again.",
            ),
            Self::KeyExists { .. } => (
                Label::KeyExists,
                "Use another label or file name. Keep the old key as long as a root with it is in use.",
            ),
            Self::SitePins { .. } => (
                Label::KeyExists,
                "A new root needs a site file of its own, with another key_label and without public_key_sha256. Keep this site file, \
                 and its key, for the root that has it.",
            ),
            Self::KeyUnusable { scheme: Some(scheme), .. } | Self::MechanismMissing { scheme: Some(scheme), .. } => {
                (Label::KeyUnusable, other_way(*scheme))
            }
            Self::KeyUnusable { scheme: None, .. } => (
                Label::KeyUnusable,
                "`rootcast-offline token list --login` shows what the key may do. Use another key: no other scheme helps.",
            ),
            Self::SchemeUnfit { .. } => (
                Label::KeyUnusable,
                "Check that the site file names the right key. Then write a scheme for this kind of key as `signature` in the \
                 site file, or leave `signature` out.",
            ),
            Self::MechanismMissing { scheme: None, .. } => (
                Label::KeyUnusable,
                "Make a key of another kind, or use another token. `rootcast-offline token list --login` shows the mechanisms.",
            ),
            Self::CannotWrap { .. } => (
                Label::KeyUnusable,
                "Use another token. For a new key, another kind of key does too: most tokens wrap ecdsa-p384. Without [escrow] in the \
                 request, this program makes a key that it can never back up.",
            ),
            Self::RestoredAnother => (
                Label::KeyNotPinned,
                "What was wrapped is the key of another root, or somebody changed it. Compare state, kit and pages with the record of \
                 the key ceremony.",
            ),
            Self::UnfitForEscrow { .. } => (
                Label::KeyUnusable,
                "Use another token, or set this one up so that its keys do not ask for the PIN before each use.",
            ),
            Self::NotDestroyed { .. } => (
                Label::TokenFailed,
                "Keep the token locked away: a form of the key that can be taken out may be in it. Look with `rootcast-offline \
                 token list --login`, and initialise the token with its vendor's program. If it holds another key in use, \
                 have the vendor destroy the objects named `rootcast escrow, temporary`.",
            ),
            Self::HoldsRoot { .. } => {
                (Label::Usage, "Give the site file of another token: one for drills, without any key of a root.")
            }
            Self::AlwaysAuthenticate { .. } => (
                Label::KeyUnusable,
                "Use a key without this attribute, or a token that hashes itself. `rootcast-offline token list --login` \
                 shows both.",
            ),
            Self::Token { .. } | Self::NotUnwrapped { .. } => (
                Label::TokenFailed,
                "Check that the token is plugged in and works. The call that failed makes no signature.",
            ),
            Self::SignFailed { .. } => (
                Label::TokenFailed,
                "Check that the token is plugged in and works. It is not known whether the token made a signature.",
            ),
            Self::WrongSignature { .. } => (
                Label::SignatureWrong,
                "Stop the ceremony: the token or its module is faulty or was replaced. Keep both as evidence.",
            ),
            Self::OtherKind { .. } => (
                Label::FileUnreadable,
                "Use a key of RSA, ECDSA or Ed25519. Keep this key with a program that signs with it.",
            ),
            Self::File { .. } => {
                (Label::FileUnreadable, "Check the path and its permissions, then run the command again.")
            }
            Self::FileNotWritten { .. } => (
                Label::StorageFailed,
                "Check the folder, its permissions and its free space, then run the command again.",
            ),
            Self::Library { .. } => (Label::TokenFailed, "Check the machine (memory, randomness), then try again."),
        };
        Diagnosis::new(label, what, self.to_string(), next)
    }
}

#[cfg(test)]
mod tests {
    use super::super::kind::KeyKind;
    use super::{KeyError, PinError, SignatureScheme};

    /// What is advised can be followed: only RSA keys have several schemes.
    #[test]
    fn another_scheme_is_advised_only_where_there_is_one() {
        let missing = |scheme| KeyError::MechanismMissing {
            doing: format!("sign with {scheme}"),
            wanted: String::new(),
            scheme: Some(scheme),
        };
        for scheme in SignatureScheme::ALL {
            let next = missing(scheme).diagnosis("Nothing was signed.").next;
            let is_rsa = scheme.key_kind() == KeyKind::Rsa;
            assert_eq!(next.contains("can name another RSA scheme"), is_rsa, "{scheme}: {next}");
            assert_eq!(next.contains("has no other scheme"), !is_rsa, "{scheme}: {next}");
        }
        let error = KeyError::KeyUnusable { label: "root".to_owned(), why: "CKA_SIGN is off".to_owned(), scheme: None };
        assert!(error.diagnosis("Nothing was signed.").next.contains("Use another key"));
    }

    /// A module that does not start may be the right file: SoftHSM without its configuration answers so.
    #[test]
    fn a_module_that_does_not_start_may_lack_its_configuration() {
        let path = std::path::PathBuf::from("/");
        let why = "C_Initialize returned CKR_GENERAL_ERROR".to_owned();
        let next = KeyError::Module { path, why }.diagnosis("Nothing was signed.").next;
        assert!(next.contains("PKCS#11 module") && next.contains("SOFTHSM2_CONF"), "{next}");
    }

    /// Nobody is told to go to a terminal where one is, and what was not sent costs no try.
    #[test]
    fn an_empty_pin_costs_no_try_and_the_next_step_says_so() {
        let next = |error| KeyError::Pin(error).diagnosis("Nothing was signed.").next;
        assert!(next(PinError::Nothing).contains("counts no try"));
        assert!(!next(PinError::Nothing).contains("at a terminal"));
        assert!(next(PinError::NoTerminal).contains("at a terminal"));
    }

    #[test]
    fn a_token_without_a_label_has_no_empty_name() {
        let error = KeyError::PinLocked { label: String::new() };
        assert_eq!(error.to_string(), "KEY-PIN: the PIN of the token without a label is locked (CKF_USER_PIN_LOCKED)");
    }
}
