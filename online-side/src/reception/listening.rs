//! One run of listening: links in, complete objects out.
//!
//! Each link has a thread of its own that only reads; everything that decides happens here, one thing after the other.

use std::sync::mpsc::{Receiver as Inbox, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rootcast_host::interrupt::Interrupt;
use rootcast_protocol::object::Object;

use super::assembly::Assemblies;
use super::listener::{Ended, Fate, LinkState, Listener};
use crate::limits::HEARD_WAITING_MAX;
use crate::link::{Flow, LinkEvent, OpenLinks, Receiver, WindUp};
use crate::publication::StateError;

/// How long a link may wait before it is asked whether to continue.
const LINK_WAIT: Duration = Duration::from_millis(200);
/// How long the end of a run waits for links that put something in order. What is not done by then is not done.
const WIND_UP_MAX: Duration = Duration::from_secs(5);
/// How often what was received is synced.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// What a link thread tells.
enum LinkMessage {
    Event(LinkEvent),
    Ended,
    Failed(String),
}

/// Receives until something ends it. Returns why, and how each link stands.
///
/// # Errors
/// When symbols cannot be kept, or the listener fails.
pub fn receive<L: Listener>(
    links: OpenLinks,
    assemblies: &mut Assemblies,
    listener: &mut L,
    deadline: Option<Instant>,
    interrupt: &Interrupt,
) -> Result<(Ended, Vec<(String, LinkState)>), StateError> {
    let mut states: Vec<(String, LinkState)> = links.iter().map(|(name, _)| (name.clone(), LinkState::Open)).collect();
    for (name, _) in &states {
        assemblies.link(name);
    }
    let (stop, came) = (Interrupt::default(), Interrupt::default());
    let (outbox, inbox) = sync_channel(HEARD_WAITING_MAX);
    let mut wind_up = Vec::new();
    for (index, (_, mut receiver)) in links.into_iter().enumerate() {
        let (outbox, stop, came) = (outbox.clone(), stop.clone(), came.clone());
        // Closed when the thread has ended.
        let (open, closed) = sync_channel::<()>(1);
        wind_up.push((receiver.winds_up(), closed));
        // Threads are left to themselves at the end: one may sit in a read, and nothing waits for it.
        thread::spawn(move || {
            listen(index, &mut *receiver, &outbox, &stop);
            receiver.wind_up(came.is_set());
            drop((receiver, open));
        });
    }
    drop(outbox);
    let ended = attend(&inbox, &mut states, assemblies, listener, deadline, interrupt);
    if matches!(ended, Ok(Ended::Satisfied)) {
        came.set();
    }
    stop.set();
    // Nobody listens any more, so that no thread waits to be heard.
    drop(inbox);
    let until = Instant::now() + WIND_UP_MAX;
    for (when, closed) in wind_up {
        if when == WindUp::Never || when == WindUp::IfCame && !came.is_set() {
            continue;
        }
        let _ = closed.recv_timeout(until.saturating_duration_since(Instant::now()));
    }
    assemblies.sync()?;
    Ok((ended?, states))
}

fn listen(index: usize, receiver: &mut dyn Receiver, outbox: &SyncSender<(usize, LinkMessage)>, stop: &Interrupt) {
    while !stop.is_set() {
        let flow = receiver.receive(LINK_WAIT, &mut |heard| {
            // Nobody listens any more: the next look at `stop` ends the thread.
            let _ = outbox.send((index, LinkMessage::Event(heard)));
        });
        let last = match flow {
            Ok(Flow::More) => continue,
            Ok(Flow::Ended) => LinkMessage::Ended,
            Err(failure) => LinkMessage::Failed(failure.0),
        };
        let _ = outbox.send((index, last));
        return;
    }
}

/// Whether a run is to end, at a signal or at its deadline.
#[must_use]
pub(crate) fn is_due(interrupt: &Interrupt, deadline: Option<Instant>) -> bool {
    interrupt.is_set() || deadline.is_some_and(|deadline| Instant::now() >= deadline)
}

fn attend<L: Listener>(
    inbox: &Inbox<(usize, LinkMessage)>,
    states: &mut [(String, LinkState)],
    assemblies: &mut Assemblies,
    listener: &mut L,
    deadline: Option<Instant>,
    interrupt: &Interrupt,
) -> Result<Ended, StateError> {
    let is_due = || is_due(interrupt, deadline);
    // What earlier runs left is tried one by one, between looks at the clock and at signals.
    let mut left_over = assemblies.ready();
    let mut synced = Instant::now();
    loop {
        if interrupt.is_set() {
            return Ok(Ended::Interrupted);
        }
        if listener.is_satisfied(assemblies) {
            return Ok(Ended::Satisfied);
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Ok(Ended::Deadline);
        }
        if synced.elapsed() >= SYNC_EVERY {
            assemblies.sync()?;
            synced = Instant::now();
        }
        listener.progress(assemblies, states);
        if let Some(object) = left_over.pop() {
            attempt(&object, assemblies, listener, &is_due)?;
            continue;
        }
        let (index, message) = match inbox.recv_timeout(Duration::from_millis(100)) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return Ok(Ended::LinksEnded),
        };
        let Some((link, state)) = states.get_mut(index) else { continue };
        match message {
            LinkMessage::Event(heard) => {
                let link = link.clone();
                if let Some(object) = hear(&link, heard, assemblies, listener)? {
                    attempt(&object, assemblies, listener, &is_due)?;
                }
            }
            LinkMessage::Ended => *state = LinkState::Ended,
            LinkMessage::Failed(why) => {
                listener.notice(link, &format!("failed: {why}"));
                listener.failed(link, &why)?;
                *state = LinkState::Failed(why);
            }
        }
    }
}

