//! Drawing version 40 symbols: one fixed mask beside the crate's own choice among eight.

use std::hint::black_box;
use std::time::Instant;

use qrcode::{EcLevel, QrCode, Version};
use rootcast_offline::link::optical::qr_symbol::{QrPen, QrVersion};
use rootcast_tests::seeds::Chance;

use crate::table::{Table, Target};

pub(crate) fn measure(table: &mut Table) {
    table.section("Drawing a version 40 QR symbol", "Random bytes, byte mode, level L, one thread; the median of 200.");
    let version = QrVersion::new(40).expect("version 40");
    let pen = QrPen::new(version);
    let mut chance = Chance::new(40);
    let frames: Vec<Vec<u8>> = (0..200).map(|_| chance.bytes(version.capacity())).collect();
    let ours = median(&frames, |frame| {
        black_box(pen.draw(frame).expect("a symbol"));
    });
    let theirs = median(&frames[..40], |frame| {
        black_box(QrCode::with_version(frame, Version::Normal(40), EcLevel::L).expect("a symbol"));
    });
    table.figure("fixed mask", ours, "ms", Target::AtMost(0.5));
    table.figure("`qrcode`'s default", theirs, "ms", Target::Beside);
    table.figure("ratio", theirs / ours, "×", Target::Beside);
}

fn median(frames: &[Vec<u8>], mut draw: impl FnMut(&[u8])) -> f64 {
    let mut times: Vec<f64> = frames
        .iter()
        .map(|frame| {
            let begun = Instant::now();
            draw(frame);
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
