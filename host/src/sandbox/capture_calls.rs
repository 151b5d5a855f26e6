//! The list of the process that records sound: it reads one device that is open, and writes to standard output.

use seccompiler::{BackendError, SeccompCmpOp, SeccompRule};

use super::descriptor::LINK_DESCRIPTOR_MIN;
use super::link_calls::LinkCalls;
use super::picture_calls::of_reader;
use super::rules::{Rules, argument, number, one_of, rule_of};

/// Standard output: where the samples go.
const OUTPUT: u64 = 1;

/// A process that records from `links`: what a reader of pictures has, without its standard input, and what is asked of the
/// device.
pub(super) fn of_capture(links: &[LinkCalls]) -> Result<Rules, BackendError> {
    let mut rules = of_reader()?;
    let of_device = || {
        let least = u64::from(number(LINK_DESCRIPTOR_MIN));
        SeccompRule::new(vec![argument(0, SeccompCmpOp::Ge, least)?])
    };
    let mut writes = one_of(0, &[OUTPUT])?;
    rules.remove(&libc::SYS_read);
    // A plugin of alsa-lib that is no device: the operator allowed mixing.
    if links.iter().any(|link| link.is_written) {
        rules.insert(libc::SYS_read, vec![of_device()?]);
        writes.push(of_device()?);
    }
    rules.insert(libc::SYS_write, writes);
    let requests = links.iter().flat_map(|link| link.requests.iter().map(|request| (*request, link.descriptors)));
    let requests: Vec<SeccompRule> =
        requests.map(|(request, descriptors)| rule_of(request, descriptors)).collect::<Result<_, _>>()?;
    rules.insert(libc::SYS_ioctl, requests);
    Ok(rules)
}
