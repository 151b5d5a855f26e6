//! Certificates that break one rule each about what they may be used for, where things are, and what is known here.

use rootcast_pki::history::{CertificateHistory, CrlHistory, History, KnownKey};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;
use rootcast_pki::time::Timestamp;
use rootcast_pki::{item, judge};

use crate::certificate_cases::{changed, changed_under};
use crate::throwaway_ca::der_writer::{octets, oid, sequence, tlv};
use crate::throwaway_ca::{CertificateDraft, DEFAULT_NOW, ExtensionDraft, KeyKind, SigningKey, ThrowAwayCa, name};
use crate::trial::{Case, Ruling, case, issuer, strict, try_certificate, try_certificate_with};

const SKI: &[u64] = &[2, 5, 29, 14];
const NAME_CONSTRAINTS: &[u64] = &[2, 5, 29, 30];
const CDP: &[u64] = &[2, 5, 29, 31];
const POLICIES: &[u64] = &[2, 5, 29, 32];
const EKU: &[u64] = &[2, 5, 29, 37];
const AIA: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 1];

const SERVER_AUTH: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 1];
const CLIENT_AUTH: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 2];
const CODE_SIGNING: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 3];
const ANY_PURPOSE: &[u64] = &[2, 5, 29, 37, 0];
const OTHER: &[u64] = &[1, 3, 6, 1, 4, 1, 99_999, 1];

const ANY_POLICY: &[u64] = &[2, 5, 29, 32, 0];
const DOMAIN_VALIDATED: &[u64] = &[2, 23, 140, 1, 2, 1];
const ORGANISATION_VALIDATED: &[u64] = &[2, 23, 140, 1, 2, 2];

/// A good intermediate of a publicly trusted root with another extension in the place of its own.
fn strictly(extension: ExtensionDraft) -> Ruling {
    changed_under(&strict(), |draft| draft.set_extension(extension))
}

fn with(extension: ExtensionDraft) -> Ruling {
    changed(|draft| draft.set_extension(extension))
}

/// Name constraints with one permitted subtree, for `example`, and more fields in it.
fn constrained(critical: bool, bounds: &[u8]) -> Ruling {
    let subtree = sequence(&[tlv(0x82, b"example"), bounds.to_vec()]);
    with(ExtensionDraft::new(NAME_CONSTRAINTS, critical, sequence(&[tlv(0xa0, &subtree)])))
}

/// cRLDistributionPoints of these points.
fn points(points: &[Vec<u8>]) -> ExtensionDraft {
    ExtensionDraft::new(CDP, false, sequence(points))
}

fn full_name(names: &[Vec<u8>]) -> Vec<u8> {
    tlv(0xa0, &tlv(0xa0, &names.concat()))
}

fn url(text: &str) -> Vec<u8> {
    tlv(0x86, text.as_bytes())
}

/// A good intermediate where other keys are known.
fn beside(known: impl FnOnce(&CertificateDraft) -> KnownKey) -> Ruling {
    let ca = ThrowAwayCa::new("Root");
    let draft = ca.intermediate("Sub");
    let known = [known(&draft)];
    let history = CertificateHistory { known_keys: &known, ..CertificateHistory::default() };
    try_certificate(&draft.sign(), &issuer(&ca), &history, &Policy::default())
}

/// What an offline side or a publishing host knows: these keys.
struct Known(Vec<KnownKey>);

impl History for Known {
    fn crl_history(&self, _: &Issuer) -> CrlHistory<'_> {
        CrlHistory::default()
    }

    fn certificate_history(&self, _: &Issuer) -> CertificateHistory<'_> {
        CertificateHistory { known_keys: &self.0, ..CertificateHistory::default() }
    }
}

