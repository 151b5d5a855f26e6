//! Pictures are looked at in processes that can do nothing else: what these have, what the worst pictures cost, and that a
//! picture that ends its reader costs only itself.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use image::{GrayImage, Luma, RgbImage, imageops};
use rootcast_tests::corpora::skipped;
use rootcast_tests::frames_folder;
use rootcast_tests::picture_processes::PictureProcess;
use rootcast_tests::program::{Ended, Running};
use rootcast_tests::seeds::chance;
use rootcast_tests::sides::Sides;

/// Whether the readers of this run could close their sandbox; says aloud where they could not.
fn readers_are_closed(said: &str) -> bool {
    let can = !said.contains("NOT SANDBOXED");
    if !can {
        skipped(
            "processes that look at pictures: this kernel has no Landlock or no seccomp, or a container forbids them",
        );
    }
    can
}

/// A run that watches an empty folder, with its supervisor and its readers.
fn watching(sides: &Sides, folder: &Path) -> (Running, PictureProcess, Vec<PictureProcess>) {
    let link = format!("qr:images={}", folder.display());
    let mut running = sides.receive(&[link]).args(["--follow", "--timeout", "90s"]).start();
    running.wait_for_text(" by seccomp: ");
    let supervisor = PictureProcess::supervisor_of(running.id());
    let readers = supervisor.readers();
    (running, supervisor, readers)
}

#[test]
fn a_supervisor_and_its_readers_hold_their_pipes_and_nothing_else() {
    let sides = Sides::enrolled();
    let folder = sides.scratch.subfolder("in");
    let (running, supervisor, readers) = watching(&sides, &folder);
    if !readers_are_closed(&running.stderr()) {
        return;
    }
    assert_eq!(readers.len(), 2, "two photographs are looked at at a time");
    let kinds = |process: PictureProcess| -> Vec<(u32, String)> {
        let kind = |what: String| what.split(':').next().unwrap_or_default().to_owned();
        process.descriptors().into_iter().map(|(number, what)| (number, kind(what))).collect()
    };
    let named = |names: [&str; 3]| (0..3).zip(names.map(str::to_owned)).collect::<Vec<_>>();
    assert_eq!(kinds(supervisor), named(["socket", "/dev/null", "/dev/null"]));
    for process in readers.iter().chain([&supervisor]) {
        assert_eq!(process.status("Seccomp"), "2", "{process:?}");
        assert_eq!(process.status("NoNewPrivs"), "1", "{process:?}");
    }
    for reader in &readers {
        assert_eq!(kinds(*reader), named(["pipe", "pipe", "/dev/null"]));
        assert_eq!(reader.status("Threads"), "3", "two look at pictures, one reads requests");
    }
    running.terminate();
    assert_eq!(running.wait().code, Some(130));
    readers.into_iter().chain([supervisor]).for_each(PictureProcess::wait_for_end);
}

#[test]
fn no_process_outlives_the_one_it_works_for() {
    let sides = Sides::enrolled();
    let folder = sides.scratch.subfolder("in");
    let (running, supervisor, readers) = watching(&sides, &folder);
    let _ = running.kill_9();
    readers.into_iter().chain([supervisor]).for_each(PictureProcess::wait_for_end);
    // And nothing waits for a supervisor that is gone.
    let (running, supervisor, readers) = watching(&sides, &folder);
    supervisor.kill();
    readers.into_iter().for_each(PictureProcess::wait_for_end);
    fs::write(folder.join("a.png"), b"no picture").unwrap();
    running.wait().says("no process could be started that looks at pictures");
}

/// The Ctrl-C of a terminal reaches its whole process group: the processes that look at pictures are in another one.
#[test]
fn a_signal_to_the_terminal_s_job_leaves_the_readers_to_the_run() {
    let sides = Sides::enrolled();
    let folder = sides.scratch.subfolder("in");
    let (running, supervisor, _) = watching(&sides, &folder);
    let group = |process: u32| {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
        stat.rsplit_once(')').unwrap().1.split_whitespace().nth(2).unwrap().to_owned()
    };
    let groups = [running.id(), supervisor.id()].map(group);
    assert_ne!(groups[0], groups[1]);
    running.interrupt();
    assert_eq!(running.wait().code, Some(130));
    supervisor.wait_for_end();
}

/// A film that is written to standard input, picture by picture.
struct Film {
    into: std::process::ChildStdin,
    size: (u32, u32),
}

impl Film {
    /// Whether there was somebody to show it to.
    fn show(&mut self, picture: &GrayImage) -> bool {
        assert_eq!(picture.dimensions(), self.size);
        self.into.write_all(b"FRAME\n").and_then(|()| self.into.write_all(picture)).is_ok()
    }
}

