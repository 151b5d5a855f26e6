//! The released objects of a ceremony's folder, for `send`. A root is never among them: a link never carries a trust
//! anchor.

use std::fmt;
use std::path::{Path, PathBuf};

use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::disk::DiskError;
use rootcast_host::input_file;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::limits::ITEM_SIZE_MAX;

use super::layout::{LISTING, SIGNED, SITE};
use super::reading::read_added;
use crate::ceremony::site::Site;

/// What was released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Released {
    /// The folder it is in.
    pub(crate) folder: PathBuf,
    /// What can be sent, DER, by name.
    pub(crate) items: Vec<PathBuf>,
    /// The roots. People carry them by hand and trust them with `trust`.
    pub(crate) roots: Vec<PathBuf>,
    /// Whether no HSM signed it.
    pub(crate) is_rehearsal: bool,
}

/// Why a ceremony's folder has nothing released, as far as can be seen.
#[derive(Debug)]
pub(crate) enum ReleasedError {
    /// It is a rehearsal that is not signed yet.
    NotSigned {
        /// Which folder.
        folder: PathBuf,
        /// SHA-256 of its listing, if that can be read.
        listing: Option<Digest>,
    },
    /// Its `signed/` cannot be looked into.
    Disk(DiskError),
    /// A file of it cannot be read.
    Unreadable(Diagnosis),
}

impl fmt::Display for ReleasedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSigned { folder, .. } => write!(f, "The rehearsal in {} is not signed yet.", folder.display()),
            Self::Disk(error) => error.fmt(f),
            Self::Unreadable(diagnosis) => write!(f, "{} {}", diagnosis.what, diagnosis.why),
        }
    }
}

impl std::error::Error for ReleasedError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Disk(error) => std::error::Error::source(error),
            Self::Unreadable(diagnosis) => std::error::Error::source(diagnosis),
            Self::NotSigned { .. } => None,
        }
    }
}

impl Released {
    /// What the ceremony's folder `path` has released; `None` where `path` is no ceremony's folder.
    ///
    /// # Errors
    /// [`ReleasedError`].
    pub(crate) fn look(path: &Path) -> Result<Option<Self>, ReleasedError> {
        let folder = path.join(SIGNED);
        if !folder.is_dir() {
            let listing = path.join(LISTING);
            if !listing.is_file() {
                return Ok(None);
            }
            let listing = read_added(&listing).ok().map(|bytes| Digest::of(&bytes));
            return Err(ReleasedError::NotSigned { folder: path.to_owned(), listing });
        }
        let failed = |error| ReleasedError::Disk(DiskError::new("look into", &folder, error));
        let (mut items, mut roots) = (Vec::new(), Vec::new());
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let item = entry.map_err(failed)?.path();
            let is_der = item.extension().is_some_and(|extension| extension == "crl" || extension == "crt");
            if !is_der {
                continue;
            }
            let der = input_file::read_for(&item, ITEM_SIZE_MAX as u64, "Nothing was sent.")
                .map_err(ReleasedError::Unreadable)?;
            if is_root(&der) { roots.push(item) } else { items.push(item) }
        }
        items.sort();
        roots.sort();
        let is_rehearsal = Site::read(&path.join(SITE)).is_ok_and(|site| site.is_rehearsal());
        Ok(Some(Self { folder, items, roots, is_rehearsal }))
    }
}

fn is_root(der: &[u8]) -> bool {
    Issuer::from_certificate(der, &Policy::default()).is_ok_and(|issuer| issuer.is_root())
}
