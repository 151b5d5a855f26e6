//! What the samples of an open device are.

use alsa::pcm::Format as AlsaFormat;

/// How one sample is written, little-endian and signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// 16 bits.
    Bits16,
    /// 24 bits in three bytes.
    Bits24,
    /// 24 bits in the lower three of four bytes.
    Bits24Of32,
    /// 32 bits.
    Bits32,
}

impl Coding {
    /// The ones that are tried, the best one first.
    pub(crate) const ALL: [Self; 4] = [Self::Bits16, Self::Bits24, Self::Bits32, Self::Bits24Of32];

    /// Bytes of a sample.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Bits16 => 2,
            Self::Bits24 => 3,
            Self::Bits24Of32 | Self::Bits32 => 4,
        }
    }

    /// As ALSA names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bits16 => "S16_LE",
            Self::Bits24 => "S24_3LE",
            Self::Bits24Of32 => "S24_LE",
            Self::Bits32 => "S32_LE",
        }
    }

    pub(crate) const fn of_alsa(self) -> AlsaFormat {
        match self {
            Self::Bits16 => AlsaFormat::S16LE,
            Self::Bits24 => AlsaFormat::S243LE,
            Self::Bits24Of32 => AlsaFormat::S24LE,
            Self::Bits32 => AlsaFormat::S32LE,
        }
    }

    /// Appends a sample of 16 bits.
    pub fn append(self, sample: i16, bytes: &mut Vec<u8>) {
        let wide = i32::from(sample);
        match self {
            Self::Bits16 => bytes.extend_from_slice(&sample.to_le_bytes()),
            Self::Bits24 => bytes.extend_from_slice((wide << 8).to_le_bytes().get(..3).unwrap_or_default()),
            Self::Bits24Of32 => bytes.extend_from_slice(&(wide << 8).to_le_bytes()),
            Self::Bits32 => bytes.extend_from_slice(&(wide << 16).to_le_bytes()),
        }
    }
}

/// What the samples are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// How one is written.
    pub coding: Coding,
    /// Channels.
    pub channels: u16,
    /// Samples of each in a second.
    pub rate: u32,
}

impl Format {
    /// Bytes of one sample of every channel.
    #[must_use]
    pub fn block(&self) -> usize {
        self.coding.size() * usize::from(self.channels)
    }

    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { coding, channels, rate } = self;
        let channels = if *channels == 1 { "1 channel".to_owned() } else { format!("{channels} channels") };
        format!("{rate} samples a second, {}, {channels}", coding.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Coding;

    #[test]
    fn a_sample_is_the_same_in_every_coding() {
        for (sample, bytes) in [
            (0x0102, [&[2, 1][..], &[0, 2, 1], &[0, 2, 1, 0], &[0, 0, 2, 1]]),
            (-2, [&[0xfe, 0xff][..], &[0, 0xfe, 0xff], &[0, 0xfe, 0xff, 0xff], &[0, 0, 0xfe, 0xff]]),
        ] {
            for (coding, expected) in
                [Coding::Bits16, Coding::Bits24, Coding::Bits24Of32, Coding::Bits32].into_iter().zip(bytes)
            {
                let mut told = Vec::new();
                coding.append(sample, &mut told);
                assert_eq!((told.as_slice(), told.len()), (expected, coding.size()), "{coding:?}");
            }
        }
    }
}
