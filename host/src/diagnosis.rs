//! How a run that did not end well is told: what happened and whether anything was published or sent, why, what to do.

use std::fmt;

use crate::exit::Exit;

/// The stable name of a kind of failure. `docs/errors.md` lists every one; a test keeps the two equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Label {
    /// Wrong flags or arguments.
    Usage,
    /// A `--link` that cannot be understood.
    LinkName,
    /// A file that was named does not exist or cannot be read.
    FileUnreadable,
    /// A file that was named is larger than an item may be.
    FileTooLarge,
    /// An output file or folder already holds something.
    OutputExists,
    /// No root is enrolled in this state directory.
    NotEnrolled,
    /// A root certificate that cannot be enrolled.
    RootRefused,
    /// The person asked did not confirm.
    NotConfirmed,
    /// Offline: an item fails the rules and is not sent.
    SourceRefused,
    /// The given items do not make a bundle.
    BundleRefused,
    /// Offline: a ceremony's request, or what it asks for, is refused.
    RequestRefused,
    /// Offline: a rehearsal's folder is not what the rehearsal left.
    RehearsalChanged,
    /// Offline: what came back from the key is not what was approved.
    ReadBackFailed,
    /// Offline: a rehearsal's number is used: it has to be rehearsed again.
    NumberBurned,
    /// Nothing complete arrived before the links ended or the deadline passed.
    Incomplete,
    /// Items were judged, and at least one was rejected.
    Rejected,
    /// Items were judged, and at least one contradicts what was published before.
    RolledBack,
    /// Items were judged, and at least one waits for a recorded human decision.
    Held,
    /// No held item has the id given.
    HeldUnknown,
    /// A link or device could not be opened, or failed while in use.
    LinkFailed,
    /// The process could not lock itself in, and was told not to go on without.
    SandboxMissing,
    /// Writing to or reading from the state directory or an output failed.
    StorageFailed,
    /// Another process uses the state directory.
    StateLocked,
    /// This state directory was enrolled, and what it accepted is missing.
    StateLost,
    /// A file of the state is not what it says it is.
    StateBroken,
    /// The journal's chain does not hold.
    JournalBroken,
    /// A site file that cannot be used.
    SiteRefused,
    /// The token or the key is not the one the site file pins.
    KeyNotPinned,
    /// No PIN, or not the right one.
    PinRefused,
    /// The PKCS#11 module or the token failed.
    TokenFailed,
    /// The key cannot do what is asked of it.
    KeyUnusable,
    /// A key that is to be made exists already.
    KeyExists,
    /// What the token returned is no signature under the pinned key.
    SignatureWrong,
    /// Too few people approved.
    ApprovalsMissing,
    /// `status`: something ends soon or contact is overdue.
    Attention,
    /// A signal ended the run.
    Interrupted,
}

impl Label {
    /// Every label there is.
    pub const ALL: &[Self] = &[
        Self::Usage,
        Self::LinkName,
        Self::FileUnreadable,
        Self::FileTooLarge,
        Self::OutputExists,
        Self::NotEnrolled,
        Self::RootRefused,
        Self::NotConfirmed,
        Self::SourceRefused,
        Self::BundleRefused,
        Self::RequestRefused,
        Self::RehearsalChanged,
        Self::ReadBackFailed,
        Self::NumberBurned,
        Self::Incomplete,
        Self::Rejected,
        Self::RolledBack,
        Self::Held,
        Self::HeldUnknown,
        Self::LinkFailed,
        Self::SandboxMissing,
        Self::StorageFailed,
        Self::StateLocked,
        Self::StateLost,
        Self::StateBroken,
        Self::JournalBroken,
        Self::SiteRefused,
        Self::KeyNotPinned,
        Self::PinRefused,
        Self::TokenFailed,
        Self::KeyUnusable,
        Self::KeyExists,
        Self::SignatureWrong,
        Self::ApprovalsMissing,
        Self::Attention,
        Self::Interrupted,
    ];

    /// The label as it is printed and logged.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::LinkName => "link-name",
            Self::FileUnreadable => "file-unreadable",
            Self::FileTooLarge => "file-too-large",
            Self::OutputExists => "output-exists",
            Self::NotEnrolled => "not-enrolled",
            Self::RootRefused => "root-refused",
            Self::NotConfirmed => "not-confirmed",
            Self::SourceRefused => "source-refused",
            Self::BundleRefused => "bundle-refused",
            Self::RequestRefused => "request-refused",
            Self::RehearsalChanged => "rehearsal-changed",
            Self::ReadBackFailed => "read-back-failed",
            Self::NumberBurned => "number-burned",
            Self::Incomplete => "incomplete",
            Self::Rejected => "rejected",
            Self::RolledBack => "rolled-back",
            Self::Held => "held",
            Self::HeldUnknown => "held-unknown",
            Self::LinkFailed => "link-failed",
            Self::SandboxMissing => "sandbox-missing",
            Self::StorageFailed => "storage-failed",
            Self::StateLocked => "state-locked",
            Self::StateLost => "state-lost",
            Self::StateBroken => "state-broken",
            Self::JournalBroken => "journal-broken",
            Self::SiteRefused => "site-refused",
            Self::KeyNotPinned => "key-not-pinned",
            Self::PinRefused => "pin-refused",
            Self::TokenFailed => "token-failed",
            Self::KeyUnusable => "key-unusable",
            Self::KeyExists => "key-exists",
            Self::SignatureWrong => "signature-wrong",
            Self::ApprovalsMissing => "approvals-missing",
            Self::Attention => "attention",
            Self::Interrupted => "interrupted",
        }
    }

    /// The exit code that goes with it.
    #[must_use]
    pub fn exit(self) -> Exit {
        match self {
            Self::Usage
            | Self::LinkName
            | Self::FileUnreadable
            | Self::FileTooLarge
            | Self::OutputExists
            | Self::NotEnrolled
            | Self::HeldUnknown
            | Self::SandboxMissing
            | Self::SiteRefused
            | Self::KeyUnusable
            | Self::KeyExists
            | Self::NotConfirmed => Exit::Usage,
            Self::SourceRefused
            | Self::BundleRefused
            | Self::RequestRefused
            | Self::RehearsalChanged
            | Self::ReadBackFailed
            | Self::NumberBurned
            | Self::KeyNotPinned
            | Self::ApprovalsMissing => Exit::SourceRefused,
            Self::Incomplete => Exit::Incomplete,
            Self::Rejected | Self::RootRefused => Exit::Rejected,
            Self::RolledBack => Exit::RolledBack,
            Self::Held => Exit::Held,
            Self::LinkFailed | Self::PinRefused | Self::TokenFailed | Self::SignatureWrong => Exit::Link,
            Self::StorageFailed | Self::StateLocked | Self::StateLost | Self::StateBroken | Self::JournalBroken => {
                Exit::Storage
            }
            Self::Attention => Exit::Attention,
            Self::Interrupted => Exit::Interrupted,
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One failure, told in full. Every text is made printable when it is shown.
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
            let error = serde_json::json!({
                "label": self.label.as_str(), "exit": self.exit().code(), "what": self.what, "why": self.why, "next": self.next,
            });
            members.insert("error".to_owned(), error);
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

    #[test]
    fn labels_are_distinct_and_kebab_case() {
        let mut seen = std::collections::BTreeSet::new();
        for label in Label::ALL {
            assert!(seen.insert(label.as_str()));
            assert!(label.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        }
    }
}
