//! The status of one serial number on a CRL in use.

use super::inspected::InspectedCrl;
use crate::finding::{Findings, Severity};
use crate::rule::Rule;
use crate::serial::SerialNumber;
use crate::time::Timestamp;

/// When a CRL in use revoked a serial number, if it did. An unreadable CRL is STATE-LOST.
pub(crate) fn revocation(crl: &[u8], serial: &SerialNumber, findings: &mut Findings) -> Option<Timestamp> {
    let Some(crl) = InspectedCrl::reread(crl) else {
        let text = format!("the previous CRL ({} bytes) can no longer be read", crl.len());
        findings.add(Rule::StateLost, Severity::Reject, text);
        return None;
    };
    crl.find(serial.as_bytes())?.entry().map(|entry| entry.revocation_date)
}
