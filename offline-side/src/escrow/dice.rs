//! Throws of a die by a witness: randomness that neither host nor token knows before. It is added to that of both.

use aws_lc_rs::digest::{Context, SHA256};

use super::secret::Secret;

/// Throws at least: each has log2(6) = 2.58 bits, so 99 have 255.9.
pub(crate) const THROWS_MIN: usize = 99;

/// Throws of a die, as one secret.
#[derive(Debug)]
pub(crate) struct Dice(Secret);

/// Why a text is no throws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DiceFault {
    /// Too few.
    Count(usize),
    /// Something else than the digits 1 to 6 and spaces, at this place, counted from 1.
    Digit(usize),
}

impl DiceFault {
    /// For people. It names no throw.
    #[must_use]
    pub(crate) fn text(self) -> String {
        match self {
            Self::Count(found) => format!("{found} throws are too few: {THROWS_MIN} are needed for 256 bits"),
            Self::Digit(place) => {
                format!("character {place} is no throw of a die: type 1 to 6 for each, with spaces as you like")
            }
        }
    }
}

impl Dice {
    /// Reads throws: digits 1 to 6, with spaces between as people like.
    ///
    /// # Errors
    /// When there are too few, or something else among them.
    pub(crate) fn read(text: &str) -> Result<Self, DiceFault> {
        let mut context = Context::new(&SHA256);
        context.update(b"rootcast escrow dice v1");
        let mut count = 0;
        for (place, byte) in (1..).zip(text.bytes()) {
            match byte {
                b'1'..=b'6' => {
                    context.update(&[byte]);
                    count += 1;
                }
                b' ' => {}
                _ => return Err(DiceFault::Digit(place)),
            }
        }
        if count < THROWS_MIN {
            return Err(DiceFault::Count(count));
        }
        let mut secret = Secret::zero();
        secret.bytes_mut().iter_mut().zip(context.finish().as_ref()).for_each(|(byte, hashed)| *byte = *hashed);
        Ok(Self(secret))
    }

    /// Adds a part of it to a secret: another one for each number.
    pub(crate) fn add_to(&self, secret: &mut Secret, number: u8) {
        let mut context = Context::new(&SHA256);
        context.update(b"rootcast escrow dice part v1");
        context.update(self.0.bytes());
        context.update(&[number]);
        let part = context.finish();
        secret.bytes_mut().iter_mut().zip(part.as_ref()).for_each(|(byte, added)| *byte ^= added);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_throw_counts_and_each_secret_gets_another_part() {
        let throws = "123456".repeat(17);
        let part = |throws: &str, number| {
            let mut secret = Secret::zero();
            Dice::read(throws).unwrap().add_to(&mut secret, number);
            *secret.bytes()
        };
        assert_eq!(part(&throws, 1), part(&throws.replace("123", "1 2 3 "), 1));
        assert_ne!(part(&throws, 1), part(&throws, 2));
        assert_ne!(part(&throws, 1), part(&throws.replacen('1', "2", 1), 1));
        assert_eq!(Dice::read(&throws[..98]).unwrap_err(), DiceFault::Count(98));
        assert_eq!(Dice::read(&throws.replace('6', "7")).unwrap_err(), DiceFault::Digit(6));
        assert!(Dice::read(&throws[..99]).is_ok());
    }
}
