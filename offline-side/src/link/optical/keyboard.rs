//! The operator's keyboard while symbols play on the same terminal.
//!
//! This is the one thing the offline program reads while frames go out, and it is no link: it is read only where standard
//! input is a terminal, only for `qr:terminal`, one key at a time, and the keys change speed, density and the end,
//! never what is sent. Where it is none, nothing is read.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
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

/// The keyboard, taken or not.
#[derive(Debug, Default)]
pub(super) struct Keyboard {
    taken: bool,
}

impl Keyboard {
    /// Takes it: keys come one by one and are not echoed, Ctrl-C and Ctrl-Z stay signals. Nothing happens where standard
    /// input is no terminal, or belongs to another job of the shell.
    pub(super) fn take(&mut self) {
        if self.taken || in_background() || !std::io::stdin().is_terminal() {
            return;
        }
        let Ok(before) = tcgetattr(stdin()) else { return };
        let mut settings = before.clone();
        settings.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
        settings.special_codes[SpecialCodeIndex::VMIN] = 0;
        settings.special_codes[SpecialCodeIndex::VTIME] = 0;
        // Kept before it is changed, so that no moment is without a way back.
        if let Ok(mut kept) = BEFORE.lock() {
            kept.get_or_insert(before);
        }
        self.taken = tcsetattr(stdin(), OptionalActions::Now, &settings).is_ok();
    }

    /// Gives it back as it was.
    pub(super) fn give_back(&mut self) {
        self.taken = false;
        give_back();
    }

    /// Whether keys are heard.
    pub(super) fn is_taken(&self) -> bool {
        self.taken
    }

    /// Waits for keys until `until`, at most a moment; what was typed.
    pub(super) fn keys_until(&mut self, until: Instant) -> Vec<Key> {
        let moment = until.saturating_duration_since(Instant::now()).min(Duration::from_millis(50));
        if !self.taken {
            std::thread::sleep(moment);
            return Vec::new();
        }
        let timeout = Timespec { tv_sec: 0, tv_nsec: i64::from(moment.subsec_nanos()) };
        let terminal = stdin();
        let mut typed = [PollFd::new(&terminal, PollFlags::IN)];
        match poll(&mut typed, Some(&timeout)) {
            Ok(0) | Err(Errno::INTR) => return Vec::new(),
            Ok(_) => {}
            Err(_) => {
                self.taken = false;
                return Vec::new();
            }
        }
        let mut bytes = [0; 64];
        match rustix::io::read(terminal, &mut bytes) {
            // The terminal is gone: nobody types any more, and waiting for it would spin.
            Ok(0) | Err(Errno::IO) => self.taken = false,
            Ok(count) => return keys_in(bytes.get(..count).unwrap_or_default()),
            Err(_) => {}
        }
        Vec::new()
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
