//! Since when the rules hold. Almost every rule holds for every item, whatever its date. What a newer edition of the
//! Baseline Requirements (BR) asked for holds for what was issued from a date on: a row here is such a part of a rule.
//!
//! A row is a variant, its rule, the date as text and in Unix seconds, where it comes from, and what it asks for.

use super::catalogue::Rule;
use crate::time::Timestamp;

/// The edition of the Baseline Requirements that the rules follow, and its date.
pub const BASELINE_REQUIREMENTS: (&str, &str) = ("2.2.6", "2026-03-31");

macro_rules! demands {
    ($($variant:ident $rule:ident $date:literal $seconds:literal $reference:literal $summary:literal;)*) => {
        /// A part of a rule that holds only for what was issued on a date or after it, at 00:00 UTC (BR 1.6.4).
        ///
        /// ```
        /// use rootcast_pki::rule::{Demand, Rule};
        ///
        /// let demand = Rule::CertPolicies.demands().next().expect("a part");
        /// assert_eq!((demand, demand.date()), (Demand::OneReservedPolicy, "2023-09-15"));
        /// assert!(demand.holds_for(demand.since()) && !demand.holds_for(demand.since().plus_seconds(-1)));
        /// assert_eq!(Rule::CrlNumberLower.demands().next(), None);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Demand {
            $(#[doc = concat!("From ", $date, " on: ", $summary, " (", $reference, ").")] $variant,)*
        }

        impl Demand {
            /// Every one, in the order of the rules.
            pub const ALL: &[Demand] = &[$(Demand::$variant,)*];

            /// The rule that it is a part of.
            #[must_use]
            pub fn rule(self) -> Rule {
                match self { $(Demand::$variant => Rule::$rule,)* }
            }

            /// The date as people read it, such as `2023-09-15`.
            #[must_use]
            pub fn date(self) -> &'static str {
                match self { $(Demand::$variant => $date,)* }
            }

            /// The first second for which it holds.
            #[must_use]
            pub fn since(self) -> Timestamp {
                match self { $(Demand::$variant => Timestamp($seconds),)* }
            }

            /// The paragraph, the edition that brought it, and its ballot.
            #[must_use]
            pub fn reference(self) -> &'static str {
                match self { $(Demand::$variant => $reference,)* }
            }

            /// What it asks for, in one line.
            #[must_use]
            pub fn summary(self) -> &'static str {
                match self { $(Demand::$variant => $summary,)* }
            }
        }
    };
}

demands! {
    EkuOfSubordinate CertEku "2020-08-20" 1_597_881_600
        "BR 7.1.2.6.1, 7.1.2.10.6; first in BR 1.7.1 (ballot SC031)"
        "extKeyUsage in the certificate of a subordinate CA";
    EkuOfCross CertEku "2023-09-15" 1_694_736_000
        "BR 7.1.2.2.3 to 7.1.2.2.5; first in BR 2.0.0 (ballot SC062)"
        "extKeyUsage in a cross certificate";
    OneReservedPolicy CertPolicies "2023-09-15" 1_694_736_000
        "BR 7.1.2.10.5; first in BR 2.0.0 (ballot SC062)"
        "anyPolicy alone, or exactly one reserved identifier";
    PoliciesOfCross CertPolicies "2024-11-14" 1_731_542_400
        "BR 7.1.2.2.6; first in BR 2.1.1 (ballot SC079)"
        "in a cross certificate several reserved identifiers are allowed";
}

impl Demand {
    /// Whether it holds for what was issued at this time.
    #[must_use]
    pub fn holds_for(self, issued: Timestamp) -> bool {
        issued >= self.since()
    }
}

impl Rule {
    /// The parts of this rule that hold only from a date on. The rest of it holds for every item.
    pub fn demands(self) -> impl Iterator<Item = Demand> {
        Demand::ALL.iter().copied().filter(move |demand| demand.rule() == self)
    }
}

#[cfg(test)]
mod tests {
    use super::{BASELINE_REQUIREMENTS, Demand};
    use crate::rule::Rule;
    use crate::time::parse_rfc3339;

    #[test]
    fn the_date_of_a_demand_is_its_first_second() {
        for demand in Demand::ALL {
            let date = parse_rfc3339(&format!("{}T00:00:00Z", demand.date())).unwrap();
            assert_eq!(demand.since(), date, "{demand:?}");
            assert!(demand.holds_for(date) && !demand.holds_for(date.plus_seconds(-1)), "{demand:?}");
            assert!(demand.date() <= BASELINE_REQUIREMENTS.1, "{demand:?} is newer than the edition");
        }
    }

    #[test]
    fn a_rule_has_its_demands_and_no_other() {
        let of: usize = Rule::ALL.iter().map(|rule| rule.demands().count()).sum();
        assert_eq!((of, Rule::CrlNumberLower.demands().count()), (Demand::ALL.len(), 0));
        assert_eq!(Rule::CertEku.demands().collect::<Vec<_>>(), [Demand::EkuOfSubordinate, Demand::EkuOfCross]);
    }
}
