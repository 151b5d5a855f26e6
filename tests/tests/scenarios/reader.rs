//! The QR reader by itself, before pictures that are bent, mixed, moved, crowded or meant to hurt it. All are simulated.

use std::time::Duration;

use image::{GrayImage, Luma, imageops};
use rootcast_host::processor_time::of_this_thread;
use rootcast_offline::link::optical::qr_symbol::{QrPen, QrVersion};
use rootcast_online::link::optical::aiming::{Advice, Aiming};
use rootcast_online::link::optical::qr_reader::{
    FILM_BUDGET, GreyPicture, Outcome, Reader, read_photograph, read_symbols,
};
use rootcast_protocol::esi::Esi;
use rootcast_protocol::frame::{Frame, symbols_per_frame};
use rootcast_protocol::object::Object;
use rootcast_tests::camera::Shot;
use rootcast_tests::corpora;
use rootcast_tests::seeds::{Chance, chance};

/// A frame of bytes by chance that fills a symbol of this version.
pub(super) fn frame(version: u8, chance: &mut Chance) -> Vec<u8> {
    let object = Object::new(&chance.bytes(100_000)).unwrap();
    let count = symbols_per_frame(&object, QrVersion::new(version).unwrap().capacity()).unwrap();
    let symbols = chance.bytes(usize::from(count) * usize::from(object.symbol_size().get()));
    Frame::new(object, Esi::ZERO, &symbols).unwrap().encode()
}

/// The frame as a picture with its quiet zone, four pixels a module.
pub(super) fn drawn(version: u8, frame: &[u8]) -> GrayImage {
    let symbol = QrPen::new(QrVersion::new(version).unwrap()).draw(frame).unwrap();
    let side = u32::try_from(symbol.side() + 8).unwrap();
    GrayImage::from_fn(side * 4, side * 4, |x, y| {
        let module = |at: u32| (at as usize / 4).checked_sub(4).unwrap_or(symbol.side());
        Luma([if symbol.is_dark(module(x), module(y)) { 20 } else { 235 }])
    })
}

pub(super) fn grey(picture: GrayImage) -> GreyPicture {
    GreyPicture { width: picture.width(), height: picture.height(), luma: picture.into_raw() }
}

pub(super) const WEBCAM: Shot = Shot { scale: 0.75, rotation: 3.0, tilt: 4.0, barrel: 0.0, blur: 0.6, noise: 6.0 };

#[test]
fn a_symbol_that_moves_is_followed_and_every_picture_of_it_read() {
    let mut chance = chance("a_symbol_that_moves");
    let reader = Reader::new(FILM_BUDGET);
    let mut room = GrayImage::from_pixel(700, 600, Luma([90]));
    for number in 0..20_u32 {
        let frame = frame(20, &mut chance);
        let pose = Chance::new(5).bits();
        let photograph = WEBCAM.of(&drawn(20, &frame), &mut Chance::new(pose));
        // A hand: some pixels to the right, a step back every fifth picture.
        room.fill(90);
        imageops::replace(&mut room, &photograph, i64::from(20 + number * 6), i64::from(30 + number % 5 * 4));
        let reading = reader.read(u64::from(number), &grey(room.clone()));
        assert_eq!(reading.contents(), [frame], "picture {number}");
        assert_eq!(reading.sightings[0].tile, Some(1), "it stays the same tile");
    }
}

