//! A given approval: a signature file, not yet examined.

use std::path::Path;

use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::input_file;
use zeroize::Zeroizing;

/// The most bytes of a signature file: RSA 16384 has 6 kB.
pub(crate) const SIGNATURE_FILE_SIZE_MAX: u64 = 65_536;

/// A given signature file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenApproval {
    /// Its file name, for people.
    pub name: String,
    /// The output of `ssh-keygen -Y sign`, or what was given in its place: it may be a private key.
    pub bytes: Zeroizing<Vec<u8>>,
}

impl GivenApproval {
    /// Reads a signature file.
    ///
    /// # Errors
    /// When it cannot be read or is longer than [`SIGNATURE_FILE_SIZE_MAX`].
    pub fn read(path: &Path) -> Result<Self, Diagnosis> {
        let bytes = Zeroizing::new(input_file::read_for(path, SIGNATURE_FILE_SIZE_MAX, "Nothing was signed or sent.")?);
        Ok(Self { name: path.display().to_string(), bytes })
    }
}
