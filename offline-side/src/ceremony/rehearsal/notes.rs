//! Notes on a rehearsal that no rule covers.

use std::collections::BTreeSet;

use rootcast_pki::crl;
use rootcast_pki::profile::Policy;
use rootcast_pki::serial::SerialNumber;

use super::given::Given;
use super::object::RehearsedObject;
use crate::ceremony::draft::choices::Choices;
use crate::ceremony::draft::inputs::Inputs;
use rootcast_pki::stage::Ruling;

pub(super) fn notes(given: &Given<'_>, inputs: &Inputs, choices: &Choices, objects: &[RehearsedObject]) -> Vec<String> {
    let (request, mut notes) = (given.request, Vec::new());
    let previous = inputs.previous.as_ref().and_then(|crl| crl.number);
    for number in given.known.doubtful.iter().filter(|number| request.crl.is_some() && Some(**number) > previous) {
        notes.push(format!(
            "CRL number {number} was signed here and read back, but the signing was interrupted: the journal does not say whether it \
             was released. Run `ceremony sign` on its folder once more before this is signed; it uses no key"
        ));
    }
    notes.extend(lost_revocations(given, inputs, choices));
    for object in objects.iter().filter(|object| object.verdict == Ruling::Held) {
        notes.push(format!(
            "{}: the online side will hold this until somebody there decides (`held accept`): arrange that, and read them the words",
            object.drafted.file
        ));
    }
    for (asked, csr) in request.certificates.iter().zip(&inputs.requests) {
        let serial = choices.serials.get(&asked.name).map(|serial| SerialNumber::from_contents(serial).to_string());
        if csr.subject().der() != asked.subject.der() {
            notes.push(format!(
                "{}: the certification request names {}; the certificate {} will name {}, as the request file says",
                asked.csr.value,
                csr.subject(),
                serial.unwrap_or_default(),
                asked.subject
            ));
        }
    }
    if inputs.previous.as_ref().is_some_and(|crl| crl.number.is_none()) {
        notes.push("the previous CRL has no number; the new number follows the highest number known here".to_owned());
    }
    if inputs.previous.as_ref().is_some_and(|crl| crl.distribution_point.is_some()) && request.crl.is_some() {
        notes.push("the previous CRL's issuingDistributionPoint is carried over byte for byte".to_owned());
    }
    if choices.judged_at > choices.made {
        notes.push(format!("judged as of {}, when every signed object is valid", choices.judged_at));
    }
    notes
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
