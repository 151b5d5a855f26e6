//! A folder of QR pictures, and what happens to it on the way: pictures missing, doubled, out of order, a late start.

use std::fs;
use std::path::{Path, PathBuf};

use crate::seeds::Chance;

/// The pictures in `folder`, in order.
#[must_use]
pub fn pictures(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    found
}

/// Copies the pictures `which` (numbers from 0, in this order, repeats allowed) to `to` as `photo-00000.png` onwards.
pub fn copy(from: &Path, which: &[usize], to: &Path) {
    let all = pictures(from);
    fs::create_dir_all(to).expect("a folder for pictures");
    for (number, picture) in which.iter().enumerate() {
        fs::copy(&all[*picture], to.join(format!("photo-{number:05}.png"))).expect("a copied picture");
    }
}

/// The numbers of `count` pictures of which `share` are missing, chosen by chance.
#[must_use]
pub fn with_missing(count: usize, share: f64, chance: &mut Chance) -> Vec<usize> {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand pictures")]
    let kept = count - (count as f64 * share).ceil() as usize;
    chance.choose(kept, count)
}
