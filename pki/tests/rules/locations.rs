//! Where a finding says that it stands: exactly, for a few fields; inside the item, for every case of every rule.

use rootcast_pki::finding::Location;
use rootcast_pki::profile::Policy;
use rootcast_pki::report::{ReportedFinding, ReportedLocation};
use rootcast_pki::rule::Rule;

use crate::certificate_cases;
use crate::crl_trial::{THIS_UPDATE, UNKNOWN, with_entries};
use crate::every_rule::cases;
use crate::throwaway_ca::der_writer::{integer, time};
use crate::throwaway_ca::{CrlDraft, DAY, DEFAULT_NOW, ExtensionDraft, RawTime, ThrowAwayCa, name};
use crate::trial::{issuer, known, strict, try_crl};

/// Rules about what is not in the item: files, roots, state, the issuer's own certificate, what is gone.
const NOT_ABOUT_A_FIELD: &[Rule] = &[
    Rule::ItemKind,
    Rule::ItemPem,
    Rule::StateLost,
    Rule::RootName,
    Rule::RootKey,
    Rule::RootShape,
    Rule::RootClash,
    Rule::CrlIssuerStatus,
    Rule::CrlIssuerUsage,
    Rule::CrlFirst,
    Rule::CrlEntryVanished,
    Rule::CertIssuerUsage,
];

