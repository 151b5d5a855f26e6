//! Modes: how many bits a carrier bears, and how many of them are there to correct the others.
//!
//! ```
//! use rootcast_protocol::sound::mode::Mode;
//!
//! let mode = Mode::from_name("1024-4/5").expect("a mode");
//! assert_eq!((mode.axis_bits(), mode.slots()), (5, 53_400));
//! assert_eq!((mode.codewords(), mode.codeword_bytes(), mode.bytes()), (10, 512, 5_120));
//! assert_eq!(Mode::from_name("1024-9/10"), None);
//! ```

use std::fmt;

pub use labrador_ldpc::LDPCCode as Code;

use super::profile::POINTS;

/// How a superframe is coded. Its training word says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// 2 bits a carrier, half of them data: the most robust.
    Qpsk12,
    /// 2 bits a carrier, four of five data.
    Qpsk45,
    /// 4 bits a carrier, half of them data.
    Qam16R12,
    /// 4 bits a carrier, two of three data.
    Qam16R23,
    /// 4 bits a carrier, four of five data.
    Qam16R45,
    /// 6 bits a carrier, two of three data.
    Qam64R23,
    /// 6 bits a carrier, four of five data.
    Qam64R45,
    /// 8 bits a carrier, two of three data.
    Qam256R23,
    /// 8 bits a carrier, four of five data.
    Qam256R45,
    /// 10 bits a carrier, two of three data.
    Qam1024R23,
    /// 10 bits a carrier, four of five data.
    Qam1024R45,
    /// 12 bits a carrier, four of five data: the fastest.
    Qam4096R45,
}

impl Mode {
    /// Every mode, the slowest first; its place is the number of its training word.
    pub const ALL: [Self; 12] = [
        Self::Qpsk12,
        Self::Qpsk45,
        Self::Qam16R12,
        Self::Qam16R23,
        Self::Qam16R45,
        Self::Qam64R23,
        Self::Qam64R45,
        Self::Qam256R23,
        Self::Qam256R45,
        Self::Qam1024R23,
        Self::Qam1024R45,
        Self::Qam4096R45,
    ];

    /// Its name, as an operator gives it: `1024-4/5`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Qpsk12 => "qpsk-1/2",
            Self::Qpsk45 => "qpsk-4/5",
            Self::Qam16R12 => "16-1/2",
            Self::Qam16R23 => "16-2/3",
            Self::Qam16R45 => "16-4/5",
            Self::Qam64R23 => "64-2/3",
            Self::Qam64R45 => "64-4/5",
            Self::Qam256R23 => "256-2/3",
            Self::Qam256R45 => "256-4/5",
            Self::Qam1024R23 => "1024-2/3",
            Self::Qam1024R45 => "1024-4/5",
            Self::Qam4096R45 => "4096-4/5",
        }
    }

    /// The mode with this name; `None` where there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// The number of its training word: its place in [`Mode::ALL`], 0 to 11.
    #[must_use]
    pub fn number(self) -> usize {
        Self::ALL.iter().position(|mode| *mode == self).unwrap_or(0)
    }

    /// Bits of a carrier on each of its two axes: 1 to 6.
    #[must_use]
    pub const fn axis_bits(self) -> usize {
        match self {
            Self::Qpsk12 | Self::Qpsk45 => 1,
            Self::Qam16R12 | Self::Qam16R23 | Self::Qam16R45 => 2,
            Self::Qam64R23 | Self::Qam64R45 => 3,
            Self::Qam256R23 | Self::Qam256R45 => 4,
            Self::Qam1024R23 | Self::Qam1024R45 => 5,
            Self::Qam4096R45 => 6,
        }
    }

    /// Its error-correcting code (CCSDS 131.0-B): 1,024 data bits up to 16-QAM and 4,096 from 64-QAM on, so that a
    /// codeword spans one to three symbols.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Qpsk12 | Self::Qam16R12 => Code::TM2048,
            Self::Qam16R23 => Code::TM1536,
            Self::Qpsk45 | Self::Qam16R45 => Code::TM1280,
            Self::Qam64R23 | Self::Qam256R23 | Self::Qam1024R23 => Code::TM6144,
            Self::Qam64R45 | Self::Qam256R45 | Self::Qam1024R45 | Self::Qam4096R45 => Code::TM5120,
        }
    }

    /// Bits that a superframe has room for.
    #[must_use]
    pub const fn slots(self) -> usize {
        POINTS * 2 * self.axis_bits()
    }

    /// Codewords in a superframe.
    #[must_use]
    pub const fn codewords(self) -> usize {
        self.slots() / self.code().n()
    }

    /// Data bytes in a codeword.
    #[must_use]
    pub const fn codeword_bytes(self) -> usize {
        self.code().k() / 8
    }

    /// Data bytes in a superframe.
    #[must_use]
    pub const fn bytes(self) -> usize {
        self.codewords() * self.codeword_bytes()
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Mode;

    #[test]
    fn each_mode_has_its_name_and_its_bytes() {
        let bytes = [640, 1024, 1280, 1664, 2048, 2560, 3072, 3072, 4096, 4096, 5120, 6144];
        for (number, (mode, bytes)) in Mode::ALL.into_iter().zip(bytes).enumerate() {
            assert_eq!((mode.bytes(), mode.number()), (bytes, number), "{mode}");
            assert_eq!(Mode::from_name(mode.name()), Some(mode));
        }
        assert_eq!(Mode::from_name("8-1/2"), None);
    }
}
