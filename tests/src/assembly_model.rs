//! A model of what links do to objects, run against the real assembly, and in some runs on to the published tree: two
//! senders, four links, and on them loss, doubling, reordering, damage, forgery and restarts, all drawn from one seed.
//!
//! ```text
//! senders ─▶ links (lose, double, delay, damage; a forger writes on some) ─▶ Assemblies ─▶ complete? ─▶ gate ─▶ published?
//!                                                                        └ killed, its files torn or rotten, opened again
//! ```
//!
//! What must hold in every run: what is given out is exactly the bytes that were sent under that id, and what is published
//! exactly what was signed; and whatever happened before, a link without a forger brings every object in the end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rootcast_online::reception::assembly::Assemblies;
use rootcast_protocol::object::Object;
use rootcast_protocol::transport_key::TransportKey;

use crate::scratch::Scratch;
use crate::seeds::Chance;

mod counts;
mod forger;
mod gate;
mod link;
mod sender;

pub use counts::{Count, Counts};
pub use gate::World;

use forger::Forger;
use gate::Gate;
use link::Link;
use sender::{Sender, Truth};

/// The links of every schedule; any may have a forger.
const LINKS: [&str; 4] = ["serial:a", "serial:b", "qr:camera=0", "file:c"];
/// The link that comes behind the schedule and has none.
const HONEST: &str = "serial:honest";

/// So many runs with the seeds from `first` on, on two threads.
///
/// # Errors
/// The first that went wrong, in words, with the command that repeats it.
pub fn runs(first: u64, count: u64, world: &World) -> Result<Counts, String> {
    let part = |which: u64| {
        let mut counts = Counts::default();
        for number in (which..count).step_by(THREADS) {
            let seed = first.wrapping_add(number);
            run(seed, world, &mut counts).map_err(|what| {
                format!(
                    "{what}\nrepeat: ROOTCAST_SEED=0x{seed:016x} ROOTCAST_RUNS=1 cargo test -p rootcast-tests \
                     --test scenarios an_honest_link_brings_it_in_the_end"
                )
            })?;
        }
        Ok(counts)
    };
    let parts: Vec<Result<Counts, String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS as u64).map(|which| scope.spawn(move || part(which))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a thread of the model")).collect()
    });
    parts.into_iter().try_fold(Counts::default(), |mut all, part| {
        all.take_in(&part?);
        Ok(all)
    })
}

const THREADS: usize = 2;

/// One run with this seed. What went wrong, if anything did.
///
/// # Errors
/// In words.
pub fn run(seed: u64, world: &World, counts: &mut Counts) -> Result<(), String> {
    counts.add(Count::Runs);
    let mut chance = Chance::new(seed);
    let folder = Scratch::new();
    let mut model = Model::new(&mut chance, world, folder.folder(), counts)?;
    model.schedule(&mut chance, counts)?;
    model.honest_end(&mut chance, counts)?;
    model.conclude(counts)
}

/// One run.
struct Model<'w> {
    truths: Vec<Truth>,
    senders: Vec<Sender>,
    links: Vec<Link>,
    /// On which link, and how many frames of his own to one of the sender's.
    forgers: Vec<(usize, f64, Forger)>,
    key: Option<TransportKey>,
    /// Every object whose bytes exist somewhere, the forgers' own among them.
    known: BTreeMap<Object, Vec<u8>>,
    completed: Vec<Object>,
    symbols: PathBuf,
    assemblies: Assemblies,
    gate: Option<Gate<'w>>,
    now: i64,
    restart: f64,
    ticks: usize,
}

