//! Animated GIF in black and white (GIF89a), written and never read.
//!
//! Written here rather than with a crate: one palette of two colours, one picture after the other, and the LZW of the
//! format, which is a table of what was seen before with codes of 3 to 12 bits.

use std::time::Duration;

use crate::link::optical::qr_sheet::QrSheet;

/// The most pixels a side that the format can state.
pub(crate) const SIDE_MAX: usize = u16::MAX as usize;

/// The smallest code size the format allows, although two colours would need one bit.
const COLOUR_BITS: u8 = 2;
const CLEAR: u16 = 1 << COLOUR_BITS;
const END: u16 = CLEAR + 1;
/// Codes have at most 12 bits.
const CODES_MAX: u16 = 1 << 12;

/// Hundredths of a second that a picture stays, which is all the precision there is. Players take less than two as ten.
#[must_use]
pub(crate) fn delay_for(frame_time: Duration) -> u16 {
    let hundredths = (frame_time.as_millis() + 5) / 10;
    u16::try_from(hundredths).unwrap_or(u16::MAX).max(2)
}

/// What stands before the first picture: size, colours, and that it repeats for ever.
#[must_use]
pub fn beginning(width: u16, height: u16) -> Vec<u8> {
    let mut gif = b"GIF89a".to_vec();
    gif.extend_from_slice(&width.to_le_bytes());
    gif.extend_from_slice(&height.to_le_bytes());
    // A global palette of two colours: 0 is white, 1 black. Background 0, no aspect ratio.
    gif.extend_from_slice(&[0x80, 0, 0, 0xff, 0xff, 0xff, 0, 0, 0]);
    gif.extend_from_slice(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0");
    gif
}

/// One picture, `pixels` a module, that stays for `delay` hundredths of a second.
#[must_use]
pub fn picture(sheet: &QrSheet, pixels: usize, delay: u16) -> Vec<u8> {
    let side = |modules: usize| u16::try_from(modules * pixels).unwrap_or(u16::MAX).to_le_bytes();
    // Graphic control: keep the picture until the next one covers it.
    let mut gif = vec![0x21, 0xf9, 4, 0x04];
    gif.extend_from_slice(&delay.to_le_bytes());
    gif.extend_from_slice(&[0, 0, 0x2c, 0, 0, 0, 0]);
    gif.extend_from_slice(&side(sheet.width()));
    gif.extend_from_slice(&side(sheet.height()));
    gif.extend_from_slice(&[0, COLOUR_BITS]);
    let mut codes = Lzw::new();
    for modules in sheet.rows() {
        for _ in 0..pixels {
            for dark in modules {
                (0..pixels).for_each(|_| codes.push(*dark));
            }
        }
    }
    for block in codes.finish().chunks(255) {
        gif.push(u8::try_from(block.len()).unwrap_or(u8::MAX));
        gif.extend_from_slice(block);
    }
    gif.push(0);
    gif
}

/// What stands after the last picture.
pub const ENDING: &[u8] = b"\x3b";

/// LZW as GIF has it: codes of growing width, lowest bit first.
struct Lzw {
    bytes: Vec<u8>,
    held: u32,
    held_bits: u32,
    width: u32,
    /// For a code and the colour after it, the code of both together; 0 if there is none yet.
    longer: Vec<[u16; 2]>,
    next: u16,
    prefix: Option<u16>,
}

impl Lzw {
    fn new() -> Self {
        let mut codes =
            Self { bytes: Vec::new(), held: 0, held_bits: 0, width: 0, longer: Vec::new(), next: 0, prefix: None };
        codes.restart();
        codes
    }

    fn restart(&mut self) {
        if self.width == 0 {
            self.width = u32::from(COLOUR_BITS) + 1;
        }
        self.put(CLEAR);
        self.width = u32::from(COLOUR_BITS) + 1;
        self.longer.clear();
        self.longer.resize(usize::from(CODES_MAX), [0; 2]);
        self.next = END + 1;
    }

    fn put(&mut self, code: u16) {
        self.held |= u32::from(code) << self.held_bits;
        self.held_bits += self.width;
        while self.held_bits >= 8 {
            self.bytes.push(self.held.to_le_bytes()[0]);
            self.held >>= 8;
            self.held_bits -= 8;
        }
    }

    fn push(&mut self, dark: bool) {
        let Some(prefix) = self.prefix else {
            self.prefix = Some(u16::from(dark));
            return;
        };
        let seen = self.longer.get(usize::from(prefix)).map_or(0, |codes| if dark { codes[1] } else { codes[0] });
        if seen != 0 {
            self.prefix = Some(seen);
            return;
        }
        self.put(prefix);
        self.prefix = Some(u16::from(dark));
        if self.next == CODES_MAX {
            self.restart();
            return;
        }
        if let Some(code) = self.longer.get_mut(usize::from(prefix)).and_then(|codes| codes.get_mut(usize::from(dark)))
        {
            *code = self.next;
        }
        // The reader learns a code one step later, so the width grows once this code no longer fits.
        if u32::from(self.next) == 1 << self.width {
            self.width += 1;
        }
        self.next += 1;
    }

    fn finish(mut self) -> Vec<u8> {
        if let Some(prefix) = self.prefix.take() {
            self.put(prefix);
            // The reader learns one more code from that one.
            if self.next < CODES_MAX && u32::from(self.next) == 1 << self.width {
                self.width += 1;
            }
        }
        self.put(END);
        if self.held_bits > 0 {
            self.bytes.push(self.held.to_le_bytes()[0]);
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::delay_for;
    use std::time::Duration;

    #[test]
    fn a_picture_stays_for_whole_hundredths_of_a_second() {
        assert_eq!(delay_for(Duration::from_secs(1) / 11), 9);
        assert_eq!(delay_for(Duration::from_secs(1)), 100);
        assert_eq!(delay_for(Duration::from_secs(1) / 60), 2);
        assert_eq!(delay_for(Duration::from_secs(3600)), u16::MAX);
    }
}
