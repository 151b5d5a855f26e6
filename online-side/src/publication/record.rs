//! `state.json`: what one generation accepted. `docs/json.md` shows an example.

use std::collections::{BTreeMap, BTreeSet};

use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::item::FileKind;
use rootcast_pki::policy_record::{OffDate, StoredNumbering};
use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;
use serde::{Deserialize, Deserializer, Serialize};

use super::alarm::{self, Alarm, AlarmRecord};

/// The version of the layout; a newer program reads older ones.
///
/// 1: no policy beside the profile, no manifests. 2: both. 3: what is signed of each item, alarms, the offline journal by
/// signed manifests, two export keys.
pub(super) const VERSION: u32 = 3;

/// Everything the online side remembers between runs, but the bytes of the files it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// [`VERSION`].
    pub version: u32,
    /// Counts commits, from 1.
    pub generation: u64,
    /// The latest time any verdict was made at, Unix seconds.
    pub latest_time: i64,
    /// The trusted roots.
    pub roots: Vec<RootRecord>,
    /// The roots that were retired: nothing of them is accepted. Their certificates stay in `roots/`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired: Vec<RetiredRecord>,
    /// The accepted CRL of each issuer.
    pub crls: Vec<CrlRecord>,
    /// The CRL of each issuer that `trust` was given only as a floor: the first accepted CRL takes its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub floors: Vec<FloorRecord>,
    /// Every CA certificate published here.
    pub certificates: Vec<CertificateRecord>,
    /// Items that wait for a human decision.
    pub held: Vec<HeldRecord>,
    /// When the last object counted as contact was judged, Unix seconds: one that holds an item of a trusted issuer, none
    /// of them rejected, and, where its root has an export key pinned, a manifest signed by it.
    pub last_object: Option<i64>,
    /// The signed manifests seen of each source.
    #[serde(default)]
    pub sources: Vec<SourceRecord>,
    /// What rang and nobody has acknowledged for good.
    #[serde(default)]
    pub alarms: Vec<AlarmRecord>,
    /// SHA-256 of this generation's receipt, hexadecimal.
    pub receipt: String,
    /// SHA-256 (hexadecimal) of every other file of the generation, by its path below the generation's folder.
    pub files: BTreeMap<String, String>,
}

impl Record {
    /// A record before anything was trusted.
    pub(super) fn empty() -> Self {
        Self {
            version: VERSION,
            generation: 0,
            latest_time: i64::MIN,
            roots: Vec::new(),
            retired: Vec::new(),
            crls: Vec::new(),
            floors: Vec::new(),
            certificates: Vec::new(),
            held: Vec::new(),
            last_object: None,
            sources: Vec::new(),
            alarms: Vec::new(),
            receipt: String::new(),
            files: BTreeMap::new(),
        }
    }

    /// The CRL numbers of this issuer that the next one has to be above: that of the published one, and of the floor.
    pub(crate) fn accepted_numbers(&self, issuer: &str) -> impl Iterator<Item = CrlNumber> {
        let published = self.crls.iter().filter(move |crl| crl.issuer == issuer).map(|crl| &crl.number);
        let floors = self.floors.iter().filter(move |floor| floor.issuer == issuer).map(|floor| &floor.number);
        published.chain(floors).filter_map(|number| number.parse().ok())
    }

    /// The alarms that ring at this time.
    pub(crate) fn ringing(&self, now: i64) -> impl Iterator<Item = &AlarmRecord> {
        self.alarms.iter().filter(move |alarm| alarm.rings_at(now))
    }

    /// Whether something that rings would change the alarms: it is new, or its last note is old.
    pub(crate) fn rings(&self, alarm: &Alarm, now: i64) -> bool {
        alarm::ring(&mut self.alarms.clone(), alarm.clone(), now).is_some()
    }

    /// Whether something that was raised waits for somebody at this time.
    pub(crate) fn waits(&self, alarm: &Alarm, now: i64) -> bool {
        alarm::waits(&self.alarms, alarm, now)
    }
}

/// A trusted root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootRecord {
    /// SHA-256 of its certificate, hexadecimal; the bytes are in `roots/<sha256>.crt`.
    pub sha256: String,
    /// `private` or `webpki`.
    pub profile: String,
    /// Whether SHA-1 signatures are accepted (history only).
    pub allow_sha1: bool,
    /// The least CRL number accepted, decimal, where one was given.
    pub first_number: Option<String>,
    /// When it was trusted, Unix seconds.
    pub enrolled: i64,
    /// The chosen options about the rules for its items and for those of its offline issuers.
    #[serde(default)]
    pub policy: PolicyRecord,
}

