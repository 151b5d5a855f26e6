//! One help for each cause: what a finding tells the operator to do fits what is wrong, not only the rule.

use rootcast_pki::history::CertificateHistory;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;
use rootcast_pki::time::Timestamp;

use crate::throwaway_ca::der_writer::{integer, oid, sequence, tlv};
use crate::throwaway_ca::{
    CertificateDraft, CrlDraft, DAY, DEFAULT_NOW, EntryDraft, ExtensionDraft, KeyKind, RawTime, Scheme, ThrowAwayCa,
    name,
};
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
    (Rule::CrlPartial, |crl| crl.set_extension(freshest()), "The CA issues a CRL without freshestCRL"),
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
    (Rule::CrlReason, |crl| entry(crl, &[0x41], None), "with a reason in each of these entries"),
    (Rule::CrlReason, |crl| entry(crl, &[0x41], Some(6)), "A hold is no state for a CA certificate"),
    (Rule::CrlReason, |crl| entry(crl, &[0x41], Some(8)), "delta CRLs only"),
    (Rule::CrlReason, |crl| entry(crl, &[0x41], Some(7)), "RFC 5280 has 0 to 6"),
    (Rule::CrlSerial, |crl| entry(crl, &[0xff], Some(4)), "if they are mistyped"),
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
        (Rule::CertKeyUsage, |draft| draft.set_extension(ExtensionDraft::key_usage(&[5])), "signs the CRLs of"),
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

/// A rule, a change of a good CRL, what the help says where `private` accepts it, and where `webpki` rejects it.
type SeverityCase = (Rule, fn(&mut CrlDraft), &'static str, &'static str);

/// The help of a warning said "nothing has to be done" of a CRL that the other profile had just refused.
#[test]
fn the_help_of_a_refused_crl_asks_for_something_and_that_of_a_warning_need_not() {
    let at_sign = |crl: &mut CrlDraft| crl.issuer = common_name(0x13, b"Root@");
    let no_extensions = |crl: &mut CrlDraft| {
        entry(crl, &[0x41], None);
        crl.entries.last_mut().unwrap().writes_empty_list = true;
    };
    let cases: [SeverityCase; 5] = [
        (Rule::CrlPartial, |crl| crl.set_extension(freshest()), "complete, and is used", "without freshestCRL"),
        (Rule::CrlDer, at_sign, "nothing has to be done now", "Only the profile private accepts"),
        (Rule::CrlReason, |crl| entry(crl, &[0x41], None), "Nothing has to be done", "with a reason in each"),
        (Rule::CrlSerial, |crl| entry(crl, &[0], Some(4)), "nothing has to be done", "if they are mistyped"),
        (Rule::CrlDer, no_extensions, "nothing has to be done now", "leaves the empty list out"),
    ];
    let ca = ThrowAwayCa::new("Root");
    for (rule, change, accepted, rejected) in cases {
        let mut draft = ca.crl(5);
        change(&mut draft);
        let mut root = ca.root_draft();
        root.subject = draft.issuer.clone();
        let root = Issuer::from_certificate(&root.sign(), &Policy::default()).expect("a root");
        for (policy, wanted) in [(Policy::default(), accepted), (strict(), rejected)] {
            let ruling = try_crl(&draft.sign(), &root, &known(), &policy);
            let finding = ruling.findings.iter().find(|finding| finding.rule == rule).expect(wanted);
            assert!(finding.remedy().contains(wanted), "{finding}: {}", finding.remedy());
        }
    }
}

fn common_name(tag: u8, value: &[u8]) -> Vec<u8> {
    sequence(&[tlv(0x31, &sequence(&[oid(&[2, 5, 4, 3]), tlv(tag, value)]))])
}

/// One help said "with SHA-256 or better" below a finding that wants SHA-512, and of a missing NULL.
#[test]
fn the_help_of_an_algorithm_names_what_is_wanted() {
    for (kind, scheme, wanted) in [
        (KeyKind::EcdsaP256, Scheme::EcdsaSha512, "again with SHA-256 "),
        (KeyKind::EcdsaP384, Scheme::EcdsaSha256, "again with SHA-384 "),
        (KeyKind::EcdsaP521, Scheme::EcdsaSha256, "again with SHA-512 "),
        (KeyKind::Rsa2048, Scheme::PssSha256WithoutNull, "write NULL as the parameters of both hashes"),
        (KeyKind::Rsa2048, Scheme::RsaSha256WithoutNull, "write NULL as the parameters of the algorithm"),
    ] {
        let ca = ThrowAwayCa::with("Root", kind, DEFAULT_NOW);
        let (mut crl, mut certificate) = (ca.crl(1), ca.intermediate("Sub"));
        crl.use_scheme(scheme);
        certificate.use_scheme(scheme);
        let of_certificate =
            try_certificate(&certificate.sign(), &issuer(&ca), &CertificateHistory::default(), &strict());
        for (rule, ruling) in [
            (Rule::CrlAlgorithm, try_crl(&crl.sign(), &issuer(&ca), &known(), &strict())),
            (Rule::CertAlgorithm, of_certificate),
        ] {
            let finding = ruling.findings.iter().find(|finding| finding.rule == rule).expect(wanted);
            assert!(finding.remedy().contains(wanted), "{finding}: {}", finding.remedy());
        }
    }
}

