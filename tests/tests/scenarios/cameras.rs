//! Cameras as people have them: settings of their own, JPEGs without tables, other programs, buses without room. The device
//! is **simulated**; what the program runs is its real camera code.

use std::path::Path;
use std::time::Duration;

use image::{GrayImage, Luma, imageops};
use rootcast_tests::frames_folder::pictures;
use rootcast_tests::program::{self, Program, Running};
use rootcast_tests::seeds::{Chance, chance};
use rootcast_tests::sides::{Sides, is_published};
use rootcast_tests::video_device::{Controls, DeviceFault, VideoDevice};

/// What a person, or the camera, had set: the camera chooses focus and exposure.
const AUTOMATIC: Controls = [1, 3, 250, 1];
/// Focus and exposure set by hand.
const BY_HAND: Controls = [0, 1, 77, 1];

const SIZE: (u32, u32) = (640, 480);

/// A CRL of some kilobytes, and its codes on grey walls as a camera sees them.
fn seen(sides: &Sides, chance: &mut Chance) -> (Vec<u8>, Vec<GrayImage>) {
    let (file, crl) = sides.long_crl_file(1, 60, chance);
    let folder = sides.scratch.path("shown");
    sides.send(&format!("qr:png={},version=13,scale=6", folder.display()), &[file]).exits(0);
    let walls = pictures(&folder).into_iter().map(|path| {
        let code = image::open(path).unwrap().into_luma8();
        let code = imageops::resize(&code, 440, 440, imageops::FilterType::Triangle);
        let mut wall = GrayImage::from_pixel(SIZE.0, SIZE.1, Luma([120]));
        imageops::overlay(&mut wall, &code, 100, 20);
        wall
    });
    (crl, walls.collect())
}

fn receive(state: &Path) -> Program {
    program::online(["receive", "--once", "--timeout", "10m"]).state(state).link("qr:camera=0")
}

/// A picture as a camera sends it, and the same without its Huffman tables and with another head.
fn jpeg(picture: &GrayImage, with_tables: bool, head: Option<&[u8]>) -> Vec<u8> {
    let mut whole = std::io::Cursor::new(Vec::new());
    image::DynamicImage::from(picture.clone()).to_rgb8().write_to(&mut whole, image::ImageFormat::Jpeg).unwrap();
    let whole = whole.into_inner();
    let (mut rest, mut made) = (&whole[2..], whole[..2].to_vec());
    made.extend(head.unwrap_or_default());
    while rest[1] != 0xda {
        let length = 2 + usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        let is_left_out = rest[1] == 0xc4 && !with_tables || rest[1] == 0xe0 && head.is_some();
        if !is_left_out {
            made.extend(&rest[..length]);
        }
        rest = &rest[length..];
    }
    made.extend(rest);
    made
}

#[test]
fn motion_jpeg_without_huffman_tables_is_read_whatever_its_head() {
    let sides = Sides::enrolled();
    let (crl, walls) = seen(&sides, &mut chance("without_huffman_tables"));
    let avi: Vec<u8> = [&b"\xff\xe0\0\x10AVI1"[..], &[0; 10]].concat();
    for (name, with_tables, head) in
        [("plain", true, None), ("jfif", false, None), ("avi1", false, Some(&avi[..])), ("bare", false, Some(&[][..]))]
    {
        let jpegs: Vec<Vec<u8>> = walls.iter().map(|wall| jpeg(wall, with_tables, head)).collect();
        assert_eq!(jpegs[0].windows(2).any(|two| two == [0xff, 0xc4]), with_tables, "{name}");
        let device = VideoDevice::playing_jpegs(&sides.scratch, SIZE, &jpegs, 15.0);
        let state = sides.fresh_online(name);
        let ended = device.before(receive(&state)).exits(0);
        assert!(!ended.stderr.contains("damaged JPEG"), "{name}: {ended}");
        assert!(is_published(&state, &crl), "{name}");
    }
}

/// Held: by hand, at what it was, and without a falling rate.
const HELD: Controls = [0, 1, 250, 0];

/// Starts a program and waits until it holds focus and exposure: it reads a code that stands still.
fn holding(device: &VideoDevice, program: &Program) -> Running {
    let mut running = program.start();
    while device.controls() != HELD {
        assert!(running.runs(), "it reads codes and holds neither focus nor exposure: {}", running.stderr());
        std::thread::sleep(Duration::from_millis(5));
    }
    running
}

