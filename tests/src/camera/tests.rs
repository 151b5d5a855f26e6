//! Each fault of the camera by itself: it happened, and it makes a code harder to read.
//!
//! How much harder is told without any reader. A reader that knows where every module is and compares each with the
//! light around it would take some pixels for the other colour. Their share is counted, beside the same film without the
//! fault.

use image::{GrayImage, Luma};

use super::{
    Backlight, Camera, Chroma, Crop, Dust, Film, FilmFrame, Finger, Hunting, Panel, Pose, Processing, Sensor, Shake,
    Sharpening, Shutter, SubpixelGrid,
};
use crate::player::{Layout, Player};
use crate::seeds::Chance;

/// Columns and rows of the camera here.
const SIZE: (u32, u32) = (320, 300);
/// Camera pixels for one of the panel, of which a module has two: 2.5 a module.
const SCALE: f64 = 1.25;

/// A film of four shown pictures of version 13, ten a second.
fn film(camera: Camera, panel: Panel) -> Vec<FilmFrame> {
    let mut player = Player::new(Chance::new(3).bytes(20_000), Layout { pixels: 2, ..Layout::single(13) });
    let pictures = move |number: usize| (number < 4).then(|| player.picture(number));
    Film::starting(camera, panel, 10.0, pictures, 0.02, &mut Chance::new(13)).collect()
}

fn plain() -> (Camera, Panel) {
    let camera = Camera::ideal(SIZE.0, SIZE.1, Pose::straight(SCALE));
    (Camera { lens: super::Lens { blur: 0.3, ..camera.lens }, ..camera }, Panel::INSTANT)
}

fn seen(change: impl Fn(&mut Camera, &mut Panel)) -> Vec<FilmFrame> {
    let (mut camera, mut panel) = plain();
    change(&mut camera, &mut panel);
    film(camera, panel)
}

/// Whether each pixel is darker than what lies around it, 10 pixels to each side; nothing where all is alike.
fn verdicts(picture: &GrayImage) -> Vec<Option<bool>> {
    let (columns, rows) = (picture.width() as usize, picture.height() as usize);
    let mut sums = vec![0_u64; (columns + 1) * (rows + 1)];
    for row in 0..rows {
        let mut of_row = 0;
        for column in 0..columns {
            of_row += u64::from(picture.as_raw()[row * columns + column]);
            sums[(row + 1) * (columns + 1) + column + 1] = sums[row * (columns + 1) + column + 1] + of_row;
        }
    }
    let mut verdicts = Vec::with_capacity(columns * rows);
    for (at, level) in picture.as_raw().iter().enumerate() {
        let (column, row) = (at % columns, at / columns);
        let (left, right) = (column.saturating_sub(10), columns.min(column + 11));
        let (top, bottom) = (row.saturating_sub(10), rows.min(row + 11));
        let place = |row: usize, column: usize| sums[row * (columns + 1) + column];
        let sum = place(bottom, right) + place(top, left) - place(top, right) - place(bottom, left);
        let mean = sum as f64 / ((right - left) * (bottom - top)) as f64;
        let difference = f64::from(*level) - mean;
        verdicts.push((difference.abs() > 6.0).then_some(difference < 0.0));
    }
    verdicts
}

/// The share of the pixels of the code that are taken for the other colour, or for none, beside a film without a fault.
fn misjudged(frames: &[FilmFrame], clean: &[FilmFrame]) -> f64 {
    misjudged_in(frames, clean, |frame| frame.grey.clone())
}

/// The same by a reader that looks at one colour only (0 red, 1 green, 2 blue).
fn misjudged_by_colour(frames: &[FilmFrame], clean: &[FilmFrame], part: usize) -> f64 {
    misjudged_in(frames, clean, |frame| {
        let colour = frame.colour.as_ref().expect("colours");
        let levels = colour.pixels().map(|pixel| pixel.0[part]).collect();
        GrayImage::from_raw(colour.width(), colour.height(), levels).expect("a level for every pixel")
    })
}

fn misjudged_in(frames: &[FilmFrame], clean: &[FilmFrame], of: impl Fn(&FilmFrame) -> GrayImage) -> f64 {
    let (mut wrong, mut all) = (0, 0);
    for (frame, clean) in frames.iter().zip(clean) {
        let (ours, right) = (verdicts(&of(frame)), verdicts(&clean.grey));
        for (ours, right) in ours.iter().zip(&right).filter(|(_, right)| right.is_some()) {
            all += 1;
            wrong += usize::from(ours != right);
        }
    }
    wrong as f64 / all as f64
}

