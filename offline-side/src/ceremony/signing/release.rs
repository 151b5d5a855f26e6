//! The results of a signing in the rehearsal's folder: `signed/`, whole or not at all, and the journal's entries.

use std::path::Path;

use rootcast_host::disk::{Disk, DiskError};
use rootcast_pki::item;

use super::error::SigningError;
use super::signed_object::SignedObject;
use crate::ceremony::folder::layout::{ENTRIES, IN_THE_MAKING, SIGNED};
use crate::ceremony::key::rehearsal_key::BANNER;
use crate::store::journal::Entry;

/// Writes every object, DER and PEM, and gives the folder its name when all is on the disk.
pub(super) fn release(
    disk: &dyn Disk,
    folder: &Path,
    signed: &[SignedObject],
    is_rehearsal: bool,
) -> Result<(), DiskError> {
    let making = folder.join(IN_THE_MAKING);
    // Left by a run that was cut off.
    disk.clear_dir(&making)?;
    let written = write_all(disk, &making, signed, is_rehearsal).and_then(|()| {
        disk.rename(&making, &folder.join(SIGNED))?;
        disk.sync_dir(folder)
    });
    if written.is_err() {
        // It is useless, and may be why the disk is full. A folder that already has its final name is removed too: it
        // counts as not released.
        let _ = disk.remove_dir_all(&making);
        let _ = disk.remove_dir_all(&folder.join(SIGNED));
    }
    written
}

fn write_all(disk: &dyn Disk, making: &Path, signed: &[SignedObject], is_rehearsal: bool) -> Result<(), DiskError> {
    disk.create_dir(making)?;
    for object in signed {
        let banner = if is_rehearsal { BANNER } else { "" };
        let pem = format!("{banner}{}", item::to_pem(object.kind, &object.der));
        disk.write_new_synced(&making.join(&object.file), &object.der)?;
        disk.write_new_synced(&making.join(format!("{}.pem", object.file)), pem.as_bytes())?;
    }
    disk.sync_dir(making)
}

/// Writes the journal's entries about this ceremony beside what it signed.
pub(crate) fn write_entries(disk: &dyn Disk, folder: &Path, entries: &[&Entry]) -> Result<(), SigningError> {
    let lines: Result<Vec<String>, _> = entries.iter().map(|entry| entry.line()).collect();
    let text = lines.map_err(SigningError::Journal)?.concat();
    disk.replace(&folder.join(ENTRIES), text.as_bytes()).map_err(SigningError::Release)
}
