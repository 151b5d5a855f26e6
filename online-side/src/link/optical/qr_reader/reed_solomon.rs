//! Corrects the errors in one block of a symbol: a Reed-Solomon code over GF(256) with roots α⁰ … αⁿ⁻¹, where α = 2 modulo
//! x⁸ + x⁴ + x³ + x² + 1 (ISO/IEC 18004, 7.5.2).
//!
//! Most blocks of a sharp picture have no error. So what is looked at first is only whether all syndromes are zero: two
//! operations for each codeword and root. Then come the steps of Berlekamp and Massey, Chien, and Forney.

use std::sync::OnceLock;

/// Correction codewords of a block, at most (ISO/IEC 18004, table 9).
pub(super) const CORRECTION_MAX: usize = 30;
/// Codewords of a block, at most: as many as the field has elements other than zero.
const BLOCK_MAX: usize = 255;

type Polynomial = [u8; CORRECTION_MAX + 1];

/// The field's logarithms, powers, and products with each root.
struct Field {
    /// αⁿ, twice in a row.
    powers: [u8; 510],
    logarithms: [u8; 256],
    /// For each root, its product with each element.
    by_root: [[u8; 256]; CORRECTION_MAX],
}

impl Field {
    fn get() -> &'static Self {
        static FIELD: OnceLock<Field> = OnceLock::new();
        FIELD.get_or_init(Self::make)
    }

    fn make() -> Self {
        let (mut powers, mut logarithms, mut power) = ([0; 510], [0; 256], 1_u8);
        for exponent in 0..BLOCK_MAX {
            for at in [exponent, exponent + BLOCK_MAX] {
                if let Some(place) = powers.get_mut(at) {
                    *place = power;
                }
            }
            if let Some(place) = logarithms.get_mut(usize::from(power)) {
                *place = u8::try_from(exponent).unwrap_or(0);
            }
            power = if power & 0x80 == 0 { power << 1 } else { (power << 1) ^ 0x1d };
        }
        let mut field = Self { powers, logarithms, by_root: [[0; 256]; CORRECTION_MAX] };
        for root in 0..CORRECTION_MAX {
            let alpha = field.power(root);
            let products: Vec<u8> = (0..=u8::MAX).map(|element| field.product(alpha, element)).collect();
            if let Some(place) = field.by_root.get_mut(root) {
                place.copy_from_slice(&products);
            }
        }
        field
    }

    /// α to an exponent below 510.
    fn power(&self, exponent: usize) -> u8 {
        at(&self.powers, exponent)
    }

    fn logarithm(&self, element: u8) -> usize {
        at(&self.logarithms, usize::from(element)).into()
    }

    fn product(&self, one: u8, other: u8) -> u8 {
        if one == 0 || other == 0 { 0 } else { self.power(self.logarithm(one) + self.logarithm(other)) }
    }

    /// `one` divided by `other`, which is not zero.
    fn quotient(&self, one: u8, other: u8) -> u8 {
        if one == 0 { 0 } else { self.power(self.logarithm(one) + BLOCK_MAX - self.logarithm(other)) }
    }

    /// The value of a polynomial, whose coefficient of xⁿ is at n, at `place`.
    fn value(&self, coefficients: &[u8], place: u8) -> u8 {
        coefficients.iter().rev().fold(0, |sum, coefficient| self.product(sum, place) ^ coefficient)
    }

    fn syndromes(&self, block: &[u8], correction: usize) -> [u8; CORRECTION_MAX] {
        let mut syndromes = [0; CORRECTION_MAX];
        for codeword in block {
            for (sum, products) in syndromes.iter_mut().zip(&self.by_root).take(correction) {
                *sum = products.get(usize::from(*sum)).copied().unwrap_or(0) ^ codeword;
            }
        }
        syndromes
    }
}

fn at(of: &[u8], place: usize) -> u8 {
    of.get(place).copied().unwrap_or(0)
}

/// Corrects a block of data and then `correction` correction codewords in place, and gives the number of codewords that were
/// wrong; nothing where there are more than it can tell.
pub(super) fn correct(block: &mut [u8], correction: usize) -> Option<usize> {
    if correction > CORRECTION_MAX || block.len() > BLOCK_MAX || block.len() < correction {
        return None;
    }
    let field = Field::get();
    let syndromes = field.syndromes(block, correction);
    if syndromes.iter().all(|syndrome| *syndrome == 0) {
        return Some(0);
    }
    let (locator, errors) = locator(field, &syndromes, correction)?;
    // Ω = S·Λ modulo xⁿ, and the derivative of Λ, in which only odd powers are left.
    let mut evaluator: Polynomial = [0; CORRECTION_MAX + 1];
    for (power, place) in evaluator.iter_mut().enumerate().take(correction) {
        *place = (0..=power).fold(0, |sum, of| sum ^ field.product(at(&locator, of), at(&syndromes, power - of)));
    }
    let mut derivative: Polynomial = [0; CORRECTION_MAX + 1];
    for (power, place) in derivative.iter_mut().enumerate().step_by(2) {
        *place = at(&locator, power + 1);
    }
    let mut found = 0;
    let last = block.len() - 1;
    for (place, codeword) in block.iter_mut().enumerate() {
        let exponent = last - place;
        let inverse = field.power((BLOCK_MAX - exponent) % BLOCK_MAX);
        if field.value(locator.get(..=errors)?, inverse) != 0 {
            continue;
        }
        found += 1;
        let below = field.value(&derivative, inverse);
        if below == 0 {
            return None;
        }
        let quotient = field.quotient(field.value(&evaluator, inverse), below);
        *codeword ^= field.product(field.power(exponent), quotient);
    }
    let is_right = found == errors && field.syndromes(block, correction).iter().all(|syndrome| *syndrome == 0);
    is_right.then_some(found)
}

