//! The list of the process that opens a serial port again: it reads requests, opens and sets the port, and hands it over.

use libc::c_long;
use seccompiler::BackendError;

use super::link_calls::{Descriptors, DeviceRequest};
use super::picture_calls::of_reader;
use super::rules::{Rules, number, one_of, rule_of};

/// A process that opens ports and answers on this descriptor: what a reader of pictures has, and what opens and sets a
/// port.
///
/// # Errors
/// Where no descriptor is named: the process would read from all and answer on all.
pub(super) fn of_opener(answered_on: Option<i32>) -> Result<Rules, BackendError> {
    let mut rules = of_reader()?;
    let socket: Vec<u64> = answered_on.map(|descriptor| u64::from(number(descriptor))).into_iter().collect();
    // Requests; what it says first, of its own sandbox; and answers.
    for call in [libc::SYS_read, libc::SYS_write, libc::SYS_sendmsg] {
        rules.insert(call, one_of(0, &socket)?);
    }
    rules.extend(CALLS.iter().map(|call| (*call, Vec::new())));
    let requests = REQUESTS.iter().map(|request| rule_of(DeviceRequest::Exactly(*request), Descriptors::OfLibrary));
    rules.insert(libc::SYS_ioctl, requests.collect::<Result<_, _>>()?);
    Ok(rules)
}

/// What opens and closes a port, and locks it against other programs.
const CALLS: &[c_long] = &[libc::SYS_openat, libc::SYS_close, libc::SYS_flock];

/// How a port is set, and that nobody else opens it (ioctl_tty(2)). No modem line, no break, no byte typed in.
const REQUESTS: &[u32] = &[
    0x5401,      // TCGETS
    0x5402,      // TCSETS
    0x802c_542a, // TCGETS2
    0x402c_542b, // TCSETS2
    0x540c,      // TIOCEXCL
];

#[cfg(test)]
mod tests {
    use super::of_opener;

    /// Without a descriptor the process once might have read and written all it has.
    #[test]
    fn a_process_that_answers_nowhere_has_no_list() {
        assert!(of_opener(None).is_err());
        let rules = of_opener(Some(3)).unwrap();
        for call in [libc::SYS_read, libc::SYS_write, libc::SYS_sendmsg] {
            assert_eq!(rules[&call].len(), 1, "{call}");
        }
    }
}
