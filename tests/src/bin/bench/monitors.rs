//! Photographs of monitors, simulated: ours beside zxing-cpp and `rxing`, hand-held and propped, and each fault alone.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use image::{GrayImage, Luma, RgbImage, imageops};
use rootcast_online::link::optical::qr_reader::{GreyPicture, read_photograph};
use rootcast_tests::camera::{
    Backlight, Camera, Chroma, Crop, Dust, Film, Finger, Hunting, Lens, Panel, Pose, Sensor, Shake, Sharpening,
    Shutter, Stand, SubpixelGrid,
};
use rootcast_tests::player::{Layout, Player};
use rootcast_tests::seeds::Chance;

use crate::oracle;
use crate::reading::rxing_alone;
use crate::table::{Table, Target};

/// Photographs in all, half of them hand-held.
const PHOTOGRAPHS: usize = 40;
/// Photographs for each fault alone.
const EACH: usize = 8;
/// Columns and rows of the monitor.
const MONITOR: (u32, u32) = (1920, 1080);

/// A version, its tiles, and columns and rows of the camera.
type Setting = (u8, (usize, usize), (u32, u32));

/// What is shown, and how many pixels the camera has.
const SETTINGS: [Setting; 8] = [
    (20, (1, 1), (1920, 1080)),
    (27, (1, 2), (1920, 1080)),
    (40, (1, 1), (1920, 1080)),
    (13, (2, 3), (1920, 1080)),
    (30, (2, 3), (2560, 1440)),
    (40, (2, 2), (3840, 2160)),
    (40, (2, 4), (3840, 2160)),
    (25, (2, 2), (2560, 1440)),
];

/// A code in the middle of a white monitor, each module so many whole pixels as fit.
fn on_a_monitor(player: &mut Player, number: usize) -> GrayImage {
    let mut monitor = GrayImage::from_pixel(MONITOR.0, MONITOR.1, Luma([255]));
    let code = player.picture(number);
    let (x, y) = ((MONITOR.0 - code.width()) / 2, (MONITOR.1 - code.height()) / 2);
    imageops::replace(&mut monitor, &code, x.into(), y.into());
    monitor
}

fn player_of(version: u8, tiles: (usize, usize)) -> Player {
    let (across, down) = Layout { tiles, ..Layout::single(version) }.modules();
    let pixels = (MONITOR.0 as usize / across).min(MONITOR.1 as usize / down).max(1);
    Player::new(Chance::new(40).bytes(400_000), Layout { version, tiles, pixels })
}

/// How many of the codes each reader read.
#[derive(Debug, Default, Clone)]
struct Outcome {
    shown: usize,
    ours: usize,
    rxing: usize,
    /// Read by zxing-cpp, where it is built in.
    oracle: Option<usize>,
    /// Codes that zxing-cpp read and ours did not, by picture.
    behind: Vec<String>,
    /// Contents of ours that nobody showed.
    wrong: usize,
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.shown += other.shown;
        self.ours += other.ours;
        self.rxing += other.rxing;
        self.oracle = other.oracle.map(|read| self.oracle.unwrap_or(0) + read);
        self.behind.extend(other.behind);
        self.wrong += other.wrong;
    }
}

fn read_by_all(grey: GrayImage, frames: &[Vec<u8>], what: &str) -> Outcome {
    let (width, height) = grey.dimensions();
    let picture = GreyPicture { width, height, luma: grey.into_raw() };
    let right = |read: &[Vec<u8>]| frames.iter().filter(|frame| read.contains(frame)).count();
    let ours = read_photograph(&picture).contents();
    let oracle = oracle::read(&picture);
    let rxing = std::panic::catch_unwind(|| rxing_alone(&picture)).unwrap_or_default();
    let missing = |read: &[Vec<u8>]| frames.iter().filter(|f| read.contains(f) && !ours.contains(f)).count();
    let lost = oracle.as_deref().map_or(0, missing);
    Outcome {
        shown: frames.len(),
        ours: right(&ours),
        rxing: right(&rxing),
        oracle: oracle.as_deref().map(right),
        behind: if lost > 0 { vec![format!("{what}: {lost}")] } else { Vec::new() },
        wrong: ours.iter().filter(|content| !frames.contains(content)).count(),
    }
}

/// The folder in which the photographs are kept to be looked at, if one is asked for.
fn album() -> Option<PathBuf> {
    std::env::var_os("ROOTCAST_PHOTOGRAPHS").map(PathBuf::from)
}

