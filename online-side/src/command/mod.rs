//! The commands of `rootcast-online`, one file each: arguments in, people's text and one JSON document out.

mod aimed;
mod check;
mod held;
mod link;
mod policy_choice;
mod program;
mod receive;
mod report;
mod run;
mod sandbox;
mod status;
mod trust;

pub use program::main;
