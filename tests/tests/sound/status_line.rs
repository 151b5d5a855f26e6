//! What a person sees while sound comes in: the line at the bottom of the terminal.

use std::io::Write;

use rootcast_tests::program::offline;
use rootcast_tests::pty::Seat;
use rootcast_tests::sides::Sides;
use rootcast_tests::sound_channel::{SoundChannel, read_wave, wave};

#[test]
fn the_status_line_has_level_noise_mode_and_clock_while_sound_comes_in() {
    let sides = Sides::enrolled();
    let recording = sides.scratch.path("sent.wav");
    let link = format!("audio:wav={},mode=64-4/5", recording.display());
    // The pattern, so that nothing is complete meanwhile.
    offline(["link", "test", "--passes", "1"]).link(link).exits(0);
    let (heard, _) = SoundChannel { ppm: 120.0, ..SoundChannel::mild(3, 25.0) }.carry(&read_wave(&recording));
    let pipe = sides.scratch.pipe("cable");
    let mut seat = Seat::start(&sides.receive(&[format!("audio:wav={}", pipe.display())]), 400, 40);
    let mut cable = seat.running.writes_into(&pipe);
    cable.write_all(&wave(1, &heard)).unwrap();
    // The pipe stays open: this is what is shown while it listens.
    let line = |seat: &Seat| -> Option<String> {
        let screen = seat.screen();
        let shown = screen.rsplit("\u{b7} audio:wav=").find(|part| part.contains("codewords read"));
        shown.map(|part| part.split(" codewords read").next().unwrap_or_default().to_owned())
    };
    seat.until(|seat| line(seat).is_some_and(|line| line.contains("clock")));
    let shown = line(&seat).unwrap();
    let number = |from: &str, to: &str| -> f64 {
        let text = shown.split(from).nth(1).and_then(|text| text.split(to).next()).unwrap_or_else(|| panic!("{shown}"));
        text.parse().unwrap_or_else(|_| panic!("{text:?} in {shown}"))
    };
    assert!(shown.contains("mode 64-4/5"), "{shown}");
    let (level, snr, clock) = (number("level ", " dBFS"), number("SNR ", " dB"), number("clock ", " ppm"));
    assert!((-25.0..-5.0).contains(&level), "{shown}");
    assert!((20.0..30.0).contains(&snr), "{shown}");
    // The sender's clock, as the receiver's sees it.
    assert!((clock.abs() - 120.0).abs() < 25.0, "{shown}");
    seat.running.terminate();
    seat.until(|seat| !seat.running.runs());
    drop(cable);
}