/// A root that was retired, with what had been chosen about it: `trust` takes it up again with that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetiredRecord {
    /// Its record while it was trusted.
    pub root: RootRecord,
    /// When it was retired, Unix seconds.
    pub since: i64,
}

/// The options given to `trust` about the rules of one root, besides its profile.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyRecord {
    /// How its CRLs are numbered.
    pub numbers: StoredNumbering,
    /// The least time a CRL should live from now on, in seconds.
    pub crl_life_min_s: i64,
    /// The most published CA certificates that a CRL may newly revoke without a decision, if a number was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mass_revocation_max: Option<u64>,
    /// Ids of the rules switched off.
    pub switched_off: Vec<String>,
    /// Until when each is. Earlier versions noted no dates: the next commit gives them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub off_until: Vec<OffDate>,
    /// The CAs that are affiliated: the SHA-256 of the SubjectPublicKeyInfo or the key identifier of each, hexadecimal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub affiliated: Vec<String>,
    /// The URLs this host serves.
    pub serves: Vec<String>,
    /// The registered requests.
    pub requests: Vec<RequestRecord>,
    /// SHA-256 (hexadecimal) of the certificates that name offline issuers; the bytes are in `issuers/<sha256>.crt`.
    pub offline_issuers: Vec<String>,
    /// The Ed25519 keys that sign manifests of this root, 64 hexadecimal digits each: one, or two while one takes the
    /// place of the other. Earlier versions had one as `export_key`.
    #[serde(alias = "export_key", deserialize_with = "export_keys")]
    pub export_keys: Vec<String>,
}

/// A list of keys, or the one key of an earlier version.
fn export_keys<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        List(Vec<String>),
        One(Option<String>),
    }
    Ok(match Stored::deserialize(from)? {
        Stored::List(keys) => keys,
        Stored::One(key) => key.into_iter().collect(),
    })
}

/// A registered certification request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestRecord {
    /// Its subject for people.
    pub subject: String,
    /// The SubjectPublicKeyInfo whose proof of possession was verified, DER in hexadecimal.
    pub spki: String,
    /// When it was registered, Unix seconds.
    pub registered: i64,
}

/// The signed manifests seen of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceRecord {
    /// SHA-256 of the root's public key, hexadecimal.
    pub source: String,
    /// The newest ones, oldest first; the last is the newest.
    pub seen: Vec<ManifestSeen>,
    /// By when the newest one promises the next, Unix seconds.
    pub next_contact_by: Option<i64>,
    /// What the newest one showed to be missing, until one agrees with what is here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<OpenFinding>,
}

impl SourceRecord {
    /// Of a source of which no signed manifest was seen; `source` is the SHA-256 of the root's public key, hexadecimal.
    pub(crate) fn new(source: String) -> Self {
        Self { source, seen: Vec::new(), next_contact_by: None, open: Vec::new() }
    }
}

/// What a signed manifest showed to be missing here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenFinding {
    /// The rule's id.
    pub rule: String,
    /// In words.
    pub text: String,
}

/// One signed manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestSeen {
    /// Its number.
    pub number: u64,
    /// Its SHA-256, hexadecimal.
    pub digest: String,
    /// How far the offline journal had come. Earlier versions did not note it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal: Option<JournalSeen>,
    /// SHA-256 (hexadecimal) of other signed manifests with this number, each noted once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
}

/// How far the offline journal had come when a manifest was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalSeen {
    /// How many entries it had.
    pub entries: u64,
    /// The digest of the last of them, hexadecimal.
    pub head: String,
}

impl JournalSeen {
    /// The first eight words of the head: what `rootcast-offline journal verify --head` takes.
    #[must_use]
    pub fn words(&self) -> String {
        self.head.parse().map_or_else(|_| String::new(), |head: Digest| words::spell(head.as_bytes(), words::SHORT))
    }
}

/// The accepted CRL of an issuer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrlRecord {
    /// The issuer's file name: `published/crl/<issuer>.crl`.
    pub issuer: String,
    /// The issuer's name for people.
    pub issuer_name: String,
    /// SHA-256 of the CRL, hexadecimal.
    pub sha256: String,
    /// SHA-256 of what is signed, hexadecimal. Nothing where that cannot be told from the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tbs_sha256: Option<String>,
    /// SHA-256 of another file of the same content, if a signed manifest named that one: the offline side counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named_sha256: Option<String>,
    /// CRL number, decimal.
    pub number: String,
    /// thisUpdate, Unix seconds.
    pub this_update: i64,
    /// nextUpdate, Unix seconds.
    pub next_update: i64,
    /// How many certificates it revokes.
    pub entries: u64,
    /// When it was accepted, Unix seconds.
    pub accepted: i64,
}

