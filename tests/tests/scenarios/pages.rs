//! Frames in one file: an animation, a page for a browser, pages to print. Each is looked at by a program of others
//! and received.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use image::codecs::gif::GifDecoder;
use image::{AnimationDecoder, GrayImage, Luma};
use rootcast_offline::link::optical::qr_sheet::{QrSheet, Tiles};
use rootcast_offline::link::optical::qr_symbol::{QrPen, QrVersion};
use rootcast_offline::link::optical::two_colour_gif::{ENDING, beginning, picture as gif_picture};
use rootcast_online::link::optical::qr_reader::{GreyPicture, read_symbols};
use rootcast_protocol::digest::Digest;
use rootcast_tests::camera::{Shot, photograph};
use rootcast_tests::corpora::skipped;
use rootcast_tests::frames_folder::{copy, pictures, with_missing};
use rootcast_tests::program::offline;
use rootcast_tests::seeds::{Chance, chance};
use rootcast_tests::sides::{Sides, fresh_root};

/// Sends a CRL of some kilobytes over `qr:KIND=FILE` with these options; gives its DER and the file.
fn made(sides: &Sides, kind: &str, options: &str, chance: &mut Chance) -> (Vec<u8>, PathBuf) {
    let (file, crl) = sides.long_crl_file(1, 150, chance);
    let target = sides.scratch.path(&format!("out.{kind}"));
    sides.send(&format!("qr:{kind}={}{options}", target.display()), &[file]).exits(0);
    (crl, target)
}

fn receive_pictures(sides: &Sides, folder: &Path, crl: &[u8]) {
    sides.receive(&[format!("qr:images={}", folder.display())]).exits(0);
    sides.assert_published(crl);
}

fn codes_in(picture: &GrayImage) -> Vec<Vec<u8>> {
    let (width, height) = picture.dimensions();
    read_symbols(&GreyPicture { width, height, luma: picture.as_raw().clone() })
}

