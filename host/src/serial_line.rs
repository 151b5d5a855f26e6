//! How a serial line is set on both sides: raw, the modem lines ignored, and no flow control of either kind. What the
//! driver took is read back, and other programs are kept off.
//!
//! XON/XOFF would let bytes from the far end stop the transmitter, RTS/CTS a conductor: each is a return path
//! (termios(3)). Must not: open, read or write a port.

use std::fmt;
use std::io;

use rustix::fd::AsFd;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use rustix::termios::{
    ControlModes, InputModes, LocalModes, OptionalActions, OutputModes, Termios, ioctl_tiocexcl, tcgetattr, tcsetattr,
};

use crate::text::grouped;

/// Which end of the line this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Only writes: the receiver is asked to be off (CREAD cleared).
    Transmit,
    /// Only reads.
    Receive,
}

/// The share, in percent, by which a driver may round the speed: a UART samples the last bit of a byte in the right place
/// as long as both ends together are off by less than about 4 %.
const SPEED_TOLERANCE_PERCENT: u64 = 2;

/// One setting of a line that is not what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// Another speed, in bits a second.
    Speed {
        /// Asked for.
        asked: u32,
        /// What it is.
        is: u32,
    },
    /// Not 8 data bits, no parity, one stop bit.
    ByteFormat,
    /// XON/XOFF: a byte stops or starts the line.
    SoftwareFlow,
    /// RTS/CTS: a conductor stops or starts the line.
    HardwareFlow,
    /// Bytes that come in are edited, echoed, taken as signals or changed.
    CookedInput,
    /// Bytes that go out are changed.
    CookedOutput,
    /// The receiver is off.
    Deaf,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Speed { asked, is } => {
                write!(f, "it runs at {} baud, not at {}", grouped((*is).into()), grouped((*asked).into()))
            }
            Self::ByteFormat => f.write_str("a byte is not 8 bits without parity and with one stop bit"),
            Self::SoftwareFlow => f.write_str("XON/XOFF is on"),
            Self::HardwareFlow => f.write_str("RTS/CTS is on"),
            Self::CookedInput => f.write_str("what comes in is edited, echoed or changed (it is not raw)"),
            Self::CookedOutput => f.write_str("what goes out is changed (it is not raw)"),
            Self::Deaf => f.write_str("its receiver is off"),
        }
    }
}

/// Several differences in one sentence.
#[must_use]
pub fn differences_text(differences: &[Difference]) -> String {
    differences.iter().map(Difference::to_string).collect::<Vec<_>>().join("; ")
}

/// Why a line could not be taken.
#[derive(Debug)]
pub enum LineError {
    /// Another program holds it.
    Busy,
    /// The system refused to read or make its settings.
    Settings(io::Error),
    /// The driver took other settings than those asked for.
    TakenOtherwise(Vec<Difference>),
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("another program holds the line"),
            Self::Settings(error) => write!(f, "the system refused the settings: {error}"),
            Self::TakenOtherwise(differences) => {
                write!(f, "the driver took other settings than it was given: {}", differences_text(differences))
            }
        }
    }
}

impl std::error::Error for LineError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Settings(error) => std::error::Error::source(error),
            Self::Busy | Self::TakenOtherwise(_) => None,
        }
    }
}

