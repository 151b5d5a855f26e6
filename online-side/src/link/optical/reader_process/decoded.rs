//! The grey picture in an encoded one. Its size is looked at before anything is decoded, and it is decoded to grey where
//! its format allows that.
//!
//! ```text
//! PNG        row by row, each made grey at once     width × height bytes, and one row
//! JPEG       only its light is decoded              width × height bytes, and a band of rows
//!  ″ progressive, PNG interlaced, WebP              several bytes a pixel: so these may have fewer pixels
//! GIF        picture by picture (`animation`)        four bytes a pixel
//! ```
//!
//! Decoders hold `unsafe` code. This is only called in the process of a reader.

use std::io::{Cursor, ErrorKind};

use image::{ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::animation;
use super::grey::{CUT, DARK, Ink, PAPER, light, over};
use crate::link::foreign_format::ForeignFormat;
use crate::link::optical::qr_reader::GreyPicture;

/// What is said of a file that is none of what is read.
const NO_PICTURE: &str = "it is no PNG, JPEG, WebP or GIF";

/// Pixels a side: 12,000 × 12,000 is more than any camera of today takes.
const SIDE_MAX: u32 = 12_000;
/// Bytes that a picture may take in all while it is decoded, with its encoded bytes. The rest of what a reader may have
/// (256 MiB) is for looking at it: a quarter of 48 megapixels in grey and in black and white, and the program itself.
const WORKING_SIZE_MAX: u64 = 208 << 20;
/// Bytes from which on a picture is decoded by itself, and no other one at the same time.
const LARGE_SIZE: u64 = 48 << 20;

/// The formats that are read, and what decoding one takes beside the grey picture, in bytes a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Row by row.
    Png,
    /// All of it, in its own depth.
    InterlacedPng,
    /// Its light.
    Jpeg,
    /// The coefficients of all its components.
    ProgressiveJpeg,
    /// All of it, in colour, and what it is made of.
    WebP,
    /// The whole picture twice, and the pixels of a part.
    Gif,
}

/// What an encoded picture is, as far as its head says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Encoded<'b> {
    form: Form,
    width: u32,
    height: u32,
    bytes: &'b [u8],
}

impl<'b> Encoded<'b> {
    /// Looks at the head of an encoded picture, and refuses one that is too large.
    ///
    /// # Errors
    /// In words.
    pub(super) fn new(bytes: &'b [u8]) -> Result<Self, String> {
        let format = image::guess_format(bytes).map_err(|_| no_picture(bytes))?;
        let (width, height) = match format {
            ImageFormat::Gif => animation::size(bytes).ok_or(CUT)?,
            ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP => {
                let reader = ImageReader::with_format(Cursor::new(bytes), format);
                reader.into_dimensions().map_err(|error| words(&error))?
            }
            _ => return Err(no_picture(bytes)),
        };
        let form = match format {
            ImageFormat::Png if bytes.get(28).is_some_and(|interlace| *interlace != 0) => Form::InterlacedPng,
            ImageFormat::Png => Form::Png,
            ImageFormat::Jpeg if is_progressive(bytes) => Form::ProgressiveJpeg,
            ImageFormat::Jpeg => Form::Jpeg,
            ImageFormat::Gif => Form::Gif,
            _ => Form::WebP,
        };
        let encoded = Self { form, width, height, bytes };
        if width > SIDE_MAX || height > SIDE_MAX {
            return Err(format!(
                "it has {width} × {height} pixels; at most {SIDE_MAX} a side are supported: make it smaller"
            ));
        }
        if encoded.working_size() > WORKING_SIZE_MAX {
            return Err(format!(
                "it has {width} × {height} pixels, and this kind of picture takes {} MiB to decode; at most {} MiB are \
                 supported: make it smaller, or save it as a plain PNG or JPEG",
                encoded.working_size() >> 20,
                WORKING_SIZE_MAX >> 20
            ));
        }
        Ok(encoded)
    }

    /// Bytes that decoding it takes in all.
    fn working_size(&self) -> u64 {
        let beside = match self.form {
            Form::Png | Form::Jpeg => 0,
            Form::InterlacedPng | Form::WebP => 8,
            Form::Gif => 3,
            Form::ProgressiveJpeg => 7,
        };
        let pixels = u64::from(self.width) * u64::from(self.height);
        pixels * (1 + beside) + u64::try_from(self.bytes.len()).unwrap_or(u64::MAX / 2)
    }

    /// Whether nothing else should be decoded at the same time: it takes too much, or it is many pictures.
    pub(super) fn is_large(&self) -> bool {
        self.working_size() > LARGE_SIZE || self.is_animation()
    }

    /// Whether it is many pictures: [`Encoded::each_picture`] gives them.
    pub(super) fn is_animation(&self) -> bool {
        self.form == Form::Gif
    }

