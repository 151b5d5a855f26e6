//! One session: it receives until something ends it, and publishes the accepted items.

use std::path::Path;
use std::time::{Duration, Instant};

use rootcast_host::disk::{DiskError, RealDisk};
use rootcast_host::interrupt::Interrupt;
use rootcast_host::state_folder::KnownFolder;
use rootcast_pki::stop::Stop;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::frame::beacon::Beacon;
use rootcast_protocol::transport_key::TransportKey;

use super::judged_objects::JudgedObjects;
use super::observer::Observer;
use super::wait::{Until, Wait};
use crate::gate::{self, JudgedObject, Proposal, Root};
use crate::link::optical::qr_reader::Reading;
use crate::link::optical::viewfinder::View;
use crate::link::sound::piece::SoundState;
use crate::link::{LinkFailure, OpenLinks};
use crate::publication::{Alarm, AlarmRecord, Draft, Record, Snapshot, State, StateError};
use crate::reception::assembly::{Assemblies, CompleteObject};
use crate::reception::last_contact::ContactFile;
use crate::reception::place::Place;
use crate::reception::{Ended, Fate, GoesOnWithout, LinkState, Listener, is_due, receive};

/// The settings of a session.
#[derive(Debug, Default)]
pub struct Settings {
    /// What ends it, besides the following.
    pub until: Until,
    /// End at this moment.
    pub deadline: Option<Instant>,
    /// Listen only to frames that one of these keys made; to all if there is none.
    pub keys: Vec<TransportKey>,
}

/// How a session ended.
#[derive(Debug)]
pub struct Conclusion {
    /// Why.
    pub ended: Ended,
    /// The state of each link.
    pub links: Vec<(String, LinkState)>,
    /// What it waited for, and what of it came.
    pub wait: Wait,
    /// What was judged.
    pub judged: JudgedObjects,
    /// The alarms that nobody has acknowledged, as of its end.
    pub alarms: Vec<AlarmRecord>,
    /// What is not complete yet; it stays on disk.
    pub assemblies: Assemblies,
}

/// A state that is received into. Other processes may change it meanwhile.
#[derive(Debug)]
pub struct Session {
    who: String,
    clock: fn() -> i64,
    /// The generation that was read last.
    snapshot: Snapshot,
    roots: Vec<Root>,
    contact: ContactFile,
    judged: JudgedObjects,
    /// Ends a judgement where the run is to end.
    stop: Stop,
    /// Where its symbols are kept.
    place: Place,
    /// The state directory.
    folder: KnownFolder,
}

impl Session {
    /// Opens the state directory `dir` and puts in order what a run that was cut short has left. `who` is what other
    /// processes are told.
    ///
    /// # Errors
    /// [`StateError`]; also where as many sessions have this state as may.
    pub fn open(dir: &Path, who: &str, clock: fn() -> i64) -> Result<Self, StateError> {
        let state = State::open(dir, Box::new(RealDisk), who)?;
        let folder = KnownFolder::open(dir).map_err(|error| DiskError::new("open", dir, error))?;
        let place = Place::take(&state.symbols_folder(), who)?;
        let snapshot = state.into_snapshot().ok_or_else(|| StateError::NotEnrolled(dir.to_owned()))?;
        Ok(Self {
            who: who.to_owned(),
            clock,
            roots: gate::roots(&snapshot)?,
            snapshot,
            contact: ContactFile::open(dir, place.number()),
            judged: JudgedObjects::none(),
            stop: Stop::never(),
            place,
            folder,
        })
    }

    /// The roots as they were read last.
    #[must_use]
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// What the sessions beside this one, which began before it, say of themselves.
    #[must_use]
    pub(crate) fn beside(&self) -> &[String] {
        self.place.beside()
    }

    /// The record of the generation that was read last.
    #[must_use]
    pub(crate) fn record(&self) -> &Record {
        self.snapshot.record()
    }

    /// Receives from `receivers` until something ends the session.
    ///
    /// # Errors
    /// When symbols cannot be kept, or the state cannot be read or written. What was received and not judged is kept.
    pub fn run(
        mut self,
        receivers: OpenLinks,
        settings: Settings,
        observer: &mut dyn Observer,
        interrupt: &Interrupt,
    ) -> Result<Conclusion, StateError> {
        let received = self.receive_all(receivers, settings, observer, interrupt);
        let Received { ended, links, wait, assemblies } = received.map_err(|error| match self.is_state_there() {
            true => error,
            false => StateError::Removed { dir: self.snapshot.state_folder().to_owned() },
        })?;
        let alarms = self.snapshot.record().ringing((self.clock)()).cloned().collect();
        Ok(Conclusion { ended, links, wait, judged: self.judged, alarms, assemblies })
    }

