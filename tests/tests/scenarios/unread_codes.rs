//! Photographs and films whose codes cannot be read: what the program says of each, and its last words. And photographs of the
//! corpora that were hard once. What the simulated camera makes is simulated.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use image::{GrayImage, Luma, imageops};
use rootcast_online::link::optical::qr_reader::read_photograph;
use rootcast_tests::camera::{Backlight, Camera, Film, Panel, Pose, Shot, Shutter};
use rootcast_tests::corpora::cases;
use rootcast_tests::frames_folder::pictures;
use rootcast_tests::player::{Layout, Player};
use rootcast_tests::program::Ended;
use rootcast_tests::reel::Reel;
use rootcast_tests::seeds::{Chance, chance};
use rootcast_tests::sides::Sides;

use super::reader::{drawn, frame, grey};

/// What is wrong with a photograph.
struct Photograph {
    name: &'static str,
    /// The code on a wall.
    taken: fn(&GrayImage) -> GrayImage,
    /// What is said of it, and what the last words say to do.
    said: &'static str,
    next: &'static str,
}

fn resized(picture: &GrayImage, pixels_a_module: f64) -> GrayImage {
    let side = |side: u32| (f64::from(side) * pixels_a_module / 4.0) as u32;
    imageops::resize(picture, side(picture.width()), side(picture.height()), imageops::FilterType::Triangle)
}

/// Photographs a code of so many pixels a module: in the middle of a wall, with the noise of a camera.
fn on_a_wall(code: &GrayImage, wall: u8, noise: usize) -> GrayImage {
    let (width, height) = (code.width() + 200, code.height() + 160);
    let mut picture = GrayImage::from_pixel(width, height, Luma([wall]));
    imageops::replace(&mut picture, code, 100, 80);
    let mut grain = Chance::new(23);
    for pixel in picture.pixels_mut() {
        pixel.0[0] = pixel.0[0].saturating_add(grain.below(noise + 1) as u8);
    }
    picture
}

/// The code in so few levels around the middle.
fn faint(code: &GrayImage, levels: u8) -> GrayImage {
    let mut faint = code.clone();
    faint.pixels_mut().for_each(|pixel| pixel.0[0] = 100 + u8::from(pixel.0[0] > 127) * levels);
    faint
}

fn inverted(code: &GrayImage) -> GrayImage {
    let mut inverted = code.clone();
    imageops::invert(&mut inverted);
    inverted
}

/// Scratches over so much of a code that it cannot be corrected; its finders and formats are whole.
fn scratched(code: &GrayImage) -> GrayImage {
    let mut scratched = code.clone();
    let side = code.width();
    for (x, y, pixel) in scratched.enumerate_pixels_mut() {
        let is_within = (side / 5..side * 4 / 5).contains(&x) && (side / 5..side * 4 / 5).contains(&y);
        if is_within && (x / 4 + y / 4 * 3) % 5 < 2 {
            pixel.0[0] = 255 - pixel.0[0];
        }
    }
    scratched
}

const PHOTOGRAPHS: [Photograph; 5] = [
    Photograph {
        name: "too small",
        taken: |code| on_a_wall(&resized(&scratched(code), 1.2), 120, 4),
        said: "too small: ",
        next: "next: Come closer",
    },
    Photograph {
        name: "light on dark and too small",
        taken: |code| on_a_wall(&inverted(&resized(&scratched(code), 1.2)), 120, 4),
        said: "light on dark, and too small: ",
        next: "next: Come closer, and turn off the dark theme",
    },
    Photograph {
        name: "light on dark and faint",
        taken: |code| on_a_wall(&faint(&inverted(&scratched(code)), 14), 100, 2),
        said: "light on dark: ",
        next: "next: Turn off the dark theme",
    },
    Photograph {
        name: "mirrored",
        taken: |code| on_a_wall(&imageops::flip_horizontal(&scratched(code)), 120, 4),
        said: "mirrored: ",
        next: "next: Point the camera at the screen itself",
    },
    Photograph {
        name: "scratched",
        taken: |code| on_a_wall(&scratched(code), 120, 4),
        said: "a code is seen but not read: ",
        next: "next: Come closer, stand straight",
    },
];

fn look_at(sides: &Sides, folder: &Path) -> Ended {
    sides.receive(&[format!("qr:images={}", folder.display())]).run()
}

