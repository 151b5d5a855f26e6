//! The screen that symbols play on: standard error, written by a thread of its own.
//!
//! A terminal may be stopped (Ctrl-S, a connection that hangs), and whoever writes to it waits. No wait for a descriptor
//! is left to a process that sends, and the terminal is shared with the shell, so it stays a blocking one. Only another
//! thread can be given up. Must not: read.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, TryLockError};
use std::thread;
use std::time::Duration;

use rustix::io::Errno;
use rustix::stdio::stderr;

use crate::link::error::LinkError;
use crate::link::transmitter::{Moved, Stop};

/// How long one look at the stop takes.
const MOMENT: Duration = Duration::from_millis(50);

/// The thread that writes, from the first piece on: it has to begin inside the sandbox.
static WRITER: Mutex<Option<Writer>> = Mutex::new(None);

struct Writer {
    pieces: Sender<Vec<u8>>,
    written: Receiver<io::Result<()>>,
    /// Whether a piece was handed over that nobody has waited for to its end.
    is_busy: bool,
}

impl Writer {
    fn start() -> io::Result<Self> {
        let (pieces, given) = channel::<Vec<u8>>();
        let (told, written) = channel();
        thread::Builder::new().name("screen".to_owned()).spawn(move || {
            for piece in given {
                if told.send(write_all(&piece)).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { pieces, written, is_busy: false })
    }

    /// Waits until the piece that was handed over is out.
    fn finish(&mut self, stop: &Stop) -> Result<Moved, LinkError> {
        while self.is_busy {
            match self.written.recv_timeout(MOMENT) {
                Ok(result) => {
                    self.is_busy = false;
                    result.map_err(|source| LinkError::Terminal { source })?;
                }
                Err(RecvTimeoutError::Timeout) if stop.is_due() => return Ok(Moved::Cut),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(LinkError::Terminal { source: Errno::IO.into() }),
            }
        }
        Ok(Moved::Whole)
    }
}

/// Writes all of `bytes`, waiting where the terminal was stopped; `Cut` if it was time to stop before all of it was out.
/// What was cut still goes out where the terminal goes on.
pub(super) fn write_whole(bytes: &[u8], stop: &Stop) -> Result<Moved, LinkError> {
    let Some(mut writer) = writer_until(stop) else { return Ok(Moved::Cut) };
    let writer = match &mut *writer {
        Some(writer) => writer,
        none => none.insert(Writer::start().map_err(|source| LinkError::Terminal { source })?),
    };
    if writer.finish(stop)? == Moved::Cut {
        return Ok(Moved::Cut);
    }
    writer.is_busy = writer.pieces.send(bytes.to_vec()).is_ok();
    if !writer.is_busy {
        return Err(LinkError::Terminal { source: Errno::IO.into() });
    }
    writer.finish(stop)
}

/// The writer. Another thread may be waiting for it when a panic wants the screen back.
fn writer_until(stop: &Stop) -> Option<MutexGuard<'static, Option<Writer>>> {
    loop {
        match WRITER.try_lock() {
            Ok(writer) => return Some(writer),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if stop.is_due() => return None,
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(10)),
        }
    }
}

fn write_all(bytes: &[u8]) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        match rustix::io::write(stderr(), rest) {
            Ok(count) => rest = rest.get(count..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            // Whoever shares the terminal made it a non-blocking one.
            Err(Errno::AGAIN) => thread::sleep(Duration::from_millis(10)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
