//! The luma plane of what a camera gives.
//!
//! ```text
//! GREY  Y Y Y Y …            NV12  Y Y Y Y … then UV UV …
//! YUYV  Y U Y V Y U Y V …    MJPG  a JPEG a picture, with or without Huffman tables
//! ```
//!
//! Only a reader's process calls this. A buffer may be longer than its picture, by the rest of a memory page or by longer rows. A shorter one is refused.

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::link::optical::motion_jpeg::with_tables;
use crate::link::optical::qr_reader::GreyPicture;

/// Bytes by which a buffer is longer only because memory is handed out in pages.
const PAGES: usize = 64 << 10;

/// How a camera's bytes hold the light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// One byte a pixel, with or without a plane of colour after it.
    Plane,
    /// Every second byte.
    EverySecond,
    /// A JPEG.
    Jpeg,
}

/// The picture of so many pixels in `bytes`.
pub(super) fn picture(form: Form, width: u32, height: u32, bytes: &[u8]) -> Result<GreyPicture, String> {
    let (columns, rows) = (usize::try_from(width).unwrap_or(0), usize::try_from(height).unwrap_or(0));
    let step = match form {
        Form::Jpeg => return jpeg(width, height, bytes),
        Form::Plane => 1,
        Form::EverySecond => 2,
    };
    let row = columns.saturating_mul(step);
    let needed = row.saturating_mul(rows);
    if needed == 0 || bytes.len() < needed {
        return Err(format!("it sent {} bytes for a picture of {width} × {height}", bytes.len()));
    }
    // Where there is much more than a picture, its rows are longer. NV12 has half a plane more in any case.
    let spare = bytes.len() - needed;
    let stride = if step == 2 && spare > PAGES { bytes.len() / rows } else { row };
    let mut luma = Vec::with_capacity(columns * rows);
    for line in bytes.chunks(stride).take(rows) {
        luma.extend(line.iter().take(row).step_by(step));
    }
    // The last row may be cut where rows are longer.
    luma.resize(columns * rows, 0);
    Ok(GreyPicture { width, height, luma })
}

fn jpeg(width: u32, height: u32, bytes: &[u8]) -> Result<GreyPicture, String> {
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(ColorSpace::Luma)
        .set_max_width(usize::try_from(width).unwrap_or(0))
        .set_max_height(usize::try_from(height).unwrap_or(0));
    let bytes = with_tables(bytes);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&*bytes), options);
    let luma = decoder.decode().map_err(|e| format!("it sent a damaged JPEG: {e}"))?;
    let info = decoder.info().ok_or("it sent a JPEG without a size")?;
    let picture = GreyPicture { width: info.width.into(), height: info.height.into(), luma };
    if picture.is_whole() { Ok(picture) } else { Err("it sent a JPEG without a grey plane".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::{Form, picture};

    #[test]
    fn the_luma_plane_is_found_in_each_form() {
        assert_eq!(picture(Form::Plane, 2, 2, &[1, 2, 3, 4, 9, 9]).unwrap().luma, [1, 2, 3, 4]);
        assert_eq!(picture(Form::EverySecond, 2, 2, &[1, 0, 2, 0, 3, 0, 4, 0, 7]).unwrap().luma, [1, 2, 3, 4]);
        // Rows that are longer by a kilobyte.
        let long: Vec<u8> = (0..200_u8).flat_map(|row| [&[row, 0, row, 0][..], &[99; 1000]].concat()).collect();
        let read = picture(Form::EverySecond, 2, 200, &long).unwrap();
        assert!((0..200_u8).zip(read.luma.chunks(2)).all(|(row, pixels)| pixels == [row; 2]));
    }

    #[test]
    fn a_short_buffer_and_a_damaged_jpeg_are_refused() {
        assert!(picture(Form::Plane, 2, 2, &[1, 2, 3]).is_err());
        assert!(picture(Form::Plane, 0, 2, &[1, 2, 3]).is_err());
        assert!(picture(Form::EverySecond, u32::MAX, u32::MAX, &[1]).is_err());
        for bytes in [&b""[..], b"\xff\xd8\xff\xe0", b"no jpeg at all", &[0xff; 5000]] {
            assert!(picture(Form::Jpeg, 640, 480, bytes).is_err());
        }
    }

    #[test]
    fn a_jpeg_gives_its_light() {
        let grey = image::GrayImage::from_fn(64, 48, |x, _| image::Luma([if x < 32 { 30 } else { 220 }]));
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::DynamicImage::ImageLuma8(grey).to_rgb8().write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
        let mut bytes = bytes.into_inner();
        bytes.extend([0; 4000]);
        let read = picture(Form::Jpeg, 64, 48, &bytes).unwrap();
        assert_eq!((read.width, read.height), (64, 48));
        assert!(read.luma[0].abs_diff(30) < 6 && read.luma[63].abs_diff(220) < 6);
        assert!(picture(Form::Jpeg, 32, 48, &bytes).is_err(), "larger than the camera was asked for");
    }
}
