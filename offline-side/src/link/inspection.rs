//! The kernel's report on an open link: descriptor, device, driver, direction and flags.
//!
//! The data comes from the kernel, not from this program's own intent: fstat(2), fcntl(2) `F_GETFL`, tcgetattr(3),
//! `/sys/dev/char`, `/proc/tty/drivers`, `/proc/net/packet` and `/sys/class/net`. The inspection reads nothing from the link.
//! Must not: open, read or write a link.

use std::fs;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use rootcast_host::interface::attribute;
use rootcast_host::interface_family::folder;
use rootcast_host::serial_port::driver_of;
use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat, major, minor};
use rustix::termios::{ControlModes, InputModes, Termios, tcgetattr};

use super::ethernet::quiet::{self, PacketSocket};
use super::outlet::Outlet;

/// What the kernel says of one open link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inspection {
    /// The descriptor's number; `None` if each picture is a file of its own.
    pub(crate) descriptor: Option<i32>,
    /// What is behind it.
    pub(crate) device: String,
    /// The kernel's driver for it, where it is a device.
    pub(crate) driver: Option<String>,
    /// `write only`, or what the descriptor allows instead.
    pub(crate) direction: String,
    /// The flags it is open with (open(2)).
    pub(crate) flags: Vec<String>,
    /// How the line is set, where it is a terminal line (termios(3)).
    pub(crate) line: Vec<String>,
}

impl Inspection {
    /// Asks the kernel about what a link goes out of.
    #[must_use]
    pub(crate) fn new(outlet: Outlet<'_>) -> Self {
        match outlet {
            Outlet::Folder(folder) => Self {
                descriptor: None,
                device: format!("folder {}", folder.display()),
                driver: None,
                direction: "write only: each picture is a new file, open while it is written".to_owned(),
                flags: Vec::new(),
                line: Vec::new(),
            },
            Outlet::Descriptor(descriptor) => Self::from_descriptor(descriptor),
            Outlet::SoundDevice { descriptors, lines } => Self::from_sound_device(descriptors, lines),
            Outlet::PacketSocket { socket, interface, index } => Self::from_packet_socket(socket, interface, index),
        }
    }

    /// What the kernel says of a packet socket: `/proc/net/packet` for the socket, `/sys/class/net` for its interface.
    fn from_packet_socket(socket: BorrowedFd<'_>, interface: &str, index: u32) -> Self {
        let of_socket = fstat(socket).ok().and_then(|status| PacketSocket::of_inode(status.st_ino));
        let (direction, flags) = match of_socket {
            Some(it) if it.protocol == 0 && !it.is_receiving && it.interface == index => (
                "send only: protocol 0, to which the kernel delivers nothing (packet(7))",
                vec!["protocol 0".to_owned(), "receiving 0".to_owned(), format!("received bytes {}", it.waiting)],
            ),
            Some(it) => (
                "SEND AND RECEIVE",
                vec![format!("protocol {:#06x}", it.protocol), format!("interface {}", it.interface)],
            ),
            None => ("unknown", Vec::new()),
        };
        let driver = fs::read_link(folder(interface).join("device/driver")).ok();
        let driver = driver.and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
        let mtu = attribute(interface, "mtu").map(|mtu| format!("MTU {mtu}"));
        let findings = quiet::look(interface).into_iter().map(|finding| match finding.found {
            quiet::Found::NotChecked => format!("not checked: {}", finding.text),
            quiet::Found::NotQuiet => format!("NOT QUIET: {}", finding.text),
            quiet::Found::Quiet => finding.text,
        });
        Self {
            descriptor: Some(socket.as_raw_fd()),
            device: format!("packet socket on interface {index} {interface}"),
            driver,
            direction: direction.to_owned(),
            flags,
            line: mtu.into_iter().chain(findings).collect(),
        }
    }

