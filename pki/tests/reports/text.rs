//! The text people read: its lines, its order, and that nothing in it moves a cursor.

use rootcast_pki::finding::Severity::{self, Hold, Reject, Warn};
use rootcast_pki::item::FileKind;
use rootcast_pki::report::{Report, ReportedFinding, ReportedLocation, UnreadFile};
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::Ruling;
use serde_json::json;

fn finding(rule: Rule, severity: Severity, text: &str) -> ReportedFinding {
    ReportedFinding::new(rule, severity, text.to_owned())
}

fn report(file: &str, findings: Vec<ReportedFinding>) -> Report {
    Report::new(file, FileKind::Crl, Ruling::Rejected, ("orca pioneer".to_owned(), "8eb2".to_owned()), findings)
}

#[test]
fn a_finding_has_its_place_its_reference_and_what_to_do() {
    let mut lower = finding(Rule::CrlNumberLower, Reject, "number 41 is lower than 42");
    lower.location = Some(ReportedLocation { field: "cRLNumber".to_owned(), offset: 312 });
    let text = report("old.crl", vec![lower]).described(Some("CRL number 41".to_owned())).to_string();
    let wanted = "\
rejected  old.crl: CRL number 41
  words    orca pioneer
  SHA-256  8eb2
reject[CRL-NUMBER-LOWER]: number 41 is lower than 42
  --> old.crl, cRLNumber at byte 312
   = see RFC 5280 5.2.3
   = help: Do not publish it: an older CRL makes revoked certificates valid again. Ask the offline side for the newest.
rejected: 1 reject";
    assert_eq!(text, wanted);
    let mut told = finding(Rule::CrlNumberLower, Reject, "cRLNumber at byte 312 is lower than 42");
    told.location = Some(ReportedLocation { field: "cRLNumber".to_owned(), offset: 312 });
    told.tells_offset = true;
    let text = report("old.crl", vec![told]).meaning(Some("published before")).to_string();
    assert!(text.starts_with("rejected (published before)  old.crl\n"), "{text}");
    assert!(text.contains("\n  --> old.crl, cRLNumber\n"), "{text}");
}

#[test]
fn what_stops_working_comes_first_and_then_the_worst() {
    let findings = vec![
        finding(Rule::CrlReason, Warn, "a"),
        finding(Rule::CrlSelf, Hold, "b"),
        finding(Rule::CrlInUse, Warn, "c"),
        finding(Rule::CrlDer, Reject, "d"),
        finding(Rule::CrlAki, Warn, "e"),
    ];
    let text = report("x", findings).to_string();
    let order: Vec<&str> = text.lines().filter_map(|line| line.split('[').nth(1)?.split(']').next()).collect();
    assert_eq!(order, ["CRL-IN-USE", "CRL-DER", "CRL-SELF", "CRL-REASON", "CRL-AKI"]);
    assert!(text.ends_with("\nrejected: 1 reject, 1 hold, 3 warnings"), "{text}");
}

#[test]
fn a_repeated_finding_has_its_count() {
    let mut many = finding(Rule::CrlReason, Warn, "an entry has no reason: 01, 02, …");
    many.count = 200;
    let text = report("x", vec![many]).to_string();
    assert!(text.contains("\nwarn[CRL-REASON]: an entry has no reason: 01, 02, … (200 times)\n"), "{text}");
}

#[test]
fn two_hundred_findings_are_two_hundred_and_a_long_one_is_cut() {
    let findings = (0..200).map(|n| finding(Rule::CrlDer, Reject, &format!("{n} {}", "w".repeat(5000)))).collect();
    let text = report("x", findings).to_string();
    assert_eq!(text.lines().count(), 3 + 200 * 3 + 1);
    assert!(text.lines().all(|line| line.chars().count() < 1100));
    assert!(text.ends_with("rejected: 200 rejects"));
}

#[test]
fn nothing_in_it_moves_the_cursor() {
    let hostile = "a\u{1b}[2J\u{202e}b\r\nc\\u{1b}";
    let mut placed = finding(Rule::CrlDer, Reject, hostile);
    placed.location = Some(ReportedLocation { field: hostile.to_owned(), offset: 1 });
    let report = report(hostile, vec![placed]).described(Some(hostile.to_owned())).noted(Some(hostile.to_owned()));
    let text = report.to_string();
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert!(!text.contains('\u{202e}') && text.contains("a\\u{1b}[2J\\u{202e}b\\u{d}\\u{a}c\\u{1b}"), "{text}");
    assert_eq!(text.lines().count(), 9);
}

#[test]
fn scripts_get_the_same_with_every_member_there() {
    let mut lower = finding(Rule::CrlNumberLower, Reject, "number 41 is lower than 42");
    lower.location = Some(ReportedLocation { field: "cRLNumber".to_owned(), offset: 312 });
    let document = json!(report("old.crl", vec![lower, finding(Rule::CrlAki, Warn, "x")]));
    assert_eq!((&document["verdict"], &document["kind"]), (&json!("rejected"), &json!("crl")));
    assert_eq!(
        (&document["findings"][0]["rule"], &document["findings"][0]["severity"]),
        (&json!("CRL-NUMBER-LOWER"), &json!("reject"))
    );
    assert_eq!(document["findings"][0]["field"], "cRLNumber");
    assert_eq!(document["findings"][0]["offset"], 312);
    assert!(document["findings"][0]["help"].as_str().is_some_and(|help| help.starts_with("Do not publish it")));
    assert!(document["findings"][1].get("field").is_none() && document["findings"][1].get("offset").is_none());
    assert!(document["difference"].is_null() && document["compatibility"].as_array().is_some_and(Vec::is_empty));
}

#[test]
fn a_file_that_cannot_be_read_is_unknown_and_rejected() {
    let wanted = json!({"file": "no.crl", "kind": "unknown", "verdict": "rejected", "findings": []});
    assert_eq!(json!(UnreadFile::new("no.crl")), wanted);
}

#[test]
fn every_ruling_severity_and_kind_has_one_word_for_people_and_for_scripts() {
    for ruling in [Ruling::Accepted, Ruling::NoOp, Ruling::Held, Ruling::Rejected] {
        assert_eq!(json!(ruling), json!(ruling.to_string()));
    }
    for severity in [Warn, Hold, Reject] {
        assert_eq!(json!(severity), json!(severity.to_string()));
    }
    for kind in [FileKind::Crl, FileKind::Certificate, FileKind::Unknown] {
        assert_eq!(json!(kind), json!(kind.to_string()));
    }
    for rule in Rule::ALL {
        assert_eq!(json!(rule), json!(rule.id()));
        assert_eq!(serde_json::from_value::<Rule>(json!(rule)).unwrap(), *rule);
    }
}
