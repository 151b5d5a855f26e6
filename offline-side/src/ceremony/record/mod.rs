//! The record of a ceremony, to be printed, ticked and signed by hand. It is made from the folder alone, so the same
//! folder always gives the same pages. Must not: look at the state, the clock or the token.
//!
//! ```text
//! folder ─► contents ─► document ─┬─► markdown   record.md
//!                                 └─► pdf        record.pdf
//! ```

mod contents;
pub(crate) mod document;
mod error;
mod markdown;
pub(crate) mod pdf;
mod writing;

pub(crate) use writing::write;

#[cfg(test)]
mod tests;
