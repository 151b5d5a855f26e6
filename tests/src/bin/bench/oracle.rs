//! zxing-cpp, the C++ reader that others are measured against: an oracle, with the feature `oracle` only, because it needs
//! cmake and a C++ compiler (`make bench ORACLE=1`).

use rootcast_online::link::optical::qr_reader::GreyPicture;

/// The bytes of every QR symbol it reads in a picture; `None` where it is not built in.
#[cfg(feature = "oracle")]
pub(crate) fn read(picture: &GreyPicture) -> Option<Vec<Vec<u8>>> {
    use zxingcpp::{BarcodeFormat, ImageFormat, ImageView};
    let view =
        ImageView::from_slice(&picture.luma, picture.width, picture.height, ImageFormat::Lum).expect("a picture");
    let reader = zxingcpp::read().formats([BarcodeFormat::QRCode]).try_harder(true).try_downscale(true);
    Some(reader.from(view).unwrap_or_default().iter().map(|code| code.bytes()).collect())
}

/// The bytes of every QR symbol it reads in a picture; `None` where it is not built in.
#[cfg(not(feature = "oracle"))]
pub(crate) fn read(_: &GreyPicture) -> Option<Vec<Vec<u8>>> {
    None
}
