//! Keys of the terminal, one by one, for what must not be shown or kept: a PIN, and the words of a piece.
//!
//! They are read past every buffer, so that a signal is noticed and no library keeps a copy.

use std::io;

use rootcast_host::interrupt::Interrupt;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// A key that was pressed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keystroke {
    /// Return: the line is complete.
    Return,
    /// Ctrl-C or Ctrl-backslash.
    Stop,
    /// Ctrl-D.
    End,
    /// Backspace.
    Back,
    /// Ctrl-U: the line begins again.
    Again,
    /// Any other byte.
    Byte(u8),
}

/// Why there is no key.
pub(crate) enum NoKey {
    /// A signal came.
    Interrupted,
    /// The input ended.
    Ended,
    /// The terminal failed.
    Terminal(io::Error),
}

/// Waits for a key, or for a signal that sets `interrupt`. The terminal has to be silent ([`Silence`]).
pub(crate) fn next(interrupt: &Interrupt) -> Result<Keystroke, NoKey> {
    let stdin = io::stdin();
    let fifth = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
    loop {
        if interrupt.is_set() {
            return Err(NoKey::Interrupted);
        }
        match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&fifth)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => {}
            Err(error) => return Err(NoKey::Terminal(error.into())),
        }
        let mut key = Zeroizing::new([0_u8; 1]);
        match rustix::io::read(&stdin, key.as_mut_slice()) {
            Ok(0) => return Err(NoKey::Ended),
            Ok(_) => {}
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => continue,
            Err(error) => return Err(NoKey::Terminal(error.into())),
        }
        return Ok(match *key {
            [b'\r' | b'\n'] => Keystroke::Return,
            [0x03 | 0x1c] => Keystroke::Stop,
            [0x04] => Keystroke::End,
            [0x08 | 0x7f] => Keystroke::Back,
            [0x15] => Keystroke::Again,
            [byte] => Keystroke::Byte(byte),
        });
    }
}

/// The terminal without echo, line editing and signal keys, until dropped.
pub(crate) struct Silence {
    before: Termios,
    ending: OptionalActions,
}

impl Silence {
    /// From now on. What was typed ahead, and shown, is no PIN: it is forgotten.
    pub(super) fn begin() -> rustix::io::Result<Self> {
        Self::with(OptionalActions::Flush)
    }

    /// The same where what was typed ahead counts: a scanner types faster than a question comes.
    pub(crate) fn keeping_ahead() -> rustix::io::Result<Self> {
        Self::with(OptionalActions::Now)
    }

    /// Only the echo is off: what is typed before the first question is not shown either. Signal keys are signals.
    pub(crate) fn before_a_question() -> rustix::io::Result<Self> {
        Self::without(LocalModes::ECHO | LocalModes::ECHONL, OptionalActions::Now)
    }

    fn with(ending: OptionalActions) -> rustix::io::Result<Self> {
        // Signal keys would end the process with the echo still off; here they are keys like any other.
        Self::without(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG, ending)
    }

    fn without(modes: LocalModes, ending: OptionalActions) -> rustix::io::Result<Self> {
        let stdin = io::stdin();
        let before = tcgetattr(&stdin)?;
        let mut silent = before.clone();
        silent.local_modes &= !modes;
        tcsetattr(&stdin, ending, &silent)?;
        Ok(Self { before, ending })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), self.ending, &self.before);
    }
}
