//! Recovery of an interrupted signing: the journal entries that are still missing, and the end of a released ceremony.
//!
//! | killed | left | what follows |
//! |---|---|---|
//! | before the number was burned | nothing | the same rehearsal is signed |
//! | after that, before the release | a burned number | an entry that it was interrupted; a new rehearsal |
//! | after the release | `signed/`, whole | [`Signing::finish`] writes down the rest, and uses no key |

use rootcast_host::disk::{Disk, DiskError};
use rootcast_protocol::digest::Digest;

use super::error::SigningError;
use super::release;
use super::remembered::is_remembered;
use super::signed_object::SignedObject;
use super::steps::Signing;
use crate::ceremony::folder::layout::{ENTRIES, IN_THE_MAKING, SIGNED};
use crate::ceremony::folder::{RehearsalFolder, read_added};
use crate::store::journal::ceremony::{CeremonyEnd, CeremonyRecord, KeyUse, KeyUseOutcome};
use crate::store::journal::{Chain, Event, Journal, JournalError, NO_ENTRY};
use crate::store::state::State;

/// How a signing ended of which the journal has no use of the key: it was killed, or its entries are gone with an older
/// journal.
pub const INTERRUPTED: &str =
    "interrupted, or recorded in a journal that was lost: whether the key was used is not known";

/// Writes down the signings that were killed before they could: their numbers are burned, and it is not known whether the
/// key was used for what has no entry. How many there were.
///
/// # Errors
/// When the journal cannot be written.
pub fn recover(state: &State<'_>, journal: &mut Journal<'_>, now: i64) -> Result<usize, JournalError> {
    let mut recovered = 0;
    for burned in state.record.burned.iter().filter(|burned| burned.rehearsal != NO_ENTRY) {
        let rehearsal = burned.rehearsal;
        if journal.chain().ended_ceremonies().any(|ended| *ended == rehearsal) {
            continue;
        }
        let known = journal.chain().burning(&rehearsal).cloned();
        let ended = CeremonyEnd::Interrupted(how_far(journal.chain(), &rehearsal));
        let ceremony = known.unwrap_or_else(|| {
            let (rehearsal, public_key) = (Some(rehearsal), Some(burned.issuer));
            CeremonyRecord { rehearsal, public_key, ..CeremonyRecord::default() }
        });
        let number = burned.number.map(|number| number.to_string());
        journal.append(now, Event::CeremonyEnded { ceremony, number, released: false, ended, items: Vec::new() })?;
        recovered += 1;
    }
    Ok(recovered)
}

/// What the journal has of an interrupted signing, in words.
fn how_far(chain: &Chain, rehearsal: &Digest) -> String {
    let used: Vec<String> =
        chain.key_uses(rehearsal).map(|key_use| format!("{} ({})", key_use.file, key_use.outcome)).collect();
    if used.is_empty() {
        return INTERRUPTED.to_owned();
    }
    format!(
        "interrupted after the key was used for {}; it is not known whether it was used once more and whether {SIGNED} exists",
        used.join(" and ")
    )
}

/// The ceremony of which `opened` is the rehearsal, where its objects were released and not all of that was written down.
/// A journal or state without the burned number is another one: nothing is finished with it.
#[must_use]
pub(crate) fn unfinished(state: &State<'_>, chain: &Chain, opened: &RehearsalFolder) -> Option<CeremonyRecord> {
    let rehearsal = Digest::of(&opened.listing);
    let is_released = opened.folder.join(SIGNED).symlink_metadata().is_ok();
    if !is_released || !state.record.burned.iter().any(|burned| burned.rehearsal == rehearsal) {
        return None;
    }
    let ceremony = chain.burning(&rehearsal)?;
    let copied = read_added(&opened.folder.join(ENTRIES)).unwrap_or_default();
    let is_copied = Chain::of_part(&copied).is_ok_and(|part| part.has_released(&rehearsal));
    let is_written = is_copied && chain.has_released(&rehearsal) && is_remembered(state, chain, opened);
    (!is_written).then(|| ceremony.clone())
}

/// Removes what a release that was cut off left beside `signed/`: signed by the key, and never released. Whether there
/// was anything.
///
/// # Errors
/// The disk's error.
pub(crate) fn clear_unreleased(disk: &dyn Disk, opened: &RehearsalFolder) -> Result<bool, DiskError> {
    let making = opened.folder.join(IN_THE_MAKING);
    let is_there = making.symlink_metadata().is_ok();
    disk.clear_dir(&making)?;
    Ok(is_there)
}

/// Puts the journal's entries of a signing that released nothing into its folder, where the run could not: its record
/// is made from them. Nothing is done for a rehearsal that was never begun, or that has its entries.
///
/// # Errors
/// What journal and disk say.
pub(crate) fn copy_missing_entries(
    disk: &dyn Disk,
    state: &State<'_>,
    chain: &Chain,
    opened: &RehearsalFolder,
) -> Result<(), SigningError> {
    let listing = Digest::of(&opened.listing);
    let is_begun = state.record.burned.iter().any(|burned| burned.rehearsal == listing);
    if !is_begun || opened.folder.join(ENTRIES).symlink_metadata().is_ok() {
        return Ok(());
    }
    let own = chain.entries_of(&listing, opened.new_root_key().as_ref());
    release::write_entries(disk, &opened.folder, &own)
}

impl Signing<'_, '_> {
    /// Records what an interrupted run released but did not record ([`unfinished`]). Uses no key.
    ///
    /// # Errors
    /// When `signed/` is not what the journal says the key signed; or what state and journal say.
    pub fn finish(mut self) -> Result<Vec<SignedObject>, SigningError> {
        let signed = self.found()?;
        self.remember(&signed)?;
        if self.journal.chain().has_released(&self.rehearsal()) {
            self.copy_entries()?;
        } else {
            let items = signed.iter().map(SignedObject::record).collect();
            self.end(CeremonyEnd::Finished, items)?;
        }
        Ok(signed)
    }

    /// The released objects, each with a use of the key in the journal that was read back.
    fn found(&self) -> Result<Vec<SignedObject>, SigningError> {
        let mut signed = Vec::with_capacity(self.opened.objects.len());
        for object in &self.opened.objects {
            let path = self.opened.folder.join(SIGNED).join(&object.file);
            let der = read_added(&path)?;
            let sha256 = Digest::of(&der);
            let is_it = |used: &KeyUse| {
                used.file == object.file
                    && used.outcome == KeyUseOutcome::ReadBack
                    && used.signed_digest() == Some(sha256)
            };
            if !self.journal.chain().key_uses(&self.rehearsal()).any(is_it) {
                return Err(SigningError::NotAsSigned { file: object.file.clone(), sha256: sha256.to_string() });
            }
            signed.push(SignedObject::new(object, der));
        }
        Ok(signed)
    }
}
