//! A request with the files it names, all read once: what is judged, built and kept is the same bytes.

use std::path::Path;

use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::input_file;
use rootcast_pki::request::REQUEST_SIZE_MAX as CSR_SIZE_MAX;
use rootcast_protocol::limits::ITEM_SIZE_MAX;

use super::contents::Request;
use super::kept_name::safe;
use super::reading::{REQUEST_SIZE_MAX, read};

/// What is said where a file cannot be read.
const UNTOUCHED: &str = "No key was used, no number burned, and nothing was written or sent.";

/// One file that the request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptInput {
    /// Its path, as it is written in the request.
    pub written: String,
    /// Where it is kept in the rehearsal folder.
    pub kept: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The bytes of a request and of every file it names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestFiles {
    /// The request itself.
    pub request: Vec<u8>,
    /// The files it names, each once, in the order it names them.
    pub inputs: Vec<KeptInput>,
}

impl RequestFiles {
    /// Reads the request at `path` and the files it names, which lie relative to its folder.
    ///
    /// # Errors
    /// A request that is refused, or a file that cannot be read.
    pub fn gather(path: &Path) -> Result<(Request, Self), Diagnosis> {
        let bytes = input_file::read_for(path, REQUEST_SIZE_MAX, UNTOUCHED)?;
        let request = read(&bytes, &file_name(path)).map_err(|error| error.diagnosis())?;
        let folder = rootcast_host::disk::parent(path);
        let mut files = Self { request: bytes, inputs: Vec::new() };
        for (written, size_max) in named(&request) {
            if files.get(written).is_none() {
                let bytes = input_file::read_for(&folder.join(written), size_max, UNTOUCHED)?;
                let kept = format!("{:02}-{}", files.inputs.len() + 1, safe(&file_name(Path::new(written))));
                files.inputs.push(KeptInput { written: written.to_owned(), kept, bytes });
            }
        }
        Ok((request, files))
    }

    /// The bytes of the file the request names so.
    #[must_use]
    pub fn get(&self, written: &str) -> Option<&[u8]> {
        self.inputs.iter().find(|input| input.written == written).map(|input| input.bytes.as_slice())
    }
}

/// The paths a request names, and the most bytes each may have.
fn named(request: &Request) -> Vec<(&str, u64)> {
    let item = ITEM_SIZE_MAX as u64;
    let issuer = request.signing_root().into_iter().map(|path| (path.value.as_str(), item));
    let previous = request.previous_crl.iter().map(|path| (path.value.as_str(), item));
    let revocations = request.crl.iter().flat_map(|crl| &crl.revocations);
    let revoked = revocations.map(|revocation| (revocation.certificate.value.as_str(), item));
    let csrs = request.certificates.iter().filter_map(|asked| asked.csr.as_ref());
    let csrs = csrs.map(|path| (path.value.as_str(), CSR_SIZE_MAX as u64));
    let replaced = request.certificates.iter().filter_map(|asked| asked.replaces.as_ref());
    let replaced = replaced.map(|path| (path.value.as_str(), item));
    issuer.chain(previous).chain(revoked).chain(csrs).chain(replaced).collect()
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
