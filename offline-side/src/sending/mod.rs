//! From checked items to frames: the bundle, what is shown before it leaves, the carousel, the transmission.
//!
//! Must not: know what a link is made of, or what makes an item acceptable.

pub mod beacon;
pub mod bundle;
pub mod carousel;
pub(crate) mod commitment;
pub mod cover_sheet;
pub mod export_key;
pub mod plan;
pub mod summary;
pub mod transmission;
