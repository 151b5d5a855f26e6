//! From dark and light modules to the bytes of a symbol: format, mask, codewords, error correction, byte segments
//! (ISO/IEC 18004, 7.4 to 7.12).
//!
//! Only byte mode is read: frames are shown in it. A wrong correction is found by the frame's CRC.

use rxing::common::reedsolomon::{PredefinedGenericGF, ReedSolomonDecoder};

use super::layout::Layout;

/// Error correction level and mask, as the five format bits have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Format {
    level: usize,
    mask: usize,
}

/// A copy of the format with more wrong bits than this is not used.
const FORMAT_ERRORS_MAX: u32 = 3;

/// Decodes a symbol's bytes from its dark modules, given row by row.
pub(super) fn read(layout: &Layout, dark: &[bool]) -> Option<Vec<u8>> {
    let format = format(layout.side, dark)?;
    let blocks = layout.blocks(format.level)?;
    let mut bits = layout.data.iter().map(|(column, row)| {
        let (column, row) = (usize::from(*column), usize::from(*row));
        dark.get(row * layout.side + column).copied().unwrap_or(false) ^ masked(format.mask, column, row)
    });
    let mut codewords = Vec::with_capacity(layout.data.len() / 8);
    for _ in 0..layout.data.len() / 8 {
        codewords.push(bits.by_ref().take(8).fold(0_u8, |byte, bit| byte << 1 | u8::from(bit)));
    }
    // The blocks' codewords are interleaved; shorter blocks end first.
    let mut parts: Vec<Vec<u8>> = blocks.data.iter().map(|data| Vec::with_capacity(data + blocks.correction)).collect();
    let mut codewords = codewords.into_iter();
    let longest = blocks.data.iter().max().copied().unwrap_or(0);
    for at in 0..longest {
        for (part, length) in parts.iter_mut().zip(&blocks.data).filter(|(_, length)| at < **length) {
            debug_assert!(part.len() < *length);
            part.push(codewords.next()?);
        }
    }
    for _ in 0..blocks.correction {
        for part in &mut parts {
            part.push(codewords.next()?);
        }
    }
    let decoder = ReedSolomonDecoder::new(PredefinedGenericGF::QrCodeField256.into());
    let mut data = Vec::with_capacity(layout.data.len() / 8);
    for (part, length) in parts.iter_mut().zip(&blocks.data) {
        decoder.decode(part, i32::try_from(blocks.correction).ok()?).ok()?;
        data.extend(part.get(..*length)?);
    }
    segments(layout.version, &data)
}

/// The bytes of the byte segments; `None` if there is another kind of segment.
fn segments(version: u32, data: &[u8]) -> Option<Vec<u8>> {
    let total = data.len() * 8;
    let mut at = 0;
    let mut take = |count: usize| {
        let end = at + count;
        if end > total {
            return None;
        }
        let mut value = 0_usize;
        while at < end {
            let byte = data.get(at / 8).copied()?;
            value = value << 1 | usize::from(byte >> (7 - at % 8) & 1);
            at += 1;
        }
        Some(value)
    };
    let mut bytes = Vec::new();
    loop {
        match take(4) {
            Some(0b0100) => {
                let count = take(if version < 10 { 8 } else { 16 })?;
                for _ in 0..count {
                    bytes.push(u8::try_from(take(8)?).ok()?);
                }
            }
            // The terminator, or no room for one.
            Some(0) | None => return Some(bytes),
            Some(_) => return None,
        }
    }
}

/// Whether the mask pattern inverts a module.
const fn masked(mask: usize, column: usize, row: usize) -> bool {
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

/// The format nearest to either of its two copies.
fn format(side: usize, dark: &[bool]) -> Option<Format> {
    let bit = |column: usize, row: usize| u32::from(dark.get(row * side + column).copied().unwrap_or(false));
    let near = (0..6).chain([7, 8]).map(|column| (column, 8)).chain([7, 5, 4, 3, 2, 1, 0].map(|row| (8, row)));
    let far = (0..7).map(|step| (8, side - 1 - step)).chain((0..8).map(|step| (side - 8 + step, 8)));
    let near = near.fold(0, |bits, (column, row)| bits << 1 | bit(column, row));
    let far = far.fold(0, |bits, (column, row)| bits << 1 | bit(column, row));
    let (errors, number) = (0..32_usize)
        .map(|number| {
            let code = format_code(number);
            ((code ^ near).count_ones().min((code ^ far).count_ones()), number)
        })
        .min()?;
    (errors <= FORMAT_ERRORS_MAX).then_some(Format { level: number >> 3, mask: number & 7 })
}

/// The 15 bits that five format bits are shown as: BCH (15, 5), then the fixed mask.
fn format_code(number: usize) -> u32 {
    let number = u32::try_from(number).unwrap_or(0);
    let mut rest = number << 10;
    for bit in (10..15).rev() {
        if rest >> bit & 1 == 1 {
            rest ^= 0x537 << (bit - 10);
        }
    }
    (number << 10 | rest) ^ 0x5412
}

#[cfg(test)]
mod tests {
    use super::format_code;

    #[test]
    fn format_codes_are_those_of_the_standard() {
        // ISO/IEC 18004, table C.1.
        assert_eq!([0, 1, 8, 31].map(format_code), [0x5412, 0x5125, 0x77c4, 0x2bed]);
    }
}
