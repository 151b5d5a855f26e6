//! The diagnoses of a link that cannot be used.

use std::fmt;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::link_name::{LinkName, LinkNameError};

/// The diagnosis of a link name that cannot be used; `file` is the configuration file that has it, if one does.
#[must_use]
pub(crate) fn bad_name(error: &LinkNameError, forms: &[&str], file: Option<&str>) -> Diagnosis {
    let place = file.map_or_else(|| "--link".to_owned(), |file| format!("`link` in {file}"));
    let correct = format!("Correct {place}. `rootcast-online receive --help` shows the forms.");
    let next = error.next(forms).unwrap_or(correct);
    let what = "Nothing was received and nothing published: a link name is not valid.";
    Diagnosis::new(Label::LinkName, what, error.to_string(), next)
}

/// The diagnosis of a link that could not be opened.
pub(super) fn not_opened(name: &LinkName, why: impl fmt::Display, next: &str) -> Diagnosis {
    Diagnosis::new(
        Label::LinkFailed,
        format!("Could not open the link {name}. Nothing was received and nothing published."),
        why.to_string(),
        next,
    )
}
