//! Rules that configuration may switch off, and sets of such rules, each until a date. No finding is lost: a finding of a
//! switched-off rule becomes a warning that says so.
//!
//! ```
//! use rootcast_pki::disabled_rules::{OffUntil, SwitchedOff};
//! use rootcast_pki::rule::Rule;
//! use rootcast_pki::time::parse_rfc3339;
//!
//! let date = parse_rfc3339("2027-06-30T00:00:00Z").expect("a time");
//! let off = SwitchedOff::NONE.with(Rule::CrlValidity, OffUntil::Date(date))?;
//! assert!(off.contains(Rule::CrlValidity, date.plus_seconds(-1)));
//! assert!(!off.contains(Rule::CrlValidity, date));
//! // Without its signature an item is nobody's: that rule stays on.
//! assert_eq!(off.with(Rule::CrlSignature, OffUntil::Never), Err(Rule::CrlSignature));
//! # Ok::<(), Rule>(())
//! ```

use crate::rule::{Rule, RuleSet};
use crate::time::Timestamp;

/// The rules of taste, whose breach changes neither whose an item is, nor what it revokes, nor what it continues. A rule
/// with one clause that must stay stays whole.
const OF_TASTE: [Rule; 15] = [
    Rule::CrlShortLife,
    Rule::CrlValidity,
    Rule::CrlOutlivesIssuer,
    Rule::CrlNextUpdateBack,
    Rule::CrlExtUnknown,
    Rule::CrlEmptyList,
    Rule::CrlRevocationDate,
    Rule::CrlEntryUnknown,
    Rule::CertSubject,
    Rule::CertKeyEkuMixed,
    Rule::CertEku,
    Rule::CertPolicies,
    Rule::CertCdp,
    Rule::CertAia,
    Rule::CertNameConstraints,
];

impl Rule {
    /// Whether configuration may switch this rule off: see the page of the rules.
    #[must_use]
    pub fn may_be_switched_off(self) -> bool {
        OF_TASTE.contains(&self)
    }
}

/// Until when a rule is switched off. The later one is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OffUntil {
    /// The first second at which it is on again.
    Date(Timestamp),
    /// Nothing switches it on again but people.
    Never,
}

impl OffUntil {
    /// Whether the rule is still off at this time.
    #[must_use]
    pub fn is_off_at(self, now: Timestamp) -> bool {
        match self {
            OffUntil::Date(date) => now < date,
            OffUntil::Never => true,
        }
    }

    /// The first second at which the rule is on again; nothing for [`OffUntil::Never`].
    #[must_use]
    pub fn date(self) -> Option<Timestamp> {
        match self {
            OffUntil::Date(date) => Some(date),
            OffUntil::Never => None,
        }
    }
}

/// Rules that may be switched off, and are or were, each until a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct SwitchedOff([Option<OffUntil>; OF_TASTE.len()]);

impl SwitchedOff {
    /// Every rule is on.
    pub const NONE: SwitchedOff = SwitchedOff([None; OF_TASTE.len()]);

    /// Switches these rules off, without an end.
    ///
    /// # Errors
    /// The first of them that must stay on ([`Rule::may_be_switched_off`]).
    pub fn new(rules: RuleSet) -> Result<Self, Rule> {
        rules.iter().try_fold(SwitchedOff::NONE, |off, rule| off.with(rule, OffUntil::Never))
    }

    /// This set with `rule` switched off until then.
    ///
    /// # Errors
    /// The rule, if it must stay on.
    pub fn with(mut self, rule: Rule, until: OffUntil) -> Result<Self, Rule> {
        let place = OF_TASTE.iter().position(|one| *one == rule).and_then(|index| self.0.get_mut(index));
        *place.ok_or(rule)? = Some(until);
        Ok(self)
    }

    /// Until when this rule is or was switched off, if it ever was.
    #[must_use]
    pub fn until(self, rule: Rule) -> Option<OffUntil> {
        self.iter().find(|(off, _)| *off == rule).map(|(_, until)| until)
    }

    /// Whether this rule is switched off at this time.
    #[must_use]
    pub fn contains(self, rule: Rule, now: Timestamp) -> bool {
        self.until(rule).is_some_and(|until| until.is_off_at(now))
    }

    /// Whether every rule is on, and always was.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == SwitchedOff::NONE
    }

    /// The rules that are off in both, each until the earlier date.
    pub(crate) fn both(self, other: SwitchedOff) -> SwitchedOff {
        let mut both = self;
        for (mine, theirs) in both.0.iter_mut().zip(other.0) {
            *mine = (*mine).zip(theirs).map(|(mine, theirs)| mine.min(theirs));
        }
        both
    }

    /// The rules that are or were off, in the order of the catalogue, and until when.
    pub fn iter(self) -> impl Iterator<Item = (Rule, OffUntil)> {
        OF_TASTE.into_iter().zip(self.0).filter_map(|(rule, until)| Some((rule, until?)))
    }
}
