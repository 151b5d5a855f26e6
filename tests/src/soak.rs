//! A soak: the real `receive` on two serial lines and a folder of pictures, fed for hours with whatever a hostile line
//! carries, while true objects come and go among it. What it uses is written down every half minute.
//!
//! ```text
//! fodder (true, damaged, noise, forged, made up, …) ─▶ two pseudo-terminals ─┐
//! pictures (true, noise, broken; put there and taken away) ─▶ a folder ──────┴▶ rootcast-online receive ─▶ published?
//!                                                                                  └ /proc ─▶ series.tsv
//! ```

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rootcast_online::publication::Snapshot;

use crate::program::{Program, Running};
use crate::pty::{Pty, writable_within};
use crate::seeds::Chance;
use crate::sides::Sides;

mod fodder;
mod pictures;
mod series;

pub use fodder::{Fodder, Kind, OnAir};
pub use series::{Sample, Series};

/// How a soak is made.
#[derive(Debug, Clone)]
pub struct Soak {
    /// For how long.
    pub lasts: Duration,
    /// Bytes a second on each line.
    pub bytes_per_second: u32,
    /// How often a sample is taken.
    pub every: Duration,
    /// Where the samples go.
    pub series: PathBuf,
    /// The seed of everything made up.
    pub seed: u64,
}

/// What came of a soak.
#[derive(Debug)]
pub struct Soaked {
    /// The samples.
    pub series: Series,
    /// Things sent, by kind.
    pub sent: Vec<(Kind, u64)>,
    /// CRLs that were sent and published.
    pub published: u64,
}

/// How long a CRL may take to be published among all this.
const PATIENCE: Duration = Duration::from_secs(900);
/// The shortest time between two CRLs.
const CRL_EVERY: Duration = Duration::from_secs(20);

impl Soak {
    /// Runs it to its end.
    ///
    /// # Panics
    /// When the program ends by itself, a CRL is not published in time, something else is, or memory or descriptors grow.
    #[must_use]
    pub fn run(&self) -> Soaked {
        eprintln!("seed 0x{:016x}; the series is in {}", self.seed, self.series.display());
        let sides = Sides::enrolled();
        let (one, two) = (Pty::open(), Pty::open());
        let folder = sides.scratch.subfolder("pictures");
        let picture = pictures::true_picture(&sides);
        let on_air = Arc::new(Mutex::new(OnAir::first(&sides)));
        let counts = Arc::new(Mutex::new(fodder::Counts::default()));
        let ends = Arc::new(AtomicBool::new(false));
        let links = [
            format!("serial:{}", one.path().display()),
            format!("serial:{}", two.path().display()),
            format!("qr:images={}", folder.display()),
        ];
        let told = fs::File::create(self.series.with_extension("stderr.txt")).expect("a file for what it says");
        let mut running = start(
            &sides.receive(&links).arg("--follow").patience(self.lasts + PATIENCE),
            told.try_clone().expect("it"),
        );
        let mut feeders = Vec::new();
        for (number, line) in [&one, &two].into_iter().enumerate() {
            let fodder = Fodder::new(number, &sides, Arc::clone(&on_air), Chance::new(self.seed ^ number as u64));
            let (port, ends, counts, speed) =
                (line.controller(), Arc::clone(&ends), Arc::clone(&counts), self.bytes_per_second);
            feeders.push(thread::spawn(move || feed(port, fodder, speed, &ends, &counts)));
        }
        let (seed, stop) = (self.seed, Arc::clone(&ends));
        feeders.push(thread::spawn(move || pictures::keep_coming(&folder, &picture, Chance::new(!seed), &stop)));
        let (series, published) = self.watch(&sides, &mut running, &on_air, &counts);
        ends.store(true, Ordering::Relaxed);
        feeders.into_iter().for_each(|feeder| feeder.join().expect("a feeder"));
        running.terminate();
        let ended = running.wait();
        assert_eq!(ended.code, Some(130), "{ended}");
        let state = Snapshot::read(&sides.online).expect("the state afterwards");
        state.verify_receipts().expect("the chain of receipts");
        let sent = counts.lock().expect("counts").list();
        let soaked = Soaked { series, sent, published };
        soaked.series.conclude(&soaked.to_string());
        soaked.series.assert_flat();
        for (kind, count) in &soaked.sent {
            assert!(*count > 0 || self.lasts < Duration::from_secs(60), "nothing of this was sent: {kind:?}");
        }
        soaked
    }

