//! A code that is followed on a sharp film, beside zxing-cpp on the same pictures.

use rootcast_online::link::optical::qr_reader::{FILM_BUDGET, GreyPicture, Reader};
use rootcast_tests::camera::{Camera, Film, Lens, Panel, Pose, Sensor};
use rootcast_tests::player::{Layout, Player};
use rootcast_tests::seeds::Chance;

use crate::oracle;
use crate::processor::{median, timed};
use crate::table::{Table, Target};

/// Camera frames; the first five are searched and not counted.
const FRAMES: usize = 60;

pub(crate) fn measure(table: &mut Table) {
    table.section(
        "Following QR symbols, simulated sharp film",
        "A sharp camera (1080p, lens 0.3 px, noise 2, uncompressed) films one symbol of version 40 at 10 a second, straight; the \
         code fills 90 % of its height. Processor time of one thread, the median over the frames that show one picture and \
         were read. zxing-cpp finds and reads on the same pictures.",
    );
    let layout = Layout::single(40);
    let mut player = Player::new(Chance::new(40).bytes(400_000), layout);
    let high = (layout.modules().1 * layout.pixels) as f64;
    let camera = Camera {
        lens: Lens { blur: 0.3, ..Lens::IDEAL },
        sensor: Sensor::WEBCAM.with_noise(2.0),
        jpeg: None,
        ..Camera::webcam(Pose { roll: 0.4, ..Pose::straight(1080.0 * 0.9 / high) })
    };
    let pictures = move |number: usize| Some(player.picture(number));
    let film = Film::starting(camera, Panel::OFFICE, 10.0, pictures, 0.0, &mut Chance::new(9));
    let reader = Reader::new(FILM_BUDGET);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (number, frame) in film.take(FRAMES).enumerate() {
        let (width, height) = frame.grey.dimensions();
        let picture = GreyPicture { width, height, luma: frame.grey.into_raw() };
        let (reading, ms) = timed(|| reader.read(number as u64, &picture));
        if number < 5 || frame.mixed {
            continue;
        }
        if !reading.contents().is_empty() {
            ours.push(ms);
        }
        let (contents, ms) = timed(|| oracle::read(&picture));
        if contents.is_some_and(|contents| !contents.is_empty()) {
            theirs.push(ms);
        }
    }
    table.figure("frames of one picture that were read", ours.len() as f64, "", Target::Beside);
    let ms = median(ours);
    table.figure("a v40 symbol, followed", ms, "ms", Target::AtMost(2.0));
    if !theirs.is_empty() {
        table.figure("frames that zxing-cpp read", theirs.len() as f64, "", Target::Beside);
        let theirs = median(theirs);
        table.figure("zxing-cpp, find and read", theirs, "ms", Target::Beside);
        table.figure("ours beside zxing-cpp", ms / theirs, "×", Target::AtMost(1.0));
    }
}
