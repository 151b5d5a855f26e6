//! What is checked before anything is drafted: the clock, the CRL before this one, the key.

use rootcast_host::clock::RELEASED;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

use super::clock;
use super::error::RehearsalError;
use super::given::Given;
use crate::ceremony::draft::inputs::{Inputs, PreviousCrl};
use crate::ceremony::key::SignatureScheme;
use crate::ceremony::key::public_key::PublicKey;
use crate::ceremony::request::{RequestError, RequestFault};

/// REQ-CLOCK, as far as a rehearsal can tell.
pub(super) fn check_clock(
    given: &Given<'_>,
    inputs: &Inputs,
    last: Option<&PreviousCrl>,
) -> Result<(), RehearsalError> {
    let mut exists = vec![("this program was made", Timestamp(RELEASED))];
    exists.extend(inputs.previous.iter().map(|crl| ("the previous CRL's thisUpdate", crl.this_update)));
    exists.extend(last.map(|crl| ("the thisUpdate of the CRL that was sent last", crl.this_update)));
    // A new root's validity may begin at the ceremony.
    let issuer = inputs.issuer.as_ref().map(|issuer| (issuer.not_before(), issuer.not_after()));
    clock::check(given.now, &exists, issuer).map_err(RehearsalError::Clock)
}

/// The CRL that was sent last.
pub(super) fn last_sent(given: &Given<'_>) -> Option<PreviousCrl> {
    let der = given.known.last_crl.as_deref()?;
    let crl = rootcast_pki::crl::inspect(der, &Policy::default()).value?;
    let (number, this_update) = (crl.number(), crl.this_update());
    Some(PreviousCrl { der: der.clone(), number, this_update, distribution_point: None })
}

/// REQ-PREVIOUS against state and journal: nothing newer was released or sent.
pub(super) fn check_previous(
    given: &Given<'_>,
    inputs: &Inputs,
    last: Option<&PreviousCrl>,
) -> Result<(), RehearsalError> {
    if given.request.root.is_some()
        && let Some(root) = given.known.roots.iter().find(|root| root.spki() == inputs.signer.spki)
    {
        let fault = RequestFault::RootAgain { same: "key", subject: root.subject().to_string() };
        return Err(RehearsalError::Request(RequestError { file: given.request.file.clone(), line: 0, fault }));
    }
    let line = given.request.previous_crl.as_ref().map_or(0, |path| path.line);
    let number =
        |crl: &PreviousCrl| crl.number.map_or_else(|| "no number".to_owned(), |number| format!("number {number}"));
    let refuse = |why: String| {
        let fault = RequestFault::Previous { why };
        Err(RehearsalError::Request(RequestError { file: given.request.file.clone(), line, fault }))
    };
    // Released, and unknown to the state: it was restored, or could not be written then.
    let given_number = inputs.previous.as_ref().and_then(|crl| crl.number);
    if given.request.crl.is_some()
        && let Some(released) = given.known.released
        && given_number < Some(released)
        && last.and_then(|crl| crl.number) < Some(released)
    {
        let found = inputs.previous.as_ref().map_or_else(|| "first = true".to_owned(), &number);
        return refuse(format!(
            "{found} was given. The journal says that the CRL with number {released} was released since, but the state does not \
             have it: give that one. `ceremony sign` on its folder, once more, makes the state know it and uses no key"
        ));
    }
    let Some(last) = last else { return Ok(()) };
    match &inputs.previous {
        None if given.request.first => refuse(format!(
            "first = true was given, but the CRL with {} was signed or sent here: give that CRL as previous_crl",
            number(last)
        )),
        Some(previous) if previous.number < last.number => refuse(format!(
            "the given previous CRL has {}; the CRL with {} was signed or sent here since: give that CRL",
            number(previous),
            number(last)
        )),
        Some(previous) if previous.number == last.number && previous.der != last.der => refuse(format!(
            "the given previous CRL has {}, and so does the CRL signed or sent here, but their bytes differ: find out which is genuine",
            number(previous)
        )),
        _ => Ok(()),
    }
}

/// KEY-PINNED as far as it goes without the key, and the scheme that goes with it.
pub(super) fn check_key(given: &Given<'_>, inputs: &Inputs) -> Result<SignatureScheme, RehearsalError> {
    let line = given.request.issuer.as_ref().map(|path| path.line);
    let line = line.or(given.request.root.as_ref().map(|root| root.key.line)).unwrap_or_default();
    let refuse = |why: String| {
        let fault = RequestFault::SigningKey { why };
        RehearsalError::Request(RequestError { file: given.request.file.clone(), line, fault })
    };
    let found = Digest::of(&inputs.signer.spki);
    if let Some(pinned) = given.pinned
        && pinned != found
    {
        return Err(refuse(format!(
            "the site pins the public key with the SHA-256 {pinned}; the key that should sign has {found}"
        )));
    }
    let Some(key) = PublicKey::from_spki(&inputs.signer.spki) else {
        let described = inputs.issuer.as_ref().map_or_else(|| "of this kind".to_owned(), Issuer::key_description);
        return Err(refuse(format!("there is no signature scheme for a key {described}")));
    };
    if let Some(root) = &given.request.root
        && !root.key.value.is_of(key.kind(), key.modulus_bits())
    {
        let (asked, found) = (root.key.value, key.describe());
        return Err(refuse(format!("the request asks for a key {asked}; the key in place is {found}")));
    }
    match given.scheme.unwrap_or_else(|| SignatureScheme::usual_for(key.kind())) {
        scheme if scheme.key_kind() == key.kind() => Ok(scheme),
        scheme => Err(refuse(format!("a key {} cannot sign with {scheme}", key.describe()))),
    }
}
