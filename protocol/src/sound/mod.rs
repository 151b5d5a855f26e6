//! The sound that both sides of an audio cable must agree on: carriers, training words, modes, and where each bit goes.
//!
//! ```text
//! bytes ─ codewords (LDPC) ─ permuted, scrambled ─ points of 356 carriers ─ 15 symbols behind a training symbol ─ samples
//! ```
//!
//! 48,000 samples a second, one channel, orthogonal carriers from 562 Hz to 17.95 kHz. A *superframe* is one training
//! symbol, which tells time, channel and mode, and 15 data symbols: 363 ms. `docs/wire-format.md` has every number.
//!
//! Must not: make samples (the offline side), find anything in samples (the online side).
//!
//! ```
//! use rootcast_protocol::sound::mode::Mode;
//! use rootcast_protocol::sound::profile::{SAMPLE_RATE, SUPERFRAME};
//!
//! // Data bytes that each mode carries in a second of sound.
//! let rate = |mode: Mode| mode.bytes() as f64 * f64::from(SAMPLE_RATE) / SUPERFRAME as f64;
//! let slowest_above = |least: f64| Mode::ALL.into_iter().find(|mode| rate(*mode) >= least);
//! assert_eq!(slowest_above(5_000.0), Some(Mode::Qam16R45));
//! assert_eq!(slowest_above(20_000.0), None);
//! ```

pub mod complex;
pub mod constellation;
pub mod fft;
pub mod mode;
pub mod placement;
pub mod profile;
pub mod pseudo_random;
pub mod training;
