//! What pictures of several formats share: how light a colour is, and what is said where a file ends too early.

/// What is said of a picture whose file ends too early.
pub(super) const CUT: &str = "it is cut: the file ends before the picture does. Copy it again";

/// How light a pixel of these samples is, red first: the weights of ITU-R BT.709.
pub(super) fn light(samples: &[u8]) -> u8 {
    let weighted = samples.iter().zip([2126_u32, 7152, 722]).map(|(sample, weight)| u32::from(*sample) * weight);
    u8::try_from(weighted.sum::<u32>() / 10_000).unwrap_or(u8::MAX)
}