    fn receive_all(
        &mut self,
        receivers: OpenLinks,
        settings: Settings,
        observer: &mut dyn Observer,
        interrupt: &Interrupt,
    ) -> Result<Received, StateError> {
        let mut assemblies = Assemblies::open(self.place.folder(), (self.clock)())?;
        observer.resumed(&assemblies);
        assemblies.require(settings.keys);
        let links = receivers.iter().map(|(name, _)| name.clone()).collect();
        let mut wait = Wait::new(settings.until, settings.deadline.is_some(), (self.clock)());
        wait.note_published(self.snapshot.record());
        let (asked, deadline) = (interrupt.clone(), settings.deadline);
        self.stop = Stop::when(move || is_due(&asked, deadline));
        let mut attended =
            Attended { session: self, observer, links, wait, looked: Instant::now(), look_after: LOOKED_EVERY };
        let received = receive(receivers, &mut assemblies, &mut attended, settings.deadline, interrupt);
        let wait = attended.wait;
        self.contact.keep((self.clock)())?;
        let (ended, links) = received?;
        Ok(Received { ended, links, wait, assemblies })
    }

    /// Judges an object, and publishes what passes.
    fn judge(
        &mut self,
        object: &CompleteObject,
        links: &[String],
        observer: &mut dyn Observer,
    ) -> Result<JudgedObject, StateError> {
        // Without the lock: most objects say nothing new, and a large one takes a while.
        let proposal = self.propose(object, links);
        if self.snapshot.is_current() {
            match proposal {
                Ok(proposal) if !proposal.changes_state() => return Ok(proposal.into_judged()),
                Ok(proposal) => return self.commit(Some(proposal), object, links, observer),
                Err(error) => return Err(error),
            }
        }
        self.commit(None, object, links, observer)
    }

    /// Commits a proposal under the lock; one of another generation than the current one counts for nothing, and the
    /// object is judged again.
    fn commit(
        &mut self,
        proposal: Option<Proposal>,
        object: &CompleteObject,
        links: &[String],
        observer: &mut dyn Observer,
    ) -> Result<JudgedObject, StateError> {
        let mut state = State::reopen(&self.snapshot, Box::new(RealDisk), &self.who)?;
        let current = state.snapshot().filter(|current| !current.is_same(&self.snapshot)).cloned();
        let proposal = match (current, proposal) {
            (None, Some(proposal)) => proposal,
            (None, None) => self.propose(object, links)?,
            (Some(current), _) => {
                self.take_over(current, observer)?;
                self.propose(object, links)?
            }
        };
        let judged = proposal.commit(&mut state, (self.clock)());
        if let Some(snapshot) = state.into_snapshot() {
            self.snapshot = snapshot;
        }
        judged
    }

    /// Whether the state is still there. It is not where it was removed or moved, or another one put in its place. Files that
    /// are missing in it are another matter.
    fn is_state_there(&self) -> bool {
        self.folder.is_at(self.snapshot.state_folder()) && !self.snapshot.is_removed()
    }

    fn propose(&self, object: &CompleteObject, links: &[String]) -> Result<Proposal, StateError> {
        let draft = Draft::from_snapshot(self.snapshot.clone());
        gate::propose(draft, &self.roots, object, links, (self.clock)(), &self.stop)
    }

    /// Keeps something that rings beside the objects.
    fn keep_alarm(&mut self, alarm: Alarm, links: &[String], observer: &mut dyn Observer) -> Result<(), StateError> {
        let now = (self.clock)();
        if self.snapshot.is_current() && !self.snapshot.record().rings(&alarm, now) {
            return Ok(());
        }
        let mut state = State::reopen(&self.snapshot, Box::new(RealDisk), &self.who)?;
        if let Some(current) = state.snapshot().filter(|current| !current.is_same(&self.snapshot)).cloned() {
            self.take_over(current, observer)?;
        }
        gate::keep_alarm(&mut state, alarm, links, now)?;
        if let Some(snapshot) = state.into_snapshot() {
            self.snapshot = snapshot;
        }
        Ok(())
    }

    /// Goes on with a generation that another process committed.
    fn take_over(&mut self, snapshot: Snapshot, observer: &mut dyn Observer) -> Result<(), StateError> {
        let roots = gate::roots(&snapshot)?;
        self.go_on_with(snapshot, roots, observer);
        Ok(())
    }

    fn go_on_with(&mut self, snapshot: Snapshot, roots: Vec<Root>, observer: &mut dyn Observer) {
        self.snapshot = snapshot;
        self.roots = roots;
        observer.roots_read_again(&self.roots, self.snapshot.record());
    }

    fn is_enrolled(&self, source: &Digest) -> bool {
        self.roots.iter().any(|root| Digest(root.issuer.spki_sha256()) == *source)
    }
}

