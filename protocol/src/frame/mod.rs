//! Frames: the unit every link moves, whatever the link.
//!
//! ```text
//! magic  version flags │ kind  object id  length  first ESI  count │ symbols     │ CRC-32C             │ MAC
//! D7 52    01     00   │ 01    16 bytes   varint  varint     varint │ count × T   │ 4 bytes, big-endian │ with flag 01
//! ```
//!
//! There is no start or end frame: each frame alone says to which object its symbols belong. Parsing here allocates
//! nothing but errors, and accepts one spelling of each frame only. It does not keep symbols, and does not know links.
//!
//! ```
//! use rootcast_protocol::esi::Esi;
//! use rootcast_protocol::fec::source_symbols;
//! use rootcast_protocol::frame::{Frame, FrameClass};
//! use rootcast_protocol::object::Object;
//!
//! let bytes = [7; 1000];
//! let object = Object::new(&bytes)?;
//! let symbols = source_symbols(&object, &bytes, Esi::ZERO, 2)?;
//! let sent = Frame::new(object, Esi::ZERO, &symbols)?.encode();
//!
//! let mut received = sent.clone();
//! let frame = Frame::parse(&received)?;
//! assert_eq!((frame.object, frame.first.get(), frame.count), (object, 0, 2));
//! // One bit is wrong: the CRC tells.
//! received[100] ^= 1;
//! let error = Frame::parse(&received).expect_err("it was changed");
//! assert_eq!((error.label(), error.class()), ("frame-crc", FrameClass::Damaged));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::esi::Esi;
use crate::limits::{FRAME_SIZE_MAX, OBJECT_SIZE_MAX};
use crate::object::{Object, ObjectId, ObjectLength};
use crate::transport_key::{MAC_SIZE, TransportKey};

pub mod beacon;
mod envelope;
mod error;

pub use envelope::{FLAG_MAC, FLAGS_MUST_UNDERSTAND, FRAME_SIZE_MIN, MAGIC, VERSION, is_sound};
pub use error::{FrameClass, FrameError};

pub use beacon::KIND_BEACON;

use beacon::Beacon;
use envelope::{CRC_SIZE, FIXED_SIZE, check_envelope, sealed};

/// Frame kind: encoding symbols of an object.
pub const KIND_SYMBOLS: u8 = 1;

/// The longest header with its fixed bytes and CRC: ESI and length of four bytes each, a count of one.
/// A count never needs more, as 16 symbols of 176 bytes fill the largest frame.
const OVERHEAD: usize = FIXED_SIZE + 1 + 16 + 4 + 4 + 1 + CRC_SIZE;

#[derive(Serialize, Deserialize)]
struct Header {
    kind: u8,
    object: [u8; 16],
    length: u32,
    first: u32,
    count: u16,
}

/// One frame of consecutive encoding symbols of one object.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Frame<'a> {
    /// The object the symbols belong to.
    pub object: Object,
    /// The id of the first symbol; the others follow it, wrapping after 2^24 - 1.
    pub first: Esi,
    /// How many symbols there are, at least 1.
    pub count: u16,
    /// The symbols, `count` times the object's symbol size, in bytes.
    pub symbols: &'a [u8],
}

impl<'a> Frame<'a> {
    /// A frame of these symbols, one after the other: `first` is the id of the first.
    ///
    /// # Errors
    /// [`FrameError::SymbolBytes`] where they are none or no whole number of symbols, and [`FrameError::TooLong`] where they
    /// are too many for a frame.
    pub fn new(object: Object, first: Esi, symbols: &'a [u8]) -> Result<Self, FrameError> {
        let symbol_size = object.symbol_size().get();
        let wrong = FrameError::SymbolBytes { found: symbols.len(), count: 0, symbol_size };
        let count = u16::try_from(symbols.len() / usize::from(symbol_size)).map_err(|_| wrong)?;
        if count == 0 || symbols.len() != usize::from(count) * usize::from(symbol_size) {
            return Err(FrameError::SymbolBytes { found: symbols.len(), count, symbol_size });
        }
        let frame = Self { object, first, count, symbols };
        let length = frame.encode().len();
        if length > FRAME_SIZE_MAX {
            return Err(FrameError::TooLong { length, length_max: FRAME_SIZE_MAX });
        }
        Ok(frame)
    }

