//! `qr:camera=N|NAME`: a camera of Video4Linux.
//!
//! ```text
//! taking    the link: its thread, its pictures on their way to the picture line
//!  ├ request   what was named and asked for        ├ device    formats, buffers, pictures
//!  ├ controls  focus and exposure, given back      ├ memory    what they were, in the state
//!  ├ listing   the cameras there are               ├ refusal   why one cannot be used, and what to do
//!  └ own_thread  the thread of the library, and its mark
//! ```

mod controls;
mod device;
mod listing;
mod memory;
mod own_thread;
mod refusal;
mod request;
mod taking;

pub(crate) use own_thread::is_camera_thread;
pub(crate) use taking::KIND;