/// A photograph in which nothing is read: a line of its own has the advice, and so have the last words, which asked whether
/// the sender is sending and its speed is right.
#[test]
fn the_last_words_of_a_folder_have_the_advice_of_its_photographs() {
    let mut chance = chance("advice_of_photographs");
    let sides = Sides::enrolled();
    let code = drawn(20, &frame(20, &mut chance));
    for Photograph { name, taken, said, next } in PHOTOGRAPHS {
        let folder = sides.scratch.subfolder(name);
        let picture = taken(&code);
        picture.save(folder.join("photo.png")).unwrap();
        let reading = read_photograph(&grey(picture));
        println!("{name}: {:?}", reading.sightings);
        assert!(reading.contents().is_empty(), "{name}: it was read, so this proved nothing");
        let ended = look_at(&sides, &folder);
        assert_eq!(ended.code, Some(4), "{name}: {ended}");
        assert!(ended.stderr.contains(&format!("no code read; {said}")), "{name}: {ended}");
        assert!(ended.stderr.contains(next), "{name}: {ended}");
        assert_eq!(ended.stderr.matches("next:").count(), 1, "{name}: {ended}");
    }
}

/// What is light on dark and mirrored, and has nothing else wrong, is read; other pictures are not taken for it.
#[test]
fn pictures_without_a_code_are_not_called_light_on_dark_or_mirrored() {
    let mut chance = chance("not_called_light_on_dark");
    let sides = Sides::enrolled();
    let folder = sides.scratch.subfolder("holiday");
    for number in 0..6 {
        let mut picture = GrayImage::from_pixel(700, 500, Luma([chance.below(200) as u8]));
        for _ in 0..400 {
            let (width, height) = (4 + chance.below(60) as u32, 4 + chance.below(60) as u32);
            let block = GrayImage::from_pixel(width, height, Luma([chance.below(256) as u8]));
            imageops::replace(&mut picture, &block, chance.below(700) as i64, chance.below(500) as i64);
        }
        picture.save(folder.join(format!("{number}.png"))).unwrap();
    }
    let ended = look_at(&sides, &folder);
    assert_eq!(ended.code, Some(4), "{ended}");
    assert!(!ended.stderr.contains("light on dark") && !ended.stderr.contains("mirrored"), "{ended}");
    assert_eq!(ended.stderr.matches("no code read").count(), 6, "{ended}");
}

#[test]
fn of_several_causes_the_one_comes_first_that_explains_most() {
    let mut chance = chance("the_cause_that_explains_most");
    let sides = Sides::enrolled();
    let small = (PHOTOGRAPHS[0].taken)(&drawn(20, &frame(20, &mut chance)));
    let folder = sides.scratch.subfolder("phone");
    std::fs::create_dir(folder.join("thumbnails")).unwrap();
    std::fs::create_dir(folder.join("DCIM")).unwrap();
    // A folder beside one photograph may hold the others.
    small.save(folder.join("1.png")).unwrap();
    look_at(&sides, &folder).says("2 subfolders").says("next: Give the folder in which the pictures are");
    for number in 2..6 {
        small.save(folder.join(format!("{number}.png"))).unwrap();
    }
    let ended = look_at(&sides, &folder);
    ended.says("(and 4 more like it): too small").says("2 subfolders").says("next: Come closer");
    assert!(!ended.stderr.contains("next: Give the folder"), "{ended}");
    // What lies so deep that its path fills a line still has its advice.
    let deep = sides.scratch.subfolder(&["a-long-name-of-a-folder"; 8].join("/"));
    let deep = deep.join("b".repeat(200));
    std::fs::create_dir(&deep).unwrap();
    small.save(deep.join("photo.png")).unwrap();
    look_at(&sides, &deep).says("b/photo.png: no code read; too small").says("or show a smaller version");
}

#[test]
fn a_recording_given_as_a_picture_is_named() {
    let sides = Sides::enrolled();
    let (file, crl) = sides.crl_file(1);
    let recording = sides.scratch.path("root.frames");
    sides.send(&format!("file:{}", recording.display()), &[file]).exits(0);
    let ended = look_at(&sides, &recording);
    assert_eq!(ended.code, Some(4), "{ended}");
    ended
        .says("a recording of `rootcast-offline send`. Give it as a recording: --link file:FILE")
        .says("(1 picture tried)");
    sides.receive(&[format!("file:{}", recording.display())]).exits(0);
    sides.assert_published(&crl);
}

