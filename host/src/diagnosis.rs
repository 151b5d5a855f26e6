//! The report on a run that failed: what happened and whether anything was published or sent, why, what to do next.

use std::fmt;

use serde::Serialize;

use crate::exit::Exit;
pub use crate::label::Label;

/// One failure in full. Every text is made printable when it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// Its stable name.
    pub label: Label,
    /// What happened, and whether anything was published or sent.
    pub what: String,
    /// Why: the numbers, the path, the rule id.
    pub why: String,
    /// What to do next.
    pub next: String,
}

/// The member `error` of a document for scripts.
#[derive(Debug, Serialize)]
struct ErrorMember<'a> {
    label: Label,
    exit: u8,
    what: &'a str,
    why: &'a str,
    next: &'a str,
}

impl Diagnosis {
    /// A diagnosis of three sentences.
    #[must_use]
    pub fn new(label: Label, what: impl Into<String>, why: impl Into<String>, next: impl Into<String>) -> Self {
        Self { label, what: what.into(), why: why.into(), next: next.into() }
    }

    /// The exit code of a run that ends with it.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.label.exit()
    }

    /// The same for scripts: `{"error":{"label":…,"exit":…,"what":…,"why":…,"next":…}}`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let mut document = serde_json::json!({});
        self.add_to(&mut document);
        document
    }

    /// Puts the same `error` into a document for scripts that says more than that. What is no object stays as it is.
    pub fn add_to(&self, document: &mut serde_json::Value) {
        if let Some(members) = document.as_object_mut() {
            let error = ErrorMember {
                label: self.label,
                exit: self.exit().code(),
                what: &self.what,
                why: &self.why,
                next: &self.next,
            };
            members.insert("error".to_owned(), serde_json::to_value(error).unwrap_or_default());
        }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = |text: &str, indent: &str| {
            text.lines().map(crate::text::printable).collect::<Vec<_>>().join(&format!("\n{indent}"))
        };
        write!(f, "error[{}]: {}", self.label, lines(&self.what, "  "))?;
        write!(f, "\n  why:  {}", lines(&self.why, "        "))?;
        write!(f, "\n  next: {}", lines(&self.next, "        "))
    }
}

impl std::error::Error for Diagnosis {}

#[cfg(test)]
mod tests {
    use super::{Diagnosis, Label};

    #[test]
    fn a_diagnosis_never_prints_a_control_character() {
        let text = Diagnosis::new(Label::Rejected, "a\u{1b}[2J", "b\u{202e}\nsecond line", "c\r").to_string();
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        assert_eq!(text.lines().count(), 4);
    }

    #[test]
    fn a_document_that_says_more_has_the_error_as_one_that_says_nothing_else() {
        let diagnosis = Diagnosis::new(Label::Held, "what", "why", "next");
        let alone =
            serde_json::json!({"error": {"label": "held", "exit": 9, "what": "what", "why": "why", "next": "next"}});
        assert_eq!(diagnosis.to_json(), alone);
        let mut document = serde_json::json!({"files": [], "error": "an earlier one"});
        diagnosis.add_to(&mut document);
        assert_eq!(document, serde_json::json!({"files": [], "error": alone["error"]}));
        let mut list = serde_json::json!([1]);
        diagnosis.add_to(&mut list);
        assert_eq!(list, serde_json::json!([1]));
    }
}