fn hear<L: Listener>(
    link: &str,
    heard: LinkEvent,
    assemblies: &mut Assemblies,
    listener: &mut L,
) -> Result<Option<Object>, StateError> {
    match heard {
        LinkEvent::Frame(bytes) => {
            let ready = assemblies.hear(link, &bytes, listener.now())?;
            for beacon in assemblies.take_beacons() {
                listener.beacon(link, &beacon)?;
            }
            return Ok(ready);
        }
        LinkEvent::Damaged { .. } => assemblies.link(link).damaged += 1,
        LinkEvent::Picture { codes, doubled, mixed } => {
            let count = assemblies.link(link);
            count.pictures += 1;
            count.doubled += u64::from(doubled);
            count.mixed += u64::from(mixed);
            count.pictures_without_code += u64::from(codes == 0 && mixed == 0);
        }
        LinkEvent::Seen { reading, view } => listener.seen(link, &reading, view.as_deref()),
        LinkEvent::Sound(state) => listener.sounds(link, &state),
        LinkEvent::Line(line) => assemblies.link(link).line = Some(line),
        LinkEvent::Foreign => assemblies.link(link).foreign += 1,
        LinkEvent::QueueDrops(frames) => assemblies.link(link).queue_drops += frames,
        LinkEvent::Opened(what) | LinkEvent::Interface(what) => listener.notice(link, &what),
        LinkEvent::Unusable(why) => {
            let count = assemblies.link(link);
            count.damaged += 1;
            count.unusable += 1;
            listener.notice(link, &why);
        }
        LinkEvent::PassedOver(over) => {
            if over.number() > 0 {
                listener.notice(link, &over.text());
            }
            assemblies.link(link).passed_over = *over;
        }
    }
    Ok(None)
}

fn attempt<L: Listener>(
    object: &Object,
    assemblies: &mut Assemblies,
    listener: &mut L,
    stop: &dyn Fn() -> bool,
) -> Result<(), StateError> {
    let Some(complete) = assemblies.attempt(object, listener.now(), stop)? else { return Ok(()) };
    if listener.complete(&complete)? == Fate::Judged {
        assemblies.judged(object, listener.now())?;
    }
    Ok(())
}
