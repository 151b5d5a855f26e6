//! Light that does not stand still: a backlight that is switched, and a camera that hunts for the right exposure.

use std::f64::consts::TAU;

/// A backlight dimmed by pulses: on for a part of each period, off for the rest. A rolling shutter makes bands of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backlight {
    /// Pulses a second.
    pub hertz: f64,
    /// The share of each period in which it is on.
    pub duty: f64,
}

impl Backlight {
    /// The light of an exposure from `from`, beside that of a backlight which is always on and as bright in the mean.
    pub(super) fn light(&self, from: f64, exposure: f64) -> f64 {
        let lit_until = |time: f64| {
            let periods = time * self.hertz;
            periods.floor() * self.duty + periods.fract().abs().min(self.duty)
        };
        // A shutter without any exposure time sees the light of that moment.
        let exposure = exposure.max(1e-6);
        // No moment lies before the first pulse.
        let from = from + (10.0 * self.hertz).ceil() / self.hertz;
        (lit_until(from + exposure) - lit_until(from)) / (exposure * self.hertz * self.duty)
    }
}

/// A camera that never settles on an exposure: brighter, darker, brighter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hunting {
    /// How far it goes either way, in stops: 1 is twice and half the light.
    pub stops: f64,
    /// How often it comes and goes in a second.
    pub hertz: f64,
}

impl Hunting {
    /// The gain at this time, of a camera that began at this part of a round.
    pub(super) fn gain(&self, time: f64, begun: f64) -> f64 {
        (self.stops * ((time * self.hertz + begun) * TAU).sin()).exp2()
    }
}

#[cfg(test)]
mod tests {
    use super::{Backlight, Hunting};

    #[test]
    fn a_whole_number_of_pulses_leaves_no_bands_and_a_short_exposure_sees_each() {
        let backlight = Backlight { hertz: 240.0, duty: 0.3 };
        let over = |exposure: f64| {
            let light: Vec<f64> = (0..200).map(|at| backlight.light(f64::from(at) * 1e-4, exposure)).collect();
            let most = light.iter().copied().fold(f64::MIN, f64::max);
            (light.iter().copied().fold(f64::MAX, f64::min), most)
        };
        let (least, most) = over(1.0 / 60.0);
        assert!((least - 1.0).abs() < 1e-9 && (most - 1.0).abs() < 1e-9, "{least} {most}");
        let (least, most) = over(0.002);
        assert!(least < 0.01 && most > 1.5, "{least} {most}");
    }

    #[test]
    fn hunting_goes_as_far_as_it_says() {
        let hunting = Hunting { stops: 1.0, hertz: 0.5 };
        let gains: Vec<f64> = (0..100).map(|at| hunting.gain(f64::from(at) / 25.0, 0.1)).collect();
        assert!(gains.iter().any(|g| *g > 1.98) && gains.iter().any(|g| *g < 0.51));
    }
}
