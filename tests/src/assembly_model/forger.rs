//! Somebody who writes on a link. He knows the format, computes right CRCs, and has no key.

use rootcast_protocol::esi::Esi;
use rootcast_protocol::frame::{Frame, FrameError};
use rootcast_protocol::object::{Object, ObjectId, ObjectLength};

use super::counts::{Count, Counts};
use super::sender::Truth;
use crate::forged::frames_of;
use crate::seeds::Chance;

/// What he likes best; now and then he does something else.
#[derive(Debug)]
pub(super) struct Forger {
    usual: usize,
    pattern: u8,
}

const WAYS: usize = 6;

impl Forger {
    pub(super) fn new(chance: &mut Chance) -> Self {
        // One pattern over all sets off the longest searches, a second each: it is the habit of fewer.
        let habits = [0, 0, 0, 2, 2, 2, 3, 3, 4, 4, 5, 1];
        Self { usual: habits[chance.below(habits.len())], pattern: 1 + chance.below(255) as u8 }
    }

    /// A forged frame, he having seen `frame`; with it an object of his own, if it is one.
    pub(super) fn forge(
        &mut self,
        frame: &[u8],
        truths: &[Truth],
        chance: &mut Chance,
        counts: &mut Counts,
    ) -> (Vec<u8>, Option<(Object, Vec<u8>)>) {
        let truth = &truths[chance.below(truths.len())];
        // The MAC of a frame is behind its CRC, and a forger without the key leaves it away.
        let seen = Frame::parse(frame).ok();
        let (object, first, length) =
            seen.map_or((truth.object, Esi::ZERO, 176), |seen| (seen.object, seen.first, seen.symbols.len()));
        let way = if chance.below(4) == 0 { chance.below(WAYS) } else { self.usual };
        let (made, count): (Result<Vec<u8>, FrameError>, Count) = match way {
            0 => (made(object, first, &chance.bytes(length)), Count::Forged),
            1 => {
                let wrong: Vec<u8> = match seen {
                    Some(seen) => seen.symbols.iter().map(|byte| byte ^ self.pattern).collect(),
                    None => vec![self.pattern; length],
                };
                (made(object, first, &wrong), Count::ForgedAlike)
            }
            2 => {
                let first = Esi::new(chance.below((1 << 24) - 6) as u32).expect("an ESI");
                (made(object, first, &chance.bytes(length)), Count::ForgedFarAway)
            }
            3 => {
                let other = 1 + chance.below(3 * object.length.get() as usize) as u32;
                let object = Object { id: object.id, length: ObjectLength::new(other).expect("a length") };
                (made(object, Esi::ZERO, &chance.bytes(176)), Count::WrongLength)
            }
            4 => {
                let id = ObjectId(chance.bytes(16).try_into().expect("16 bytes"));
                let length = ObjectLength::new(1 + chance.below(40_000) as u32).expect("a length");
                (made(Object { id, length }, Esi::ZERO, &chance.bytes(176)), Count::MadeUp)
            }
            _ => {
                let length = 1 + chance.below(170);
                let bytes = chance.bytes(length);
                counts.add(Count::Junk);
                return (frames_of(&bytes, 0, 1).remove(0), Some((Object::new(&bytes).expect("an object"), bytes)));
            }
        };
        counts.add(count);
        (made.expect("a frame"), None)
    }
}

fn made(object: Object, first: Esi, symbols: &[u8]) -> Result<Vec<u8>, FrameError> {
    Frame::new(object, first, symbols).map(|frame| frame.encode())
}
