//! Ctrl-C, Ctrl-\ and SIGTERM: the first asks the run to end cleanly; one a second later or more ends it at once. A signal
//! that was ignored when the program started stays ignored, as `nohup` and shells without job control want it.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ};

/// Makes a file that would grow beyond the limit set for this process (`ulimit -f`) a failed write, told as one, and no
/// sudden end.
pub fn outlive_file_size_limit() {
    // Where this cannot be had, the process ends as it would have.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
}

const SIGNALS: [i32; 4] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT];

/// Those of [`SIGNALS`] that end this run: the others were ignored when it started.
fn heeded() -> impl Iterator<Item = i32> {
    SIGNALS.into_iter().filter(|signal| !is_ignored(*signal))
}

/// Whether this process ignores `signal`. Whoever started it may have said so (`nohup`). Where the system does not tell, it
/// is not ignored.
pub(crate) fn is_ignored(signal: i32) -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| is_ignored_in(&status, signal))
}

/// The same in a text such as `/proc/self/status` (proc_pid_status(5)): bit n - 1 of `SigIgn` is signal n.
fn is_ignored_in(status: &str, signal: i32) -> bool {
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok()).unwrap_or(0);
    u32::try_from(signal - 1).ok().and_then(|bit| ignored.checked_shr(bit)).is_some_and(|rest| rest & 1 == 1)
}

/// Set once a signal asked this run to end, or the operator pressed the key for it. Cheap to clone and to ask.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    asked: Arc<AtomicBool>,
    by_key: Arc<AtomicBool>,
}

impl Interrupt {
    /// Listens for SIGINT, SIGTERM, SIGHUP and SIGQUIT. A second signal ends the process with exit code 130, but not within
    /// the first second: whoever is impatient at the key still gets a clean end and the terminal as it was.
    ///
    /// # Errors
    /// When the system refuses to register a handler.
    pub fn listen() -> io::Result<Self> {
        let (interrupt, watch) = Self::listen_alone()?;
        watch.begin();
        Ok(interrupt)
    }

    /// The same without the thread that times the second signal, for a process that locks itself in first: threads
    /// that ran before it are not held. Until [`Watch::begin`] every signal asks for a clean end.
    ///
    /// # Errors
    /// As [`Interrupt::listen`].
    pub fn listen_alone() -> io::Result<(Self, Watch)> {
        let interrupt = Self::default();
        let insisted = Arc::new(AtomicBool::new(false));
        for signal in heeded() {
            signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&insisted))?;
            signal_hook::flag::register(signal, Arc::clone(&interrupt.asked))?;
        }
        interrupt.remember();
        let watch = Watch { asked: interrupt.clone(), insisted };
        Ok((interrupt, watch))
    }

    /// For a question whose asker ends its run by the answer: no second signal is needed. Where a handler cannot be had,
    /// the signal ends the process.
    #[must_use]
    pub fn of_a_question() -> Self {
        let interrupt = Self::default();
        for signal in heeded() {
            // Left in place: nothing is asked twice in one run.
            let _ = signal_hook::flag::register(signal, Arc::clone(&interrupt.asked));
        }
        interrupt.remember();
        interrupt
    }

    fn remember(&self) {
        LISTENING.lock().unwrap_or_else(PoisonError::into_inner).push(self.clone());
    }

    /// Whether the run was asked to end.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Asks the run to end because the operator pressed a key that ends it: that is no interruption.
    pub fn set_by_key(&self) {
        if !self.is_set() {
            self.by_key.store(true, Ordering::Relaxed);
            self.set();
        }
    }

    /// Whether a key ended the run, and no signal before it.
    #[must_use]
    pub fn is_by_key(&self) -> bool {
        self.by_key.load(Ordering::Relaxed)
    }

    /// Asks the run to end, as a signal would.
    pub fn set(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }
}

/// Every one that listens in this process: what waits for a reader asks them all.
static LISTENING: Mutex<Vec<Interrupt>> = Mutex::new(Vec::new());

/// Whether a signal is only noted in this process, and no longer ends it.
pub(crate) fn is_listened_to() -> bool {
    !LISTENING.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
}

/// Whether a signal came.
pub(crate) fn is_any_set() -> bool {
    LISTENING.lock().unwrap_or_else(PoisonError::into_inner).iter().any(Interrupt::is_set)
}

/// Lets a second signal end the process at once, a second after the first.
#[derive(Debug)]
#[must_use = "without it no number of signals ends the process at once"]
pub struct Watch {
    asked: Interrupt,
    insisted: Arc<AtomicBool>,
}

impl Watch {
    /// Begins, in a thread of its own.
    pub fn begin(self) {
        thread::spawn(move || {
            while !self.asked.is_set() {
                thread::sleep(Duration::from_millis(200));
            }
            thread::sleep(Duration::from_secs(1));
            self.insisted.store(true, Ordering::Relaxed);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{Interrupt, is_ignored_in};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    #[test]
    fn an_end_by_a_key_is_told_from_one_by_a_signal() {
        let (key, signal) = (Interrupt::default(), Interrupt::default());
        key.clone().set_by_key();
        assert!(key.is_set() && key.is_by_key());
        // A second press within one read once made an interruption of it.
        key.set_by_key();
        assert!(key.is_by_key(), "pressed twice");
        // What comes after the key changes nothing either.
        key.set();
        assert!(key.is_by_key(), "the key came first");
        signal.set();
        signal.set_by_key();
        assert!(signal.is_set() && !signal.is_by_key(), "the signal came first");
    }

    #[test]
    fn the_bit_of_a_signal_says_whether_it_was_ignored() {
        let status = "Name:\tx\nSigBlk:\t0000000000000003\nSigIgn:\t0000000000001001\nSigCgt:\tffffffffffffffff\n";
        assert!(is_ignored_in(status, SIGHUP) && !is_ignored_in(status, SIGINT) && !is_ignored_in(status, SIGTERM));
        for status in ["", "SigIgn:", "SigIgn:\tzz"] {
            assert!(!is_ignored_in(status, SIGHUP), "{status:?}");
        }
    }
}
