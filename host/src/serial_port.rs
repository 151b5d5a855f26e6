//! The serial ports of this host, and why one of them cannot be used.
//!
//! The list comes from sysfs through the crate `serialport`; no port is opened for it. Must not: open a port.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use serialport::{SerialPortType, UsbPortInfo};

use crate::serial_line::{Difference, LineError, differences_text};
use crate::text::{count, grouped, printable};

/// The target of a link that asks for the list of ports: `serial:list`.
pub const LIST: &str = "list";

/// Ports that are listed; a host with more has them all below `/sys/class/tty`.
const LISTED_MAX: usize = 32;

/// A serial port of this host.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SerialPort {
    /// Its device: `/dev/ttyUSB0`.
    device: PathBuf,
    /// The kernel's driver of its hardware.
    driver: Option<String>,
    /// What its USB adapter says of itself.
    usb: Option<String>,
    /// The name that does not change when it is plugged in again.
    by_id: Option<PathBuf>,
}

impl fmt::Display for SerialPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", printable(&self.device.display().to_string()))?;
        write!(f, "  driver {}", printable(self.driver.as_deref().unwrap_or("unknown")))?;
        if let Some(usb) = &self.usb {
            write!(f, ", USB {}", printable(usb))?;
        }
        self.by_id.iter().try_for_each(|path| write!(f, ", {}", printable(&path.display().to_string())))
    }
}

/// The serial ports of this host, in the order of their names. A port on the board without hardware behind it is none.
fn serial_ports() -> Vec<SerialPort> {
    let class = Path::new("/sys/class/tty");
    // Without this folder the crate would panic.
    if fs::read_dir(class).is_err() {
        return Vec::new();
    }
    let by_id: Vec<(PathBuf, PathBuf)> = fs::read_dir("/dev/serial/by-id")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.path().canonicalize().ok()?, entry.path())))
        .collect();
    let mut ports: Vec<SerialPort> = serialport::available_ports()
        .unwrap_or_default()
        .into_iter()
        .filter_map(|found| {
            let device = PathBuf::from(found.port_name);
            let of_class = class.join(device.file_name()?);
            // PORT_UNKNOWN (linux/serial_core.h): the driver looked, and there is no chip.
            let kind = fs::read_to_string(of_class.join("type")).unwrap_or_default();
            if kind.trim() == "0" {
                return None;
            }
            let driver = driver_of(&of_class.join("device"));
            let usb = if let SerialPortType::UsbPort(usb) = &found.port_type { Some(usb_text(usb)) } else { None };
            let known = by_id.iter().find(|(target, _)| *target == device);
            Some(SerialPort { driver, usb, by_id: known.map(|(_, name)| name.clone()), device })
        })
        .collect();
    ports.sort_by(|a, b| a.device.cmp(&b.device));
    ports
}

/// The kernel's driver of the device that this folder of sysfs is of. A port on the board is the grandchild of its device
/// since Linux 6.5, with drivers of its own that say nothing (`serial-base`).
#[must_use]
pub fn driver_of(device: &Path) -> Option<String> {
    let device = device.canonicalize().ok()?;
    let name = |path: PathBuf| Some(fs::read_link(path).ok()?.file_name()?.to_string_lossy().into_owned());
    let of_hardware = device
        .ancestors()
        .take(3)
        .find(|folder| name(folder.join("subsystem")).is_some_and(|subsystem| subsystem != "serial-base"));
    of_hardware.and_then(|folder| name(folder.join("driver")))
}

