//! The folder a rehearsal leaves: what people look at, approve and later have signed.
//!
//! ```text
//! DIR/to-be-signed/root.crl.tbs …   the exact bytes to be signed
//!     to-be-signed.txt              a line for every other file: SHA-256, words, path; this is what people sign
//!     request.toml                  the request
//!     inputs/                       every file it names, the site file, the approvers file
//!     rehearsal.json                what was decided: number, serial numbers, scheme, intended fields
//!     difference.txt, dump.txt      in words, for people
//! ```
//!
//! It is written under another name and renamed, so it is there whole or not at all. Opening it trusts nothing: every
//! digest is computed again, a file too many or too few is refused, and the bytes to be signed are built again from the
//! request and compared (SIGN-REHEARSED).

pub mod approvals;
mod error;
mod listing;
mod plan_file;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rootcast_host::disk::{Disk, DiskError, parent};
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::limits::ITEM_SIZE_MAX;

pub use error::FolderError;
pub use listing::{LISTING, Line};

use super::draft::choices::Plan;
use super::draft::inputs;
use super::draft::inputs::Inputs;
use super::draft::{DraftedObject, drafted};
use super::record::{MARKDOWN, PDF};
use super::rehearsal::Rehearsal;
use super::request::{self, KeptInput, Request, RequestFiles};
use super::signing::{APPROVALS, ENTRIES, IN_THE_MAKING, SIGNED};
use super::site::kept::SiteFiles;
use plan_file::PlanFile;

/// The folder of the bytes to be signed.
pub const TO_BE_SIGNED: &str = "to-be-signed";
/// The folder of everything that went into them.
pub const INPUTS: &str = "inputs";
/// The request.
pub const REQUEST: &str = "request.toml";
/// What was decided.
pub const PLAN: &str = "rehearsal.json";
/// What changes.
pub const DIFFERENCE: &str = "difference.txt";
/// Everything in words.
pub const DUMP: &str = "dump.txt";
/// The site file, as the listing names it.
pub const SITE: &str = "inputs/site.toml";

/// Folders that the steps after a rehearsal add to its folder.
const FOLDERS_ADDED: [&str; 3] = [SIGNED, APPROVALS, IN_THE_MAKING];
/// Files that they add, and replace as a whole: a run that is cut off meanwhile leaves one with `.new` at its end.
const FILES_ADDED: [&str; 3] = [ENTRIES, MARKDOWN, PDF];

/// Most bytes of the listing: some 400 lines.
const LISTING_SIZE_MAX: u64 = 256 * 1024;

