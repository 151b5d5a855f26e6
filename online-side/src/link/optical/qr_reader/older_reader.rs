//! The older multi-code reader of `rxing`, which now and then reads what its newer one does not. What it does grows with the
//! cube of what resembles a finder: whoever calls it bounds that.

use rootcast_protocol::frame::MAGIC;
use rxing::common::HybridBinarizer;
use rxing::multi::MultipleBarcodeReader;
use rxing::multi::qrcode::QRCodeMultiReader;
use rxing::{BarcodeFormat, BinaryBitmap, DecodeHints, Luma8Source, RXingResultMetadataType, RXingResultMetadataValue};

use super::geometry::Point;
use super::grey_picture::GreyPicture;

/// The contents that it reads, and the middles of their finders: upper left, upper right, lower left.
pub(super) fn read(picture: &GreyPicture) -> Vec<(Vec<u8>, [Point; 3])> {
    let Ok(source) = Luma8Source::new_with_slice(&picture.luma, picture.width, picture.height) else {
        return Vec::new();
    };
    let hints = DecodeHints {
        TryHarder: Some(true),
        PossibleFormats: Some([BarcodeFormat::QR_CODE].into_iter().collect()),
        ..DecodeHints::default()
    };
    let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
    let results = QRCodeMultiReader::new().decode_multiple_with_hints(&mut bitmap, &hints).unwrap_or_default();
    let read = results.iter().filter_map(|result| {
        let segments = result.getRXingResultMetadata().get(&RXingResultMetadataType::BYTE_SEGMENTS);
        let content = match segments {
            Some(RXingResultMetadataValue::ByteSegments(segments)) if segments.concat().starts_with(&MAGIC) => {
                segments.concat()
            }
            _ => result.getText().as_bytes().to_vec(),
        };
        let mut points = result.getPoints().iter().map(|point| Point::new(point.x, point.y));
        let (left, corner, right) = (points.next()?, points.next()?, points.next()?);
        Some((content, [corner, right, left]))
    });
    read.collect()
}
