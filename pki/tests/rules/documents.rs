//! `docs/rules.md` lists exactly the rules that `pki` checks, and apart from them those of a ceremony.

use std::collections::BTreeSet;
use std::path::Path;

use rootcast_pki::rule::{BASELINE_REQUIREMENTS, Demand, Rule};

/// The ids in the first column of the tables of a text.
fn ids(text: &str) -> BTreeSet<&str> {
    text.lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" |").next())
        .flat_map(|cell| cell.split(", "))
        .map(|id| id.trim_matches('`'))
        .filter(|id| id.contains('-') && id.chars().all(|c| c.is_ascii_uppercase() || c == '-'))
        .filter(|id| id.chars().any(|c| c.is_ascii_uppercase()))
        .collect()
}

/// The heading of the dates.
const SINCE: &str = "\n## Since when a rule holds\n";

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules.md");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Each checked rule with its column of severities; `as CRL-AKI` is that rule's.
pub(crate) fn severities() -> Vec<(Rule, String)> {
    let text = document();
    let (severities, _) = text.split_once(SINCE).expect("the dates of the rules");
    let rows = severities.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let rule: Rule = cells.next()?.parse().ok()?;
        Some((rule, cells.next()?.to_owned()))
    });
    let rows: Vec<(Rule, String)> = rows.collect();
    let resolve = |severities: &str| match severities.strip_prefix("as ") {
        Some(id) => rows.iter().find(|(rule, _)| rule.id() == id).map(|(_, found)| found.clone()).expect("a rule"),
        None => severities.to_owned(),
    };
    rows.iter().map(|(rule, severities)| (*rule, resolve(severities))).collect()
}

#[test]
fn the_rules_that_may_be_switched_off_are_those_of_the_document() {
    let text = document();
    let (_, section) = text.split_once("\n## Switching off").expect("the section about switching off");
    let (section, _) = section.split_once("\n## ").expect("a section after it");
    let named: BTreeSet<&str> = section.split(|c: char| !c.is_ascii_uppercase() && c != '-').collect();
    let rules = |wanted: bool| {
        let rules = Rule::ALL.iter().filter(move |rule| rule.may_be_switched_off() == wanted);
        rules.map(|rule| rule.id()).collect::<Vec<_>>()
    };
    let missing: Vec<_> = rules(true).into_iter().filter(|id| !named.contains(id)).collect();
    let surplus: Vec<_> = rules(false).into_iter().filter(|id| named.contains(id)).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "{missing:?} {surplus:?}");
}

#[test]
fn the_catalogue_and_the_code_are_equal() {
    let text = document();
    let (checked, ceremony) = text.split_once("\n## Before the key is used").expect("the rules of a ceremony");
    let (checked, _) = checked.split_once(SINCE).expect("the dates of the rules");
    let (ceremony, _) = ceremony.split_once("\n## Why, and what to do\n").expect("the reasons of the rules");
    let (checked, ceremony) = (ids(checked), ids(ceremony));
    let code: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    assert_eq!(code.difference(&checked).collect::<Vec<_>>(), Vec::<&&str>::new(), "checked, but not in the document");
    assert_eq!(checked.difference(&code).collect::<Vec<_>>(), Vec::<&&str>::new(), "in the document, but not checked");
    assert_eq!(
        checked.intersection(&ceremony).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "in both parts of the document"
    );
    assert!(!ceremony.is_empty());
}

/// One row for each rule, and below it one for each part of it that holds from a date on. Where the page lacks one or has
/// another, the message is what to write.
#[test]
fn the_document_says_for_each_rule_since_when_it_holds_and_by_which_paragraph() {
    let text = document();
    let (_, section) = text.split_once(SINCE).expect("the dates of the rules");
    let (section, _) = section.split_once("\n## ").expect("a section after it");
    let found: Vec<&str> =
        section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| rule |")).collect();
    let rows = |rule: &Rule| {
        let dated = rule.demands().map(|demand: Demand| {
            format!("| {}: {} | {} | {} |", rule, demand.summary(), demand.date(), demand.reference())
        });
        [format!("| {rule} | always | {} |", rule.reference())].into_iter().chain(dated).collect::<Vec<_>>()
    };
    let expected: Vec<String> = Rule::ALL.iter().flat_map(rows).collect();
    assert!(found == expected, "the table should be:\n{}", expected.join("\n"));
    let (edition, of) = BASELINE_REQUIREMENTS;
    let named = format!("BR {edition} of {of}");
    assert!(section.replace('\n', " ").contains(&named), "the edition: {named}");
}
