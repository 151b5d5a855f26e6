//! `make bench`: the figures the project promises, measured, each beside its target and, where there are any, its peers.
//!
//! Ratios come from one run on one machine. What is simulated says so. Ends with 1 when a target is missed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a benchmark fails loudly"
)]

mod audio;
mod audio_grid;
mod audio_receiving;
mod busy;
mod ethernet_link;
mod flute_peer;
mod frames_needed;
mod large_crl;
mod large_object;
mod live;
mod many_codes;
mod monitors;
mod optical_goodput;
mod oracle;
mod photographs;
mod poison;
mod processor;
mod qr_drawing;
mod readers;
mod reading;
mod serial_line;
mod sharp_film;
mod small_crl;
mod stands;
mod table;

use std::process::ExitCode;

use table::Table;

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let mut table = Table::default();
    for (name, section) in [
        ("small", small_crl::measure as fn(&mut Table)),
        ("check", large_crl::measure_small),
        ("verdict", large_crl::measure),
        ("qr", qr_drawing::measure),
        ("reading", reading::measure),
        ("readers", readers::measure),
        ("photographs", photographs::measure),
        ("monitors", monitors::measure),
        ("many", many_codes::measure),
        ("sharp", sharp_film::measure),
        ("optical", optical_goodput::measure),
        ("stands", stands::measure),
        ("live", live::measure),
        ("busy", busy::measure),
        ("line", serial_line::measure),
        ("ethernet", ethernet_link::measure),
        ("audio", audio::measure),
        ("large", large_object::measure),
        ("poison", poison::measure),
        ("frames", frames_needed::measure),
    ] {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            section(&mut table);
        }
    }
    table.conclude()
}
