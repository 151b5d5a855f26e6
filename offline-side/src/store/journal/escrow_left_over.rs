//! What runs of escrow that ended early may have left on a token.

use rootcast_protocol::hex;

use super::chain::Chain;
use super::escrow_record::{EscrowRecord, EscrowStep, KeyOrigin, ProofSource};

/// A run that was killed in the middle of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KilledRun {
    /// The set.
    pub(crate) set: String,
    /// The serial number of its token.
    pub(crate) token_serial: String,
    /// What it did.
    pub(crate) doing: Putting,
    /// Where its pages went.
    pub(crate) pages: Option<String>,
}

/// What puts a key into a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Putting {
    /// A new set is made of a key from here.
    NewSet(KeyOrigin),
    /// The key comes back from the pages of the set.
    Restore,
}

/// Something that may be on a token, and belongs to no run that ended well.
#[derive(Debug, Clone, Copy)]
pub(super) struct LeftOver<'c> {
    pub(super) set: &'c str,
    pub(super) token_serial: &'c str,
    pub(super) doing: Putting,
    pages: Option<&'c str>,
}

/// Keys that a run which ended early may have put into a token to stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeftObjects {
    /// The set.
    pub(crate) set: String,
    /// Their CKA_ID.
    pub(crate) id: Vec<u8>,
}

impl Chain {
    /// What runs that ended early may have left on the token with this serial number.
    #[must_use]
    pub(crate) fn left_objects(&self, token_serial: &str) -> Vec<LeftObjects> {
        let found = self.escrow().filter_map(|(at, record)| match &record.step {
            EscrowStep::Begun { token_serial: of, object_id, .. }
                if of == token_serial && !self.standing_of(&record.set).is_whole() =>
            {
                Some(LeftObjects { set: record.set.clone(), id: hex::decode(object_id)? })
            }
            EscrowStep::Restoring { token_serial: of, object_id }
                if of == token_serial && !self.is_restored(at, &record.set, of) =>
            {
                Some(LeftObjects { set: record.set.clone(), id: hex::decode(object_id)? })
            }
            _ => None,
        });
        found.collect()
    }

    /// Whether the restore that began with this entry ended with a proof.
    fn is_restored(&self, at: usize, set: &str, serial: &str) -> bool {
        let later = self.escrow().filter(|(later, record)| *later > at && record.set == set);
        let ends = later.map(|(_, record)| &record.step).find(|step| {
            matches!(step, EscrowStep::Restoring { token_serial, .. } | EscrowStep::RestoreEnded { token_serial, .. }
                | EscrowStep::Proved { token_serial, .. } if token_serial == serial)
        });
        matches!(ends, Some(EscrowStep::Proved { .. }))
    }

    /// Where something may be on a token that is not whole: from runs that were killed, and from those that could not
    /// clear up.
    pub(super) fn left_over(&self) -> Vec<LeftOver<'_>> {
        let mut open: Vec<LeftOver<'_>> = Vec::new();
        for (_, EscrowRecord { set, step }) in self.escrow() {
            let pages = match step {
                EscrowStep::Begun { pages, .. } => pages.as_deref(),
                _ => None,
            };
            let (serial, left, doing) = match step {
                EscrowStep::Begun { token_serial, origin, .. } if !self.standing_of(set).is_whole() => {
                    (token_serial, true, Putting::NewSet(*origin))
                }
                EscrowStep::Restoring { token_serial, .. } => (token_serial, true, Putting::Restore),
                EscrowStep::RestoreEnded { token_serial, left, .. } => (token_serial, *left, Putting::Restore),
                EscrowStep::Proved { token_serial, from, .. } if *from != ProofSource::Generation => {
                    (token_serial, false, Putting::Restore)
                }
                EscrowStep::Stopped { left, .. } => {
                    open.retain(|of| of.set != set || of.doing == Putting::Restore || *left);
                    continue;
                }
                _ => continue,
            };
            open.retain(|of| of.set != set || of.doing != doing || of.token_serial != serial);
            if left {
                open.push(LeftOver { set, token_serial: serial, doing, pages });
            }
        }
        open
    }

    /// The runs whose end nobody recorded, or that could not clear up.
    #[must_use]
    pub(crate) fn killed_runs(&self) -> Vec<KilledRun> {
        let owned = |left: LeftOver<'_>| KilledRun {
            set: left.set.to_owned(),
            token_serial: left.token_serial.to_owned(),
            doing: left.doing,
            pages: left.pages.map(str::to_owned),
        };
        self.left_over().into_iter().map(owned).collect()
    }
}
