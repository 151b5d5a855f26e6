//! Ctrl-Z: a program that has taken the terminal gives it back before it stops, and takes it again when it goes on.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};
use signal_hook::SigId;
use signal_hook::consts::{SIGCONT, SIGTSTP};

use crate::interrupt::is_ignored;

/// Whether somebody asked to stop for a while, and whether the program was stopped.
#[derive(Debug)]
pub struct Suspension {
    asked: Arc<AtomicBool>,
    resumed: Arc<AtomicBool>,
    handlers: Vec<SigId>,
}

impl Suspension {
    /// Listens for SIGTSTP and SIGCONT. From here on Ctrl-Z does nothing until [`Suspension::stop`] is called.
    ///
    /// # Errors
    /// When the system refuses to register a handler.
    pub fn listen() -> io::Result<Self> {
        let (asked, resumed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let mut handlers = vec![signal_hook::flag::register(SIGCONT, Arc::clone(&resumed))?];
        // A shell without job control ignores Ctrl-Z for what it starts.
        if !is_ignored(SIGTSTP) {
            handlers.push(signal_hook::flag::register(SIGTSTP, Arc::clone(&asked))?);
        }
        Ok(Self { asked, resumed, handlers })
    }

    /// Whether Ctrl-Z was pressed since the last time.
    #[must_use]
    pub fn take_asked(&self) -> bool {
        self.asked.swap(false, Ordering::Relaxed)
    }

    /// Whether the program was stopped and goes on again, since the last time.
    #[must_use]
    pub fn take_resumed(&self) -> bool {
        self.resumed.swap(false, Ordering::Relaxed)
    }

    /// Stops this process, all threads of it, and returns when somebody lets it go on.
    pub fn stop(&self) {
        self.resumed.store(false, Ordering::Relaxed);
        // SIGSTOP cannot be refused; where it could, the program would just go on.
        let _ = kill_process(getpid(), Signal::STOP);
        // It is another thread that may be stopped first: this one runs on for a moment, and must do nothing meanwhile.
        for _ in 0..500 {
            if self.resumed.load(Ordering::Relaxed) {
                return;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Suspension {
    fn drop(&mut self) {
        for handler in self.handlers.drain(..) {
            signal_hook::low_level::unregister(handler);
        }
    }
}
