//! QR pictures in a folder: missing, doubled, out of order, photographed.

use std::path::PathBuf;

use rootcast_tests::camera::{Shot, photograph};
use rootcast_tests::frames_folder::{copy, pictures, with_missing};
use rootcast_tests::seeds::{Chance, chance};
use rootcast_tests::sides::Sides;

/// Shows a CRL of some kilobytes as pictures; gives its DER and the folder.
fn shown(sides: &Sides, options: &str, chance: &mut Chance) -> (Vec<u8>, PathBuf) {
    let (file, crl) = sides.long_crl_file(1, 150, chance);
    let folder = sides.scratch.path("pictures");
    sides.send(&format!("qr:png={}{options}", folder.display()), &[file]).exits(0);
    (crl, folder)
}

fn look_at(sides: &Sides, folder: &std::path::Path) -> rootcast_tests::program::Program {
    sides.receive(&[format!("qr:images={}", folder.display())])
}

#[test]
fn pictures_are_named_in_order_and_read_back() {
    let sides = Sides::enrolled();
    let (crl, folder) = shown(&sides, "", &mut chance("pictures_are_named"));
    let names: Vec<String> =
        pictures(&folder).iter().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect();
    for (number, name) in names.iter().enumerate() {
        assert_eq!(*name, format!("frame-{number:05}.png"));
    }
    look_at(&sides, &folder).arg("--once").exits(0);
    sides.assert_published(&crl);
}

#[test]
fn pictures_missing_doubled_and_out_of_order_are_enough() {
    let mut chance = chance("pictures_missing");
    let sides = Sides::enrolled();
    let (crl, folder) = shown(&sides, ",version=13", &mut chance);
    let all = pictures(&folder).len();
    let mut which = with_missing(all, 0.3, &mut chance);
    assert!(which.len() < all);
    which.extend(chance.choose(5.min(which.len()), which.len()).into_iter().map(|at| which[at]).collect::<Vec<_>>());
    chance.shuffle(&mut which);
    let seen = sides.scratch.path("seen");
    copy(&folder, &which, &seen);
    look_at(&sides, &seen).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn a_late_start_needs_no_first_picture() {
    let mut chance = chance("late_start");
    let sides = Sides::enrolled();
    let (crl, folder) = shown(&sides, ",version=13", &mut chance);
    let all = pictures(&folder).len();
    let late: Vec<usize> = (all / 3..all).collect();
    let seen = sides.scratch.path("seen");
    copy(&folder, &late, &seen);
    look_at(&sides, &seen).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn simulated_photographs_are_read() {
    let mut chance = chance("simulated_photographs");
    let sides = Sides::enrolled();
    let (crl, folder) = shown(&sides, ",version=20", &mut chance);
    let seen = sides.scratch.subfolder("photographs");
    for (number, picture) in pictures(&folder).iter().enumerate() {
        let ending = if number % 2 == 0 { "png" } else { "jpg" };
        photograph(picture, &seen.join(format!("photo-{number:05}.{ending}")), &Shot::HAND_HELD, &mut chance);
    }
    look_at(&sides, &seen).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn pictures_of_something_else_are_passed_over() {
    let sides = Sides::enrolled();
    let (crl, folder) = shown(&sides, "", &mut chance("something_else"));
    image::GrayImage::from_pixel(300, 200, image::Luma([128])).save(folder.join("cat.png")).unwrap();
    std::fs::write(folder.join("broken.png"), b"\x89PNG\r\n\x1a\nnot a picture").unwrap();
    std::fs::write(folder.join("empty.jpg"), b"").unwrap();
    std::fs::File::create(folder.join("huge.png")).unwrap().set_len(10 << 30).unwrap();
    // Nobody writes into it: whoever opens it waits.
    assert!(std::process::Command::new("mkfifo").arg(folder.join("aaa.png")).status().unwrap().success());
    let ended = look_at(&sides, &folder).exits(0);
    assert!(!ended.stderr.contains("given up"), "{ended}");
    sides.assert_published(&crl);
}

#[test]
fn a_folder_without_a_code_in_it_is_incomplete() {
    let sides = Sides::enrolled();
    let folder = sides.scratch.subfolder("holiday");
    image::GrayImage::from_pixel(300, 200, image::Luma([128])).save(folder.join("beach.png")).unwrap();
    look_at(&sides, &folder).exits(4);
    assert!(sides.published().iter().all(|(path, _)| !path.starts_with("crl")));
}

#[test]
fn a_folder_that_holds_frames_is_not_written_into() {
    let sides = Sides::enrolled();
    let (_, folder) = shown(&sides, "", &mut chance("holds_frames"));
    let before = rootcast_tests::scratch::tree(&folder);
    let file = sides.scratch.path("root-1.crl");
    sides.send(&format!("qr:png={}", folder.display()), &[file]).exits(2).says("output-exists");
    assert_eq!(rootcast_tests::scratch::tree(&folder), before);
}
