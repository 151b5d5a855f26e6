//! A code that is followed on a sharp film, beside zxing-cpp on the same pictures.

use rootcast_online::link::optical::qr_reader::{FILM_BUDGET, GreyPicture, Reader};
use rootcast_tests::camera::{Camera, Film, Lens, Panel, Pose, Sensor, Shutter};
use rootcast_tests::player::{Layout, Player};
use rootcast_tests::seeds::Chance;

use crate::oracle;
use crate::processor::{median, timed};
use crate::table::{Table, Target};

/// Camera frames; the first five are searched and not counted.
const FRAMES: usize = 180;

pub(crate) fn measure(table: &mut Table) {
    table.section(
        "Following QR symbols, simulated sharp film",
        "A sharp camera (1080p, 30 a second with a global shutter, lens 0.3 px, noise 2, uncompressed) films one symbol of version 40 at 10 a second, straight; the \
         code fills 90 % of its height. Processor time of one thread, the median over the frames that show one picture and \
         were read: those that show another symbol than the frame before, which has to be decoded, and those that show the \
         same again. zxing-cpp finds and reads on the same pictures, with its options `try_harder` and `try_downscale` \
         and without them.",
    );
    let layout = Layout::single(40);
    let mut player = Player::new(Chance::new(40).bytes(400_000), layout);
    let high = (layout.modules().1 * layout.pixels) as f64;
    let camera = Camera {
        lens: Lens { blur: 0.3, ..Lens::IDEAL },
        sensor: Sensor::WEBCAM.with_noise(2.0),
        shutter: Shutter { rate: 30.0, exposure: 0.002, readout: 0.0 },
        jpeg: None,
        ..Camera::webcam(Pose { roll: 0.4, ..Pose::straight(1080.0 * 0.9 / high) })
    };
    let pictures = move |number: usize| Some(player.picture(number));
    let film = Film::starting(camera, Panel::OFFICE, 10.0, pictures, 0.0, &mut Chance::new(9));
    let reader = Reader::new(FILM_BUDGET);
    let (mut decoded, mut again, mut thorough, mut fast) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut before = Vec::new();
    for (number, frame) in film.take(FRAMES).enumerate() {
        let (width, height) = frame.grey.dimensions();
        let picture = GreyPicture { width, height, luma: frame.grey.into_raw() };
        let (reading, ms) = timed(|| reader.read(number as u64, &picture));
        let contents = reading.contents();
        let is_new = contents != before;
        before.clone_from(&contents);
        if number < 5 || frame.mixed {
            continue;
        }
        if !contents.is_empty() {
            if is_new { &mut decoded } else { &mut again }.push(ms);
        }
        let read = |contents: Option<Vec<Vec<u8>>>| contents.is_some_and(|contents| !contents.is_empty());
        for (times, reader) in [(&mut thorough, oracle::read as fn(&GreyPicture) -> _), (&mut fast, oracle::read_fast)]
        {
            let (contents, ms) = timed(|| reader(&picture));
            if read(contents) {
                times.push(ms);
            }
        }
    }
    table.figure("frames of another symbol that were read", decoded.len() as f64, "", Target::Beside);
    table.figure("frames of the same symbol again", again.len() as f64, "", Target::Beside);
    let ms = median(decoded);
    table.figure("a v40 symbol, followed and decoded", ms, "ms", Target::AtMost(2.0));
    table.figure("the same symbol again", median(again), "ms", Target::Beside);
    if !fast.is_empty() {
        table.figure("frames that zxing-cpp read, the fast way", fast.len() as f64, "", Target::Beside);
        table.figure("zxing-cpp, find and read, thoroughly", median(thorough), "ms", Target::Beside);
        let theirs = median(fast);
        table.figure("zxing-cpp, find and read, the fast way", theirs, "ms", Target::Beside);
        table.figure("ours, decoded, beside the fast way", ms / theirs, "×", Target::AtMost(1.0));
    }
}
