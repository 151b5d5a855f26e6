//! What can be wrong with a configuration file, and what to do about it.

use std::fmt;
use std::path::PathBuf;

use super::keys::{Key, SECTIONS, Side};
use crate::diagnosis::{Diagnosis, Label};
use crate::suggestion::did_you_mean;
use crate::text::{printable, printable_words};

/// A configuration file that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationError {
    /// The file.
    pub(super) file: PathBuf,
    /// The line the fault is in, from 1; 0 if it is in none.
    pub(super) line: usize,
    /// What is wrong.
    pub(super) fault: Fault,
}

/// What is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It cannot be read.
    Unreadable {
        /// What the system said.
        why: String,
    },
    /// It is a device, a pipe or a folder.
    NotFile {
        /// Whether it is the file of the host, which no option named.
        is_of_host: bool,
    },
    /// It is larger than any such file is.
    TooLarge {
        /// The most bytes it may have.
        max: u64,
    },
    /// It is no text.
    NotText {
        /// In words.
        why: String,
    },
    /// Somebody else may write it, or a folder above it.
    WritableByOthers {
        /// The file or the folder.
        path: PathBuf,
        /// Its owner's number.
        owner: u32,
        /// Its permission bits.
        mode: u32,
        /// Whether nobody but root may.
        root_only: bool,
    },
    /// A part of its path below `/etc/rootcast` is a symbolic link.
    Link {
        /// That part.
        path: PathBuf,
    },
    /// It is among the files of the state.
    InState {
        /// The state directory.
        state: PathBuf,
    },
    /// A line that is no TOML.
    Form {
        /// The line.
        text: String,
    },
    /// No section has this name.
    UnknownSection {
        /// The name.
        name: String,
    },
    /// A key stands before the first section.
    NoSection {
        /// The key.
        name: String,
        /// The section it belongs to.
        section: &'static str,
    },
    /// What is to be a section is a value.
    NotSection {
        /// Its name.
        name: String,
    },
    /// No key has this name.
    UnknownKey {
        /// The name.
        name: String,
        /// The program.
        side: Side,
    },
    /// The key belongs to another section.
    OtherSection {
        /// The key.
        name: String,
        /// The section.
        section: &'static str,
    },
    /// The key belongs to the file of the other program.
    OtherSide {
        /// The key.
        name: String,
        /// This program.
        side: Side,
    },
    /// The value is not what is expected.
    Value {
        /// The key.
        name: &'static str,
        /// The value, as it is in the file.
        found: String,
        /// What is expected.
        expected: &'static str,
    },
    /// More values than the key takes.
    TooMany {
        /// The key.
        name: &'static str,
        /// How many there are.
        found: usize,
        /// The most it takes.
        max: usize,
    },
    /// Two limits that exclude each other.
    TwoLimits {
        /// The first.
        one: &'static str,
        /// The second.
        other: &'static str,
    },
}

