//! From the first shown frame to the published file, before the simulated camera.

use std::io::pipe;
use std::process::Stdio;

use image::GrayImage;
use rootcast_offline::link::optical::qr_symbol::{Correction, QrVersion};
use rootcast_online::link::optical::qr_reader::{FILM_BUDGET, GreyPicture, Reader};
use rootcast_online::reception::assembly::Assemblies;
use rootcast_protocol::object::Object;
use rootcast_tests::camera::{Camera, Film, FilmFrame, Panel, Pose, Y4mWriter};
use rootcast_tests::player::{Layout, Player};
use rootcast_tests::recordings;
use rootcast_tests::scratch::Scratch;
use rootcast_tests::seeds::Chance;
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::{ExtensionDraft, der_writer::tlv};
use rustix::time::{ClockId, clock_gettime};

use crate::table::{Table, Target};

/// Bytes that no compression makes fewer.
const FILLER: usize = 200_000;
/// Camera frames after which an attempt is given up: a minute and a half.
const PATIENCE: usize = 2_700;
/// Camera frames that are filmed, then read: so the processor time of reading is that of nothing else.
const BATCH: usize = 15;

/// A panel of 60 Hz and a camera of 30 keep their phase for a minute: so it is given, evenly over a refresh of the panel.
const PHASES: u32 = 4;

/// One way to show an object.
struct Showing {
    what: &'static str,
    layout: Layout,
    rate: f64,
    /// Bytes a second that are promised.
    goodput: f64,
}

pub(crate) fn measure(table: &mut Table) {
    table.section(
        "Screen to camera, simulated",
        "A simulated webcam (1080p, 30 a second, rolling shutter 28 ms, exposure 10 ms, lens, noise, JPEG 90) films a simulated \
         60 Hz panel from 6° and 4° aside; the code fills 86 % of its height. Seconds are those of the simulation from the first \
         shown frame to the last camera frame that was needed, and the measured ones of judging and publishing after it. \
         Goodput counts the 200,000 bytes; it is worth what it says only where reading keeps up with 30 frames a second. \
         Beside it, published by others: libcimbar 106 KB/s, wallets 0.4–5 KB/s.",
    );
    let sides = Sides::enrolled();
    let bundle = bundle(&sides, 1, FILLER, "large");
    for showing in [
        Showing { what: "one v27 at 11 a second", layout: Layout::single(27), rate: 11.0, goodput: 12_000.0 },
        Showing {
            what: "2×2 v40 at 12 a second",
            layout: Layout { tiles: (2, 2), ..Layout::single(40) },
            rate: 12.0,
            goodput: 100_000.0,
        },
    ] {
        let what = showing.what;
        let camera = Camera::webcam(pose(&showing.layout));
        let mut all = Vec::new();
        for phase in 0..PHASES {
            let mut watch = Watch::begin(&bundle, showing.layout, camera, showing.rate, 0, At::Phase(phase));
            all.extend(watch.until_complete());
        }
        let goodputs: Vec<f64> =
            all.iter().map(|seen| FILLER as f64 / 1e3 / (seen.seconds + publish(&sides, &seen.frames))).collect();
        let complete = all.len() == PHASES as usize;
        let worst = if complete { goodputs.iter().copied().fold(f64::MAX, f64::min) } else { 0.0 };
        let target = Target::AtLeast(showing.goodput / 1e3);
        table.figure(&format!("{what}: goodput, the worst of {PHASES} phases"), worst, "KB/s", target);
        table.figure(&format!("{what}: goodput, their mean"), mean(&goodputs), "KB/s", Target::Beside);
        let seconds: Vec<f64> = goodputs.iter().map(|goodput| FILLER as f64 / 1e3 / goodput).collect();
        table.figure(&format!("{what}: first shown frame to published, mean"), mean(&seconds), "s", Target::Beside);
        let of_all = |of: fn(&Seen) -> f64| all.iter().map(of).sum::<f64>();
        let camera_frames = of_all(|seen| seen.camera_frames as f64);
        let per_frame = of_all(|seen| seen.processor_ms) / camera_frames;
        table.figure(&format!("{what}: processor time a camera frame"), per_frame, "ms", Target::Beside);
        let keeps_up = 2_000.0 / per_frame;
        table.figure(&format!("{what}: camera frames a second, two cores"), keeps_up, "", Target::AtLeast(30.0));
        let read = of_all(|seen| seen.symbols_read as f64) / camera_frames;
        table.figure(&format!("{what}: symbols read a camera frame"), read, "", Target::Beside);
        let mixed = 100.0 * of_all(|seen| seen.mixed as f64) / camera_frames;
        table.figure(&format!("{what}: camera frames that show two pictures"), mixed, "%", Target::Beside);
        if let Some(first) = all.first() {
            through_the_program(table, what, &sides, &bundle, &showing, camera, first.camera_frames);
        }
    }
    small_crl(table);
    joining_late(table);
}

