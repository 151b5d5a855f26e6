//! Rules that configuration may switch off, and sets of such rules. No finding is lost: a finding of a switched-off
//! rule becomes a warning that says so.

use crate::rule::{Rule, RuleSet};

impl Rule {
    /// Whether configuration may switch this rule off: the rules of taste, whose breach changes neither whose an item
    /// is, nor what it revokes, nor what it continues. A rule with one clause that must stay stays whole.
    #[must_use]
    pub fn may_be_switched_off(self) -> bool {
        matches!(
            self,
            Rule::CrlShortLife
                | Rule::CrlValidity
                | Rule::CrlOutlivesIssuer
                | Rule::CrlNextUpdateBack
                | Rule::CrlExtUnknown
                | Rule::CrlEmptyList
                | Rule::CrlRevocationDate
                | Rule::CrlEntryUnknown
                | Rule::CertSubject
                | Rule::CertKeyEkuMixed
                | Rule::CertEku
                | Rule::CertPolicies
                | Rule::CertCdp
                | Rule::CertAia
                | Rule::CertNameConstraints
        )
    }
}

/// A set of rules that may be switched off, and are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct SwitchedOff(RuleSet);

impl SwitchedOff {
    /// Every rule is on.
    pub const NONE: SwitchedOff = SwitchedOff(RuleSet::NONE);

    /// Switches these rules off.
    ///
    /// # Errors
    /// The first of them that must stay on ([`Rule::may_be_switched_off`]).
    pub fn new(rules: RuleSet) -> Result<Self, Rule> {
        match rules.iter().find(|rule| !rule.may_be_switched_off()) {
            Some(rule) => Err(rule),
            None => Ok(SwitchedOff(rules)),
        }
    }

    /// Whether this rule is switched off.
    #[must_use]
    pub fn contains(self, rule: Rule) -> bool {
        self.0.contains(rule)
    }

    /// Whether every rule is on.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == SwitchedOff::NONE
    }

    /// The rules that are off in both.
    pub(crate) fn both(self, other: SwitchedOff) -> SwitchedOff {
        let both = self.iter().filter(|rule| other.contains(*rule));
        SwitchedOff(both.fold(RuleSet::NONE, RuleSet::with))
    }

    /// The rules that are off, in the order of the catalogue.
    pub fn iter(self) -> impl Iterator<Item = Rule> {
        self.0.iter()
    }
}
