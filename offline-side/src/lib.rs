//! The offline side: from a signed CRL or CA certificate to frames on a link that carries nothing back.
//!
//! ```text
//! files ─► gate ─► bundling ─► (departure: shown and confirmed) ─► carousel ─► frames ─► transmitter ⇒
//!           │          │                                               │
//!           └── state ─┴────────────── journal ◄───────────────────────┘
//! ```
//!
//! | where | what |
//! |---|---|
//! | [`gate`], [`facts`] | the rules an item passes before it leaves, and what it says of itself |
//! | [`bundling`], [`export_key`] | items and manifest as one object, and who signs the manifest |
//! | [`beaconing`] | what is said where there is nothing to send |
//! | [`departure`], [`plan`], [`cover`] | what is about to leave, what that takes, and what is said of it where it is shown |
//! | [`carousel`], [`sending`] | which symbols when, one thread a link |
//! | [`transmitter`], [`qr_symbol`], [`qr_sheet`], [`grey_png`], [`two_colour_gif`], [`printed_page`] | how frames get out |
//! | [`ceremony`], [`signing_key`], [`approval`] | what the root is asked to sign, the key it signs with, and who approved |
//! | [`link_report`] | what an open link is, for the auditor |
//! | [`state`], [`journal`], [`sealed_line`], [`hex_text`] | what is kept |
//! | [`command`] | the command line |
//!
//! There is no receiving code here: nothing reads a frame, a symbol or a picture, and nothing reads from a link. A test
//! shows it from the program's symbols and system calls. While symbols play on the terminal, the operator's keys are read.

pub mod ceremony;
pub mod command;
pub mod gate;
pub mod link;
pub mod printed_page;
pub mod sending;
pub mod store;
