//! The audio cable: what the modem carries through a simulated channel, and what both programs make of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a scenario fails loudly"
)]

mod channels;
mod crossing;
mod device;
mod device_configuration;
mod device_faults;
mod faults;
mod figures;
mod golden;
mod hostile;
mod lossy;
mod player;
mod recorder_faults;
mod small_crl;
mod status_line;
