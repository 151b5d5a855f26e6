//! The assembly: true, forged, damaged and foreign frames in any order, restarts between them. What is given out are the
//! bytes that were sent; whoever sent only true symbols is not accused; and true symbols in number give the object.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rootcast_online::limits::LIVE_OBJECTS_MAX;
use rootcast_online::reception::assembly::{Assemblies, CompleteObject};
use rootcast_protocol::esi::Esi;
use rootcast_protocol::fec::Encoder;
use rootcast_protocol::frame::Frame;
use rootcast_protocol::object::{Object, ObjectId, ObjectLength};

use super::input::Input;
use super::{Reached, materials};

/// Steps of one input, at most.
const STEPS_MAX: usize = 200;

/// Symbols beyond K after which an object that nobody forged has to be there: more than RaptorQ ever needed.
const ENOUGH: usize = 8;

/// An object that is really sent.
struct Sent {
    object: Object,
    bytes: Vec<u8>,
    encoder: Encoder,
}

impl Sent {
    fn frame(&self, first: u32, count: u32) -> Vec<u8> {
        let first = Esi::ZERO.wrapping_add(first);
        let symbols = self.encoder.symbols(&self.bytes, first, count).expect("symbols");
        Frame::new(self.object, first, &symbols).expect("a frame").encode()
    }
}

/// Of 1, 3, 11 and 40 source symbols.
static SENT: LazyLock<Vec<Sent>> = LazyLock::new(|| {
    [100, 520, 1_900, 7_000]
        .into_iter()
        .map(|length| {
            let bytes = materials::bytes(length);
            let object = Object::new(&bytes).expect("an object");
            Sent { encoder: Encoder::new(&object, &bytes).expect("an encoder"), object, bytes }
        })
        .collect()
});

/// What one input did so far.
struct Trial {
    assemblies: Assemblies,
    now: i64,
    /// Links over which symbols of an object were forged.
    forged: BTreeMap<Object, BTreeSet<String>>,
    /// True symbols heard of each object that was not complete yet.
    heard: BTreeMap<Object, BTreeSet<u32>>,
    complete: BTreeSet<Object>,
}

impl Trial {
    fn hear(&mut self, link: &str, bytes: &[u8]) {
        let Some(object) = self.assemblies.hear(link, bytes, self.now).expect("a disk") else { return };
        // The search for false symbols may take a second; here it ends after so many steps.
        let steps = Cell::new(0_u32);
        let stop = || {
            steps.set(steps.get() + 1);
            steps.get() > 300
        };
        if let Some(complete) = self.assemblies.attempt(&object, self.now, &stop).expect("a disk") {
            self.check(&complete);
            self.complete.insert(object);
            self.assemblies.judged(&object, self.now).expect("a disk");
        }
    }

    fn check(&self, complete: &CompleteObject) {
        let object = complete.object();
        assert!(object.matches(complete.bytes()), "given out, and not what its id says");
        if let Some(sent) = SENT.iter().find(|sent| sent.object == object) {
            assert!(complete.bytes() == sent.bytes, "given out, and never sent");
        }
        for accused in complete.false_symbols() {
            let forgers = self.forged.get(&object);
            assert!(forgers.is_some_and(|links| links.contains(&accused.link)), "{} forged nothing", accused.link);
        }
    }

    /// Whether an object has to be complete by now: nobody forged, and nothing had to make room.
    fn is_due(&self, sent: &Sent) -> bool {
        let spoiled = self.forged.contains_key(&sent.object) || self.assemblies.evicted() > 0;
        let laborious = self.assemblies.live().get(&sent.object).is_some_and(|assembly| assembly.laborious() > 0);
        let heard = self.heard.get(&sent.object).map_or(0, BTreeSet::len);
        !spoiled && !laborious && heard >= sent.object.source_symbols() as usize + ENOUGH
    }
}

