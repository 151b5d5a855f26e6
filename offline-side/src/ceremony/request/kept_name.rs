//! The names that files of a request get here: plain, whatever their path is.

use std::path::Path;

/// The file name in a path, without its extension and with plain characters only.
pub(super) fn stem(path: &str) -> String {
    let stem = Path::new(path).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    safe(&stem)
}

/// A name that is safe as a file name everywhere: at most 64 of letters, digits, dot, dash and underscore.
pub(super) fn safe(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let name: String = name.trim_start_matches('.').chars().take(64).map(plain).collect();
    if name.is_empty() { "file".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::{safe, stem};

    #[test]
    fn kept_names_are_plain_whatever_the_path() {
        assert_eq!(stem("../requests/issuing g2.csr"), "issuing_g2");
        assert_eq!(safe("..ключ/\u{1b}"), "_____".to_owned() + "_");
        assert_eq!(safe(".."), "file");
        assert_eq!(safe(&"x".repeat(300)).len(), 64);
    }
}
