//! Notes on a rehearsal that no rule covers.

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