/// certificateIssuer that names the CRL's own issuer was reported as naming another.
#[test]
fn an_entry_that_names_its_own_issuer_is_told_from_one_that_names_another() {
    let ca = ThrowAwayCa::new("Root");
    for (named, text, help) in [
        (ca.root_draft().subject, "names the CRL's own issuer in certificateIssuer", "without certificateIssuer"),
        (name("Other"), "names another certificate issuer", "without entries for certificates of other issuers"),
    ] {
        let mut draft = ca.crl(5);
        entry(&mut draft, &[0x41], Some(4));
        let extension = ExtensionDraft::new(&[2, 5, 29, 29], true, sequence(&[tlv(0xa4, &named)]));
        draft.entries[0].extensions.push(extension);
        let ruling = try_crl(&draft.sign(), &issuer(&ca), &known(), &Policy::default());
        let finding = ruling.findings.iter().find(|finding| finding.rule == Rule::CrlPartial).expect(text);
        assert!(finding.text.contains(text) && finding.remedy().contains(help), "{finding}: {}", finding.remedy());
    }
}

/// A reason that is an INTEGER was reported by the numbers of its tags; it ends the walk, so the count is a least one.
#[test]
fn an_entry_that_cannot_be_read_names_its_field_and_the_headline_counts_at_least() {
    let ca = ThrowAwayCa::new("Root");
    let mut draft = ca.crl(5);
    entry(&mut draft, &[0x41], Some(4));
    entry(&mut draft, &[0x42], None);
    draft.entries[1].extensions.push(ExtensionDraft::new(&[2, 5, 29, 21], false, integer(4)));
    draft.set_extension(ExtensionDraft::crl_number(&[0xdc]));
    let der = draft.sign();
    let ruling = try_crl(&der, &issuer(&ca), &known(), &Policy::default());
    assert!(ruling.findings.to_string().contains("the reason is written as INTEGER"), "{}", ruling.findings);
    let headline = rootcast_pki::crl::inspect(&der, &Policy::default()).value.expect("readable").to_string();
    assert!(headline.contains("with a number that cannot be used"), "{headline}");
    assert!(headline.ends_with(", at least 2 entries"), "{headline}");
}

/// ROOT-SHAPE: what every CRL would be refused for is said when the root is trusted, and each says what to do.
#[test]
fn what_is_odd_about_a_root_has_a_help_of_its_own() {
    type Change = fn(&mut CertificateDraft);
    let ca = ThrowAwayCa::new("Root");
    let cases: [(Change, &str, &str); 4] = [
        (
            |root| (root.subject, root.issuer) = (common_name(0x13, b"Root@"), common_name(0x13, b"Root@")),
            "every CRL and certificate of it is refused in webpki (CRL-DER, CERT-DER)",
            "in the profile private",
        ),
        (|root| root.issuer = name("Other"), "it is not self-issued", "name this certificate with --offline-issuer"),
        (
            |root| root.remove_extension(&[2, 5, 29, 15]),
            "keyUsage is absent: nothing is refused for it",
            "Nothing has to be done now",
        ),
        (|root| root.not_after = RawTime::At(NOW.0 - DAY), "it ended", "the root's renewed certificate"),
    ];
    for (change, text, help) in cases {
        let mut draft = ca.root_draft();
        change(&mut draft);
        let root =
            Issuer::from_certificate(&draft.sign(), &strict()).expect("a root").as_root_at(Timestamp(DEFAULT_NOW));
        let finding = root.findings().iter().find(|finding| finding.text.contains(text));
        let finding = finding.unwrap_or_else(|| panic!("{text}: {}", root.findings()));
        assert!(finding.remedy().contains(help), "{finding}: {}", finding.remedy());
    }
    let mut draft = ca.root_draft();
    draft.subject = common_name(0x13, b"Root@");
    draft.issuer = draft.subject.clone();
    let private = Issuer::from_certificate(&draft.sign(), &Policy::default()).expect("a root");
    assert!(private.findings().is_empty(), "{}", private.findings());
}

/// An algorithm that is not known is one cause: that the signature then cannot be verified is no second one.
#[test]
fn a_root_signed_with_an_unknown_algorithm_has_one_finding_for_it() {
    let ca = ThrowAwayCa::new("Root");
    let mut draft = ca.root_draft();
    let sha224 = sequence(&[oid(&[1, 2, 840, 10045, 4, 3, 1])]);
    (draft.inner_algorithm, draft.outer_algorithm) = (sha224.clone(), sha224);
    let root = Issuer::from_certificate(&draft.sign(), &Policy::default()).expect("a root");
    let texts: Vec<_> = root.findings().iter().map(|finding| finding.text.as_str()).collect();
    assert!(matches!(texts[..], [text] if text.contains("ECDSA and SHA-224")), "{texts:?}");
}
