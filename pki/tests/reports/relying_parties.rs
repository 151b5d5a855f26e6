//! The table of relying parties: equal to its document, and found where it applies.

use std::path::Path;

use rootcast_pki::compatibility::{OBSTACLES, RelyingParty, obstacles};
use rootcast_pki::crl::Feature;
use rootcast_pki::rule::{Rule, RuleSet};

use crate::throwaway_ca::der_writer::{boolean, tlv};
use crate::throwaway_ca::{DEFAULT_NOW, EntryDraft, ExtensionDraft, ThrowAwayCa};

#[test]
fn the_document_and_the_table_are_equal() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/compatibility.md");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let row = |cells: &[&str]| format!("| {} |", cells.join(" | "));
    let wanted: Vec<String> = OBSTACLES
        .iter()
        .map(|o| row(&[&o.party.to_string(), &format!("`{}`", o.feature.name()), o.why, o.reference]))
        .collect();
    let of = |heading: &str| -> Vec<&str> {
        let section = text.split(&format!("\n## {heading}\n")).nth(1).unwrap_or_else(|| panic!("no ## {heading}"));
        let section = section.split("\n## ").next().unwrap();
        section.lines().filter(|line| line.starts_with("| ")).skip(1).collect()
    };
    assert_eq!(of("Who does not process what"), wanted, "the table should be:\n{}", wanted.join("\n"));
    let wanted: Vec<String> = Feature::ALL.iter().map(|f| row(&[&format!("`{}`", f.name()), f.summary()])).collect();
    assert_eq!(of("Features"), wanted, "the table should be:\n{}", wanted.join("\n"));
}

#[test]
fn every_feature_stands_in_somebodys_way_and_every_claim_has_a_reference() {
    for feature in Feature::ALL {
        assert!(OBSTACLES.iter().any(|o| o.feature == *feature), "{}", feature.name());
    }
    for obstacle in OBSTACLES {
        assert!(!obstacle.why.is_empty() && obstacle.reference.len() > 8, "{obstacle:?}");
        let same = OBSTACLES.iter().filter(|o| (o.party, o.feature) == (obstacle.party, obstacle.feature)).count();
        assert_eq!(same, 1, "{obstacle:?}");
    }
    assert!(OBSTACLES.is_sorted_by_key(|o| o.party));
}

#[test]
fn an_ordinary_crl_stands_in_nobodys_way() {
    let mut draft = ThrowAwayCa::new("Root").crl(7);
    draft.entries =
        (1..4).map(|n| EntryDraft::of(&[n], DEFAULT_NOW - 100, [None, Some(1), Some(4)][usize::from(n) - 1])).collect();
    let every_rule: RuleSet = Rule::ALL.iter().copied().collect();
    assert_eq!(obstacles(&draft.sign(), every_rule), Vec::<&_>::new());
    assert!(obstacles(b"no CRL", every_rule).is_empty());
}

#[test]
fn entries_are_only_walked_where_a_rule_found_something() {
    let mut draft = ThrowAwayCa::new("Root").crl(7);
    let mut entry = EntryDraft::of(&[5], DEFAULT_NOW - 100, Some(7));
    entry.extensions.push(ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99999, 1], true, boolean(true)));
    draft.entries.push(entry);
    let der = draft.sign();
    assert!(obstacles(&der, RuleSet::NONE).is_empty());
    let found = obstacles(&der, RuleSet::NONE.with(Rule::CrlExtCritical));
    let parties: Vec<RelyingParty> = found.iter().map(|obstacle| obstacle.party).collect();
    assert_eq!(parties, [RelyingParty::OpenSsl, RelyingParty::Nss, RelyingParty::Webpki, RelyingParty::Webpki]);
}

#[test]
fn a_distribution_point_without_a_name_stands_in_the_way_of_nss_and_webpki() {
    let mut draft = ThrowAwayCa::new("Root").crl(7);
    draft.set_extension(ExtensionDraft::issuing_distribution_point(&[tlv(0x82, &[0xff])]));
    let names: Vec<&str> = obstacles(&draft.sign(), RuleSet::NONE).iter().map(|o| o.feature.name()).collect();
    assert_eq!(names, ["idp-critical", "idp-unnamed"]);
}
