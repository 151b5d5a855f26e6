//! Frames, accepted and refused.

use rootcast_protocol::digest::Digest;
use rootcast_protocol::esi::Esi;
use rootcast_protocol::frame::{Frame, FrameClass};
use rootcast_protocol::object::{Object, ObjectId, ObjectLength};

use crate::file::read;

#[test]
fn every_frame_vector_holds() {
    for vector in read("frames.txt") {
        let name = vector.name();
        let bytes = vector.bytes("bytes");
        let frame = match Frame::parse(&bytes) {
            Ok(frame) => frame,
            Err(error) => {
                assert_eq!(error.label(), vector.text("expect"), "{name}: {error}");
                continue;
            }
        };
        assert!(vector.accepted(), "{name} was accepted");
        let object = Object {
            id: vector.text("object-id").parse::<ObjectId>().unwrap(),
            length: ObjectLength::new(vector.number("object-length")).unwrap(),
        };
        assert_eq!(frame.object, object, "{name}");
        assert_eq!(frame.first.get(), vector.number::<u32>("first-esi"), "{name}");
        assert_eq!(frame.count, vector.number::<u16>("count"), "{name}");
        assert_eq!(Digest::of(frame.symbols).to_string(), vector.text("symbols-sha256"), "{name}");
        if vector.text("flags") == "00" {
            let first = Esi::new(vector.number("first-esi")).unwrap();
            assert_eq!(Frame::new(object, first, frame.symbols).unwrap().encode(), bytes, "{name}");
        }
    }
}

#[test]
fn every_frame_label_and_class_has_a_vector() {
    let mut labels = std::collections::BTreeSet::new();
    let mut classes = std::collections::BTreeSet::new();
    for vector in read("frames.txt") {
        if let Err(error) = Frame::parse(&vector.bytes("bytes")) {
            labels.insert(error.label());
            classes.insert(error.class());
        }
    }
    assert_eq!(labels.len(), 13, "{labels:?}");
    assert_eq!(
        classes.into_iter().collect::<Vec<_>>(),
        [FrameClass::Foreign, FrameClass::Damaged, FrameClass::Unsupported, FrameClass::OutOfBounds]
    );
}