impl<'w> Model<'w> {
    fn new(chance: &mut Chance, world: &'w World, folder: &Path, counts: &mut Counts) -> Result<Self, String> {
        let through_gate = chance.below(16) == 0;
        let gate = through_gate.then(|| Gate::open(world, folder)).transpose()?;
        let symbols = gate.as_ref().map_or_else(|| folder.to_owned(), Gate::symbols_folder);
        let objects = 1 + usize::from(chance.below(3) == 0);
        let truths: Vec<Truth> = match &gate {
            Some(_) => (0..objects).map(|_| world.truth(chance)).collect(),
            None => (0..objects).map(|_| Truth::random(chance)).collect(),
        };
        let key = (chance.below(8) == 0).then(|| TransportKey::new(key_bytes(chance)));
        let mut senders = vec![Sender::new(0, 0, &truths, chance)];
        if chance.below(2) == 0 || truths.len() > 1 {
            senders.push(Sender::new(1, truths.len() - 1, &truths, chance));
        }
        let links = LINKS.iter().map(|name| Link::new(name, chance)).collect();
        let mut forgers = Vec::new();
        // On a third of the runs nobody forges, on a third somebody on one link, on a third on some of all four.
        let (first, some) = (chance.below(LINKS.len()), chance.below(3));
        for place in 0..LINKS.len() {
            if some == 1 && place == first || some == 2 && chance.below(2) == 0 {
                forgers.push((place, 0.05 + 3.0 * chance.fraction() * chance.fraction(), Forger::new(chance)));
            }
        }
        for (happens, count) in [
            (through_gate, Count::ThroughGate),
            (key.is_some(), Count::Keyed),
            (senders.len() > 1, Count::TwoSenders),
            (forgers.len() > 1, Count::ForgersOnMoreThanOneLink),
        ] {
            if happens {
                counts.add(count);
            }
        }
        let now = world.now;
        let mut assemblies = Assemblies::open(&symbols, now).map_err(|e| e.to_string())?;
        assemblies.require(key.iter().cloned().collect());
        let known = truths.iter().map(|truth| (truth.object, truth.bytes.clone())).collect();
        let restart = [0.0, 0.01, 0.1][chance.below(3)];
        let needed = truths.iter().map(|truth| truth.object.source_symbols() as usize).max().unwrap_or(1);
        let ticks =
            4 + needed * (1 + chance.below(4)) / senders.iter().map(|s| s.per_frame as usize).max().unwrap_or(1);
        Ok(Self {
            truths,
            senders,
            links,
            forgers,
            key,
            known,
            completed: Vec::new(),
            symbols,
            assemblies,
            gate,
            now,
            restart,
            ticks,
        })
    }

    /// The part in which everything goes wrong.
    fn schedule(&mut self, chance: &mut Chance, counts: &mut Counts) -> Result<(), String> {
        for tick in 0..self.ticks {
            self.now += chance.below(3) as i64;
            for number in 0..self.senders.len() {
                let sender = &mut self.senders[number];
                let frame = sender.next(&self.truths, self.key.as_ref());
                let place = chance.below(LINKS.len());
                // Whoever reads a line can forge a frame before its true one arrives.
                self.forge(place, &frame, tick, chance, counts);
                self.links[place].carry(frame, tick, chance, counts);
            }
            self.deliver(tick, counts)?;
            if chance.happens(self.restart) {
                self.restart(chance, counts)?;
            }
        }
        self.deliver(usize::MAX, counts)
    }

    fn forge(&mut self, place: usize, frame: &[u8], tick: usize, chance: &mut Chance, counts: &mut Counts) {
        for (on, rate, forger) in &mut self.forgers {
            if *on != place {
                continue;
            }
            let often = rate.floor() as usize + usize::from(chance.happens(rate.fract()));
            for _ in 0..often {
                let (forged, own) = forger.forge(frame, &self.truths, chance, counts);
                self.known.extend(own);
                self.links[place].carry(forged, tick, chance, counts);
            }
        }
    }

    fn deliver(&mut self, tick: usize, counts: &mut Counts) -> Result<(), String> {
        for (place, name) in LINKS.into_iter().enumerate() {
            for frame in self.links[place].arriving(tick, counts) {
                self.hear(name, &frame, counts)?;
            }
        }
        Ok(())
    }

    /// What `receive` does with a frame.
    fn hear(&mut self, link: &str, frame: &[u8], counts: &mut Counts) -> Result<(), String> {
        counts.add(Count::Frames);
        match self.assemblies.hear(link, frame, self.now).map_err(|e| e.to_string())? {
            Some(object) => self.attempt(&object, counts),
            None => Ok(()),
        }
    }