/// A decision about CERT-SKI needs both keys. They stand in the line that says what the item is, and not in the finding:
/// that stays the same when one more key becomes known.
#[test]
fn the_line_of_a_certificate_names_its_key_and_the_other_keys_of_its_name() {
    let ca = ThrowAwayCa::new("Root");
    let draft = ca.intermediate("Sub");
    let known = |arc: u8| known_key(draft.subject.clone(), other_spki(), vec![arc; 20]);
    let mut texts = Vec::new();
    for others in [vec![], vec![known(1)], vec![known(1), known(2), known(3), known(1)]] {
        let der = draft.sign();
        let item = item::read(&der).expect("an item");
        let history = Known(others);
        let judged = judge(&item, &[issuer(&ca)], &history, &Policy::default(), Timestamp(DEFAULT_NOW));
        let line = judged.description.expect("it can be read");
        let own: String = key_id(&draft).iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(line.contains(&format!("(key {own}")), "{line}");
        let named = |arc: u8| format!("; the name is known here with key {}", format!("{arc:02x}").repeat(20));
        let shown: Vec<bool> = [1, 2, 3].iter().map(|arc| line.contains(&named(*arc))).collect();
        assert_eq!(shown, [!history.0.is_empty(), history.0.len() > 1, false], "at most two: {line}");
        let held = judged.verdict.findings.iter().filter(|finding| finding.rule == Rule::CertSki);
        texts.extend(held.map(|finding| finding.text.clone()));
    }
    assert!(matches!(&texts[..], [one, more] if one == more), "{texts:?}");
    let elsewhere = Known(vec![known_key(name("Else"), other_spki(), key_id(&draft))]);
    let der = draft.sign();
    let item = item::read(&der).expect("an item");
    let judged = judge(&item, &[issuer(&ca)], &elsewhere, &Policy::default(), Timestamp(DEFAULT_NOW));
    let line = judged.description.expect("it can be read");
    assert!(line.contains("; the identifier is known here of CN=Else"), "{line}");
}

fn known_key(subject: Vec<u8>, spki: Vec<u8>, key_id: Vec<u8>) -> KnownKey {
    let (issuer, issuer_key_id) = (name("Root"), None);
    KnownKey { subject, spki, key_id, ended: None, issuer, issuer_key_id, not_before: Timestamp(0) }
}

fn other_spki() -> Vec<u8> {
    SigningKey::generate(KeyKind::EcdsaP256).spki()
}

/// The subjectKeyIdentifier of a draft.
fn key_id(draft: &CertificateDraft) -> Vec<u8> {
    let extension = draft.extensions.iter().find(|extension| extension.oid == SKI).expect("a good draft has one");
    extension.value[2..].to_vec()
}

/// A good intermediate where these requests are registered.
fn requested(requests: impl FnOnce(&CertificateDraft) -> Vec<Vec<u8>>) -> Ruling {
    let ca = ThrowAwayCa::new("Root");
    let draft = ca.intermediate("Sub");
    let requests = requests(&draft);
    let history = CertificateHistory { requests: &requests, ..CertificateHistory::default() };
    try_certificate_with(&draft.sign(), &issuer(&ca), &history, &Policy::default())
}

/// A good intermediate where its URL, `http://crl.example/root.crl`, is served or not.
fn served(prefix: &str) -> Ruling {
    let ca = ThrowAwayCa::new("Root");
    let served = [prefix.to_owned()];
    let history = CertificateHistory { served: &served, ..CertificateHistory::default() };
    try_certificate(&ca.intermediate("Sub").sign(), &issuer(&ca), &history, &Policy::default())
}

