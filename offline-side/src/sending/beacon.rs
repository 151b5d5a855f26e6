//! Beacons of this state: its own status, sent while there is nothing else to send.
//!
//! Must not: read a clock, or choose when to send.

use rootcast_protocol::digest::Digest;
use rootcast_protocol::frame::beacon::Beacon;
use rootcast_protocol::object::Object;
use rootcast_protocol::transport_key::TransportKey;

use crate::store::state::{State, StateError};

/// The beacon of one root. It is sent periodically, each time with the current time.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    beacon: Beacon,
    key: TransportKey,
}

impl Message {
    /// The beacon of `source`: its newest manifest and objects, and when to expect the next contact.
    #[must_use]
    pub(crate) fn new(
        source: Digest,
        manifest_number: u64,
        objects: Vec<Object>,
        next_contact_by: Option<i64>,
        key: &TransportKey,
    ) -> Self {
        let beacon = Beacon { source, sent: 0, manifest_number, next_contact_by, objects };
        Self { beacon, key: key.clone() }
    }

    /// The frame as sent at `now`, Unix seconds.
    #[must_use]
    pub(crate) fn frame_at(&self, now: i64) -> Vec<u8> {
        Beacon { sent: now, ..self.beacon.clone() }.encode(&self.key)
    }

    /// Its content without the time.
    #[must_use]
    pub(crate) fn beacon(&self) -> &Beacon {
        &self.beacon
    }
}

/// The beacons of this state: for each of `sources` its newest manifest, and when to expect the next contact.
///
/// # Errors
/// When a bundle that was made cannot be read back.
pub(crate) fn messages(
    state: &State<'_>,
    sources: &[Digest],
    next_contact_by: Option<i64>,
    key: &TransportKey,
) -> Result<Vec<Message>, StateError> {
    let message = |source: &Digest| {
        let last = state.record.sources.iter().find(|record| record.source == *source);
        let mut objects = Vec::new();
        if let Some(last) = last {
            objects.extend(Object::new(&state.bundle(&last.object)?).ok());
        }
        let manifest_number = last.map_or(0, |last| last.manifest_number);
        Ok(Message::new(*source, manifest_number, objects, next_contact_by, key))
    };
    sources.iter().map(message).collect()
}
