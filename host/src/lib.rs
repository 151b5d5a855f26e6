//! What both programs need from the machine they run on and from the people at its terminal.
//!
//! | where | what |
//! |---|---|
//! | [`disk`], [`state_lock`], [`state_folder`] | files that survive a power cut, the lock on a state directory, its content |
//! | [`clock`], [`processor_time`], [`interrupt`], [`job_control`] | the clock, budgets of work, and signals |
//! | [`process`], [`swap`] | modes of new files, core files, locked memory, the swap areas |
//! | [`input_file`], [`text_file`], [`new_file`], [`key_file`] | named files, and files with a shared secret |
//! | [`link_name`], [`serial_line`], [`serial_port`], [`interface`], [`interface_family`], [`ether_type`], [`udp_target`] | link names, the settings of a serial line, the ports of this host, Ethernet interfaces and frames, UDP targets |
//! | [`configuration`] | the configuration file |
//! | [`layout`], [`screen`] | lines that break between words, words to read aloud, bars |
//! | [`suggestion`] | what a mistyped word meant |
//! | [`sandbox`] | the sandbox that a process closes around itself |
//! | [`terminal`], [`standard_error`], [`status_line`], [`confirmation`] | the terminal |
//! | [`diagnosis`], [`exit`], [`log`], [`text`], [`locale`] | reports on failures, exit codes, the log, safe texts |
//!
//! Must not: know a CRL, a frame or a symbol; read from or write to a link.

pub mod clock;
pub mod configuration;
pub mod confirmation;
pub mod diagnosis;
pub mod disk;
pub mod ether_type;
pub mod exit;
pub mod input_file;
pub mod interface;
pub mod interface_family;
pub mod interrupt;
pub mod job_control;
pub mod key_file;
mod label;
pub mod layout;
pub mod link_name;
pub mod locale;
pub mod log;
pub mod new_file;
pub mod own_file;
pub mod permission;
pub mod process;
pub mod processor_time;
pub mod sandbox;
pub mod screen;
pub mod serial_line;
pub mod serial_port;
mod shell_command;
pub mod standard_error;
pub mod state_folder;
pub mod state_lock;
pub mod status_line;
pub mod suggestion;
pub mod swap;
pub mod terminal;
pub mod text;
pub mod text_file;
pub mod udp_target;
