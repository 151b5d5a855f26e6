//! Pictures as 8-bit grey PNG files (ISO/IEC 15948), written and never read.
//!
//! Written here rather than with the `png` crate so that the offline program holds no picture decoder: four blocks, one
//! filter, zlib from `miniz_oxide` which the bundle needs anyway.

use crc::{CRC_32_ISO_HDLC, Crc, Table};
use miniz_oxide::deflate::compress_to_vec_zlib;

use crate::link::optical::qr_sheet::QrSheet;

const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
static CRC_32: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);

/// Filter types (ISO/IEC 15948 §9.2): bytes as they are, and the difference to the row above.
const FILTER_NONE: u8 = 0;
const FILTER_UP: u8 = 2;

/// Fast, and these pictures are mostly repetition.
const LEVEL: u8 = 1;

/// The picture of a sheet: black on white, `pixels` pixels a module.
#[must_use]
pub(crate) fn picture(sheet: &QrSheet, pixels: usize) -> Vec<u8> {
    let (width, height) = (sheet.width() * pixels, sheet.height() * pixels);
    let unchanged = [vec![FILTER_UP], vec![0; width]].concat();
    let mut rows = Vec::with_capacity((width + 1) * height);
    for modules in sheet.rows() {
        rows.push(FILTER_NONE);
        for dark in modules {
            rows.extend(std::iter::repeat_n(if *dark { 0x00 } else { 0xff }, pixels));
        }
        (1..pixels).for_each(|_| rows.extend_from_slice(&unchanged));
    }
    let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX).to_be_bytes();
    // Bit depth 8, greyscale, the one compression and filter method, not interlaced.
    let header = [side(width).as_slice(), &side(height), &[8, 0, 0, 0, 0]].concat();
    let mut png = SIGNATURE.to_vec();
    push_block(&mut png, *b"IHDR", &header);
    push_block(&mut png, *b"IDAT", &compress_to_vec_zlib(&rows, LEVEL));
    push_block(&mut png, *b"IEND", &[]);
    png
}

fn push_block(png: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    png.extend_from_slice(&u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes());
    png.extend_from_slice(&kind);
    png.extend_from_slice(content);
    let mut sum = CRC_32.digest();
    sum.update(&kind);
    sum.update(content);
    png.extend_from_slice(&sum.finalize().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::{SIGNATURE, picture};
    use crate::link::optical::qr_sheet::{QrSheet, Tiles};
    use crate::link::optical::qr_symbol::{QrPen, QrVersion};

    #[test]
    fn a_picture_is_an_eight_bit_grey_png_of_the_stated_size() {
        let symbol = QrPen::new(QrVersion::new(10).unwrap()).draw(b"frame").unwrap();
        let png = picture(&QrSheet::new(std::slice::from_ref(&symbol), Tiles::ONE), 4);
        assert!(png.starts_with(&SIGNATURE));
        assert_eq!(&png[12..16], b"IHDR");
        assert_eq!(png[16..29], [0, 0, 1, 4, 0, 0, 1, 4, 8, 0, 0, 0, 0], "(57 + 8) × 4 = 260 pixels, 8-bit grey");
        assert_eq!(&png[png.len() - 12..], &[0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82]);
    }

    #[test]
    fn the_rows_show_the_modules_and_the_quiet_zone() {
        let symbol = QrPen::new(QrVersion::new(1).unwrap()).draw(b"frame").unwrap();
        let png = picture(&QrSheet::new(std::slice::from_ref(&symbol), Tiles::ONE), 4);
        let length = u32::from_be_bytes(png[33..37].try_into().unwrap()) as usize;
        let rows = miniz_oxide::inflate::decompress_to_vec_zlib(&png[41..41 + length]).unwrap();
        let side = (21 + 8) * 4;
        assert_eq!(rows.len(), (side + 1) * side);
        let mut above = vec![0u8; side];
        for (y, row) in rows.chunks(side + 1).enumerate() {
            let (filter, row) = row.split_first().unwrap();
            let pixels: Vec<u8> = if *filter == 2 {
                row.iter().zip(&above).map(|(a, b)| a.wrapping_add(*b)).collect()
            } else {
                row.into()
            };
            for (x, pixel) in pixels.iter().enumerate() {
                let (column, line) = (x / 4, y / 4);
                let dark = column >= 4 && line >= 4 && symbol.is_dark(column - 4, line - 4);
                assert_eq!(*pixel, if dark { 0 } else { 255 }, "pixel {x}, {y}");
            }
            above = pixels;
        }
    }
}
