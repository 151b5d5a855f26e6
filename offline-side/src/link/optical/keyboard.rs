//! The operator's keyboard while symbols play on the same terminal.
//!
//! This is the one thing the offline program reads while frames go out, and it is no link: it is read only where standard
//! input is a terminal, only for `qr:terminal`, one key at a time, and the keys change speed, density and the end,
//! never what is sent. Where it is none, nothing is read.
//!
//! No wait for a descriptor is left to a process that sends (poll(2) and its like), so a thread reads. The terminal ends
//! each read after a tenth of a second (VTIME), and no read is under way once the keyboard was given back: what is typed
//! afterwards is the shell's.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::getpgrp;
use rustix::stdio::stdin;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr};

/// The terminal's settings as they were, while they are not: also for whoever has to put them back in a panic.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// What the operator asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// `+`
    Faster,
    /// `-`
    Slower,
    /// Space
    Pause,
    /// `d`
    Denser,
    /// `D`
    Sparser,
    /// `q`
    End,
}

impl Key {
    fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            b'+' | b'=' => Self::Faster,
            b'-' | b'_' => Self::Slower,
            b' ' | b'p' => Self::Pause,
            b'd' => Self::Denser,
            b'D' => Self::Sparser,
            b'q' | b'Q' => Self::End,
            _ => return None,
        })
    }
}

/// The keys in what was read at once. What follows an escape is a key of several bytes, none of ours.
fn keys_in(bytes: &[u8]) -> Vec<Key> {
    bytes.iter().take_while(|byte| **byte != 0x1b).filter_map(|byte| Key::from_byte(*byte)).collect()
}

/// What the thread that reads is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Wanted {
    /// Nothing for now.
    Quiet,
    /// Read keys.
    Keys,
    /// End.
    End,
}

/// What the thread that reads and the one that plays say to each other. Every access is sequentially consistent: either
/// the reader sees that it is to be quiet, or the player sees that it is not.
#[derive(Debug, Default)]
struct Ear {
    wanted: AtomicU8,
    /// A read is under way, or about to be.
    is_reading: AtomicBool,
    /// The terminal is gone: nobody types any more.
    is_gone: AtomicBool,
}

impl Ear {
    fn want(&self, wanted: Wanted) {
        self.wanted.store(wanted as u8, Ordering::SeqCst);
    }

    fn wants(&self, wanted: Wanted) -> bool {
        self.wanted.load(Ordering::SeqCst) == wanted as u8
    }

    fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::SeqCst)
    }

    /// Reads keys while they are wanted.
    fn listen(&self, keys: &Sender<Vec<Key>>) {
        while !self.wants(Wanted::End) {
            self.is_reading.store(true, Ordering::SeqCst);
            let heard = self.wants(Wanted::Keys).then(|| self.read());
            self.is_reading.store(false, Ordering::SeqCst);
            match heard {
                Some(heard) if !heard.is_empty() => {
                    if keys.send(heard).is_err() {
                        return;
                    }
                }
                // Whoever shares the terminal may have set it to end each read at once.
                Some(_) if !self.is_gone() => thread::sleep(Duration::from_millis(10)),
                _ => thread::park(),
            }
        }
    }

    /// What was typed within a tenth of a second; returns at the first key.
    fn read(&self) -> Vec<Key> {
        let mut bytes = [0; 64];
        match rustix::io::read(stdin(), &mut bytes) {
            // Nothing was typed, or the terminal is gone, which only a question about it shows.
            Ok(0) if tcgetattr(stdin()).is_ok() => Vec::new(),
            Ok(count) if count > 0 => keys_in(bytes.get(..count).unwrap_or_default()),
            Err(Errno::INTR | Errno::AGAIN) => Vec::new(),
            Ok(_) | Err(_) => {
                self.is_gone.store(true, Ordering::SeqCst);
                Vec::new()
            }
        }
    }
}

/// The thread that reads, from the first time the keyboard is taken: it has to begin inside the sandbox.
#[derive(Debug)]
struct Reader {
    ear: Arc<Ear>,
    keys: Receiver<Vec<Key>>,
    thread: Thread,
}

