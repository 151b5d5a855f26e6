//! Cross certificates of publicly trusted CAs (BR 7.1.2.2): which they are, and what holds for them since when.

use rootcast_pki::finding::{Finding, Severity};
use rootcast_pki::history::{CertificateHistory, KnownKey};
use rootcast_pki::rule::{Demand, Rule};
use rootcast_pki::time::Timestamp;

use crate::throwaway_ca::{CertificateDraft, DAY, DEFAULT_NOW, ExtensionDraft, RawTime, ThrowAwayCa, name};
use crate::trial::{Case, NOW, Ruling, case, issuer, strict, try_certificate};

const SERVER_AUTH: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 1];
const CODE_SIGNING: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 3];
const OCSP_SIGNING: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 9];
const EMAIL: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 4];
const ANY_PURPOSE: &[u64] = &[2, 5, 29, 37, 0];
const EKU: &[u64] = &[2, 5, 29, 37];
const ANY_POLICY: &[u64] = &[2, 5, 29, 32, 0];
const DOMAIN_VALIDATED: &[u64] = &[2, 23, 140, 1, 2, 1];
const ORGANISATION_VALIDATED: &[u64] = &[2, 23, 140, 1, 2, 2];
const OTHER: &[u64] = &[1, 3, 6, 1, 4, 1, 99_999, 1];

/// What a trial of a cross certificate needs.
#[derive(Clone, Copy)]
struct Cross {
    /// The issuer of the certificate by which the CA is known, and its key identifier.
    by: (&'static str, Option<&'static [u8]>),
    /// When that certificate begins.
    known_since: i64,
    /// When the cross certificate begins.
    begins: i64,
    /// Whether the CA is named as affiliated.
    is_affiliated: bool,
    /// Whether a ceremony makes it.
    issued_now: bool,
}

const BY_ANOTHER: Cross = Cross {
    by: ("Another Root", None),
    known_since: DEFAULT_NOW - 900 * DAY,
    begins: DEFAULT_NOW - DAY,
    is_affiliated: false,
    issued_now: false,
};

const AFFILIATED: Cross = Cross { is_affiliated: true, ..BY_ANOTHER };

/// A good intermediate with one reserved policy, for a CA that is known here.
fn cross(what: &Cross, change: impl FnOnce(&mut CertificateDraft)) -> Ruling {
    let ca = ThrowAwayCa::new("Root");
    let mut draft = ca.intermediate("Sub");
    draft.not_before = RawTime::At(what.begins);
    draft.not_after = RawTime::At(what.begins + 2900 * DAY);
    draft.set_extension(ExtensionDraft::policies(&[DOMAIN_VALIDATED]));
    change(&mut draft);
    let (by, issuer_key_id) = &what.by;
    let known = [KnownKey {
        subject: draft.subject.clone(),
        spki: draft.spki.clone(),
        key_id: draft.extensions[2].value[2..].to_vec(),
        certified: None,
        ended: None,
        issuer: name(by),
        issuer_key_id: issuer_key_id.map(<[u8]>::to_vec),
        not_before: Timestamp(what.known_since),
    }];
    let key_id: String = known[0].key_id.iter().map(|byte| format!("{byte:02x}")).collect();
    let affiliated: Vec<String> = what.is_affiliated.then_some(key_id).into_iter().collect();
    let history = CertificateHistory {
        known_keys: &known,
        affiliated: &affiliated,
        issued_now: what.issued_now,
        ..CertificateHistory::default()
    };
    try_certificate(&draft.sign(), &issuer(&ca), &history, &strict())
}

fn purposes(what: &Cross, list: &[&[u64]]) -> Ruling {
    cross(what, |draft| draft.set_extension(ExtensionDraft::key_purposes(list)))
}

fn policies(what: &Cross, list: &[&[u64]]) -> Ruling {
    cross(what, |draft| draft.set_extension(ExtensionDraft::policies(list)))
}

/// A cross certificate for a CA that is not for TLS.
fn not_for_tls(policies: &[&[u64]]) -> Ruling {
    cross(&BY_ANOTHER, |draft| {
        draft.set_extension(ExtensionDraft::key_purposes(&[EMAIL]));
        draft.set_extension(ExtensionDraft::policies(policies));
    })
}

pub(crate) const CASES: &[Case] = &[
    case!(CertEku Reject "anyExtendedKeyUsage in a cross certificate" purposes(&BY_ANOTHER, &[ANY_PURPOSE])),
    case!(CertEku Warn "a cross certificate that is not for TLS" not_for_tls(&[OTHER])),
    case!(CertPolicies Reject "a cross certificate without a reserved policy" policies(&BY_ANOTHER, &[OTHER])),
    case!(CertPolicies Warn "anyPolicy in a cross certificate" policies(&BY_ANOTHER, &[ANY_POLICY])),
];

/// That of this rule, which has to be the only one.
fn only(ruling: &Ruling, rule: Rule) -> &Finding {
    let found: Vec<_> = ruling.findings.iter().collect();
    assert!(matches!(found[..], [one] if one.rule == rule), "{}", ruling.findings);
    found[0]
}

#[test]
fn a_cross_certificate_for_tls_is_nothing_to_remark() {
    for what in [&BY_ANOTHER, &AFFILIATED] {
        let ruling = cross(what, |_| {});
        assert_eq!((ruling.outcome, ruling.findings.len()), ("accepted", 0), "{}", ruling.findings);
    }
}

