//! The pictures of a GIF, one after the other, in grey.
//!
//! ```text
//! head and palette │ picture: where, its palette, what is done with it afterwards, pixels │ picture …
//! ```
//!
//! Each is drawn over what the ones before left (GIF89a, 23 and 24). Held are the whole picture twice, and the pixels of
//! one part of it. Must not: wait as long as the animation does.

use std::io::{Cursor, ErrorKind};
use std::num::NonZeroU64;

use gif::{ColorOutput, DecodeOptions, DecodingError, DisposalMethod, Frame, MemoryLimit};

use super::grey::{CUT, PAPER, light};
use crate::link::optical::qr_reader::GreyPicture;

/// Pictures that are looked at: as many as `qr:gif` writes.
const PICTURES_MAX: u32 = 20_000;
/// Colours that a palette may lack.
const NO_COLOUR: u8 = 0;

/// The width and height that the head of a GIF states.
pub(super) fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    let [w0, w1, h0, h1] = *bytes.get(6..10)?.first_chunk::<4>()?;
    Some((u16::from_le_bytes([w0, w1]).into(), u16::from_le_bytes([h0, h1]).into()))
}

/// Gives each picture to `each` that differs from the one before.
///
/// # Errors
/// In words: it is damaged or cut, after the pictures that were given; or what `each` says.
pub(super) fn each_picture(
    bytes: &[u8],
    (width, height): (u32, u32),
    each: &mut dyn FnMut(&GreyPicture) -> Result<(), String>,
) -> Result<(), String> {
    let pixels = u64::from(width) * u64::from(height);
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(NonZeroU64::new(pixels).map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes));
    let mut decoder = options.read_info(Cursor::new(bytes)).map_err(|error| words(&error))?;
    let shared = grey_of(decoder.global_palette().unwrap_or_default());
    let mut canvas = Canvas::new(width, height);
    let mut pictures = 0;
    while let Some(frame) = decoder.read_next_frame().map_err(|error| words(&error))? {
        if pictures == PICTURES_MAX {
            return Err(format!("it has more than {PICTURES_MAX} pictures: only so many were looked at"));
        }
        pictures += 1;
        let before = (frame.dispose == DisposalMethod::Previous).then(|| canvas.picture.luma.clone());
        let own = frame.palette.as_deref().map(grey_of);
        if canvas.draw(frame, own.as_ref().unwrap_or(&shared)) || pictures == 1 {
            each(&canvas.picture)?;
        }
        match frame.dispose {
            DisposalMethod::Background => canvas.clear(frame),
            DisposalMethod::Previous => canvas.picture.luma = before.unwrap_or_default(),
            DisposalMethod::Any | DisposalMethod::Keep => {}
        }
    }
    Ok(())
}

/// The whole picture.
struct Canvas {
    columns: usize,
    picture: GreyPicture,
}

impl Canvas {
    fn new(width: u32, height: u32) -> Self {
        let columns = usize::try_from(width).unwrap_or(0);
        let pixels = columns.saturating_mul(usize::try_from(height).unwrap_or(0));
        Self { columns, picture: GreyPicture { width, height, luma: vec![PAPER; pixels] } }
    }

    /// The rows of the canvas that a part covers, from its left edge on; what lies beyond the canvas is left out.
    fn rows(&mut self, frame: &Frame<'_>) -> impl Iterator<Item = &mut [u8]> {
        let (left, top) = (usize::from(frame.left), usize::from(frame.top));
        let (width, height) = (usize::from(frame.width), usize::from(frame.height));
        let rows = self.picture.luma.chunks_mut(self.columns.max(1)).skip(top).take(height);
        rows.filter_map(move |row| {
            let end = row.len().min(left + width);
            row.get_mut(left..end)
        })
    }

    /// Draws a part; whether anything changed.
    fn draw(&mut self, frame: &Frame<'_>, palette: &[u8; 256]) -> bool {
        let width = usize::from(frame.width).max(1);
        let mut is_changed = false;
        for (row, drawn) in self.rows(frame).zip(frame.buffer.chunks(width)) {
            for (pixel, index) in row.iter_mut().zip(drawn).filter(|(_, index)| frame.transparent != Some(**index)) {
                let grey = palette.get(usize::from(*index)).copied().unwrap_or(NO_COLOUR);
                is_changed |= *pixel != grey;
                *pixel = grey;
            }
        }
        is_changed
    }

    fn clear(&mut self, frame: &Frame<'_>) {
        self.rows(frame).for_each(|row| row.fill(PAPER));
    }
}

/// The light of each colour of a palette.
fn grey_of(palette: &[u8]) -> [u8; 256] {
    let mut grey = [NO_COLOUR; 256];
    grey.iter_mut().zip(palette.chunks_exact(3)).for_each(|(grey, colour)| *grey = light(colour));
    grey
}

