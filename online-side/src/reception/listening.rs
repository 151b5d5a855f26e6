//! One run of listening: links in, complete objects out.
//!
//! Each link has a thread of its own that only reads; everything that decides happens here, one thing after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver as Inbox, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rootcast_host::disk::DiskError;
use rootcast_host::interrupt::Interrupt;
use rootcast_protocol::object::Object;

use super::assembly::Assemblies;
use super::listener::{Ended, Fate, GoesOnWithout, LinkState, Listener};
use crate::limits::{HEARD_WAITING_MAX, MESSAGES_WAITING_MAX};
use crate::link::{Flow, LinkEvent, LinkFailure, OpenLinks, Receiver, Tried, WindUp};
use crate::publication::StateError;
use crate::reception::symbol_store::Unsynced;

/// How long a link may wait before it is asked whether to continue.
const LINK_WAIT: Duration = Duration::from_millis(200);
/// How long the end of a run waits for links that put something in order. What is not done by then is not done.
const WIND_UP_MAX: Duration = Duration::from_secs(5);
/// How often what was received is synced.
const SYNC_EVERY: Duration = Duration::from_secs(1);
/// Events that a link hands over together, if there is room for them.
const TOGETHER: usize = 64;
/// How long a link that goes on bringing events keeps fewer to itself.
const HANDED_OVER_EVERY: Duration = Duration::from_millis(20);

/// What a link thread hands over: its events since the last time, and what then became of the link, if anything did.
struct LinkMessage {
    /// Which link.
    index: usize,
    events: Vec<LinkEvent>,
    turn: Option<Turn>,
}

