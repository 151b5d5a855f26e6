//! The layers of the house: `docs/architecture.md` says which room may use which, and this test
//! reads both it and the sources.
//!
//! An arrow is any path, in any position, that resolves to an item defined in another file.
//! Re-exports count for the defining file; `mod` declarations and code for tests are no arrows.
//! `ROOTCAST_SHOW_ARROWS=1` prints what was found.
//!
//! From the same sources: what the library crates offer is what `public_surface/` lists
//! (`ROOTCAST_WRITE_SURFACE=1` writes the lists anew), each of their public modules has a doc test,
//! and the other crates offer nothing that no crate uses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod abroad;
mod arguments;
mod arrows;
mod cfg;
mod check;
mod circles;
mod collect;
mod count;
mod doc_tests;
mod errors;
mod expand;
mod imports;
mod library_items;
mod macros;
mod names;
mod needless;
mod path_cases;
mod public_surface;
mod public_uses;
mod resolve;
mod ribs;
mod show;
mod signature;
mod small_house;
mod source_tree;
mod spoken;
mod surface;
mod surface_cases;
mod surface_items;
mod table;
mod table_cases;
mod walk;

use std::fs;
use std::path::Path;

use source_tree::Sources;

/// Nothing to read is nothing checked: the house has more files and arrows than this.
const FILES_MIN: usize = 200;
const ARROWS_MIN: usize = 2000;

#[test]
fn every_arrow_is_allowed_and_no_files_form_a_circle() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let sources = Sources::of_repository(root);
    let document = fs::read_to_string(root.join(table::DOCUMENT)).unwrap();
    let findings = arrows::find(&sources);
    if std::env::var_os("ROOTCAST_SHOW_ARROWS").is_some() {
        println!("{}", show::show(&sources, &document, &findings));
    }
    let (files, arrows) = (findings.files.len(), findings.arrows.len());
    println!("{arrows} arrows between {files} files");
    assert!(files >= FILES_MIN, "only {files} files were found");
    assert!(arrows >= ARROWS_MIN, "only {arrows} arrows were found");
    let mut wrong = check::violations(&sources, &document, &findings);
    wrong.extend(count::lost_imports(&sources, &findings));
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
