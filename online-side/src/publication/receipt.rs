//! Receipts: what each generation decided, why, and on whose decision. Each names the SHA-256 of the receipt before it.

use rootcast_pki::finding::Severity;
use rootcast_pki::item::FileKind;
use rootcast_pki::policy_change::PolicyChange;
use rootcast_pki::report::ReportedFinding;
use rootcast_pki::stage::Ruling;
use serde::{Deserialize, Serialize};

use super::alarm::{AlarmKind, AlarmRecord};
use super::record::{JournalSeen, OpenFinding};

/// One decision of the gate, stored in `receipts/<generation>.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The layout's version, 1.
    pub version: u32,
    /// The generation that this receipt belongs to.
    pub generation: u64,
    /// When, RFC 3339 UTC.
    pub time: String,
    /// What it is about.
    pub what: ReceiptKind,
    /// The program and its version.
    pub by_program: String,
    /// SHA-256 of the receipt before, hexadecimal; empty for the first.
    pub previous: String,
    /// SHA-256 of the record it made, hexadecimal: of `state.json` with an empty text as its `receipt`. Receipts of
    /// earlier versions have none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub record_sha256: Option<String>,
    /// The object that was judged, and by which links its symbols came.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub object: Option<String>,
    /// The links of this run.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub links: Vec<String>,
    /// The manifest and the result of its signature check, if the object had one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub manifest: Option<ManifestReceipt>,
    /// Rules that configuration switches off or weakens for this judgement, in words, each with its root.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub switched_off: Vec<String>,
    /// The whole policy before and after a `trust`, for each certificate of the issuer that it changed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub policies: Vec<PolicyChange>,
    /// The items, in order.
    pub items: Vec<ItemReceipt>,
    /// The alarms that rang, or the one that was acknowledged.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub alarms: Vec<AlarmReceipt>,
    /// Who decided about a held item, acknowledged an alarm or retired an issuer, and why.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decision: Option<Decision>,
}

/// What a receipt is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReceiptKind {
    /// An object was received and judged.
    Received,
    /// A person decided about a held item.
    Decision,
    /// A held item was discarded.
    Discard,
    /// A `trust`.
    Enrol,
    /// A root or an issuer was taken out.
    Retired,
    /// Something rang while nothing was received.
    Alarm,
    /// An alarm was acknowledged.
    AlarmAcknowledged,
}

impl ReceiptKind {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::Received,
        Self::Decision,
        Self::Discard,
        Self::Enrol,
        Self::Retired,
        Self::Alarm,
        Self::AlarmAcknowledged,
    ];

    /// Its name, as receipts, documents and options have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Decision => "decision",
            Self::Discard => "discard",
            Self::Enrol => "enrol",
            Self::Retired => "retired",
            Self::Alarm => "alarm",
            Self::AlarmAcknowledged => "alarm-acknowledged",
        }
    }
}

/// An alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmReceipt {
    /// What people type to name it.
    pub id: String,
    /// What rang.
    pub kind: AlarmKind,
    /// What it is about.
    pub about: String,
    /// Ids of the rules, if rules rang it.
    pub rules: Vec<String>,
    /// In words.
    pub text: String,
}

impl From<&AlarmRecord> for AlarmReceipt {
    fn from(alarm: &AlarmRecord) -> Self {
        let AlarmRecord { kind, about, rules, text, .. } = alarm;
        Self { id: alarm.id(), kind: *kind, about: about.clone(), rules: rules.clone(), text: text.clone() }
    }
}

/// The result of checking a manifest's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestSignature {
    /// No export key is pinned.
    NotAsked,
    /// The manifest carries none.
    Absent,
    /// It verifies under the pinned export key, and the manifest speaks for a root that is trusted here.
    Good,
    /// It does not.
    Bad,
}

/// The content of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestReceipt {
    /// SHA-256 of the public key of the root it speaks for, hexadecimal.
    pub source: String,
    /// Its number.
    pub number: u64,
    /// Its SHA-256, hexadecimal.
    pub digest: String,
    /// `good`, `bad` or `absent`; `not-asked` where no export key is pinned.
    pub signature: ManifestSignature,
    /// The export key that signed it, 64 hexadecimal digits, if it is one of those pinned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub export_key: Option<String>,
    /// How far the offline journal had come, if the manifest is signed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub journal: Option<JournalReceipt>,
    /// What was found; it decides about no item.
    pub findings: Vec<RuleReceipt>,
}