/// Whether group or others may write it. What is in a folder with the sticky bit stays its owner's, so there only the
/// owner of the folder matters.
fn is_written_by_others(mode: u32) -> bool {
    mode & 0o022 != 0 && mode & 0o1000 == 0
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { why } => write!(f, "It cannot be read: {why}"),
            Self::NotFile { .. } => f.write_str("It is not a file."),
            Self::TooLarge { max } => write!(f, "It has more than {max} bytes. A configuration has a few lines."),
            Self::NotText { why } => write!(f, "It is not UTF-8 text: {why}."),
            Self::WritableByOthers { path, owner, mode, root_only } => {
                let path = path.display();
                if *root_only && *owner != 0 {
                    write!(f, "{path} belongs to user number {owner}, and not to root.")
                } else if *root_only || is_written_by_others(*mode) {
                    write!(f, "Group or others may write {path} (mode {mode:04o}).")
                } else {
                    write!(f, "{path} belongs to user number {owner}, who may write it.")
                }
            }
            Self::Link { path } => write!(f, "{} is a symbolic link, which is not followed here.", path.display()),
            Self::InState { state } => write!(f, "It is inside the state directory {}.", state.display()),
            Self::Form { text } => write!(
                f,
                "This line is not understood, or its key is there twice: {text}. A line is KEY = VALUE or [SECTION]. A \
                 text or a time stands in quotes: warn = \"30d\". A list stands in brackets: link = [\"…\", \"…\"]."
            ),
            Self::UnknownSection { name } => {
                let suggestion = did_you_mean(name, SECTIONS);
                write!(
                    f,
                    "There is no section [{name}].{suggestion} The sections are [links], [warnings] and [limits]."
                )
            }
            Self::NoSection { name, section } => {
                write!(f, "{name} stands before the first section. It belongs below a line [{section}].")
            }
            Self::NotSection { name } => write!(f, "{name} is a section: write [{name}] on a line of its own."),
            Self::UnknownKey { name, side } => {
                let known: Vec<&str> = Key::names(*side).collect();
                let suggestion = did_you_mean(name, known.iter().copied());
                write!(
                    f,
                    "There is no key {name}.{suggestion} The keys are {}. Other options are given on the command line.",
                    known.join(", ")
                )
            }
            Self::OtherSection { name, section } => write!(f, "{name} belongs below [{section}]."),
            Self::OtherSide { name, side } => {
                let (other, file) = match side {
                    Side::Online => ("rootcast-offline", Side::Offline.file_name()),
                    Side::Offline => ("rootcast-online", Side::Online.file_name()),
                };
                write!(f, "{name} is a key of {other}: it belongs in its file {file}.")
            }
            Self::Value { name, found, expected } => write!(f, "{name} is {found}. Expected is {expected}."),
            Self::TooMany { name, found, max } => write!(f, "{name} has {found} values. At most {max} are possible."),
            Self::TwoLimits { one, other } => {
                write!(f, "{one} and {other} are both given. A transmission ends by one of them.")
            }
        }
    }
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = printable(&self.file.display().to_string());
        match self.line {
            // The file is named already.
            0 if matches!(&self.fault, Fault::WritableByOthers { path, .. } if *path == self.file) => {
                f.write_str(&printable_words(&self.fault.to_string()))
            }
            0 => write!(f, "{file}: {}", printable_words(&self.fault.to_string())),
            line => write!(f, "{file}, line {line}: {}", printable_words(&self.fault.to_string())),
        }
    }
}

impl std::error::Error for Fault {}

impl std::error::Error for ConfigurationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.fault)
    }
}

impl ConfigurationError {
    /// The diagnosis; `nothing_done` says what the program did not do.
    #[must_use]
    pub fn diagnosis(&self, nothing_done: &str) -> Diagnosis {
        let next = match &self.fault {
            Fault::Unreadable { .. } => {
                "Check its path and its permissions, then run the same command again.".to_owned()
            }
            Fault::NotFile { is_of_host: true } => "Put a text file there, or remove it.".to_owned(),
            Fault::NotFile { is_of_host: false } => {
                "Name a text file with --config, or leave the option out.".to_owned()
            }
            Fault::WritableByOthers { root_only: true, path, .. } => {
                let path = path.display();
                format!("Look who changed it last, then: chown root:root {path}; chmod go-w {path}")
            }
            Fault::WritableByOthers { path, mode, .. } if !is_written_by_others(*mode) => {
                let path = path.display();
                format!(
                    "Look who changed it last. Then take it over, as root: chown YOU {path}. Or give a copy of your own."
                )
            }
            Fault::WritableByOthers { path, .. } => {
                format!("Look who changed it last. Then take it over, or: chmod go-w {}", path.display())
            }
            Fault::Link { .. } => "Put the file itself there.".to_owned(),
            Fault::InState { .. } => "Move it out of the state directory, for example to /etc/rootcast.".to_owned(),
            _ => "Correct the file, then run the same command again.".to_owned(),
        };
        let what = format!("The configuration file was refused. {nothing_done}");
        Diagnosis::new(Label::ConfigurationRefused, what, self.to_string(), next)
    }
}