    /// The bytes of the frame, without a MAC.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.encode_with(None)
    }

    /// The bytes of the frame, with a MAC where there is a key.
    #[must_use]
    pub fn encode_with(&self, key: Option<&TransportKey>) -> Vec<u8> {
        let mut body = self.header(KIND_SYMBOLS);
        body.extend_from_slice(self.symbols);
        sealed(&body, key)
    }

    /// Reads one frame of symbols without a MAC: all of `bytes`, whole or not at all, of an object of at most
    /// [`OBJECT_SIZE_MAX`] bytes.
    ///
    /// # Errors
    /// [`FrameError`]; the order of the checks is length, magic, version, flags, CRC, kind, bounds.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, FrameError> {
        Self::parse_capped(bytes, OBJECT_SIZE_MAX)
    }

    /// As [`Frame::parse`], for objects of at most `object_size_max` bytes.
    ///
    /// # Errors
    /// As [`Frame::parse`], and [`FrameError::ObjectLength`] for a longer object.
    pub fn parse_capped(bytes: &'a [u8], object_size_max: u32) -> Result<Self, FrameError> {
        Self::parse_body(check_envelope(bytes, &[])?, object_size_max)
    }

    fn parse_body(body: &'a [u8], object_size_max: u32) -> Result<Self, FrameError> {
        let (kind, _) = body.split_first().ok_or(FrameError::Header)?;
        if *kind != KIND_SYMBOLS {
            return Err(FrameError::Kind { found: *kind });
        }
        let (header, symbols) = postcard::take_from_bytes::<Header>(body).map_err(|_| FrameError::Header)?;
        let length = ObjectLength::new(header.length)
            .map_err(|_| FrameError::ObjectLength { length: header.length, length_max: OBJECT_SIZE_MAX })?;
        if header.length > object_size_max {
            return Err(FrameError::ObjectLength { length: header.length, length_max: object_size_max });
        }
        let first = Esi::new(header.first).ok_or(FrameError::Esi { found: header.first })?;
        let object = Object { id: ObjectId(header.object), length };
        let symbol_size = object.symbol_size().get();
        let count = header.count;
        if count == 0 || symbols.len() != usize::from(count) * usize::from(symbol_size) {
            return Err(FrameError::SymbolBytes { found: symbols.len(), count, symbol_size });
        }
        let frame = Self { object, first, count, symbols };
        if body.starts_with(&frame.header(KIND_SYMBOLS)) { Ok(frame) } else { Err(FrameError::Spelling) }
    }

    /// Each symbol with its id.
    pub fn symbols(&self) -> impl Iterator<Item = (Esi, &'a [u8])> + use<'a> {
        let first = self.first;
        let size = usize::from(self.object.symbol_size().get());
        (0u32..).zip(self.symbols.chunks_exact(size)).map(move |(step, symbol)| (first.wrapping_add(step), symbol))
    }

    /// The bytes of the whole object, where this one frame has room for all its source symbols and carries them. Whether
    /// they are its bytes only [`Object::matches`] says.
    #[must_use]
    pub fn whole_object(&self) -> Option<&'a [u8]> {
        let complete = self.first == Esi::ZERO && u32::from(self.count) >= self.object.source_symbols();
        complete.then_some(self.symbols).and_then(|bytes| bytes.get(..self.object.length.get() as usize))
    }

    fn header(&self, kind: u8) -> Vec<u8> {
        let header = Header {
            kind,
            object: self.object.id.0,
            length: self.object.length.get(),
            first: self.first.get(),
            count: self.count,
        };
        // Serialising plain numbers into memory has no way to fail.
        postcard::to_allocvec(&header).unwrap_or_default()
    }
}

/// What a frame holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Opened<'a> {
    /// Symbols of an object.
    Symbols(Frame<'a>),
    /// What the sender says of itself. Only ever with a right MAC.
    Beacon(Beacon),
}

/// Reads one frame of any kind: all of `bytes`, whole or not at all. With keys, one of them has to have made its MAC, and
/// a frame without is refused; without keys, a frame with a MAC is refused, and beacons are not known.
///
/// # Errors
/// [`FrameError`]; the order of the checks is length, magic, version, flags, CRC, MAC, kind, bounds.
pub fn open<'a>(bytes: &'a [u8], keys: &[TransportKey]) -> Result<Opened<'a>, FrameError> {
    let body = check_envelope(bytes, keys)?;
    match body.split_first() {
        Some((&KIND_BEACON, _)) if !keys.is_empty() => Beacon::parse(body).map(Opened::Beacon),
        _ => Frame::parse_body(body, OBJECT_SIZE_MAX).map(Opened::Symbols),
    }
}

/// The most bytes a frame of `count` symbols of this object takes, whatever the ids of its symbols, without a MAC.
#[must_use]
pub fn frame_size(object: &Object, count: u16) -> usize {
    OVERHEAD + usize::from(count) * usize::from(object.symbol_size().get())
}

