//! What the lines of a soak carry.

use std::sync::{Arc, Mutex};

use rootcast_protocol::cobs;
use rootcast_protocol::esi::Esi;
use rootcast_protocol::fec::Encoder;
use rootcast_protocol::frame::{Frame, symbols_per_frame};
use rootcast_protocol::manifest::ItemKind;
use rootcast_protocol::object::{Object, ObjectId, ObjectLength};

use crate::forged;
use crate::seeds::Chance;
use crate::sides::Sides;
use crate::throwaway_ca::ThrowAwayCa;

/// Entries of every CRL: about 60 source symbols.
const ENTRIES: usize = 400;
/// Bytes of a frame.
const ROOM: usize = 750;

/// One thing on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A frame of the object on air.
    True,
    /// The same with flipped bytes.
    Damaged,
    /// Bytes of no meaning, zeros among them.
    Noise,
    /// A frame that names the object on air, with a right CRC and other symbols. On the second line only.
    Forged,
    /// A frame of an object that does not exist.
    MadeUp,
    /// A whole object that is no bundle.
    Junk,
    /// A whole bundle with a CRL that somebody else signed in the root's name.
    Impostor,
    /// A frame of a CRL that was published before.
    Old,
}

/// Every kind, with how often of 100 it comes.
const MIX: [(Kind, usize); 8] = [
    (Kind::True, 40),
    (Kind::Damaged, 14),
    (Kind::Noise, 8),
    (Kind::Forged, 6),
    (Kind::MadeUp, 20),
    (Kind::Junk, 5),
    (Kind::Impostor, 4),
    (Kind::Old, 3),
];

/// How many of each kind were sent.
#[derive(Debug, Default)]
pub(super) struct Counts([u64; MIX.len()]);

impl Counts {
    pub(super) fn add(&mut self, kind: Kind) {
        let place = MIX.iter().position(|(known, _)| *known == kind).expect("a kind");
        self.0[place] += 1;
    }

    pub(super) fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    pub(super) fn list(&self) -> Vec<(Kind, u64)> {
        MIX.iter().zip(self.0).map(|((kind, _), count)| (*kind, count)).collect()
    }
}

/// The object that is sent now.
#[derive(Debug)]
pub struct OnAir {
    number: u32,
    serials: Vec<u64>,
    /// The CRL it carries, DER.
    pub crl: Vec<u8>,
    bytes: Vec<u8>,
    object: Object,
    encoder: Arc<Encoder>,
    /// A frame of the one before.
    old: Option<Vec<u8>>,
}

impl OnAir {
    /// The first CRL of a root.
    #[must_use]
    pub fn first(sides: &Sides) -> Self {
        let mut chance = Chance::new(1);
        Self::of(sides, 1, (0..ENTRIES).map(|_| chance.serial()).collect(), None)
    }

    /// The next one takes its place.
    pub fn change(&mut self, sides: &Sides) {
        let old = self.frame(0, 1);
        *self = Self::of(sides, self.number + 1, core::mem::take(&mut self.serials), Some(old));
    }

    fn of(sides: &Sides, number: u32, serials: Vec<u64>, old: Option<Vec<u8>>) -> Self {
        let crl = sides.crl_of_the_minute(number, &serials);
        let bytes = forged::object_of(&[(ItemKind::Crl, "root.crl", &crl)]);
        let object = Object::new(&bytes).expect("an object");
        let encoder = Arc::new(Encoder::new(&object, &bytes).expect("an encoder"));
        Self { number, serials, crl, bytes, object, encoder, old }
    }

    fn frame(&self, first: u32, count: u32) -> Vec<u8> {
        let first = Esi::new(first & 0xff_ffff).expect("an ESI");
        let symbols = self.encoder.symbols(&self.bytes, first, count).expect("symbols");
        Frame::new(self.object, first, &symbols).expect("a frame").encode()
    }
}

