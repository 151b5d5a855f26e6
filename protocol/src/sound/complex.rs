//! A complex number: a point of a constellation, a carrier's amplitude and phase.
//!
//! ```
//! use rootcast_protocol::sound::complex::Complex;
//!
//! let (sent, heard) = (Complex::new(3.0, 4.0), Complex::new(-4.0, 3.0));
//! // The cable turned it by a quarter, and made it neither stronger nor weaker.
//! let cable = heard.divided_by(sent);
//! assert!((cable.power() - 1.0).abs() < 1e-6);
//! assert!((cable.angle() - std::f32::consts::FRAC_PI_2).abs() < 1e-6);
//! assert_eq!(heard.divided_by(Complex::ZERO), Complex::ZERO);
//! ```

use std::ops::{Add, AddAssign, Mul, Sub};

/// A complex number.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Complex {
    /// Its real part.
    pub re: f32,
    /// Its imaginary part.
    pub im: f32,
}

impl Complex {
    /// Zero.
    pub const ZERO: Self = Self { re: 0.0, im: 0.0 };

    /// A number from its parts.
    #[must_use]
    #[inline]
    pub const fn new(re: f32, im: f32) -> Self {
        Self { re, im }
    }

    /// The number of magnitude 1 at this angle, in radians.
    #[must_use]
    #[inline]
    pub fn from_angle(angle: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the rest works with seven digits")]
        let (re, im) = (angle.cos() as f32, angle.sin() as f32);
        Self { re, im }
    }

    /// The same with the other sign of its imaginary part.
    #[must_use]
    #[inline]
    pub const fn conj(self) -> Self {
        Self { re: self.re, im: -self.im }
    }

    /// The square of its magnitude.
    #[must_use]
    #[inline]
    pub fn power(self) -> f32 {
        self.re * self.re + self.im * self.im
    }

    /// Its angle, in radians from -π to π.
    #[must_use]
    #[inline]
    pub fn angle(self) -> f32 {
        self.im.atan2(self.re)
    }

    /// It multiplied by a real number.
    #[must_use]
    #[inline]
    pub fn scaled(self, factor: f32) -> Self {
        Self { re: self.re * factor, im: self.im * factor }
    }

    /// It divided by another; zero where that is zero.
    #[must_use]
    #[inline]
    pub fn divided_by(self, other: Self) -> Self {
        let power = other.power();
        if power > 0.0 { (self * other.conj()).scaled(1.0 / power) } else { Self::ZERO }
    }
}

impl Add for Complex {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        Self { re: self.re + other.re, im: self.im + other.im }
    }
}

impl AddAssign for Complex {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Complex {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        Self { re: self.re - other.re, im: self.im - other.im }
    }
}

impl Mul for Complex {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        Self { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
    }
}
