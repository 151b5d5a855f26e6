//! Many dense codes in one picture: how many the first look reads, and for how much of one processor.

use image::GrayImage;
use rootcast_online::link::optical::qr_reader::{FILM_BUDGET, GreyPicture, Reader};
use rootcast_tests::camera::{Camera, Chroma, Film, Lens, Panel, Pose, Sensor, SubpixelGrid};
use rootcast_tests::player::{Layout, Player};
use rootcast_tests::seeds::Chance;

use crate::oracle;
use crate::processor::{median, timed};
use crate::table::{Table, Target};

/// How often each picture is looked at for the first time.
const TIMES: usize = 5;

struct Many {
    what: &'static str,
    tiles: (usize, usize),
    camera: (u32, u32),
    /// Panel pixels a module.
    pixels: usize,
    /// Milliseconds that the first picture may take.
    ms: f64,
}

const MANY: [Many; 3] = [
    Many { what: "2×4 v40 at 1080p", tiles: (2, 4), camera: (1920, 1080), pixels: 2, ms: 100.0 },
    Many { what: "4×4 v40 at 4K", tiles: (4, 4), camera: (3840, 2160), pixels: 2, ms: 250.0 },
    Many { what: "4×7 v40 at 4K", tiles: (4, 7), camera: (3840, 2160), pixels: 2, ms: 250.0 },
];

/// Filmed by a sharp camera, with or without a Bayer pattern before a panel whose subpixels it sees.
fn filmed(many: &Many, player: &mut Player, has_colours: bool) -> GrayImage {
    let (across, down) = player.layout().modules();
    let whole = |modules: usize| (modules * many.pixels) as f64;
    let fill = (f64::from(many.camera.0) / whole(across)).min(f64::from(many.camera.1) / whole(down)) * 0.95;
    let pose = Pose { yaw: 2.0, pitch: -1.5, roll: 0.5, ..Pose::straight(fill) };
    let mut camera = Camera {
        lens: Lens { blur: 0.35, barrel: 0.005, ..Lens::WEBCAM },
        sensor: Sensor { bayer: has_colours, ..Sensor::WEBCAM.with_noise(3.0) },
        jpeg: Some(92),
        ..Camera::ideal(many.camera.0, many.camera.1, pose)
    };
    camera.processing.chroma = Chroma::Quarter;
    let grid = has_colours.then_some(SubpixelGrid::OFFICE);
    let still = |number: usize| (number == 0).then(|| player.picture(0));
    let mut film = Film::starting(camera, Panel { grid, ..Panel::OFFICE }, 1.0, still, 0.5, &mut Chance::new(28));
    film.next().expect("a frame").grey
}

pub(crate) fn measure(table: &mut Table) {
    table.section(
        "Many codes in one picture, simulated",
        "Codes of version 40 that fill 95 % of a sharp camera's width or height (lens 0.35 px, noise 3, JPEG 92), from 2° and \
         1.5° aside. The first picture of a film, seen by a reader that has seen nothing before; processor time of one thread, \
         the median of five.",
    );
    for many in &MANY {
        let layout = Layout { tiles: many.tiles, pixels: many.pixels, ..Layout::single(40) };
        let mut player = Player::new(Chance::new(40).bytes(400_000), layout);
        let frames = player.frames(0);
        let codes = frames.len() as f64;
        for (how, has_colours) in [("", false), (", Bayer", true)] {
            let grey = filmed(many, &mut player, has_colours);
            let (width, height) = grey.dimensions();
            let picture = GreyPicture { width, height, luma: grey.into_raw() };
            let mut read = Vec::new();
            let looks = (0..TIMES).map(|_| {
                let (reading, ms) = timed(|| Reader::new(FILM_BUDGET).read(0, &picture));
                let contents = reading.contents();
                read.push(frames.iter().filter(|frame| contents.contains(frame)).count() as f64);
                ms
            });
            let ms = median(looks.collect());
            let what = format!("{}{how}", many.what);
            table.figure(&format!("{what}: codes read, of {codes}"), median(read), "", Target::AtLeast(codes));
            table.figure(&format!("{what}: processor time"), ms, "ms", Target::AtMost(many.ms));
            let (contents, ms) = timed(|| oracle::read(&picture));
            if let Some(contents) = contents {
                let read = frames.iter().filter(|frame| contents.contains(frame)).count() as f64;
                table.figure(&format!("{what}: codes read by zxing-cpp"), read, "", Target::Beside);
                table.figure(&format!("{what}: processor time of zxing-cpp"), ms, "ms", Target::Beside);
            }
        }
    }
}
