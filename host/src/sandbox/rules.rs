//! The words in which lists of system calls are written.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{BackendError, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompRule};

use super::descriptor::LINK_DESCRIPTOR_MIN;
use super::link_calls::{Descriptors, DeviceRequest};

/// Allowed calls, each with the conditions of which one has to hold; without any it is always allowed.
pub(super) type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

/// A small number of the C library, none of which is negative.
pub(super) fn number(value: i32) -> u32 {
    value.unsigned_abs()
}

/// Rules of which one has to match: argument `index` is one of `values`.
///
/// # Errors
/// Where there is no value: a call without any rule would always be allowed.
pub(super) fn one_of(index: u8, values: &[u64]) -> Result<Vec<SeccompRule>, BackendError> {
    if values.is_empty() {
        return Err(BackendError::EmptyRule);
    }
    values.iter().map(|value| SeccompRule::new(vec![argument(index, SeccompCmpOp::Eq, *value)?])).collect()
}

/// A condition on an argument.
pub(super) fn argument(index: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(index, SeccompCmpArgLen::Dword, operator, value)
}

/// The bits of an ioctl's request that say which way bytes go and whose it is (linux/ioctl.h).
const REQUEST_KIND: u64 = 0xc000_ff00;

/// What is asked of a device, and of which descriptors. A terminal is open too, and TIOCSTI would type into the shell that
/// is behind it: so whatever a link needs, the list stays as narrow as this.
pub(super) fn rule_of(request: DeviceRequest, descriptors: Descriptors) -> Result<SeccompRule, BackendError> {
    let exactly = |number: u32| argument(1, SeccompCmpOp::Eq, u64::from(number));
    let mut conditions = match request {
        DeviceRequest::Exactly(number) => vec![exactly(number)?],
        DeviceRequest::With(number, value) => vec![exactly(number)?, argument(2, SeccompCmpOp::Eq, u64::from(value))?],
        DeviceRequest::OfKind(kind) => vec![argument(1, SeccompCmpOp::MaskedEq(REQUEST_KIND), u64::from(kind))?],
    };
    let least = u64::from(number(LINK_DESCRIPTOR_MIN));
    match descriptors {
        Descriptors::SetApart => conditions.push(argument(0, SeccompCmpOp::Ge, least)?),
        Descriptors::OfTerminal => conditions.push(argument(0, SeccompCmpOp::Lt, least)?),
        Descriptors::OfLibrary => {}
    }
    SeccompRule::new(conditions)
}
