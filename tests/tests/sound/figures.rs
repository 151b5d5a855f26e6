//! The figures of the modem, in the simulated channel.

use rootcast_protocol::sound::mode::Mode;
use rootcast_tests::sound_channel::{Dice, DropoutKind, Dropouts, Ripple, SoundChannel};

use rootcast_tests::modem::{heard, sent, through};

#[test]
fn each_level_of_noise_has_a_mode_that_comes_through_whole() {
    for (snr, mode) in [
        (4.0, Mode::Qpsk12),
        (7.0, Mode::Qpsk45),
        (9.0, Mode::Qam16R12),
        (11.0, Mode::Qam16R23),
        (13.0, Mode::Qam16R45),
        (15.0, Mode::Qam64R23),
        (18.0, Mode::Qam64R45),
        (20.0, Mode::Qam256R23),
        (24.0, Mode::Qam256R45),
        (26.0, Mode::Qam1024R23),
        (30.0, Mode::Qam1024R45),
        (36.0, Mode::Qam4096R45),
    ] {
        let (share, report) = through(&SoundChannel::mild(31, snr), &[mode; 4]);
        println!("{mode} at {snr} dB: {share:.3} of the codewords");
        let needed = if mode == Mode::Qam4096R45 { 0.95 } else { 1.0 };
        assert!(share >= needed, "{mode} at {snr} dB: {share} {report:?}");
        let clock = (1.0 / report.clock.unwrap() - 1.0) * 1e6;
        assert!((clock + 50.0).abs() < 20.0, "{mode}: the clock is off by {clock} ppm");
    }
}

#[test]
fn a_dropout_every_second_costs_what_it_hits_and_little_more() {
    let mode = Mode::Qam1024R45;
    for kind in [DropoutKind::Zeroed, DropoutKind::Lost, DropoutKind::Inserted] {
        let dropouts = Some(Dropouts { kind, per_second: 1.0 });
        let (share, report) = through(&SoundChannel { dropouts, ..SoundChannel::mild(5, 35.0) }, &[mode; 40]);
        println!("{kind:?}: {share:.3} of the codewords");
        assert!(share >= 0.85, "{kind:?}: {share} {report:?}");
    }
}

#[test]
fn an_uneven_response_and_far_clocks_cost_nothing() {
    for ppm in [-300.0, 300.0, -1_000.0, 1_000.0] {
        let channel = SoundChannel { ppm, ripple: Ripple::Harsh, ..SoundChannel::mild(8, 35.0) };
        let (share, report) = through(&channel, &[Mode::Qam1024R45; 6]);
        assert!(share >= 0.95, "{ppm} ppm: {share} {report:?}");
    }
}

#[test]
fn quiet_inverted_or_coarse_sound_is_read_and_clipping_is_counted() {
    let mild = SoundChannel::mild(9, 35.0);
    for channel in
        [SoundChannel { gain: -34.0, is_inverted: true, ..mild.clone() }, SoundChannel { bits: 8, ..mild.clone() }]
    {
        let (share, report) = through(&channel, &[Mode::Qam256R45; 4]);
        assert!(share >= 1.0 && report.clipped < 1e-3, "{channel:?}: {share} {report:?}");
    }
    let (share, report) = through(&SoundChannel { gain: 9.0, ..mild }, &[Mode::Qpsk45; 4]);
    assert!(share >= 1.0 && report.clipped > 0.01, "9 dB too loud: {share} {report:?}");
}

#[test]
fn all_faults_together_cost_what_the_dropouts_hit_and_bring_no_wrong_codeword() {
    let mode = Mode::Qam64R45;
    for (seed, ppm) in [(21, 300.0), (22, -300.0)] {
        let channel = SoundChannel {
            ppm,
            ripple: Ripple::Harsh,
            gain: -26.0,
            is_inverted: true,
            ..SoundChannel::mild(seed, 30.0)
        };
        let (samples, bytes) = sent(&[mode; 60], seed);
        let (mut arrived, _) = channel.carry(&samples);
        let mut dice = Dice::new(seed + 100);
        // Each kind every three seconds: one of any kind in a second.
        for kind in [DropoutKind::Zeroed, DropoutKind::Lost, DropoutKind::Inserted] {
            let (hit, count) = Dropouts { kind, per_second: 1.0 / 3.0 }.hit(arrived, &mut dice);
            assert!(count >= 7, "{kind:?}: {count}");
            arrived = hit;
        }
        let (told, report) = heard(&arrived);
        let size = mode.codeword_bytes();
        let known: std::collections::HashSet<&[u8]> = bytes.chunks(size).collect();
        let wrong =
            told.chunks(size).filter(|told| told.iter().any(|byte| *byte != 0) && !known.contains(told)).count();
        let share = report.good.iter().sum::<u64>() as f64 / (60 * mode.codewords()) as f64;
        println!("{ppm} ppm: {share:.3} of the codewords");
        assert_eq!(wrong, 0, "{channel:?}: {report:?}");
        assert!(share >= 0.85, "{channel:?}: {share} {report:?}");
        // It happened: the sound is quiet, and its clock is off.
        let clock = (1.0 / report.clock.unwrap() - 1.0) * 1e6;
        assert!((clock + ppm).abs() < 60.0, "the clock is off by {clock} ppm");
        assert!(report.power < 0.001, "{report:?}");
    }
}
