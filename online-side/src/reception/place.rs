//! Where one receiver keeps what it received: one of the places of a state, each with a lock of its own.
//!
//! ```text
//! STATE/symbols/…          the symbols of the first receiver; symbols/lock while it listens
//! STATE/symbols/2/…        those of a second one beside it; symbols/2/lock
//! STATE/contact.json       what beacons told the first; STATE/contact-2.json the second
//! ```
//!
//! Two receivers do not put their symbols together: each file has one writer. A receiver that finds the first place free
//! takes over what the second has left, so that no symbol of an earlier run is lost.
//! Must not: judge anything, or change what is published.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rootcast_host::disk::{Disk, DiskError, RealDisk};
use rootcast_host::state_lock::{LockError, StateLock};
use rootcast_protocol::object::Object;

use super::symbol_store::{KeptSymbol, SymbolFile};
use crate::limits::{LIVE_OBJECTS_MAX, RECEIVERS_MAX, SYMBOL_BYTES_MAX};
use crate::publication::StateError;

/// A place of a state, taken by this process until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    number: u64,
    folder: PathBuf,
    /// What the receivers in the places before this one wrote about themselves.
    beside: Vec<String>,
    _lock: StateLock,
}

impl Place {
    /// Takes the first place that is free. `symbols` is the folder of the symbols of the state, whose lock this process has
    /// meanwhile: no other receiver looks for a place. `who` is what other processes are told.
    ///
    /// # Errors
    /// [`StateError::AllListening`] when all are taken; [`StateError`] when one cannot be used.
    pub(crate) fn take(symbols: &Path, who: &str) -> Result<Self, StateError> {
        let mut beside = Vec::new();
        for number in 1..=RECEIVERS_MAX {
            let folder = match folder_of(symbols, number)? {
                Some(folder) => folder,
                None => made(symbols, number)?,
            };
            match StateLock::take(&folder, who) {
                Ok(lock) => {
                    let place = Self { number, folder, beside, _lock: lock };
                    place.take_over_from(symbols, who)?;
                    return Ok(place);
                }
                Err(LockError::InUse { by, .. }) => beside.push(by),
                Err(error) => return Err(error.into()),
            }
        }
        let path = symbols.join("lock");
        Err(StateError::AllListening { path, receivers: beside })
    }

    /// Its number, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The folder of its symbols.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the receivers beside this one, which came before it, wrote about themselves.
    pub(crate) fn beside(&self) -> &[String] {
        &self.beside
    }

