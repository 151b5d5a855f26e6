//! CA certificates below issuers with nameConstraints: what is excluded, what is permitted, what cannot be compared.

use std::fmt::Write as _;
use std::sync::Arc;

use rootcast_pki::disabled_rules::SwitchedOff;
use rootcast_pki::finding::Severity;
use rootcast_pki::history::CertificateHistory;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::{Rule, RuleSet};

use crate::seeds::chance;
use crate::throwaway_ca::der_writer::{integer_octets, oid, sequence, set, tlv};
use crate::throwaway_ca::{
    CertificateDraft, DAY, DEFAULT_NOW, ExtensionDraft, KeyKind, RawTime, SigningKey, ThrowAwayCa,
};
use crate::trial::{Case, Ruling, case, strict, try_certificate};

const UTF8: u8 = 0x0c;
const PRINTABLE: u8 = 0x13;
const TELETEX: u8 = 0x14;
const IA5: u8 = 0x16;
const VISIBLE: u8 = 0x1a;
const BMP: u8 = 0x1e;

const C: &[u64] = &[2, 5, 4, 6];
const O: &[u64] = &[2, 5, 4, 10];
const CN: &[u64] = &[2, 5, 4, 3];
const EMAIL: &[u64] = &[1, 2, 840, 113_549, 1, 9, 1];

/// One attribute: its type, its string's tag, its value.
type Part<'p> = (&'p [u64], u8, &'p [u8]);

fn attribute((kind, tag, value): &Part<'_>) -> Vec<u8> {
    sequence(&[oid(kind), tlv(*tag, value)])
}

