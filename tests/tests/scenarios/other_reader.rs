//! Every kind of picture that the offline side draws, read by `rqrr`, a reader that shares nothing with ours.
//!
//! What it reads is published by the online side, which gets the frames as a recording and sees no picture.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use image::codecs::gif::GifDecoder;
use image::{AnimationDecoder, DynamicImage, GrayImage};
use rootcast_protocol::frame::Frame;
use rootcast_tests::corpora::skipped;
use rootcast_tests::frames_folder::pictures;
use rootcast_tests::program::offline;
use rootcast_tests::pty::Seat;
use rootcast_tests::recordings;
use rootcast_tests::screen::Screen;
use rootcast_tests::seeds::chance;
use rootcast_tests::sides::Sides;

/// The least height and width of a part that can be a code, in pixels.
const LEAST: u32 = 60;

/// What `rqrr` reads in a picture, part by part: it takes the corners of neighbours together where codes lie side by side,
/// and finds one of six.
fn read(picture: &GrayImage) -> Vec<Vec<u8>> {
    parts(picture).iter().flat_map(read_part).collect()
}

/// What it reads in a part, in the first of four quarter turns in which it reads anything.
///
/// It cannot read about one upright code in ten thousand, whoever drew it (seen also with random codes of the crate
/// `qrcode`). The same code is read when it lies on its side.
fn read_part(part: &GrayImage) -> Vec<Vec<u8>> {
    let mut turned = part.clone();
    for _ in 0..4 {
        let contents = read_upright(&turned);
        if !contents.is_empty() {
            return contents;
        }
        turned = image::imageops::rotate90(&turned);
    }
    Vec::new()
}

fn read_upright(part: &GrayImage) -> Vec<Vec<u8>> {
    // On white, wider than any quiet zone.
    let size = (part.width() + 80, part.height() + 80);
    let level = |x: usize, y: usize| {
        let (x, y) = ((x as u32).wrapping_sub(40), (y as u32).wrapping_sub(40));
        part.get_pixel_checked(x, y).map_or(255, |pixel| pixel.0[0])
    };
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(size.0 as usize, size.1 as usize, level);
    let mut contents = Vec::new();
    for grid in prepared.detect_grids() {
        let mut content = Vec::new();
        if grid.decode_to(&mut content).is_ok() {
            contents.push(content);
        }
    }
    contents
}

/// What white lines from edge to edge separate, cut again and again: codes, and whatever else is as large. No row and no
/// column of a code is white throughout.
fn parts(picture: &GrayImage) -> Vec<GrayImage> {
    let (width, height) = picture.dimensions();
    let is_white = |x: u32, y: u32| picture.get_pixel(x, y).0[0] >= 200;
    let rows = runs((0..height).map(|y| (0..width).any(|x| !is_white(x, y))));
    let columns = runs((0..width).map(|x| (0..height).any(|y| !is_white(x, y))));
    let is_whole = |runs: &[(u32, u32)], length: u32| runs == [(0, length)];
    if is_whole(&rows, height) && is_whole(&columns, width) {
        return vec![picture.clone()];
    }
    let mut all = Vec::new();
    for (top, down) in rows.iter().filter(|(top, down)| down - top >= LEAST) {
        for (left, right) in columns.iter().filter(|(left, right)| right - left >= LEAST) {
            let part = image::imageops::crop_imm(picture, *left, *top, right - left, down - top).to_image();
            all.extend(parts(&part));
        }
    }
    all
}

/// From where to where it is true.
fn runs(of: impl Iterator<Item = bool>) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    let mut before = false;
    for (at, is) in (0..).zip(of) {
        match (before, is) {
            (false, true) => runs.push((at, at + 1)),
            (true, true) => runs.last_mut().expect("a run").1 = at + 1,
            _ => {}
        }
        before = is;
    }
    runs
}

/// Sends a CRL of some kilobytes over this link; gives its DER.
fn sent(sides: &Sides, link: &str) -> Vec<u8> {
    let (file, crl) = sides.long_crl_file(1, 150, &mut chance("other_reader"));
    sides.send(link, &[file]).exits(0);
    crl
}

/// Every picture has so many codes, each is a frame, no frame is there twice, and together they are the CRL.
fn all_are_read(sides: &Sides, what: &str, all: &[GrayImage], tiles: usize, crl: &[u8]) {
    let mut frames = BTreeSet::new();
    for (number, picture) in all.iter().enumerate() {
        let codes = read(picture);
        assert_eq!(codes.len(), tiles, "{what}: picture {number}");
        for code in codes {
            assert!(Frame::parse(&code).is_ok(), "{what}: picture {number}");
            frames.insert(code);
        }
    }
    assert_eq!(frames.len(), all.len() * tiles, "{what}: a frame is there twice");
    published(sides, what, frames, crl);
}

/// The online side publishes the CRL from these frames.
fn published(sides: &Sides, what: &str, frames: BTreeSet<Vec<u8>>, crl: &[u8]) {
    let recording = sides.scratch.path("read.frames");
    recordings::write(&recording, frames.into_iter().collect::<Vec<_>>());
    let ended = sides.receive(&[format!("file:{}", recording.display())]).run();
    assert!(ended.code == Some(0) && sides.is_published(crl), "{what}: {ended}");
}

