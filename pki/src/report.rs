//! What is said of one judged file, the same by both programs: as people read it, like a compiler's diagnostics, and
//! as scripts do. It decides nothing, and everything it prints is escaped.
//!
//! ```text
//! rejected  old.crl: CRL number 41 of CN=Example Root CA, thisUpdate …, nextUpdate …, 2 entries
//!   words    orca pioneer highchair everyday beehive sensation blowtorch therapist
//!   SHA-256  8eb272581ad223df1172b3a4112e9399873e1adee148a2b0bdba86737809ec73
//! reject[CRL-NUMBER-LOWER]: number 41 is lower than 42, the number of the accepted CRL
//!   --> old.crl, cRLNumber at byte 312
//!    = see RFC 5280 5.2.3
//!    = help: Do not publish it: an older CRL makes revoked certificates valid again. …
//! rejected: 1 reject, 2 warnings
//! ```

use core::fmt;

use serde_json::{Value, json};

use crate::compatibility::{Obstacle, obstacles};
use crate::difference::{Change, Difference, Listed, ListedEntry, reason_name};
use crate::finding::Finding;
use crate::limits::SHOWN_LINE_MAX;
use crate::rule::{Rule, RuleSet};
use crate::text::Escaped;

/// One finding, ready to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedFinding {
    /// The rule's id.
    pub rule: String,
    /// `warn`, `hold` or `reject`.
    pub severity: String,
    /// What was found, with the numbers and the places.
    pub text: String,
    /// Where the rule is written.
    pub reference: String,
    /// How often.
    pub count: u64,
    /// The field at fault, and where it stands in the DER, in bytes from 0.
    pub location: Option<(String, u64)>,
}

impl ReportedFinding {
    /// The finding as it is told.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        let mut text = finding.text.clone();
        if !finding.named.is_empty() {
            text.push_str(": ");
            text.push_str(&finding.named.join(", "));
        }
        let shown = u64::try_from(finding.named.len()).unwrap_or(u64::MAX);
        if shown > 0 && shown < finding.count {
            text.push_str(", …");
        }
        ReportedFinding {
            rule: finding.rule.id().to_owned(),
            severity: finding.severity.to_string(),
            text,
            reference: finding.rule.reference().to_owned(),
            count: finding.count,
            location: finding.location.map(|at| (at.field.to_owned(), u64::try_from(at.offset).unwrap_or(u64::MAX))),
        }
    }

    /// Where it belongs among the others: what stops working first of all, then the worst first.
    fn rank(&self) -> (u8, u8) {
        let first = u8::from(self.rule != "CRL-IN-USE");
        let weight = match self.severity.as_str() {
            "reject" => 0,
            "hold" => 1,
            _ => 2,
        };
        (first, weight)
    }

    fn help(&self) -> Option<&'static str> {
        self.rule.parse::<Rule>().ok().map(Rule::remedy)
    }

    /// For scripts.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut document = json!({
            "rule": self.rule, "severity": self.severity, "text": self.text, "reference": self.reference,
            "count": self.count,
        });
        if let Some(members) = document.as_object_mut() {
            if let Some(help) = self.help() {
                members.insert("help".to_owned(), json!(help));
            }
            if let Some((field, offset)) = &self.location {
                members.insert("field".to_owned(), json!(field));
                members.insert("offset".to_owned(), json!(offset));
            }
        }
        document
    }
}

/// A judged file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    file: String,
    kind: &'static str,
    verdict: &'static str,
    description: Option<String>,
    words: String,
    sha256: String,
    notes: Vec<String>,
    findings: Vec<ReportedFinding>,
    difference: Option<Difference>,
    compatibility: Vec<&'static Obstacle>,
}

impl Report {
    /// A file with its name, what it is (`crl`, `certificate` or `unknown`), its verdict, and what was found; the words
    /// and the hexadecimal digest are those of its bytes as DER.
    #[must_use]
    pub fn new(
        file: &str,
        kind: &'static str,
        verdict: &'static str,
        (words, sha256): (String, String),
        mut findings: Vec<ReportedFinding>,
    ) -> Self {
        findings.sort_by_key(ReportedFinding::rank);
        Report {
            file: file.to_owned(),
            kind,
            verdict,
            description: None,
            words,
            sha256,
            notes: Vec::new(),
            findings,
            difference: None,
            compatibility: Vec::new(),
        }
    }

    /// With what it says of itself, in one line.
    #[must_use]
    pub fn described(mut self, description: Option<String>) -> Self {
        self.description = description;
        self
    }

    /// With a line below the digest, such as where it was published.
    #[must_use]
    pub fn noted(mut self, note: Option<String>) -> Self {
        self.notes.extend(note);
        self
    }

    /// With what changed since the CRL before.
    #[must_use]
    pub fn compared(mut self, difference: Option<Difference>) -> Self {
        self.difference = difference;
        self
    }

    /// With the relying parties that would not process it. For a CRL, DER.
    #[must_use]
    pub fn with_obstacles_of(mut self, der: &[u8]) -> Self {
        let found: RuleSet = self.findings.iter().filter_map(|finding| finding.rule.parse::<Rule>().ok()).collect();
        self.compatibility = obstacles(der, found);
        self
    }

