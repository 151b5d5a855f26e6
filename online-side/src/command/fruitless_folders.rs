//! Folders of pictures that brought no whole object: what was passed over in them, what could not be used, and what kept
//! photographs from being read; and which of these comes first.
//!
//! Must not: look into a folder.

use rootcast_host::text::printable;

use super::aimed::capitalised;
use crate::reception::assembly::Assemblies;

/// What all folders of a run have brought.
pub(super) struct FruitlessFolders {
    /// Files that were tried and are no pictures.
    pub(super) unusable: u64,
    /// Pictures that were looked at.
    pictures: u64,
    /// What was passed over: in words, how much of it, and what to do about most of it.
    passed_over: Option<(String, u64, String)>,
    /// What kept photographs from being read: why, and what to do.
    not_read: Option<(String, String)>,
}

impl FruitlessFolders {
    pub(super) fn new(assemblies: &Assemblies) -> Self {
        let links = assemblies.links();
        let over = links.values().map(|seen| &seen.passed_over).max_by_key(|over| over.number());
        let not_read: Vec<_> = links.iter().filter_map(|(link, seen)| Some((link, seen.not_read.most()?))).collect();
        let is_one = not_read.len() == 1;
        let whys = not_read.iter().map(|(link, (why, _))| match is_one {
            true => why.clone(),
            false => format!("{}: {why}", printable(link)),
        });
        let whys: Vec<String> = whys.collect();
        Self {
            unusable: links.values().map(|seen| seen.unusable).sum(),
            pictures: links.values().map(|seen| seen.pictures).sum(),
            passed_over: over.and_then(|over| Some((over.text(), over.number(), over.next()?))),
            not_read: not_read.into_iter().next().map(|(_, (_, next))| {
                (whys.join("; "), format!("{}; then run the same command again.", capitalised(&next)))
            }),
        }
    }

    /// What was passed over, as one more part of a sentence; nothing if that was nothing.
    pub(super) fn passed_over(&self) -> String {
        self.passed_over.as_ref().map(|(text, ..)| format!("; {text}")).unwrap_or_default()
    }

    /// What to do about what was passed over, where that explains the run: it is as much as what was tried, or more.
    pub(super) fn next_of_passed_over(&self) -> Option<&str> {
        let (_, number, next) = self.passed_over.as_ref()?;
        (*number >= self.unusable + self.pictures).then_some(next)
    }

    /// Whether pictures were tried and none could be used.
    pub(super) fn are_unusable(&self) -> bool {
        self.unusable > 0 && self.pictures == 0
    }

    /// What kept photographs from being read: why, and what to do.
    pub(super) fn obstacle(&self) -> Option<(String, String)> {
        self.not_read.clone()
    }
}