/// The mean of a part of a picture, from and to as shares of its width and height.
fn mean(picture: &GrayImage, (left, top): (f64, f64), (right, bottom): (f64, f64)) -> f64 {
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let (mut sum, mut count) = (0.0, 0.0);
    for (x, y, level) in picture.enumerate_pixels() {
        let (x, y) = (f64::from(x) / width, f64::from(y) / height);
        if (left..right).contains(&x) && (top..bottom).contains(&y) {
            sum += f64::from(level.0[0]);
            count += 1.0;
        }
    }
    sum / count
}

/// Keeps a picture to be looked at, if a folder is named for that.
fn keep(frame: &FilmFrame, name: &str) {
    if let Some(folder) = std::env::var_os("ROOTCAST_PHOTOGRAPHS") {
        let path = std::path::Path::new(&folder).join(format!("{name}.png"));
        match &frame.colour {
            Some(colour) => colour.save(path),
            None => frame.grey.save(path),
        }
        .expect("a folder for photographs");
    }
}

/// A fault, how much more is misjudged with it at least, and what shows that it happened.
struct Fault {
    name: &'static str,
    change: fn(&mut Camera, &mut Panel),
    bites: f64,
    happened: fn(&[FilmFrame], &[FilmFrame]) -> bool,
}

/// Grey levels of a white panel that a column of the picture has, filmed by this camera.
fn white_levels(camera: Camera, panel: Panel) -> Vec<u8> {
    let white = |number: usize| (number == 0).then(|| GrayImage::from_pixel(180, 180, Luma([255])));
    let frame = Film::starting(camera, panel, 10.0, white, 0.02, &mut Chance::new(5)).next().expect("a frame");
    let row = frame.grey.height() / 2;
    (80..240).map(|x| frame.grey.get_pixel(x, row).0[0]).collect()
}

fn span(levels: &[u8]) -> u8 {
    levels.iter().max().expect("levels") - levels.iter().min().expect("levels")
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "subpixels",
        change: |_, panel| panel.grid = Some(SubpixelGrid::OFFICE),
        bites: 0.002,
        happened: |_, _| {
            let (camera, panel) = plain();
            let with = Panel { grid: Some(SubpixelGrid::OFFICE), ..panel };
            span(&white_levels(camera, panel)) < 3 && span(&white_levels(camera, with)) > 12
        },
    },
    Fault {
        name: "Bayer",
        change: |camera, panel| {
            (camera.sensor.bayer, panel.grid) = (true, Some(SubpixelGrid::OFFICE));
        },
        bites: 0.01,
        happened: |frames, _| {
            let colour = frames[0].colour.as_ref().expect("colours");
            colour.pixels().filter(|pixel| pixel.0[0].abs_diff(pixel.0[2]) > 20).count() > 500
        },
    },
    Fault {
        name: "halos",
        change: |camera, _| camera.processing.sharpening = Some(Sharpening { amount: 3.0, radius: 1.5 }),
        bites: 0.0005,
        happened: |frames, clean| {
            // The quiet zone beside a finder is brighter than a white panel, and black is burnt in.
            let most = |frames: &[FilmFrame]| *frames[0].grey.as_raw().iter().max().expect("levels");
            most(frames) > most(clean) + 10
        },
    },
    Fault {
        name: "hunting exposure",
        change: |camera, _| camera.hunting = Some(Hunting { stops: 2.5, hertz: 3.0 }),
        bites: 0.01,
        happened: |frames, _| {
            let of = |frame: &FilmFrame| mean(&frame.grey, (0.0, 0.0), (1.0, 1.0));
            let all: Vec<f64> = frames.iter().map(of).collect();
            let most = all.iter().copied().fold(f64::MIN, f64::max);
            most > 1.5 * all.iter().copied().fold(f64::MAX, f64::min)
        },
    },
    Fault {
        name: "dust",
        change: |camera, _| camera.dust = Some(Dust { specks: 30, radius: 7.0, depth: 0.8 }),
        bites: 0.005,
        happened: |frames, clean| {
            let darker = |(a, b): (&u8, &u8)| b.saturating_sub(*a) > 40;
            frames[0].grey.as_raw().iter().zip(clean[0].grey.as_raw()).filter(|pair| darker(*pair)).count() > 300
        },
    },
    Fault {
        name: "bands",
        change: |camera, panel| {
            camera.shutter = Shutter { exposure: 0.001, readout: 0.028, ..camera.shutter };
            panel.backlight = Some(Backlight { hertz: 240.0, duty: 0.5 });
        },
        bites: 0.05,
        happened: |frames, clean| {
            // Each row of the camera by itself: bands are dark from side to side.
            let of = |frame: &FilmFrame, row: u32| {
                let from = f64::from(row) / f64::from(SIZE.1);
                mean(&frame.grey, (0.2, from), (0.8, from + 1.5 / f64::from(SIZE.1)))
            };
            let dark = |frame: &FilmFrame| (60..240).filter(|row| of(frame, *row) < 50.0).count();
            dark(&frames[0]) > 40 && dark(&clean[0]) == 0
        },
    },
    Fault {
        name: "tear",
        change: |camera, panel| {
            // It stays for one refresh, so a camera sees it where its exposure falls into that one.
            camera.shutter = Shutter { rate: 60.0, ..camera.shutter };
            *panel = Panel { refresh: 20.0, tear: Some(0.5), ..*panel };
        },
        bites: 0.05,
        happened: |frames, _| frames.iter().any(|frame| frame.mixed),
    },
    Fault {
        name: "finger",
        change: |camera, _| camera.finger = Some(Finger { place: (0.9, 0.9), reach: 0.4, softness: 0.15 }),
        bites: 0.05,
        happened: |frames, clean| {
            let corner = |frames: &[FilmFrame]| mean(&frames[0].grey, (0.65, 0.65), (0.78, 0.78));
            corner(frames) < 0.75 * corner(clean)
        },
    },
    Fault {
        name: "a hand",
        change: |camera, _| {
            camera.shake = Shake { reach: 3.0, hertz: 8.0 };
            camera.shutter = Shutter { exposure: 0.015, ..camera.shutter };
        },
        bites: 0.05,
        happened: |frames, _| frames.windows(2).any(|two| two[0].grey != two[1].grey),
    },
];

