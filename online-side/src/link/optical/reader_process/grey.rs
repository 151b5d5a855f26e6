//! What pictures of several formats share: how light a colour is, and what is said where a file ends too early.

/// What is said of a picture whose file ends too early.
pub(super) const CUT: &str = "it is cut: the file ends before the picture does. Copy it again";

/// How light a pixel of these samples is, red first: the weights of ITU-R BT.709.
pub(super) fn light(samples: &[u8]) -> u8 {
    let weighted = samples.iter().zip([2126_u32, 7152, 722]).map(|(sample, weight)| u32::from(*sample) * weight);
    u8::try_from(weighted.sum::<u32>() / 10_000).unwrap_or(u8::MAX)
}

/// How light a pixel is that covers only a part of the ground below it: `cover` is 255 where it hides all of it.
pub(super) fn over(light: u8, cover: u8, ground: u8) -> u8 {
    let mixed = u32::from(light) * u32::from(cover) + u32::from(ground) * u32::from(u8::MAX - cover);
    u8::try_from((mixed + 127) / 255).unwrap_or(u8::MAX)
}

/// How much of a transparent picture is dark and how much light, of the pixels that hide what is below them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ink {
    dark: u64,
    light: u64,
    clear: u64,
}

impl Ink {
    /// Takes a pixel into account.
    pub(super) fn note(&mut self, light: u8, cover: u8) {
        match (cover >= 128, light >= 128) {
            (false, _) => self.clear += 1,
            (true, true) => self.light += 1,
            (true, false) => self.dark += 1,
        }
    }

    /// Whether it only shows on a dark ground: it lies on a clear one, and hardly anything of it is dark.
    pub(super) const fn is_for_dark_ground(&self) -> bool {
        self.clear > 0 && self.light > 0 && self.dark * 64 < self.light
    }
}

/// The ground of a picture that is read on paper, and that of one for dark grounds.
pub(super) const PAPER: u8 = 255;
pub(super) const DARK: u8 = 0;
