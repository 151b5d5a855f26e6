//! The names of files and folders in a state directory.
//!
//! Must not: read or write any of them.

/// The record: one sealed line, replaced as a whole.
pub(crate) const RECORD: &str = "state.json";
/// Trusted roots and sent items, named by their SHA-256.
pub(crate) const ITEMS: &str = "items";
/// The last bundle of each source, named by its object id.
pub(crate) const BUNDLES: &str = "bundles";
/// The journal: the hash chain.
pub(crate) const JOURNAL: &str = "journal.jsonl";
/// Transmissions under way.
pub(crate) const PENDING: &str = "intents";

/// Every name there may be in a folder in which the making of a state was begun and cut off.
pub(crate) const BEGUN: &[&str] = &["lock", ITEMS, PENDING, "state.json.new"];
