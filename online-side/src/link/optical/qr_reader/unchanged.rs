//! Whether a symbol shows the same as before: then it need not be read again.
//!
//! A camera takes several pictures of one shown frame. What is looked at is 64 modules of the correction codewords of each
//! block, and 256 from everywhere. Two blocks of version 40, level L, that differ do so in at least 31 of their codewords. If one
//! codeword of the data is another one, so are all 30 of the correction; where more of the data differs, nearly all of them
//! are, as if drawn by lot. So about half of their modules change. That at most 4 of 64 such modules seem changed, where each
//! changes with probability 0.45, has a probability of 7 · 10⁻¹². A picture that mixes two frames differs in the modules from
//! everywhere.

use super::content::Content;
use super::grey_picture::GreyPicture;
use super::mesh::Mesh;
use super::modules::Modules;

/// What a symbol showed when it was last read.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) content: Vec<u8>,
    level: usize,
    /// The light of its probes, group by group.
    light: Vec<f32>,
    /// The difference in light from which on a module shows something else.
    other: f32,
}

/// One in so many probes of a group may differ: noise.
const ONE_IN: usize = 16;
/// The share of a module's step that makes it another one, and the least step in grey levels for that to be told.
const OTHER_SHARE: f32 = 0.35;
const STEP_MIN: f32 = 30.0;

impl Shown {
    /// What the symbol with these modules shows; nothing if it is so faint that a change could be overlooked.
    pub(super) fn new(content: &Content, modules: &Modules) -> Option<Self> {
        let step = modules.step();
        let light = modules.layout().probes(content.level).iter().flatten();
        let light = light.map(|at| modules.light().get(*at).copied().unwrap_or(0.0)).collect();
        let (content, level) = (content.bytes.clone(), content.level);
        (step >= STEP_MIN).then_some(Self { content, level, light, other: step * OTHER_SHARE })
    }

    /// Whether the symbol under a mesh still shows that.
    pub(super) fn is_shown(&self, mesh: &Mesh, picture: &GreyPicture) -> bool {
        let groups = mesh.layout.probes(self.level);
        let mut now = mesh.sample_some(picture, groups.iter().flatten().copied());
        let mut before = self.light.iter();
        !groups.is_empty()
            && groups.iter().all(|group| {
                let pairs = before.by_ref().zip(now.by_ref()).take(group.len());
                pairs.filter(|(before, now)| (*before - now).abs() > self.other).count() * ONE_IN <= group.len()
            })
    }
}
