//! Does a CRL continue what was accepted before? It compares numbers, dates and entries. Entries are compared in one
//! walk over both CRLs while they have the same order, and after that through an index of the new CRL.

use std::collections::BTreeMap;

use crate::crl::{Entry, InspectedCrl};
use crate::finding::{Findings, Severity};
use crate::history::{CrlHistory, IssuedCertificate};
use crate::lookup::{Seen, find_each};
use crate::new_entries;
use crate::profile::Policy;
use crate::rule::{Cause, Rule};
use crate::second_signature;
use crate::serial::Hex;
use crate::time::Timestamp;

/// The name of the extension in RFC 5280.
const NUMBER: &str = "cRLNumber";

/// CRLReason keyCompromise (RFC 5280 §5.3.1).
const KEY_COMPROMISE: u8 = 1;

pub(crate) fn check(
    crl: &InspectedCrl<'_>,
    previous: Option<&InspectedCrl<'_>>,
    history: &CrlHistory<'_>,
    policy: &Policy,
    findings: &mut Findings,
) {
    check_first(previous, history, policy, findings);
    let follows = check_number(crl, previous, history, policy, findings);
    if let Some(previous) = previous {
        check_dates(crl, previous, findings);
        check_distribution_point(crl, previous, findings);
    }
    // An older CRL naturally lacks newer entries: its number says it all.
    if !follows {
        return;
    }
    let seen = previous.map(|previous| check_entries(crl, previous, history.issued, findings));
    new_entries::check(crl, seen.as_ref(), history.issued, policy, findings);
}

/// CRL-EQUIVOCATION beside a CRL that is held. It holds nothing by itself: a CRL that passes every other rule takes effect,
/// and the held one is then rejected. Where both are held it is an alarm, and what people decide about covers it.
pub(crate) fn check_held(crl: &InspectedCrl<'_>, history: &CrlHistory<'_>, findings: &mut Findings) {
    if history.held.is_empty() {
        return;
    }
    let signed = crl.tbs_sha256();
    let copies = history.held.iter().filter(|held| held.tbs_sha256 == signed);
    let copies = copies.map(|held| (&held.sha256, &*held.signature));
    second_signature::note_among(copies, (&crl.sha256(), crl.der()), findings);
    let Some(number) = crl.number() else { return };
    let other = history.held.iter().find(|held| held.number == Some(number) && held.tbs_sha256 != signed);
    let Some(other) = other else { return };
    let has = |severity| findings.iter().any(|finding| finding.severity == severity);
    let severity = if has(Severity::Hold) && !has(Severity::Reject) { Severity::Hold } else { Severity::Warn };
    // What is held is named by its content: another file of the same content is held for the same.
    let text = format!(
        "another CRL held here also has the number {number}, with other content (SHA-256 of what is signed {}; of this \
         one {})",
        Hex(&other.tbs_sha256),
        Hex(&signed)
    );
    findings.add(Rule::CrlEquivocation, severity, text).at_if(NUMBER, crl.number_offset());
}

/// CRL-FIRST
fn check_first(
    previous: Option<&InspectedCrl<'_>>,
    history: &CrlHistory<'_>,
    policy: &Policy,
    findings: &mut Findings,
) {
    if previous.is_none() && history.floor.is_none() && !history.first_contact_allowed {
        let severity = policy.profile.pick(Severity::Hold, Severity::Warn);
        let text = "the first CRL of this issuer, so there is none to compare it with: compare its words at both ends";
        findings.add(Rule::CrlFirst, severity, text);
    }
}

/// CRL-NUMBER-LOWER, CRL-EQUIVOCATION and CRL-NUMBER-JUMP; gives whether the number is not below the accepted one
fn check_number(
    crl: &InspectedCrl<'_>,
    previous: Option<&InspectedCrl<'_>>,
    history: &CrlHistory<'_>,
    policy: &Policy,
    findings: &mut Findings,
) -> bool {
    let Some(number) = crl.number() else {
        return false;
    };
    let at = crl.number_offset();
    let accepted = previous.and_then(InspectedCrl::number);
    if accepted == Some(number) {
        let text = format!(
            "number {number} is also the previous CRL's, but the bytes differ (SHA-256 {}; the previous CRL has {})",
            Hex(&crl.sha256()),
            previous.map(|previous| Hex(&previous.sha256()).to_string()).unwrap_or_default()
        );
        findings.add(Rule::CrlEquivocation, Severity::Reject, text).at_if(NUMBER, at);
        return true;
    }
    if let Some(accepted) = accepted
        && number < accepted
    {
        let text = format!("number {number} is lower than {accepted}, the number of the previous CRL");
        findings.add(Rule::CrlNumberLower, Severity::Reject, text).at_if(NUMBER, at);
        return false;
    }
    if let Some(floor) = history.floor
        && number <= floor
    {
        let text = format!("number {number} is not higher than the floor {floor}");
        let finding = findings.add(Rule::CrlNumberLower, Severity::Reject, text);
        finding.because(Cause::FloorNotPassed).at_if(NUMBER, at);
        return false;
    }
    if let Some(base) = accepted.max(history.floor) {
        let step = number.distance_above(&base);
        if step > policy.number_jump_max {
            let most = policy.number_jump_max;
            let step = number.distance_in_words(&base);
            let text = format!("number {number} is {step} above {base}; a step above {most} needs a decision");
            findings.add(Rule::CrlNumberJump, Severity::Hold, text).at_if(NUMBER, at);
        }
    }
    true
}

