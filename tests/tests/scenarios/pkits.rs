//! NIST PKITS, the parts on signatures, dates, names, revocation, keys, CA certificates and CRL scopes (4.1–4.7, 4.14–4.16),
//! driven through the gate as items under their issuers: what must fail is never wholly accepted, and where the gate
//! refuses what a relying party would take, the ledger says why.
//!
//! PKITS tests relying parties, which validate paths to end-entity certificates; the gate judges items. So each path
//! is walked from its anchor: the CRLs of the issuers known so far are judged, then the next certificate under its
//! issuer with the CRL accepted for that; an accepted one is an issuer from then on. The end-entity certificate at
//! the end is no item: it is judged as well, and CERT-NOT-CA alone is forgiven it.

mod ledger;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ledger::{ACCEPTED_THOUGH_INVALID, Because, REFUSED_BEFORE_THE_FAULT, REFUSED_THOUGH_VALID, Refused};
use rootcast_pki::finding::{Findings, Severity};
use rootcast_pki::history::{CertificateHistory, CrlHistory, History};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item;
use rootcast_pki::judge;
use rootcast_pki::judgement::Accepted;
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::Outcome;
use rootcast_pki::time::{Timestamp, parse_rfc3339};
use rootcast_tests::corpora;
use rootcast_tests::shown_table::ShownTable;

/// The suite is valid from 2010 to 2030.
const AT: &str = "2026-11-21T00:00:00Z";

/// What stands in a refusal where no CRL was accepted for an issuer; beside it, the rules that refused those there were.
const NO_CRL: &str = "no CRL accepted";