fn words(error: &DecodingError) -> String {
    match error {
        DecodingError::UnexpectedEof => CUT.to_owned(),
        DecodingError::Io(error) if error.kind() == ErrorKind::UnexpectedEof => CUT.to_owned(),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{AnimationDecoder, Frame, ImageFormat, Rgba, RgbaImage};

    use super::{PAPER, each_picture, size};
    use crate::link::optical::reader_process::grey::CUT;

    /// Left, top, width, height, what is done with it afterwards, the colour that shows nothing, and its pixels.
    type Part<'p> = (u16, u16, u16, u16, u8, Option<u8>, &'p [u8]);

    /// A GIF of one byte a colour, written by hand: 6 × 4, four colours, these parts.
    fn gif(parts: &[Part<'_>]) -> Vec<u8> {
        let mut bytes = b"GIF89a\x06\0\x04\0\x91\0\0".to_vec();
        bytes.extend([0, 0, 0, 80, 80, 80, 160, 160, 160, 240, 240, 240]);
        for (left, top, width, height, dispose, transparent, pixels) in parts {
            bytes.extend([
                0x21,
                0xf9,
                4,
                dispose << 2 | u8::from(transparent.is_some()),
                0,
                0,
                transparent.unwrap_or(0),
                0,
            ]);
            bytes.push(0x2c);
            for number in [left, top, width, height] {
                bytes.extend(number.to_le_bytes());
            }
            bytes.push(0);
            // Codes of 3 bits, with a clear code (4) before each pixel, so that no code ever grows.
            bytes.push(2);
            let codes: Vec<u8> = pixels.iter().flat_map(|pixel| [4, *pixel]).chain([5]).collect();
            let mut packed = vec![0_u8; (codes.len() * 3).div_ceil(8)];
            for (bit, set) in codes.iter().flat_map(|code| (0..3).map(move |bit| code >> bit & 1)).enumerate() {
                packed[bit / 8] |= set << (bit % 8);
            }
            for block in packed.chunks(255) {
                bytes.push(u8::try_from(block.len()).unwrap());
                bytes.extend(block);
            }
            bytes.push(0);
        }
        bytes.push(0x3b);
        bytes
    }

    fn pictures(bytes: &[u8]) -> (Vec<Vec<u8>>, Result<(), String>) {
        let mut all = Vec::new();
        let ended = each_picture(bytes, size(bytes).unwrap(), &mut |picture| {
            assert!(picture.is_whole());
            all.push(picture.luma.clone());
            Ok(())
        });
        (all, ended)
    }

    #[test]
    fn each_part_is_drawn_over_what_the_ones_before_left() {
        let whole: Vec<u8> = (0..24).map(|at| at % 4).collect();
        for dispose in [0, 1, 2, 3] {
            let bytes = gif(&[
                (0, 0, 6, 4, 1, None, &whole),
                (1, 1, 2, 2, dispose, Some(3), &[0, 3, 2, 1]),
                (5, 3, 1, 1, 1, None, &[2]),
                // Beyond the edge.
                (4, 2, 4, 4, 1, None, &[1; 16]),
            ]);
            let (ours, ended) = pictures(&bytes);
            ended.unwrap();
            let decoder = image::codecs::gif::GifDecoder::new(Cursor::new(&bytes[..])).unwrap();
            let theirs = decoder.into_frames().take(3).map(|frame| {
                let buffer = frame.unwrap().into_buffer();
                buffer.pixels().map(|pixel| if pixel.0[3] == 0 { PAPER } else { pixel.0[0] }).collect::<Vec<u8>>()
            });
            assert_eq!(ours[..3], theirs.collect::<Vec<_>>(), "disposal {dispose}");
        }
    }

    #[test]
    fn an_animation_of_another_program_has_all_its_pictures() {
        let frames = (0..5_u8).map(|number| {
            Frame::new(RgbaImage::from_fn(40, 30, |x, _| {
                let light = if x / 8 == u32::from(number) { 0 } else { 255 };
                Rgba([light, light, light, 255])
            }))
        });
        let mut bytes = Vec::new();
        let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
        encoder.encode_frames(frames).unwrap();
        drop(encoder);
        let (all, ended) = pictures(&bytes);
        ended.unwrap();
        assert_eq!(all.len(), 5);
        for (number, picture) in all.iter().enumerate() {
            assert!(picture[number * 8] < 8 && picture[(number * 8 + 12) % 40] > 247, "picture {number}");
        }
        // What is the same twice is given once.
        assert_eq!(image::guess_format(&bytes).unwrap(), ImageFormat::Gif);
    }

    #[test]
    fn one_that_is_cut_gives_its_whole_pictures_and_says_so() {
        let whole = gif(&[(0, 0, 6, 4, 1, None, &[1; 24]), (0, 0, 6, 4, 1, None, &[2; 24])]);
        for length in 13..whole.len() - 1 {
            let (all, ended) = pictures(&whole[..length]);
            assert!(all.len() <= 2 && ended.as_ref().is_err_and(|why| why == CUT), "cut to {length}: {ended:?}");
        }
        for at in 13..whole.len() {
            for byte in [0, 0x7f, 0xff] {
                let mut changed = whole.clone();
                changed[at] = byte;
                let _ = pictures(&changed);
            }
        }
    }
}
