//! Locking a process in: from then on it reaches only the paths it was left, and makes only the system calls it needs.
//!
//! Two locks of the Linux kernel, each in force by itself: Landlock for paths ([`paths`](mod@paths)) and seccomp for
//! system calls ([`calls`](mod@calls)). Neither can be undone by the process, nor by anything it starts. What is open
//! already stays open: links are opened before. Must not: decide what to do where a lock is missing; that is the
//! caller's, who has to say so.

mod bounds;
mod calls;
mod enforcement;
mod paths;
mod purpose;

pub use bounds::Confinement;
pub use calls::LINK_DESCRIPTOR_MIN;
pub use enforcement::Locked;
pub use purpose::Purpose;