/// How many symbols of this object a frame of at most `room` bytes carries beside its MAC, if it has one, whatever
/// their ids; `None` if not even one fits. Never more than the object's source symbols: where all of them fit, every
/// frame carries ids 0 … K-1.
#[must_use]
pub fn symbols_per_frame(object: &Object, room: usize) -> Option<u16> {
    let free = room.min(FRAME_SIZE_MAX).checked_sub(OVERHEAD)?;
    let fitting = u16::try_from(free / usize::from(object.symbol_size().get())).ok()?;
    let needed = u16::try_from(object.source_symbols()).unwrap_or(u16::MAX);
    (fitting > 0).then_some(fitting.min(needed))
}

/// Whether the header at the start of `bytes` describes a frame of exactly that many bytes. Cheap, and says nothing
/// about damage: a reader that looks for the next frame in a damaged file asks this before it spends a CRC.
pub(crate) fn announces_own_size(bytes: &[u8]) -> bool {
    let Some((&[magic_0, magic_1, version, flags], rest)) = bytes.split_first_chunk::<FIXED_SIZE>() else {
        return false;
    };
    if [magic_0, magic_1, version] != [0xd7, 0x52, VERSION] || flags & FLAGS_MUST_UNDERSTAND & !FLAG_MAC != 0 {
        return false;
    }
    let mac_size = if flags & FLAG_MAC != 0 { MAC_SIZE } else { 0 };
    if mac_size > 0 && rest.first() == Some(&KIND_BEACON) {
        let body = rest.len().checked_sub(CRC_SIZE + mac_size).and_then(|end| rest.get(..end));
        return body.is_some_and(|body| Beacon::parse(body).is_ok());
    }
    let Ok((header, rest)) = postcard::take_from_bytes::<Header>(rest) else { return false };
    let Ok(length) = ObjectLength::new(header.length) else { return false };
    let size = Object { id: ObjectId(header.object), length }.symbol_size().get();
    rest.len() == usize::from(header.count) * usize::from(size) + CRC_SIZE + mac_size
}

#[cfg(test)]
mod tests {
    use super::envelope::CRC_32C;
    use super::*;
    use crate::limits::{ESI_COUNT, FRAME_OVERHEAD_MAX, SYMBOL_SIZE_MAX};
    use crate::object::SymbolSize;

    fn object(length: u32) -> Object {
        Object { id: ObjectId([0xab; 16]), length: ObjectLength::new(length).unwrap() }
    }

    #[test]
    fn header_checksum_and_mac_leave_room_for_the_largest_symbol_in_version_27() {
        let symbols = vec![0; usize::from(SYMBOL_SIZE_MAX)];
        let frame = Frame::new(object(OBJECT_SIZE_MAX), Esi::new(ESI_COUNT - 1).unwrap(), &symbols).unwrap();
        let overhead = frame.encode().len() - symbols.len();
        assert_eq!(overhead, OVERHEAD);
        assert!(overhead + 16 <= FRAME_OVERHEAD_MAX);
        assert_eq!(frame_size(&object(OBJECT_SIZE_MAX), 1), overhead + symbols.len());
    }

    #[test]
    fn the_smallest_qr_versions_hold_a_frame_and_a_mac() {
        // ISO/IEC 18004 table 7, level L, byte mode.
        for (size, room) in SymbolSize::ALL.into_iter().zip([271, 425, 792, 1465]) {
            let length = match size {
                SymbolSize::B176 => 1 << 20,
                SymbolSize::B352 => 16 << 20,
                SymbolSize::B704 => 32 << 20,
                SymbolSize::B1408 => OBJECT_SIZE_MAX,
            };
            assert_eq!(object(length).symbol_size(), size);
            assert_eq!(symbols_per_frame(&object(length), room - 16), Some(1), "{size:?}");
        }
    }

    #[test]
    fn no_frame_holds_more_symbols_than_its_object_has() {
        assert_eq!(symbols_per_frame(&object(700), 1200), Some(4));
        assert_eq!(symbols_per_frame(&object(70_000), 1200), Some(6));
        assert_eq!(symbols_per_frame(&object(70_000), usize::MAX), Some(16));
        assert_eq!(symbols_per_frame(&object(70_000), OVERHEAD + 175), None);
        assert_eq!(symbols_per_frame(&object(70_000), 0), None);
        for room in 210..=FRAME_SIZE_MAX {
            let count = symbols_per_frame(&object(1 << 20), room).unwrap();
            assert!(frame_size(&object(1 << 20), count) <= room);
            assert!(frame_size(&object(1 << 20), count + 1) > room);
        }
    }

    #[test]
    fn the_ids_of_a_frame_wrap_after_the_last_one() {
        let symbols = [7; 3 * 176];
        let frame = Frame::new(object(1000), Esi::new(ESI_COUNT - 1).unwrap(), &symbols).unwrap();
        let bytes = frame.encode();
        let ids: Vec<u32> = Frame::parse(&bytes).unwrap().symbols().map(|(esi, _)| esi.get()).collect();
        assert_eq!(ids, [ESI_COUNT - 1, 0, 1]);
    }

