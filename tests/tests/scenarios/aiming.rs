//! The advice for whoever holds the camera, from films that the simulated camera made.

use rootcast_online::link::optical::aiming::{Advice, Aiming};
use rootcast_online::link::optical::qr_reader::{FILM_BUDGET, GreyPicture, Outcome, Reader};
use rootcast_tests::camera::{Camera, Film, Glare, Panel, Pose, Sensor, Shutter};
use rootcast_tests::player::{Layout, Player};
use rootcast_tests::seeds::chance;

const SIZE: (u32, u32) = (560, 440);

/// A reader and its advice over several films.
struct Onlooker {
    reader: Reader,
    aiming: Aiming,
    pictures: u64,
    read: usize,
    mixed: usize,
    hidden: usize,
}

impl Onlooker {
    fn new() -> Self {
        let (reader, aiming) = (Reader::new(FILM_BUDGET * 4), Aiming::default());
        Self { reader, aiming, pictures: 0, read: 0, mixed: 0, hidden: 0 }
    }

    /// Sees so many pictures of a film that starts `phase` seconds after the first shown picture.
    fn see(&mut self, (camera, panel): (Camera, Panel), layout: Layout, rate: f64, phase: f64, pictures: usize) {
        let mut chance = chance("aiming");
        let mut player = Player::new(chance.bytes(60_000), layout);
        let film = Film::starting(camera, panel, rate, |number| Some(player.picture(number)), phase, &mut chance);
        for frame in film.take(pictures) {
            let (width, height) = frame.grey.dimensions();
            let picture = GreyPicture { width, height, luma: frame.grey.into_raw() };
            let reading = self.reader.read(self.pictures, &picture);
            self.pictures += 1;
            self.read += reading.contents().len();
            let of = |outcome: &Outcome| reading.sightings.iter().filter(|seen| seen.outcome == *outcome).count();
            self.mixed += of(&Outcome::Mixed);
            self.hidden += of(&Outcome::Hidden);
            self.aiming.note(&reading);
        }
    }
}

fn webcam(scale: f64) -> Camera {
    let sensor = Sensor::IDEAL.with_noise(4.0);
    Camera { sensor, shutter: Shutter::GLOBAL, ..Camera::ideal(SIZE.0, SIZE.1, Pose::straight(scale)) }
}

const SINGLE: Layout = Layout { version: 20, tiles: (1, 1), pixels: 5 };
const FOUR: Layout = Layout { version: 10, tiles: (2, 2), pixels: 5 };

/// Both clocks at 30 a second, and every change falls at mid-height of a picture.
#[test]
fn a_complete_lock_of_the_rates_is_told_from_the_first_picture_and_in_the_middle() {
    let locked = Camera { shutter: Shutter { readout: 0.030, exposure: 0.004, ..Shutter::WEBCAM }, ..webcam(0.68) };
    let mut fresh = Onlooker::new();
    fresh.see((locked, Panel::INSTANT), SINGLE, 30.0, -0.015 + 1.0 / 30.0, 60);
    assert_eq!(fresh.read, 0, "the lock was not complete: this run proved nothing");
    assert_eq!(fresh.aiming.advice(), Advice::RateLocked, "{:?}", fresh.aiming.document());
    let mut warm = Onlooker::new();
    warm.see((webcam(0.68), Panel::INSTANT), SINGLE, 30.0, 0.01, 30);
    assert_eq!((warm.read, warm.aiming.advice()), (30, Advice::Reading));
    for pictures in [40, 60] {
        warm.see((locked, Panel::INSTANT), SINGLE, 30.0, -0.015 + 1.0 / 30.0, pictures);
        assert_eq!(warm.read, 30, "the lock was not complete");
        assert_eq!(warm.aiming.advice(), Advice::RateLocked, "{:?}", warm.aiming.document());
    }
}

/// A lamp on a tile from the first picture on: it was never read, and is named all the same.
#[test]
fn a_tile_under_a_lamp_from_the_start_is_named_and_shown() {
    for (place, tile) in [((0.66, 0.27), 2), ((0.34, 0.27), 1), ((0.34, 0.73), 3), ((0.66, 0.73), 4)] {
        let camera = Camera { glare: Some(Glare { place, size: 0.06, light: 10.0 }), ..webcam(0.6) };
        let mut onlooker = Onlooker::new();
        onlooker.see((camera, Panel::INSTANT), FOUR, 11.0, 0.01, 40);
        assert_eq!(onlooker.aiming.advice(), Advice::TileHidden(tile, 4), "{:?}", onlooker.aiming.document());
        assert!(onlooker.hidden > 0 && onlooker.read > 80, "{} read", onlooker.read);
    }
}

/// The two tiles on the right hang over the picture's edge; a finder of each is still in it.
#[test]
fn tiles_that_the_edge_cuts_are_named() {
    let mut camera = webcam(0.6);
    camera.pose.aside = (190.0, 0.0);
    let mut onlooker = Onlooker::new();
    onlooker.see((camera, Panel::INSTANT), FOUR, 11.0, 0.01, 40);
    assert_eq!(onlooker.aiming.advice(), Advice::TileHidden(2, 4), "{:?}", onlooker.aiming.document());
}

#[test]
fn whole_screens_of_tiles_miss_none() {
    for layout in
        [SINGLE, FOUR, Layout { tiles: (2, 3), pixels: 4, ..FOUR }, Layout { tiles: (1, 3), pixels: 4, ..FOUR }]
    {
        let mut onlooker = Onlooker::new();
        onlooker.see((webcam(0.62), Panel::INSTANT), layout, 11.0, 0.01, 24);
        assert_eq!(onlooker.aiming.advice(), Advice::Reading, "{layout:?}: {:?}", onlooker.aiming.document());
        assert_eq!(onlooker.hidden, 0, "{layout:?}");
    }
}

#[test]
fn a_lamp_over_a_part_of_a_single_code_is_told_as_a_reflection() {
    let lamp = Glare { place: (0.66, 0.72), size: 0.12, light: 30.0 };
    let mut onlooker = Onlooker::new();
    onlooker.see((Camera { glare: Some(lamp), ..webcam(0.68) }, Panel::INSTANT), SINGLE, 11.0, 0.01, 40);
    assert_eq!(onlooker.read, 0, "the lamp hides too little");
    assert_eq!(onlooker.aiming.advice(), Advice::Glare, "{:?}", onlooker.aiming.document());
}

/// From a third of the picture on, and with the dark modules burnt out as well.
#[test]
fn a_washed_out_code_is_told_as_too_bright() {
    for scale in [0.52, 0.6, 0.7] {
        let mut camera = webcam(scale);
        camera.sensor.white = 8.0;
        let mut onlooker = Onlooker::new();
        let panel = Panel { black: 0.2, ..Panel::INSTANT };
        onlooker.see((camera, panel), SINGLE, 11.0, 0.01, 40);
        assert_eq!(onlooker.read, 0, "it is not washed out");
        assert_eq!(onlooker.aiming.advice(), Advice::OverExposed, "{:?}", onlooker.aiming.document());
    }
}
