//! The table of `docs/compatibility.md` about items that the gate, OpenSSL and GnuTLS do not judge alike.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use rootcast_tests::corpora::skipped;

use super::judges::Opinions;

const HEADING: &str = "\n## Items that others judge differently\n";

/// A reason that nobody has written yet.
const UNWRITTEN: &str = "?";

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/compatibility.md")
}

fn word(accepted: bool) -> &'static str {
    if accepted { "accepts" } else { "refuses" }
}

/// A row without its reason.
fn opinions_in_words(what: &str, opinions: &Opinions) -> String {
    let [gate, openssl, certtool] = [opinions.gate, opinions.openssl, opinions.certtool].map(word);
    format!("| {what} | {gate} | {openssl} | {certtool} |")
}

/// The rows of the document, each with its reason.
fn rows(text: &str) -> BTreeMap<String, String> {
    let section = text.split(HEADING).nth(1).expect("the section about items");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| item |"));
    let cut = |line: &str| {
        let (opinions, reason) = line.trim_end_matches('|').trim_end().rsplit_once(" | ").expect("a reason");
        (format!("{opinions} |"), reason.trim().to_owned())
    };
    rows.map(cut).collect()
}

/// The version of the installed OpenSSL, if the table is not of it.
fn another_openssl(text: &str) -> Option<String> {
    let section = text.split(HEADING).nth(1).expect("the section about items");
    let of_table =
        section.split("OpenSSL ").skip(1).find_map(|rest| rest.split_whitespace().next()).expect("a version");
    let told = Command::new("openssl").arg("version").output().expect("openssl");
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let installed = told.split_whitespace().nth(1).expect("a version").to_owned();
    (installed != of_table).then_some(installed)
}

/// The rows without the opinion of OpenSSL, and without those that are there for it alone.
fn without_openssl(rows: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let cut = |(row, reason): (String, String)| {
        let columns: Vec<&str> = row.split(" | ").collect();
        let [what, gate, _, certtool] = columns[..] else { panic!("four columns: {row}") };
        (gate != certtool.trim_end_matches(" |")).then(|| (format!("{what} | {gate} | … | {certtool}"), reason))
    };
    rows.into_iter().filter_map(cut).collect()
}

/// Compares the judged items that differ with the document. `ROOTCAST_WRITE_DIFFERENCES` writes its rows anew, and
/// keeps the reasons that people wrote.
pub(super) fn compare(judged: &[(String, Opinions)]) {
    let text = std::fs::read_to_string(path()).expect("docs/compatibility.md");
    let known = rows(&text);
    let differ = |opinions: &Opinions| opinions.gate != opinions.openssl || opinions.gate != opinions.certtool;
    let mut wanted: Vec<(String, String)> = Vec::new();
    for (what, opinions) in judged.iter().filter(|(_, opinions)| differ(opinions)) {
        let row = opinions_in_words(what, opinions);
        let reason = if opinions.gate {
            known.get(&row).cloned().unwrap_or_else(|| UNWRITTEN.to_owned())
        } else {
            opinions.rules.join(", ")
        };
        wanted.push((row, reason));
    }
    if std::env::var_os("ROOTCAST_WRITE_DIFFERENCES").is_some() {
        let rows: String = wanted.iter().map(|(row, reason)| format!("{row} {reason} |\n")).collect();
        let (before, section) = text.split_once(HEADING).expect("the section about items");
        let (section, after) = section.split_once("\n## ").map_or((section, None), |(own, rest)| (own, Some(rest)));
        let (head, _) = section.split_once("|---|---|---|---|---|\n").expect("a table");
        let after = after.map(|rest| format!("\n## {rest}")).unwrap_or_default();
        let new = format!("{before}{HEADING}{head}|---|---|---|---|---|\n{rows}{after}");
        std::fs::write(path(), new).expect("docs/compatibility.md");
        return;
    }
    let mut wanted: BTreeMap<String, String> = wanted.into_iter().collect();
    let mut known = known;
    if let Some(installed) = another_openssl(&text) {
        // What a version of OpenSSL refuses, another one accepted: of others the rows say what the gate and GnuTLS do.
        skipped(&format!(
            "what OpenSSL says of items in docs/compatibility.md: the table is of another version than {installed}; run the \
             tests with that one, or write the table anew with ROOTCAST_WRITE_DIFFERENCES=1"
        ));
        (wanted, known) = (without_openssl(wanted), without_openssl(known));
    }
    let missing: Vec<String> =
        wanted.iter().filter(|(row, _)| !known.contains_key(*row)).map(|(row, why)| format!("{row} {why} |")).collect();
    let surplus: Vec<&String> = known.keys().filter(|row| !wanted.contains_key(*row)).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "missing: {missing:#?}\nsurplus: {surplus:#?}");
    let wrong: Vec<_> = known.iter().filter(|(row, reason)| wanted.get(*row) != Some(*reason)).collect();
    assert!(wrong.is_empty(), "other rules: {wrong:#?}");
    let unwritten: Vec<_> = known.iter().filter(|(_, reason)| *reason == UNWRITTEN).collect();
    assert!(unwritten.is_empty(), "without a reason: {unwritten:#?}");
}