/// CRL-THISUPDATE-BACK, CRL-NEXTUPDATE-BACK and the half of CRL-SHORT-LIFE that asks for a later end
fn check_dates(crl: &InspectedCrl<'_>, previous: &InspectedCrl<'_>, findings: &mut Findings) {
    let (this, before) = (crl.this_update(), previous.this_update());
    if this < before {
        let text = format!("thisUpdate {this} is earlier than the previous CRL's {before}");
        findings.add(Rule::CrlThisUpdateBack, Severity::Reject, text).at("thisUpdate", crl.this_update_offset());
    } else if this == before {
        let text = format!("thisUpdate {this} is equal to the previous CRL's");
        let finding = findings.add(Rule::CrlThisUpdateBack, Severity::Hold, text);
        finding.because(Cause::ThisUpdateEqual).at("thisUpdate", crl.this_update_offset());
    }
    let (Some(next), Some(published)) = (crl.next_update(), previous.next_update()) else {
        return;
    };
    let at = crl.next_update_offset();
    if next < published {
        let text = format!("nextUpdate {next} is earlier than the previous CRL's {published}");
        findings.add(Rule::CrlNextUpdateBack, Severity::Warn, text).at_if("nextUpdate", at);
    } else if next == published {
        let text = format!("expires {next}, no later than the previous CRL");
        findings.add(Rule::CrlShortLife, Severity::Warn, text).at_if("nextUpdate", at);
    }
}

/// CRL-IDP: the same as before
fn check_distribution_point(crl: &InspectedCrl<'_>, previous: &InspectedCrl<'_>, findings: &mut Findings) {
    if crl.distribution_point_bytes() != previous.distribution_point_bytes() {
        let shown = |bytes: Option<&[u8]>| bytes.map_or_else(|| "none".to_owned(), |bytes| Hex(bytes).to_string());
        let (now, before) = (shown(crl.distribution_point_bytes()), shown(previous.distribution_point_bytes()));
        let text = format!("issuingDistributionPoint ({now}) differs from the previous CRL's ({before})");
        findings
            .add(Rule::CrlIdp, Severity::Hold, text)
            .because(Cause::IdpChanged)
            .at_place(crl.distribution_point_place());
    }
}

/// CRL-ENTRY-VANISHED and CRL-ENTRY-CHANGED; gives which entries the CRL before had as well.
fn check_entries(
    crl: &InspectedCrl<'_>,
    previous: &InspectedCrl<'_>,
    issued: &[IssuedCertificate],
    findings: &mut Findings,
) -> Seen {
    let mut seen = Seen::new(crl.der().len());
    let mut expiry: Option<BTreeMap<&[u8], Timestamp>> = None;
    find_each(previous.places(), crl, |old, new| {
        if let Some(new) = new {
            seen.mark(new.offset);
            if old.raw != new.raw
                && let (Some(old), Some(new)) = (old.entry(), new.entry())
            {
                check_changed(&old, &new, findings);
            }
            return;
        }
        let expiry = expiry.get_or_insert_with(|| {
            issued.iter().map(|certificate| (certificate.serial.as_bytes(), certificate.not_after)).collect()
        });
        // A CRL that is published has no such entry. One that `trust` was given only as a floor may.
        if previous.refuses(&old) {
            let text = "an entry of the previous CRL that itself breaks a rule is missing";
            findings
                .add_at(Rule::CrlEntryVanished, Severity::Hold, text, || Hex(old.serial).to_string())
                .because(Cause::VanishedRejected);
            return;
        }
        check_vanished(old.serial, expiry.get(old.serial).copied(), previous.this_update(), findings);
    });
    seen
}

/// CRL-ENTRY-VANISHED: expired before the previous CRL was issued is the one good reason to leave.
fn check_vanished(serial: &[u8], not_after: Option<Timestamp>, before: Timestamp, findings: &mut Findings) {
    let rule = Rule::CrlEntryVanished;
    match not_after {
        Some(not_after) if not_after < before => {}
        Some(not_after) => {
            let text = "an entry of the previous CRL is missing, although its certificate had not expired then";
            findings.add_at(rule, Severity::Reject, text, || format!("{} (until {not_after})", Hex(serial)));
        }
        None => {
            let text = "an entry of the previous CRL is missing, and it is not known here when its certificate expires";
            findings.add_at(rule, Severity::Hold, text, || Hex(serial).to_string()).because(Cause::VanishedUnknown);
        }
    }
}

/// CRL-ENTRY-CHANGED
fn check_changed(old: &Entry<'_>, new: &Entry<'_>, findings: &mut Findings) {
    let now_compromised = new.reason == Some(KEY_COMPROMISE) && old.reason != Some(KEY_COMPROMISE);
    if now_compromised || (old.reason == new.reason && old.revocation_date == new.revocation_date) {
        return;
    }
    let text = "an entry's date or reason changed";
    let finding = findings.add_at(Rule::CrlEntryChanged, Severity::Hold, text, || {
        let reason =
            |reason: Option<u8>| reason.map_or_else(|| "no reason".to_owned(), |code| format!("reason {code}"));
        format!(
            "{} ({}, {} to {}, {})",
            Hex(old.serial),
            old.revocation_date,
            reason(old.reason),
            new.revocation_date,
            reason(new.reason)
        )
    });
    finding.at("revokedCertificates", new.offset);
}
