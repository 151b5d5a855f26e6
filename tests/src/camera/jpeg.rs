//! What a camera's JPEG takes away.

use image::codecs::jpeg::JpegEncoder;
use image::{GrayImage, ImageFormat, RgbImage};

/// `grey` as it comes out of a JPEG of this quality, 1 to 100.
#[must_use]
pub fn through_jpeg(grey: &GrayImage, quality: u8) -> GrayImage {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(grey).expect("a JPEG in memory");
    image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).expect("the JPEG just made").into_luma8()
}

/// The same of a picture in colours.
#[must_use]
pub fn colour_through_jpeg(picture: &RgbImage, quality: u8) -> RgbImage {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture).expect("a JPEG in memory");
    image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).expect("the JPEG just made").into_rgb8()
}
