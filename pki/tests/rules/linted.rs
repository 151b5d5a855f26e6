//! pkilint judges every item of every case, and others' crafted files where they are there. Each difference from it has a
//! line in docs/compatibility.md, and each line there is a difference.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rootcast_pki::history::CertificateHistory;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, ItemKind};
use rootcast_pki::profile::{Policy, Profile};
use rootcast_pki::time::parse_rfc3339;

use crate::certificate_cases;
use crate::crl_trial;
use crate::every_rule::cases;
use crate::linter::{self, Gravity, Kind, Lint, Rules};
use crate::skipped::skipped;
use crate::trial::{Ruling, known, strict, try_certificate, try_crl_at};

/// Files of others with one oddity each, where they lie beside the project, under both profiles; roots are not items.
fn crafted() -> Vec<(String, Ruling)> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases/crafted");
    let Ok(folder) = std::fs::read_dir(&beside) else {
        skipped("the crafted files are not there");
        return Vec::new();
    };
    let read =
        |name: &str| item::read(&std::fs::read(beside.join(name)).expect("a file")).expect("an item").der.to_vec();
    let root = read("root.crt");
    let at = parse_rfc3339("2026-11-01T00:00:00Z").expect("a time");
    let mut names: Vec<String> =
        folder.map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names.retain(|name| {
        !name.starts_with("root") && !["under-expired-issuer.crt", "older-than-renewed-root.crt"].contains(&&name[..])
    });
    let mut rulings = Vec::new();
    for name in names {
        let der = read(&name);
        for policy in [Policy::default(), strict()] {
            let issuer = Issuer::from_certificate(&root, &policy).expect("a root");
            let ruling = if name.ends_with(".crl") {
                try_crl_at(&der, &issuer, &known(), &policy, at)
            } else {
                try_certificate(&der, &issuer, &CertificateHistory::default(), &policy)
            };
            rulings.push((name.clone(), ruling));
        }
    }
    rulings
}

/// The rows of a table in docs/compatibility.md: the first cell, without its backticks, and the second.
fn rows(heading: &str) -> BTreeMap<String, String> {
    let page = include_str!("../../../docs/compatibility.md");
    let section = page.split(&format!("### {heading}\n")).nth(1).unwrap_or_else(|| panic!("no section {heading}"));
    let table = section.split("\n#").next().unwrap_or_default();
    let lines = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    let mut rows = BTreeMap::new();
    for line in lines {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [first, second, reason] = cells[..] else { panic!("not three cells: {line}") };
        assert!(reason.len() > 10, "no reason: {line}");
        for name in first.split(", ") {
            assert!(rows.insert(name.trim_matches('`').to_owned(), second.to_owned()).is_none(), "twice: {line}");
        }
    }
    rows
}

fn errors(lints: &[Lint]) -> impl Iterator<Item = &str> {
    lints.iter().filter(|lint| lint.gravity == Gravity::Error).map(|lint| &lint.code[..])
}

#[test]
fn every_difference_from_pkilint_has_a_line() {
    let Some(interpreter) = linter::interpreter() else { return };
    let scratch = std::env::temp_dir().join(format!("rootcast-linted-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).expect("a scratch folder");
    let mut rulings: Vec<(String, Ruling)> =
        cases().iter().map(|case| (format!("{} {}", case.rule, case.what), (case.run)())).collect();
    rulings.retain(|(_, ruling)| ruling.kind.is_some());
    for policy in [Policy::default(), strict()] {
        rulings.push(("a good CRL".to_owned(), crl_trial::changed_under(&policy, |_| {})));
        rulings.push(("a good certificate".to_owned(), certificate_cases::changed_under(&policy, |_| {})));
    }
    let own = rulings.len();
    rulings.extend(crafted());
    let items: Vec<(Kind, Rules, &[u8])> = rulings
        .iter()
        .map(|(_, ruling)| {
            let kind = if ruling.kind == Some(ItemKind::Crl) { Kind::Crl } else { Kind::Certificate };
            let rules = if ruling.profile == Profile::Webpki { Rules::Br } else { Rules::Pkix };
            (kind, rules, &ruling.der[..])
        })
        .collect();
    let lints = linter::lint(&interpreter, &scratch, &items);
    std::fs::remove_dir_all(&scratch).expect("a scratch folder");

    let (accepted, refused) = (rows("Accepted here, an error for pkilint"), rows("Refused here, nothing for pkilint"));
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    let mut agreed = 0;
    for (index, ((what, ruling), lints)) in rulings.iter().zip(&lints).enumerate() {
        let found: BTreeSet<&str> = ruling.findings.iter().map(|finding| finding.rule.id()).collect();
        let profile = ruling.profile;
        match ruling.outcome {
            "rejected" if errors(lints).next().is_some() => agreed += 1,
            "rejected" if index < own => {
                let rule = ruling.findings.iter().find(|finding| what.starts_with(finding.rule.id()));
                let rule = rule.expect("a case breaks the rule that it names").rule.id();
                seen.insert(rule.to_owned());
                if !refused.contains_key(rule) {
                    wrong.push(format!("{what} ({profile:?}): refused for {rule}, and pkilint has no error"));
                }
            }
            "rejected" => {}
            // What is held for a decision is not accepted, but not refused for its content either.
            _ => {
                for code in errors(lints) {
                    seen.insert(code.to_owned());
                    match accepted.get(code) {
                        Some(rules) if rules == "–" || rules.split(", ").any(|rule| found.contains(rule)) => {}
                        _ => wrong.push(format!(
                            "{what} ({profile:?}): {}, {code} for pkilint; here {found:?}",
                            ruling.outcome
                        )),
                    }
                }
            }
        }
    }
    // That of others' files is looked for only where they are there.
    let stale: Vec<&String> =
        accepted.keys().chain(refused.keys()).filter(|name| !seen.contains(*name) && rulings.len() > own).collect();
    assert!(wrong.is_empty(), "no line in docs/compatibility.md for:\n{}", wrong.join("\n"));
    assert!(stale.is_empty(), "lines of docs/compatibility.md that are no difference: {stale:?}");
    assert!(agreed > 50, "{agreed} refused by both");
}
