//! The channel: what a cable, its converters and its filters make of each carrier, from a training symbol.

use rootcast_protocol::sound::complex::Complex;
use rootcast_protocol::sound::fft::Fft;
use rootcast_protocol::sound::profile::{CARRIERS, FIRST_CARRIER, SIZE};
use rootcast_protocol::sound::training::training_carriers;

/// Samples that the channel may last, from [`super::superframe::EARLY`] before the strongest path on.
const TAPS: usize = 60;

/// How much the estimate is drawn to zero where the training carriers say nothing, as in the gaps below and above the band.
const RIDGE: f32 = 0.01;

/// Steps of the method of conjugate gradients.
const STEPS: usize = 24;

/// The amplitude and phase of every carrier of a channel of [`TAPS`] taps: the one that explains `heard`, the training
/// carriers divided by what was sent, with the least squares (ridge regression, by conjugate gradients).
pub(crate) fn channel(fft: &Fft, heard: &[Complex]) -> Vec<Complex> {
    let mut taps = vec![Complex::ZERO; TAPS];
    let mut residual = backward(fft, heard);
    let mut direction = residual.clone();
    let mut power: f32 = residual.iter().map(|value| value.power()).sum();
    let enough = power * 1e-9;
    for _ in 0..STEPS {
        if power.is_nan() || power <= enough {
            break;
        }
        let mut image = backward(fft, &forward(fft, &direction));
        for (image, direction) in image.iter_mut().zip(&direction) {
            *image += direction.scaled(RIDGE);
        }
        let along: f32 = direction.iter().zip(&image).map(|(a, b)| a.re * b.re + a.im * b.im).sum();
        if along.is_nan() || along <= 0.0 {
            break;
        }
        let step = power / along;
        for (tap, direction) in taps.iter_mut().zip(&direction) {
            *tap += direction.scaled(step);
        }
        for (residual, image) in residual.iter_mut().zip(&image) {
            *residual = *residual - image.scaled(step);
        }
        let next: f32 = residual.iter().map(|value| value.power()).sum();
        for (direction, residual) in direction.iter_mut().zip(&residual) {
            *direction = *residual + direction.scaled(next / power);
        }
        power = next;
    }
    let spectrum = fft.forward(&taps);
    spectrum.get(FIRST_CARRIER..FIRST_CARRIER + CARRIERS).unwrap_or_default().to_vec()
}

/// Taps to training carriers.
fn forward(fft: &Fft, taps: &[Complex]) -> Vec<Complex> {
    let spectrum = fft.forward(taps);
    training_carriers().map(|carrier| spectrum.get(FIRST_CARRIER + carrier).copied().unwrap_or_default()).collect()
}

/// The adjoint of [`forward`].
fn backward(fft: &Fft, carriers: &[Complex]) -> Vec<Complex> {
    let mut spectrum = vec![Complex::ZERO; SIZE];
    for (carrier, value) in training_carriers().zip(carriers) {
        if let Some(place) = spectrum.get_mut(FIRST_CARRIER + carrier) {
            *place = *value;
        }
    }
    let mut taps = fft.inverse(&spectrum);
    taps.truncate(TAPS);
    taps
}