#[test]
fn a_picture_of_two_shown_frames_is_told_as_such_and_nothing_is_read_from_it() {
    let mut chance = chance("a_picture_of_two");
    let reader = Reader::new(FILM_BUDGET);
    let mut mixed = 0;
    let mut number = 0;
    let pose = chance.bits();
    let mut shown = frame(20, &mut chance);
    for _ in 0..10 {
        let before = shown;
        shown = frame(20, &mut chance);
        let upper = WEBCAM.of(&drawn(20, &shown), &mut Chance::new(pose));
        let mut both = WEBCAM.of(&drawn(20, &before), &mut Chance::new(pose));
        assert_eq!(reader.read(number, &grey(both.clone())).contents(), [before]);
        let height = both.height() * (30 + chance.below(40) as u32) / 100;
        imageops::replace(&mut both, &imageops::crop_imm(&upper, 0, 0, upper.width(), height).to_image(), 0, 0);
        let reading = reader.read(number + 1, &grey(both));
        assert!(reading.contents().is_empty());
        mixed += usize::from(reading.sightings.iter().any(|seen| seen.outcome == Outcome::Mixed));
        assert_eq!(reader.read(number + 2, &grey(upper)).contents(), [shown.clone()]);
        number += 3;
    }
    assert!(mixed >= 9, "{mixed} of 10 were told");
}

#[test]
fn a_bent_page_and_a_wide_lens_are_read() {
    let mut chance = chance("a_bent_page");
    // At the corners a place is off by twice the bend, in parts of half a side: with 0.02 by 3.5 modules of version 40.
    // Of version 40 bent by -0.03, the corners drawn out by 5, one in four is not read.
    for (version, bends) in [(20, &[-0.03, -0.02, 0.02, 0.03][..]), (40, &[-0.02, 0.02, 0.03][..])] {
        for bend in bends {
            let frame = frame(version, &mut chance);
            let flat = drawn(version, &frame);
            let middle = f64::from(flat.width()) / 2.0;
            // Barrel and pincushion: places move along the radius by its square.
            let bent = GrayImage::from_fn(flat.width() + 80, flat.height() + 80, |x, y| {
                let (u, v) = ((f64::from(x) - 40.0) / middle - 1.0, (f64::from(y) - 40.0) / middle - 1.0);
                let stretch = 1.0 + bend * (u * u + v * v);
                let place = |at: f64| ((at * stretch + 1.0) * middle) as u32;
                flat.get_pixel_checked(place(u), place(v)).copied().unwrap_or(Luma([200]))
            });
            let read = read_symbols(&grey(WEBCAM.of(&bent, &mut chance)));
            assert!(read == [frame], "version {version}, bent {bend}");
        }
    }
}

#[test]
fn several_symbols_in_one_photograph_are_all_read() {
    let mut chance = chance("several_symbols");
    let frames: Vec<Vec<u8>> = (0..6).map(|_| frame(13, &mut chance)).collect();
    let each = drawn(13, &frames[0]).width() + 40;
    let mut page = GrayImage::from_pixel(each * 2 + 40, each * 3 + 40, Luma([240]));
    for (at, frame) in frames.iter().enumerate() {
        let (column, row) = (at as u32 % 2, at as u32 / 2);
        imageops::replace(&mut page, &drawn(13, frame), i64::from(30 + column * each), i64::from(30 + row * each));
    }
    let mut read = read_symbols(&grey(WEBCAM.of(&page, &mut chance)));
    read.sort();
    let mut shown = frames;
    shown.sort();
    assert!(read == shown, "{} of 6 were read", read.len());
}

#[test]
fn a_hidden_tile_is_named_and_the_others_are_read_on() {
    let mut chance = chance("a_hidden_tile");
    let reader = Reader::new(FILM_BUDGET);
    let mut aiming = Aiming::default();
    let each = drawn(10, &frame(10, &mut chance)).width();
    for number in 0..50_u64 {
        let frames: Vec<Vec<u8>> = (0..4).map(|_| frame(10, &mut chance)).collect();
        let mut screen = GrayImage::from_pixel(each * 2, each * 2, Luma([235]));
        for (at, frame) in frames.iter().enumerate() {
            let (column, row) = (i64::from(at as u32 % 2), i64::from(at as u32 / 2));
            imageops::replace(&mut screen, &drawn(10, frame), column * i64::from(each), row * i64::from(each));
        }
        if number > 2 {
            // A lamp mirrored in the third.
            let glare = GrayImage::from_pixel(each * 2 / 3, each * 2 / 3, Luma([255]));
            imageops::replace(&mut screen, &glare, i64::from(each / 6), i64::from(each + each / 6));
        }
        let pose = Chance::new(3).bits();
        let reading = reader.read(number, &grey(WEBCAM.of(&screen, &mut Chance::new(pose))));
        assert_eq!(reading.contents().len(), if number > 2 { 3 } else { 4 }, "picture {number}");
        aiming.note(&reading);
    }
    assert_eq!(aiming.advice(), Advice::TileHidden(3, 4));
}