/// A name of one attribute in each relative distinguished name.
fn of(parts: &[Part<'_>]) -> Vec<u8> {
    sequence(&parts.iter().map(|part| set(&[attribute(part)])).collect::<Vec<_>>())
}

fn directory(name: &[u8]) -> Vec<u8> {
    tlv(0xa4, name)
}

fn email(text: &str) -> Vec<u8> {
    tlv(0x81, text.as_bytes())
}

fn host(text: &str) -> Vec<u8> {
    tlv(0x82, text.as_bytes())
}

fn url(text: &str) -> Vec<u8> {
    tlv(0x86, text.as_bytes())
}

fn address(octets: &[u8]) -> Vec<u8> {
    tlv(0x87, octets)
}

/// An otherName: a Microsoft user principal name.
fn other() -> Vec<u8> {
    tlv(0xa0, &[oid(&[1, 3, 6, 1, 4, 1, 311, 20, 2, 3]), tlv(0xa0, &tlv(UTF8, b"ca"))].concat())
}

/// nameConstraints, critical, with these bases and whatever stands behind each.
fn limits(permitted: &[(Vec<u8>, &[u8])], excluded: &[(Vec<u8>, &[u8])]) -> ExtensionDraft {
    let list = |tag, bases: &[(Vec<u8>, &[u8])]| {
        let trees: Vec<Vec<u8>> =
            bases.iter().map(|(base, bounds)| sequence(&[base.clone(), bounds.to_vec()])).collect();
        if trees.is_empty() { Vec::new() } else { tlv(tag, &trees.concat()) }
    };
    ExtensionDraft::new(&[2, 5, 29, 30], true, sequence(&[list(0xa0, permitted), list(0xa1, excluded)]))
}

fn permitting(base: Vec<u8>) -> ExtensionDraft {
    limits(&[(base, &[])], &[])
}

fn excluding(base: Vec<u8>) -> ExtensionDraft {
    limits(&[], &[(base, &[])])
}

fn alternative(names: &[Vec<u8>]) -> ExtensionDraft {
    ExtensionDraft::new(&[2, 5, 29, 17], false, sequence(names))
}

/// Everything here is Example's, in Switzerland.
fn example() -> Vec<u8> {
    of(&[(C, PRINTABLE, b"CH"), (O, UTF8, b"Example")])
}

fn subject() -> Vec<u8> {
    of(&[(C, PRINTABLE, b"CH"), (O, UTF8, b"Example"), (CN, UTF8, b"Sub")])
}

/// A certificate of a root with this nameConstraints.
fn below(constraints: ExtensionDraft, subject: Vec<u8>, names: &[Vec<u8>]) -> Ruling {
    below_with(&Policy::default(), &[constraints], |draft| {
        draft.subject = subject;
        if !names.is_empty() {
            draft.set_extension(alternative(names));
        }
    })
}

fn below_with(policy: &Policy, constraints: &[ExtensionDraft], change: impl FnOnce(&mut CertificateDraft)) -> Ruling {
    let ca = ThrowAwayCa::new("Root");
    let mut root = ca.root_draft();
    root.extensions.extend_from_slice(constraints);
    let issuer = Issuer::from_certificate(&root.sign(), &Policy::default()).expect("still a root");
    let mut draft = ca.intermediate("Sub");
    change(&mut draft);
    try_certificate(&draft.sign(), &issuer, &CertificateHistory::default(), policy)
}

/// An issuing CA below a policy CA below a root: the constraints of the root and of the policy CA, and the subject of
/// the issuing CA.
fn three_tiers(root: Option<ExtensionDraft>, policy_ca: Option<ExtensionDraft>, subject: Vec<u8>) -> Ruling {
    let (ca, key) = (ThrowAwayCa::new("Root"), Arc::new(SigningKey::generate(KeyKind::EcdsaP256)));
    let mut top = ca.root_draft();
    top.extensions.extend(root);
    let mut middle = ca.intermediate_with_key("Policy", &key);
    middle.subject = of(&[(C, PRINTABLE, b"CH"), (O, UTF8, b"Example"), (CN, UTF8, b"Policy")]);
    middle.set_extension(ExtensionDraft::basic_constraints(true, Some(1)));
    middle.not_before = RawTime::At(DEFAULT_NOW - 10 * DAY);
    middle.not_after = RawTime::At(DEFAULT_NOW + 2000 * DAY);
    middle.extensions.extend(policy_ca);
    let read = |draft: &CertificateDraft| Issuer::from_certificate(&draft.sign(), &Policy::default()).expect("a CA");
    let issuer = read(&middle).below(&read(&top));
    let sub = SigningKey::generate(KeyKind::EcdsaP256);
    let mut draft = CertificateDraft::intermediate(&middle.subject, &key, "Sub", &sub, DEFAULT_NOW);
    draft.subject = subject;
    try_certificate(&draft.sign(), &issuer, &CertificateHistory::default(), &Policy::default())
}

fn with_address(tag: u8, text: &str) -> Vec<u8> {
    of(&[(C, PRINTABLE, b"CH"), (O, UTF8, b"Example"), (EMAIL, tag, text.as_bytes()), (CN, UTF8, b"Sub")])
}

pub(crate) const CASES: &[Case] = &[
    case!(CertNamePermitted Reject "an excluded name" below(excluding(directory(&example())), subject(), &[])),
    case!(CertNamePermitted Reject "an excluded name, webpki" {
        below_with(&strict(), &[excluding(directory(&example()))], |draft| draft.subject = subject())
    }),
    case!(CertNamePermitted Reject "an excluded name in another string type, letters and spaces" {
        let base = of(&[(C, UTF8, b"ch"), (O, BMP, b"\0E\0X\0A\0M\0P\0L\0E\0 ")]);
        below(excluding(directory(&base)), subject(), &[])
    }),
    case!(CertNamePermitted Reject "an excluded name of a VisibleString" {
        below(excluding(directory(&of(&[(C, VISIBLE, b"CH")]))), subject(), &[])
    }),
    case!(CertNamePermitted Reject "excluded by a constraint that is not critical" {
        let constraints = ExtensionDraft { critical: false, ..excluding(directory(&example())) };
        below(constraints, subject(), &[])
    }),
    case!(CertNamePermitted Reject "every name is excluded" below(excluding(directory(&of(&[]))), subject(), &[])),
    case!(CertNamePermitted Reject "a name that is not permitted" {
        below(permitting(directory(&of(&[(C, PRINTABLE, b"LI")]))), subject(), &[])
    }),
    case!(CertNamePermitted Reject "a permitted name further down" {
        below(permitting(directory(&of(&[(O, UTF8, b"Example")]))), subject(), &[])
    }),
    case!(CertNamePermitted Reject "permitted and excluded" {
        below(limits(&[(directory(&example()), &[])], &[(directory(&subject()), &[])]), subject(), &[])
    }),
    case!(CertNamePermitted Reject "shorter than what is permitted" {
        below(permitting(directory(&subject())), example(), &[])
    }),
    case!(CertNamePermitted Warn "permitted if letters beyond ASCII have no case" {
        let base = of(&[(O, UTF8, "ZÜRICH".as_bytes())]);
        below(permitting(directory(&base)), of(&[(O, UTF8, "Zürich".as_bytes()), (CN, UTF8, b"Sub")]), &[])
    }),
    case!(CertNamePermitted Reject "excluded if letters beyond ASCII have no case" {
        let base = of(&[(O, UTF8, "ZÜRICH".as_bytes())]);
        below(excluding(directory(&base)), of(&[(O, TELETEX, b"Z\xfcrich"), (CN, UTF8, b"Sub")]), &[])
    }),
    case!(CertNamePermitted Reject "emailAddress outside" {
        below(permitting(email("example.ch")), with_address(IA5, "ca@example.li"), &[])
    }),
    case!(CertNamePermitted Reject "emailAddress excluded" {
        below(excluding(email(".example.ch")), with_address(IA5, "ca@pki.EXAMPLE.ch"), &[])
    }),
    case!(CertNamePermitted Reject "emailAddress that is no IA5String" {
        below(permitting(email("example.ch")), with_address(UTF8, "ca@example.ch"), &[])
    }),
    case!(CertNamePermitted Warn "emailAddress that is no IA5String below other constraints" {
        below(permitting(directory(&example())), with_address(UTF8, "ca@example.ch"), &[])
    }),
    case!(CertNamePermitted Reject "rfc822Name outside" {
        below(permitting(email("ca@example.ch")), subject(), &[email("root@example.ch")])
    }),
    case!(CertNamePermitted Reject "directoryName of subjectAltName outside" {
        below(permitting(directory(&example())), subject(), &[directory(&of(&[(C, PRINTABLE, b"LI")]))])
    }),
    case!(CertNamePermitted Reject "dNSName outside" below(permitting(host("example.ch")), subject(), &[host("badexample.ch")])),
    case!(CertNamePermitted Reject "every host is excluded" below(excluding(host("")), subject(), &[host("ca.example.ch")])),
    case!(CertNamePermitted Reject "iPAddress excluded" {
        below(excluding(address(&[192, 0, 2, 0, 255, 255, 255, 0])), subject(), &[address(&[192, 0, 2, 7])])
    }),
    case!(CertNamePermitted Reject "URI outside" {
        below(permitting(url(".example.ch")), subject(), &[url("https://example.ch/ca")])
    }),
    case!(CertNamePermitted Reject "below an excluded host with a dot at its end" {
        below(excluding(host("evil.example.")), subject(), &[host("www.evil.example")])
    }),
    case!(CertNamePermitted Reject "below an excluded host that is a pattern" {
        below(excluding(host("*.evil.example")), subject(), &[host("www.evil.example")])
    }),
    case!(CertNamePermitted Reject "below an excluded host that is a URL" {
        below(excluding(host("http://evil.example")), subject(), &[host("evil.example")])
    }),
    case!(CertNamePermitted Reject "a permitted host that is a URL permits nothing" {
        below(permitting(host("http://example.ch")), subject(), &[host("example.ch")])
    }),
    case!(CertNamePermitted Reject "a dNSName with a NUL" {
        below(excluding(host("evil.example")), subject(), &[host("evil.example\0.com")])
    }),
    case!(CertNamePermitted Reject "a dNSName that stands for an excluded one" {
        below(excluding(host("www.evil.example")), subject(), &[host("*.EVIL.example")])
    }),
    case!(CertNamePermitted Reject "an excluded URI that is no host" {
        below(excluding(url("http://evil.example/")), subject(), &[url("http://www.evil.example/ca")])
    }),
    case!(CertNamePermitted Reject "a URI with an encoded host" {
        below(excluding(url("evil.example")), subject(), &[url("http://%65vil.example/")])
    }),
    case!(CertNamePermitted Reject "a URI with an address for its host" {
        below(excluding(url("evil.example")), subject(), &[url("http://192.0.2.7/")])
    }),
    case!(CertNamePermitted Reject "an excluded mailbox in brackets" {
        below(excluding(email("<ca@evil.example>")), subject(), &[email("ca@evil.example")])
    }),
    case!(CertNamePermitted Reject "an excluded network of five octets" {
        below(excluding(address(&[192, 0, 2, 0, 255])), subject(), &[address(&[192, 0, 2, 7])])
    }),
    case!(CertNamePermitted Reject "a form that cannot be compared" below(permitting(other()), subject(), &[other()])),
    case!(CertNamePermitted Reject "a maximum" {
        below(limits(&[(directory(&example()), &tlv(0x81, &integer_octets(3)))], &[]), subject(), &[])
    }),
    case!(CertNamePermitted Reject "a minimum" {
        below(limits(&[(directory(&example()), &tlv(0x80, &integer_octets(1)))], &[]), subject(), &[])
    }),
    case!(CertNamePermitted Reject "constraints that cannot be read" {
        below(ExtensionDraft::new(&[2, 5, 29, 30], true, sequence(&[])), subject(), &[])
    }),
    case!(CertNamePermitted Reject "the second of two constraints" {
        let two = [permitting(directory(&example())), excluding(directory(&example()))];
        below_with(&Policy::default(), &two, |draft| draft.subject = subject())
    }),
    case!(CertNamePermitted Reject "a root's constraints hold for an issuing CA" {
        three_tiers(Some(excluding(directory(&subject()))), None, subject())
    }),
    case!(CertNamePermitted Reject "a policy CA permits what the root does not" {
        let elsewhere = of(&[(C, PRINTABLE, b"LI"), (CN, UTF8, b"Sub")]);
        let permitted = directory(&of(&[(C, PRINTABLE, b"LI")]));
        three_tiers(Some(permitting(directory(&example()))), Some(permitting(permitted)), elsewhere)
    }),
    case!(CertNamePermitted Reject "a policy CA's own constraints" {
        three_tiers(Some(permitting(directory(&example()))), Some(excluding(directory(&subject()))), subject())
    }),
];

/// Whoever is to certify below it learns it from the certificate itself.
#[test]
fn a_subtree_without_the_syntax_of_its_form_is_said_of_the_certificate_that_has_it() {
    for (base, wrong) in [
        (address(&[192, 0, 2, 0, 255]), "iPAddress that is no address with a mask"),
        (host("*.example.ch"), "dNSName that is no host"),
        (host("example.ch."), "dNSName that is no host"),
        (url("http://example.ch"), "URI that is no host"),
        (email("<ca@example.ch>"), "rfc822Name that is neither a mailbox nor a host"),
    ] {
        let own = below_with(&Policy::default(), &[], |draft| draft.extensions.push(permitting(base)));
        own.assert_only(Rule::CertNameConstraints, Severity::Warn);
        assert!(own.findings.to_string().contains(wrong), "{}", own.findings);
    }
    for base in [address(&[0; 32]), host(""), host(".example.ch"), url(".example.ch"), email("ca@example.ch"), other()]
    {
        let own = below_with(&Policy::default(), &[], |draft| draft.extensions.push(permitting(base)));
        assert!(own.findings.is_empty(), "{}", own.findings);
    }
}

/// A root's new key, certified by its old one, is there to stand between others (RFC 5280 §6.1.3(b)).
#[test]
fn of_a_self_issued_certificate_it_is_only_said() {
    for constraints in [permitting(directory(&example())), excluding(directory(&of(&[])))] {
        let ca = ThrowAwayCa::new("Root");
        let mut root = ca.root_draft();
        root.extensions.push(constraints);
        let issuer = Issuer::from_certificate(&root.sign(), &Policy::default()).expect("still a root");
        let mut draft = ca.intermediate("Root");
        draft.subject.clone_from(&ca.name);
        let ruling = try_certificate(&draft.sign(), &issuer, &CertificateHistory::default(), &Policy::default());
        // A new key under a known name is another matter, which waits for a person.
        assert_eq!(ruling.outcome, "held", "{}", ruling.findings);
        let said = ruling.findings.iter().find(|finding| finding.rule == Rule::CertNamePermitted).expect("a finding");
        assert_eq!(said.severity, Severity::Warn, "{said}");
        assert!(said.text.contains("it is self-issued"), "{said}");
    }
}

#[test]
fn an_address_of_another_string_type_is_shown_as_it_is() {
    for (constraints, address) in
        [(permitting(email("example.ch")), "ca@bücher.ch"), (excluding(email("a.ch")), "x@b.ch")]
    {
        let ruling = below(constraints, with_address(UTF8, address), &[]);
        let shown =
            ruling.findings.iter().any(|finding| finding.to_string().contains(&format!("emailAddress {address}")));
        assert!(shown, "{}", ruling.findings);
    }
}

#[test]
fn what_the_constraints_permit_is_accepted() {
    let bmp = of(&[(C, UTF8, b"ch"), (O, BMP, b"\0E\0X\0A\0M\0P\0L\0E")]);
    let permitted: [(&str, Ruling); 24] = [
        ("permitted", below(permitting(directory(&example())), subject(), &[])),
        ("in another string type", below(permitting(directory(&bmp)), subject(), &[])),
        ("the base itself", below(permitting(directory(&subject())), subject(), &[])),
        ("every name", below(permitting(directory(&of(&[]))), subject(), &[])),
        ("another is excluded", below(excluding(directory(&of(&[(C, PRINTABLE, b"LI")]))), subject(), &[])),
        ("no name of that form: hosts", below(permitting(host("example.ch")), subject(), &[])),
        ("no name of that form: addresses", below(excluding(address(&[0; 8])), subject(), &[])),
        ("no name of that form: others", below(permitting(other()), subject(), &[])),
        ("a maximum of another form", below(limits(&[(host("a"), &tlv(0x81, &[3]))], &[]), subject(), &[])),
        ("an address inside", below(permitting(email("example.ch")), with_address(IA5, "ca@Example.CH"), &[])),
        ("one mailbox", below(permitting(email("ca@example.ch")), with_address(IA5, "ca@example.ch"), &[])),
        ("another mailbox", below(excluding(email("Ca@example.ch")), with_address(IA5, "ca@example.ch"), &[])),
        ("rfc822Name", below(permitting(email(".example.ch")), subject(), &[email("ca@pki.example.ch")])),
        ("dNSName", below(permitting(host("example.ch")), subject(), &[host("CA.example.ch")])),
        (
            "iPAddress",
            below(permitting(address(&[192, 0, 2, 0, 255, 255, 255, 0])), subject(), &[address(&[192, 0, 2, 7])]),
        ),
        ("IPv6 where IPv4 is excluded", below(excluding(address(&[0; 8])), subject(), &[address(&[1; 16])])),
        ("URI", below(permitting(url("pki.example.ch")), subject(), &[url("https://PKI.example.ch:8443/ca")])),
        ("three tiers", three_tiers(Some(permitting(directory(&example()))), None, subject())),
        ("every host of a domain", below(permitting(host("example.ch")), subject(), &[host("*.example.ch")])),
        (
            "of a domain that is not excluded",
            below(excluding(host("a.b.example.ch")), subject(), &[host("*.example.ch")]),
        ),
        ("underscore", below(excluding(host("evil.example")), subject(), &[host("_ca.example.ch")])),
        ("a base that is a URL, and no host", below(excluding(host("http://evil.example")), subject(), &[])),
        (
            "permitted beside a base that is a URL",
            below(limits(&[(host("http://x"), &[]), (host("example.ch"), &[])], &[]), subject(), &[host("example.ch")]),
        ),
        ("a minimum of 0", below(limits(&[(directory(&example()), &tlv(0x80, &[0]))], &[]), subject(), &[])),
    ];
    let refused = permitted.iter().filter(|(_, ruling)| !(ruling.findings.is_empty() && ruling.outcome == "accepted"));
    let refused: String = refused.fold(String::new(), |mut text, (what, ruling)| {
        _ = writeln!(text, "{what}: {}", ruling.findings);
        text
    });
    assert!(refused.is_empty(), "{refused}");
}

/// What each issuer says is one finding, with every name at fault and where the first of them stands.
#[test]
fn a_finding_names_the_issuer_the_form_and_the_field() {
    let constraints = limits(&[(directory(&example()), &[]), (email("example.ch"), &[])], &[]);
    let ruling = below(constraints, with_address(IA5, "x@elsewhere.ch"), &[email("y@elsewhere.ch")]);
    let text = ruling.findings.to_string();
    assert!(
        text.contains(
            "CERT-NAME-PERMITTED [reject]: the nameConstraints of CN=Root, O=Rootcast tests, C=CH do not permit a name in it (2 \
             times): rfc822Name x@elsewhere.ch in subject, rfc822Name y@elsewhere.ch in subjectAltName"
        ),
        "{text}"
    );
    let finding = ruling.findings.iter().next().expect("one");
    assert_eq!(finding.location.map(|at| at.field), Some("subject"));
    assert!(finding.remedy().contains("whose nameConstraints permit this one"), "{}", finding.remedy());
}

/// A switch for the rules of taste does not open what an issuer closed: that is a rule of its own.
#[test]
fn what_an_issuer_rules_out_stays_ruled_out_when_the_rule_of_the_form_is_off() {
    assert_eq!(SwitchedOff::new(RuleSet::NONE.with(Rule::CertNamePermitted)), Err(Rule::CertNamePermitted));
    let switched_off = SwitchedOff::new(RuleSet::NONE.with(Rule::CertNameConstraints)).expect("a rule of taste");
    let policy = Policy { switched_off, ..Policy::default() };
    let outside = below_with(&policy, &[excluding(directory(&example()))], |draft| draft.subject = subject());
    outside.assert_only(Rule::CertNamePermitted, Severity::Reject);
    let own = below_with(&policy, &[], |draft| {
        let own = ExtensionDraft { critical: false, ..permitting(host("example.ch")) };
        draft.extensions.push(own);
    });
    own.assert_only(Rule::CertNameConstraints, Severity::Warn);
    assert!(own.findings.to_string().ends_with("(switched off here)"), "{}", own.findings);
}

#[test]
fn a_root_whose_constraints_cannot_be_read_is_said_to_be_of_no_use() {
    let ca = ThrowAwayCa::new("Root");
    let mut root = ca.root_draft();
    root.extensions.push(ExtensionDraft::new(&[2, 5, 29, 30], true, sequence(&[])));
    let issuer = Issuer::from_certificate(&root.sign(), &Policy::default()).expect("still a root");
    let finding = issuer.findings().iter().find(|finding| finding.rule == Rule::RootShape).expect("a warning");
    assert!(finding.text.contains("every certificate of it is refused"), "{finding}");
}

/// Whatever stands in the constraints and in the names, there is a verdict, and it says why.
#[test]
fn any_bytes_in_constraints_and_names_have_a_verdict() {
    let mut chance = chance("any_bytes_in_constraints_and_names");
    let mails = limits(&[(email("example.ch"), &[])], &[(email(".example.li"), &[])]);
    let addresses = limits(&[(address(&[192, 0, 2, 0, 255, 255, 255, 0]), &[])], &[(host("example.ch"), &[])]);
    let names = limits(&[(directory(&example()), &[])], &[(url("x.example.ch"), &tlv(0x81, &[3])), (other(), &[])]);
    let constraints = [mails, addresses, names];
    let names = [email("ca@example.ch"), host("a.example"), address(&[10, 0, 0, 1]), url("http://a.example/"), other()];
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..300 {
        let mut constraint = constraints[round % constraints.len()].clone();
        let mut name = names[chance.below(names.len())].clone();
        for bytes in [&mut constraint.value, &mut name] {
            if chance.below(3) > 0 {
                let at = chance.below(bytes.len());
                bytes[at] ^= 1 << chance.below(8);
            }
        }
        let ruling = below_with(&Policy::default(), &[constraint], |draft| {
            draft.subject = subject();
            draft.set_extension(alternative(&[name, directory(&subject())]));
        });
        match ruling.outcome {
            "accepted" => accepted += 1,
            _ => refused += 1,
        }
        assert_eq!(ruling.outcome == "rejected", ruling.findings.rejects(), "{}", ruling.findings);
    }
    assert!(accepted > 20 && refused > 20, "{accepted} accepted, {refused} refused");
}

/// As many names as a list may have below as many subtrees would be 2^24 comparisons.
#[test]
fn more_comparisons_than_anybody_makes_are_refused_at_once() {
    let hosts: Vec<(Vec<u8>, &[u8])> = (0..1_000).map(|n| (host(&format!("h{n}.example.ch")), &[][..])).collect();
    let names = |count: usize| (0..count).map(|n| host(&format!("h{n}.example.ch"))).collect::<Vec<_>>();
    let begun = std::time::Instant::now();
    let ruling = below(limits(&hosts, &[]), subject(), &names(1_001));
    ruling.assert_only(Rule::CertNamePermitted, Severity::Reject);
    assert!(ruling.findings.to_string().contains("do not permit a name in it: dNSName h1000"), "{}", ruling.findings);
    let ruling = below(limits(&hosts, &[]), subject(), &names(1_048));
    ruling.assert_only(Rule::CertNamePermitted, Severity::Reject);
    assert!(ruling.findings.to_string().contains("more names than anybody compares"), "{}", ruling.findings);
    let long = of(&[(CN, UTF8, &[b'a'; 60_000])]);
    let bases: Vec<(Vec<u8>, &[u8])> = (0..4_000).map(|_| (directory(&of(&[(CN, UTF8, b"b")])), &[][..])).collect();
    let names: Vec<Vec<u8>> = (0..2).map(|_| directory(&long)).collect();
    let ruling = below(limits(&[], &bases), subject(), &names);
    assert!(ruling.findings.to_string().contains("more names than anybody compares"), "{}", ruling.findings);
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}
