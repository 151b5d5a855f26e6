//! The pictures of a soak: put into the folder, looked at, taken away again. Names come back.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::seeds::Chance;
use crate::sides::Sides;

/// One comes every so often.
const EVERY: Duration = Duration::from_secs(3);
/// So many are there at a time.
const AT_ONCE: usize = 8;

/// A picture of a frame as the offline program draws it: of an intermediate certificate.
pub(super) fn true_picture(sides: &Sides) -> Vec<u8> {
    let (file, _) = sides.intermediate_file("Example Issuing CA 1");
    let folder = sides.scratch.path("drawn");
    sides.send(&format!("qr:png={}", folder.display()), &[file]).args(["--passes", "1"]).exits(0);
    fs::read(folder.join("frame-00000.png")).expect("a picture")
}

/// Puts pictures into `folder` until told to end.
pub(super) fn keep_coming(folder: &Path, picture: &[u8], mut chance: Chance, ends: &AtomicBool) {
    let mut there: VecDeque<PathBuf> = VecDeque::new();
    for number in 0_u64.. {
        if ends.load(Ordering::Relaxed) {
            return;
        }
        let bytes = match chance.below(4) {
            0 | 1 => picture.to_vec(),
            2 => picture[..chance.below(picture.len())].to_vec(),
            _ => noise(&mut chance),
        };
        // Written beside and renamed, as whoever copies pictures should; a new name each time, as cameras give.
        let (hidden, path) = (folder.join(".part"), folder.join(format!("picture-{number:08}.png")));
        fs::write(&hidden, bytes).expect("a picture");
        fs::rename(&hidden, &path).expect("a picture");
        there.push_back(path);
        if there.len() > AT_ONCE
            && let Some(oldest) = there.pop_front()
        {
            fs::remove_file(oldest).expect("a picture to remove");
        }
        thread::sleep(EVERY);
    }
}

fn noise(chance: &mut Chance) -> Vec<u8> {
    let (width, height) = (64 + chance.below(400) as u32, 64 + chance.below(400) as u32);
    let grey = image::GrayImage::from_raw(width, height, chance.bytes((width * height) as usize)).expect("a picture");
    let mut bytes = std::io::Cursor::new(Vec::new());
    grey.write_to(&mut bytes, image::ImageFormat::Png).expect("a picture");
    bytes.into_inner()
}