#[test]
fn clutter_that_looks_like_finder_patterns_ends_in_time() {
    // 70 × 40 finder patterns and nothing that belongs to them.
    let clutter = GrayImage::from_fn(1960, 1120, |x, y| {
        let (u, v) = ((x % 28) as i32 - 14, (y % 28) as i32 - 14);
        let ring = u.abs().max(v.abs());
        Luma([if ring <= 4 || (7..10).contains(&ring) { 10 } else { 240 }])
    });
    let begun = of_this_thread();
    assert!(read_symbols(&grey(clutter)).is_empty());
    let took = of_this_thread() - begun;
    assert!(took < Duration::from_secs(3), "{took:?} of processor time in a build for tests");
}

#[test]
fn a_photograph_of_a_hundred_megapixels_is_read_in_time() {
    let mut chance = chance("a_hundred_megapixels");
    let frame = frame(13, &mut chance);
    let code = drawn(13, &frame);
    let mut photograph = GrayImage::from_pixel(11_600, 8_700, Luma([120]));
    let large = imageops::resize(&code, code.width() * 8, code.height() * 8, imageops::FilterType::Triangle);
    imageops::replace(&mut photograph, &large, 3000, 2000);
    let photograph = grey(photograph);
    let begun = of_this_thread();
    assert_eq!(read_symbols(&photograph), [frame]);
    let took = of_this_thread() - begun;
    assert!(took < Duration::from_secs(4), "{took:?} of processor time in a build for tests");
}

#[test]
fn noise_and_odd_shapes_give_nothing_and_harm_nothing() {
    let mut chance = chance("noise_and_odd_shapes");
    for (width, height) in [(640, 480), (1, 4000), (4000, 1), (3, 3), (57, 57)] {
        let luma = chance.bytes(width as usize * height as usize);
        let reading = read_photograph(&GreyPicture { width, height, luma });
        assert!(reading.contents().is_empty());
    }
}

#[test]
fn real_photographs_are_read_and_none_is_misread() {
    let Some(folder) = corpora::folder("qr-photos") else { return };
    let (mut read, mut all, mut worst) = (0, 0, Duration::ZERO);
    for series in ["qrcode-1", "qrcode-2", "qrcode-5"] {
        for entry in std::fs::read_dir(folder.join(series)).unwrap() {
            let path = entry.unwrap().path();
            let Ok(text) = std::fs::read_to_string(path.with_extension("txt")) else { continue };
            if path.extension().is_some_and(|extension| extension == "txt") {
                continue;
            }
            all += 1;
            let picture = grey(image::open(&path).unwrap().into_luma8());
            let begun = of_this_thread();
            let found = read_symbols(&picture);
            worst = worst.max(of_this_thread() - begun);
            let right = found.iter().filter(|found| String::from_utf8_lossy(found).trim() == text.trim()).count();
            // One photograph holds a second symbol with a text of its own.
            assert!(found.is_empty() || right > 0, "{}: {found:?}, not {text:?}", path.display());
            read += usize::from(right > 0);
        }
    }
    println!("{read} of {all} photographs read, the slowest in {worst:?} of processor time");
    assert_eq!(all, 80);
    assert!(read >= 79, "rxing with scaled passes reads 76; here {read}");
    assert!(worst < Duration::from_secs(1), "{worst:?} of processor time");
}