#[test]
fn focus_and_exposure_are_given_back_at_the_end() {
    let sides = Sides::enrolled();
    let (crl, walls) = seen(&sides, &mut chance("given_back_at_the_end"));
    let device = VideoDevice::playing(&sides.scratch, [&walls[0]], 30.0).with_controls(&sides.scratch, AUTOMATIC);
    let state = sides.fresh_online("interrupted");
    let running = holding(&device, &device.before(receive(&state)));
    running.interrupt();
    let _ = running.wait().exits_with(130);
    assert_eq!(device.controls(), AUTOMATIC);
    assert!(!state.join("camera-controls.json").exists());
    // And where what was waited for came.
    let device = VideoDevice::playing(&sides.scratch, walls.iter().cycle().take(900), 15.0)
        .with_controls(&sides.scratch, AUTOMATIC);
    let state = sides.fresh_online("came");
    device.before(receive(&state)).exits(0);
    assert_eq!(device.controls(), AUTOMATIC);
    assert!(is_published(&state, &crl) && !state.join("camera-controls.json").exists());
}

#[test]
fn what_a_killed_run_left_is_given_back_at_the_next_start() {
    let sides = Sides::enrolled();
    let (_, walls) = seen(&sides, &mut chance("killed_run"));
    let device = VideoDevice::playing(&sides.scratch, [&walls[0]], 30.0).with_controls(&sides.scratch, AUTOMATIC);
    let state = sides.fresh_online("killed");
    let running = holding(&device, &device.before(receive(&state)));
    let _ = running.kill_9();
    assert_eq!(device.controls(), HELD);
    assert!(state.join("camera-controls.json").exists());
    // The camera looks at a wall now.
    let wall = GrayImage::from_pixel(SIZE.0, SIZE.1, Luma([120]));
    let device = VideoDevice::playing(&sides.scratch, [&wall], 30.0).with_controls(&sides.scratch, device.controls());
    let short = program::online(["receive", "--timeout", "3s"]).state(&state).link("qr:camera=0");
    device.before(short).exits(4).says("what they were before a run that ended too early");
    assert_eq!(device.controls(), AUTOMATIC);
    assert!(!state.join("camera-controls.json").exists());
}

/// A camera that did not take back what a killed run had changed: what it was before is still known, and given back later.
/// It was overwritten with the values of the killed run, which then passed for what a person had set.
#[test]
fn what_a_camera_does_not_take_back_at_once_is_given_back_later() {
    let sides = Sides::enrolled();
    let (_, walls) = seen(&sides, &mut chance("not_taken_back_at_once"));
    let wall = GrayImage::from_pixel(SIZE.0, SIZE.1, Luma([120]));
    // The exposure mode alone is refused; all three that differ are; everything is, for the whole run.
    for (refused, is_given_back) in [(1, true), (3, true), (u32::MAX, false)] {
        let device = VideoDevice::playing(&sides.scratch, [&walls[0]], 30.0).with_controls(&sides.scratch, AUTOMATIC);
        let state = sides.fresh_online(&format!("refused {refused}"));
        let _ = holding(&device, &device.before(receive(&state))).kill_9();
        assert_eq!(device.controls(), HELD);
        let next = |fault: DeviceFault| {
            let device = VideoDevice::playing(&sides.scratch, [&wall], 30.0)
                .with_controls(&sides.scratch, device.controls())
                .with(fault);
            let short = program::online(["receive", "--timeout", "3s"]).state(&state).link("qr:camera=0");
            (device.before(short).exits(4), device.controls())
        };
        let (ended, left) = next(DeviceFault::RefusesControls(refused));
        ended.says("the camera does not take them back now");
        assert!(!ended.stderr.contains("by hand"), "nobody set anything by hand: {ended}");
        assert_eq!((left == AUTOMATIC, state.join("camera-controls.json").exists()), (is_given_back, !is_given_back));
        if !is_given_back {
            let (ended, left) = next(DeviceFault::None);
            ended.says("what they were before a run that ended too early");
            assert_eq!((left, state.join("camera-controls.json").exists()), (AUTOMATIC, false));
        }
    }
}

/// Without a state there is nowhere to note what the controls were: nothing is changed, so a kill leaves nothing changed.
#[test]
fn a_link_test_with_a_camera_gives_back_what_it_changed_also_after_a_kill() {
    let sides = Sides::enrolled();
    let (_, walls) = seen(&sides, &mut chance("a_link_test_with_a_camera"));
    let device = VideoDevice::playing(&sides.scratch, [&walls[0]], 30.0).with_controls(&sides.scratch, AUTOMATIC);
    let test = || program::online(["link", "test", "--link", "qr:camera=0"]);
    let state = sides.fresh_online("link test");
    let with_state = || device.before(test().state(&state));
    let running = holding(&device, &with_state());
    assert!(state.join("camera-controls.json").exists());
    running.interrupt();
    let _ = running.wait();
    assert_eq!(device.controls(), AUTOMATIC);
    assert!(!state.join("camera-controls.json").exists());
    let _ = holding(&device, &with_state()).kill_9();
    assert_eq!(device.controls(), HELD);
    let short = with_state().args(["--timeout", "2s"]).run();
    short.says("what they were before a run that ended too early");
    assert_eq!(device.controls(), AUTOMATIC, "{short}");
    assert!(!state.join("camera-controls.json").exists());
    // No state, and a folder that is none.
    for program in [test(), test().state(&sides.scratch.path("nowhere"))] {
        let ended = device.before(program).args(["--timeout", "4s"]).run();
        ended.says("focus and exposure stay as the camera has them");
        assert_eq!(device.controls(), AUTOMATIC, "{ended}");
    }
    assert!(!sides.scratch.path("nowhere").exists());
}

