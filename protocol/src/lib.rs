//! What both sides of the air gap must agree on, and nothing else.
//!
//! ```text
//!  items ── bundle ──► object ── fec ──► encoding symbols ── frame ──► cobs · recording · (a QR symbol)
//!           manifest    object id         source 0…K-1, then repair    what one link moves at a time
//! ```
//!
//! Read in the other direction, each arrow is a `parse` that takes untrusted bytes, checks every bound before
//! it allocates, and answers with a typed error that carries the numbers. `docs/wire-format.md` gives the bytes;
//! the vectors in `vectors/` pin them.
//!
//! This crate must not do input or output, read a clock, or draw a random number; it must not judge a CRL or a
//! certificate either (that is `rootcast-pki`), nor decide which symbols are sent when (the offline side) or kept
//! (the online side).

pub mod bundle;
pub mod cobs;
pub mod digest;
pub mod esi;
pub mod fec;
pub mod frame;
pub mod limits;
pub mod manifest;
pub mod object;
pub mod odds;
pub mod recording;
pub mod test_pattern;
pub mod transport_key;
pub mod words;
