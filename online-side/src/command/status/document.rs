//! The overview for scripts.

use rootcast_host::clock::rfc3339;
use rootcast_pki::issuer::Issuer;
use serde::Serialize;

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
    generation: u64,
    alarms: Vec<AlarmDocument<'s>>,
    roots: Vec<RootDocument<'s>>,
    crls: Vec<CrlDocument<'s>>,
    certificates: Vec<CertificateDocument<'s>>,
    held: Vec<HeldDocument<'s>>,
    last_contact: Option<String>,
    receipts_verified: Option<u64>,
    attention: Vec<String>,
}

#[derive(Debug, Serialize)]
struct RootDocument<'s> {
    subject: String,
    sha256: &'s str,
    profile: String,
    not_after: String,
    crl: String,
    policy: PolicyDocument<'s>,
    switched_off: Vec<String>,
    offline_issuers: Vec<IssuerDocument>,
    newest_manifest: Option<u64>,
    journal: Option<JournalReceipt>,
    last_heard: Option<ContactDocument<'s>>,
}

#[derive(Debug, Serialize)]
struct IssuerDocument {
    subject: String,
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
    not_after: String,
    seconds_left: i64,
    revoked: Option<String>,
    sha256: &'s str,
    tbs_sha256: Option<&'s str>,
}

impl<'s> Document<'s> {
    pub(super) fn new(overview: &'s Overview<'s>, attention: Vec<String>) -> Self {
        let record = overview.record;
        Self {
            time: rfc3339(overview.now),
            generation: record.generation,
            alarms: record.alarms.iter().map(|alarm| AlarmDocument::new(alarm, overview.now)).collect(),
            roots: overview.roots.iter().map(|root| RootDocument::new(overview, root)).collect(),
            crls: record.crls.iter().map(|crl| CrlDocument::new(crl, overview.now)).collect(),
            certificates: record.certificates.iter().map(|one| CertificateDocument::new(one, overview.now)).collect(),
            held: record.held.iter().map(HeldDocument::from).collect(),
            last_contact: record.last_object.map(rfc3339),
            receipts_verified: overview.receipts,
            attention,
        }
    }
}

impl<'s> RootDocument<'s> {
    fn new(overview: &'s Overview<'s>, root: &'s Root) -> Self {
        Self {
            subject: root.issuer.subject().to_string(),
            sha256: &root.record.sha256,
            profile: root.policy.profile.to_string(),
            not_after: rfc3339(root.issuer.not_after().0),
            crl: crl_file(&root.issuer),
            policy: PolicyDocument::from(&root.record.policy),
            switched_off: gate::switched_off_texts(std::slice::from_ref(root)),
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
        Self { subject: named.subject().to_string(), crl: crl_file(named), active }
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
    fn new(crl: &'s CrlRecord, now: i64) -> Self {
        Self {
            issuer: &crl.issuer_name,
            file: format!("crl/{}.crl", crl.issuer),
            number: &crl.number,
            this_update: rfc3339(crl.this_update),
            next_update: rfc3339(crl.next_update),
            seconds_left: crl.next_update.saturating_sub(now),
            entries: crl.entries,
            sha256: &crl.sha256,
            tbs_sha256: crl.tbs_sha256.as_deref(),
        }
    }
}

impl<'s> CertificateDocument<'s> {
    fn new(certificate: &'s CertificateRecord, now: i64) -> Self {
        Self {
            subject: &certificate.subject,
            issuer: &certificate.issuer_name,
            file: format!("ca/{}.crt", certificate.sha256),
            serial: &certificate.serial,
            not_after: rfc3339(certificate.not_after),
            seconds_left: certificate.not_after.saturating_sub(now),
            revoked: certificate.revoked.map(rfc3339),
            sha256: &certificate.sha256,
            tbs_sha256: certificate.tbs_sha256.as_deref(),
        }
    }
}

/// Where the CRL of an issuer is published.
fn crl_file(issuer: &Issuer) -> String {
    format!("crl/{}.crl", issuer.file_name())
}
