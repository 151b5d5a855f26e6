//! What people should do about the sound, and what it is like.

use rootcast_protocol::sound::mode::Mode;

use super::piece::SoundState;

/// A share of samples at full scale that costs the better modes.
const CLIPPED_MIN: f32 = 1e-3;
/// How many times its root mean square a peak of ours should have room for.
const ROOM_FOR_PEAKS: f32 = 4.0;
/// Below this a cable is good, and a volume is low.
const QUIET: f32 = -45.0;
/// Below this nothing is played.
const SILENT: f32 = -70.0;
/// Clocks differ by less, in millionths.
const CLOCK_MAX: f32 = 400.0;
/// Seconds of sound after which somebody should have been recognised.
const RECOGNISED_AFTER: f32 = 3.0;

/// What to do, if there is something.
pub(crate) fn advice(state: &SoundState) -> Option<String> {
    let is_heard = state.superframes > 0;
    let clipped = state.signal.map_or(0.0, |signal| signal.clipped).max(state.clipped);
    if clipped > CLIPPED_MIN {
        return Some(format!("input clips: lower the sender's volume by {} dB", too_loud(clipped)));
    }
    if let Some(clock) = state.clock.filter(|clock| clock.abs() > CLOCK_MAX) {
        return Some(format!("clock off by {} ppm: is one device set to another sample rate?", signed(clock)));
    }
    let level = state.judged_level();
    if level < SILENT {
        return (state.seconds > RECOGNISED_AFTER && !is_heard)
            .then(|| "silence: nothing is played, or the cable is in another socket".to_owned());
    }
    if level < QUIET {
        return Some(format!("input at {level:.0} dBFS: raise it"));
    }
    (state.seconds > RECOGNISED_AFTER && !is_heard).then(|| {
        "sound arrives, none of it ours: check that the sender is sending, and that nothing changes the sound on the way"
            .to_owned()
    })
}

/// What the sound is like, in one line.
pub(crate) fn summary(state: &SoundState) -> String {
    let mut parts = vec![format!("level {:.0} dBFS", state.judged_level())];
    parts.extend(state.snr.map(|snr| format!("SNR {snr:.0} dB")));
    parts.extend(state.mode().map(|mode| format!("mode {mode}")));
    parts.extend(state.clock.map(|clock| format!("clock {} ppm", signed(clock))));
    let (good, all) = state.modes().fold((0, 0), |(good, all), (_, more, of)| (good + more, all + of));
    if all > 0 {
        parts.push(format!("{good} of {all} codewords read"));
    }
    parts.join(", ")
}

/// The signal above its noise, in dB, from which on each mode arrives whole: estimated between those modes that were
/// measured in a simulated channel (docs/measurements.md).
const SNR_NEEDED: [f32; Mode::ALL.len()] = [5.0, 8.0, 10.0, 12.0, 14.0, 17.0, 19.0, 22.0, 24.0, 27.0, 31.0, 36.0];

/// The share of codewords with which a mode serves.
const SERVES: f32 = 0.98;

/// The fastest mode that this cable carries: what was heard decides, and where a mode was not heard, the noise.
pub(crate) fn best_mode(state: &SoundState) -> Option<Mode> {
    let heard: Vec<(Mode, f32)> = state
        .modes()
        .map(|(mode, good, all)| {
            #[expect(clippy::cast_precision_loss, reason = "a share")]
            let share = good as f32 / all as f32;
            (mode, share)
        })
        .collect();
    let fails = heard.iter().filter(|(_, share)| *share < SERVES).map(|(mode, _)| *mode).min();
    let serves = |(mode, needed): &(Mode, f32)| match heard.iter().find(|(known, _)| known == mode) {
        Some((_, share)) => *share >= SERVES,
        None => fails.is_none_or(|fails| *mode < fails) && state.snr.is_some_and(|snr| snr >= *needed),
    };
    Mode::ALL.into_iter().zip(SNR_NEEDED).rev().find(serves).map(|(mode, _)| mode)
}