fn keep(picture: &RgbImage, name: &str) {
    if let Some(folder) = album() {
        std::fs::create_dir_all(&folder).expect("a folder for photographs");
        picture.save(folder.join(format!("{name}.png"))).expect("a photograph");
    }
}

/// Does `each` for every number below `count` on two threads, and adds up what came of it by `key`.
fn on_two_threads(count: usize, each: impl Fn(usize) -> (usize, Outcome) + Sync, keys: usize) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(vec![Outcome::default(); keys]);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    let (key, outcome) = each(number);
                    outcomes.lock().expect("no panic")[key].add(outcome);
                }
            });
        }
    });
    outcomes.into_inner().expect("no panic")
}

pub(crate) fn measure(table: &mut Table) {
    let asked = std::env::var("ROOTCAST_PICTURES").ok().and_then(|count| count.parse().ok());
    let count: usize = asked.unwrap_or(PHOTOGRAPHS);
    table.section(
        "Photographs of monitors, simulated",
        "Codes on a white monitor of 1,920 × 1,080 pixels, photographed by cameras of two to eight megapixels with a Bayer \
         pattern: subpixels (moiré), halos, wrong white balance, a quarter of the chroma, dust, JPEG 75 to 94, by chance \
         bands, a lamp, a finger, a crop; half of them hand-held, half propped. Seeds 0 to 39. Codes are counted.",
    );
    let outcomes = on_two_threads(
        count,
        |number| {
            let (version, tiles, size) = SETTINGS[number % SETTINGS.len()];
            let hand_held = (number + number / SETTINGS.len()).is_multiple_of(2);
            let stand = if hand_held { Stand::HandHeld } else { Stand::Propped };
            let mut player = player_of(version, tiles);
            let picture = on_a_monitor(&mut player, number);
            let photograph = stand.photograph(&picture, size, &mut Chance::new(number as u64));
            let pixels = photograph.scale * player.layout().pixels as f64;
            let what = format!(
                "{number} (v{version} {}×{}, {pixels:.1} px a module, {stand:?}, {})",
                tiles.0,
                tiles.1,
                photograph.faults.join(", ")
            );
            keep(&photograph.colour, &format!("monitor-{number:02}"));
            (usize::from(!hand_held), read_by_all(photograph.grey, &player.frames(number), &what))
        },
        2,
    );
    let mut all = Outcome::default();
    for (what, outcome) in ["hand-held", "propped"].into_iter().zip(&outcomes) {
        show(table, what, outcome);
        all.add(outcome.clone());
    }
    let behind = all.behind.len() as f64;
    if all.oracle.is_some() {
        table.figure("photographs with a code that zxing-cpp read and we did not", behind, "", Target::AtMost(0.0));
    }
    table.figure("contents that nobody showed", all.wrong as f64, "", Target::AtMost(0.0));
    all.behind.sort();
    all.behind.iter().for_each(|what| println!("\nRead by zxing-cpp and not by us: {what}."));
    each_alone(table);
}

fn show(table: &mut Table, what: &str, outcome: &Outcome) {
    let share = |read: usize| 100.0 * read as f64 / outcome.shown.max(1) as f64;
    let shown = outcome.shown;
    table.figure(&format!("{what}: read, of {shown} codes"), share(outcome.ours), "%", Target::Beside);
    if let Some(read) = outcome.oracle {
        table.figure(&format!("{what}: read by zxing-cpp"), share(read), "%", Target::Beside);
    }
    table.figure(&format!("{what}: read by `rxing` alone"), share(outcome.rxing), "%", Target::Beside);
}

/// What is changed in a camera and a panel.
type Change = fn(&mut Camera, &mut Panel);

