//! Films: how they are fed makes no difference, and each picture has exactly the light that stands in the film.

use std::io::{self, Read};

use rootcast_online::receiver::y4m::{Film, FilmError};

use super::input::Input;
use super::{Reached, assert_printable};

/// Pictures that are read of one film; a header may promise a million empty ones.
const PICTURES: usize = 64;

/// Gives so many bytes at a time.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into.len().min(self.1);
        self.0.read(&mut into[..most])
    }
}

/// The pictures as (width, height, light), and how it ended.
type Pictures = (Vec<(u32, u32, Vec<u8>)>, Option<String>);

fn read(film: Result<Film<Slow<'_>>, FilmError>) -> Pictures {
    let mut pictures = Vec::new();
    let ended = |error: FilmError| {
        let text = error.to_string();
        assert_printable(&text);
        assert!(text.len() < 2_000, "a long text for a short film");
        Some(text)
    };
    let mut film = match film {
        Ok(film) => film,
        Err(error) => return (pictures, ended(error)),
    };
    while pictures.len() < PICTURES {
        match film.next_picture() {
            Ok(Some(picture)) => {
                assert!(picture.is_whole());
                pictures.push((picture.width, picture.height, picture.luma));
            }
            Ok(None) => return (pictures, None),
            Err(error) => return (pictures, ended(error)),
        }
    }
    (pictures, None)
}

/// One byte: the step in which the film is read; one: its lowest bit set, raw pictures of the size in the next two. Then
/// the film.
pub(super) fn run(input: &[u8]) -> Reached {
    let mut input = Input::new(input);
    let step = usize::from(input.byte()) + 1;
    let raw = input.byte() & 1 == 1;
    let (width, height) = (u32::from(input.byte()), u32::from(input.byte()));
    let bytes = input.rest();
    let open = |step| {
        let source = Slow(bytes, step);
        if raw { Film::raw(source, width, height) } else { Film::y4m(source) }
    };
    let (pictures, ended) = read(open(step));
    assert_eq!((&pictures, &ended), (&read(open(usize::MAX)).0, &read(open(usize::MAX)).1), "in steps of {step}");
    let light: usize = pictures.iter().map(|(.., luma)| luma.len()).sum();
    assert!(light <= bytes.len(), "more light than there are bytes");
    let mut rest = bytes;
    for (width, height, luma) in &pictures {
        assert_eq!(*width as usize * *height as usize, luma.len());
        let at = rest.windows(luma.len()).position(|part| part == luma.as_slice()).expect("light that is in the film");
        rest = &rest[at + luma.len()..];
    }
    Reached::taken(!pictures.is_empty())
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let film = |header: &str, picture: usize, frame: &str, count: usize| {
        let mut bytes = vec![7, 0, 0, 0];
        bytes.extend(format!("YUV4MPEG2 {header}\n").bytes());
        for number in 0..count {
            bytes.extend(frame.bytes());
            bytes.extend((0..picture).map(|at| (at * 7 + number * 31) as u8));
        }
        bytes
    };
    let mut raw = vec![3, 1, 6, 4];
    raw.extend(0..72);
    vec![
        film("W8 H6 F30:1 Ip A1:1 Cmono", 48, "FRAME\n", 3),
        film("W7 H5 F30:1 C420jpeg", 35 + 24, "FRAME Ip\n", 2),
        film("W4 H4 C422 XYSCSS=422", 32, "FRAME\n", 2),
        film("W4 H4 C444alpha", 64, "FRAME\n", 1),
        film("W4 H4 C411", 24, "FRAME\n", 1),
        film("H4 W99999 Cmono", 16, "FRAME\n", 1),
        film("W4 H4 C420p10", 48, "FRAME\n", 1),
        raw,
    ]
}
