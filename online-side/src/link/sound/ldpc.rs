//! The decoder of low-density parity-check codes: normalised min-sum, check by check, each using what the last one found.
//!
//! The codes, their checks and their encoder are those of `labrador-ldpc`. Its own decoder looks at all checks before it
//! uses any of them, and needs twice the rounds.

use rootcast_protocol::sound::mode;

/// Rounds through all checks.
const ROUNDS: usize = 24;

/// After so many rounds a decoder gives up where more than one check in [`HOPELESS`] is still not satisfied: all of them
/// would be in vain, and noise must not cost more than a signal.
const PATIENCE: usize = 8;
const HOPELESS: usize = 4;

/// What a check's verdict counts: min-sum alone is too sure of itself.
const TRUST: f32 = 0.8;

/// The most variables that a check has; those of these codes have 18.
const DEGREE_MAX: usize = 24;

/// The checks of one code.
#[derive(Debug)]
pub(crate) struct Decoder {
    code: mode::Code,
    /// The variables of each check.
    checks: Vec<Vec<u16>>,
    edges: usize,
}

/// A codeword that satisfies every check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decoded {
    /// Its data.
    pub(crate) bytes: Vec<u8>,
    /// Rounds it took.
    pub(crate) rounds: usize,
}

impl Decoder {
    pub(crate) fn new(code: mode::Code) -> Self {
        let mut checks = vec![Vec::new(); code.n() + code.punctured_bits() - code.k()];
        let mut edges = 0;
        for (check, variable) in code.iter_paritychecks() {
            if let (Some(check), Ok(variable)) = (checks.get_mut(check), u16::try_from(variable)) {
                check.push(variable);
                edges += 1;
            }
        }
        Self { code, checks, edges }
    }

    pub(crate) const fn code(&self) -> mode::Code {
        self.code
    }

    /// The data of the codeword whose bits are so likely zero (positive) or one (negative).
    pub(crate) fn decode(&self, likely: &[f32]) -> Option<Decoded> {
        // Nothing known of more bits than checks could tell: any codeword would do, the one of zeros first.
        let unknown = likely.iter().filter(|sure| sure.abs() < 1e-6).count();
        if likely.len() != self.code.n() || unknown > self.code.n() - self.code.k() {
            return None;
        }
        let mut sums = likely.to_vec();
        sums.resize(self.code.n() + self.code.punctured_bits(), 0.0);
        let mut verdicts = vec![0.0_f32; self.edges];
        for round in 1..=ROUNDS {
            self.round(&mut sums, &mut verdicts);
            let unsatisfied = self.unsatisfied(&sums);
            if unsatisfied == 0 {
                return Some(Decoded { bytes: self.data(&sums), rounds: round });
            }
            if round >= PATIENCE && unsatisfied * HOPELESS > self.checks.len() {
                return None;
            }
        }
        None
    }

    fn round(&self, sums: &mut [f32], verdicts: &mut [f32]) {
        let mut rest = verdicts;
        for check in &self.checks {
            let Some((verdicts, after)) = std::mem::take(&mut rest).split_at_mut_checked(check.len()) else { return };
            rest = after;
            let mut without = [0.0_f32; DEGREE_MAX];
            let (mut least, mut second, mut is_odd) = (f32::INFINITY, f32::INFINITY, false);
            for ((variable, verdict), without) in check.iter().zip(verdicts.iter()).zip(&mut without) {
                let value = sums.get(usize::from(*variable)).copied().unwrap_or_default() - verdict;
                *without = value;
                is_odd ^= value < 0.0;
                let size = value.abs();
                if size < least {
                    (least, second) = (size, least);
                } else if size < second {
                    second = size;
                }
            }
            let (least, second) = (least * TRUST, second * TRUST);
            for ((variable, verdict), value) in check.iter().zip(verdicts).zip(&without) {
                let size = if value.abs() * TRUST <= least { second } else { least };
                let new = if is_odd ^ (*value < 0.0) { -size } else { size };
                *verdict = new;
                if let Some(sum) = sums.get_mut(usize::from(*variable)) {
                    *sum = value + new;
                }
            }
        }
    }

    /// Checks that are not satisfied.
    fn unsatisfied(&self, sums: &[f32]) -> usize {
        let is_one = |variable: &u16| sums.get(usize::from(*variable)).is_some_and(|sum| *sum < 0.0);
        let is_odd = |check: &&Vec<u16>| check.iter().fold(false, |odd, variable| odd ^ is_one(variable));
        self.checks.iter().filter(is_odd).count()
    }

    fn data(&self, sums: &[f32]) -> Vec<u8> {
        let bits = sums.get(..self.code.k()).unwrap_or_default();
        bits.chunks(8).map(|bits| bits.iter().fold(0, |byte, sum| byte << 1 | u8::from(*sum < 0.0))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Decoder;
    use rootcast_protocol::sound::mode::Mode;
    use rootcast_protocol::sound::pseudo_random::PseudoRandom;

    #[test]
    fn what_labrador_encodes_is_decoded_with_bits_missing_and_wrong() {
        for mode in Mode::ALL {
            let (code, decoder) = (mode.code(), Decoder::new(mode.code()));
            let mut random = PseudoRandom::new(5);
            let data: Vec<u8> = (0..code.k() / 8).map(|_| u8::try_from(random.below(256)).unwrap()).collect();
            let mut codeword = vec![0_u8; code.n() / 8];
            code.copy_encode(&data, &mut codeword);
            let mut likely: Vec<f32> = (0..code.n())
                .map(|bit| if codeword[bit / 8] & (0x80 >> (bit % 8)) == 0 { 8.0 } else { -8.0 })
                .collect();
            let length = u32::try_from(code.n()).unwrap();
            for _ in 0..code.n() / 50 {
                let at = random.below(length) as usize;
                likely[at] = 0.0;
                let at = random.below(length) as usize;
                likely[at] = -likely[at] / 4.0;
            }
            assert_eq!(decoder.decode(&likely).map(|decoded| decoded.bytes), Some(data), "{mode}");
            assert_eq!(decoder.decode(&vec![0.0; code.n()]), None, "nothing known is not the codeword of zeros");
            likely[..code.n() - code.k() + code.n() / 8].fill(0.0);
            assert!(decoder.decode(&likely).is_none());
        }
    }
}