/// How far the offline journal had come, as a signed manifest says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalReceipt {
    /// How many entries it had.
    pub entries: u64,
    /// The digest of the last of them, hexadecimal.
    pub head: String,
    /// The first eight words of it: what `rootcast-offline journal verify --head` takes.
    pub words: String,
}

impl From<&JournalSeen> for JournalReceipt {
    fn from(journal: &JournalSeen) -> Self {
        Self { entries: journal.entries, head: journal.head.clone(), words: journal.words() }
    }
}

/// The result for one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemReceipt {
    /// Its name in the bundle.
    pub name: String,
    /// What it is.
    pub kind: ReceiptItemKind,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// The first eight words of it.
    pub words: String,
    /// SHA-256 of what is signed, hexadecimal. Receipts of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tbs_sha256: Option<String>,
    /// What became of it.
    pub verdict: ItemVerdict,
    /// The certificate that decided about it: its subject, key identifier, serial number and end. Of a root, its own.
    /// Receipts of earlier versions have none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub issuer: Option<String>,
    /// Its place in the published tree.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub published: Option<String>,
    /// How often it stood in its object with this result.
    #[serde(skip_serializing_if = "is_once", default = "once")]
    pub times: u64,
    /// Every finding.
    pub findings: Vec<RuleReceipt>,
}

fn once() -> u64 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_once(times: &u64) -> bool {
    *times == 1
}

impl ItemReceipt {
    /// Whether it was accepted, so that it is published.
    #[must_use]
    pub(super) fn is_accepted(&self) -> bool {
        self.verdict == ItemVerdict::Accepted
    }
}

/// What an item of a receipt is. In JSON it is its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum ReceiptItemKind {
    /// A CRL.
    Crl,
    /// A CA certificate.
    Certificate,
    /// A root's own certificate, of a `trust` or a `retire`.
    Root,
    /// The certificate of an issuer below a root that was retired.
    Issuer,
    /// Something else that came over a link.
    Unknown,
    /// A word of another version: it can be read and shown.
    Other(String),
}

impl ReceiptItemKind {
    /// Those that this version writes.
    const KNOWN: [Self; 5] = [Self::Crl, Self::Certificate, Self::Root, Self::Issuer, Self::Unknown];

    /// Its name, as receipts and documents have it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Crl => "crl",
            Self::Certificate => "certificate",
            Self::Root => "root",
            Self::Issuer => "issuer",
            Self::Unknown => "unknown",
            Self::Other(name) => name,
        }
    }
}

impl From<String> for ReceiptItemKind {
    fn from(name: String) -> Self {
        Self::KNOWN.into_iter().find(|known| known.name() == name).unwrap_or(Self::Other(name))
    }
}

impl From<ReceiptItemKind> for String {
    fn from(kind: ReceiptItemKind) -> Self {
        kind.name().to_owned()
    }
}

impl From<FileKind> for ReceiptItemKind {
    fn from(kind: FileKind) -> Self {
        match kind {
            FileKind::Crl => Self::Crl,
            FileKind::Certificate => Self::Certificate,
            FileKind::Unknown => Self::Unknown,
        }
    }
}

/// What became of an item, as a receipt keeps it: a ruling of the rules, or what people did. In JSON it is its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum ItemVerdict {
    /// It was accepted, so that it is published.
    Accepted,
    /// It was published already.
    NoOp,
    /// It waits for a decision.
    Held,
    /// Rules refused it.
    Rejected,
    /// A root, or an issuer below one: a `trust` named it.
    Enrolled,
    /// A root, or an issuer below one: a `retire` took it out.
    Retired,
    /// A held item that a person took away.
    Discarded,
    /// A CRL that a `trust` took as the floor of its issuer.
    Floor,
    /// A word of another version: it can be read and shown.
    Other(String),
}

impl ItemVerdict {
    /// Those that this version writes.
    const KNOWN: [Self; 8] = [
        Self::Accepted,
        Self::NoOp,
        Self::Held,
        Self::Rejected,
        Self::Enrolled,
        Self::Retired,
        Self::Discarded,
        Self::Floor,
    ];

