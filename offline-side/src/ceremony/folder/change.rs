//! The folder of a change of the rule for approvals. People approve its listing by the rule that holds now.
//!
//! It is whole or not there, and opened as a rehearsal is: nothing in it is trusted.

use std::path::{Path, PathBuf};

use rootcast_host::disk::Disk;
use rootcast_protocol::digest::Digest;
use serde::{Deserialize, Serialize};

use super::error::FolderError;
use super::layout::{CHANGE, DIFFERENCE, DUMP, INPUTS, REQUEST, SITE};
use super::listing::Line;
use super::opened::ListedFiles;
use super::writing::write_listed;
use crate::ceremony::approval::Approvers;
use crate::ceremony::approval::difference::differences;
use crate::ceremony::request::{self, ApprovalsRequest};
use crate::ceremony::site::Site;
use crate::ceremony::site::kept::{SITE_FILE, SiteFiles, bytes_of};
use crate::store::approval_rule::{ApprovalRuleRecord, PinnedApprovals};
use crate::store::hex_text;

const FORMAT: u32 = 1;

/// What the rule was, and what it becomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleChange {
    format: u32,
    /// When the change was rehearsed, RFC 3339.
    pub(crate) made: String,
    /// The journal's entry that pinned the rule before, by its digest: approvals count for this state alone. A change that
    /// an older version rehearsed has none, and is not made.
    #[serde(default, with = "hex_text::option")]
    pub(crate) pinned_by: Option<Digest>,
    /// The rule that was pinned then.
    pub(crate) before: PinnedApprovals,
    /// The rule that the site's files say.
    pub(crate) after: ApprovalRuleRecord,
}

impl RuleChange {
    /// The change from `before`, which the entry `pinned_by` pinned, to `after`.
    #[must_use]
    pub(crate) fn new(made: String, pinned_by: Digest, before: PinnedApprovals, after: ApprovalRuleRecord) -> Self {
        Self { format: FORMAT, made, pinned_by: Some(pinned_by), before, after }
    }

    /// What changes, a line each.
    #[must_use]
    pub(crate) fn lines(&self) -> Vec<String> {
        let before = self.before.rule.clone().unwrap_or_default();
        let told = differences(&before, &self.after);
        if told.is_empty() { vec!["the rule stays as it is, and is approved".to_owned()] } else { told }
    }

    /// The whole rule that is to hold, for a witness.
    #[must_use]
    fn dump(&self) -> String {
        let mut text = format!("Rehearsed {}\nNo key is used. This is the rule that will hold.\n\n", self.made);
        for line in self.after.lines() {
            text.push_str(&format!("    {line}\n"));
        }
        text
    }
}

/// A change of the rule, read back from its folder and found to be whole.
#[derive(Debug)]
pub(crate) struct ChangeFolder {
    /// Where it is.
    pub(crate) folder: PathBuf,
    /// What was asked for.
    pub(crate) asked: ApprovalsRequest,
    /// SHA-256 of the request file.
    pub(crate) request_sha256: Digest,
    /// The change.
    pub(crate) change: RuleChange,
    /// The listing that people sign, byte for byte.
    pub(crate) listing: Vec<u8>,
    /// The approvers of the new rule, from the files that were kept.
    pub(crate) approvers: Approvers,
    /// The site file and the lists it names, as they were rehearsed.
    pub(crate) site_files: SiteFiles,
}

impl ChangeFolder {
    /// Whether `folder` is one of a change, as far as its names say.
    #[must_use]
    pub(crate) fn is_one(folder: &Path) -> bool {
        folder.join(CHANGE).symlink_metadata().is_ok()
    }

    /// Writes a change to `folder`, which must not exist.
    ///
    /// # Errors
    /// As [`super::RehearsalFolder::write`].
    pub(crate) fn write(
        disk: &dyn Disk,
        folder: &Path,
        change: &RuleChange,
        request: &[u8],
        site: &SiteFiles,
    ) -> Result<Vec<Line>, FolderError> {
        // Maps of texts always become JSON.
        let json = serde_json::to_string_pretty(change).unwrap_or_default() + "\n";
        let mut contents = vec![(REQUEST.to_owned(), request.to_vec())];
        contents.extend(site.iter().map(|(name, bytes)| (format!("{INPUTS}/{name}"), bytes.clone())));
        contents.push((CHANGE.to_owned(), json.into_bytes()));
        contents.push((DIFFERENCE.to_owned(), (change.lines().join("\n") + "\n").into_bytes()));
        contents.push((DUMP.to_owned(), change.dump().into_bytes()));
        write_listed(disk, folder, &contents)
    }

    /// Opens the change in `folder`.
    ///
    /// # Errors
    /// Anything that is not as the rehearsal left it.
    pub(crate) fn open(folder: &Path) -> Result<Self, FolderError> {
        let mut files = ListedFiles::read(folder)?;
        let wrong = |why: String| FolderError::Change { why };
        let change: RuleChange =
            serde_json::from_slice(&files.take(CHANGE)?).map_err(|error| wrong(error.to_string()))?;
        if change.format != FORMAT {
            return Err(wrong(format!("its format is {}; this program knows {FORMAT}", change.format)));
        }
        let request_bytes = files.take(REQUEST)?;
        let request = request::read(&request_bytes, REQUEST).map_err(FolderError::Request)?;
        let Some(asked) = request.approvals else {
            return Err(wrong("the request asks for something else".to_owned()));
        };
        let site_files = files.take_site();
        let site = bytes_of(&site_files, SITE_FILE).ok_or_else(|| FolderError::Missing { path: SITE.to_owned() })?;
        let site = Site::parse(site, Path::new(SITE)).map_err(|error| wrong(error.to_string()))?;
        let approvers = site.approvers(&site_files).map_err(|error| wrong(error.to_string()))?;
        if approvers.record().map_err(wrong)? != change.after || asked.required.value != change.after.required {
            return Err(wrong("the rule is not what the site's files say".to_owned()));
        }
        let ListedFiles { listing, .. } = files;
        let (folder, request_sha256) = (folder.to_owned(), Digest::of(&request_bytes));
        Ok(Self { folder, asked, request_sha256, change, listing, approvers, site_files })
    }
}
