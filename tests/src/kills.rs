//! The real `receive`, killed by SIGKILL at random moments while it receives and publishes, again and again over one
//! state. After every kill the state must open, be what it was before or what the running command was to make of it,
//! and the next run must bring the rest.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rootcast_online::publication::Snapshot;
use rootcast_protocol::manifest::ItemKind;

use crate::forged::{frames_of, object_of};
use crate::recordings;
use crate::scratch::tree;
use crate::seeds::Chance;
use crate::sides::Sides;

/// What the kills hit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hits {
    /// Processes killed.
    pub kills: u64,
    /// Of them with nothing of the object kept yet.
    pub before_symbols: u64,
    /// … with some symbols kept, and no generation begun.
    pub receiving: u64,
    /// … with the next generation begun and not committed: it is there, and the link names the one before.
    pub publishing: u64,
    /// … with the next generation committed, and the process still there.
    pub committed: u64,
    /// Runs that ended before the kill came; they are no kills.
    pub too_late: u64,
    /// Runs that were let go on to their end, and published what had been killed before.
    pub healed: u64,
    /// Generations at the end.
    pub generations: u64,
}

/// Entries of every CRL: its object has some dozens of symbols, in frames of six.
const ENTRIES: usize = 600;

/// Kills so many processes.
///
/// # Panics
/// When a state is wrong or lost.
#[must_use]
pub fn kill(count: u64, chance: &mut Chance) -> Hits {
    let sides = Sides::enrolled();
    let mut hits = Hits::default();
    let entries: Vec<u64> = (0..ENTRIES).map(|_| chance.serial()).collect();
    let first = Made::new(&sides, 1, &entries);
    let usual = first.let_finish(&sides);
    let mut published = first;
    let mut number = 1;
    while hits.kills < count {
        number += 1;
        let next = Made::new(&sides, number, &entries);
        // Some CRLs are killed several times before they are let through.
        while hits.kills < count {
            let was_killed = next.kill_once(&sides, usual, chance, &mut hits);
            let found = look(&sides.online);
            assert!(
                found.crl == published.crl || found.crl == next.crl,
                "after kill {}: CRL {number} was being received, {} before it, and what is published is neither",
                hits.kills,
                number - 1
            );
            if found.crl == next.crl {
                break;
            }
            assert!(was_killed, "receive ended by itself and CRL {number} is not published");
            if chance.below(3) == 0 {
                next.let_finish(&sides);
                hits.healed += 1;
                break;
            }
        }
        // Judged once more, it is what is published, and stays.
        if hits.kills % 16 == 0 {
            next.let_finish(&sides);
        }
        let found = look(&sides.online);
        if found.crl == next.crl {
            published = next;
        }
    }
    hits.generations = look(&sides.online).generation;
    hits
}

/// A state, read and checked as the program does when it starts.
struct Found {
    generation: u64,
    crl: Vec<u8>,
}

/// Opens the state: every file of the generation has the digest it was committed with, and the receipts chain.
fn look(state: &Path) -> Found {
    let snapshot = Snapshot::read(state).unwrap_or_else(|e| panic!("the state does not open: {e}"));
    let receipts = snapshot.verify_receipts().unwrap_or_else(|e| panic!("the receipts do not chain: {e}"));
    let record = snapshot.record();
    assert_eq!(receipts, record.generation, "a receipt for each generation");
    let [crl] = record.crls.as_slice() else { panic!("{} CRLs are accepted", record.crls.len()) };
    let published: Vec<(PathBuf, Vec<u8>)> = tree(&state.join("published/crl"));
    let der = published.iter().find(|(path, _)| path.extension().is_some_and(|e| e == "crl"));
    let (_, der) = der.expect("a published CRL");
    let said = snapshot.file(&format!("published/crl/{}.crl", crl.issuer)).expect("the accepted CRL");
    assert!(said == *der, "the state and the published tree differ");
    Found { generation: record.generation, crl: der.clone() }
}

/// A CRL and the recording that carries it.
struct Made {
    crl: Vec<u8>,
    recording: PathBuf,
    words: String,
}

impl Made {
    fn new(sides: &Sides, number: u32, entries: &[u64]) -> Self {
        let crl = sides.crl_of_the_minute(number, entries);
        let bytes = object_of(&[(ItemKind::Crl, "root.crl", &crl)]);
        let recording = sides.scratch.path("one.frames");
        let frames = frames_of(&bytes, 0, bytes.len() / 176 / 6 + 3);
        recordings::write(&recording, frames);
        Self { crl, recording, words: format!("number {number}") }
    }

    /// Receives to the end; how long that took.
    fn let_finish(&self, sides: &Sides) -> Duration {
        let ended = sides.receive_recording(&self.recording).exits(0);
        assert_eq!(look(&sides.online).crl, self.crl, "CRL {} is not published\n{ended}", self.words);
        ended.took
    }

    /// Starts `receive` and kills it; whether it was still there to be killed.
    fn kill_once(&self, sides: &Sides, usual: Duration, chance: &mut Chance, hits: &mut Hits) -> bool {
        let (before, old) = (names(&sides.online.join("generations")), link(&sides.online));
        let begun = Instant::now();
        let mut running = sides.receive_recording(&self.recording).start();
        // Half the kills come at any time, most others behind the first sign of a new generation, the rest behind its
        // commit, which a busy machine may put anywhere.
        let mut wait_for = |sign: &dyn Fn() -> bool| {
            while running.runs() && !sign() {
                assert!(begun.elapsed() < Duration::from_secs(60), "no generation is begun or committed");
            }
        };
        match chance.below(8) {
            0..4 => thread::sleep(usual.mul_f64(chance.fraction() * 1.2)),
            4..7 => {
                wait_for(&|| names(&sides.online.join("generations")) != before);
                thread::sleep(usual.mul_f64(0.6 * chance.fraction() * chance.fraction()));
            }
            _ => wait_for(&|| link(&sides.online) != old),
        }
        let ended = running.kill_9();
        if ended.signal != Some(9) {
            hits.too_late += 1;
            assert_eq!(ended.code, Some(0), "{ended}");
            return false;
        }
        hits.kills += 1;
        // Once it says so, it is so.
        let said = ended.stderr.contains("published/crl/");
        let committed = link(&sides.online) != old;
        assert!(committed || !said, "said to be published, and is not\n{ended}");
        let is_of_object = |name: &&std::ffi::OsString| Path::new(name).extension().is_some_and(|e| e == "sym");
        let symbols = names(&sides.online.join("symbols")).iter().filter(is_of_object).count();
        if committed {
            hits.committed += 1;
        } else if names(&sides.online.join("generations")) != before {
            hits.publishing += 1;
        } else if symbols > 0 {
            hits.receiving += 1;
        } else {
            hits.before_symbols += 1;
        }
        true
    }
}

fn link(state: &Path) -> PathBuf {
    fs::read_link(state.join("published")).expect("the link")
}

fn names(folder: &Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> =
        fs::read_dir(folder).expect("generations").filter_map(|entry| Some(entry.ok()?.file_name())).collect();
    names.sort();
    names
}
