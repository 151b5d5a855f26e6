//! The report on one judged file, the same in both programs: for people, like a compiler's diagnostics, and for
//! scripts. It decides nothing, and everything it prints is escaped.
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

use serde::Serialize;

use crate::compatibility::{Obstacle, obstacles};
use crate::difference::Difference;
use crate::finding::{Finding, HelpOf, Severity};
use crate::item::FileKind;
use crate::limits::SHOWN_LINE_MAX;
use crate::rule::{Rule, RuleSet};
use crate::stage::Ruling;
use crate::text::Escaped;

/// One finding of a report; in JSON a member of `findings`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportedFinding {
    /// The rule that was broken.
    pub rule: Rule,
    /// Its severity.
    pub severity: Severity,
    /// What was found, with the numbers and the places.
    pub text: String,
    /// Where the rule is written: sections of a standard, or a page.
    pub reference: &'static str,
    /// How often it was found, from 1 on.
    pub count: u64,
    /// What to do about it, where the item is to be published.
    pub help: &'static str,
    /// Whose help it is: a program may give its own in the place of a general one; see [`Report::with_help_of_rules`].
    #[serde(skip)]
    pub help_of: HelpOf,
    /// Whether the text has the offset of the location already.
    #[serde(skip)]
    pub tells_offset: bool,
    /// The field at fault, where it is there.
    #[serde(flatten)]
    pub location: Option<ReportedLocation>,
}

/// Where a field stands; in JSON the members `field` and `offset` of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportedLocation {
    /// Its name in RFC 5280.
    pub field: String,
    /// Where it stands in the DER, in bytes from 0.
    pub offset: u64,
}

impl ReportedFinding {
    /// One finding of this rule, with the rule's reference and help.
    #[must_use]
    pub fn new(rule: Rule, severity: Severity, text: String) -> Self {
        let (reference, help) = (rule.reference().text(), rule.remedy());
        ReportedFinding {
            rule,
            severity,
            text,
            reference,
            count: 1,
            help,
            help_of: HelpOf::Rule,
            tells_offset: false,
            location: None,
        }
    }

    /// Where it belongs among the others: what stops working first of all, then the worst first.
    fn rank(&self) -> (bool, core::cmp::Reverse<Severity>) {
        (self.rule != Rule::CrlInUse, core::cmp::Reverse(self.severity))
    }
}

impl From<&Finding> for ReportedFinding {
    fn from(finding: &Finding) -> Self {
        let mut text = finding.text.clone();
        if !finding.named.is_empty() {
            text.push_str(": ");
            text.push_str(&finding.named.join(", "));
        }
        let shown = u64::try_from(finding.named.len()).unwrap_or(u64::MAX);
        if shown > 0 && shown < finding.count {
            text.push_str(", …");
        }
        let location = finding.location.map(|at| ReportedLocation {
            field: at.field.to_owned(),
            offset: u64::try_from(at.offset).unwrap_or(u64::MAX),
        });
        ReportedFinding {
            count: finding.count,
            help: finding.remedy(),
            help_of: finding.help_of(),
            tells_offset: finding.tells_offset,
            location,
            ..Self::new(finding.rule, finding.severity, text)
        }
    }
}

/// A judged file. In JSON it is a member of `files` of `check --json`.
///
/// ```
/// use rootcast_pki::finding::Severity;
/// use rootcast_pki::item::FileKind;
/// use rootcast_pki::report::{Report, ReportedFinding};
/// use rootcast_pki::rule::Rule;
/// use rootcast_pki::stage::Ruling;
///
/// let expired = ReportedFinding::new(Rule::CrlExpired, Severity::Reject, "nextUpdate is over".to_owned());
/// let names = ("orca pioneer".to_owned(), "8eb272581ad2".to_owned());
/// let report = Report::new("old.crl", FileKind::Crl, Ruling::Rejected, names, vec![expired]);
/// assert!(!report.passes());
/// assert!(report.to_string().contains("reject[CRL-EXPIRED]: nextUpdate is over"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    file: String,
    kind: FileKind,
    verdict: Ruling,
    #[serde(skip)]
    description: Option<String>,
    words: String,
    sha256: String,
    /// Words and SHA-256 of what is signed.
    #[serde(flatten)]
    signed: Option<Signed>,
    #[serde(skip)]
    shows_signed: bool,
    /// Words for people, in the place of those for programs.
    #[serde(skip)]
    shown_words: Option<String>,
    /// What the verdict means here, behind it.
    #[serde(skip)]
    meaning: Option<&'static str>,
    #[serde(skip)]
    notes: Vec<String>,
    findings: Vec<ReportedFinding>,
    difference: Option<Difference>,
    compatibility: Vec<&'static Obstacle>,
}

