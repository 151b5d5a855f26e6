//! Real CRLs and roots, and CRLs others made to break one rule each. They lie beside the project
//! (`ROOTCAST_CORPORA`); where they do not, these tests say so and end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rootcast_pki::finding::Severity;
use rootcast_pki::history::{CertificateHistory, NoState};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;
use rootcast_pki::time::{Timestamp, parse_rfc3339};
use rootcast_pki::{certificate, crl, item, judge, judge_under};

use crate::skipped::skipped;
use crate::trial::{NOW, known, try_certificate, try_crl_at};

fn corpus(folder: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    let corpora = std::env::var_os("ROOTCAST_CORPORA").map_or(beside, PathBuf::from);
    let path = corpora.join(folder);
    if path.is_dir() {
        return Some(path);
    }
    skipped(&format!("the corpus {folder} is not there (set ROOTCAST_CORPORA to the folder that holds it)"));
    None
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("a readable corpus")
        .map(|entry| entry.expect("a readable corpus").path())
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            (name, std::fs::read(&path).expect("a readable file"))
        })
        .collect();
    files.sort();
    files
}

fn history() -> Policy {
    Policy { allow_sha1: true, ..Policy::default() }
}

/// A real CRL passes at a time inside its validity; gives the rules that warned.
fn passes(name: &str, root: &[u8], list: &[u8], policy: &Policy) -> Vec<&'static str> {
    let root = item::read(root).expect("a root");
    let issuer = Issuer::from_certificate(&root.der, policy).unwrap_or_else(|findings| panic!("{name}: {findings}"));
    let list = item::read(list).expect("a CRL");
    let this_update = crl::inspect(&list.der, policy).value.expect("readable").this_update();
    let ruling = try_crl_at(&list.der, &issuer, &known(), policy, this_update.plus_seconds(60));
    assert_eq!(ruling.outcome, "accepted", "{name}: {}", ruling.findings);
    let next_update = crl::inspect(&list.der, policy).value.and_then(|crl| crl.next_update()).expect("a nextUpdate");
    for (at, rule, breaks) in [
        (next_update.plus_seconds(-1), Rule::CrlExpired, false),
        (next_update.plus_seconds(1), Rule::CrlExpired, true),
        (this_update.plus_seconds(-600), Rule::CrlFuture, false),
        (this_update.plus_seconds(-660), Rule::CrlFuture, true),
    ] {
        let ruling = try_crl_at(&list.der, &issuer, &known(), policy, at);
        assert_eq!(ruling.findings.has(rule), breaks, "{name} at {at}: {}", ruling.findings);
        assert!(!breaks || ruling.outcome == "rejected", "{name} at {at}: {}", ruling.findings);
    }
    flipped_bits_are_rejected(name, &issuer, &list.der, policy, this_update.plus_seconds(60));
    issuer.findings().iter().chain(ruling.findings.iter()).map(|finding| finding.rule.id()).collect()
}

/// One bit flipped in every byte, or in some 400 bytes of a larger CRL; which of the eight follows from where it stands.
fn flipped_bits_are_rejected(name: &str, issuer: &Issuer, good: &[u8], policy: &Policy, at: Timestamp) {
    for byte in (0..good.len()).step_by(good.len().div_ceil(400)) {
        let mut bad = good.to_vec();
        bad[byte] ^= 1 << (byte % 8);
        let ruling = try_crl_at(&bad, issuer, &known(), policy, at);
        assert_eq!(ruling.outcome, "rejected", "{name}, byte {byte}: {}", ruling.findings);
    }
}

#[test]
fn the_amazon_roots_crls_pass() {
    let Some(folder) = corpus("amazon-roots") else { return };
    let read = |name: &str| std::fs::read(folder.join(name)).expect("a corpus file");
    for (root, list) in
        [("AmazonRootCA1.cer", "rootca1.crl"), ("AmazonRootCA2.cer", "rootca2.crl"), ("r2m02.cer", "r2m02.crl")]
    {
        let warned = passes(list, &read(root), &read(list), &Policy::default());
        eprintln!("{list}: {warned:?}");
    }
    let root = Issuer::from_certificate(&read("AmazonRootCA1.cer"), &Policy::default()).expect("a root");
    assert_eq!(root.file_name(), "8418cc8534ecbc0c94942e08599cc7b2104e0a08");
    let ruling = try_certificate(&read("r2m02.cer"), &root, &CertificateHistory::default(), &Policy::default());
    assert_eq!(ruling.outcome, "accepted", "{}", ruling.findings);
    let (der, at) = (read("rootca1.crl"), parse_rfc3339("2025-06-01T00:00:00Z").expect("a time"));
    let item = item::read(&der).expect("a CRL");
    let judgement = judge(&item, &[root], &NoState::default(), &Policy::default(), at);
    assert_eq!(judgement.verdict.outcome.word(), "accepted", "{}", judgement.verdict.findings);
}

#[test]
fn the_mozilla_roots_crls_pass_with_sha1_only_where_it_is_allowed() {
    let Some(folder) = corpus("mozilla-roots") else { return };
    for number in 1..=10 {
        let read =
            |extension: &str| std::fs::read(folder.join(format!("{number}.{extension}"))).expect("a corpus file");
        let (root, list) = (read("pem"), read("crl"));
        let warned = passes(&number.to_string(), &root, &list, &history());
        eprintln!("{number}: {warned:?}");
        let list = item::read(&list).expect("a CRL");
        let strict = crl::inspect(&list.der, &Policy::default());
        let refused = strict.findings.iter().any(|f| f.rule == Rule::CrlAlgorithm && f.severity == Severity::Reject);
        assert_eq!(refused, warned.contains(&"CRL-ALGORITHM"), "{number}");
    }
}

