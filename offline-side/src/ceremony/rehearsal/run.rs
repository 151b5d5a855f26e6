//! A rehearsal from its beginning to its end, and a later one that judges the same objects again.

use super::checks::{
    check_abandoned, check_clock, check_dates, check_key, check_not_abandoned, check_previous, last_known,
};
use super::clock::ClockFault;
use super::error::{RefusedObject, RehearsalError};
use super::given::Given;
use super::mass_revocation::MassRevocation;
use super::note::Note;
use super::object::RehearsedObject;
use super::revoked::{RevokedCertificate, revoked_certificates};
use super::{changes, difference, dump, identity, judging, notes, revoked};
use crate::ceremony::draft::choices::{self, Choices, UsedNumbers};
use crate::ceremony::draft::inputs::{self, Inputs};
use crate::ceremony::draft::{DraftedObject, drafted};
use crate::ceremony::request::{RequestError, RequestFault};
use rootcast_pki::time::Timestamp;

/// A rehearsal that went well.
#[derive(Debug)]
pub struct Rehearsal {
    /// What was decided.
    pub choices: Choices,
    /// The objects, in the order in which they are signed.
    pub objects: Vec<RehearsedObject>,
    /// Everything in words, for a witness.
    pub dump: String,
    /// What changes against the CRL before, in words.
    pub difference: String,
    /// What people should know and no rule says.
    pub notes: Vec<Note>,
    /// Before when this cannot be signed; `None` where it can be signed at once.
    pub cannot_before: Option<Timestamp>,
    /// The mass revocation that its CRL is, if it is one: somebody has to confirm it.
    pub mass: Option<MassRevocation>,
}

/// Rehearses.
///
/// # Errors
/// The first thing that is wrong with the request, its inputs or the clock, or what a rule refuses or holds.
pub fn rehearse(given: &Given<'_>) -> Result<Rehearsal, RehearsalError> {
    let request = given.request;
    let inputs = inputs::verify(request, given.files, given.root_spki)?;
    let abandoned = check_abandoned(given)?;
    check_not_abandoned(given, &inputs)?;
    check_clock(given, &inputs)?;
    check_dates(given)?;
    let last = last_known(given);
    check_previous(given, &inputs, last.as_ref())?;
    inputs::check_decided(request, &inputs, &given.known.policy)?;
    let revoked = revoked_certificates(given, &inputs, last.as_ref());
    revoked::check(given, &revoked)?;
    changes::check_wider(given, &inputs)?;
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
    let mut choices = Choices {
        scheme,
        number,
        serials,
        known: identity::known(given, &inputs)?,
        root_spki: given.root_spki.filter(|_| request.is_new_root()).map(<[u8]>::to_vec),
        made: given.now,
        judged_at: choices::judged_at(request, given.now),
        abandoned,
        holds: None,
        compared: None,
    };
    let identities = inputs.identities(request, &choices.known)?;
    let drafts =
        drafted(request, &inputs, &identities, &choices).map_err(|error| refuse(RequestFault::Draft(error)))?;
    let objects = judging::judged(drafts, given, &inputs, &choices)?;
    none_refused(&objects, &choices)?;
    choices.holds = Some(objects.iter().map(|object| (object.drafted.file.clone(), object.holds())).collect());
    let cannot_before = choices::earliest_signing(request).filter(|earliest| *earliest > given.now);
    let dump = dump::text(&objects, &inputs, &choices, cannot_before);
    let difference = difference::text(&objects, request, &inputs, (&choices, &identities, &revoked));
    let mut notes = notes::notes(given, &inputs, (&choices, &identities), &objects);
    notes.extend(revoked.iter().map(RevokedCertificate::text).map(Note::from));
    let mass = MassRevocation::find(given, &inputs);
    Ok(Rehearsal { choices, objects, dump, difference, notes, cannot_before, mass })
}

/// Judges a rehearsal again as things stand now: the clock, what was signed or sent since, and every rule. What the
/// online side would hold now, it has to have held in the rehearsal.
///
/// # Errors
/// As [`rehearse`].
pub(crate) fn judge_again(
    given: &Given<'_>,
    inputs: &Inputs,
    choices: &Choices,
    objects: &[DraftedObject],
) -> Result<(), RehearsalError> {
    // Approved without being shown what the online side would hold.
    let Some(expected) = &choices.holds else { return Err(RehearsalError::OfOlderVersion) };
    check_not_abandoned(given, inputs)?;
    check_clock(given, inputs)?;
    if given.now < choices.made {
        let fault = ClockFault::Back { now: given.now, what: "the rehearsal was made", since: choices.made };
        return Err(RehearsalError::Clock(fault));
    }
    let refuse = |fault| RequestError { file: given.request.file.clone(), line: 0, fault };
    if check_abandoned(given)? != choices.abandoned {
        let why = "since the rehearsal, a CRL was signed or abandoned here".to_owned();
        return Err(RehearsalError::Request(refuse(RequestFault::Abandon { why })));
    }
    let last = last_known(given);
    check_previous(given, inputs, last.as_ref())?;
    inputs::check_decided(given.request, inputs, &given.known.policy)?;
    revoked::check(given, &revoked_certificates(given, inputs, last.as_ref()))?;
    changes::check_wider(given, inputs)?;
    check_key(given, inputs)?;
    let choices_now = Choices { judged_at: given.now, ..choices.clone() };
    let objects = judging::judged(objects.to_vec(), given, inputs, &choices_now)?;
    none_refused(&objects, &choices_now)?;
    for object in &objects {
        let mut rules = object.holds();
        if let Some(expected) = expected.get(&object.drafted.file) {
            rules.retain(|rule| !expected.contains(rule));
        }
        if !rules.is_empty() {
            return Err(RehearsalError::HeldSince { file: object.drafted.file.clone(), rules });
        }
    }
    Ok(())
}

/// Reports all refused objects together.
fn none_refused(objects: &[RehearsedObject], choices: &Choices) -> Result<(), RehearsalError> {
    let refused: Vec<RefusedObject> =
        objects.iter().filter(|object| object.is_refused).map(RefusedObject::new).collect();
    if refused.is_empty() {
        Ok(())
    } else {
        Err(RehearsalError::Refused { objects: refused, judged_at: choices.judged_at })
    }
}
