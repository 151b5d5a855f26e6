//! A long judgement ends at a signal, and is made by the next run. An attempt at decoding finds as much on a busy machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rootcast_host::interrupt::Interrupt;
use rootcast_host::processor_time::{Budget, of_this_process, of_this_thread};
use rootcast_online::gate;
use rootcast_online::link::optical::qr_reader::Reading;
use rootcast_online::link::optical::viewfinder::View;
use rootcast_online::link::{Flow, LinkEvent, LinkFailure, Receiver};
use rootcast_online::publication::Record;
use rootcast_online::reception::assembly::Assemblies;
use rootcast_online::reception::last_contact::Taken;
use rootcast_online::reception::{Ended, GoesOnWithout, LinkState};
use rootcast_online::session::{Conclusion, GoesOn, Observer, Session, Settings};
use rootcast_pki::history::NoState;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::stage::Ruling;
use rootcast_pki::stop::{Stop, Stopped};
use rootcast_pki::time::Timestamp;
use rootcast_pki::{item, judge_until};
use rootcast_protocol::esi::Esi;
use rootcast_protocol::fec::Encoder;
use rootcast_protocol::frame::Frame;
use rootcast_protocol::frame::beacon::Beacon;
use rootcast_protocol::manifest::ItemKind;
use rootcast_protocol::object::Object;
use rootcast_tests::forged;
use rootcast_tests::seeds::{Chance, chance};
use rootcast_tests::sides::Sides;

/// Frames of a link that ends behind them.
struct Frames(std::vec::IntoIter<Vec<u8>>);

impl Receiver for Frames {
    fn receive(&mut self, _: Duration, hear: &mut dyn FnMut(LinkEvent)) -> Result<Flow, LinkFailure> {
        let Some(frame) = self.0.next() else { return Ok(Flow::Ended) };
        hear(LinkEvent::Frame(frame));
        Ok(Flow::More)
    }
}

/// Gives a signal as soon as so many symbols are there.
struct Impatient {
    interrupt: Interrupt,
    at: u32,
    judged: Vec<Ruling>,
    unjudged: u32,
}

impl Observer for Impatient {
    fn resumed(&mut self, _: &Assemblies) {}

    fn judged(&mut self, object: &gate::JudgedObject, _: i64) {
        self.judged.extend(object.items.iter().map(|item| item.verdict));
    }

    fn unjudged(&mut self, _: &Object, _: i64) {
        self.unjudged += 1;
    }

    fn goes_on(&mut self, _: GoesOn, _: i64) {}
    fn roots_read_again(&mut self, _: &[gate::Root], _: &Record) {}
    fn beacon(&mut self, _: &str, _: &Beacon, _: Taken, _: i64) {}
    fn notice(&mut self, _: &str, _: &str, _: i64) {}
    fn failed(&mut self, _: &str, _: &LinkFailure, _: Option<GoesOnWithout>, _: i64) {}
    fn seen(&mut self, _: &str, _: &Reading, _: Option<&View>, _: i64) {}

    fn progress(&mut self, assemblies: &Assemblies, _: &[(String, LinkState)]) {
        if assemblies.live().values().any(|assembly| assembly.symbols() >= self.at) {
            self.interrupt.set();
        }
    }
}

fn receive(sides: &Sides, frames: Vec<Vec<u8>>, at: u32) -> (Conclusion, Impatient) {
    let interrupt = Interrupt::default();
    let mut observer = Impatient { interrupt: interrupt.clone(), at, judged: Vec::new(), unjudged: 0 };
    let session = Session::open(&sides.online, "a test", rootcast_host::clock::now).unwrap();
    let link: Box<dyn Receiver> = Box::new(Frames(frames.into_iter()));
    let links = vec![("toy:frames".to_owned(), link)];
    let conclusion = session.run(links, Settings::default(), &mut observer, &interrupt).unwrap();
    (conclusion, observer)
}

#[test]
fn a_signal_during_a_long_judgement_ends_it_and_the_next_run_makes_it() {
    let mut chance = chance("a_signal_during_a_long_judgement");
    let sides = Sides::enrolled();
    let (_, crl) = sides.long_crl_file(1, 20_000, &mut chance);
    let bytes = forged::object_of(&[(ItemKind::Crl, "root.crl", &crl)]);
    let needed = Object::new(&bytes).unwrap().source_symbols();
    let frames = forged::frames_of(&bytes, 0, needed as usize);
    let per_frame = Frame::parse(&frames[0]).unwrap().symbols().count() as u32;
    // The signal comes with the last frame that is needed: the object is complete, and its judgement begins.
    let last = needed.div_ceil(per_frame);
    let (conclusion, observer) = receive(&sides, frames[..last as usize].to_vec(), needed);
    assert_eq!(conclusion.ended, Ended::Interrupted);
    assert_eq!((observer.unjudged, observer.judged.len()), (1, 0), "the judgement was begun and not made");
    assert!(!sides.is_published(&crl));
    // Nothing comes any more: it is on the disk.
    let (conclusion, observer) = receive(&sides, Vec::new(), u32::MAX);
    assert_eq!(conclusion.ended, Ended::LinksEnded);
    assert_eq!((observer.unjudged, observer.judged), (0, vec![Ruling::Accepted]));
    sides.assert_published(&crl);
}

/// A CRL with so many entries, and one after it that has one more.
fn two_crls(sides: &Sides, entries: u64) -> (Vec<u8>, Vec<u8>) {
    let of = |number: u32, entries: u64| {
        let mut draft = sides.crl(number);
        (0..entries).for_each(|entry| draft.revoke(1_000_000 + entry * 7_919 % 999_983, sides.root.now - 1_000));
        draft.sign()
    };
    (of(1, entries), of(2, entries + 1))
}

