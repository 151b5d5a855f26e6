//! Puts objects together from the symbols of any mix of links and days.
//!
//! ```text
//! frame bytes ─ parse ─▶ symbols ─▶ symbol store (disk) ─ enough? ─▶ FEC ─ digest matches? ─▶ CompleteObject
//!                 │counted per link          │bounded, shared by link      │no: find the false ones, or listen on
//! ```
//!
//! A foreign or forged frame never resets anything: assemblies are keyed by (object id, length), and only the digest
//! decides. Must not: look into an object.

mod assemblies;
mod attempt;
mod complete;
mod incomplete;
mod link_count;
mod parked;
mod room;
#[cfg(test)]
mod tests;

pub use assemblies::Assemblies;
pub use complete::{CompleteObject, FalseSymbols};
pub use incomplete::Assembly;
pub use link_count::LinkCount;