    /// Takes samples, and the next CRL as soon as the last is published.
    fn watch(
        &self,
        sides: &Sides,
        running: &mut Running,
        on_air: &Mutex<OnAir>,
        counts: &Mutex<fodder::Counts>,
    ) -> (Series, u64) {
        let begun = Instant::now();
        let mut series = Series::create(&self.series, self.seed, self.bytes_per_second);
        let (mut sampled, mut since, mut published) = (None::<Instant>, Instant::now(), 0);
        let mut accepted: Option<Vec<u8>> = None;
        while begun.elapsed() < self.lasts {
            assert!(running.runs(), "the receiver ended by itself: see {}", self.series.display());
            let crl = on_air.lock().expect("what is on air").crl.clone();
            let found = crl_published(&sides.online);
            if found.as_ref() == Some(&crl) {
                if accepted.as_ref() != Some(&crl) {
                    accepted = Some(crl);
                    published += 1;
                }
                if since.elapsed() >= CRL_EVERY {
                    on_air.lock().expect("what is on air").change(sides);
                    since = Instant::now();
                }
            } else {
                assert_eq!(found, accepted, "something was published that was not sent, or was taken back");
                assert!(since.elapsed() < PATIENCE, "a CRL was not published within {PATIENCE:?}");
            }
            if sampled.is_none_or(|sampled| sampled.elapsed() >= self.every) {
                sampled = Some(Instant::now());
                let sent = counts.lock().expect("counts").total();
                series.take(running.id(), &sides.online, begun.elapsed(), published, sent);
            }
            thread::sleep(Duration::from_millis(250));
        }
        (series, published)
    }
}

impl std::fmt::Display for Soaked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} CRLs published; sent:", self.published)?;
        self.sent.iter().try_for_each(|(kind, count)| write!(f, " {kind:?} {count}"))
    }
}

fn start(program: &Program, told: fs::File) -> Running {
    program.start_with(Stdio::null(), Stdio::null(), Stdio::from(told))
}

/// The bytes of the one CRL published below `state`, read through the link once.
fn crl_published(state: &Path) -> Option<Vec<u8>> {
    // The link may be swapped between the listing and the reading: then the next look finds it.
    let folder = fs::canonicalize(state.join("published/crl")).ok()?;
    let mut files = fs::read_dir(&folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    fs::read(files.find(|path| path.extension().is_some_and(|e| e == "crl"))?).ok()
}

/// Writes fodder to a line at its speed until told to end.
fn feed(mut port: fs::File, mut fodder: Fodder, speed: u32, ends: &AtomicBool, counts: &Mutex<fodder::Counts>) {
    let begun = Instant::now();
    let mut written = 0_u64;
    while !ends.load(Ordering::Relaxed) {
        let (kind, bytes) = fodder.bring();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() && !ends.load(Ordering::Relaxed) {
            if writable_within(&port, Duration::from_millis(100)) {
                match port.write(&rest[..rest.len().min(64)]) {
                    Ok(count) => rest = &rest[count..],
                    Err(_) => return,
                }
            }
        }
        written += bytes.len() as u64;
        counts.lock().expect("counts").add(kind);
        let due = Duration::from_micros(written * 1_000_000 / u64::from(speed));
        while let Some(ahead) = due.checked_sub(begun.elapsed()) {
            if ends.load(Ordering::Relaxed) {
                break;
            }
            thread::sleep(ahead.min(Duration::from_millis(50)));
        }
    }
}
