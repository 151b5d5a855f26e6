//! Rules that configuration switches off: which may be, and what is still said.

use rootcast_pki::disabled_rules::{OffUntil, SwitchedOff};
use rootcast_pki::finding::Severity;
use rootcast_pki::profile::{Policy, Profile};
use rootcast_pki::rule::{Rule, RuleSet};

use crate::certificate_cases;
use crate::crl_trial::{THIS_UPDATE, changed_under};
use crate::throwaway_ca::{DAY, RawTime};
use crate::trial::{NOW, Ruling};

fn off(rules: &[Rule]) -> Policy {
    let switched_off = SwitchedOff::new(rules.iter().copied().collect()).expect("rules of taste");
    Policy { profile: Profile::Webpki, switched_off, ..Policy::default() }
}

/// A CRL that lives too long and revokes from after its own thisUpdate.
fn crl_under(policy: &Policy) -> Ruling {
    changed_under(policy, |draft| {
        draft.next_update = Some(RawTime::At(THIS_UPDATE + 400 * DAY));
        draft.entries[1].date = RawTime::At(THIS_UPDATE + 1);
    })
}

#[test]
fn a_switched_off_rule_only_warns_and_says_so() {
    assert_eq!(crl_under(&off(&[])).outcome, "rejected");
    assert_eq!(crl_under(&off(&[Rule::CrlValidity])).outcome, "rejected");
    let ruling = crl_under(&off(&[Rule::CrlValidity, Rule::CrlRevocationDate]));
    assert_eq!((ruling.outcome, ruling.findings.len()), ("accepted", 2), "{}", ruling.findings);
    for finding in &ruling.findings {
        assert_eq!(finding.severity, Severity::Warn);
        assert!(finding.text.ends_with(" (switched off here)"), "{finding}");
    }
    let without_purposes =
        |policy: &Policy| certificate_cases::changed_under(policy, |draft| draft.remove_extension(&[2, 5, 29, 37]));
    assert_eq!(without_purposes(&off(&[])).outcome, "rejected");
    let ruling = without_purposes(&off(&[Rule::CertEku]));
    assert_eq!(ruling.outcome, "accepted");
    assert!(ruling.findings.to_string().contains("CERT-EKU [warn]: extKeyUsage is absent (switched off here)"));
}

/// The clock of the judgement decides, and not that of the item.
#[test]
fn a_rule_is_on_again_from_its_date() {
    for (date, expected) in [(NOW.plus_seconds(1), "accepted"), (NOW, "rejected")] {
        let off = SwitchedOff::NONE.with(Rule::CrlValidity, OffUntil::Date(date)).unwrap();
        let off = off.with(Rule::CrlRevocationDate, OffUntil::Never).unwrap();
        let ruling = crl_under(&Policy { switched_off: off, ..off_nothing() });
        assert_eq!(ruling.outcome, expected, "until {date}: {}", ruling.findings);
    }
}

fn off_nothing() -> Policy {
    off(&[])
}

#[test]
fn no_rule_that_must_stay_can_be_in_the_set() {
    let mut may = 0;
    for rule in Rule::ALL {
        let set = SwitchedOff::new(RuleSet::NONE.with(*rule));
        assert_eq!(set.is_ok(), rule.may_be_switched_off(), "{rule}");
        match set {
            Ok(set) => {
                may += 1;
                assert!(set.contains(*rule, NOW) && !set.is_empty() && set.iter().eq([(*rule, OffUntil::Never)]));
            }
            Err(stays) => assert_eq!(stays, *rule),
        }
    }
    assert_eq!(may, 15);
    let mixed = RuleSet::NONE.with(Rule::CertCdp).with(Rule::CrlSignature);
    assert_eq!(SwitchedOff::new(mixed), Err(Rule::CrlSignature));
}

/// Whatever decides whose an item is, that it is whole, and what it continues.
#[test]
fn the_rules_that_protect_can_never_be_switched_off() {
    let protecting = [
        Rule::ObjDigest,
        Rule::ItemIssuerUnknown,
        Rule::StateLost,
        Rule::ClockBack,
        Rule::CrlDer,
        Rule::CrlAlgorithm,
        Rule::CrlAlgorithmMatch,
        Rule::CrlIssuer,
        Rule::CrlIssuerStatus,
        Rule::CrlAki,
        Rule::CrlSignature,
        Rule::CrlFuture,
        Rule::CrlExpired,
        Rule::CrlNumberLower,
        Rule::CrlEquivocation,
        Rule::CrlThisUpdateBack,
        Rule::CrlEntryVanished,
        Rule::CrlEntryChanged,
        Rule::CrlPartial,
        Rule::CrlIdp,
        Rule::CrlReason,
        Rule::CertDer,
        Rule::CertAlgorithm,
        Rule::CertIssuer,
        Rule::CertSignature,
        Rule::CertAki,
        Rule::CertAnchor,
        Rule::CertNotCa,
        Rule::CertRevoked,
        Rule::CertSerial,
        Rule::CertBasicConstraints,
        Rule::CertKey,
        Rule::CertSki,
        Rule::CertContinuity,
    ];
    for rule in protecting {
        assert!(!rule.may_be_switched_off(), "{rule}");
    }
}
