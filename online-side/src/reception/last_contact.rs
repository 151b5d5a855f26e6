//! The last contact with each source, and the time of the next contact it promised.
//!
//! `STATE/contact.json`, beside the generations: beacons come often and decide nothing, so they make no generation. Each
//! change replaces the file whole. A second receiver has a file of its own, `contact-2.json`; of each source the later
//! beacon counts. Only beacons with the MAC of a transport key get here. Must not: decide about an item.

use std::io::Read;
use std::path::{Path, PathBuf};

use rootcast_host::disk::{Disk, DiskError, RealDisk};
use rootcast_host::own_file;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::frame::beacon::Beacon;
use serde::{Deserialize, Serialize};

use crate::limits::{BEACON_AHEAD_MAX_S, BEACON_KEPT_EVERY_S, CONTACT_SIZE_MAX, RECEIVERS_MAX};

/// The file of the receiver in a place.
fn file_name(place: u64) -> String {
    if place == 1 { "contact.json".to_owned() } else { format!("contact-{place}.json") }
}

const VERSION: u32 = 1;

/// What is known of all sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contact {
    /// The version of the layout.
    version: u32,
    /// One for each source that was heard.
    pub(crate) sources: Vec<SourceContact>,
}

/// What is known of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceContact {
    /// SHA-256 of the root's public key, hexadecimal.
    pub(crate) source: String,
    /// When its last beacon was heard, Unix seconds.
    pub(crate) heard: i64,
    /// The link it came by.
    pub(crate) link: String,
    /// When it says it was sent, Unix seconds.
    pub(crate) sent: i64,
    /// The number of its newest manifest.
    pub(crate) manifest_number: u64,
    /// When it promised the next contact, Unix seconds.
    pub(crate) next_contact_by: Option<i64>,
    /// The ids of its newest objects.
    pub(crate) objects: Vec<String>,
}

/// The result of a beacon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is the newest of its source.
    New,
    /// This one or a later one was heard before.
    Repeated,
    /// Its sending time is more than a day in the future: one of the clocks is wrong.
    Ahead,
}

impl Contact {
    /// Reads what is known in a state directory; nothing is known where there is no file, or none that can be read.
    #[must_use]
    pub(crate) fn read(state: &Path) -> Self {
        let mut known = Self { version: VERSION, sources: Vec::new() };
        let all = (1..=RECEIVERS_MAX).filter_map(|place| Self::read_file(&state.join(file_name(place))));
        all.flat_map(|contact| contact.sources).for_each(|source| known.add(source));
        known
    }

    fn read_file(path: &Path) -> Option<Self> {
        let mut bytes = Vec::new();
        own_file::open(path).and_then(|file| file.take(CONTACT_SIZE_MAX).read_to_end(&mut bytes)).ok()?;
        serde_json::from_slice::<Self>(&bytes).ok().filter(|contact| contact.version == VERSION)
    }

    /// Adds what is known of a source, unless a later beacon of it is known.
    fn add(&mut self, found: SourceContact) {
        match self.sources.iter_mut().find(|known| known.source == found.source) {
            Some(known) if known.sent < found.sent => *known = found,
            Some(_) => {}
            None => self.sources.push(found),
        }
    }

    /// Records a beacon received at `now`.
    pub(crate) fn take(&mut self, beacon: &Beacon, link: &str, now: i64) -> Taken {
        if beacon.sent > now.saturating_add(BEACON_AHEAD_MAX_S) {
            return Taken::Ahead;
        }
        let source = beacon.source.to_string();
        if self.sources.iter().any(|known| known.source == source && known.sent >= beacon.sent) {
            return Taken::Repeated;
        }
        self.sources.retain(|known| known.source != source);
        self.sources.push(SourceContact {
            source,
            heard: now,
            link: link.to_owned(),
            sent: beacon.sent,
            manifest_number: beacon.manifest_number,
            next_contact_by: beacon.next_contact_by,
            objects: beacon.objects.iter().map(|object| object.id.to_string()).collect(),
        });
        Taken::New
    }

    /// What is known of a source.
    #[must_use]
    pub(crate) fn last_of(&self, source: &Digest) -> Option<&SourceContact> {
        let source = source.to_string();
        self.sources.iter().find(|known| known.source == source)
    }
}

/// What is known, and its file.
#[derive(Debug)]
pub(crate) struct ContactFile {
    path: PathBuf,
    contact: Contact,
    /// When it was last written, Unix seconds.
    written: Option<i64>,
    changed: bool,
}

