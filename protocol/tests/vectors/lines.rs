//! Frames on a serial line, in a recording and in datagrams.

use rootcast_protocol::cobs::{self, Piece};
use rootcast_protocol::datagram;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::recording;

use crate::file::read;

#[test]
fn every_cobs_vector_holds() {
    for vector in read("cobs.txt") {
        let name = vector.name();
        let line = vector.bytes("line");
        let mut expected: Vec<String> = vector.list("piece").into_iter().map(str::to_owned).collect();
        if let Some(frame) = vector.find("frame") {
            let mut encoded = Vec::new();
            cobs::encode(&vector.bytes("frame"), &mut encoded);
            assert_eq!(encoded, line, "{name}");
            expected.push(format!("f {frame}"));
        }
        for step in [1, 5, 1000] {
            let mut found = Vec::new();
            let mut splitter = cobs::Splitter::new(300);
            for part in line.chunks(step) {
                splitter.push(part, &mut |piece| {
                    found.push(match piece {
                        Piece::Frame(frame) => {
                            format!("f {}", frame.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
                        }
                        Piece::Damaged { bytes } => format!("d {bytes}"),
                    });
                });
            }
            assert_eq!(found, expected, "{name}, {step} bytes at once");
        }
    }
}

#[test]
fn every_recording_vector_holds() {
    for vector in read("recordings.txt") {
        let name = vector.name();
        let recorded = vector.bytes("bytes");
        for step in [1, 100, 10_000] {
            let mut found = Vec::new();
            let mut each = |piece: Piece<'_>| {
                found.push(match piece {
                    Piece::Frame(frame) => format!("f {}", Digest::of(frame)),
                    Piece::Damaged { bytes } => format!("d {bytes}"),
                });
            };
            let mut splitter = recording::Splitter::new();
            recorded.chunks(step).for_each(|part| splitter.push(part, &mut each));
            splitter.finish(&mut each);
            assert_eq!(found, vector.list("piece"), "{name}, {step} bytes at once");
        }
    }
}

#[test]
fn every_datagram_vector_holds() {
    for vector in read("datagrams.txt") {
        let (name, bytes) = (vector.name(), vector.bytes("bytes"));
        match datagram::frame_of(&bytes) {
            Ok(frame) => {
                assert!(vector.accepted(), "{name}");
                assert_eq!(Digest::of(frame).to_string(), vector.text("frame-sha256"), "{name}");
                // Whoever fills up with zeros makes these bytes.
                let mut again = Vec::new();
                datagram::encode(frame, bytes.len(), &mut again);
                assert_eq!(again == bytes, name != "datagram-padding-not-zero", "{name}");
            }
            Err(error) => assert_eq!(error.label(), vector.text("expect"), "{name}"),
        }
    }
}
