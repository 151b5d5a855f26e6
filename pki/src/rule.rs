//! The rules that are checked now, by the ids both logs use. Ids are stable: never reused, never renamed.
//!
//! ```
//! use rootcast_pki::rule::{Reference, Rule};
//!
//! let rule: Rule = "CRL-NUMBER-LOWER".parse()?;
//! assert_eq!((rule, rule.reference()), (Rule::CrlNumberLower, Reference::Standard("RFC 5280 5.2.3")));
//! assert!(rule.remedy().starts_with("Do not publish it"));
//! # Ok::<(), rootcast_pki::rule::UnknownRule>(())
//! ```

mod catalogue;
mod cause;
mod id;
mod reference;
mod set;
mod since;

pub use catalogue::Rule;
pub(crate) use cause::Cause;
pub use id::UnknownRule;
pub use reference::Reference;
pub use set::RuleSet;
pub use since::{BASELINE_REQUIREMENTS, Demand};

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Rule;

    #[test]
    fn every_rule_says_what_to_do_in_a_sentence_of_its_own() {
        let mut seen: BTreeMap<&str, Rule> = BTreeMap::new();
        for rule in Rule::ALL {
            let remedy = rule.remedy();
            assert!(remedy.ends_with('.') && remedy.len() > 20, "{rule}: {remedy}");
            assert!(remedy.starts_with(|first: char| first.is_ascii_uppercase()), "{rule}: {remedy}");
            assert!(remedy.len() <= 170, "{rule}: {} characters", remedy.len());
            if let Some(other) = seen.insert(remedy, *rule) {
                panic!("{rule} and {other} say the same: {remedy}");
            }
        }
    }
}
