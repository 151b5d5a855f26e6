//! A clock that stands still: a C library, compiled by `cc` and preloaded into a program.
//! It shows the program one time of day.
//! Durations are measured with other clocks and pass as ever.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::Program;
use crate::scratch::Scratch;

/// A clock that shows one time.
#[derive(Debug)]
pub struct FixedClock {
    library: PathBuf,
    seconds: i64,
}

impl FixedClock {
    /// Compiles the library into `scratch`; the clock shows `seconds` since 1970.
    #[must_use]
    pub fn at(scratch: &Scratch, seconds: i64) -> Self {
        let library = scratch.path("fixed_clock.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/fixed_clock.c");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o"]).arg(&library).arg(source).arg("-ldl");
        let ended = cc.output().expect("a C compiler (make deps)");
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        Self { library, seconds }
    }

    /// The time it shows, in seconds since 1970.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        self.seconds
    }

    /// `program` that sees this clock.
    #[must_use]
    pub fn seen_by(&self, program: Program) -> Program {
        self.later(program, 0)
    }

    /// `program` that sees this clock so many seconds later.
    #[must_use]
    pub fn later(&self, program: Program, seconds: i64) -> Program {
        program.env("LD_PRELOAD", &self.library).env("ROOTCAST_CLOCK", (self.seconds + seconds).to_string())
    }
}
