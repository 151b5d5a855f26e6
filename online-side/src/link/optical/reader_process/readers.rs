//! The supervisor as the process that receives knows it: started before the sandbox closes, asked for readers from then on.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rootcast_host::sandbox::Closed;
use rustix::pipe::fcntl_setpipe_size;

use super::control::{Cause, PLACES_MAX, Request, SUPERVISOR_ARGUMENT, hear_closed, take_over};

/// Bytes that a pipe should hold, so that a picture goes through it in few steps. The kernel may refuse.
const PIPE_SIZE: usize = 1 << 20;

/// Where links get their readers of pictures. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Readers(Option<Arc<Supervisor>>);

/// The process that starts readers.
struct Supervisor {
    socket: Mutex<UnixStream>,
    descriptor: i32,
    /// Readers that were started with it, each with its place.
    ready: Mutex<Vec<(u8, Started)>>,
    next_place: AtomicU8,
    is_sandbox_required: bool,
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supervisor").finish_non_exhaustive()
    }
}

/// A reader that was started.
pub(super) struct Started {
    /// Why the one before ended.
    pub(super) cause: Cause,
    /// Into it.
    pub(super) into: File,
    /// Out of it.
    pub(super) out_of: File,
    closed: Closed,
}

impl Readers {
    /// Starts a supervisor and so many readers. Gives what of the sandboxes of both is in force.
    ///
    /// # Errors
    /// When a process cannot be started.
    pub(crate) fn start(count: u8, is_sandbox_required: bool) -> io::Result<(Self, Option<ClosedProcesses>)> {
        if count == 0 {
            return Ok((Self::default(), None));
        }
        if count > PLACES_MAX {
            let why = format!("these links need more than {PLACES_MAX} processes that look at pictures");
            return Err(io::Error::other(why));
        }
        let (mut here, there) = UnixStream::pair()?;
        // In a group of its own, so that Ctrl-C reaches this process alone: it ends when this process does.
        Command::new("/proc/self/exe")
            .arg0("rootcast-online")
            .arg(SUPERVISOR_ARGUMENT)
            .env_clear()
            .stdin(OwnedFd::from(there))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let supervisor = hear_closed(&mut here)?;
        let readers = Supervisor {
            descriptor: here.as_raw_fd(),
            socket: Mutex::new(here),
            ready: Mutex::new(Vec::new()),
            next_place: AtomicU8::new(0),
            is_sandbox_required,
        };
        let mut reader = None;
        let mut ready = Vec::new();
        for place in 0..count {
            let started = readers.another(Request::Another, place)?;
            reader.get_or_insert_with(|| started.closed.clone());
            ready.push((place, started));
        }
        *readers.ready.lock().unwrap_or_else(PoisonError::into_inner) = ready;
        let reader = reader.ok_or(io::ErrorKind::InvalidInput)?;
        Ok((Self(Some(Arc::new(readers))), Some(ClosedProcesses { supervisor, reader })))
    }

    /// The number of the descriptor on which readers' pipes are handed over.
    pub(crate) fn handed_over_on(&self) -> Option<i32> {
        self.0.as_ref().map(|supervisor| supervisor.descriptor)
    }

    /// A place for one more reader.
    pub(super) fn place(&self) -> Place {
        let number = self.0.as_ref().map_or(0, |supervisor| supervisor.next_place.fetch_add(1, Ordering::Relaxed));
        Place { supervisor: self.0.clone(), number }
    }
}

/// What of the sandboxes of a supervisor and of its readers is in force.
#[derive(Debug)]
pub(crate) struct ClosedProcesses {
    pub(crate) supervisor: Closed,
    pub(crate) reader: Closed,
}

impl Supervisor {
    fn another(&self, request: Request, place: u8) -> io::Result<Started> {
        let socket = self.socket.lock().unwrap_or_else(PoisonError::into_inner);
        ask(&socket, request, place)?;
        let handover = take_over(&*socket)?;
        drop(socket);
        let (into, out_of) = handover.pipes.map_err(|number| io::Error::from_raw_os_error(number.into()))?;
        // Smaller pipes only take longer.
        let _ = fcntl_setpipe_size(&into, PIPE_SIZE);
        let mut out_of = File::from(out_of);
        let closed = hear_closed(&mut out_of).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::other("it ended before it said anything (limits of memory?)"),
            _ => error,
        })?;
        ask(&self.socket.lock().unwrap_or_else(PoisonError::into_inner), Request::Ended, place)?;
        if self.is_sandbox_required && !closed.is_whole() {
            return Err(io::Error::other(closed.phrases().join("; ")));
        }
        Ok(Started { cause: handover.cause, into: File::from(into), out_of, closed })
    }
}

/// A place in which there is one reader after the other.
#[derive(Debug)]
pub(super) struct Place {
    supervisor: Option<Arc<Supervisor>>,
    number: u8,
}

impl Place {
    /// Another reader, in place of the one before.
    ///
    /// # Errors
    /// When none can be started.
    pub(super) fn another(&self, request: Request) -> io::Result<Started> {
        let supervisor = self.supervisor.as_ref().ok_or_else(|| io::Error::other("no reader was set up"))?;
        let mut ready = supervisor.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = ready.iter().position(|(place, _)| *place == self.number) {
            return Ok(ready.swap_remove(at).1);
        }
        drop(ready);
        supervisor.another(request, self.number)
    }

    /// A picture goes to its reader.
    pub(super) fn begins(&self) {
        self.tell(Request::Begins);
    }

    /// Its reader has answered.
    pub(super) fn ended(&self) {
        self.tell(Request::Ended);
    }

    fn tell(&self, request: Request) {
        if let Some(supervisor) = &self.supervisor {
            let socket = supervisor.socket.lock().unwrap_or_else(PoisonError::into_inner);
            // Where the supervisor is gone its readers are, too, and that is noticed.
            let _ = ask(&socket, request, self.number);
        }
    }
}

/// Writes a request as to a file: inside the sandbox there is no other way to a socket. Two bytes go at once or not at all.
fn ask(socket: &UnixStream, request: Request, place: u8) -> io::Result<()> {
    rustix::io::retry_on_intr(|| rustix::io::write(socket, &request.to_bytes(place)))?;
    Ok(())
}
