//! Folders of pictures as people have them: still being copied, one name that always holds the newest picture, formats that
//! nobody reads here, subfolders, links, animations, cut files. And single pictures.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rootcast_tests::frames_folder::pictures;
use rootcast_tests::program::Running;
use rootcast_tests::seeds::{Chance, chance};
use rootcast_tests::sides::Sides;

/// A CRL of some kilobytes as pictures: its DER, and the pictures in their order.
fn shown(sides: &Sides, options: &str, chance: &mut Chance) -> (Vec<u8>, Vec<PathBuf>) {
    let (file, crl) = sides.long_crl_file(1, 150, chance);
    let folder = sides.scratch.path("shown");
    sides.send(&format!("qr:png={}{options}", folder.display()), &[file]).exits(0);
    (crl, pictures(&folder))
}

fn link(path: &Path) -> String {
    format!("qr:images={}", path.display())
}

/// A receiver that watches `folder`, once it does.
fn watching(sides: &Sides, folder: &Path) -> Running {
    let mut running = sides.receive(&[link(folder)]).args(["--follow", "--once", "--timeout", "10m"]).start();
    running.wait_for_text("sandboxed by seccomp");
    running
}

#[test]
fn a_picture_that_is_still_being_copied_is_read_once_it_is_whole() {
    let sides = Sides::enrolled();
    let (crl, shown) = shown(&sides, "", &mut chance("still_being_copied"));
    let folder = sides.scratch.subfolder("in");
    let half: Vec<(PathBuf, Vec<u8>)> =
        shown.iter().map(|from| (folder.join(from.file_name().unwrap()), fs::read(from).unwrap())).collect();
    for (path, bytes) in &half {
        fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    }
    let mut running = watching(&sides, &folder);
    // Long enough that each half stood still: it was read, and failed.
    running.wait_for_text("it is cut: the file ends before the picture does");
    for (path, bytes) in &half {
        fs::OpenOptions::new().append(true).open(path).unwrap().write_all(&bytes[bytes.len() / 2..]).unwrap();
    }
    let _ = running.wait().exits_with(0);
    sides.assert_published(&crl);
}

#[test]
fn one_name_that_always_holds_the_newest_picture_is_read_each_time() {
    let sides = Sides::enrolled();
    let (crl, shown) = shown(&sides, "", &mut chance("newest_picture"));
    let folder = sides.scratch.subfolder("in");
    let mut running = watching(&sides, &folder);
    let latest = folder.join("latest.png");
    for round in 0..600 {
        let next = sides.scratch.path("next.png");
        fs::copy(&shown[round % shown.len()], &next).unwrap();
        fs::rename(&next, &latest).unwrap();
        std::thread::sleep(Duration::from_secs(1));
        if !running.runs() {
            break;
        }
    }
    let _ = running.wait().exits_with(0);
    sides.assert_published(&crl);
}

#[test]
fn a_picture_that_fails_is_tried_again_told_once_and_ends_nothing() {
    let sides = Sides::enrolled();
    let (crl, shown) = shown(&sides, "", &mut chance("fails_is_tried_again"));
    let folder = sides.scratch.subfolder("in");
    fs::write(folder.join("a.png"), b"\x89PNG\r\n\x1a\nno picture").unwrap();
    let mut running = watching(&sides, &folder);
    running.wait_for_text("It is read again if it changes");
    for picture in &shown {
        fs::copy(picture, folder.join(picture.file_name().unwrap())).unwrap();
    }
    let _ = running.wait().exits_with(0);
    sides.assert_published(&crl);
}

