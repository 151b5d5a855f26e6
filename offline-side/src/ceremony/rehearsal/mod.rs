//! The rehearsal: everything a ceremony does, without its key. What will be signed is built, signed with a key to throw
//! away under the issuer made again with it, read back, and judged by every rule the online side will apply.
//!
//! What that side would refuse or hold is not rehearsed to the end: it would be signed for nothing.

pub mod clock;
mod difference;
mod dump;
pub mod ephemeral_key;
mod error;
mod judging;
mod known;

use rootcast_host::clock::RELEASED;
use rootcast_pki::finding::Findings;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::serial::SerialNumber;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;

pub use error::{RefusedObject, RehearsalError};
pub use known::Known;

use super::draft::choices;
use super::draft::choices::{Plan, UsedNumbers};
use super::draft::inputs;
use super::draft::inputs::{Inputs, PreviousCrl};
use super::draft::{DraftedObject, drafted};
use super::folder::RehearsalFolder;
use super::request::{Request, RequestError, RequestFault, RequestFiles};
use crate::ceremony::key::SignatureScheme;
use crate::ceremony::key::public_key::PublicKey;

/// What a rehearsal is given.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// What is asked for.
    pub request: &'a Request,
    /// The files it names.
    pub files: &'a RequestFiles,
    /// SHA-256 of the public key that the site pins, if it pins one.
    pub pinned: Option<Digest>,
    /// How the site wants things signed; else what goes with the key.
    pub scheme: Option<SignatureScheme>,
    /// The public key of a new root, SubjectPublicKeyInfo.
    pub root_spki: Option<&'a [u8]>,
    /// What is known from before.
    pub known: &'a Known,
    /// What the operator threw with dice.
    pub dice: Option<&'a str>,
    /// The machine's time.
    pub now: Timestamp,
}

/// One object, rehearsed.
#[derive(Debug)]
pub struct RehearsedObject {
    /// What will be signed, and what is meant.
    pub drafted: DraftedObject,
    /// The whole object under the throw-away key.
    sample: Vec<u8>,
    /// What the online side would say: `accepted`, `held` or `rejected`.
    pub verdict: &'static str,
    /// Whether that ends the rehearsal. A hold that people have to expect there (a first CRL, a new key of a known CA) does
    /// not.
    is_refused: bool,
    /// Everything that was found.
    pub findings: Findings,
}

impl RehearsedObject {
    /// SHA-256 of the bytes to be signed.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        Digest::of(&self.drafted.to_be_signed)
    }

    /// Its words.
    #[must_use]
    pub fn words(&self) -> String {
        words::spell(self.sha256().as_bytes(), words::SHORT)
    }
}

/// A rehearsal that went well.
#[derive(Debug)]
pub struct Rehearsal {
    /// What was decided.
    pub plan: Plan,
    /// The objects, in the order in which they are signed.
    pub objects: Vec<RehearsedObject>,
    /// Everything in words, for a witness.
    pub dump: String,
    /// What changes against the CRL before, in words.
    pub difference: String,
    /// What people should know and no rule says.
    pub notes: Vec<String>,
}

/// Rehearses.
///
/// # Errors
/// The first thing that is wrong with the request, its inputs or the clock, or what a rule refuses or holds.
pub fn rehearse(given: &Given<'_>) -> Result<Rehearsal, RehearsalError> {
    let request = given.request;
    let inputs = inputs::verify(request, given.files, given.root_spki)?;
    let last = last_sent(given);
    check_clock(given, &inputs, last.as_ref())?;
    check_previous(given, &inputs, last.as_ref())?;
    let scheme = check_key(given, &inputs)?;
    let refuse = |fault| RequestError { file: request.file.clone(), line: 0, fault };
    let number = match &request.crl {
        None => None,
        Some(_) => {
            let used = UsedNumbers { sent: last.as_ref().and_then(|crl| crl.number), burned: given.known.burned };
            Some(choices::next_number(inputs.previous.as_ref(), used).map_err(refuse)?)
        }
    };
    let serials = choices::draw_serials(request, given.dice).map_err(|_| RehearsalError::NoRandomness)?;
    let plan = Plan {
        scheme,
        number,
        serials,
        root_spki: request.root.as_ref().and(given.root_spki).map(<[u8]>::to_vec),
        made: given.now,
        judged_at: choices::judged_at(request, given.now),
    };
    let drafts = drafted(request, &inputs, &plan).map_err(|error| refuse(RequestFault::Draft(error)))?;
    let objects = judging::judged(drafts, given, &inputs, &plan)?;
    none_refused(&objects, &plan)?;
    let dump = dump::text(&objects, &inputs, &plan);
    let difference = difference::text(&objects, &inputs);
    let notes = notes(given, &inputs, &plan, &objects);
    Ok(Rehearsal { plan, objects, dump, difference, notes })
}

/// Judges a rehearsal again as things stand now: the clock, what was signed or sent since, and every rule.
///
/// # Errors
/// As [`rehearse`].
pub fn judge_again(given: &Given<'_>, opened: &RehearsalFolder) -> Result<(), RehearsalError> {
    let (inputs, plan) = (&opened.inputs, &opened.plan);
    let last = last_sent(given);
    check_clock(given, inputs, last.as_ref())?;
    if given.now < plan.made {
        let fault = clock::ClockFault::Back { now: given.now, what: "the rehearsal was made", since: plan.made };
        return Err(RehearsalError::Clock(fault));
    }
    check_previous(given, inputs, last.as_ref())?;
    check_key(given, inputs)?;
    let plan = Plan { judged_at: plan.judged_at.max(given.now), ..plan.clone() };
    let objects = judging::judged(opened.objects.clone(), given, inputs, &plan)?;
    none_refused(&objects, &plan)
}

