//! The findings of the rules: collected and merged, and never lost before the verdict.
//!
//! ```
//! use rootcast_pki::finding::{Findings, Severity};
//! use rootcast_pki::rule::Rule;
//!
//! let mut findings = Findings::new();
//! findings.add(Rule::CrlFirst, Severity::Warn, "the first CRL of this issuer");
//! assert!(!findings.rejects());
//! for serial in ["01", "02"] {
//!     findings.add_at(Rule::CrlReason, Severity::Reject, "an entry is only on hold", || serial.to_owned());
//! }
//! assert!(findings.rejects() && findings.has(Rule::CrlReason));
//! let last = findings.iter().last().expect("a finding");
//! assert_eq!(last.to_string(), "CRL-REASON [reject]: an entry is only on hold (2 times): 01, 02");
//! ```

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::disabled_rules::SwitchedOff;
use crate::limits::NAMED_MAX;
use crate::rule::{Cause, Rule};
use crate::time::Timestamp;

/// The severity of a finding, the lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Reported, without any effect on the verdict.
    Warn,
    /// Needs a recorded human decision.
    Hold,
    /// Rejected; no decision can waive it.
    Reject,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Warn => "warn",
            Severity::Hold => "hold",
            Severity::Reject => "reject",
        })
    }
}

/// One rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which rule.
    pub rule: Rule,
    /// Its severity under the applied policy.
    pub severity: Severity,
    /// What was found, with the numbers; safe to print. That of a [`Severity::Hold`] does not name the present: a human
    /// decision covers what was shown, and that has to be the same a second later.
    pub text: String,
    /// How often it was found, from 1 on.
    pub count: u64,
    /// Where, the first five places; safe to print.
    pub named: Vec<String>,
    /// A hold that a recorded human decision covers.
    pub decided: bool,
    /// Where the field at fault stands (of many, the first), or what should hold a field that is not there.
    pub location: Option<Location>,
    /// Whether the text has the offset of the location already.
    pub(crate) tells_offset: bool,
    /// Which of the ways to break the rule it is, where they ask for different actions.
    pub(crate) cause: Option<Cause>,
}

impl Finding {
    /// What the operator does about it: the help of its cause at its severity, or else of its rule.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match (self.cause, self.severity) {
            (None, _) => self.rule.remedy(),
            (Some(cause), Severity::Reject) => cause.remedy_of_rejected(),
            (Some(cause), Severity::Warn | Severity::Hold) => cause.remedy(),
        }
    }

    /// Whose help [`Finding::remedy`] gives.
    pub(crate) fn help_of(&self) -> HelpOf {
        match self.cause {
            None => HelpOf::Rule,
            Some(cause) if cause.is_of_the_publisher() => HelpOf::Publisher,
            Some(_) => HelpOf::Cause,
        }
    }

    /// Says which of the ways to break the rule it is.
    pub(crate) fn because(&mut self, cause: Cause) -> &mut Self {
        self.cause = Some(cause);
        self
    }

    /// The same where the rule's own help may fit.
    pub(crate) fn because_if(&mut self, cause: Option<Cause>) -> &mut Self {
        self.cause = cause.or(self.cause);
        self
    }

    /// Says which field is at fault and where it stands, unless that was said before.
    pub(crate) fn at(&mut self, field: &'static str, offset: usize) {
        self.location.get_or_insert(Location { field, offset });
    }

    /// The same of a finding whose text, or whose first named place, has that offset: "at byte 312".
    pub(crate) fn at_told(&mut self, field: &'static str, offset: usize) {
        self.tells_offset |= self.location.is_none();
        self.at(field, offset);
    }

    /// The same as [`Finding::at`] with the place of a field or of what would hold it.
    pub(crate) fn at_place(&mut self, place: Location) {
        self.at(place.field, place.offset);
    }

    /// The same where the field may not be there.
    pub(crate) fn at_if(&mut self, field: &'static str, offset: Option<usize>) {
        if let Some(offset) = offset {
            self.at(field, offset);
        }
    }
}

/// Whose help a finding has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelpOf {
    /// The rule's: it fits whatever broke the rule.
    Rule,
    /// That of one way to break the rule, and only for whoever publishes: it asks the signing side, or accepts what is held.
    Publisher,
    /// That of one way to break the rule, for everybody.
    Cause,
}

/// A field of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// Its name in RFC 5280, such as `nextUpdate`.
    pub field: &'static str,
    /// Where it stands in the DER, in bytes from 0.
    pub offset: usize,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]: {}", self.rule, self.severity, self.text)?;
        if self.count > 1 {
            write!(f, " ({} times)", self.count)?;
        }
        for (index, place) in self.named.iter().enumerate() {
            write!(f, "{} {place}", if index == 0 { ":" } else { "," })?;
        }
        if u64::try_from(self.named.len()).is_ok_and(|shown| shown < self.count && shown > 0) {
            f.write_str(", …")?;
        }
        Ok(())
    }
}

