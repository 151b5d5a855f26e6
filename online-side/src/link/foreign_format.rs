//! Formats of files that people give to a link that does not read them: named, with the one thing to do about each.
//!
//! ```text
//! by name    what a folder holds is counted by its endings, before anything is opened
//! by bytes   what was given as a picture or as a recording, from its first bytes
//! ```
//!
//! It decides nothing but what is said. Must not: parse more than first fields.

use std::path::Path;

use rootcast_pki::contents::Contents;
use rootcast_protocol::cobs::Piece;
use rootcast_protocol::limits::FRAME_SIZE_MAX;
use rootcast_protocol::recording::Splitter;
use serde::Serialize;

/// A format that some link does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForeignFormat {
    /// Pictures of telephones (ISO/IEC 23008-12).
    Heic,
    /// Pictures of the web, in the same container.
    Avif,
    /// Scans.
    Tiff,
    /// Windows bitmaps.
    Bmp,
    /// Pages.
    Pdf,
    /// What a camera's sensor saw, in its maker's format.
    CameraRaw,
    /// A film in a container, compressed.
    Film,
    /// A film of uncompressed pictures.
    Y4m,
    /// Sound.
    Wave,
    /// A picture that `qr:images` reads.
    Picture,
    /// Frames in a file: what `rootcast-offline send --link file:FILE` writes.
    Recording,
    /// A CRL.
    Crl,
    /// A certificate.
    Certificate,
    /// Another object of public keys, DER or PEM.
    Key,
    /// Compressed by gzip.
    Gzip,
    /// Compressed by xz.
    Xz,
    /// Compressed by bzip2.
    Bzip2,
    /// Compressed by zstd.
    Zstd,
    /// A ZIP archive.
    Zip,
    /// A tar archive.
    Tar,
    /// A web page, such as that of `qr:html`.
    Html,
    /// JSON.
    Json,
}

/// Bytes in which a recording shows a whole frame, with another one cut before it.
const RECORDING_HEAD: usize = 2 * (FRAME_SIZE_MAX + 2);

/// Endings of names, in lower case.
const ENDINGS: &[(&str, ForeignFormat)] = &[
    ("heic", ForeignFormat::Heic),
    ("heif", ForeignFormat::Heic),
    ("hif", ForeignFormat::Heic),
    ("avif", ForeignFormat::Avif),
    ("tif", ForeignFormat::Tiff),
    ("tiff", ForeignFormat::Tiff),
    ("bmp", ForeignFormat::Bmp),
    ("dib", ForeignFormat::Bmp),
    ("pdf", ForeignFormat::Pdf),
    ("dng", ForeignFormat::CameraRaw),
    ("cr2", ForeignFormat::CameraRaw),
    ("cr3", ForeignFormat::CameraRaw),
    ("nef", ForeignFormat::CameraRaw),
    ("arw", ForeignFormat::CameraRaw),
    ("orf", ForeignFormat::CameraRaw),
    ("rw2", ForeignFormat::CameraRaw),
    ("raf", ForeignFormat::CameraRaw),
    ("mp4", ForeignFormat::Film),
    ("mov", ForeignFormat::Film),
    ("m4v", ForeignFormat::Film),
    ("mkv", ForeignFormat::Film),
    ("webm", ForeignFormat::Film),
    ("avi", ForeignFormat::Film),
    ("3gp", ForeignFormat::Film),
    ("y4m", ForeignFormat::Y4m),
];

