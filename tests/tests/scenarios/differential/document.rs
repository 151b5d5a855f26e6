//! The table of `docs/compatibility.md` about items that the gate, OpenSSL and GnuTLS do not judge alike.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use rootcast_tests::corpora::skipped;

use super::judges::Opinions;

const HEADING: &str = "\n## Items that others judge differently\n";

/// The line under the head of the table.
const RULER: &str = "|---|---|---|---|---|---|\n";

/// A reason that nobody has written yet.
const UNWRITTEN: &str = "?";

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/compatibility.md")
}

fn word(accepted: bool) -> &'static str {
    if accepted { "accepts" } else { "refuses" }
}

/// The columns of OpenSSL, by version, in the order of the table.
const VERSIONS: [&str; 2] = ["3.0.19", "3.0.22"];

/// A row of the table: what the gate, each version of OpenSSL and GnuTLS say, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Row {
    gate: String,
    openssl: [String; VERSIONS.len()],
    certtool: String,
    reason: String,
}

impl Row {
    fn in_words(&self, what: &str) -> String {
        format!("| {what} | {} | {} | {} | {} |\n", self.gate, self.openssl.join(" | "), self.certtool, self.reason)
    }

    /// Somebody judges otherwise than the gate.
    fn differs(&self) -> bool {
        self.openssl.iter().chain([&self.certtool]).any(|word| *word != self.gate)
    }
}

/// The rows of the document by item.
fn rows(text: &str) -> BTreeMap<String, Row> {
    let section = text.split(HEADING).nth(1).expect("the section about items");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| item |"));
    let cut = |line: &str| {
        let cells: Vec<String> = line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        let [what, gate, older, newer, certtool, reason] = <[String; 6]>::try_from(cells).expect("six columns");
        (what, Row { gate, openssl: [older, newer], certtool, reason })
    };
    rows.map(cut).collect()
}

/// The column of the installed OpenSSL; or its version, of which the table has no column.
fn installed_openssl() -> Result<usize, String> {
    let told = Command::new("openssl").arg("version").output().expect("openssl");
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let installed = told.split_whitespace().nth(1).expect("a version");
    VERSIONS.iter().position(|version| *version == installed).ok_or_else(|| installed.to_owned())
}

/// Compares the judged items that differ with the document. `ROOTCAST_WRITE_DIFFERENCES` writes the rows of what is
/// installed anew; it keeps the column of the other version of OpenSSL and the reasons that people wrote.
pub(super) fn compare(judged: &[(String, Opinions)]) {
    let text = std::fs::read_to_string(path()).expect("docs/compatibility.md");
    let known = rows(&text);
    let column = installed_openssl();
    let mut wanted: Vec<(String, Row)> = Vec::new();
    for (what, opinions) in judged {
        let [gate, openssl, certtool] = [opinions.gate, opinions.openssl, opinions.certtool].map(word);
        // What the table does not list, all versions judged as the gate does.
        let listed = known.get(what);
        let of_table = listed.map_or_else(|| [gate; VERSIONS.len()].map(str::to_owned), |row| row.openssl.clone());
        let mut row = Row { gate: gate.into(), openssl: of_table, certtool: certtool.into(), reason: String::new() };
        if let Ok(column) = column {
            row.openssl[column] = openssl.into();
        }
        row.reason = match listed {
            _ if !opinions.gate => opinions.rules.join(", "),
            Some(listed) => listed.reason.clone(),
            None => UNWRITTEN.to_owned(),
        };
        if row.differs() {
            wanted.push((what.clone(), row));
        }
    }
    if std::env::var_os("ROOTCAST_WRITE_DIFFERENCES").is_some() {
        column.expect("a column of the table for the installed OpenSSL");
        let rows: String = wanted.iter().map(|(what, row)| row.in_words(what)).collect();
        let (before, section) = text.split_once(HEADING).expect("the section about items");
        let (section, after) = section.split_once("\n## ").map_or((section, None), |(own, rest)| (own, Some(rest)));
        let (head, _) = section.split_once(RULER).expect("a table");
        let after = after.map(|rest| format!("\n## {rest}")).unwrap_or_default();
        let new = format!("{before}{HEADING}{head}{RULER}{rows}{after}");
        std::fs::write(path(), new).expect("docs/compatibility.md");
        return;
    }
    if let Err(installed) = column {
        skipped(&format!(
            "what OpenSSL says of items in docs/compatibility.md: the table has no column of version {installed}; the \
             gate and GnuTLS are compared"
        ));
    }
    let wanted: BTreeMap<String, Row> = wanted.into_iter().collect();
    let items = wanted.keys().chain(known.keys().filter(|what| !wanted.contains_key(*what)));
    let wrong: Vec<String> = items
        .filter(|what| wanted.get(*what) != known.get(*what))
        .map(|what| {
            let row = |row: Option<&Row>| row.map_or_else(|| "no row\n".to_owned(), |row| row.in_words(what));
            format!("judged: {}written: {}", row(wanted.get(what)), row(known.get(what)))
        })
        .collect();
    assert!(wrong.is_empty(), "docs/compatibility.md is not what was judged:\n{}", wrong.concat());
    let unwritten: Vec<_> = known.iter().filter(|(_, row)| row.reason == UNWRITTEN).collect();
    assert!(unwritten.is_empty(), "without a reason: {unwritten:#?}");
}