    /// Gives each picture of an animation to `each`.
    ///
    /// # Errors
    /// As [`animation::each_picture`].
    pub(super) fn each_picture(self, each: &mut dyn FnMut(&GreyPicture) -> Result<(), String>) -> Result<(), String> {
        animation::each_picture(self.bytes, (self.width, self.height), each)
    }

    /// Whether its file ends before the picture does, as far as that can be seen without decoding it.
    pub(super) fn is_cut(&self) -> bool {
        matches!(self.form, Form::Jpeg | Form::ProgressiveJpeg) && is_cut_jpeg(self.bytes)
    }

    /// Decodes it.
    ///
    /// # Errors
    /// In words.
    pub(super) fn decode(self) -> Result<GreyPicture, String> {
        let luma = match self.form {
            Form::Png => self.png()?,
            Form::Jpeg | Form::ProgressiveJpeg => self.jpeg()?,
            Form::InterlacedPng | Form::WebP => self.whole()?,
            Form::Gif => return Err("it is many pictures".to_owned()),
        };
        let picture = GreyPicture { width: self.width, height: self.height, luma };
        if picture.is_whole() { Ok(picture) } else { Err("its head and its content differ in size".to_owned()) }
    }

    /// A transparent picture lies on white paper, and on a dark ground if it could not be seen otherwise.
    fn png(self) -> Result<Vec<u8>, String> {
        let mut luma = Vec::with_capacity(self.pixels());
        if self.png_on(PAPER, &mut luma)?.is_for_dark_ground() {
            // In the same memory: there is no room for two of the largest pictures.
            luma.clear();
            self.png_on(DARK, &mut luma)?;
        }
        Ok(luma)
    }

    fn png_on(self, ground: u8, luma: &mut Vec<u8>) -> Result<Ink, String> {
        let mut decoder = png::Decoder::new(Cursor::new(self.bytes));
        decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
        // What a picture says of itself beside its light is of no use here.
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        let mut reader = decoder.read_info().map_err(|error| png_words(&error))?;
        let (colour, _) = reader.output_color_type();
        let samples = colour.samples();
        let mut ink = Ink::default();
        let mut drawn = |light: u8, cover: u8| {
            ink.note(light, cover);
            over(light, cover, ground)
        };
        while let Some(row) = reader.next_row().map_err(|error| png_words(&error))? {
            if luma.len() >= self.pixels() {
                break;
            }
            let pixels = row.data().chunks_exact(samples);
            match samples {
                1 => luma.extend_from_slice(row.data()),
                2 => luma.extend(pixels.map(|pixel| match pixel {
                    [light, cover] => drawn(*light, *cover),
                    _ => ground,
                })),
                4 => luma.extend(pixels.map(|pixel| match pixel {
                    [colour @ .., cover] => drawn(light(colour), *cover),
                    [] => ground,
                })),
                _ => luma.extend(pixels.map(light)),
            }
        }
        Ok(ink)
    }

    fn jpeg(self) -> Result<Vec<u8>, String> {
        let side = usize::try_from(SIDE_MAX).unwrap_or(0);
        let options = DecoderOptions::default()
            .jpeg_set_out_colorspace(ColorSpace::Luma)
            .set_max_width(side)
            .set_max_height(side);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(self.bytes), options);
        decoder.decode_headers().map_err(|error| error.to_string())?;
        // Light cannot be taken from every colour space alone.
        match decoder.input_colorspace() {
            Some(ColorSpace::YCbCr | ColorSpace::Luma) => decoder.decode().map_err(|error| error.to_string()),
            _ => self.whole(),
        }
    }

    /// All of it at once, as the `image` crate does.
    fn whole(self) -> Result<Vec<u8>, String> {
        let mut reader =
            ImageReader::new(Cursor::new(self.bytes)).with_guessed_format().map_err(|error| error.to_string())?;
        let mut limits = Limits::default();
        limits.max_image_width = Some(SIDE_MAX);
        limits.max_image_height = Some(SIDE_MAX);
        limits.max_alloc = Some(WORKING_SIZE_MAX);
        reader.limits(limits);
        let decoder = reader.into_decoder().map_err(|error| error.to_string())?;
        if decoder.total_bytes().saturating_mul(2) > WORKING_SIZE_MAX {
            return Err(
                "it takes too much memory to decode: make it smaller, or save it as a plain PNG or JPEG".to_owned()
            );
        }
        let decoded = image::DynamicImage::from_decoder(decoder).map_err(|error| words(&error))?;
        if !decoded.color().has_alpha() {
            return Ok(decoded.into_luma8().into_raw());
        }
        let both = decoded.into_luma_alpha8();
        let mut ink = Ink::default();
        both.pixels().for_each(|image::LumaA([light, cover])| ink.note(*light, *cover));
        let ground = if ink.is_for_dark_ground() { DARK } else { PAPER };
        Ok(both.pixels().map(|image::LumaA([light, cover])| over(*light, *cover, ground)).collect())
    }

    fn pixels(&self) -> usize {
        usize::try_from(u64::from(self.width) * u64::from(self.height)).unwrap_or(0)
    }
}

