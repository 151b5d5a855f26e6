//! One help for each cause: what a finding tells the operator to do fits what is wrong, not only the rule.

use rootcast_pki::history::CertificateHistory;
use rootcast_pki::rule::Rule;

use crate::throwaway_ca::der_writer::{integer, sequence, tlv};
use crate::throwaway_ca::{CertificateDraft, CrlDraft, DAY, EntryDraft, ExtensionDraft, Scheme, ThrowAwayCa, name};
use crate::trial::{NOW, issuer, known, strict, try_certificate, try_crl};

/// A rule, a change of a good CRL, and what the help has to say.
type CrlCase = (Rule, fn(&mut CrlDraft), &'static str);

fn entry(draft: &mut CrlDraft, serial: &[u8], reason: Option<u8>) {
    draft.entries.push(EntryDraft::of(serial, NOW.0 - 9 * DAY, reason));
}

fn idp(fields: &[Vec<u8>]) -> ExtensionDraft {
    ExtensionDraft::issuing_distribution_point(fields)
}

fn url() -> Vec<u8> {
    tlv(0xa0, &tlv(0xa0, &tlv(0x86, b"http://crl.example/root.crl")))
}

const CRLS: &[CrlCase] = &[
    (Rule::CrlPartial, |crl| crl.set_extension(delta()), "Give the complete CRL"),
    (Rule::CrlPartial, |crl| crl.set_extension(freshest()), "The CRL is complete, and is used"),
    (Rule::CrlPartial, |crl| crl.set_extension(idp(&[url(), tlv(0x84, &[0xff])])), "covers other issuers too"),
    (Rule::CrlPartial, |crl| crl.set_extension(idp(&[url(), tlv(0x83, &[6, 0x40])])), "for all reasons"),
    (Rule::CrlPartial, |crl| crl.set_extension(idp(&[url(), tlv(0x85, &[0xff])])), "public-key certificates"),
    (Rule::CrlIdp, |crl| crl.set_extension(idp(&[url(), tlv(0x81, &[0xff])])), "one CRL for all its certificates"),
    (Rule::CrlIdp, |crl| crl.set_extension(ExtensionDraft { critical: false, ..idp(&[url()]) }), "mark it critical"),
    (Rule::CrlIdp, |crl| crl.set_extension(idp(&[tlv(0x82, &[0xff])])), "give it a URL"),
    (Rule::CrlIdp, |crl| crl.set_extension(idp(&[url()])), "Nothing has to be done"),
    (Rule::CrlNumberMissing, |crl| crl.remove_extension(&[2, 5, 29, 20]), "Let the CA number its CRLs"),
    (Rule::CrlNumberMissing, |crl| crl.set_extension(ExtensionDraft::crl_number(&[0xdc])), "a leading zero octet"),
    (Rule::CrlNumberMissing, |crl| crl.set_extension(ExtensionDraft::crl_number(&[1; 21])), "at most 20 octets"),
    (Rule::CrlNextUpdateMissing, |crl| crl.next_update = None, "Set how long a CRL is valid"),
    (Rule::CrlAki, |crl| crl.remove_extension(&[2, 5, 29, 35]), "Let the CA add it"),
    (
        Rule::CrlAki,
        |crl| crl.set_extension(ExtensionDraft::authority_key_identifier(&[7; 20])),
        "the issuer's certificate with that identifier",
    ),
    (Rule::CrlReason, |crl| entry(crl, &[0x41], None), "Nothing has to be done for a private root"),
    (Rule::CrlReason, |crl| entry(crl, &[0x41], Some(6)), "A hold is no state for a CA certificate"),
    (Rule::CrlReason, |crl| entry(crl, &[0x41], Some(8)), "delta CRLs only"),
    (Rule::CrlReason, |crl| entry(crl, &[0x41], Some(7)), "RFC 5280 has 0 to 6"),
    (Rule::CrlSerial, |crl| entry(crl, &[0xff], Some(4)), "as they are"),
    (Rule::CrlExtCritical, |crl| crl.extensions.push(crl.extensions[0].clone()), "each extension only once"),
    (
        Rule::CrlDer,
        |crl| crl.set_extension(ExtensionDraft::new(&[2, 5, 29, 20], false, vec![2, 2, 0, 5])),
        "wrote it so",
    ),
];

fn delta() -> ExtensionDraft {
    ExtensionDraft::new(&[2, 5, 29, 27], true, integer(1))
}

fn freshest() -> ExtensionDraft {
    let point = sequence(&[sequence(&[url()])]);
    ExtensionDraft::new(&[2, 5, 29, 46], false, point)
}

#[test]
fn the_help_of_a_crl_fits_the_cause() {
    let ca = ThrowAwayCa::new("Root");
    for (index, (rule, change, wanted)) in CRLS.iter().enumerate() {
        let mut draft = ca.crl(5);
        change(&mut draft);
        let ruling = try_crl(&draft.sign(), &issuer(&ca), &known(), &strict());
        let of_rule: Vec<_> = ruling.findings.iter().filter(|finding| finding.rule == *rule).collect();
        assert!(
            of_rule.iter().any(|finding| finding.remedy().contains(wanted)),
            "{index}, {wanted:?}: {:#?}",
            of_rule.iter().map(|finding| format!("{finding}: {}", finding.remedy())).collect::<Vec<_>>()
        );
    }
}

#[test]
fn a_file_that_is_cut_or_has_more_is_told_from_one_that_is_no_der() {
    let ca = ThrowAwayCa::new("Root");
    let der = ca.crl(5).sign();
    for (bytes, wanted) in
        [(der[..der.len() - 9].to_vec(), "Copy the whole file again"), ([&der[..], b"\r\n"].concat(), "in binary form")]
    {
        let ruling = try_crl(&bytes, &issuer(&ca), &known(), &strict());
        let help = ruling.findings.iter().find(|finding| finding.rule == Rule::CrlDer).unwrap().remedy();
        assert!(help.contains(wanted), "{help}");
    }
}

/// A token's driver that leaves out leading zero octets: one signature in two has a negative integer then.
#[test]
fn a_signature_of_negative_integers_is_named() {
    let ca = ThrowAwayCa::new("Root");
    let draft = ca.crl(5);
    let body = draft.to_be_signed();
    let signature = (0..1000).map(|_| ca.key.sign(Scheme::Usual, &body)).find(|signature| signature[4] == 0).unwrap();
    let r = usize::from(signature[3]);
    let (first, second) = (&signature[5..4 + r], &signature[4 + r..]);
    let negative = sequence(&[tlv(2, first), second.to_vec()]);
    let crl = sequence(&[body, draft.outer_algorithm.clone(), tlv(3, &[&[0][..], &negative].concat())]);
    let ruling = try_crl(&crl, &issuer(&ca), &known(), &strict());
    let finding = ruling.findings.iter().find(|finding| finding.rule == Rule::CrlSignature).unwrap();
    assert!(finding.text.contains("negative"), "{finding}");
    assert!(finding.remedy().contains("not written as DER"), "{}", finding.remedy());
}

#[test]
fn the_help_of_a_certificate_fits_the_cause() {
    type Change = fn(&mut CertificateDraft);
    let ca = ThrowAwayCa::new("Root");
    let cases: [(Rule, Change, &str); 6] = [
        (
            Rule::CertBasicConstraints,
            |draft| draft.set_extension(ExtensionDraft::basic_constraints(true, None)),
            "path length 0",
        ),
        (Rule::CertKeyUsage, |draft| draft.set_extension(ExtensionDraft::key_usage(&[5])), "signs no CRLs"),
        (Rule::CertSki, |draft| draft.remove_extension(&[2, 5, 29, 14]), "find the issuer by it"),
        (Rule::CertCdp, |draft| draft.remove_extension(&[2, 5, 29, 31]), "cannot find the CRL"),
        (Rule::CertSerial, |draft| draft.serial = vec![5], "Nothing has to be done now"),
        (Rule::CertIssuer, |draft| draft.issuer = name("Other"), "byte for byte"),
    ];
    for (rule, change, wanted) in cases {
        let mut draft = ca.intermediate("Sub");
        change(&mut draft);
        let ruling = try_certificate(&draft.sign(), &issuer(&ca), &CertificateHistory::default(), &strict());
        let finding = ruling.findings.iter().find(|finding| finding.rule == rule).unwrap();
        assert!(finding.remedy().contains(wanted), "{finding}: {}", finding.remedy());
    }
}