    #[test]
    fn half_a_symbol_none_or_too_many_make_no_frame() {
        for length in [0, 175, 177, 17 * 176] {
            let symbols = vec![0; length];
            assert!(Frame::new(object(1000), Esi::ZERO, &symbols).is_err(), "{length}");
        }
    }

    #[test]
    fn one_changed_bit_anywhere_is_never_a_frame() {
        let symbols: Vec<u8> = (0..352).map(|i| u8::try_from(i % 251).unwrap()).collect();
        let bytes = Frame::new(object(300_000), Esi::new(70_000).unwrap(), &symbols).unwrap().encode();
        assert!(Frame::parse(&bytes).is_ok());
        let mut classes = std::collections::BTreeMap::new();
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            if let Err(error) = Frame::parse(&damaged) {
                *classes.entry(error.class()).or_insert(0) += 1;
            } else {
                panic!("bit {bit} was not noticed");
            }
        }
        assert_eq!(classes[&FrameClass::Foreign], 16);
        assert_eq!(classes[&FrameClass::Unsupported], 8 + 4);
        assert_eq!(classes.values().sum::<usize>(), bytes.len() * 8);
    }

    #[test]
    fn a_frame_with_a_mac_is_read_with_either_of_two_keys_and_with_no_other() {
        let [old, new, other] = [1, 2, 3].map(|byte| TransportKey::new([byte; 16]));
        let symbols = [7; 176];
        let frame = Frame::new(object(1000), Esi::ZERO, &symbols).unwrap();
        let keys = [old.clone(), new.clone()];
        for key in [&old, &new] {
            let bytes = frame.encode_with(Some(key));
            assert_eq!(bytes.len(), frame.encode().len() + MAC_SIZE);
            assert_eq!(open(&bytes, &keys), Ok(Opened::Symbols(frame)));
            assert_eq!(open(&bytes, std::slice::from_ref(&other)), Err(FrameError::MacWrong));
            assert_eq!(Frame::parse(&bytes), Err(FrameError::MacWithoutKey));
            assert!(is_sound(&bytes) && announces_own_size(&bytes));
            for bit in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert!(open(&changed, &keys).is_err(), "bit {bit}");
            }
        }
        assert_eq!(open(&frame.encode(), &keys), Err(FrameError::MacMissing));
        assert_eq!(open(&frame.encode(), &[]), Ok(Opened::Symbols(frame)));
        // A frame for a receiver without a key, its flag set by somebody who has none.
        let mut flagged = frame.encode();
        flagged[3] |= FLAG_MAC;
        let end = flagged.len() - CRC_SIZE;
        let sum = CRC_32C.checksum(&flagged[..end]).to_be_bytes();
        flagged[end..].copy_from_slice(&sum);
        flagged.extend([0; MAC_SIZE]);
        assert_eq!(open(&flagged, &keys), Err(FrameError::MacWrong));
    }

    #[test]
    fn a_lower_cap_refuses_longer_objects() {
        let symbols = [0; 176];
        let bytes = Frame::new(object(1001), Esi::ZERO, &symbols).unwrap().encode();
        assert!(Frame::parse_capped(&bytes, 1001).is_ok());
        assert_eq!(Frame::parse_capped(&bytes, 1000), Err(FrameError::ObjectLength { length: 1001, length_max: 1000 }));
    }

    #[test]
    fn any_bytes_are_survived() {
        let mut seed: u64 = 0x5eed_0001;
        println!("seed {seed:#x}");
        let mut random = move || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        };
        let mut right_envelopes = 0;
        let keys = [TransportKey::new([7; 16])];
        for _ in 0..100_000 {
            let length = usize::try_from(random() % 300).unwrap();
            let mut bytes: Vec<u8> = (0..length).map(|_| random().to_le_bytes()[0]).collect();
            if bytes.len() > 8 && random() % 2 == 0 {
                bytes[..4].copy_from_slice(&[MAGIC[0], MAGIC[1], VERSION, 0]);
                bytes[4] = KIND_SYMBOLS;
                let end = bytes.len() - 4;
                let sum = CRC_32C.checksum(&bytes[..end]).to_be_bytes();
                bytes[end..].copy_from_slice(&sum);
                right_envelopes += 1;
            }
            let _ = Frame::parse(&bytes).map(|frame| frame.symbols().count());
            let _ = announces_own_size(&bytes);
            let _ = (is_sound(&bytes), open(&bytes, &keys));
        }
        assert!(right_envelopes > 40_000, "{right_envelopes}");
    }
}
