//! Films of a screen, as a file or through a pipe: `qr:video`. What is filmed is simulated.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rootcast_tests::camera::Shot;
use rootcast_tests::frames_folder::pictures;
use rootcast_tests::seeds::{Chance, chance};
use rootcast_tests::sides::Sides;

/// A camera on a stand that is a little off.
const ON_A_STAND: Shot = Shot { scale: 0.8, rotation: 2.0, tilt: 3.0, barrel: 0.0, blur: 0.7, noise: 5.0 };

/// A CRL of some kilobytes shown as pictures: its DER, and each shown picture filmed three times from one place, luma
/// only, with the size of the film.
fn filmed(sides: &Sides, chance: &mut Chance) -> (Vec<u8>, (u32, u32), Vec<Vec<u8>>) {
    let (file, crl) = sides.long_crl_file(1, 60, chance);
    let folder = sides.scratch.path("pictures");
    sides.send(&format!("qr:png={},version=13", folder.display()), &[file]).exits(0);
    let pose = chance.bits();
    let mut size = (0, 0);
    let mut luma = Vec::new();
    for shown in pictures(&folder) {
        let shown = image::open(shown).unwrap().into_luma8();
        for _ in 0..3 {
            // The same pose, and noise of its own.
            let mut photograph = ON_A_STAND.of(&shown, &mut Chance::new(pose));
            let at = chance.below(photograph.width() as usize) as u32;
            photograph.put_pixel(at, 0, image::Luma([chance.below(256) as u8]));
            size = photograph.dimensions();
            luma.push(photograph.into_raw());
        }
    }
    (crl, size, luma)
}

/// The pictures as a Y4M film with this chroma format, so many bytes of it a picture.
fn y4m((width, height): (u32, u32), format: &str, chroma: usize, luma: &[Vec<u8>]) -> Vec<u8> {
    let mut film = format!("YUV4MPEG2 W{width} H{height} F30:1 Ip A1:1 {format}\n").into_bytes();
    for picture in luma {
        film.extend(b"FRAME\n");
        film.extend(picture);
        film.extend(vec![128; chroma]);
    }
    film
}

fn film_file(sides: &Sides, film: &[u8]) -> PathBuf {
    sides.scratch.file("film.y4m", film)
}

fn link(path: &Path) -> String {
    format!("qr:video={}", path.display())
}

#[test]
fn a_film_is_received_and_doubled_pictures_count_once() {
    let mut chance = chance("a_film_is_received");
    let sides = Sides::enrolled();
    let (crl, size, luma) = filmed(&sides, &mut chance);
    let chroma = 2 * (size.0.div_ceil(2) * size.1.div_ceil(2)) as usize;
    let film = film_file(&sides, &y4m(size, "C420jpeg", chroma, &luma));
    let document = sides.receive(&[link(&film)]).arg("--json").exits(0).json();
    sides.assert_published(&crl);
    let link = &document["links"][0];
    assert_eq!(link["pictures"], luma.len());
    assert_eq!(link["frames"], luma.len() / 3, "{link}");
    assert_eq!(link["doubled"], luma.len() / 3 * 2);
    assert_eq!(link["aiming"]["state"], "reading");
}

#[test]
fn a_film_comes_through_a_pipe_as_y4m_and_as_raw_grey_pictures() {
    let mut chance = chance("a_film_comes_through_a_pipe");
    let sides = Sides::enrolled();
    let (crl, size, luma) = filmed(&sides, &mut chance);
    let raw: Vec<u8> = luma.concat();
    let raw_link = format!("qr:video=-,width={},height={}", size.0, size.1);
    for (link, film) in [("qr:video=-".to_owned(), y4m(size, "Cmono", 0, &luma)), (raw_link, raw)] {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let running = sides.receive(&[link]).start_with(Stdio::from(reader), Stdio::piped(), Stdio::piped());
        writer.write_all(&film).unwrap();
        drop(writer);
        let ended = running.wait();
        assert_eq!(ended.code, Some(0), "{ended}");
        sides.assert_published(&crl);
    }
}

