//! Items with one oddity each, in both profiles: made here, and made by others where their files are there.

use std::collections::BTreeSet;
use std::path::Path;

use rootcast_pki::time::parse_rfc3339;
use rootcast_tests::corpora::cases;
use rootcast_tests::program::{offline, online};
use rootcast_tests::scratch::Scratch;
use rootcast_tests::throwaway_ca::der_writer::{generalized_time, oid, sequence, set, tlv, utf8};
use rootcast_tests::throwaway_ca::{
    CertificateDraft, CrlDraft, DAY, DEFAULT_NOW, EntryDraft, ExtensionDraft, RawTime, ThrowAwayCa,
};
use serde_json::Value;

/// What `check` says of a file under this issuer: the verdict, and the rules with a finding.
fn check(program: &str, file: &Path, issuer: &Path, at: &str, profile: &str) -> (String, BTreeSet<String>, Value) {
    let arguments = ["check", "--json", "--at", at, "--profile", profile];
    let check = if program == "online" { online(arguments) } else { offline(arguments) };
    let document = check.arg("--issuer").arg(issuer).arg(file).run().json();
    let verdict = &document["files"][0];
    let findings = verdict["findings"].as_array().expect("findings").iter();
    let rules = findings.map(|finding| finding["rule"].as_str().expect("a rule").to_owned()).collect();
    (verdict["verdict"].as_str().expect("a verdict").to_owned(), rules, document)
}

/// Both programs say this of the file in both profiles, for this rule; where the rule is empty, nobody asked why.
fn assert_judged(file: &Path, issuer: &Path, at: &str, (private, webpki): (&str, &str), rule: &str) {
    for (profile, wanted) in [("private", private), ("webpki", webpki)] {
        for program in ["online", "offline"] {
            let (verdict, rules, document) = check(program, file, issuer, at, profile);
            let name = file.display();
            assert_eq!(verdict, wanted, "{name}, {profile}, {program}: {document:#}");
            // What the Baseline Requirements alone want need not be said in `private`.
            let is_silent = rule.is_empty() || (wanted == "accepted" && (private, webpki) == NOT_PUBLIC);
            assert!(is_silent || rules.contains(rule), "{name}, {profile}: no {rule} in {rules:?}");
        }
    }
}

fn location() -> Vec<u8> {
    tlv(0x86, b"http://ca.example/")
}

/// A critical extension of a certificate.
fn critical(draft: &mut CertificateDraft, identifier: &[u64], value: Vec<u8>) {
    match draft.extension_mut(identifier) {
        Some(known) => known.critical = true,
        None => draft.extensions.push(ExtensionDraft::new(identifier, true, value)),
    }
}

fn points() -> Vec<u8> {
    sequence(&[sequence(&[tlv(0xa0, &tlv(0xa0, &location()))])])
}

fn access(method: u64) -> Vec<u8> {
    sequence(&[sequence(&[oid(&[1, 3, 6, 1, 5, 5, 7, 48, method]), location()])])
}

/// A name, a change of a good item, the verdicts in `private` and `webpki`, and the rule.
type Kind<D> = (&'static str, fn(&mut D), (&'static str, &'static str), &'static str);

const REFUSED: (&str, &str) = ("rejected", "rejected");
const FINE: (&str, &str) = ("accepted", "accepted");
/// What RFC 5280 leaves to others, and the Baseline Requirements do not.
const NOT_PUBLIC: (&str, &str) = ("accepted", "rejected");

/// A subject of these texts, by the last arc of their attribute types.
fn subject(parts: &[(u64, &str)]) -> Vec<u8> {
    let part = |(arc, text): &(u64, &str)| set(&[sequence(&[oid(&[2, 5, 4, *arc]), utf8(text)])]);
    sequence(&parts.iter().map(part).collect::<Vec<_>>())
}

const SIXTY_FIVE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const DOMAIN_VALIDATED: &[u64] = &[2, 23, 140, 1, 2, 1];
const ANY_POLICY: &[u64] = &[2, 5, 29, 32, 0];

fn known(draft: &mut CertificateDraft, arc: u64, critical: bool, value: Vec<u8>) {
    draft.set_extension(ExtensionDraft::new(&[2, 5, 29, arc], critical, value));
}

