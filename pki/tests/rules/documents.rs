//! `docs/rules.md` lists exactly the rules that are checked, and the rest as not yet checked.

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

#[test]
fn the_catalogue_and_the_code_are_equal() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules.md");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (checked, not_yet) = text.split_once("\n## Not yet checked").expect("the section of rules not yet checked");
    let (checked, not_yet) = (ids(checked), ids(not_yet));
    let code: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    assert_eq!(code.difference(&checked).collect::<Vec<_>>(), Vec::<&&str>::new(), "checked, but not in the document");
    assert_eq!(checked.difference(&code).collect::<Vec<_>>(), Vec::<&&str>::new(), "in the document, but not checked");
    assert_eq!(
        checked.intersection(&not_yet).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "in both parts of the document"
    );
    assert!(!not_yet.is_empty());
}
