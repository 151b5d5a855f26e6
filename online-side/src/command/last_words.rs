//! The final report of `receive`: its exit code, its diagnosis and its document.

use std::collections::{BTreeMap, BTreeSet};

use rootcast_host::diagnosis::{Diagnosis, ErrorMember, Label};
use rootcast_host::exit::Exit;
use rootcast_host::terminal::say;
use rootcast_host::text::{count, grouped, printable};
use rootcast_pki::item::FileKind;
use rootcast_protocol::object::Object;
use serde::Serialize;

use super::aimed::{Aimed, obstacle};
use super::fruitless_folders::FruitlessFolders;
use super::line_document::LineDocument;
use super::report::{self, ObjectDocument};
use super::run::Run;
use crate::gate::JudgedItem;
use crate::link::optical::aiming::AimingDocument;
use crate::link::{Link, PassedOver};
use crate::publication::{AlarmRecord, words_of};
use crate::reception::assembly::{Assemblies, Assembly, LinkCount};
use crate::reception::{Ended, LinkState};
use crate::session::{Arrival, Conclusion, Expected, JudgedObjects, Waited};

/// Items whose words are told where another item was expected; the others are counted.
const WORDS_TOLD_MAX: usize = 4;

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

/// The document of `receive`.
#[derive(Debug, Serialize)]
struct Document<'a> {
    ended: Ended,
    exit: u8,
    confinement: &'a [String],
    alarms: Vec<String>,
    expected: Vec<ExpectedDocument>,
    objects: Vec<ObjectDocument<'a>>,
    objects_forgotten: u64,
    incomplete: Vec<IncompleteDocument<'a>>,
    links: Vec<LinkDocument<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorMember>,
}

/// An item that was expected.
#[derive(Debug, Serialize)]
struct ExpectedDocument {
    words: String,
    sha256: Option<String>,
    arrival: Arrival,
}

impl From<&Expected> for ExpectedDocument {
    fn from(Expected { item, arrival }: &Expected) -> Self {
        Self { words: item.words(), sha256: item.sha256().map(|sha256| sha256.to_string()), arrival: *arrival }
    }
}

/// An object that is not complete.
#[derive(Debug, Serialize)]
struct IncompleteDocument<'a> {
    object: String,
    length: u32,
    symbols: u32,
    symbols_needed: u32,
    by_link: &'a BTreeMap<String, u32>,
    conflicting: u32,
    wrong_digests: u32,
    laborious: u32,
    given_up: u32,
}

impl<'a> IncompleteDocument<'a> {
    fn new(object: &Object, assembly: &'a Assembly) -> Self {
        Self {
            object: object.id.to_string(),
            length: object.length.get(),
            symbols: assembly.symbols(),
            symbols_needed: object.source_symbols(),
            by_link: assembly.by_link(),
            conflicting: assembly.conflicting(),
            wrong_digests: assembly.wrong_digests(),
            laborious: assembly.laborious(),
            given_up: assembly.given_up(),
        }
    }
}

/// What one link brought.
#[derive(Debug, Serialize)]
struct LinkDocument<'a> {
    link: &'a str,
    state: &'static str,
    why: Option<&'a str>,
    frames: u64,
    damaged: u64,
    foreign: u64,
    not_understood: u64,
    unauthentic: u64,
    beacons: u64,
    queue_drops: u64,
    pictures: u64,
    pictures_without_code: u64,
    doubled: u64,
    mixed: u64,
    symbols: u64,
    passed_over: Option<&'a PassedOver>,
    line: Option<LineDocument>,
    aiming: Option<&'a AimingDocument>,
}

