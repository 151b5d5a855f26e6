//! A rehearsal on its way to its folder: written beside it, and renamed.

use std::path::{Path, PathBuf};

use rootcast_host::disk::{Disk, DiskError, parent};

use super::choices_file::ChoicesFile;
use super::error::FolderError;
use super::layout::{CHOICES, DIFFERENCE, DUMP, INPUTS, LISTING, REQUEST, TO_BE_SIGNED};
use super::listing::{self, Line};
use super::opened::RehearsalFolder;
use crate::ceremony::draft::DraftedObject;
use crate::ceremony::rehearsal::Rehearsal;
use crate::ceremony::request::RequestFiles;
use crate::ceremony::site::kept::SiteFiles;

impl RehearsalFolder {
    /// Writes a rehearsal to `folder`, which must not exist.
    ///
    /// # Errors
    /// [`FolderError::Exists`], or what the disk says; then nothing is left of it.
    pub fn write(
        disk: &dyn Disk,
        folder: &Path,
        rehearsal: &Rehearsal,
        files: &RequestFiles,
        site: &SiteFiles,
    ) -> Result<Vec<Line>, FolderError> {
        write_listed(disk, folder, &contents(rehearsal, files, site))
    }
}

/// Writes these files and their listing to `folder`, which must not exist.
pub(super) fn write_listed(
    disk: &dyn Disk,
    folder: &Path,
    contents: &[(String, Vec<u8>)],
) -> Result<Vec<Line>, FolderError> {
    if folder.symlink_metadata().is_ok() {
        return Err(FolderError::Exists { folder: folder.to_owned() });
    }
    let lines: Vec<Line> = contents.iter().map(|(path, bytes)| Line::new(path, bytes)).collect();
    let beside = beside(folder);
    let written = write_all(disk, &beside, contents, &listing::encode(&lines)).and_then(|()| {
        disk.rename(&beside, folder)?;
        disk.sync_dir(parent(folder))
    });
    if let Err(error) = written {
        // What is left of it is of no use to anybody, and may be why the disk is full.
        let _ = disk.remove_dir_all(&beside);
        return Err(FolderError::Disk(error));
    }
    Ok(lines)
}

/// Every file but the listing, in the order of the listing: what is signed comes first.
fn contents(rehearsal: &Rehearsal, files: &RequestFiles, site: &SiteFiles) -> Vec<(String, Vec<u8>)> {
    let objects = rehearsal.objects.iter().map(|object| &object.drafted);
    let mut all: Vec<(String, Vec<u8>)> =
        objects.map(|drafted| (format!("{TO_BE_SIGNED}/{}.tbs", drafted.file), drafted.to_be_signed.clone())).collect();
    all.push((REQUEST.to_owned(), files.request.clone()));
    all.extend(site.iter().map(|(name, bytes)| (format!("{INPUTS}/{name}"), bytes.clone())));
    all.extend(files.inputs.iter().map(|input| (format!("{INPUTS}/{}", input.kept), input.bytes.clone())));
    let drafts: Vec<&DraftedObject> = rehearsal.objects.iter().map(|object| &object.drafted).collect();
    all.push((CHOICES.to_owned(), ChoicesFile::new(&rehearsal.choices, files, &drafts).encode()));
    all.push((DIFFERENCE.to_owned(), rehearsal.difference.clone().into_bytes()));
    all.push((DUMP.to_owned(), rehearsal.dump.clone().into_bytes()));
    all
}

/// Where a folder is written before it gets its name.
fn beside(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".rehearsal-in-the-making");
    folder.with_file_name(name)
}

fn write_all(disk: &dyn Disk, folder: &Path, contents: &[(String, Vec<u8>)], listing: &[u8]) -> Result<(), DiskError> {
    // Left by a run that was cut off.
    disk.clear_dir(folder)?;
    disk.create_dir(folder)?;
    let subfolders = [folder.join(TO_BE_SIGNED), folder.join(INPUTS)];
    for subfolder in &subfolders {
        disk.create_dir(subfolder)?;
    }
    for (path, bytes) in contents {
        disk.write_new_synced(&folder.join(path), bytes)?;
    }
    disk.write_new_synced(&folder.join(LISTING), listing)?;
    for subfolder in &subfolders {
        disk.sync_dir(subfolder)?;
    }
    disk.sync_dir(folder)
}
