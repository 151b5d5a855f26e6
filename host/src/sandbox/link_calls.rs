//! What the descriptors of one kind of link may see, as its row in a registry of links says it: values, that
//! [`calls`](mod@super::calls) turns into rules. Must not: know a link.

use libc::c_long;

/// What a kind of link needs beyond what every process is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkCalls {
    /// System calls by which it is read or waited for.
    pub calls: &'static [SystemCall],
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
    /// The request with exactly this number.
    Exactly(u32),
    /// Every request whose bits for direction and owner (linux/ioctl.h) are these.
    OfKind(u32),
}

impl LinkCalls {
    /// A file, a folder or a pipe: what every process is left is enough.
    pub const FILE: Self = Self { calls: &[], requests: &[], descriptors: Descriptors::SetApart };

    /// A serial line (ioctl_tty(2)): settings, draining, throwing away. Nothing that sets or reads a modem line, and
    /// nothing that types into a terminal.
    pub const SERIAL_LINE: Self = Self { calls: &[], requests: SERIAL_REQUESTS, descriptors: Descriptors::SetApart };

    /// A camera behind Video4Linux, whose frames its library waits for in any way.
    pub const CAMERA: Self = Self { calls: WAITS, requests: VIDEO_REQUESTS, descriptors: Descriptors::OfLibrary };
}

const SERIAL_REQUESTS: &[DeviceRequest] = &[
    DeviceRequest::Exactly(0x5401),      // TCGETS
    DeviceRequest::Exactly(0x5402),      // TCSETS
    DeviceRequest::Exactly(0x5403),      // TCSETSW
    DeviceRequest::Exactly(0x5404),      // TCSETSF
    DeviceRequest::Exactly(0x802c_542a), // TCGETS2
    DeviceRequest::Exactly(0x402c_542b), // TCSETS2
    DeviceRequest::Exactly(0x402c_542c), // TCSETSW2
    DeviceRequest::Exactly(0x402c_542d), // TCSETSF2
    DeviceRequest::Exactly(0x5409),      // TCSBRK: drain
    DeviceRequest::Exactly(0x540b),      // TCFLSH
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