/// Where a camera stands that sees the whole code, as large as it may be with a little room.
fn pose(layout: &Layout) -> Pose {
    let high = (layout.modules().1 * layout.pixels) as f64;
    Pose { yaw: 6.0, pitch: -4.0, roll: 1.5, ..Pose::straight(1080.0 * 0.86 / high) }
}

/// The encoded bundle of a CRL with so many bytes that do not compress.
pub(crate) fn bundle(sides: &Sides, number: u32, filler: usize, name: &str) -> Vec<u8> {
    let mut draft = sides.crl(number);
    let filler = tlv(4, &Chance::new(200).bytes(filler));
    draft.set_extension(ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99_999, 1], false, filler));
    bundle_of(sides, &draft.sign(), name)
}

fn bundle_of(sides: &Sides, crl: &[u8], name: &str) -> Vec<u8> {
    let file = sides.scratch.file(&format!("{name}.crl"), crl);
    sides.bundle(&format!("{name}.bundle"), &[file])
}

/// What was needed to complete an object.
struct Seen {
    /// Simulated seconds from the first shown frame to the end of the last camera frame needed, and its reading.
    seconds: f64,
    camera_frames: usize,
    /// Processor time of reading and putting together.
    processor_ms: f64,
    symbols_read: usize,
    /// Camera frames that show more than one picture.
    mixed: usize,
    /// Every frame that was read, once.
    frames: Vec<Vec<u8>>,
}

/// What reads the frames of one camera, in their order.
type Eyes = Box<dyn FnMut(&GreyPicture) -> Vec<Vec<u8>>>;

/// The program's own reader of films, which remembers where it saw the last symbols: one a camera.
fn eyes() -> Eyes {
    let reader = Reader::new(FILM_BUDGET);
    let mut number = 0;
    Box::new(move |picture| {
        let contents = reader.read(number, picture).contents();
        number += 1;
        contents
    })
}

/// When a camera begins to look.
#[derive(Debug, Clone, Copy)]
enum At {
    /// At one of the phases.
    Phase(u32),
    /// At a phase left to chance, with this seed.
    Chance(u64),
}

/// A camera before one transmission, from some shown picture on.
struct Watch {
    film: Box<dyn Iterator<Item = FilmFrame>>,
    object: Object,
    assemblies: Assemblies,
    eyes: Eyes,
    _scratch: Scratch,
}

impl Watch {
    fn begin(bundle: &[u8], layout: Layout, camera: Camera, rate: f64, joined: usize, at: At) -> Self {
        let mut player = Player::new(bundle.to_vec(), layout);
        let object = *player.object();
        let pictures = move |number: usize| Some(player.picture(joined + number));
        let seed = if let At::Chance(seed) = at { seed } else { 6 };
        let mut chance = Chance::new(seed);
        let phase = match at {
            At::Phase(phase) => -f64::from(phase) / f64::from(PHASES) / Panel::OFFICE.refresh,
            At::Chance(_) => -chance.fraction() / camera.shutter.rate,
        };
        let film = Film::starting(camera, Panel::OFFICE, rate, pictures, phase, &mut chance);
        let scratch = Scratch::new();
        let assemblies = Assemblies::open(scratch.folder(), 0).expect("a folder for symbols");
        Self { film: Box::new(film), object, assemblies, eyes: eyes(), _scratch: scratch }
    }

    fn until_complete(&mut self) -> Option<Seen> {
        let mut seen =
            Seen { seconds: 0.0, camera_frames: 0, processor_ms: 0.0, symbols_read: 0, mixed: 0, frames: Vec::new() };
        while seen.camera_frames < PATIENCE {
            let batch: Vec<FilmFrame> = self.film.by_ref().take(BATCH).collect();
            for FilmFrame { at, grey, mixed, .. } in batch {
                seen.mixed += usize::from(mixed);
                let begun = processor_ms();
                let complete = self.look_at(grey, &mut seen);
                let took = processor_ms() - begun;
                seen.processor_ms += took;
                seen.camera_frames += 1;
                if complete {
                    seen.seconds = at + took / 1e3;
                    return Some(seen);
                }
            }
        }
        None
    }

