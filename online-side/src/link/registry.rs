//! The registry: every kind of link that this program receives from, one row each.
//!
//! Adding a link is one file and one row here, and a section in `hardware-notes.md`.

use std::sync::Arc;

use rootcast_host::link_name::{AbsentLink, LinkName, LinkNameError};

use super::kind::LinkKind;
use super::name::Link;
use super::{ethernet, file, optical, serial, sound};

/// The rows, in the order in which people read of them.
const ROWS: &[LinkKind] = &[
    file::KIND,
    serial::KIND,
    ethernet::ETHERNET,
    ethernet::UDP,
    sound::recording::KIND,
    #[cfg(feature = "audio-device")]
    sound::device::KIND,
    optical::camera::KIND,
    optical::video::KIND,
    optical::pictures::KIND,
];

/// What is no link of this program, and why.
const ABSENT: &[AbsentLink] = &[sound::NO_DEVICE];

/// Kinds of links.
#[derive(Debug, Clone)]
pub struct Registry {
    rows: Vec<LinkKind>,
}

impl Default for Registry {
    /// The links of this program.
    fn default() -> Self {
        Self { rows: ROWS.to_vec() }
    }
}

impl Registry {
    /// The same with one kind more.
    #[must_use]
    pub fn with(mut self, kind: LinkKind) -> Self {
        self.rows.push(kind);
        self
    }

    /// The kinds.
    #[must_use]
    pub fn rows(&self) -> &[LinkKind] {
        &self.rows
    }

    /// How each kind is written.
    pub(crate) fn forms(&self) -> Vec<&'static str> {
        self.rows.iter().map(|row| row.form).collect()
    }

    /// The help of `--link`.
    #[must_use]
    pub fn help(&self) -> String {
        format!("Where to receive from: {}; may be repeated", self.forms().join(", "))
    }

    /// Reads the name of one link.
    ///
    /// # Errors
    /// In words: what is wrong with the name, and which there are.
    pub fn read(&self, text: &str) -> Result<Link, LinkNameError> {
        let name: LinkName = text.parse()?;
        let medium = name.target.split_once('=').map(|(medium, _)| medium);
        let is_meant = |row: &&LinkKind| row.name == name.kind && (row.medium.is_none() || row.medium == medium);
        let Some(kind) = self.rows.iter().find(is_meant) else {
            return Err(name.unknown(&format!("this program receives from {}", self.listed()), &self.forms(), ABSENT));
        };
        name.only(kind.options)?;
        let source = Arc::from((kind.read)(&name)?);
        Ok(Link { name, kind: *kind, source })
    }

    /// Reads the names of the links of one run.
    ///
    /// # Errors
    /// As [`Registry::read`]; and where one is named twice.
    pub(crate) fn read_all(&self, texts: &[String]) -> Result<Vec<Link>, LinkNameError> {
        let mut links: Vec<Link> = Vec::new();
        for text in texts {
            let link = self.read(text)?;
            if links.iter().any(|known| known.name == link.name) {
                return Err(link.name.wrong("this link is named twice"));
            }
            links.push(link);
        }
        Ok(links)
    }

    fn listed(&self) -> String {
        match self.forms().split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        }
    }
}
