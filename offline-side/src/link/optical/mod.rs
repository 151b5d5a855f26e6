//! Links of light: QR symbols on a screen, in files and on paper.

pub(crate) mod animation;
mod camera_advice;
mod cells;
pub(crate) mod grey_png;
pub(crate) mod keyboard;
pub(crate) mod optics;
pub(crate) mod paper;
pub(crate) mod pictures;
pub(crate) mod player;
pub mod qr_sheet;
pub mod qr_symbol;
pub(crate) mod terminal;
mod terminal_size;
pub mod two_colour_gif;
pub(crate) mod web_page;
pub(crate) mod written;