/// A rehearsal, read back from its folder and found to be whole.
#[derive(Debug)]
pub struct RehearsalFolder {
    /// Where it is.
    pub folder: PathBuf,
    /// What was asked for.
    pub request: Request,
    /// SHA-256 of the request file.
    pub request_sha256: Digest,
    /// The files it names, verified.
    pub inputs: Inputs,
    /// What was decided.
    pub plan: Plan,
    /// The objects, in the order in which they are signed.
    pub objects: Vec<DraftedObject>,
    /// The listing that people sign, byte for byte.
    pub listing: Vec<u8>,
    /// What the listing says.
    pub lines: Vec<Line>,
}

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
        if folder.symlink_metadata().is_ok() {
            return Err(FolderError::Exists { folder: folder.to_owned() });
        }
        let contents = contents(rehearsal, files, site);
        let lines: Vec<Line> = contents.iter().map(|(path, bytes)| Line::of(path, bytes)).collect();
        let beside = beside(folder);
        let written = write_all(disk, &beside, &contents, &listing::encode(&lines)).and_then(|()| {
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

    /// Opens the rehearsal in `folder`.
    ///
    /// # Errors
    /// Anything that is not as the rehearsal left it.
    pub fn open(folder: &Path) -> Result<Self, FolderError> {
        if matches!(folder.symlink_metadata(), Err(error) if error.kind() == std::io::ErrorKind::NotFound) {
            return Err(FolderError::NoFolder { folder: folder.to_owned() });
        }
        let listing = read(folder, LISTING, LISTING_SIZE_MAX)?;
        let lines = listing::parse(&listing)?;
        check_names(folder, &lines)?;
        let mut files: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
        for line in &lines {
            let bytes = read(folder, &line.path, ITEM_SIZE_MAX as u64)?;
            let found = Digest::of(&bytes);
            if found != line.sha256 {
                return Err(FolderError::Changed { path: line.path.clone(), found, wanted: line.sha256 });
            }
            files.insert(&line.path, bytes);
        }
        let mut take = |path: &str| files.remove(path).ok_or_else(|| FolderError::Missing { path: path.to_owned() });
        let plan_file = PlanFile::read(&take(PLAN)?)?;
        let mut kept = RequestFiles { request: take(REQUEST)?, inputs: Vec::new() };
        for input in &plan_file.inputs {
            let bytes = take(&format!("{INPUTS}/{}", input.kept))?;
            kept.inputs.push(KeptInput { written: input.written.clone(), kept: input.kept.clone(), bytes });
        }
        let plan = plan_file.plan()?;
        let request = request::read(&kept.request, REQUEST).map_err(FolderError::Request)?;
        let inputs = inputs::verify(&request, &kept, plan.root_spki.as_deref()).map_err(FolderError::Request)?;
        let objects =
            drafted(&request, &inputs, &plan).map_err(|error| FolderError::Plan { why: error.to_string() })?;
        for object in &objects {
            let path = format!("{TO_BE_SIGNED}/{}.tbs", object.file);
            let approved = take(&path)?;
            if approved != object.to_be_signed {
                let (found, wanted) = (Digest::of(&object.to_be_signed), Digest::of(&approved));
                return Err(FolderError::Rebuilt { path, found, wanted });
            }
        }
        let unasked = |path: &&&str| path.starts_with(TO_BE_SIGNED);
        if let Some(path) = files.keys().find(unasked) {
            return Err(FolderError::Unexpected { path: (*path).to_owned() });
        }
        plan_file.check_objects(&objects)?;
        let request_sha256 = Digest::of(&kept.request);
        Ok(Self { folder: folder.to_owned(), request, request_sha256, inputs, plan, objects, listing, lines })
    }

    /// The digest the listing gives for a file, such as [`SITE`].
    #[must_use]
    pub fn digest_of(&self, path: &str) -> Option<Digest> {
        self.lines.iter().find(|line| line.path == path).map(|line| line.sha256)
    }

    /// SHA-256 of the public key of the root that a first ceremony makes.
    #[must_use]
    pub fn new_root_key(&self) -> Option<Digest> {
        self.request.root.as_ref().map(|_| Digest::of(&self.inputs.signer.spki))
    }

    /// When it was made.
    #[must_use]
    pub fn made(&self) -> Timestamp {
        self.plan.made
    }
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
    all.push((PLAN.to_owned(), PlanFile::of(&rehearsal.plan, files, &drafts).encode()));
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

/// The names in the folder are those of the listing, and those of later steps.
fn check_names(folder: &Path, lines: &[Line]) -> Result<(), FolderError> {
    let listed: BTreeSet<&str> = lines.iter().map(|line| line.path.as_str()).collect();
    for (prefix, subfolder) in
        [("", folder.to_owned()), ("to-be-signed/", folder.join(TO_BE_SIGNED)), ("inputs/", folder.join(INPUTS))]
    {
        let failed = |source| FolderError::Disk(DiskError::new("read", &subfolder, source));
        for entry in std::fs::read_dir(&subfolder).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            let later = prefix.is_empty()
                && ([LISTING, TO_BE_SIGNED, INPUTS].contains(&name.as_str()) || is_added_later(&name));
            if !later && !listed.contains(path.as_str()) {
                return Err(FolderError::Unexpected { path });
            }
        }
    }
    Ok(())
}

/// Whether a later step adds this name; also `*.sig` beside the listing, where `ssh-keygen` puts them.
fn is_added_later(name: &str) -> bool {
    let file = name.strip_suffix(".new").unwrap_or(name);
    FOLDERS_ADDED.contains(&name) || FILES_ADDED.contains(&file) || name.ends_with(".sig")
}

fn read(folder: &Path, path: &str, size_max: u64) -> Result<Vec<u8>, FolderError> {
    let whole = folder.join(path);
    match std::fs::symlink_metadata(&whole) {
        Ok(metadata) if !metadata.is_file() => Err(FolderError::Unexpected { path: path.to_owned() }),
        Ok(metadata) if metadata.len() > size_max => Err(FolderError::TooLarge { path: path.to_owned(), size_max }),
        Ok(_) => std::fs::read(&whole).map_err(|error| FolderError::Disk(DiskError::new("read", &whole, error))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(FolderError::Missing { path: path.to_owned() })
        }
        Err(error) => Err(FolderError::Disk(DiskError::new("read", &whole, error))),
    }
}
