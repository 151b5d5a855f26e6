//! Certificates that break one rule each about what they may be used for, where things are, and what is known here.

use std::sync::Arc;

use rootcast_pki::history::{CertificateHistory, CertifiedUse, CrlHistory, History, KnownKey};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;
use rootcast_pki::time::Timestamp;
use rootcast_pki::{item, judge};

use crate::certificate_cases::{changed, changed_under, subject};
use crate::throwaway_ca::der_writer::{integer, octets, oid, sequence, tlv};
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
    KnownKey { subject, spki, key_id, ended: None, issuer, issuer_key_id, not_before: Timestamp(0), certified: None }
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

const ANOTHER: &[u64] = &[1, 3, 6, 1, 4, 1, 99_999, 2];
const CPS: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 2, 1];
const USER_NOTICE: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 2, 2];
const COUNTRY: (u64, u8, &[u8]) = (6, 0x13, b"CH");
const ORGANIZATION: (u64, u8, &[u8]) = (10, 0x0c, b"Rootcast tests");
const COMMON_NAME: (u64, u8, &[u8]) = (3, 0x0c, b"Sub");

/// A good intermediate with this subject.
fn named(policy: &Policy, attributes: &[(u64, u8, &[u8])]) -> Ruling {
    changed_under(policy, |draft| draft.subject = subject(attributes))
}

/// A good intermediate whose key has another certificate here, for clientAuth and changed in one place.
fn mixed(policy: &Policy, change: impl FnOnce(&mut CertifiedUse)) -> Ruling {
    let ca = ThrowAwayCa::new("Root");
    let draft = ca.intermediate("Sub");
    let client = oid(CLIENT_AUTH).split_off(2);
    let mut other = CertifiedUse {
        certificate: [7; 32],
        not_after: Timestamp(DEFAULT_NOW),
        is_revoked: false,
        is_root: false,
        purposes: Some([client].into()),
    };
    change(&mut other);
    let known = known_key(draft.subject.clone(), draft.spki.clone(), key_id(&draft));
    let known = [KnownKey { certified: Some(other), ..known }];
    let history = CertificateHistory { known_keys: &known, ..CertificateHistory::default() };
    try_certificate(&draft.sign(), &issuer(&ca), &history, policy)
}

/// What is of no use any more, a root's own certificate, and the same purposes in another order mix nothing.
#[test]
fn only_a_valid_certificate_of_other_purposes_mixes_the_uses_of_a_key() {
    type Change = fn(&mut CertifiedUse);
    let changes: [Change; 4] = [
        |other| other.not_after = Timestamp(DEFAULT_NOW - 1),
        |other| other.is_revoked = true,
        |other| (other.is_root, other.purposes) = (true, None),
        |other| other.purposes = Some([oid(SERVER_AUTH).split_off(2)].into()),
    ];
    for change in changes {
        let ruling = mixed(&strict(), change);
        assert!(ruling.findings.is_empty(), "{}", ruling.findings);
    }
    let text = mixed(&strict(), |_| {}).findings.to_string();
    assert!(text.contains("is for serverAuth; another one") && text.contains("others: clientAuth, until "), "{text}");
}

/// certificatePolicies of one reserved policy with one qualifier.
fn qualified(critical: bool, kind: &[u64], value: Vec<u8>) -> ExtensionDraft {
    let qualifiers = sequence(&[sequence(&[oid(kind), value])]);
    let policy = sequence(&[oid(DOMAIN_VALIDATED), qualifiers]);
    ExtensionDraft::new(POLICIES, critical, sequence(&[policy]))
}

/// A good intermediate that maps one policy to another.
fn mapped(from: &[u64], to: &[u64]) -> Ruling {
    with(mappings(from, to))
}

fn mappings(from: &[u64], to: &[u64]) -> ExtensionDraft {
    ExtensionDraft::new(&[2, 5, 29, 33], true, sequence(&[sequence(&[oid(from), oid(to)])]))
}

