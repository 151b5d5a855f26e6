//! A rehearsal, read back from its folder. Nothing in it is trusted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rootcast_host::disk::DiskError;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::limits::ITEM_SIZE_MAX;

use super::choices_file::ChoicesFile;
use super::error::FolderError;
use super::layout::{CHOICES, INPUTS, LISTING, REQUEST, TO_BE_SIGNED, is_added_later};
use super::listing::{self, Line};
use super::reading::{LISTING_SIZE_MAX, read};
use crate::ceremony::draft::choices::Choices;
use crate::ceremony::draft::inputs::{self, Inputs};
use crate::ceremony::draft::{DraftedObject, drafted};
use crate::ceremony::request::{self, KeptInput, Request, RequestFiles};
use crate::ceremony::site::kept;
use crate::ceremony::site::kept::SiteFiles;

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
    pub choices: Choices,
    /// The objects, in the order in which they are signed.
    pub objects: Vec<DraftedObject>,
    /// The listing that people sign, byte for byte.
    pub listing: Vec<u8>,
    /// What the listing says.
    pub lines: Vec<Line>,
    /// The site file and the lists it names, as they were rehearsed.
    pub site_files: SiteFiles,
}

/// The files of a folder, each as the listing says.
pub(super) struct ListedFiles {
    /// The listing, byte for byte.
    pub(super) listing: Vec<u8>,
    /// What it says.
    pub(super) lines: Vec<Line>,
    files: BTreeMap<String, Vec<u8>>,
}

impl ListedFiles {
    /// Reads every file of `folder` once.
    ///
    /// # Errors
    /// Anything that is not as the listing says.
    pub(super) fn read(folder: &Path) -> Result<Self, FolderError> {
        if matches!(folder.symlink_metadata(), Err(error) if error.kind() == std::io::ErrorKind::NotFound) {
            return Err(FolderError::NoFolder { folder: folder.to_owned() });
        }
        let listing = read(folder, LISTING, LISTING_SIZE_MAX)?;
        let lines = listing::parse(&listing)?;
        check_names(folder, &lines)?;
        let mut files = BTreeMap::new();
        for line in &lines {
            let bytes = read(folder, &line.path, ITEM_SIZE_MAX as u64)?;
            let found = Digest::of(&bytes);
            if found != line.sha256 {
                return Err(FolderError::Changed { path: line.path.clone(), found, wanted: line.sha256 });
            }
            files.insert(line.path.clone(), bytes);
        }
        Ok(Self { listing, lines, files })
    }

    /// Takes the bytes of a file that has to be there.
    ///
    /// # Errors
    /// [`FolderError::Missing`].
    pub(super) fn take(&mut self, path: &str) -> Result<Vec<u8>, FolderError> {
        self.files.remove(path).ok_or_else(|| FolderError::Missing { path: path.to_owned() })
    }

    /// Takes the files of the site.
    pub(super) fn take_site(&mut self) -> SiteFiles {
        let kept = kept::NAMES.iter().filter_map(|name| {
            let bytes = self.files.remove(&format!("{INPUTS}/{name}"))?;
            Some((*name, bytes))
        });
        kept.collect()
    }

    /// A file of the bytes to be signed that nobody took.
    fn not_asked_for(&self) -> Option<&str> {
        self.files.keys().map(String::as_str).find(|path| path.starts_with(TO_BE_SIGNED))
    }
}

impl RehearsalFolder {
    /// Opens the rehearsal in `folder`.
    ///
    /// # Errors
    /// Anything that is not as the rehearsal left it.
    pub fn open(folder: &Path) -> Result<Self, FolderError> {
        let mut files = ListedFiles::read(folder)?;
        let choices_file = ChoicesFile::read(&files.take(CHOICES)?)?;
        let mut kept = RequestFiles { request: files.take(REQUEST)?, inputs: Vec::new() };
        for input in &choices_file.inputs {
            let bytes = files.take(&format!("{INPUTS}/{}", input.kept))?;
            kept.inputs.push(KeptInput { written: input.written.clone(), kept: input.kept.clone(), bytes });
        }
        let site_files = files.take_site();
        let choices = choices_file.choices()?;
        let request = request::read(&kept.request, REQUEST).map_err(FolderError::Request)?;
        let inputs = inputs::verify(&request, &kept, choices.root_spki.as_deref()).map_err(FolderError::Request)?;
        let identities = inputs.identities(&request, &choices.known).map_err(FolderError::Request)?;
        let objects = drafted(&request, &inputs, &identities, &choices)
            .map_err(|error| FolderError::Choices { why: error.to_string() })?;
        for object in &objects {
            let path = format!("{TO_BE_SIGNED}/{}.tbs", object.file);
            let approved = files.take(&path)?;
            if approved != object.to_be_signed {
                let (found, wanted) = (Digest::of(&object.to_be_signed), Digest::of(&approved));
                return Err(FolderError::Rebuilt { path, found, wanted });
            }
        }
        if let Some(path) = files.not_asked_for() {
            return Err(FolderError::Unexpected { path: path.to_owned() });
        }
        choices_file.check_objects(&objects)?;
        let request_sha256 = Digest::of(&kept.request);
        let ListedFiles { listing, lines, .. } = files;
        let folder = folder.to_owned();
        Ok(Self { folder, request, request_sha256, inputs, choices, objects, listing, lines, site_files })
    }

    /// SHA-256 of the public key of the root that a first ceremony makes.
    #[must_use]
    pub(crate) fn new_root_key(&self) -> Option<Digest> {
        self.request.is_new_root().then(|| Digest::of(&self.inputs.signer.spki))
    }

    /// When it was made.
    #[must_use]
    pub(crate) fn made(&self) -> Timestamp {
        self.choices.made
    }
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
