//! Nothing in the crates that are no libraries for others is public without another crate of the
//! repository that uses it: the tests, the examples and the fuzz targets are such crates.

use std::path::Path;

use super::arrows::Walker;
use super::needless::needless;
use super::public_surface::LIBRARIES;
use super::source_tree::{NOT_CHECKED, Sources};
use super::surface::Surface;

/// With less than this, a crate was not read.
const ENTRIES_MIN: usize = 50;

#[test]
fn nothing_is_public_that_no_other_crate_uses() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let sources = Sources::with_tests_of_repository(root);
    let walker = Walker::over(&sources);
    assert_eq!(walker.problems, [""; 0]);
    assert_eq!(walker.resolver.names.problems, [""; 0]);
    let libraries = LIBRARIES.map(|(folder, _)| folder);
    let mut wrong = Vec::new();
    for package in &sources.packages {
        if package.folder == NOT_CHECKED || libraries.contains(&package.folder.as_str()) {
            continue;
        }
        let library = walker.resolver.names.libraries[&package.name];
        let surface = Surface::of(&walker.resolver, &sources, library);
        assert_eq!(surface.problems, [""; 0]);
        let entries = surface.entries.len();
        println!("{}: {entries} entries", package.folder);
        assert!(entries >= ENTRIES_MIN, "{}: only {entries} entries", package.folder);
        let needless = needless(&walker, &sources, library, &surface);
        wrong.extend(needless.iter().map(|entry| format!("{}: {}", entry.file, entry.line)));
    }
    assert!(
        wrong.is_empty(),
        "{} things are public, and no other crate uses them; pub(crate) is enough:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
