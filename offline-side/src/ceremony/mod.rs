//! The ceremony: from one reviewed file to the exact bytes that the root's key signs, and to the released objects.
//!
//! ```text
//! REQUEST.toml ─► request ─► draft ─► rehearsal ─► folder ═► approval ═► signing ─► folder ─► record
//!                 strict     verified  every rule,  what       people      one use    what it    on paper
//!                            inputs,   no real key  people     sign the    of the     released
//!                            bytes                  look at    listing     key each
//! ```
//!
//! Each room uses rooms of rows above its own, never of rows below.
//!
//! | room | what |
//! |---|---|
//! | [`toml_shape`] | which keys a file that people write has, and what is said of a mistake |
//! | [`der_builder`] | the pieces of DER that names and drafts are put together from |
//! | [`object_identifier`] | the identifiers of what drafts carry and facts name |
//! | [`key`] | the key that signs, in its token or in a file |
//! | [`request`] | what people ask for, read strictly, with the files it names |
//! | [`approval`] | who may approve, and whether enough people did |
//! | [`site`] | which key signs on this machine, and whose approvals count |
//! | [`draft`] | the inputs verified, what is chosen once, the bytes to be signed, and what they are expected to say |
//! | [`facts`] | what an object says, in words |
//! | [`read_back`] | whether a signed object says what is expected and nothing else, by a second parser |
//! | [`rehearsal`] | the same with an ephemeral key, judged by every rule |
//! | [`folder`] | what is kept for approval and signing, and what was released |
//! | [`signing`] | everything checked again, the number burned, the key used, what was signed released; or a run that was cut off, finished |
//! | [`record`] | the pages to print |
//!
//! Only [`signing`] uses the root's key, and only through what it is given.

pub mod approval;
pub(crate) mod der_builder;
pub(crate) mod der_reader;
pub(crate) mod draft;
pub(crate) mod facts;
pub mod folder;
pub mod key;
pub(crate) mod object_identifier;
pub mod read_back;
pub(crate) mod record;
pub mod rehearsal;
pub mod request;
pub mod signing;
pub mod site;
pub(crate) mod toml_shape;
