//! Files that are no items, roots that are odd, and issuers that are unknown.

use rootcast_pki::finding::Findings;
use rootcast_pki::history::NoState;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, ItemKind};
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;
use rootcast_pki::time::Timestamp;
use rootcast_pki::{judge, judge_under};

use crate::throwaway_ca::der_writer::{bits, octets, oid, sequence, tlv};
use crate::throwaway_ca::{CertificateDraft, DAY, DEFAULT_NOW, ExtensionDraft, ThrowAwayCa, name, pem};
use crate::trial::{Case, NOW, Ruling, case, issuer, try_crl};

fn read(bytes: &[u8]) -> Ruling {
    match item::read(bytes) {
        Ok(_) => Ruling::of_file(bytes, Findings::new(), "accepted"),
        Err(findings) => Ruling::of_file(bytes, findings, "rejected"),
    }
}

fn root(change: impl FnOnce(&mut CertificateDraft)) -> Ruling {
    let mut draft = ThrowAwayCa::new("Root").root_draft();
    change(&mut draft);
    enrol(&draft.sign())
}

fn enrol(der: &[u8]) -> Ruling {
    match Issuer::from_certificate(der, &Policy::default()) {
        Ok(issuer) => Ruling::of_file(der, issuer.findings().clone(), "accepted"),
        Err(findings) => Ruling::of_file(der, findings, "rejected"),
    }
}

/// What `trust` says of it at this time.
fn at_trust(der: &[u8], now: i64) -> Ruling {
    let issuer =
        Issuer::from_certificate(der, &Policy::default()).expect("a CA certificate").as_root_at(Timestamp(now));
    Ruling::of_file(der, issuer.findings().clone(), "accepted")
}

fn judged(der: &[u8], issuers: &[Issuer]) -> Ruling {
    let item = item::read(der).expect("an item");
    let verdict = judge(&item, issuers, &NoState::default(), &Policy::default(), NOW).verdict;
    Ruling::of_file(der, verdict.findings, verdict.outcome.word())
}