/// Whether this program is there.
fn installed(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

#[test]
fn half_the_pictures_of_an_animation_are_enough() {
    let mut chance = chance("animation");
    let sides = Sides::enrolled();
    let (crl, gif) = made(&sides, "gif", ",version=20", &mut chance);
    let decoder = GifDecoder::new(std::io::BufReader::new(fs::File::open(&gif).unwrap())).unwrap();
    let frames = decoder.into_frames().collect_frames().expect("a whole animation");
    assert!(frames.len() > 20, "{} pictures", frames.len());
    let all = sides.scratch.subfolder("all");
    for (number, frame) in frames.iter().enumerate() {
        assert_eq!(frame.delay().numer_denom_ms(), (90, 1), "9 hundredths of a second: 11 a second");
        let grey = image::DynamicImage::from(frame.buffer().clone()).into_luma8();
        assert!(grey.pixels().all(|pixel| pixel.0 == [0] || pixel.0 == [255]));
        grey.save(all.join(format!("frame-{number:05}.png"))).unwrap();
    }
    assert!(fs::read(&gif).unwrap().windows(11).any(|bytes| bytes == b"NETSCAPE2.0"), "it repeats");
    let seen = sides.scratch.path("seen");
    copy(&all, &with_missing(frames.len(), 0.5, &mut chance), &seen);
    receive_pictures(&sides, &seen, &crl);
}

#[test]
fn animations_of_every_version_and_scale_are_decoded_as_they_were_drawn() {
    let mut chance = chance("every_version_and_scale");
    for version in 1..=40 {
        let pen = QrPen::new(QrVersion::new(version).unwrap());
        let frame = chance.bytes(pen.version().capacity());
        let sheet = QrSheet::new(&[pen.draw(&frame).unwrap()], Tiles::ONE);
        for pixels in [1, 2, 5] {
            let side = (sheet.width() * pixels) as u16;
            let gif = [beginning(side, side), gif_picture(&sheet, pixels, 9), ENDING.to_vec()].concat();
            let decoder = GifDecoder::new(std::io::Cursor::new(gif)).unwrap();
            let shown = decoder.into_frames().collect_frames().expect("a whole animation").remove(0).into_buffer();
            let rows: Vec<&[bool]> = sheet.rows().collect();
            for (x, y, pixel) in shown.enumerate_pixels() {
                let dark = rows[y as usize / pixels][x as usize / pixels];
                assert_eq!(pixel.0[0] == 0, dark, "version {version}, {pixels} pixels: {x}, {y}");
            }
        }
    }
}

#[test]
fn every_tile_of_a_picture_is_another_frame() {
    for (kind, options, tiles) in [("png", ",tiles=2x3,version=10", 6), ("gif", ",tiles=2x2,version=13,ec=M", 4)] {
        let sides = Sides::enrolled();
        let (_, made) = made(&sides, kind, options, &mut chance("every_tile"));
        let shown: Vec<GrayImage> = if kind == "png" {
            pictures(&made).iter().map(|path| image::open(path).unwrap().into_luma8()).collect()
        } else {
            let decoder = GifDecoder::new(std::io::BufReader::new(fs::File::open(&made).unwrap())).unwrap();
            let frames = decoder.into_frames().collect_frames().unwrap();
            frames.into_iter().map(|frame| image::DynamicImage::from(frame.into_buffer()).into_luma8()).collect()
        };
        let mut all = BTreeSet::new();
        for picture in &shown {
            let codes = codes_in(picture);
            assert_eq!(codes.len(), tiles, "{kind}{options}: every tile is full and read");
            all.extend(codes);
        }
        assert_eq!(all.len(), shown.len() * tiles, "{kind}{options}: no frame twice");
    }
}

#[test]
fn every_level_of_correction_is_received() {
    for level in ["L", "M", "Q", "H"] {
        let sides = Sides::enrolled();
        let (crl, folder) = made(&sides, "png", &format!(",ec={level}"), &mut chance("every_level"));
        let first = pictures(&folder).remove(0);
        assert!(fs::metadata(&first).unwrap().len() > 1_000);
        receive_pictures(&sides, &folder, &crl);
    }
}

/// The pages of a PDF as pictures, or nothing where there is no `pdftoppm`.
fn printed(sides: &Sides, pdf: &Path, dpi: &str) -> Option<PathBuf> {
    let folder = sides.scratch.subfolder("printed");
    let Ok(ended) =
        Command::new("pdftoppm").args(["-r", dpi, "-gray", "-png"]).arg(pdf).arg(folder.join("page")).output()
    else {
        skipped("printed pages: `pdftoppm` (poppler-utils) is not installed; run `make deps`");
        return None;
    };
    let complaint = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success() && complaint.is_empty(), "{complaint}");
    Some(folder)
}

#[test]
fn printed_pages_photographed_with_one_missing_are_received() {
    let mut chance = chance("printed_pages");
    let sides = Sides::enrolled();
    let (crl, pdf) = made(&sides, "pdf", "", &mut chance);
    let Some(folder) = printed(&sides, &pdf, "150") else { return };
    let pages = pictures(&folder);
    assert!(pages.len() >= 3, "{} pages", pages.len());
    let lost = chance.below(pages.len());
    let shot = Shot { scale: 0.9, ..Shot::HAND_HELD };
    let seen = sides.scratch.subfolder("photographs");
    for (number, page) in pages.iter().enumerate().filter(|(number, _)| *number != lost) {
        photograph(page, &seen.join(format!("page-{number}.jpg")), &shot, &mut chance);
    }
    receive_pictures(&sides, &seen, &crl);
}

#[test]
fn any_one_page_may_be_lost_and_each_says_what_it_is() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(7);
    let digest = Digest::of(&fs::read(&file).unwrap()).to_string();
    let pdf = sides.scratch.path("small.pdf");
    let sent = sides.send(&format!("qr:pdf={}", pdf.display()), &[&file]).exits(0);
    let Ok(text) = Command::new("pdftotext").args(["-layout"]).arg(&pdf).arg("-").output() else {
        return skipped("the text of printed pages: `pdftotext` (poppler-utils) is not installed; run `make deps`");
    };
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    let pages: Vec<&str> = text.trim_end_matches('\u{c}').split('\u{c}').collect();
    assert!(pages.len() >= 2, "{text}");
    let words = sent.stderr.lines().find_map(|line| line.trim().strip_prefix("words")).unwrap().trim();
    for (number, page) in pages.iter().enumerate() {
        let title = format!("page {} of {}", number + 1, pages.len());
        for said in [
            &title,
            words,
            &digest,
            "CRL number 7",
            "RFC 6330",
            "ISO/IEC 18004",
            "A lost or damaged page does no harm.",
        ] {
            assert!(page.contains(said), "{title}: {said}\n{page}");
        }
    }
}

