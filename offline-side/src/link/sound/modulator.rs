//! The modulator: bytes of a superframe to samples.

use rootcast_protocol::sound::complex::Complex;
use rootcast_protocol::sound::constellation::Axis;
use rootcast_protocol::sound::fft::Fft;
use rootcast_protocol::sound::mode::Mode;
use rootcast_protocol::sound::placement::Placement;
use rootcast_protocol::sound::profile::{
    CARRIERS, DATA_CARRIERS, DATA_SYMBOLS, FIRST_CARRIER, LEVEL, PEAK, PREFIX, SIZE, is_pilot,
};
use rootcast_protocol::sound::training::{TRAINING_AMPLITUDE, pilots, training_carriers, word};

/// The modulator and its tables.
#[derive(Debug)]
pub struct Modulator {
    fft: Fft,
    placements: Vec<Placement>,
    pilots: Vec<Vec<Complex>>,
    /// What a carrier of power 1 is multiplied with.
    amplitude: f32,
}

impl Default for Modulator {
    fn default() -> Self {
        Self::new()
    }
}

impl Modulator {
    /// Makes the tables.
    #[must_use]
    pub fn new() -> Self {
        #[expect(clippy::cast_precision_loss, reason = "372")]
        let amplitude = LEVEL / (2.0 * CARRIERS as f32).sqrt();
        Self { fft: Fft::new(), placements: Vec::new(), pilots: (0..DATA_SYMBOLS).map(pilots).collect(), amplitude }
    }

    /// Appends a superframe: a training symbol with the word of `mode`, and `bytes`, which are filled up with zeros or cut
    /// to what it holds.
    pub fn superframe(&mut self, mode: Mode, bytes: &[u8], samples: &mut Vec<i16>) {
        self.training(mode, samples);
        let at = self.placements.iter().position(|placement| placement.mode() == mode).unwrap_or_else(|| {
            self.placements.push(Placement::new(mode));
            self.placements.len() - 1
        });
        let Some(placement) = self.placements.get(at) else { return };
        let points = points(&slots(placement, bytes), mode);
        for (data, pilots) in points.chunks(DATA_CARRIERS).zip(&self.pilots) {
            let (mut data, mut pilots) = (data.iter(), pilots.iter());
            let carriers = (0..CARRIERS).map(|carrier| {
                let point = if is_pilot(carrier) { pilots.next() } else { data.next() };
                point.copied().unwrap_or_default()
            });
            self.symbol(carriers, samples);
        }
    }

    /// Appends a training symbol alone: the one behind the last superframe.
    pub fn training(&self, mode: Mode, samples: &mut Vec<i16>) {
        let mut carriers = vec![Complex::ZERO; CARRIERS];
        for (carrier, point) in training_carriers().zip(word(mode)) {
            if let Some(place) = carriers.get_mut(carrier) {
                *place = point.scaled(TRAINING_AMPLITUDE);
            }
        }
        self.symbol(carriers.into_iter(), samples);
    }

    fn symbol(&self, carriers: impl Iterator<Item = Complex>, samples: &mut Vec<i16>) {
        let spectrum: Vec<Complex> = std::iter::repeat_n(Complex::ZERO, FIRST_CARRIER).chain(carriers).collect();
        let body: Vec<i16> = self.fft.inverse(&spectrum).iter().map(|sample| self.sample(sample.re)).collect();
        let prefix = body.get(SIZE - PREFIX..).unwrap_or_default();
        samples.extend_from_slice(prefix);
        samples.extend_from_slice(&body);
    }

    fn sample(&self, value: f32) -> i16 {
        let cut = (2.0 * self.amplitude * value).clamp(-PEAK, PEAK);
        #[expect(clippy::cast_possible_truncation, reason = "below one before it is scaled")]
        let whole = (cut * f32::from(i16::MAX)).round() as i16;
        whole
    }
}

/// The bits of a superframe in their places.
fn slots(placement: &Placement, bytes: &[u8]) -> Vec<bool> {
    let mode = placement.mode();
    let code = mode.code();
    let mut slots = placement.scrambler().to_vec();
    let mut bytes = bytes.to_vec();
    bytes.resize(mode.bytes(), 0);
    let mut codeword = vec![0_u8; code.n() / 8];
    for (data, slots) in bytes.chunks_exact(mode.codeword_bytes()).zip(slots.chunks_exact_mut(code.n())) {
        code.copy_encode(data, &mut codeword);
        let bits = codeword.iter().flat_map(|byte| (0..8).map(move |bit| byte & (0x80 >> bit) != 0));
        for (bit, slot) in bits.zip(placement.permutation()) {
            if let Some(slot) = slots.get_mut(*slot) {
                *slot ^= bit;
            }
        }
    }
    slots
}

/// The points of these bits.
fn points(slots: &[bool], mode: Mode) -> Vec<Complex> {
    let axis = Axis::new(mode.axis_bits());
    let level = |bits: &[bool]| axis.level(bits.iter().fold(0, |bits, bit| bits << 1 | usize::from(*bit)));
    let point = |bits: &[bool]| {
        let (re, im) = bits.split_at_checked(mode.axis_bits()).unwrap_or((bits, &[]));
        Complex::new(level(re), level(im))
    };
    slots.chunks_exact(2 * mode.axis_bits()).map(point).collect()
}
