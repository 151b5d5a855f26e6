//! What the process that receives and the supervisor say to each other: requests of two bytes, answers of three with the
//! pipes of a reader beside them (SCM_RIGHTS, unix(7)).

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rootcast_host::sandbox::Closed;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};

/// The one argument of a supervisor, and of a reader.
pub(super) const SUPERVISOR_ARGUMENT: &str = "--supervise-picture-readers";
pub(super) const READER_ARGUMENT: &str = "--read-pictures";

/// Readers at the same time: those of 32 links, or more with a camera among them.
pub(super) const PLACES_MAX: u8 = 64;

/// Bytes of what a process says of its own sandbox.
const CLOSED_SIZE_MAX: usize = 4_000;

/// Asks of a supervisor, each about one place for a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request {
    /// The pipes of the reader in this place are closed, or there is none: start another once it has ended.
    Another,
    /// End the reader in this place, which says what makes no sense, and start another.
    Replace,
    /// A picture goes to the reader: its processor time counts from here.
    Begins,
    /// The reader has answered.
    Ended,
}

impl Request {
    /// Its two bytes.
    pub(super) const fn to_bytes(self, place: u8) -> [u8; 2] {
        let what = match self {
            Self::Another => b'A',
            Self::Replace => b'R',
            Self::Begins => b'B',
            Self::Ended => b'E',
        };
        [place, what]
    }

    /// What these two bytes ask, and about which place; nothing that any other byte asks.
    pub(super) const fn from_bytes([place, what]: [u8; 2]) -> Option<(u8, Self)> {
        match what {
            b'A' => Some((place, Self::Another)),
            b'R' => Some((place, Self::Replace)),
            b'B' => Some((place, Self::Begins)),
            b'E' => Some((place, Self::Ended)),
            _ => None,
        }
    }
}

/// Why the reader before ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// There was none, or it was asked to end.
    Asked,
    /// It took more processor time than a picture may.
    Budget,
    /// It was ended before it got its last picture, which is not to blame.
    Before,
    /// It did not answer, and used no processor time either.
    StoodStill,
    /// A signal ended it.
    Signal(u8),
    /// It ended by itself with this exit code.
    Exit(u8),
}

/// What a supervisor answers.
#[derive(Debug)]
pub(super) struct Handover {
    /// Why the reader before ended.
    pub(super) cause: Cause,
    /// The ends of the new reader's pipes: into it, and out of it. The number of an error where none could be started.
    pub(super) pipes: Result<(OwnedFd, OwnedFd), u8>,
}

impl Cause {
    const fn to_bytes(self) -> [u8; 2] {
        match self {
            Self::Asked => [b'A', 0],
            Self::Budget => [b'B', 0],
            Self::Before => [b'P', 0],
            Self::StoodStill => [b'S', 0],
            Self::Signal(number) => [b'K', number],
            Self::Exit(code) => [b'E', code],
        }
    }

    const fn from_bytes([what, detail]: [u8; 2]) -> Option<Self> {
        Some(match what {
            b'A' => Self::Asked,
            b'B' => Self::Budget,
            b'P' => Self::Before,
            b'S' => Self::StoodStill,
            b'K' => Self::Signal(detail),
            b'E' => Self::Exit(detail),
            _ => return None,
        })
    }
}