/// Takes the line behind `port`: locks it against other programs that ask (flock(2)), sets it to 8 data bits, no parity,
/// one stop bit at `baud` bits a second, reads back what the driver took, and keeps all other programs from opening it
/// (`TIOCEXCL`). The kernel forgets both when the last program closes the port.
///
/// # Errors
/// When another program has locked it, when it is no terminal device, or when the driver took other settings.
pub fn take(port: impl AsFd, baud: u32, direction: Direction) -> Result<(), LineError> {
    let port = port.as_fd();
    match flock(port, FlockOperation::NonBlockingLockExclusive) {
        // What cannot be locked at all is told from a port below.
        Ok(()) | Err(Errno::NOTSUP | Errno::INVAL | Errno::NOSYS | Errno::NOLCK) => {}
        Err(Errno::WOULDBLOCK) => return Err(LineError::Busy),
        Err(error) => return Err(LineError::Settings(error.into())),
    }
    let settings = |error: Errno| LineError::Settings(error.into());
    let mut line: Termios = tcgetattr(port).map_err(settings)?;
    line.make_raw();
    line.input_modes.remove(CHANGING_INPUT | SOFTWARE_FLOW);
    line.output_modes.remove(OutputModes::OPOST);
    line.local_modes.remove(COOKED | LocalModes::TOSTOP);
    line.control_modes
        .remove(ControlModes::CRTSCTS | ControlModes::CSTOPB | ControlModes::PARENB | ControlModes::HUPCL);
    line.control_modes.insert(ControlModes::CS8 | ControlModes::CLOCAL);
    match direction {
        Direction::Transmit => line.control_modes.remove(ControlModes::CREAD),
        Direction::Receive => line.control_modes.insert(ControlModes::CREAD),
    }
    line.set_speed(baud).map_err(settings)?;
    tcsetattr(port, OptionalActions::Now, &line).map_err(settings)?;
    // A driver takes what it can and says nothing of the rest: only reading back shows it (tcsetattr(3)).
    let taken = differences(port, baud, direction).map_err(LineError::Settings)?;
    if !taken.is_empty() {
        return Err(LineError::TakenOtherwise(taken));
    }
    match ioctl_tiocexcl(port) {
        Ok(()) | Err(Errno::NOTTY | Errno::INVAL) => Ok(()),
        Err(error) => Err(LineError::Settings(error.into())),
    }
}

/// What of the line's settings is not what [`take`] made it; nothing if all is. It changes nothing.
///
/// # Errors
/// When the settings cannot be read: the port is gone, or no terminal device.
pub fn differences(port: impl AsFd, baud: u32, direction: Direction) -> io::Result<Vec<Difference>> {
    let line = tcgetattr(port)?;
    let (control, input) = (line.control_modes, line.input_modes);
    // Drivers run both directions at the speed of output; that of input is what somebody asked for once.
    let speed = line.output_speed();
    let off = u64::from(speed.abs_diff(baud)) * 100;
    let is_byte = control & ControlModes::CSIZE == ControlModes::CS8
        && !control.intersects(ControlModes::PARENB | ControlModes::CSTOPB);
    let is_cooked = line.local_modes.intersects(COOKED) || input.intersects(CHANGING_INPUT);
    let is_sending = direction == Direction::Transmit;
    Ok([
        (off > u64::from(baud) * SPEED_TOLERANCE_PERCENT, Difference::Speed { asked: baud, is: speed }),
        (!is_byte, Difference::ByteFormat),
        (input.intersects(SOFTWARE_FLOW), Difference::SoftwareFlow),
        (control.contains(ControlModes::CRTSCTS), Difference::HardwareFlow),
        (is_cooked, Difference::CookedInput),
        (is_sending && line.output_modes.contains(OutputModes::OPOST), Difference::CookedOutput),
        (!is_sending && !control.contains(ControlModes::CREAD), Difference::Deaf),
    ]
    .into_iter()
    .filter_map(|(is_so, difference)| is_so.then_some(difference))
    .collect())
}

const SOFTWARE_FLOW: InputModes = InputModes::IXON.union(InputModes::IXOFF).union(InputModes::IXANY);
/// What changes, drops or marks bytes that come in.
const CHANGING_INPUT: InputModes = InputModes::ICRNL
    .union(InputModes::INLCR)
    .union(InputModes::IGNCR)
    .union(InputModes::ISTRIP)
    .union(InputModes::PARMRK)
    .union(InputModes::IUCLC);
const COOKED: LocalModes = LocalModes::ICANON.union(LocalModes::ECHO).union(LocalModes::ISIG).union(LocalModes::IEXTEN);

