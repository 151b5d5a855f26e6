//! The last words of `receive`: its exit code, what they mean, and its document.

use std::collections::BTreeMap;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::terminal::say;
use rootcast_host::text::{count, printable};
use serde_json::{Value, json};

use super::aimed::{Aimed, obstacle};
use super::report;
use super::run::{Outcome, Run};
use crate::link::{Link, Remedy};
use crate::reception::assembly::{Assemblies, LinkCount};
use crate::reception::{Ended, LinkState};
use crate::session::{Conclusion, JudgedObjects};

/// The exit code, the last words, and the document.
pub(super) fn conclude(
    run: &Run,
    conclusion: &Conclusion,
    named: &[Link],
    aiming: &BTreeMap<String, Aimed>,
) -> Outcome {
    let Conclusion { ended, links, judged, assemblies } = conclusion;
    let ended = *ended;
    for (link, seen) in assemblies.links() {
        say(&format!("link {}: {}", printable(link), link_text(seen)));
    }
    let worst = judged.worst();
    let failed: Vec<String> = links
        .iter()
        .filter_map(|(_, state)| if let LinkState::Failed(why) = state { Some(why.clone()) } else { None })
        .collect();
    let diagnosis = if ended == Ended::Interrupted {
        Some(interrupted(judged))
    } else if !failed.is_empty() && ended != Ended::Satisfied {
        Some(Diagnosis::new(
            Label::LinkFailed,
            format!("A link failed while receiving. {}", published_text(judged)),
            failed.join("\n"),
            next_of_failed(named, links),
        ))
    } else if worst == Exit::Done && !judged.any_of_enrolled_issuer() {
        Some(incomplete(assemblies, ended, judged.count(), aiming))
    } else {
        report::diagnosis_of(judged.kept(), worst)
    };
    let exit = diagnosis.as_ref().map_or(worst, |d| worst.worst(d.exit()));
    if let Some(diagnosis) = &diagnosis {
        say(&diagnosis.to_string());
    }
    let mut document = json!({
        "ended": match ended {
            Ended::Satisfied => "satisfied",
            Ended::LinksEnded => "links-ended",
            Ended::Deadline => "deadline",
            Ended::Interrupted => "interrupted",
        },
        "exit": exit.code(),
        "objects": judged.kept().iter().map(report::object_document).collect::<Vec<Value>>(),
        "objects_forgotten": judged.forgotten(),
        "incomplete": assemblies.live().iter().map(|(object, assembly)| json!({
            "object": object.id.to_string(), "length": object.length.get(), "symbols": assembly.symbols(),
            "symbols_needed": object.source_symbols(), "by_link": assembly.by_link(),
            "conflicting": assembly.conflicting(), "wrong_digests": assembly.wrong_digests(),
            "laborious": assembly.laborious(), "given_up": assembly.given_up(),
        })).collect::<Vec<Value>>(),
        "links": links.iter().map(|(name, state)| link_document(name, state, assemblies, aiming)).collect::<Vec<Value>>(),
    });
    if let Some(diagnosis) = &diagnosis {
        diagnosis.add_to(&mut document);
    }
    run.log.event(run.now(), "received", &document);
    Outcome { exit, document }
}

/// What to do about the links that failed, by what they are. Of several texts the widest holds for all of them.
fn next_of_failed(named: &[Link], states: &[(String, LinkState)]) -> &'static str {
    let failed = named.iter().zip(states).filter(|(_, (_, state))| matches!(state, LinkState::Failed(_)));
    failed.map(|(link, _)| link.kind.remedy).max().map_or("", Remedy::text)
}

fn link_text(seen: &LinkCount) -> String {
    let mut text = count(seen.frames, "frame");
    for (number, what) in [
        (seen.damaged, "damaged"),
        (seen.foreign, "foreign"),
        (seen.refused, "not understood"),
        (seen.unauthentic, "without the transport key"),
        (seen.beacons, "of them beacons"),
        (seen.pictures, "pictures"),
        (seen.pictures_without_code, "pictures without a code"),
        (seen.doubled, "doubled"),
        (seen.mixed, "caught while the code changed"),
    ] {
        if number > 0 {
            text.push_str(&format!(", {number} {what}"));
        }
    }
    text.push_str(&format!(", {}", count(seen.symbols, "new symbol")));
    text
}

