//! Which camera and which screen suit a layout: their pixels, their rates, and the shape of 16:9.
//!
//! Must not: know what is sent.

use crate::link::optical::qr_sheet::Tiles;
use crate::link::optical::qr_symbol::{QUIET_ZONE, QrVersion};

/// Pictures shown a second: a camera of 30 pictures a second surely catches each whole.
pub(super) const FPS_DEFAULT: u32 = 11;
/// Pictures a second that cameras take, the least first.
pub(super) const CAMERAS: [u32; 3] = [25, 30, 60];
/// A shown picture is surely caught where a camera takes so many hundredths of a picture of it, or more: one that falls
/// within it whole, its exposure and its readout, and the time that the screen needs to settle.
const HUNDREDTHS_NEEDED: u32 = 245;
/// A module needs 2.2 pixels of the camera to be read.
const TENTHS_OF_A_PIXEL_NEEDED: u32 = 22;
/// Columns and rows of usual cameras and screens, all 16:9, the least first.
const SIZES: [(u32, u32); 3] = [(1_280, 720), FULL_HD, (3_840, 2_160)];
/// What the defaults are made for.
const FULL_HD: (u32, u32) = (1_920, 1_080);
/// Refreshes a second of an ordinary screen.
const REFRESHES: u32 = 60;

/// Modules across and down a picture of this layout, quiet zones included.
fn modules(version: QrVersion, tiles: Tiles) -> (u32, u32) {
    let side = u32::try_from(version.side() + 2 * QUIET_ZONE).unwrap_or(u32::MAX);
    (side.saturating_mul(tiles.columns), side.saturating_mul(tiles.rows))
}

/// The camera's pixels that a picture of this layout has to fill.
fn camera_pixels(version: QrVersion, tiles: Tiles) -> (u32, u32) {
    let pixels = |modules: u32| modules.saturating_mul(TENTHS_OF_A_PIXEL_NEEDED).div_ceil(10);
    let (across, down) = modules(version, tiles);
    (pixels(across), pixels(down))
}

fn fits(needed: (u32, u32), has: (u32, u32)) -> bool {
    needed.0 <= has.0 && needed.1 <= has.1
}

/// How large the code has to be in the camera's picture, and which camera has so many pixels.
pub(super) fn size_advice(version: QrVersion, tiles: Tiles) -> String {
    let ((across, down), needed) = (modules(version, tiles), camera_pixels(version, tiles));
    let camera = SIZES.iter().find(|size| fits(needed, **size));
    let which = match camera {
        Some(size) if fits(*size, FULL_HD) => format!(", or more: a camera of {} × {} has them", size.0, size.1),
        _ => {
            let larger = camera.map_or(String::new(), |size| format!(", or film with {} × {}", size.0, size.1));
            format!(
                ": more than the {} × {} that a 1080p camera has; choose fewer tiles or a smaller version{larger}",
                FULL_HD.0, FULL_HD.1
            )
        }
    };
    format!(
        "version {}, {across} × {down} modules: the code must fill {} × {} pixels of the camera's picture{which}",
        version.get(),
        needed.0,
        needed.1
    )
}

/// The layout that fills 16:9 better with codes of the same version, where several are shown and a 1080p camera can
/// still read them.
pub(super) fn wide_advice(version: QrVersion, tiles: Tiles) -> Option<String> {
    let widest = (tiles.rows * 16).div_ceil(9).min(8);
    let wider = (tiles.columns + 1..=widest).map(|columns| Tiles { columns, ..tiles });
    let best = wider.rev().find(|wider| fits(camera_pixels(version, *wider), FULL_HD))?;
    let needed = camera_pixels(version, best);
    (tiles.count() > 1).then(|| {
        format!(
            "tiles={best} fills a picture of 16:9: {} codes in each instead of {}, on {} × {} pixels of the camera's",
            best.count(),
            tiles.count(),
            needed.0,
            needed.1
        )
    })
}

/// How many whole pixels a module has on usual screens.
pub(super) fn screen_advice(version: QrVersion, tiles: Tiles) -> String {
    let (across, down) = modules(version, tiles);
    let of = |size: (u32, u32)| (size.0 / across.max(1)).min(size.1 / down.max(1));
    let on = |size: (u32, u32)| match of(size) {
        0 => format!("it does not fit a screen of {} × {}", size.0, size.1),
        1 => format!("a screen of {} × {} shows a module as 1 pixel", size.0, size.1),
        pixels => format!("a screen of {} × {} shows a module as {pixels} pixels", size.0, size.1),
    };
    let large = SIZES.last().copied().unwrap_or(FULL_HD);
    format!("in full screen {}, and {}", on(FULL_HD), on(large))
}

