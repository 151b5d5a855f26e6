//! Films as uncompressed pictures: YUV4MPEG2 ("Y4M"), and raw grey pictures of a size that is told.
//!
//! ```text
//! YUV4MPEG2 W1920 H1080 F30:1 Ip A1:1 C420jpeg\n
//! FRAME\n  luma W × H bytes  chroma, passed over
//! FRAME\n  …
//! ```
//!
//! The format is described by the mjpegtools manual page yuv4mpeg(5); `ffmpeg -f yuv4mpegpipe` writes it. Only the luma
//! plane is kept. Everything is bounded before it is allocated: a header line in bytes, a picture in pixels.

use std::fmt;
use std::io::{self, Read};

use rootcast_host::text::printable;

use crate::link::optical::qr_reader::GreyPicture;

/// Pixels a side: twice the width of an 8K picture.
pub const SIDE_MAX: u32 = 16_384;
/// Pixels a picture: 8K is 33 million. One picture takes so many bytes, and a few are held at a time.
pub const PIXELS_MAX: u64 = 40_000_000;
/// Bytes of a header line. The longest that `ffmpeg` writes has about a hundred.
const LINE_MAX: usize = 512;

/// Reads pictures one after the other.
#[derive(Debug)]
pub struct Film<R> {
    source: R,
    form: Form,
    width: u32,
    height: u32,
    /// Bytes after the luma plane of each picture.
    chroma: u64,
    pictures: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Y4m,
    Raw,
}

/// Why a film cannot be read, or not any further.
#[derive(Debug)]
pub enum FilmError {
    /// There is not one byte of it.
    Empty,
    /// It does not begin like a Y4M film.
    NotY4m,
    /// Its header does not say this.
    Missing(&'static str),
    /// It has a side or an area beyond what is read.
    TooLarge(u32, u32),
    /// It has a chroma format that is not read, given here.
    Format(String),
    /// A picture does not begin with `FRAME`; so many were read before.
    Damaged(u64),
    /// It ends in the middle of a picture; so many were read before.
    Truncated(u64),
    /// Reading failed; so many were read before.
    Io(u64, io::Error),
}

impl fmt::Display for FilmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str(
                "it is empty: whatever was to write it wrote no byte. Its own message, above, says why (ffmpeg names a \
                 file or device that it cannot open)",
            ),
            Self::NotY4m => f.write_str(
                "it does not begin with YUV4MPEG2, so it is not a Y4M film. Most films become one with: \
                 ffmpeg -i FILM -f yuv4mpegpipe -pix_fmt gray -strict -1 - | rootcast-online receive --link qr:video=-",
            ),
            Self::Missing(what) => write!(f, "its header does not state the {what}"),
            Self::TooLarge(width, height) => write!(
                f,
                "its pictures have {width} × {height} pixels; at most {SIDE_MAX} a side and {PIXELS_MAX} in all are supported"
            ),
            Self::Format(format) => write!(
                f,
                "its pictures are in C{}; supported are 8-bit Cmono, C420, C422 and C444 (ffmpeg: -pix_fmt yuv420p)",
                printable(format)
            ),
            Self::Damaged(before) => {
                write!(f, "it is damaged after picture {before}: the next picture does not begin with FRAME")
            }
            Self::Truncated(before) => write!(f, "it ends in the middle of a picture, after {before} whole pictures"),
            Self::Io(before, error) => write!(f, "it could not be read after picture {before}: {error}"),
        }
    }
}

impl FilmError {
    /// What to do about it.
    #[must_use]
    pub fn next(&self) -> &'static str {
        match self {
            Self::Empty => {
                "Look at the message of the program that writes the film, and mend what it names: the file or the device. Then \
                 run the same command again."
            }
            Self::NotY4m => "Run that command with the film.",
            Self::Missing(_) | Self::Format(_) => {
                "Make a film of grey pictures of it: ffmpeg -i FILM -f yuv4mpegpipe -pix_fmt gray -strict -1 OUT.y4m. Then run \
                 the command with that."
            }
            Self::TooLarge(..) => {
                "Make its pictures smaller: ffmpeg -i FILM -vf scale=1920:-2 -f yuv4mpegpipe -pix_fmt gray -strict -1 OUT.y4m. \
                 Then run the command with that."
            }
            Self::Damaged(_) | Self::Truncated(_) => {
                "Copy the film again, or make it again, then run the same command."
            }
            Self::Io(0, _) => "Check the path and its permissions, then run the same command again.",
            Self::Io(..) => "Check the medium that the film is on and its cable, then run the same command again.",
        }
    }
}