    /// What the kernel says of the descriptors that a library opened: there is one for a device.
    fn from_sound_device(descriptors: &[i32], lines: &[String]) -> Self {
        let mut devices = Vec::new();
        let (mut flags, mut driver_of) = (Vec::new(), None);
        let mut is_node = !descriptors.is_empty();
        for number in descriptors {
            let path = format!("/proc/self/fd/{number}");
            let leads_to =
                fs::read_link(&path).map_or_else(|_| "unknown".to_owned(), |path| path.display().to_string());
            is_node &= leads_to.starts_with("/dev/snd/pcm") && leads_to.ends_with('p');
            let device = fs::metadata(&path).ok().filter(|about| about.file_type().is_char_device()).map(|about| {
                let device = about.rdev();
                (u64::from(major(device)), u64::from(minor(device)))
            });
            devices.push(match device {
                Some((major, minor)) => format!("character device {major}:{minor} {leads_to}"),
                None => leads_to,
            });
            driver_of = driver_of.or_else(|| device.and_then(|(major, minor)| driver(major, minor)));
            flags.extend(flags_of(*number).map(flag_names).unwrap_or_default());
        }
        flags.dedup();
        let direction = if is_node {
            "playback node: the library opens it for reading and writing, but it has no read; inside the sandbox no read \
             and no request that reads is allowed on it"
        } else {
            "a plugin of the library, not a device itself; inside the sandbox no read is allowed on it"
        };
        Self {
            descriptor: descriptors.first().copied(),
            device: devices.join(", "),
            driver: driver_of,
            direction: direction.to_owned(),
            flags,
            line: lines.to_vec(),
        }
    }

    fn from_descriptor(descriptor: BorrowedFd<'_>) -> Self {
        let number = descriptor.as_raw_fd();
        let path = fs::read_link(format!("/proc/self/fd/{number}"));
        let path = path.map_or_else(|_| "unknown".to_owned(), |path| path.display().to_string());
        let status = fstat(descriptor).ok();
        let kind = status.as_ref().map(|status| FileType::from_raw_mode(status.st_mode));
        let device = match (&status, kind) {
            (Some(status), Some(FileType::CharacterDevice)) => {
                Some((u64::from(major(status.st_rdev)), u64::from(minor(status.st_rdev))))
            }
            _ => None,
        };
        let what = match (kind, device) {
            (_, Some((major, minor))) => format!("character device {major}:{minor} {path}"),
            (Some(FileType::RegularFile), _) => format!("file {path}"),
            (Some(FileType::Fifo), _) => format!("pipe {path}"),
            (Some(FileType::Socket), _) => format!("socket {path}"),
            _ => path,
        };
        let flags = fcntl_getfl(descriptor).ok();
        let line = tcgetattr(descriptor).ok();
        Self {
            descriptor: Some(number),
            device: what,
            driver: device.and_then(|(major, minor)| driver(major, minor)),
            direction: direction(flags, number).to_owned(),
            flags: flags.map(flag_names).unwrap_or_default(),
            line: line.as_ref().map(line_texts).unwrap_or_default(),
        }
    }
}

fn direction(flags: Option<OFlags>, number: i32) -> &'static str {
    match flags.map(|flags| flags & OFlags::ACCMODE) {
        Some(OFlags::WRONLY) => "write only",
        // The terminal is the shell's; what goes out of it as a link is light.
        Some(_) if number <= 2 => "as the shell opened it; this program only writes to it, and the link is its light",
        Some(_) => "READ AND WRITE",
        None => "unknown",
    }
}

/// The flags of a descriptor that a library opened (proc_pid_fdinfo(5)).
fn flags_of(number: i32) -> Option<OFlags> {
    let told = fs::read_to_string(format!("/proc/self/fdinfo/{number}")).ok()?;
    let flags = told.lines().find_map(|line| line.strip_prefix("flags:"))?;
    u32::from_str_radix(flags.trim(), 8).ok().map(OFlags::from_bits_retain)
}

