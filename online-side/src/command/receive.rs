//! `receive`: from links to the published tree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use rootcast_host::clock::{duration_text, rfc3339};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::RealDisk;
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::Watch;
use rootcast_host::status_line::{StatusLine, bar};
use rootcast_host::terminal::say;
use rootcast_host::text::{count, printable};
use rootcast_protocol::digest::Digest;
use rootcast_protocol::frame::beacon::Beacon;
use rootcast_protocol::object::Object;
use serde_json::{Value, json};

use super::aimed::{Aimed, obstacle};
use super::report;
use super::run::{Outcome, Run, duration, usage};
use super::sandbox::lock_in;
use crate::gate;
use crate::limits::TRANSPORT_KEYS_MAX;
use crate::link;
use crate::link::optical::aiming::Advice;
use crate::link::optical::qr_reader::Reading;
use crate::link::optical::viewfinder::View;
use crate::link::{Link, Place, Receiver, bad_name};
use crate::publication::{State, StateError};
use crate::reception::assembly::{Assemblies, CompleteObject, LinkCount};
use crate::reception::last_contact::{ContactFile, Taken};
use crate::reception::{self, Ended, LinkState, Listener};
use crate::session::judged_objects::JudgedObjects;

/// Arguments of `receive`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Where to receive from: file:FILE, serial:PORT[,baud=N], qr:camera=N, qr:video=FILE|-, qr:images=DIR; may be repeated
    #[arg(long, value_name = "LINK", required = true)]
    link: Vec<String>,
    /// End when the first object holding an item of an enrolled issuer has been judged
    #[arg(long)]
    once: bool,
    /// End after this time (30s, 5m, 2h)
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    timeout: Option<Duration>,
    /// Listen only to frames made with this transport key; twice while a key is changed
    #[arg(long, value_name = "FILE")]
    transport_key: Vec<PathBuf>,
    /// Keep watching picture folders for more
    #[arg(long)]
    follow: bool,
    /// Receive nothing unless Landlock and seccomp of the kernel lock the program in
    #[arg(long)]
    require_sandbox: bool,
}

pub(crate) fn run(run: &Run, arguments: &Arguments, watch: Option<Watch>) -> Result<Outcome, Diagnosis> {
    let links: Vec<Link> =
        arguments.link.iter().map(|link| link.parse()).collect::<Result<_, _>>().map_err(|e| bad_name(&e))?;
    if arguments.transport_key.len() > TRANSPORT_KEYS_MAX {
        return Err(usage(
            "More than two transport keys are given.",
            "Give the one in use, and the next or the last one.",
        ));
    }
    let keys = arguments
        .transport_key
        .iter()
        .map(|file| rootcast_console::transport_key::read(file))
        .collect::<Result<Vec<_>, _>>()?;
    let state = State::open(run.state_dir()?, Box::new(RealDisk), &run.who)?;
    let roots = state.snapshot().map(gate::roots).transpose()?.unwrap_or_default();
    report::announce(&roots);
    let sources = roots.iter().map(|root| Digest(root.issuer.spki_sha256())).collect();
    let locked = lock_in(run, Some(run.state_dir()?), &links, arguments.require_sandbox)?;
    watch.into_iter().for_each(Watch::begin);
    let mut receivers: Vec<(String, Box<dyn Receiver>)> = Vec::new();
    for link in &links {
        if receivers.iter().any(|(known, _)| *known == link.to_string()) {
            return Err(bad_name(&link.name.wrong("this link is named twice")));
        }
        receivers.push((link.to_string(), link::open(link, arguments.follow)?));
    }
    let mut assemblies =
        Assemblies::open(&state.symbols_folder(), run.now()).map_err(|e| Diagnosis::from(StateError::Disk(e)))?;
    resumed(&assemblies);
    assemblies.require(keys);

    let deadline = arguments.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let mut attendant = Attendant {
        run,
        contact: ContactFile::open(run.state_dir()?),
        sources,
        state,
        once: arguments.once,
        judged: JudgedObjects::none(),
        line: StatusLine::new(),
        started: Instant::now(),
        links: links.iter().map(ToString::to_string).collect(),
        aiming: BTreeMap::new(),
    };
    let received = reception::receive(receivers, &mut assemblies, &mut attendant, deadline, &run.interrupt);
    attendant.contact.keep(run.now()).map_err(|e| Diagnosis::from(StateError::Disk(e)))?;
    let (ended, states) = received?;
    attendant.line.clear();
    let mut outcome = conclude(run, &attendant.judged, &assemblies, ended, &links, &states, &attendant.aiming);
    if let Some(document) = outcome.document.as_object_mut() {
        document.insert("confinement".to_owned(), json!(locked));
    }
    Ok(outcome)
}

fn resumed(assemblies: &Assemblies) {
    for (object, assembly) in assemblies.live() {
        say(&format!(
            "going on with object {}: {} of {} symbols were received before",
            object.id,
            assembly.symbols(),
            object.source_symbols()
        ));
    }
}

/// Looks after one reception: judges what is complete, shows what goes on.
struct Attendant<'a> {
    run: &'a Run,
    state: State,
    contact: ContactFile,
    /// Whose beacons are listened to: the enrolled roots'.
    sources: BTreeSet<Digest>,
    once: bool,
    judged: JudgedObjects,
    line: StatusLine,
    started: Instant,
    links: Vec<String>,
    /// By link: how its camera is aimed, and what was last said about that.
    aiming: BTreeMap<String, Aimed>,
}

