//! Links of light: pictures from a camera, a film or a folder, and the reader that finds QR symbols in them.

pub mod aiming;
pub(crate) mod camera;
pub(crate) mod luma;
mod motion_jpeg;
pub(crate) mod picture_line;
pub(crate) mod pictures;
pub mod qr_reader;
pub(crate) mod reader_process;
pub(crate) mod video;
pub mod viewfinder;
pub mod y4m;
