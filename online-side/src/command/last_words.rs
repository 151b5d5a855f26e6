//! The final report of `receive`: its exit code, its diagnosis and its document.

mod document;
mod lack;

use std::collections::BTreeMap;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::terminal::say;
use rootcast_host::text::{count, grouped, printable};
use rootcast_pki::item::FileKind;

use self::document::{Document, ExpectedDocument, IncompleteDocument, LinkDocument};
use self::lack::{Lack, incomplete, published_text};
use super::aimed::Aimed;
use super::report::{self, ObjectDocument};
use super::run::Run;
use crate::gate::JudgedItem;
use crate::link::Link;
use crate::publication::AlarmRecord;
use crate::reception::assembly::LinkCount;
use crate::reception::{Ended, LinkState};
use crate::session::{Arrival, Conclusion, Expected, JudgedObjects, Waited};

/// Says the last words, prints the document, and gives the exit code.
pub(super) fn conclude(
    run: &Run,
    conclusion: &Conclusion,
    named: &[Link],
    aiming: &BTreeMap<String, Aimed>,
    closed: &[String],
    run_is_open_ended: bool,
) -> Exit {
    let Conclusion { ended, links, wait, judged, alarms, assemblies } = conclusion;
    let (ended, waited) = (*ended, wait.waited());
    for (link, seen) in assemblies.links() {
        say(&format!("link {}: {}", printable(link), link_text(seen)));
    }
    // Whatever else was judged, an expected item counts, unless it is published: who signed nothing can have it refused
    // before that.
    let is_expected = |item: &JudgedItem| {
        let mut open = expected(waited).iter().filter(|expected| expected.arrival != Arrival::Published);
        item.kind != FileKind::Unknown && open.any(|expected| expected.item.is(&item.sha256))
    };
    let items = judged.kept().iter().flat_map(|object| &object.items);
    let items: Vec<&JudgedItem> = items.filter(|item| judged.counts(item) || is_expected(item)).collect();
    let worst = items.iter().fold(judged.worst(), |worst, item| worst.worst(item.exit));
    let failed: Vec<String> = links
        .iter()
        .filter_map(|(_, state)| if let LinkState::Failed(failure) = state { Some(failure.why.clone()) } else { None })
        .collect();
    // A run that waits for no item has heard what there was to hear.
    let is_beacon_alone = matches!(waited, Waited::Nothing)
        && judged.count() == 0
        && assemblies.live().is_empty()
        && assemblies.links().values().any(|link| link.beacons > 0);
    // A run that nothing else ends is ended by its operator: that is no error, though the exit code says that a signal came.
    let is_expected_end = ended == Ended::Interrupted && run_is_open_ended && failed.is_empty() && worst == Exit::Done;
    let diagnosis = if ended == Ended::Interrupted {
        Some(interrupted(judged, items.iter().filter(|item| item.held.is_some()).count()))
    } else if !failed.is_empty() && ended != Ended::Satisfied {
        Some(Diagnosis::new(
            Label::LinkFailed,
            format!("A link failed while receiving. {}", published_text(judged)),
            failed.join("\n"),
            next_of_failed(named, links),
        ))
    } else if worst == Exit::Done {
        Lack::new(waited, ended, judged)
            .filter(|_| !is_beacon_alone)
            .map(|lack| incomplete(&lack, conclusion, named, aiming))
    } else {
        report::diagnosis_of(judged, &items, worst)
    };
    let expected_ones = judged
        .kept()
        .iter()
        .flat_map(|object| &object.items)
        .filter(|item| item.exit != Exit::Done && !judged.counts(item) && is_expected(item));
    let uncounted = if judged.any_of_enrolled_issuer() { judged.bad_of_nobody() } else { 0 };
    match uncounted.saturating_sub(expected_ones.map(|item| item.times).sum()) {
        0 => {}
        items => say(&format!(
            "{} without the signature of a trusted issuer: not counted for the exit code",
            count(items, "rejected item")
        )),
    }
    say_waited(waited, judged);
    if is_beacon_alone && diagnosis.is_none() {
        say(
            "A beacon was heard: the link works. No object was sent over it. `rootcast-online status` shows what it says.",
        );
    }
    if !alarms.is_empty() {
        say(&format!("{} not acknowledged: see `rootcast-online alarm list`", count(alarms.len() as u64, "alarm")));
    }
    let exit = diagnosis.as_ref().map_or(worst, |d| worst.worst(d.exit()));
    match &diagnosis {
        Some(_) if is_expected_end => {
            say(&format!(
                "Ended by a signal (Ctrl-C). {} Received symbols are kept and still count.",
                published_text(judged)
            ));
        }
        Some(diagnosis) => say(&diagnosis.to_string()),
        None => {}
    }
    let document = Document {
        ended,
        exit: exit.code(),
        confinement: closed,
        alarms: alarms.iter().map(AlarmRecord::id).collect(),
        expected: expected(waited).iter().map(ExpectedDocument::from).collect(),
        objects: judged.kept().iter().map(ObjectDocument::from).collect(),
        objects_forgotten: judged.forgotten(),
        incomplete: assemblies
            .live()
            .iter()
            .map(|(object, assembly)| IncompleteDocument::new(object, assembly))
            .collect(),
        links: links.iter().map(|(name, state)| LinkDocument::new(name, state, assemblies, aiming)).collect(),
        error: diagnosis.as_ref().map(Diagnosis::member),
    };
    run.log.event(run.now(), "received", &document);
    run.tell(&document, "");
    exit
}