/// policyConstraints (36) or inhibitAnyPolicy (54).
fn limit(arc: u64, critical: bool) -> ExtensionDraft {
    let value = if arc == 36 { sequence(&[tlv(0x80, &[0])]) } else { integer(0) };
    ExtensionDraft::new(&[2, 5, 29, arc], critical, value)
}

/// authorityInfoAccess with the issuer's certificate, and these methods with their URLs.
fn accesses(more: &[(u64, &str)]) -> ExtensionDraft {
    let methods = [(2, "http://ca.example/root.crt")].iter().chain(more);
    let access = methods.map(|(arc, text)| sequence(&[oid(&[1, 3, 6, 1, 5, 5, 7, 48, *arc]), url(text)]));
    ExtensionDraft::new(AIA, false, sequence(&access.collect::<Vec<_>>()))
}

/// A certificate with these policies, issued by an intermediate that has those.
fn below(above: &[&[u64]], mapping: Option<(&[u64], &[u64])>, policies: &[&[u64]]) -> Ruling {
    let ca = ThrowAwayCa::new("Root");
    let key = Arc::new(SigningKey::generate(KeyKind::EcdsaP256));
    let mut middle = ca.intermediate_with_key("Middle", &key);
    middle.set_extension(ExtensionDraft::basic_constraints(true, Some(1)));
    middle.set_extension(ExtensionDraft::policies(above));
    middle.extensions.extend(mapping.map(|(from, to)| mappings(from, to)));
    let middle_issuer = Issuer::from_certificate(&middle.sign(), &Policy::default()).expect("a CA");
    let sub = SigningKey::generate(KeyKind::EcdsaP256);
    let mut draft = CertificateDraft::intermediate(&middle.subject, &key, "Sub", &sub, DEFAULT_NOW);
    draft.set_extension(ExtensionDraft::policies(policies));
    try_certificate(&draft.sign(), &middle_issuer, &CertificateHistory::default(), &Policy::default())
}

