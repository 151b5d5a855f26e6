//! What light becomes: electrons, their noise, saturation, and the tone curve that makes grey levels of them.

use super::plane::WHITE;
use crate::seeds::Chance;

/// A sensor and its amplifier.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sensor {
    /// Where a white panel lies between black (0) and saturation (1); above 1 it is over-exposed.
    pub white: f64,
    /// Electrons at saturation: the fewer, the more shot noise.
    pub electrons: f64,
    /// Deviation of the read noise, in electrons.
    pub read_noise: f64,
    /// The grey level is the light to the power of 1/tone.
    pub tone: f64,
    /// Whether each pixel sees one colour only, through a Bayer pattern, and the other two are made up from its neighbours.
    pub bayer: bool,
}

impl Sensor {
    /// A webcam in a lit room.
    pub const WEBCAM: Self = Self { white: 0.75, electrons: 2_500.0, read_noise: 4.0, tone: 2.2, bayer: false };
    /// One without noise.
    pub const IDEAL: Self = Self { white: 0.85, electrons: 1e12, read_noise: 0.0, tone: 2.2, bayer: false };

    /// The same sensor with so few electrons that middle grey (128 of 255) has a deviation of `levels` grey levels.
    #[must_use]
    pub fn with_noise(self, levels: f64) -> Self {
        if levels <= 0.0 {
            return Self { electrons: 1e12, read_noise: 0.0, ..self };
        }
        let light = (128.0_f64 / 255.0).powf(self.tone);
        let slope = 255.0 * light.powf(1.0 / self.tone - 1.0) / self.tone;
        // Shot noise is the root of the electrons; read noise of a sixth of that at middle grey adds little.
        let electrons = light / (levels / slope).powi(2) * (1.0 + 1.0 / 36.0);
        Self { electrons, read_noise: (electrons * light).sqrt() / 6.0, ..self }
    }
}

/// Steps of light in which the noise is tabled, as a power of two.
const NOISE_STEP: u32 = 4;
/// Steps of light in which the tone curve is tabled, as a power of two.
const TONE_STEP: u32 = 2;
/// Tabled numbers of the normal distribution.
const NORMALS: usize = 1 << 16;

/// A sensor ready for use: its tables.
pub(super) struct Developer {
    /// Deviation of the noise at each light, in 1/16 of a unit of light.
    deviations: Vec<i32>,
    /// Grey level of each light.
    greys: Vec<u8>,
    /// Normal numbers, in 1/256.
    normals: Vec<i16>,
    noisy: bool,
    saturation: u16,
}

impl Developer {
    pub(super) fn new(sensor: &Sensor, chance: &mut Chance) -> Self {
        let saturated = WHITE / sensor.white;
        let deviation = |step: u32| {
            let electrons = f64::from(step << NOISE_STEP) / saturated * sensor.electrons;
            let noise = (electrons + sensor.read_noise.powi(2)).sqrt() / sensor.electrons * saturated;
            (noise * 16.0) as i32
        };
        let grey = |step: u32| {
            let light = f64::from(step << TONE_STEP) / saturated;
            (light.min(1.0).powf(1.0 / sensor.tone) * 255.0).round() as u8
        };
        Self {
            deviations: (0..=u32::from(u16::MAX) >> NOISE_STEP).map(deviation).collect(),
            greys: (0..=u32::from(u16::MAX) >> TONE_STEP).map(grey).collect(),
            normals: (0..NORMALS).map(|_| (chance.normal() * 256.0) as i16).collect(),
            noisy: sensor.electrons < 1e9,
            saturation: saturated.min(65_535.0) as u16,
        }
    }

    /// The grey level of so much light.
    pub(super) fn grey(&self, light: u16) -> u8 {
        self.greys[usize::from(light >> TONE_STEP)]
    }

    /// The most light that is told apart: what is beyond saturates a pixel.
    pub(super) fn saturation(&self) -> u16 {
        self.saturation
    }

    /// The grey levels of one row.
    pub(super) fn develop(&self, light: &[u16], chance: &mut Chance, greys: &mut Vec<u8>) {
        self.take(light, chance, |light| greys.push(self.grey(light)));
    }

    /// The light of one row with its noise, up to saturation.
    pub(super) fn expose(&self, light: &[u16], chance: &mut Chance, taken: &mut Vec<u16>) {
        self.take(light, chance, |light| taken.push(light.min(self.saturation)));
    }

    /// Gives the light of one row with its noise to `each`.
    fn take(&self, light: &[u16], chance: &mut Chance, mut each: impl FnMut(u16)) {
        if !self.noisy {
            light.iter().for_each(|light| each(*light));
            return;
        }
        let mut light = light;
        while !light.is_empty() {
            let begin = chance.below(NORMALS);
            let count = light.len().min(NORMALS - begin);
            let (now, later) = light.split_at(count);
            for (light, normal) in now.iter().zip(&self.normals[begin..]) {
                let deviation = self.deviations[usize::from(*light >> NOISE_STEP)];
                let noise = deviation.wrapping_mul(i32::from(*normal)) >> 12;
                each(i32::from(*light).wrapping_add(noise).clamp(0, i32::from(u16::MAX)) as u16);
            }
            light = later;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Developer, Sensor};
    use crate::camera::plane::WHITE;
    use crate::seeds::Chance;

    /// Mean and deviation of the grey levels that so much light gives, beside a white panel.
    fn grey(sensor: &Sensor, light: f64) -> (f64, f64) {
        let mut chance = Chance::new(5);
        let mut greys = Vec::new();
        let developer = Developer::new(sensor, &mut chance);
        developer.develop(&vec![(light * WHITE) as u16; 50_000], &mut chance, &mut greys);
        let mean = greys.iter().map(|g| f64::from(*g)).sum::<f64>() / 5e4;
        let variance = greys.iter().map(|g| (f64::from(*g) - mean).powi(2)).sum::<f64>() / 5e4;
        (mean, variance.sqrt())
    }

    #[test]
    fn middle_grey_is_as_noisy_as_asked_for() {
        for levels in [2.0, 6.0, 12.0] {
            let sensor = Sensor { white: 1.0, ..Sensor::WEBCAM }.with_noise(levels);
            let (mean, deviation) = grey(&sensor, (128.0_f64 / 255.0).powf(2.2));
            assert!((mean - 128.0).abs() < 2.0 && (deviation / levels - 1.0).abs() < 0.08, "{mean} {deviation}");
        }
    }

    #[test]
    fn light_beyond_saturation_is_white_and_no_noise_is_none() {
        assert_eq!(grey(&Sensor { white: 2.0, ..Sensor::IDEAL }, 0.6), (255.0, 0.0));
        let (mean, deviation) = grey(&Sensor::IDEAL, 0.2);
        assert!(deviation < 1e-9 && (100.0..130.0).contains(&mean), "{mean} {deviation}");
    }
}
