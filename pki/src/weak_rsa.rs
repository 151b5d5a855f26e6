//! Known weak shapes of an RSA modulus (BR 6.1.6): even, with a small factor, or of the form that the
//! Infineon library of CVE-2017-15361 ("ROCA") made. It finds shapes, it does not try to factor.

/// What is weak about a modulus, if anything is known to be. Big-endian bytes.
pub(crate) fn weakness(modulus: &[u8]) -> Option<String> {
    let mut roca = true;
    for prime in (2..752).filter(|number| is_prime(*number)) {
        let rest = remainder(modulus, prime);
        if rest == 0 {
            return Some(format!("that is divisible by {prime}"));
        }
        if (3..168).contains(&prime) {
            roca &= is_power_of_65537(rest, prime);
        }
    }
    roca.then(|| "with the structure of CVE-2017-15361 (ROCA)".to_owned())
}

fn is_prime(number: u32) -> bool {
    number >= 2
        && (2..number).take_while(|factor| factor * factor <= number).all(|factor| !number.is_multiple_of(factor))
}

fn remainder(modulus: &[u8], prime: u32) -> u32 {
    modulus.iter().fold(0, |rest, byte| ((rest << 8) | u32::from(*byte)) % prime)
}

/// Whether `rest` is a power of 65537 modulo the prime: true for all 38 primes only by a chance of 2^-27.
fn is_power_of_65537(rest: u32, prime: u32) -> bool {
    let mut power = 1;
    for _ in 0..prime {
        if power == rest {
            return true;
        }
        power = power * (65537 % prime) % prime;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times_65537(number: &[u8]) -> Vec<u8> {
        // n * 2^16 + n
        let shifted = [number, &[0, 0]].concat();
        let mut sum = vec![0; shifted.len() + 1];
        let mut carry = 0;
        for index in 0..sum.len() {
            let from_end = |bytes: &[u8]| bytes.len().checked_sub(index + 1).map_or(0, |at| u32::from(bytes[at]));
            let value = from_end(&shifted) + from_end(number) + carry;
            carry = value >> 8;
            let place = sum.len() - index - 1;
            sum[place] = u8::try_from(value & 0xff).unwrap();
        }
        sum.into_iter().skip_while(|byte| *byte == 0).collect()
    }

    #[test]
    fn a_modulus_of_the_weak_library_is_recognised_and_others_are_not() {
        let mut modulus = vec![1];
        for _ in 0..128 {
            modulus = times_65537(&modulus);
        }
        assert_eq!(modulus.len(), 257);
        assert!(weakness(&modulus).unwrap().contains("ROCA"));
        *modulus.last_mut().unwrap() ^= 0x20;
        assert!(!weakness(&modulus).unwrap_or_default().contains("ROCA"));
        assert_eq!(weakness(&[0xff, 0xfe]).unwrap(), "that is divisible by 2");
        assert_eq!(weakness(&[0x02, 0xe9]).unwrap(), "that is divisible by 5");
    }
}
