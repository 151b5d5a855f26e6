//! The QR reader before many tiles, light on dark, mirrors, what is covered, and shown frames that differ in next to nothing.
//! All pictures are simulated.

use image::{GrayImage, Luma, Rgba, RgbaImage, imageops};
use rootcast_online::link::optical::qr_reader::{
    FILM_BUDGET, GreyPicture, Outcome, Reader, read_photograph, read_symbols,
};

use rootcast_protocol::frame::Frame;
use rootcast_tests::camera::Shot;
use rootcast_tests::frames_folder::pictures;
use rootcast_tests::player::{Layout, Player};
use rootcast_tests::seeds::{Chance, chance};
use rootcast_tests::sides::Sides;

use super::reader::{WEBCAM, drawn, frame, grey};

// The budgets are large: a build for tests may be twenty times as slow. What is tested is what is read, not how fast.

/// The contents in a fixed order.
fn sorted(mut contents: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    contents.sort();
    contents
}

#[test]
fn every_tile_of_a_wall_of_codes_is_read_in_the_first_picture() {
    let mut chance = chance("a_wall_of_codes");
    for (rows, columns) in [(4, 7), (2, 4), (1, 8)] {
        let layout = Layout { version: 13, tiles: (rows, columns), pixels: 4 };
        let mut player = Player::new(chance.bytes(200_000), layout);
        let shot = Shot { scale: 0.75, rotation: 2.0, tilt: 3.0, blur: 0.5, noise: 4.0, barrel: 0.002 };
        let picture = grey(shot.of(&player.picture(0), &mut chance));
        let read = Reader::new(FILM_BUDGET * 40).read(0, &picture).contents();
        assert!(sorted(read.clone()) == sorted(player.frames(0)), "{rows}x{columns}: {} read", read.len());
    }
}

