//! Which date ends what, for a renewal or a roll: the certificates and CRLs that are signed, and those they follow.

use std::fmt::Write as _;

use rootcast_host::clock::dated_text;
use rootcast_pki::crl;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::ItemKind;
use rootcast_pki::profile::Policy;
use rootcast_pki::serial::SerialNumber;
use rootcast_pki::time::Timestamp;

use super::object::RehearsedObject;
use crate::ceremony::draft::expected::{Expected, ExpectedCertificate};
use crate::ceremony::draft::identity::Identity;
use crate::ceremony::draft::inputs::Inputs;

/// One date.
struct Ending {
    at: Timestamp,
    /// Which file or certificate ends.
    what: String,
    /// What it means for relying parties.
    then: String,
}

/// The table, the first date first.
pub(super) fn table(objects: &[RehearsedObject], inputs: &Inputs, now: Timestamp) -> String {
    let mut endings: Vec<Ending> = objects.iter().map(|object| of_object(object, inputs)).collect();
    let previous = inputs.previous.as_ref().and_then(|previous| crl::inspect(&previous.der, &Policy::default()).value);
    if let Some((crl, at)) = previous.and_then(|crl| crl.next_update().map(|at| (crl, at))) {
        let number = crl.number().map_or_else(|| "no number".to_owned(), |number| format!("number {number}"));
        let is_followed = objects.iter().any(|object| object.drafted.expected.kind() == ItemKind::Crl);
        let then =
            if is_followed { "the new CRL has to be published before" } else { "the next CRL has to be there by then" };
        let then = then.to_owned();
        endings.push(Ending { at, what: format!("the CRL before, {number}"), then });
    }
    if inputs.renewed.is_none()
        && let Some(issuer) = &inputs.issuer
    {
        let then = "nothing signed by it is valid any longer, except through another certificate of its key".to_owned();
        endings.push(existing(issuer, "the issuer's certificate", then));
    }
    let replaced = inputs.certified.iter().filter_map(|key| key.replaced.as_ref());
    for before in replaced.filter(|before| inputs.issuer.as_ref().is_none_or(|issuer| differs(issuer, &before.issuer)))
    {
        endings.push(existing(
            &before.issuer,
            &format!("the existing {}", before.file),
            "who has only this certificate needs another".to_owned(),
        ));
    }
    if let Some(before) = &inputs.renewed {
        let then = if is_shorter(inputs) {
            "who trusts this certificate is served until then; the renewed one does not end later"
        } else {
            "who trusts only this certificate needs the renewed one before"
        };
        let then = then.to_owned();
        endings.push(existing(&before.issuer, &format!("the existing {}", before.file), then));
    }
    endings.sort_by_key(|ending| ending.at);
    let mut text = "Which date ends what:\n".to_owned();
    for Ending { at, what, then } in endings {
        let [what, then] = [what, then].map(|part| rootcast_host::text::printable(&part));
        let _ = writeln!(text, "    {}  {what}: {then}", dated_text(at.0, now.0));
    }
    text
}

/// Whether `[root]` renews a root and does not end later than the certificate that it replaces.
pub(super) fn is_shorter(inputs: &Inputs) -> bool {
    inputs.renewed.as_ref().is_some_and(|before| inputs.signer.not_after <= before.issuer.not_after())
}

fn differs(one: &Issuer, other: &Issuer) -> bool {
    one.certificate_sha256() != other.certificate_sha256()
}

fn existing(issuer: &Issuer, what: &str, then: String) -> Ending {
    let (at, serial) = (issuer.not_after(), issuer.serial());
    Ending { at, what: format!("{what} of {}, serial {serial}", issuer.subject()), then }
}

fn of_object(object: &RehearsedObject, inputs: &Inputs) -> Ending {
    let file = &object.drafted.file;
    match &object.drafted.expected {
        Expected::Crl(crl) => Ending {
            at: crl.next_update,
            what: format!("{file}, CRL of {}", inputs.signer.subject),
            then: "relying parties need the next CRL by then".to_owned(),
        },
        Expected::Certificate(certificate) => {
            let ExpectedCertificate { subject, key_id, serial, not_after, .. } = certificate;
            let subject = Identity { subject: subject.clone(), key_id: key_id.clone() }.subject_text();
            let serial = SerialNumber::from_contents(serial);
            let then = if certificate.is_root() {
                let through = if is_shorter(inputs) { " through this certificate" } else { "" };
                format!("nothing below this root is valid any longer{through}")
            } else {
                format!("{} no longer certifies this key through it", inputs.signer.subject)
            };
            Ending { at: *not_after, what: format!("{file} of {subject}, serial {serial}"), then }
        }
    }
}