const CERTIFICATES: &[Kind<CertificateDraft>] = &[
    ("good", |_| {}, FINE, ""),
    ("subjectKeyIdentifier critical", |draft| critical(draft, &[2, 5, 29, 14], vec![]), REFUSED, "CERT-EXT-CRITICAL"),
    ("authorityKeyIdentifier critical", |draft| critical(draft, &[2, 5, 29, 35], vec![]), REFUSED, "CERT-AKI"),
    (
        "authorityInfoAccess critical",
        |draft| critical(draft, &[1, 3, 6, 1, 5, 5, 7, 1, 1], vec![]),
        REFUSED,
        "CERT-EXT-CRITICAL",
    ),
    (
        "subjectInfoAccess critical",
        |draft| critical(draft, &[1, 3, 6, 1, 5, 5, 7, 1, 11], access(5)),
        REFUSED,
        "CERT-EXT-CRITICAL",
    ),
    ("freshestCRL critical", |draft| critical(draft, &[2, 5, 29, 46], points()), REFUSED, "CERT-EXT-CRITICAL"),
    (
        "issuerAltName critical",
        |draft| critical(draft, &[2, 5, 29, 18], sequence(&[location()])),
        REFUSED,
        "CERT-EXT-CRITICAL",
    ),
    ("eight years", |draft| valid(draft, "2026-02-01T00:00:00Z", "2034-01-31T23:59:59Z"), FINE, ""),
    (
        "eight years and a second",
        |draft| valid(draft, "2026-02-01T00:00:00Z", "2034-02-01T00:00:00Z"),
        ("accepted", "held"),
        "CERT-VALIDITY",
    ),
    (
        "keyUsage without cRLSign",
        |draft| draft.set_extension(ExtensionDraft::key_usage(&[5])),
        NOT_PUBLIC,
        "CERT-KEY-USAGE",
    ),
    ("extKeyUsage critical", |draft| critical(draft, &[2, 5, 29, 37], vec![]), NOT_PUBLIC, "CERT-EKU"),
    (
        "anyExtendedKeyUsage",
        |draft| draft.set_extension(ExtensionDraft::key_purposes(&[&[2, 5, 29, 37, 0]])),
        NOT_PUBLIC,
        "CERT-EKU",
    ),
    ("certificatePolicies critical", |draft| critical(draft, &[2, 5, 29, 32], vec![]), NOT_PUBLIC, "CERT-POLICIES"),
    (
        "a policy twice",
        |draft| draft.set_extension(ExtensionDraft::policies(&[DOMAIN_VALIDATED, DOMAIN_VALIDATED])),
        REFUSED,
        "CERT-POLICIES",
    ),
    (
        "two reserved policies",
        |draft| draft.set_extension(ExtensionDraft::policies(&[DOMAIN_VALIDATED, &[2, 23, 140, 1, 2, 2]])),
        NOT_PUBLIC,
        "CERT-POLICIES",
    ),
    (
        "a user notice",
        |draft| {
            let notice = sequence(&[oid(&[1, 3, 6, 1, 5, 5, 7, 2, 2]), sequence(&[utf8("read this")])]);
            let policy = sequence(&[oid(DOMAIN_VALIDATED), sequence(&[notice])]);
            known(draft, 32, false, sequence(&[policy]));
        },
        NOT_PUBLIC,
        "CERT-POLICIES",
    ),
    (
        "policyConstraints not critical",
        |draft| known(draft, 36, false, sequence(&[tlv(0x80, &[0])])),
        NOT_PUBLIC,
        "CERT-POLICIES",
    ),
    ("inhibitAnyPolicy not critical", |draft| known(draft, 54, false, tlv(2, &[0])), NOT_PUBLIC, "CERT-POLICIES"),
    (
        "a mapping to anyPolicy",
        |draft| known(draft, 33, true, sequence(&[sequence(&[oid(DOMAIN_VALIDATED), oid(ANY_POLICY)])])),
        REFUSED,
        "CERT-POLICIES",
    ),
    (
        "a URL without a host",
        |draft| draft.set_extension(ExtensionDraft::crl_distribution_points(&["http:///root.crl"])),
        NOT_PUBLIC,
        "CERT-CDP",
    ),
    (
        "another access method",
        |draft| draft.set_extension(ExtensionDraft::new(&[1, 3, 6, 1, 5, 5, 7, 1, 1], false, access(5))),
        NOT_PUBLIC,
        "CERT-AIA",
    ),
    (
        "a common name of 65 characters",
        |draft| draft.subject = subject(&[(6, "CH"), (10, "Example"), (3, SIXTY_FIVE)]),
        NOT_PUBLIC,
        "CERT-SUBJECT",
    ),
    (
        "an empty common name",
        |draft| draft.subject = subject(&[(6, "CH"), (10, "Example"), (3, "")]),
        NOT_PUBLIC,
        "CERT-SUBJECT",
    ),
    ("no country", |draft| draft.subject = subject(&[(10, "Example"), (3, "Sub")]), NOT_PUBLIC, "CERT-SUBJECT"),
    (
        "an organisational unit",
        |draft| draft.subject = subject(&[(6, "CH"), (10, "Example"), (11, "Unit"), (3, "Sub")]),
        NOT_PUBLIC,
        "CERT-SUBJECT",
    ),
];

