//! What a process is for.

/// What a process is for: which system calls it is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Sending: no read on descriptors of links, nor on standard output and error; no wait for any descriptor; of links
    /// what their rows say ([`super::LinkCalls`]), of its terminal only what measures it.
    Send,
    /// Receiving: of its terminal only what measures it; of links what their rows say ([`super::LinkCalls`]).
    Receive,
    /// Starting readers of pictures, handing over their pipes, and ending them.
    SuperviseReaders,
    /// Recording sound: from a device that is open to standard output, without any path.
    CaptureSound,
    /// Opening a serial port again, and handing it over.
    OpenPortAgain,
    /// Reading pictures: from standard input to standard output, without any path.
    ReadPictures,
}
