//! Beacons: the status of a sender while it has nothing else to send.
//!
//! ```text
//! D7 52 01 01 │ 02 │ source     sent    manifest  next contact  objects: count, id and length each │ CRC-32C │ MAC
//!             │kind│ 32 bytes   zigzag  varint    option zigzag varint, 16 bytes + varint          │ 4 bytes │ 16 bytes
//! ```
//!
//! Every beacon carries the MAC of a transport key; others are refused. A beacon decides nothing about an item: it
//! shows that the link works, which objects are the newest, and when the source promises the next contact.
//!
//! ```
//! use rootcast_protocol::digest::Digest;
//! use rootcast_protocol::frame::beacon::Beacon;
//! use rootcast_protocol::frame::{FrameError, Opened, open};
//! use rootcast_protocol::transport_key::TransportKey;
//!
//! let beacon = Beacon {
//!     source: Digest::of(b"the root's public key"),
//!     sent: 1_795_219_200,
//!     manifest_number: 1,
//!     next_contact_by: Some(1_802_995_200),
//!     objects: Vec::new(),
//! };
//! let key = TransportKey::new([7; 16]);
//! let frame = beacon.encode(&key);
//! assert_eq!(open(&frame, &[key]), Ok(Opened::Beacon(beacon)));
//! assert_eq!(open(&frame, &[TransportKey::new([8; 16])]), Err(FrameError::MacWrong));
//! assert_eq!(open(&frame, &[]), Err(FrameError::MacWithoutKey));
//! ```

use serde::{Deserialize, Serialize};

use super::envelope::sealed;
use super::error::FrameError;
use crate::digest::Digest;
use crate::limits::{BEACON_OBJECTS_MAX, OBJECT_SIZE_MAX};
use crate::object::{Object, ObjectId, ObjectLength};
use crate::transport_key::TransportKey;

/// Frame kind: what the sender tells a listener between objects, see [`Beacon`]. Only with a MAC.
pub const KIND_BEACON: u8 = 2;

/// The status of a sender.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Beacon {
    /// SHA-256 of the root's SubjectPublicKeyInfo, as in its manifests.
    pub source: Digest,
    /// When it was sent, seconds since 1970-01-01T00:00:00Z. Later beacons say later times, so that one shown again is known.
    pub sent: i64,
    /// The number of the newest manifest; 0 if there is none yet.
    pub manifest_number: u64,
    /// When the source promises the next contact, in the same unit.
    pub next_contact_by: Option<i64>,
    /// The newest objects, the newest first; at most [`BEACON_OBJECTS_MAX`].
    pub objects: Vec<Object>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    kind: u8,
    source: Digest,
    sent: i64,
    manifest_number: u64,
    next_contact_by: Option<i64>,
    objects: u32,
}

#[derive(Serialize, Deserialize)]
struct Named {
    id: [u8; 16],
    length: u32,
}

impl Beacon {
    /// The frame, with a MAC of this key. Objects beyond [`BEACON_OBJECTS_MAX`] are left out.
    #[must_use]
    pub fn encode(&self, key: &TransportKey) -> Vec<u8> {
        sealed(&self.body(), Some(key))
    }

    fn body(&self) -> Vec<u8> {
        let objects = self.objects.get(..BEACON_OBJECTS_MAX).unwrap_or(&self.objects);
        let head = Head {
            kind: KIND_BEACON,
            source: self.source,
            sent: self.sent,
            manifest_number: self.manifest_number,
            next_contact_by: self.next_contact_by,
            objects: u32::try_from(objects.len()).unwrap_or(0),
        };
        // Serialising plain numbers into memory has no way to fail.
        let mut bytes = postcard::to_allocvec(&head).unwrap_or_default();
        for object in objects {
            let named = Named { id: object.id.0, length: object.length.get() };
            bytes.extend(postcard::to_allocvec(&named).unwrap_or_default());
        }
        bytes
    }

