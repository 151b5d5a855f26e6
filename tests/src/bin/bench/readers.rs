//! What it costs that pictures are looked at in processes of their own.

use std::fs::File;
use std::io::BufWriter;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use image::GrayImage;
use rootcast_online::link::optical::qr_reader::{FILM_BUDGET, GreyPicture, Reader};
use rootcast_tests::camera::{Camera, Film, Panel, Pose, Y4mWriter};
use rootcast_tests::player::{Layout, Player};
use rootcast_tests::program::online;
use rootcast_tests::seeds::Chance;
use rootcast_tests::sides::Sides;

use crate::table::{Table, Target};

/// Camera frames of the film: six seconds.
const FRAMES: usize = 180;
/// How often each is measured; the least counts.
const TIMES: usize = 5;
/// Frames a second that are shown.
const RATE: f64 = 12.0;

pub(crate) fn measure(table: &mut Table) {
    table.section(
        "Readers of pictures",
        "A film of 2×2 v40 before the simulated webcam of the section on optical links, 180 pictures of 1080p. `receive` looks \
         at them in a reader's process; the peer looks at them with two threads of this process, and reads no film, writes no \
         symbols and judges nothing. The least wall-clock time of five, in turn.",
    );
    let layout = Layout { tiles: (2, 2), ..Layout::single(40) };
    let high = (layout.modules().1 * layout.pixels) as f64;
    let pose = Pose { yaw: 6.0, pitch: -4.0, roll: 1.5, ..Pose::straight(1080.0 * 0.86 / high) };
    let sides = Sides::enrolled();
    let crl = sides.crl_of_bytes(400_000, &mut Chance::new(14));
    let file = sides.scratch.file("large.crl", &crl);
    let mut player = Player::new(sides.bundle("large.bundle", &[file]), layout);
    let pictures = move |number: usize| Some(player.picture(number));
    let mut chance = Chance::new(14);
    let film = Film::starting(Camera::webcam(pose), Panel::OFFICE, RATE, pictures, 0.0, &mut chance);
    let film: Vec<GrayImage> = film.take(FRAMES).map(|frame| frame.grey).collect();
    let path = sides.scratch.path("film.y4m");
    let file = BufWriter::new(File::create(&path).expect("a film"));
    let mut written = Y4mWriter::new(file, film[0].dimensions()).expect("a film");
    film.iter().for_each(|frame| written.add(frame).expect("a frame of a film"));
    written.finish().expect("a whole film");
    let link = format!("qr:video={}", path.display());
    let of_frame = |grey: GrayImage| GreyPicture { width: grey.width(), height: grey.height(), luma: grey.into_raw() };
    let film: Vec<GreyPicture> = film.into_iter().map(of_frame).collect();
    let (mut apart, mut together) = (f64::MAX, f64::MAX);
    for _ in 0..TIMES {
        let state = sides.fresh_online("on");
        let begun = Instant::now();
        let ended = online(["receive", "--json"]).state(&state).link(&link).run();
        apart = apart.min(begun.elapsed().as_secs_f64());
        assert_eq!(ended.json()["links"][0]["pictures"], FRAMES, "{ended}");
        std::fs::remove_dir_all(state).expect("a state to remove");
        together = together.min(with_two_threads(&film));
    }
    table.figure("`receive` with a reader's process", apart, "s", Target::Beside);
    table.figure("two threads of one process", together, "s", Target::Beside);
    table.figure("ratio", apart / together, "", Target::AtMost(1.25));
}

/// Seconds that two threads take to look at the film.
fn with_two_threads(film: &[GreyPicture]) -> f64 {
    let reader = Reader::new(FILM_BUDGET);
    let next = Mutex::new(0..film.len());
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.lock().expect("no panic").next();
                    let Some(number) = number else { return };
                    let _ = reader.read(number as u64, &film[number]);
                }
            });
        }
    });
    begun.elapsed().as_secs_f64()
}