/// What is signed of a file: the TBSCertList or the TBSCertificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Signed {
    tbs_words: String,
    tbs_sha256: String,
}

/// A file of `check --json` that could not be read; its diagnosis adds the `error`. It has no verdict, and so goes no
/// further: `rejected`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnreadFile {
    file: String,
    kind: FileKind,
    verdict: Ruling,
    findings: [ReportedFinding; 0],
}

impl UnreadFile {
    /// The file with this name.
    #[must_use]
    pub fn new(file: &str) -> Self {
        UnreadFile { file: file.to_owned(), kind: FileKind::Unknown, verdict: Ruling::Rejected, findings: [] }
    }
}

impl Report {
    /// A file with its name, what it is, its verdict, and what was found; the words and the hexadecimal digest are those
    /// of its bytes as DER.
    #[must_use]
    pub fn new(
        file: &str,
        kind: FileKind,
        verdict: Ruling,
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
            signed: None,
            shows_signed: false,
            shown_words: None,
            meaning: None,
            notes: Vec::new(),
            findings,
            difference: None,
            compatibility: Vec::new(),
        }
    }

    /// With the words and the hexadecimal SHA-256 of what is signed.
    #[must_use]
    pub fn signed(mut self, signed: Option<(String, String)>) -> Self {
        self.signed = signed.map(|(tbs_words, tbs_sha256)| Signed { tbs_words, tbs_sha256 });
        self
    }

    /// Shows people the words of what is signed in any case, not only where another file has the same content.
    #[must_use]
    pub fn showing_signed(mut self) -> Self {
        self.shows_signed = true;
        self
    }

    /// Shows people these words: more of them where more are compared.
    #[must_use]
    pub fn showing_words(mut self, words: String) -> Self {
        self.shown_words = Some(words);
        self
    }

    /// With what the verdict means on this side, in brackets behind it: `published before`.
    #[must_use]
    pub fn meaning(mut self, meaning: Option<&'static str>) -> Self {
        self.meaning = meaning;
        self
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

    /// With another help of its rule for each finding whose help `is_replaced`: where an item is signed, people do something
    /// else than where it is published.
    #[must_use]
    pub fn with_help_of_rules(
        mut self,
        is_replaced: impl Fn(HelpOf) -> bool,
        help: impl Fn(Rule) -> &'static str,
    ) -> Self {
        for finding in self.findings.iter_mut().filter(|finding| is_replaced(finding.help_of)) {
            finding.help = help(finding.rule);
        }
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
        let found: RuleSet = self.findings.iter().map(|finding| finding.rule).collect();
        self.compatibility = obstacles(der, found);
        self
    }

    /// Whether it has the content of another file. Then the words of what is signed are those to compare.
    fn is_second_file(&self) -> bool {
        self.findings.iter().any(|finding| matches!(finding.rule, Rule::SigCopy | Rule::SigSecond))
    }

    /// Its verdict.
    #[must_use]
    pub const fn verdict(&self) -> Ruling {
        self.verdict
    }

    /// Whether its verdict lets it go on.
    #[must_use]
    pub const fn passes(&self) -> bool {
        self.verdict.passes()
    }

    /// The rejects, holds and warnings: `1 reject, 2 warnings`; nothing if there are none.
    fn tally(&self) -> String {
        let hold = if self.passes() { "decided hold" } else { "hold" };
        let words = [(Severity::Reject, "reject"), (Severity::Hold, hold), (Severity::Warn, "warning")];
        let counts = words.iter().filter_map(|(severity, word)| {
            match self.shown().filter(|finding| finding.severity == *severity).count() {
                0 => None,
                1 => Some(format!("1 {word}")),
                more => Some(format!("{more} {word}s")),
            }
        });
        counts.collect::<Vec<_>>().join(", ")
    }

    fn write_finding(&self, f: &mut fmt::Formatter<'_>, finding: &ReportedFinding) -> fmt::Result {
        let times = if finding.count > 1 { format!(" ({} times)", finding.count) } else { String::new() };
        write!(f, "\n{}[{}]: {}{times}", finding.severity, finding.rule, Plain(&finding.text))?;
        if let Some(ReportedLocation { field, offset }) = &finding.location {
            let at = if finding.tells_offset { String::new() } else { format!(" at byte {offset}") };
            write!(f, "\n  --> {}, {}{at}", Plain(&self.file), Plain(field))?;
        }
        write!(f, "\n   = see {}", finding.rule.pointer())?;
        // Nobody can accept what another rule rejects, whatever the help of a hold says.
        // Where the item passed, the hold was decided.
        let is_beside_the_point = self.verdict != Ruling::Held && finding.severity == Severity::Hold;
        if is_beside_the_point { Ok(()) } else { write!(f, "\n   = help: {}", finding.help) }
    }

    /// The findings that people are shown. A root's own certificate is no item, so what an item should be is no matter.
    fn shown(&self) -> impl Iterator<Item = &ReportedFinding> {
        let is_anchor = self.findings.iter().any(|finding| finding.rule == Rule::CertAnchor);
        self.findings.iter().filter(move |finding| !is_anchor || finding.severity == Severity::Reject)
    }

    fn write_compatibility(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.compatibility.is_empty() {
            return Ok(());
        }
        f.write_str("\nrelying parties that would not process this CRL:")?;
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

/// How a program lays a report out on its screen.
#[derive(Clone, Copy)]
pub struct Laying<'l> {
    /// Words behind what stands before them: `  words    ` and the words, one line or several.
    pub words: &'l dyn Fn(&str, &str) -> String,
    /// The description: for example with the distance of its dates.
    pub description: &'l dyn Fn(&str) -> String,
}

/// A report laid out.
struct LaidOut<'r> {
    report: &'r Report,
    laying: Laying<'r>,
}

