//! The status of one serial number on a CRL in use.

use super::inspected::InspectedCrl;
use crate::finding::{Findings, Severity};
use crate::rule::Rule;
use crate::serial::SerialNumber;
use crate::time::Timestamp;

/// CRLReason removeFromCRL (RFC 5280 §5.3.1).
const REMOVE_FROM_CRL: u8 = 8;

/// When a CRL in use revoked a serial number, if it did. An unreadable CRL is STATE-LOST.
pub(crate) fn revocation(crl: &[u8], serial: &SerialNumber, findings: &mut Findings) -> Option<Timestamp> {
    let Some(crl) = InspectedCrl::reread(crl) else {
        let text = format!("the previous CRL ({} bytes) can no longer be read", crl.len());
        findings.add(Rule::StateLost, Severity::Reject, text);
        return None;
    };
    // A CRL that is only compared with may lift a hold: such an entry revokes nothing.
    let entry = crl.find(serial.as_bytes())?.entry().filter(|entry| entry.reason != Some(REMOVE_FROM_CRL))?;
    Some(entry.revocation_date)
}
