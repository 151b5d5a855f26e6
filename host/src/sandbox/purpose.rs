//! What a process is for.

/// What a process is for: which system calls it is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Sending: no read on descriptors of links, nor on standard output and error; on terminal lines only what sets,
    /// drains and measures them.
    Send,
    /// Receiving from what is open; on terminal lines as for sending.
    Receive,
    /// Receiving from a camera too, whose driver is asked by ioctl and waited for in any way.
    ReceiveFromCamera,
}