/// As in OpenSSL, the policies of a trust anchor limit nothing; anyPolicy means what the issuer has.
#[test]
fn policies_within_those_of_the_issuer_are_nothing_to_remark() {
    for (above, mapping, policies) in [
        (&[ANY_POLICY][..], None, &[OTHER][..]),
        (&[OTHER, ANOTHER], None, &[ANOTHER]),
        (&[OTHER], None, &[ANY_POLICY]),
        (&[OTHER], Some((OTHER, ANOTHER)), &[ANOTHER]),
    ] {
        let ruling = below(above, mapping, policies);
        assert!(ruling.findings.is_empty(), "{}", ruling.findings);
    }
    let ca = ThrowAwayCa::new("Root");
    let mut root = ca.root_draft();
    root.set_extension(ExtensionDraft::policies(&[OTHER]));
    let root = Issuer::from_certificate(&root.sign(), &Policy::default()).expect("a root");
    let mut draft = ca.intermediate("Sub");
    draft.set_extension(ExtensionDraft::policies(&[ANOTHER]));
    let ruling = try_certificate(&draft.sign(), &root, &CertificateHistory::default(), &Policy::default());
    assert!(ruling.findings.is_empty(), "{}", ruling.findings);
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
            let subject = subject(&[(6, 0x13, b"CH"), (10, 0x13, b"Rootcast tests"), (3, 0x13, b"Sub")]);
            known_key(subject, draft.spki.clone(), key_id(draft))
        })
    }),
    case!(CertRevoked Reject "a key that was revoked as compromised" {
        beside(|draft| KnownKey {
            ended: Some(Timestamp(DEFAULT_NOW)),
            ..known_key(name("Else"), draft.spki.clone(), key_id(draft))
        })
    }),
    case!(CertSubject Warn "a common name of 65 characters" named(&Policy::default(), &[(3, 0x0c, &[b'x'; 65])])),
    case!(CertSubject Reject "a common name of 65 characters, webpki" {
        named(&strict(), &[COUNTRY, ORGANIZATION, (3, 0x0c, &[b'x'; 65])])
    }),
    case!(CertSubject Warn "an empty common name" named(&Policy::default(), &[ORGANIZATION, (3, 0x0c, b"")])),
    case!(CertSubject Reject "an empty common name, webpki" {
        named(&strict(), &[COUNTRY, ORGANIZATION, (3, 0x0c, b"")])
    }),
    case!(CertSubject Warn "a country of three letters" named(&Policy::default(), &[(6, 0x13, b"CHE"), COMMON_NAME])),
    case!(CertSubject Reject "a serial number of 65 characters, webpki" {
        named(&strict(), &[COUNTRY, ORGANIZATION, COMMON_NAME, (5, 0x13, &[b'1'; 65])])
    }),
    case!(CertSubject Reject "no country, webpki" named(&strict(), &[ORGANIZATION, COMMON_NAME])),
    case!(CertSubject Reject "no organization, webpki" named(&strict(), &[COUNTRY, COMMON_NAME])),
    case!(CertSubject Reject "no common name, webpki" named(&strict(), &[COUNTRY, ORGANIZATION])),
    case!(CertSubject Reject "an organizational unit, webpki" {
        named(&strict(), &[COUNTRY, ORGANIZATION, (11, 0x0c, b"Unit"), COMMON_NAME])
    }),
    case!(CertSubject Warn "no country, of a key that is known here, webpki" {
        let ca = ThrowAwayCa::new("Root");
        let mut draft = ca.intermediate("Sub");
        draft.subject = subject(&[ORGANIZATION, COMMON_NAME]);
        let known = [known_key(draft.subject.clone(), draft.spki.clone(), key_id(&draft))];
        let history = CertificateHistory { known_keys: &known, ..CertificateHistory::default() };
        try_certificate(&draft.sign(), &issuer(&ca), &history, &strict())
    }),
    case!(CertSubject Reject "no country, of a key that is known here under another name, webpki" {
        let ca = ThrowAwayCa::new("Root");
        let mut draft = ca.intermediate("Sub");
        draft.subject = subject(&[ORGANIZATION, COMMON_NAME]);
        let known = [known_key(name("Else"), draft.spki.clone(), key_id(&draft))];
        let history = CertificateHistory { known_keys: &known, ..CertificateHistory::default() };
        try_certificate(&draft.sign(), &issuer(&ca), &history, &strict())
    }),
    case!(CertKeyEkuMixed Warn "the same key for clientAuth elsewhere" mixed(&Policy::default(), |_| {})),
    case!(CertKeyEkuMixed Reject "the same key for clientAuth elsewhere, webpki" mixed(&strict(), |_| {})),
    case!(CertKeyEkuMixed Reject "the same key for everything elsewhere, webpki" {
        mixed(&strict(), |other| other.purposes = None)
    }),
    case!(CertEku Reject "critical, webpki" {
        strictly(ExtensionDraft { critical: true, ..ExtensionDraft::key_purposes(&[SERVER_AUTH]) })
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
    case!(CertPolicies Reject "critical, webpki" {
        strictly(ExtensionDraft { critical: true, ..ExtensionDraft::policies(&[ANY_POLICY]) })
    }),
    case!(CertPolicies Reject "a user notice, webpki" {
        strictly(qualified(false, USER_NOTICE, sequence(&[tlv(0x0c, b"notice")])))
    }),
    case!(CertPolicies Reject "a CPS pointer that is no URL, webpki" {
        strictly(qualified(false, CPS, tlv(0x16, b"ftp://ca.example/cps")))
    }),
    case!(CertPolicies Reject "a policy twice" with(ExtensionDraft::policies(&[OTHER, OTHER]))),
    case!(CertPolicies Reject "a mapping from anyPolicy" mapped(ANY_POLICY, OTHER)),
    case!(CertPolicies Reject "a mapping to anyPolicy" mapped(OTHER, ANY_POLICY)),
    case!(CertPolicies Warn "policyConstraints that are not critical" with(limit(36, false))),
    case!(CertPolicies Reject "policyConstraints that are not critical, webpki" strictly(limit(36, false))),
    case!(CertPolicies Warn "an inhibitAnyPolicy that is not critical" with(limit(54, false))),
    case!(CertPolicies Reject "an inhibitAnyPolicy that is not critical, webpki" strictly(limit(54, false))),
    case!(CertPolicies Warn "a policy that the issuer does not have" below(&[OTHER], None, &[ANOTHER])),
    case!(CertPolicies Warn "a policy that the issuer maps to another" {
        below(&[OTHER], Some((OTHER, ANOTHER)), &[OTHER])
    }),
    case!(CertExtCritical Reject "an unknown qualifier in critical policies" {
        with(qualified(true, OTHER, tlv(0x0c, b"?")))
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
    case!(CertCdp Warn "http without a host" with(ExtensionDraft::crl_distribution_points(&["http:///root.crl"]))),
    case!(CertCdp Reject "http without a host, webpki" {
        strictly(ExtensionDraft::crl_distribution_points(&["http:///root.crl"]))
    }),
    case!(CertCdp Warn "a port without a host besides" {
        with(ExtensionDraft::crl_distribution_points(&["http://crl.example/a", "http://:80/a"]))
    }),
    case!(CertCdp Reject "https, webpki" strictly(ExtensionDraft::crl_distribution_points(&["https://crl.example/a"]))),
    case!(CertCdp Warn "a point without a name besides" {
        let named = sequence(&[full_name(&[url("http://crl.example/a")])]);
        with(points(&[named, sequence(&[tlv(0xa2, &tlv(0xa4, &name("Toor")))])]))
    }),
    case!(CertCdp Warn "for some reasons only" {
        with(points(&[sequence(&[full_name(&[url("http://crl.example/a")]), tlv(0x81, &[6, 0x40])])]))
    }),
    case!(CertCdp Warn "a URL that is not served here" served("http://crl.example.com/other/")),
    case!(CertCdp Warn "a URL that only begins like one served here" served("http://crl.example.com/ro")),
    case!(CertAia Warn "absent" changed(|draft| draft.remove_extension(AIA))),
    case!(CertAia Warn "https" with(ExtensionDraft::ca_issuers("https://ca.example/a.crt"))),
    case!(CertAia Reject "https, webpki" strictly(ExtensionDraft::ca_issuers("https://ca.example/a.crt"))),
    case!(CertAia Reject "http without a host, webpki" strictly(ExtensionDraft::ca_issuers("http://?a.crt"))),
    case!(CertAia Warn "an OCSP responder over https" with(accesses(&[(1, "https://ocsp.example/")]))),
    case!(CertAia Reject "an OCSP responder over https, webpki" {
        strictly(accesses(&[(1, "https://ocsp.example/")]))
    }),
    case!(CertAia Warn "another access method" with(accesses(&[(5, "http://ca.example/")]))),
    case!(CertAia Reject "another access method, webpki" strictly(accesses(&[(5, "http://ca.example/")]))),
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
        strictly(qualified(false, CPS, tlv(0x16, b"HTTPS://ca.example/cps"))),
        with(qualified(true, USER_NOTICE, sequence(&[]))),
        with(qualified(false, OTHER, tlv(0x0c, b"?"))),
        strictly(limit(36, true)),
        strictly(limit(54, true)),
        strictly(mappings(OTHER, ANOTHER)),
        strictly(accesses(&[(1, "http://ocsp.example")])),
        with(ExtensionDraft::crl_distribution_points(&["http://user@crl.example:80?x"])),
        named(&strict(), &[COUNTRY, ORGANIZATION, (3, 0x0c, "ü".repeat(64).as_bytes())]),
        served("http://crl.example.com/root.crl"),
        served("http://crl.example.com"),
        served("http://crl.example.com/"),
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