/// By how many decibels our signal is too loud where this share of its samples is at full scale: it is distributed
/// normally (Abramowitz and Stegun, 26.2.22).
fn too_loud(clipped: f32) -> u32 {
    let t = (-2.0 * (clipped / 2.0).clamp(1e-9, 0.49).ln()).sqrt();
    let peaks = t - (2.307_53 + 0.270_61 * t) / (1.0 + 0.992_29 * t + 0.044_81 * t * t);
    let decibels = 20.0 * (ROOM_FOR_PEAKS / peaks.max(0.3)).log10();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to 23")]
    let whole = decibels.ceil().max(1.0) as u32;
    whole
}

fn signed(clock: f32) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturating, for people")]
    let whole = clock.abs().round() as u64;
    let sign = if clock < 0.0 { "-" } else { "+" };
    format!("{sign}{}", grouped(whole))
}

/// A number below a million with a comma before its thousands.
fn grouped(number: u64) -> String {
    match (number / 1_000, number % 1_000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{thousands},{rest:03}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Mode, SoundState, advice, best_mode, summary};
    use crate::link::sound::piece::Signal;

    fn state() -> SoundState {
        SoundState {
            seconds: 10.0,
            level: -13.0,
            superframes: 20,
            snr: Some(34.4),
            mode: Some(10),
            clock: Some(50.2),
            ..SoundState::default()
        }
    }

    #[test]
    fn each_fault_has_its_advice_and_a_good_cable_none() {
        let told = |state: SoundState| advice(&state).unwrap_or_default();
        assert_eq!(told(state()), "");
        // Our level of -13 dBFS, 6 dB louder: 2.6 % of the samples.
        assert_eq!(told(SoundState { clipped: 0.026, ..state() }), "input clips: lower the sender's volume by 6 dB");
        assert!(told(SoundState { clock: Some(-1000.4), ..state() }).starts_with("clock off by -1,000 ppm"));
        assert_eq!(told(SoundState { level: -52.0, ..state() }), "input at -52 dBFS: raise it");
        // The sender has ended, and somebody goes on recording.
        let signal = Some(Signal { level: -13.0, clipped: 0.0 });
        assert_eq!(told(SoundState { level: -52.0, signal, ..state() }), "");
        assert_eq!(summary(&SoundState { level: -52.0, signal, ..state() }), summary(&state()));
        let quiet = Some(Signal { level: -50.0, clipped: 0.0 });
        assert_eq!(told(SoundState { signal: quiet, ..state() }), "input at -50 dBFS: raise it");
        let loud = Some(Signal { level: -3.0, clipped: 0.026 });
        assert!(told(SoundState { signal: loud, ..state() }).starts_with("input clips"));
        let foreign = SoundState { superframes: 0, ..state() };
        assert!(told(foreign.clone()).starts_with("sound arrives, none of it ours"));
        assert_eq!(told(SoundState { seconds: 1.0, ..foreign.clone() }), "");
        assert!(told(SoundState { level: -90.0, ..foreign }).starts_with("silence"));
        let mut mixed = state();
        (mixed.good[1], mixed.good[6], mixed.good[10], mixed.bad[10]) = (16, 18, 10, 20);
        assert_eq!(best_mode(&mixed), Some(Mode::Qam1024R23), "34 dB, and 1024-4/5 was heard to fail");
        mixed.bad[10] = 0;
        assert_eq!(best_mode(&mixed), Some(Mode::Qam1024R45));
        assert_eq!(best_mode(&SoundState { snr: Some(38.0), ..state() }), Some(Mode::Qam4096R45));
        assert_eq!(best_mode(&SoundState { snr: Some(2.0), ..state() }), None);
        assert_eq!(summary(&state()), "level -13 dBFS, SNR 34 dB, mode 1024-4/5, clock +50 ppm");
    }
}
