//! Verdicts in the form of receipts.

use rootcast_host::clock::rfc3339;
use rootcast_pki::finding::{Finding, Findings};
use rootcast_pki::report::ReportedFinding;

use super::authority::{Root, switched_off_texts};
use crate::publication::{Receipt, ReceiptKind, RuleReceipt};

/// A receipt to be filled. It names what configuration switches off for these roots.
#[must_use]
pub fn receipt(what: ReceiptKind, roots: &[Root], now: i64) -> Receipt {
    Receipt {
        version: 1,
        generation: 0,
        time: rfc3339(now),
        what,
        by_program: concat!("rootcast-online ", env!("CARGO_PKG_VERSION")).to_owned(),
        previous: String::new(),
        record_sha256: None,
        object: None,
        links: Vec::new(),
        manifest: None,
        switched_off: switched_off_texts(roots, now),
        policies: Vec::new(),
        items: Vec::new(),
        alarms: Vec::new(),
        decision: None,
    }
}

/// Findings for a report. A finding that a person decided about is marked.
pub(super) fn reported(findings: &Findings) -> Vec<ReportedFinding> {
    let report = |finding: &Finding| {
        let mut reported = ReportedFinding::from(finding);
        if finding.decided {
            reported.text.push_str(" (decided)");
        }
        reported
    };
    findings.iter().map(report).collect()
}

/// Findings as they are kept.
#[must_use]
pub(crate) fn rule_receipts(findings: &Findings) -> Vec<RuleReceipt> {
    reported(findings).iter().map(RuleReceipt::from).collect()
}
