//! What a request asks for: each object as a draft, and beside it what the object is expected to say. The two are made
//! apart from each other. A draft is bytes, the expectation is fields, and the read-back compares them.

use std::collections::{BTreeMap, BTreeSet};

use rootcast_host::clock::dated_text;
use rootcast_pki::time::Timestamp;
use x509_cert::ext::Extension;

use super::certificate::CertificateDraft;
use super::crl::{CrlDraft, EntryDraft};
use super::extension;
use super::identity::Identity;
use crate::ceremony::der_builder::DraftError;
use crate::ceremony::draft::choices::Choices;
use crate::ceremony::draft::decisions::DecidedNow;
use crate::ceremony::draft::expected::{Expected, ExpectedCertificate, ExpectedCrl, ExpectedEntry};
use crate::ceremony::draft::inputs::{Inputs, carried};
use crate::ceremony::request::reason::Reason;
use crate::ceremony::request::{CertificateRequest, CrlRequest, ROOT_NAME, Request, RootRequest};

/// What of the request an object is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AskedBy {
    /// `[root]`
    Root,
    /// `[crl]`
    Crl,
    /// The `[[certificate]]` at this place, counted from 0.
    Certificate(usize),
}

/// One object to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftedObject {
    /// What of the request it is made for.
    pub(crate) asked_by: AskedBy,
    /// The name of its file once it is signed: `root.crl`, `root.crt` or `<name>.crt`.
    pub file: String,
    /// The exact bytes to be signed.
    pub to_be_signed: Vec<u8>,
    /// What they are meant to say.
    pub expected: Expected,
}

impl DraftedObject {
    /// Its dates with their distance from `now`, in one line.
    #[must_use]
    pub(crate) fn dates_at(&self, now: Timestamp) -> String {
        let dated = |time: Timestamp| dated_text(time.0, now.0);
        match &self.expected {
            Expected::Crl(crl) => {
                format!("thisUpdate {}, nextUpdate {}", dated(crl.this_update), dated(crl.next_update))
            }
            Expected::Certificate(certificate) => {
                format!("notBefore {}, notAfter {}", dated(certificate.not_before), dated(certificate.not_after))
            }
        }
    }
}

/// Everything `request` asks for, in the order in which it is signed: root, CRL, certificates. `identities` has the name
/// and identifier of each certificate, in order.
///
/// # Errors
/// The encoder's error.
pub(crate) fn drafted(
    request: &Request,
    inputs: &Inputs,
    identities: &[Identity],
    choices: &Choices,
) -> Result<Vec<DraftedObject>, DraftError> {
    let algorithm = choices.scheme.algorithm_identifier().to_vec();
    let mut objects = Vec::new();
    if let Some(root) = &request.root {
        objects.push(root_object(root, inputs, choices, &algorithm)?);
    }
    if let Some(crl) = &request.crl {
        objects.push(crl_object(crl, inputs, choices, &algorithm)?);
    }
    if request.certificates.len() != inputs.certified.len() || request.certificates.len() != identities.len() {
        return Err(DraftError::OutOfRange { what: "a certificate without a key or a name" });
    }
    let certified = request.certificates.iter().zip(&inputs.certified).zip(identities);
    for (place, ((asked, key), identity)) in certified.enumerate() {
        let asked = (AskedBy::Certificate(place), asked);
        objects.push(certificate_object(asked, (&key.spki, identity), inputs, choices, &algorithm)?);
    }
    Ok(objects)
}

fn serial_of<'p>(choices: &'p Choices, name: &str) -> Result<&'p [u8], DraftError> {
    let missing = DraftError::OutOfRange { what: "a certificate for which no serial number was drawn" };
    choices.serials.get(name).map(Vec::as_slice).ok_or(missing)
}

fn root_object(
    root: &RootRequest,
    inputs: &Inputs,
    choices: &Choices,
    algorithm: &[u8],
) -> Result<DraftedObject, DraftError> {
    let (serial, signer) = (serial_of(choices, ROOT_NAME)?, &inputs.signer);
    let draft = CertificateDraft {
        serial,
        algorithm,
        issuer: &signer.name,
        not_before: root.not_before.value,
        not_after: root.not_after,
        subject: &signer.name,
        spki: &signer.spki,
        // No path length: a root does not know yet how deep its hierarchy will be.
        extensions: vec![
            extension::basic_constraints(None)?,
            extension::key_usage()?,
            extension::subject_key_identifier(&signer.key_id)?,
        ],
    };
    let expected = ExpectedCertificate {
        algorithm: algorithm.to_vec(),
        issuer: signer.name.clone(),
        subject: signer.name.clone(),
        serial: serial.to_vec(),
        not_before: root.not_before.value,
        not_after: root.not_after,
        spki: signer.spki.clone(),
        key_id: signer.key_id.clone(),
        issuer_key_id: None,
        path_length: None,
        crl_url: None,
        issuer_url: None,
        is_for_tls: false,
    };
    Ok(DraftedObject {
        asked_by: AskedBy::Root,
        file: "root.crt".to_owned(),
        to_be_signed: draft.encode()?,
        expected: Expected::Certificate(expected),
    })
}

