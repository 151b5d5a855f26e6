//! The frame parser: whatever is read is written again as the same bytes, and nothing damaged is read.

use rootcast_protocol::digest::Digest;
use rootcast_protocol::esi::Esi;
use rootcast_protocol::frame::beacon::Beacon;
use rootcast_protocol::frame::{
    FLAG_MAC, FLAGS_MUST_UNDERSTAND, FRAME_SIZE_MIN, Frame, Opened, is_sound, open, symbols_per_frame,
};
use rootcast_protocol::limits::{BEACON_OBJECTS_MAX, ESI_COUNT, FRAME_SIZE_MAX, OBJECT_SIZE_MAX};
use rootcast_protocol::object::Object;
use rootcast_protocol::transport_key::TransportKey;

use super::input::Input;
use super::{Reached, assert_printable, materials};
use crate::forged;

/// Magic, version, flags.
const START: usize = 4;

/// CRC-32C (Castagnoli), bit by bit from its polynomial, so that it is not the code under test.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg()))
    })
}

/// A frame with this start and body, its CRC right, and its MAC right where there is a key.
pub(super) fn sealed(flags: u8, body: &[u8], key: Option<&TransportKey>) -> Vec<u8> {
    let mut bytes = vec![0xd7, 0x52, 1, flags];
    bytes.extend_from_slice(body);
    bytes.extend_from_slice(&crc(&bytes).to_be_bytes());
    if let Some(key) = key {
        bytes.extend_from_slice(&key.mac(&bytes));
    }
    bytes
}

/// First byte: 0 the bytes as they are; 1 a body; 2 flags and a body; 3 the same with a MAC; 4 a body with a MAC.
pub(super) fn run(input: &[u8]) -> Reached {
    let mut input = Input::new(input);
    let key = TransportKey::new([7; 16]);
    let bytes = match input.byte() % 5 {
        0 => input.rest().to_vec(),
        1 => sealed(0, input.rest(), None),
        2 => sealed(input.byte(), input.rest(), None),
        3 => sealed(input.byte() | FLAG_MAC, input.rest(), Some(&key)),
        _ => sealed(FLAG_MAC, input.rest(), Some(&key)),
    };
    let keys = [TransportKey::new([8; 16]), key];
    let opened = [(open(&bytes, &[]), None), (open(&bytes, &keys), Some(&keys[1]))];
    let mut taken = false;
    for (opened, key) in opened {
        let again = match opened {
            Ok(Opened::Symbols(frame)) => {
                check_symbols(&frame);
                if key.is_none() {
                    assert_eq!(Frame::parse(&bytes), Ok(frame));
                    let cap = frame.object.length.get();
                    assert_eq!(Frame::parse_capped(&bytes, cap), Ok(frame));
                    assert!(Frame::parse_capped(&bytes, cap - 1).is_err(), "longer than the cap");
                }
                frame.encode_with(key)
            }
            Ok(Opened::Beacon(beacon)) => {
                assert!(beacon.objects.len() <= BEACON_OBJECTS_MAX);
                beacon.encode(key.expect("a beacon is read with a key only"))
            }
            Err(error) => {
                assert_printable(&error.to_string());
                continue;
            }
        };
        taken = true;
        assert!((FRAME_SIZE_MIN..=FRAME_SIZE_MAX).contains(&bytes.len()));
        assert!(is_sound(&bytes), "read, and not sound");
        // Flags that need not be understood are not written again; everything else is.
        let mac = if key.is_some() { FLAG_MAC } else { 0 };
        assert_eq!(bytes[3] & FLAGS_MUST_UNDERSTAND, mac);
        if bytes[3] == mac {
            assert_eq!(again, bytes, "two spellings of one frame");
        } else {
            let body = START..bytes.len() - 4 - if key.is_some() { 16 } else { 0 };
            assert_eq!(again[body.clone()], bytes[body]);
        }
        // One changed bit, and one byte more or less, at a place that depends on the frame.
        let mut damaged = bytes.clone();
        let bit = crc(&bytes) as usize % (bytes.len() * 8);
        damaged[bit / 8] ^= 1 << (bit % 8);
        let allowed = key.map_or(&[][..], std::slice::from_ref);
        for bad in [&damaged[..], &bytes[..bytes.len() - 1], &[&bytes[..], &[0]].concat()] {
            assert!(open(bad, allowed).is_err(), "a damaged frame was read");
        }
    }
    Reached::taken(taken)
}

fn check_symbols(frame: &Frame<'_>) {
    let size = usize::from(frame.object.symbol_size().get());
    assert!((1..=OBJECT_SIZE_MAX).contains(&frame.object.length.get()));
    assert!(frame.count > 0 && frame.first.get() < ESI_COUNT);
    assert_eq!(frame.symbols.len(), usize::from(frame.count) * size);
    assert_eq!(frame.symbols().count(), usize::from(frame.count));
    for (number, (esi, symbol)) in (0_u32..).zip(frame.symbols()) {
        assert_eq!((esi.get(), symbol.len()), ((frame.first.get() + number) % ESI_COUNT, size));
    }
    assert_eq!(Frame::new(frame.object, frame.first, frame.symbols).as_ref(), Ok(frame));
    if let Some(whole) = frame.whole_object() {
        assert_eq!(whole.len() as u64, u64::from(frame.object.length.get()));
    }
}

/// Frames of every symbol size, with and without a MAC, and beacons.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let key = TransportKey::new([7; 16]);
    let mut frames: Vec<Vec<u8>> =
        [30, 700, 5000].into_iter().flat_map(|length| forged::frames_of(&materials::bytes(length), 0, 3)).collect();
    for length in [(1 << 20) + 1, (16 << 20) + 1, (32 << 20) + 1, OBJECT_SIZE_MAX] {
        let object = materials::object_named(length);
        let count = usize::from(symbols_per_frame(&object, FRAME_SIZE_MAX).expect("room"));
        let symbols = materials::bytes(count * usize::from(object.symbol_size().get()));
        let last = Esi::new(ESI_COUNT - 1).expect("the last");
        frames.push(Frame::new(object, last, &symbols).expect("a frame").encode());
    }
    let mut seeds = Vec::new();
    for frame in &frames {
        let body = &frame[START..frame.len() - 4];
        seeds.push([&[0], &frame[..]].concat());
        seeds.push([&[1], body].concat());
        seeds.push([&[2, 0x10], body].concat());
        seeds.push([&[3, 0], body].concat());
    }
    let named: Vec<Object> = (1..6).map(|n| materials::object_named(n * 700)).collect();
    for objects in 0..5 {
        let beacon = Beacon {
            source: Digest([9; 32]),
            sent: materials::NOW,
            manifest_number: 7,
            next_contact_by: (objects != 1).then_some(materials::NOW + 86_400),
            objects: named[..objects].to_vec(),
        };
        let bytes = beacon.encode(&key);
        seeds.push([&[0], &bytes[..]].concat());
        seeds.push([&[4], &bytes[START..bytes.len() - 20]].concat());
    }
    seeds
}
