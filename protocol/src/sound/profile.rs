//! The numbers of the signal: sample rate, carriers, symbols, levels.
//!
//! ```
//! use rootcast_protocol::sound::profile::{CARRIERS, FIRST_CARRIER, SAMPLE_RATE, SIZE, is_pilot};
//!
//! let hertz = |carrier: usize| carrier as f64 * f64::from(SAMPLE_RATE) / SIZE as f64;
//! assert_eq!(hertz(FIRST_CARRIER), 562.5);
//! let first_data = (0..CARRIERS).find(|carrier| !is_pilot(*carrier));
//! assert_eq!(first_data.map(|carrier| hertz(FIRST_CARRIER + carrier)), Some(609.375));
//! ```

/// Samples a second.
pub const SAMPLE_RATE: u32 = 48_000;

/// Samples of a symbol's body, and points of its transform: carriers are 46.875 Hz apart.
pub const SIZE: usize = 1024;

/// Samples of the cyclic prefix before the body: its end, repeated. 1.33 ms.
pub const PREFIX: usize = 64;

/// Samples of a symbol: 22.67 ms.
pub const SYMBOL: usize = PREFIX + SIZE;

/// Data symbols behind each training symbol.
pub const DATA_SYMBOLS: usize = 15;

/// Samples of a superframe: a training symbol and its data symbols. 363 ms.
pub const SUPERFRAME: usize = (1 + DATA_SYMBOLS) * SYMBOL;

/// The first carrier: 562.5 Hz. Below it the leakage of mains hum would be what limits the best modes.
pub const FIRST_CARRIER: usize = 12;

/// The last carrier: 17.95 kHz, below the filters of a converter at 44.1 kHz.
pub const LAST_CARRIER: usize = 383;

/// Carriers, pilots among them.
pub const CARRIERS: usize = LAST_CARRIER - FIRST_CARRIER + 1;

/// Every so many carriers, from the first on, one is a pilot.
pub const PILOT_EVERY: usize = 24;

/// Pilots in a symbol.
pub const PILOTS: usize = CARRIERS.div_ceil(PILOT_EVERY);

/// Carriers of a symbol that bear data.
pub const DATA_CARRIERS: usize = CARRIERS - PILOTS;

/// Points of the constellation in a superframe.
pub const POINTS: usize = DATA_SYMBOLS * DATA_CARRIERS;

/// Carriers of a training symbol: those with an even number, so that its body is the same half twice.
pub const TRAINING_CARRIERS: usize = CARRIERS / 2;

/// Silence before the first superframe, in samples: 0.1 s, in which converters wake up.
pub const LEAD_IN: usize = 4_800;

/// Silence behind the last training symbol, in samples: 0.3 s, because players and drivers drop the end.
pub const LEAD_OUT: usize = 14_400;

/// The mean level of the signal, as root mean square of full scale: -13 dBFS.
pub const LEVEL: f32 = 0.223_9;

/// The largest sample, of full scale. A few samples in a million are cut to it.
pub const PEAK: f32 = 0.98;

/// Whether this carrier, counted from [`FIRST_CARRIER`], is a pilot.
#[must_use]
pub const fn is_pilot(carrier: usize) -> bool {
    carrier.is_multiple_of(PILOT_EVERY)
}

const _: () = assert!(SYMBOL == 1088 && SUPERFRAME == 17_408);
const _: () = assert!(CARRIERS == 372 && PILOTS == 16 && DATA_CARRIERS == 356 && TRAINING_CARRIERS == 186);
