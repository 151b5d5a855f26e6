//! An object, its encoding symbols, and what goes with them: the transport key and the beacons between frames.

use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use rootcast_protocol::fec::{Encoder, FecError, source_symbols};
use rootcast_protocol::object::Object;
use rootcast_protocol::transport_key::TransportKey;

use super::beacon::Message;
use super::carousel::FrameSymbols;
use crate::link::Stop;

/// An object and its encoding symbols.
#[derive(Debug)]
pub struct SymbolSource {
    object: Object,
    bytes: Vec<u8>,
    encoder: OnceLock<Result<Encoder, FecError>>,
    key: Option<TransportKey>,
    /// The beacons between frames, and the time when the run began.
    messages: (Vec<Message>, i64),
}

impl SymbolSource {
    /// The symbols of the object with these bytes.
    #[must_use]
    pub fn new(object: Object, bytes: Vec<u8>) -> Self {
        Self { object, bytes, encoder: OnceLock::new(), key: None, messages: (Vec::new(), 0) }
    }

    /// The same with a MAC of this key in every frame, and with these beacons at the start and at intervals. `now` is
    /// the current time.
    #[must_use]
    pub(crate) fn with_key(self, key: Option<TransportKey>, messages: Vec<Message>, now: i64) -> Self {
        Self { key, messages: (messages, now), ..self }
    }

    /// The key whose MAC every frame has.
    #[must_use]
    pub(super) fn key(&self) -> Option<&TransportKey> {
        self.key.as_ref()
    }

    /// The beacons between frames, and the time when the run began.
    #[must_use]
    pub(super) fn messages(&self) -> (&[Message], i64) {
        (&self.messages.0, self.messages.1)
    }

    /// The object.
    #[must_use]
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// Prepares the repair symbols. Takes about as long as decoding does.
    pub(crate) fn prepare(&self) {
        self.encoder.get_or_init(|| Encoder::new(&self.object, &self.bytes));
    }

    /// Whether these symbols are there without waiting for the encoder.
    #[must_use]
    pub(super) fn has(&self, wanted: FrameSymbols) -> bool {
        self.are_source(wanted) || self.encoder.get().is_some()
    }

    fn are_source(&self, wanted: FrameSymbols) -> bool {
        wanted.first.get().saturating_add(u32::from(wanted.count)) <= self.object.source_symbols()
    }

    /// The symbols of a frame; `None` if it was time to stop before the encoder was ready.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn symbols(&self, wanted: FrameSymbols, stop: &Stop) -> Result<Option<Vec<u8>>, FecError> {
        let count = u32::from(wanted.count);
        if self.are_source(wanted) {
            return source_symbols(&self.object, &self.bytes, wanted.first, count).map(Some);
        }
        loop {
            match self.encoder.get() {
                Some(Ok(encoder)) => return encoder.symbols(&self.bytes, wanted.first, count).map(Some),
                Some(Err(error)) => return Err(*error),
                None if stop.is_due() => return Ok(None),
                None => thread::sleep(Duration::from_millis(2)),
            }
        }
    }
}