/// All that are refused are told together.
fn none_refused(objects: &[RehearsedObject], plan: &Plan) -> Result<(), RehearsalError> {
    let refused: Vec<RefusedObject> =
        objects.iter().filter(|object| object.is_refused).map(RefusedObject::of).collect();
    if refused.is_empty() {
        Ok(())
    } else {
        Err(RehearsalError::Refused { objects: refused, judged_at: plan.judged_at })
    }
}

/// REQ-CLOCK, as far as a rehearsal can tell.
fn check_clock(given: &Given<'_>, inputs: &Inputs, last: Option<&PreviousCrl>) -> Result<(), RehearsalError> {
    let mut exists = vec![("this program was made", Timestamp(RELEASED))];
    exists.extend(inputs.previous.iter().map(|crl| ("the previous CRL's thisUpdate", crl.this_update)));
    exists.extend(last.map(|crl| ("the thisUpdate of the CRL that was sent last", crl.this_update)));
    // A new root's validity may begin at the ceremony.
    let issuer = inputs.issuer.as_ref().map(|issuer| (issuer.not_before(), issuer.not_after()));
    clock::check(given.now, &exists, issuer).map_err(RehearsalError::Clock)
}

/// The CRL that was sent last.
fn last_sent(given: &Given<'_>) -> Option<PreviousCrl> {
    let der = given.known.last_crl.as_deref()?;
    let crl = rootcast_pki::crl::inspect(der, &Policy::default()).value?;
    let (number, this_update) = (crl.number(), crl.this_update());
    Some(PreviousCrl { der: der.clone(), number, this_update, distribution_point: None })
}

/// REQ-PREVIOUS against state and journal: nothing newer was released or sent.
fn check_previous(given: &Given<'_>, inputs: &Inputs, last: Option<&PreviousCrl>) -> Result<(), RehearsalError> {
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
            "{found} is given; the journal says that the CRL with number {released} was released since, and the state does not \
             have it: give that one. `ceremony sign` on its folder, once more, makes the state know it and uses no key"
        ));
    }
    let Some(last) = last else { return Ok(()) };
    match &inputs.previous {
        None if given.request.first => refuse(format!(
            "first = true, but the CRL with {} was signed or sent here: give that one as previous_crl",
            number(last)
        )),
        Some(previous) if previous.number < last.number => refuse(format!(
            "the previous CRL given has {}; the one with {} was signed or sent here since: give that one",
            number(previous),
            number(last)
        )),
        Some(previous) if previous.number == last.number && previous.der != last.der => refuse(format!(
            "the previous CRL given has {}, and so has the one signed or sent here, with other bytes: find out which is genuine",
            number(previous)
        )),
        _ => Ok(()),
    }
}

/// KEY-PINNED as far as it goes without the key, and the scheme that goes with it.
fn check_key(given: &Given<'_>, inputs: &Inputs) -> Result<SignatureScheme, RehearsalError> {
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
            "the site pins the public key with the SHA-256 {pinned}; the one that should sign has {found}"
        )));
    }
    let Some(key) = PublicKey::from_spki(&inputs.signer.spki) else {
        let described = inputs.issuer.as_ref().map_or_else(|| "of this kind".to_owned(), Issuer::key_description);
        return Err(refuse(format!("no scheme is known for a key {described}")));
    };
    if let Some(root) = &given.request.root
        && root.key.value.description() != key.describe()
    {
        let (asked, found) = (root.key.value, key.describe());
        return Err(refuse(format!("the request asks for a key {asked}; the one there is {found}")));
    }
    match given.scheme.unwrap_or_else(|| SignatureScheme::usual_for(key.kind())) {
        scheme if scheme.key_kind() == key.kind() => Ok(scheme),
        scheme => Err(refuse(format!("a key {} does not sign with {scheme}", key.describe()))),
    }
}

fn notes(given: &Given<'_>, inputs: &Inputs, plan: &Plan, objects: &[RehearsedObject]) -> Vec<String> {
    let (request, mut notes) = (given.request, Vec::new());
    let previous = inputs.previous.as_ref().and_then(|crl| crl.number);
    for number in given.known.doubtful.iter().filter(|number| request.crl.is_some() && Some(**number) > previous) {
        notes.push(format!(
            "CRL number {number} was signed here and read back, and the signing was cut off: the journal does not say whether it \
             was released. Run `ceremony sign` on its folder once more before this is signed; it uses no key"
        ));
    }
    for object in objects.iter().filter(|object| object.verdict == "held") {
        notes.push(format!(
            "{}: the online side will hold this until somebody there decides (`held accept`): arrange it, and read them the words",
            object.drafted.file
        ));
    }
    for (asked, csr) in request.certificates.iter().zip(&inputs.requests) {
        let serial = plan.serials.get(&asked.name).map(|serial| SerialNumber::from_contents(serial).to_string());
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
        notes.push("the previous CRL has no number; counting begins at what is known here".to_owned());
    }
    if inputs.previous.as_ref().is_some_and(|crl| crl.distribution_point.is_some()) && request.crl.is_some() {
        notes.push("the previous CRL's issuingDistributionPoint is carried over byte for byte".to_owned());
    }
    if plan.judged_at > plan.made {
        notes.push(format!("judged as of {}, when everything that is signed has begun", plan.judged_at));
    }
    notes
}