#[cfg(test)]
mod tests {
    use super::{Difference, Direction, LineError, differences, differences_text, take};
    use rustix::termios::{
        ControlModes, InputModes, LocalModes, OptionalActions, OutputModes, Termios, tcgetattr, tcsetattr,
    };
    use serialport::{SerialPort, TTYPort};
    use std::fs::File;

    /// A virtual pair of the crate `serialport`, and one end of it opened once more.
    fn pair() -> (TTYPort, TTYPort, File) {
        let (controller, port) = TTYPort::pair().unwrap();
        let opened = File::options().read(true).write(true).open(port.name().unwrap()).unwrap();
        (controller, port, opened)
    }

    fn change(port: &File, change: impl Fn(&mut Termios)) {
        let mut line = tcgetattr(port).unwrap();
        change(&mut line);
        tcsetattr(port, OptionalActions::Now, &line).unwrap();
    }

    #[test]
    fn a_line_that_was_taken_is_what_was_asked_for() {
        for direction in [Direction::Transmit, Direction::Receive] {
            let (_controller, _port, opened) = pair();
            change(&opened, |line| {
                line.local_modes |= LocalModes::ICANON | LocalModes::ECHO;
                line.input_modes |= InputModes::IXON | InputModes::ICRNL;
                line.output_modes |= OutputModes::OPOST;
                line.control_modes |= ControlModes::CRTSCTS;
            });
            take(&opened, 57_600, direction).unwrap();
            assert_eq!(differences(&opened, 57_600, direction).unwrap(), []);
        }
    }

    #[test]
    fn every_setting_that_another_program_changes_is_seen() {
        let (_controller, _port, opened) = pair();
        take(&opened, 115_200, Direction::Receive).unwrap();
        let seen = |wanted: &[Difference]| {
            assert_eq!(differences(&opened, 115_200, Direction::Receive).unwrap(), wanted);
        };
        change(&opened, |line| line.set_speed(9_600).unwrap());
        seen(&[Difference::Speed { asked: 115_200, is: 9_600 }]);
        // A driver may round: 2 % are allowed, and more are not.
        for (speed, is_right) in [(117_504, true), (117_505, false), (112_896, true), (112_895, false)] {
            change(&opened, |line| line.set_speed(speed).unwrap());
            assert_eq!(differences(&opened, 115_200, Direction::Receive).unwrap().is_empty(), is_right, "{speed}");
        }
        change(&opened, |line| line.set_speed(115_200).unwrap());
        change(&opened, |line| line.input_modes |= InputModes::IXOFF);
        seen(&[Difference::SoftwareFlow]);
        change(&opened, |line| line.input_modes = InputModes::ICRNL);
        seen(&[Difference::CookedInput]);
        change(&opened, |line| line.input_modes = InputModes::empty());
        change(&opened, |line| line.local_modes |= LocalModes::ICANON);
        seen(&[Difference::CookedInput]);
        change(&opened, |line| line.local_modes = LocalModes::empty());
        change(&opened, |line| line.control_modes |= ControlModes::CSTOPB | ControlModes::CRTSCTS);
        seen(&[Difference::ByteFormat, Difference::HardwareFlow]);
        assert_eq!(
            differences_text(&[Difference::Speed { asked: 115_200, is: 9_600 }, Difference::HardwareFlow]),
            "it runs at 9,600 baud, not at 115,200; RTS/CTS is on"
        );
    }

    #[test]
    fn a_line_that_somebody_has_locked_is_busy() {
        let (_controller, port, opened) = pair();
        take(&opened, 9_600, Direction::Receive).unwrap();
        let name = port.name().unwrap();
        // TIOCEXCL stops whoever has no CAP_SYS_ADMIN; the lock stops root, too.
        if let Ok(second) = File::options().write(true).open(&name) {
            assert!(matches!(take(&second, 9_600, Direction::Transmit), Err(LineError::Busy)));
        }
    }

    #[test]
    fn what_is_no_terminal_is_no_line() {
        let file = tempfile::tempfile().unwrap();
        assert!(matches!(take(&file, 9_600, Direction::Receive), Err(LineError::Settings(_))));
    }
}