#[test]
fn what_was_set_by_hand_stays_whether_codes_are_read_or_lost() {
    let sides = Sides::enrolled();
    let (_, walls) = seen(&sides, &mut chance("set_by_hand"));
    let wall = GrayImage::from_pixel(SIZE.0, SIZE.1, Luma([120]));
    let film = walls.iter().cycle().take(450).chain([&wall]);
    let device = VideoDevice::playing(&sides.scratch, film, 15.0).with_controls(&sides.scratch, BY_HAND);
    let state = sides.fresh_online("by hand");
    let long = program::online(["receive", "--timeout", "10m"]).state(&state).link("qr:camera=0");
    let mut running = device.before(long).start();
    for said in ["focus was fixed by hand", "exposure was set by hand", "reading well", "the picture does not change"] {
        running.wait_for_text(said);
        let [focus, mode, exposure, _] = device.controls();
        assert_eq!([focus, mode, exposure], [0, 1, 77], "{said}");
    }
    running.interrupt();
    let _ = running.wait();
    assert_eq!(device.controls(), BY_HAND);
}

#[test]
fn an_exposure_that_was_asked_for_is_set_and_taken_back() {
    let sides = Sides::enrolled();
    let (_, walls) = seen(&sides, &mut chance("asked_for"));
    for before in [AUTOMATIC, BY_HAND] {
        let device = VideoDevice::playing(&sides.scratch, [&walls[0]], 30.0).with_controls(&sides.scratch, before);
        let state = sides.fresh_online(&format!("asked {}", before[0]));
        let short = program::online(["receive", "--timeout", "4s"]).state(&state).link("qr:camera=0,exposure=100");
        let mut running = device.before(short).start();
        let mut set = false;
        while running.runs() {
            let [_, mode, exposure, _] = device.controls();
            set |= (mode, exposure) == (1, 100);
            std::thread::sleep(Duration::from_millis(5));
        }
        let ended = running.wait().exits_with(4);
        assert!(set && !ended.stderr.contains("refuses that control"), "{ended}");
        let [focus, mode, exposure, rate] = device.controls();
        assert_eq!([focus, mode, rate], [before[0], before[1], before[3]]);
        // How long a camera exposes that chooses it itself is no setting.
        assert!(before == AUTOMATIC || exposure == before[2]);
    }
}

#[test]
fn each_reason_why_a_camera_cannot_be_used_is_said_with_one_thing_to_do() {
    let sides = Sides::enrolled();
    let wall = GrayImage::from_pixel(SIZE.0, SIZE.1, Luma([120]));
    for (fault, said, next) in [
        (DeviceFault::Busy, "another program uses /dev/video0 (EBUSY)", "fuser -v /dev/video0"),
        (DeviceFault::StreamBusy, "another program uses /dev/video0 (EBUSY)", "fuser -v /dev/video0"),
        (DeviceFault::NoBandwidth, "the USB bus has no room left", "Ask for less"),
        (DeviceFault::Format, "refuses every format of its own list", "Let ffmpeg read it"),
        (DeviceFault::H264, "brings pictures only as H264", "Let ffmpeg read it"),
        (DeviceFault::Metadata, "a node for metadata", "Name a camera that is listed"),
    ] {
        let device =
            VideoDevice::playing(&sides.scratch, [&wall], 30.0).with(fault).with_controls(&sides.scratch, AUTOMATIC);
        let state = sides.fresh_online(&format!("{fault:?}"));
        let ended = device.before(receive(&state)).exits(7);
        ended.says(said).says(next);
        assert_eq!(ended.stderr.matches("next:").count(), 1, "{ended}");
        assert_eq!(device.controls(), AUTOMATIC, "{fault:?}");
    }
    // One that stops sending is noticed, and its settings are given back.
    let device = VideoDevice::playing(&sides.scratch, [&wall], 30.0)
        .with(DeviceFault::HangsAfter(20))
        .with_controls(&sides.scratch, AUTOMATIC);
    let state = sides.fresh_online("hangs");
    device.before(receive(&state)).exits(7).says("Unplug the camera, plug it in again");
    assert_eq!(device.controls(), AUTOMATIC);
}