impl<'a> LinkDocument<'a> {
    fn new(
        name: &'a str,
        state: &'a LinkState,
        assemblies: &'a Assemblies,
        aiming: &'a BTreeMap<String, Aimed>,
    ) -> Self {
        let (state, why) = match state {
            LinkState::Open => ("open", None),
            LinkState::Ended => ("ended", None),
            LinkState::Failed(failure) => ("failed", Some(failure.why.as_str())),
        };
        let count = assemblies.links().get(name);
        let seen = count.cloned().unwrap_or_default();
        Self {
            link: name,
            state,
            why,
            frames: seen.frames,
            damaged: seen.damaged,
            foreign: seen.foreign,
            not_understood: seen.refused,
            unauthentic: seen.unauthentic,
            beacons: seen.beacons,
            queue_drops: seen.queue_drops,
            pictures: seen.pictures,
            pictures_without_code: seen.pictures_without_code,
            doubled: seen.doubled,
            mixed: seen.mixed,
            symbols: seen.symbols,
            passed_over: count.map(|count| &count.passed_over).filter(|over| over.number() > 0),
            line: seen.line.as_ref().map(LineDocument::from),
            aiming: aiming.get(name).and_then(|aimed| aimed.document.as_ref()),
        }
    }
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

fn published_text(judged: &JudgedObjects) -> String {
    match judged.published() {
        0 => "Nothing was published in this run; what was published before is unchanged.".to_owned(),
        published => format!("{} published in this run before that.", count(published, "item")),
    }
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

/// What a run lacks that ended without an alarm.
enum Lack {
    /// Anything of a trusted issuer.
    Object,
    /// Anything that was not published here before.
    News,
    /// These of so many expected items.
    Items { missing: Vec<String>, of: usize },
}

impl Lack {
    /// What it lacks; nothing if it has what it was for.
    fn new(waited: Waited<'_>, ended: Ended, judged: &JudgedObjects) -> Option<Self> {
        match waited {
            Waited::Items(items) => {
                let missing = items.iter().filter(|expected| expected.is_missing());
                let missing: Vec<String> = missing.map(|expected| expected.item.words()).collect();
                (!missing.is_empty()).then_some(Self::Items { missing, of: items.len() })
            }
            Waited::Nothing | Waited::News { .. } if !judged.any_of_enrolled_issuer() => Some(Self::Object),
            Waited::News { came: false } if ended == Ended::Deadline => Some(Self::News),
            Waited::Nothing | Waited::News { .. } => None,
        }
    }

    /// What happened, and whether anything was published.
    fn what(&self, judged: &JudgedObjects) -> String {
        match self {
            Self::Object => {
                "No object was completed. Nothing was published; what was published before is unchanged.".to_owned()
            }
            Self::News => format!("Nothing new came: what came is published here already. {}", published_text(judged)),
            Self::Items { missing, of } => {
                format!(
                    "{} of {} did not come. {}",
                    missing.len(),
                    count(*of as u64, "expected item"),
                    published_text(judged)
                )
            }
        }
    }

    /// What to do where all that came was of trusted issuers, and complete.
    const fn next(&self) -> &'static str {
        match self {
            Self::Items { .. } => {
                "Compare these words with the offline side's, and read the words of --expect again. If they are right, ask the \
                 offline side to send that item. Then run the same command again."
            }
            Self::Object | Self::News => {
                "Ask the offline side whether it sent anything newer. Then run the same command again."
            }
        }
    }
}

/// Serial lines that brought no frame: why, and what to do. Those that brought bytes matter more than silent ones.
struct FruitlessLines {
    why: String,
    next: Option<&'static str>,
}

impl FruitlessLines {
    /// Nothing if another link brought anything.
    fn new(assemblies: &Assemblies) -> Self {
        let is_alone = assemblies.links().values().all(|seen| seen.fruitless_line().is_some() || seen.is_silent());
        let lines = assemblies.links().iter().filter_map(|(name, seen)| Some((name, seen.fruitless_line()?)));
        let mut lines: Vec<_> = lines.filter(|_| is_alone).collect();
        // A silent line of several says nothing that the others do not.
        if lines.iter().any(|(_, line)| line.bytes > 0) {
            lines.retain(|(_, line)| line.bytes > 0);
        }
        let named = lines.len() > 1;
        let why = lines.iter().map(|(name, line)| match named {
            true => format!("{}: {}", printable(name), line.obstacle().0),
            false => line.obstacle().0,
        });
        Self { why: why.collect::<Vec<_>>().join("; "), next: lines.first().map(|(_, line)| line.obstacle().1) }
    }
}

fn incomplete(lack: &Lack, conclusion: &Conclusion, named: &[Link], aiming: &BTreeMap<String, Aimed>) -> Diagnosis {
    let Conclusion { ended, judged, assemblies, .. } = conclusion;
    let why = match ended {
        Ended::Deadline => "The time given with --timeout passed",
        _ => "All links were read to their end",
    };
    let genuine = judged.any_of_enrolled_issuer();
    // What earlier runs left explains nothing of this one.
    let heard = assemblies.live().iter().filter(|(_, assembly)| assembly.is_heard());
    let best = heard.max_by_key(|(_, assembly)| assembly.last_heard());
    let folders = FruitlessFolders::new(assemblies);
    let obstacle = obstacle(aiming).or_else(|| folders.obstacle());
    let lines = FruitlessLines::new(assemblies);
    let (have, next): (String, &str) = match best {
        Some((object, assembly)) if assembly.wrong_digests() > 0 => (
            format!(
                "object {} has {} of {} symbols, but the result has a wrong digest: some symbols are forged or damaged (OBJ-DIGEST){}",
                object.id,
                assembly.symbols(),
                object.source_symbols(),
                match assembly.given_up() {
                    0 => String::new(),
                    given_up => format!("; {} were discarded before", count(given_up.into(), "symbol")),
                }
            ),
            "Find out who else can reach the links. Then continue to receive, over another link if possible. Nothing wrong was published.",
        ),
        Some((object, assembly)) if assembly.laborious() > 0 => (
            format!(
                "object {} has {} of {} symbols, but their ids would cost far more work than those of any real sender: they were not decoded",
                object.id,
                assembly.symbols(),
                object.source_symbols()
            ),
            "Find out who else can reach the links. If this is your object, send it again: it needs symbols with other ids.",
        ),
        Some((object, assembly)) => (
            format!(
                "object {} has {} of {} symbols{}{}",
                object.id,
                assembly.symbols(),
                object.source_symbols(),
                folders.passed_over(),
                obstacle.as_ref().map(|(why, next)| format!("; at the end {why} ({next})")).unwrap_or_default()
            ),
            folders.next_of_passed_over().unwrap_or(
                "Send again, over any link, and run the same command again: received symbols are kept and still count.",
            ),
        ),
        None if genuine => ("no other object was begun".to_owned(), lack.next()),
        None if assemblies.links().values().any(|link| link.beacons > 0) => (
            "only beacons were received: the link works, but no object was sent over it".to_owned(),
            "`rootcast-online status` shows their content. Receive again when an object is sent.",
        ),
        None if assemblies.links().values().any(|link| link.unauthentic > 0) => (
            "no frame was made with the given transport key".to_owned(),
            "Compare the key's words with the other side's (`key words`), or find out who else can reach the link.",
        ),
        None if assemblies.links().values().any(|link| link.false_frames > 0) => (
            "frames came that claim to hold a whole object, and its digest says that they do not (OBJ-DIGEST)"
                .to_owned(),
            "Somebody makes them up, or the sender is broken: find out who else can send on this link. Then send again, over \
             another link if there is one, or with a transport key.",
        ),
        None if folders.next_of_passed_over().is_some() => (
            format!("no frame of any object was recognised{}", folders.passed_over()),
            folders.next_of_passed_over().unwrap_or_default(),
        ),
        None if lines.next.is_some() && obstacle.is_none() => (lines.why, lines.next.unwrap_or_default()),
        None if is_of_recordings(named) && assemblies.links().values().all(LinkCount::is_silent) => (
            "nothing arrived: there is no byte of a frame in the recording".to_owned(),
            "Check that this is the right file, and that whoever wrote it has ended. Then run the same command again.",
        ),
        None if assemblies.links().values().all(LinkCount::is_silent) => (
            "nothing arrived: no byte of a frame and no picture (PNG, JPEG, WebP or GIF)".to_owned(),
            "Check that this is the right file, folder or port, and that the sender is sending. Then run the same command again.",
        ),
        None if folders.are_unusable() => (
            format!(
                "no frame of any object was recognised: no picture could be used ({} tried){}",
                count(folders.unusable, "picture"),
                folders.passed_over()
            ),
            "Do what the message above says of each picture, then run the same command again.",
        ),
        None => match &obstacle {
            Some((why, next)) => {
                (format!("no frame of any object was recognised; {why}{}", folders.passed_over()), next.as_str())
            }
            None => (
                "no frame of any object was recognised".to_owned(),
                "Check that the sender is sending, that this is the right link, and that the speed is right. Then run the same command again.",
            ),
        },
    };
    let have = match judged.count() {
        objects @ 1.. if !genuine => {
            format!("{} without an item of a trusted root arrived; besides, {have}", count(objects, "object"))
        }
        _ => have,
    };
    let have = have + &left_over_text(assemblies);
    let missing = match lack {
        Lack::Items { missing, .. } => {
            let missing: String = missing.iter().map(|words| format!("\nmissing: {words}")).collect();
            missing + &came_text(judged)
        }
        Lack::Object | Lack::News => String::new(),
    };
    Diagnosis::new(Label::Incomplete, lack.what(judged), format!("{why}; {have}.{missing}"), next)
}

/// The words of what trusted issuers signed and this run brought.
fn came_text(judged: &JudgedObjects) -> String {
    let items = judged.kept().iter().flat_map(|object| &object.items).filter(|item| item.of_enrolled_issuer);
    let mut seen = BTreeSet::new();
    let new = items.map(|item| item.sha256).filter(|sha256| seen.insert(*sha256));
    let words: Vec<String> = new.map(|sha256| words_of(&sha256.to_string())).collect();
    let (told, others) = words.split_at(words.len().min(WORDS_TOLD_MAX));
    let told: String = told.iter().map(|words| format!("\ncame:    {words}")).collect();
    match others.len() as u64 {
        0 => told,
        others => format!("{told}\nand {}", count(others, "other item")),
    }
}

/// What earlier runs left and this one heard nothing of.
fn left_over_text(assemblies: &Assemblies) -> String {
    let left = assemblies.live().iter().filter(|(_, assembly)| !assembly.is_heard());
    let left: Vec<String> = left
        .map(|(object, assembly)| {
            format!("{} ({} of {} symbols)", object.id, assembly.symbols(), object.source_symbols())
        })
        .collect();
    match left.as_slice() {
        [] => String::new(),
        [one] => format!("; no frame came of an object that an earlier run began: {one}"),
        [one, ..] => {
            let objects = count(left.len() as u64, "object");
            format!("; no frame came of {objects} that earlier runs began, among them {one}")
        }
    }
}

/// Whether every link is a recording of frames, and there is one.
fn is_of_recordings(named: &[Link]) -> bool {
    !named.is_empty() && named.iter().all(|link| link.kind.is_recording)
}
