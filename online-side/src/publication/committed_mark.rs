//! `enrolled`: records, outside every generation, that a root was trusted here and which generation was committed last.
//!
//! Without it, a missing link would look like a fresh start. A link that was moved back to an earlier generation would
//! look like an unfinished run. It is written after the commit, so it may lag by one and is never ahead.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rootcast_host::disk::{Disk, DiskError};
use rootcast_host::own_file;

use super::error::StateError;
use super::layout::{GENERATIONS, LINK, RECEIPTS};
use super::record::Record;

const ENROLLED: &str = "enrolled";
const TEXT: &str = "A root was enrolled here: without `published`, this state is lost, not new.\n";

/// What the mark says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    /// There is none.
    Absent,
    /// A root was trusted; an earlier version of this program did not write down which generation was the last.
    Bare,
    /// This generation was committed, with this receipt.
    Committed { generation: u64, receipt: String },
}

impl Mark {
    /// The mark of a record that was committed.
    pub(super) fn from_record(record: &Record) -> Self {
        Self::Committed { generation: record.generation, receipt: record.receipt.clone() }
    }

    /// Reads the mark in the state directory `dir`.
    pub(super) fn read(dir: &Path) -> Result<Self, StateError> {
        let path = dir.join(ENROLLED);
        let text = match own_file::read(&path) {
            Ok(text) => String::from_utf8_lossy(&text).into_owned(),
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Self::Absent),
            Err(e) => return Err(DiskError::new("read", &path, e).into()),
        };
        let Some(line) = text.lines().find_map(|line| line.strip_prefix("committed ")) else { return Ok(Self::Bare) };
        let committed = line.split_once(' ').and_then(|(number, receipt)| Some((number.parse().ok()?, receipt)));
        match committed {
            Some((generation, receipt)) => Ok(Self::Committed { generation, receipt: receipt.to_owned() }),
            None => Err(StateError::Broken { path, why: "it does not name the committed generation".to_owned() }),
        }
    }

    /// Writes it into `dir`, in the place of the one before.
    pub(super) fn write(&self, disk: &dyn Disk, dir: &Path) -> Result<(), DiskError> {
        let Self::Committed { generation, receipt } = self else { return Ok(()) };
        disk.replace(&dir.join(ENROLLED), format!("{TEXT}committed {generation:08} {receipt}\n").as_bytes())
    }

    /// Whether a missing link means that the state is lost. The first enrolment may have been cut short before there was
    /// one; nothing later can have been.
    pub(super) fn was_enrolled(&self, dir: &Path) -> bool {
        *self != Self::Absent
            || numbers_in(&dir.join(GENERATIONS)).chain(numbers_in(&dir.join(RECEIPTS))).any(|n| n > 1)
    }

    /// Checks that the link of `dir` was not moved back to the generation of `record`.
    pub(super) fn check(&self, dir: &Path, record: &Record) -> Result<(), StateError> {
        let here = record.generation;
        let why = match self {
            Self::Committed { generation, .. } if *generation > here => {
                format!("it names generation {here}, but generation {generation} was committed here: it was moved back")
            }
            Self::Committed { generation, receipt } if *generation == here && *receipt != record.receipt => {
                format!("it names generation {here}, but with another digest than the one committed here")
            }
            // Every commit but the first begins with the mark of the one before.
            Self::Absent if here > 1 => {
                let why = format!("it is missing, but {here} generations were committed here: it was removed");
                return Err(StateError::Broken { path: dir.join(ENROLLED), why });
            }
            Self::Absent | Self::Bare => match numbers_in(&dir.join(RECEIPTS)).find(|number| *number > here) {
                // Nothing else says whether that one was ever committed, so nothing of it is thrown away.
                Some(newer) => format!(
                    "it names generation {here}, but there is a receipt of generation {newer}: it was moved back, or a run \
                     of an earlier version was cut short"
                ),
                None => return Ok(()),
            },
            Self::Committed { .. } => return Ok(()),
        };
        Err(StateError::Broken { path: dir.join(LINK), why })
    }
}

/// The numbers with which the names in `folder` begin: `00000012-9f3a…`, `00000012.json`.
fn numbers_in(folder: &Path) -> impl Iterator<Item = u64> {
    let names = fs::read_dir(folder).into_iter().flatten().flatten();
    names.filter_map(|entry| {
        let name = PathBuf::from(entry.file_name());
        name.to_str()?.split(['-', '.']).next()?.parse().ok()
    })
}

/// Whether a first `trust` in `dir` was interrupted, as far as can be seen.
pub(super) fn is_begun(dir: &Path) -> bool {
    numbers_in(&dir.join(GENERATIONS)).chain(numbers_in(&dir.join(RECEIPTS))).next().is_some()
}
