//! What both programs need of the machine they run on, and of the people in front of it.
//!
//! Files that survive a power cut ([`disk`]), the lock on a state directory ([`state_lock`]) and
//! what may be in one ([`state_folder`]), the clock ([`clock`]),
//! signals ([`interrupt`]), files with a shared secret ([`key_file`]), the locks a process puts on itself ([`confinement`]), the terminal ([`terminal`], [`status_line`], [`confirmation`]), and the one way in which
//! both programs speak: [`diagnosis`], [`exit`], [`log`], [`text`].
//!
//! Must not: know a CRL, a frame or a symbol; read from or write to a link.

pub mod clock;
pub mod confirmation;
pub mod diagnosis;
pub mod disk;
pub mod exit;
pub mod input_file;
pub mod interrupt;
pub mod job_control;
pub mod key_file;
mod label;
pub mod link_name;
pub mod log;
pub mod sandbox;
pub mod serial_line;
pub mod state_folder;
pub mod state_lock;
pub mod status_line;
pub mod terminal;
pub mod text;
pub mod text_file;
