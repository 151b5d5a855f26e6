//! The field of 256 elements in which RaptorQ calculates (RFC 6330 §5.7): polynomials over GF(2) modulo
//! x^8 + x^4 + x^3 + x^2 + 1. Addition is exclusive or.

const TABLES: ([u8; 512], [u8; 256]) = tables();
/// Powers of the generator 2, twice over, so that a sum of two logarithms needs no reduction.
static POWERS: [u8; 512] = TABLES.0;
static LOGARITHMS: [u8; 256] = TABLES.1;

#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "evaluated when this is compiled; 255 steps through tables of 512 and 256"
)]
const fn tables() -> ([u8; 512], [u8; 256]) {
    let (mut powers, mut logarithms) = ([0; 512], [0; 256]);
    let (mut power, mut exponent) = (1_usize, 0);
    while exponent < 255 {
        powers[exponent] = power as u8;
        powers[exponent + 255] = power as u8;
        logarithms[power] = exponent as u8;
        power <<= 1;
        if power > 255 {
            power ^= 0x11d;
        }
        exponent += 1;
    }
    (powers, logarithms)
}

/// a × b.
pub(super) fn product(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 {
        return 0;
    }
    let sum = usize::from(logarithm(a)) + usize::from(logarithm(b));
    POWERS.get(sum).copied().unwrap_or(0)
}

/// 1 ÷ a; 0 for 0.
pub(super) fn inverse(a: u8) -> u8 {
    if a == 0 { 0 } else { POWERS.get(255 - usize::from(logarithm(a))).copied().unwrap_or(0) }
}

fn logarithm(a: u8) -> u8 {
    LOGARITHMS.get(usize::from(a)).copied().unwrap_or(0)
}

/// `to` + `factor` × `from`, place by place.
pub(super) fn add_scaled(to: &mut [u8], from: &[u8], factor: u8) {
    match factor {
        0 => {}
        1 => to.iter_mut().zip(from).for_each(|(to, from)| *to ^= from),
        _ => {
            let mut products = [0; 256];
            (0..=255u8).zip(&mut products).for_each(|(a, place)| *place = product(a, factor));
            for (to, from) in to.iter_mut().zip(from) {
                *to ^= products.get(usize::from(*from)).copied().unwrap_or(0);
            }
        }
    }
}

/// `factor` × `row`, in place.
pub(super) fn scale(row: &mut [u8], factor: u8) {
    row.iter_mut().for_each(|place| *place = product(*place, factor));
}

#[cfg(test)]
mod tests {
    use super::{add_scaled, inverse, product};

    #[test]
    fn products_are_those_of_the_polynomials() {
        let slow = |a: u8, b: u8| {
            let mut sum = (0..8).filter(|bit| b >> bit & 1 == 1).fold(0_u16, |sum, bit| sum ^ u16::from(a) << bit);
            (0..8).rev().for_each(|bit| {
                if sum >> (bit + 8) & 1 == 1 {
                    sum ^= 0x11d << bit
                }
            });
            sum.to_le_bytes()[0]
        };
        for a in 0..=255 {
            for b in 0..=255 {
                assert_eq!(product(a, b), slow(a, b), "{a} × {b}");
            }
            assert_eq!(product(a, inverse(a)), u8::from(a > 0));
        }
    }

    #[test]
    fn a_row_added_twice_is_gone() {
        let mut row = [1, 2, 3];
        add_scaled(&mut row, &[7, 0, 255], 29);
        assert_ne!(row, [1, 2, 3]);
        add_scaled(&mut row, &[7, 0, 255], 29);
        assert_eq!(row, [1, 2, 3]);
    }
}
