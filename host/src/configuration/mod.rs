//! The configuration file: links, warning times and limits, so that nobody has to type them on every run.
//!
//! | where | what |
//! |---|---|
//! | [`file`] | where the file may be, and who may be able to write it |
//! | [`keys`] | every key, and which program knows it |
//! | [`reading`] | the text of a file, read strictly |
//! | [`taken`] | what a run took from it: a flag of the command line always wins |
//! | [`fault`] | what can be wrong, in sentences |
//!
//! Must not: weaken a rule, answer a question, or name a state. No key does.

mod fault;
mod file;
mod keys;
mod reading;
mod taken;

pub use fault::ConfigurationError;
pub use keys::{Side, table_of_keys};
pub use reading::{StopLimit, odds_of_failure};
pub use taken::{Configuration, TakenRecord};
