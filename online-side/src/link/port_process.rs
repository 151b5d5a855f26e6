//! The process that opens a serial port again after it failed, beside links that live.
//!
//! ```text
//! receive ── one byte ──▶ port process ── opens the port read only, sets it ──▶ /dev/…
//!    ◀── one byte, and the open port beside it (SCM_RIGHTS, unix(7)) ──┘
//! ```
//!
//! What receives has no path to a port once its sandbox is closed, and no request that sets one. This process has both, and no
//! link, no state, no byte that came over a link. It opens the one port that the operator named: the path is its argument, and
//! nobody can ask for another one. It opens for reading only, and at most once in [`TRIED_EVERY`]: who took over what receives
//! could ask for no more than that. It is this program, executed again with a fixed argument.
//!
//! Its sandbox holds it less tightly than that. Landlock lets it read and set whatever is in the folder of the port (`/dev`),
//! because an adapter that is plugged in again is another file, which no rule can name before it is there; and seccomp does not
//! look at paths. So who took over *this* process, which nothing from outside reaches, could read any device of that folder
//! that its user may read.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rootcast_host::exit::Exit;
use rootcast_host::sandbox::{Closed, Purpose, Sandbox};
use rootcast_host::serial_port::PortFault;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use rustix::process::{Signal, set_parent_process_death_signal};

use super::kind::OpenWith;
use super::optical::reader_process::{give_up_privileges, hear_closed, say_closed};
use super::read_port::open_port;

/// The first argument of this process; the port and its speed follow.
const ARGUMENT: &str = "--open-port-again";
/// How often a port is tried.
pub(crate) const TRIED_EVERY: Duration = Duration::from_secs(2);

/// The one request: open the port.
const OPEN: u8 = b'O';
/// The answers: it is open, and comes beside this byte; or it is not.
const IS_OPEN: u8 = b'Y';
const IS_NOT_OPEN: u8 = b'N';

/// The process as the one that receives knows it.
#[derive(Debug)]
pub(super) struct PortOpener(UnixStream);

impl PortOpener {
    /// Starts the process for this port, and waits until its sandbox is closed. Its socket is added to what descriptors are
    /// handed over on.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(port: &Path, baud: u32, with: &OpenWith) -> io::Result<Self> {
        let (mut here, there) = UnixStream::pair()?;
        // In a group of its own, so that Ctrl-C reaches the receiver alone: this process ends when that one does.
        let mut child = Command::new("/proc/self/exe")
            .arg0("rootcast-online")
            .args([OsStr::new(ARGUMENT), port.as_os_str(), OsStr::new(&baud.to_string())])
            .env_clear()
            .stdin(OwnedFd::from(there))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let closed = match hear_closed(&mut here) {
            Ok(closed) => closed,
            Err(error) => {
                // It ended, or said what makes no sense.
                let _ = child.kill();
                let ended = child.wait()?;
                return Err(io::Error::new(error.kind(), format!("it ended ({ended}): {error}")));
            }
        };
        // From here on it ends with this process, or before. Once the sandbox is closed, nobody here can wait for a child: one
        // that ended early stays in the list of processes until this one ends.
        with.children.add("port opener", closed);
        with.children.hands_over_on(here.as_raw_fd());
        Ok(Self(here))
    }

    /// Asks for the port, which takes [`TRIED_EVERY`]. Nothing if it cannot be opened yet.
    ///
    /// # Errors
    /// When the process is gone.
    pub(super) fn open(&self) -> io::Result<Option<OwnedFd>> {
        // Not by the library's way to write to a socket, which is another system call.
        rustix::io::write(&self.0, &[OPEN])?;
        take_over(&self.0)
    }
}

/// Runs this process as one that opens a port again, if that is what it was started for.
#[must_use]
pub(crate) fn main_of(mut arguments: impl Iterator<Item = OsString>) -> Option<Exit> {
    arguments.next().filter(|argument| argument == ARGUMENT)?;
    let (port, baud) = (PathBuf::from(arguments.next()?), arguments.next()?.to_str()?.parse().ok()?);
    // Whoever reads the socket sees its end.
    Some(if serve(&port, baud).is_ok() { Exit::Done } else { Exit::Link })
}

fn serve(port: &Path, baud: u32) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    give_up_privileges("port-opener")?;
    let mut socket = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    // A port that was unplugged comes back as another file of the same folder.
    let device = port.canonicalize()?;
    let folder = device.parent().unwrap_or(Path::new("/dev")).to_owned();
    let mut sandbox = Sandbox::new(Purpose::OpenPortAgain, None);
    sandbox.opened_again = vec![folder];
    sandbox.answered_on = Some(socket.as_raw_fd());
    let closed: Closed = sandbox.close();
    say_closed(&mut socket, &closed)?;
    let mut request = [0];
    while socket.read(&mut request)? == 1 && request == [OPEN] {
        thread::sleep(TRIED_EVERY);
        let opened: Result<OwnedFd, PortFault> = open_port(port, baud).map(OwnedFd::from);
        hand_over(&socket, opened.as_ref().ok().map(AsFd::as_fd))?;
    }
    Ok(())
}

/// Answers with an open port, or with none.
fn hand_over(socket: impl AsFd, port: Option<BorrowedFd<'_>>) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    let ports: Vec<BorrowedFd<'_>> = port.into_iter().collect();
    if !ports.is_empty() && !beside.push(SendAncillaryMessage::ScmRights(&ports)) {
        return Err(io::ErrorKind::OutOfMemory.into());
    }
    let answer = [if ports.is_empty() { IS_NOT_OPEN } else { IS_OPEN }];
    sendmsg(&socket, &[IoSlice::new(&answer)], &mut beside, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Receives the answer.
fn take_over(socket: impl AsFd) -> io::Result<Option<OwnedFd>> {
    let mut answer = [0];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut beside = RecvAncillaryBuffer::new(&mut space);
    let received = loop {
        match recvmsg(&socket, &mut [IoSliceMut::new(&mut answer)], &mut beside, RecvFlags::CMSG_CLOEXEC) {
            Err(rustix::io::Errno::INTR) => {}
            received => break received?,
        }
    };
    if received.bytes == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let port = beside.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut ports) => ports.next(),
        _ => None,
    });
    Ok(port.filter(|_| answer == [IS_OPEN]))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use super::{OpenWith, PortOpener, hand_over, take_over};

    /// This program is the tests here, which take its argument for a mistake and end. That it was waited for shows in the
    /// status with which it ended.
    #[test]
    fn a_process_that_ends_before_it_is_ready_is_waited_for_and_told() {
        let with = OpenWith::default();
        let error = PortOpener::start(std::path::Path::new("/dev/null"), 9_600, &with).unwrap_err().to_string();
        assert!(error.starts_with("it ended (exit status: ") || error.starts_with("it ended (signal: 9"), "{error}");
        assert!(with.children.all().is_empty() && with.children.handed_over_on().is_empty());
    }

    #[test]
    fn an_open_port_is_handed_over_and_a_closed_one_is_told() {
        let (here, there) = UnixStream::pair().unwrap();
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, b"light").unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        hand_over(&there, Some(file.as_fd())).unwrap();
        hand_over(&there, None).unwrap();
        let mut text = String::new();
        File::from(take_over(&here).unwrap().expect("a port")).read_to_string(&mut text).unwrap();
        assert_eq!(text, "light");
        assert!(take_over(&here).unwrap().is_none());
        drop(there);
        assert!(take_over(&here).is_err(), "the process is gone");
    }
}