impl ContactFile {
    /// Opens what is known in a state directory, for the one process that receives in this place of it.
    #[must_use]
    pub(crate) fn open(state: &Path, place: u64) -> Self {
        Self { path: state.join(file_name(place)), contact: Contact::read(state), written: None, changed: false }
    }

    /// Takes in a beacon, and writes the file where it was not written for a while.
    ///
    /// # Errors
    /// The disk's error.
    pub(crate) fn take(&mut self, beacon: &Beacon, link: &str, now: i64) -> Result<Taken, DiskError> {
        let taken = self.contact.take(beacon, link, now);
        self.changed |= taken == Taken::New;
        if self.written.is_none_or(|written| now.saturating_sub(written).abs() >= BEACON_KEPT_EVERY_S) {
            self.keep(now)?;
        }
        Ok(taken)
    }

    /// Writes the file, if anything changed since.
    ///
    /// # Errors
    /// The disk's error; what was written before stays.
    pub(crate) fn keep(&mut self, now: i64) -> Result<(), DiskError> {
        if !self.changed {
            return Ok(());
        }
        let fresh = self.path.with_extension("json.new");
        let mut bytes = serde_json::to_vec_pretty(&self.contact).unwrap_or_default();
        bytes.push(b'\n');
        // Whatever is there, a link too, is not written through.
        if fresh.symlink_metadata().is_ok() {
            RealDisk.remove_file(&fresh)?;
        }
        RealDisk.write_new_synced(&fresh, &bytes)?;
        RealDisk.rename(&fresh, &self.path)?;
        (self.written, self.changed) = (Some(now), false);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Contact, ContactFile, Taken};
    use rootcast_protocol::digest::Digest;
    use rootcast_protocol::frame::beacon::Beacon;

    fn beacon(sent: i64, next_contact_by: i64) -> Beacon {
        let next_contact_by = Some(next_contact_by);
        Beacon { source: Digest([1; 32]), sent, manifest_number: 3, next_contact_by, objects: Vec::new() }
    }

    #[test]
    fn an_old_beacon_shown_again_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = ContactFile::open(folder.path(), 1);
        assert_eq!(file.take(&beacon(1_000, 9_000), "a", 1_005).unwrap(), Taken::New);
        assert_eq!(file.take(&beacon(2_000, 5_000), "a", 2_005).unwrap(), Taken::New);
        assert_eq!(file.take(&beacon(1_000, 9_000), "b", 3_000).unwrap(), Taken::Repeated);
        assert_eq!(file.take(&beacon(2_000, 9_000), "b", 3_000).unwrap(), Taken::Repeated);
        // A promise from the far future would silence every later one.
        assert_eq!(file.take(&beacon(9_000_000, 99_000_000), "b", 3_000).unwrap(), Taken::Ahead);
        file.keep(3_000).unwrap();
        let contact = Contact::read(folder.path());
        let known = contact.last_of(&Digest([1; 32])).unwrap();
        assert_eq!((known.heard, known.next_contact_by, known.link.as_str()), (2_005, Some(5_000), "a"));
        assert_eq!(contact.last_of(&Digest([2; 32])), None);
    }

    #[test]
    fn of_two_receivers_the_later_beacon_counts() {
        let folder = tempfile::tempdir().unwrap();
        let [mut first, mut second] = [1, 2].map(|place| ContactFile::open(folder.path(), place));
        assert_eq!(first.take(&beacon(2_000, 9_000), "a", 2_005).unwrap(), Taken::New);
        assert_eq!(second.take(&beacon(1_000, 5_000), "b", 2_006).unwrap(), Taken::New);
        let sent = || Contact::read(folder.path()).last_of(&Digest([1; 32])).unwrap().sent;
        assert_eq!(sent(), 2_000);
        second.take(&beacon(3_000, 5_000), "b", 3_006).unwrap();
        second.keep(3_006).unwrap();
        assert_eq!(sent(), 3_000);
        // Neither wrote over the other's file.
        first.keep(3_007).unwrap();
        assert_eq!(sent(), 3_000);
    }

    #[test]
    fn a_missing_or_broken_file_means_that_nothing_was_heard() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Contact::read(folder.path()).sources.is_empty());
        std::fs::write(folder.path().join("contact.json"), "{\"version\":1,").unwrap();
        assert!(Contact::read(folder.path()).sources.is_empty());
    }
}