#[test]
fn each_fault_happens_and_makes_a_code_harder_to_read() {
    let clean = seen(|_, _| ());
    let again = misjudged(&seen(|_, _| ()), &clean);
    assert!(again < 1e-9, "the same film twice: {again}");
    let mut failed = Vec::new();
    for Fault { name, change, bites, happened } in FAULTS {
        let frames = seen(change);
        // A film of another rate is compared with one of that rate.
        let clean = if frames.len() == clean.len() {
            clean.clone()
        } else {
            seen(|camera, panel| {
                change(camera, panel);
                panel.tear = None;
            })
        };
        let share = misjudged(&frames, &clean);
        keep(&frames[0], name);
        println!("{name}: {:.2} % misjudged", 100.0 * share);
        if share < *bites || !happened(&frames, &clean) {
            failed.push(format!("{name}: {share}, happened: {}", happened(&frames, &clean)));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn a_crop_cuts_the_code_off() {
    let crop = Crop { left: 0.2, top: 0.0, right: 0.1, bottom: 0.25 };
    let frames = seen(|camera, _| camera.crop = Some(crop));
    let camera = Camera { crop: Some(crop), ..plain().0 };
    assert_eq!((camera.size(), frames[0].grey.dimensions()), ((224, 225), (224, 225)));
    let clean = seen(|_, _| ());
    assert_eq!(frames[0].grey.get_pixel(10, 10), clean[0].grey.get_pixel(74, 10));
    // Its lower left finder is gone, and the two upper ones are there.
    let (before, after) = (finders(&clean[0].grey), finders(&frames[0].grey));
    let lower = |found: &[(u32, u32)]| found.iter().filter(|(_, row)| *row > 150).count();
    assert_eq!((before.len(), lower(&before)), (3, 1), "{before:?}");
    assert_eq!((after.len(), lower(&after)), (2, 0), "{after:?}");
}

/// Where finders are, told without any reader: dark in the middle and 1 and 3 modules around it, light 2 modules around it.
fn finders(picture: &GrayImage) -> Vec<(u32, u32)> {
    let module = SCALE * 2.0;
    let level = |x: f64, y: f64| {
        let is_within = x >= 0.0 && y >= 0.0 && x < f64::from(picture.width()) && y < f64::from(picture.height());
        is_within.then(|| f64::from(picture.get_pixel(x as u32, y as u32).0[0]))
    };
    let around = |x: f64, y: f64, modules: f64| {
        let steps = [-1.0, 0.0, 1.0].into_iter().flat_map(|down| [-1.0, 0.0, 1.0].map(|across| (across, down)));
        let places = steps.filter(|step| *step != (0.0, 0.0));
        let levels = places.map(|(across, down)| level(x + across * module * modules, y + down * module * modules));
        levels.collect::<Option<Vec<f64>>>()
    };
    let is_finder = |x: f64, y: f64| {
        let (Some(middle), Some(near), Some(ring), Some(outer)) =
            (level(x, y), around(x, y, 1.0), around(x, y, 2.0), around(x, y, 3.0))
        else {
            return false;
        };
        let darkest_of_ring = ring.into_iter().fold(f64::MAX, f64::min);
        let dark = near.into_iter().chain(outer).chain([middle]);
        dark.fold(0.0, f64::max) + 20.0 < darkest_of_ring
    };
    let mut found: Vec<(u32, u32)> = Vec::new();
    for (x, y, _) in picture.enumerate_pixels() {
        let is_new = found.iter().all(|(column, row)| column.abs_diff(x).max(row.abs_diff(y)) > 8);
        if is_new && is_finder(f64::from(x) + 0.5, f64::from(y) + 0.5) {
            found.push((x, y));
        }
    }
    found
}

/// What a reader of brightness sees hardly changes by a wrong balance and by less chroma. A reader of red pays for the
/// balance.
#[test]
fn faults_of_colour_change_colours_and_hardly_any_brightness() {
    let with = |change: fn(&mut Processing)| {
        seen(move |camera, panel| {
            (camera.sensor, panel.grid) = (Sensor { bayer: true, ..camera.sensor }, Some(SubpixelGrid::OFFICE));
            change(&mut camera.processing);
        })
    };
    let clean = seen(|_, _| ());
    let right = with(|_| ());
    let cold = with(|processing| processing.balance = [0.6, 1.0, 2.2]);
    let shared = with(|processing| processing.chroma = Chroma::Quarter);
    keep(&cold[0], "white balance");
    keep(&shared[0], "chroma subsampling");
    for (name, frames) in [("right", &right), ("cold", &cold), ("a quarter of the chroma", &shared)] {
        let parts = [0, 1, 2].map(|part| 100.0 * misjudged_by_colour(frames, &clean, part));
        let grey = 100.0 * misjudged(frames, &clean);
        println!("{name}: {grey:.2} % misjudged by brightness, {parts:.2?} by red, green, blue");
    }
    // They happened.
    let sum = |frames: &[FilmFrame], part: usize| {
        let colour = frames[0].colour.as_ref().expect("colours");
        colour.pixels().map(|pixel| f64::from(pixel.0[part])).sum::<f64>()
    };
    assert!(sum(&cold, 2) > 1.3 * sum(&cold, 0) && sum(&right, 2) < 1.1 * sum(&right, 0));
    let apart = |of: &dyn Fn(&FilmFrame) -> Vec<u8>| {
        let (one, other) = (of(&right[0]), of(&shared[0]));
        one.iter().zip(&other).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / one.len() as f64
    };
    let brightness = apart(&|frame| frame.grey.as_raw().clone());
    let blue = apart(&|frame| frame.colour.as_ref().expect("colours").pixels().map(|pixel| pixel.0[2]).collect());
    println!("less chroma changes brightness by {brightness:.2} grey levels, blue by {blue:.2}");
    assert!(blue > 3.0 && brightness < blue / 3.0, "{brightness} {blue}");
    // A wrong balance bites in the colour that it dims. Less chroma bites nobody: it averages the moiré of a colour away.
    let red = |frames: &[FilmFrame]| misjudged_by_colour(frames, &clean, 0);
    assert!(red(&cold) > red(&right) + 0.01, "{} beside {}", red(&cold), red(&right));
    assert!(red(&shared) < red(&right), "{} beside {}", red(&shared), red(&right));
}

#[test]
fn the_same_seed_gives_the_same_photograph_of_a_monitor() {
    use super::Stand;
    let mut player = Player::new(Chance::new(3).bytes(20_000), Layout { pixels: 2, ..Layout::single(13) });
    let picture = player.picture(0);
    for stand in [Stand::HandHeld, Stand::Propped] {
        let take = |seed: u64| {
            let photograph = stand.photograph(&picture, (480, 440), &mut Chance::new(seed));
            let (grey, colour) = (photograph.grey, photograph.colour);
            keep(
                &FilmFrame { at: 0.0, grey, colour: Some(colour.clone()), mixed: false },
                &format!("{stand:?}-{seed}"),
            );
            colour
        };
        assert_eq!(take(4), take(4));
        assert_ne!(take(4), take(5));
    }
}
