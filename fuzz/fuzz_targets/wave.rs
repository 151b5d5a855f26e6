//! The target `wave` of `tests/src/fuzz_targets.rs` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    (rootcast_tests::fuzz_targets::target("wave").run)(input);
});
