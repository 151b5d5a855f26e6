//! Films of uncompressed pictures: every picture given out is one that stands in the file, however the file is read.

use std::io::{self, Read};

use rootcast_host::text::printable;
use rootcast_online::link::optical::y4m::{Film, FilmError, PIXELS_MAX, SIDE_MAX};

use super::input::Input;
use super::{Reached, assert_printable};

/// A source that gives a few bytes at a time.
struct Trickle<'a> {
    bytes: &'a [u8],
    step: usize,
}

impl Read for Trickle<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.step.min(room.len()).min(self.bytes.len());
        let (given, rest) = self.bytes.split_at(count);
        room[..count].copy_from_slice(given);
        self.bytes = rest;
        Ok(count)
    }
}

/// Every picture of a film, and how it ended.
fn pictures(film: Result<Film<Trickle<'_>>, FilmError>) -> (Vec<Vec<u8>>, Option<String>) {
    let mut film = match film {
        Ok(film) => film,
        Err(error) => return (Vec::new(), Some(error.to_string())),
    };
    let mut found = Vec::new();
    loop {
        match film.next() {
            Ok(Some(picture)) => {
                let pixels = u64::from(picture.width) * u64::from(picture.height);
                assert!((1..=PIXELS_MAX).contains(&pixels) && picture.width.max(picture.height) <= SIDE_MAX);
                assert_eq!(picture.luma.len() as u64, pixels);
                found.push(picture.luma);
            }
            Ok(None) => return (found, None),
            Err(error) => return (found, Some(error.to_string())),
        }
    }
}

/// First byte: Y4M or raw. Then the step in which it is read; of a raw film width and height; the film.
pub(super) fn run(input: &[u8]) -> Reached {
    let mut input = Input::new(input);
    let (is_raw, step) = (input.byte() & 1 != 0, usize::from(input.byte()) + 1);
    let (width, height) = if is_raw { (u32::from(input.short()), u32::from(input.short())) } else { (0, 0) };
    let bytes = input.rest();
    let film = |step| {
        let source = Trickle { bytes, step };
        if is_raw { Film::raw(source, width, height) } else { Film::y4m(source) }
    };
    let (found, end) = pictures(film(usize::MAX));
    assert_eq!((&found, &end), (&pictures(film(step)).0, &pictures(film(step)).1), "in steps of {step}");
    let mut rest = bytes;
    for luma in &found {
        let at = rest.windows(luma.len()).position(|part| part == luma).expect("a picture stands in the file");
        rest = &rest[at + luma.len()..];
    }
    // A format is told as it stands there; where that is shown, it is made printable.
    end.iter().for_each(|why| assert_printable(&printable(why)));
    Reached::taken(!found.is_empty())
}

/// Films of every form that is read, whole and cut, and headers that are refused.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    let forms =
        [("mono", 0), ("420", 6), ("420jpeg", 6), ("422", 8), ("444", 24), ("444alpha", 36), ("411", 6), ("420p10", 0)];
    for (form, chroma) in forms {
        let mut film = format!("YUV4MPEG2 W4 H3 F30:1 Ip A1:1 C{form}\n").into_bytes();
        for picture in 1..4 {
            film.extend_from_slice(if picture == 2 { b"FRAME Ip\n" } else { b"FRAME\n" });
            film.extend((0..12 + chroma).map(|pixel| pixel * picture));
        }
        seeds.push([&[0, 3], &film[..]].concat());
        seeds.push([&[0, 9], &film[..film.len() - 7]].concat());
    }
    seeds.push([&[1, 4, 4, 0, 3, 0][..], &[7; 40]].concat());
    seeds.push(b"\0\x01YUV4MPEG2 W99999 H3\nFRAME\n".to_vec());
    seeds.push(b"\0\x01YUV4MPEG2 H3 C\x1b[2J\nFRAME\n".to_vec());
    seeds
}
