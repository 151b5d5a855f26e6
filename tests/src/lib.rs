//! The harness: what scenarios, the demo and the benchmark share. The only place where both sides meet.
//!
//! ```text
//! paper:     throwaway_ca · request · openssl · corpora   what is signed
//!            next_crl                                     the request for the CRL that follows another
//!            linter                                       another maker's reading of it
//! key:       soft_token                                   where the signing key is
//! programs:  program · scratch · sides                    both programs, as the processes people run
//! links:     pty · wire · faults · frames_folder          what happens on the way
//!            recordings · forged
//!            listening                                    a receiver that listens to a wire
//!            pigeons                                      a link more, as a developer would add it
//!            air_gap                                      two hosts in network namespaces, good and bad wires
//!            emulator                                     a terminal whose rows wrap, and what scrolled out of it
//! sound:     sound_channel                                a simulated audio cable
//!            modem                                        both halves of the modem, without the programs around them
//!            sound_shim                                   a sound device with faults
//!            spectrogram                                  a picture of sound
//! light:     player · screen · camera · reel              a screen, a camera before it, its film
//!            video_device
//! machine:   crash_disk                                   a power cut after any operation
//!            fixed_clock                                  a clock that stands still
//!            kernel_trial                                 what the kernel lets through inside the sandbox
//!            picture_processes                            the processes that look at pictures, as the system lists them
//!            process_tree                                 the processor time of a program and of all that it starts
//! any bytes: fuzz_targets                                 what is tried with any bytes at all
//! chance:    seeds                                        every random run says how to repeat it
//! long runs: assembly_model                               schedules of faults before the real assembly
//!            kills                                        SIGKILL at random moments, and what is left
//!            soak                                         hours of hostile lines, and what the receiver uses meanwhile
//! results:   shown_table · poison_table                   tables of passing tests, for people to read
//!            skipped                                      what did not run
//! ```
//!
//! Must not: hold a rule, a frame layout or anything else that a program has to get right by itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a harness fails loudly, and nothing here crosses a gap"
)]

pub mod air_gap;
pub mod assembly_model;
pub mod camera;
pub mod corpora;
pub mod crash_disk;
pub mod emulator;
pub mod faults;
pub mod fixed_clock;
pub mod forged;
pub mod frames_folder;
pub mod fuzz_targets;
pub mod kernel_trial;
pub mod kills;
pub mod linter;
pub mod listening;
pub mod modem;
pub mod next_crl;
pub mod openssl;
pub mod picture_processes;
pub mod pigeons;
pub mod player;
pub mod poison_table;
pub mod process_tree;
pub mod program;
pub mod pty;
pub mod recordings;
pub mod reel;
pub mod request;
pub mod scratch;
pub mod screen;
pub mod seeds;
pub mod shown_table;
pub mod sides;
pub mod skipped;
pub mod soak;
pub mod soft_token;
pub mod sound_channel;
pub mod sound_shim;
pub mod spectrogram;
pub mod throwaway_ca;
pub mod video_device;
pub mod wire;
