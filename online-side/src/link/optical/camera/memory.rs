//! What the settings of cameras were before a run changed them: a file of the state, so that the next run gives them back
//! where this one is killed.
//!
//! ```text
//! STATE/camera-controls.json   for each camera: its name and bus, and the values of the controls before
//! ```
//!
//! Must not: be believed beyond numbers that are offered to the same camera.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rootcast_host::disk::{Disk, DiskError, RealDisk, parent};
use rootcast_host::state_lock::StateLock;
use serde::{Deserialize, Serialize};

use crate::limits::SETTINGS_LOCK_WAIT;

/// Its name in the state.
const NAME: &str = "camera-controls.json";
/// Bytes that it may have, and cameras in it.
const SIZE_MAX: u64 = 64 << 10;
const CAMERAS_MAX: usize = 16;

/// Which camera: a name that its driver gives, and where it is plugged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Which {
    pub(super) card: String,
    pub(super) bus: String,
}

/// Controls by their numbers (linux/v4l2-controls.h), and their values.
pub(super) type Values = Vec<(u32, i64)>;

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    camera: Which,
    before: Values,
}

/// The file.
#[derive(Debug)]
pub(super) struct Memory(PathBuf);

impl Memory {
    /// The file in this state directory.
    pub(super) fn in_state(state: &Path) -> Self {
        Self(state.join(NAME))
    }

    /// What the controls of a camera were before a run that could not give them back.
    pub(super) fn values_of(&self, camera: &Which) -> Option<Values> {
        self.read().into_iter().find(|kept| kept.camera == *camera).map(|kept| kept.before)
    }

    /// Keeps what the controls of a camera are, until they are given back. It is on the disk when this returns.
    pub(super) fn keep(&self, camera: &Which, before: Values) -> Result<(), DiskError> {
        let _lock = self.lock();
        let mut all = self.read();
        all.retain(|kept| kept.camera != *camera);
        if all.len() >= CAMERAS_MAX {
            all.remove(0);
        }
        all.push(Kept { camera: camera.clone(), before });
        self.write(&all)
    }

    /// They were given back.
    pub(super) fn forget(&self, camera: &Which) -> Result<(), DiskError> {
        let _lock = self.lock();
        let mut all = self.read();
        all.retain(|kept| kept.camera != *camera);
        if !all.is_empty() {
            return self.write(&all);
        }
        if self.0.symlink_metadata().is_ok() {
            RealDisk.remove_file(&self.0)?;
            RealDisk.sync_dir(parent(&self.0))?;
        }
        Ok(())
    }

    /// Keeps a second receiver from changing the file meanwhile. Without the lock it is changed all the same: a camera that
    /// is given back matters more.
    fn lock(&self) -> Option<StateLock> {
        StateLock::take_within(parent(&self.0), "rootcast-online (the settings of a camera)", SETTINGS_LOCK_WAIT).ok()
    }

    /// What it holds. One that is damaged holds nothing.
    fn read(&self) -> Vec<Kept> {
        let mut bytes = Vec::new();
        let read = File::open(&self.0).and_then(|file| file.take(SIZE_MAX).read_to_end(&mut bytes));
        match read {
            Ok(_) => serde_json::from_slice(&bytes).unwrap_or_default(),
            Err(_) => Vec::new(),
        }
    }

    fn write(&self, all: &[Kept]) -> Result<(), DiskError> {
        let text = serde_json::to_string_pretty(all).unwrap_or_default();
        RealDisk.replace(&self.0, format!("{text}\n").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::{Memory, NAME, Which};

    #[test]
    fn what_was_kept_of_one_camera_is_found_until_it_is_forgotten() {
        let state = tempfile::tempdir().unwrap();
        let memory = Memory::in_state(state.path());
        let [one, other] = ["one", "other"].map(|card| Which { card: card.to_owned(), bus: "usb-1".to_owned() });
        assert_eq!(memory.values_of(&one), None);
        memory.keep(&one, vec![(7, -3)]).unwrap();
        memory.keep(&other, vec![]).unwrap();
        memory.keep(&one, vec![(7, 4), (8, 1)]).unwrap();
        assert_eq!((memory.values_of(&one), memory.values_of(&other)), (Some(vec![(7, 4), (8, 1)]), Some(vec![])));
        memory.forget(&one).unwrap();
        assert_eq!((memory.values_of(&one), memory.values_of(&other)), (None, Some(vec![])));
        memory.forget(&other).unwrap();
        memory.forget(&other).unwrap();
        assert!(!state.path().join(NAME).exists());
    }

    #[test]
    fn it_has_bounds_and_a_damaged_one_holds_nothing() {
        let state = tempfile::tempdir().unwrap();
        let memory = Memory::in_state(state.path());
        for number in 0..40 {
            memory.keep(&Which { card: number.to_string(), bus: String::new() }, vec![(1, 1)]).unwrap();
        }
        let length = std::fs::metadata(state.path().join(NAME)).unwrap().len();
        assert!(length < 4_000, "{length} bytes");
        std::fs::write(state.path().join(NAME), b"[{\"card\":").unwrap();
        assert_eq!(memory.values_of(&Which { card: "39".to_owned(), bus: String::new() }), None);
    }
}