#[test]
fn words_and_digests_of_many_items_stand_on_two_pages_and_foreign_names_fill_none() {
    let sides = Sides::enrolled();
    let (crl, _) = sides.crl_file(3);
    let certificate = |number: u32| {
        let name = if number == 5 {
            "Выпускающий центр пять".to_owned()
        } else {
            format!("Issuing CA {number}")
        };
        sides.scratch.file(&format!("issuing-{number}.crt"), sides.root.intermediate(&name).sign())
    };
    let items: Vec<PathBuf> = std::iter::once(crl).chain((1..=12).map(certificate)).collect();
    let pdf = sides.scratch.path("many.pdf");
    let sent = sides.send(&format!("qr:pdf={}", pdf.display()), &items).exits(0);
    let Ok(text) = Command::new("pdftotext").args(["-layout"]).arg(&pdf).arg("-").output() else {
        return skipped("the text of printed pages: `pdftotext` (poppler-utils) is not installed; run `make deps`");
    };
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    let pages: Vec<&str> = text.trim_end_matches('\u{c}').split('\u{c}').collect();
    let words: Vec<&str> =
        sent.stderr.lines().filter_map(|line| line.trim().strip_prefix("words ")).map(str::trim).collect();
    let digests: Vec<String> = items.iter().map(|item| Digest::of(&fs::read(item).unwrap()).to_string()).collect();
    assert_eq!((words.len(), digests.len()), (13, 13), "{sent}");
    for said in words.iter().copied().chain(digests.iter().map(String::as_str)) {
        let on: Vec<bool> = pages.iter().map(|page| page.contains(said)).collect();
        assert!(on[0] && on[pages.len() - 1], "{said} on {on:?}");
    }
    assert!(!text.contains("\\u{"), "{text}");
    assert!(text.contains("[20 letters]"), "{text}");
    for (number, page) in pages.iter().enumerate() {
        assert!(page.contains(&format!("page {} of {}", number + 1, pages.len())), "{page}");
        assert!(page.contains("RFC 6330"), "{page}");
    }
    let codes: usize = text.matches("code ").count();
    assert!(codes >= 4 && pages[1].contains("and 10 more items"), "{text}");
}

/// A number as the page tells it: seven bits a byte, lowest first.
fn number(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for place in 0.. {
        let (byte, rest) = bytes.split_first().unwrap();
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}

#[test]
fn the_restore_instructions_on_the_page_lead_back_to_the_file_also_after_earlier_transmissions() {
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 150, &mut chance("restore_instructions"));
    let pdf = sides.scratch.path("out.pdf");
    sides.send(&format!("file:{}", sides.scratch.path("earlier").display()), &[&file]).exits(0);
    let sent = sides.send(&format!("qr:pdf={},tiles=2x1", pdf.display()), &[&file]).exits(0);
    sent.says("transmission 2 of this object, from symbol 0;");
    let Some(folder) = printed(&sides, &pdf, "150") else { return };
    // Steps 1 to 3, with the source symbols alone: a solver of RFC 6330 would be needed for the others.
    let mut object: Vec<Option<Vec<u8>>> = Vec::new();
    let (mut id, mut length) = (Vec::new(), 0);
    for page in pictures(&folder) {
        for frame in codes_in(&image::open(page).unwrap().into_luma8()) {
            assert_eq!(frame[..5], [0xd7, 0x52, 1, 0, 1]);
            id = frame[5..21].to_vec();
            let mut rest = &frame[21..frame.len() - 4];
            length = number(&mut rest) as usize;
            let (first, count) = (number(&mut rest) as usize, number(&mut rest) as usize);
            assert_eq!(rest.len(), count * 176);
            object.resize(length.div_ceil(176), None);
            for (at, symbol) in rest.chunks(176).enumerate() {
                if let Some(place) = object.get_mut(first + at) {
                    *place = Some(symbol.to_vec());
                }
            }
        }
    }
    let mut object: Vec<u8> = object.into_iter().flat_map(|symbol| symbol.expect("a source symbol")).collect();
    object.truncate(length);
    // Steps 4 and 5.
    assert_eq!(Digest::of(&object).as_bytes()[..16], id);
    let bundle = match object[0] {
        0 => object[1..].to_vec(),
        1 => miniz_oxide::inflate::decompress_to_vec_zlib(&object[1..]).unwrap(),
        other => panic!("{other}"),
    };
    // Step 6: the last item ends the bundle.
    let item = bundle.len() - crl.len();
    assert_eq!(bundle[item..], crl);
    let mut before = &bundle[item - 2..item];
    assert_eq!(number(&mut before), crl.len() as u64, "its length stands before it");
}

