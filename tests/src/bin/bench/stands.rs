//! From the first shown frame to a complete object before a phone, hand-held and propped, with all the faults that the
//! simulated webcam lacks.

use rootcast_online::link::optical::qr_reader::{FILM_BUDGET, GreyPicture, Reader};
use rootcast_online::reception::assembly::Assemblies;
use rootcast_tests::camera::{Camera, Film, Panel, Pose};
use rootcast_tests::player::{Layout, Player};
use rootcast_tests::scratch::Scratch;
use rootcast_tests::seeds::Chance;

use crate::processor::timed;
use crate::table::{Table, Target};

/// Bytes of the object.
const OBJECT: usize = 100_000;
/// Camera frames after which it is given up.
const PATIENCE: usize = 600;

/// A camera, before a picture of this height.
type Held = fn(Pose) -> Camera;

pub(crate) fn measure(table: &mut Table) {
    table.section(
        "Screen to a phone, simulated",
        "A simulated phone (1080p, 30 a second, Bayer pattern, halos, cold balance, a quarter of the chroma, dust, an exposure \
         that hunts, JPEG 90) films a 60 Hz monitor with subpixels and a backlight of 240 pulses a second. Propped: it stands \
         still. Hand-held: it trembles, and hunts more. The code fills 86 % of the height. Goodput counts 100,000 bytes, \
         in seconds of the simulation.",
    );
    for (how, held, aside) in [
        ("propped", Camera::propped as Held, Pose { yaw: 3.0, pitch: -2.0, roll: 0.5, ..Pose::straight(1.0) }),
        ("hand-held", Camera::hand_held, Pose { yaw: 7.0, pitch: -5.0, roll: 2.0, ..Pose::straight(1.0) }),
    ] {
        for (what, layout, rate) in [
            ("one v27 at 11 a second", Layout { pixels: 7, ..Layout::single(27) }, 11.0),
            ("2×2 v40 at 12 a second", Layout { tiles: (2, 2), pixels: 2, ..Layout::single(40) }, 12.0),
        ] {
            let high = (layout.modules().1 * layout.pixels) as f64;
            let camera = held(Pose { scale: 1080.0 * 0.86 / high, ..aside });
            let name = format!("{how}, {what}");
            film(table, &name, camera, layout, rate);
        }
    }
}

fn film(table: &mut Table, name: &str, camera: Camera, layout: Layout, rate: f64) {
    let mut player = Player::new(Chance::new(50).bytes(OBJECT), layout);
    let object = *player.object();
    let pictures = move |number: usize| Some(player.picture(number));
    let film = Film::starting(camera, Panel::MONITOR, rate, pictures, 0.0, &mut Chance::new(51));
    let scratch = Scratch::new();
    let mut assemblies = Assemblies::open(scratch.folder(), 0).expect("a folder for symbols");
    let reader = Reader::new(FILM_BUDGET);
    let (mut frames, mut read, mut ms, mut seconds) = (0, 0, 0.0, None);
    'film: for frame in film.take(PATIENCE) {
        let (width, height) = frame.grey.dimensions();
        let picture = GreyPicture { width, height, luma: frame.grey.into_raw() };
        let (reading, took) = timed(|| reader.read(frames, &picture));
        frames += 1;
        ms += took;
        for content in reading.contents() {
            read += 1;
            let ready = assemblies.hear("qr:simulated", &content, 0).expect("symbols on the disk");
            if ready == Some(object) && assemblies.attempt(&object, 0, &|| false).expect("symbols").is_some() {
                seconds = Some(frame.at);
                break 'film;
            }
        }
    }
    let goodput = seconds.map_or(0.0, |seconds| OBJECT as f64 / 1e3 / seconds);
    table.figure(&format!("{name}: goodput (0: not complete)"), goodput, "KB/s", Target::Beside);
    let tiles = (layout.tiles.0 * layout.tiles.1) as f64;
    let share = 100.0 * f64::from(read) / (frames as f64 * tiles);
    table.figure(&format!("{name}: codes read of those in its pictures"), share, "%", Target::Beside);
    table.figure(&format!("{name}: processor time a picture"), ms / frames as f64, "ms", Target::Beside);
}
