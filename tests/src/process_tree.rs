//! The processor time of a process and of all that it starts, those too that nobody waits for (proc(5)).

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use crate::program::{Ended, Running};

/// A process and its descendants, as far as anybody looked.
#[derive(Debug)]
pub struct ProcessTree {
    /// Each with the ticks it had used when it was seen last.
    used: BTreeMap<i32, u64>,
}

impl ProcessTree {
    /// That of a process.
    ///
    /// # Panics
    /// Where the number is none of a process.
    #[must_use]
    pub fn of(process: u32) -> Self {
        Self { used: BTreeMap::from([(i32::try_from(process).expect("a process id"), 0)]) }
    }

    /// Looks at all of them. What one used after the last look is not counted.
    pub fn look(&mut self) {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        let mut all: Vec<(i32, i32, u64)> =
            ids.filter_map(|id| stat(id).map(|(parent, used)| (id, parent, used))).collect();
        // Children after their parents, whatever their numbers are.
        loop {
            let before = all.len();
            all.retain(|(id, parent, used)| {
                let is_ours = self.used.contains_key(id) || self.used.contains_key(parent);
                if is_ours {
                    let known = self.used.entry(*id).or_default();
                    *known = (*known).max(*used);
                }
                !is_ours
            });
            if all.len() == before {
                return;
            }
        }
    }

    /// Seconds that all of them used. A tick is a hundredth.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.used.values().map(|ticks| *ticks as f64 / 100.0).sum()
    }

    /// How many processes were seen.
    #[must_use]
    pub fn processes(&self) -> usize {
        self.used.len()
    }
}

/// Waits for the end of a program; gives how it ended, and what was used by all that it started.
#[must_use]
pub fn wait_with_all(mut running: Running) -> (Ended, ProcessTree) {
    let mut tree = ProcessTree::of(running.id());
    while running.runs() {
        tree.look();
        std::thread::sleep(Duration::from_millis(10));
    }
    (running.wait(), tree)
}

/// The parent of a process, and its ticks of processor time, user and system.
fn stat(id: i32) -> Option<(i32, u64)> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(1);
    let parent = fields.next()?.parse().ok()?;
    Some((parent, fields.skip(9).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()))
}

#[cfg(test)]
mod tests {
    use super::ProcessTree;
    use std::process::Command;

    #[test]
    fn a_grandchild_counts_with_what_it_used() {
        // It counts to a number in a shell below a shell, says so, and waits.
        let work = "sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo; exec sleep 100' & echo $!; wait";
        let mut shell = Command::new("sh").args(["-c", work]).stdout(std::process::Stdio::piped()).spawn().unwrap();
        let mut tree = ProcessTree::of(shell.id());
        let mut out = std::io::BufReader::new(shell.stdout.take().unwrap());
        let (mut child, mut done) = (String::new(), String::new());
        std::io::BufRead::read_line(&mut out, &mut child).unwrap();
        std::io::BufRead::read_line(&mut out, &mut done).unwrap();
        tree.look();
        let _ = Command::new("kill").arg(child.trim()).status();
        let _ = shell.kill();
        let _ = shell.wait();
        assert!(tree.processes() >= 2 && tree.seconds() > 0.05, "{tree:?}");
    }
}
