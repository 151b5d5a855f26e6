//! What a run takes from the configuration file. An option of the command line wins over it, and what is taken is told.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::fault::ConfigurationError;
use super::file;
use super::keys::{Key, Side};
use super::reading::{Given, StopLimit, Values, read};
use crate::text::printable;

/// What a run took from its configuration file, for documents and the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenRecord {
    /// The file, made printable.
    pub file: String,
    /// `KEY = VALUE`, in the order in which they were taken.
    pub taken: Vec<String>,
}

/// The configuration of a run: nothing, or what a file says.
#[derive(Debug, Clone, Default)]
pub struct Configuration {
    file: Option<PathBuf>,
    values: Values,
    taken: RefCell<Vec<(Key, String)>>,
}

impl Configuration {
    /// The file named with `--config`, or the one in `/etc/rootcast`, if there is one. `state` is the state directory.
    ///
    /// # Errors
    /// When the file cannot be read, others may write it, or its text is wrong.
    pub fn open(side: Side, named: Option<&Path>, state: Option<&Path>) -> Result<Self, ConfigurationError> {
        let found = match named {
            Some(path) => Some(file::named(path, state)?),
            None => file::of_host(side)?,
        };
        let Some((file, bytes)) = found else { return Ok(Self::default()) };
        let values = read(&bytes, &file, side)?;
        Ok(Self { file: Some(file), values, taken: RefCell::default() })
    }

    /// The links: those of the command line, else those of the file; none if both name none.
    pub fn links(&self, given: &[String]) -> Vec<String> {
        self.list(Key::Link, given, self.values.links.as_ref())
    }

    /// The files with transport keys.
    pub fn transport_keys(&self, given: &[PathBuf]) -> Vec<PathBuf> {
        self.list(Key::Transport, given, self.values.transport_keys.as_ref())
    }

    /// The file with the transport key, where there is one at most.
    pub fn transport_key(&self, given: Option<&PathBuf>) -> Option<PathBuf> {
        self.transport_keys(given.map(std::slice::from_ref).unwrap_or_default()).into_iter().next()
    }

    /// Whether picture folders are watched for new pictures.
    pub fn follow(&self, given: bool) -> bool {
        self.truth(Key::Follow, given, self.values.follow.as_ref())
    }

    /// Whether a run needs its sandbox.
    pub fn require_sandbox(&self, given: bool) -> bool {
        self.truth(Key::RequireSandbox, given, self.values.require_sandbox.as_ref())
    }

    /// How long before an end `status` warns.
    pub fn warn(&self, given: Option<Duration>) -> Option<Duration> {
        self.time(Key::Warn, given, self.values.warn.as_ref())
    }

    /// The time until the next contact that is promised.
    pub fn next_contact(&self, given: Option<Duration>) -> Option<Duration> {
        self.time(Key::NextContact, given, self.values.next_contact.as_ref())
    }

    /// How long a run receives at most.
    pub fn timeout(&self, given: Option<Duration>) -> Option<Duration> {
        self.time(Key::Timeout, given, self.values.timeout.as_ref())
    }

    /// When a transmission ends for which the command line says nothing.
    pub fn stop(&self) -> Option<StopLimit> {
        let (_, limit) = self.values.stop.as_ref()?;
        let key = match limit.value {
            StopLimit::Passes(_) => Key::Passes,
            StopLimit::Time(_) => Key::For,
            StopLimit::Failure(_) => Key::UntilOdds,
        };
        self.note(key, &limit.text);
        Some(limit.value)
    }

    /// What was taken so far; `None` if nothing was.
    #[must_use]
    pub fn taken(&self) -> Option<TakenRecord> {
        let file = printable(&self.file.as_ref()?.display().to_string());
        let taken = self.taken.borrow();
        let line = |(key, text): &(Key, String)| Some(format!("{} = {}", key.row()?.name, printable(text)));
        let taken: Vec<String> = taken.iter().filter_map(line).collect();
        (!taken.is_empty()).then_some(TakenRecord { file, taken })
    }

    fn list<T: Clone>(&self, key: Key, given: &[T], configured: Option<&Given<Vec<T>>>) -> Vec<T> {
        match configured {
            Some(configured) if given.is_empty() => {
                self.note(key, &configured.text);
                configured.value.clone()
            }
            _ => given.to_vec(),
        }
    }

    fn truth(&self, key: Key, given: bool, configured: Option<&Given<bool>>) -> bool {
        match configured {
            Some(configured) if configured.value && !given => {
                self.note(key, &configured.text);
                true
            }
            _ => given,
        }
    }

    fn time(&self, key: Key, given: Option<Duration>, configured: Option<&Given<Duration>>) -> Option<Duration> {
        match (given, configured) {
            (None, Some(configured)) => {
                self.note(key, &configured.text);
                Some(configured.value)
            }
            (given, _) => given,
        }
    }

    /// Notes that a value was taken, once.
    fn note(&self, key: Key, text: &str) {
        let mut taken = self.taken.borrow_mut();
        if !taken.iter().any(|(known, _)| *known == key) {
            taken.push((key, text.to_owned()));
        }
    }
}

impl TakenRecord {
    /// The line for people.
    #[must_use]
    pub fn text(&self) -> String {
        format!("from {}: {}", self.file, self.taken.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Configuration, Side};

    #[test]
    fn an_option_of_the_command_line_wins_and_what_is_taken_is_told() {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("mine.toml");
        std::fs::write(&file, "[links]\nlink = [\"file:a\", \"file:b\"]\n[limits]\ntimeout = \"2h\"\n").unwrap();
        let open = || Configuration::open(Side::Online, Some(&file), None).unwrap();
        let given = open();
        assert_eq!(given.links(&["file:c".to_owned()]), ["file:c"]);
        assert_eq!(given.timeout(Some(Duration::from_secs(1))), Some(Duration::from_secs(1)));
        assert_eq!((given.warn(None), given.taken()), (None, None));
        let taken = open();
        assert_eq!(taken.links(&[]), ["file:a", "file:b"]);
        assert_eq!(taken.links(&[]).len(), 2);
        assert_eq!(taken.timeout(None), Some(Duration::from_secs(7_200)));
        let record = taken.taken().unwrap();
        assert_eq!(record.taken, ["link = file:a, file:b", "timeout = 2h"]);
        assert!(record.text().starts_with("from /") && record.text().ends_with("timeout = 2h"));
        assert!(Configuration::default().links(&[]).is_empty());
    }
}
