//! A folder that will become a state directory: is it empty, or does it hold something else?

use std::fs;
use std::path::Path;

use crate::diagnosis::{Diagnosis, Label};

/// The first name in `folder` that is neither one of `own` nor a file of `named`, those on the command line; nothing
/// if there is none or no folder. `lost+found` is in the way of nobody: it marks the top of a file system.
#[must_use]
pub fn stranger(folder: &Path, own: &[&str], named: &[&Path]) -> Option<String> {
    let named: Vec<_> = named.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut strangers: Vec<String> = fs::read_dir(folder)
        .ok()?
        .flatten()
        .filter(|entry| !named.contains(&entry.path().canonicalize().unwrap_or_default()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != "lost+found" && !own.contains(&name.as_str()))
        .collect();
    strangers.sort_unstable();
    strangers.into_iter().next()
}

/// The diagnosis of a folder that holds `stranger`; `what` says what was not done.
#[must_use]
pub fn occupied(folder: &Path, stranger: &str, what: &str) -> Diagnosis {
    let other = match stranger {
        "generations" | "published" | "receipts" | "symbols" | "enrolled" => ": it is an online state",
        "items" | "intents" | "bundles" | "journal.jsonl" | "state.json" => ": it is an offline state",
        _ => "",
    };
    Diagnosis::new(
        Label::OutputExists,
        what,
        format!("{} is not a state directory of this program and already holds {stranger}{other}.", folder.display()),
        "Name an empty folder, or one that does not exist yet, with --state.",
    )
}

#[cfg(test)]
mod tests {
    use super::stranger;

    #[test]
    fn only_what_belongs_to_nobody_here_is_a_stranger() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root.crt");
        for name in ["lock", "lost+found", "root.crt"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(stranger(folder.path(), &["lock"], &[&root]), None);
        assert_eq!(stranger(folder.path(), &["lock"], &[]), Some("root.crt".to_owned()));
        assert_eq!(stranger(&folder.path().join("none"), &[], &[]), None);
    }
}
