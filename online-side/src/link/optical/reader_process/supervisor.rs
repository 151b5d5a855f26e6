//! The process that starts readers, watches their processor time, and ends them. It has no file, no state and no link.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Stdin};
use std::os::fd::AsFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::time::ClockId;
use nix::unistd::Pid;
use rootcast_host::exit::Exit;
use rootcast_host::sandbox::{Purpose, Sandbox};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, set_parent_process_death_signal};
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities, set_name};

use super::control::{Cause, PLACES_MAX, READER_ARGUMENT, Request, hand_over, say_closed};

/// Processor time that a reader may take for one picture.
pub(super) const PICTURE_TIME_MAX: Duration = Duration::from_secs(2);
/// How often the processor time of a reader that looks at a picture is looked at.
const WATCH_EVERY: Duration = Duration::from_millis(20);
/// How often that of one that should do nothing is.
const IDLE_WATCH_EVERY: Duration = Duration::from_secs(1);
/// A reader that was given a picture, does not answer and uses next to no processor time in the first of these times, or
/// does not answer in the second, stands still. This ends what would never end by itself; it is no measure of work: beside
/// a hundred busy processes on one processor an honest reader has used its two seconds in half of the second.
const STANDS_STILL_AFTER: Duration = Duration::from_secs(60);
const NEVER_ANSWERS_AFTER: Duration = Duration::from_secs(600);
/// Less than this in that time is no work.
const NO_WORK: Duration = Duration::from_millis(20);
/// How long a reader whose pipes are closed may take to end: it cannot close them itself, so the kernel is at it.
const ENDS_WITHIN: Duration = Duration::from_secs(10);
/// Pictures that one reader is given at the same time, at most.
const AT_ONCE_MAX: u32 = 3;

/// Runs the process.
pub(super) fn main() -> Exit {
    match run() {
        Ok(()) => Exit::Done,
        Err(_) => Exit::Usage,
    }
}

fn run() -> io::Result<()> {
    // Landlock may hold this signal back; the end of the socket ends this process, too.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    give_up_privileges("picture-superv")?;
    let socket = io::stdin();
    let closed = sandbox().close();
    say_closed(&mut SocketWriter(&socket), &closed)?;
    let mut readers: BTreeMap<u8, Watched> = BTreeMap::new();
    loop {
        let is_busy = readers.values().any(|reader| reader.looks_at > 0);
        if let Some(bytes) = next_request(&socket, if is_busy { WATCH_EVERY } else { IDLE_WATCH_EVERY })? {
            let Some((place, request)) = bytes.and_then(Request::from_bytes) else { break };
            match request {
                _ if place >= PLACES_MAX => break,
                Request::Another | Request::Replace => {
                    let ends_by_itself = request == Request::Another;
                    let cause = readers.remove(&place).map_or(Cause::Asked, |reader| reader.end(ends_by_itself));
                    if let Some(reader) = start(&socket, cause)? {
                        readers.insert(place, reader);
                    }
                }
                Request::Begins => readers.get_mut(&place).into_iter().for_each(Watched::begins),
                Request::Ended => readers.get_mut(&place).into_iter().for_each(Watched::ended),
            }
        }
        readers.values_mut().for_each(Watched::watch);
    }
    for reader in readers.into_values() {
        let _ = reader.end(false);
    }
    Ok(())
}

/// Gives up what a process has that root started, and takes a name by which people know it.
pub(crate) fn give_up_privileges(name: &str) -> io::Result<()> {
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?;
    let name = std::ffi::CString::new(name).map_err(io::Error::other)?;
    Ok(set_name(&name)?)
}

/// What a supervisor is left with: it can start this program again.
fn sandbox() -> Sandbox {
    // The program, and the libraries it is made of, are those of this process.
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let files: BTreeSet<PathBuf> =
        maps.lines().filter_map(|line| line.find('/').and_then(|at| line.get(at..))).map(PathBuf::from).collect();
    let started = files.into_iter().chain(std::env::current_exe()).filter(|path| path.is_file()).collect();
    Sandbox { started, read: vec![PathBuf::from("/etc/ld.so.cache")], ..Sandbox::new(Purpose::SuperviseReaders, None) }
}