fn crl_object(
    crl: &CrlRequest,
    inputs: &Inputs,
    choices: &Choices,
    algorithm: &[u8],
) -> Result<DraftedObject, DraftError> {
    let number = choices.number.ok_or(DraftError::OutOfRange { what: "a CRL for which no number was chosen" })?;
    let signer = &inputs.signer;
    let before = inputs.previous.as_ref().map(carried).unwrap_or_default();
    let changed = replaced(inputs);
    let mut written: BTreeSet<Vec<u8>> = BTreeSet::new();
    let mut drafts = Vec::with_capacity(before.len() + inputs.revocations.len());
    let mut expected_entries = Vec::with_capacity(drafts.capacity());
    for (serial, der) in before {
        match changed.get(serial.as_slice()) {
            // A changed entry stays at its place; of several for one certificate, at that of the first.
            Some(Some((date, reason))) => {
                let (date, reason) = (*date, *reason);
                if written.insert(serial.clone()) {
                    drafts.push(EntryDraft::New { serial: serial.clone(), date, reason: reason.code() });
                    expected_entries.push(ExpectedEntry::New { serial, date, reason });
                }
            }
            Some(None) => {}
            None => {
                drafts.push(EntryDraft::Carried(der.clone()));
                expected_entries.push(ExpectedEntry::Carried { serial, der });
            }
        }
    }
    for added in inputs.revocations.iter().filter(|revocation| revocation.before.is_none()) {
        let (serial, date, reason) = (added.serial.clone(), added.date, added.reason);
        drafts.push(EntryDraft::New { serial: serial.clone(), date, reason: reason.code() });
        expected_entries.push(ExpectedEntry::New { serial, date, reason });
    }
    let distribution_point = inputs.previous.as_ref().and_then(|crl| crl.distribution_point.as_deref());
    let draft = CrlDraft {
        algorithm,
        issuer: &signer.name,
        this_update: crl.this_update.value,
        next_update: crl.next_update,
        entries: drafts,
        key_id: &signer.key_id,
        number,
        distribution_point,
    };
    let expected = ExpectedCrl {
        algorithm: algorithm.to_vec(),
        issuer: signer.name.clone(),
        this_update: crl.this_update.value,
        next_update: crl.next_update,
        number,
        key_id: signer.key_id.clone(),
        distribution_point: distribution_point.map(<[u8]>::to_vec),
        entries: expected_entries,
    };
    let (file, to_be_signed) = ("root.crl".to_owned(), draft.encode()?);
    Ok(DraftedObject { asked_by: AskedBy::Crl, file, to_be_signed, expected: Expected::Crl(expected) })
}

/// What stands in the place of an entry of the previous CRL: another date and reason, or nothing.
fn replaced(inputs: &Inputs) -> BTreeMap<&[u8], Option<(Timestamp, Reason)>> {
    let revoked = inputs.revocations.iter().map(|new| (new.serial.as_slice(), Some((new.date, new.reason))));
    let decided = inputs.decided.iter().map(|decided| {
        let now = match decided.now {
            DecidedNow::Dropped => None,
            DecidedNow::Revoked { date, reason } => Some((date, reason)),
        };
        (decided.serial.as_slice(), now)
    });
    revoked.chain(decided).collect()
}

fn certificate_object(
    (asked_by, asked): (AskedBy, &CertificateRequest),
    (spki, identity): (&[u8], &Identity),
    inputs: &Inputs,
    choices: &Choices,
    algorithm: &[u8],
) -> Result<DraftedObject, DraftError> {
    let (serial, signer) = (serial_of(choices, &asked.name)?, &inputs.signer);
    let draft = CertificateDraft {
        serial,
        algorithm,
        issuer: &signer.name,
        not_before: asked.not_before.value,
        not_after: asked.not_after,
        subject: &identity.subject,
        spki,
        extensions: extensions(asked, &identity.key_id, &signer.key_id)?,
    };
    let expected = ExpectedCertificate {
        algorithm: algorithm.to_vec(),
        issuer: signer.name.clone(),
        subject: identity.subject.clone(),
        serial: serial.to_vec(),
        not_before: asked.not_before.value,
        not_after: asked.not_after,
        spki: spki.to_vec(),
        key_id: identity.key_id.clone(),
        issuer_key_id: Some(signer.key_id.clone()),
        path_length: asked.path_length,
        crl_url: asked.crl_url.clone(),
        issuer_url: asked.issuer_url.clone(),
        is_for_tls: asked.profile.is_for_tls(),
    };
    let file = format!("{}.crt", asked.name);
    Ok(DraftedObject { asked_by, file, to_be_signed: draft.encode()?, expected: Expected::Certificate(expected) })
}

/// The extensions of a profile, in their order.
fn extensions(asked: &CertificateRequest, key_id: &[u8], issuer_key_id: &[u8]) -> Result<Vec<Extension>, DraftError> {
    let mut all = vec![
        extension::basic_constraints(asked.path_length)?,
        extension::key_usage()?,
        extension::subject_key_identifier(key_id)?,
        extension::authority_key_identifier(issuer_key_id)?,
    ];
    if let Some(url) = &asked.crl_url {
        all.push(extension::crl_distribution_point(url)?);
    }
    if let Some(url) = &asked.issuer_url {
        all.push(extension::authority_info_access(url)?);
    }
    if asked.profile.is_for_tls() {
        all.push(extension::server_auth()?);
        all.push(extension::any_policy()?);
    }
    Ok(all)
}
