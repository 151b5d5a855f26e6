//! Every bound of the online side, with the arithmetic behind it.

/// Objects being assembled at the same time. A root speaks of one or two; the rest is room for other senders and forgers.
pub const LIVE_OBJECTS_MAX: usize = 16;

/// Symbols kept of one object, in multiples of K: three times what is needed leaves room to leave forged ones out.
pub const SYMBOLS_KEPT_FACTOR: u32 = 3;

/// Symbols kept beyond that, so that very small objects have some room as well.
pub const SYMBOLS_KEPT_EXTRA: u32 = 64;

/// Bytes of symbol files in all: three times the largest object (79 MB) and some others beside it.
pub const SYMBOL_BYTES_MAX: u64 = 512 << 20;

/// Seconds in which an object that was just heard of is pushed out only where all others are as young.
pub const GRACE_S: i64 = 30;

/// Seconds without a frame after which an object that was judged may be judged again when it is heard again.
pub const JUDGED_AGAIN_AFTER_S: i64 = 60;

/// Attempts to put one object together that may end in a wrong digest before it is left alone until more is heard.
pub const ATTEMPTS_PER_SYMBOL_COUNT: usize = 8;

/// Things heard that may wait between the links and the assembly: about 700 kB of the largest frames.
pub const HEARD_WAITING_MAX: usize = 256;

/// Seconds by which the clock may be behind the latest time seen (steps of time synchronisation are smaller).
pub const CLOCK_BACK_TOLERANCE_S: i64 = 60;

/// Held items kept; a further one is refused until one is decided.
pub const HELD_MAX: usize = 64;

/// Characters in the name of who decided, and in the reason.
pub const DECISION_TEXT_MAX: usize = 500;

/// Signed manifests remembered of each source, to tell a late one from a second one of the same number: some years of
/// ceremonies, about 100 bytes each.
pub const MANIFESTS_SEEN_MAX: usize = 64;

/// Requests, URLs or offline issuers that one root's policy may list. Real ones have fewer than ten.
pub const POLICY_LIST_MAX: usize = 64;

/// Bytes of `state.json`: a thousand certificates and issuers take under a megabyte.
pub const STATE_SIZE_MAX: u64 = 64 << 20;

/// Contradicting symbols kept for one ESI: the true one and three forgeries.
pub const VARIANTS_MAX: usize = 4;
