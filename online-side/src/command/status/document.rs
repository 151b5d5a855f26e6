//! The overview for scripts.

use rootcast_host::clock::rfc3339;
use rootcast_host::diagnosis::{Diagnosis, ErrorMember};
use rootcast_pki::issuer::Issuer;
use rootcast_protocol::digest::Digest;
use serde::Serialize;

use super::attention::Attention;
use super::level::Level;
use super::overview::{Overview, Standing};
use crate::command::alarm::AlarmDocument;
use crate::command::held::HeldDocument;
use crate::command::policy_choice::PolicyDocument;
use crate::gate::{self, Root};
use crate::publication::{CertificateRecord, CrlRecord, JournalReceipt};
use crate::reception::last_contact::SourceContact;

/// The document of `status`.
#[derive(Debug, Serialize)]
pub(super) struct Document<'s> {
    time: String,
    /// `ok`, `warn` or `critical`.
    verdict: Level,
    generation: u64,
    alarms: Vec<AlarmDocument<'s>>,
    roots: Vec<RootDocument<'s>>,
    retired: Vec<RetiredDocument<'s>>,
    crls: Vec<CrlDocument<'s>>,
    certificates: Vec<CertificateDocument<'s>>,
    held: Vec<HeldDocument<'s>>,
    last_contact: Option<String>,
    receipts_verified: Option<u64>,
    attention: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorMember>,
}

#[derive(Debug, Serialize)]
struct RootDocument<'s> {
    subject: String,
    sha256: &'s str,
    key_id: String,
    serial: String,
    profile: String,
    not_after: String,
    successor: Option<String>,
    crl: String,
    policy: PolicyDocument<'s>,
    switched_off: Vec<String>,
    offline_issuers: Vec<IssuerDocument>,
    newest_manifest: Option<u64>,
    journal: Option<JournalReceipt>,
    last_heard: Option<ContactDocument<'s>>,
}

/// A root that was retired.
#[derive(Debug, Serialize)]
struct RetiredDocument<'s> {
    subject: String,
    sha256: &'s str,
    key_id: String,
    serial: String,
    not_after: String,
    since: String,
}

#[derive(Debug, Serialize)]
struct IssuerDocument {
    subject: String,
    key_id: String,
    serial: String,
    not_after: String,
    crl: String,
    active: bool,
}

#[derive(Debug, Serialize)]
struct ContactDocument<'s> {
    heard: String,
    link: &'s str,
    sent: String,
    manifest_number: u64,
    next_contact_by: Option<String>,
    objects: &'s [String],
}

#[derive(Debug, Serialize)]
struct CrlDocument<'s> {
    issuer: &'s str,
    key_id: &'s str,
    in_force: bool,
    file: String,
    number: &'s str,
    this_update: String,
    next_update: String,
    seconds_left: i64,
    entries: u64,
    sha256: &'s str,
    tbs_sha256: Option<&'s str>,
}

#[derive(Debug, Serialize)]
struct CertificateDocument<'s> {
    subject: &'s str,
    issuer: &'s str,
    file: String,
    serial: &'s str,
    key_id: Option<String>,
    not_after: String,
    seconds_left: i64,
    successor: Option<String>,
    revoked: Option<String>,
    sha256: &'s str,
    tbs_sha256: Option<&'s str>,
}

impl<'s> Document<'s> {
    pub(super) fn new(overview: &'s Overview<'s>, attention: &Attention, error: Option<&Diagnosis>) -> Self {
        let record = overview.record;
        Self {
            time: rfc3339(overview.now),
            verdict: attention.level(),
            generation: record.generation,
            alarms: record.alarms.iter().map(|alarm| AlarmDocument::new(alarm, overview.now)).collect(),
            roots: overview.roots.iter().map(|root| RootDocument::new(overview, root)).collect(),
            retired: overview.retired().map(|(root, since)| RetiredDocument::new(root, since)).collect(),
            crls: record.crls.iter().map(|crl| CrlDocument::new(crl, overview)).collect(),
            certificates: record.certificates.iter().map(|one| CertificateDocument::new(one, overview)).collect(),
            held: record.held.iter().map(HeldDocument::from).collect(),
            last_contact: record.last_object.map(rfc3339),
            receipts_verified: overview.receipts,
            attention: attention.lines(),
            error: error.map(Diagnosis::member),
        }
    }
}

