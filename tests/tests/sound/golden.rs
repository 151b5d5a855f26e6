//! One recording of every mode, in the repository: it can be read for ever, and is written as it was.

use rootcast_protocol::sound::mode::Mode;

use rootcast_tests::modem::{heard, sent};

fn samples() -> Vec<i16> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sound/every-mode.wav");
    if std::env::var_os("ROOTCAST_WRITE_GOLDEN_SOUND").is_some() {
        std::fs::write(path, rootcast_tests::sound_channel::wave(1, &sent(&Mode::ALL, 2_026).0)).unwrap();
    }
    rootcast_tests::sound_channel::read_wave(path.as_ref())
}

#[test]
fn a_recording_of_every_mode_is_read_byte_by_byte() {
    let (told, report) = heard(&samples());
    assert_eq!(told, sent(&Mode::ALL, 2_026).1, "{report:?}");
}

#[test]
fn what_is_written_today_is_that_recording_to_the_last_step() {
    let (golden, (today, _)) = (samples(), sent(&Mode::ALL, 2_026));
    assert_eq!(golden.len(), today.len());
    let worst = golden.iter().zip(&today).map(|(then, now)| (i32::from(*then) - i32::from(*now)).abs()).max();
    assert!(worst <= Some(1), "{worst:?}");
}