fn usb_text(usb: &UsbPortInfo) -> String {
    let names = [usb.manufacturer.as_deref(), usb.product.as_deref()];
    let names = names.into_iter().flatten().filter(|name| !name.is_empty());
    std::iter::once(format!("{:04x}:{:04x}", usb.vid, usb.pid))
        .chain(names.map(str::to_owned))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The ports of this host for people, the first line saying how many there are.
#[must_use]
pub fn listed() -> Vec<String> {
    let ports = serial_ports();
    if ports.is_empty() {
        return vec!["this host shows no serial port".to_owned()];
    }
    let mut lines = vec![format!("this host has {}:", count(ports.len() as u64, "serial port"))];
    lines.extend(ports.iter().take(LISTED_MAX).map(SerialPort::to_string));
    if ports.len() > LISTED_MAX {
        lines.push(format!("and {} more below /sys/class/tty", ports.len() - LISTED_MAX));
    }
    lines
}

/// What to do with the list of ports.
pub const NEXT_OF_LIST: &str = "Name one of these ports, best by its name below /dev/serial/by-id: --link serial:PORT,baud=115200. If it is missing, \
     plug the adapter in.";

/// Why a port cannot be used.
#[derive(Debug)]
pub enum PortFault {
    /// It cannot be opened.
    Open(io::Error),
    /// It is open, and its line cannot be taken.
    Line(LineError),
}

/// What a fault comes from, as far as the system tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    Missing,
    NoHardware,
    NotPermitted,
    Busy,
    NoTerminal,
    Speed,
    Settings,
    Other,
}

impl PortFault {
    fn cause(&self) -> Cause {
        let error = match self {
            Self::Open(error) | Self::Line(LineError::Settings(error)) => error,
            Self::Line(LineError::Busy) => return Cause::Busy,
            Self::Line(LineError::TakenOtherwise(differences)) => {
                let is_speed = |difference: &Difference| matches!(difference, Difference::Speed { .. });
                return if differences.iter().all(is_speed) { Cause::Speed } else { Cause::Settings };
            }
        };
        let is_line = matches!(self, Self::Line(_));
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::NOENT | Errno::NOTDIR) => Cause::Missing,
            Some(Errno::NXIO | Errno::NODEV | Errno::IO) => Cause::NoHardware,
            Some(Errno::ACCESS | Errno::PERM) => Cause::NotPermitted,
            Some(Errno::BUSY) => Cause::Busy,
            Some(Errno::NOTTY | Errno::ISDIR) => Cause::NoTerminal,
            Some(Errno::INVAL | Errno::RANGE) if is_line => Cause::Speed,
            _ => Cause::Other,
        }
    }

    /// What happened, with what the system says of the port `path`. Several lines.
    #[must_use]
    pub fn why(&self, path: &Path, baud: u32) -> String {
        let name = path.display();
        let baud = grouped(baud.into());
        match (self.cause(), self) {
            (Cause::Missing, _) => format!("there is no {name}\n{}", listed().join("\n")),
            (Cause::NoHardware, _) => {
                format!("the system knows {name}, but there is no hardware behind it\n{}", listed().join("\n"))
            }
            (Cause::NotPermitted, _) => format!("you may not open {name}{}", owner_text(path)),
            (Cause::Busy, _) => format!("{name} is in use{}", holders_text(path)),
            (Cause::NoTerminal, _) => format!("{name} is no serial port"),
            (Cause::Speed | Cause::Settings, Self::Line(LineError::TakenOtherwise(differences))) => {
                format!("the driver of {name} took other settings than it was given: {}", differences_text(differences))
            }
            (_, Self::Open(error)) => format!("cannot open {name}: {error}"),
            (_, Self::Line(LineError::Settings(error))) => {
                format!("{name} cannot be set to raw mode at {baud} baud: {error}")
            }
            (_, Self::Line(_)) => format!("{name} cannot be set to raw mode at {baud} baud"),
        }
    }

    /// The system's error where [`PortFault::why`] has words of its own in its place.
    #[must_use]
    pub fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match (self.cause(), self) {
            (_, Self::Line(LineError::Busy | LineError::TakenOtherwise(_))) => None,
            (
                Cause::Speed | Cause::Settings | Cause::Other,
                Self::Open(error) | Self::Line(LineError::Settings(error)),
            ) => std::error::Error::source(error),
            (_, Self::Open(error) | Self::Line(LineError::Settings(error))) => Some(error),
        }
    }

    /// What to do about it on this side.
    #[must_use]
    pub fn next(&self, path: &Path) -> String {
        match self.cause() {
            Cause::Missing | Cause::NoHardware => NEXT_OF_LIST.to_owned(),
            Cause::NotPermitted if group_of(path).is_some_and(|group| group == "tty") => {
                format!(
                    "A getty (a login on this port) has taken it: {}. Then run the same command again.",
                    stop_getty(path)
                )
            }
            Cause::NotPermitted => match group_of(path).filter(|group| group != "root") {
                Some(group) => format!(
                    "Join the group that owns the port: sudo usermod -aG {group} \"$USER\" - then log out and in again."
                ),
                None => format!(
                    "Give the port to a group, until it is unplugged: sudo chgrp dialout {path}; sudo chmod g+rw {path}. \
                     Then join the group: sudo usermod -aG dialout \"$USER\" - and log out and in again.",
                    path = path.display()
                ),
            },
            Cause::Busy => {
                let ours: Vec<String> =
                    holders(path).iter().filter(|holder| holder.is_ours()).map(Holder::text).collect();
                if ours.is_empty() {
                    format!(
                        "End the program that has it; `fuser -v {}` shows it to root. ModemManager: sudo systemctl stop \
                         ModemManager (for good, where no modem is needed: mask --now in the place of stop). A getty: {}. \
                         brltty: remove it.",
                        path.display(),
                        stop_getty(path)
                    )
                } else {
                    format!(
                        "Rootcast uses the port already: {}. `ps -o args= -p NUMBER` shows for which state. Let it go on, or \
                         end it before you start another one.",
                        ours.join(", ")
                    )
                }
            }
            Cause::NoTerminal => "Name a serial port: --link serial:list shows those of this host.".to_owned(),
            Cause::Speed => {
                "Give a speed that both adapters have, such as baud=115200 or baud=9600, on both sides. Or use \
                             another adapter."
                    .to_owned()
            }
            Cause::Settings => {
                "Use another adapter: this one cannot be set as a raw line without flow control.".to_owned()
            }
            Cause::Other => {
                "Unplug the adapter and plug it in again, look at `dmesg`, then run the same command again.".to_owned()
            }
        }
    }
}