#[test]
fn another_reader_reads_every_png() {
    for (options, tiles) in [("", 1), (",version=13", 1), (",tiles=2x3,version=10", 6), (",ec=H,version=20", 1)] {
        let sides = Sides::enrolled();
        let folder = sides.scratch.path("pictures");
        let crl = sent(&sides, &format!("qr:png={}{options}", folder.display()));
        let all: Vec<GrayImage> =
            pictures(&folder).iter().map(|path| image::open(path).unwrap().into_luma8()).collect();
        all_are_read(&sides, &format!("png{options}"), &all, tiles, &crl);
    }
}

#[test]
fn another_reader_reads_every_picture_of_an_animation() {
    for (options, tiles) in [("", 1), (",tiles=2x2,version=13,ec=M", 4), (",tiles=2x4,version=10", 8)] {
        let sides = Sides::enrolled();
        let gif = sides.scratch.path("out.gif");
        let crl = sent(&sides, &format!("qr:gif={}{options}", gif.display()));
        let decoder = GifDecoder::new(std::io::BufReader::new(fs::File::open(&gif).unwrap())).unwrap();
        let frames = decoder.into_frames().collect_frames().unwrap();
        let all: Vec<GrayImage> =
            frames.into_iter().map(|frame| DynamicImage::from(frame.into_buffer()).into_luma8()).collect();
        all_are_read(&sides, &format!("gif{options}"), &all, tiles, &crl);
    }
}

#[test]
fn another_reader_reads_printed_pages() {
    let sides = Sides::enrolled();
    let pdf = sides.scratch.path("out.pdf");
    let crl = sent(&sides, &format!("qr:pdf={}", pdf.display()));
    let folder = sides.scratch.subfolder("printed");
    let Ok(ended) =
        Command::new("pdftoppm").args(["-r", "200", "-gray", "-png"]).arg(&pdf).arg(folder.join("page")).output()
    else {
        return skipped(
            "printed pages for another reader: `pdftoppm` (poppler-utils) is not installed; run `make deps`",
        );
    };
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let frames: BTreeSet<Vec<u8>> =
        pictures(&folder).iter().flat_map(|page| read(&image::open(page).unwrap().into_luma8())).collect();
    assert!(frames.len() >= 8, "{} codes are read", frames.len());
    published(&sides, "pdf", frames, &crl);
}

/// Screenshots of a page, one for each address; nothing where there is no browser.
fn screenshots(sides: &Sides, page: &Path, addresses: &[String]) -> Option<PathBuf> {
    let browsers = ["chromium", "chromium-browser", "google-chrome"];
    let is_there = |browser: &&str| Command::new(browser).arg("--version").output().is_ok();
    let Some(browser) = browsers.into_iter().find(is_there) else {
        skipped("a page for another reader: Chromium is not installed");
        return None;
    };
    let folder = sides.scratch.subfolder("screenshots");
    for (number, address) in addresses.iter().enumerate() {
        let shot = folder.join(format!("shot-{number}.png"));
        let ended = Command::new(browser)
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1280,720"])
            .arg(format!("--user-data-dir={}", sides.scratch.path("profile").display()))
            .arg("--virtual-time-budget=500")
            .arg(format!("--screenshot={}", shot.display()))
            .arg(format!("file://{}{address}", page.display()))
            .output()
            .expect("a browser that was there");
        if !shot.exists() {
            let said = String::from_utf8_lossy(&ended.stderr).into_owned();
            skipped(&format!("a page for another reader: {browser} takes no screenshot here: {said}"));
            return None;
        }
    }
    Some(folder)
}

#[test]
fn another_reader_reads_a_page_in_a_browser() {
    let sides = Sides::enrolled();
    let page = sides.scratch.path("out.html");
    let crl = sent(&sides, &format!("qr:html={},tiles=1x2,version=20", page.display()));
    // So many pictures as suffice, each asked for by the number of its first code.
    let addresses: Vec<String> = (0..6).map(|picture| format!("#{}", 1 + 2 * picture)).collect();
    let Some(folder) = screenshots(&sides, &page, &addresses) else { return };
    let all: Vec<GrayImage> = pictures(&folder).iter().map(|shot| image::open(shot).unwrap().into_luma8()).collect();
    all_are_read(&sides, "html", &all, 2, &crl);
}

#[test]
fn another_reader_reads_the_screen_of_the_player() {
    // In half blocks, and where the locale has none in coloured spaces.
    for (locale, columns, rows) in [("C.UTF-8", 66, 34), ("C", 131, 66)] {
        let sides = Sides::enrolled();
        let (file, crl) = sides.long_crl_file(1, 100, &mut chance("other_reader"));
        let send = offline(["send", "--yes", "--for", "40s"]).state(&sides.offline);
        let send = send.link("qr:terminal,fps=30").arg(&file).env("LC_ALL", locale);
        let mut seat = Seat::start(&send, columns, rows);
        let mut frames = BTreeSet::new();
        for _ in 0..40 {
            seat.wait_for_text("\u{1b}[?2026l");
            std::thread::sleep(std::time::Duration::from_millis(300));
            let screens = Screen::after_each_picture(&seat.screen(), columns.into(), rows.into());
            if screens.len() >= 30 {
                for screen in &screens {
                    let codes = read(&screen.picture());
                    assert_eq!(codes.len(), 1, "{locale}: the code on the screen is not read");
                    frames.extend(codes);
                }
                break;
            }
        }
        seat.running.interrupt();
        assert_eq!(seat.running.wait().code, Some(130));
        assert!(frames.len() >= 20, "{} frames", frames.len());
        published(&sides, locale, frames, &crl);
    }
}
