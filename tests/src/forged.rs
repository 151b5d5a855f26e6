//! A transmitter that does not keep the rules: it bundles whatever it is given and makes frames of it.
//!
//! The offline program refuses to send what the online program would refuse to publish, so hostile objects and frames
//! come from here.

use std::path::Path;

use rootcast_protocol::bundle::Bundle;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::esi::Esi;
use rootcast_protocol::fec::Encoder;
use rootcast_protocol::frame::{Frame, symbols_per_frame};
use rootcast_protocol::manifest::{FORMAT_VERSION, ItemKind, Manifest, ManifestItem, valid_digest_of};
use rootcast_protocol::object::Object;

/// The room of a frame on a serial line or in a recording, in bytes.
pub const FRAME_ROOM: usize = 1200;

/// The encoded bundle of these items, whatever they are.
#[must_use]
pub fn object_of(items: &[(ItemKind, &str, &[u8])]) -> Vec<u8> {
    object_with(items, |_| {}, |_| None)
}

/// The same with a manifest changed as a test wants it, and signed as it wants it.
#[must_use]
pub fn object_with(
    items: &[(ItemKind, &str, &[u8])],
    change: impl FnOnce(&mut Manifest),
    sign: impl FnOnce(&[u8]) -> Option<[u8; 64]>,
) -> Vec<u8> {
    let digests: Vec<Digest> = items.iter().map(|(_, _, bytes)| Digest::of(bytes)).collect();
    let mut manifest = Manifest {
        format_version: FORMAT_VERSION,
        source: Digest::of(b"nobody"),
        number: 1,
        previous: None,
        created: rootcast_host::clock::now(),
        next_contact_by: None,
        items: items
            .iter()
            .zip(&digests)
            .map(|((kind, name, bytes), sha256)| ManifestItem {
                kind: *kind,
                name: (*name).to_owned(),
                length: u32::try_from(bytes.len()).expect("an item"),
                sha256: *sha256,
            })
            .collect(),
        valid_digest: valid_digest_of(&digests),
        valid_count: u32::try_from(digests.len()).expect("a few items"),
        journal_count: 0,
        journal_head: Digest::of(b""),
    };
    change(&mut manifest);
    let signature = sign(&manifest.encode());
    let items = items.iter().map(|(_, _, bytes)| bytes.to_vec()).collect();
    Bundle { manifest, signature, items }.encode().expect("a bundle that can be read")
}

/// Frames of `object`, `count` of them, from symbol `first` on.
#[must_use]
pub fn frames_of(bytes: &[u8], first: u32, count: usize) -> Vec<Vec<u8>> {
    let object = Object::new(bytes).expect("an object");
    let per_frame = symbols_per_frame(&object, FRAME_ROOM).expect("room for a symbol");
    let encoder = Encoder::new(&object, bytes).expect("an encoder");
    let fits_one = u32::from(per_frame) >= object.source_symbols();
    let mut next = Esi::new(if fits_one { 0 } else { first }).expect("an ESI");
    (0..count)
        .map(|_| {
            let symbols = encoder.symbols(bytes, next, u32::from(per_frame)).expect("symbols");
            let frame = Frame::new(object, next, &symbols).expect("a frame").encode();
            if !fits_one {
                next = next.wrapping_add(u32::from(per_frame));
            }
            frame
        })
        .collect()
}

/// A recording of twice the frames that `object` needs.
pub fn record(bytes: &[u8], recording: &Path) {
    let object = Object::new(bytes).expect("an object");
    let frames = object.source_symbols() as usize / 6 * 2 + 4;
    crate::recordings::write(recording, frames_of(bytes, 0, frames));
}

/// A frame with a right CRC whose symbols are not those of the object it names.
#[must_use]
pub fn poison(frame: &[u8]) -> Vec<u8> {
    let true_frame = Frame::parse(frame).expect("a frame");
    let wrong: Vec<u8> = true_frame.symbols.iter().map(|byte| byte ^ 0x5a).collect();
    Frame::new(true_frame.object, true_frame.first, &wrong).expect("a frame").encode()
}