fn link_document(name: &str, state: &LinkState, assemblies: &Assemblies, aiming: &BTreeMap<String, Aimed>) -> Value {
    let seen = assemblies.links().get(name).cloned().unwrap_or_default();
    json!({
        "link": name,
        "state": match state { LinkState::Open => "open", LinkState::Ended => "ended", LinkState::Failed(_) => "failed" },
        "why": if let LinkState::Failed(why) = state { Some(why) } else { None },
        "frames": seen.frames, "damaged": seen.damaged, "foreign": seen.foreign, "not_understood": seen.refused,
        "unauthentic": seen.unauthentic, "beacons": seen.beacons,
        "pictures": seen.pictures, "pictures_without_code": seen.pictures_without_code, "doubled": seen.doubled, "mixed": seen.mixed, "symbols": seen.symbols,
        "aiming": aiming.get(name).map(|aimed| &aimed.document),
    })
}

fn published_text(judged: &JudgedObjects) -> String {
    match judged.published() {
        0 => "Nothing was published in this run; what was published before is unchanged.".to_owned(),
        published => format!("{} published in this run before it.", count(published, "item")),
    }
}

fn interrupted(judged: &JudgedObjects) -> Diagnosis {
    Diagnosis::new(
        Label::Interrupted,
        format!("Interrupted. {}", published_text(judged)),
        "A signal asked this run to end.",
        "Run the same command again: symbols received are kept and count.",
    )
}

fn incomplete(assemblies: &Assemblies, ended: Ended, empty: u64, aiming: &BTreeMap<String, Aimed>) -> Diagnosis {
    let why = match ended {
        Ended::Deadline => "The time given with --timeout passed",
        _ => "All links were read to their end",
    };
    let best = assemblies.live().iter().max_by_key(|(_, assembly)| assembly.last_heard());
    let obstacle = obstacle(aiming);
    let (have, next): (String, &str) = match best {
        Some((object, assembly)) if assembly.wrong_digests() > 0 => (
            format!(
                "object {} has {} of {} symbols, but they do not give its digest: some are forged or damaged (OBJ-DIGEST){}",
                object.id,
                assembly.symbols(),
                object.source_symbols(),
                match assembly.given_up() {
                    0 => String::new(),
                    given_up => format!("; {} were thrown away before", count(given_up.into(), "symbol")),
                }
            ),
            "Find out who else can reach the links. Then receive on, over another link if there is one: nothing wrong was published.",
        ),
        Some((object, assembly)) if assembly.laborious() > 0 => (
            format!(
                "object {} has {} of {} symbols, but their ids were chosen to cost more work than any sender's: they were not solved",
                object.id,
                assembly.symbols(),
                object.source_symbols()
            ),
            "Find out who else can reach the links. If this is your object, send it again: what is missing is other ids.",
        ),
        Some((object, assembly)) => (
            format!(
                "object {} has {} of {} symbols{}",
                object.id,
                assembly.symbols(),
                object.source_symbols(),
                obstacle.as_ref().map(|(why, next)| format!("; at the end {why} ({next})")).unwrap_or_default()
            ),
            "Send again, over any link, and run the same command again: what was received is kept and counts.",
        ),
        None if assemblies.links().values().any(|link| link.beacons > 0) => (
            "only beacons were heard: the link works, and nothing was sent over it".to_owned(),
            "`rootcast-online status` shows what they said. Receive again when something is sent.",
        ),
        None if assemblies.links().values().any(|link| link.unauthentic > 0) => (
            "every frame was made without the transport key given".to_owned(),
            "Compare the key's words with the other side's (`key words`), or find out who else can reach the link.",
        ),
        None if assemblies.links().values().all(|seen| *seen == LinkCount::default()) => (
            "nothing at all came: no byte of a frame and no picture (PNG, JPEG or WebP)".to_owned(),
            "Check that this is the right file, folder or port, and that the sender sends; then run the same command again.",
        ),
        None => match &obstacle {
            Some((why, next)) => (format!("no frame of any object was understood; {why}"), next.as_str()),
            None => (
                "no frame of any object was understood".to_owned(),
                "Check that the sender sends, that the link is the right one, and its speed; then run the same command again.",
            ),
        },
    };
    let have = match empty {
        0 => have,
        _ => format!("{} with no item of an enrolled root came; beside them, {have}", count(empty, "object")),
    };
    Diagnosis::new(
        Label::Incomplete,
        "No object was completed. Nothing was published; what was published before is unchanged.",
        format!("{why}; {have}."),
        next,
    )
}
