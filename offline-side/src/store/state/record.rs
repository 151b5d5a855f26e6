//! The record of a state: what `state.json` says, one sealed line.

use std::path::Path;

use rootcast_host::disk::DiskError;
use rootcast_host::own_file;
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::policy_change::WholePolicy;
use rootcast_pki::policy_record::{OffDate, StoredNumbering, bring_off_dates_forward};
use rootcast_pki::profile::Profile;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::object::ObjectId;
use serde::{Deserialize, Serialize};

use super::error::StateError;
use crate::store::approval_rule::PinnedApprovals;
use crate::store::digest_line::{DigestLineError, unseal};
use crate::store::hex_text;
use crate::store::journal::JournalRecord;
use crate::store::journal::ceremony_record::AbandonedCrl;
use crate::store::layout::RECORD;
use crate::store::weakened_policy::WeakenedRecord;

/// 1: a root has a profile and nothing else. 2: what else was chosen, too. 3: what was burned and signed here. 4: what was
/// abandoned, the pinned rule for approvals, and what was weakened; a program that knows 3 would forget them.
const FORMAT: u32 = 4;

/// What `state.json` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    format: u32,
    /// The trusted roots, in the order they were enrolled.
    pub roots: Vec<RootRecord>,
    /// The roots that were retired, with what had been chosen about them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired: Vec<RootRecord>,
    /// The last CRL sent of each issuer.
    pub crls: Vec<CrlRecord>,
    /// The certificates sent.
    pub certificates: Vec<CertificateRecord>,
    /// The last manifest of each source.
    pub sources: Vec<SourceRecord>,
    /// How far the journal had come; nothing in a record written before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal: Option<JournalRecord>,
    /// Every signing that began here: its number is used, whatever came of it.
    #[serde(default)]
    pub burned: Vec<BurnedRecord>,
    /// The last CRL signed and released here, of each issuer; it may not have been sent yet.
    #[serde(default)]
    pub signed_crls: Vec<CrlRecord>,
    /// The certificates signed and released here.
    #[serde(default)]
    pub signed_certificates: Vec<CertificateRecord>,
    /// The certificates sent that a CRL sent from here revokes, or did so until they ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revoked: Vec<RevokedRecord>,
    /// The CRLs signed and released here that are never to be sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub abandoned: Vec<AbandonedRecord>,
    /// The rule for approvals, pinned by the first signing; nothing before it, and in a record of an older version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvals: Option<PinnedApprovals>,
    /// What `trust` weakened and nobody has acknowledged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weakened: Vec<WeakenedRecord>,
}

/// A certificate that is revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedRecord {
    /// SHA-256 of the certificate.
    #[serde(with = "hex_text")]
    pub certificate: Digest,
    /// Since when, Unix seconds.
    pub since: i64,
    /// Whether the reason is keyCompromise or cACompromise.
    pub compromised: bool,
}

impl Record {
    /// Whether a journal belongs to it: nothing was written before the first key or root.
    #[must_use]
    pub(crate) fn has_journal(&self) -> bool {
        self.journal.is_some() || !self.roots.is_empty()
    }

    /// Gives each rule that is off its date. Earlier versions had none: twelve months from now, Unix seconds.
    pub(crate) fn date_rules(&mut self, now: i64) {
        for root in self.roots.iter_mut().chain(&mut self.retired) {
            bring_off_dates_forward(&root.switched_off, &mut root.off_until, Timestamp(now));
        }
    }

    /// The highest number burned of the issuer with this public key.
    #[must_use]
    pub fn burned_number(&self, issuer: &Digest) -> Option<CrlNumber> {
        let of_issuer = self.burned.iter().filter(|burned| burned.issuer == *issuer);
        of_issuer.filter_map(|burned| burned.number).max()
    }
}

/// A signing that began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BurnedRecord {
    /// SHA-256 of the issuer's public key.
    #[serde(with = "hex_text")]
    pub issuer: Digest,
    /// The CRL number, in the file decimal, where a CRL was to be signed.
    #[serde(default, with = "hex_text::option")]
    pub number: Option<CrlNumber>,
    /// SHA-256 of the rehearsal's `to-be-signed.txt`; zeros where a number was taken from a record on paper.
    #[serde(with = "hex_text")]
    pub rehearsal: Digest,
}

/// A CRL that was abandoned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbandonedRecord {
    /// SHA-256 of its issuer's public key.
    #[serde(with = "hex_text")]
    pub issuer: Digest,
    /// Which CRL, and why.
    pub crl: AbandonedCrl,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            format: FORMAT,
            roots: Vec::new(),
            retired: Vec::new(),
            crls: Vec::new(),
            certificates: Vec::new(),
            sources: Vec::new(),
            journal: None,
            burned: Vec::new(),
            signed_crls: Vec::new(),
            signed_certificates: Vec::new(),
            revoked: Vec::new(),
            abandoned: Vec::new(),
            approvals: None,
            weakened: Vec::new(),
        }
    }
}

