//! Who sends what.

use std::sync::Arc;

use rootcast_protocol::esi::Esi;
use rootcast_protocol::fec::Encoder;
use rootcast_protocol::frame::Frame;
use rootcast_protocol::object::Object;
use rootcast_protocol::transport_key::TransportKey;

use crate::seeds::Chance;

/// An object that is really sent.
#[derive(Clone)]
pub(super) struct Truth {
    pub(super) object: Object,
    pub(super) bytes: Vec<u8>,
    pub(super) encoder: Arc<Encoder>,
}

impl Truth {
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        let object = Object::new(&bytes).expect("an object");
        let encoder = Arc::new(Encoder::new(&object, &bytes).expect("an encoder"));
        Self { object, bytes, encoder }
    }

    /// Bytes of no meaning, small sizes more often than large ones: 1 to 48 symbols.
    pub(super) fn random(chance: &mut Chance) -> Self {
        let most = [2, 4, 6, 8, 12, 12, 24, 48][chance.below(8)];
        let length = 1 + chance.below(most * 176);
        Self::of(chance.bytes(length))
    }

    pub(super) fn frame(&self, first: u32, count: u32, key: Option<&TransportKey>) -> Vec<u8> {
        let first = Esi::new(first & 0xff_ffff).expect("an ESI");
        let symbols = self.encoder.symbols(&self.bytes, first, count).expect("symbols");
        Frame::new(self.object, first, &symbols).expect("a frame").encode_with(key)
    }
}

/// A carousel: one object, symbol after symbol, from an ESI of its own on.
pub(super) struct Sender {
    truth: usize,
    next: u32,
    pub(super) per_frame: u32,
}

impl Sender {
    pub(super) fn new(number: u32, truth: usize, truths: &[Truth], chance: &mut Chance) -> Self {
        let source_symbols = truths[truth].object.source_symbols();
        let per_frame = 1 + chance.below(6) as u32;
        // The first transmission starts at 0, others anywhere; the space of ids wraps.
        let next = if number == 0 { 0 } else { chance.below(1 << 24) as u32 };
        // Where all fit one frame, every frame is the source symbols.
        let next = if source_symbols <= per_frame { 0 } else { next };
        Self { truth, next, per_frame: per_frame.min(source_symbols) }
    }

    pub(super) fn next(&mut self, truths: &[Truth], key: Option<&TransportKey>) -> Vec<u8> {
        let truth = &truths[self.truth];
        // A frame does not go round the end of the ids.
        let first = if self.next & 0xff_ffff > 0xff_ffff - self.per_frame { 0 } else { self.next };
        let frame = truth.frame(first, self.per_frame, key);
        if truth.object.source_symbols() > self.per_frame {
            self.next = first.wrapping_add(self.per_frame);
        }
        frame
    }
}
