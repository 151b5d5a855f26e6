//! What of a transmission left this host, as far as its interface knows.
//!
//! It changes what people are told, the journal and the exit code. It never changes which frames are sent, or when.

use rootcast_protocol::object::Object;

use super::outcome::{Ending, Outcome, failure_after};
use crate::link::{InterfaceCount, LinkError};
use crate::sending::plan::LinkPlan;

/// What is wrong where an interface says that frames did not leave: no receiver can have enough of the rest, or the rest does
/// not have the odds that were asked for. What was not sent in the first place is said by the ending.
pub(super) fn too_little_left(
    count: &InterfaceCount,
    outcome: &Outcome,
    plan: &LinkPlan,
    object: &Object,
) -> Option<LinkError> {
    if matches!(outcome.ending, Ending::Link(_) | Ending::Symbols(_) | Ending::Frame(_)) {
        return None;
    }
    let needed = u64::from(plan.frames_in_pass);
    if count.is_nothing_out() {
        return Some(LinkError::NothingLeft { count: count.clone() });
    }
    if outcome.frames >= needed && count.missing() > 0 && count.transmitted < Some(needed) {
        return Some(LinkError::TooFewLeft { count: count.clone(), needed });
    }
    let asked = plan.failure_asked.filter(|_| matches!(outcome.ending, Ending::Complete) && count.missing() > 0)?;
    let failure_odds = failure_after(object, plan, outcome);
    (failure_odds > asked).then(|| LinkError::OddsNotReached { count: count.clone(), failure_odds, asked })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rootcast_protocol::object::Object;

    use super::too_little_left;
    use crate::link::{Carrier, InterfaceCount, LinkError, REGISTRY};
    use crate::sending::plan::{LinkPlan, StopRule};
    use crate::sending::transmission::outcome::{Ending, Outcome, failure_after};

    /// An outcome of so many frames of which so many left.
    fn outcome(plan: &LinkPlan, frames: u64, transmitted: u64) -> Outcome {
        Outcome {
            frames,
            symbols: frames * u64::from(plan.symbols_per_frame),
            symbols_per_frame: plan.symbols_per_frame,
            changed: false,
            elapsed: Duration::from_secs(1),
            ending: Ending::Complete,
            count: Some(InterfaceCount {
                interface: "o0".to_owned(),
                handed_over: frames,
                transmitted: Some(transmitted),
                dropped: Some(frames.saturating_sub(transmitted)),
                carrier: Carrier::Interrupted,
            }),
            sound: None,
        }
    }

    /// Nine frames were handed over and one left: the run once ended with "odds >= 1 - 2.0e-12" and exit code 0.
    #[test]
    fn odds_are_those_of_the_frames_that_left_and_odds_that_were_asked_for_are_reached_or_the_link_failed() {
        for length in [700, 60_000] {
            let object = Object::new(&vec![7; length]).unwrap();
            let link = REGISTRY.link(&"eth:o0".parse().unwrap()).unwrap();
            let plan = LinkPlan::new(&*link, &object, 0, StopRule::Failure(1e-9)).unwrap();
            let judged = |plan: &LinkPlan, frames, transmitted| {
                let outcome = outcome(plan, frames, transmitted);
                let error = too_little_left(outcome.count.as_ref().unwrap(), &outcome, plan, &object);
                (failure_after(&object, plan, &outcome), error)
            };
            let frames = u64::from(plan.frames.unwrap());
            let (all, error) = judged(&plan, frames, frames);
            assert!(all <= 1e-9 && error.is_none(), "{length}: {all} {error:?}");
            // More than was handed over: somebody else sends as well.
            assert!(judged(&plan, frames, frames + 5).1.is_none());
            let left = u64::from(plan.frames_in_pass);
            let (some, error) = judged(&plan, frames, left);
            assert!(some > 0.01, "{length}: {some}");
            assert!(matches!(error, Some(LinkError::OddsNotReached { .. })), "{length}: {error:?}");
            let text = error.unwrap().to_string();
            assert!(text.contains("1e-9") && text.contains("transmitted"), "{text}");
            // Enough of so many more.
            let (most, error) = judged(&plan, frames + 1_000, frames);
            assert!(most <= 1e-9 && error.is_none(), "{length}: {most} {error:?}");
            // Who asked for passes got them; the odds are true all the same.
            let passes = LinkPlan::new(&*link, &object, 0, StopRule::Passes(20)).unwrap();
            let (some, error) = judged(&passes, u64::from(passes.frames.unwrap()), left);
            assert!(some > 0.01 && error.is_none(), "{length}: {some} {error:?}");
        }
    }
}