/// The slowest usual camera that surely catches pictures shown so many a second, if there is one.
pub(super) fn slowest_camera(fps: u32) -> Option<u32> {
    CAMERAS.into_iter().find(|camera| camera * 100 >= fps.saturating_mul(HUNDREDTHS_NEEDED))
}

/// For which camera this rate is, and how long each picture stands on a screen of 60 Hz.
pub(super) fn rate_suits(fps: u32) -> Option<String> {
    let camera = slowest_camera(fps)?;
    let faster = CAMERAS.into_iter().max().filter(|fastest| *fastest > camera);
    let faster = faster.map(|camera| (camera, camera * 100 / HUNDREDTHS_NEEDED)).filter(|(_, most)| *most > fps);
    let instead = faster
        .filter(|_| fps >= FPS_DEFAULT)
        .map_or(String::new(), |(camera, most)| format!("; a camera of {camera} a second takes up to fps={most}"));
    Some(format!(
        "{fps} pictures a second are for a camera of {camera} a second or more; on a screen of {REFRESHES} Hz {}{instead}",
        refreshes(fps)
    ))
}

/// How long each picture stands on a screen of 60 Hz.
fn refreshes(fps: u32) -> String {
    let fps = fps.max(1);
    let ms = |refreshes: u32| (refreshes * 1_000 + REFRESHES / 2) / REFRESHES;
    let fewest = REFRESHES / fps;
    if REFRESHES.is_multiple_of(fps) {
        return format!("each stands for {fewest} refreshes ({} ms)", ms(fewest));
    }
    let most = fewest + 1;
    format!("each stands for {fewest} or {most} refreshes ({} or {} ms)", ms(fewest), ms(most))
}

#[cfg(test)]
mod tests {
    use super::{rate_suits, refreshes, screen_advice, size_advice, slowest_camera, wide_advice};
    use crate::link::optical::qr_sheet::Tiles;
    use crate::link::optical::qr_symbol::QrVersion;

    fn version(number: u8) -> QrVersion {
        QrVersion::new(number).unwrap()
    }

    #[test]
    fn the_smallest_camera_that_suffices_is_named() {
        let advice = |number, rows, columns| size_advice(version(number), Tiles { rows, columns });
        assert!(advice(27, 1, 1).contains("293 × 293 pixels") && advice(27, 1, 1).contains("1280 × 720 has"));
        assert!(advice(40, 2, 4).contains("1628 × 814 pixels") && advice(40, 2, 4).contains("1920 × 1080 has"));
        let large = advice(40, 4, 7);
        assert!(large.contains("2849 × 1628") && large.contains("or film with 3840 × 2160"), "{large}");
        assert!(!advice(40, 8, 8).contains("film with"), "no usual camera has 3256 rows");
    }

    #[test]
    fn two_by_four_fills_a_wide_picture() {
        let advice = |rows, columns| wide_advice(version(40), Tiles { rows, columns });
        let wide = advice(2, 2).unwrap();
        assert!(wide.contains("tiles=2x4") && wide.contains("8 codes in each instead of 4"), "{wide}");
        assert_eq!((advice(2, 4), advice(1, 1), advice(3, 3)), (None, None, None));
        assert!(wide_advice(version(20), Tiles { rows: 3, columns: 3 }).unwrap().contains("tiles=3x6"));
    }

    #[test]
    fn whole_pixels_of_a_module_are_told_for_two_screens() {
        let advice = screen_advice(version(40), Tiles { rows: 2, columns: 4 });
        assert!(advice.contains("1920 × 1080 shows a module as 2 pixels"), "{advice}");
        assert!(advice.contains("3840 × 2160 shows a module as 5 pixels"), "{advice}");
        let advice = screen_advice(version(40), Tiles { rows: 8, columns: 8 });
        assert!(advice.contains("does not fit a screen of 1920 × 1080"), "{advice}");
    }

    #[test]
    fn a_rate_is_for_the_slowest_camera_that_surely_catches_it() {
        let cameras: Vec<Option<u32>> = [1, 10, 11, 12, 13, 24, 25, 60].map(slowest_camera).to_vec();
        assert_eq!(cameras, [Some(25), Some(25), Some(30), Some(30), Some(60), Some(60), None, None]);
        assert_eq!(refreshes(24), "each stands for 2 or 3 refreshes (33 or 50 ms)");
        assert_eq!(refreshes(12), "each stands for 5 refreshes (83 ms)");
        assert!(rate_suits(11).unwrap().contains("up to fps=24"), "{:?}", rate_suits(11));
        assert!(!rate_suits(24).unwrap().contains("up to") && rate_suits(30).is_none());
        assert!(!rate_suits(5).unwrap().contains("up to"), "who asks for a slow rate has a reason");
    }
}