/// What a session received, before it is told how its state stands.
struct Received {
    ended: Ended,
    links: Vec<(String, LinkState)>,
    wait: Wait,
    assemblies: Assemblies,
}

/// A session while it listens, and who watches it.
struct Attended<'s> {
    session: &'s mut Session,
    observer: &'s mut dyn Observer,
    links: Vec<String>,
    wait: Wait,
    /// When it was last looked whether another process has published something.
    looked: Instant,
    /// How long after that it is looked again.
    look_after: Duration,
}

/// How often it is looked whether another process has published what is waited for.
const LOOKED_EVERY: Duration = Duration::from_secs(1);
/// The same after a look that failed: it read every file of a generation for nothing.
const LOOKED_AFTER_FAILURE: Duration = Duration::from_secs(60);
/// Whom a failed look is told of.
const STATE: &str = "the state";

impl Attended<'_> {
    /// Takes note of what another process published: it may be what is waited for. A look that fails is told, and ends
    /// nothing: a commit would fail for the same reason.
    fn look_at_others(&mut self) {
        if self.looked.elapsed() < self.look_after {
            return;
        }
        (self.looked, self.look_after) = (Instant::now(), LOOKED_EVERY);
        if !self.wait.is_for_items() || self.session.snapshot.is_current() {
            return;
        }
        match Snapshot::look(self.session.snapshot.state_folder(), gate::roots) {
            Ok((current, roots)) => {
                self.session.go_on_with(current, roots, self.observer);
                self.wait.note_published(self.session.snapshot.record());
            }
            Err(error) => {
                self.look_after = LOOKED_AFTER_FAILURE;
                let text = format!("what another process published cannot be read: {error}. Still listening");
                self.observer.notice(STATE, &text, self.now());
            }
        }
        self.looked = Instant::now();
    }
}

impl Listener for Attended<'_> {
    fn complete(&mut self, object: &CompleteObject) -> Result<Fate, StateError> {
        let now = self.now();
        self.observer.completed(object, now);
        let judged = match self.session.judge(object, &self.links, self.observer) {
            Ok(judged) => judged,
            Err(StateError::Stopped(_)) => {
                self.observer.unjudged(&object.object(), self.now());
                return Ok(Fate::Kept);
            }
            Err(error) => return Err(error),
        };
        let now = self.now();
        self.wait.note_published(self.session.snapshot.record());
        let why = self.wait.note(&judged);
        if let Some(judged) = self.session.judged.add(judged, &|item| self.wait.expects(item)) {
            self.observer.judged(judged, now);
        }
        if let Some(why) = why {
            self.observer.goes_on(why, now);
        }
        Ok(Fate::Judged)
    }

    fn is_satisfied(&mut self, assemblies: &Assemblies) -> bool {
        self.look_at_others();
        self.wait.is_over(assemblies, self.now())
    }

    fn beacon(&mut self, link: &str, beacon: &Beacon) -> Result<(), StateError> {
        if !self.session.is_enrolled(&beacon.source) && !self.session.snapshot.is_current() {
            // Its root may have been trusted in the meantime.
            let folder = self.session.snapshot.state_folder().to_owned();
            let (current, roots) = Snapshot::look(&folder, gate::roots)?;
            self.session.go_on_with(current, roots, self.observer);
        }
        if !self.session.is_enrolled(&beacon.source) {
            return Ok(());
        }
        let now = self.now();
        let taken = self.session.contact.take(beacon, link, now)?;
        self.observer.beacon(link, beacon, taken, now);
        Ok(())
    }

    fn notice(&mut self, link: &str, text: &str) {
        let now = self.now();
        self.observer.notice(link, text, now);
    }

    fn failed(&mut self, link: &str, failure: &LinkFailure, goes_on: Option<GoesOnWithout>) -> Result<(), StateError> {
        let now = self.now();
        self.observer.failed(link, failure, goes_on, now);
        self.session.keep_alarm(gate::of_failed_link(link, &failure.why), &self.links, self.observer)
    }

    fn seen(&mut self, link: &str, reading: &Reading, view: Option<&View>) {
        let now = self.now();
        self.observer.seen(link, reading, view, now);
    }

    fn sounds(&mut self, link: &str, state: &SoundState) {
        self.observer.sounds(link, state);
    }

    fn progress(&mut self, assemblies: &Assemblies, links: &[(String, LinkState)]) {
        self.observer.progress(assemblies, links);
        let now = self.now();
        if let Some(why) = self.wait.told_again(assemblies, now) {
            self.observer.goes_on(why, now);
        }
    }

    fn now(&self) -> i64 {
        (self.session.clock)()
    }
}