fn seconds(time: &str) -> i64 {
    parse_rfc3339(time).expect("a time").0
}

fn valid(draft: &mut CertificateDraft, from: &str, to: &str) {
    draft.not_before = RawTime::At(seconds(from));
    draft.not_after = RawTime::At(seconds(to));
}

fn first(draft: &mut CrlDraft) -> &mut EntryDraft {
    &mut draft.entries[0]
}

/// Beside its reason.
fn beside(draft: &mut CrlDraft, arc: u64, critical: bool, value: Vec<u8>) {
    first(draft).extensions.push(ExtensionDraft::new(&[2, 5, 29, arc], critical, value));
}

fn hold_instruction() -> Vec<u8> {
    oid(&[1, 2, 840, 10040, 2, 1])
}

fn reason(draft: &mut CrlDraft, contents: &[u8]) {
    first(draft).extensions = vec![ExtensionDraft::new(&[2, 5, 29, 21], false, tlv(0x0a, contents))];
}

const CRLS: &[Kind<CrlDraft>] = &[
    ("good", |_| {}, FINE, ""),
    (
        "authorityInfoAccess critical",
        |draft| draft.set_extension(ExtensionDraft::new(&[1, 3, 6, 1, 5, 5, 7, 1, 1], true, access(2))),
        REFUSED,
        "CRL-EXT-CRITICAL",
    ),
    (
        "issuerAltName critical",
        |draft| draft.set_extension(ExtensionDraft::new(&[2, 5, 29, 18], true, sequence(&[location()]))),
        REFUSED,
        "CRL-EXT-CRITICAL",
    ),
    (
        "an entry's invalidityDate critical",
        |draft| {
            first(draft).extensions.clear();
            beside(draft, 24, true, generalized_time(DEFAULT_NOW - 30 * DAY));
        },
        REFUSED,
        "CRL-EXT-CRITICAL",
    ),
    (
        "an entry's invalidityDate critical beside its reason",
        |draft| beside(draft, 24, true, generalized_time(DEFAULT_NOW - 30 * DAY)),
        REFUSED,
        "CRL-EXT-CRITICAL",
    ),
    (
        "an entry's holdInstructionCode critical beside its reason",
        |draft| beside(draft, 23, true, hold_instruction()),
        REFUSED,
        "CRL-EXT-CRITICAL",
    ),
    (
        "an entry's invalidityDate not critical",
        |draft| beside(draft, 24, false, generalized_time(DEFAULT_NOW - 30 * DAY)),
        FINE,
        "",
    ),
    ("a reason of two octets", |draft| reason(draft, &[1, 1]), REFUSED, "CRL-REASON"),
    ("a reason of 0", |draft| reason(draft, &[0]), NOT_PUBLIC, "CRL-REASON"),
    ("a negative reason", |draft| reason(draft, &[0xff]), REFUSED, "CRL-REASON"),
];

/// Every CRL whose entry has a critical extension stands in the way of OpenSSL, with or without a reason beside it.
fn names_openssl(document: &Value) -> bool {
    let obstacles = document["files"][0]["compatibility"].as_array().expect("a list").iter();
    obstacles.filter(|obstacle| obstacle["party"] == "OpenSSL").count() > 0
}

