//! Publication: one generation folder holds the published tree *and* the state that accepted it.
//!
//! ```text
//! STATE/published ─────────────▶ generations/00000012-9f3a…/published     the swapped link: the only commit point
//! STATE/generations/00000012-9f3a…/state.json                             9f3a… begins the SHA-256 of this file,
//!                                 /published/crl, /published/ca           which in turn names the SHA-256 of every
//!                                 /published/inventory.json               other file of the generation
//!                                 /roots, /issuers, /held
//! STATE/receipts/00000012.json    what generation 12 decided and why, chained to 11
//! STATE/symbols/…                 what is received and not yet judged (see `symbol_store`)
//! STATE/enrolled                  names the generation committed last, so lost state is no fresh start (`committed_mark`)
//! STATE/lock                      one process at a time
//! ```
//!
//! A generation is written whole, synced, and only then linked. What the link names is the state; a generation newer
//! than the mark is left over from a run that did not finish. Only what `pki` accepted can be published: see [`Draft::publish_crl`].

mod alarm;
mod brought_forward;
mod committed_mark;
mod draft;
mod error;
mod inventory;
mod layout;
mod links;
mod receipt;
mod record;
mod snapshot;
mod state;

pub(crate) use alarm::Alarm;
pub use alarm::{Acknowledgement, AlarmKind, AlarmRecord};
pub use draft::Draft;
pub(crate) use draft::HeldContent;
pub use error::{LinkForm, StateError};
pub(crate) use inventory::{words_of, words_to_compare};
pub(crate) use layout::{STATE_NAMES, floor_file, held_file, is_state, issuer_file, root_file};
pub(crate) use links::check as check_links;
pub use receipt::{
    AlarmReceipt, Decision, ItemReceipt, ItemVerdict, JournalReceipt, ManifestReceipt, ManifestSignature, Receipt,
    ReceiptItemKind, ReceiptKind, RuleReceipt,
};
pub use record::{
    CertificateRecord, CrlRecord, FloorRecord, HeldRecord, JournalSeen, ManifestSeen, OpenFinding, PolicyRecord,
    Record, RequestRecord, RetiredRecord, RootRecord, SourceRecord,
};
pub use snapshot::Snapshot;
pub use state::State;
