//! Linear light, row by row, and its convolution with small symmetric kernels.

/// The number that stands for the light of a white panel; four times as much is the most that can be told.
pub(super) const WHITE: f64 = 16_383.0;

/// Light on a grid.
#[derive(Debug, Clone)]
pub(super) struct Plane {
    pub(super) columns: usize,
    pub(super) light: Vec<u16>,
}

impl Plane {
    pub(super) fn rows(&self) -> usize {
        self.light.len() / self.columns.max(1)
    }

    pub(super) fn row(&self, row: usize) -> &[u16] {
        &self.light[row * self.columns..][..self.columns]
    }
}

/// One half of a symmetric kernel, its centre first, in units of 1/32768; the whole sums to 32768.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kernel(Vec<u32>);

impl Kernel {
    fn of(half: &[f64]) -> Self {
        let whole = half[0] + 2.0 * half[1..].iter().sum::<f64>();
        let mut weights: Vec<u32> = half.iter().map(|weight| (weight / whole * 32_768.0).round() as u32).collect();
        weights[0] = 32_768 - 2 * weights[1..].iter().sum::<u32>();
        Self(weights)
    }

    /// A Gaussian with this deviation in pixels; nothing below a tenth of a pixel.
    pub(super) fn gaussian(deviation: f64) -> Option<Self> {
        let reach = (deviation * 3.0).ceil() as u32;
        let weight = |distance: u32| (-f64::from(distance * distance) / (2.0 * deviation * deviation)).exp();
        (deviation > 0.1).then(|| Self::of(&(0..=reach).map(weight).collect::<Vec<_>>()))
    }

    /// A box so many pixels wide, which need not be whole; nothing for one pixel and less.
    pub(super) fn boxed(width: f64) -> Option<Self> {
        let reach = (width / 2.0 + 0.5).ceil() as u32;
        let covered = |distance: u32| (width / 2.0 - f64::from(distance) + 0.5).clamp(0.0, 1.0);
        (width > 1.0).then(|| Self::of(&(0..=reach).map(covered).collect::<Vec<_>>()))
    }

    /// The plane convolved with this kernel along rows and columns; beyond its edge it goes on as at the edge.
    pub(super) fn convolve(&self, plane: &Plane) -> Plane {
        let (columns, rows, reach) = (plane.columns, plane.rows(), self.0.len() - 1);
        let mut across = Vec::with_capacity(plane.light.len());
        let mut padded = vec![0_u16; columns + 2 * reach];
        let mut sums = vec![0_u32; columns];
        for row in 0..rows {
            let light = plane.row(row);
            padded[..reach].fill(light[0]);
            padded[reach..reach + columns].copy_from_slice(light);
            padded[reach + columns..].fill(light[columns - 1]);
            sums.fill(1 << 14);
            for (distance, weight) in self.0.iter().enumerate() {
                add(&mut sums, &padded[reach - distance..], *weight);
                if distance > 0 {
                    add(&mut sums, &padded[reach + distance..], *weight);
                }
            }
            across.extend(sums.iter().map(|sum| (sum >> 15) as u16));
        }
        let across = Plane { columns, light: across };
        let mut light = Vec::with_capacity(plane.light.len());
        for row in 0..rows {
            sums.fill(1 << 14);
            for (distance, weight) in self.0.iter().enumerate() {
                add(&mut sums, across.row(row.saturating_sub(distance)), *weight);
                if distance > 0 {
                    add(&mut sums, across.row((row + distance).min(rows - 1)), *weight);
                }
            }
            light.extend(sums.iter().map(|sum| (sum >> 15) as u16));
        }
        Plane { columns, light }
    }
}

/// Adds `weight` times the light. Weights of one sum are at most 32768 together, so that nothing overflows.
pub(super) fn add(sums: &mut [u32], light: &[u16], weight: u32) {
    for (sum, light) in sums.iter_mut().zip(light) {
        *sum = sum.wrapping_add(u32::from(*light).wrapping_mul(weight));
    }
}

#[cfg(test)]
mod tests {
    use super::{Kernel, Plane};

    #[test]
    fn a_kernel_spreads_light_and_loses_none() {
        for kernel in [Kernel::gaussian(0.6), Kernel::gaussian(2.5), Kernel::boxed(1.8), Kernel::boxed(4.0)] {
            let mut light = vec![0; 41 * 41];
            light[20 * 41 + 20] = 60_000;
            let spread = kernel.unwrap().convolve(&Plane { columns: 41, light });
            let sum: i64 = spread.light.iter().map(|l| i64::from(*l)).sum();
            assert!((sum - 60_000).abs() < 400, "{sum}");
            assert!(spread.light[20 * 41 + 20] < 60_000);
            assert_eq!(spread.light[20 * 41 + 18], spread.light[22 * 41 + 20], "the same in both directions");
        }
        assert_eq!((Kernel::gaussian(0.0), Kernel::boxed(1.0)), (None, None));
    }
}
