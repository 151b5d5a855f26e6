//! From checked items to frames: the bundle, the summary for confirmation, the carousel, the transmission.
//!
//! Must not: know what a link is made of, or what makes an item acceptable.

pub(crate) mod beacon;
pub(crate) mod bundle;
pub mod carousel;
pub(crate) mod commitment;
pub(crate) mod cover_sheet;
pub mod export_key;
mod frame_feed;
pub mod plan;
pub(crate) mod summary;
mod symbol_source;
pub mod transmission;
