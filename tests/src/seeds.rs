//! Chance that can be repeated: a fixed seed, or the one in `ROOTCAST_SEED`, and a small generator (SplitMix64).

/// A generator of pseudo-random numbers. Good enough to misplace frames; never to make a key.
#[derive(Debug, Clone)]
pub struct Chance {
    state: u64,
}

/// The generator for one test: seeded from `ROOTCAST_SEED` (decimal or 0x…) or from the name, and saying how to
/// repeat the run.
#[must_use]
pub fn chance(test: &str) -> Chance {
    let seed = given().unwrap_or_else(|| {
        test.bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
    });
    eprintln!(
        "seed 0x{seed:016x}; repeat: ROOTCAST_SEED=0x{seed:016x} cargo test -p rootcast-tests --test scenarios {test}"
    );
    Chance::new(seed)
}

/// The seed in `ROOTCAST_SEED`, decimal or 0x….
#[must_use]
pub fn given() -> Option<u64> {
    let text = std::env::var("ROOTCAST_SEED").ok()?.trim().to_owned();
    let number =
        text.strip_prefix("0x").map_or_else(|| text.parse(), |hexadecimal| u64::from_str_radix(hexadecimal, 16));
    Some(number.unwrap_or_else(|_| panic!("ROOTCAST_SEED={text} is no number")))
}

impl Chance {
    /// A generator with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.bits()) * end as u128) >> 64) as usize
    }

    /// A number from 0 up to 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub fn fraction(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with this probability.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.fraction() < probability
    }

    /// A number from the normal distribution with mean 0 and deviation 1, by the sum of twelve.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.fraction()).sum::<f64>() - 6.0
    }

    /// Incompressible bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 8);
        while bytes.len() < count {
            bytes.extend_from_slice(&self.bits().to_le_bytes());
        }
        bytes.truncate(count);
        bytes
    }

    /// A serial number of eight bytes, positive: nothing compresses a list of them much.
    pub fn serial(&mut self) -> u64 {
        self.bits() >> 1 | 1 << 61
    }

    /// Puts a list in random order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }

    /// `count` different numbers below `end`, in ascending order.
    pub fn choose(&mut self, count: usize, end: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..end).collect();
        self.shuffle(&mut all);
        all.truncate(count);
        all.sort_unstable();
        all
    }
}