impl Listener for Attendant<'_> {
    fn complete(&mut self, object: &CompleteObject) -> Result<bool, StateError> {
        let now = self.run.now();
        let judged = gate::judge_object(&mut self.state, object, &self.links, now)?;
        self.line.clear();
        report::say_object(&judged);
        self.run.log.event(now, "judged", &report::object_document(&judged));
        let satisfied = self.once && judged.of_enrolled_issuer;
        self.judged.add(judged);
        Ok(satisfied)
    }

    fn beacon(&mut self, link: &str, beacon: &Beacon) -> Result<(), StateError> {
        if !self.sources.contains(&beacon.source) {
            return Ok(());
        }
        let now = self.run.now();
        match self.contact.take(beacon, link, now)? {
            Taken::New => {
                self.run.log.event(now, "beacon", &json!({"link": link, "manifest_number": beacon.manifest_number}));
            }
            Taken::Repeated => {}
            Taken::Ahead => {
                let sent = rfc3339(beacon.sent);
                self.notice(
                    link,
                    &format!("a beacon says it was sent at {sent}, more than a day from now: check the clocks"),
                );
            }
        }
        Ok(())
    }

    fn notice(&mut self, link: &str, text: &str) {
        self.line.say(&format!("{}: {}", printable(link), printable(text)));
        self.run.log.event(self.run.now(), "notice", &json!({"link": link, "text": text}));
    }

    fn seen(&mut self, link: &str, reading: &Reading, view: Option<&View>) {
        let aimed = self.aiming.entry(link.to_owned()).or_default();
        let changed = aimed.note(link, reading);
        if let Some(event) = changed.event {
            self.run.log.event(self.run.now(), "aiming", &event);
        }
        if let Some(line) = changed.line {
            self.line.say(&format!("{}: {line}", printable(link)));
        }
        if let Some(view) = view {
            self.line.draw_above(view.lines(), view.columns());
        }
    }

    fn progress(&mut self, assemblies: &Assemblies, links: &[(String, LinkState)]) {
        let elapsed = self.started.elapsed();
        let advice = self.aiming.iter().map(|(link, aimed)| (link.as_str(), aimed.advice())).collect::<Vec<_>>();
        self.line.update(|| progress_text(assemblies, links, elapsed, &advice));
    }

    fn now(&self) -> i64 {
        self.run.now()
    }
}

/// `[████░░░░] 45/60 symbols of 3f9a…  · serial:/dev/ttyS0 47 frames, 2 damaged, 0 foreign · 1.2 frames/s`
fn progress_text(
    assemblies: &Assemblies,
    links: &[(String, LinkState)],
    elapsed: Duration,
    advice: &[(&str, Advice)],
) -> String {
    // What to do comes first: a narrow terminal cuts the end off.
    let mut text = String::new();
    for (link, advice) in advice.iter().filter(|(_, advice)| advice.wants_something()) {
        let of = if links.len() > 1 { format!("{}: ", printable(link)) } else { String::new() };
        text.push_str(&format!("{of}{} · ", advice.text()));
    }
    let object = assemblies.live().iter().max_by_key(|(_, assembly)| assembly.last_heard());
    text.push_str(&match object {
        None => format!("listening for {}", duration_text(elapsed)),
        Some((object, assembly)) => {
            let (have, need) = (assembly.symbols(), object.source_symbols());
            let others = match assemblies.live().len() {
                1 => String::new(),
                more => format!(" (+{})", count(more as u64 - 1, "object")),
            };
            format!("{} {have}/{need} symbols of {}{others}", bar(have.into(), need.into(), 20), short(object))
        }
    });
    let mut frames = 0;
    for (link, state) in links {
        let Some(seen) = assemblies.links().get(link) else { continue };
        frames += seen.frames;
        let mark = match state {
            LinkState::Open => "",
            LinkState::Ended => " (ended)",
            LinkState::Failed(_) => " (FAILED)",
        };
        text.push_str(&format!(
            " · {}{mark} {}, {} damaged, {} foreign, {} new",
            printable(link),
            count(seen.frames, "frame"),
            seen.damaged,
            seen.foreign,
            count(seen.symbols, "symbol"),
        ));
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = frames as f64 / elapsed.as_secs_f64().max(0.1);
    text.push_str(&format!(" · {rate:.1} frames/s"));
    text
}

fn short(object: &Object) -> String {
    object.id.to_string().chars().take(8).collect()
}

/// The exit code, the last words, and the document.
fn conclude(
    run: &Run,
    judged: &JudgedObjects,
    assemblies: &Assemblies,
    ended: Ended,
    named: &[Link],
    links: &[(String, LinkState)],
    aiming: &BTreeMap<String, Aimed>,
) -> Outcome {
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
    let texts = failed.map(|(link, _)| match link.place {
        Place::Film(_) => {
            (0, "Make the film again, or copy it again, then run the same command: what was received is kept.")
        }
        Place::Camera(_) | Place::Pictures(_) => (
            1,
            "Check the camera and its cable, or the pictures, then run the same command again: what was received is kept.",
        ),
        Place::Serial(_) | Place::Recording(_) => {
            (2, "Check the cable and the adapter, then run the same command again: what was received is kept.")
        }
    });
    texts.max().map_or("", |(_, text)| text)
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
