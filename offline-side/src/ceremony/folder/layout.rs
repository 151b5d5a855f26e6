//! The names of everything in a rehearsal's folder, those that later steps add among them.

/// The folder of the bytes to be signed.
pub(crate) const TO_BE_SIGNED: &str = "to-be-signed";
/// The folder of everything that went into them.
pub(crate) const INPUTS: &str = "inputs";
/// The request.
pub(crate) const REQUEST: &str = "request.toml";
/// What was decided.
pub(crate) const CHOICES: &str = "rehearsal.json";
/// The change of the rule for approvals, in the place of [`CHOICES`].
pub(crate) const CHANGE: &str = "approvals.json";
/// What changes.
pub(crate) const DIFFERENCE: &str = "difference.txt";
/// Everything in words.
pub(crate) const DUMP: &str = "dump.txt";
/// The site file, as the listing names it.
pub(crate) const SITE: &str = "inputs/site.toml";
/// The listing of everything else, which people sign.
pub(crate) const LISTING: &str = "to-be-signed.txt";

/// The folder of what was signed.
pub(crate) const SIGNED: &str = "signed";
/// What [`SIGNED`] is called until it is whole.
pub(crate) const IN_THE_MAKING: &str = ".signed-in-the-making";
/// The folder of the approvals that were given.
pub(crate) const APPROVALS: &str = "approvals";
/// Their verdicts, a line each, in [`APPROVALS`].
pub(crate) const VERDICTS: &str = "approvals.txt";
/// The journal's entries about this ceremony.
pub(crate) const ENTRIES: &str = "journal.jsonl";
/// The record, Markdown.
pub(crate) const MARKDOWN: &str = "record.md";
/// The same pages, PDF.
pub(crate) const PDF: &str = "record.pdf";

/// Folders that the steps after a rehearsal add to its folder.
const FOLDERS_ADDED: [&str; 3] = [SIGNED, APPROVALS, IN_THE_MAKING];
/// Files that they add, and replace as a whole: a run that is cut off meanwhile leaves one with `.new` at its end.
const FILES_ADDED: [&str; 3] = [ENTRIES, MARKDOWN, PDF];

/// Whether a later step adds this name; also `*.sig` beside the listing, where `ssh-keygen` puts them.
pub(super) fn is_added_later(name: &str) -> bool {
    let file = name.strip_suffix(".new").unwrap_or(name);
    FOLDERS_ADDED.contains(&name) || FILES_ADDED.contains(&file) || name.ends_with(".sig")
}