#[test]
fn one_oddity_each_is_judged_alike_by_both_programs() {
    let (scratch, ca) = (Scratch::new(), ThrowAwayCa::new("Odd Root"));
    let root = scratch.file("root.crt", &ca.certificate);
    let now = rootcast_host::clock::rfc3339(DEFAULT_NOW);
    for (what, change, verdicts, rule) in CERTIFICATES {
        let mut draft = ca.intermediate("Odd Sub");
        change(&mut draft);
        let at = if what.contains("years") { "2026-03-01T00:00:00Z" } else { &now };
        assert_judged(&scratch.file(&format!("{what}.crt"), draft.sign()), &root, at, *verdicts, rule);
    }
    for (what, change, verdicts, rule) in CRLS {
        let mut draft = ca.crl(7);
        draft.entries.push(EntryDraft::of(&[0x33; 12], DEFAULT_NOW - 9 * DAY, Some(4)));
        change(&mut draft);
        let file = scratch.file(&format!("{what}.crl"), draft.sign());
        assert_judged(&file, &root, &now, *verdicts, rule);
        if what.contains("entry's") {
            let (_, _, document) = check("online", &file, &root, &now, "private");
            assert_eq!(names_openssl(&document), !what.contains("not critical"), "{what}: {document:#}");
        }
    }
}

/// Twelve calendar months are twelve months in a leap year too; a second more is more.
#[test]
fn twelve_months_of_a_crl_are_counted_by_the_calendar() {
    let (scratch, ca) = (Scratch::new(), ThrowAwayCa::new("Yearly Root"));
    let root = scratch.file("root.crt", &ca.certificate);
    let months = [
        ("2026-03-01T00:00:00Z", "2027-03-01T00:00:00Z", FINE),
        ("2027-03-01T00:00:00Z", "2028-03-01T00:00:00Z", FINE),
        ("2027-02-28T12:00:00Z", "2028-02-28T12:00:00Z", FINE),
        ("2027-03-01T00:00:00Z", "2028-03-01T00:00:01Z", ("accepted", "rejected")),
    ];
    for (place, (from, to, verdicts)) in months.into_iter().enumerate() {
        let mut draft = ca.crl(7);
        draft.issued_at(seconds(from), seconds(to));
        let rule = if verdicts == FINE { "" } else { "CRL-VALIDITY" };
        let file = scratch.file(&format!("{place}.crl"), draft.sign());
        let at = rootcast_host::clock::rfc3339(seconds(from) + DAY);
        assert_judged(&file, &root, &at, verdicts, rule);
    }
}

/// An issuer that has ended, and one that was renewed since.
#[test]
fn an_issuer_has_to_be_valid_now_and_need_not_have_been_then() {
    let (scratch, ca) = (Scratch::new(), ThrowAwayCa::new("Ended Root"));
    let now = rootcast_host::clock::rfc3339(DEFAULT_NOW);
    let mut sub = ca.intermediate("Sub");
    sub.not_before = RawTime::At(DEFAULT_NOW - 100 * DAY);
    let file = scratch.file("sub.crt", sub.sign());
    let crl = scratch.file("root.crl", ca.crl(7).sign());
    let mut ended = ca.root_draft();
    ended.not_after = RawTime::At(DEFAULT_NOW - 1);
    let ended = scratch.file("ended.crt", ended.sign());
    assert_judged(&file, &ended, &now, REFUSED, "CERT-ISSUER-USAGE");
    assert_judged(&crl, &ended, &now, REFUSED, "CRL-ISSUER-USAGE");
    let mut renewed = ca.root_draft();
    renewed.not_before = RawTime::At(DEFAULT_NOW - 2 * DAY);
    let renewed = scratch.file("renewed.crt", renewed.sign());
    assert_judged(&file, &renewed, &now, ("accepted", "held"), "CERT-ISSUER-USAGE");
    assert_judged(&crl, &renewed, &now, FINE, "");
}