/// Faults, each as it is in a bad photograph.
const FAULTS: [(&str, Change); 14] = [
    ("none", |_, _| ()),
    ("subpixels", |_, panel| panel.grid = Some(SubpixelGrid::OFFICE)),
    ("subpixels and Bayer", |camera, panel| {
        (camera.sensor.bayer, panel.grid) = (true, Some(SubpixelGrid::OFFICE));
    }),
    ("the same, a quarter of the chroma", |camera, panel| {
        (camera.sensor.bayer, panel.grid) = (true, Some(SubpixelGrid::OFFICE));
        camera.processing.chroma = Chroma::Quarter;
    }),
    ("the same, white balance 0.6 : 1 : 2", |camera, panel| {
        (camera.sensor.bayer, panel.grid) = (true, Some(SubpixelGrid::OFFICE));
        camera.processing.balance = [0.6, 1.0, 2.0];
    }),
    ("halos", |camera, _| camera.processing.sharpening = Some(Sharpening { amount: 2.5, radius: 1.5 })),
    ("hunting, a stop and a half too dark", |camera, _| camera.sensor.white *= 0.35),
    ("hunting, a stop and a half too bright", |camera, _| camera.sensor.white *= 2.8),
    ("dust", |camera, _| camera.dust = Some(Dust { specks: 60, radius: 12.0, depth: 0.7 })),
    ("bands, 240 Hz, exposure 2 ms", |camera, panel| {
        camera.shutter = Shutter { exposure: 0.002, readout: 0.028, ..Shutter::WEBCAM };
        panel.backlight = Some(Backlight { hertz: 240.0, duty: 0.5 });
    }),
    ("finger", |camera, _| camera.finger = Some(Finger { place: (0.3, 0.05), reach: 0.2, softness: 0.1 })),
    ("crop", |camera, _| camera.crop = Some(Crop { left: 0.24, top: 0.1, right: 0.0, bottom: 0.0 })),
    ("a hand", |camera, _| {
        camera.shake = Shake { reach: 3.0, hertz: 6.0 };
        camera.shutter = Shutter { exposure: 0.02, ..Shutter::WEBCAM };
    }),
    ("hunting film, 40 frames", |camera, _| camera.hunting = Some(Hunting { stops: 2.0, hertz: 1.5 })),
];

/// Each fault alone, at the edge of what is readable: 2.3 camera pixels a module.
fn each_alone(table: &mut Table) {
    println!(
        "\n### Each fault alone\n\n{EACH} photographs each of 2×3 v25 on a monitor, 2.3 camera pixels a module, lens 0.3 px, noise \
         4. Codes read, in percent.\n\n| fault | ours | zxing-cpp | `rxing` alone |\n|---|---:|---:|---:|"
    );
    let count = FAULTS.len() * EACH;
    let one = |number: usize| {
        let (fault, number) = (number / EACH, number % EACH);
        let mut player = player_of(25, (2, 3));
        let scale = 2.3 / player.layout().pixels as f64;
        let mut chance = Chance::new(number as u64);
        let either_way = |chance: &mut Chance, most: f64| (chance.fraction() * 2.0 - 1.0) * most;
        let pose = Pose {
            roll: either_way(&mut chance, 2.0),
            yaw: either_way(&mut chance, 5.0),
            pitch: either_way(&mut chance, 5.0),
            ..Pose::straight(scale)
        };
        let size = ((f64::from(MONITOR.0) * scale) as u32, (f64::from(MONITOR.1) * scale) as u32);
        let mut camera = Camera {
            lens: Lens { blur: 0.3, ..Lens::WEBCAM },
            sensor: Sensor::WEBCAM.with_noise(4.0),
            jpeg: Some(90),
            ..Camera::ideal(size.0, size.1, pose)
        };
        let mut panel = Panel::OFFICE;
        FAULTS[fault].1(&mut camera, &mut panel);
        let picture = on_a_monitor(&mut player, number);
        let still = |shown: usize| (shown == 0).then(|| picture.clone());
        let mut film = Film::starting(camera, panel, 1.0, still, 0.1, &mut chance);
        // A camera that hunts is met at another place of its round in each photograph.
        let frame = film.nth(number * 2).expect("a frame of a picture that is shown");
        if number == 0 {
            let grey = || image::DynamicImage::ImageLuma8(frame.grey.clone()).into_rgb8();
            keep(&frame.colour.clone().unwrap_or_else(grey), &format!("fault-{fault:02}"));
        }
        (fault, read_by_all(frame.grey, &player.frames(number), ""))
    };
    let outcomes = on_two_threads(count, one, FAULTS.len());
    for ((what, _), outcome) in FAULTS.iter().zip(&outcomes) {
        let share = |read: usize| format!("{:.1}", 100.0 * read as f64 / outcome.shown as f64);
        let oracle = outcome.oracle.map_or_else(|| "not built in".to_owned(), share);
        println!("| {what} | {} | {oracle} | {} |", share(outcome.ours), share(outcome.rxing));
    }
    let wrong: usize = outcomes.iter().map(|outcome| outcome.wrong).sum();
    println!("\n| figure | measured | target | |\n|---|---:|---:|---|");
    table.figure("each fault alone: contents that nobody showed", wrong as f64, "", Target::AtMost(0.0));
}
