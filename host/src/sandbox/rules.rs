//! The words in which lists of system calls are written.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{BackendError, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompRule};

/// Allowed calls, each with the conditions of which one has to hold; without any it is always allowed.
pub(super) type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

/// A small number of the C library, none of which is negative.
pub(super) fn number(value: i32) -> u32 {
    value.unsigned_abs()
}

/// Rules of which one has to match: argument `index` is one of `values`.
pub(super) fn one_of(index: u8, values: &[u64]) -> Result<Vec<SeccompRule>, BackendError> {
    values.iter().map(|value| SeccompRule::new(vec![argument(index, SeccompCmpOp::Eq, *value)?])).collect()
}

/// A condition on an argument.
pub(super) fn argument(index: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(index, SeccompCmpArgLen::Dword, operator, value)
}
