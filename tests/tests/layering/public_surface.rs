//! The public surface of the library crates is as it is listed in `public_surface/`: it is
//! documented for its users, and none of it changes unseen.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::arrows::Walker;
use super::source_tree::Sources;
use super::surface::Surface;

/// The libraries, by the folder and the name of the crate.
pub(crate) const LIBRARIES: [(&str, &str); 2] = [("protocol", "rootcast_protocol"), ("pki", "rootcast_pki")];

/// A list shorter than this was not read from everything.
const LINES_MIN: usize = 100;

#[test]
fn the_public_surface_of_the_libraries_is_as_it_is_listed() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let folder = root.join("tests/tests/layering/public_surface");
    let sources = Sources::of_repository(root);
    let walker = Walker::over(&sources);
    let mut wrong = String::new();
    for (package, library) in LIBRARIES {
        let surface = Surface::of(&walker.resolver, &sources, walker.resolver.names.libraries[library]);
        assert_eq!(surface.problems, [""; 0]);
        assert!(surface.entries.len() >= LINES_MIN, "{package}: only {} lines", surface.entries.len());
        let lines: Vec<&str> = surface.entries.iter().map(|entry| entry.line.as_str()).collect();
        let path = folder.join(format!("{package}.txt"));
        if std::env::var_os("ROOTCAST_WRITE_SURFACE").is_some() {
            fs::write(&path, format!("{}\n", lines.join("\n"))).unwrap();
        }
        let listed = fs::read_to_string(&path).unwrap_or_default();
        wrong.push_str(&difference(package, &listed, &lines));
    }
    assert!(
        wrong.is_empty(),
        "The public surface of a library is not as it is listed:\n{wrong}\
         It is documented, and others may use it. If the change is meant, name it in CHANGELOG.md; then \
         ROOTCAST_WRITE_SURFACE=1 cargo test -p rootcast-tests --test layering writes the lists anew."
    );
}

/// The lines that only one of both has.
fn difference(package: &str, listed: &str, lines: &[&str]) -> String {
    let listed: BTreeSet<&str> = listed.lines().collect();
    let found: BTreeSet<&str> = lines.iter().copied().collect();
    let mut text = String::new();
    for line in listed.difference(&found) {
        _ = writeln!(text, "  {package}: removed: {line}");
    }
    for line in found.difference(&listed) {
        _ = writeln!(text, "  {package}: added:   {line}");
    }
    text
}
