//! What the descriptors of one kind of link may see, as its row in a registry of links says it: values, that
//! [`calls`](mod@super::calls) turns into rules. Must not: know a link.

use libc::c_long;

/// What a kind of link needs beyond what every process is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkCalls {
    /// System calls by which it is read or waited for.
    pub calls: &'static [SystemCall],
    /// System calls that are allowed on descriptors [set apart](super::set_apart) alone.
    pub on_links: &'static [SystemCall],
    /// Whether a sender writes to it, as to a file. No receiver may write to a link.
    pub is_written: bool,
    /// What its device may be asked (ioctl(2)).
    pub requests: &'static [DeviceRequest],
    /// Which descriptors that is allowed on.
    pub descriptors: Descriptors,
}

/// Which descriptors belong to links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Descriptors {
    /// Those [set apart](super::set_apart): requests are allowed on these alone.
    SetApart,
    /// Those below them: the terminal in front of the operator.
    OfTerminal,
    /// Any: a library opens the device itself, under a number that nobody chooses.
    OfLibrary,
}

/// A system call by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SystemCall(c_long);

impl SystemCall {
    /// The call with this number (syscalls(2)).
    #[must_use]
    pub const fn new(number: c_long) -> Self {
        Self(number)
    }

    /// Its number.
    pub(super) const fn number(self) -> c_long {
        self.0
    }
}

/// What a device may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceRequest {
    /// The request with exactly this number, whatever its argument.
    Exactly(u32),
    /// The request with exactly this number and this argument.
    With(u32, u32),
    /// Every request whose bits for direction and owner (linux/ioctl.h) are these.
    OfKind(u32),
}

impl LinkCalls {
    /// A file, a folder or a pipe: what every process is left is enough.
    pub const FILE: Self =
        Self { calls: &[], on_links: &[], is_written: true, requests: &[], descriptors: Descriptors::SetApart };

    /// A serial line that is written to (ioctl_tty(2)): waiting until all is out, and throwing away what is not. Its
    /// settings are made before the sandbox closes. No request tells whether something came in.
    pub const SERIAL_TRANSMITTER: Self = Self {
        calls: &[],
        on_links: &[],
        is_written: true,
        requests: &[
            DeviceRequest::With(0x5409, 1), // TCSBRK as tcdrain(3) asks it; with 0 it would send a break
            DeviceRequest::With(0x540b, 1), // TCFLSH, TCOFLUSH; with TCIFLUSH it would change what came in
        ],
        descriptors: Descriptors::SetApart,
    };

    /// A serial line that is read. It is opened and set before the sandbox closes. After that it may be asked how it is set,
    /// because another program may change that, and nothing else: settings with ECHO, a break or XON would go out towards
    /// the sender, also through a descriptor that is read only.
    pub const SERIAL_RECEIVER: Self = Self {
        requests: &[DeviceRequest::Exactly(0x802c_542a)], // TCGETS2
        ..Self::FILE
    };

    /// The terminal in front of the operator, on which keys come one by one and which may be lent to another job.
    pub const TERMINAL: Self = Self { requests: TERMINAL_REQUESTS, descriptors: Descriptors::OfTerminal, ..Self::FILE };

    /// A camera behind Video4Linux, whose frames its library waits for in any way.
    pub const CAMERA: Self =
        Self { calls: WAITS, requests: VIDEO_REQUESTS, descriptors: Descriptors::OfLibrary, ..Self::FILE };

    /// A sound device that plays (sound/asound.h). It is opened and configured before the sandbox closes. No request reads
    /// from it, and none of its descriptors is read.
    pub const SOUND_PLAYER: Self = Self { requests: PLAYER_REQUESTS, ..Self::FILE };

    /// A sound device that records, in the process that does nothing else.
    pub const SOUND_RECORDER: Self = Self { requests: RECORDER_REQUESTS, is_written: false, ..Self::FILE };

    /// The same behind a plugin of alsa-lib, which reads and writes files of its own.
    pub const SOUND_PLUGIN_RECORDER: Self = Self { is_written: true, ..Self::SOUND_RECORDER };

    /// A socket that only sends. Opening it took a privilege, which is given up.
    pub const SENDING_SOCKET: Self =
        Self { on_links: &[SystemCall::new(libc::SYS_sendmmsg)], is_written: false, ..Self::FILE };

    /// A socket that only receives. Opening it took a privilege, which is given up.
    pub const RECEIVING_SOCKET: Self = Self {
        on_links: &[
            SystemCall::new(libc::SYS_recvmmsg),
            SystemCall::new(libc::SYS_recvmsg),
            SystemCall::new(libc::SYS_recvfrom),
        ],
        is_written: false,
        ..Self::FILE
    };

    /// Whether it is a socket.
    pub(super) const fn is_socket(&self) -> bool {
        !self.on_links.is_empty()
    }
}

const TERMINAL_REQUESTS: &[DeviceRequest] = &[
    DeviceRequest::Exactly(0x5402),      // TCSETS
    DeviceRequest::Exactly(0x402c_542b), // TCSETS2
    DeviceRequest::Exactly(0x540f),      // TIOCGPGRP
];

/// What both kinds of sound device are asked: beginning again after an underrun or an overrun, going on after the host was
/// suspended, and where they are in their buffer.
const PREPARE: DeviceRequest = DeviceRequest::Exactly(0x4140);
const RESUME: DeviceRequest = DeviceRequest::Exactly(0x4147);
const DELAY: DeviceRequest = DeviceRequest::Exactly(0x8008_4121);
const HWSYNC: DeviceRequest = DeviceRequest::Exactly(0x4122);
const SYNC_PTR: DeviceRequest = DeviceRequest::Exactly(0xc088_4123);

const PLAYER_REQUESTS: &[DeviceRequest] = &[
    DeviceRequest::Exactly(0x4018_4150), // WRITEI_FRAMES
    DeviceRequest::Exactly(0x4144),      // DRAIN
    PREPARE,
    RESUME,
    DELAY,
    HWSYNC,
    SYNC_PTR,
];

const RECORDER_REQUESTS: &[DeviceRequest] = &[
    DeviceRequest::Exactly(0x8018_4151), // READI_FRAMES
    PREPARE,
    RESUME,
    DELAY,
    HWSYNC,
    SYNC_PTR,
];

/// 'V', and always some way. Requests of virtual terminals are 'V' too, and older than ways.
const VIDEO_REQUESTS: &[DeviceRequest] =
    &[DeviceRequest::OfKind(0x4000_5600), DeviceRequest::OfKind(0x8000_5600), DeviceRequest::OfKind(0xc000_5600)];

/// The ways in which a camera's frames may be waited for.
const WAITS: &[SystemCall] = &[
    SystemCall::new(libc::SYS_pselect6),
    SystemCall::new(libc::SYS_epoll_create1),
    SystemCall::new(libc::SYS_epoll_ctl),
    SystemCall::new(libc::SYS_epoll_pwait),
    SystemCall::new(libc::SYS_eventfd2),
    // Older spellings of the same, which x86-64 still has.
    #[cfg(target_arch = "x86_64")]
    SystemCall::new(libc::SYS_select),
    #[cfg(target_arch = "x86_64")]
    SystemCall::new(libc::SYS_epoll_wait),
];
