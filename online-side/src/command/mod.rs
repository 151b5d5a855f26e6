//! The commands of `rootcast-online`, one file each: arguments in, people's text and one JSON document out.

mod aimed;
mod check;
mod enrol;
mod held;
mod key;
mod link;
mod policy_choice;
mod program;
mod receive;
mod report;
mod run;
mod sandbox;
mod status;

pub use program::main;
