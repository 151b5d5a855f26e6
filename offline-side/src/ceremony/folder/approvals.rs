//! The approvals as they were given, kept beside the rehearsal they are for: evidence for the record.

use std::path::Path;

use rootcast_host::disk::{Disk, DiskError};
use rootcast_host::text::printable;
use rootcast_protocol::digest::Digest;

use super::layout::{APPROVALS, VERDICTS};
use crate::ceremony::approval::{Approvals, GivenApproval, OtherFile, Verdict};

/// A file that is written and removed again.
const ROOM: &str = "room";

/// Writes every approval given and its verdict; what an earlier try left is replaced. Finds out, too, whether the disk has
/// `room` bytes left for what comes next: once a number is burned, a full disk costs it.
///
/// # Errors
/// The disk's error.
pub(crate) fn write(
    disk: &dyn Disk,
    folder: &Path,
    approvals: &Approvals,
    given: &[GivenApproval],
    room: usize,
) -> Result<(), DiskError> {
    let kept = folder.join(APPROVALS);
    disk.clear_dir(&kept)?;
    disk.create_dir(&kept)?;
    let mut verdicts = format!("{} of {} required\n", approvals.counted(), approvals.required);
    for (index, (judged, given)) in approvals.judged.iter().zip(given).enumerate() {
        let name = format!("{:02}.sig", index + 1);
        // A private key that was given by mistake is not copied. Nor is what nobody could read: keys have many forms.
        let instead = match judged.verdict {
            Verdict::OtherFile(OtherFile::PrivateKey) => String::new(),
            Verdict::Unreadable { .. } => format!("; not copied here, SHA-256 {}", Digest::of(&given.bytes)),
            _ => {
                disk.write_new_synced(&kept.join(&name), &given.bytes)?;
                String::new()
            }
        };
        verdicts.push_str(&format!("{name}  {}{instead}\n", printable(&judged.to_string())));
    }
    disk.write_new_synced(&kept.join(VERDICTS), verdicts.as_bytes())?;
    let tried = kept.join(ROOM);
    let written = disk.write_new_synced(&tried, &vec![0; room]);
    // Removed also where it could not be written: what there is of it fills the disk.
    let removed = disk.remove_file(&tried);
    written.and(removed)?;
    disk.sync_dir(&kept)?;
    disk.sync_dir(folder)
}
