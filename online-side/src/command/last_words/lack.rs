//! What a run of `receive` lacks that ended without an alarm, why, and what to do about it.

use std::collections::{BTreeMap, BTreeSet};

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::text::{count, printable};

use crate::command::aimed::{Aimed, obstacle};
use crate::command::fruitless_folders::FruitlessFolders;
use crate::link::Link;
use crate::publication::words_of;
use crate::reception::Ended;
use crate::reception::assembly::{Assemblies, LinkCount};
use crate::session::{Conclusion, JudgedObjects, Waited};

/// Items whose words are told where another item was expected; the others are counted.
const WORDS_TOLD_MAX: usize = 4;

/// What a run lacks that ended without an alarm.
pub(super) enum Lack {
    /// Anything of a trusted issuer.
    Object,
    /// Anything that was not published here before.
    News,
    /// These of so many expected items.
    Items { missing: Vec<String>, of: usize },
}

impl Lack {
    /// What it lacks; nothing if it has what it was for.
    pub(super) fn new(waited: Waited<'_>, ended: Ended, judged: &JudgedObjects) -> Option<Self> {
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

/// The diagnosis of a run that lacks something: what it has, why nothing more came, and what to do.
pub(super) fn incomplete(
    lack: &Lack,
    conclusion: &Conclusion,
    named: &[Link],
    aiming: &BTreeMap<String, Aimed>,
) -> Diagnosis {
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

/// How much was published, as a sentence.
pub(super) fn published_text(judged: &JudgedObjects) -> String {
    match judged.published() {
        0 => "Nothing was published in this run; what was published before is unchanged.".to_owned(),
        published => format!("{} published in this run before that.", count(published, "item")),
    }
}
