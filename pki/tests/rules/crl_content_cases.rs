//! CRLs that break one rule each by what they say themselves, their entries aside.

use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;
use rootcast_pki::time::Timestamp;

use crate::crl_trial::{THIS_UPDATE, UNKNOWN, changed, changed_under, entry, with_entries};
use crate::throwaway_ca::der_writer::{generalized_time, integer, oid, sequence, tlv};
use crate::throwaway_ca::{CrlDraft, DAY, DEFAULT_NOW, ExtensionDraft, KeyKind, RawTime, Scheme, ThrowAwayCa, name};
use crate::trial::{Case, Ruling, case, issuer, known, strict, try_crl};

/// freshestCRL: cRLDistributionPoints under another identifier.
fn freshest() -> ExtensionDraft {
    let points = ExtensionDraft::crl_distribution_points(&["http://crl.example/delta.crl"]);
    ExtensionDraft { oid: vec![2, 5, 29, 46], ..points }
}

/// A CRL whose issuingDistributionPoint sets one of its BOOLEANs, or its reasons.
fn scoped(tag: u8, value: &[u8]) -> Ruling {
    let field = tlv(tag, value);
    changed(|draft| draft.set_extension(ExtensionDraft::issuing_distribution_point(&[field])))
}

/// A CRL that is valid for this many seconds, the last one not counted.
fn valid_for(policy: &Policy, seconds: i64) -> Ruling {
    changed_under(policy, |draft| draft.next_update = Some(RawTime::At(THIS_UPDATE + seconds)))
}

/// A CRL with an extension that is not critical, or with one in an entry.
fn extended(policy: &Policy, oid: &[u64], value: Vec<u8>) -> Ruling {
    changed_under(policy, |draft| draft.extensions.push(ExtensionDraft::new(oid, false, value)))
}

fn entry_extended(policy: &Policy, oid: &[u64], value: Vec<u8>) -> Ruling {
    changed_under(policy, |draft| draft.entries[1].extensions.push(ExtensionDraft::new(oid, false, value)))
}

/// A name of one common name, its string of this type.
fn common_name(tag: u8, value: &[u8]) -> Vec<u8> {
    sequence(&[tlv(0x31, &sequence(&[oid(&[2, 5, 4, 3]), tlv(tag, value)]))])
}

/// A good CRL of a root of such a name.
fn by_issuer_named(tag: u8, value: &[u8]) -> Ruling {
    let ca = ThrowAwayCa::new("Root");
    let (mut root, mut draft) = (ca.root_draft(), with_entries(&ca, 7));
    root.subject = common_name(tag, value);
    draft.issuer = root.subject.clone();
    let issuer = Issuer::from_certificate(&root.sign(), &Policy::default()).expect("still a root");
    try_crl(&draft.sign(), &issuer, &known(), &Policy::default())
}

/// The next CRL publish of AD CS.
const AD_CS_NEXT_PUBLISH: &[u64] = &[1, 3, 6, 1, 4, 1, 311, 21, 4];