/// A CRL that the next one has to continue and that is not published: rules reject single entries of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FloorRecord {
    /// The issuer's file name.
    pub issuer: String,
    /// The issuer's name for people.
    pub issuer_name: String,
    /// SHA-256 of the CRL, hexadecimal; the bytes are in `floors/<issuer>.crl`.
    pub sha256: String,
    /// CRL number, decimal.
    pub number: String,
    /// thisUpdate, Unix seconds.
    pub this_update: i64,
    /// How many entries it has.
    pub entries: u64,
    /// How many of them a rule rejects.
    pub faulty: u64,
    /// When it was given, Unix seconds.
    pub given: i64,
}

/// A published CA certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateRecord {
    /// SHA-256 of the certificate, hexadecimal: `published/ca/<sha256>.crt`.
    pub sha256: String,
    /// SHA-256 of what is signed, hexadecimal. Nothing where that cannot be told from the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tbs_sha256: Option<String>,
    /// SHA-256 of another file of the same content, if a signed manifest named that one: the offline side counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named_sha256: Option<String>,
    /// The issuer's file name.
    pub issuer: String,
    /// The issuer's name for people.
    pub issuer_name: String,
    /// The subject for people.
    pub subject: String,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// notBefore, Unix seconds.
    pub not_before: i64,
    /// notAfter, Unix seconds.
    pub not_after: i64,
    /// Where the issuer's accepted CRL revokes it, or did so until it ended: since when, Unix seconds.
    pub revoked: Option<i64>,
    /// Whether that CRL says keyCompromise or cACompromise; an earlier version of this program did not note it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub compromised: Option<bool>,
    /// When it was accepted, Unix seconds.
    pub accepted: i64,
}

/// An item that waits for a human decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldRecord {
    /// SHA-256 of the item, hexadecimal; the bytes are in `held/<sha256>.der`.
    pub sha256: String,
    /// SHA-256 of what is signed, hexadecimal. The id begins with its first 12 digits; of an item held by an earlier
    /// version, which has none, with those of the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tbs_sha256: Option<String>,
    /// SHA-256 of another file of the same content, if a signed manifest named that one: the offline side counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named_sha256: Option<String>,
    /// What it is.
    pub kind: FileKind,
    /// Its name in the bundle.
    pub name: String,
    /// One line for people. An item held by an earlier version has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The certificate that it was judged by, for people. An item held by an earlier version has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The object it came in.
    pub object: String,
    /// When it was held, Unix seconds.
    pub since: i64,
    /// Ids of the rules that hold it: what a decision covers.
    pub rules: Vec<String>,
    /// The same in words, as they were shown.
    pub texts: Vec<String>,
}

impl HeldRecord {
    /// What people type to name it, and what they were shown of it: `3f9a0c1122bb-77c1e0`. The digits after the dash are
    /// others as soon as something else holds the item, so that nobody decides about what was never on the screen.
    #[must_use]
    pub fn id(&self) -> String {
        let identity = self.identity();
        format!("{}-{}", identity.get(..12).unwrap_or(identity), self.shown())
    }

    /// The digits that identify it: SHA-256 of what is signed, or of the item if an earlier version held it.
    #[must_use]
    pub(crate) fn identity(&self) -> &str {
        self.tbs_sha256.as_deref().unwrap_or(&self.sha256)
    }

    /// The digits after the dash: the first six of a SHA-256 over what holds it.
    #[must_use]
    pub fn shown(&self) -> String {
        let lines = serde_json::to_vec(&self.lines()).unwrap_or_default();
        Digest::of(&lines).to_string().chars().take(6).collect()
    }

    /// What holds it, each rule with its text. No text of a hold names the time of the judgement, so the same item held
    /// for the same has the same lines at any time.
    #[must_use]
    pub fn lines(&self) -> BTreeSet<(String, String)> {
        self.rules.iter().cloned().zip(self.texts.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::PolicyRecord;

    #[test]
    fn the_one_export_key_of_an_earlier_version_is_a_list_of_one() {
        let keys = |text: &str| serde_json::from_str::<PolicyRecord>(text).unwrap().export_keys;
        assert_eq!(keys(r#"{"export_key": "ab"}"#), ["ab"]);
        assert_eq!(keys(r#"{"export_keys": ["ab", "cd"]}"#), ["ab", "cd"]);
        for none in [r#"{"export_key": null}"#, "{}", r#"{"export_keys": []}"#] {
            assert!(keys(none).is_empty(), "{none}");
        }
        assert!(serde_json::from_str::<PolicyRecord>(r#"{"export_key": 7}"#).is_err());
    }
}
