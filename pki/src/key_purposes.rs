//! extKeyUsage as a set (RFC 5280 §4.2.1.12): what CERT-KEY-EKU-MIXED compares, and how it is shown.

use core::fmt;
use std::collections::BTreeSet;

use crate::extension::{self, Extension};
use crate::oid::{self, Dotted};
use crate::strict_der::SEQUENCE;

/// The purposes of a certificate with these extensions; `None` where it names none, which allows every use.
pub(crate) fn of_extensions(extensions: &[Extension<'_>]) -> Option<BTreeSet<Vec<u8>>> {
    let list = extension::find(extensions, oid::EXTENDED_KEY_USAGE)?.only(SEQUENCE).ok()?;
    let mut reader = list.reader();
    let mut purposes = BTreeSet::new();
    while !reader.is_empty() {
        purposes.insert(reader.oid().ok()?.value.to_vec());
    }
    Some(purposes)
}

/// How many purposes are shown.
const SHOWN_MAX: usize = 8;

/// Purposes for people.
pub(crate) struct Shown<'p>(pub(crate) Option<&'p BTreeSet<Vec<u8>>>);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(purposes) = self.0 else { return f.write_str("every purpose (no extKeyUsage)") };
        for (index, purpose) in purposes.iter().enumerate() {
            if index == SHOWN_MAX {
                return f.write_str(", …");
            }
            let gap = if index > 0 { " and " } else { "" };
            match oid::purpose_name(purpose) {
                Some(name) => write!(f, "{gap}{name}")?,
                None => write!(f, "{gap}{}", Dotted(purpose))?,
            }
        }
        Ok(())
    }
}
