//! When which row is exposed, what the panel shows during that time, and how the hand moves meanwhile.

use super::panel::Panel;
use crate::seeds::Chance;

/// The shutter and its clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shutter {
    /// Frames a second.
    pub rate: f64,
    /// How long each row takes light, in seconds.
    pub exposure: f64,
    /// From the first row to the last, in seconds; 0 is a global shutter.
    pub readout: f64,
}

impl Shutter {
    /// A cheap one: a rolling shutter of 30 frames a second whose readout takes nearly the whole period.
    pub const WEBCAM: Self = Self { rate: 30.0, exposure: 0.010, readout: 0.028 };
    /// All rows at once, in no time.
    pub const GLOBAL: Self = Self { rate: 30.0, exposure: 0.0, readout: 0.0 };
}

/// Moments within one exposure at which the panel is looked at.
const MOMENTS: u32 = 8;
/// After so many settling times nothing of the earlier picture is seen.
const SETTLED: f64 = 11.0;
/// How many pictures one place of the panel may show at once: the newest and what is left of two before it.
pub(super) const AT_ONCE: usize = 3;

/// What one place of the panel shows during an exposure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mix {
    /// The newest picture.
    pub(super) newest: usize,
    /// Shares of the newest and of those before it, in 1/32768; they sum to that.
    pub(super) shares: [u32; AT_ONCE],
}

/// What a place of the panel to which the scan-out comes `delay` seconds after the top shows from `from` for `exposure`
/// seconds. Picture `n` begins at the top at `begins[n]`; the first is there since ever.
pub(super) fn mix(panel: &Panel, begins: &[f64], delay: f64, from: f64, exposure: f64) -> Mix {
    let current = |time: f64| begins.iter().rposition(|begun| begun + delay <= time).unwrap_or(0);
    let newest = current(from + exposure);
    if newest == 0 || from - begins[newest] - delay > SETTLED * panel.settling {
        return Mix { newest, shares: [1 << 15, 0, 0] };
    }
    let mut shares = [0.0; AT_ONCE];
    for moment in 0..MOMENTS {
        let time = from + exposure * (f64::from(moment) + 0.5) / f64::from(MOMENTS);
        let (mut left, mut until) = (1.0, time);
        for number in (0..=current(time)).rev() {
            let back = newest - number;
            let begun = if number == 0 { f64::MIN } else { begins[number] + delay };
            let remains = if panel.settling > 0.0 { (-(until - begun) / panel.settling).exp() } else { 0.0 };
            let last = number == 0 || back + 1 >= AT_ONCE;
            shares[back.min(AT_ONCE - 1)] += if last { left } else { left * (1.0 - remains) };
            if last {
                break;
            }
            left *= remains;
            until = begun;
        }
    }
    let mut shares = shares.map(|share| (share / f64::from(MOMENTS) * 32_768.0).round() as u32);
    shares[0] = 32_768 - shares[1..].iter().sum::<u32>();
    Mix { newest, shares }
}

/// A hand that holds the camera.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shake {
    /// How far the picture moves either way, in camera pixels.
    pub reach: f64,
    /// How often it comes and goes in a second.
    pub hertz: f64,
}

impl Shake {
    /// A tripod.
    pub const NONE: Self = Self { reach: 0.0, hertz: 0.0 };
    /// A steady hand: physiological tremor is some 8 to 12 Hz and small.
    pub const HAND: Self = Self { reach: 2.0, hertz: 6.0 };
}

/// The way of the picture over the sensor.
#[derive(Debug, Clone)]
pub(super) struct Sway {
    shake: Shake,
    phases: [f64; 4],
}

impl Sway {
    pub(super) fn new(shake: Shake, chance: &mut Chance) -> Self {
        Self { shake, phases: [(); 4].map(|()| chance.fraction() * std::f64::consts::TAU) }
    }

    pub(super) fn is_still(&self) -> bool {
        self.shake.reach <= 0.0
    }

    /// Where the picture is at this time, in camera pixels.
    fn at(&self, time: f64) -> (f64, f64) {
        let turn = time * self.shake.hertz * std::f64::consts::TAU;
        let [a, b, c, d] = self.phases;
        let along =
            |one: f64, other: f64| (0.6 * (turn + one).sin() + 0.4 * (turn * 1.7 + other).sin()) * self.shake.reach;
        (along(a, b), along(c, d))
    }

    /// Places along the way during an exposure, close enough together for a smear without steps.
    pub(super) fn places(&self, from: f64, exposure: f64) -> Vec<(f64, f64)> {
        let (begin, end) = (self.at(from), self.at(from + exposure));
        let count = ((begin.0 - end.0).hypot(begin.1 - end.1) * 1.5).ceil().clamp(1.0, 12.0) as u32;
        (0..count).map(|n| self.at(from + exposure * (f64::from(n) + 0.5) / f64::from(count))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Mix, mix};
    use crate::camera::Panel;

    const QUICK: Panel = Panel { settling: 0.0, ..Panel::INSTANT };

    #[test]
    fn a_picture_that_changes_in_mid_exposure_is_half_of_each() {
        let begins = [0.0, 0.1, 0.2];
        assert_eq!(mix(&QUICK, &begins, 0.0, 0.11, 0.01), Mix { newest: 1, shares: [32_768, 0, 0] });
        assert_eq!(mix(&QUICK, &begins, 0.0, 0.195, 0.01), Mix { newest: 2, shares: [16_384, 16_384, 0] });
        assert_eq!(
            mix(&QUICK, &begins, 0.02, 0.195, 0.01),
            Mix { newest: 1, shares: [32_768, 0, 0] },
            "lower rows later"
        );
    }

    #[test]
    fn a_slow_panel_still_shows_what_was_there_before() {
        let slow = Panel { settling: 0.02, ..QUICK };
        let begins = [0.0, 0.1, 0.14];
        let Mix { newest, shares } = mix(&slow, &begins, 0.0, 0.16, 0.0);
        assert_eq!(newest, 2);
        let part = |share: u32| f64::from(share) / 32_768.0;
        assert!((part(shares[0]) - (1.0 - (-1.0_f64).exp())).abs() < 1e-3, "{shares:?}");
        assert!((part(shares[2]) - (-3.0_f64).exp()).abs() < 1e-3, "{shares:?}");
        assert_eq!(shares.iter().sum::<u32>(), 32_768);
    }
}