#[test]
fn every_finding_about_a_field_says_where_it_stands() {
    let mut wrong = Vec::new();
    for case in cases() {
        let ruling = (case.run)();
        for finding in &ruling.findings {
            match finding.location {
                None if NOT_ABOUT_A_FIELD.contains(&finding.rule) => {}
                Some(location) if location.offset < ruling.der.len() => {}
                other => wrong.push(format!("{finding} ({}, {} bytes): {other:?}", case.what, ruling.der.len())),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A report shows the offset once: in the text, or behind the field.
#[test]
fn a_finding_knows_whether_its_text_has_the_offset() {
    let (mut told, mut wrong) = (0, Vec::new());
    for case in cases() {
        for finding in &(case.run)().findings {
            let reported = ReportedFinding::from(finding);
            let Some(ReportedLocation { offset, .. }) = &reported.location else { continue };
            let at = format!("at byte {offset}");
            let has = reported
                .text
                .match_indices(&at)
                .any(|(start, _)| !reported.text[start + at.len()..].starts_with(|next: char| next.is_ascii_digit()));
            told += usize::from(has);
            if has != reported.tells_offset {
                wrong.push(format!("{}: {} ({offset})", case.what, reported.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(told > 20, "{told}");
}

/// The one finding's location in a good CRL that was changed in one place, and the CRL.
fn located(policy: &Policy, change: impl FnOnce(&mut CrlDraft)) -> (Vec<u8>, Location) {
    let ca = ThrowAwayCa::new("Root");
    let mut draft = with_entries(&ca, 7);
    change(&mut draft);
    let der = draft.sign();
    let ruling = try_crl(&der, &issuer(&ca), &known(), policy);
    assert_eq!(ruling.findings.len(), 1, "{}", ruling.findings);
    let finding = ruling.findings.into_iter().next().expect("one finding");
    (der, finding.location.expect("a location"))
}

fn assert_stands(der: &[u8], location: Location, field: &str, bytes: &[u8]) {
    let found = &der[location.offset..location.offset + bytes.len()];
    assert_eq!((location.field, found), (field, bytes), "at byte {}", location.offset);
}

#[test]
fn fields_of_a_crl_are_located_to_the_byte() {
    let private = Policy::default();
    let (der, at) = located(&private, |draft| draft.version = Some(2));
    assert_stands(&der, at, "version", &integer(2));
    let (der, at) = located(&private, |draft| draft.next_update = Some(RawTime::At(DEFAULT_NOW - 5)));
    assert_stands(&der, at, "nextUpdate", &time(DEFAULT_NOW - 5));
    let (der, at) = located(&private, |draft| draft.issued_at(DEFAULT_NOW + 700, DEFAULT_NOW + DAY));
    assert_stands(&der, at, "thisUpdate", &time(DEFAULT_NOW + 700));
    let (der, at) = located(&private, |draft| draft.issuer = name("Toor"));
    assert_stands(&der, at, "issuer", &name("Toor"));
    let critical = ExtensionDraft { critical: true, ..ExtensionDraft::crl_number(&[7]) };
    let (der, at) = located(&private, |draft| draft.set_extension(critical.clone()));
    assert_stands(&der, at, "cRLNumber", &critical.encode());
    let other_key = ExtensionDraft::authority_key_identifier(&[9; 20]);
    let (der, at) = located(&private, |draft| draft.set_extension(other_key.clone()));
    assert_stands(&der, at, "authorityKeyIdentifier", &other_key.encode());
    let unknown = ExtensionDraft::new(UNKNOWN, false, integer(1));
    let (der, at) = located(&strict(), |draft| draft.extensions.push(unknown.clone()));
    assert_stands(&der, at, "crlExtensions", &unknown.encode());
}

/// What is not there is located at what should hold it, and what stands in its place at its own name.
#[test]
fn what_is_absent_is_located_at_what_encloses_it() {
    let private = Policy::default();
    let (der, at) = located(&private, |draft| draft.next_update = None);
    assert_eq!((at.field, at.offset), ("tbsCertList", 4));
    assert_eq!(der[4], 0x30);
    let number = ExtensionDraft::crl_number(&[7]).encode();
    let (der, at) = located(&private, |draft| draft.extensions.retain(|one| one.encode() != number));
    assert_stands(&der, at, "crlExtensions", &[0xa0]);
    let (der, at) = located(&private, |draft| draft.version = None);
    assert_stands(&der, at, "tbsCertList", &[0x30]);
    let (der, at) = located(&private, |draft| draft.next_update = Some(RawTime::Raw(integer(5))));
    assert_stands(&der, at, "nextUpdate", &[2, 1, 5]);
}

#[test]
fn fields_of_entries_are_located_to_the_byte() {
    let private = Policy::default();
    let (der, at) = located(&private, |draft| draft.entries[1].serial = vec![0x80]);
    assert_stands(&der, at, "userCertificate", &[2, 1, 0x80]);
    let (der, at) = located(&private, |draft| draft.entries[2].date = RawTime::At(THIS_UPDATE + 9));
    assert_stands(&der, at, "revocationDate", &time(THIS_UPDATE + 9));
    let mut entry = None;
    let (der, at) = located(&private, |draft| {
        draft.entries[1].extensions.clear();
        entry = Some(draft.entries[1].encode());
    });
    assert_stands(&der, at, "revokedCertificates", &entry.expect("encoded"));
    let critical = ExtensionDraft { critical: true, ..ExtensionDraft::reason(4) };
    let (der, at) = located(&private, |draft| draft.entries[1].extensions[0] = critical.clone());
    assert_stands(&der, at, "reasonCode", &critical.encode());
}

#[test]
fn fields_of_a_certificate_are_located() {
    let field = |ruling: crate::trial::Ruling| {
        assert_eq!(ruling.findings.len(), 1, "{}", ruling.findings);
        ruling.findings.into_iter().next().and_then(|finding| finding.location).expect("a location").field
    };
    assert_eq!(field(certificate_cases::changed(|draft| draft.serial = vec![1, 2, 3])), "serialNumber");
    assert_eq!(field(certificate_cases::changed(|draft| draft.not_after = RawTime::At(DEFAULT_NOW - 1))), "notAfter");
    assert_eq!(field(certificate_cases::changed(|draft| draft.extensions[0].critical = false)), "basicConstraints");
    assert_eq!(field(certificate_cases::changed(|draft| draft.extensions[1].critical = false)), "keyUsage");
    assert_eq!(field(certificate_cases::changed(|draft| draft.issuer = name("Toor"))), "issuer");
}