pub(crate) const CASES: &[Case] = &[
    case!(CrlDer Reject "a byte after the list" {
        let ca = ThrowAwayCa::new("Root");
        let der = [with_entries(&ca, 7).sign(), vec![0]].concat();
        try_crl(&der, &issuer(&ca), &known(), &Policy::default())
    }),
    case!(CrlDer Reject "cut short" {
        let ca = ThrowAwayCa::new("Root");
        let mut der = with_entries(&ca, 7).sign();
        der.pop();
        try_crl(&der, &issuer(&ca), &known(), &Policy::default())
    }),
    case!(CrlDer Reject "critical FALSE written out" changed(|draft| draft.extensions[1].writes_default = true)),
    case!(CrlDer Reject "an integer not in its shortest form" entry(|entry| entry.serial = vec![0, 0x12, 0x34])),
    case!(CrlDer Reject "an empty issuingDistributionPoint" changed(|draft| {
        draft.set_extension(ExtensionDraft::issuing_distribution_point(&[]));
    })),
    case!(CrlDer Reject "an issuer's UTF8String that is not UTF-8" by_issuer_named(0x0c, b"Root\xff")),
    case!(CrlDer Warn "an issuer's PrintableString with an at sign" by_issuer_named(0x13, b"Root@")),
    case!(CrlVersion Reject "v1" changed(|draft| draft.version = None)),
    case!(CrlVersion Reject "v3" changed(|draft| draft.version = Some(2))),
    case!(CrlAlgorithmMatch Reject "another outer algorithm" changed(|draft| {
        draft.outer_algorithm = sequence(&[oid(&[1, 2, 840, 10045, 4, 3, 3])]);
    })),
    case!(CrlAlgorithm Reject "MD5" changed(|draft| {
        draft.inner_algorithm = sequence(&[oid(&[1, 2, 840, 113_549, 1, 1, 4]), tlv(5, &[])]);
        draft.outer_algorithm = draft.inner_algorithm.clone();
    })),
    case!(CrlAlgorithm Reject "SHA-224" changed(|draft| {
        draft.inner_algorithm = sequence(&[oid(&[1, 2, 840, 10045, 4, 3, 1])]);
        draft.outer_algorithm = draft.inner_algorithm.clone();
    })),
    case!(CrlAlgorithm Reject "a hash that does not match the curve, webpki" changed_under(&strict(), |draft| {
        draft.use_scheme(Scheme::EcdsaSha384);
    })),
    case!(CrlAlgorithm Warn "RSA PKCS#1 without its NULL" {
        let ca = ThrowAwayCa::with("Root", KeyKind::Rsa2048, DEFAULT_NOW);
        let mut draft = ca.crl(7);
        draft.use_scheme(Scheme::RsaSha256WithoutNull);
        try_crl(&draft.sign(), &issuer(&ca), &known(), &Policy::default())
    }),
    case!(CrlAlgorithm Reject "parameters where none belong" changed(|draft| {
        draft.inner_algorithm = sequence(&[oid(&[1, 2, 840, 10045, 4, 3, 2]), tlv(5, &[])]);
        draft.outer_algorithm = draft.inner_algorithm.clone();
    })),
    case!(CrlTimeEncoding Reject "a GeneralizedTime before 2050" changed(|draft| {
        draft.next_update = Some(RawTime::Raw(generalized_time(DEFAULT_NOW + DAY)));
    })),
    case!(CrlTimeEncoding Reject "no seconds" changed(|draft| {
        draft.this_update = RawTime::Raw(tlv(0x17, b"2611210000Z"));
    })),
    case!(CrlTimeEncoding Reject "an offset from UTC in an entry" entry(|entry| {
        entry.date = RawTime::Raw(tlv(0x17, b"260101000000+0100"));
    })),
    case!(CrlNextUpdateMissing Reject "no nextUpdate" {
        let ca = ThrowAwayCa::new("Root");
        let mut draft = with_entries(&ca, 7);
        draft.next_update = None;
        try_crl(&draft.sign(), &issuer(&ca), &known(), &Policy::default())
    }),
    case!(CrlNextUpdateMissing Reject "nextUpdate at thisUpdate" changed(|draft| {
        draft.issued_at(DEFAULT_NOW + 300, DEFAULT_NOW + 300);
    })),
    case!(CrlNumberMissing Reject "no number" changed(|draft| draft.remove_extension(&[2, 5, 29, 20]))),
    case!(CrlNumberMissing Reject "a critical number" changed(|draft| draft.extensions[1].critical = true)),
    case!(CrlNumberMissing Reject "a negative number" changed(|draft| {
        draft.set_extension(ExtensionDraft::crl_number(&[0xfe]));
    })),
    case!(CrlNumberMissing Reject "a number of 161 bits" changed(|draft| {
        draft.set_extension(ExtensionDraft::crl_number(&[1; 21]));
    })),
    case!(CrlExtCritical Reject "unknown and critical" changed(|draft| {
        draft.extensions.push(ExtensionDraft::new(UNKNOWN, true, integer(1)));
    })),
    case!(CrlExtCritical Reject "twice" changed(|draft| draft.extensions.push(draft.extensions[1].clone()))),
    case!(CrlExtCritical Reject "unknown and critical in an entry" entry(|entry| {
        entry.extensions.push(ExtensionDraft::new(UNKNOWN, true, integer(1)));
    })),
    case!(CrlExtCritical Reject "issuerAltName is critical" changed(|draft| {
        draft.extensions.push(ExtensionDraft::new(&[2, 5, 29, 18], true, sequence(&[tlv(0x86, b"http://ca.example/")])));
    })),
    case!(CrlExtCritical Reject "authorityInfoAccess is critical" changed(|draft| {
        let issuers = ExtensionDraft::ca_issuers("http://ca.example/a.crt");
        draft.extensions.push(ExtensionDraft { critical: true, ..issuers });
    })),
    case!(CrlExtCritical Reject "invalidityDate is critical" entry(|entry| {
        entry.extensions.push(ExtensionDraft::new(&[2, 5, 29, 24], true, tlv(0x18, b"20261101000000Z")));
    })),
    case!(CrlExtCritical Reject "holdInstructionCode is critical" entry(|entry| {
        entry.extensions.push(ExtensionDraft::new(&[2, 5, 29, 23], true, oid(&[1, 2, 840, 10_040, 2, 2])));
    })),
    case!(CrlExtCritical Reject "twice in an entry" entry(|entry| entry.extensions.push(ExtensionDraft::reason(4)))),
    case!(CrlPartial Reject "delta" changed(|draft| {
        draft.extensions.push(ExtensionDraft::new(&[2, 5, 29, 27], true, integer(3)));
    })),
    case!(CrlPartial Warn "freshestCRL" changed(|draft| {
        draft.extensions.push(freshest());
    })),
    case!(CrlPartial Reject "a certificateIssuer entry" entry(|entry| {
        let directory = tlv(0xa4, &name("Toor"));
        entry.extensions.push(ExtensionDraft::new(&[2, 5, 29, 29], true, sequence(&[directory])));
    })),
    case!(CrlIdp Warn "there" changed(|draft| {
        draft.set_extension(ExtensionDraft::issuing_distribution_point(&[tlv(0x82, &[0xff])]));
    })),
    case!(CrlIdp Hold "not critical" changed(|draft| {
        let mut point = ExtensionDraft::issuing_distribution_point(&[tlv(0x82, &[0xff])]);
        point.critical = false;
        draft.set_extension(point);
    })),
    case!(CrlEmptyList Warn "an empty list" changed(|draft| {
        draft.entries.clear();
        draft.writes_empty_list = true;
    })),
    case!(CrlEmptyList Reject "an empty list, webpki" changed_under(&strict(), |draft| {
        draft.entries.clear();
        draft.writes_empty_list = true;
    })),
    case!(CrlDer Warn "a malformed issuerAltName" extended(&Policy::default(), &[2, 5, 29, 18], sequence(&[]))),
    case!(CrlDer Reject "a malformed issuerAltName, webpki" extended(&strict(), &[2, 5, 29, 18], sequence(&[]))),
    case!(CrlDer Warn "a malformed authorityInfoAccess" {
        extended(&Policy::default(), &[1, 3, 6, 1, 5, 5, 7, 1, 1], tlv(4, b"?"))
    }),
    case!(CrlDer Reject "a CRLNumber that is no INTEGER" changed(|draft| {
        draft.set_extension(ExtensionDraft::new(&[2, 5, 29, 20], false, tlv(4, &[7])));
    })),
    case!(CrlDer Warn "an invalidityDate that is a UTCTime" {
        entry_extended(&Policy::default(), &[2, 5, 29, 24], tlv(0x17, b"260101000000Z"))
    }),
    case!(CrlDer Reject "an invalidityDate that is a UTCTime, webpki" {
        entry_extended(&strict(), &[2, 5, 29, 24], tlv(0x17, b"260101000000Z"))
    }),
    case!(CrlDer Warn "a holdInstructionCode that is no identifier" {
        entry_extended(&Policy::default(), &[2, 5, 29, 23], tlv(4, b"?"))
    }),
    case!(CrlValidity Warn "twelve months and a second" valid_for(&Policy::default(), 365 * DAY + 1)),
    case!(CrlValidity Reject "twelve months and a second, webpki" valid_for(&strict(), 365 * DAY + 1)),
    case!(CrlExtUnknown Warn "issuerAltName, webpki" {
        extended(&strict(), &[2, 5, 29, 18], sequence(&[tlv(0x86, b"http://ca.example/")]))
    }),
    case!(CrlExtUnknown Warn "authorityInfoAccess, webpki" {
        let issuers = sequence(&[oid(&[1, 3, 6, 1, 5, 5, 7, 48, 2]), tlv(0x86, b"http://ca.example/")]);
        extended(&strict(), &[1, 3, 6, 1, 5, 5, 7, 1, 1], sequence(&[issuers]))
    }),
    case!(CrlExtUnknown Warn "unknown, webpki" extended(&strict(), UNKNOWN, integer(1))),
    case!(CrlExtUnknown Warn "of AD CS, webpki" {
        extended(&strict(), AD_CS_NEXT_PUBLISH, tlv(0x17, b"270101000000Z"))
    }),
    case!(CrlExtUnknown Warn "unknown in an entry, webpki" entry_extended(&strict(), UNKNOWN, integer(1))),
    case!(CrlPartial Reject "freshestCRL, webpki" {
        changed_under(&strict(), |draft| draft.extensions.push(freshest()))
    }),
    case!(CrlPartial Reject "indirect" scoped(0x84, &[0xff])),
    case!(CrlPartial Reject "by reason" scoped(0x83, &[6, 0x40])),
    case!(CrlPartial Reject "for attribute certificates only" scoped(0x85, &[0xff])),
    case!(CrlPartial Reject "for end-entity certificates only and for CA certificates only" changed(|draft| {
        let fields = [tlv(0x81, &[0xff]), tlv(0x82, &[0xff])];
        draft.set_extension(ExtensionDraft::issuing_distribution_point(&fields));
    })),
    case!(CrlIdp Warn "with a name" scoped(0xa0, &tlv(0xa0, &tlv(0x86, b"http://crl.example/a.crl")))),
    case!(CrlIdp Reject "not critical, webpki" changed_under(&strict(), |draft| {
        let mut point = ExtensionDraft::issuing_distribution_point(&[tlv(0x82, &[0xff])]);
        point.critical = false;
        draft.set_extension(point);
    })),
];

