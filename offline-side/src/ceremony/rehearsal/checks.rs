//! What is checked before anything is drafted: the clock, the dates, the CRL before this one, the key.

use rootcast_host::clock::RELEASED;
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

use super::clock;
use super::error::RehearsalError;
use super::given::Given;
use super::known::SignedCrl;
use crate::ceremony::draft::choices;
use crate::ceremony::draft::inputs::Inputs;
use crate::ceremony::draft::named_file::PreviousCrl;
use crate::ceremony::key::SignatureScheme;
use crate::ceremony::key::public_key::PublicKey;
use crate::ceremony::request::{REHEARSED_AHEAD_DAYS_MAX, RequestError, RequestFault, RootKey, RootRequest, SameAs};
use crate::store::journal::ceremony::AbandonedCrl;

/// REQ-CLOCK, as far as a rehearsal can tell. A CRL that was signed here and never sent does not bind the clock: nobody
/// else has seen it.
pub(super) fn check_clock(given: &Given<'_>, inputs: &Inputs) -> Result<(), RehearsalError> {
    let known = given.known;
    let mut exists = vec![("this program was made", Timestamp(RELEASED))];
    let never_left = |crl: &&PreviousCrl| {
        let sha256 = Digest::of(&crl.der);
        known.signed.iter().any(|signed| signed.sha256 == sha256 && !signed.has_left)
    };
    let previous = inputs.previous.iter().filter(|crl| !never_left(crl));
    exists.extend(previous.map(|crl| ("the previous CRL's thisUpdate", crl.this_update)));
    let left = known.signed.iter().filter(|signed| signed.has_left).filter_map(|signed| signed.der.as_deref());
    let sent = known.sent.as_deref().into_iter().chain(left).filter_map(|der| inspected(der));
    exists.extend(sent.map(|crl| ("the thisUpdate of the CRL that was sent last", crl.this_update)));
    // The validity of a new or renewed root may begin at the ceremony, and a root may be renewed after its end.
    let issuer = inputs
        .issuer
        .as_ref()
        .filter(|_| given.request.root.is_none())
        .map(|issuer| (issuer.not_before(), issuer.not_after()));
    clock::check(given.now, &exists, issuer).map_err(RehearsalError::Clock)
}

/// REQ-FUTURE, for a rehearsal.
pub(super) fn check_dates(given: &Given<'_>) -> Result<(), RequestError> {
    let latest = given.now.plus_seconds(REHEARSED_AHEAD_DAYS_MAX * 86_400);
    match choices::beginnings(given.request).find(|(_, begins)| begins.value > latest) {
        None => Ok(()),
        Some((key, begins)) => {
            let fault = RequestFault::Ahead { key, at: begins.value, now: given.now };
            Err(RequestError { file: given.request.file.clone(), line: begins.line, fault })
        }
    }
}

fn inspected(der: &[u8]) -> Option<PreviousCrl> {
    let crl = rootcast_pki::crl::inspect(der, &Policy::default()).value?;
    let (number, this_update) = (crl.number(), crl.this_update());
    Some(PreviousCrl { der: der.to_vec(), number, this_update, distribution_point: None })
}

/// The lowest number that the request abandons.
fn abandoned_from(given: &Given<'_>) -> Option<CrlNumber> {
    given.request.crl.as_ref()?.abandon.as_ref().map(|abandon| abandon.number.value)
}

/// The CRLs that the request abandons: the one it names, and any signed after it. None of them may have left this host.
pub(super) fn check_abandoned(given: &Given<'_>) -> Result<Vec<AbandonedCrl>, RequestError> {
    let Some(asked) = given.request.crl.as_ref().and_then(|crl| crl.abandon.as_ref()) else { return Ok(Vec::new()) };
    let number = asked.number.value;
    let refuse = |why: String| {
        let fault = RequestFault::Abandon { why };
        Err(RequestError { file: given.request.file.clone(), line: asked.number.line, fault })
    };
    let known = given.known;
    let sent = known.sent.as_deref().and_then(|der| inspected(der)).and_then(|crl| crl.number);
    if Some(number) <= sent {
        let sent = sent.map_or_else(String::new, |sent| sent.to_string());
        return refuse(format!(
            "the CRL with number {sent} was sent: only a newer CRL that was never sent can be abandoned"
        ));
    }
    let abandoned: Vec<&SignedCrl> = known.signed.iter().filter(|signed| signed.number >= number).collect();
    if let Some(left) = abandoned.iter().find(|signed| signed.has_left) {
        return refuse(format!(
            "the journal has CRL number {} in a bundle or a transmission, so it may have left this host",
            left.number
        ));
    }
    if !abandoned.iter().any(|signed| signed.number == number) && !known.abandoned.contains(&number) {
        return refuse(format!("no CRL with number {number} was signed and released here"));
    }
    let abandoned = abandoned.iter().map(|signed| AbandonedCrl {
        number: signed.number,
        sha256: signed.sha256,
        file: signed.file.clone(),
        because: asked.because.clone(),
    });
    Ok(abandoned.collect())
}

