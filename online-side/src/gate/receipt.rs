//! Verdicts as receipts keep them.

use rootcast_host::clock::rfc3339;
use rootcast_pki::finding::Findings;
use rootcast_pki::report::ReportedFinding;

use super::authority::{Root, switched_off_texts};
use crate::publication::{Receipt, RuleReceipt};

/// A receipt to be filled. It names what configuration switches off for these roots.
#[must_use]
pub fn receipt(what: &str, roots: &[Root], now: i64) -> Receipt {
    Receipt {
        version: 1,
        generation: 0,
        time: rfc3339(now),
        what: what.to_owned(),
        by_program: concat!("rootcast-online ", env!("CARGO_PKG_VERSION")).to_owned(),
        previous: String::new(),
        object: None,
        links: Vec::new(),
        manifest: None,
        switched_off: switched_off_texts(roots),
        items: Vec::new(),
        decision: None,
    }
}

/// Findings as they are kept and told.
#[must_use]
pub(crate) fn rule_receipts(findings: &Findings) -> Vec<RuleReceipt> {
    findings
        .iter()
        .map(|finding| {
            let told = ReportedFinding::of(finding);
            let (field, offset) = told.location.unzip();
            let decided = if finding.decided { " (decided)" } else { "" };
            RuleReceipt {
                rule: told.rule,
                severity: told.severity,
                text: format!("{}{decided}", told.text),
                reference: told.reference,
                count: told.count,
                field,
                offset,
            }
        })
        .collect()
}