impl Report {
    /// As people read it on a screen; several lines, without a line end after the last.
    pub fn laid_out<'r>(&'r self, laying: Laying<'r>) -> impl fmt::Display + 'r {
        LaidOut { report: self, laying }
    }
}

/// As people read it; several lines, without a line end after the last.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |first: &str, words: &str| format!("{first}{words}");
        let laying = Laying { words: &words, description: &str::to_owned };
        LaidOut { report: self, laying }.fmt(f)
    }
}

impl fmt::Display for LaidOut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.write(f, self.laying)
    }
}

impl Report {
    fn write(&self, f: &mut fmt::Formatter<'_>, laying: Laying<'_>) -> fmt::Result {
        write!(f, "{}", self.verdict)?;
        if let Some(meaning) = self.meaning {
            write!(f, " ({meaning})")?;
        }
        write!(f, "  {}", Plain(&self.file))?;
        if let Some(description) = &self.description {
            write!(f, ": {}", Plain(&(laying.description)(description)))?;
        }
        let words = self.shown_words.as_ref().unwrap_or(&self.words);
        write!(f, "\n{}\n  SHA-256  {}", (laying.words)("  words    ", words), self.sha256)?;
        if let Some(signed) = self.signed.as_ref().filter(|_| self.shows_signed || self.is_second_file()) {
            write!(f, "\n{}", (laying.words)("  content  ", &signed.tbs_words))?;
        }
        for note in &self.notes {
            write!(f, "\n  {}", Plain(note))?;
        }
        for finding in self.shown() {
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