    fn attempt(&mut self, object: &Object, counts: &mut Counts) -> Result<(), String> {
        counts.add(Count::Attempts);
        let found = self.assemblies.attempt(object, self.now, &|| false).map_err(|e| e.to_string())?;
        let Some(complete) = found else { return Ok(()) };
        if self.known.get(object).is_none_or(|bytes| bytes != complete.bytes()) || complete.object() != *object {
            return Err(format!("object {} was completed with bytes that nobody sent", object.id));
        }
        let left_out: u32 = complete.false_symbols().iter().map(|these| these.symbols).sum();
        counts.add_many(Count::LeftOut, left_out.into());
        if complete.false_symbols().iter().any(|these| these.link == HONEST) {
            return Err("symbols of the honest link were named as false".to_owned());
        }
        if let Some(gate) = &mut self.gate {
            gate.judge(&complete, self.now)?;
        }
        if !self.completed.contains(object) {
            self.completed.push(*object);
        }
        self.assemblies.judged(object, self.now).map_err(|e| e.to_string())
    }

    /// Killed, and started again: what is on the disk is all there is, and it may have been hurt.
    fn restart(&mut self, chance: &mut Chance, counts: &mut Counts) -> Result<(), String> {
        counts.add(Count::Restarts);
        link::hurt_files(&self.symbols, chance, counts);
        self.now += chance.below(100) as i64;
        self.assemblies = Assemblies::open(&self.symbols, self.now).map_err(|e| e.to_string())?;
        self.assemblies.require(self.key.iter().cloned().collect());
        if let Some(gate) = self.gate.take() {
            self.gate = Some(gate.reopened()?);
        }
        for object in self.assemblies.ready() {
            self.attempt(&object, counts)?;
        }
        Ok(())
    }

    /// Whatever was not completed is sent over a link without a forger, without loss. Where one link alone has a forger,
    /// he goes on meanwhile.
    fn honest_end(&mut self, chance: &mut Chance, counts: &mut Counts) -> Result<(), String> {
        for number in 0..self.truths.len() {
            let object = self.truths[number].object;
            if self.completed.contains(&object) {
                counts.add(Count::CompletedInSchedule);
                continue;
            }
            let mut sender = Sender::new(9, number, &self.truths, chance);
            let symbols_max = enough(&object, &self.assemblies);
            let mut sent = 0;
            while !self.completed.contains(&object) {
                if sent > symbols_max {
                    let found = self.assemblies.live().get(&object).map(|it| (it.symbols(), it.wrong_digests()));
                    return Err(format!(
                        "object of {} symbols not completed by {sent} true ones on an honest link: {found:?}, forgers {:?}",
                        object.source_symbols(),
                        self.forgers
                    ));
                }
                let frame = sender.next(&self.truths, self.key.as_ref());
                if let [(place, ..)] = self.forgers[..] {
                    self.forge(place, &frame, 0, chance, counts);
                    self.deliver(usize::MAX, counts)?;
                }
                self.hear(HONEST, &frame, counts)?;
                sent += sender.per_frame;
            }
            counts.add(Count::CompletedByHonestLink);
            counts.most_honest(f64::from(sent) - f64::from(object.source_symbols()));
        }
        Ok(())
    }

    fn conclude(mut self, counts: &mut Counts) -> Result<(), String> {
        for count in self.assemblies.links().values() {
            counts.add_many(Count::FoundDamaged, count.damaged + count.foreign);
            counts.add_many(Count::FoundUnauthentic, count.unauthentic);
        }
        match self.gate.take() {
            Some(gate) => gate.conclude(&self.truths),
            None => Ok(()),
        }
    }
}

fn key_bytes<const N: usize>(chance: &mut Chance) -> [u8; N] {
    chance.bytes(N).try_into().expect("so many bytes")
}

/// So many true symbols over an honest link are enough, whatever is kept of the object: K + 64, the most one solution uses,
/// and what may come between two attempts, a twentieth of what is kept, at the beginning and at the end.
fn enough(object: &Object, assemblies: &Assemblies) -> u32 {
    let kept = assemblies.live().get(object).map_or(0, |assembly| assembly.symbols());
    let most = object.source_symbols() + 64 + 6;
    most + 2 * (1 + (kept + most) / 20) + 6
}