fn stop_getty(path: &Path) -> String {
    let device = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = device.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!("sudo systemctl stop serial-getty@{name}")
}

/// The group that a port belongs to, by its name.
fn group_of(path: &Path) -> Option<String> {
    name_of_id(&fs::read_to_string("/etc/group").ok()?, fs::metadata(path).ok()?.gid())
}

/// The name with this number in a file such as `/etc/group` or `/etc/passwd`.
fn name_of_id(file: &str, id: u32) -> Option<String> {
    file.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, number) = (fields.next()?, fields.next()?, fields.next()?);
        (number.parse() == Ok(id)).then(|| name.to_owned())
    })
}

/// Whose the port is.
fn owner_text(path: &Path) -> String {
    let Ok(metadata) = fs::metadata(path) else { return String::new() };
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let user = name_of_id(&users, metadata.uid()).unwrap_or_else(|| metadata.uid().to_string());
    let group = group_of(path).unwrap_or_else(|| metadata.gid().to_string());
    format!(": it belongs to {user} and the group {group}, with the mode {:o}", metadata.mode() & 0o777)
}

/// Who has the port open, as far as this user may see, and who usually has.
fn holders_text(path: &Path) -> String {
    let holders = holders(path);
    if holders.is_empty() {
        ", by a program of another user. Usual owners are ModemManager, a getty (a login on this port), a kernel console \
         and brltty"
            .to_owned()
    } else {
        format!(", by {}", holders.iter().map(Holder::text).collect::<Vec<_>>().join(", "))
    }
}

/// A program that has a device open.
#[derive(Debug)]
struct Holder {
    /// The name that the kernel keeps of it.
    name: String,
    process: u32,
}

impl Holder {
    fn text(&self) -> String {
        format!("{} (process {})", printable(&self.name), self.process)
    }

    /// Whether it is one of these programs. The kernel keeps 15 bytes of a name.
    fn is_ours(&self) -> bool {
        self.name.starts_with("rootcast-")
    }
}