/// What a page's policy allows, and the frames in it as pictures.
fn dissected(page: &str) -> (String, Vec<GrayImage>) {
    let between = |from: &str, to: &str| {
        page.split(from).nth(1).and_then(|rest| rest.split(to).next()).unwrap_or_else(|| panic!("no {from}")).to_owned()
    };
    let policy = between("Content-Security-Policy\" content=\"", "\"");
    let about: serde_json::Value = serde_json::from_str(&between("id=\"about\">", "</script>")).unwrap();
    let side = about["side"].as_u64().unwrap() as u32;
    let frames = between("id=\"frames\">\n", "</script>");
    let pictures = frames.lines().map(|line| {
        let bits = from_base64(line);
        GrayImage::from_fn((side + 8) * 4, (side + 8) * 4, |x, y| {
            let (column, row) = ((x / 4).wrapping_sub(4), (y / 4).wrapping_sub(4));
            let at = (row.wrapping_mul(side).wrapping_add(column)) as usize;
            let dark = column < side && row < side && bits[at / 8] >> (7 - at % 8) & 1 == 1;
            Luma([if dark { 0 } else { 255 }])
        })
    });
    (policy, pictures.collect())
}

fn from_base64(text: &str) -> Vec<u8> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<u32> = text.chars().filter_map(|c| ALPHABET.find(c)).map(|digit| digit as u32).collect();
    let eight = |digits: &[u32]| {
        let bits = digits.iter().enumerate().fold(0, |bits, (at, digit)| bits | digit << (18 - 6 * at));
        bits.to_be_bytes()[1..digits.len()].to_vec()
    };
    digits.chunks(4).flat_map(eight).collect()
}

#[test]
fn a_page_holds_its_frames_and_allows_itself_nothing_but_its_own_script() {
    // An issuer whose name would be a script if it were not written as text.
    let sides = Sides::of(fresh_root("<img src=x onerror=alert(1)><!--<script>"));
    let (file, crl) = sides.long_crl_file(1, 100, &mut chance("a_page"));
    let target = sides.scratch.path("page.html");
    let sent = sides.send(&format!("qr:html={}", target.display()), &[&file]).exits(0);
    let page = fs::read_to_string(&target).unwrap();
    let (policy, shown) = dissected(&page);
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    assert!(!page.contains("<img") && !page.contains("<!--") && page.contains("&lt;img"), "the name is text");
    assert!(!page.contains("http:") && !page.contains("https:") && !page.contains(" src=\""), "nothing from elsewhere");
    let words = sent.stderr.lines().find_map(|line| line.trim().strip_prefix("words")).unwrap().trim();
    assert!(page.contains(words) && page.contains("codes suffice") && page.contains("odds"));
    // The digests in the policy are those of what stands in the page.
    for (element, directive) in [("script", "script-src"), ("style", "style-src")] {
        let source =
            page.split(&format!("<{element}>")).nth(1).unwrap().split(&format!("</{element}>")).next().unwrap();
        let allowed = policy.split(&format!("{directive} 'sha256-")).nth(1).unwrap().split('\'').next().unwrap();
        assert_eq!(from_base64(allowed), Digest::of(source.as_bytes()).as_bytes(), "{directive}");
    }
    let folder = sides.scratch.subfolder("frames");
    for (number, picture) in shown.iter().enumerate().skip(shown.len() / 2) {
        picture.save(folder.join(format!("{number}.png"))).unwrap();
    }
    receive_pictures(&sides, &folder, &crl);
}

