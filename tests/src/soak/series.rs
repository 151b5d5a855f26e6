//! What a process uses over time, as a file anybody can plot.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One look at the process and its state.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Seconds since the beginning.
    pub seconds: u64,
    /// Resident memory, in KiB.
    pub resident_kib: u64,
    /// The most so far, in KiB.
    pub peak_kib: u64,
    /// Open file descriptors.
    pub descriptors: u64,
    /// Threads.
    pub threads: u64,
    /// Bytes of symbol files.
    pub symbols: u64,
    /// Bytes of the whole state.
    pub state: u64,
    /// Receipts: one more for each CRL.
    pub receipts: u64,
    /// CRLs published.
    pub published: u64,
    /// Things sent.
    pub sent: u64,
}

/// All samples, which are in a file as well.
#[derive(Debug)]
pub struct Series {
    path: PathBuf,
    samples: Vec<Sample>,
}

const HEADING: &str =
    "seconds\tresident_kib\tpeak_kib\tdescriptors\tthreads\tsymbols_bytes\tstate_bytes\treceipts\tpublished\tsent";

impl Series {
    /// An empty one.
    #[must_use]
    pub fn create(path: &Path, seed: u64, bytes_per_second: u32) -> Self {
        let heading =
            format!("# seed 0x{seed:016x}, {bytes_per_second} bytes a second on each of two lines\n{HEADING}\n");
        fs::write(path, heading).expect("a file for the series");
        Self { path: path.to_owned(), samples: Vec::new() }
    }

    /// Takes a sample.
    pub fn take(&mut self, process: u32, state: &Path, elapsed: Duration, published: u64, sent: u64) {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
        };
        let descriptors = fs::read_dir(format!("/proc/{process}/fd")).map_or(0, |entries| entries.count() as u64);
        let sample = Sample {
            seconds: elapsed.as_secs(),
            resident_kib: number("VmRSS:"),
            peak_kib: number("VmHWM:"),
            descriptors,
            threads: number("Threads:"),
            symbols: size(&state.join("symbols")),
            state: size(&state.join("generations")) + size(&state.join("receipts")) + size(&state.join("symbols")),
            receipts: fs::read_dir(state.join("receipts")).map_or(0, |entries| entries.count() as u64),
            published,
            sent,
        };
        let it = sample;
        self.append(&format!(
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            it.seconds,
            it.resident_kib,
            it.peak_kib,
            it.descriptors,
            it.threads,
            it.symbols,
            it.state,
            it.receipts,
            it.published,
            it.sent
        ));
        self.samples.push(sample);
    }

    /// A last line.
    pub fn conclude(&self, text: &str) {
        self.append(&format!("# {text}"));
    }

    fn append(&self, line: &str) {
        let file = File::options().append(true).open(&self.path);
        file.and_then(|mut file| writeln!(file, "{line}")).expect("a line of the series");
    }

    /// The samples.
    #[must_use]
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// Fails if memory or descriptors grew from the second quarter to the last: by more than a tenth and 4 MiB, or by more
    /// than four descriptors. The first quarter is for warming up. With fewer than 40 samples nothing is said.
    ///
    /// # Panics
    /// Then.
    pub fn assert_flat(&self) {
        let quarter = self.samples.len() / 4;
        if quarter < 10 {
            return;
        }
        let middle = |from: usize, what: fn(&Sample) -> u64| {
            let mut values: Vec<u64> = self.samples[from..from + quarter].iter().map(what).collect();
            values.sort_unstable();
            values[quarter / 2]
        };
        let of = |what| (middle(quarter, what), middle(self.samples.len() - quarter, what));
        let (before, after) = of(|sample| sample.resident_kib);
        assert!(after <= before + before / 10 + 4096, "resident memory grew from {before} to {after} KiB");
        let (before, after) = of(|sample| sample.descriptors);
        assert!(after <= before + 4, "open descriptors grew from {before} to {after}");
    }
}

impl std::fmt::Display for Series {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let least = |what: fn(&Sample) -> u64| self.samples.iter().map(what).min().unwrap_or(0);
        let most = |what: fn(&Sample) -> u64| self.samples.iter().map(what).max().unwrap_or(0);
        let last = self.samples.last().map_or(0, |sample| sample.resident_kib);
        write!(
            f,
            "{} samples: resident {} … {} KiB (last {last}), descriptors {} … {}, symbol files at most {} bytes, state at most {}",
            self.samples.len(),
            least(|sample| sample.resident_kib),
            most(|sample| sample.resident_kib),
            least(|sample| sample.descriptors),
            most(|sample| sample.descriptors),
            most(|sample| sample.symbols),
            most(|sample| sample.state),
        )
    }
}

/// Bytes of every file below a folder that may change meanwhile; links are not followed.
fn size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let found = entry.metadata().ok()?;
            Some(if found.is_dir() { size(&entry.path()) } else { found.len() })
        })
        .sum()
}
