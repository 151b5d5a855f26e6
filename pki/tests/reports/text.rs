//! The text people read: its lines, its order, and that nothing in it moves a cursor.

use rootcast_pki::report::{Report, ReportedFinding};

fn finding(rule: &str, severity: &str, text: &str) -> ReportedFinding {
    ReportedFinding {
        rule: rule.to_owned(),
        severity: severity.to_owned(),
        text: text.to_owned(),
        reference: "RFC 5280 5.2.3".to_owned(),
        count: 1,
        location: None,
    }
}

fn report(file: &str, findings: Vec<ReportedFinding>) -> Report {
    Report::new(file, "crl", "rejected", ("orca pioneer".to_owned(), "8eb2".to_owned()), findings)
}

#[test]
fn a_finding_has_its_place_its_reference_and_what_to_do() {
    let mut lower = finding("CRL-NUMBER-LOWER", "reject", "number 41 is lower than 42");
    lower.location = Some(("cRLNumber".to_owned(), 312));
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
}

#[test]
fn what_stops_working_comes_first_and_then_the_worst() {
    let findings = vec![
        finding("CRL-REASON", "warn", "a"),
        finding("CRL-SELF", "hold", "b"),
        finding("CRL-IN-USE", "warn", "c"),
        finding("CRL-DER", "reject", "d"),
        finding("CRL-AKI", "warn", "e"),
    ];
    let text = report("x", findings).to_string();
    let order: Vec<&str> = text.lines().filter_map(|line| line.split('[').nth(1)?.split(']').next()).collect();
    assert_eq!(order, ["CRL-IN-USE", "CRL-DER", "CRL-SELF", "CRL-REASON", "CRL-AKI"]);
    assert!(text.ends_with("\nrejected: 1 reject, 1 hold, 3 warnings"), "{text}");
}

#[test]
fn a_repeated_finding_has_its_count() {
    let mut many = finding("CRL-REASON", "warn", "an entry has no reason: 01, 02, …");
    many.count = 200;
    let text = report("x", vec![many]).to_string();
    assert!(text.contains("\nwarn[CRL-REASON]: an entry has no reason: 01, 02, … (200 times)\n"), "{text}");
}

#[test]
fn two_hundred_findings_are_two_hundred_and_a_long_one_is_cut() {
    let findings = (0..200).map(|n| finding("CRL-DER", "reject", &format!("{n} {}", "w".repeat(5000)))).collect();
    let text = report("x", findings).to_string();
    assert_eq!(text.lines().count(), 3 + 200 * 3 + 1);
    assert!(text.lines().all(|line| line.chars().count() < 1100));
    assert!(text.ends_with("rejected: 200 rejects"));
}

#[test]
fn nothing_in_it_moves_the_cursor() {
    let hostile = "a\u{1b}[2J\u{202e}b\r\nc\\u{1b}";
    let mut placed = finding("CRL-DER", "reject", hostile);
    placed.location = Some((hostile.to_owned(), 1));
    let report = report(hostile, vec![placed]).described(Some(hostile.to_owned())).noted(Some(hostile.to_owned()));
    let text = report.to_string();
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert!(!text.contains('\u{202e}') && text.contains("a\\u{1b}[2J\\u{202e}b\\u{d}\\u{a}c\\u{1b}"), "{text}");
    assert_eq!(text.lines().count(), 9);
}

#[test]
fn scripts_get_the_same_with_every_member_there() {
    let mut lower = finding("CRL-NUMBER-LOWER", "reject", "number 41 is lower than 42");
    lower.location = Some(("cRLNumber".to_owned(), 312));
    let document = report("old.crl", vec![lower, finding("NO-SUCH-RULE", "warn", "x")]).to_json();
    assert_eq!(document["verdict"], "rejected");
    assert_eq!(document["findings"][0]["field"], "cRLNumber");
    assert_eq!(document["findings"][0]["offset"], 312);
    assert!(document["findings"][0]["help"].as_str().is_some_and(|help| help.starts_with("Do not publish it")));
    assert!(document["findings"][1].get("field").is_none() && document["findings"][1].get("help").is_none());
    assert!(document["difference"].is_null() && document["compatibility"].as_array().is_some_and(Vec::is_empty));
}