/// Whether acorn (`make acorn`) parses this script as ECMAScript of this year; nothing where it is not installed.
fn parses(script: &Path, year: u32) -> Option<bool> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    let acorn = target.join("acorn/node_modules/acorn/bin/acorn");
    if !acorn.exists() || !installed("node") {
        skipped("the script of a page, parsed as ECMAScript 2017: acorn is not installed (make acorn)");
        return None;
    }
    let ended = Command::new("node").arg(&acorn).arg(format!("--ecma{year}")).arg("--silent").arg(script).output();
    Some(ended.expect("a program that was there").status.success())
}

#[test]
fn the_script_of_a_page_is_ecmascript_2017() {
    let sides = Sides::enrolled();
    let (_, page) = made(&sides, "html", ",version=20", &mut chance("ecmascript"));
    let text = fs::read_to_string(&page).unwrap();
    let (_, rest) = text.split_once("<script>").expect("one script that runs");
    let (script, _) = rest.split_once("</script>").unwrap();
    let file = sides.scratch.file("player.js", script);
    let Some(is_parsed) = parses(&file, 2017) else { return };
    assert!(is_parsed, "{}", file.display());
    // What a browser of 2017 cannot parse is refused here too: the question has an answer.
    let newer = sides.scratch.file("newer.js", format!("{script}\ndocument.body?.focus();\n"));
    assert_eq!(parses(&newer, 2017), Some(false));
    assert_eq!(parses(&newer, 2020), Some(true));
}

#[test]
fn a_page_says_something_until_its_script_runs() {
    let sides = Sides::enrolled();
    let (_, page) = made(&sides, "html", ",version=20", &mut chance("until_its_script_runs"));
    let text = fs::read_to_string(&page).unwrap();
    let before_frames = text.split("<script").next().unwrap();
    assert!(before_frames.contains("If this sentence stays, this browser cannot run the page"), "{before_frames}");
    // Nothing else stands there that the script has to fill in: no separator between two empty places.
    assert!(before_frames.contains("<p><span id=\"round\"></span><span id=\"fps\"></span></p>"), "{before_frames}");
    assert!(!before_frames.contains("</span> ·"), "{before_frames}");
    // And the script takes it away.
    let Some(said) = asked_of_page(&page, "#2", "1280,720", "return said('shown');") else { return };
    assert!(said.starts_with("\"Code 2 of "), "{said}");
    let both = "return said('round') + said('fps');";
    let Some(said) = asked_of_page(&page, "#2", "1280,720", both) else { return };
    assert!(said.contains("Round 1 · 11 a second"), "{said}");
}

#[test]
fn a_page_played_in_a_browser_is_received_from_screenshots() {
    let browsers = ["chromium", "chromium-browser", "google-chrome"];
    let Some(browser) = browsers.into_iter().find(|browser| installed(browser)) else {
        return skipped("a page played in a browser: Chromium is not installed");
    };
    let sides = Sides::enrolled();
    let (crl, page) = made(&sides, "html", ",tiles=1x2,version=20", &mut chance("browser"));
    let folder = sides.scratch.subfolder("screenshots");
    for (number, address) in ["", "", "#3", "#5", "#9", "#13"].iter().enumerate() {
        // Without a number the page plays, for so long as the browser's clock is let run; on a busy machine that may be
        // the same picture twice.
        let shot = folder.join(format!("shot-{number}.png"));
        let ended = Command::new(browser)
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1280,720"])
            .arg(format!("--user-data-dir={}", sides.scratch.path("profile").display()))
            .arg(format!("--virtual-time-budget={}", 300 + 400 * number))
            .arg(format!("--screenshot={}", shot.display()))
            .arg(format!("file://{}{address}", page.display()))
            .output()
            .expect("a browser that was there");
        if !shot.exists() {
            let said = String::from_utf8_lossy(&ended.stderr).into_owned();
            return skipped(&format!("a page played in a browser: {browser} takes no screenshot here: {said}"));
        }
    }
    let all: BTreeSet<Vec<u8>> =
        pictures(&folder).iter().flat_map(|shot| codes_in(&image::open(shot).unwrap().into_luma8())).collect();
    assert!(all.len() >= 8, "{} codes: six screenshots of two each, four of them asked for by number", all.len());
    receive_pictures(&sides, &folder, &crl);
}

