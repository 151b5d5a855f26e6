//! What is said of a file beside its verdict: the difference for a witness, relying parties, and the text itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly, and nothing here crosses a gap"
)]

#[allow(dead_code, unreachable_pub, unused_imports, reason = "shared with the scenarios, which use other parts of it")]
#[path = "../../tests/src/throwaway_ca/mod.rs"]
mod throwaway_ca;

#[path = "reports/difference.rs"]
mod difference;
#[path = "reports/relying_parties.rs"]
mod relying_parties;
#[path = "reports/text.rs"]
mod text;
