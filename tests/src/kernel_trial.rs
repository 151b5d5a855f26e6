//! What the kernel lets through inside the sandbox: a C library, compiled by `cc` and preloaded into a program. Once the
//! program has closed its sandbox, the library tries every system call and every request on a descriptor, writes down
//! which pass the filter, and ends the program.
//!
//! It changes one thing: the error number with which the filter refuses, so that a refusal by the filter can be told from
//! one by the kernel.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{Ended, Program};
use crate::scratch::Scratch;

/// The exit code of a program whose trial came to its end.
pub const ENDED: i32 = 77;

/// The error number that stands for a refusal by the filter.
const REFUSED: &str = "4000";

/// A trial to put into a program.
#[derive(Debug)]
pub struct KernelTrial {
    library: PathBuf,
    told: PathBuf,
}

impl KernelTrial {
    /// Compiles the library into `scratch`; `None` where there is no C compiler.
    #[must_use]
    pub fn new(scratch: &Scratch) -> Option<Self> {
        let (library, told) = (scratch.path("kernel_trial.so"), scratch.path("kernel-trial.txt"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/kernel_trial.c");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&library).arg(source);
        let ended = cc.args(["-ldl", "-lpthread"]).output().ok()?;
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        Some(Self { library, told })
    }

    /// `program` with the trial in it.
    #[must_use]
    pub fn inside(&self, program: Program) -> Program {
        program.env("LD_PRELOAD", &self.library).env("ROOTCAST_TRIAL", &self.told)
    }

    /// `program` with the trial in it, which tries to open `port` too.
    #[must_use]
    pub fn at_port(&self, program: Program, port: &Path) -> Program {
        self.inside(program).env("ROOTCAST_TRIAL_PORT", port)
    }

    /// `program`, which can write to nothing else, with the trial in it: what it finds goes to standard output.
    #[must_use]
    pub fn inside_to_output(&self, program: Program) -> Program {
        self.inside(program).env("ROOTCAST_TRIAL_TO", "output")
    }

    /// What a trial found that wrote this to standard output.
    #[must_use]
    pub fn found_in(told: &str) -> Passed {
        let mut passed = Passed::default();
        told.lines().for_each(|line| passed.add(line));
        assert!(passed.marked > 0, "no filter of the program refuses with EPERM");
        passed
    }

    /// What the trial found in a program that ended so; `None` where that said that it has no filter.
    #[must_use]
    pub fn found(&self, ended: &Ended) -> Option<Passed> {
        let told = std::fs::read_to_string(&self.told).expect("the library was not loaded");
        if told.is_empty() && ended.stderr.contains("NOT SANDBOXED") {
            return None;
        }
        Some(Self::found_in(&told))
    }
}

/// What passed the filter of one process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Passed {
    /// The first descriptor of a link that was open.
    pub link: Option<i32>,
    /// System calls that were tried, with invalid arguments: the error number of each that passed, in words where the
    /// kernel sent a signal.
    pub calls: BTreeMap<u32, Option<String>>,
    /// What became of each way to open the port again: the flag for the direction and the error number, 0 for success.
    pub port: Vec<(i32, i32)>,
    /// Calls in the spelling of x32.
    pub x32: BTreeSet<u32>,
    /// Descriptors that each call for reading or writing passes on, as pairs of a first and a last one.
    pub reads: BTreeMap<String, Vec<(u32, u32)>>,
    /// What passes: protections of mprotect(2), advice of madvise(2), and of mmap(2) the protection times 2^24 with the flags
    /// below 64.
    pub memory: BTreeMap<String, BTreeSet<u32>>,
    /// Commands of fcntl(2), and the flags that F_SETFL passes with.
    pub fcntl: (BTreeSet<u32>, BTreeSet<u32>),
    /// Whom kill(2) and tgkill(2) reach: `self`, `other`.
    pub signalled: BTreeMap<String, BTreeSet<String>>,
    /// Flags of clone(2), in hexadecimal.
    pub clone: BTreeSet<String>,
    /// Options of prctl(2).
    pub prctl: BTreeSet<u32>,
    /// Requests of ioctl(2) with their arguments, for a `link` and for an `other` descriptor.
    pub requests: BTreeMap<String, BTreeMap<u32, BTreeSet<i64>>>,
    /// How many requests were tried on each.
    pub tried: BTreeMap<String, u64>,
    /// Calls that were tried in a way of their own, and passed.
    pub by_use: BTreeSet<&'static str>,
    marked: u32,
}

impl Passed {
    /// Takes one line of what the library wrote.
    fn add(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("{line}"));
        match words.as_slice() {
            ["link", "-1"] => {}
            ["link", descriptor] => self.link = descriptor.parse().ok(),
            ["marked", count] => self.marked = number(count),
            ["call", call, error] => {
                let passed = (*error != REFUSED).then(|| (*error).to_owned());
                assert!(self.calls.insert(number(call), passed).is_none(), "{line}: tried twice");
            }
            ["port", way, error] => {
                let [way, error] = [way, error].map(|text| text.parse().unwrap_or_else(|_| panic!("{line}")));
                self.port.push((way, error));
            }
            ["x32", call] => _ = self.x32.insert(number(call)),
            ["read", call, runs @ ..] => {
                let run = |text: &&str| text.split_once('-').map(|(from, to)| (number(from), number(to)));
                let runs = runs.iter().map(|text| run(text).unwrap_or_else(|| panic!("{line}")));
                self.reads.insert((*call).to_owned(), runs.collect());
            }
            ["memory", call, protection] => {
                self.memory.entry((*call).to_owned()).or_default().insert(number(protection));
            }
            ["fcntl", command] => _ = self.fcntl.0.insert(number(command)),
            ["setfl", flags] => _ = self.fcntl.1.insert(number(flags)),
            [call @ ("kill" | "tgkill"), whom] => {
                self.signalled.entry((*call).to_owned()).or_default().insert((*whom).to_owned());
            }
            ["clone", flags] => _ = self.clone.insert((*flags).to_owned()),
            ["prctl", option] => _ = self.prctl.insert(number(option)),
            ["ioctl", descriptor, request, argument] => {
                let request = u32::from_str_radix(request, 16).unwrap_or_else(|_| panic!("{line}"));
                let argument = argument.parse().unwrap_or_else(|_| panic!("{line}"));
                let of_descriptor = self.requests.entry((*descriptor).to_owned()).or_default();
                of_descriptor.entry(request).or_default().insert(argument);
            }
            ["tried", descriptor, count] => {
                self.tried.insert((*descriptor).to_owned(), count.parse().unwrap_or_else(|_| panic!("{line}")));
            }
            ["rt_sigreturn", "1"] => _ = self.by_use.insert("rt_sigreturn"),
            ["exit", "tried"] => _ = self.by_use.insert("exit"),
            // Says why, instead of a list that differs by one name.
            _ => panic!("the trial came to a bad end: {line:?}"),
        }
    }
}

/// The names of the system calls that this machine's C library knows, by their numbers; `None` without a C compiler.
#[must_use]
pub fn names_of_calls() -> Option<BTreeMap<u32, String>> {
    let mut cc = Command::new("cc");
    let ended = cc.args(["-E", "-dM", "-include", "sys/syscall.h", "-x", "c", "/dev/null"]).output().ok()?;
    let defined = String::from_utf8_lossy(&ended.stdout).into_owned();
    let named = defined.lines().filter_map(|line| {
        let (name, number) = line.strip_prefix("#define __NR_")?.split_once(' ')?;
        Some((number.trim().parse().ok()?, name.to_owned()))
    });
    Some(named.collect())
}
