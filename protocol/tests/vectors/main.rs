//! The golden vectors: every one is run, and the examples of `docs/wire-format.md` are among them.
//!
//! The vectors were made by a second, separate program in another language, but for the repair symbols, which the crate
//! `raptorq` made. A released vector never changes.

#[cfg(test)]
mod bundles;
#[cfg(test)]
mod documentation;
#[cfg(test)]
mod file;
#[cfg(test)]
mod frames;
#[cfg(test)]
mod keyed_frames;
#[cfg(test)]
mod lines;
#[cfg(test)]
mod objects;
#[cfg(test)]
mod spelling;
