//! The layout of a state directory: every name and its meaning.

use std::path::{Path, PathBuf};

pub(super) const LINK: &str = "published";
pub(super) const GENERATIONS: &str = "generations";
pub(super) const RECEIPTS: &str = "receipts";
pub(super) const SYMBOLS: &str = "symbols";

/// What `trust` makes and removes to try whether the file system has hard and symbolic links.
pub(super) const PROBES: [&str; 3] = ["links.probe", "links.probe.hard", "links.probe.symbolic"];

/// Every name that an unfinished first `trust` can leave in a state directory.
pub(crate) const STATE_NAMES: &[&str] =
    &["lock", GENERATIONS, RECEIPTS, SYMBOLS, "published.new", "enrolled.new", PROBES[0], PROBES[1], PROBES[2]];

pub(super) const STATE_FILE: &str = "state.json";

/// Hexadecimal digits of the state's SHA-256 in a generation's name.
pub(super) const DIGEST_DIGITS: usize = 16;

/// Whether there is a state in this folder.
pub(crate) fn is_state(dir: &Path) -> bool {
    dir.join(LINK).symlink_metadata().is_ok()
}

pub(super) fn receipt_path(dir: &Path, generation: u64) -> PathBuf {
    dir.join(RECEIPTS).join(format!("{generation:08}.json"))
}

/// Where a trusted root's certificate is kept.
pub(crate) fn root_file(sha256: &str) -> String {
    format!("roots/{sha256}.crt")
}

/// Where a certificate that names an offline issuer is kept.
pub(crate) fn issuer_file(sha256: &str) -> String {
    format!("issuers/{sha256}.crt")
}

/// Where the CRL is kept that an issuer's next one has to continue and that is not published.
pub(crate) fn floor_file(issuer: &str) -> String {
    format!("floors/{issuer}.crl")
}

/// Where a held item is kept.
pub(crate) fn held_file(sha256: &str) -> String {
    format!("held/{sha256}.der")
}