#[test]
fn a_good_crl_breaks_no_rule_of_either_profile() {
    for policy in [Policy::default(), strict()] {
        let ruling = changed_under(&policy, |_| {});
        assert!(ruling.findings.is_empty(), "{}", ruling.findings);
        assert_eq!(ruling.outcome, "accepted");
    }
}

#[test]
fn a_critical_pointer_to_delta_crls_is_refused() {
    let ruling = changed(|draft| draft.extensions.push(ExtensionDraft { critical: true, ..freshest() }));
    assert!(ruling.findings.has(Rule::CrlExtCritical) && ruling.outcome == "rejected", "{}", ruling.findings);
}

#[test]
fn a_crl_may_live_for_twelve_calendar_months_and_not_a_second_longer() {
    let civil = |(year, month, day)| Timestamp::from_civil(year, month, day, 12, 30, 59).expect("a day").0;
    let years = [
        ((2026, 3, 1), (2027, 3, 1)),
        // 366 days.
        ((2027, 3, 1), (2028, 3, 1)),
        ((2028, 2, 29), (2029, 2, 28)),
        ((2026, 12, 31), (2027, 12, 31)),
    ];
    for policy in [Policy::default(), strict()] {
        for (from, to) in years {
            let is_long = |until| {
                let ruling = changed_under(&policy, |draft| draft.issued_at(civil(from), until));
                ruling.findings.has(Rule::CrlValidity)
            };
            assert!(!is_long(civil(to)) && is_long(civil(to) + 1), "{from:?}");
        }
    }
}