pub(crate) const CASES: &[Case] = &[
    case!(CertDer Reject "a cRLDistributionPoints of no points" with(points(&[]))),
    case!(CertDer Reject "an authorityInfoAccess that is no list" with(ExtensionDraft::new(AIA, false, octets(b"?")))),
    case!(CertDer Reject "an extKeyUsage of nothing" with(ExtensionDraft::key_purposes(&[]))),
    case!(CertDer Reject "certificatePolicies of nothing" with(ExtensionDraft::policies(&[]))),
    case!(CertDer Reject "nameConstraints without any constraint" {
        with(ExtensionDraft::new(NAME_CONSTRAINTS, true, sequence(&[])))
    }),
    case!(CertDer Reject "a subjectAltName that is not ASCII" {
        with(ExtensionDraft::new(&[2, 5, 29, 17], false, sequence(&[tlv(0x82, b"\xff")])))
    }),
    case!(CertDer Reject "a policyMappings of one identifier" {
        with(ExtensionDraft::new(&[2, 5, 29, 33], true, sequence(&[sequence(&[oid(ANY_POLICY)])])))
    }),
    case!(CertDer Reject "policyConstraints below zero" {
        with(ExtensionDraft::new(&[2, 5, 29, 36], true, sequence(&[tlv(0x80, &[0xff])])))
    }),
    case!(CertDer Reject "an inhibitAnyPolicy that is no number" {
        with(ExtensionDraft::new(&[2, 5, 29, 54], true, octets(&[0])))
    }),
    case!(CertSki Warn "absent" changed(|draft| draft.remove_extension(SKI))),
    case!(CertSki Reject "absent, webpki" changed_under(&strict(), |draft| draft.remove_extension(SKI))),
    case!(CertSki Hold "the identifier of another key" {
        beside(|draft| known_key(name("Else"), other_spki(), key_id(draft)))
    }),
    case!(CertSki Hold "the subject with another key" {
        beside(|draft| known_key(draft.subject.clone(), other_spki(), vec![1; 20]))
    }),
    case!(CertSki Hold "the subject of the issuer itself" changed(|draft| draft.subject = name("Root"))),
    case!(CertContinuity Hold "a known key under another identifier" {
        beside(|draft| known_key(draft.subject.clone(), draft.spki.clone(), vec![1; 20]))
    }),
    case!(CertContinuity Hold "a known key under another name and another identifier" {
        beside(|draft| known_key(name("Else"), draft.spki.clone(), vec![1; 20]))
    }),
    case!(CertContinuity Hold "a known key under its name in another encoding" {
        beside(|draft| {
            let printable = |arc, text: &[u8]| tlv(0x31, &sequence(&[oid(&[2, 5, 4, arc]), tlv(0x13, text)]));
            let subject = sequence(&[printable(10, b"Rootcast tests"), printable(3, b"Sub")]);
            known_key(subject, draft.spki.clone(), key_id(draft))
        })
    }),
    case!(CertRevoked Reject "a key that was revoked as compromised" {
        beside(|draft| KnownKey {
            ended: Some(Timestamp(DEFAULT_NOW)),
            ..known_key(name("Else"), draft.spki.clone(), key_id(draft))
        })
    }),
    case!(CertEku Reject "absent, webpki" changed_under(&strict(), |draft| draft.remove_extension(EKU))),
    case!(CertEku Reject "no serverAuth, webpki" strictly(ExtensionDraft::key_purposes(&[OTHER]))),
    case!(CertEku Reject "codeSigning, webpki" strictly(ExtensionDraft::key_purposes(&[SERVER_AUTH, CODE_SIGNING]))),
    case!(CertEku Reject "anyExtendedKeyUsage, webpki" {
        strictly(ExtensionDraft::key_purposes(&[SERVER_AUTH, ANY_PURPOSE]))
    }),
    case!(CertEku Warn "clientAuth, webpki" strictly(ExtensionDraft::key_purposes(&[SERVER_AUTH, CLIENT_AUTH]))),
    case!(CertEku Warn "an unknown purpose, webpki" strictly(ExtensionDraft::key_purposes(&[SERVER_AUTH, OTHER]))),
    case!(CertPolicies Reject "absent, webpki" changed_under(&strict(), |draft| draft.remove_extension(POLICIES))),
    case!(CertPolicies Reject "none that is reserved, webpki" strictly(ExtensionDraft::policies(&[OTHER]))),
    case!(CertPolicies Reject "two that are reserved, webpki" {
        strictly(ExtensionDraft::policies(&[DOMAIN_VALIDATED, ORGANISATION_VALIDATED]))
    }),
    case!(CertPolicies Reject "anyPolicy and another, webpki" {
        strictly(ExtensionDraft::policies(&[ANY_POLICY, DOMAIN_VALIDATED]))
    }),
    case!(CertCdp Warn "absent" changed(|draft| draft.remove_extension(CDP))),
    case!(CertCdp Reject "absent, webpki" changed_under(&strict(), |draft| draft.remove_extension(CDP))),
    case!(CertCdp Warn "critical" {
        with(ExtensionDraft { critical: true, ..ExtensionDraft::crl_distribution_points(&["http://crl.example/a"]) })
    }),
    case!(CertCdp Reject "critical, webpki" {
        strictly(ExtensionDraft { critical: true, ..ExtensionDraft::crl_distribution_points(&["http://crl.example/a"]) })
    }),
    case!(CertCdp Warn "only LDAP" with(ExtensionDraft::crl_distribution_points(&["ldap:///CN=Root"]))),
    case!(CertCdp Warn "LDAP besides" {
        with(ExtensionDraft::crl_distribution_points(&["http://crl.example/a", "ldap:///CN=Root"]))
    }),
    case!(CertCdp Reject "https, webpki" strictly(ExtensionDraft::crl_distribution_points(&["https://crl.example/a"]))),
    case!(CertCdp Warn "a point without a name besides" {
        let named = sequence(&[full_name(&[url("http://crl.example/a")])]);
        with(points(&[named, sequence(&[tlv(0xa2, &tlv(0xa4, &name("Toor")))])]))
    }),
    case!(CertCdp Warn "for some reasons only" {
        with(points(&[sequence(&[full_name(&[url("http://crl.example/a")]), tlv(0x81, &[6, 0x40])])]))
    }),
    case!(CertCdp Warn "a URL that is not served here" served("http://crl.example/other/")),
    case!(CertCdp Warn "a URL that only begins like one served here" served("http://crl.example/ro")),
    case!(CertAia Warn "absent" changed(|draft| draft.remove_extension(AIA))),
    case!(CertAia Warn "https" with(ExtensionDraft::ca_issuers("https://ca.example/a.crt"))),
    case!(CertAia Warn "only OCSP" {
        let ocsp = sequence(&[oid(&[1, 3, 6, 1, 5, 5, 7, 48, 1]), url("http://ocsp.example/")]);
        with(ExtensionDraft::new(AIA, false, sequence(&[ocsp])))
    }),
    case!(CertNameConstraints Warn "not critical" constrained(false, &[])),
    case!(CertNameConstraints Warn "a minimum" constrained(true, &tlv(0x80, &[1]))),
    case!(CertNameConstraints Warn "a maximum" constrained(true, &tlv(0x81, &[3]))),
    case!(CertRequest Warn "none is registered" requested(|_| Vec::new())),
    case!(CertRequest Hold "another is registered" requested(|_| vec![other_spki()])),
];