    /// Whether its verdict lets it go on: `accepted` or `no-op`.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(self.verdict, "accepted" | "no-op")
    }

    /// The rejects, holds and warnings: `1 reject, 2 warnings`; nothing if there are none.
    fn tally(&self) -> String {
        let words = [("reject", "reject"), ("hold", "hold"), ("warn", "warning")];
        let counts = words.iter().filter_map(|(severity, word)| {
            match self.findings.iter().filter(|finding| finding.severity == *severity).count() {
                0 => None,
                1 => Some(format!("1 {word}")),
                more => Some(format!("{more} {word}s")),
            }
        });
        counts.collect::<Vec<_>>().join(", ")
    }

    /// For scripts: the members of a file in `check --json`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "file": self.file, "kind": self.kind, "verdict": self.verdict,
            "findings": self.findings.iter().map(ReportedFinding::to_json).collect::<Vec<_>>(),
            "sha256": self.sha256, "words": self.words,
            "difference": self.difference.as_ref().map(difference_json),
            "compatibility": self.compatibility.iter().map(|obstacle| json!({
                "party": obstacle.party.to_string(), "feature": obstacle.feature.name(), "why": obstacle.why,
                "reference": obstacle.reference,
            })).collect::<Vec<_>>(),
        })
    }

    fn write_finding(&self, f: &mut fmt::Formatter<'_>, finding: &ReportedFinding) -> fmt::Result {
        let times = if finding.count > 1 { format!(" ({} times)", finding.count) } else { String::new() };
        write!(f, "\n{}[{}]: {}{times}", finding.severity, finding.rule, Plain(&finding.text))?;
        if let Some((field, offset)) = &finding.location {
            write!(f, "\n  --> {}, {} at byte {offset}", Plain(&self.file), Plain(field))?;
        }
        write!(f, "\n   = see {}", finding.reference)?;
        match finding.help() {
            Some(help) => write!(f, "\n   = help: {help}"),
            None => Ok(()),
        }
    }

    fn write_compatibility(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.compatibility.is_empty() {
            return Ok(());
        }
        f.write_str("\nrelying parties that would not process this CRL (docs/compatibility.md):")?;
        for obstacle in &self.compatibility {
            write!(f, "\n  {:<8} {}: {}", obstacle.party.to_string(), obstacle.feature.summary(), obstacle.why)?;
        }
        Ok(())
    }
}

/// A text that is already escaped or not: what would move the cursor is shown, a backslash stays one, and what is too
/// long is cut.
struct Plain<'a>(&'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cut = self.0.char_indices().nth(SHOWN_LINE_MAX).and_then(|(end, _)| self.0.get(..end));
        let mut parts = cut.unwrap_or(self.0).split('\\');
        if let Some(first) = parts.next() {
            Escaped(first).fmt(f)?;
        }
        parts.try_for_each(|part| write!(f, "\\{}", Escaped(part)))?;
        if cut.is_some() { f.write_str("…") } else { Ok(()) }
    }
}

/// As people read it; several lines, without a line end after the last.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}", self.verdict, Plain(&self.file))?;
        if let Some(description) = &self.description {
            write!(f, ": {}", Plain(description))?;
        }
        write!(f, "\n  words    {}\n  SHA-256  {}", self.words, self.sha256)?;
        for note in &self.notes {
            write!(f, "\n  {}", Plain(note))?;
        }
        for finding in &self.findings {
            self.write_finding(f, finding)?;
        }
        if let Some(difference) = &self.difference {
            f.write_str("\ncompared with the CRL before:")?;
            for line in difference.to_string().lines() {
                write!(f, "\n  {line}")?;
            }
        }
        self.write_compatibility(f)?;
        match self.tally() {
            none if none.is_empty() => Ok(()),
            tally => write!(f, "\n{}: {tally}", self.verdict),
        }
    }
}

/// For scripts: a file of `check --json` that could not be read; its diagnosis adds the `error`. It has no verdict, and so
/// goes no further: `rejected`.
#[must_use]
pub fn unread_file_json(name: &str) -> Value {
    json!({"file": name, "kind": "unknown", "verdict": "rejected", "findings": []})
}

fn difference_json(difference: &Difference) -> Value {
    fn entry(entry: &ListedEntry) -> Value {
        json!({
            "serial": entry.serial.to_string(), "revocation_date": entry.revocation_date.to_string(),
            "reason": reason_name(entry.reason),
        })
    }
    fn listed<T>(listed: &Listed<T>, one: impl Fn(&T) -> Value) -> Value {
        json!({"count": listed.count, "first": listed.first.iter().map(one).collect::<Vec<_>>()})
    }
    fn change<T>(change: &Change<T>, one: impl Fn(&T) -> Value) -> Value {
        json!({"before": one(&change.before), "now": one(&change.now)})
    }
    json!({
        "number": change(&difference.number, |number| json!(number.map(|number| number.to_string()))),
        "this_update": change(&difference.this_update, |time| json!(time.to_string())),
        "next_update": change(&difference.next_update, |time| json!(time.map(|time| time.to_string()))),
        "entries": change(&difference.entries, |count| json!(count)),
        "added": listed(&difference.added, entry),
        "gone": listed(&difference.gone, entry),
        "changed": listed(&difference.changed, |changed| change(changed, entry)),
    })
}
