//! Every JSON document the programs print or keep, held against a snapshot.
//! The snapshots are in `tests/tests/json_snapshots/`, one file a command.
//!
//! Names, values, types and exit codes are compared.
//! The order of members and the indentation are not.
//! What differs from run to run is replaced by a placeholder: see [`steady`].
//! `ROOTCAST_WRITE_SNAPSHOTS=1` writes the snapshots anew.
//! The difference then shows in version control.

mod ceremonies;
mod difference;
mod escrow;
mod explanations;
mod failures;
mod light;
mod offline_items;
mod offline_links;
mod offline_records;
mod online_decisions;
mod online_items;
mod online_receipts;
mod online_reception;
mod snapshot;
mod stage;
mod steady;
mod tokens;
