//! The commands of `rootcast-online`, one file each: arguments in, people's text and one JSON document out.

pub(crate) mod check;
pub(crate) mod enrol;
pub(crate) mod held;
pub(crate) mod receive;
pub(crate) mod status;