    /// Its name, as receipts and documents have it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Accepted => Ruling::Accepted.word(),
            Self::NoOp => Ruling::NoOp.word(),
            Self::Held => Ruling::Held.word(),
            Self::Rejected => Ruling::Rejected.word(),
            Self::Enrolled => "enrolled",
            Self::Retired => "retired",
            Self::Discarded => "discarded",
            Self::Floor => "floor",
            Self::Other(name) => name,
        }
    }
}

impl From<String> for ItemVerdict {
    fn from(name: String) -> Self {
        Self::KNOWN.into_iter().find(|known| known.name() == name).unwrap_or(Self::Other(name))
    }
}

impl From<ItemVerdict> for String {
    fn from(verdict: ItemVerdict) -> Self {
        verdict.name().to_owned()
    }
}

impl From<Ruling> for ItemVerdict {
    fn from(ruling: Ruling) -> Self {
        match ruling {
            Ruling::Accepted => Self::Accepted,
            Ruling::NoOp => Self::NoOp,
            Ruling::Held => Self::Held,
            Ruling::Rejected => Self::Rejected,
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleReceipt {
    /// The rule's id. It is a text, so that a receipt with a rule of a newer version can be read.
    pub rule: String,
    /// Its severity.
    pub severity: Severity,
    /// In words, with the numbers.
    pub text: String,
    /// Where the rule is written.
    pub reference: String,
    /// How often it was found.
    pub count: u64,
    /// The field at fault, by its name in RFC 5280, where it is there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field: Option<String>,
    /// Its position in the DER, in bytes from 0.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub offset: Option<u64>,
}

impl From<&RuleReceipt> for OpenFinding {
    fn from(finding: &RuleReceipt) -> Self {
        Self { rule: finding.rule.clone(), text: finding.text.clone() }
    }
}

impl From<&ReportedFinding> for RuleReceipt {
    fn from(finding: &ReportedFinding) -> Self {
        let location = finding.location.as_ref();
        Self {
            rule: finding.rule.to_string(),
            severity: finding.severity,
            text: finding.text.clone(),
            reference: finding.reference.to_owned(),
            count: finding.count,
            field: location.map(|location| location.field.clone()),
            offset: location.map(|location| location.offset),
        }
    }
}

/// A recorded human decision about a held item or an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Who decided.
    pub by: String,
    /// Why.
    pub because: String,
    /// The rules the decision covers, exactly those that were shown.
    pub rules: Vec<String>,
    /// When it ends, RFC 3339 UTC, if it ends.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::{FileKind, ItemReceipt, ItemVerdict, ReceiptItemKind, ReceiptKind};

    #[test]
    fn every_kind_is_kept_under_its_name() {
        for kind in ReceiptKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            assert_eq!(serde_json::from_value::<ReceiptKind>(kind.name().into()).unwrap(), kind);
        }
    }

    #[test]
    fn every_kind_of_item_is_kept_under_its_name() {
        for kind in ReceiptItemKind::KNOWN {
            assert!(!matches!(kind, ReceiptItemKind::Other(_)));
            assert_eq!(serde_json::to_value(&kind).unwrap(), kind.name());
            assert_eq!(serde_json::from_value::<ReceiptItemKind>(kind.name().into()).unwrap(), kind);
        }
        for kind in [FileKind::Crl, FileKind::Certificate, FileKind::Unknown] {
            assert_eq!(ReceiptItemKind::from(kind).name(), kind.to_string());
        }
    }

    #[test]
    fn every_verdict_is_kept_under_its_name() {
        for verdict in ItemVerdict::KNOWN {
            assert!(!matches!(verdict, ItemVerdict::Other(_)));
            assert_eq!(serde_json::to_value(&verdict).unwrap(), verdict.name());
            assert_eq!(serde_json::from_value::<ItemVerdict>(verdict.name().into()).unwrap(), verdict);
        }
    }

    /// A receipt with a word of a newer version was a broken state: "find out who changed it".
    #[test]
    fn an_item_with_words_of_another_version_is_read_and_kept_as_it_is() {
        let kept = r#"{"name":"a","kind":"delta-crl","sha256":"00","words":"","verdict":"superseded","findings":[]}"#;
        let item: ItemReceipt = serde_json::from_str(kept).unwrap();
        assert_eq!((item.kind.name(), item.verdict.name(), item.is_accepted()), ("delta-crl", "superseded", false));
        assert_eq!(serde_json::to_string(&item).unwrap(), kept);
    }
}