    /// Reads what stands between flags and CRC of a frame whose MAC is right: all of it or nothing.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, FrameError> {
        let (head, mut rest) = postcard::take_from_bytes::<Head>(body).map_err(|_| FrameError::Header)?;
        let count = head.objects;
        if usize::try_from(count).map_or(true, |count| count > BEACON_OBJECTS_MAX) {
            return Err(FrameError::BeaconObjects { count, count_max: BEACON_OBJECTS_MAX });
        }
        let mut objects = Vec::new();
        for _ in 0..count {
            let (named, after) = postcard::take_from_bytes::<Named>(rest).map_err(|_| FrameError::Header)?;
            let length = ObjectLength::new(named.length)
                .map_err(|_| FrameError::ObjectLength { length: named.length, length_max: OBJECT_SIZE_MAX })?;
            objects.push(Object { id: ObjectId(named.id), length });
            rest = after;
        }
        if !rest.is_empty() {
            return Err(FrameError::Header);
        }
        let Head { source, sent, manifest_number, next_contact_by, .. } = head;
        let beacon = Self { source, sent, manifest_number, next_contact_by, objects };
        if beacon.body() == body { Ok(beacon) } else { Err(FrameError::Spelling) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Opened, open};

    fn beacon(objects: u8) -> Beacon {
        let object = |n: u8| Object { id: ObjectId([n; 16]), length: ObjectLength::new(700 + u32::from(n)).unwrap() };
        Beacon {
            source: Digest([9; 32]),
            sent: 1_795_305_600,
            manifest_number: 7,
            next_contact_by: Some(1_797_897_600),
            objects: (0..objects).map(object).collect(),
        }
    }

    #[test]
    fn a_beacon_is_about_120_bytes_and_comes_back() {
        let key = TransportKey::new([1; 16]);
        for objects in 0..=4 {
            let bytes = beacon(objects).encode(&key);
            assert!((70..=160).contains(&bytes.len()), "{} bytes", bytes.len());
            let Ok(Opened::Beacon(back)) = open(&bytes, std::slice::from_ref(&key)) else { panic!("no beacon") };
            assert_eq!(back, beacon(objects));
        }
        assert_eq!(beacon(2).encode(&key).len(), 106);
    }

    #[test]
    fn a_beacon_without_or_with_another_mac_is_none() {
        let (key, other) = (TransportKey::new([1; 16]), TransportKey::new([2; 16]));
        let bytes = beacon(2).encode(&key);
        assert_eq!(open(&bytes, &[]), Err(FrameError::MacWithoutKey));
        assert_eq!(open(&bytes, &[other]), Err(FrameError::MacWrong));
        let without = sealed(&beacon(2).body(), None);
        assert_eq!(open(&without, &[]), Err(FrameError::Kind { found: KIND_BEACON }));
        assert_eq!(open(&without, &[key]), Err(FrameError::MacMissing));
    }

    #[test]
    fn bytes_that_follow_and_objects_that_are_too_many_or_too_long_are_refused() {
        let key = TransportKey::new([1; 16]);
        let body = beacon(2).body();
        let refused = |body: &[u8]| open(&sealed(body, Some(&key)), std::slice::from_ref(&key)).unwrap_err();
        assert_eq!(refused(&[body.clone(), vec![0]].concat()), FrameError::Header);
        assert_eq!(refused(&body[..body.len() - 1]), FrameError::Header);
        let many = beacon(9);
        let mut head = beacon(0).body();
        head.pop();
        head.push(9);
        many.objects.iter().for_each(|o| head.extend(o.id.0.iter().copied().chain([0xbc, 0x05])));
        assert_eq!(refused(&head), FrameError::BeaconObjects { count: 9, count_max: 4 });
        let mut none = beacon(0).body();
        none.pop();
        none.push(1);
        none.extend([0; 17]);
        assert!(matches!(refused(&none), FrameError::ObjectLength { length: 0, .. }));
    }
}
