//! A sound device with faults, for the program that plays or records: a C library, compiled by `cc` and preloaded, that stands before
//! alsa-lib (`sound_shim.c` has the faults).

use std::path::Path;
use std::process::Command;

use crate::program::Program;
use crate::scratch::Scratch;

/// `program`, whose sound device has this fault.
///
/// # Panics
/// Where the library cannot be compiled.
#[must_use]
pub fn with_fault(scratch: &Scratch, program: Program, fault: &str) -> Program {
    let library = scratch.path("sound_shim.so");
    if !library.is_file() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sound_shim.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&library).arg(source).arg("-ldl");
        let ended = compiler.output().expect("cc: run `make deps`");
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
    program.env("LD_PRELOAD", &library).env("ROOTCAST_SOUND_FAULT", fault)
}
