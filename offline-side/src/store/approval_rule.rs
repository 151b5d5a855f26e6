//! The rule for approvals as state and journal keep it: how many people have to approve, and by which keys they are known.
//!
//! It is what the files of a site say, not the files themselves: a comment, an order or a line ending changes nothing.
//! Must not: judge an approval.

use std::fmt;

use serde::{Deserialize, Serialize};
use ssh_key::{HashAlg, PublicKey};

/// The rule, read from a site's files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRuleRecord {
    /// How many different people have to approve.
    pub required: u32,
    /// Who may approve, sorted.
    pub approvers: Vec<ApproverRecord>,
    /// The revoked keys: SHA-256 or SHA-1 of each, hexadecimal, sorted.
    pub revoked: Vec<String>,
}

/// One key that may approve.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApproverRecord {
    /// Whose it is, sorted.
    pub names: Vec<String>,
    /// The public key, as OpenSSH writes it, without a comment.
    pub key: String,
    /// The namespaces it may sign in, patterns of OpenSSH, sorted; `None` for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<Vec<String>>,
    /// Since when it counts, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_after: Option<String>,
    /// Until when it counts, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_before: Option<String>,
}

/// The pinned rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedApprovals {
    /// Counts the changes, from 1: an approved change fits one place only.
    pub serial: u64,
    /// The rule; nothing between a reset and the next signing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<ApprovalRuleRecord>,
    /// Between a reset and the next signing: the rule that the reset dropped. A reset of an older version kept none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped: Option<ApprovalRuleRecord>,
    /// The reset since which nobody approved a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<ResetRecord>,
}

/// A reset of the rule, which nobody approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetRecord {
    /// Who decided; typed, not authenticated.
    pub by: String,
    /// Why.
    pub because: String,
    /// When, RFC 3339.
    pub time: String,
    /// The time in UTC that an operator read from another clock, RFC 3339. A reset of an older version has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utc: Option<String>,
    /// How many people could still approve, and how many had to. A reset of an older version has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<LostQuorum>,
}

/// Why a rule could be reset: too few people could approve by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LostQuorum {
    /// How many people could still approve.
    pub able: u32,
    /// How many the rule asked for.
    pub required: u32,
    /// The approvers' keys that counted as revoked only because a list that was given says so: `SHA256:` fingerprints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revoked: Vec<String>,
    /// SHA-256 of that list, hexadecimal; `None` if no list was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_sha256: Option<String>,
}

/// Why a rule was pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PinCause {
    /// A signing found none pinned.
    FirstSigning,
    /// A signing found none pinned since a reset.
    AfterReset,
    /// People approved the change, by the rule before it.
    Approved,
    /// A reset: nothing is pinned until the next signing.
    Reset,
}

impl PinCause {
    /// Its name in the journal.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FirstSigning => "first-signing",
            Self::AfterReset => "after-reset",
            Self::Approved => "approved",
            Self::Reset => "reset",
        }
    }
}

/// What somebody confirmed about a rule before a signing pinned it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfirmedPin {
    /// It is weaker than the rule before it.
    Weaker,
    /// The rule before it was not found, so the two were not compared.
    NotCompared,
}

impl fmt::Display for ConfirmedPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Weaker => "although it is weaker than the rule before it",
            Self::NotCompared => "although the rule before it was not found",
        })
    }
}

/// What a run says of the rule, where people should know more than its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Announcement {
    /// It was reset, and nobody approved that.
    Reset(ResetRecord),
    /// Nobody has to approve.
    NobodyApproves,
}

impl Announcement {
    /// What a run says that goes by `pinned`, and by a rule that asks for `required` people.
    #[must_use]
    pub(crate) fn for_rule(pinned: Option<&PinnedApprovals>, required: u32) -> Vec<Self> {
        let mut said = pinned.map(PinnedApprovals::announcements).unwrap_or_default();
        if required == 0 && !said.contains(&Self::NobodyApproves) {
            said.push(Self::NobodyApproves);
        }
        said
    }
}

impl fmt::Display for Announcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reset(ResetRecord { by, because, time, .. }) => {
                write!(f, "the approval rule was reset on {time} by {by}, and nobody approved that: {because}")
            }
            Self::NobodyApproves => f.write_str("nobody has to approve a signing here (required = 0)"),
        }
    }
}

