//! The report on a failed run: what happened and whether anything was published or sent, why, and what to do next.

use std::fmt;

use serde::Serialize;

use crate::exit::Exit;
pub use crate::label::Label;

/// One failure in full. Every text is escaped when it is printed.
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

/// A diagnosis as the member `error` of a document for scripts.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorMember {
    label: Label,
    exit: u8,
    what: String,
    why: String,
    next: String,
}

/// The document of a run that failed and has nothing else to report.
#[derive(Debug, Serialize)]
pub struct ErrorDocument {
    error: ErrorMember,
}

impl Diagnosis {
    /// A diagnosis from its three texts.
    #[must_use]
    pub fn new(label: Label, what: impl Into<String>, why: impl Into<String>, next: impl Into<String>) -> Self {
        Self { label, what: what.into(), why: why.into(), next: next.into() }
    }

    /// The exit code of a run that ends with it.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.label.exit()
    }

    /// The member `error` of a document that says more than that.
    #[must_use]
    pub fn member(&self) -> ErrorMember {
        let Diagnosis { label, what, why, next } = self.clone();
        ErrorMember { label, exit: self.exit().code(), what, why, next }
    }

    /// The document of a run that failed: `{"error":{"label":…,"exit":…,"what":…,"why":…,"next":…}}`.
    #[must_use]
    pub fn document(&self) -> ErrorDocument {
        ErrorDocument { error: self.member() }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = |text: &str, indent: &str| {
            text.lines().map(crate::text::printable_paragraph).collect::<Vec<_>>().join(&format!("\n{indent}"))
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
    fn the_document_of_a_failure_is_its_error() {
        let document = serde_json::to_value(Diagnosis::new(Label::Held, "what", "why", "next").document()).unwrap();
        let error = serde_json::json!({"label": "held", "exit": 9, "what": "what", "why": "why", "next": "next"});
        assert_eq!(document, serde_json::json!({ "error": error }));
    }
}