/// A film of a screen that is dimmed by pulses.
#[test]
fn a_film_with_bands_that_cannot_be_read_says_why() {
    let mut chance = chance("a_film_with_bands");
    let sides = Sides::enrolled();
    let layout = Layout { pixels: 5, ..Layout::single(20) };
    let mut player = Player::new(chance.bytes(60_000), layout);
    let size = (560, 440);
    let ideal = |scale: f64| Camera::ideal(size.0, size.1, Pose::straight(scale));
    let dimmed = Camera { shutter: Shutter { exposure: 0.002, readout: 0.028, ..Shutter::WEBCAM }, ..ideal(3.4 / 5.0) };
    let pulses = Panel { backlight: Some(Backlight { hertz: 240.0, duty: 0.5 }), ..Panel::INSTANT };
    let mut reel = Reel::new(&sides.scratch, "bands", size);
    let film = Film::new(dimmed, pulses, 11.0, |number| Some(player.picture(number)), &mut Chance::new(5));
    film.take(24).for_each(|frame| reel.add(&frame.grey));
    let ended = sides.receive(&[reel.video_link()]).run();
    assert_eq!(ended.code, Some(4), "{ended}");
    ended.says("dark bands lie across the picture");
    let last = ended.stderr.rsplit_once("next:").map_or("", |(_, last)| last);
    assert!(last.contains("longer exposure"), "{ended}");
}

/// How many codes were read in a run of one link.
fn codes_read(ended: &Ended) -> u64 {
    let document = ended.json();
    let link = &document["links"][0];
    ["frames", "foreign"].map(|count| link[count].as_u64().unwrap()).iter().sum()
}

/// Pictures of the corpora on which this reader, or another one, failed once.
#[test]
fn hard_pictures_of_the_corpora_are_read_whole() {
    let Some(folder) = cases("optical") else { return };
    let sides = Sides::enrolled();
    for (name, codes) in
        [("1-wall-clock", 8), ("3-inverted", 4), ("4-transparent", 4), ("6-many-codes", 52), ("7-mirrored", 8)]
    {
        let link = format!("qr:images={}", folder.join(name).display());
        let state = sides.fresh_online(name);
        let ended = rootcast_tests::program::online(["receive", "--json"]).state(&state).link(link).run();
        assert_eq!(codes_read(&ended), codes, "{name}: {ended}");
    }
    // A covered finder is told as hidden, or the code is read all the same; bands; too small.
    let link = format!("qr:images={}", folder.join("10-advice").display());
    let ended = sides.receive(&[link]).arg("--json").run();
    let of = |picture: &str| ended.stderr.lines().filter(|line| line.contains(picture)).collect::<Vec<_>>().join("\n");
    let covered = of("finder-covered-A.jpg");
    assert!(covered.is_empty() || covered.contains("a corner of the code is hidden"), "{covered}");
    assert!(of("pwm240-2ms-B.jpg").contains("dark bands lie across the picture"), "{ended}");
    assert!(of("roll45-B.jpg").contains("too small: "), "{ended}");
}

/// A photograph has a budget of processor time and none on the wall: twelve busy loops change nothing.
#[test]
fn photographs_beside_twelve_busy_loops_are_read_as_alone() {
    let mut chance = chance("beside_busy_loops");
    let sides = Sides::enrolled();
    let folder = sides.scratch.subfolder("photographs");
    let mut player = Player::new(chance.bytes(60_000), Layout { version: 13, tiles: (2, 2), pixels: 4 });
    for number in 0..3 {
        let picture = Shot::HAND_HELD.of(&player.picture(number), &mut chance);
        picture.save(folder.join(format!("{number}.png"))).unwrap();
    }
    assert_eq!(pictures(&folder).len(), 3);
    let codes = |name: &str| {
        let state = sides.fresh_online(name);
        let link = format!("qr:images={}", folder.display());
        codes_read(&rootcast_tests::program::online(["receive", "--json"]).state(&state).link(link).run())
    };
    let alone = codes("alone");
    let (stop, turned) = (AtomicBool::new(false), std::sync::atomic::AtomicU64::new(0));
    let beside = std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    turned.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let beside = codes("beside busy loops");
        stop.store(true, Ordering::Relaxed);
        beside
    });
    assert!(turned.into_inner() > 1_000_000, "the loops were not busy");
    assert_eq!((alone, beside), (12, 12));
}