/// What became of a link.
#[derive(Debug, PartialEq, Eq)]
enum Turn {
    /// It was read to its end.
    Ended,
    /// It failed.
    Failed {
        failure: LinkFailure,
        /// Whether it is tried again from now on.
        is_tried_again: bool,
    },
    /// It is open again.
    OpenAgain,
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
    let (outbox, inbox) = sync_channel(MESSAGES_WAITING_MAX);
    let mut wind_up = Vec::new();
    for (index, (_, mut receiver)) in links.into_iter().enumerate() {
        let (outbox, stop, came) = (outbox.clone(), stop.clone(), came.clone());
        let dropped = Arc::new(AtomicU64::new(0));
        let told = Arc::clone(&dropped);
        // Closed when the thread has ended.
        let (open, closed) = sync_channel::<()>(1);
        wind_up.push((receiver.winds_up(), closed, dropped));
        // Threads are left to themselves at the end: one may sit in a read, and nothing waits for it.
        thread::spawn(move || {
            listen(index, &mut *receiver, outbox, &stop);
            told.store(receiver.dropped_in_all(), Ordering::Release);
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
    for ((when, closed, dropped), (name, _)) in wind_up.into_iter().zip(&states) {
        if when == WindUp::Never || when == WindUp::IfCame && !came.is_set() {
            continue;
        }
        let _ = closed.recv_timeout(until.saturating_duration_since(Instant::now()));
        // What was told on the way may not have been heard here.
        let count = assemblies.link(name);
        count.queue_drops = count.queue_drops.max(dropped.load(Ordering::Acquire));
    }
    assemblies.sync()?;
    Ok((ended?, states))
}

fn listen(index: usize, receiver: &mut dyn Receiver, outbox: SyncSender<LinkMessage>, stop: &Interrupt) {
    let mut outgoing = OutgoingEvents { index, outbox, waiting: Vec::new(), handed_over: Instant::now() };
    while !stop.is_set() {
        match receiver.receive(LINK_WAIT, &mut |event| outgoing.add(event)) {
            Ok(Flow::More) => outgoing.hand_over(),
            Ok(Flow::Ended) => return outgoing.turn(Turn::Ended),
            Err(failure) => {
                let is_tried_again = receiver.is_tried_again();
                outgoing.turn(Turn::Failed { failure, is_tried_again });
                if !is_tried_again || !is_open_again(receiver, &mut outgoing, stop) {
                    return;
                }
            }
        }
    }
}

/// Tries a link that failed until it is open again; whether it is.
fn is_open_again(receiver: &mut dyn Receiver, outgoing: &mut OutgoingEvents, stop: &Interrupt) -> bool {
    while !stop.is_set() {
        match receiver.try_again() {
            Ok(Tried::Open) => {
                outgoing.turn(Turn::OpenAgain);
                return true;
            }
            Ok(Tried::NotYet) => {}
            Err(failure) => {
                outgoing.turn(Turn::Failed { failure, is_tried_again: false });
                return false;
            }
        }
    }
    false
}

/// The events of a link on their way to the assembly. A fast link brings many at once: handing over each by itself would
/// cost more than all that is done with it. While the assembly is busy they are kept together here; a slow link's go on
/// one by one.
struct OutgoingEvents {
    index: usize,
    outbox: SyncSender<LinkMessage>,
    waiting: Vec<LinkEvent>,
    handed_over: Instant,
}

impl OutgoingEvents {
    fn add(&mut self, event: LinkEvent) {
        self.waiting.push(event);
        if self.waiting.len() >= TOGETHER || self.handed_over.elapsed() >= HANDED_OVER_EVERY {
            self.hand_over();
        }
    }

    /// Hands over what waits, if there is room for it, or if no more may wait.
    fn hand_over(&mut self) {
        self.handed_over = Instant::now();
        if self.waiting.is_empty() {
            return;
        }
        let message = LinkMessage { index: self.index, events: std::mem::take(&mut self.waiting), turn: None };
        // Where nobody listens any more, the next look at `stop` ends the thread.
        if message.events.len() >= HEARD_WAITING_MAX {
            let _ = self.outbox.send(message);
        } else if let Err(TrySendError::Full(message)) = self.outbox.try_send(message) {
            self.waiting = message.events;
        }
    }

    /// Hands over all that waits, and what became of the link.
    fn turn(&mut self, turn: Turn) {
        let events = std::mem::take(&mut self.waiting);
        let _ = self.outbox.send(LinkMessage { index: self.index, events, turn: Some(turn) });
    }
}

/// Whether a run is to end, at a signal or at its deadline.
#[must_use]
pub(crate) fn is_due(interrupt: &Interrupt, deadline: Option<Instant>) -> bool {
    interrupt.is_set() || deadline.is_some_and(|deadline| Instant::now() >= deadline)
}

fn attend<L: Listener>(
    inbox: &Inbox<LinkMessage>,
    states: &mut [(String, LinkState)],
    assemblies: &mut Assemblies,
    listener: &mut L,
    deadline: Option<Instant>,
    interrupt: &Interrupt,
) -> Result<Ended, StateError> {
    let is_due = || is_due(interrupt, deadline);
    // What earlier runs left is tried one by one, between looks at the clock and at signals.
    let mut left_over = assemblies.ready();
    let mut syncing = Syncing { began: Instant::now(), running: None };
    let mut taken: Option<(LinkMessage, std::vec::IntoIter<LinkEvent>)> = None;
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
        syncing.go_on(assemblies)?;
        listener.progress(assemblies, states);
        if let Some(object) = left_over.pop() {
            attempt(&object, assemblies, listener, &is_due)?;
            continue;
        }
        let (message, mut events) = match taken.take() {
            Some(taken) => taken,
            None => match inbox.recv_timeout(Duration::from_millis(100)) {
                Ok(mut message) => {
                    let events = std::mem::take(&mut message.events).into_iter();
                    (message, events)
                }
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return Ok(Ended::LinksEnded),
            },
        };
        let Some((link, state)) = states.get_mut(message.index) else { continue };
        let mut ready = None;
        while ready.is_none() {
            let Some(event) = events.next() else { break };
            ready = hear(link, event, assemblies, listener)?;
        }
        if let Some(object) = ready {
            // People see that all is there before it is decoded and judged, which may take a while.
            listener.progress(assemblies, states);
            // It may be all that was waited for: that is looked at before the rest of the message.
            taken = Some((message, events));
            attempt(&object, assemblies, listener, &is_due)?;
            continue;
        }
        match message.turn {
            None => {}
            Some(Turn::Ended) => *state = LinkState::Ended,
            Some(Turn::OpenAgain) => {
                *state = LinkState::Open;
                listener.notice(link, "is open again");
            }
            Some(Turn::Failed { failure, is_tried_again }) => {
                *state = LinkState::Failed(failure.clone());
                let link = link.clone();
                let goes_on = if is_tried_again { GoesOnWithout::TriedAgain } else { GoesOnWithout::NotTriedAgain };
                let goes_on = is_any_open(states).then_some(goes_on);
                listener.failed(&link, &failure, goes_on)?;
            }
        }
        // A link that is only tried again brings nothing to wait for.
        if !is_any_open(states) {
            return Ok(Ended::LinksEnded);
        }
    }
}

/// Whether a link may bring more.
fn is_any_open(states: &[(String, LinkState)]) -> bool {
    states.iter().any(|(_, state)| *state == LinkState::Open)
}

/// Syncs what was received now and then, in another thread: a busy disk takes longer for a few files than the queue of a
/// fast link holds, and anybody on the link can see to it that there are many.
struct Syncing {
    began: Instant,
    running: Option<thread::JoinHandle<Result<(), DiskError>>>,
}

impl Syncing {
    /// Begins to sync where that is due and the last time is over.
    fn go_on(&mut self, assemblies: &mut Assemblies) -> Result<(), DiskError> {
        if let Some(ended) = self.running.take_if(|running| running.is_finished()) {
            // A panic there is as if it had not been synced: that is done at the end of the run in any case.
            ended.join().unwrap_or(Ok(()))?;
        }
        if self.running.is_none() && self.began.elapsed() >= SYNC_EVERY {
            self.began = Instant::now();
            let unsynced = assemblies.take_unsynced();
            if !unsynced.is_empty() {
                self.running = Some(thread::spawn(move || unsynced.iter().try_for_each(Unsynced::sync)));
            }
        }
        Ok(())
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
        LinkEvent::NotRead(photograph) => {
            if let Some(line) = &photograph.line {
                listener.notice(link, line);
            }
            assemblies.link(link).not_read.note(*photograph);
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;
    use std::thread;
    use std::time::Duration;

    use rootcast_host::interrupt::Interrupt;

    use super::{Turn, listen};
    use crate::limits::{HEARD_WAITING_MAX, MESSAGES_WAITING_MAX};
    use crate::link::{Flow, LinkEvent, LinkFailure, Receiver};

    /// A link that brings so many numbered frames at each look, and ends.
    struct Numbered {
        next: u32,
        end: u32,
        at_once: u32,
    }

    impl Receiver for Numbered {
        fn receive(&mut self, _wait: Duration, each: &mut dyn FnMut(LinkEvent)) -> Result<Flow, LinkFailure> {
            for _ in 0..self.at_once {
                each(LinkEvent::Frame(self.next.to_be_bytes().to_vec()));
                self.next += 1;
            }
            Ok(if self.next < self.end { Flow::More } else { Flow::Ended })
        }
    }

    #[test]
    fn events_come_in_their_order_in_messages_of_bounded_length_whoever_is_busy() {
        for at_once in [1, 3, 64, 1_000] {
            let (outbox, inbox) = sync_channel(MESSAGES_WAITING_MAX);
            let mut link = Numbered { next: 0, end: 6_000, at_once };
            let thread = thread::spawn(move || listen(7, &mut link, outbox, &Interrupt::default()));
            // Meanwhile the link fills all the room there is, and waits.
            thread::sleep(Duration::from_millis(30));
            let (mut seen, mut messages, mut turn) = (0_u32, 0, None);
            for message in inbox.iter() {
                assert!(message.index == 7 && message.events.len() <= HEARD_WAITING_MAX, "{at_once} at once");
                for event in message.events {
                    assert!(matches!(event, LinkEvent::Frame(bytes) if bytes == seen.to_be_bytes()), "number {seen}");
                    seen += 1;
                }
                messages += 1;
                turn = message.turn;
            }
            thread.join().unwrap();
            assert!(
                seen >= 6_000 && messages > 1 && turn == Some(Turn::Ended),
                "{at_once} at once: {seen} in {messages}"
            );
        }
    }
}