/// The newest CRL that was signed or sent here and that the request does not abandon.
pub(super) fn last_known(given: &Given<'_>) -> Option<PreviousCrl> {
    let from = abandoned_from(given);
    let stays = |signed: &&SignedCrl| from.is_none_or(|from| signed.number < from);
    let signed = given.known.signed.iter().filter(stays).filter_map(|signed| signed.der.as_deref());
    // Of two with the same number, the last is taken: the one that was sent.
    let all = signed.chain(given.known.sent.as_deref()).filter_map(|der| inspected(der));
    all.max_by_key(|crl| crl.number)
}

/// REQ-PREVIOUS: the CRL before this one is not an abandoned one. This is checked before the clock: the dates of an
/// abandoned CRL may be what was wrong with it.
pub(super) fn check_not_abandoned(given: &Given<'_>, inputs: &Inputs) -> Result<(), RequestError> {
    let from = abandoned_from(given);
    let number = inputs.previous.as_ref().and_then(|crl| crl.number);
    let is_abandoned =
        |number: &CrlNumber| from.is_some_and(|from| from <= *number) || given.known.abandoned.contains(number);
    match number.filter(is_abandoned) {
        None => Ok(()),
        Some(number) => {
            let line = given.request.previous_crl.as_ref().map_or(0, |path| path.line);
            let why = format!("the given previous CRL has number {number}, which is abandoned: give the CRL before it");
            Err(RequestError { file: given.request.file.clone(), line, fault: RequestFault::Previous { why } })
        }
    }
}

/// REQ-PREVIOUS against state and journal: nothing newer was released or sent.
pub(super) fn check_previous(
    given: &Given<'_>,
    inputs: &Inputs,
    last: Option<&PreviousCrl>,
) -> Result<(), RehearsalError> {
    if given.request.is_new_root()
        && let Some((root, is_retired)) = given.known.all_roots().find(|(root, _)| root.spki() == inputs.signer.spki)
    {
        let fault = RequestFault::RootAgain { same: SameAs::Key, subject: root.subject().to_string(), is_retired };
        return Err(RehearsalError::Request(RequestError { file: given.request.file.clone(), line: 0, fault }));
    }
    let line = given.request.previous_crl.as_ref().map_or(0, |path| path.line);
    let number =
        |crl: &PreviousCrl| crl.number.map_or_else(|| "no number".to_owned(), |number| format!("number {number}"));
    let refuse = |why: String| {
        let fault = RequestFault::Previous { why };
        Err(RehearsalError::Request(RequestError { file: given.request.file.clone(), line, fault }))
    };
    let from = abandoned_from(given);
    let given_number = inputs.previous.as_ref().and_then(|crl| crl.number);
    // Released, and unknown to the state: it was restored, or could not be written then.
    let released = given.known.signed.iter().map(|signed| signed.number);
    let released = released.filter(|number| from.is_none_or(|from| *number < from)).max();
    if given.request.crl.is_some()
        && let Some(released) = released
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
    let sha256 = Digest::of(&last.der);
    let never_left = given.known.signed.iter().any(|signed| signed.sha256 == sha256 && !signed.has_left);
    let or_abandon = if never_left { ", or abandon it if it is wrong and was never sent" } else { "" };
    match &inputs.previous {
        None if given.request.first => refuse(format!(
            "first = true was given, but the CRL with {} was signed or sent here: give that CRL as previous_crl{or_abandon}",
            number(last)
        )),
        Some(previous) if previous.number < last.number => refuse(format!(
            "the given previous CRL has {}; the CRL with {} was signed or sent here since: give that CRL{or_abandon}",
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
    let line = line.or(given.request.root.as_ref().map(RootRequest::line)).unwrap_or_default();
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
    if let Some(RootRequest { key: RootKey::New(asked), .. }) = &given.request.root
        && !asked.value.is_of(key.kind(), key.modulus_bits())
    {
        let (asked, found) = (asked.value, key.describe());
        return Err(refuse(format!("the request asks for a key {asked}; the key in place is {found}")));
    }
    match given.scheme.unwrap_or_else(|| SignatureScheme::usual_for(key.kind())) {
        scheme if scheme.key_kind() == key.kind() => Ok(scheme),
        scheme => Err(refuse(format!("a key {} cannot sign with {scheme}", key.describe()))),
    }
}
