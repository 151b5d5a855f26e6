//! What became of an id that is no longer listed: the receipt of the decision about it.

use rootcast_host::text::printable;

use crate::publication::{ItemReceipt, Receipt, ReceiptKind, Snapshot};

/// Who decided about the item that was held under an id that begins with these digits, in a sentence.
pub(super) fn about_item(snapshot: &Snapshot, digits: &str) -> Option<String> {
    let digits = digits.to_lowercase();
    let is_it = |item: &ItemReceipt| {
        let signed = item.tbs_sha256.as_ref().is_some_and(|signed| signed.starts_with(&digits));
        signed || item.sha256.starts_with(&digits)
    };
    let is_of = |receipt: &Receipt| {
        let is_decision = matches!(receipt.what, ReceiptKind::Decision | ReceiptKind::Discard);
        is_decision && receipt.items.iter().any(is_it)
    };
    newest(snapshot, "decided already", is_of)
}

/// Who acknowledged the alarm whose id begins with these digits, in a sentence.
pub(super) fn about_alarm(snapshot: &Snapshot, digits: &str) -> Option<String> {
    let digits = digits.to_lowercase();
    let is_of = |receipt: &Receipt| {
        let is_acknowledged = receipt.what == ReceiptKind::AlarmAcknowledged;
        is_acknowledged && receipt.alarms.iter().any(|alarm| alarm.id.starts_with(&digits))
    };
    newest(snapshot, "acknowledged", is_of)
}

/// The newest receipt of these, in a sentence: what was `done`, and by whom.
fn newest(snapshot: &Snapshot, done: &str, is_of: impl Fn(&Receipt) -> bool) -> Option<String> {
    let mut found = None;
    // Where the chain is broken, another command says so.
    let _ = snapshot.walk_receipts(|_, receipt| {
        if is_of(&receipt) {
            found = Some(receipt);
        }
        found.is_none()
    });
    let receipt = found?;
    let by = receipt.decision.as_ref().map_or(String::new(), |decision| format!(" by {}", printable(&decision.by)));
    let (what, number, time) = (receipt.what.name(), receipt.generation, printable(&receipt.time));
    Some(format!("It was {done}{by} at {time}: receipt {number} ({what})."))
}