pub(crate) const CASES: &[Case] = &[
    case!(ItemKind Reject "nothing" read(b"")),
    case!(ItemKind Reject "text" read(b"hello, world")),
    case!(ItemKind Reject "a key" read(pem("PUBLIC KEY", &ThrowAwayCa::new("Root").key.spki()).as_bytes())),
    case!(ItemKind Reject "a SEQUENCE of something else" read(&sequence(&[sequence(&[oid(&[1, 2, 3])]), bits(&[1])]))),
    case!(ItemPem Reject "two objects" {
        let one = pem("X509 CRL", &ThrowAwayCa::new("Root").crl(1).sign());
        read([one.clone(), one].concat().as_bytes())
    }),
    case!(ItemPem Reject "UTF-16" {
        let text = pem("X509 CRL", &ThrowAwayCa::new("Root").crl(1).sign());
        read(&text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>())
    }),
    case!(ItemPem Reject "cut short" {
        let one = pem("X509 CRL", &ThrowAwayCa::new("Root").crl(1).sign());
        read(&one.as_bytes()[..one.len() / 2])
    }),
    case!(ItemPem Reject "DER and PEM in one file" {
        let der = ThrowAwayCa::new("Root").crl(1).sign();
        let text = pem("X509 CRL", &der);
        read(&[der, text.into_bytes()].concat())
    }),
    case!(ItemPem Reject "bytes that are no text after the end line" {
        let one = pem("X509 CRL", &ThrowAwayCa::new("Root").crl(1).sign());
        read(&[one.as_bytes(), &[0x30, 0x82, 0xff]].concat())
    }),
    case!(ItemPem Reject "a letter that is not base64" {
        let one = pem("X509 CRL", &ThrowAwayCa::new("Root").crl(1).sign());
        read(one.replacen('M', "!", 1).as_bytes())
    }),
    case!(ItemIssuerUnknown Reject "a CRL of somebody else" {
        let (ours, theirs) = (ThrowAwayCa::new("Root"), ThrowAwayCa::new("Toor"));
        judged(&theirs.crl(1).sign(), &[issuer(&ours)])
    }),
    case!(ItemIssuerUnknown Reject "a certificate of somebody else" {
        judged(&ThrowAwayCa::new("Toor").intermediate("Sub").sign(), &[])
    }),
    case!(RootName Reject "an empty subject" root(|draft| draft.subject = sequence(&[]))),
    case!(RootName Reject "a CRL" enrol(&ThrowAwayCa::new("Root").crl(1).sign())),
    case!(RootKey Reject "an unknown kind of key" {
        let draft = |draft: &mut CertificateDraft| {
            draft.spki = sequence(&[sequence(&[oid(&[1, 3, 101, 113])]), bits(&[7; 57])]);
            // Signed by another, so that its own signature is nothing to remark.
            draft.issuer = name("Parent");
        };
        root(draft)
    }),
    case!(RootShape Warn "no keyUsage" root(|draft| draft.remove_extension(&[2, 5, 29, 15]))),
    case!(RootShape Warn "no subjectKeyIdentifier" root(|draft| draft.remove_extension(&[2, 5, 29, 14]))),
    case!(RootShape Warn "serial number 0" root(|draft| draft.serial = vec![0])),
    case!(RootShape Warn "basicConstraints not critical" root(|draft| draft.extensions[0].critical = false)),
    case!(RootShape Warn "a signature that does not verify" {
        let mut der = ThrowAwayCa::new("Root").certificate;
        let last = der.len() - 1;
        der[last] ^= 1;
        enrol(&der)
    }),
    case!(RootShape Warn "no cRLSign" root(|draft| draft.set_extension(ExtensionDraft::key_usage(&[5])))),
    case!(RootShape Warn "no keyCertSign" root(|draft| draft.set_extension(ExtensionDraft::key_usage(&[6])))),
    case!(RootShape Warn "an unknown critical extension" {
        root(|draft| draft.set_extension(ExtensionDraft::new(&[1, 2, 3, 4], true, octets(b"what"))))
    }),
    case!(RootShape Warn "another CA issued it" {
        let draft = ThrowAwayCa::new("Root").intermediate("Sub");
        at_trust(&draft.sign(), DEFAULT_NOW)
    }),
    case!(RootShape Warn "it has ended" at_trust(&ThrowAwayCa::new("Root").certificate, DEFAULT_NOW + 7301 * DAY)),
    case!(RootShape Warn "it has not begun" at_trust(&ThrowAwayCa::new("Root").certificate, DEFAULT_NOW - 3651 * DAY)),
    case!(RootClash Reject "the key identifier of another root" {
        let (ours, theirs) = (ThrowAwayCa::new("Root"), ThrowAwayCa::new("Toor"));
        let mut draft = theirs.root_draft();
        draft.set_extension(ExtensionDraft::subject_key_identifier(&ours.key.key_id()));
        let theirs = Issuer::from_certificate(&draft.sign(), &Policy::default()).expect("a root");
        let findings = theirs.clash(&[issuer(&ours)]);
        let outcome = if findings.rejects() { "rejected" } else { "accepted" };
        Ruling::of_file(&[], findings, outcome)
    }),
];

#[test]
fn der_and_pem_give_the_same_item() {
    let ca = ThrowAwayCa::new("Root");
    for (kind, label, der) in
        [(ItemKind::Crl, "X509 CRL", ca.crl(1).sign()), (ItemKind::Certificate, "CERTIFICATE", ca.certificate.clone())]
    {
        let plain = item::read(&der).unwrap();
        let text = pem(label, &der);
        assert_eq!(item::to_pem(kind, &der), text);
        let bare: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        for text in [
            text.clone(),
            text.replace('\n', "\r\n"),
            format!("Some words first:\n\n{text}\n\nand some after it"),
            format!("\u{feff}{text}"),
            text.replace('\n', " \n  "),
            // certutil -encode of Windows writes this above a CRL too.
            text.replace(label, "CERTIFICATE"),
            text.replace(label, "NEW CERTIFICATE REQUEST"),
            bare,
        ] {
            let item = item::read(text.as_bytes()).unwrap_or_else(|findings| panic!("{findings}\n{text}"));
            assert_eq!((item.kind, item.der.as_ref()), (kind, der.as_slice()));
        }
        assert_eq!((plain.kind, plain.der.as_ref()), (kind, der.as_slice()));
    }
}

