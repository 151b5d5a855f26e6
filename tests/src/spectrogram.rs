//! A picture of sound: how loud each pitch is at each moment.

use std::path::Path;

use image::{Rgb, RgbImage};
use rootcast_protocol::sound::complex::Complex;
use rootcast_protocol::sound::fft::Fft;
use rootcast_protocol::sound::profile::SIZE;

/// Columns of the picture at most, and rows: each row is the mean of some pitches.
const WIDTH_MAX: usize = 600;
const HEIGHT: usize = 256;
/// Steps of colour: few, so that the file is small.
const STEPS: f32 = 20.0;
/// What is this far below the loudest is black, in dB.
const RANGE: f32 = 80.0;

/// Writes a picture of `samples`: time from left to right, from 0 at the bottom to half of the sample rate at the top.
pub fn spectrogram(samples: &[i16], path: &Path) {
    let fft = Fft::new();
    let step = (samples.len() / WIDTH_MAX).max(SIZE / 4);
    let starts = (0..samples.len().saturating_sub(SIZE)).step_by(step);
    let columns: Vec<Vec<f32>> = starts.map(|at| column(&fft, &samples[at..at + SIZE])).collect();
    let loudest = columns.iter().flatten().copied().fold(f32::MIN, f32::max);
    let mut picture = RgbImage::new(columns.len() as u32, HEIGHT as u32);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let share = 1.0 + (columns[x as usize][HEIGHT - 1 - y as usize] - loudest) / RANGE;
        *pixel = colour((share * STEPS).round() / STEPS);
    }
    picture.save(path).unwrap();
}

/// The level of each row in dB, through a window of Hann.
fn column(fft: &Fft, samples: &[i16]) -> Vec<f32> {
    let turn = std::f32::consts::TAU / SIZE as f32;
    let windowed: Vec<Complex> = samples
        .iter()
        .enumerate()
        .map(|(n, sample)| Complex::new(f32::from(*sample) / 32_768.0 * (0.5 - 0.5 * (turn * n as f32).cos()), 0.0))
        .collect();
    let powers: Vec<f32> = fft.forward(&windowed).iter().take(SIZE / 2).map(|bin| bin.power()).collect();
    let mean = |row: &[f32]| row.iter().sum::<f32>() / row.len() as f32;
    powers.chunks(SIZE / 2 / HEIGHT).map(|row| 10.0 * mean(row).max(1e-12).log10()).collect()
}

/// Black, violet, orange, white.
fn colour(share: f32) -> Rgb<u8> {
    const STOPS: [[f32; 3]; 4] = [[0.0, 0.0, 0.0], [90.0, 20.0, 120.0], [240.0, 130.0, 40.0], [255.0, 255.0, 230.0]];
    let place = share.clamp(0.0, 1.0) * 3.0;
    let low = (place as usize).min(2);
    let part = place - low as f32;
    Rgb(std::array::from_fn(|n| (STOPS[low][n] + (STOPS[low + 1][n] - STOPS[low][n]) * part) as u8))
}