const SECTIONS: [&str; 10] = ["4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "4.7", "4.14", "4.15", "4.16"];

/// One path of the suite.
struct Case {
    id: String,
    name: String,
    certificates: Vec<Vec<u8>>,
    crls: Vec<Vec<u8>>,
    valid: bool,
}

#[test]
fn nothing_of_pkits_that_must_fail_is_accepted_and_every_other_refusal_is_in_the_ledger() {
    let Some(folder) = corpora::folder("pkits") else { return };
    let cases = read_cases(&folder);
    assert_eq!(cases.len(), 123, "cases of the sections {SECTIONS:?}");
    let mut counts: BTreeMap<&str, BTreeMap<&str, u32>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for case in &cases {
        let found = walk(case);
        let class = match classify(case, &found) {
            Ok(class) => class,
            Err(complaint) => {
                wrong.push(complaint);
                "WRONG"
            }
        };
        let section = SECTIONS.iter().find(|section| case.id.starts_with(&format!("{section}."))).expect("a section");
        *counts.entry(section).or_default().entry(class).or_default() += 1;
    }
    let refused = REFUSED_THOUGH_VALID.iter().chain(REFUSED_BEFORE_THE_FAULT).map(|line| (line.case, line.why));
    for (id, why) in refused.chain(ACCEPTED_THOUGH_INVALID.iter().copied()) {
        if !cases.iter().any(|case| case.id == id) {
            wrong.push(format!("{id} ({why}) is in the ledger, but there is no such case"));
        }
    }
    show(&counts);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The one class a case belongs to, or what is wrong with it.
fn classify(case: &Case, found: &Result<(), BTreeSet<&'static str>>) -> Result<&'static str, String> {
    let in_ledger = |ledger: &'static [Refused]| ledger.iter().find(|line| line.case == case.id);
    let ledger = if case.valid { REFUSED_THOUGH_VALID } else { REFUSED_BEFORE_THE_FAULT };
    let forgiven = ACCEPTED_THOUGH_INVALID.iter().find(|(id, _)| *id == case.id);
    let say = |what: String| Err(format!("{}: {what}", case.name));
    match (found, in_ledger(ledger)) {
        (Err(rules), Some(line)) if !rules.iter().eq(line.rules) => {
            say(format!("refused by {rules:?}; the ledger says {:?}, because {}", line.rules, line.why))
        }
        (Err(_), Some(line)) => Ok(match (case.valid, line.because) {
            (true, Because::Stricter) => "valid, refused: stricter",
            (true, Because::OutOfScope) => "valid, refused: out of scope",
            (false, _) => "invalid, refused before its fault",
        }),
        (Err(rules), None) if case.valid => say(format!("must validate, refused by {rules:?}")),
        (Err(_), None) if forgiven.is_some() => say("refused now: take it out of the ledger".to_owned()),
        (Err(_), None) => Ok("invalid, refused"),
        (Ok(()), Some(_)) => say("accepted now: take it out of the ledger".to_owned()),
        (Ok(()), None) if case.valid => Ok("valid, accepted"),
        (Ok(()), None) if forgiven.is_some() => Ok("invalid, no item at fault"),
        (Ok(()), None) => say("must fail, and every item of it was accepted".to_owned()),
    }
}

fn show(counts: &BTreeMap<&str, BTreeMap<&str, u32>>) {
    let classes: BTreeSet<&str> = counts.values().flat_map(|row| row.keys().copied()).collect();
    let columns: Vec<&str> = ["section"].into_iter().chain(classes.iter().copied()).collect();
    let mut table = ShownTable::new(&columns);
    for section in SECTIONS {
        let row = counts.get(section);
        let cell = |class| row.and_then(|row| row.get(class)).copied().unwrap_or(0).to_string();
        table.row([section.to_owned()].into_iter().chain(classes.iter().map(|class| cell(*class))));
    }
    let sum = |class| counts.values().filter_map(|row| row.get(class)).sum::<u32>().to_string();
    table.row(["all".to_owned()].into_iter().chain(classes.iter().map(|class| sum(*class))));
    table.show(&format!("PKITS through the gate, profile private, at {AT}"));
}

fn read_cases(folder: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(folder.join("vectors.json")).expect("the vectors");
    let vectors: Vec<serde_json::Value> = serde_json::from_str(&text).expect("a list of cases");
    let files = |case: &serde_json::Value, key: &str, below: &str| -> Vec<Vec<u8>> {
        let names = case[key].as_array().expect("file names").iter().map(|name| name.as_str().expect("a file name"));
        names.map(|name| std::fs::read(folder.join(below).join(name)).expect("a file of the suite")).collect()
    };
    let cases = vectors.iter().map(|case| {
        let name = case["Name"].as_str().expect("a name").to_owned();
        Case {
            id: name.split_whitespace().next().expect("an id").to_owned(),
            name,
            certificates: files(case, "CertPath", "certs"),
            crls: files(case, "CRLPath", "crls"),
            valid: case["ShouldValidate"].as_bool().expect("an expectation"),
        }
    });
    cases.filter(|case| SECTIONS.iter().any(|section| case.id.starts_with(&format!("{section}.")))).collect()
}

/// The CRL accepted last for each issuer.
#[derive(Default)]
struct Known(Vec<(Issuer, Vec<u8>)>);

impl Known {
    fn crl(&self, issuer: &Issuer) -> Option<&[u8]> {
        self.0.iter().rev().find(|(known, _)| known.is_same(issuer)).map(|(_, crl)| crl.as_slice())
    }
}

impl History for Known {
    fn crl_history(&self, issuer: &Issuer) -> CrlHistory<'_> {
        CrlHistory { previous: self.crl(issuer), first_contact_allowed: true, ..CrlHistory::default() }
    }

    fn certificate_history(&self, issuer: &Issuer) -> CertificateHistory<'_> {
        CertificateHistory { crl: self.crl(issuer), ..CertificateHistory::default() }
    }
}

/// Walks a path; gives the rules that refused it where it ended early.
fn walk(case: &Case) -> Result<(), BTreeSet<&'static str>> {
    let policy = Policy::default();
    let now: Timestamp = parse_rfc3339(AT).expect("a time");
    let refusing = |findings: &Findings| -> BTreeSet<&'static str> {
        findings.iter().filter(|f| f.severity > Severity::Warn).map(|f| f.rule.id()).collect()
    };
    let (anchor, rest) = case.certificates.split_first().expect("an anchor");
    let mut issuers = vec![Issuer::from_certificate(anchor, &policy).expect("the anchor of the suite")];
    let mut known = Known::default();
    for (place, certificate) in rest.iter().enumerate() {
        let mut refused = BTreeSet::new();
        for crl in &case.crls {
            let item = item::read(crl).expect("a CRL of the suite");
            if known.0.iter().any(|(_, accepted)| accepted == crl) {
                continue;
            }
            let judgement = judge(&item, &issuers, &known, &policy, now);
            match (&judgement.verdict.outcome, judgement.issuer) {
                (Outcome::Accepted(Accepted::Crl(accepted)), Some(issuer)) => {
                    let accepted = accepted.der().to_vec();
                    known.0.push((issuers[issuer].clone(), accepted));
                }
                // A CRL of an issuer that comes later in the path.
                (_, None) => {}
                _ => refused.extend(refusing(&judgement.verdict.findings)),
            }
        }
        let item = item::read(certificate).expect("a certificate of the suite");
        let judgement = judge(&item, &issuers, &known, &policy, now);
        let mut rules = refusing(&judgement.verdict.findings);
        let is_last = place + 1 == rest.len();
        if is_last {
            rules.remove(Rule::CertNotCa.id());
        }
        if judgement.issuer.is_some_and(|issuer| known.crl(&issuers[issuer]).is_none()) {
            rules.insert(NO_CRL);
            rules.extend(refused);
        }
        if !rules.is_empty() {
            return Err(rules);
        }
        if !is_last {
            let issuer = Issuer::from_certificate(certificate, &policy).map_err(|findings| refusing(&findings))?;
            let placed = match issuers.last() {
                Some(above) => issuer.below(above),
                None => issuer,
            };
            issuers.push(placed);
        }
    }
    Ok(())
}