#[test]
fn any_purpose_is_for_an_affiliated_ca_and_stands_alone() {
    let ruling = purposes(&BY_ANOTHER, &[ANY_PURPOSE]);
    let finding = only(&ruling, Rule::CertEku);
    assert!(finding.severity == Severity::Reject && finding.remedy().contains("trust --affiliated KEY"), "{finding}");
    assert!(purposes(&AFFILIATED, &[ANY_PURPOSE]).findings.is_empty());
    let ruling = purposes(&AFFILIATED, &[ANY_PURPOSE, SERVER_AUTH]);
    assert!(only(&ruling, Rule::CertEku).text.contains("beside other purposes"), "{}", ruling.findings);
    assert_eq!(ruling.outcome, "rejected");
}

#[test]
fn a_cross_certificate_without_purposes_is_refused_unless_the_ca_is_affiliated() {
    let without = |what: &Cross| cross(what, |draft| draft.remove_extension(EKU));
    assert_eq!(only(&without(&BY_ANOTHER), Rule::CertEku).severity, Severity::Reject);
    assert_eq!(only(&without(&AFFILIATED), Rule::CertEku).severity, Severity::Warn);
}

#[test]
fn a_cross_certificate_for_tls_has_nothing_that_is_forbidden_and_others_are_warned_of() {
    assert_eq!(purposes(&BY_ANOTHER, &[SERVER_AUTH, CODE_SIGNING]).outcome, "rejected");
    for allowed in [OCSP_SIGNING, OTHER] {
        let ruling = purposes(&BY_ANOTHER, &[SERVER_AUTH, allowed]);
        assert_eq!(only(&ruling, Rule::CertEku).severity, Severity::Warn);
    }
    // BR 7.1.2.2.5 has a second table, for a CA that is not for TLS.
    let ruling = not_for_tls(&[OTHER]);
    assert!(only(&ruling, Rule::CertEku).text.contains("not for TLS") && ruling.outcome == "accepted");
    let ruling = not_for_tls(&[DOMAIN_VALIDATED]);
    assert!(ruling.findings.has(Rule::CertPolicies) && ruling.outcome == "rejected", "{}", ruling.findings);
}

#[test]
fn several_reserved_policies_are_for_cross_certificates() {
    let both: &[&[u64]] = &[DOMAIN_VALIDATED, ORGANISATION_VALIDATED];
    assert!(policies(&BY_ANOTHER, both).findings.is_empty());
    assert_eq!(policies(&BY_ANOTHER, &[OTHER]).outcome, "rejected");
    assert_eq!(policies(&BY_ANOTHER, &[ANY_POLICY, DOMAIN_VALIDATED]).outcome, "rejected");
    assert!(policies(&AFFILIATED, &[ANY_POLICY]).findings.is_empty());
    assert_eq!(only(&policies(&BY_ANOTHER, &[ANY_POLICY]), Rule::CertPolicies).severity, Severity::Warn);
    let between = Cross { begins: Demand::PoliciesOfCross.since().0 - 1, known_since: 0, ..BY_ANOTHER };
    assert_eq!(policies(&between, both).outcome, "rejected", "exactly one was required then");
}

#[test]
fn a_renewal_by_the_same_issuer_is_no_cross_certificate() {
    let both: &[&[u64]] = &[DOMAIN_VALIDATED, ORGANISATION_VALIDATED];
    let by_root = Cross { by: ("Root", None), is_affiliated: true, ..BY_ANOTHER };
    assert_eq!(policies(&by_root, both).outcome, "rejected");
    assert_eq!(purposes(&by_root, &[ANY_PURPOSE]).outcome, "rejected");
    // A root that has another key under its name is another issuer.
    let by_its_old_key = Cross { by: ("Root", Some(&[7; 20])), ..BY_ANOTHER };
    assert!(policies(&by_its_old_key, both).findings.is_empty());
}

/// The date is the certificate's, and where that says nothing, the clock.
#[test]
fn what_was_issued_before_a_demand_is_warned_of() {
    let without = |what: &Cross| {
        let ruling = cross(what, |draft| draft.remove_extension(EKU));
        only(&ruling, Rule::CertEku).clone()
    };
    let since = Demand::EkuOfCross.since().0;
    let old = Cross { begins: since - 1, known_since: since - 999 * DAY, ..BY_ANOTHER };
    let finding = without(&old);
    assert_eq!(finding.severity, Severity::Warn);
    assert!(finding.text.contains("issued before 2023-09-15") && finding.remedy().contains("right when"), "{finding}");
    for of_today in [
        Cross { begins: since, ..old },
        // It begins when the CA does: it may have been issued today.
        Cross { known_since: since - 1, ..old },
        Cross { issued_now: true, ..old },
    ] {
        assert_eq!(without(&of_today).severity, Severity::Reject);
    }
}

#[test]
fn an_old_subordinate_ca_is_judged_by_the_requirements_of_its_time() {
    let subordinate = |begins: i64, change: fn(&mut CertificateDraft)| {
        cross(&Cross { by: ("Root", None), begins, ..BY_ANOTHER }, change)
    };
    let without = |draft: &mut CertificateDraft| draft.remove_extension(EKU);
    let two = |draft: &mut CertificateDraft| {
        draft.set_extension(ExtensionDraft::policies(&[DOMAIN_VALIDATED, ORGANISATION_VALIDATED]));
    };
    let purposes = Demand::EkuOfSubordinate.since().0;
    assert_eq!(subordinate(purposes - 1, without).outcome, "accepted");
    assert_eq!(subordinate(purposes, without).outcome, "rejected");
    let policies = Demand::OneReservedPolicy.since().0;
    assert_eq!(subordinate(policies - 1, two).outcome, "accepted");
    assert_eq!(subordinate(policies, two).outcome, "rejected");
    assert!(NOW.0 > policies);
}