#[test]
fn a_film_that_was_cut_gives_what_it_holds_and_the_rest_comes_later() {
    let mut chance = chance("a_film_that_was_cut");
    let sides = Sides::enrolled();
    let (crl, size, luma) = filmed(&sides, &mut chance);
    let film = y4m(size, "Cmono", 0, &luma);
    let few = luma[0].len() * 4;
    let cut = sides.scratch.file("cut.y4m", &film[..few]);
    sides.receive(&[link(&cut)]).exits(4).says("ends in the middle of a picture");
    let rest = film_file(&sides, &y4m(size, "Cmono", 0, &luma[3..]));
    sides.receive(&[link(&rest)]).exits(0).says("were received before");
    sides.assert_published(&crl);
}

#[test]
fn what_is_no_film_is_refused_in_words() {
    let sides = Sides::enrolled();
    let cases = [
        (&b"RIFF\0\0\0\0AVI LIST"[..], 2, "ffmpeg", "Run that command with the film"),
        (b"", 2, "whatever was to write it wrote no byte", "Look at the message of the program that writes the film"),
        (b"YUV4MPEG2 W99999 H99999 F30:1\n", 2, "99999", "Make its pictures smaller: ffmpeg"),
        (b"YUV4MPEG2 H9 F30:1\n", 2, "does not state the", "Make a film of grey pictures of it: ffmpeg"),
        (b"YUV4MPEG2 W4 H4 F30:1 C420p10\n", 2, "8-bit", "Make a film of grey pictures of it: ffmpeg"),
        (
            b"YUV4MPEG2 W2 H2 F30:1 Cmono\nFRAME\nabcdGARBAGE AND MORE OF IT\n",
            7,
            "damaged after picture 1",
            "Copy the film again, or make it again",
        ),
    ];
    for (bytes, code, said, next) in cases {
        let film = film_file(&sides, bytes);
        let ended = sides.receive(&[link(&film)]).exits(code);
        ended.says(said).says(next);
        assert_eq!(ended.stderr.matches("next:").count(), 1, "{ended}");
        // The same out of a pipe, which is no file that is opened before.
        let mut receiver = sides.receive(&["qr:video=-"]).start_with(Stdio::piped(), Stdio::piped(), Stdio::piped());
        let _ = receiver.take_stdin().write_all(bytes);
        let ended = receiver.wait();
        assert_eq!(ended.code, Some(7), "{ended}");
        ended.says(said).says(next);
        sides.acknowledge_alarms();
    }
    // Two links that failed for different causes: each has its own next, with its name.
    let [film, wave] = ["film.pipe", "sound.pipe"].map(|name| sides.scratch.pipe(name));
    let links = [link(&film), format!("audio:wav={}", wave.display())];
    let mut receiver = sides.receive(&links).start();
    drop(receiver.writes_into(&film));
    receiver.writes_into(&wave).write_all(b"no sound at all, but long enough").unwrap();
    let ended = receiver.wait();
    assert_eq!(ended.code, Some(7), "{ended}");
    ended.says(&format!("{}: Look at the message of the program", links[0]));
    ended.says(&format!("{}: Make a WAV file of it that is read", links[1]));
    let none = sides.scratch.path("none.y4m");
    sides.receive(&[link(&none)]).exits(2);
    sides.receive(&[link(sides.scratch.folder())]).exits(2).says("directory");
    sides.receive(&["qr:video=-,width=640".to_owned()]).exits(2).says("height");
}