impl std::error::Error for FilmError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(_, error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

impl<R: Read> Film<R> {
    /// Reads the header of a Y4M film.
    ///
    /// # Errors
    /// [`FilmError`].
    pub fn y4m(mut source: R) -> Result<Self, FilmError> {
        let line = match line(&mut source) {
            Ok(Some((line, true))) => line,
            Ok(None) => return Err(FilmError::Empty),
            Ok(_) | Err(None) => return Err(FilmError::NotY4m),
            Err(Some(error)) => return Err(FilmError::Io(0, error)),
        };
        let text = String::from_utf8_lossy(&line);
        let mut fields = text.split(' ');
        if fields.next() != Some("YUV4MPEG2") {
            return Err(FilmError::NotY4m);
        }
        let (mut width, mut height, mut format) = (0, 0, "420".to_owned());
        for field in fields {
            let mut characters = field.chars();
            let first = characters.next();
            let value = characters.as_str();
            match first {
                Some('W') => width = value.parse().unwrap_or(0),
                Some('H') => height = value.parse().unwrap_or(0),
                Some('C') => value.clone_into(&mut format),
                _ => {}
            }
        }
        let mut film = Self::raw(source, width, height)?;
        film.form = Form::Y4m;
        film.chroma = chroma(&format, width, height).ok_or(FilmError::Format(format))?;
        Ok(film)
    }

    /// A film of grey pictures without any header.
    ///
    /// # Errors
    /// When its pictures are too large, or have no pixels.
    pub fn raw(source: R, width: u32, height: u32) -> Result<Self, FilmError> {
        if width == 0 {
            return Err(FilmError::Missing("width"));
        }
        if height == 0 {
            return Err(FilmError::Missing("height"));
        }
        if width > SIDE_MAX || height > SIDE_MAX || u64::from(width) * u64::from(height) > PIXELS_MAX {
            return Err(FilmError::TooLarge(width, height));
        }
        Ok(Self { source, form: Form::Raw, width, height, chroma: 0, pictures: 0 })
    }

    /// Where it comes from.
    pub(crate) fn into_source(self) -> R {
        self.source
    }

    /// The next picture; nothing at the end.
    ///
    /// # Errors
    /// [`FilmError`]; it is not asked again.
    #[expect(clippy::should_implement_trait, reason = "an error ends it, which an iterator's caller would not see")]
    pub fn next(&mut self) -> Result<Option<GreyPicture>, FilmError> {
        let before = self.pictures;
        if self.form == Form::Y4m {
            match line(&mut self.source) {
                Ok(None) => return Ok(None),
                Ok(Some((line, true))) if line == b"FRAME" || line.starts_with(b"FRAME ") => {}
                Ok(Some((line, false))) if b"FRAME".starts_with(line.get(..5).unwrap_or(&line)) => {
                    return Err(FilmError::Truncated(before));
                }
                Ok(Some(_)) | Err(None) => return Err(FilmError::Damaged(before)),
                Err(Some(error)) => return Err(FilmError::Io(before, error)),
            }
        }
        let size = u64::from(self.width) * u64::from(self.height);
        let mut luma = Vec::new();
        let read = self.source.by_ref().take(size).read_to_end(&mut luma).map_err(|e| FilmError::Io(before, e))?;
        if read == 0 && self.form == Form::Raw {
            return Ok(None);
        }
        if read as u64 != size {
            return Err(FilmError::Truncated(before));
        }
        let passed = io::copy(&mut self.source.by_ref().take(self.chroma), &mut io::sink())
            .map_err(|e| FilmError::Io(before, e))?;
        self.pictures += 1;
        if passed != self.chroma {
            // The luma plane is whole, and nothing else of a picture counts: the next call finds the end.
            self.chroma = 0;
        }
        Ok(Some(GreyPicture { width: self.width, height: self.height, luma }))
    }
}

/// Bytes of chroma in a picture; nothing for a format that is not read.
fn chroma(format: &str, width: u32, height: u32) -> Option<u64> {
    let (w, h) = (u64::from(width), u64::from(height));
    let (half_w, half_h) = (w.div_ceil(2), h.div_ceil(2));
    Some(match format {
        "mono" => 0,
        "420" | "420jpeg" | "420mpeg2" | "420paldv" => 2 * half_w * half_h,
        "422" => 2 * half_w * h,
        "444" => 2 * w * h,
        "444alpha" => 3 * w * h,
        "411" => 2 * w.div_ceil(4) * h,
        _ => return None,
    })
}

/// A line without its end, and whether it had one; nothing at the end of the source. `Err(None)`: it is longer than a
/// line may be.
fn line(source: &mut impl Read) -> Result<Option<(Vec<u8>, bool)>, Option<io::Error>> {
    let mut line = Vec::new();
    let mut byte = [0];
    loop {
        match source.read(&mut byte) {
            Ok(0) if line.is_empty() => return Ok(None),
            Ok(0) => return Ok(Some((line, false))),
            Ok(_) if byte == *b"\n" => return Ok(Some((line, true))),
            Ok(_) if line.len() >= LINE_MAX => return Err(None),
            Ok(_) => line.extend(byte),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Some(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Film, FilmError};

    fn pictures(bytes: &[u8]) -> (Vec<Vec<u8>>, Option<String>) {
        let mut read = Vec::new();
        let mut film = match Film::y4m(bytes) {
            Ok(film) => film,
            Err(error) => return (read, Some(error.to_string())),
        };
        loop {
            match film.next() {
                Ok(Some(picture)) => read.push(picture.luma),
                Ok(None) => return (read, None),
                Err(error) => return (read, Some(error.to_string())),
            }
        }
    }

    #[test]
    fn each_8_bit_format_gives_its_luma_plane() {
        for (format, chroma) in [
            ("", 4),
            (" Cmono", 0),
            (" C420", 4),
            (" C420jpeg", 4),
            (" C420mpeg2", 4),
            (" C420paldv", 4),
            (" C422", 8),
            (" C444", 12),
        ] {
            let mut bytes = format!("YUV4MPEG2 W3 H2 F30:1 Ip A0:0{format} XYSCSS=ANY\n").into_bytes();
            for number in 0..3_u8 {
                bytes.extend(if number == 1 { &b"FRAME Ip\n"[..] } else { b"FRAME\n" });
                bytes.extend([number; 6]);
                bytes.extend(vec![0xcc; chroma]);
            }
            assert_eq!(pictures(&bytes), ((0..3).map(|n| vec![n; 6]).collect(), None), "{format}");
        }
    }

    #[test]
    fn a_film_that_was_cut_anywhere_gives_its_whole_pictures_and_says_where_it_ends() {
        let mut bytes = b"YUV4MPEG2 W2 H2 Cmono\nFRAME\nabcdFRAME\nefgh".to_vec();
        let whole = bytes.len();
        for length in 0..whole {
            let (read, error) = pictures(&bytes[..length]);
            assert_eq!(read.len(), usize::from(length >= 32) + usize::from(length >= 42), "cut to {length}");
            assert!(error.is_some() || [22, 32].contains(&length), "cut to {length}");
        }
        bytes.extend(b"NOISE");
        let (read, error) = pictures(&bytes);
        assert_eq!(read.len(), 2);
        assert!(error.unwrap().contains("after picture 2"));
    }

    #[test]
    fn sizes_and_formats_beyond_what_is_read_are_refused_before_anything_is_allocated() {
        for (header, said) in [
            ("YUV4MPEG2 W4000000000 H4000000000\n", "4000000000"),
            ("YUV4MPEG2 W16384 H16384\n", "16384"),
            ("YUV4MPEG2 H2\n", "width"),
            ("YUV4MPEG2 W-3 H2\n", "width"),
            ("YUV4MPEG2 W2 H0\n", "height"),
            ("YUV4MPEG2 W2 H2 C420p10\n", "C420p10"),
            ("YUV4MPEG2 W2 H2 C\u{1b}[2J\n", "C\\u{1b}[2J;"),
            ("RIFF....AVI LIST\n", "not a Y4M"),
            ("", "no byte"),
        ] {
            let (read, error) = pictures(header.as_bytes());
            assert!(read.is_empty());
            assert!(error.as_ref().is_some_and(|e| e.contains(said)), "{header}: {error:?}");
        }
        assert!(matches!(Film::y4m(&[b'Y'; 100_000][..]), Err(FilmError::NotY4m)));
    }
}
