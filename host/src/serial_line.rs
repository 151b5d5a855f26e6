//! How a serial line is set on both sides: raw, the modem lines ignored, and no flow control of either kind.
//!
//! XON/XOFF would let bytes from the far end stop the transmitter, RTS/CTS a conductor: each is a return path
//! (termios(3)). Must not: open, read or write a port.

use std::io;

use rustix::fd::AsFd;
use rustix::termios::{
    ControlModes, InputModes, LocalModes, OptionalActions, OutputModes, Termios, tcgetattr, tcsetattr,
};

/// Which end of the line this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Only writes: the receiver is asked to be off (CREAD cleared).
    Transmit,
    /// Only reads.
    Receive,
}

/// Sets the line behind `port` to 8 data bits, no parity, one stop bit at `baud` bits a second.
///
/// # Errors
/// When `port` is no terminal device, or it refuses the speed.
pub fn configure(port: impl AsFd, baud: u32, direction: Direction) -> io::Result<()> {
    let port = port.as_fd();
    let mut line: Termios = tcgetattr(port)?;
    line.make_raw();
    line.input_modes.remove(InputModes::IXON | InputModes::IXOFF | InputModes::IXANY);
    line.output_modes.remove(OutputModes::OPOST);
    line.local_modes.remove(LocalModes::ECHO | LocalModes::TOSTOP);
    line.control_modes
        .remove(ControlModes::CRTSCTS | ControlModes::CSTOPB | ControlModes::PARENB | ControlModes::HUPCL);
    line.control_modes.insert(ControlModes::CS8 | ControlModes::CLOCAL);
    match direction {
        Direction::Transmit => line.control_modes.remove(ControlModes::CREAD),
        Direction::Receive => line.control_modes.insert(ControlModes::CREAD),
    }
    line.set_speed(baud)?;
    tcsetattr(port, OptionalActions::Now, &line)?;
    Ok(())
}