#[test]
fn a_film_without_a_code_says_how_to_aim() {
    let sides = Sides::enrolled();
    let mut chance = chance("a_film_without_a_code");
    let luma: Vec<Vec<u8>> = (0..20).map(|_| (0..320 * 240).map(|_| 90 + chance.below(20) as u8).collect()).collect();
    let film = film_file(&sides, &y4m((320, 240), "Cmono", 0, &luma));
    let log = sides.scratch.path("log");
    let ended = sides.receive(&[link(&film)]).arg("--json").arg("--log").arg(&log).exits(4);
    ended.says("no code seen: point the camera").says("Point the camera at the code, and come closer");
    let document = ended.json();
    assert_eq!(document["links"][0]["aiming"]["state"], "no-code");
    assert!(document["links"][0]["aiming"]["text"].as_str().unwrap().contains("point the camera"));
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.lines().any(|line| line.contains("\"event\":\"aiming\"") && line.contains("no-code")), "{log}");
}

/// The advice is also the last words where nobody has a terminal before them, and a black film is not the sender's fault.
#[test]
fn a_black_film_a_frozen_one_and_a_short_one_say_so_without_a_terminal() {
    let sides = Sides::enrolled();
    let mut chance = chance("a_black_film");
    let mut noise = |least: u8, pictures: usize| -> Vec<Vec<u8>> {
        (0..pictures).map(|_| (0..320 * 240).map(|_| least + chance.below(6) as u8).collect()).collect()
    };
    let still = vec![noise(90, 1)[0].clone(); 40];
    for (luma, said, next) in [
        (noise(2, 40), "the picture is black (is the shutter closed?)", "Open it or take the cover off the lens"),
        // Black of video range is 16, with the noise of a sensor.
        (noise(14, 40), "the picture is black (is the shutter closed?)", "Open it or take the cover off the lens"),
        (vec![vec![16; 320 * 240]; 60], "the picture is black (is the shutter closed?)", "Open it or take the cover"),
        (still, "the picture does not change", "Unplug the camera"),
    ] {
        let film = film_file(&sides, &y4m((320, 240), "Cmono", 0, &luma));
        sides.receive(&[link(&film)]).exits(4).says(said).says(next);
    }
    // Too short to say anything while it runs.
    let film = film_file(&sides, &y4m((320, 240), "Cmono", 0, &noise(2, 4)));
    sides.receive(&[link(&film)]).exits(4).says("the picture is black").says("take the cover off the lens");
}

/// What `ffmpeg` does where it cannot open its file: it says so, writes nothing, and ends.
#[test]
fn a_pipe_into_which_nothing_was_written_is_said_as_that() {
    let sides = Sides::enrolled();
    let receive = sides.receive(&["qr:video=-".to_owned()]);
    let ended = receive.start_with(Stdio::null(), Stdio::piped(), Stdio::piped()).wait().exits_with(7);
    ended.says("it is empty: whatever was to write it wrote no byte");
    assert!(!ended.stderr.contains("not a Y4M"), "{ended}");
}

/// `ffmpeg` prints an error if its pipe is closed while it writes.
#[test]
fn the_rest_of_a_film_from_a_pipe_is_read_once_everything_came() {
    let sides = Sides::enrolled();
    let mut chance = chance("the_rest_of_a_film");
    let (crl, size, luma) = filmed(&sides, &mut chance);
    let film = y4m(size, "Cmono", 0, &luma);
    // Far more than a pipe holds.
    let more: Vec<u8> = luma.iter().take(30).flat_map(|picture| [b"FRAME\n", &picture[..]].concat()).collect();
    let mut running = sides.receive(&["qr:video=-".to_owned()]).arg("--once").start_with(
        Stdio::piped(),
        Stdio::piped(),
        Stdio::piped(),
    );
    let mut into = running.take_stdin();
    let writer = std::thread::spawn(move || into.write_all(&film).and_then(|()| into.write_all(&more)));
    let ended = running.wait().exits_with(0);
    assert!(writer.join().unwrap().is_ok(), "the writer saw a broken pipe\n{ended}");
    sides.assert_published(&crl);
}
