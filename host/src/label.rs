//! Labels: the stable names of the ways a run can fail, in one table with the exit code of each.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::exit::Exit;

/// Makes [`Label`] from its table: a sentence, the name, the exit code.
macro_rules! labels {
    ($($(#[$doc:meta])+ $label:ident = $name:literal, $exit:ident;)+) => {
        /// The stable name of a kind of failure. `docs/errors.md` lists every one; a test keeps the two equal.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Label {
            $($(#[$doc])+ $label,)+
        }

        impl Label {
            /// Every label there is.
            pub const ALL: &[Self] = &[$(Self::$label),+];

            /// The label as it is printed and logged.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$label => $name),+
                }
            }

            /// The exit code that goes with it.
            #[must_use]
            pub fn exit(self) -> Exit {
                match self {
                    $(Self::$label => Exit::$exit),+
                }
            }
        }
    };
}

labels! {
    /// Wrong flags or arguments.
    Usage = "usage", Usage;
    /// An invalid `--link`.
    LinkName = "link-name", Usage;
    /// A named file does not exist or cannot be read.
    FileUnreadable = "file-unreadable", Usage;
    /// A named file is larger than an item may be.
    FileTooLarge = "file-too-large", Usage;
    /// An output file or folder already holds something.
    OutputExists = "output-exists", Usage;
    /// A configuration file that others may write, or whose text is wrong.
    ConfigurationRefused = "configuration-refused", Usage;
    /// This state directory trusts no root.
    NotEnrolled = "not-enrolled", Usage;
    /// A root certificate that cannot be trusted.
    RootRefused = "root-refused", Rejected;
    /// The person asked did not confirm.
    NotConfirmed = "not-confirmed", Usage;
    /// Offline: an item fails the rules and is not sent.
    SourceRefused = "source-refused", SourceRefused;
    /// The given items do not make a bundle.
    BundleRefused = "bundle-refused", SourceRefused;
    /// Offline: a ceremony's request, or what it asks for, is refused.
    RequestRefused = "request-refused", SourceRefused;
    /// Offline: a rehearsal's folder changed after the rehearsal.
    RehearsalChanged = "rehearsal-changed", SourceRefused;
    /// Offline: the signed object is not what was approved.
    ReadBackFailed = "read-back-failed", SourceRefused;
    /// Offline: the rehearsal's number is used; a new rehearsal is needed.
    NumberBurned = "number-burned", SourceRefused;
    /// Nothing complete arrived before the links ended or the deadline passed.
    Incomplete = "incomplete", Incomplete;
    /// Items were judged, and at least one was rejected.
    Rejected = "rejected", Rejected;
    /// Items were judged, and at least one contradicts what was published before.
    RolledBack = "rolled-back", RolledBack;
    /// Items were judged, and at least one waits for a recorded human decision.
    Held = "held", Held;
    /// No held item has the id given.
    HeldUnknown = "held-unknown", Usage;
    /// No alarm has the id given.
    AlarmUnknown = "alarm-unknown", Usage;
    /// A link or device could not be opened, or failed while in use.
    LinkFailed = "link-failed", Link;
    /// The process could not sandbox itself, and the sandbox was required.
    SandboxMissing = "sandbox-missing", Usage;
    /// Writing to or reading from the state directory or an output failed.
    StorageFailed = "storage-failed", Storage;
    /// Another process uses the state directory.
    StateLocked = "state-locked", Storage;
    /// The state directory belongs to another user than the one that runs the program.
    OtherUser = "other-user", Storage;
    /// This state directory was in use, and its accepted state is missing.
    StateLost = "state-lost", Storage;
    /// A file of the state is not what was committed.
    StateBroken = "state-broken", Storage;
    /// The journal's hash chain is broken.
    JournalBroken = "journal-broken", Storage;
    /// A site file that cannot be used.
    SiteRefused = "site-refused", Usage;
    /// The token or the key is not the one that the site file pins.
    KeyNotPinned = "key-not-pinned", SourceRefused;
    /// No PIN, or not the right one.
    PinRefused = "pin-refused", Link;
    /// The PKCS#11 module or the token failed.
    TokenFailed = "token-failed", Link;
    /// The key cannot be used for this operation.
    KeyUnusable = "key-unusable", Usage;
    /// A key that is to be made exists already.
    KeyExists = "key-exists", Usage;
    /// The token did not return a valid signature under the pinned key.
    SignatureWrong = "signature-wrong", Link;
    /// Too few people approved.
    ApprovalsMissing = "approvals-missing", SourceRefused;
    /// The rule for approvals is not the pinned one, or may not be changed so.
    ApprovalsPinned = "approvals-pinned", SourceRefused;
    /// The journal's head on paper was not given, or this journal has signed since, or does not have it.
    PaperHead = "paper-head", SourceRefused;
    /// The key was made for escrow, and it was not yet restored from its pages, or its making ended early.
    EscrowUnfinished = "escrow-unfinished", SourceRefused;
    /// `status`: something ends soon or contact is overdue.
    Attention = "attention", Attention;
    /// A signal ended the run.
    Interrupted = "interrupted", Interrupted;
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Label;

    #[test]
    fn labels_are_distinct_and_kebab_case() {
        let mut seen = std::collections::BTreeSet::new();
        for label in Label::ALL {
            assert!(seen.insert(label.as_str()));
            assert!(label.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        }
    }
}
