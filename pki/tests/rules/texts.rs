//! What a finding says about the very value that is wrong: the number, the field and its name, and never another one.

use rootcast_pki::crl;
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;

use crate::certificate_cases;
use crate::crl_trial::changed;
use crate::throwaway_ca::der_writer::{integer, tlv};
use crate::throwaway_ca::{CertificateDraft, CrlDraft, DAY, DEFAULT_NOW, ExtensionDraft, RawTime, ThrowAwayCa};
use crate::trial::Ruling;

/// All findings of this rule, as they are printed, with where each stands.
fn said(ruling: &Ruling, rule: Rule) -> String {
    let found: Vec<String> = ruling
        .findings
        .iter()
        .filter(|finding| finding.rule == rule)
        .map(|finding| format!("{finding} <{}>", finding.location.map_or("nowhere", |location| location.field)))
        .collect();
    assert!(!found.is_empty(), "{}", ruling.findings);
    found.join("\n")
}

fn assert_says(ruling: &Ruling, rule: Rule, wanted: &str, field: &str) {
    let text = said(ruling, rule);
    assert!(text.contains(wanted) && text.ends_with(&format!("<{field}>")), "{wanted} <{field}>: {text}");
}

#[test]
fn a_reason_is_shown_with_its_own_number() {
    for (contents, number) in [
        (&[0x01, 0x01][..], "(reason 257)"),
        (&[0xff], "(reason -1)"),
        (&[0x80], "(reason -128)"),
        (&[0x00, 0xff], "(reason 255)"),
        (&[0x00, 0x80], "(reason 128)"),
        (&[0x7f], "(reason 127)"),
        (&[0x7f; 8], "(reason 9187201950435737471)"),
        (&[0x7f; 9], "(reason of 9 octets)"),
    ] {
        let ruling = changed(|draft| draft.entries[1].extensions[0].value = tlv(0x0a, contents));
        let text = said(&ruling, Rule::CrlReason);
        assert!(text.contains("does not exist") && text.contains(number), "{number}: {text}");
        assert_eq!(ruling.outcome, "rejected");
    }
}

/// A change of a good item, what is said of it, and the field.
type Wrong<T> = (fn(&mut T), &'static str, &'static str);

/// What stands in the place of a time, or of any other field, is named with its tag and with the field it stands for.
#[test]
fn a_wrong_tag_is_called_a_wrong_tag_in_its_field() {
    let number = || RawTime::Raw(integer(5));
    let wrong = "tag 0x02 (INTEGER) instead of UTCTime or GeneralizedTime";
    let rule = Rule::CrlTimeEncoding;
    assert_says(&changed(|draft| draft.this_update = number()), rule, wrong, "thisUpdate");
    assert_says(&changed(|draft| draft.entries[1].date = number()), rule, wrong, "revocationDate");
    let rule = Rule::CertTimeEncoding;
    assert_says(&certificate_cases::changed(|draft| draft.not_before = number()), rule, wrong, "notBefore");
    assert_says(&certificate_cases::changed(|draft| draft.not_after = number()), rule, wrong, "notAfter");

    let crls: [Wrong<CrlDraft>; 4] = [
        (|draft| draft.next_update = Some(RawTime::Raw(integer(5))), "instead of tag 0x17 (UTCTime)", "nextUpdate"),
        (|draft| draft.issuer = integer(5), "instead of tag 0x30 (SEQUENCE)", "issuer"),
        (|draft| draft.inner_algorithm = tlv(0x0c, b"x"), "tag 0x0c (UTF8String) instead of", "signature"),
        (|draft| draft.outer_algorithm = integer(5), "instead of tag 0x30 (SEQUENCE)", "signatureAlgorithm"),
    ];
    for (change, wanted, field) in crls {
        assert_says(&changed(change), Rule::CrlDer, wanted, field);
    }
    let certificates: [Wrong<CertificateDraft>; 4] = [
        (|draft| draft.issuer = integer(5), "instead of tag 0x30 (SEQUENCE)", "issuer"),
        (|draft| draft.subject = tlv(0xa5, &[]), "tag 0xa5 ([5]) instead of tag 0x30 (SEQUENCE)", "subject"),
        (|draft| draft.spki = integer(5), "instead of tag 0x30 (SEQUENCE)", "subjectPublicKeyInfo"),
        (|draft| draft.unique_ids = integer(5), "instead of tag 0xa3 ([3])", "extensions"),
    ];
    for (change, wanted, field) in certificates {
        assert_says(&certificate_cases::changed(change), Rule::CertDer, wanted, field);
    }
}