/// The polynomial whose roots are where the errors are, and its degree (Berlekamp and Massey).
fn locator(field: &Field, syndromes: &[u8], correction: usize) -> Option<(Polynomial, usize)> {
    let mut current: Polynomial = [0; CORRECTION_MAX + 1];
    let mut before = current;
    (current, before) = (with_one(current), with_one(before));
    let (mut degree, mut shift, mut divisor) = (0, 1, 1_u8);
    for step in 0..correction {
        let discrepancy =
            (0..=degree.min(step)).fold(0, |sum, of| sum ^ field.product(at(&current, of), at(syndromes, step - of)));
        if discrepancy == 0 {
            shift += 1;
            continue;
        }
        let factor = field.quotient(discrepancy, divisor);
        let kept = current;
        for (place, coefficient) in current.iter_mut().skip(shift).zip(before) {
            *place ^= field.product(factor, coefficient);
        }
        if degree * 2 <= step {
            (degree, before, divisor, shift) = (step + 1 - degree, kept, discrepancy, 1);
        } else {
            shift += 1;
        }
    }
    (degree * 2 <= correction).then_some((current, degree))
}

fn with_one(mut polynomial: Polynomial) -> Polynomial {
    if let Some(first) = polynomial.first_mut() {
        *first = 1;
    }
    polynomial
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers that fit")]
mod tests {
    use rxing::common::reedsolomon::{PredefinedGenericGF, ReedSolomonDecoder, ReedSolomonEncoder};

    use super::correct;

    /// A number from 0 on below `below`, and the state after it (xorshift).
    fn random(state: &mut u64, below: usize) -> usize {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        (*state >> 11) as usize % below
    }

    /// `rxing`'s encoder and decoder share nothing with this file.
    #[test]
    fn it_corrects_what_rxing_encoded_up_to_half_of_the_correction_and_as_rxing_does() {
        let seed = 0x5eed_0021_u64;
        println!("seed {seed:#x}");
        let mut state = seed;
        let mut at_the_limit = 0;
        for round in 0..600 {
            let correction = [7, 10, 13, 16, 18, 22, 26, 28, 30][round % 9];
            let data = 9 + random(&mut state, 120);
            let mut block: Vec<u8> = (0..data + correction).map(|_| random(&mut state, 256) as u8).collect();
            let field = PredefinedGenericGF::QrCodeField256.into();
            let mut wide: Vec<i32> = block.iter().map(|codeword| i32::from(*codeword)).collect();
            ReedSolomonEncoder::new(field).unwrap().encode(&mut wide, correction).unwrap();
            block = wide.iter().map(|codeword| *codeword as u8).collect();
            let sent = block.clone();
            assert_eq!(correct(&mut block, correction), Some(0));
            let errors = if round % 3 == 0 { correction / 2 } else { random(&mut state, correction / 2 + 1) };
            at_the_limit += usize::from(errors == correction / 2);
            let mut places: Vec<usize> = (0..block.len()).collect();
            for at in 0..errors {
                let other = at + random(&mut state, places.len() - at);
                places.swap(at, other);
                block[places[at]] ^= 1 + random(&mut state, 255) as u8;
            }
            let mut theirs = block.clone();
            let decoder = ReedSolomonDecoder::new(PredefinedGenericGF::QrCodeField256.into());
            decoder.decode(&mut theirs, correction as i32).unwrap();
            assert_eq!(correct(&mut block, correction), Some(errors), "round {round}");
            assert_eq!((&block, &theirs), (&sent, &sent));
        }
        assert!(at_the_limit >= 200, "{at_the_limit} with as many errors as can be corrected");
    }

    #[test]
    fn too_many_errors_and_odd_sizes_are_refused_or_lead_to_a_codeword_and_never_panic() {
        let seed = 0x5eed_0022_u64;
        println!("seed {seed:#x}");
        let (mut state, mut refused) = (seed, 0);
        for _ in 0..2000 {
            let mut block: Vec<u8> = (0..random(&mut state, 300)).map(|_| random(&mut state, 256) as u8).collect();
            let correction = random(&mut state, 40);
            match correct(&mut block, correction) {
                Some(_) => assert!(correct(&mut block, correction) == Some(0), "what it gives is a codeword"),
                None => refused += 1,
            }
        }
        assert!(refused > 1000, "{refused} refused");
    }
}