/// What comes next on one line.
#[derive(Debug)]
pub struct Fodder {
    line: usize,
    chance: Chance,
    on_air: Arc<Mutex<OnAir>>,
    object: Option<Object>,
    next: u32,
    impostor: ThrowAwayCa,
}

impl Fodder {
    /// The fodder of line 0 or 1.
    #[must_use]
    pub fn new(line: usize, sides: &Sides, on_air: Arc<Mutex<OnAir>>, chance: Chance) -> Self {
        let mut impostor = ThrowAwayCa::at("Example Root 2026", sides.root.now);
        impostor.name.clone_from(&sides.root.name);
        Self { line, chance, on_air, object: None, next: 0, impostor }
    }

    /// The next thing, as bytes of a serial line, and what it is.
    pub fn bring(&mut self) -> (Kind, Vec<u8>) {
        let mut place = self.chance.below(100);
        let mut kind = Kind::True;
        for (this, share) in MIX {
            if place < share {
                kind = this;
                break;
            }
            place -= share;
        }
        if kind == Kind::Forged && self.line == 0 {
            kind = Kind::True;
        }
        if kind == Kind::Noise {
            let length = 1 + self.chance.below(900);
            return (kind, self.chance.bytes(length));
        }
        let (frame, kind) = match self.frame(kind) {
            Some(frame) => (frame, kind),
            None => (self.frame(Kind::True).expect("a frame"), Kind::True),
        };
        let mut out = vec![0];
        cobs::encode(&frame, &mut out);
        (kind, out)
    }

    fn frame(&mut self, kind: Kind) -> Option<Vec<u8>> {
        Some(match kind {
            Kind::True => self.true_frame(),
            Kind::Damaged => {
                let mut frame = self.true_frame();
                for _ in 0..1 + self.chance.below(20) {
                    let at = self.chance.below(frame.len());
                    frame[at] ^= 1 << self.chance.below(8);
                }
                frame
            }
            Kind::Forged => {
                let frame = self.true_frame();
                let parsed = Frame::parse(&frame).expect("a frame");
                let wrong = self.chance.bytes(parsed.symbols.len());
                Frame::new(parsed.object, parsed.first, &wrong).expect("a frame").encode()
            }
            Kind::MadeUp => {
                let id = ObjectId(self.chance.bytes(16).try_into().expect("16 bytes"));
                let symbols = 1 + self.chance.below(4_000) as u32;
                let object = Object { id, length: ObjectLength::new(symbols * 176).expect("a length") };
                let first = Esi::new(self.chance.below(1 << 24) as u32).expect("an ESI");
                let count = symbols.min(1 + self.chance.below(3) as u32);
                Frame::new(object, first, &self.chance.bytes(count as usize * 176)).expect("a frame").encode()
            }
            Kind::Junk => {
                let length = 1 + self.chance.below(500);
                let bytes = self.chance.bytes(length);
                forged::frames_of(&bytes, 0, 1).remove(0)
            }
            Kind::Impostor => {
                let number = 1 + self.chance.bits() % 1_000_000;
                let crl = self.impostor.crl(number).sign();
                let bytes = forged::object_of(&[(ItemKind::Crl, "root.crl", &crl)]);
                let frame = forged::frames_of(&bytes, 0, 1).remove(0);
                Frame::parse(&frame).expect("a frame").whole_object()?;
                frame
            }
            Kind::Old => self.on_air.lock().expect("what is on air").old.clone()?,
            Kind::Noise => unreachable!("noise is no frame"),
        })
    }

    fn true_frame(&mut self) -> Vec<u8> {
        let on_air = self.on_air.lock().expect("what is on air");
        if self.object != Some(on_air.object) {
            self.object = Some(on_air.object);
            self.next = self.line as u32 * 9_000_000;
        }
        let count = symbols_per_frame(&on_air.object, ROOM).expect("room");
        let frame = on_air.frame(self.next, count.into());
        self.next += u32::from(count);
        frame
    }
}
