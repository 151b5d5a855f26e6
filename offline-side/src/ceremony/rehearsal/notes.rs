//! Notes on a rehearsal that no rule covers.

use std::collections::BTreeSet;

use rootcast_host::clock::dated_text;
use rootcast_pki::crl;
use rootcast_pki::limits::CRL_VALIDITY_SECONDS_MAX;
use rootcast_pki::name::Name;
use rootcast_pki::profile::Policy;

use super::endings;
use super::given::Given;
use super::note::Note;
use super::object::RehearsedObject;
use crate::ceremony::draft::choices::Choices;
use crate::ceremony::draft::identity::Identity;
use crate::ceremony::draft::inputs::{CertifiedKey, Inputs};
use crate::ceremony::request::distinguished_name::DistinguishedName;
use crate::ceremony::request::{AskedSubject, CertificateRequest};
use crate::gate::item_text::held_there_text;
use rootcast_pki::stage::Ruling;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::hex;

pub(super) fn notes(
    given: &Given<'_>,
    inputs: &Inputs,
    (choices, identities): (&Choices, &[Identity]),
    objects: &[RehearsedObject],
) -> Vec<Note> {
    let (request, mut notes) = (given.request, Vec::<Note>::new());
    let previous = inputs.previous.as_ref().and_then(|crl| crl.number);
    for number in given.known.doubtful.iter().filter(|number| request.crl.is_some() && Some(**number) > previous) {
        notes.push(format!(
            "CRL number {number} was signed here and read back, but the signing was interrupted: the journal does not say whether it \
             was released. Run `ceremony sign` on its folder once more before this is signed; it uses no key"
        ).into());
    }
    notes.extend(lost_revocations(given, inputs, choices).into_iter().map(Note::from));
    for object in objects.iter().filter(|object| object.verdict == Ruling::Held) {
        notes.push(format!("{}: {}", object.drafted.file, held_there_text(&object.holds())).into());
    }
    let certified = request.certificates.iter().zip(&inputs.certified);
    for ((asked, key), identity) in certified.zip(identities) {
        let is_known = key.replaced.is_some() || choices.known.contains_key(&asked.name);
        let differing = differing_csr(asked, key, identity, is_known);
        notes.extend(differing.into_iter().map(|note| Note::from(format!("REQ-CSR: {note}"))));
        notes.extend(reversed_csr(asked, key, identity).map(Note::warning));
        let written = match &asked.subject {
            AskedSubject::Written(name) => Some(name).filter(|name| name.der() == identity.subject),
            AskedSubject::AsInCsr | AskedSubject::Kept => None,
        };
        notes.extend(written.and_then(misplaced_country));
    }
    let new_root = request.root.as_ref().filter(|root| root.replaces().is_none());
    notes.extend(new_root.and_then(|root| root.subject.as_ref()).and_then(misplaced_country));
    let replaced = inputs.certified.iter().filter_map(|key| key.replaced.as_ref()).chain(&inputs.renewed);
    for before in replaced.filter(|before| !before.is_verified) {
        let (file, issuer) = (&before.file, before.issuer.issued_by());
        let sha256 = Digest(before.issuer.certificate_sha256());
        notes.push(
            format!(
                "{file}: {issuer} signed it, so it cannot be verified here: compare its SHA-256 {sha256} with the published certificate"
            )
            .into(),
        );
    }
    if let Some(before) = inputs.renewed.as_ref().filter(|_| endings::is_shorter(inputs)) {
        let (new, file, old) = (inputs.signer.not_after, &before.file, before.issuer.not_after());
        notes.push(Note::warning(format!(
            "root.crt ends {new}, and the existing {file} ends {old}: the renewed root does not end later. Check not_after"
        )));
    }
    let this_update = request.crl.as_ref().map(|crl| crl.this_update.value);
    if let Some(this_update) = this_update.filter(|time| *time < inputs.signer.not_before) {
        notes.push(Note::warning(format!(
            "thisUpdate is {}, before the root is valid, from {}. Check the year",
            dated_text(this_update.0, choices.made.0),
            inputs.signer.not_before
        )));
    }
    if inputs.previous.as_ref().is_some_and(|crl| crl.number.is_none()) {
        let text = "the previous CRL has no number; the new number follows the highest number known here";
        notes.push(text.to_owned().into());
    }
    if inputs.previous.as_ref().is_some_and(|crl| crl.distribution_point.is_some()) && request.crl.is_some() {
        notes.push("the previous CRL's issuingDistributionPoint is carried over byte for byte".to_owned().into());
    }
    let seconds = request.crl.as_ref().map(|crl| crl.next_update.0.saturating_sub(crl.this_update.value.0));
    if seconds.is_some_and(|seconds| seconds >= CRL_VALIDITY_SECONDS_MAX) {
        notes.push(
            "the CRL is valid for more than 365 days, its last second included: some programs count twelve months so"
                .to_owned()
                .into(),
        );
    }
    if choices.judged_at > choices.made {
        notes.push(format!("judged as of {}, when every signed object is valid", choices.judged_at).into());
    }
    notes
}