/// First bytes.
const BEGINNINGS: &[(&[u8], ForeignFormat)] = &[
    (b"\x89PNG", ForeignFormat::Picture),
    (b"\xff\xd8\xff", ForeignFormat::Picture),
    (b"GIF8", ForeignFormat::Picture),
    (b"II*\0", ForeignFormat::Tiff),
    (b"MM\0*", ForeignFormat::Tiff),
    (b"BM", ForeignFormat::Bmp),
    (b"%PDF", ForeignFormat::Pdf),
    (b"YUV4MPEG2 ", ForeignFormat::Y4m),
    (b"\x1a\x45\xdf\xa3", ForeignFormat::Film),
    (b"\x1f\x8b", ForeignFormat::Gzip),
    (b"\xfd7zXZ\0", ForeignFormat::Xz),
    (b"BZh", ForeignFormat::Bzip2),
    (b"\x28\xb5\x2f\xfd", ForeignFormat::Zstd),
    (b"PK\x03\x04", ForeignFormat::Zip),
    (b"<!DOCTYPE html", ForeignFormat::Html),
    (b"<!doctype html", ForeignFormat::Html),
    (b"<html", ForeignFormat::Html),
    (b"{\"", ForeignFormat::Json),
    (b"{\n", ForeignFormat::Json),
    (b"-----BEGIN X509 CRL-----", ForeignFormat::Crl),
    (b"-----BEGIN CERTIFICATE-----", ForeignFormat::Certificate),
    (b"-----BEGIN TRUSTED CERTIFICATE-----", ForeignFormat::Certificate),
    (b"-----BEGIN ", ForeignFormat::Key),
];

impl ForeignFormat {
    /// What a file of this name is.
    #[must_use]
    pub(crate) fn of_name(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?;
        ENDINGS.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known)).map(|(_, format)| *format)
    }

    /// What a file that begins with `bytes` is, as far as that can be told.
    #[must_use]
    pub(crate) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        if let Some((_, format)) = BEGINNINGS.iter().find(|(beginning, _)| bytes.starts_with(beginning)) {
            return Some(*format);
        }
        match (bytes.get(..4), bytes.get(4..8), bytes.get(8..12)) {
            (Some(b"RIFF"), _, Some(b"WEBP")) => return Some(Self::Picture),
            (Some(b"RIFF" | b"RF64"), _, Some(b"WAVE")) => return Some(Self::Wave),
            (Some(b"RIFF"), _, Some(b"AVI ")) => return Some(Self::Film),
            (_, Some(b"ftyp"), Some(b"avif" | b"avis")) => return Some(Self::Avif),
            (_, Some(b"ftyp"), Some(b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1")) => {
                return Some(Self::Heic);
            }
            (_, Some(b"ftyp"), Some(_)) => return Some(Self::Film),
            _ => {}
        }
        if bytes.get(257..262) == Some(b"ustar") {
            return Some(Self::Tar);
        }
        of_der(bytes)
    }

    /// The same for a file that was given as something else than a recording: it may be one.
    #[must_use]
    pub(crate) fn of_bytes_or_recording(bytes: &[u8]) -> Option<Self> {
        Self::of_bytes(bytes).or_else(|| holds_record(bytes).then_some(Self::Recording))
    }

    /// What it is, for people, with an article.
    #[must_use]
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Heic => "a HEIC picture",
            Self::Avif => "an AVIF picture",
            Self::Tiff => "a TIFF picture",
            Self::Bmp => "a BMP picture",
            Self::Pdf => "a PDF file",
            Self::CameraRaw => "a raw picture of a camera",
            Self::Film => "a film",
            Self::Y4m => "a Y4M film",
            Self::Wave => "a WAV file",
            Self::Picture => "a picture",
            Self::Recording => "a recording of `rootcast-offline send`",
            Self::Crl => "a CRL",
            Self::Certificate => "a certificate",
            Self::Key => "a key or another object of a PKI",
            Self::Gzip => "compressed (gzip)",
            Self::Xz => "compressed (xz)",
            Self::Bzip2 => "compressed (bzip2)",
            Self::Zstd => "compressed (zstd)",
            Self::Zip => "a ZIP archive",
            Self::Tar => "a tar archive",
            Self::Html => "a web page",
            Self::Json => "JSON",
        }
    }

    /// What one or several of them are called in a count: `8 HEIC`.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Heic => "HEIC",
            Self::Avif => "AVIF",
            Self::Tiff => "TIFF",
            Self::Bmp => "BMP",
            Self::Pdf => "PDF",
            Self::CameraRaw => "raw",
            Self::Film => "film",
            Self::Y4m => "Y4M",
            _ => "other",
        }
    }

    /// What to do about it: one sentence.
    #[must_use]
    pub(crate) const fn next(self) -> &'static str {
        match self {
            Self::Heic => {
                "Convert it: heif-convert IN.HEIC OUT.jpg (or let the telephone save JPEG: \"Most Compatible\")."
            }
            Self::Avif => "Convert it: ffmpeg -i IN.avif OUT.png",
            Self::Tiff => "Convert it: ffmpeg -i IN.tif OUT.png",
            Self::Bmp => "Convert it: ffmpeg -i IN.bmp OUT.png",
            Self::Pdf => "Convert its pages: pdftoppm -r 150 -gray -png IN.pdf OUT",
            Self::CameraRaw => "Let the camera save JPEG, or convert it with the camera's program.",
            Self::Film => {
                "Let ffmpeg unpack it: ffmpeg -i FILM -f yuv4mpegpipe -pix_fmt gray -strict -1 - | \
                 rootcast-online receive --link qr:video=-"
            }
            Self::Y4m => "Give it as a film: --link qr:video=FILE",
            Self::Wave => "Give it as sound: --link audio:wav=FILE",
            Self::Picture => "Give it as a picture: --link qr:images=FILE",
            Self::Recording => "Give it as a recording: --link file:FILE",
            Self::Crl | Self::Certificate => {
                "Judge it with `rootcast-online check FILE`. What is to be published comes over a link from \
                 `rootcast-offline send`."
            }
            Self::Key => {
                "Check that this is the right file: a recording is what `rootcast-offline send --link file:FILE` writes."
            }
            Self::Gzip => "Unpack it first: gunzip FILE",
            Self::Xz => "Unpack it first: unxz FILE",
            Self::Bzip2 => "Unpack it first: bunzip2 FILE",
            Self::Zstd => "Unpack it first: unzstd FILE",
            Self::Zip => "Unpack it first: unzip FILE",
            Self::Tar => "Unpack it first: tar -xf FILE",
            Self::Html => "Open it in a browser and film it, or give the recording of --link file:FILE instead.",
            Self::Json => {
                "Check that this is the right file: a recording is what `rootcast-offline send --link file:FILE` writes."
            }
        }
    }
}

