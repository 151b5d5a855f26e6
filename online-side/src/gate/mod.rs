//! The gate: judges received items against what was accepted before, and publishes the accepted ones.
//!
//! The items of one bundle are judged one by one, each by the root's own signature. The manifest decides nothing.
//! Whatever the outcome, one commit holds all of it.

mod alarm;
mod authority;
mod decision;
pub mod export_key;
mod floor;
mod held;
mod held_now;
mod history;
mod item;
mod judged_item;
mod manifest;
mod object;
mod policy;
mod receipt;

pub(crate) use alarm::{acknowledge, keep as keep_alarm, of_failed_link};
pub use authority::{Root, roots};
pub(crate) use authority::{authorities, policy_of, reminder_texts, retired_roots, switched_off_texts};
pub use decision::decide;
pub(crate) use decision::discard;
pub(crate) use floor::keep_floor;
pub(crate) use held_now::{HeldNow, held_now};
pub use item::judge_item;
pub(crate) use item::{clock_back, judge_item_as_of};
pub(crate) use judged_item::exit_of;
pub use judged_item::{JudgedItem, item_receipt};
pub use object::{JudgedObject, judge_object};
pub(crate) use object::{Proposal, propose};
pub(crate) use policy::{PolicyChanges, whole_policy};
pub use receipt::receipt;
pub(crate) use receipt::rule_receipts;
