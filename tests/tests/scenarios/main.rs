//! What both programs do together, told as sentences. Each module is one theme; the harness is in `tests/src`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a scenario fails loudly"
)]

mod aiming;
mod alarms;
mod algorithms;
mod approvals;
mod assembly_model;
mod assurance;
mod attention;
mod bad_files;
mod cameras;
mod ceremonies;
mod check_output;
mod configuration;
mod contradictions;
mod cookbook;
mod copied_commands;
mod crafted;
mod crossing;
mod decisions;
mod departures;
mod differential;
mod documents;
mod endings;
mod error_chains;
mod escrow;
mod ethernet;
mod every_step;
mod explained;
mod failed_links;
mod failed_writes;
mod films;
mod first_hour;
mod folders;
mod fuzz_seeds;
mod fuzz_smoke;
mod hostile_floods;
mod hostile_items;
mod impostors;
mod issuers;
mod joining;
mod json_document_page;
mod json_snapshots;
mod kills;
mod link_reports;
mod link_rows;
mod link_tests;
mod locked_in;
mod long_judgements;
mod lost_journal;
mod manifests;
mod mutations;
mod name_constraints;
mod normal_ends;
mod old_crls;
mod old_states;
mod one_reading;
mod one_way;
mod optical;
mod other_reader;
mod page_scripts;
mod pages;
mod permissions;
mod picture_processes;
mod pictures;
mod pkits;
mod player;
mod poison;
mod policy;
mod power_cut;
mod reader;
mod reader_tiles;
mod real_roots;
mod receipts;
mod refusals;
mod rehearsals;
mod relying_parties;
mod renewals;
mod replays;
mod retired;
mod rewound_state;
mod runbooks;
mod screens;
mod second_files;
mod serial_faults;
mod serial_line;
mod serving;
mod shared_state;
mod soak;
mod state_care;
mod status_formats;
mod system_calls;
mod terminal;
mod three_tiers;
mod tokens;
mod transport_key;
mod true_causes;
mod unread_codes;
mod unread_output;
mod urgent;
mod weakened;