/// What to do where relying parties may know the key already.
const IF_CERTIFIED: &str = ": if this key has a certificate already, give replaces";

/// REQ-CSR: how name and identifier of the certification request differ from those of the certificate. `is_known` is
/// whether the certificate continues one that is known here.
pub(super) fn differing_csr(
    asked: &CertificateRequest,
    key: &CertifiedKey,
    identity: &Identity,
    is_known: bool,
) -> Vec<String> {
    let (Some(csr), Some(path)) = (&key.csr, &asked.csr) else { return Vec::new() };
    let (file, name, mut notes) = (&path.value, &asked.name, Vec::new());
    let advice = if is_known { "" } else { IF_CERTIFIED };
    if csr.subject().der() != identity.subject {
        let (found, certified) = (csr.subject().to_string(), identity.subject_text());
        let differs = if found == certified {
            format!(" in another encoding than {name}.crt will{advice}")
        } else {
            format!("; {name}.crt will name {certified}")
        };
        notes.push(format!("{file}: the certification request names {found}{differs}"));
    }
    if let Some(key_id) = csr.key_id().filter(|key_id| *key_id != identity.key_id) {
        let (found, certified) = (hex::encode(key_id), identity.key_id_text());
        notes.push(format!(
            "{file}: the certification request asks for the identifier {found}; {name}.crt will state {certified}{advice}"
        ));
    }
    notes
}

/// A name that was written in the order in which `openssl` shows names: the certificate would have that of the certification
/// request backwards.
fn reversed_csr(asked: &CertificateRequest, key: &CertifiedKey, identity: &Identity) -> Option<String> {
    let (csr, path) = (key.csr.as_ref()?, asked.csr.as_ref()?);
    let certified = Name::from_der(&identity.subject)?;
    certified.is_reverse_of(csr.subject()).then(|| {
        format!(
            "REQ-CSR: {}.crt would have the subject of {} backwards. The order is reversed: write the most specific attribute \
             first, as in {}",
            asked.name,
            path.value,
            csr.subject()
        )
    })
}

/// A name of text whose country would not be first in the certificate.
fn misplaced_country(name: &DistinguishedName) -> Option<Note> {
    name.is_country_misplaced().then(|| {
        Note::warning(format!(
            "the country is not the first attribute of {name} in the certificate: a request has C last, such as \
             CN=Example,O=Example,C=CH"
        ))
    })
}

/// What an abandoned CRL revokes and the new one does not: somebody asked for it then.
fn lost_revocations(given: &Given<'_>, inputs: &Inputs, choices: &Choices) -> Vec<String> {
    let policy = Policy::default();
    let previous = inputs.previous.as_ref().and_then(|previous| crl::inspect(&previous.der, &policy).value);
    let dropped: BTreeSet<&[u8]> =
        inputs.decided.iter().filter(|one| one.is_dropped()).map(|one| &*one.serial).collect();
    let carried = previous.iter().flat_map(|crl| crl.entries()).map(|entry| entry.serial);
    let carried = carried.filter(|serial| !dropped.contains(serial));
    let stays: BTreeSet<&[u8]> = carried.chain(inputs.revocations.iter().map(|new| new.serial.as_slice())).collect();
    let mut notes = Vec::new();
    for abandoned in &choices.abandoned {
        let signed = given.known.signed.iter().find(|signed| signed.sha256 == abandoned.sha256);
        let Some(der) = signed.and_then(|signed| signed.der.as_deref()) else { continue };
        let Some(crl) = crl::inspect(der, &policy).value else { continue };
        for entry in crl.entries().filter(|entry| !stays.contains(entry.serial)) {
            let (number, serial) = (&abandoned.number, entry.serial_number());
            notes.push(format!(
                "CRL number {number}, which is abandoned, revokes serial {serial}; the new CRL does not"
            ));
        }
    }
    notes
}