#[test]
fn what_a_certificate_is_for_is_nothing_to_a_private_root() {
    for extension in [
        ExtensionDraft::key_purposes(&[CODE_SIGNING, ANY_PURPOSE, CLIENT_AUTH, OTHER]),
        ExtensionDraft::policies(&[OTHER, ANY_POLICY, DOMAIN_VALIDATED]),
    ] {
        let ruling = with(extension);
        assert!(ruling.findings.is_empty(), "{}", ruling.findings);
    }
    for oid in [EKU, POLICIES] {
        let ruling = changed(|draft| draft.remove_extension(oid));
        assert!(ruling.findings.is_empty(), "{}", ruling.findings);
    }
}

#[test]
fn good_extensions_of_every_kind_are_nothing_to_remark() {
    let good = [
        constrained(true, &[]),
        with(ExtensionDraft::crl_distribution_points(&["http://a.example/a.crl", "HTTP://b.example/a.crl"])),
        strictly(ExtensionDraft::policies(&[OTHER, DOMAIN_VALIDATED])),
        served("http://crl.example/root.crl"),
        served("http://crl.example"),
        served("http://crl.example/"),
        requested(|draft| vec![other_spki(), draft.spki.clone()]),
        beside(|draft| known_key(draft.subject.clone(), draft.spki.clone(), key_id(draft))),
    ];
    for ruling in good {
        assert_eq!((ruling.outcome, ruling.findings.len()), ("accepted", 0), "{}", ruling.findings);
    }
}

#[test]
fn a_hostile_url_is_shown_harmlessly_and_cut() {
    let ca = ThrowAwayCa::new("Root");
    let mut draft = ca.intermediate("Sub");
    let hostile = format!("http://crl.example/\u{1b}]0;owned\u{7}{}", "x".repeat(5000));
    draft.set_extension(ExtensionDraft::crl_distribution_points(&[&hostile]));
    let served = ["http://other.example".to_owned()];
    let history = CertificateHistory { served: &served, ..CertificateHistory::default() };
    let text = try_certificate(&draft.sign(), &issuer(&ca), &history, &Policy::default()).findings.to_string();
    assert!(text.contains("owned") && text.len() < 500, "{text}");
    assert!(text.chars().all(|c| c == '\n' || c == ' ' || c.is_ascii_graphic()), "{text:?}");
}

#[test]
fn a_list_of_too_many_urls_is_refused() {
    let many: Vec<String> = (0..65).map(|number| format!("http://crl.example/{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let ruling = with(ExtensionDraft::crl_distribution_points(&many));
    assert!(ruling.findings.to_string().contains("more than 64 URLs in one extension"), "{}", ruling.findings);
    assert!(with(ExtensionDraft::crl_distribution_points(&many[..64])).findings.is_empty());
}