fn flag_names(flags: OFlags) -> Vec<String> {
    let access = match flags & OFlags::ACCMODE {
        OFlags::WRONLY => "O_WRONLY",
        OFlags::RDWR => "O_RDWR",
        _ => "O_RDONLY",
    };
    let known = [(OFlags::NONBLOCK, "O_NONBLOCK"), (OFlags::APPEND, "O_APPEND"), (OFlags::SYNC, "O_SYNC")];
    let named = known.into_iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, name)| name);
    [access].into_iter().chain(named).map(str::to_owned).collect()
}

fn line_texts(line: &Termios) -> Vec<String> {
    let said = |name: &str, is_on: bool| format!("{name} {}", if is_on { "on" } else { "off" });
    let (control, input) = (line.control_modes, line.input_modes);
    vec![
        format!("{} baud", line.output_speed()),
        said("CREAD", control.contains(ControlModes::CREAD)),
        said("CLOCAL", control.contains(ControlModes::CLOCAL)),
        said("CRTSCTS", control.contains(ControlModes::CRTSCTS)),
        said("IXON", input.contains(InputModes::IXON)),
        said("IXOFF", input.contains(InputModes::IXOFF)),
    ]
}

/// The driver of a character device: what sysfs says of its hardware, and the driver of its terminal line.
fn driver(major: u64, minor: u64) -> Option<String> {
    let hardware = driver_of(Path::new(&format!("/sys/dev/char/{major}:{minor}/device")));
    let terminals = fs::read_to_string(Path::new("/proc/tty/drivers")).unwrap_or_default();
    let of_line = terminal_driver(&terminals, major, minor).map(|name| format!("terminal driver {name}"));
    let known: Vec<String> = hardware.into_iter().chain(of_line).collect();
    (!known.is_empty()).then(|| known.join(", "))
}

/// The name in the line of `/proc/tty/drivers` that has this major number and a range with this minor number:
/// name, path, major, minor or range, kind (proc(5)).
fn terminal_driver(drivers: &str, major: u64, minor: u64) -> Option<String> {
    drivers.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let (name, _, of_major, range) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let is_in = (first.parse::<u64>().ok()?..=last.parse::<u64>().ok()?).contains(&minor);
        (of_major.parse() == Ok(major) && is_in).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::{Inspection, terminal_driver};
    use crate::link::Outlet;
    use std::os::fd::AsFd;

    fn inspect(file: &std::fs::File) -> Inspection {
        Inspection::new(Outlet::Descriptor(file.as_fd()))
    }

    #[test]
    fn a_report_says_what_the_kernel_says() {
        let written = tempfile::NamedTempFile::new().unwrap();
        let write_only = std::fs::OpenOptions::new().write(true).open(written.path()).unwrap();
        let told = inspect(&write_only);
        assert_eq!((told.direction.as_str(), &*told.flags), ("write only", &["O_WRONLY".to_owned()][..]));
        assert_eq!((told.device, told.driver), (format!("file {}", written.path().display()), None));
        let both = inspect(written.as_file());
        assert_eq!((both.direction.as_str(), &*both.flags), ("READ AND WRITE", &["O_RDWR".to_owned()][..]));
        let device = inspect(&std::fs::OpenOptions::new().write(true).open("/dev/null").unwrap());
        assert_eq!(device.device, "character device 1:3 /dev/null");
    }

    #[test]
    fn the_driver_of_a_terminal_line_is_found_by_its_numbers() {
        let drivers = "/dev/tty             /dev/tty        5       0 system:/dev/tty\n\
                       usbserial            /dev/ttyUSB   188 0-511 serial\n\
                       serial               /dev/ttyS       4 64-95 serial\n";
        assert_eq!(terminal_driver(drivers, 188, 3).as_deref(), Some("usbserial"));
        assert_eq!(terminal_driver(drivers, 4, 64).as_deref(), Some("serial"));
        assert_eq!(terminal_driver(drivers, 4, 63), None);
    }
}
