//! Beacons of this state: what it says of itself while it has nothing to send.
//!
//! Must not: read a clock, or choose when to speak.

use rootcast_protocol::digest::Digest;
use rootcast_protocol::frame::beacon::Beacon;
use rootcast_protocol::object::Object;
use rootcast_protocol::transport_key::TransportKey;

use crate::store::state::{State, StateError};

/// What one root says. It says it again and again, each time with the time.
#[derive(Debug, Clone)]
pub struct Message {
    beacon: Beacon,
    key: TransportKey,
}

impl Message {
    /// What `source` says: that this manifest and these objects are its newest, and when to expect the next word.
    #[must_use]
    pub fn new(
        source: Digest,
        manifest_number: u64,
        objects: Vec<Object>,
        next_contact_by: Option<i64>,
        key: &TransportKey,
    ) -> Self {
        let beacon = Beacon { source, sent: 0, manifest_number, next_contact_by, objects };
        Self { beacon, key: key.clone() }
    }

    /// The frame, said at `now`, Unix seconds.
    #[must_use]
    pub fn frame_at(&self, now: i64) -> Vec<u8> {
        Beacon { sent: now, ..self.beacon.clone() }.encode(&self.key)
    }

    /// What it says, but for the time.
    #[must_use]
    pub fn beacon(&self) -> &Beacon {
        &self.beacon
    }
}

/// What the roots of this state say: for each of `sources` its newest manifest, and when to expect the next word.
///
/// # Errors
/// When a bundle that was made cannot be read back.
pub fn messages(
    state: &State<'_>,
    sources: &[Digest],
    next_contact_by: Option<i64>,
    key: &TransportKey,
) -> Result<Vec<Message>, StateError> {
    let message = |source: &Digest| {
        let last = state.record.sources.iter().find(|record| record.source == *source);
        let mut objects = Vec::new();
        if let Some(last) = last {
            objects.extend(Object::of(&state.bundle(&last.object)?).ok());
        }
        let manifest_number = last.map_or(0, |last| last.manifest_number);
        Ok(Message::new(*source, manifest_number, objects, next_contact_by, key))
    };
    sources.iter().map(message).collect()
}