/// Waits for the next request, at most so long. The inner `None`: nobody asks any more.
fn next_request(socket: &Stdin, wait: Duration) -> io::Result<Option<Option<[u8; 2]>>> {
    let timeout = Timespec::try_from(wait).ok();
    match poll(&mut [PollFd::new(socket, PollFlags::IN)], timeout.as_ref()) {
        Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(None),
        Ok(_) => {}
        Err(error) => return Err(error.into()),
    }
    // Not through a buffer: what is left in one is not waited for.
    let mut bytes = [0; 2];
    let mut have = 0;
    while have < bytes.len() {
        match rustix::io::read(socket, bytes.get_mut(have..).unwrap_or_default()) {
            Ok(0) => return Ok(Some(None)),
            Ok(count) => have += count,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Some(Some(bytes)))
}

/// Starts a reader and hands over its pipes. Nothing where that fails: whoever asked is told.
fn start(socket: &Stdin, cause: Cause) -> io::Result<Option<Watched>> {
    let started = Command::new("/proc/self/exe")
        .arg0("rootcast-online")
        .arg(READER_ARGUMENT)
        .env_clear()
        // Each arena of the C library sets address space aside.
        .env("MALLOC_ARENA_MAX", "2")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => {
            let number = error.raw_os_error().and_then(|number| u8::try_from(number).ok()).filter(|number| *number > 0);
            hand_over(socket, cause, Err(number.unwrap_or(u8::MAX)))?;
            return Ok(None);
        }
    };
    if let (Some(into), Some(out_of)) = (child.stdin.take(), child.stdout.take()) {
        hand_over(socket, cause, Ok([into.as_fd(), out_of.as_fd()]))?;
    }
    Ok(Some(Watched::new(child)))
}

/// A reader.
struct Watched {
    child: Child,
    clock: Option<ClockId>,
    /// Pictures it was given and has not answered.
    looks_at: u32,
    /// Its processor time when the count began.
    counted_from: Duration,
    /// Its processor time when it last used any, and when that was.
    used: Duration,
    moved: Instant,
    /// When it last answered, or began with nothing to do.
    answered: Instant,
    killed: Option<Cause>,
}

impl Watched {
    fn new(child: Child) -> Self {
        let pid = i32::try_from(child.id()).ok().map(Pid::from_raw);
        let clock = pid.and_then(|pid| ClockId::pid_cpu_clock_id(pid).ok());
        let moved = Instant::now();
        // Until it has said what its sandbox is, it counts as busy.
        let (counted_from, used) = (Duration::ZERO, Duration::ZERO);
        Self { child, clock, looks_at: 1, counted_from, used, moved, answered: moved, killed: None }
    }

    /// The processor time of all its threads; nothing once it has ended.
    fn processor_time(&self) -> Option<Duration> {
        self.clock.and_then(|clock| clock.now().ok()).map(Duration::from)
    }

    /// Its count begins with its first picture, and anew with every answer: with two pictures at a time one that never ends is
    /// soon alone.
    fn begins(&mut self) {
        if self.looks_at == 0 {
            self.count_from_here();
        }
        self.looks_at = (self.looks_at + 1).min(AT_ONCE_MAX);
        if self.killed.is_some() {
            self.killed = Some(Cause::Before);
        }
    }

    fn ended(&mut self) {
        self.looks_at = self.looks_at.saturating_sub(1);
        self.count_from_here();
    }

    fn count_from_here(&mut self) {
        if let Some(used) = self.processor_time() {
            let now = Instant::now();
            (self.counted_from, self.used, self.moved, self.answered) = (used, used, now, now);
        }
    }

    /// Ends it if it takes too much, or stands still.
    fn watch(&mut self) {
        if self.killed.is_some() {
            return;
        }
        let Some(used) = self.processor_time() else { return };
        if used.saturating_sub(self.used) > NO_WORK {
            (self.used, self.moved) = (used, Instant::now());
        }
        let stands_still = self.moved.elapsed() > STANDS_STILL_AFTER || self.answered.elapsed() > NEVER_ANSWERS_AFTER;
        let cause = if used.saturating_sub(self.counted_from) > PICTURE_TIME_MAX {
            Cause::Budget
        } else if self.looks_at > 0 && stands_still {
            Cause::StoodStill
        } else {
            return;
        };
        if self.child.kill().is_ok() {
            self.killed = Some(cause);
        }
    }

    /// Ends it, and says why it ended.
    fn end(mut self, ends_by_itself: bool) -> Cause {
        // Its pipes are closed before it has ended, so who asks for another may be too early to know why.
        let began = Instant::now();
        let by_itself = loop {
            match self.child.try_wait() {
                Ok(None) if ends_by_itself && began.elapsed() < ENDS_WITHIN => thread::sleep(Duration::from_millis(1)),
                ended => break ended.ok().flatten(),
            }
        };
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.killed.or_else(|| by_itself.map(cause_of)).unwrap_or(Cause::Asked)
    }
}

fn cause_of(status: ExitStatus) -> Cause {
    let number = |number: i32| u8::try_from(number).unwrap_or(u8::MAX);
    match (status.signal(), status.code()) {
        (Some(signal), _) => Cause::Signal(number(signal)),
        (None, code) => Cause::Exit(number(code.unwrap_or(0))),
    }
}

/// Writes to the socket that is this process's standard input.
struct SocketWriter<'s>(&'s Stdin);

impl io::Write for SocketWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(self.0, bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
