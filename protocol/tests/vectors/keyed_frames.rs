//! Frames and beacons as a receiver with transport keys reads them, and keys in words.

use rootcast_protocol::digest::Digest;
use rootcast_protocol::esi::Esi;
use rootcast_protocol::frame::beacon::Beacon;
use rootcast_protocol::frame::{Frame, FrameClass, Opened, open};
use rootcast_protocol::object::{Object, ObjectId, ObjectLength};
use rootcast_protocol::transport_key::TransportKey;

use crate::file::{Vector, read};

fn key(vector: &Vector, name: &str) -> TransportKey {
    TransportKey::new(vector.bytes(name).try_into().unwrap())
}

fn object(id: &str, length: &str) -> Object {
    let length = ObjectLength::new(length.parse().unwrap()).unwrap();
    Object { id: id.parse::<ObjectId>().unwrap(), length }
}

#[test]
fn every_keyed_frame_vector_holds() {
    let vectors = read("keyed-frames.txt");
    let keys = ["key-1", "key-2"].map(|name| key(&vectors[0], name));
    let mut classes = std::collections::BTreeSet::new();
    for vector in vectors {
        let name = vector.name();
        let bytes = vector.bytes("bytes");
        let made_with = |vector: &Vector| &keys[vector.number::<usize>("made-with") - 1];
        match open(&bytes, &keys) {
            Err(error) => {
                assert_eq!(error.label(), vector.text("expect"), "{name}: {error}");
                classes.insert(error.class());
            }
            Ok(Opened::Symbols(frame)) => {
                assert!(vector.accepted(), "{name} was accepted");
                assert_eq!(frame.object, object(vector.text("object-id"), vector.text("object-length")), "{name}");
                assert_eq!(Digest::of(frame.symbols).to_string(), vector.text("symbols-sha256"), "{name}");
                let first = Esi::new(vector.number("first-esi")).unwrap();
                let again = Frame::new(frame.object, first, frame.symbols).unwrap();
                assert_eq!(again.encode_with(Some(made_with(&vector))), bytes, "{name}");
            }
            Ok(Opened::Beacon(beacon)) => {
                assert!(vector.accepted(), "{name} was accepted");
                let objects = vector.list("object").into_iter().map(|text| text.split_once(' ').unwrap());
                let expected = Beacon {
                    source: vector.text("source").parse().unwrap(),
                    sent: vector.number("sent"),
                    manifest_number: vector.number("manifest-number"),
                    next_contact_by: vector.text("next-contact-by").parse().ok(),
                    objects: objects.map(|(id, length)| object(id, length)).collect(),
                };
                assert_eq!(beacon, expected, "{name}");
                assert_eq!(beacon.encode(made_with(&vector)), bytes, "{name}");
            }
        }
        // A receiver without keys listens to none of them but the one without a flag.
        let expected = match bytes[3] {
            1 => "frame-mac-without-key",
            _ if name == "mac-missing" => continue,
            _ => "frame-kind",
        };
        assert!(matches!(open(&bytes, &[]), Err(error) if error.label() == expected), "{name}");
    }
    assert!(classes.contains(&FrameClass::Unauthentic));
}

#[test]
fn every_key_vector_holds() {
    for vector in read("keys.txt") {
        let name = vector.name();
        match TransportKey::from_words(vector.text("words")) {
            Ok(found) => {
                assert!(vector.accepted(), "{name} was accepted");
                assert_eq!(found, key(&vector, "bytes"), "{name}");
                assert_eq!(found.words(), vector.text("words"), "{name}");
            }
            Err(error) => assert_eq!(error.label(), vector.text("expect"), "{name}: {error}"),
        }
    }
}
