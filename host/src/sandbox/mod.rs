//! The sandbox: a process that closes it reaches only the granted paths and makes only the system calls it needs.
//!
//! It has two parts, each in force by itself: Landlock for paths ([`paths`](mod@paths)) and seccomp for system calls
//! ([`calls`](mod@calls)). Neither the process nor anything it starts can undo them. Open descriptors stay open. Must
//! not: decide what to do if a part is missing; the caller decides that and reports it.

mod bounds;
mod calls;
mod capture_calls;
mod descriptor;
mod enforcement;
mod link_calls;
mod paths;
mod picture_calls;
mod port_calls;
mod purpose;
mod rules;

pub use bounds::Sandbox;
pub use descriptor::{above_link_numbers, is_link_number, numbers_for_links, raise_limit_of_open_files, set_apart};
pub use enforcement::Closed;
pub use link_calls::{Descriptors, DeviceRequest, LinkCalls, SystemCall};
pub use purpose::Purpose;
