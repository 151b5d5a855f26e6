//! The texts against `docs/rules.md` and `docs/errors.md`: what `explain` says and what the documents say is one text.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rootcast_host::diagnosis::Label;
use rootcast_pki::rule::Rule;

use super::ceremony::CeremonyRule;
use super::side::EndsOn;
use super::{Explanation, Side, Subject, labels, nearest, rules};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name)
}

fn page(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A Markdown text without links and emphasis, its lines joined.
fn plain(markdown: &str) -> String {
    let mut out = String::new();
    let mut rest = markdown;
    // [text](target) is text; other brackets stay.
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        match after.split_once("](").and_then(|(text, link)| Some((text, link.split_once(')')?.1))) {
            Some((text, behind)) if !text.contains('[') && !text.contains(']') => {
                out.push_str(text);
                rest = behind;
            }
            _ => {
                out.push('[');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out.replace('*', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The rows of the tables in a part of a page: the first cell, and the others.
fn rows(text: &str) -> BTreeMap<String, Vec<String>> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("| ")).map(|line| line.trim_end_matches([' ', '|']));
    let cells = lines.map(|line| line.split(" | ").map(str::to_owned).collect::<Vec<_>>());
    cells.filter_map(|cells| Some((cells.first()?.clone(), cells.get(1..)?.to_vec()))).collect()
}

#[test]
fn what_explain_says_of_a_rule_is_what_rules_md_says() {
    let text = page("rules.md");
    let (checked, ceremony) = text.split_once("\n## Before the key is used").expect("the rules of a ceremony");
    let (checked, _) = checked.split_once("\n## Since when a rule holds").expect("the dates of the rules");
    let checked = rows(checked);
    for rule in Rule::ALL {
        let cells = checked.get(rule.id()).unwrap_or_else(|| panic!("rules.md has no {rule}"));
        let told = rules::text(*rule);
        assert_eq!(told.severity.to_string(), plain(&cells[0]), "{rule}, the severity");
        // A star in a text is its own: `*` as the first label of a name.
        assert_eq!(plain(&told.what.to_string()), plain(&cells[1]), "{rule}");
    }
    let (ceremony, _) = ceremony.split_once(WHY).expect("the heading of the reasons");
    let ceremony = rows(ceremony);
    for rule in CeremonyRule::ALL {
        let cells = ceremony.get(rule.id()).unwrap_or_else(|| panic!("rules.md has no {}", rule.id()));
        assert_eq!(plain(rule.what()), plain(&cells[0]), "{}", rule.id());
    }
    let ids = ceremony.keys().filter(|id| id.contains('-') && !id.starts_with('-'));
    for id in ids {
        assert!(CeremonyRule::ALL.iter().any(|rule| rule.id() == id), "`explain` does not know {id}");
    }
}

/// The heading of what is written from the tables here.
const WHY: &str = "## Why, and what to do\n";

/// `ROOTCAST_WRITE_DOCS=1` writes the table anew.
#[test]
fn rules_md_has_the_reasons_and_what_to_do_on_either_side() {
    let mut table = String::from("| rule | why | offline | online |\n|---|---|---|---|\n");
    for rule in Rule::ALL {
        let told = rules::text(*rule);
        table.push_str(&format!("| {rule} | {} | {} | {} |\n", told.why, told.offline, told.online));
    }
    for rule in CeremonyRule::ALL {
        table.push_str(&format!("| {} | {} | {} | – |\n", rule.id(), rule.why(), rule.next()));
    }
    let text = page("rules.md");
    let (before, after) = text.split_once(WHY).expect("the heading of the reasons");
    let (prose, found) = after.split_once("| rule |").expect("the table of the reasons");
    if format!("| rule |{found}") == table {
        return;
    }
    assert!(std::env::var_os("ROOTCAST_WRITE_DOCS").is_some(), "ROOTCAST_WRITE_DOCS=1 writes rules.md anew");
    fs::write(path("rules.md"), format!("{before}{WHY}{prose}{table}")).expect("docs/rules.md");
}

#[test]
fn what_explain_says_of_a_label_is_what_errors_md_says() {
    let text = page("errors.md");
    for label in Label::ALL {
        let told = labels::text(*label);
        let side = match told.ends_on {
            EndsOn::Both => "",
            EndsOn::Offline => ", offline",
            EndsOn::Online => ", online",
        };
        let rule = told.rule.map_or(String::new(), |rule| format!(" (rule {rule})"));
        let mut wanted = format!("Exit {}{side}{rule}. {}", label.exit().code(), told.what);
        for (side, besides) in [("Offline", told.offline_what), ("Online", told.online_what)] {
            wanted.push_str(&besides.map_or(String::new(), |besides| format!(" {side}, {besides}")));
        }
        wanted.push_str(&format!(" Do: {}", told.next));
        for (side, besides) in [("Offline", told.offline), ("Online", told.online)] {
            wanted.push_str(&besides.map_or(String::new(), |besides| format!(" {side}: {besides}")));
        }
        let section = text.split(&format!("\n### {label}\n")).nth(1).unwrap_or_else(|| panic!("no ### {label}"));
        let section = section.split("\n### ").next().unwrap_or_default();
        assert_eq!(plain(section), plain(&wanted), "{label}: docs/errors.md and console/src/explain/labels.rs differ");
    }
}

#[test]
fn each_name_is_found_and_in_any_case_too_where_it_is_the_only_one() {
    let mut seen = BTreeMap::new();
    let mut twice = Vec::new();
    for subject in Subject::all() {
        let name = subject.name();
        assert_eq!(Subject::named(name), Some(subject));
        match seen.insert(name.to_ascii_lowercase(), name) {
            Some(other) => twice.push((other, name)),
            None => assert!(Subject::named(&name.to_ascii_lowercase()).is_some(), "{name}"),
        }
        assert!(Subject::named(&format!("{}{}", &name[..1].to_lowercase(), &name[1..])).is_some(), "{name}");
    }
    assert_eq!(twice, [("STATE-LOST", "state-lost")], "these differ in case alone");
    assert!(seen.len() > 130, "{}", seen.len());
}

#[test]
fn each_explanation_has_every_part_and_names_no_page_to_be_read_instead() {
    for subject in Subject::all() {
        for side in [Side::Offline, Side::Online] {
            let told = Explanation::new(subject, side);
            let text = told.text(side);
            assert!(told.what.len() > 1 && told.next.len() > 20, "{text}");
            assert!(text.contains("\ndo here "), "{text}");
            if !matches!(subject, Subject::Label(_)) {
                assert!(told.why.is_some_and(|why| why.ends_with('.')), "{text}");
            }
            let without_reference = text.split("\nreference ").next().unwrap_or_default();
            for page in ["docs/", ".md", "runbook"] {
                assert!(!without_reference.contains(page), "{page}: {text}");
            }
            assert!(!text.contains('\t') && text.lines().all(|line| line.chars().count() <= 110), "{text}");
        }
    }
}

/// A rule that is named in a text can be explained too.
#[test]
fn every_rule_that_an_explanation_names_is_known() {
    let mut named = 0;
    for subject in Subject::all() {
        let text = Explanation::new(subject, Side::Offline).text(Side::Offline);
        for word in text.split(|c: char| !c.is_ascii_uppercase() && c != '-') {
            let families = ["CRL-", "CERT-", "REQ-", "SIGN-", "KEY-", "APPROVE-", "MAN-", "ROOT-", "ITEM-", "OBJ-"];
            // ML-DSA and names of fields are none.
            if word.len() > 5 && families.iter().any(|family| word.starts_with(family)) && !word.ends_with('-') {
                assert!(Subject::named(word).is_some(), "{}: {word}", subject.name());
                named += 1;
            }
        }
    }
    assert!(named > 150, "{named}");
}

#[test]
fn a_mistyped_name_finds_the_rule_or_label_that_was_meant() {
    let meant = |typed: &str| nearest(typed, Subject::all().map(Subject::name));
    for (typed, wanted) in [
        ("CRL-FRIST", Some("CRL-FIRST")),
        ("crlfirst", Some("CRL-FIRST")),
        ("crl-futur", Some("CRL-FUTURE")),
        ("linkfailed", Some("link-failed")),
        // There are several rules of the number; one of them is better than none, and than REQ-NUMBER.
        ("CRL-NUMBR", Some("CRL-NUMBER-LOWER")),
        ("CRL-NUMBER", Some("CRL-NUMBER-MISSING")),
        ("crl-nubmer-lowr", Some("CRL-NUMBER-LOWER")),
        ("zzzzzzzz", None),
        ("", None),
    ] {
        assert_eq!(meant(typed), wanted, "{typed}");
    }
    assert_eq!(meant(&"é".repeat(5_000)), None);
}

/// Where a rule asks for what another one asks for, both texts are shown.
#[test]
fn a_text_that_points_to_another_rule_is_shown_with_the_text_of_that_rule() {
    let told = Explanation::new(Subject::Rule(Rule::CertDer), Side::Online);
    let (own, other) = told.what.split_once("\nCRL-DER: ").unwrap_or_else(|| panic!("{}", told.what));
    assert!(own.starts_with("as CRL-DER; ") && other.starts_with("strict DER"), "{}", told.what);
    let told = Explanation::new(Subject::Rule(Rule::CertAlgorithm), Side::Online);
    assert!(told.severity.is_some_and(|severity| severity.starts_with("as CRL-ALGORITHM\nCRL-ALGORITHM: R; SHA-1")));
    let words = told.severity_in_words.unwrap();
    assert!(words.ends_with("\n(R reject, W warn, – nothing. R / W: R in webpki, W in private.)"), "{words}");
}

/// The offline program said "exit 6", which it does not have, and "published here", where nothing is.
#[test]
fn what_both_sides_read_about_a_rule_does_not_say_published_here_or_an_exit_of_one_side() {
    let mut exits = 0;
    for rule in Rule::ALL {
        let told = Explanation::new(Subject::Rule(*rule), Side::Offline);
        let texts = [told.summary.unwrap(), &told.what, told.why.unwrap(), told.severity.as_deref().unwrap()];
        for text in texts {
            for word in ["published here", "received here", "sent from here", "valid here", "served here"] {
                assert!(!text.contains(word), "{rule}: {text}");
            }
            exits += text.matches("exit 6").count();
            assert_eq!(text.matches("exit 6").count(), text.matches("exit 6 online").count(), "{rule}: {text}");
        }
    }
    assert!(exits > 4, "{exits}");
}

/// What happens on the other side alone is no matter here.
#[test]
fn what_a_label_says_of_one_side_is_told_on_that_side() {
    for (label, words) in
        [(Label::NotConfirmed, "Somebody has to type `pin`"), (Label::LinkFailed, "Ethernet interface")]
    {
        let what = |side| Explanation::new(Subject::Label(label), side).what;
        assert!(what(Side::Offline).to_lowercase().contains(&words.to_lowercase()), "{}", what(Side::Offline));
        assert!(!what(Side::Online).to_lowercase().contains(&words.to_lowercase()), "{}", what(Side::Online));
    }
}