impl Reader {
    fn start() -> std::io::Result<Self> {
        let ear = Arc::new(Ear::default());
        let (typed, keys) = channel();
        let of_thread = Arc::clone(&ear);
        let started = thread::Builder::new().name("keyboard".to_owned()).spawn(move || of_thread.listen(&typed))?;
        Ok(Self { ear, keys, thread: started.thread().clone() })
    }

    fn want(&self, wanted: Wanted) {
        self.ear.want(wanted);
        self.thread.unpark();
    }

    /// No more reads. Returns when none is under way, which takes a tenth of a second; where another program changed the
    /// terminal's settings meanwhile, a read may wait for a whole line, and is left alone.
    fn hush(&self) {
        self.want(Wanted::Quiet);
        let begun = Instant::now();
        while self.ear.is_reading.load(Ordering::SeqCst) && begun.elapsed() < Duration::from_secs(1) {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.want(Wanted::End);
    }
}

/// The keyboard, taken or not.
#[derive(Debug, Default)]
pub(super) struct Keyboard {
    taken: bool,
    reader: Option<Reader>,
}

impl Keyboard {
    /// Takes it: keys come one by one and are not echoed, Ctrl-C and Ctrl-Z stay signals. Nothing happens where standard
    /// input is no terminal, or belongs to another job of the shell.
    pub(super) fn take(&mut self) {
        if self.taken || in_background() || !std::io::stdin().is_terminal() {
            return;
        }
        if self.reader.is_none() {
            self.reader = Reader::start().ok();
        }
        let Some(reader) = self.reader.as_ref().filter(|reader| !reader.ear.is_gone()) else { return };
        let Ok(before) = tcgetattr(stdin()) else { return };
        let mut settings = before.clone();
        settings.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
        settings.special_codes[SpecialCodeIndex::VMIN] = 0;
        settings.special_codes[SpecialCodeIndex::VTIME] = 1;
        // Kept before it is changed, so that no moment is without a way back.
        if let Ok(mut kept) = BEFORE.lock() {
            kept.get_or_insert(before);
        }
        self.taken = tcsetattr(stdin(), OptionalActions::Now, &settings).is_ok();
        if self.taken {
            reader.want(Wanted::Keys);
        }
    }

    /// Gives it back as it was.
    pub(super) fn give_back(&mut self) {
        self.taken = false;
        self.reader.iter().for_each(Reader::hush);
        give_back();
    }

    /// Whether keys are heard.
    pub(super) fn is_taken(&self) -> bool {
        self.taken
    }

    /// Waits for keys until `until`, at most a moment; what was typed.
    pub(super) fn keys_until(&mut self, until: Instant) -> Vec<Key> {
        let moment = until.saturating_duration_since(Instant::now()).min(Duration::from_millis(50));
        let Some(reader) = self.reader.as_ref().filter(|_| self.taken) else {
            thread::sleep(moment);
            return Vec::new();
        };
        match reader.keys.recv_timeout(moment) {
            Ok(keys) => keys,
            Err(RecvTimeoutError::Timeout) => {
                self.taken = !reader.ear.is_gone();
                Vec::new()
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.taken = false;
                Vec::new()
            }
        }
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// Whether the terminal belongs to another job of the shell, so that neither its settings nor its screen are ours.
pub(super) fn in_background() -> bool {
    tcgetpgrp(stdin()).is_ok_and(|group| group != getpgrp())
}

/// Puts the terminal's settings back as they were before anything took them.
pub(super) fn give_back() {
    let before = BEFORE.lock().map(|mut before| before.take()).unwrap_or_default();
    if let Some(before) = before {
        // Nothing is left to tell it to.
        let _ = tcsetattr(stdin(), OptionalActions::Now, &before);
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, keys_in};

    #[test]
    fn keys_are_told_from_arrows_and_from_what_means_nothing() {
        assert_eq!(keys_in(b"+x-q"), [Key::Faster, Key::Slower, Key::End]);
        assert_eq!(keys_in(b"d\x1b[D"), [Key::Denser], "the left arrow is no D");
        assert_eq!(keys_in(b"\xff\0\r\n"), []);
    }
}