/// The files of others: the verdicts in both profiles, and the rule. Those for a cross certificate are judged without a
/// state, so nobody knows their key: they are certificates of a new CA.
const GIVEN: &[(&str, (&str, &str), &str)] = &[
    ("good.crt", FINE, ""),
    ("aia-critical.crt", REFUSED, "CERT-EXT-CRITICAL"),
    ("aki-critical.crt", REFUSED, "CERT-AKI"),
    ("freshestCRL-critical.crt", REFUSED, "CERT-EXT-CRITICAL"),
    ("issuerAltName-critical.crt", REFUSED, "CERT-EXT-CRITICAL"),
    ("ski-critical.crt", REFUSED, "CERT-EXT-CRITICAL"),
    ("subjectInfoAccess-critical.crt", REFUSED, "CERT-EXT-CRITICAL"),
    ("exactly-8-years.crt", ("accepted", "held"), "CERT-VALIDITY"),
    ("under-expired-issuer.crt", REFUSED, "CERT-ISSUER-USAGE"),
    ("older-than-renewed-root.crt", ("accepted", "held"), "CERT-ISSUER-USAGE"),
    ("crl-good.crl", FINE, ""),
    ("crl-12months-exact.crl", FINE, ""),
    ("crl-12months-leap.crl", FINE, ""),
    ("crl-aia-critical.crl", REFUSED, "CRL-EXT-CRITICAL"),
    ("crl-ian-critical.crl", REFUSED, "CRL-EXT-CRITICAL"),
    ("crl-entry-holdinstr-crit.crl", REFUSED, "CRL-EXT-CRITICAL"),
    ("crl-entry-invalidity-critical.crl", REFUSED, "CRL-EXT-CRITICAL"),
    ("reason-0x0101.crl", REFUSED, "CRL-REASON"),
    ("reason-minus1.crl", REFUSED, "CRL-REASON"),
    ("revokes-good-crithold.crl", REFUSED, "CRL-EXT-CRITICAL"),
    ("revokes-good-critinv.crl", REFUSED, "CRL-EXT-CRITICAL"),
    ("revokes-good-noncrit.crl", FINE, ""),
    ("aia-ocsp-https-caRepo.crt", NOT_PUBLIC, "CERT-AIA"),
    ("cdp-http-no-host.crt", NOT_PUBLIC, "CERT-CDP"),
    ("cn-65-chars.crt", NOT_PUBLIC, "CERT-SUBJECT"),
    ("cn-empty.crt", NOT_PUBLIC, "CERT-SUBJECT"),
    ("eku-any-only-cross.crt", NOT_PUBLIC, "CERT-EKU"),
    ("eku-critical.crt", NOT_PUBLIC, "CERT-EKU"),
    ("inhibitAnyPolicy-noncritical.crt", NOT_PUBLIC, "CERT-POLICIES"),
    ("policyConstraints-noncritical.crt", NOT_PUBLIC, "CERT-POLICIES"),
    ("policyMappings-anyPolicy.crt", REFUSED, "CERT-POLICIES"),
    ("pol-critical.crt", NOT_PUBLIC, "CERT-POLICIES"),
    ("pol-twice-same.crt", REFUSED, "CERT-POLICIES"),
    ("pol-two-reserved-cross.crt", NOT_PUBLIC, "CERT-POLICIES"),
    ("pol-usernotice.crt", NOT_PUBLIC, "CERT-POLICIES"),
    ("ku-no-crlsign.crt", NOT_PUBLIC, "CERT-KEY-USAGE"),
    // Its modulus has 2048 bits, whatever its name says.
    ("rsa-2049.crt", FINE, ""),
    ("rsa-2052.crt", NOT_PUBLIC, "CERT-KEY"),
    ("subject-no-country.crt", NOT_PUBLIC, "CERT-SUBJECT"),
    ("subject-with-OU.crt", NOT_PUBLIC, "CERT-SUBJECT"),
    ("crl-reason0.crl", NOT_PUBLIC, "CRL-REASON"),
    ("crl-idp-dns-name.crl", NOT_PUBLIC, "CRL-IDP"),
];

#[test]
fn the_crafted_files_of_others_are_judged_as_they_should_be() {
    let Some(folder) = cases("crafted") else { return };
    let surroundings = |name: &str| match name {
        "crl-12months-leap.crl" => ("root.crt", "2027-03-02T00:00:00Z"),
        "under-expired-issuer.crt" => ("root-expired.crt", "2026-11-01T00:00:00Z"),
        "older-than-renewed-root.crt" => ("root-renewed.crt", "2026-11-01T00:00:00Z"),
        _ => ("root.crt", "2026-11-01T00:00:00Z"),
    };
    for (name, verdicts, rule) in GIVEN {
        let (issuer, at) = surroundings(name);
        assert_judged(&folder.join(name), &folder.join(issuer), at, *verdicts, rule);
    }
    for entry in std::fs::read_dir(&folder).expect("a folder") {
        let name = entry.expect("a file").file_name().into_string().expect("a name");
        let is_root = name.starts_with("root") && name.ends_with(".crt");
        assert!(is_root || GIVEN.iter().any(|(given, ..)| *given == name), "{name} is in no row");
    }
}