    /// Takes over what later places have left where nobody is, as far as there is room for it here.
    fn take_over_from(&self, symbols: &Path, who: &str) -> Result<(), StateError> {
        for number in self.number + 1..=RECEIVERS_MAX {
            let Some(folder) = folder_of(symbols, number)? else { continue };
            let _lock = match StateLock::take(&folder, who) {
                Ok(lock) => lock,
                // Somebody receives there.
                Err(LockError::InUse { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            for object in SymbolFile::list(&folder)? {
                self.take_over(&folder, object)?;
            }
        }
        Ok(())
    }

    /// Takes over one object. What has no room stays where it is, for the next receiver there.
    fn take_over(&self, from: &Path, object: Object) -> Result<(), StateError> {
        let name = SymbolFile::name_of(&object);
        let (theirs, ours) = (from.join(&name), self.folder.join(&name));
        let here = SymbolFile::list(&self.folder)?;
        let size = |path: &Path| path.symlink_metadata().map_or(0, |found| found.len());
        let taken: u64 = here.iter().map(|object| size(&self.folder.join(SymbolFile::name_of(object)))).sum();
        let is_known = here.contains(&object);
        let has_place = is_known || here.len() < LIVE_OBJECTS_MAX;
        if !has_place || taken.saturating_add(size(&theirs)) > SYMBOL_BYTES_MAX {
            return Ok(());
        }
        if !is_known {
            RealDisk.rename(&theirs, &ours)?;
            return Ok(());
        }
        let (left, mut file) = (SymbolFile::open(from, object)?, SymbolFile::open(&self.folder, object)?);
        let links = left.links().to_vec();
        let (mut failed, mut frame) = (None, None);
        left.read_each(left.kept(), |symbol: &KeptSymbol, bytes| {
            let Some(link) = links.get(usize::from(symbol.link)).filter(|_| failed.is_none()) else { return };
            if frame.replace(symbol.frame) != Some(symbol.frame) {
                file.next_frame();
            }
            let one = std::iter::once((symbol.esi, bytes));
            failed = file.keep_all(one, link, symbol.time, |_| {}).err();
        })?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        file.sync()?;
        left.remove()?;
        Ok(())
    }
}

/// The folder of a place, if it is there. That of the first is the symbols' own.
fn folder_of(symbols: &Path, number: u64) -> Result<Option<PathBuf>, StateError> {
    if number == 1 {
        return Ok(Some(symbols.to_owned()));
    }
    let path = path_of(symbols, number);
    match path.symlink_metadata() {
        Ok(found) if found.is_dir() => Ok(Some(path)),
        // What is in it is removed, so it must not lead elsewhere.
        Ok(_) => Err(StateError::Broken { path, why: "it is not a folder of this state".to_owned() }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(DiskError::new("look at", &path, error).into()),
    }
}

/// Makes the folder of a later place.
fn made(symbols: &Path, number: u64) -> Result<PathBuf, StateError> {
    let path = path_of(symbols, number);
    RealDisk.create_dir(&path)?;
    RealDisk.sync_dir(symbols)?;
    Ok(path)
}

fn path_of(symbols: &Path, number: u64) -> PathBuf {
    symbols.join(number.to_string())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rootcast_protocol::esi::Esi;
    use rootcast_protocol::object::Object;

    use super::{LIVE_OBJECTS_MAX, Place, RECEIVERS_MAX, SYMBOL_BYTES_MAX, SymbolFile};
    use crate::limits::SYMBOL_BYTES_SUM_MAX;
    use crate::publication::StateError;

    /// Whether a folder of symbols holds no object.
    fn is_empty(folder: &Path) -> bool {
        SymbolFile::list(folder).unwrap().is_empty()
    }

    fn object(number: u32) -> Object {
        Object::new(&[number.to_be_bytes(); 300].concat()).unwrap()
    }

    /// Keeps symbols of an object that came by a link.
    fn keep(folder: &Path, object: Object, ids: std::ops::Range<u32>, link: &str) {
        let mut file = SymbolFile::open(folder, object).unwrap();
        let symbol = vec![7; usize::from(object.symbol_size().get())];
        for id in ids {
            file.next_frame();
            file.keep(Esi::new(id).unwrap(), &symbol, link, 1_800_000_000).unwrap();
        }
    }

    #[test]
    fn each_receiver_has_a_place_of_its_own_and_the_limits_cover_both() {
        let folder = tempfile::tempdir().unwrap();
        let first = Place::take(folder.path(), "first").unwrap();
        let second = Place::take(folder.path(), "second").unwrap();
        assert_eq!((first.number(), second.number()), (1, 2));
        assert_ne!(first.folder(), second.folder());
        assert!(first.beside().is_empty() && second.beside()[0].contains("first"));
        let Err(full @ StateError::AllListening { .. }) = Place::take(folder.path(), "third") else {
            panic!("a third place")
        };
        let told = full.to_string();
        assert!(told.contains("2 receivers") && told.contains("first") && told.contains("second"), "{told}");
        assert_eq!(SYMBOL_BYTES_MAX * RECEIVERS_MAX, SYMBOL_BYTES_SUM_MAX);
        drop(first);
        // The first place is free again, and the second is not: nothing is taken from it.
        keep(second.folder(), object(1), 0..3, "a");
        assert_eq!(Place::take(folder.path(), "fourth").unwrap().number(), 1);
        assert!(!is_empty(second.folder()));
    }

    #[test]
    fn what_a_second_receiver_left_is_taken_over_and_symbols_of_one_object_come_together() {
        let folder = tempfile::tempdir().unwrap();
        let first = Place::take(folder.path(), "first").unwrap();
        let second = Place::take(folder.path(), "second").unwrap();
        keep(first.folder(), object(1), 0..3, "a");
        keep(second.folder(), object(1), 2..6, "b");
        keep(second.folder(), object(2), 0..4, "b");
        let left = second.folder().to_owned();
        drop((first, second));
        let place = Place::take(folder.path(), "later").unwrap();
        assert!(is_empty(&left), "nothing is left there");
        let both = SymbolFile::open(place.folder(), object(1)).unwrap();
        // One of them came over both: it is the same, and kept once.
        assert_eq!((both.count(), both.kept_count(), both.links()), (6, 6, &["a".to_owned(), "b".to_owned()][..]));
        assert_eq!(SymbolFile::open(place.folder(), object(2)).unwrap().count(), 4);
    }

    #[test]
    fn what_has_no_room_stays_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let first = Place::take(folder.path(), "first").unwrap();
        let second = Place::take(folder.path(), "second").unwrap();
        let most = u32::try_from(LIVE_OBJECTS_MAX).unwrap();
        (0..most).for_each(|number| keep(first.folder(), object(number), 0..1, "a"));
        keep(second.folder(), object(0), 1..2, "b");
        keep(second.folder(), object(most), 0..1, "b");
        let left = second.folder().to_owned();
        drop((first, second));
        let place = Place::take(folder.path(), "later").unwrap();
        assert_eq!(SymbolFile::list(&left).unwrap(), [object(most)]);
        assert_eq!(SymbolFile::open(place.folder(), object(0)).unwrap().count(), 2);
    }

    #[test]
    fn a_link_in_the_place_of_a_folder_is_refused() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::os::unix::fs::symlink(other.path(), folder.path().join("2")).unwrap();
        assert!(matches!(Place::take(folder.path(), "first"), Err(StateError::Broken { .. })));
        assert!(std::fs::read_dir(other.path()).unwrap().next().is_none());
    }
}