/// Whether a whole frame of a recording is among the first bytes.
fn holds_record(bytes: &[u8]) -> bool {
    let mut is_found = false;
    let head = bytes.get(..RECORDING_HEAD.min(bytes.len())).unwrap_or_default();
    Splitter::new().push(head, &mut |piece: Piece<'_>| is_found |= matches!(piece, Piece::Frame(_)));
    is_found
}

/// A CRL, a certificate or another object in DER, from its first fields (RFC 5280 §4.1 and §5.1).
fn of_der(bytes: &[u8]) -> Option<ForeignFormat> {
    const SEQUENCE: u8 = 0x30;
    let (outer, _) = value(bytes, SEQUENCE)?;
    let Some((inner, _)) = value(outer, SEQUENCE) else {
        return Contents::recognise(bytes).map(|_| ForeignFormat::Key);
    };
    match inner {
        // [0]: the version of a certificate.
        [0xa0, 3, 2, 1, ..] => Some(ForeignFormat::Certificate),
        // Version 2, and an algorithm.
        [2, 1, 1, SEQUENCE, ..] => Some(ForeignFormat::Crl),
        _ => Contents::recognise(bytes).map(|_| ForeignFormat::Key),
    }
}

/// The value of the first object, as much of it as there is, if it has this tag and a length of up to four bytes.
fn value(bytes: &[u8], tag: u8) -> Option<(&[u8], usize)> {
    let (first, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    if *first != tag {
        return None;
    }
    if *length < 0x80 {
        return Some((rest, usize::from(*length)));
    }
    let count = usize::from(*length & 0x7f);
    if !(1..=4).contains(&count) {
        return None;
    }
    let (length, rest) = rest.split_at_checked(count)?;
    Some((rest, length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{BEGINNINGS, ENDINGS, ForeignFormat};

    #[test]
    fn endings_are_known_in_any_case_and_first_bytes_whatever_the_name_says() {
        assert_eq!(ForeignFormat::of_name(Path::new("a/IMG_0001.HEIC")), Some(ForeignFormat::Heic));
        assert_eq!(ForeignFormat::of_name(Path::new("frame.png")), None);
        assert_eq!(ForeignFormat::of_name(Path::new("heic")), None);
        assert_eq!(ForeignFormat::of_bytes(b"\0\0\0\x18ftypheic\0\0"), Some(ForeignFormat::Heic));
        assert_eq!(ForeignFormat::of_bytes(b"\0\0\0\x18ftypavif\0\0"), Some(ForeignFormat::Avif));
        assert_eq!(ForeignFormat::of_bytes(b"\0\0\0\x18ftypisom\0\0"), Some(ForeignFormat::Film));
        assert_eq!(ForeignFormat::of_bytes(b"RIFF\x10\0\0\0WAVEfmt "), Some(ForeignFormat::Wave));
        assert_eq!(ForeignFormat::of_bytes(b"\x1f\x8b\x08"), Some(ForeignFormat::Gzip));
        assert_eq!(ForeignFormat::of_bytes(b""), None);
        assert_eq!(ForeignFormat::of_bytes(&[7; 600]), None);
    }

    #[test]
    fn a_recording_is_named_only_where_something_else_was_expected() {
        let mut recording = Vec::new();
        for ordinal in 1..4 {
            let frame = rootcast_protocol::test_pattern::TestPattern::new().frame(0, ordinal).unwrap();
            rootcast_protocol::recording::encode_record(&frame, &mut recording);
        }
        assert_eq!(ForeignFormat::of_bytes(&recording), None);
        assert_eq!(ForeignFormat::of_bytes_or_recording(&recording), Some(ForeignFormat::Recording));
        assert_eq!(ForeignFormat::of_bytes_or_recording(&recording[9..]), Some(ForeignFormat::Recording));
        assert_eq!(ForeignFormat::of_bytes_or_recording(&[7; 600]), None);
        assert!(ForeignFormat::Recording.next().contains("file:FILE"));
    }

    #[test]
    fn der_is_told_apart_by_its_first_fields_however_much_of_it_there_is() {
        let root = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../pki/examples/root.crt"));
        assert_eq!(ForeignFormat::of_bytes(root), Some(ForeignFormat::Certificate));
        let crl = [0x30, 0x82, 0x10, 0, 0x30, 0x82, 0x0f, 0, 2, 1, 1, 0x30, 10, 6, 8];
        assert_eq!(ForeignFormat::of_bytes(&crl), Some(ForeignFormat::Crl));
        let certificate = [0x30, 0x82, 0x10, 0, 0x30, 0x82, 0x0f, 0, 0xa0, 3, 2, 1, 2, 2, 16];
        assert_eq!(ForeignFormat::of_bytes(&certificate), Some(ForeignFormat::Certificate));
        for length in 0..crl.len() {
            let _ = ForeignFormat::of_bytes(&crl[..length]);
        }
        assert_eq!(ForeignFormat::of_bytes(&[0x30, 0x85, 1, 1, 1, 1, 1, 0x30]), None);
    }

    #[test]
    fn each_says_what_it_is_and_one_thing_to_do_in_a_line() {
        for format in ENDINGS.iter().map(|(_, format)| format).chain(BEGINNINGS.iter().map(|(_, format)| format)) {
            assert!(!format.text().is_empty() && format.next().len() < 150 && !format.next().contains('\n'));
        }
    }
}
