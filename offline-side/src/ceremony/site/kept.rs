//! The files of a site that go under the approvals: the site file itself, and the lists of approvers it names.

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::input_file;
use rootcast_protocol::digest::Digest;

use super::site_file::{NOTHING_SIGNED, SITE_FILE_SIZE_MAX, Site};
use crate::ceremony::approval::{Approvers, ApproversError, LIST_FILE_SIZE_MAX};

/// What each is kept as in a rehearsal folder's `inputs`.
pub(crate) const SITE_FILE: &str = "site.toml";
/// The `allowed_signers` file.
pub(crate) const APPROVERS_FILE: &str = "approvers";
/// The revocation file.
pub(crate) const REVOKED_FILE: &str = "approvers-revoked";

/// The name each file is kept under, and its bytes.
pub(crate) type SiteFiles = Vec<(&'static str, Vec<u8>)>;

/// All the names there are.
pub(crate) const NAMES: [&str; 3] = [SITE_FILE, APPROVERS_FILE, REVOKED_FILE];

/// The bytes of the file that is kept under this name.
#[must_use]
pub(crate) fn bytes_of<'f>(files: &'f SiteFiles, kept: &str) -> Option<&'f [u8]> {
    files.iter().find(|(name, _)| *name == kept).map(|(_, bytes)| bytes.as_slice())
}

impl Site {
    /// The approvers that this file names, read from `files`: what was kept is what is judged by.
    ///
    /// # Errors
    /// [`ApproversError`].
    pub fn approvers(&self, files: &SiteFiles) -> Result<Approvers, ApproversError> {
        Approvers::parse(&self.approvals, bytes_of(files, APPROVERS_FILE), bytes_of(files, REVOKED_FILE))
    }

    /// Reads the files again that people approve, the site file first.
    ///
    /// # Errors
    /// A file that cannot be read, or a site file that is no longer the one that was read before.
    pub fn files(&self) -> Result<SiteFiles, Diagnosis> {
        let bytes = input_file::read_for(&self.path, SITE_FILE_SIZE_MAX, NOTHING_SIGNED)?;
        if Digest::of(&bytes) != self.sha256 {
            return Err(Diagnosis::new(
                Label::SiteRefused,
                format!("The site file {} changed during the run. Nothing was signed or sent.", self.path.display()),
                format!("Its SHA-256 was {} and is now {}.", self.sha256, Digest::of(&bytes)),
                "Find out who changed it, then run this command again.",
            ));
        }
        let mut files = vec![(SITE_FILE, bytes)];
        let lists = [(APPROVERS_FILE, &self.approvals.allowed_signers), (REVOKED_FILE, &self.approvals.revoked)];
        for (kept, path) in lists {
            if let Some(path) = path {
                files.push((kept, input_file::read_for(path, LIST_FILE_SIZE_MAX, NOTHING_SIGNED)?));
            }
        }
        Ok(files)
    }
}
