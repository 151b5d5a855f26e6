//! Where things are in a symbol of a version: function patterns, codewords, blocks (ISO/IEC 18004, 7.3 to 7.9).
//!
//! The tables are `rxing`'s; here they are put into the order in which a sampled symbol is read.

use std::sync::OnceLock;

use rxing::qrcode::common::{ErrorCorrectionLevel, Version};

/// The layout of one version.
#[derive(Debug)]
pub(super) struct Layout {
    /// 1 to 40.
    pub(super) version: u32,
    /// Modules a side.
    pub(super) side: usize,
    /// The rows and columns that alignment patterns are centred on; none in version 1.
    pub(super) centres: Vec<usize>,
    /// The data modules in the order of the codewords' bits.
    pub(super) data: Vec<DataModule>,
    /// For each error correction level in the order of its format bits: the blocks.
    blocks: [Blocks; 4],
    /// For each level: what tells two contents apart, once it was asked for.
    probes: [OnceLock<Probes>; 4],
}

/// One data module.
#[derive(Debug, Clone, Copy)]
pub(super) struct DataModule {
    /// Its place, row by row.
    pub(super) at: usize,
    /// Bit n is set where mask n inverts it.
    pub(super) masks: u8,
}

/// Modules by which two contents of one layout are told apart, in groups: 64 from the correction codewords of each block, and
/// then 256 from everywhere.
pub(super) type Probes = Vec<Vec<usize>>;

/// Correction codewords of a block that are probed, and data modules from everywhere.
const PROBED_CODEWORDS: usize = 8;
const PROBED_MODULES: usize = 256;

/// How the codewords of one level are divided.
#[derive(Debug, Clone, Default)]
pub(super) struct Blocks {
    /// Data codewords of each block, in order.
    pub(super) data: Vec<usize>,
    /// Error correction codewords of each block.
    pub(super) correction: usize,
}

impl Layout {
    /// The layout of `version`, made at its first use.
    pub(super) fn from_version(version: u32) -> Option<&'static Self> {
        static LAYOUTS: [OnceLock<Option<Layout>>; 40] = [const { OnceLock::new() }; 40];
        let slot = usize::try_from(version).ok()?.checked_sub(1)?;
        LAYOUTS.get(slot)?.get_or_init(|| Self::make(version)).as_ref()
    }

    /// The layout of the version that has so many modules a side.
    pub(super) fn from_side(side: u32) -> Option<&'static Self> {
        (side >= 21 && side % 4 == 1).then(|| Self::from_version((side - 17) / 4))?
    }

    fn make(version: u32) -> Option<Self> {
        let tables = Version::getVersionForNumber(version).ok()?;
        let function = tables.buildFunctionPattern().ok()?;
        let side = tables.getDimensionForVersion();
        let mut data = Vec::new();
        let mut upwards = true;
        let mut right = side.checked_sub(1)?;
        while right > 0 {
            // The vertical timing pattern is no part of any pair of columns.
            if right == 6 {
                right -= 1;
            }
            for step in 0..side {
                let row = if upwards { side - 1 - step } else { step };
                for column in [right, right - 1] {
                    if !function.get(column, row) {
                        let (column, row) = (usize::try_from(column).ok()?, usize::try_from(row).ok()?);
                        let masks =
                            (0..8).fold(0, |masks, mask| masks | u8::from(is_masked(mask, column, row)) << mask);
                        data.push(DataModule { at: row * usize::try_from(side).ok()? + column, masks });
                    }
                }
            }
            upwards = !upwards;
            right = right.saturating_sub(2);
        }
        // In the order of the two format bits: M 00, L 01, H 10, Q 11.
        let levels =
            [ErrorCorrectionLevel::M, ErrorCorrectionLevel::L, ErrorCorrectionLevel::H, ErrorCorrectionLevel::Q];
        let mut blocks: [Blocks; 4] = Default::default();
        for (level, into) in levels.into_iter().zip(&mut blocks) {
            let table = tables.getECBlocksForLevel(level);
            into.correction = usize::try_from(table.getECCodewordsPerBlock()).ok()?;
            for group in table.getECBlocks() {
                for _ in 0..group.getCount() {
                    into.data.push(usize::try_from(group.getDataCodewords()).ok()?);
                }
            }
        }
        let centres =
            tables.getAlignmentPatternCenters().iter().map(|c| usize::try_from(*c)).collect::<Result<_, _>>().ok()?;
        Some(Self { version, side: usize::try_from(side).ok()?, centres, data, blocks, probes: Default::default() })
    }

    /// What tells two contents of the level with these format bits apart.
    pub(super) fn probes(&self, level: usize) -> &[Vec<usize>] {
        self.probes.get(level).map_or(&[], |probes| probes.get_or_init(|| self.make_probes(level)))
    }

    /// A block that differs from another one does so in most of its correction codewords. So those are probed.
    fn make_probes(&self, level: usize) -> Probes {
        let Some(blocks) = self.blocks(level) else { return Vec::new() };
        let data: usize = blocks.data.iter().sum();
        let count = blocks.data.len();
        let modules = |codeword: usize| {
            let bits = self.data.iter().skip(codeword * 8).take(8);
            bits.map(|module| module.at)
        };
        let step = (blocks.correction / PROBED_CODEWORDS).max(1);
        let of_block = |block: usize| {
            let codewords = (0..blocks.correction).step_by(step).take(PROBED_CODEWORDS);
            codewords.flat_map(|codeword| modules(data + codeword * count + block)).collect()
        };
        let spread = (self.data.len() / PROBED_MODULES).max(1);
        let everywhere = self.data.iter().step_by(spread).map(|module| module.at).collect();
        (0..count).map(of_block).chain([everywhere]).collect()
    }

    /// The blocks of the level with these format bits.
    pub(super) fn blocks(&self, level: usize) -> Option<&Blocks> {
        self.blocks.get(level)
    }
}

/// Whether a mask pattern inverts a module (ISO/IEC 18004, table 10).
const fn is_masked(mask: usize, column: usize, row: usize) -> bool {
    let (i, j) = (row, column);
    0 == match mask {
        0 => (i + j) % 2,
        1 => i % 2,
        2 => j % 3,
        3 => (i + j) % 3,
        4 => (i / 2 + j / 3) % 2,
        5 => i * j % 2 + i * j % 3,
        6 => (i * j % 2 + i * j % 3) % 2,
        _ => ((i + j) % 2 + i * j % 3) % 2,
    }
}

#[cfg(test)]
mod tests {
    use super::Layout;

    #[test]
    fn every_version_has_room_for_its_codewords_at_every_level() {
        for version in 1..=40 {
            let layout = Layout::from_version(version).unwrap();
            assert_eq!(layout.side, 17 + 4 * version as usize);
            for level in 0..4 {
                let blocks = layout.blocks(level).unwrap();
                let codewords: usize = blocks.data.iter().map(|data| data + blocks.correction).sum();
                assert_eq!(layout.data.len() / 8, codewords, "version {version}");
                assert!(layout.data.len() % 8 < 8);
            }
        }
        assert!(
            Layout::from_version(0).is_none() && Layout::from_version(41).is_none() && Layout::from_side(22).is_none()
        );
        assert_eq!(Layout::from_version(40).unwrap().blocks(1).unwrap().data.iter().sum::<usize>(), 2956);
    }
}