/// One help for each cause: what is in the file instead, and the command that takes the item out.
#[test]
fn a_file_that_is_no_item_is_named_with_what_to_do() {
    let ca = ThrowAwayCa::new("Root");
    let crl = pem("X509 CRL", &ca.crl(1).sign());
    let pkcs7_oid = oid(&[1, 2, 840, 113_549, 1, 7, 2]);
    let pkcs7 = sequence(&[pkcs7_oid.clone(), tlv(0xa0, &sequence(&[]))]);
    let pkcs12 = sequence(&[tlv(2, &[3]), sequence(&[pkcs7_oid])]);
    let algorithm = sequence(&[oid(&[1, 3, 101, 112])]);
    let private = sequence(&[tlv(2, &[0]), algorithm.clone(), tlv(4, &[4, 1, 7])]);
    let request_info = sequence(&[tlv(2, &[0]), name("Sub"), ca.key.spki(), tlv(0xa0, &[])]);
    let request = sequence(&[request_info, algorithm, bits(&[1])]);
    let utf16: Vec<u8> = [vec![0xff, 0xfe], crl.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    for (bytes, rule, text, help) in [
        (vec![], Rule::ItemKind, "an empty file", "Copy it again"),
        (pkcs7.clone(), Rule::ItemKind, "PKCS#7", "openssl pkcs7 -inform DER -in FILE -print_certs"),
        (pem("PKCS7", &pkcs7).into_bytes(), Rule::ItemKind, "labelled PKCS7", "openssl pkcs7"),
        (pem("CERTIFICATE", &pkcs7).into_bytes(), Rule::ItemKind, "PKCS#7", "openssl pkcs7"),
        (pkcs12, Rule::ItemKind, "PKCS#12", "openssl pkcs12"),
        (pem("PRIVATE KEY", &private).into_bytes(), Rule::ItemKind, "a private key", "why a private key is here"),
        (pem("CERTIFICATE REQUEST", &request).into_bytes(), Rule::ItemKind, "request", "--request"),
        (ca.key.spki(), Rule::ItemKind, "a public key", "the certificate that holds this key"),
        (b"ssh-ed25519 AAAAC3Nz alice".to_vec(), Rule::ItemKind, "SSH", "named in the site file"),
        (utf16, Rule::ItemPem, "UTF-16", "iconv -f UTF-16 -t UTF-8"),
        (crl.as_bytes()[..crl.len() - 9].to_vec(), Rule::ItemPem, "cut short", "its PEM object is missing"),
        (crl.replacen('M', "!", 1).into_bytes(), Rule::ItemPem, "not base64", "changed on the way"),
        ([crl.clone(), crl].concat().into_bytes(), Rule::ItemPem, "2 objects", "file of its own"),
    ] {
        let findings = item::read(&bytes).expect_err(text);
        let finding = findings.iter().next().unwrap();
        assert_eq!(finding.rule, rule, "{finding}");
        assert!(finding.text.contains(text) && finding.remedy().contains(help), "{finding}: {}", finding.remedy());
    }
}

#[test]
fn a_truncated_crl_is_still_called_a_crl() {
    let der = ThrowAwayCa::new("Root").crl(1).sign();
    let item = item::read(&der[..der.len() - 9]).unwrap();
    assert_eq!(item.kind, ItemKind::Crl);
    let judgement = judge(&item, &[], &NoState::default(), &Policy::default(), NOW);
    assert!(judgement.verdict.findings.has(Rule::CrlDer));
}

#[test]
fn a_good_root_is_nothing_to_remark() {
    let ca = ThrowAwayCa::new("Root");
    let issuer = issuer(&ca);
    assert!(issuer.findings().is_empty(), "{}", issuer.findings());
    assert!(issuer.is_self_signed());
    assert_eq!(issuer.file_name().len(), 40);
    assert!(issuer.clash(std::slice::from_ref(&issuer)).is_empty());
}

/// It was told by its signature alone, which MD5 hides: a root of that time could be named as a CA below itself.
#[test]
fn a_root_whose_signature_cannot_be_verified_here_is_no_ca_below_a_root() {
    let ca = ThrowAwayCa::new("Root");
    let named = |der: &[u8]| Issuer::named_below_a_root(der, &Policy::default()).map(|issuer| issuer.is_root());
    let mut draft = ca.root_draft();
    draft.inner_algorithm = sequence(&[oid(&[1, 2, 840, 113_549, 1, 1, 4]), tlv(5, &[])]);
    draft.outer_algorithm = draft.inner_algorithm.clone();
    let md5 = draft.sign();
    let issuer = Issuer::from_certificate(&md5, &Policy::default()).unwrap();
    assert!(issuer.is_root() && !issuer.is_self_signed());
    for root in [&ca.certificate, &md5] {
        assert_eq!(named(root), Err("it is a root".to_owned()));
    }
    assert_eq!(named(&ca.intermediate("Sub").sign()), Ok(false));
}

#[test]
fn a_root_of_the_same_name_is_told_apart_by_its_key() {
    let (old, new) = (ThrowAwayCa::new("Root"), ThrowAwayCa::new("Root"));
    let issuers = [issuer(&old), issuer(&new)];
    for (index, ca) in [&old, &new].into_iter().enumerate() {
        for with_aki in [true, false] {
            let mut draft = ca.crl(1);
            if !with_aki {
                draft.remove_extension(&[2, 5, 29, 35]);
            }
            let der = draft.sign();
            let item = item::read(&der).unwrap();
            let judgement = judge(&item, &issuers, &NoState::default(), &Policy::default(), NOW);
            assert_eq!(judgement.issuer, Some(index));
            assert_eq!(judgement.verdict.outcome.word(), "accepted", "{}", judgement.verdict.findings);
        }
    }
}

#[test]
fn a_foreign_item_judged_under_a_given_issuer_breaks_the_issuer_rule() {
    let (ours, theirs) = (ThrowAwayCa::new("Root"), ThrowAwayCa::new("Toor"));
    for (der, rule) in [(theirs.crl(1).sign(), Rule::CrlIssuer), (theirs.intermediate("Sub").sign(), Rule::CertIssuer)]
    {
        let item = item::read(&der).unwrap();
        let judgement = judge_under(&item, &issuer(&ours), &NoState::default(), &Policy::default(), NOW);
        assert!(judgement.verdict.findings.has(rule), "{}", judgement.verdict.findings);
        assert_eq!(judgement.verdict.outcome.word(), "rejected");
    }
}

#[test]
fn a_name_with_terminal_escapes_is_shown_harmlessly() {
    let hostile = "\u{1b}]0;owned\u{7}\u{202e}\r\nRoot";
    let (ours, theirs) = (ThrowAwayCa::new("Root"), ThrowAwayCa::new(hostile));
    let der = theirs.crl(1).sign();
    let ruling = judged(&der, &[issuer(&ours)]);
    let item = item::read(&der).unwrap();
    let judgement = judge(&item, &[], &NoState::default(), &Policy::default(), NOW);
    for text in [ruling.findings.to_string(), judgement.description.unwrap(), issuer(&theirs).to_string()] {
        assert!(text.contains("owned"), "{text}");
        assert!(text.chars().all(|c| c == ' ' || c.is_ascii_graphic() || c == '\n'), "{text:?}");
    }
    assert_eq!(try_crl(&der, &issuer(&theirs), &crate::trial::known(), &Policy::default()).outcome, "accepted");
}

#[test]
fn a_rollback_is_an_alarm_and_a_foreign_item_is_not() {
    let ca = ThrowAwayCa::new("Root");
    let (previous, older) = (ca.crl(8).sign(), ca.crl(7).sign());
    let state = NoState { previous: Some(&previous), ..NoState::default() };
    let item = item::read(&older).unwrap();
    assert!(judge(&item, &[issuer(&ca)], &state, &Policy::default(), NOW).verdict.is_rollback());
    assert!(!judge(&item, &[], &state, &Policy::default(), NOW).verdict.is_rollback());
}
