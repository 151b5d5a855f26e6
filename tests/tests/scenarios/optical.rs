//! Screen to camera: the simulated camera films what the offline side shows, with each fault alone and with all of them.
//!
//! Small pictures and symbols of version 20, so that it takes seconds. What larger ones need is measured by `make bench`.

use image::GrayImage;
use rootcast_tests::camera::{
    Backlight, Camera, Chroma, Crop, Dust, Film, Finger, Glare, Hunting, Lens, Panel, Pose, Sensor, Shake, Sharpening,
    Shutter, SubpixelGrid,
};
use rootcast_tests::player::{Layout, Player};
use rootcast_tests::program;
use rootcast_tests::reel::Reel;
use rootcast_tests::seeds::{Chance, chance};
use rootcast_tests::sides::{Sides, is_published};
use rootcast_tests::video_device::{DeviceFault, VideoDevice};

/// Columns and rows of the small cameras here.
const SIZE: (u32, u32) = (560, 440);
/// Shown pictures a second.
const RATE: f64 = 11.0;

/// A CRL that takes some frames of version 20, and the player that shows it.
fn shown(sides: &Sides, chance: &mut Chance) -> (Vec<u8>, Player) {
    let (file, crl) = sides.long_crl_file(1, 330, chance);
    let player = Player::new(sides.bundle("root.bundle", &[file]), Layout { pixels: 5, ..Layout::single(20) });
    assert!(player.pictures_in_pass() >= 4, "one picture would prove little");
    (crl, player)
}

/// A camera without faults that sees the code with 3.4 pixels a module.
fn ideal() -> Camera {
    Camera::ideal(SIZE.0, SIZE.1, Pose::straight(3.4 / 5.0))
}

/// A fault, and what it changes.
struct Fault {
    name: &'static str,
    begin: fn(&mut Camera, &mut Panel),
}

const FAULTS: [Fault; 24] = [
    Fault { name: "perspective", begin: |camera, _| (camera.pose.yaw, camera.pose.pitch) = (14.0, -9.0) },
    Fault { name: "rotation", begin: |camera, _| camera.pose.roll = 6.0 },
    Fault { name: "lens distortion", begin: |camera, _| camera.lens.barrel = 0.04 },
    Fault { name: "defocus", begin: |camera, _| camera.lens.blur = 1.0 },
    Fault {
        name: "shaking hand",
        begin: |camera, _| (camera.shake, camera.shutter.exposure) = (Shake { reach: 3.0, hertz: 5.0 }, 0.015),
    },
    Fault { name: "noise", begin: |camera, _| camera.sensor = camera.sensor.with_noise(12.0) },
    Fault { name: "vignetting", begin: |camera, _| camera.lens.vignetting = 0.7 },
    Fault {
        name: "glare",
        begin: |camera, _| camera.glare = Some(Glare { place: (0.6, 0.6), size: 0.04, light: 0.5 }),
    },
    Fault { name: "settling panel", begin: |_, panel| *panel = Panel { settling: 0.015, ..Panel::OFFICE } },
    Fault {
        name: "rolling shutter",
        begin: |camera, _| camera.shutter = Shutter { exposure: 0.010, readout: 0.028, ..Shutter::WEBCAM },
    },
    Fault { name: "under-exposure", begin: |camera, _| camera.sensor.white = 0.08 },
    Fault { name: "over-exposure", begin: |camera, _| camera.sensor.white = 1.6 },
    Fault { name: "JPEG", begin: |camera, _| camera.jpeg = Some(40) },
    Fault { name: "drifting clocks", begin: |_, panel| panel.drift = 0.02 },
    Fault { name: "subpixels", begin: |_, panel| panel.grid = Some(SubpixelGrid::OFFICE) },
    Fault {
        name: "Bayer pattern, white balance and chroma",
        begin: |camera, panel| {
            (camera.sensor.bayer, panel.grid) = (true, Some(SubpixelGrid::OFFICE));
            (camera.processing.balance, camera.processing.chroma) = ([0.7, 1.0, 1.5], Chroma::Quarter);
        },
    },
    Fault {
        name: "halos",
        begin: |camera, _| camera.processing.sharpening = Some(Sharpening { amount: 2.0, radius: 1.5 }),
    },
    Fault { name: "hunting", begin: |camera, _| camera.hunting = Some(Hunting { stops: 1.0, hertz: 1.0 }) },
    Fault { name: "dust", begin: |camera, _| camera.dust = Some(Dust { specks: 80, radius: 8.0, depth: 0.45 }) },
    Fault {
        name: "bands",
        begin: |camera, panel| {
            camera.shutter = Shutter { exposure: 0.006, readout: 0.028, ..Shutter::WEBCAM };
            panel.backlight = Some(Backlight { hertz: 240.0, duty: 0.6 });
        },
    },
    Fault { name: "tear", begin: |_, panel| *panel = Panel { tear: Some(0.4), ..Panel::OFFICE } },
    Fault {
        name: "finger",
        begin: |camera, _| camera.finger = Some(Finger { place: (0.0, 0.5), reach: 0.19, softness: 0.1 }),
    },
    Fault {
        name: "crop",
        begin: |camera, _| camera.crop = Some(Crop { left: 0.04, top: 0.03, right: 0.05, bottom: 0.02 }),
    },
    Fault {
        name: "hand-held",
        begin: |camera, panel| {
            let Camera { columns, rows, pose, .. } = *camera;
            (*camera, *panel) = (Camera { columns, rows, ..Camera::hand_held(pose) }, Panel::MONITOR);
            camera.shake.reach = 1.0;
        },
    },
];