/// What `script` returns in the page once it stands, in a window of this size; nothing where there is no browser. A copy
/// of the page is asked, without the policy that would forbid it the question.
fn asked_of_page(page: &Path, address: &str, window: &str, script: &str) -> Option<String> {
    let browsers = ["chromium", "chromium-browser", "google-chrome"];
    let Some(browser) = browsers.into_iter().find(|browser| installed(browser)) else {
        skipped("a page asked in a browser: Chromium is not installed");
        return None;
    };
    let text = fs::read_to_string(page).unwrap();
    let (before, rest) = text.split_once("<meta http-equiv=").unwrap();
    let (_, after) = rest.split_once(">\n").unwrap();
    let asking = format!(
        "<script>\nconst key = (key) => document.dispatchEvent(new KeyboardEvent('keydown', {{ key }}));\n\
         const said = (id) => document.getElementById(id).textContent;\n\
         document.title = 'answer<' + JSON.stringify((() => {{ {script} }})()) + '>';</script>"
    );
    let copy = page.with_extension("asked.html");
    fs::write(&copy, format!("{before}{}", after.replace("</body>", &format!("{asking}</body>")))).unwrap();
    let ended = Command::new(browser)
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .arg(format!("--user-data-dir={}", page.with_extension("profile").display()))
        .arg(format!("--window-size={window}"))
        .arg(format!("file://{}{address}", copy.display()))
        .output()
        .expect("a browser that was there");
    let shown = String::from_utf8_lossy(&ended.stdout).into_owned();
    match shown.split("<title>answer&lt;").nth(1).and_then(|rest| rest.split("&gt;</title>").next()) {
        Some(answer) => Some(answer.to_owned()),
        None => {
            skipped(&format!("a page asked in a browser: {browser} shows no page here"));
            None
        }
    }
}

#[test]
fn odds_on_the_page_do_not_grow_by_going_back() {
    let sides = Sides::enrolled();
    let (_, page) = made(&sides, "html", ",version=20", &mut chance("going_back"));
    let script = "const all = [[said('odds'), said('shown')]]; \
                  for (const k of ['ArrowRight', 'ArrowRight', 'ArrowLeft', 'ArrowLeft', 'ArrowRight', 'ArrowRight', 'ArrowLeft']) \
                  { key(k); all.push([said('odds'), said('shown').split(' of')[0]]); } return all;";
    let Some(answer) = asked_of_page(&page, "#2", "1280,720", script) else { return };
    let all: Vec<[String; 2]> = serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{answer}"));
    let [odds, shown] = [0, 1].map(|part| all.iter().map(|one| one[part].clone()).collect::<Vec<_>>());
    assert!(odds[2..].iter().all(|later| *later == odds[2]), "three codes were shown: {answer}");
    assert_eq!(shown[1..], ["Code 3", "Code 4", "Code 3", "Code 2", "Code 3", "Code 4", "Code 3"], "{answer}");
}