/// All findings about one item, in the order they were made.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// No findings yet.
    #[must_use]
    pub fn new() -> Self {
        Findings::default()
    }

    /// Adds one finding. The same rule, severity and text again only raises the count.
    pub fn add(&mut self, rule: Rule, severity: Severity, text: impl Into<String>) -> &mut Finding {
        self.one(rule, severity, text.into())
    }

    /// Adds one of possibly many findings of the same text. `place` is only asked for while fewer than five are named.
    pub fn add_at(
        &mut self,
        rule: Rule,
        severity: Severity,
        text: &str,
        place: impl FnOnce() -> String,
    ) -> &mut Finding {
        let finding = self.one(rule, severity, text.to_owned());
        if finding.named.len() < NAMED_MAX {
            finding.named.push(place());
        }
        finding
    }

    /// The finding of this rule, severity and text, counted once more or made.
    fn one(&mut self, rule: Rule, severity: Severity, text: String) -> &mut Finding {
        let index = self.position(rule, severity, &text).unwrap_or_else(|| {
            let named = Vec::new();
            self.0.push(Finding {
                rule,
                severity,
                text,
                count: 0,
                named,
                decided: false,
                location: None,
                tells_offset: false,
                cause: None,
            });
            self.0.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "found or pushed just now")]
        let finding = &mut self.0[index];
        finding.count += 1;
        finding
    }

    fn position(&self, rule: Rule, severity: Severity, text: &str) -> Option<usize> {
        self.0.iter().position(|known| known.rule == rule && known.severity == severity && known.text == text)
    }

    /// Adds all of another collection. The same rule, severity and text again only raises the count.
    pub fn extend(&mut self, other: Findings) {
        for finding in other.0 {
            match self.position(finding.rule, finding.severity, &finding.text).and_then(|index| self.0.get_mut(index)) {
                Some(known) => {
                    known.count += finding.count;
                    known.named.extend(finding.named);
                    known.named.truncate(NAMED_MAX);
                }
                None => self.0.push(finding),
            }
        }
    }

    /// The greatest severity; nothing if there is none. A hold that is decided does not count.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.0.iter().filter(|finding| !finding.decided).map(|finding| finding.severity).max()
    }

    /// Whether anything here refuses the item.
    #[must_use]
    pub fn rejects(&self) -> bool {
        self.worst() == Some(Severity::Reject)
    }

    /// The findings, in the order they were made.
    pub fn iter(&self) -> core::slice::Iter<'_, Finding> {
        self.0.iter()
    }

    /// Whether this rule found anything, of whatever severity.
    #[must_use]
    pub fn has(&self, rule: Rule) -> bool {
        self.0.iter().any(|finding| finding.rule == rule)
    }

    /// How many different findings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Marks the holds whose rule a human has decided about. A reject stays what it is.
    pub(crate) fn decide(&mut self, rules: &std::collections::BTreeSet<Rule>) {
        for finding in &mut self.0 {
            if finding.severity == Severity::Hold && rules.contains(&finding.rule) {
                finding.decided = true;
            }
        }
    }

    /// Makes warnings of what the rules found that are switched off at this time, and says so: switching off never silences.
    pub(crate) fn switch_off(&mut self, rules: SwitchedOff, now: Timestamp) {
        for finding in self.0.iter_mut().filter(|finding| rules.contains(finding.rule, now)) {
            finding.severity = Severity::Warn;
            finding.text.push_str(" (switched off here)");
        }
    }

    /// Puts what this rule found before everything else.
    pub(crate) fn put_first(&mut self, rule: Rule) {
        self.0.sort_by_key(|finding| finding.rule != rule);
    }

    /// Makes warnings of everything: for an item that is published already and stays so.
    pub(crate) fn soften(&mut self) {
        for finding in &mut self.0 {
            finding.severity = Severity::Warn;
        }
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Findings {
    type Item = &'a Finding;
    type IntoIter = core::slice::Iter<'a, Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// One finding a line.
impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            finding.fmt(f)?;
        }
        Ok(())
    }
}

impl core::error::Error for Findings {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_findings_are_one_with_a_count_and_five_places() {
        let mut findings = Findings::new();
        for index in 0..9 {
            findings.add_at(Rule::CrlReason, Severity::Warn, "no reason", || format!("entry {index}"));
        }
        findings.add(Rule::CrlSelf, Severity::Hold, "revokes itself");
        assert_eq!(findings.len(), 2);
        let text = findings.to_string();
        assert!(
            text.starts_with(
                "CRL-REASON [warn]: no reason (9 times): entry 0, entry 1, entry 2, entry 3, entry 4, …\n"
            ),
            "{text}"
        );
        assert_eq!(findings.worst(), Some(Severity::Hold));
        findings.decide(&[Rule::CrlSelf].into());
        assert_eq!(findings.worst(), Some(Severity::Warn));
    }
}
