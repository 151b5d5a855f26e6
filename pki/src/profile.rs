//! The two rule profiles, and the few values that an operator may set.
//!
//! ```
//! use rootcast_pki::profile::{Policy, Profile, UnknownProfile};
//!
//! let webpki = Policy { profile: "webpki".parse()?, ..Policy::default() };
//! let short = Policy { crl_life_min_s: 30 * 86_400, ..Policy::default() };
//! let both = webpki.stricter(short);
//! assert_eq!((both.profile, both.crl_life_min_s), (Profile::Webpki, 2_592_000));
//! assert_eq!("public".parse::<Profile>(), Err(UnknownProfile));
//! # Ok::<(), UnknownProfile>(())
//! ```

use core::fmt;
use core::str::FromStr;

use crate::disabled_rules::SwitchedOff;
use crate::finding::Severity;

/// How strict the rules are where roots of different worlds differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Profile {
    /// A private or national root: RFC 5280, with what such roots really publish warned about.
    #[default]
    Private,
    /// A publicly trusted root: RFC 5280 and the CA/Browser Forum TLS Baseline Requirements.
    Webpki,
}

impl Profile {
    /// The severity for this profile, where the catalogue gives one for each.
    pub(crate) fn pick(self, webpki: Severity, private: Severity) -> Severity {
        match self {
            Profile::Webpki => webpki,
            Profile::Private => private,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Profile::Private => "private",
            Profile::Webpki => "webpki",
        })
    }
}

/// A word that is no profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownProfile;

impl fmt::Display for UnknownProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the profiles are private and webpki")
    }
}

impl core::error::Error for UnknownProfile {}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, UnknownProfile> {
        match text {
            "private" => Ok(Profile::Private),
            "webpki" => Ok(Profile::Webpki),
            _ => Err(UnknownProfile),
        }
    }
}

/// What the rules are applied with. The default is the profile `private`, with every rule on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How strict.
    pub profile: Profile,
    /// Accept RSA PKCS#1 signatures with SHA-1. For history only; every use is a finding. In the profile webpki it changes
    /// nothing (BR 7.1.3.2.1).
    pub allow_sha1: bool,
    /// The greatest step from one CRL number to the next that needs no decision (CRL-NUMBER-JUMP).
    pub number_jump_max: u64,
    /// The least time a CRL should live from now on, in seconds (CRL-SHORT-LIFE).
    pub crl_life_min_s: i64,
    /// The most published CA certificates that a CRL may newly revoke without a decision (CRL-IN-USE); nothing where no
    /// number holds it.
    pub mass_revocation_max: Option<u64>,
    /// Rules that configuration switches off, each until a date. What they find is still told, as a warning that says so.
    pub switched_off: SwitchedOff,
}

impl Policy {
    /// Whether SHA-1 is accepted. BR 7.1.3.2.1 ended it for certificates and CRLs on 2026-09-15, whatever their dates.
    pub(crate) fn accepts_sha1(&self) -> bool {
        self.allow_sha1 && self.profile == Profile::Private
    }

    /// Of each choice the stricter one: what passes under it passes under both.
    #[must_use]
    pub fn stricter(self, other: Policy) -> Policy {
        let is_webpki = [self.profile, other.profile].contains(&Profile::Webpki);
        Policy {
            profile: if is_webpki { Profile::Webpki } else { Profile::Private },
            allow_sha1: self.allow_sha1 && other.allow_sha1,
            number_jump_max: self.number_jump_max.min(other.number_jump_max),
            crl_life_min_s: self.crl_life_min_s.max(other.crl_life_min_s),
            mass_revocation_max: self.mass_revocation_max.into_iter().chain(other.mass_revocation_max).min(),
            switched_off: self.switched_off.both(other.switched_off),
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            profile: Profile::Private,
            allow_sha1: false,
            number_jump_max: 1000,
            crl_life_min_s: 0,
            mass_revocation_max: None,
            switched_off: SwitchedOff::NONE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Policy, Profile};
    use crate::disabled_rules::{OffUntil, SwitchedOff};
    use crate::rule::{Rule, RuleSet};
    use crate::time::Timestamp;

    #[test]
    fn of_two_policies_each_choice_is_the_stricter_one() {
        let off =
            |rules: &[Rule]| SwitchedOff::new(rules.iter().fold(RuleSet::NONE, |all, rule| all.with(*rule))).unwrap();
        let dated = |date| off(&[]).with(Rule::CertAia, OffUntil::Date(Timestamp(date))).unwrap();
        let until = |one: SwitchedOff, other| {
            let policy = |switched_off| Policy { switched_off, ..Policy::default() };
            policy(one).stricter(policy(other)).switched_off.until(Rule::CertAia)
        };
        assert_eq!(until(dated(7), dated(5)), Some(OffUntil::Date(Timestamp(5))), "the earlier date");
        assert_eq!(until(dated(7), off(&[Rule::CertAia])), Some(OffUntil::Date(Timestamp(7))));
        assert_eq!(until(dated(7), off(&[])), None);
        let one = Policy {
            profile: Profile::Webpki,
            allow_sha1: true,
            number_jump_max: u64::MAX,
            crl_life_min_s: 5,
            mass_revocation_max: Some(7),
            switched_off: off(&[Rule::CrlValidity, Rule::CertAia]),
        };
        let other = Policy { crl_life_min_s: 9, switched_off: off(&[Rule::CertAia]), ..Policy::default() };
        let strict = Policy { profile: Profile::Webpki, mass_revocation_max: Some(7), ..other };
        assert_eq!((one.stricter(other), other.stricter(one)), (strict, strict));
        assert_eq!(one.stricter(one), one);
    }
}
