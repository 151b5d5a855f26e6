//! The policy of a trusted root as stored in a state: texts and numbers, perhaps from another version.
//!
//! Each program has its own record with the members it needs. This module defines their meaning once.

use core::fmt;

use crate::disabled_rules::SwitchedOff;
use crate::policy_options::Numbering;
use crate::profile::Policy;
use crate::rule::{Rule, RuleSet};

/// What a record says of the rules.
///
/// ```
/// use rootcast_pki::policy_record::StoredPolicy;
/// use rootcast_pki::rule::Rule;
///
/// let off = ["CRL-VALIDITY".to_owned()];
/// let (allow_sha1, crl_life_min_s, mass_revocation_max) = (false, 0, None);
/// let stored = StoredPolicy {
///     profile: "webpki",
///     numbers: "",
///     switched_off: &off,
///     allow_sha1,
///     crl_life_min_s,
///     mass_revocation_max,
/// };
/// assert!(stored.policy()?.switched_off.contains(Rule::CrlValidity));
/// # Ok::<(), rootcast_pki::policy_record::PolicyRecordError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct StoredPolicy<'r> {
    /// `private` or `webpki`.
    pub profile: &'r str,
    /// `counter` or `timestamp`; empty is `counter`.
    pub numbers: &'r str,
    /// The ids of the rules switched off.
    pub switched_off: &'r [String],
    /// Whether signatures with SHA-1 are accepted.
    pub allow_sha1: bool,
    /// The least time a CRL should live from now on, in seconds.
    pub crl_life_min_s: i64,
    /// The most published CA certificates that a CRL may newly revoke without a decision, if there is such a number.
    pub mass_revocation_max: Option<u64>,
}

impl StoredPolicy<'_> {
    /// The policy that the record amounts to.
    ///
    /// # Errors
    /// When it names a profile, a numbering or a rule that is not known here, or switches off a rule that stays on.
    pub fn policy(&self) -> Result<Policy, PolicyRecordError> {
        let profile =
            self.profile.parse().map_err(|_| PolicyRecordError::Profile { found: self.profile.to_owned() })?;
        let numbering = match self.numbers {
            "" => Numbering::default(),
            word => word.parse().map_err(|_| PolicyRecordError::Numbering { found: word.to_owned() })?,
        };
        let rule = |id: &String| id.parse::<Rule>().map_err(|_| PolicyRecordError::Rule { found: id.clone() });
        let off = self.switched_off.iter().map(rule).collect::<Result<RuleSet, _>>()?;
        Ok(Policy {
            profile,
            allow_sha1: self.allow_sha1,
            number_jump_max: numbering.jump_max(),
            crl_life_min_s: self.crl_life_min_s,
            mass_revocation_max: self.mass_revocation_max,
            switched_off: SwitchedOff::new(off).map_err(|rule| PolicyRecordError::StaysOn { rule })?,
        })
    }
}

/// Why a record is not a valid policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyRecordError {
    /// It names no profile of this version.
    Profile {
        /// What it names.
        found: String,
    },
    /// It names no numbering of this version.
    Numbering {
        /// What it names.
        found: String,
    },
    /// It names no rule of this version.
    Rule {
        /// What it names.
        found: String,
    },
    /// Its least CRL number is none.
    FirstNumber {
        /// What it names.
        found: String,
    },
    /// It switches off a rule that stays on.
    StaysOn {
        /// Which one.
        rule: Rule,
    },
}

impl fmt::Display for PolicyRecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile { found } => write!(f, "this program has no profile {found}"),
            Self::Numbering { found } => write!(f, "this program has no numbering {found}"),
            Self::Rule { found } => write!(f, "this program has no rule {found}"),
            Self::FirstNumber { found } => write!(f, "{found} is no CRL number"),
            Self::StaysOn { rule } => write!(f, "{rule} must not be switched off"),
        }
    }
}

impl core::error::Error for PolicyRecordError {}

#[cfg(test)]
mod tests {
    use super::{PolicyRecordError, StoredPolicy};
    use crate::profile::{Policy, Profile};
    use crate::rule::Rule;

    const EMPTY: StoredPolicy<'_> = StoredPolicy {
        profile: "private",
        numbers: "",
        switched_off: &[],
        allow_sha1: false,
        crl_life_min_s: 0,
        mass_revocation_max: None,
    };

    #[test]
    fn a_record_with_nothing_chosen_is_the_default_policy() {
        assert_eq!(EMPTY.policy(), Ok(Policy::default()));
    }

    #[test]
    fn what_was_chosen_is_in_the_policy() {
        let off = ["CRL-VALIDITY".to_owned()];
        let stored = StoredPolicy {
            profile: "webpki",
            numbers: "timestamp",
            switched_off: &off,
            allow_sha1: true,
            crl_life_min_s: 60,
            mass_revocation_max: Some(3),
        };
        let policy = stored.policy().unwrap();
        assert_eq!((policy.profile, policy.number_jump_max), (Profile::Webpki, u64::MAX));
        assert_eq!((policy.allow_sha1, policy.crl_life_min_s, policy.mass_revocation_max), (true, 60, Some(3)));
        assert_eq!(policy.switched_off.iter().collect::<Vec<_>>(), [Rule::CrlValidity]);
    }

    #[test]
    fn what_this_version_does_not_know_is_refused_and_named() {
        let found = "NO-SUCH-RULE".to_owned();
        let rule = [found.clone()];
        let refused = |stored: StoredPolicy<'_>| stored.policy().unwrap_err();
        assert_eq!(refused(StoredPolicy { switched_off: &rule, ..EMPTY }), PolicyRecordError::Rule { found });
        let other = "other".to_owned();
        let profile = PolicyRecordError::Profile { found: other.clone() };
        assert_eq!(refused(StoredPolicy { profile: "other", ..EMPTY }), profile);
        let numbering = PolicyRecordError::Numbering { found: other };
        assert_eq!(refused(StoredPolicy { numbers: "other", ..EMPTY }), numbering);
        let signature = ["CRL-SIGNATURE".to_owned()];
        let stays = PolicyRecordError::StaysOn { rule: Rule::CrlSignature };
        assert_eq!(refused(StoredPolicy { switched_off: &signature, ..EMPTY }), stays);
    }
}
