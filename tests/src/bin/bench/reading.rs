//! Reading QR symbols: our reader beside `rxing` by itself, over a grid of simulated photographs, and on real ones.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

use rootcast_online::link::optical::qr_reader::{FILM_BUDGET, GreyPicture, Outcome as Sight, Reader, read_symbols};
use rootcast_tests::camera::{Camera, Film, Panel, Pose, Shot};
use rootcast_tests::player::{Layout, Player};
use rootcast_tests::seeds::Chance;
use rxing::common::HybridBinarizer;
use rxing::multi::MultipleBarcodeReader;
use rxing::qrcode::cpp_port::QrReader;
use rxing::{BarcodeFormat, BinaryBitmap, DecodeHints, Luma8Source, RXingResultMetadataType, RXingResultMetadataValue};

use crate::oracle;
use crate::processor::{median, timed};
use crate::table::{Table, Target};

/// Pictures a point of the grid; `ROOTCAST_PICTURES` asks for another number.
const PICTURES: usize = 200;
/// Pixels a module from which nearly everything has to be read.
const ENOUGH: f64 = 2.2;

/// One point of the grid.
#[derive(Debug, Clone, Copy)]
struct Point {
    version: u8,
    /// Camera pixels a module.
    pixels: f64,
    tilt: f64,
    blur: f64,
    noise: f64,
}

/// What came of one point.
#[derive(Debug, Default, Clone, Copy)]
struct Outcome {
    pictures: usize,
    ours: usize,
    rxing: usize,
    /// Read by zxing-cpp, where it is built in.
    oracle: Option<usize>,
    /// Read by `rxing` and not by us.
    lost: usize,
    our_ms: f64,
    rxing_ms: f64,
}

/// Every version at every size with everything at once; then, in the middle, one fault after the other.
fn grid() -> Vec<Point> {
    let mut points = Vec::new();
    for version in [10, 20, 30, 40] {
        for pixels in [1.8, 2.2, 3.0, 4.0] {
            points.push(Point { version, pixels, tilt: 10.0, blur: 0.6, noise: 6.0 });
        }
    }
    for version in [27, 40] {
        for (tilt, blur, noise) in [(0.0, 0.0, 0.0), (10.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 12.0)] {
            points.push(Point { version, pixels: ENOUGH, tilt, blur, noise });
        }
    }
    points
}

pub(crate) fn measure(table: &mut Table) {
    let asked = std::env::var("ROOTCAST_PICTURES").ok().and_then(|count| count.parse().ok());
    let pictures = asked.unwrap_or(PICTURES);
    println!(
        "\n## Reading QR symbols, simulated photographs\n\n{pictures} pictures a point, two threads, seed 40: frames of random bytes, \
         lens 0.5 % barrel, rotation up to ±3°, tilt up to what is said about both axes. In brackets the 95 % interval \
         (Wilson). `rxing` alone is its QR reader on the same picture, not scaled down.\n\n\
         | version | px/module | tilt ° | blur px | noise | ours % | rxing alone % | zxing-cpp % | ours ms | rxing ms |\n\
         |---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    );
    let points = grid();
    let mut outcomes = Vec::new();
    for point in &points {
        let outcome = try_point(point, pictures);
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {:.1} | {:.1} |",
            point.version,
            point.pixels,
            point.tilt,
            point.blur,
            point.noise,
            interval(outcome.ours, outcome.pictures),
            interval(outcome.rxing, outcome.pictures),
            outcome.oracle.map_or_else(|| "not built in".to_owned(), |read| interval(read, outcome.pictures)),
            outcome.our_ms,
            outcome.rxing_ms
        );
        outcomes.push(outcome);
    }
    table.section("Reading QR symbols, in sum", "Of the grid above.");
    let (mut ours, mut all) = (0, 0);
    let mut worst: f64 = 100.0;
    for (point, outcome) in points.iter().zip(&outcomes) {
        // The promise is for these faults; what is worse is shown and promised nothing.
        if point.pixels >= ENOUGH && point.blur <= 0.6 && point.noise <= 6.0 {
            ours += outcome.ours;
            all += outcome.pictures;
            worst = worst.min(100.0 * outcome.ours as f64 / outcome.pictures as f64);
        }
    }
    let what = "read at 2.2 px a module and more, tilt to 10°, blur to 0.6, noise to 6";
    table.figure(what, 100.0 * ours as f64 / all as f64, "%", Target::AtLeast(99.0));
    table.figure("the worst of those points", worst, "%", Target::AtLeast(99.0));
    let below = outcomes.iter().filter(|o| o.ours < o.rxing).count();
    table.figure("points at which `rxing` alone read more", below as f64, "", Target::AtMost(0.0));
    let lost: usize = outcomes.iter().map(|o| o.lost).sum();
    table.figure("pictures that `rxing` alone read and we did not", lost as f64, "", Target::Beside);
    tracking(table);
}

