//! What a folder of pictures holds that is not looked at: counted, said in one line, with what to do about most of it.
//!
//! Must not: open anything.

use std::collections::BTreeMap;

use rootcast_host::text::{count, printable};
use serde::Serialize;

use super::foreign_format::ForeignFormat;

/// Characters of a subfolder's name that are said.
const NAME_MAX: usize = 60;

/// What was passed over in a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    /// Files of formats that can be converted, by format.
    pub to_convert: BTreeMap<ForeignFormat, u64>,
    /// Subfolders, which are not looked into.
    pub subfolders: u64,
    /// Symbolic links that lead out of the folder, to where nothing can be opened.
    pub links_out: u64,
    /// Files that are no pictures by their names, and what is no file.
    pub others: u64,
    /// The name of one subfolder.
    #[serde(skip)]
    pub subfolder: Option<String>,
}

impl PassedOver {
    /// How many things were passed over.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.to_convert.values().sum::<u64>() + self.subfolders + self.links_out + self.others
    }

    /// Takes note of a subfolder.
    pub(super) fn note_subfolder(&mut self, name: &str) {
        self.subfolders += 1;
        self.subfolder.get_or_insert_with(|| printable(name).chars().take(NAME_MAX).collect());
    }

    /// In words: `9 passed over: 8 HEIC, 1 subfolder (DCIM)`.
    #[must_use]
    pub fn text(&self) -> String {
        let mut parts: Vec<String> =
            self.to_convert.iter().map(|(format, number)| format!("{number} {}", format.name())).collect();
        if self.subfolders > 0 {
            let name = self.subfolder.as_deref().unwrap_or_default();
            parts.push(format!("{} ({name})", count(self.subfolders, "subfolder")));
        }
        if self.links_out > 0 {
            parts.push(format!("{} out of the folder", count(self.links_out, "link")));
        }
        if self.others > 0 {
            parts.push(format!("{} no picture by its name", self.others));
        }
        format!("{} passed over: {}", self.number(), parts.join(", "))
    }

    /// What to do about most of it; nothing if only files were passed over that look like no pictures.
    #[must_use]
    pub fn next(&self) -> Option<String> {
        let most = self.to_convert.iter().max_by_key(|(_, number)| **number);
        let most = most.map(|(format, number)| (*number, format.next().to_owned()));
        let folders = self.subfolder.as_ref().map(|name| {
            (self.subfolders, format!("Give the folder in which the pictures are: --link qr:images=FOLDER/{name}"))
        });
        let links = (self.links_out > 0)
            .then(|| (self.links_out, "Copy what the links lead to into the folder (cp -L).".to_owned()));
        let of_all = [most, links, folders].into_iter().flatten();
        of_all.max_by_key(|(number, _)| *number).map(|(_, next)| next)
    }
}

#[cfg(test)]
mod tests {
    use super::PassedOver;
    use crate::link::foreign_format::ForeignFormat;

    #[test]
    fn one_line_counts_everything_and_one_sentence_says_what_to_do() {
        let mut all = PassedOver { links_out: 2, others: 3, ..PassedOver::default() };
        assert_eq!(all.next().as_deref(), Some("Copy what the links lead to into the folder (cp -L)."));
        all.note_subfolder("DCIM\u{1b}[2J");
        all.to_convert.insert(ForeignFormat::Heic, 8);
        let text = all.text();
        for part in ["14 passed over", "8 HEIC", "1 subfolder (DCIM", "2 links", "3 no picture"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains('\u{1b}') && all.next().is_some_and(|next| next.contains("heif-convert")));
        assert_eq!(PassedOver { others: 5, ..PassedOver::default() }.next(), None);
    }
}