#[test]
fn extensions_nobody_knows_are_nothing_to_a_private_root_and_named_to_a_public_one() {
    let next_publish = || tlv(0x17, b"270101000000Z");
    for (oid, value) in [(UNKNOWN, integer(1)), (AD_CS_NEXT_PUBLISH, next_publish())] {
        assert!(extended(&Policy::default(), oid, value.clone()).findings.is_empty());
        assert!(entry_extended(&Policy::default(), oid, value).findings.is_empty());
    }
    let text = extended(&strict(), AD_CS_NEXT_PUBLISH, next_publish()).findings.to_string();
    assert!(text.contains("1.3.6.1.4.1.311.21.4 (next CRL publish, of AD CS)"), "{text}");
}

/// Some CAs write "no extensions" as an empty list. Refusing it would keep a private root's CRL from its users.
#[test]
fn an_empty_list_of_entry_extensions_is_only_told_to_a_private_root() {
    let empty = |draft: &mut CrlDraft| {
        draft.entries[1].extensions.clear();
        draft.entries[1].writes_empty_list = true;
    };
    let ruling = changed(empty);
    assert!(ruling.findings.has(Rule::CrlDer) && ruling.outcome == "accepted", "{}", ruling.findings);
    assert_eq!(changed_under(&strict(), empty).outcome, "rejected");
}
