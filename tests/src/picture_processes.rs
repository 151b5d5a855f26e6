//! The processes that look at pictures for one that receives, as the system lists them (proc(5)).

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a process may take to appear or to go.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that looks at pictures, or starts those that do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PictureProcess(i32);

impl PictureProcess {
    /// The supervisor that this process started; waits for it.
    #[must_use]
    pub fn supervisor_of(process: u32) -> Self {
        let parent = i32::try_from(process).expect("a process id");
        awaited("a supervisor", || children(parent, "--supervise-picture-readers").first().copied())
    }

    /// The process that records sound for this one; waits for it.
    #[must_use]
    pub fn capture_of(process: u32) -> Self {
        let parent = i32::try_from(process).expect("a process id");
        awaited("a process that records", || children(parent, "--capture-sound").first().copied())
    }

    /// The readers that this supervisor started and that have not ended; waits for the first.
    #[must_use]
    pub fn readers(self) -> Vec<Self> {
        awaited("a reader", || Some(self.readers_now()).filter(|readers| !readers.is_empty()))
    }

    /// The same without waiting.
    #[must_use]
    pub fn readers_now(self) -> Vec<Self> {
        children(self.0, "--read-pictures")
    }

    /// Its process id.
    #[must_use]
    pub fn id(self) -> u32 {
        self.0.unsigned_abs()
    }

    /// SIGKILL. It may have ended by itself.
    pub fn kill(self) {
        let _ = kill_process(Pid::from_raw(self.0).expect("a process id"), Signal::KILL);
    }

    /// SIGSTOP: it stands still.
    pub fn stop(self) {
        kill_process(Pid::from_raw(self.0).expect("a process id"), Signal::STOP).expect("a process to stop");
    }

    /// Whether it is there, and not only waited for.
    #[must_use]
    pub fn is_there(self) -> bool {
        self.stat().is_some_and(|stat| stat.state != 'Z')
    }

    /// Waits until it is gone.
    pub fn wait_for_end(self) {
        awaited("the end of a process", || (!self.is_there()).then_some(()));
    }

    /// A line of its status, without its name: `Seccomp`, `NoNewPrivs`, `Threads`, `VmHWM`.
    #[must_use]
    pub fn status(self, line: &str) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap_or_default();
        let found = status.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(':'));
        found.map(str::trim).unwrap_or_default().to_owned()
    }

    /// Its largest resident memory, in KiB; 0 when it has ended.
    #[must_use]
    pub fn peak_kib(self) -> u64 {
        self.status("VmHWM").trim_end_matches(" kB").parse().unwrap_or(0)
    }

    /// The processor time that it has used, in seconds; 0 when it has ended.
    #[must_use]
    pub fn processor_seconds(self) -> f64 {
        self.stat().map_or(0.0, |stat| stat.processor_seconds)
    }

    /// What its descriptors are, by their numbers: `pipe:[1]`, `socket:[2]`, a path.
    #[must_use]
    pub fn descriptors(self) -> Vec<(u32, String)> {
        let entries = fs::read_dir(format!("/proc/{}/fd", self.0)).into_iter().flatten().flatten();
        let described = |entry: fs::DirEntry| {
            let number = entry.file_name().to_str()?.parse().ok()?;
            Some((number, fs::read_link(entry.path()).ok()?.display().to_string()))
        };
        let mut descriptors: Vec<_> = entries.filter_map(described).collect();
        descriptors.sort_unstable();
        descriptors
    }

    fn stat(self) -> Option<Stat> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).ok()?;
        let (_, rest) = stat.rsplit_once(')')?;
        let mut fields = rest.split_whitespace();
        let state = fields.next()?.chars().next()?;
        let parent = fields.next()?.parse().ok()?;
        // 100 ticks a second; fields 14 and 15.
        let ticks: f64 = fields.skip(9).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
        Some(Stat { state, parent, processor_seconds: ticks / 100.0 })
    }
}

struct Stat {
    state: char,
    parent: i32,
    processor_seconds: f64,
}

/// The children of a process that were started with this argument and have not ended.
fn children(parent: i32, argument: &str) -> Vec<PictureProcess> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).map(PictureProcess);
    let is_child = |process: &PictureProcess| {
        let line = fs::read(format!("/proc/{}/cmdline", process.0)).unwrap_or_default();
        process.stat().is_some_and(|stat| stat.parent == parent && stat.state != 'Z')
            && line.split(|byte| *byte == 0).any(|word| word == argument.as_bytes())
    };
    let mut found: Vec<PictureProcess> = ids.filter(is_child).collect();
    found.sort_unstable();
    found
}

fn awaited<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what} was waited for in vain");
        std::thread::sleep(Duration::from_millis(5));
    }
}
