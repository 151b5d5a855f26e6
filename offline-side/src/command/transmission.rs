//! One transmission: its journal entries, and the text of its end.

use rootcast_console::run::Run;
use rootcast_host::clock::duration_text;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::text::{count, printable};
use rootcast_protocol::object::Object;

use super::NOTHING_SENT;
use crate::link::InterfaceCount;
use crate::link::odds_text::success_text;
use crate::sending::commitment::{Source, item_records};
use crate::sending::plan::LinkPlan;
use crate::sending::transmission::{Ending, Outcome, failure_after, passes, passes_text};
use crate::store::journal::TransmissionRecord;

/// Before the first frame.
pub(super) fn record_of(run: &Run, source: &Source, plan: &LinkPlan, started: &str) -> TransmissionRecord {
    let object = &source.bundle.object;
    TransmissionRecord {
        object: object.id,
        length: object.length.get(),
        symbol_size: object.symbol_size().get(),
        source_symbols: object.source_symbols(),
        manifest_number: source.bundle.manifest.number,
        link: plan.link.clone(),
        transmission: plan.transmission,
        first_esi: plan.first_esi,
        symbols_per_frame: plan.symbols_per_frame,
        frames: None,
        passes: None,
        design_loss: plan.design_loss,
        failure_odds: None,
        started: started.to_owned(),
        interface: None,
        sound: None,
        ended: String::new(),
        items: item_records(source),
        switched_off: source.switched_off.clone(),
        configuration: run.configuration.taken(),
    }
}

/// After the last.
pub(super) fn finished(
    record: TransmissionRecord,
    object: &Object,
    plan: &LinkPlan,
    outcome: &Outcome,
) -> TransmissionRecord {
    TransmissionRecord {
        symbols_per_frame: outcome.symbols_per_frame,
        frames: Some(outcome.frames),
        passes: Some(passes(plan, outcome)),
        failure_odds: Some(failure_after(object, plan, outcome)),
        interface: outcome.count.clone(),
        sound: outcome.sound,
        ended: outcome.ending.text(),
        ..record
    }
}

/// The end, for people.
pub(super) fn ended_text(plan: &LinkPlan, outcome: &Outcome, record: &TransmissionRecord) -> String {
    let odds = success_text(record.failure_odds.unwrap_or(1.0));
    let survived = outcome.sound.and_then(|count| count.text());
    let survived = survived.iter().map(|what| format!("; survived: {what}")).collect::<String>();
    let left = match outcome.frames_left() {
        left if left < outcome.frames => format!(" for the {} that left this host,", count(left, "frame")),
        _ => String::new(),
    };
    format!(
        "{}: {}. Sent {} ({}) in {}{survived}; {odds}{left} if each frame is lost independently with p = {}",
        printable(&plan.link),
        printable(&record.ended),
        count(outcome.frames, "frame"),
        passes_text(plan, outcome),
        duration_text(outcome.elapsed),
        plan.design_loss,
    )
}

/// What the interface says of a transmission, and what is wrong with it, a line each.
pub(super) fn interface_texts(count: &InterfaceCount) -> Vec<String> {
    let warnings = count.warnings().into_iter().map(|warning| format!("warning: {warning}"));
    [count.text()].into_iter().chain(warnings).map(|text| printable(&text)).collect()
}

/// What to do about a transmission that its time limit or the operator ended too early; `None` for any other.
pub(super) fn too_few_text(plan: &LinkPlan, outcome: &Outcome) -> Option<String> {
    let (Ending::TooFew { frames, needed } | Ending::ByKey { frames, needed }) = outcome.ending else { return None };
    if frames >= needed {
        return None;
    }
    Some(format!(
        "warning: NOT ENOUGH FRAMES: {frames} of the {needed} frames of one pass were sent over {}. Send again, for \
         longer: what was received counts",
        printable(&plan.link),
    ))
}

/// The text for an end by a signal.
pub(super) fn stopped_text(plan: &LinkPlan, outcome: &Outcome) -> String {
    format!(
        "The operator or a signal stopped the transmission over {} after {}.",
        printable(&plan.link),
        count(outcome.frames, "frame")
    )
}

/// Whether a transmission goes on until the operator ends it, so that its end by Ctrl-C was expected.
pub(super) fn is_endless(plan: &LinkPlan) -> bool {
    plan.frames.is_none() && plan.time.is_none()
}

/// The diagnosis of a link that failed.
pub(super) fn failure(plan: &LinkPlan, outcome: &Outcome) -> Option<Diagnosis> {
    let link = printable(&plan.link);
    let nothing_left = outcome.count.as_ref().is_some_and(InterfaceCount::is_nothing_out);
    let what = match outcome.frames {
        _ if nothing_left => format!("The transmission over {link} did not leave this host. {NOTHING_SENT}"),
        0 => format!("The transmission over {link} failed before its first frame. {NOTHING_SENT}"),
        frames => format!(
            "The transmission over {link} failed after {}. The frames sent may have arrived. The journal records how many were sent.",
            count(frames, "frame")
        ),
    };
    let other = |why: String| Diagnosis::new(Label::LinkFailed, &*what, why, "Send again, and report this fault.");
    match &outcome.ending {
        Ending::Complete | Ending::TooFew { .. } | Ending::Stopped | Ending::ByKey { .. } => None,
        Ending::Link(error) => Some(error.diagnosis(what)),
        Ending::Symbols(error) => Some(other(error.to_string())),
        Ending::Frame(error) => Some(other(error.to_string())),
    }
}
