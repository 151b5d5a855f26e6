//! A rehearsal from its beginning to its end, and a later one that judges the same objects again.

use super::checks::{check_clock, check_key, check_previous, last_sent};
use super::clock::ClockFault;
use super::error::{RefusedObject, RehearsalError};
use super::given::Given;
use super::object::RehearsedObject;
use super::{difference, dump, judging, notes};
use crate::ceremony::draft::choices::{self, Choices, UsedNumbers};
use crate::ceremony::draft::inputs::{self, Inputs};
use crate::ceremony::draft::{DraftedObject, drafted};
use crate::ceremony::request::{RequestError, RequestFault};

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
    let choices = Choices {
        scheme,
        number,
        serials,
        root_spki: request.root.as_ref().and(given.root_spki).map(<[u8]>::to_vec),
        made: given.now,
        judged_at: choices::judged_at(request, given.now),
    };
    let drafts = drafted(request, &inputs, &choices).map_err(|error| refuse(RequestFault::Draft(error)))?;
    let objects = judging::judged(drafts, given, &inputs, &choices)?;
    none_refused(&objects, &choices)?;
    let dump = dump::text(&objects, &inputs, &choices);
    let difference = difference::text(&objects, &inputs);
    let notes = notes::notes(given, &inputs, &choices, &objects);
    Ok(Rehearsal { choices, objects, dump, difference, notes })
}

/// Judges a rehearsal again as things stand now: the clock, what was signed or sent since, and every rule.
///
/// # Errors
/// As [`rehearse`].
pub(crate) fn judge_again(
    given: &Given<'_>,
    inputs: &Inputs,
    choices: &Choices,
    objects: &[DraftedObject],
) -> Result<(), RehearsalError> {
    let last = last_sent(given);
    check_clock(given, inputs, last.as_ref())?;
    if given.now < choices.made {
        let fault = ClockFault::Back { now: given.now, what: "the rehearsal was made", since: choices.made };
        return Err(RehearsalError::Clock(fault));
    }
    check_previous(given, inputs, last.as_ref())?;
    check_key(given, inputs)?;
    let choices = Choices { judged_at: choices.judged_at.max(given.now), ..choices.clone() };
    let objects = judging::judged(objects.to_vec(), given, inputs, &choices)?;
    none_refused(&objects, &choices)
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
