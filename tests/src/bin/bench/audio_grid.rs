//! What share of the codewords arrives: at each level of noise in its best mode, beside dropouts, and with far clocks.

use rootcast_protocol::sound::mode::Mode;
use rootcast_protocol::sound::profile::SUPERFRAME;
use rootcast_tests::modem::through;
use rootcast_tests::sound_channel::{DropoutKind, Dropouts, Ripple, SoundChannel};

use crate::table::{Table, Target};

/// Noise below the signal, in dB, and the fastest mode that serves there.
const BEST: [(f64, Mode); 9] = [
    (4.0, Mode::Qpsk12),
    (6.0, Mode::Qpsk45),
    (8.0, Mode::Qam16R12),
    (10.0, Mode::Qam16R23),
    (15.0, Mode::Qam64R23),
    (20.0, Mode::Qam64R45),
    (25.0, Mode::Qam256R45),
    (30.0, Mode::Qam1024R45),
    (35.0, Mode::Qam4096R45),
];

pub(crate) fn measure(table: &mut Table) {
    table.section(
        "Audio cable: codewords",
        "The same channel, and the modem alone. The share of the codewords that arrive, of 20 superframes each (one seed); kB/s \
         is what these carry, frames' headers included. Dropouts: one of 5 to 15 ms in each second, 60 superframes.",
    );
    for (snr, mode) in BEST {
        let (share, _) = through(&SoundChannel::mild(31, snr), &[mode; 20]);
        table.figure(&format!("{snr} dB: {mode}, codewords that arrive"), 100.0 * share, "%", Target::Beside);
        let carried = mode.bytes() as f64 * share * 48_000.0 / SUPERFRAME as f64;
        table.figure(&format!("{snr} dB: {mode}"), carried / 1000.0, "kB/s", Target::Beside);
    }
    let mode = Mode::Qam1024R45;
    let (clean, _) = through(&SoundChannel::mild(5, 35.0), &[mode; 60]);
    for kind in [DropoutKind::Zeroed, DropoutKind::Lost, DropoutKind::Inserted] {
        for seed in [5, 6, 7] {
            let dropouts = Some(Dropouts { kind, per_second: 1.0 });
            let (share, _) = through(&SoundChannel { dropouts, ..SoundChannel::mild(seed, 35.0) }, &[mode; 60]);
            let kind = format!("{kind:?}").to_lowercase();
            let what = format!("35 dB: {mode}, {kind} samples, seed {seed}, beside none");
            table.figure(&what, share / clean, "×", Target::AtLeast(0.85));
        }
    }
    for ppm in [-1_000.0, -300.0, 300.0, 1_000.0] {
        let channel = SoundChannel { ppm, ripple: Ripple::Harsh, ..SoundChannel::mild(8, 35.0) };
        let (share, _) = through(&channel, &[mode; 20]);
        table.figure(
            &format!("35 dB: {mode}, ±1.5 dB, {ppm} ppm, beside none"),
            share / clean,
            "×",
            Target::AtLeast(0.95),
        );
    }
}