/// The frames of a small CRL as pictures of one size.
fn shown(sides: &Sides) -> (Vec<u8>, Vec<GrayImage>) {
    let (file, crl) = sides.crl_file(1);
    let folder = sides.scratch.path("pictures");
    sides.send(&format!("qr:png={},version=13", folder.display()), &[file]).exits(0);
    let pictures = frames_folder::pictures(&folder);
    (crl, pictures.iter().map(|path| image::open(path).unwrap().into_luma8()).collect())
}

/// Kills stand for pictures that end their reader: what looks at them is ended by a signal at any moment.
#[test]
fn a_reader_that_ends_costs_the_picture_it_looked_at_and_the_film_goes_on() {
    let mut chance = chance("a_reader_that_ends");
    let rounds: usize = std::env::var("ROOTCAST_READER_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(40);
    let sides = Sides::enrolled();
    let (crl, pictures) = shown(&sides);
    let size = pictures[0].dimensions();
    let clutter = GrayImage::from_fn(size.0, size.1, |x, y| Luma([((x / 2 * 37 + y / 3 * 91) % 251) as u8]));
    let program = sides.receive(&["qr:video=-"]).args(["--once", "--json"]).patience(Duration::from_secs(1_200));
    let mut running = program.start_with(Stdio::piped(), Stdio::piped(), Stdio::piped());
    let mut film = Film { into: running.take_stdin(), size };
    film.into.write_all(format!("YUV4MPEG2 W{} H{} Cmono\n", size.0, size.1).as_bytes()).unwrap();
    let supervisor = PictureProcess::supervisor_of(running.id());
    let mut killed = 0;
    let mut resident = Vec::new();
    for round in 0..rounds {
        assert!(film.show(&clutter), "in round {round}: {}", running.wait());
        std::thread::sleep(Duration::from_micros(chance.below(4_000) as u64));
        for reader in supervisor.readers_now() {
            reader.kill();
            killed += 1;
        }
        if round % 20 == 19 {
            resident.push(running.resident_kib());
        }
    }
    // The honest film, which is shown for as long as it takes.
    let mut at = 0;
    while running.runs() && at < 4_000 {
        let written =
            film.into.write_all(b"FRAME\n").and_then(|()| film.into.write_all(&pictures[at % pictures.len()]));
        if written.is_err() {
            break;
        }
        at += 1;
    }
    drop(film);
    let ended = running.wait();
    assert_eq!(ended.code, Some(0), "{ended}");
    sides.assert_published(&crl);
    assert!(killed >= rounds / 2, "only {killed} readers were killed in {rounds} rounds");
    let document = ended.json();
    println!(
        "{killed} readers killed, {} pictures skipped, resident {resident:?} KiB",
        document["links"][0]["damaged"]
    );
    assert!(
        document["links"][0]["damaged"].as_u64().unwrap() <= killed as u64,
        "no more pictures than readers: {document}"
    );
    let (first, last) = (resident[0], resident[resident.len() - 1]);
    assert!(last < first + 8_192, "the memory of the run grew: {resident:?} KiB");
}

/// What a reader was left with by the picture before could be too little for the next one.
#[test]
fn an_honest_picture_is_not_lost_by_what_its_reader_looked_at_before() {
    let sides = Sides::enrolled();
    let (_, pictures) = shown(&sides);
    // An honest photograph of 64 megapixels, and colourful ones that take much memory, in turn.
    let mut large = GrayImage::from_fn(8_000, 8_000, |x, y| Luma([150 + ((x / 7 * 13 + y / 5 * 7) % 60) as u8]));
    imageops::replace(&mut large, &imageops::resize(&pictures[0], 4_000, 4_000, imageops::Nearest), 3_000, 3_000);
    let large = encoded(&large, image::ImageFormat::Png);
    let colour = RgbImage::from_fn(4_800, 4_700, |x, y| image::Rgb([x as u8, y as u8, (x ^ y) as u8]));
    let mut webp = Cursor::new(Vec::new());
    colour.write_to(&mut webp, image::ImageFormat::WebP).unwrap();
    let folder = sides.scratch.subfolder("in");
    for round in 0..3 {
        fs::write(folder.join(format!("{round}-a.webp")), webp.get_ref()).unwrap();
        fs::write(folder.join(format!("{round}-b.webp")), webp.get_ref()).unwrap();
        fs::write(folder.join(format!("{round}-c.png")), &large).unwrap();
    }
    let mut running = sides.receive(&[format!("qr:images={}", folder.display())]).arg("--json").start();
    let supervisor = PictureProcess::supervisor_of(running.id());
    let mut most = std::collections::BTreeMap::new();
    while running.runs() {
        for reader in supervisor.readers_now() {
            most.insert(reader, (reader.processor_seconds(), reader.peak_kib() >> 10));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let ended = running.wait();
    println!("processor seconds and MiB of each reader: {:?}", most.values());
    // All nine are large: each has a reader that has looked at no large one before.
    assert!(most.len() >= 6, "only {} readers looked at nine large pictures", most.len());
    let link = ended.json()["links"][0].clone();
    assert_eq!((&link["pictures"], &link["damaged"], &link["frames"]), (&9.into(), &0.into(), &3.into()), "{ended}");
}

/// A process that is stopped stands for a reader that hangs: it uses no processor time and does not answer. The limit is a
/// minute, so this test takes one.
#[test]
fn a_reader_that_stands_still_costs_nothing_but_time() {
    let sides = Sides::enrolled();
    let (crl, pictures) = shown(&sides);
    let large = |shown: &GrayImage| {
        let mut large = GrayImage::from_pixel(9_000, 9_000, Luma([200]));
        imageops::replace(&mut large, &imageops::resize(shown, 4_000, 4_000, imageops::Nearest), 3_000, 3_000);
        encoded(&large, image::ImageFormat::Png)
    };
    let folder = sides.scratch.subfolder("in");
    let link = format!("qr:images={}", folder.display());
    let program = sides.receive(&[link]).args(["--follow", "--once", "--json"]).patience(Duration::from_secs(300));
    let mut running = program.start();
    running.wait_for_text(" by seccomp: ");
    let readers = PictureProcess::supervisor_of(running.id()).readers();
    assert_eq!(readers.len(), 2);
    readers.iter().for_each(|reader| reader.stop());
    // Both get a picture that they never look at. It comes whole, as from another folder.
    for (number, shown) in pictures.iter().enumerate() {
        let bytes = if number < 2 { large(shown) } else { encoded(shown, image::ImageFormat::Png) };
        let file = sides.scratch.file(&format!("{number:03}.png"), bytes);
        fs::rename(file, folder.join(format!("{number:03}.png"))).unwrap();
    }
    let ended = running.wait();
    assert_eq!(ended.code, Some(0), "{ended}");
    sides.assert_published(&crl);
    assert_eq!(ended.json()["links"][0]["damaged"], 0, "{ended}");
    assert!(readers.iter().all(|reader| !reader.is_there()), "they were ended, and others looked");
}

/// A PNG of so many rows, each of these bytes.
fn png(side: u32, colour: png::ColorType, depth: png::BitDepth, row: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().unwrap();
    let mut rows = writer.stream_writer().unwrap();
    (0..side).for_each(|_| rows.write_all(row).unwrap());
    rows.finish().unwrap();
    drop(writer);
    bytes
}

/// A lossless WebP of one colour and any size in 34 bytes (RFC 9649): five codes of one symbol each, and no data.
fn webp(side: u32) -> Vec<u8> {
    let mut bits = u64::from(side - 1) | u64::from(side - 1) << 14;
    let mut at = 14 + 14 + 1 + 3 + 3;
    for _ in 0..5 {
        bits |= 1 << at;
        at += 4;
    }
    let image = [&[0x2f][..], &bits.to_le_bytes()].concat();
    let chunk = [&b"WEBPVP8L"[..], &u32::try_from(image.len()).unwrap().to_le_bytes(), &image, &[0]].concat();
    [&b"RIFF"[..], &u32::try_from(chunk.len()).unwrap().to_le_bytes(), &chunk].concat()
}

/// Nothing but the smallest finder patterns that there can be: a pixel a module.
fn finder_patterns(side: u32) -> GrayImage {
    let is_dark = |x: u32, y: u32| {
        let ring = |at: u32| (at % 8).min(6 - (at % 8).min(6));
        x % 8 < 7 && y % 8 < 7 && ring(x).min(ring(y)) != 1
    };
    GrayImage::from_fn(side, side, |x, y| Luma([if is_dark(x, y) { 0 } else { 255 }]))
}

fn encoded(picture: &GrayImage, format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[test]
fn the_worst_pictures_cost_two_seconds_and_256_mib_and_the_honest_one_after_them_is_read() {
    let mut chance = chance("the_worst_pictures");
    let sides = Sides::enrolled();
    let (crl, pictures) = shown(&sides);
    let noise = GrayImage::from_fn(3600, 3600, |_, _| Luma([chance.below(256) as u8]));
    let colour = RgbImage::from_fn(4_000, 4_000, |x, y| image::Rgb([x as u8, y as u8, (x ^ y) as u8]));
    let mut colour_webp = Cursor::new(Vec::new());
    colour.write_to(&mut colour_webp, image::ImageFormat::WebP).unwrap();
    let worst = [
        // More than a gigabyte once it is inflated.
        ("0-deep.png", png(12_000, png::ColorType::Rgba, png::BitDepth::Sixteen, &vec![7; 12_000 * 8])),
        ("1-large.png", png(12_000, png::ColorType::Grayscale, png::BitDepth::Eight, &vec![255; 12_000])),
        ("2-finders.png", encoded(&finder_patterns(3_600), image::ImageFormat::Png)),
        ("3-noise.png", encoded(&noise, image::ImageFormat::Png)),
        ("4-noise.jpg", encoded(&imageops::resize(&noise, 6_000, 6_000, imageops::Nearest), image::ImageFormat::Jpeg)),
        ("5-small.webp", webp(11_000)),
        ("6-colour.webp", colour_webp.into_inner()),
        ("7-cut.png", encoded(&noise, image::ImageFormat::Png)[..100_000].to_vec()),
    ];
    let folder = sides.scratch.subfolder("in");
    for (name, bytes) in &worst {
        fs::write(folder.join(name), bytes).unwrap();
    }
    for (number, picture) in pictures.iter().enumerate() {
        picture.save(folder.join(format!("9-honest-{number:03}.png"))).unwrap();
    }
    let mut running = sides.receive(&[format!("qr:images={}", folder.display())]).args(["--once", "--json"]).start();
    let supervisor = PictureProcess::supervisor_of(running.id());
    let (mut peak, mut most) = (0, std::collections::BTreeMap::new());
    while running.runs() {
        for reader in supervisor.readers_now() {
            peak = peak.max(reader.peak_kib());
            most.insert(reader, reader.processor_seconds());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let ended = running.wait();
    assert_eq!(ended.code, Some(0), "{ended}");
    sides.assert_published(&crl);
    println!("a reader had at most {} MiB resident; processor seconds of each: {:?}", peak >> 10, most.values());
    assert!(peak > 64 << 10, "nothing large was decoded: {peak} KiB");
    assert!(peak <= 256 << 10, "{peak} KiB were resident in a reader");
    ended.says("5-small.webp is not a readable picture: it has 11000 × 11000 pixels").says("7-cut.png");
    // A fast machine looks at all of it in two seconds. One that does not gives it up, and says so.
    let given_up = most.values().any(|&seconds| seconds >= 1.9);
    let told = ended.stderr.contains("0-deep.png is not a readable picture: it takes more than 2 s of processor time");
    assert!(given_up || !told, "nobody had nearly two seconds: {:?}", most.values());
    assert_eq!(ended.json()["links"][0]["damaged"], if told { 3 } else { 2 }, "{ended}");
    assert!(most.values().all(|&seconds| seconds < 2.0 * worst.len() as f64), "{:?}", most.values());
    assert!(ended.peak_kib < 64 << 10, "the run itself had {} KiB", ended.peak_kib);
}

/// Processes that do nothing but keep the processors busy.
struct BusyLoops(Vec<Child>);

impl BusyLoops {
    fn new(count: usize) -> Self {
        let busy = || Command::new("timeout").args(["60", "sh", "-c", "while :; do :; done"]).spawn().unwrap();
        Self((0..count).map(|_| busy()).collect())
    }
}

impl Drop for BusyLoops {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // `timeout` hands SIGTERM on to the loop, and not SIGKILL.
            let id = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw).unwrap();
            let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
            let _ = child.wait();
        }
    }
}

/// Budgets were by the clock on the wall: beside a busy machine's other work photographs were given up that it could read.
#[test]
fn photographs_give_the_same_beside_twelve_busy_loops_only_later() {
    let mut chance = chance("beside_twelve_busy_loops");
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 300, &mut chance);
    let folder = sides.scratch.path("pictures");
    sides.send(&format!("qr:png={},version=20,tiles=3x2,scale=4", folder.display()), &[file]).exits(0);
    // Scans of pages, with much around the codes: so that every size is looked at.
    let scans = sides.scratch.subfolder("scans");
    for (number, path) in frames_folder::pictures(&folder).iter().enumerate() {
        let page = image::open(path).unwrap().into_luma8();
        let mut scan = GrayImage::from_fn(4_200, 4_600, |x, y| Luma([200 + ((x / 3 * 7 + y / 5 * 13) % 40) as u8]));
        imageops::replace(&mut scan, &page, 700, 600);
        scan.save(scans.join(format!("{number:03}.png"))).unwrap();
    }
    let receive = || -> Ended {
        let state = sides.fresh_online("on");
        let ended = rootcast_tests::program::online(["receive", "--json"])
            .state(&state)
            .link(format!("qr:images={}", scans.display()))
            .exits(0);
        assert!(rootcast_tests::sides::is_published(&state, &crl));
        fs::remove_dir_all(state).unwrap();
        ended
    };
    let alone = receive();
    let busy = BusyLoops::new(12);
    let beside = receive();
    drop(busy);
    let told = |ended: &Ended| ended.json()["links"][0].clone();
    assert_eq!(told(&alone), told(&beside));
    assert!(told(&alone)["frames"].as_u64() > Some(6), "{alone}");
    println!("alone {:?}, beside twelve loops {:?}", alone.took, beside.took);
}
