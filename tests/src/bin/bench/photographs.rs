//! Real photographs of QR codes, by other people, with the text each holds.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rootcast_online::link::optical::qr_reader::{GreyPicture, read_symbols};
use rootcast_tests::corpora;
use rxing::common::HybridBinarizer;
use rxing::multi::MultipleBarcodeReader;
use rxing::qrcode::cpp_port::QrReader;
use rxing::{BarcodeFormat, BinaryBitmap, DecodeHints, Luma8Source};

use crate::oracle;
use crate::table::{Table, Target};

pub(crate) fn measure(table: &mut Table) {
    let Some(corpus) = corpora::folder("qr-photos") else {
        println!("\n## Real photographs\n\nSKIPPED: the corpus qr-photos is not there (ROOTCAST_CORPORA).");
        return;
    };
    table.section(
        "Real photographs of QR codes",
        "The corpus qr-photos (zxing-cpp's samples): a picture counts when the text beside it is read. `rxing` with scaled \
         passes is its reader on the picture and on its halves down to an eighth, until it reads something.",
    );
    let photographs = photographs(&corpus);
    let (mut ours, mut rxing, mut wrong, mut slowest) = (0, 0, 0, 0.0_f64);
    let (mut by_oracle, mut unread) = (None, Vec::new());
    for (path, text) in &photographs {
        let Ok(image) = image::open(path) else { continue };
        let grey = image.into_luma8();
        let (width, height) = grey.dimensions();
        let picture = GreyPicture { width, height, luma: grey.into_raw() };
        let begun = Instant::now();
        let read = read_symbols(&picture);
        slowest = slowest.max(begun.elapsed().as_secs_f64());
        let right = read.iter().any(|content| content == text);
        ours += usize::from(right);
        wrong += usize::from(!right && !read.is_empty());
        let theirs = scaled_passes(&picture).iter().any(|content| content.as_bytes() == text);
        rxing += usize::from(theirs);
        let by_zxing = oracle::read(&picture).map(|contents| contents.contains(text));
        if let Some(read) = by_zxing {
            by_oracle = Some(by_oracle.unwrap_or(0) + usize::from(read));
        }
        if !right {
            let by = [("`rxing`", theirs), ("zxing-cpp", by_zxing == Some(true))];
            let by: Vec<&str> = by.iter().filter(|(_, read)| *read).map(|(name, _)| *name).collect();
            let by = if by.is_empty() { "no other reader".to_owned() } else { by.join(" and ") };
            let name = path.strip_prefix(&corpus).unwrap_or(path).display();
            unread.push(format!("{name} (read by {by})"));
        }
    }
    table.figure("photographs with a text", photographs.len() as f64, "", Target::Beside);
    table.figure("read", f64::from(u32::try_from(ours).unwrap()), "", Target::AtLeast(rxing as f64));
    table.figure("read by `rxing` with scaled passes", rxing as f64, "", Target::Beside);
    if let Some(read) = by_oracle {
        table.figure("read by zxing-cpp", read as f64, "", Target::Beside);
    }
    table.figure(
        "read, but not the text beside it (other character sets and modes among them)",
        wrong as f64,
        "",
        Target::Beside,
    );
    table.figure("slowest", slowest, "s", Target::AtMost(1.0));
    if !unread.is_empty() {
        println!("\nNot read by us: {}.", unread.join(", "));
    }
}

/// Every picture that has a text beside it.
fn photographs(corpus: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for folder in fs::read_dir(corpus).expect("the corpus") {
        for entry in fs::read_dir(folder.expect("a folder").path()).into_iter().flatten() {
            let path = entry.expect("a file").path();
            let picture = path.extension().is_some_and(|e| ["png", "jpg", "webp"].iter().any(|known| e == *known));
            if let (true, Ok(text)) = (picture, fs::read(path.with_extension("txt"))) {
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

fn scaled_passes(picture: &GreyPicture) -> Vec<String> {
    let hints = DecodeHints {
        TryHarder: Some(true),
        PossibleFormats: Some([BarcodeFormat::QR_CODE].into_iter().collect()),
        ..DecodeHints::default()
    };
    let grey = image::GrayImage::from_raw(picture.width, picture.height, picture.luma.clone()).expect("a picture");
    for divisor in [1, 2, 3, 4, 8] {
        let (width, height) = (picture.width / divisor, picture.height / divisor);
        if width.min(height) < 20 {
            break;
        }
        let scaled = image::imageops::thumbnail(&grey, width, height);
        let Ok(source) = Luma8Source::new_with_slice(scaled.as_raw(), width, height) else { continue };
        let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
        let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            QrReader.decode_multiple_with_hints(&mut bitmap, &hints).unwrap_or_default()
        }))
        .unwrap_or_default();
        if !read.is_empty() {
            return read.iter().map(|result| result.getText().to_owned()).collect();
        }
    }
    Vec::new()
}
