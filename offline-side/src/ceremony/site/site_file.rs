//! What `SITE.toml` says, and the key it names: seen, opened or made.

use std::path::{Path, PathBuf};

use rootcast_host::input_file;
use rootcast_host::text::printable;
use rootcast_protocol::digest::Digest;

use super::error::SiteError;
use super::key_place::{KeyPlace, MadeKey};
use super::text;
use crate::ceremony::approval::ApprovalRule;
use crate::ceremony::key::SignatureScheme;
use crate::ceremony::key::error::KeyError;
use crate::ceremony::key::inquiry::Inquiry;
use crate::ceremony::key::kind::NewKey;
use crate::ceremony::key::pin::PinEntry;
use crate::ceremony::key::public_key::PublicKey;
use crate::ceremony::key::rehearsal_key::RehearsalKey;
use crate::ceremony::key::site_key::SiteKey;
use crate::ceremony::key::token::TokenKey;

/// A site file is at most this long; the one above has 500 bytes.
pub(crate) const SITE_FILE_SIZE_MAX: u64 = 65_536;

/// What is said where a file of the site cannot be read.
pub(super) const NOTHING_SIGNED: &str = "Nothing was signed or sent.";

/// What `SITE.toml` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The file it was read from.
    pub path: PathBuf,
    /// SHA-256 of the file: people approve it among the rest.
    pub sha256: Digest,
    /// Where the key is.
    pub key: KeyPlace,
    /// How it signs, where the file says so; else as is usual for its kind of key. The rehearsal refuses one that does not
    /// fit.
    pub scheme: Option<SignatureScheme>,
    /// Who has to approve.
    pub approvals: ApprovalRule,
}

impl Site {
    /// Reads `path`. The key and the token are not looked at.
    ///
    /// # Errors
    /// When the file cannot be read, or holds an unknown key, a value of the wrong form, or two ways to one thing.
    pub fn read(path: &Path) -> Result<Self, SiteError> {
        let bytes = input_file::read_for(path, SITE_FILE_SIZE_MAX, NOTHING_SIGNED).map_err(SiteError::Unreadable)?;
        Self::parse(&bytes, path)
    }

    /// The same from the bytes of the file; paths in it are taken from the folder of `path`.
    ///
    /// # Errors
    /// As [`Site::read`], but for the file itself.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, SiteError> {
        let text::SiteText { key, scheme, approvals } = text::parse(bytes, path)?;
        Ok(Self { path: path.to_owned(), sha256: Digest::of(bytes), key, scheme, approvals })
    }

    /// Opens the key: a token asks for its PIN through `pins`. Nothing is signed.
    ///
    /// # Errors
    /// As [`TokenKey::open`] and [`RehearsalKey::read`]; KEY-PINNED where the file pins no public key.
    pub fn open_key(&self, pins: &mut dyn PinEntry) -> Result<SiteKey, KeyError> {
        self.open_known_key(None, pins)
    }

    /// The same where the public key is `known`, so that a token need not show it.
    ///
    /// # Errors
    /// As [`Site::open_key`].
    pub fn open_known_key(&self, known: Option<&PublicKey>, pins: &mut dyn PinEntry) -> Result<SiteKey, KeyError> {
        match &self.key {
            KeyPlace::Token { place, pinned: Some(pinned) } => {
                TokenKey::open(place, pinned, known, pins).map(|key| SiteKey::Token(Box::new(key)))
            }
            KeyPlace::Token { place, pinned: None } => Err(KeyError::NotPinned { label: place.key_label.clone() }),
            KeyPlace::Rehearsal { file } => RehearsalKey::read(file).map(|key| SiteKey::Rehearsal(Box::new(key))),
        }
    }

    /// The public key that this file pins or names, as far as it can be seen without a PIN: of a token, its public
    /// objects are looked at. `None` where the key is not made yet, or where the token does not show it.
    ///
    /// # Errors
    /// When the module or the token is not there, or a rehearsal key cannot be read.
    pub(crate) fn visible_key(&self) -> Result<Option<PublicKey>, KeyError> {
        match &self.key {
            KeyPlace::Token { place, pinned: Some(pinned) } => TokenKey::visible(place, pinned),
            KeyPlace::Token { pinned: None, .. } => Ok(None),
            KeyPlace::Rehearsal { file } if !file.exists() => Ok(None),
            KeyPlace::Rehearsal { file } => RehearsalKey::read(file).map(|key| Some(key.public_key().clone())),
        }
    }

    /// Asks the token whether it can sign with `scheme`, without a login; `None` where the key is a file.
    ///
    /// # Errors
    /// As [`Inquiry::ask`].
    pub(crate) fn ask_token(&self, scheme: SignatureScheme) -> Option<Result<Inquiry, KeyError>> {
        match &self.key {
            KeyPlace::Token { place, pinned } => Some(Inquiry::ask(place, pinned.as_ref(), scheme)),
            KeyPlace::Rehearsal { .. } => None,
        }
    }

    /// The public key that has to sign here, by its SHA-256: what a token's file pins. A rehearsal key is its own pin.
    ///
    /// # Errors
    /// When a rehearsal key cannot be read.
    pub(crate) fn pinned(&self) -> Result<Option<Digest>, KeyError> {
        match &self.key {
            KeyPlace::Token { pinned, .. } => Ok(*pinned),
            KeyPlace::Rehearsal { .. } => Ok(self.visible_key()?.map(|key| key.sha256())),
        }
    }

    /// Why nothing can be signed where [`Site::pinned`] is nothing.
    #[must_use]
    pub(crate) fn without_key(&self) -> KeyError {
        match &self.key {
            KeyPlace::Token { place, .. } => KeyError::NotPinned { label: place.key_label.clone() },
            KeyPlace::Rehearsal { file } => {
                KeyError::File { path: file.clone(), why: "the rehearsal key does not exist".to_owned() }
            }
        }
    }

    /// Where the key is, by the name the file gives it.
    #[must_use]
    pub(crate) fn key_text(&self) -> String {
        match &self.key {
            KeyPlace::Token { place, .. } => place.key_label.clone(),
            KeyPlace::Rehearsal { file } => file.display().to_string(),
        }
    }

    /// The serial number of its token, safe to print; `None` where the key is a file.
    #[must_use]
    pub fn token_serial(&self) -> Option<String> {
        match &self.key {
            KeyPlace::Token { place, .. } => Some(printable(&place.token_serial)),
            KeyPlace::Rehearsal { .. } => None,
        }
    }

    /// Makes the key of a first ceremony where this file says that the key is. A site that pins a public key has its
    /// key already.
    ///
    /// # Errors
    /// As [`TokenKey::generate`] and [`RehearsalKey::generate_file`].
    pub fn generate_key(&self, new: NewKey, pins: &mut dyn PinEntry) -> Result<MadeKey, KeyError> {
        match &self.key {
            KeyPlace::Token { place, pinned: None } => {
                let scheme = self.scheme.unwrap_or(SignatureScheme::usual_for(new.kind()));
                TokenKey::generate(place, new, scheme, pins).map(MadeKey::Token)
            }
            KeyPlace::Token { place, pinned: Some(_) } => Err(KeyError::SitePins { label: place.key_label.clone() }),
            KeyPlace::Rehearsal { file } => {
                RehearsalKey::generate_file(new, file).map(|key| MadeKey::Rehearsal(key.public_key().clone()))
            }
        }
    }

    /// Whether the key is a file: then everything it signs is marked as no HSM's.
    #[must_use]
    pub fn is_rehearsal(&self) -> bool {
        matches!(self.key, KeyPlace::Rehearsal { .. })
    }
}
