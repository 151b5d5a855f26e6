//! The verdict on one approval: it counts, or the reason why not.

use std::fmt;

use rootcast_host::clock::rfc3339;
use rootcast_host::text::printable;
use rootcast_host::text_file;
use rootcast_pki::contents::Contents;

use super::rule::NAMESPACE;

/// A file that was given in the place of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherFile {
    /// An SSH public key.
    PublicKey,
    /// A private key. It should not have left its owner.
    PrivateKey,
    /// The text to be signed.
    Listing,
}

impl OtherFile {
    /// What these bytes are, if they are one of these.
    #[must_use]
    pub(super) fn recognise(bytes: &[u8]) -> Option<Self> {
        if let Some(Contents::PrivateKey | Contents::OldPrivateKey | Contents::EncryptedPrivateKey) =
            Contents::recognise(bytes)
        {
            return Some(Self::PrivateKey);
        }
        let text = text_file::text(bytes).ok()?.trim_start();
        let begins = |names: &[&str]| names.iter().any(|name| text.starts_with(name));
        // PEM (RFC 7468) and OpenSSH name their kind in the first line; a public key begins with its algorithm.
        // OpenSSL may write other lines before it (`Bag Attributes`). PuTTY has a form of its own.
        let first = text.lines().next().unwrap_or_default();
        let is_private = |line: &str| line.trim_start().starts_with("-----BEGIN ") && line.contains("PRIVATE KEY-----");
        if text.lines().any(is_private) || begins(&["PuTTY-User-Key-File-"]) {
            return Some(Self::PrivateKey);
        }
        let is_pem = first.starts_with("-----BEGIN ") || first.starts_with("---- BEGIN ");
        if begins(&["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"]) || is_pem && first.contains(" PUBLIC KEY") {
            return Some(Self::PublicKey);
        }
        let digest = first.split("  ").next().unwrap_or_default();
        let is_listing = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_listing.then_some(Self::Listing)
    }
}

impl fmt::Display for OtherFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PublicKey => "this is a public key, and no signature; give the file *.sig that ssh-keygen -Y sign wrote",
            Self::PrivateKey => {
                "this is a private key, and no signature: keep it secret, and give the file *.sig that ssh-keygen -Y sign wrote"
            }
            Self::Listing => "this is the text to be signed, and no signature; give the file *.sig beside it",
        })
    }
}

/// The verdict on one approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It counts.
    Counted,
    /// The same person, or the same key, approved in another file.
    Doubled {
        /// The file that counts.
        first: String,
    },
    /// It is no SSH signature file.
    Unreadable {
        /// Why.
        why: String,
    },
    /// It is another file of the approver's.
    OtherFile(OtherFile),
    /// It was made for something else.
    WrongNamespace {
        /// For what.
        found: String,
    },
    /// No line of `allowed_signers` has this key.
    UnknownKey,
    /// The line of this key does not allow our namespace.
    NamespaceNotAllowed {
        /// What it allows.
        allowed: String,
    },
    /// The key's `valid-after` lies ahead.
    NotYetValid {
        /// From when, in seconds since 1970.
        from: i64,
    },
    /// The key's `valid-before` has passed.
    Expired {
        /// Until when, in seconds since 1970.
        until: i64,
    },
    /// The key is in the revocation file.
    Revoked,
    /// The signature is not over these bytes: the text was altered, or another rehearsal was approved.
    Altered,
    /// A FIDO token signed without being touched.
    NoTouch,
    /// A kind of signature that is not checked here.
    Unsupported {
        /// Which one.
        why: String,
    },
}

impl Verdict {
    /// Its stable name, for records and JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Doubled { .. } => "doubled",
            Self::Unreadable { .. } => "unreadable",
            Self::OtherFile(OtherFile::PublicKey) => "public-key",
            Self::OtherFile(OtherFile::PrivateKey) => "private-key",
            Self::OtherFile(OtherFile::Listing) => "listing",
            Self::WrongNamespace { .. } => "wrong-namespace",
            Self::UnknownKey => "unknown-key",
            Self::NamespaceNotAllowed { .. } => "namespace-not-allowed",
            Self::NotYetValid { .. } => "not-yet-valid",
            Self::Expired { .. } => "expired",
            Self::Revoked => "revoked",
            Self::Altered => "altered",
            Self::NoTouch => "no-touch",
            Self::Unsupported { .. } => "unsupported",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counted => f.write_str("counts"),
            Self::Doubled { first } => write!(f, "doubled: this person approved in {first} already"),
            Self::Unreadable { why } => write!(f, "not an SSH signature: {why}"),
            Self::OtherFile(file) => file.fmt(f),
            Self::WrongNamespace { found } => {
                write!(f, "made for the namespace {found:?}, not for {NAMESPACE:?} (ssh-keygen -Y sign -n {NAMESPACE})")
            }
            Self::UnknownKey => f.write_str("no line of allowed_signers has this key"),
            Self::NamespaceNotAllowed { allowed } => {
                write!(f, "allowed_signers allows this key only for the namespaces {allowed:?}")
            }
            Self::NotYetValid { from } => write!(f, "the key cannot approve before {}", rfc3339(*from)),
            Self::Expired { until } => write!(f, "expired: the key could approve until {}", rfc3339(*until)),
            Self::Revoked => f.write_str("the key is revoked"),
            Self::Altered => {
                f.write_str("not a signature over these bytes: the text was changed, or another text was approved")
            }
            Self::NoTouch => f.write_str("the FIDO token was not touched when it signed"),
            Self::Unsupported { why } => write!(f, "this kind of signature is not supported: {why}"),
        }
    }
}

/// One approval, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedApproval {
    /// The file it was read from.
    pub file: String,
    /// Whose key it is, by `allowed_signers`: every name of that person, sorted; empty for an unknown key.
    pub principals: Vec<String>,
    /// `SHA256:…` of the key, as `ssh-keygen -l` prints it; `None` where no signature could be read.
    pub fingerprint: Option<String>,
    /// The signature's algorithm: `ssh-ed25519`, `sk-ssh-ed25519@openssh.com`, …
    pub algorithm: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
}

impl JudgedApproval {
    /// Whether it counts.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.verdict == Verdict::Counted
    }

    pub(super) fn is_same_person(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint || self.principals.iter().any(|name| other.principals.contains(name))
    }
}

/// One line for people, safe to print.
impl fmt::Display for JudgedApproval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = if self.principals.is_empty() { "unknown".to_owned() } else { self.principals.join(",") };
        let key = self.fingerprint.as_deref().unwrap_or("no key");
        let text = format!("{}: {who}, {key}: {}", self.file, self.verdict);
        f.write_str(&printable(&text))
    }
}
