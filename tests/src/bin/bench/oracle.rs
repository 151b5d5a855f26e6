//! zxing-cpp, the C++ reader that others are measured against: an oracle, with the feature `oracle` only, because it needs
//! cmake and a C++ compiler (`make bench ORACLE=1`).

use rootcast_online::link::optical::qr_reader::GreyPicture;

/// The bytes of every QR symbol it reads in a picture as thoroughly as it can; `None` where it is not built in.
pub(crate) fn read(picture: &GreyPicture) -> Option<Vec<Vec<u8>>> {
    read_with(picture, true)
}

/// The same the fast way: without its options "try harder" and "try downscaled".
pub(crate) fn read_fast(picture: &GreyPicture) -> Option<Vec<Vec<u8>>> {
    read_with(picture, false)
}

#[cfg(feature = "oracle")]
fn read_with(picture: &GreyPicture, thoroughly: bool) -> Option<Vec<Vec<u8>>> {
    use zxingcpp::{BarcodeFormat, ImageFormat, ImageView};
    let view =
        ImageView::from_slice(&picture.luma, picture.width, picture.height, ImageFormat::Lum).expect("a picture");
    let reader = zxingcpp::read().formats([BarcodeFormat::QRCode]).try_harder(thoroughly).try_downscale(thoroughly);
    Some(reader.from(view).unwrap_or_default().iter().map(|code| code.bytes()).collect())
}

#[cfg(not(feature = "oracle"))]
fn read_with(_: &GreyPicture, _: bool) -> Option<Vec<Vec<u8>>> {
    None
}