impl<'s> RootDocument<'s> {
    fn new(overview: &'s Overview<'s>, root: &'s Root) -> Self {
        Self {
            subject: root.issuer.subject().to_string(),
            sha256: &root.record.sha256,
            key_id: root.issuer.file_name(),
            serial: root.issuer.serial().to_string(),
            profile: root.policy.profile.to_string(),
            not_after: rfc3339(root.issuer.not_after().0),
            successor: overview.successor(root).map(sha256_of),
            crl: crl_file(&root.issuer),
            policy: PolicyDocument::from(&root.record.policy),
            switched_off: gate::switched_off_texts(std::slice::from_ref(root), overview.now),
            offline_issuers: root.named.iter().map(|named| IssuerDocument::new(overview, named)).collect(),
            newest_manifest: overview.newest_manifest(root).map(|newest| newest.number),
            journal: overview
                .newest_manifest(root)
                .and_then(|newest| newest.journal.as_ref())
                .map(JournalReceipt::from),
            last_heard: overview.contact(root).map(ContactDocument::from),
        }
    }
}

impl IssuerDocument {
    fn new(overview: &Overview<'_>, named: &Issuer) -> Self {
        let active = *overview.standing(named) == Standing::InForce;
        Self {
            subject: named.subject().to_string(),
            key_id: named.file_name(),
            serial: named.serial().to_string(),
            not_after: rfc3339(named.not_after().0),
            crl: crl_file(named),
            active,
        }
    }
}

impl<'s> RetiredDocument<'s> {
    fn new(root: &'s Root, since: i64) -> Self {
        Self {
            subject: root.issuer.subject().to_string(),
            sha256: &root.record.sha256,
            key_id: root.issuer.file_name(),
            serial: root.issuer.serial().to_string(),
            not_after: rfc3339(root.issuer.not_after().0),
            since: rfc3339(since),
        }
    }
}

impl<'s> From<&'s SourceContact> for ContactDocument<'s> {
    fn from(known: &'s SourceContact) -> Self {
        Self {
            heard: rfc3339(known.heard),
            link: &known.link,
            sent: rfc3339(known.sent),
            manifest_number: known.manifest_number,
            next_contact_by: known.next_contact_by.map(rfc3339),
            objects: &known.objects,
        }
    }
}

impl<'s> CrlDocument<'s> {
    fn new(crl: &'s CrlRecord, overview: &Overview<'_>) -> Self {
        Self {
            issuer: &crl.issuer_name,
            key_id: &crl.issuer,
            in_force: overview.is_in_force(&crl.issuer),
            file: format!("crl/{}.crl", crl.issuer),
            number: &crl.number,
            this_update: rfc3339(crl.this_update),
            next_update: rfc3339(crl.next_update),
            seconds_left: crl.next_update.saturating_sub(overview.now),
            entries: crl.entries,
            sha256: &crl.sha256,
            tbs_sha256: crl.tbs_sha256.as_deref(),
        }
    }
}

impl<'s> CertificateDocument<'s> {
    fn new(certificate: &'s CertificateRecord, overview: &Overview<'_>) -> Self {
        Self {
            subject: &certificate.subject,
            issuer: &certificate.issuer_name,
            file: format!("ca/{}.crt", certificate.sha256),
            serial: &certificate.serial,
            key_id: overview.published(certificate).map(Issuer::file_name),
            not_after: rfc3339(certificate.not_after),
            seconds_left: certificate.not_after.saturating_sub(overview.now),
            successor: overview.published_successor(certificate).map(sha256_of),
            revoked: certificate.revoked.map(rfc3339),
            sha256: &certificate.sha256,
            tbs_sha256: certificate.tbs_sha256.as_deref(),
        }
    }
}

/// SHA-256 of a certificate, hexadecimal.
fn sha256_of(certificate: &Issuer) -> String {
    Digest(certificate.certificate_sha256()).to_string()
}

/// Where the CRL of an issuer is published.
fn crl_file(issuer: &Issuer) -> String {
    format!("crl/{}.crl", issuer.file_name())
}