/// The programs that have the device at `path` open. Processes of other users are seen by root only.
fn holders(path: &Path) -> Vec<Holder> {
    const HOLDERS_MAX: usize = 8;
    let Ok(device) = fs::metadata(path) else { return Vec::new() };
    if !device.file_type().is_char_device() {
        return Vec::new();
    }
    let own = std::process::id();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let holds = |process: &u32| {
        let descriptors = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
        let mut open = descriptors.filter_map(|entry| fs::metadata(entry.path()).ok());
        // Not by the name: a pseudo-terminal's number is another one in another container.
        open.any(|file| file.file_type().is_char_device() && (file.dev(), file.ino()) == (device.dev(), device.ino()))
    };
    let name = |process: u32| {
        let name = fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
        Holder { name: name.trim().to_owned(), process }
    };
    numbers.filter(|process| *process != own).filter(holds).take(HOLDERS_MAX).map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::{LineError, PortFault, SerialPort, name_of_id};
    use crate::serial_line::Difference;
    use rustix::io::Errno;
    use std::path::{Path, PathBuf};

    #[test]
    fn a_port_is_told_with_its_driver_its_adapter_and_its_lasting_name() {
        let port = SerialPort {
            device: PathBuf::from("/dev/ttyUSB0"),
            driver: Some("ftdi_sio".to_owned()),
            usb: Some("0403:6001 FTDI FT232R \u{1b}[2J".to_owned()),
            by_id: Some(PathBuf::from("/dev/serial/by-id/usb-FTDI")),
        };
        assert_eq!(
            port.to_string(),
            "/dev/ttyUSB0  driver ftdi_sio, USB 0403:6001 FTDI FT232R \\u{1b}[2J, /dev/serial/by-id/usb-FTDI"
        );
    }

    #[test]
    fn each_cause_has_its_own_next_step() {
        let open = |error: Errno| PortFault::Open(error.into());
        let set = |error: Errno| PortFault::Line(LineError::Settings(error.into()));
        let otherwise = |difference| PortFault::Line(LineError::TakenOtherwise(vec![difference]));
        let path = Path::new("/dev/ttyNONE7");
        for (fault, why, next) in [
            (open(Errno::NOENT), "there is no /dev/ttyNONE7", "Name one of these ports"),
            (open(Errno::NXIO), "no hardware behind it", "Name one of these ports"),
            (set(Errno::IO), "no hardware behind it", "Name one of these ports"),
            (open(Errno::ACCESS), "you may not open", "usermod -aG dialout"),
            (open(Errno::BUSY), "is in use", "serial-getty@ttyNONE7"),
            (PortFault::Line(LineError::Busy), "ModemManager", "fuser -v /dev/ttyNONE7"),
            (set(Errno::NOTTY), "is no serial port", "serial:list"),
            (set(Errno::INVAL), "raw mode at 921,600 baud", "a speed that both adapters have"),
            (otherwise(Difference::Speed { asked: 921_600, is: 9_600 }), "at 9,600 baud", "a speed that both"),
            (otherwise(Difference::HardwareFlow), "RTS/CTS is on", "another adapter"),
            (open(Errno::MFILE), "cannot open /dev/ttyNONE7", "dmesg"),
        ] {
            let (said, advice) = (fault.why(path, 921_600), fault.next(path));
            assert!(said.contains(why), "{said}");
            assert!(advice.contains(next), "{advice}");
        }
    }

    #[test]
    fn the_systems_error_is_given_where_the_text_has_other_words() {
        let path = Path::new("/dev/ttyNONE7");
        for errno in [Errno::NOENT, Errno::NODEV, Errno::ACCESS, Errno::BUSY, Errno::NOTTY] {
            let fault = PortFault::Open(errno.into());
            let (why, source) = (fault.why(path, 115_200), fault.source().unwrap().to_string());
            assert!(!why.contains(&source), "{why}: {source}");
        }
        for fault in [PortFault::Open(Errno::NFILE.into()), PortFault::Line(LineError::Settings(Errno::INVAL.into()))] {
            let why = fault.why(path, 115_200);
            assert!(fault.source().is_none() && why.contains("os error"), "{why}");
        }
        assert!(PortFault::Line(LineError::Busy).source().is_none());
    }

    #[test]
    fn a_group_is_found_by_its_number() {
        let file = "root:x:0:\ntty:x:5:\ndialout:x:20:alice,bob\n";
        assert_eq!(name_of_id(file, 20).as_deref(), Some("dialout"));
        assert_eq!(name_of_id(file, 2), None);
        assert_eq!(name_of_id("broken\n:::\n", 0), None);
    }
}
