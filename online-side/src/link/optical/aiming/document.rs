//! How a camera is aimed, as scripts and pages read it.

use serde::Serialize;

/// How a camera is aimed, for scripts and pages: the member `aiming` of a link.
#[derive(Debug, Clone, Serialize)]
pub struct AimingDocument {
    /// The advice: its stable name.
    pub state: &'static str,
    /// The advice in words.
    pub text: String,
    /// The tile it is about, from 1.
    pub tile: Option<usize>,
    /// How many tiles there are.
    pub of: Option<usize>,
    /// Camera pixels a module.
    pub module_pixels: Option<f64>,
    /// Grey levels between light and dark.
    pub contrast: Option<f64>,
    /// Pictures of the last seconds.
    pub pictures: usize,
    /// The whole run.
    pub run: RunDocument,
    /// The share of those pictures in which a code was read.
    pub read_share: f64,
    /// The share of those pictures that caught two codes.
    pub mixed_share: f64,
    /// The mean grey level, 0 to 255.
    pub light: Option<f64>,
    /// The share of over-exposed pixels.
    pub burnt_share: Option<f64>,
    /// The share of the picture in over-exposed areas.
    pub burnt_area: Option<f64>,
}

/// The pictures of a whole run.
#[derive(Debug, Clone, Serialize)]
pub struct RunDocument {
    /// All of them.
    pub pictures: u64,
    /// Those in which a code was read.
    pub read: u64,
    /// Those that caught two codes.
    pub mixed: u64,
}