/// A field that is not there is named, and what should hold it is located.
#[test]
fn a_missing_field_is_named_with_what_should_hold_it() {
    let spki = certificate_cases::changed(|draft| {
        draft.spki.clear();
        draft.extensions.clear();
    });
    assert_says(&spki, Rule::CertDer, "subjectPublicKeyInfo is missing in tbsCertificate", "tbsCertificate");
    let end = certificate_cases::changed(|draft| draft.not_after = RawTime::Raw(Vec::new()));
    assert_says(&end, Rule::CertDer, "notAfter is missing in validity", "validity");
    let outer = changed(|draft| draft.outer_algorithm.clear());
    assert_says(&outer, Rule::CrlDer, "tag 0x03 (BIT STRING) instead of tag 0x30 (SEQUENCE)", "signatureAlgorithm");
}

#[test]
fn each_unique_identifier_has_its_own_name() {
    for (tag, wanted, field) in
        [(0x81, "has an issuerUniqueID", "issuerUniqueID"), (0x82, "has a subjectUniqueID", "subjectUniqueID")]
    {
        let ruling = certificate_cases::changed(|draft| draft.unique_ids = tlv(tag, &[0, 7]));
        assert_says(&ruling, Rule::CertVersion, wanted, field);
    }
    let both = certificate_cases::changed(|draft| draft.unique_ids = [tlv(0x81, &[0, 7]), tlv(0x82, &[0, 7])].concat());
    assert!(said(&both, Rule::CertVersion).contains("issuerUniqueID>\n"), "{}", both.findings);
}

#[test]
fn a_year_before_utc_time_is_not_asked_to_be_one() {
    let ancient = || RawTime::Raw(tlv(0x18, b"00010101000000Z"));
    let wanted = "0001-01-01T00:00:00Z cannot be encoded: UTCTime begins in 1950";
    assert_says(&changed(|draft| draft.this_update = ancient()), Rule::CrlTimeEncoding, wanted, "thisUpdate");
    let certificate = certificate_cases::changed(|draft| draft.not_before = ancient());
    assert_says(&certificate, Rule::CertTimeEncoding, wanted, "notBefore");
}

#[test]
fn a_little_more_than_eight_years_is_not_shown_in_days() {
    let of = |seconds| {
        certificate_cases::changed(|draft| {
            draft.not_before = RawTime::At(DEFAULT_NOW - DAY);
            draft.not_after = RawTime::At(DEFAULT_NOW - DAY + seconds);
        })
    };
    let eight_years = 2922 * DAY;
    assert!(of(eight_years - 1).findings.is_empty());
    for (seconds, wanted) in [
        (eight_years, "valid for 1 second more than 8 years, its last second included"),
        (eight_years + 3599, "valid for 60 minutes more than 8 years"),
        (eight_years + DAY, "valid for 2923 days, more than 8 years"),
    ] {
        assert_says(&of(seconds), Rule::CertValidity, wanted, "notAfter");
    }
}

/// The line that says what an item is does not deny what is there.
#[test]
fn a_headline_denies_nothing_that_is_there_and_faulty() {
    let headline = |change: fn(&mut CrlDraft)| {
        let mut draft = ThrowAwayCa::new("Root").crl(7);
        draft.revoke(0x1001, DEFAULT_NOW - 9 * DAY);
        change(&mut draft);
        crl::inspect(&draft.sign(), &Policy::default()).value.expect("readable").to_string()
    };
    let negative = headline(|draft| draft.set_extension(ExtensionDraft::crl_number(&[0xdc])));
    assert!(negative.starts_with("CRL with a number that cannot be used of "), "{negative}");
    let no_integer = headline(|draft| draft.set_extension(ExtensionDraft::new(&[2, 5, 29, 20], false, vec![5, 0])));
    assert!(no_integer.starts_with("CRL with a number that cannot be used of "), "{no_integer}");
    let absent = headline(|draft| draft.remove_extension(&[2, 5, 29, 20]));
    assert!(absent.starts_with("CRL without a number of "), "{absent}");
    let cut = headline(|draft| draft.entries[0].serial = Vec::new());
    assert!(cut.ends_with(", at least 1 entry"), "{cut}");
}