fn folder() -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    super::publication::scratch().join(format!("symbols-{}", NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// Each step is an operation and what it takes.
pub(super) fn run(input: &[u8]) -> Reached {
    let mut input = Input::new(input);
    let folder = folder();
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut trial = Trial {
        assemblies: Assemblies::open(&folder, materials::NOW).expect("a disk"),
        now: materials::NOW,
        forged: BTreeMap::new(),
        heard: BTreeMap::new(),
        complete: BTreeSet::new(),
    };
    let mut last = Vec::new();
    for _ in 0..STEPS_MAX {
        if input.is_empty() {
            break;
        }
        step(&mut trial, &mut input, &mut last, &folder);
        assert!(trial.assemblies.live().len() <= LIVE_OBJECTS_MAX);
        for sent in SENT.iter().filter(|sent| !trial.complete.contains(&sent.object)) {
            assert!(!trial.is_due(sent), "{} true symbols gave no object", trial.heard[&sent.object].len());
        }
    }
    let taken = Reached::taken(!trial.complete.is_empty());
    drop(trial);
    std::fs::remove_dir_all(&folder).expect("a folder");
    taken
}

fn step(trial: &mut Trial, input: &mut Input<'_>, last: &mut Vec<u8>, folder: &std::path::Path) {
    let operation = input.byte();
    let link = ["serial:a", "serial:b", "qr:c", "file:d"][usize::from(operation >> 3) % 4];
    let sent = &SENT[usize::from(operation >> 5) % 4];
    match operation % 8 {
        // A true frame; the second form is half of what a sender sends, and no other comes as often.
        0 | 1 => {
            let first =
                if operation.is_multiple_of(8) { u32::from(input.byte()) } else { u32::from(input.short()) * 131 };
            let count = u32::from(input.byte()) % 6 + 1;
            *last = sent.frame(first, count);
            if !trial.complete.contains(&sent.object) {
                trial.heard.entry(sent.object).or_default().extend((0..count).map(|more| first + more));
            }
            trial.hear(link, last);
        }
        // A forged frame: one pattern over a true one.
        2 => {
            let (first, count) = (u32::from(input.byte()), u32::from(input.byte()) % 3 + 1);
            let (at, pattern) = (usize::from(input.byte()) % 176, input.byte() | 1);
            let bytes = sent.frame(first, count);
            let mut symbols = Frame::parse(&bytes).expect("a frame").symbols.to_vec();
            symbols.iter_mut().skip(at).for_each(|byte| *byte ^= pattern);
            trial.forged.entry(sent.object).or_default().insert(link.to_owned());
            *last = Frame::new(sent.object, Esi::ZERO.wrapping_add(first), &symbols).expect("a frame").encode();
            trial.hear(link, last);
        }
        // The last frame again, damaged.
        3 => {
            let (at, with) = (usize::from(input.short()), input.byte());
            let mut damaged = last.clone();
            let length = damaged.len().max(1);
            if let Some(byte) = damaged.get_mut(at % length) {
                *byte ^= with | 1;
            }
            trial.hear(link, &damaged);
        }
        // A frame of an object nobody has, or a true id with another length.
        4 => {
            let (id, length) = (input.byte(), u32::from(input.short()).pow(2) % (1 << 20) + 1);
            let id = if id < 4 { SENT[usize::from(id)].object.id } else { ObjectId([id; 16]) };
            let object = Object { id, length: ObjectLength::new(length).expect("a length") };
            if SENT.iter().any(|sent| sent.object == object) {
                return;
            }
            let first = Esi::ZERO.wrapping_add(u32::from(input.byte()));
            *last = Frame::new(object, first, &[input.byte(); 176]).expect("a frame").encode();
            trial.hear(link, last);
        }
        5 => trial.now += i64::from(input.byte()).pow(2),
        6 => {
            if input.byte().is_multiple_of(4) {
                trial.assemblies = Assemblies::open(folder, trial.now).expect("a disk");
            } else {
                // A forged one is forged by whoever repeats it.
                let bytes = last.clone();
                if let Ok(frame) = Frame::parse(&bytes)
                    && let Some(sent) = SENT.iter().find(|sent| sent.object == frame.object)
                    && sent.frame(frame.first.get(), u32::from(frame.count)) != bytes
                {
                    trial.forged.entry(sent.object).or_default().insert(link.to_owned());
                }
                trial.hear(link, &bytes);
            }
        }
        _ => {
            let bytes = input.short_text().to_vec();
            trial.hear(link, &bytes);
        }
    }
}

/// True frames of every object; with forged ones between; with restarts; by many links.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for object in 0..4_u8 {
        let pick = object << 5;
        let source = (0..24_u8).flat_map(|n| [pick | (n % 4) << 3, n * 2, 1]).collect::<Vec<u8>>();
        let repair = (0..24_u8).flat_map(|n| [pick | 1, n, 1, 1]).collect::<Vec<u8>>();
        let poisoned = (0..30_u8)
            .flat_map(|n| match n % 6 {
                5 => vec![pick | 8 | 2, n * 2, 0, n, 0x55],
                4 => vec![pick | 3, n, 0, 1],
                _ => vec![pick, n * 2, 2],
            })
            .collect::<Vec<u8>>();
        let restarted = (0..30_u8)
            .flat_map(|n| match n % 5 {
                3 => vec![6, 0],
                4 => vec![5, n],
                _ => vec![pick, n * 2, 1],
            })
            .collect::<Vec<u8>>();
        seeds.extend([source, repair, poisoned, restarted]);
    }
    let flood = (0..40_u8)
        .flat_map(|n| if n % 2 == 0 { vec![4, 10 + n, n, n, 0, 7] } else { vec![0x60, n * 2, 3] })
        .collect::<Vec<u8>>();
    seeds.push(flood);
    seeds
}
