//! The offline side: from a signed CRL or CA certificate to frames on a link that carries nothing back.
//!
//! ```text
//! files ─► gate ─► bundle ─► (summary: shown and confirmed) ─► carousel ─► frames ─► transmitter ⇒
//!           │          │                                               │
//!           └── state ─┴────────────── journal ◄───────────────────────┘
//! ```
//!
//! | where | what |
//! |---|---|
//! | [`command`] | the command line |
//! | [`ceremony`] | from a request to objects signed with the root's key |
//! | `escrow` | the root's key on paper, and back |
//! | [`gate`] | the rules that an item must pass before it is sent |
//! | [`sending`] | bundle, summary, plan, carousel, transmission and beacons |
//! | [`link`] | the links, one kind a file |
//! | [`store`] | the state directory and the journal |
//! | `printed_page` | pages to print |
//!
//! There is no receiving code here: nothing reads a frame, a symbol or a picture, and nothing reads from a link. A test
//! proves it from the program's symbols and system calls. While symbols play on the terminal, the operator's keys are
//! read.

pub mod ceremony;
pub mod command;
mod escrow;
pub mod gate;
pub mod link;
mod printed_page;
pub mod sending;
pub mod store;