/// What a file is instead of a picture.
fn no_picture(bytes: &[u8]) -> String {
    match ForeignFormat::of_bytes_or_recording(bytes) {
        Some(format) => format!("{NO_PICTURE}, but {}. {}", format.text(), format.next()),
        None if bytes.is_empty() => "it is empty: 0 bytes".to_owned(),
        None => NO_PICTURE.to_owned(),
    }
}

fn words(error: &ImageError) -> String {
    match error {
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => CUT.to_owned(),
        error => error.to_string(),
    }
}

fn png_words(error: &png::DecodingError) -> String {
    match error {
        png::DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => CUT.to_owned(),
        error => error.to_string(),
    }
}

/// Whether a JPEG comes to the end of its file before its end marker (ITU-T T.81, B.1.1.3).
fn is_cut_jpeg(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    loop {
        match rest {
            // A fill byte; a marker without a length: restart, or a stuffed byte of data.
            [0xff, 0xff, ..] => rest = rest.get(1..).unwrap_or_default(),
            [0xff, 0x00 | 0x01 | 0xd0..=0xd7, ..] => rest = rest.get(2..).unwrap_or_default(),
            // EOI.
            [0xff, 0xd9, ..] => return false,
            [0xff, _, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                rest = rest.get(2 + length..).unwrap_or_default();
            }
            [] | [0xff] | [0xff, _] | [0xff, _, _] => return true,
            // Data, up to the next marker.
            [_, ..] => {
                let next = rest.iter().position(|byte| *byte == 0xff).unwrap_or(rest.len());
                rest = rest.get(next..).unwrap_or_default();
            }
        }
    }
}