/// What a film of some passes shows.
struct Seen {
    reel: Reel,
    frames: Vec<GrayImage>,
    mixed: usize,
}

/// Films `passes` passes and four pictures, from shown picture `from` on.
fn film(sides: &Sides, name: &str, player: &mut Player, from: usize, passes: usize, with: (Camera, Panel)) -> Seen {
    let last = from + player.pictures_in_pass() * passes + 4;
    let mut reel = Reel::new(&sides.scratch, name, with.0.size());
    let (mut frames, mut mixed) = (Vec::new(), 0);
    let pictures = |number: usize| (from + number < last).then(|| player.picture(from + number));
    for frame in Film::new(with.0, with.1, RATE, pictures, &mut Chance::new(11)) {
        reel.add(&frame.grey);
        mixed += usize::from(frame.mixed);
        frames.push(frame.grey);
    }
    Seen { reel, frames, mixed }
}

/// How far the frames of two films lie apart, in grey levels.
fn apart(one: &[GrayImage], other: &[GrayImage]) -> f64 {
    let (mut sum, mut count) = (0_u64, 0_u64);
    for (one, other) in one.iter().zip(other) {
        count += one.as_raw().len() as u64;
        sum += one.as_raw().iter().zip(other.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
    }
    sum as f64 / count as f64
}

#[test]
fn a_film_with_any_one_fault_is_received() {
    let mut chance = chance("a_film_with_any_one_fault");
    let sides = Sides::enrolled();
    let (crl, mut player) = shown(&sides, &mut chance);
    let clean = film(&sides, "clean", &mut player, 0, 1, (ideal(), Panel::INSTANT));
    assert_eq!(clean.mixed, 0);
    let mut not_received = Vec::new();
    for Fault { name, begin } in FAULTS {
        let (mut camera, mut panel) = (ideal(), Panel::INSTANT);
        begin(&mut camera, &mut panel);
        let seen = film(&sides, name, &mut player, 0, 2, (camera, panel));
        let apart = apart(&clean.frames, &seen.frames);
        assert!(apart > 0.5, "{name} changed the pictures by {apart} grey levels: this run proved nothing");
        if ["settling panel", "rolling shutter", "tear", "hand-held"].contains(&name) {
            assert!(seen.mixed > 0, "{name}: no frame shows two pictures");
        }
        let state = sides.fresh_online(&format!("online {name}"));
        let ended = program::online(["receive"]).state(&state).link(seen.reel.link()).run();
        if ended.code != Some(0) || !is_published(&state, &crl) {
            not_received.push(format!("{name}, {} frames:\n{ended}", seen.reel.frames()));
        }
    }
    assert!(not_received.is_empty(), "{}", not_received.join("\n"));
}

/// Everything at once, each as it is in an ordinary room.
fn ordinary() -> (Camera, Panel) {
    let camera = Camera {
        columns: SIZE.0,
        rows: SIZE.1,
        lens: Lens { blur: 0.6, barrel: 0.02, ..Lens::WEBCAM },
        glare: Some(Glare { place: (0.75, 0.3), size: 0.05, light: 0.3 }),
        shake: Shake { reach: 1.0, hertz: 4.0 },
        sensor: Sensor::WEBCAM.with_noise(6.0),
        ..Camera::webcam(Pose { yaw: 7.0, pitch: -5.0, roll: 3.0, ..ideal().pose })
    };
    (camera, Panel::OFFICE)
}

#[test]
fn a_film_with_all_faults_together_is_received() {
    let mut chance = chance("a_film_with_all_faults");
    let sides = Sides::enrolled();
    let (crl, mut player) = shown(&sides, &mut chance);
    let seen = film(&sides, "ordinary", &mut player, 0, 3, ordinary());
    assert!(seen.mixed > 0, "no frame shows two pictures");
    sides.receive(&[seen.reel.link()]).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn a_camera_that_joins_late_needs_no_first_picture() {
    let mut chance = chance("a_camera_that_joins_late");
    let sides = Sides::enrolled();
    let (crl, mut player) = shown(&sides, &mut chance);
    let joined = player.pictures_in_pass() * 5 + 2;
    let seen = film(&sides, "late", &mut player, joined, 2, ordinary());
    sides.receive(&[seen.reel.link()]).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn two_cameras_feed_one_assembly() {
    let mut chance = chance("two_cameras");
    let sides = Sides::enrolled();
    let (crl, mut player) = shown(&sides, &mut chance);
    let pass = player.pictures_in_pass();
    // Each is there for less than a pass: the first at the beginning, the second from another side and much later.
    let halves = [(0, Pose { yaw: 8.0, ..ideal().pose }), (4 * pass, Pose { yaw: -8.0, roll: -4.0, ..ideal().pose })];
    let links = halves.map(|(from, pose)| {
        let mut reel = Reel::new(&sides.scratch, &format!("camera {from}"), SIZE);
        let pictures = |number: usize| (number < pass - 1).then(|| player.picture(from + number));
        let (camera, panel) = (Camera { pose, ..ordinary().0 }, Panel::OFFICE);
        Film::new(camera, panel, RATE, pictures, &mut Chance::new(from as u64)).for_each(|f| reel.add(&f.grey));
        reel.link()
    });
    for (number, link) in links.iter().enumerate() {
        let alone = sides.fresh_online(&format!("online alone {number}"));
        program::online(["receive"]).state(&alone).link(link).exits(4);
    }
    sides.receive(&links).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn black_and_frozen_pictures_lose_nothing() {
    let mut chance = chance("black_and_frozen");
    let sides = Sides::enrolled();
    let (crl, mut player) = shown(&sides, &mut chance);
    let seen = film(&sides, "good", &mut player, 0, 2, (ideal(), Panel::INSTANT));
    let (first, rest) = seen.frames.split_at(6);
    let mut reel = Reel::new(&sides.scratch, "frozen", SIZE);
    let black = GrayImage::new(SIZE.0, SIZE.1);
    (0..10).for_each(|_| reel.add(&black));
    first.iter().for_each(|frame| reel.add(frame));
    (0..10).for_each(|_| reel.add(&first[5]));
    let ended = sides.receive(&[reel.link()]).arg("--json").exits(4);
    let without = ended.json()["links"][0]["pictures_without_code"].as_u64().unwrap();
    assert!(without >= 10, "ten black pictures, {without} without a code\n{ended}");
    // What was read before it froze counts when it goes on.
    let mut reel = Reel::new(&sides.scratch, "goes on", SIZE);
    rest.iter().for_each(|frame| reel.add(frame));
    sides.receive(&[reel.link()]).exits(0);
    sides.assert_published(&crl);
}

/// A wall of squares within squares: every one looks like a corner of a code.
fn clutter(chance: &mut Chance) -> GrayImage {
    let mut picture = GrayImage::from_pixel(SIZE.0, SIZE.1, image::Luma([255]));
    for _ in 0..180 {
        let size = 1 + chance.below(4) as u32;
        let (left, top) = (chance.below(SIZE.0 as usize) as u32, chance.below(SIZE.1 as usize) as u32);
        for (x, y) in (0..7 * size).flat_map(|x| (0..7 * size).map(move |y| (x, y))) {
            let ring = (x / size).min(y / size).min(6 - x / size).min(6 - y / size);
            if left + x < SIZE.0 && top + y < SIZE.1 {
                picture.put_pixel(left + x, top + y, image::Luma([if ring == 1 { 255 } else { 0 }]));
            }
        }
    }
    picture
}

#[test]
fn a_picture_full_of_finder_patterns_takes_bounded_time() {
    let mut chance = chance("full_of_finder_patterns");
    let sides = Sides::enrolled();
    let (crl, mut player) = shown(&sides, &mut chance);
    let mut reel = Reel::new(&sides.scratch, "clutter", SIZE);
    (0..4).for_each(|_| reel.add(&clutter(&mut chance)));
    let ended = sides.receive(&[reel.link()]).exits(4);
    assert!(ended.took.as_secs_f64() < 20.0, "four pictures took {:?}", ended.took);
    let seen = film(&sides, "after", &mut player, 0, 2, (ideal(), Panel::INSTANT));
    sides.receive(&[seen.reel.link()]).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn codes_of_others_in_view_are_counted_and_ignored() {
    let mut chance = chance("codes_of_others");
    let sides = Sides::enrolled();
    let (crl, mut player) = shown(&sides, &mut chance);
    // Beside ours hangs a code that some other program made.
    let layout = Layout { tiles: (1, 2), pixels: 4, ..player.layout() };
    let pen = rootcast_offline::link::optical::qr_symbol::QrPen::new(
        rootcast_offline::link::optical::qr_symbol::QrVersion::new(20).unwrap(),
    );
    let theirs = pen.draw(b"https://example.org/wifi-for-guests, which is no frame").unwrap();
    let mut reel = Reel::new(&sides.scratch, "guests", (880, 440));
    let passes = player.pictures_in_pass() * 2 + 4;
    let pictures = |number: usize| {
        let ours = pen.draw(&player.frame(number)).unwrap();
        (number < passes).then(|| layout.picture(&[ours, theirs.clone()]))
    };
    let camera = Camera { columns: 880, rows: 440, pose: Pose::straight(0.85), ..ordinary().0 };
    Film::new(camera, Panel::OFFICE, RATE, pictures, &mut Chance::new(2)).for_each(|frame| reel.add(&frame.grey));
    let ended = sides.receive(&[reel.link()]).arg("--json").exits(0);
    sides.assert_published(&crl);
    let foreign = ended.json()["links"][0]["foreign"].as_u64().unwrap();
    assert!(foreign > 5, "{foreign} foreign codes were counted\n{ended}");
}

#[test]
fn pictures_that_mix_two_shown_frames_are_never_misread() {
    let mut chance = chance("pictures_that_mix");
    let sides = Sides::enrolled();
    let (_, mut player) = shown(&sides, &mut chance);
    // So fast that hardly any camera frame shows one picture alone.
    let camera = Camera { shutter: Shutter { exposure: 0.012, readout: 0.030, ..Shutter::WEBCAM }, ..ideal() };
    let panel = Panel { settling: 0.008, ..Panel::OFFICE };
    let mut mixed = 0;
    let true_frames: Vec<Vec<u8>> = (0..60).map(|number| player.frame(number)).collect();
    let pictures = |number: usize| (number < 60).then(|| player.picture(number));
    for frame in Film::new(camera, panel, 20.0, pictures, &mut chance) {
        mixed += usize::from(frame.mixed);
        let (width, height) = frame.grey.dimensions();
        let picture =
            rootcast_online::link::optical::qr_reader::GreyPicture { width, height, luma: frame.grey.into_raw() };
        for read in rootcast_online::link::optical::qr_reader::read_symbols(&picture) {
            let whole = rootcast_protocol::frame::Frame::parse(&read).is_ok();
            assert!(!whole || true_frames.contains(&read), "a frame that nobody showed");
        }
    }
    assert!(mixed > 30, "{mixed} frames show two pictures");
}

#[test]
fn the_same_film_is_received_as_a_video_file_even_when_it_is_cut_off() {
    let mut chance = chance("received_as_a_video");
    let sides = Sides::enrolled();
    let (crl, mut player) = shown(&sides, &mut chance);
    let seen = film(&sides, "film", &mut player, 0, 2, ordinary());
    let link = seen.reel.video_link();
    let file = sides.scratch.path("film.y4m");
    let whole = std::fs::read(&file).unwrap();
    // The last frame is cut off; nothing before it is lost by that.
    std::fs::write(&file, &whole[..whole.len() - 1000]).unwrap();
    let ended = sides.receive(&[link]).run();
    assert!(sides.is_published(&crl), "{ended}");
}

#[test]
fn the_camera_path_plays_the_film_of_a_preloaded_device() {
    let mut chance = chance("preloaded_device");
    let sides = Sides::enrolled();
    let (crl, mut player) = shown(&sides, &mut chance);
    let seen = film(&sides, "film", &mut player, 0, 3, ordinary());
    let device = VideoDevice::playing(&sides.scratch, &seen.frames, 30.0);
    let receive = sides.receive(&["qr:camera=0"]).args(["--once", "--timeout", "60s"]);
    device.before(receive).exits(0).says("gives YUYV 560 × 440, 30 a second; not 1920 × 1080");
    sides.assert_published(&crl);
    // A camera that goes, is taken, or knows no format is a failed link; one without controls is none.
    for fault in [DeviceFault::GoneAfter(3), DeviceFault::Busy, DeviceFault::Format] {
        let state = sides.fresh_online(&format!("online {fault:?}"));
        let device = VideoDevice::playing(&sides.scratch, &seen.frames, 30.0).with(fault);
        let receive = program::online(["receive", "--once", "--timeout", "60s"]).state(&state).link("qr:camera=0");
        device.before(receive).exits(7);
    }
    let state = sides.fresh_online("online deaf");
    let device = VideoDevice::playing(&sides.scratch, &seen.frames, 30.0).with(DeviceFault::Deaf);
    let receive = program::online(["receive", "--once", "--timeout", "60s"]).state(&state).link("qr:camera=0");
    device.before(receive).exits(0);
    assert!(is_published(&state, &crl));
}