#[test]
fn what_a_folder_holds_that_is_not_read_is_counted_in_one_line_with_what_to_do() {
    let sides = Sides::enrolled();
    let (_, shown) = shown(&sides, "", &mut chance("not_read"));
    let heic = sides.scratch.subfolder("heic");
    for number in 0..8 {
        fs::write(heic.join(format!("IMG_{number:04}.HEIC")), b"\0\0\0\x18ftypheic").unwrap();
    }
    fs::copy(&shown[0], heic.join("frame.png")).unwrap();
    let ended = sides.receive(&[link(&heic)]).arg("--json").exits(4);
    ended.says("8 passed over: 8 HEIC").says("next: Convert it: heif-convert IN.HEIC OUT.jpg");
    assert_eq!(ended.json()["links"][0]["passed_over"]["to_convert"]["heic"], 8, "{ended}");

    let camera = sides.scratch.subfolder("camera");
    fs::create_dir_all(camera.join("DCIM/100CANON")).unwrap();
    fs::copy(&shown[0], camera.join("DCIM/100CANON/1.png")).unwrap();
    let ended = sides.receive(&[link(&camera)]).exits(4);
    ended.says("1 passed over: 1 subfolder (DCIM)").says("next: Give the folder in which the pictures are");

    let links = sides.scratch.subfolder("links");
    for picture in &shown {
        std::os::unix::fs::symlink(picture, links.join(picture.file_name().unwrap())).unwrap();
    }
    let ended = sides.receive(&[link(&links)]).exits(4);
    ended
        .says(&format!("{0} passed over: {0} links out of the folder", shown.len()))
        .says("next: Copy what the links lead to");
    assert!(!ended.stderr.contains("Permission denied"), "{ended}");
}

#[test]
fn an_animation_is_read_picture_by_picture_in_a_folder_and_by_itself() {
    let mut chance = chance("an_animation_is_read");
    for by_itself in [false, true] {
        let sides = Sides::enrolled();
        let (file, crl) = sides.long_crl_file(1, 150, &mut chance);
        let folder = sides.scratch.subfolder("in");
        let gif = folder.join("codes.gif");
        sides.send(&format!("qr:gif={},version=20", gif.display()), &[file]).exits(0);
        let ended = sides.receive(&[link(if by_itself { &gif } else { &folder })]).arg("--json").exits(0);
        sides.assert_published(&crl);
        assert!(ended.json()["links"][0]["pictures"].as_u64().unwrap() > 10, "{ended}");
    }
}

#[test]
fn an_animation_that_is_cut_brings_its_whole_pictures_and_is_called_cut() {
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 150, &mut chance("animation_cut"));
    let gif = sides.scratch.path("codes.gif");
    sides.send(&format!("qr:gif={},version=20", gif.display()), &[file]).exits(0);
    let whole = fs::read(&gif).unwrap();
    fs::write(&gif, &whole[..whole.len() * 9 / 10]).unwrap();
    sides.receive(&[link(&gif)]).exits(0).says("it is cut");
    sides.assert_published(&crl);
}

#[test]
fn single_pictures_are_links_too() {
    let sides = Sides::enrolled();
    let (crl, shown) = shown(&sides, ",version=30", &mut chance("single_pictures"));
    // Any of them are enough, and each is a link with readers of its own.
    let links: Vec<String> = shown.iter().take(12).map(|picture| link(picture)).collect();
    sides.receive(&links).exits(0);
    sides.assert_published(&crl);
    let missing = sides.scratch.path("missing.png");
    sides.receive(&[link(&missing)]).exits(2).says("Could not open").says("missing.png");
    // The sandbox lets one file be opened, and none that takes its name later.
    sides.receive(&[link(&shown[0])]).arg("--follow").exits(2).says("--follow watches folders");
}

#[test]
fn a_cut_jpeg_and_what_is_no_picture_are_named() {
    let sides = Sides::enrolled();
    let (crl, shown) = shown(&sides, "", &mut chance("cut_jpeg"));
    let folder = sides.scratch.subfolder("in");
    for picture in &shown {
        fs::copy(picture, folder.join(picture.file_name().unwrap())).unwrap();
    }
    let jpeg = folder.join("cut.jpg");
    image::open(&shown[0]).unwrap().to_rgb8().save(&jpeg).unwrap();
    let whole = fs::read(&jpeg).unwrap();
    fs::write(&jpeg, &whole[..whole.len() / 4]).unwrap();
    fs::write(folder.join("telephone.jpg"), b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").unwrap();
    let ended = sides.receive(&[link(&folder)]).exits(0);
    ended.says("cut.jpg is not a readable picture: it is cut").says("telephone.jpg").says("but a HEIC picture");
    sides.assert_published(&crl);
}
