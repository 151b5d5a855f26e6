//! The SHA-256 of a file that is kept beside the kit: a program, or a medium that a host starts from.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::text::printable;
use rootcast_protocol::digest::Digest;
use serde::Serialize;

/// Bytes that are read at once.
const STEP: usize = 1 << 20;

/// A file, by its name and digest.
#[derive(Debug, Serialize)]
pub(super) struct Digested {
    /// As it was named.
    pub(super) name: String,
    /// Of all its bytes.
    pub(super) sha256: String,
}

/// Reads all of a regular file or of a disc. It may be larger than memory. `what` says what a failure did not do.
///
/// # Errors
/// When it cannot be read, or is something else.
pub(super) fn digest_of(path: &Path, what: &str) -> Result<Digested, Diagnosis> {
    let name = printable(&path.display().to_string());
    let failed = |why: String| {
        let next = "Name a regular file, or the device of a disc.";
        Diagnosis::new(Label::FileUnreadable, what, format!("cannot read {name}: {why}"), next)
    };
    // A pipe would make the command wait for ever: what it is, is asked before it is opened.
    let kind = path.metadata().map_err(|error| failed(error.to_string()))?.file_type();
    if !kind.is_file() && !kind.is_block_device() {
        return Err(failed("it is neither a file nor a disc".to_owned()));
    }
    let digest = File::open(path).and_then(all).map_err(|error| failed(error.to_string()))?;
    Ok(Digested { name, sha256: digest.to_string() })
}

fn all(mut file: File) -> io::Result<Digest> {
    let (mut context, mut step) = (Context::new(&SHA256), vec![0; STEP]);
    loop {
        match file.read(&mut step) {
            Ok(0) => return Ok(Digest(context.finish().as_ref().first_chunk().copied().unwrap_or_default())),
            Ok(count) => context.update(step.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_several_steps_has_its_digest_and_what_is_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("medium");
        let bytes: Vec<u8> = (0..2 * STEP + 5).map(|at| u8::try_from(at % 251).unwrap()).collect();
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(digest_of(&path, "").unwrap().sha256, Digest::of(&bytes).to_string());
        for (path, why) in [
            (folder.path(), "neither a file nor a disc"),
            (Path::new("/dev/zero"), "neither a file"),
            (&path.join("none"), ""),
        ] {
            let refused = digest_of(path, "No kit was written.").unwrap_err();
            assert!(refused.why.contains(why) && refused.what == "No kit was written.", "{refused:?}");
        }
    }
}