/// A trusted root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootRecord {
    /// SHA-256 of its certificate.
    #[serde(with = "hex_text")]
    pub sha256: Digest,
    /// `private` or `webpki`.
    pub profile: String,
    /// How it numbers its CRLs.
    #[serde(default)]
    pub numbers: StoredNumbering,
    /// The most CA certificates in use that a CRL may newly revoke: more are confirmed at a ceremony, and held online.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mass_revocation_max: Option<u64>,
    /// Ids of the rules switched off.
    #[serde(default)]
    pub switched_off: Vec<String>,
    /// Until when each is. Earlier versions noted no dates: see [`Record::date_rules`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub off_until: Vec<OffDate>,
    /// The CAs that are affiliated: the SHA-256 of the SubjectPublicKeyInfo or the key identifier of each, hexadecimal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub affiliated: Vec<String>,
    /// SHA-256 of the certificates that name offline issuers; the bytes are among the items.
    #[serde(default, with = "hex_texts")]
    pub offline_issuers: Vec<Digest>,
}

impl RootRecord {
    /// A root of this certificate and profile, with nothing else chosen.
    #[must_use]
    pub(crate) fn new(sha256: Digest, profile: String) -> Self {
        Self {
            sha256,
            profile,
            numbers: StoredNumbering::NotChosen,
            mass_revocation_max: None,
            switched_off: Vec::new(),
            off_until: Vec::new(),
            affiliated: Vec::new(),
            offline_issuers: Vec::new(),
        }
    }

    /// The record of another certificate of the same issuer: it has the same policy.
    #[must_use]
    pub(crate) fn for_certificate(&self, sha256: Digest) -> Self {
        Self { sha256, ..self.clone() }
    }

    /// Everything that was chosen. What only the online side can choose has its default.
    #[must_use]
    pub(crate) fn whole_policy(&self) -> WholePolicy {
        let mut whole = WholePolicy::of_profile(Profile::default());
        whole.profile.clone_from(&self.profile);
        whole.numbers = self.numbers.or_default();
        whole.mass_revocation_max = self.mass_revocation_max;
        whole.switched_off.clone_from(&self.switched_off);
        whole.off_until.clone_from(&self.off_until);
        whole.affiliated.clone_from(&self.affiliated);
        whole.offline_issuers = self.offline_issuers.iter().map(ToString::to_string).collect();
        whole
    }

    /// What was chosen beside the profile, a phrase each.
    #[must_use]
    pub(crate) fn choices(&self) -> Vec<String> {
        let numbers = (self.numbers != StoredNumbering::NotChosen).then(|| format!("numbers {}", self.numbers));
        let off = self.switched_off.iter().map(|rule| {
            let dated = self.off_until.iter().find(|dated| dated.rule == *rule);
            let until = dated.map(|dated| format!(" until {}", dated.until)).unwrap_or_default();
            let because = dated.and_then(|dated| dated.because.as_ref());
            format!("off {rule}{until}{}", because.map(|why| format!(" ({why})")).unwrap_or_default())
        });
        let affiliated = self.affiliated.iter().map(|key| format!("affiliated {key}"));
        let issuers = self.offline_issuers.iter().map(|sha256| format!("offline issuer {sha256}"));
        let most = self.mass_revocation_max.map(|most| format!("hold mass revocation above {most}"));
        numbers.into_iter().chain(most).chain(off).chain(affiliated).chain(issuers).collect()
    }
}

/// Digests in JSON as the texts people see.
mod hex_texts {
    use rootcast_protocol::digest::Digest;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(list: &[Digest], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(list.iter().map(ToString::to_string))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Digest>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts.iter().map(|text| text.parse().map_err(D::Error::custom)).collect()
    }
}

/// The last CRL sent, or signed here, of an issuer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrlRecord {
    /// SHA-256 of the issuer's public key.
    #[serde(with = "hex_text")]
    pub issuer: Digest,
    /// SHA-256 of the CRL.
    #[serde(with = "hex_text")]
    pub sha256: Digest,
}

/// A certificate that was sent, or signed here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateRecord {
    /// SHA-256 of the issuer's public key.
    #[serde(with = "hex_text")]
    pub issuer: Digest,
    /// SHA-256 of the certificate.
    #[serde(with = "hex_text")]
    pub sha256: Digest,
}

/// The last manifest of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRecord {
    /// SHA-256 of the root's public key.
    #[serde(with = "hex_text")]
    pub source: Digest,
    /// The manifest's number.
    pub manifest_number: u64,
    /// The manifest's digest.
    #[serde(with = "hex_text")]
    pub manifest: Digest,
    /// The object it went into.
    #[serde(with = "hex_text")]
    pub object: ObjectId,
}

/// Reads the record in the state directory `folder`.
pub(super) fn read_record(folder: &Path) -> Result<Record, StateError> {
    let path = folder.join(RECORD);
    let bytes = own_file::read(&path).map_err(|error| DiskError::new("read", &path, error))?;
    let broken = |why: String| StateError::Broken { path: path.clone(), why };
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let (_, body) = unseal(line).map_err(|error: DigestLineError| broken(error.to_string()))?;
    let record: Record = serde_json::from_str(&body).map_err(|error| broken(error.to_string()))?;
    if !(1..=FORMAT).contains(&record.format) {
        return Err(broken(format!("its format is {}; this program knows up to {FORMAT}", record.format)));
    }
    // Written again, it is of this format.
    Ok(Record { format: FORMAT, ..record })
}