impl PinnedApprovals {
    /// What every run says of the rule; empty where people approved it and somebody has to approve.
    #[must_use]
    pub(crate) fn announcements(&self) -> Vec<Announcement> {
        let nobody = self.rule.as_ref().is_some_and(|rule| rule.required == 0);
        let reset = self.reset.iter().cloned().map(Announcement::Reset);
        reset.chain(nobody.then_some(Announcement::NobodyApproves)).collect()
    }

    /// The rule and its reset in words, for journal and record.
    #[must_use]
    pub(crate) fn lines(&self) -> Vec<String> {
        let none = || vec!["none until the next signing".to_owned()];
        let mut told = self.rule.as_ref().map_or_else(none, ApprovalRuleRecord::lines);
        told.extend(self.reset.iter().flat_map(ResetRecord::lines));
        told
    }
}

impl ResetRecord {
    /// The reset in words, for journal and record.
    #[must_use]
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut told = vec![format!("reset by {} at {}, approved by nobody: {}", self.by, self.time, self.because)];
        match (&self.utc, &self.lost) {
            (Some(utc), _) => told.push(format!("time read from another clock: {utc}")),
            (None, Some(_)) => told.push("NO time from another clock (REQ-CLOCK)".to_owned()),
            // A reset of an older version asked for none.
            (None, None) => {}
        }
        if let Some(lost) = &self.lost {
            told.push(format!("{} people could still approve; {} had to", lost.able, lost.required));
            told.extend(
                lost.list_sha256.iter().map(|list| format!("a list of revoked keys was given, SHA-256 {list}")),
            );
            told.extend(lost.revoked.iter().map(|key| format!("revoked by that list alone: {key}")));
        }
        told.iter().flat_map(|text| whole_lines(text)).collect()
    }
}

/// The text in lines that are printed whole: a printed line is cut after 300 characters.
#[must_use]
pub(crate) fn whole_lines(text: &str) -> Vec<String> {
    const LINE_CHARS_MAX: usize = 240;
    let chars: Vec<char> = text.chars().collect();
    let parts = chars.chunks(LINE_CHARS_MAX).enumerate();
    parts.map(|(at, part)| format!("{}{}", if at > 0 { "    " } else { "" }, part.iter().collect::<String>())).collect()
}

/// One approver in one line: the names, when and for what the key counts, and its fingerprint.
impl fmt::Display for ApproverRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names.join(","))?;
        if let Some(from) = &self.valid_after {
            write!(f, ", from {from}")?;
        }
        if let Some(until) = &self.valid_before {
            write!(f, ", until {until}")?;
        }
        if let Some(namespaces) = &self.namespaces {
            write!(f, ", only for {}", namespaces.join(","))?;
        }
        match PublicKey::from_openssh(&self.key) {
            Ok(key) => write!(f, ", {}", key.fingerprint(HashAlg::Sha256)),
            // What cannot be read is shown as it is.
            Err(_) => write!(f, ", {}", self.key),
        }
    }
}

impl ApprovalRuleRecord {
    /// The rule in words, for people.
    #[must_use]
    pub(crate) fn lines(&self) -> Vec<String> {
        let required = [format!("{} required", self.required)];
        let approvers = self.approvers.iter().map(|approver| format!("approver {approver}"));
        let revoked = self.revoked.iter().map(|key| format!("revoked {key}"));
        required.into_iter().chain(approvers).chain(revoked).flat_map(|text| whole_lines(&text)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::ApproverRecord;
    use rootcast_host::text::printable;

    /// A printed line is cut: nothing may be hidden behind a long key or name.
    #[test]
    fn no_part_of_an_approver_is_cut_off() {
        let rule = super::ApprovalRuleRecord {
            required: 2,
            approvers: vec![ApproverRecord {
                names: (0..40).map(|number| format!("approver-{number}@an-organisation.example")).collect(),
                key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti".to_owned(),
                namespaces: Some(vec!["rootcast-*".to_owned()]),
                valid_after: Some("2026-01-01T00:00:00Z".to_owned()),
                valid_before: Some("2027-12-31T00:00:00Z".to_owned()),
            }],
            revoked: vec!["ab".repeat(32)],
        };
        let lines = rule.lines();
        let shown: Vec<String> = lines.iter().map(|line| printable(line)).collect();
        assert_eq!(shown, lines, "no line is cut");
        let text = lines.iter().map(|line| line.trim_start()).collect::<String>();
        for part in ["approver-39@", "from 2026-01-01", "until 2027-12-31", "only for rootcast-*", "SHA256:"] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(!text.contains("AAAA"), "{text}");
    }
}