/// Whether the first frame header of a JPEG is a progressive one (ITU-T T.81, B.2.2): SOF2, or one that is not baseline.
fn is_progressive(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some([0xff, marker, high, low]) = bytes.get(at..at + 4) {
        match marker {
            // A fill byte.
            0xff => {
                at += 1;
                continue;
            }
            0xc0 | 0xc1 => return false,
            0xc2..=0xcf if ![0xc4, 0xc8, 0xcc].contains(marker) => return true,
            // The first scan without any frame header.
            0xda => return true,
            _ => {}
        }
        at += 2 + usize::from(u16::from_be_bytes([*high, *low]));
    }
    // What cannot be followed is taken for what takes more.
    true
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, ImageFormat, RgbaImage};

    use super::{CUT, Encoded, is_cut_jpeg, is_progressive};

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn colours() -> DynamicImage {
        let byte = |value: u32| u8::try_from(value & 0xff).unwrap();
        RgbaImage::from_fn(61, 47, |x, y| image::Rgba([byte(x * 4), byte(y * 5), byte(x ^ y), 255])).into()
    }

    fn bt601(picture: &DynamicImage) -> image::GrayImage {
        let rgb = picture.to_rgb8();
        image::GrayImage::from_fn(rgb.width(), rgb.height(), |x, y| {
            let [red, green, blue] = rgb.get_pixel(x, y).0.map(u32::from);
            image::Luma([u8::try_from((red * 299 + green * 587 + blue * 114) / 1000).unwrap()])
        })
    }

    #[test]
    fn each_kind_of_picture_is_as_light_as_the_image_crate_says() {
        let whole = colours();
        let pictures = [
            DynamicImage::from(whole.to_luma8()),
            whole.to_luma_alpha8().into(),
            whole.to_rgb8().into(),
            whole.to_rgba8().into(),
            whole.to_luma16().into(),
            whole.to_rgb16().into(),
        ];
        for picture in pictures {
            for (format, apart) in [(ImageFormat::Png, 1), (ImageFormat::WebP, 1), (ImageFormat::Jpeg, 4)] {
                // JPEG has no transparency, and WebP no more than 8 bits.
                let picture = match format {
                    ImageFormat::Jpeg => picture.to_rgb8().into(),
                    ImageFormat::WebP => picture.to_rgba8().into(),
                    _ => picture.clone(),
                };
                let bytes = encoded(&picture, format);
                let ours = Encoded::new(&bytes).unwrap().decode().unwrap();
                let theirs = image::load_from_memory(&bytes).unwrap();
                // The light of a JPEG is that of ITU-R BT.601.
                let theirs = if format == ImageFormat::Jpeg { bt601(&theirs) } else { theirs.into_luma8() };
                assert_eq!((ours.width, ours.height), theirs.dimensions());
                let most = ours.luma.iter().zip(theirs.iter()).map(|(one, other)| one.abs_diff(*other)).max();
                assert!(most <= Some(apart), "{format:?} of {:?}: {most:?}", picture.color());
            }
        }
    }

    /// As an image editor saves a code without its ground: only the dark modules are drawn, or only the light ones.
    #[test]
    fn what_is_transparent_lies_on_paper_and_what_is_only_light_on_a_dark_ground() {
        let drawn = |is_ink: fn(u32) -> bool, light: u8, cover: u8| {
            let pixel =
                move |x, y| image::Rgba(if is_ink(x ^ y) { [light, light, light, cover] } else { [0, 0, 0, 0] });
            DynamicImage::from(RgbaImage::from_fn(40, 30, pixel))
        };
        let half = |at: u32| at % 4 < 2;
        let lights = |picture: &DynamicImage, format| {
            let bytes = encoded(picture, format);
            let luma = Encoded::new(&bytes).unwrap().decode().unwrap().luma;
            let at = |is_ink: bool| luma[(0..1200).find(|at| half((at % 40) ^ (at / 40)) == is_ink).unwrap() as usize];
            (at(true), at(false))
        };
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            assert_eq!(lights(&drawn(half, 0, 255), format), (0, 255), "{format:?}: dark ink on white paper");
            assert_eq!(lights(&drawn(half, 255, 255), format), (255, 0), "{format:?}: light ink on a dark ground");
            assert_eq!(lights(&drawn(half, 0, 128), format), (127, 255), "{format:?}: thin dark ink");
        }
        let grey = drawn(half, 0, 255).to_luma_alpha8().into();
        assert_eq!(lights(&grey, ImageFormat::Png), (0, 255));
        assert_eq!(lights(&drawn(half, 30, 255).to_rgba16().into(), ImageFormat::Png), (30, 255));
    }

    #[test]
    fn what_is_too_large_is_refused_by_its_head_alone() {
        let mut png = encoded(&colours(), ImageFormat::Png);
        for (side, is_refused) in [(12_000_u32, false), (12_001, true), (u32::MAX / 2, true)] {
            png[16..20].copy_from_slice(&side.to_be_bytes());
            png[20..24].copy_from_slice(&side.min(12_000).to_be_bytes());
            let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&png[12..29]);
            png[29..33].copy_from_slice(&crc.to_be_bytes());
            let encoded = Encoded::new(&png);
            assert_eq!(encoded.is_err(), is_refused, "{side}: {:?}", encoded.map(|_| ()));
        }
        for bytes in [&b""[..], b"no picture", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"RIFF\0\0\0\0WEBPVP8L"] {
            assert!(Encoded::new(bytes).is_err());
        }
    }

    #[test]
    fn a_jpeg_that_is_cut_anywhere_is_one_that_is_cut() {
        let whole = encoded(&DynamicImage::from(colours().to_rgb8()), ImageFormat::Jpeg);
        assert!(!is_cut_jpeg(&whole));
        for length in 0..whole.len() - 1 {
            assert!(is_cut_jpeg(&whole[..length]), "cut to {length}");
        }
        // What a telephone puts behind the picture does not matter.
        assert!(!is_cut_jpeg(&[&whole[..], &[0; 99]].concat()));
        // Any bytes come to an end.
        for byte in [0xff, 0, 1, 0xd8] {
            assert!(is_cut_jpeg(&[byte; 5000]));
        }
    }

    #[test]
    fn a_png_or_webp_that_is_cut_is_called_cut() {
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            let whole = encoded(&colours().to_rgba8().into(), format);
            let cut = &whole[..whole.len() / 2];
            let why = Encoded::new(cut).and_then(Encoded::decode).unwrap_err();
            assert!(format == ImageFormat::WebP || why == CUT, "{format:?}: {why}");
        }
    }

    #[test]
    fn what_is_no_picture_is_named_with_what_to_do() {
        for (bytes, said) in [
            (&b"\0\0\0\x18ftypheic\0\0\0\0"[..], "HEIC"),
            (b"II*\0\x08\0\0\0", "TIFF"),
            (b"BM\x36\0\0\0\0\0\0\0", "BMP"),
            (b"%PDF-1.7", "PDF"),
            (b"", "empty"),
        ] {
            let why = Encoded::new(bytes).unwrap_err();
            assert!(why.contains(said), "{why}");
        }
    }

    #[test]
    fn a_jpeg_that_cannot_be_followed_counts_as_what_takes_more() {
        assert!(!is_progressive(&encoded(&DynamicImage::from(colours().to_rgb8()), ImageFormat::Jpeg)));
        assert!(is_progressive(b"\xff\xd8\xff\xc2\x00\x11") && is_progressive(b"\xff\xd8\x00"));
        assert!(!is_progressive(b"\xff\xd8\xff\xe0\x00\x04\x00\x00\xff\xff\xc0\x00\x11"), "a fill byte");
    }
}