// A stop anywhere on the way gives no verdict, and never another one than without it.
#[test]
fn a_judgement_that_is_stopped_anywhere_gives_no_verdict() {
    let sides = Sides::enrolled();
    let (before, now) = two_crls(&sides, 30_000);
    let issuer = Issuer::from_certificate(&sides.root.certificate, &Policy::default()).unwrap();
    let files = [("DER", now.clone()), ("PEM", item::to_pem(item::ItemKind::Crl, &now).into_bytes())];
    for (form, file) in files {
        let judge_with = |most: u32| {
            let asked = Arc::new(AtomicU32::new(0));
            let count = Arc::clone(&asked);
            let stop = Stop::when(move || count.fetch_add(1, Ordering::Relaxed) >= most);
            let verdict = item::read_until(&file, &stop).and_then(|item| {
                let item = item.unwrap();
                let history = NoState { previous: Some(&before), ..NoState::default() };
                let policy = Policy::default();
                let now = Timestamp(sides.root.now);
                judge_until(&item, std::slice::from_ref(&issuer), &history, &policy, now, &stop)
                    .map(|judgement| judgement.verdict.outcome.ruling())
            });
            (verdict, asked.load(Ordering::Relaxed))
        };
        let (verdict, asked) = judge_with(u32::MAX);
        assert_eq!(verdict, Ok(Ruling::Accepted), "{form}");
        assert!(asked > 20, "{form}: asked {asked} times only");
        for most in 0..asked {
            assert_eq!(judge_with(most).0, Err(Stopped), "{form}: stopped at question {most} of {asked}");
        }
    }
}

/// Less than the budget of an attempt, and more than a busy machine gives to one of many in a second.
const MOST: Duration = Duration::from_millis(800);
const LEAST: Duration = Duration::from_millis(300);

/// One attempt at an object of which two frames were forged with one pattern: the pair that explains it is among the last
/// that are weighed. Gives whether the bytes are right, if it found any, and what it spent.
fn attempt(source_symbols: usize, per_frame: usize, chance: &mut Chance) -> (Option<bool>, Budget) {
    let bytes = chance.bytes(source_symbols * 176 - 9);
    let object = Object::new(&bytes).unwrap();
    let encoder = Encoder::new(&object, &bytes).unwrap();
    let count = (source_symbols + 150) / per_frame;
    let symbol_size = usize::from(object.symbol_size().get());
    let pattern = chance.bytes(symbol_size);
    let folder = tempfile::tempdir().unwrap();
    let mut assemblies = Assemblies::open(folder.path(), 0).unwrap();
    for number in 0..count {
        let first = Esi::new((number * per_frame) as u32).unwrap();
        let mut symbols = encoder.symbols(&bytes, first, per_frame as u32).unwrap();
        if number == 0 || number == count - 1 {
            symbols.iter_mut().zip(pattern.iter().cycle()).for_each(|(byte, error)| *byte ^= error);
        }
        let frame = Frame::new(object, first, &symbols).unwrap().encode();
        // Attempts on the way are not made.
        let _ = assemblies.hear("link", &frame, 0).unwrap();
    }
    let budget = Budget::new(MOST);
    let complete = assemblies.attempt(&object, 0, &|| false).unwrap();
    (complete.map(|complete| complete.bytes() == bytes), budget)
}

// A budget of time on the wall made a busy machine give up early: one of twelve gets a seventh of two processors.
#[test]
fn beside_busy_loops_false_symbols_are_found_as_well_as_on_an_idle_machine() {
    let seed = chance("beside_busy_loops").bits();
    let sizes = [300, 600, 1_200].into_iter().flat_map(|source_symbols| {
        [16, 12, 9, 7, 5, 4, 3, 2].into_iter().map(move |per_frame| (source_symbols, per_frame))
    });
    // One that takes more than a third of the budget, and not all of it.
    let found = sizes.into_iter().find_map(|(source_symbols, per_frame)| {
        let (right, spent) = attempt(source_symbols, per_frame, &mut Chance::new(seed));
        let is_worth_it = right == Some(true) && spent.spent() >= LEAST && !spent.left().is_zero();
        is_worth_it.then(|| (source_symbols, per_frame, spent.spent()))
    });
    let (source_symbols, per_frame, alone) = found.expect("an attempt that takes a while on this machine");
    let ends = Arc::new(AtomicBool::new(false));
    let loops = 12.max(6 * thread::available_parallelism().map_or(2, usize::from));
    let busy: Vec<_> = (0..loops)
        .map(|_| {
            let ends = Arc::clone(&ends);
            thread::spawn(move || while !ends.load(Ordering::Relaxed) {})
        })
        .collect();
    let others = || of_this_process().saturating_sub(of_this_thread());
    let (begun, before) = (Instant::now(), others());
    let (right, spent) = attempt(source_symbols, per_frame, &mut Chance::new(seed));
    let (wall, others, spent) = (begun.elapsed(), others() - before, spent.spent());
    ends.store(true, Ordering::Relaxed);
    busy.into_iter().for_each(|thread| thread.join().unwrap());
    println!(
        "K = {source_symbols}, {per_frame} symbols a frame: {alone:?} of the processor alone; beside {loops} busy loops {spent:?}, \
         {wall:?} on the wall"
    );
    assert!(others >= spent, "the loops did not take the processor: {others:?}, and {spent:?} here");
    assert_eq!(
        right,
        Some(true),
        "not found beside {loops} busy loops: {spent:?} of the processor, {wall:?} on the wall"
    );
}
