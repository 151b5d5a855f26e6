//! Whether the file system of a state directory has what a commit needs: hard and symbolic links.
//!
//! FAT, exFAT and some network file systems have neither; the first commit would succeed and the second fail. So `trust`
//! tries both. Must not: leave anything behind.

use std::fs;
use std::io;
use std::path::Path;

use rootcast_host::disk::DiskError;

use super::error::{LinkForm, StateError};
use super::layout::PROBES;

/// Tries both kinds of link in `dir`.
///
/// # Errors
/// [`StateError::NoLinks`] where one cannot be made; [`StateError::Disk`] where not even a file can.
pub(crate) fn check(dir: &Path) -> Result<(), StateError> {
    let probes = PROBES.map(|name| dir.join(name));
    let clear = || {
        for probe in &probes {
            // One that a run which was cut short has left.
            let _ = fs::remove_file(probe);
        }
    };
    clear();
    let [file, hard, symbolic] = &probes;
    let no_links = |form: LinkForm| {
        let dir = dir.to_owned();
        move |source: io::Error| StateError::NoLinks { dir, form, source }
    };
    let tried = fs::write(file, b"")
        .map_err(|source| DiskError::new("write", file, source).into())
        .and_then(|()| fs::hard_link(file, hard).map_err(no_links(LinkForm::Hard)))
        .and_then(|()| std::os::unix::fs::symlink(PROBES[0], symbolic).map_err(no_links(LinkForm::Symbolic)));
    clear();
    tried
}

#[cfg(test)]
mod tests {
    use super::{PROBES, check};

    #[test]
    fn a_folder_with_both_kinds_of_link_is_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(PROBES[1]), b"of a run that was cut short").unwrap();
        check(folder.path()).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
