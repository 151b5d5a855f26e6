//! One run of `receive`: links in, judged objects out.
//!
//! Each link has a thread of its own that only reads; everything that decides happens here, one thing after the other.

use std::sync::mpsc::{Receiver as Inbox, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rootcast_host::interrupt::Interrupt;
use rootcast_protocol::frame::beacon::Beacon;
use rootcast_protocol::object::Object;

use crate::limits::HEARD_WAITING_MAX;
use crate::link::optical::qr_reader::Reading;
use crate::link::optical::viewfinder::View;
use crate::link::{Flow, Heard, Receiver};
use crate::publication::StateError;
use crate::reception::assembly::{Assemblies, CompleteObject};

pub mod assembly;
pub mod last_contact;
pub mod link_test;
pub mod symbol_store;

/// How long a link may wait before it is asked whether to go on.
const LINK_WAIT: Duration = Duration::from_millis(200);
/// How often what was received is synced.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// Why a run of `receive` ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// What was waited for is there.
    Satisfied,
    /// All links have ended or failed.
    LinksEnded,
    /// The deadline passed.
    Deadline,
    /// A signal came.
    Interrupted,
}

/// What a link thread tells.
enum Told {
    Heard(Heard),
    Ended,
    Failed(String),
}

/// How a link of this run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    /// It may bring more.
    Open,
    /// It was read to its end.
    Ended,
    /// It failed, in words.
    Failed(String),
}

/// What the one who runs a reception is told, and decides.
pub trait Listener {
    /// An object is complete. Returns whether that is all that was waited for.
    ///
    /// # Errors
    /// Ends the run; the object's symbols stay on disk.
    fn complete(&mut self, object: &CompleteObject) -> Result<bool, StateError>;

    /// A source said something of itself. Its MAC was right.
    ///
    /// # Errors
    /// Ends the run.
    fn beacon(&mut self, link: &str, beacon: &Beacon) -> Result<(), StateError>;

    /// Something of a link that people should know, in words.
    fn notice(&mut self, link: &str, text: &str);

    /// What was seen in a picture of a camera or film, and now and then what it looked like.
    fn seen(&mut self, link: &str, reading: &Reading, view: Option<&View>);

    /// A good moment to show progress.
    fn progress(&mut self, assemblies: &Assemblies, links: &[(String, LinkState)]);

    /// The clock.
    fn now(&self) -> i64;
}

/// Receives until something ends it. Returns why, and how each link stands.
///
/// # Errors
/// When symbols cannot be kept, or the listener fails.
pub fn receive<L: Listener>(
    links: Vec<(String, Box<dyn Receiver>)>,
    assemblies: &mut Assemblies,
    listener: &mut L,
    deadline: Option<Instant>,
    interrupt: &Interrupt,
) -> Result<(Ended, Vec<(String, LinkState)>), StateError> {
    let mut states: Vec<(String, LinkState)> = links.iter().map(|(name, _)| (name.clone(), LinkState::Open)).collect();
    for (name, _) in &states {
        assemblies.link(name);
    }
    let stop = Interrupt::default();
    let (outbox, inbox) = sync_channel(HEARD_WAITING_MAX);
    for (index, (_, receiver)) in links.into_iter().enumerate() {
        let (outbox, stop) = (outbox.clone(), stop.clone());
        // Threads are left to themselves at the end: one may sit in a read, and nothing waits for it.
        thread::spawn(move || listen(index, receiver, &outbox, &stop));
    }
    drop(outbox);
    let ended = attend(&inbox, &mut states, assemblies, listener, deadline, interrupt);
    stop.set();
    assemblies.sync()?;
    Ok((ended?, states))
}

fn listen(index: usize, mut receiver: Box<dyn Receiver>, outbox: &SyncSender<(usize, Told)>, stop: &Interrupt) {
    while !stop.is_set() {
        let flow = receiver.receive(LINK_WAIT, &mut |heard| {
            // Nobody listens any more: the next look at `stop` ends the thread.
            let _ = outbox.send((index, Told::Heard(heard)));
        });
        let last = match flow {
            Ok(Flow::More) => continue,
            Ok(Flow::Ended) => Told::Ended,
            Err(failure) => Told::Failed(failure.0),
        };
        let _ = outbox.send((index, last));
        return;
    }
}

fn attend<L: Listener>(
    inbox: &Inbox<(usize, Told)>,
    states: &mut [(String, LinkState)],
    assemblies: &mut Assemblies,
    listener: &mut L,
    deadline: Option<Instant>,
    interrupt: &Interrupt,
) -> Result<Ended, StateError> {
    let is_due = || interrupt.is_set() || deadline.is_some_and(|deadline| Instant::now() >= deadline);
    // What earlier runs left is tried one by one, between looks at the clock and at signals.
    let mut left_over = assemblies.ready();
    let mut synced = Instant::now();
    loop {
        if interrupt.is_set() {
            return Ok(Ended::Interrupted);
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
            if attempt(&object, assemblies, listener, &is_due)? {
                return Ok(Ended::Satisfied);
            }
            continue;
        }
        let (index, told) = match inbox.recv_timeout(Duration::from_millis(100)) {
            Ok(told) => told,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return Ok(Ended::LinksEnded),
        };
        let Some((link, state)) = states.get_mut(index) else { continue };
        match told {
            Told::Heard(heard) => {
                let link = link.clone();
                if let Some(object) = hear(&link, heard, assemblies, listener)?
                    && attempt(&object, assemblies, listener, &is_due)?
                {
                    return Ok(Ended::Satisfied);
                }
            }
            Told::Ended => *state = LinkState::Ended,
            Told::Failed(why) => {
                listener.notice(link, &format!("failed: {why}"));
                *state = LinkState::Failed(why);
            }
        }
    }
}

fn hear<L: Listener>(
    link: &str,
    heard: Heard,
    assemblies: &mut Assemblies,
    listener: &mut L,
) -> Result<Option<Object>, StateError> {
    match heard {
        Heard::Frame(bytes) => {
            let ready = assemblies.hear(link, &bytes, listener.now())?;
            for beacon in assemblies.take_beacons() {
                listener.beacon(link, &beacon)?;
            }
            return Ok(ready);
        }
        Heard::Damaged { .. } => assemblies.link(link).damaged += 1,
        Heard::Picture { codes, doubled, mixed } => {
            let count = assemblies.link(link);
            count.pictures += 1;
            count.doubled += u64::from(doubled);
            count.mixed += u64::from(mixed);
            count.pictures_without_code += u64::from(codes == 0 && mixed == 0);
        }
        Heard::Seen { reading, view } => listener.seen(link, &reading, view.as_deref()),
        Heard::Told(what) => listener.notice(link, &what),
        Heard::Unusable(why) => {
            assemblies.link(link).damaged += 1;
            listener.notice(link, &why);
        }
    }
    Ok(None)
}

fn attempt<L: Listener>(
    object: &Object,
    assemblies: &mut Assemblies,
    listener: &mut L,
    stop: &dyn Fn() -> bool,
) -> Result<bool, StateError> {
    let Some(complete) = assemblies.attempt(object, listener.now(), stop)? else { return Ok(false) };
    let satisfied = listener.complete(&complete)?;
    assemblies.judged(object, listener.now())?;
    Ok(satisfied)
}
