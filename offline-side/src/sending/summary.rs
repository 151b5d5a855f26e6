//! The summary of a transmission, shown to the operator for confirmation: the items, and what the transmission takes.
//!
//! Must not: decide anything.

use rootcast_host::clock::{duration_text, rfc3339};
use rootcast_host::text;
use serde::Serialize;

use crate::sending::bundle::MadeBundle;
use crate::sending::plan::LinkPlan;

/// The bundle for people.
#[must_use]
pub(crate) fn bundle_text(bundle: &MadeBundle) -> String {
    let object = &bundle.object;
    let made = if bundle.is_new { "new" } else { "made before, so symbols received earlier still count" };
    format!(
        "object {} ({})\n    manifest {} of {}, {}{}\n    K = {} source symbols of {} bytes",
        object.id,
        text::bytes(u64::from(object.length.get())),
        bundle.manifest.number,
        rfc3339(bundle.manifest.created),
        made,
        if bundle.is_signed { "; signed" } else { "" },
        object.source_symbols(),
        object.symbol_size().get(),
    )
}

/// The bundle for scripts.
#[derive(Debug, Serialize)]
pub(crate) struct BundleDocument {
    object: String,
    length: u32,
    symbol_size: u16,
    source_symbols: u32,
    manifest_number: u64,
    created: String,
    new: bool,
    signed: bool,
}

impl From<&MadeBundle> for BundleDocument {
    fn from(bundle: &MadeBundle) -> Self {
        Self {
            object: bundle.object.id.to_string(),
            length: bundle.object.length.get(),
            symbol_size: bundle.object.symbol_size().get(),
            source_symbols: bundle.object.source_symbols(),
            manifest_number: bundle.manifest.number,
            created: rfc3339(bundle.manifest.created),
            new: bundle.is_new,
            signed: bundle.is_signed,
        }
    }
}

/// The plan of one link for people.
#[must_use]
pub(crate) fn plan_text(plan: &LinkPlan) -> String {
    let end = match (plan.frames, plan.time) {
        (_, Some(time)) => format!("for {}", duration_text(time)),
        (Some(frames), None) if plan.spread.is_zero() => text::count(u64::from(frames), "frame"),
        (Some(frames), None) => {
            format!("{}, spread over {} or more", text::count(u64::from(frames), "frame"), duration_text(plan.spread))
        }
        (None, None) => "until you stop it (Ctrl-C)".to_owned(),
    };
    let takes = if plan.frames.is_none() && plan.time.is_none() {
        format!("; {} take {}", text::count(u64::from(plan.frames_told), "frame"), seconds_text(plan.seconds))
    } else if plan.time.is_some() {
        String::new()
    } else {
        format!(", about {}", seconds_text(plan.seconds))
    };
    let advice: String = plan.advice.iter().map(|line| format!("\n    advice: {line}")).collect();
    format!(
        "{}\n    transmission {} of this object, from symbol {}; {} a frame, {} bytes at most; a pass is {}\n    {end}{takes}\n    {}{advice}",
        text::printable(&plan.link),
        plan.transmission + 1,
        plan.first_esi,
        text::count(u64::from(plan.symbols_per_frame), "symbol"),
        plan.frame_size,
        text::count(u64::from(plan.frames_in_pass), "frame"),
        plan.odds_text(),
    )
}

fn seconds_text(seconds: f64) -> String {
    match std::time::Duration::try_from_secs_f64(seconds) {
        Ok(time) if seconds >= 10.0 => duration_text(time),
        Ok(_) => format!("{seconds:.1}s"),
        Err(_) => "forever".to_owned(),
    }
}