#[test]
fn a_code_larger_than_the_window_can_be_scrolled_to_and_the_page_says_what_to_do() {
    let sides = Sides::enrolled();
    let (_, page) = made(&sides, "html", ",version=40,tiles=2x2", &mut chance("larger_than_the_window"));
    let script = "const area = document.getElementById('area').getBoundingClientRect(); \
                  const code = document.getElementById('code').getBoundingClientRect(); \
                  return [code.left - area.left, code.top - area.top, Math.round(code.width), said('advice')];";
    let Some(answer) = asked_of_page(&page, "#1", "600,300", script) else { return };
    let (left, top, width, advice): (f64, f64, f64, String) =
        serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{answer}"));
    assert!(width > 300.0 && left >= 0.0 && top >= 0.0, "no edge is out of reach: {answer}");
    assert!(advice.contains("does not fit") && advice.contains("fewer tiles"), "{answer}");
    let Some(roomy) = asked_of_page(&page, "#1", "1600,900", script) else { return };
    let (left, top, _, advice): (f64, f64, f64, String) = serde_json::from_str(&roomy).unwrap();
    assert!(left > 10.0 && top > 0.0 && advice.is_empty(), "in the middle: {roomy}");
}

#[test]
fn a_file_that_exists_is_left_alone_and_what_was_opened_before_it_is_withdrawn() {
    for kind in ["gif", "html", "pdf"] {
        let sides = Sides::enrolled();
        let (file, _) = sides.crl_file(1);
        let (taken, fresh) = (sides.scratch.file("taken", b"precious"), sides.scratch.path("fresh"));
        let (fresh_link, taken_link) =
            (format!("qr:{kind}={}", fresh.display()), format!("qr:{kind}={}", taken.display()));
        sides.send(&fresh_link, &[&file]).link(&taken_link).exits(2).says("output-exists");
        assert_eq!(fs::read(&taken).unwrap(), b"precious");
        assert!(!fresh.exists(), "{kind}: nothing was sent, so nothing is left");
        sides.send(&fresh_link, &[&file]).exits(0);
    }
}

#[test]
fn plan_tells_which_rate_may_lock_to_a_camera_and_how_large_the_code_must_be() {
    let sides = Sides::enrolled();
    let (file, _) = sides.long_crl_file(1, 150, &mut chance("advice"));
    let plan = |link: &str| offline(["plan"]).state(&sides.offline).link(link).arg(&file).exits(0);
    plan("qr:html=x,fps=15").says("15 codes a second may lock to a camera of 25 or 30 pictures a second");
    let calm = plan("qr:html=x,tiles=2x2,version=40");
    calm.says("370 × 370 modules: the code must fill 814 × 814 pixels");
    assert!(!calm.stderr.contains("a 1080p camera") && !calm.stdout.contains("a 1080p camera"), "{calm}");
    plan("qr:html=x,tiles=3x3,version=40")
        .says("1221 × 1221 pixels of the camera's picture: more than the 1920 × 1080 that a 1080p camera has; choose fewer tiles");
    let piped = plan("qr:terminal,version=20,fps=15");
    piped.says("not a terminal, so the plan assumes a window of 106 × 54 cells").says("may lock to a camera");
    plan("qr:terminal").says("134 × 68 cells");
    let sent = offline(["send", "--yes", "--for", "1s"]).state(&sides.offline).link("qr:terminal").arg(&file);
    sent.exits(7).says("standard error is not a terminal").says("Nothing was sent");
    assert!(!calm.stderr.contains("may lock") && !calm.stdout.contains("may lock"), "{calm}");
}

#[test]
fn plan_tells_which_camera_and_which_layout_a_wide_screen_is_for() {
    let sides = Sides::enrolled();
    let (file, _) = sides.long_crl_file(1, 150, &mut chance("advice"));
    let plan = |link: &str| offline(["plan"]).state(&sides.offline).link(link).arg(&file).exits(0);
    let square = plan("qr:html=x,tiles=2x2,version=40,fps=12");
    square.says("12 pictures a second are for a camera of 30 a second or more; on a screen of 60 Hz each stands for 5 refreshes (83 ms); a camera of 60 a second takes up to fps=24");
    square
        .says("tiles=2x4 fills a picture of 16:9: 8 codes in each instead of 4, on 1628 × 814 pixels of the camera's");
    let wide = plan("qr:html=x,tiles=2x4,version=40,fps=24");
    wide.says("740 × 370 modules: the code must fill 1628 × 814 pixels of the camera's picture, or more: a camera of 1920 × 1080 has them");
    wide.says("24 pictures a second are for a camera of 60 a second or more");
    wide.says("each stands for 2 or 3 refreshes (33 or 50 ms)");
    wide.says(
        "a screen of 1920 × 1080 shows a module as 2 pixels, and a screen of 3840 × 2160 shows a module as 5 pixels",
    );
    plan("qr:html=x,tiles=4x7,version=40").says("or film with 3840 × 2160");
    let paper = plan("qr:pdf=x");
    assert!(!paper.stdout.contains("for a camera") && !paper.stderr.contains("for a camera"), "{paper}");
}