/// Black of video range is 16, and a sensor has noise on top: that is a closed shutter, and no camera that hangs.
#[test]
fn black_in_video_range_is_told_as_a_closed_shutter() {
    let sides = Sides::enrolled();
    let mut grain = chance("black_in_video_range");
    let film = |level: u8, grain: &mut Chance| -> Vec<GrayImage> {
        let noisy = |_| GrayImage::from_fn(SIZE.0, SIZE.1, |_, _| Luma([level + grain.below(4) as u8]));
        (0..40).map(noisy).collect()
    };
    for (name, level, said) in [
        ("closed", 16, "the picture is black (is the shutter closed?): open it or take the cover off the lens"),
        ("dim", 40, "the picture does not change"),
    ] {
        let device = VideoDevice::playing(&sides.scratch, &film(level, &mut grain), 15.0);
        let state = sides.fresh_online(name);
        let long = program::online(["receive", "--timeout", "10m"]).state(&state).link("qr:camera=0");
        let mut running = device.before(long).start();
        running.wait_for_text(said);
        running.interrupt();
        let ended = running.wait();
        assert_eq!(ended.stderr.contains("the picture is black"), level == 16, "{name}: {ended}");
    }
}

/// A host on which udev has given the device a name, with a second node that brings pictures and one that does not.
fn on_a_host_with_udev(sides: &Sides, program: Program) -> Program {
    let host = sides.scratch.path("host");
    if !host.exists() {
        for (number, able) in [(0, ":capture:"), (1, ":"), (2, ":capture:")] {
            let node = host.join(format!("class/video4linux/video{number}"));
            std::fs::create_dir_all(&node).unwrap();
            let name = format!("Simulated \u{1b}[31mcamera {number}\n");
            for (file, text) in [("index", format!("{number}\n")), ("name", name), ("dev", format!("81:{number}\n"))] {
                std::fs::write(node.join(file), text).unwrap();
            }
            std::fs::create_dir_all(host.join("udev")).unwrap();
            let known = format!("E:ID_V4L_CAPABILITIES={able}\n");
            std::fs::write(host.join(format!("udev/c81:{number}")), known).unwrap();
        }
        std::fs::create_dir(host.join("dev")).unwrap();
    }
    let script = "mount -t tmpfs none \"$0/dev\" && \
        for n in null zero urandom random; do : > \"$0/dev/$n\" && mount --bind \"/dev/$n\" \"$0/dev/$n\" || exit 98; done && \
        mkdir -p \"$0/dev/v4l/by-id\" && ln -s ../../video0 \"$0/dev/v4l/by-id/usb-Simulated-video-index0\" && \
        : > \"$0/dev/video0\" && mount --rbind \"$0/dev\" /dev && mount --bind \"$0/class\" /sys/class && \
        mount -t tmpfs none /run && mkdir -p /run/udev/data && mount --bind \"$0/udev\" /run/udev/data && exec \"$@\"";
    let alone = if rustix::process::geteuid().is_root() { "-m" } else { "-rm" };
    program.started_by(["unshare", alone, "sh", "-c", script, &host.display().to_string()])
}

#[test]
fn a_camera_is_listed_and_opened_by_the_name_that_udev_gave_it() {
    let sides = Sides::enrolled();
    let list = || program::online(["link", "test", "--timeout", "1s"]).link("qr:camera=list");
    let listed = on_a_host_with_udev(&sides, list()).run();
    if listed.code != Some(2) {
        return rootcast_tests::corpora::skipped(
            "a camera by its name: needs root or user namespaces, `unshare`, and mounts",
        );
    }
    listed.says("this is no camera, it asks for the cameras").says("this host has 2 cameras:");
    listed.says("qr:camera=0  Simulated \\u{1b}[31mcamera 0, qr:camera=usb-Simulated-video-index0");
    listed.says("qr:camera=2  Simulated").says("next: Name one of these cameras");
    assert!(!listed.stderr.contains("camera 1") && !listed.stderr.contains("Correct --link"), "{listed}");
    let (crl, walls) = seen(&sides, &mut chance("opened_by_its_name"));
    let device = VideoDevice::playing(&sides.scratch, walls.iter().cycle().take(900), 15.0);
    for name in ["usb-Simulated-video-index0", "/dev/v4l/by-id/usb-Simulated-video-index0"] {
        let state = sides.fresh_online(&name.replace('/', "-"));
        let receive = program::online(["receive", "--once", "--timeout", "10m"]);
        let receive = receive.state(&state).link(format!("qr:camera={name}"));
        on_a_host_with_udev(&sides, device.before(receive)).exits(0);
        assert!(is_published(&state, &crl), "{name}");
    }
}