/// How long a symbol takes that is followed from one camera frame to the next, on one thread.
fn tracking(table: &mut Table) {
    table.section(
        "Following QR symbols, simulated film",
        "A webcam (1080p, lens, noise, JPEG 90) films symbols of version 40 at 6 a second, from 6° and 4° aside; the code fills \
         86 % of its height. Median over the camera frames in which every symbol was read where it was followed to: those \
         in which every symbol is another one than before and is decoded, and those that show the same again.",
    );
    for (what, tiles, target) in [("one v40", (1, 1), Target::AtMost(4.0)), ("2×2 v40", (2, 2), Target::AtMost(4.0))] {
        let layout = Layout { tiles, ..Layout::single(40) };
        let mut player = Player::new(Chance::new(40).bytes(400_000), layout);
        let high = (layout.modules().1 * layout.pixels) as f64;
        let pose = Pose { yaw: 6.0, pitch: -4.0, roll: 1.5, ..Pose::straight(1080.0 * 0.86 / high) };
        let pictures = move |number: usize| Some(player.picture(number));
        let film = Film::new(Camera::webcam(pose), Panel::OFFICE, 6.0, pictures, &mut Chance::new(7));
        let reader = Reader::new(FILM_BUDGET);
        let symbols = tiles.0 * tiles.1;
        let (mut decoded, mut again, mut before) = (Vec::new(), Vec::new(), Vec::new());
        for (number, frame) in film.take(120).enumerate() {
            let (width, height) = frame.grey.dimensions();
            let picture = GreyPicture { width, height, luma: frame.grey.into_raw() };
            let (reading, took) = timed(|| reader.read(number as u64, &picture));
            let contents = reading.contents();
            let (is_same, is_new) = (contents == before, !contents.iter().any(|content| before.contains(content)));
            before.clone_from(&contents);
            let read = |sight: &&rootcast_online::link::optical::qr_reader::Sighting| {
                matches!(sight.outcome, Sight::Read { .. })
            };
            // The first pictures are searched; later ones are followed.
            if number >= 5 && reading.sightings.iter().filter(read).count() == symbols {
                match (is_same, is_new) {
                    (true, _) => again.push(took / symbols as f64),
                    (_, true) => decoded.push(took / symbols as f64),
                    _ => {}
                }
            }
        }
        table.figure(&format!("{what}: frames decoded"), decoded.len() as f64, "", Target::Beside);
        table.figure(&format!("{what}: frames of the same again"), again.len() as f64, "", Target::Beside);
        table.figure(&format!("{what}: processor time a symbol decoded"), median(decoded), "ms", target);
        table.figure(&format!("{what}: processor time a symbol shown again"), median(again), "ms", Target::Beside);
    }
}

/// Reads the pictures of one point on two threads.
fn try_point(point: &Point, pictures: usize) -> Outcome {
    let next = AtomicUsize::new(0);
    let (results, inbox) = channel();
    thread::scope(|scope| {
        for _ in 0..2 {
            let (results, next) = (results.clone(), &next);
            scope.spawn(move || {
                let layout = Layout { pixels: 5, ..Layout::single(point.version) };
                let mut player = Player::new(Chance::new(40).bytes(400_000), layout);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= pictures {
                        return;
                    }
                    let _ = results.send(try_picture(point, &mut player, number));
                }
            });
        }
    });
    drop(results);
    let mut outcome = Outcome::default();
    for one in inbox {
        outcome.pictures += 1;
        outcome.ours += one.ours;
        outcome.rxing += one.rxing;
        outcome.oracle = one.oracle.map(|read| outcome.oracle.unwrap_or(0) + read);
        outcome.lost += usize::from(one.rxing > one.ours);
        outcome.our_ms += one.our_ms / pictures as f64;
        outcome.rxing_ms += one.rxing_ms / pictures as f64;
    }
    outcome
}

fn try_picture(point: &Point, player: &mut Player, number: usize) -> Outcome {
    let mut chance = Chance::new(40_000 * u64::from(point.version) + number as u64);
    let shot = Shot {
        scale: point.pixels / player.layout().pixels as f64,
        rotation: 3.0,
        tilt: point.tilt,
        blur: point.blur,
        noise: point.noise,
        barrel: 0.005,
    };
    let photograph = shot.of(&player.picture(number), &mut chance);
    let frame = player.frame(number);
    let (width, height) = photograph.dimensions();
    let picture = GreyPicture { width, height, luma: photograph.into_raw() };
    let begun = Instant::now();
    let ours = read_symbols(&picture).contains(&frame);
    let our_ms = begun.elapsed().as_secs_f64() * 1e3;
    let begun = Instant::now();
    let rxing = rxing_alone(&picture).contains(&frame);
    let rxing_ms = begun.elapsed().as_secs_f64() * 1e3;
    let oracle = oracle::read(&picture).map(|read| usize::from(read.contains(&frame)));
    Outcome { pictures: 1, ours: ours.into(), rxing: rxing.into(), oracle, lost: 0, our_ms, rxing_ms }
}

/// Everything `rxing` reads in a picture by itself, both ways in which it gives content.
pub(crate) fn rxing_alone(picture: &GreyPicture) -> Vec<Vec<u8>> {
    let hints = DecodeHints {
        TryHarder: Some(true),
        PossibleFormats: Some([BarcodeFormat::QR_CODE].into_iter().collect()),
        ..DecodeHints::default()
    };
    let Ok(source) = Luma8Source::new_with_slice(&picture.luma, picture.width, picture.height) else {
        return Vec::new();
    };
    let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
    let results = QrReader.decode_multiple_with_hints(&mut bitmap, &hints).unwrap_or_default();
    let mut contents = Vec::new();
    for result in &results {
        contents.push(result.getRawBytes().to_vec());
        let segments = result.getRXingResultMetadata().get(&RXingResultMetadataType::BYTE_SEGMENTS);
        if let Some(RXingResultMetadataValue::ByteSegments(segments)) = segments {
            contents.push(segments.concat());
        }
    }
    contents
}

/// A share in percent with its 95 % interval after Wilson.
fn interval(count: usize, of: usize) -> String {
    let (n, z) = (of as f64, 1.96_f64);
    let share = count as f64 / n;
    let middle = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    format!("{:.1} ({:.1}–{:.1})", 100.0 * share, 100.0 * (middle - half).max(0.0), 100.0 * (middle + half).min(1.0))
}