#[test]
fn a_page_knows_its_screen_and_the_camera_it_is_for() {
    let sides = Sides::enrolled();
    let (_, page) = made(&sides, "html", ",version=20,tiles=2x4,fps=24", &mut chance("its_screen"));
    // As if this screen were refreshed 60 times a second, then 75 times; then at 12 pictures a second.
    let script = "const at = (hertz) => { for (let n = 0; n < 62; n++) measure(n * 1000 / hertz); return said('camera'); }; \
                  const all = [said('camera'), at(60), at(75)]; speed(-12); all.push(at(60)); \
                  all.push([...document.getElementById('tiles').options].map((option) => option.value).join(' ')); return all;";
    let Some(answer) = asked_of_page(&page, "#1", "1600,900", script) else { return };
    let all: Vec<String> = serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{answer}"));
    assert!(all[0].contains("924 × 462 pixels") && all[0].contains("camera of 60 pictures a second"), "{answer}");
    assert!(all[1].contains("60 Hz; each picture stands for 2 or 3 refreshes"), "{answer}");
    assert!(all[2].contains("75 Hz; each picture stands for 3 or 4 refreshes"), "{answer}");
    assert!(all[3].contains("camera of 30 pictures") && all[3].contains("stands for 5 refreshes"), "{answer}");
    assert!(all[4].contains("2x4") && all[4].contains("4x7"), "{answer}");
}

/// What the page says about rates is the rule of the program, written a second time in another language.
#[test]
fn the_page_says_of_every_rate_what_the_program_says() {
    let sides = Sides::enrolled();
    let (_, page) = made(&sides, "html", ",version=20", &mut chance("of_every_rate"));
    let script = "const all = []; for (fps = 1; fps <= 60; fps++) { advice(); all.push([said('advice'), said('camera')]); } return all;";
    let Some(answer) = asked_of_page(&page, "#1", "1600,1200", script) else { return };
    let answer = answer.replace("&amp;", "&");
    let said: Vec<[String; 2]> = serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{answer}"));
    assert_eq!(said.len(), 60);
    let between = |text: &str, before: &str, after: &str| {
        text.split_once(before).and_then(|(_, rest)| rest.split_once(after)).map(|(found, _)| found.to_owned())
    };
    let (mut locking, mut fast, mut without) = (0, 0, 0);
    let planner = Sides::enrolled();
    let (file, _) = planner.crl_file(1);
    for (fps, [rate, camera]) in (1..).zip(&said) {
        let link = format!("qr:html={},version=20,fps={fps}", sides.scratch.path("planned.html").display());
        let plan = offline(["plan"]).state(&planner.offline).link(&link).arg(&file).exits(0);
        let plan = format!("{} {}", plan.stdout, plan.stderr);
        let locks = |text: &str| between(text, "may lock to a camera of ", " pictures a second");
        let suits = between(&plan, "pictures a second are for a camera of ", " a second or more");
        assert_eq!(locks(rate), locks(&plan), "{fps}: {rate}\n{plan}");
        assert_eq!(rate.contains("too fast for a camera of 30"), plan.contains("too fast for a camera of 30"), "{fps}");
        assert_eq!(
            between(camera, ", of a camera of ", " pictures a second or more"),
            suits,
            "{fps}: {camera}\n{plan}"
        );
        locking += usize::from(locks(rate).is_some());
        fast += usize::from(rate.contains("too fast"));
        without += usize::from(suits.is_none());
    }
    assert!(locking >= 10 && fast >= 10 && without >= 10, "{locking}, {fast}, {without}: this proved little");
}