    /// Reads one camera frame. Returns whether the object is complete.
    fn look_at(&mut self, grey: GrayImage, seen: &mut Seen) -> bool {
        let (width, height) = grey.dimensions();
        for frame in (self.eyes)(&GreyPicture { width, height, luma: grey.into_raw() }) {
            let ready = self.assemblies.hear("qr:simulated", &frame, 0).expect("symbols on the disk");
            seen.symbols_read += 1;
            if !seen.frames.contains(&frame) {
                seen.frames.push(frame);
            }
            if ready == Some(self.object)
                && self.assemblies.attempt(&self.object, 0, &|| false).expect("symbols").is_some()
            {
                return true;
            }
        }
        false
    }
}

/// Gives the program exactly the frames that were read; the seconds it takes to judge and publish what they hold.
fn publish(sides: &Sides, frames: &[Vec<u8>]) -> f64 {
    let recording = sides.scratch.path("read.frames");
    recordings::write(&recording, frames);
    let _ = std::fs::remove_dir_all(sides.scratch.path("online-fresh"));
    let state = sides.fresh_online("online-fresh");
    let receive = rootcast_tests::program::online(["receive", "--once"]).state(&state);
    receive.link(format!("file:{}", recording.display())).exits(0).took.as_secs_f64()
}

/// The same film again, through a pipe into `receive --link qr:video=-`.
fn through_the_program(
    table: &mut Table,
    what: &str,
    sides: &Sides,
    bundle: &[u8],
    showing: &Showing,
    camera: Camera,
    camera_frames: usize,
) {
    let state = sides.fresh_online(&format!("online {what}"));
    let (from, to) = pipe().expect("a pipe");
    let receive = rootcast_tests::program::online(["receive", "--once"]).state(&state).link("qr:video=-");
    let running = receive.start_with(Stdio::from(from), Stdio::piped(), Stdio::piped());
    let mut watch = Watch::begin(bundle, showing.layout, camera, showing.rate, 0, At::Phase(0));
    let mut film = Y4mWriter::new(to, (camera.columns, camera.rows)).expect("a film");
    let mut written = 0;
    // Some frames more than the library needed; the program hangs up when it has published.
    for frame in watch.film.by_ref().take(camera_frames * 2 + 30) {
        if film.add(&frame.grey).is_err() {
            break;
        }
        written += 1;
    }
    drop(film);
    let ended = running.wait();
    assert_eq!(ended.code, Some(0), "{ended}");
    table.figure(&format!("{what}: camera frames written to `qr:video=-`"), f64::from(written), "", Target::Beside);
    let per_frame = ended.processor_seconds * 1e3 / f64::from(written);
    table.figure(
        &format!("{what}: `receive` without its readers, processor time a frame"),
        per_frame,
        "ms",
        Target::Beside,
    );
}

/// A CRL of 700 bytes: one frame, in the smallest code that holds it.
fn small_crl(table: &mut Table) {
    let sides = Sides::enrolled();
    let mut chance = Chance::new(700);
    let crl = sides.crl_of_bytes(700, &mut chance);
    let bundle = bundle_of(&sides, &crl, "small");
    let object = Object::new(&bundle).expect("an object");
    let most = QrVersion::new(27).expect("version 27");
    let layout = Layout::single(QrVersion::useful_for(&object, most, Correction::L).expect("a version").get());
    let mut worst: f64 = 0.0;
    for seed in 0..10 {
        let mut watch = Watch::begin(&bundle, layout, Camera::webcam(pose(&layout)), 11.0, 0, At::Chance(seed));
        let seen = watch.until_complete().expect("a frame read");
        worst = worst.max(seen.seconds + publish(&sides, &seen.frames));
    }
    let what = format!("CRL of {} bytes as one v{}: the slowest of ten", crl.len(), layout.version);
    table.figure(&what, worst, "s", Target::AtMost(1.0));
}

/// How many pictures have to be shown, from the first or joined anywhere.
fn joining_late(table: &mut Table) {
    let bundle = Chance::new(20).bytes(12_000);
    let layout = Layout::single(20);
    let pass = Player::new(bundle.clone(), layout).pictures_in_pass();
    let shown = |joined: usize, seed: u64| {
        let mut watch = Watch::begin(&bundle, layout, Camera::webcam(pose(&layout)), 11.0, joined, At::Chance(seed));
        watch.until_complete().map_or(f64::NAN, |seen| seen.seconds * 11.0 / pass as f64)
    };
    let first: Vec<f64> = (0..6).map(|seed| shown(0, seed)).collect();
    let late: Vec<f64> = (0..6).map(|seed| shown(1 + seed as usize * 37 % (3 * pass), 100 + seed)).collect();
    let unit = format!("passes of {pass}");
    table.figure("12 kB as v20: pictures shown until complete, from the first", mean(&first), &unit, Target::Beside);
    table.figure("the same, joined anywhere, mean of six", mean(&late), &unit, Target::AtMost(mean(&first) + 0.15));
}

fn mean(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / of.len() as f64
}

fn processor_ms() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}
