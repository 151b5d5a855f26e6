//! `docs/rules.md` lists exactly the rules that `pki` checks, and apart from them those of a ceremony.

use std::collections::BTreeSet;
use std::path::Path;

use rootcast_pki::rule::Rule;

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

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules.md");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Each checked rule with its column of severities; `as CRL-AKI` is that rule's.
pub(crate) fn severities() -> Vec<(Rule, String)> {
    let text = document();
    let rows = text.lines().filter_map(|line| {
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
