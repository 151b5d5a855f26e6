//! The commands of `rootcast-online`, one file each: arguments in, people's text and one JSON document out.

mod aimed;
mod alarm;
mod check;
mod decided_before;
mod deciding;
mod examples;
mod failed_links;
mod fruitless_folders;
mod held;
mod issuer_records;
mod last_words;
mod line_document;
mod lines;
mod link;
mod policy_choice;
mod program;
mod receipts;
mod receive;
mod report;
mod request;
mod retire;
mod run;
mod sandbox;
mod status;
mod telling;
mod to_copy;
mod trust;
mod watcher;
mod what_next;

pub use program::main;
