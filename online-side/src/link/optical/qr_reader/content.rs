//! From dark and light modules to the bytes of a symbol: format, mask, codewords, error correction, byte segments
//! (ISO/IEC 18004, 7.4 to 7.12).
//!
//! Only byte mode is read: frames are shown in it. A wrong correction is found by the frame's CRC.

use super::layout::Layout;
use super::reed_solomon::correct;

/// Error correction level and mask, as the five format bits have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Format {
    level: usize,
    mask: usize,
}

/// A copy of the format with more wrong bits than this is not used.
const FORMAT_ERRORS_MAX: u32 = 3;

/// What was read from a symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content {
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
    /// Its error correction level, by its format bits.
    pub(super) level: usize,
    /// Codewords that were wrong, in thousandths of those that could be.
    pub(super) wrong: usize,
}

/// Decodes a symbol's bytes from its dark modules, given row by row.
pub(super) fn read(layout: &Layout, dark: &[bool]) -> Option<Content> {
    let (format, _) = format(layout.side, dark, false)?;
    let blocks = layout.blocks(format.level)?;
    let mask = 1_u8 << format.mask;
    let mut codewords = layout.data.chunks_exact(8).map(|modules| {
        modules.iter().fold(0_u8, |byte, module| {
            let is_dark = dark.get(module.at).copied().unwrap_or(false);
            byte << 1 | u8::from(is_dark ^ (module.masks & mask != 0))
        })
    });
    // The blocks' codewords are interleaved; shorter blocks end first.
    let mut parts: Vec<Vec<u8>> = blocks.data.iter().map(|data| Vec::with_capacity(data + blocks.correction)).collect();
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
    let mut data = Vec::with_capacity(layout.data.len() / 8);
    let mut wrong = 0;
    for (part, length) in parts.iter_mut().zip(&blocks.data) {
        wrong += correct(part, blocks.correction)?;
        data.extend(part.get(..*length)?);
    }
    let most = (blocks.correction / 2 * blocks.data.len()).max(1);
    Some(Content { bytes: segments(layout.version, &data)?, level: format.level, wrong: wrong * 1000 / most })
}

/// Whether the modules are rather those of a mirrored symbol: its columns are rows.
pub(super) fn is_mirrored(layout: &Layout, dark: &[bool]) -> bool {
    let errors = |mirrored| format(layout.side, dark, mirrored).map_or(u32::MAX, |(_, errors)| errors);
    errors(true) < errors(false)
}

/// Wrong bits in both copies of the format of a symbol, at most, so that it is surely one: of 8,000 random ones one has as few.
const SURE_ERRORS_MAX: u32 = 3;

/// Whether the modules are surely those of a mirrored symbol, even if its content cannot be read.
pub(super) fn is_surely_mirrored(layout: &Layout, dark: &[bool]) -> bool {
    let is_sure = |mirrored: bool| {
        let copies = format_copies(layout.side, dark, mirrored);
        (0..32_usize)
            .map(format_code)
            .any(|code| copies.iter().map(|copy| (code ^ copy).count_ones()).sum::<u32>() <= SURE_ERRORS_MAX)
    };
    is_sure(true) && !is_sure(false)
}

/// The modules of a mirrored symbol as those of one that is not, and the other way round.
pub(super) fn transposed(side: usize, dark: &[bool]) -> Vec<bool> {
    let places = (0..side).flat_map(|row| (0..side).map(move |column| column * side + row));
    places.map(|at| dark.get(at).copied().unwrap_or(false)).collect()
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

/// Both copies of the format, as they are.
fn format_copies(side: usize, dark: &[bool], mirrored: bool) -> [u32; 2] {
    let bit = |(column, row): (usize, usize)| {
        let at = if mirrored { column * side + row } else { row * side + column };
        u32::from(dark.get(at).copied().unwrap_or(false))
    };
    let near = (0..6).chain([7, 8]).map(|column| (column, 8)).chain([7, 5, 4, 3, 2, 1, 0].map(|row| (8, row)));
    let far = (0..7).map(|step| (8, side - 1 - step)).chain((0..8).map(|step| (side - 8 + step, 8)));
    [near.fold(0, |bits, place| bits << 1 | bit(place)), far.fold(0, |bits, place| bits << 1 | bit(place))]
}

/// The format nearest to either of its two copies, and by how many bits it differs.
fn format(side: usize, dark: &[bool], mirrored: bool) -> Option<(Format, u32)> {
    let [near, far] = format_copies(side, dark, mirrored);
    let (errors, number) = (0..32_usize)
        .map(|number| {
            let code = format_code(number);
            ((code ^ near).count_ones().min((code ^ far).count_ones()), number)
        })
        .min()?;
    (errors <= FORMAT_ERRORS_MAX).then_some((Format { level: number >> 3, mask: number & 7 }, errors))
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
