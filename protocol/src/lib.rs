//! The formats that both sides of the air gap share, and nothing else.
//!
//! ```text
//!  items ── bundle ──► object ── fec ──► encoding symbols ── frame ──► cobs · recording · datagram · (a QR symbol)
//!           manifest    object id         source 0…K-1, then repair    what one link moves at a time
//! ```
//!
//! In the other direction, each arrow is a `parse` that takes untrusted bytes, checks every bound before it allocates,
//! and returns a typed error with the numbers. `docs/wire-format.md` gives the bytes; the vectors in `vectors/` pin
//! them.
//!
//! This crate must not do input or output, read a clock, or draw a random number; it must not judge a CRL or a
//! certificate either (that is `rootcast-pki`), nor decide which symbols are sent when (the offline side) or kept
//! (the online side).
//!
//! # From a bundle to frames and back
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use rootcast_protocol::bundle::Bundle;
//! use rootcast_protocol::digest::Digest;
//! use rootcast_protocol::esi::Esi;
//! use rootcast_protocol::fec::{self, Encoder};
//! use rootcast_protocol::frame::Frame;
//! use rootcast_protocol::manifest::{FORMAT_VERSION, ItemKind, Manifest, ManifestItem, valid_digest_of};
//! use rootcast_protocol::object::Object;
//!
//! let crl = vec![0x30; 1000];
//! let sha256 = Digest::of(&crl);
//! let item = ManifestItem { kind: ItemKind::Crl, name: "root.crl".to_owned(), length: 1000, sha256 };
//! let manifest = Manifest {
//!     format_version: FORMAT_VERSION,
//!     source: Digest::of(b"the root's public key"),
//!     number: 1,
//!     previous: None,
//!     created: 1_795_219_200,
//!     next_contact_by: None,
//!     items: vec![item],
//!     valid_digest: valid_digest_of(&[sha256]),
//!     valid_count: 1,
//!     journal_count: 0,
//!     journal_head: Digest::of(b""),
//! };
//! let bytes = Bundle { manifest, signature: None, items: vec![crl] }.encode()?;
//! let object = Object::new(&bytes)?;
//!
//! // The offline side: any symbols will do, these begin behind the source symbols.
//! let first = Esi::ZERO.wrapping_add(object.source_symbols());
//! let encoder = Encoder::new(&object, &bytes)?;
//! let mut symbols = BTreeMap::new();
//! for step in 0..object.source_symbols() + 5 {
//!     let esi = first.wrapping_add(step);
//!     let frame = Frame::new(object, esi, &encoder.symbols(&bytes, esi, 1)?)?.encode();
//!
//!     // The online side: a frame is untrusted bytes.
//!     let frame = Frame::parse(&frame)?;
//!     symbols.extend(frame.symbols().map(|(esi, symbol)| (esi, symbol.to_vec())));
//! }
//! let decoded = fec::decode(&object, symbols)?.filter(|bytes| object.matches(bytes));
//! let bundle = Bundle::parse(&decoded.expect("enough symbols"))?;
//! assert_eq!(bundle.items, [vec![0x30; 1000]]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `examples/read_recording.rs` reads a file of frames.

#![warn(clippy::missing_errors_doc)]

pub mod bundle;
pub mod cobs;
pub mod datagram;
pub mod digest;
pub mod esi;
pub mod fec;
pub mod frame;
pub mod hex;
pub mod limits;
pub mod manifest;
pub mod object;
pub mod odds;
pub mod recording;
pub mod sound;
pub mod test_pattern;
pub mod transport_key;
pub mod words;