#[test]
fn the_ml_dsa_roots_verify_under_their_own_keys() {
    let Some(folder) = corpus("ml-dsa-roots") else { return };
    for (name, bytes) in files(&folder) {
        let root = item::read(&bytes).unwrap_or_else(|findings| panic!("{name}: {findings}"));
        let issuer = Issuer::from_certificate(&root.der, &Policy::default()).expect("a root");
        assert!(issuer.is_self_signed(), "{name}: {}", issuer.findings());
    }
}

/// What each file breaks by its content; nothing for those that keep the rules.
const NAMED: &[(&str, &[Rule])] = &[
    ("crl.delta.der", &[Rule::CrlPartial]),
    ("crl.empty.der", &[]),
    ("crl.entry.empty.ext.seq.der", &[]),
    ("crl.entry.invalid.reason.der", &[Rule::CrlReason]),
    ("crl.entry.invalidity.date.der", &[]),
    ("crl.entry.issuer.ext.der", &[Rule::CrlPartial]),
    ("crl.entry.unknown.crit.ext.der", &[Rule::CrlExtCritical]),
    ("crl.idp.explicit.false.bool.der", &[Rule::CrlDer]),
    ("crl.idp.indirect_crl.der", &[Rule::CrlPartial]),
    ("crl.idp.invalid.bool.der", &[Rule::CrlDer]),
    ("crl.idp.invalid.name.der", &[Rule::CrlDer]),
    ("crl.idp.name_relative_to_issuer.der", &[]),
    ("crl.idp.no_distribution_point_name.der", &[]),
    ("crl.idp.only_attribute_certs.der", &[Rule::CrlPartial]),
    ("crl.idp.only_ca_certs.der", &[]),
    ("crl.idp.only_some_reasons.der", &[Rule::CrlPartial]),
    ("crl.idp.only_user_certs.der", &[]),
    ("crl.idp.unknown.tag.der", &[Rule::CrlDer]),
    ("crl.idp.valid.der", &[]),
    ("crl.invalid.this.update.time.der", &[Rule::CrlTimeEncoding, Rule::CrlNextUpdateMissing]),
    ("crl.mismatched.sigalg.der", &[Rule::CrlAlgorithmMatch, Rule::CrlAlgorithm]),
    ("crl.missing.exts.der", &[Rule::CrlNumberMissing]),
    ("crl.missing.next.update.der", &[Rule::CrlNextUpdateMissing]),
    ("crl.negative.crl.number.der", &[Rule::CrlNumberMissing]),
    ("crl.negative.serial.der", &[]),
    ("crl.no.entry.exts.der", &[]),
    ("crl.too.long.crl.number.der", &[Rule::CrlNumberMissing]),
    ("crl.topbit.serial.der", &[]),
    ("crl.unknown.crit.ext.der", &[Rule::CrlExtCritical]),
    ("crl.valid.der", &[]),
    ("crl.wrong.version.der", &[Rule::CrlVersion]),
];

#[test]
fn crls_made_to_break_one_rule_break_that_rule() {
    let Some(folder) = corpus("crl-rules") else { return };
    let expected: BTreeMap<_, _> = NAMED.iter().copied().collect();
    let found = files(&folder);
    assert_eq!(found.len(), expected.len());
    let mut wrong = Vec::new();
    for (name, bytes) in found {
        let findings = match item::read(&bytes) {
            Ok(item) => crl::inspect(&item.der, &Policy::default()).findings,
            Err(findings) => findings,
        };
        let rejects = findings.iter().filter(|finding| finding.severity == Severity::Reject);
        let broken: Vec<Rule> = rejects.map(|finding| finding.rule).collect();
        eprintln!("{name}: {findings}");
        if expected.get(name.as_str()).copied() != Some(broken.as_slice()) {
            wrong.push(format!("{name}: {broken:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_fuzz_seed_is_accepted_and_none_panics() {
    let Some(folder) = corpus("fuzz-seeds") else { return };
    let mut count = 0;
    for kind in ["crl", "x509"] {
        for (name, bytes) in files(&folder.join(kind)) {
            count += 1;
            // Whatever they are taken for.
            let as_crl = crl::inspect(&bytes, &history());
            let as_certificate = certificate::inspect(&bytes, &history());
            let _ = (as_crl.findings.to_string(), as_certificate.findings.to_string());
            if let Some(value) = as_crl.value {
                let _ = (value.to_string(), value.entries().count());
            }
            if let Some(value) = as_certificate.value {
                let _ = value.to_string();
            }
            let Ok(issuer) = Issuer::from_certificate(&bytes, &history()) else {
                let Ok(item) = item::read(&bytes) else { continue };
                let judgement = judge(&item, &[], &NoState::default(), &history(), NOW);
                assert_eq!(judgement.verdict.outcome.word(), "rejected", "{name}");
                continue;
            };
            let _ = (issuer.to_string(), issuer.file_name());
            let Ok(item) = item::read(&bytes) else { continue };
            let judgement = judge_under(&item, &issuer, &NoState::default(), &history(), NOW);
            assert_eq!(judgement.verdict.outcome.word(), "rejected", "{name}: {}", judgement.verdict.findings);
        }
    }
    assert!(count > 700, "{count} seeds");
}