/// Answers a request for another reader.
pub(super) fn hand_over(socket: impl AsFd, cause: Cause, pipes: Result<[BorrowedFd<'_>; 2], u8>) -> io::Result<()> {
    let [what, detail] = cause.to_bytes();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    let error = match &pipes {
        Ok(pipes) if beside.push(SendAncillaryMessage::ScmRights(pipes)) => 0,
        Ok(_) => return Err(io::ErrorKind::OutOfMemory.into()),
        Err(error) => *error,
    };
    let bytes = [what, detail, error];
    sendmsg(&socket, &[IoSlice::new(&bytes)], &mut beside, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Receives the answer to a request for another reader.
pub(super) fn take_over(socket: impl AsFd) -> io::Result<Handover> {
    let mut bytes = [0; 3];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut beside = RecvAncillaryBuffer::new(&mut space);
    let received = loop {
        match recvmsg(&socket, &mut [IoSliceMut::new(&mut bytes)], &mut beside, RecvFlags::CMSG_CLOEXEC) {
            Err(rustix::io::Errno::INTR) => {}
            received => break received?,
        }
    };
    if received.bytes == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut descriptors = beside.drain().flat_map(|message| match message {
        RecvAncillaryMessage::ScmRights(descriptors) => descriptors.collect::<Vec<_>>(),
        _ => Vec::new(),
    });
    let [what, detail, error] = bytes;
    let cause = Cause::from_bytes([what, detail]).ok_or(io::ErrorKind::InvalidData)?;
    let pipes = match (descriptors.next(), descriptors.next()) {
        (Some(into), Some(out_of)) if error == 0 => Ok((into, out_of)),
        _ => Err(error),
    };
    Ok(Handover { cause, pipes })
}

/// Says what of a process's sandbox is in force: the first thing that a supervisor and a reader say.
pub(crate) fn say_closed(to: &mut impl Write, closed: &Closed) -> io::Result<()> {
    let said = serde_json::to_vec(closed)?;
    let length = u16::try_from(said.len()).map_err(io::Error::other)?;
    to.write_all(&[&length.to_be_bytes()[..], &said].concat())?;
    to.flush()
}

/// Hears it.
pub(crate) fn hear_closed(from: &mut impl Read) -> io::Result<Closed> {
    let mut length = [0; 2];
    from.read_exact(&mut length)?;
    let length = usize::from(u16::from_be_bytes(length));
    if length > CLOSED_SIZE_MAX {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut said = vec![0; length];
    from.read_exact(&mut said)?;
    Ok(serde_json::from_slice(&said)?)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Read, Write};
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use rootcast_host::sandbox::Closed;

    use super::{Cause, Request, hand_over, hear_closed, say_closed, take_over};

    #[test]
    fn every_request_and_cause_is_read_as_it_was_written_and_nothing_else_is_one() {
        for request in [Request::Another, Request::Replace, Request::Begins, Request::Ended] {
            assert_eq!(Request::from_bytes(request.to_bytes(7)), Some((7, request)));
        }
        let known = (0..=255_u8).filter(|what| Request::from_bytes([0, *what]).is_some());
        assert_eq!(known.collect::<Vec<_>>(), [b'A', b'B', b'E', b'R']);
        for cause in [Cause::Asked, Cause::Budget, Cause::Before, Cause::StoodStill, Cause::Signal(11), Cause::Exit(3)]
        {
            assert_eq!(Cause::from_bytes(cause.to_bytes()), Some(cause));
        }
        assert_eq!(Cause::from_bytes([b'x', 0]), None);
    }

    #[test]
    fn both_ends_of_a_pipe_are_handed_over_and_an_error_is_told() {
        let (here, there) = UnixStream::pair().unwrap();
        let (out_of, into) = std::io::pipe().unwrap();
        hand_over(&there, Cause::Signal(9), Ok([into.as_fd(), out_of.as_fd()])).unwrap();
        drop((into, out_of));
        let taken = take_over(&here).unwrap();
        assert_eq!(taken.cause, Cause::Signal(9));
        let (into, out_of) = taken.pipes.unwrap();
        File::from(into).write_all(b"light").unwrap();
        let mut read = String::new();
        File::from(out_of).read_to_string(&mut read).unwrap();
        assert_eq!(read, "light");
        hand_over(&there, Cause::Asked, Err(11)).unwrap();
        assert_eq!(take_over(&here).unwrap().pipes.unwrap_err(), 11);
        drop(there);
        assert!(take_over(&here).is_err(), "a supervisor that is gone");
    }

    #[test]
    fn what_a_process_says_of_its_sandbox_is_bounded() {
        let closed = Closed { paths: Ok("no path".to_owned()), calls: Err("this kernel has no seccomp".to_owned()) };
        let mut said = Vec::new();
        say_closed(&mut said, &closed).unwrap();
        assert_eq!(hear_closed(&mut said.as_slice()).unwrap(), closed);
        assert!(hear_closed(&mut said.split_last().unwrap().1).is_err());
        assert!(hear_closed(&mut [&[0xff, 0xff][..], &[b' '; 70_000]].concat().as_slice()).is_err());
    }
}
