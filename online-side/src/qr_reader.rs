//! Reads the QR symbols in one grey picture.
//!
//! `rxing`'s port of zxing-cpp reads first, its older multi-code reader is the second opinion, and the picture is
//! scaled down where neither sees a code: that is what reads photographs of monitors and close-ups. What comes out is
//! only *candidates*: a frame's own CRC decides. No picture may panic its way out of here.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rootcast_protocol::frame::is_sound;
use rxing::common::{GlobalHistogramBinarizer, HybridBinarizer};
use rxing::multi::MultipleBarcodeReader;
use rxing::multi::qrcode::QRCodeMultiReader;
use rxing::qrcode::cpp_port::QrReader;
use rxing::{
    BarcodeFormat, Binarizer, BinaryBitmap, DecodeHints, Luma8Source, RXingResult, RXingResultMetadataType,
    RXingResultMetadataValue,
};

/// A grey picture, one byte a pixel, row after row without padding.
#[derive(Debug, Clone)]
pub struct GreyPicture {
    /// Pixels a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width × height` bytes; 0 is black.
    pub luma: Vec<u8>,
}

/// Pixels of the longer side below which a picture is not scaled down further: the smallest symbol has 57 + 8 modules.
const SIDE_MIN: u32 = 130;

/// The contents of the QR symbols in `picture`, in byte mode, doubles removed.
#[must_use]
pub fn read_symbols(picture: &GreyPicture) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for divisor in [1, 2, 3, 4, 8] {
        let scaled;
        let picture = if divisor == 1 {
            picture
        } else {
            if picture.width.max(picture.height) / divisor < SIDE_MIN {
                break;
            }
            scaled = scaled_down(picture, divisor);
            &scaled
        };
        // A reader that panics on a picture has read nothing in it.
        let read = catch_unwind(AssertUnwindSafe(|| read_at_this_scale(picture))).unwrap_or_default();
        for content in read {
            if !found.contains(&content) {
                found.push(content);
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    found
}

fn read_at_this_scale(picture: &GreyPicture) -> Vec<Vec<u8>> {
    let hints = DecodeHints {
        TryHarder: Some(true),
        PossibleFormats: Some([BarcodeFormat::QR_CODE].into_iter().collect()),
        ..DecodeHints::default()
    };
    let source = || Luma8Source::new_with_slice(&picture.luma, picture.width, picture.height).ok();
    let mut results = Vec::new();
    if let Some(source) = source() {
        results = read_with(&mut QrReader, HybridBinarizer::new(source), &hints);
    }
    if results.is_empty()
        && let Some(source) = source()
    {
        results = read_with(&mut QrReader, GlobalHistogramBinarizer::new(source), &hints);
    }
    if results.is_empty()
        && let Some(source) = source()
    {
        results = read_with(&mut QRCodeMultiReader::new(), HybridBinarizer::new(source), &hints);
    }
    results.iter().map(content).collect()
}

fn read_with<B: Binarizer>(
    reader: &mut impl MultipleBarcodeReader,
    binarizer: B,
    hints: &DecodeHints,
) -> Vec<RXingResult> {
    reader.decode_multiple_with_hints(&mut BinaryBitmap::new(binarizer), hints).unwrap_or_default()
}

/// What a result says. The crate gives the content as byte segments or as raw bytes, and which of the two depends on
/// the reader: the one whose CRC is right counts.
fn content(result: &RXingResult) -> Vec<u8> {
    let raw = result.getRawBytes().to_vec();
    match result.getRXingResultMetadata().get(&RXingResultMetadataType::BYTE_SEGMENTS) {
        Some(RXingResultMetadataValue::ByteSegments(segments)) => {
            let segments = segments.concat();
            if is_sound(&raw) { raw } else { segments }
        }
        _ => raw,
    }
}

/// Every `divisor` × `divisor` pixels become one, their mean.
fn scaled_down(picture: &GreyPicture, divisor: u32) -> GreyPicture {
    let (width, height) = (picture.width / divisor, picture.height / divisor);
    let side = usize::try_from(divisor).unwrap_or(1);
    let row_length = usize::try_from(picture.width).unwrap_or(1).max(1);
    let columns = usize::try_from(width).unwrap_or(0);
    let mut luma = Vec::with_capacity(columns.saturating_mul(usize::try_from(height).unwrap_or(0)));
    for rows in picture.luma.chunks_exact(row_length * side) {
        let mut sums = vec![0_u32; columns];
        for row in rows.chunks_exact(row_length) {
            for (sum, pixels) in sums.iter_mut().zip(row.chunks_exact(side)) {
                *sum += pixels.iter().map(|p| u32::from(*p)).sum::<u32>();
            }
        }
        luma.extend(sums.iter().map(|sum| u8::try_from(sum / (divisor * divisor)).unwrap_or(u8::MAX)));
    }
    GreyPicture { width, height, luma }
}

#[cfg(test)]
mod tests {
    use super::{GreyPicture, read_symbols, scaled_down};

    #[test]
    fn a_picture_without_a_code_gives_nothing() {
        for (width, height) in [(0, 0), (1, 1), (640, 480), (3, 2000)] {
            let luma = (0..width * height).map(|i| (i * 7 % 251) as u8).collect();
            assert!(read_symbols(&GreyPicture { width, height, luma }).is_empty());
        }
    }

    #[test]
    fn scaling_takes_the_mean() {
        let picture = GreyPicture { width: 5, height: 3, luma: (0..15).collect() };
        let half = scaled_down(&picture, 2);
        assert_eq!((half.width, half.height, half.luma), (2, 1, vec![3, 5]));
    }
}
