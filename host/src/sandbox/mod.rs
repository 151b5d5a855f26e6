//! The sandbox: a process that closes it around itself reaches only the paths it was left, and makes only the system calls
//! it needs.
//!
//! Two locks of the Linux kernel, each in force by itself: Landlock for paths ([`paths`](mod@paths)) and seccomp for
//! system calls ([`calls`](mod@calls)). Neither can be undone by the process, nor by anything it starts. What is open
//! already stays open. Must not: decide what to do where a lock is missing; that is the caller's, who has to say so.

mod bounds;
mod calls;
mod descriptor;
mod enforcement;
mod link_calls;
mod paths;
mod purpose;

pub use bounds::Sandbox;
pub use descriptor::{LINK_DESCRIPTOR_MIN, set_apart};
pub use enforcement::Closed;
pub use link_calls::{Descriptors, DeviceRequest, LinkCalls, SystemCall};
pub use purpose::Purpose;
