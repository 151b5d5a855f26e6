//! Registries of links: a link is one file and one row, on either side.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rootcast_offline::link::registry::{LINKS, LinkKind, Registry};
use rootcast_tests::pigeons::{PIGEONS, SECTION, with};

#[test]
fn a_link_to_send_over_is_named_in_help_and_refusals_by_its_row() {
    let rows = with(PIGEONS);
    let registry = Registry(&rows);
    assert!(registry.help().contains("pigeon:LOFT") && registry.help().contains("[,wind=N]"), "{}", registry.help());
    let refused = registry.link(&"owl:x".parse().unwrap()).unwrap_err().to_string();
    assert!(refused.contains("pigeon:LOFT"), "{refused}");
    let refused = registry.link(&"pigeon:x,rain=3".parse().unwrap()).unwrap_err().to_string();
    assert!(refused.contains("rain"), "{refused}");
    // Without its row there is no such link.
    assert!(Registry(LINKS).link(&"pigeon:x".parse().unwrap()).is_err());
}

/// The rows that name a section which the text of `hardware-notes.md` does not have.
fn without_section(anchors: impl Iterator<Item = &'static str>, page: &str) -> Vec<&'static str> {
    let sections: BTreeSet<String> = super::documents::anchors(page);
    anchors.filter(|anchor| !anchor.strip_prefix('#').is_some_and(|heading| sections.contains(heading))).collect()
}

#[test]
fn every_row_names_a_section_of_the_hardware_notes() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../hardware-notes.md");
    let page = fs::read_to_string(page).unwrap();
    let online = rootcast_online::link::Registry::default();
    let online: Vec<&str> = online.rows().iter().map(|row| row.hardware_notes).collect();
    assert!(LINKS.len() >= 7 && online.len() >= 5);
    let offline = |rows: &[LinkKind]| rows.iter().map(|row| row.hardware_notes).collect::<Vec<_>>().into_iter();
    let none: Vec<&str> = Vec::new();
    assert_eq!(without_section(offline(LINKS).chain(online), &page), none, "hardware-notes.md has no such sections");
    // A link more is missed there until its section is written.
    let rows = with(PIGEONS);
    assert_eq!(without_section(offline(&rows), &page), [PIGEONS.hardware_notes]);
    assert_eq!(without_section(offline(&rows), &(page + SECTION)), none);
}