/// What to do about failed links: for each cause its own, or what holds for the kind of link. Where that differs, each link
/// is named.
fn next_of_failed(named: &[Link], states: &[(String, LinkState)]) -> String {
    let failed = named.iter().zip(states).filter_map(|(link, (name, state))| match state {
        LinkState::Failed(failure) => Some((name, failure.next.as_deref().unwrap_or(link.kind.remedy.text))),
        LinkState::Open | LinkState::Ended => None,
    });
    let texts: Vec<(&String, &str)> = failed.collect();
    let text = match texts.split_first() {
        Some(((_, first), others)) if others.iter().all(|(_, text)| text == first) => (*first).to_owned(),
        _ => texts.iter().map(|(name, text)| format!("{}: {text}", printable(name))).collect::<Vec<_>>().join(" "),
    };
    text + " Received symbols are kept."
}

fn link_text(seen: &LinkCount) -> String {
    let mut text = count(seen.frames, "frame");
    if let Some(line) = seen.line {
        text.push_str(&format!(", {} bytes at {} baud", grouped(line.bytes), grouped(line.baud.into())));
    }
    for (number, what) in [
        (seen.damaged, "damaged"),
        (seen.foreign, "foreign"),
        (seen.refused, "not understood"),
        (seen.false_frames, "made up by somebody"),
        (seen.unauthentic, "without the transport key"),
        (seen.beacons, if seen.beacons == 1 { "beacon" } else { "beacons" }),
        (seen.queue_drops, "dropped by this host's queue"),
        (seen.pictures, if seen.pictures == 1 { "picture" } else { "pictures" }),
        (
            seen.pictures_without_code,
            if seen.pictures_without_code == 1 { "picture without a code" } else { "pictures without a code" },
        ),
        (seen.doubled, "doubled"),
        (seen.mixed, "caught while the code changed"),
        (seen.passed_over.number(), "passed over"),
    ] {
        if number > 0 {
            text.push_str(&format!(", {number} {what}"));
        }
    }
    text.push_str(&format!(", {}", count(seen.symbols, "new symbol")));
    text
}

fn interrupted(judged: &JudgedObjects, held: usize) -> Diagnosis {
    let held = match held as u64 {
        0 => String::new(),
        1 => " 1 item that came in this run is held: rootcast-online held list".to_owned(),
        held => format!(" {held} items that came in this run are held: rootcast-online held list"),
    };
    Diagnosis::new(
        Label::Interrupted,
        format!("Interrupted. {}{held}", published_text(judged)),
        "A signal ended this run.",
        "Run the same command again: received symbols are kept and still count.",
    )
}

/// The items that a run waited for by name.
fn expected(waited: Waited<'_>) -> &[Expected] {
    if let Waited::Items(items) = waited { items } else { &[] }
}

/// Says what became of what the run waited for, and what that does not show.
fn say_waited(waited: Waited<'_>, judged: &JudgedObjects) {
    match waited {
        Waited::News { came: true } => {
            say(
                "a genuine item came. This does not show that it is the newest: compare its words, or name them with --expect",
            );
        }
        Waited::News { came: false } if judged.any_of_enrolled_issuer() && judged.worst() == Exit::Done => {
            say("nothing new came: what came is published here already");
        }
        Waited::Nothing | Waited::News { .. } => {}
        Waited::Items(items) => {
            for Expected { item, arrival } in items {
                let became = match arrival {
                    Arrival::Missing => "did not come",
                    Arrival::Published => "is published",
                    Arrival::Held => "is held",
                    Arrival::Refused => "came and was refused: no trusted issuer signed it",
                    Arrival::Rejected => "was rejected",
                };
                say(&format!("expected item {became}: {}", item.words()));
            }
        }
    }
}