#[test]
fn light_on_dark_is_read_in_photographs_and_followed_in_films_and_so_are_mirrors() {
    type Turn = (&'static str, fn(&GrayImage) -> GrayImage);
    let mut chance = chance("light_on_dark");
    let turns: [Turn; 3] = [
        ("light on dark", |picture| {
            let mut inverted = picture.clone();
            imageops::invert(&mut inverted);
            inverted
        }),
        ("mirrored", imageops::flip_horizontal),
        ("mirrored and light on dark", |picture| {
            let mut both = imageops::flip_horizontal(picture);
            imageops::invert(&mut both);
            both
        }),
    ];
    for (what, turned) in turns {
        for (tiles, version) in [((1, 1), 20), ((1, 1), 10), ((2, 2), 13)] {
            let layout = Layout { version, tiles, pixels: 4 };
            let mut player = Player::new(chance.bytes(60_000), layout);
            let pose = chance.bits();
            let reader = Reader::new(FILM_BUDGET * 20);
            for number in 0..3 {
                let picture = turned(&WEBCAM.of(&player.picture(number), &mut Chance::new(pose)));
                let picture = grey(picture);
                let shown = sorted(player.frames(number));
                assert!(sorted(read_symbols(&picture)) == shown, "{what}, {tiles:?} of v{version}: photograph");
                let reading = reader.read(number as u64, &picture);
                assert!(sorted(reading.contents()) == shown, "{what}, {tiles:?} of v{version}: picture {number}");
                let followed = reading.sightings.iter().filter(|seen| seen.tile.is_some_and(|tile| tile <= 4)).count();
                assert_eq!(followed, shown.len(), "{what}: they stay the same tiles");
            }
        }
    }
}

/// As people save what is shown: of a dark theme, from a mirror, without a ground.
#[test]
fn a_folder_of_turned_pictures_is_received() {
    type Turn = (&'static str, fn(&GrayImage) -> RgbaImage);
    let mut chance = chance("turned_pictures");
    let turns: [Turn; 4] = [
        ("transparent", |picture| ground(picture, |light| if light > 127 { [0; 4] } else { [0, 0, 0, 255] })),
        ("light ink", |picture| ground(picture, |light| if light > 127 { [0; 4] } else { [255, 255, 255, 255] })),
        ("light on dark", |picture| ground(picture, |light| [255 - light, 255 - light, 255 - light, 255])),
        ("mirrored", |picture| ground(&imageops::flip_horizontal(picture), |light| [light, light, light, 255])),
    ];
    for (name, turn) in turns {
        let sides = Sides::enrolled();
        let (file, crl) = sides.long_crl_file(1, 60, &mut chance);
        let folder = sides.scratch.path("pictures");
        sides.send(&format!("qr:png={},version=20", folder.display()), &[file]).exits(0);
        let turned = sides.scratch.subfolder("turned");
        for (number, path) in pictures(&folder).iter().enumerate() {
            let picture = image::open(path).unwrap().into_luma8();
            turn(&picture).save(turned.join(format!("{number:03}.png"))).unwrap();
        }
        let ended = sides.receive(&[format!("qr:images={}", turned.display())]).exits(0);
        assert!(!ended.stderr.contains("no code read"), "{name}: {ended}");
        sides.assert_published(&crl);
    }
}

fn ground(picture: &GrayImage, of: fn(u8) -> [u8; 4]) -> RgbaImage {
    RgbaImage::from_fn(picture.width(), picture.height(), |x, y| Rgba(of(picture.get_pixel(x, y).0[0])))
}

/// A finger on a corner hides a finder pattern and what is beside it: less than is corrected.
#[test]
fn a_code_with_a_covered_corner_is_read_or_told_as_covered() {
    let mut chance = chance("a_covered_corner");
    let frame = frame(20, &mut chance);
    let (mut read, mut told) = (0, 0);
    for corner in 0..3_u32 {
        for (part, is_much) in [(11, false), (40, true)] {
            let mut picture = drawn(20, &frame);
            let (side, cover) = (picture.width(), (4 + part) * 4);
            let at = |is_far: bool| i64::from(if is_far { side - cover } else { 0 });
            let finger = GrayImage::from_pixel(cover, cover, Luma([120]));
            imageops::replace(&mut picture, &finger, at(corner == 1), at(corner == 2));
            let reading = read_photograph(&grey(Shot { tilt: 1.0, ..WEBCAM }.of(&picture, &mut chance)));
            let is_read = reading.contents() == std::slice::from_ref(&frame);
            println!("corner {corner}, {part} modules: {is_read}, {:?}", reading.sightings.first());
            assert!(!is_read || !is_much, "a third of the code is covered, and it was read");
            read += usize::from(is_read);
            told += usize::from(reading.sightings.iter().any(|seen| seen.covered && seen.outcome == Outcome::Unread));
        }
    }
    println!("{read} read, {told} told as covered");
    assert_eq!((read, told), (3, 3));
}

#[test]
fn codes_of_different_sizes_in_one_photograph_are_all_read() {
    let mut chance = chance("different_sizes");
    let (small, large) = (frame(13, &mut chance), frame(20, &mut chance));
    let mut wall = GrayImage::from_pixel(2600, 1900, Luma([150]));
    let near = drawn(20, &large);
    let near = imageops::resize(&near, near.width() * 4, near.height() * 4, imageops::FilterType::Triangle);
    imageops::replace(&mut wall, &near, 60, 100);
    let far = drawn(13, &small);
    let far = imageops::resize(&far, far.width() * 3 / 4, far.height() * 3 / 4, imageops::FilterType::Triangle);
    imageops::replace(&mut wall, &far, 2200, 1500);
    let shot = Shot { scale: 1.0, ..WEBCAM };
    let read = read_symbols(&grey(shot.of(&wall, &mut chance)));
    assert!(sorted(read.clone()) == sorted(vec![small, large]), "{} of 2 were read", read.len());
}

/// A tile that shows what it showed is not read again. So shown frames that differ in one bit must be told apart.
#[test]
fn frames_that_differ_in_one_bit_are_never_taken_for_each_other() {
    let mut chance = chance("differ_in_one_bit");
    let (mut pairs, mut still, mut unchanged) = (0, 0, 0);
    for version in [10, 13, 27, 40] {
        let reader = Reader::new(FILM_BUDGET * 20);
        let pose = chance.bits();
        let picture_of = |shown: &[u8], noise: &mut Chance| {
            // The same place each time, and noise of its own in each picture.
            let mut photograph = Shot { noise: 0.0, ..WEBCAM }.of(&drawn(version, shown), &mut Chance::new(pose));
            photograph.pixels_mut().for_each(|pixel| {
                pixel.0[0] = pixel.0[0].saturating_add(noise.below(9) as u8).saturating_sub(4);
            });
            grey(photograph)
        };
        let mut shown = frame(version, &mut chance);
        let mut number = 0;
        for _ in 0..if version == 40 { 4 } else { 8 } {
            for _ in 0..2 {
                let read = reader.read(number, &picture_of(&shown, &mut chance)).contents();
                assert!(read == [shown.clone()], "v{version}, picture {number}");
                (number, still) = (number + 1, still + 1);
            }
            let other = with_one_bit_changed(&shown, &mut chance);
            let bits: u32 = shown.iter().zip(&other).map(|(one, other)| (one ^ other).count_ones()).sum();
            // One bit, and those of the CRC.
            assert!((1..=33).contains(&bits) && shown.len() == other.len());
            (shown, pairs) = (other, pairs + 1);
        }
        unchanged += reader.unchanged();
    }
    println!("{pairs} pairs of frames that differ in a bit, {still} pictures, {unchanged} taken as unchanged");
    // Each frame is shown twice, and the second time nothing is read. (The first of all is only found, and read once more.)
    assert_eq!((pairs, still, unchanged), (28, 56, 24));
}

/// The same frame with one bit of its symbols changed, and the CRC of that.
fn with_one_bit_changed(shown: &[u8], chance: &mut Chance) -> Vec<u8> {
    let parsed = Frame::parse(shown).unwrap();
    let (first, _) = parsed.symbols().next().unwrap();
    let mut symbols: Vec<u8> = parsed.symbols().flat_map(|(_, symbol)| symbol.to_vec()).collect();
    let at = chance.below(symbols.len());
    symbols[at] ^= 1 << chance.below(8);
    Frame::new(parsed.object, first, &symbols).unwrap().encode()
}

/// A hand that goes away: what was behind it is read within four pictures, not after up to 64.
#[test]
fn a_tile_that_was_covered_from_the_start_is_read_soon_after_it_is_free() {
    let mut chance = chance("soon_after_it_is_free");
    let layout = Layout { version: 13, tiles: (2, 2), pixels: 4 };
    let mut player = Player::new(chance.bytes(200_000), layout);
    let pose = chance.bits();
    for free_at in [9_u64, 22] {
        let reader = Reader::new(FILM_BUDGET * 20);
        let mut read_at = None;
        for number in 0..free_at + 6 {
            let mut screen = player.picture(number as usize);
            if number < free_at {
                let (wide, high) = (screen.width() / 2, screen.height() / 2);
                let hand = GrayImage::from_pixel(wide, high, Luma([110]));
                imageops::replace(&mut screen, &hand, i64::from(wide), i64::from(high));
            }
            let picture: GreyPicture = grey(WEBCAM.of(&screen, &mut Chance::new(pose)));
            let read = reader.read(number, &picture).contents().len();
            assert!(if number < free_at { read == 3 } else { read >= 3 }, "picture {number}: {read}");
            read_at = read_at.or((read == 4).then_some(number));
        }
        assert!(read_at.is_some_and(|at| at < free_at + 4), "free at {free_at}, read at {read_at:?}");
    }
}
