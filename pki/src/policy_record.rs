//! The policy of a trusted root as stored in a state: texts and numbers, perhaps from another version.
//!
//! Each program has its own record with the members it needs. This module defines their meaning once.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::disabled_rules::{OffUntil, SwitchedOff};
use crate::policy_options::Numbering;
use crate::profile::Policy;
use crate::rule::Rule;
use crate::time::{Timestamp, parse_rfc3339};

/// What a record says of the rules.
///
/// ```
/// use rootcast_pki::policy_record::{PolicyRecordError, StoredNumbering, StoredPolicy};
/// use rootcast_pki::rule::Rule;
///
/// let off = ["CRL-VALIDITY".to_owned()];
/// let stored = StoredPolicy {
///     profile: "webpki",
///     numbers: &StoredNumbering::NotChosen,
///     switched_off: &off,
///     off_until: &[],
///     allow_sha1: false,
///     crl_life_min_s: 0,
///     mass_revocation_max: None,
/// };
/// assert!(stored.policy()?.switched_off.until(Rule::CrlValidity).is_some());
/// let later = StoredPolicy { profile: "qualified", ..stored };
/// assert_eq!(later.policy(), Err(PolicyRecordError::Profile { found: "qualified".to_owned() }));
/// # Ok::<(), PolicyRecordError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct StoredPolicy<'r> {
    /// `private` or `webpki`.
    pub profile: &'r str,
    /// How its CRLs are numbered.
    pub numbers: &'r StoredNumbering,
    /// The ids of the rules switched off.
    pub switched_off: &'r [String],
    /// Until when; a rule that an earlier version switched off has no date yet.
    pub off_until: &'r [OffDate],
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
        let numbering = self.numbers.numbering()?;
        let rule = |id: &String| id.parse::<Rule>().map_err(|_| PolicyRecordError::Rule { found: id.clone() });
        let mut off = SwitchedOff::NONE;
        for id in self.switched_off {
            let until = match self.off_until.iter().find(|dated| dated.rule == *id) {
                Some(dated) => dated.off_until()?,
                None => OffUntil::Never,
            };
            off = off.with(rule(id)?, until).map_err(|rule| PolicyRecordError::StaysOn { rule })?;
        }
        Ok(Policy {
            profile,
            allow_sha1: self.allow_sha1,
            number_jump_max: numbering.jump_max(),
            crl_life_min_s: self.crl_life_min_s,
            mass_revocation_max: self.mass_revocation_max,
            switched_off: off,
        })
    }
}

/// How an issuer numbers its CRLs, as records keep it. In JSON it is a text: `counter`, `timestamp`, or nothing.
///
/// ```
/// use rootcast_pki::policy_options::Numbering;
/// use rootcast_pki::policy_record::StoredNumbering;
///
/// assert_eq!(StoredNumbering::from(String::new()).numbering()?, Numbering::Counter);
/// assert_eq!(StoredNumbering::from("timestamp".to_owned()), StoredNumbering::Chosen(Numbering::Timestamp));
/// # Ok::<(), rootcast_pki::policy_record::PolicyRecordError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum StoredNumbering {
    /// Nobody chose it: it is the default. Stored as an empty text.
    #[default]
    NotChosen,
    /// Somebody chose it.
    Chosen(Numbering),
    /// A word of another version: it can be read and shown, but nothing is judged by it.
    Unknown(String),
}

impl StoredNumbering {
    /// The numbering that it amounts to.
    ///
    /// # Errors
    /// When it is one that this version does not know.
    pub fn numbering(&self) -> Result<Numbering, PolicyRecordError> {
        match self {
            Self::NotChosen => Ok(Numbering::default()),
            Self::Chosen(numbering) => Ok(*numbering),
            Self::Unknown(found) => Err(PolicyRecordError::Numbering { found: found.clone() }),
        }
    }

    /// The same, with the default where nobody chose: as receipts, the journal and documents have it.
    #[must_use]
    pub fn or_default(&self) -> Self {
        match self {
            Self::NotChosen => Self::Chosen(Numbering::default()),
            other => other.clone(),
        }
    }
}

impl From<Numbering> for StoredNumbering {
    fn from(numbering: Numbering) -> Self {
        Self::Chosen(numbering)
    }
}

impl From<String> for StoredNumbering {
    fn from(text: String) -> Self {
        match text.parse() {
            Ok(numbering) => Self::Chosen(numbering),
            Err(_) if text.is_empty() => Self::NotChosen,
            Err(_) => Self::Unknown(text),
        }
    }
}

impl From<StoredNumbering> for String {
    fn from(stored: StoredNumbering) -> Self {
        stored.to_string()
    }
}

/// As it is stored.
impl fmt::Display for StoredNumbering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotChosen => Ok(()),
            Self::Chosen(numbering) => numbering.fmt(f),
            Self::Unknown(text) => f.write_str(text),
        }
    }
}

/// Until when a rule is switched off, as records and documents have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OffDate {
    /// The id of the rule.
    pub rule: String,
    /// The first second at which it is on again, RFC 3339, or `never`.
    pub until: String,
    /// Why it is off, as somebody wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

impl OffDate {
    /// A rule that is off until then.
    #[must_use]
    pub fn new(rule: Rule, until: OffUntil, because: Option<String>) -> Self {
        let until = until.date().map_or_else(|| NEVER.to_owned(), |date| date.to_string());
        Self { rule: rule.to_string(), until, because }
    }

    /// Until when.
    ///
    /// # Errors
    /// When it is no date that this version can read.
    pub fn off_until(&self) -> Result<OffUntil, PolicyRecordError> {
        let wrong = |_| PolicyRecordError::Until { found: self.until.clone() };
        if self.until == NEVER {
            Ok(OffUntil::Never)
        } else {
            parse_rfc3339(&self.until).map(OffUntil::Date).map_err(wrong)
        }
    }
}

/// What a record has in the place of a date.
const NEVER: &str = "never";

/// Until when a rule is off that is switched off now and has no date: for twelve calendar months.
#[must_use]
pub fn off_by_default(now: Timestamp) -> OffUntil {
    OffUntil::Date(now.twelve_months_later())
}

/// Gives each rule that an earlier version switched off its date, twelve months from now, and forgets the dates of rules
/// that are on.
pub fn bring_off_dates_forward(switched_off: &[String], off_until: &mut Vec<OffDate>, now: Timestamp) {
    off_until.retain(|dated| switched_off.contains(&dated.rule));
    for rule in switched_off.iter().filter_map(|id| id.parse::<Rule>().ok()) {
        if !off_until.iter().any(|dated| dated.rule == rule.id()) {
            off_until.push(OffDate::new(rule, off_by_default(now), None));
        }
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
    /// A rule is off until something that is no date.
    Until {
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
            Self::Until { found } => write!(f, "{found} is no date until which a rule is off"),
            Self::StaysOn { rule } => write!(f, "{rule} must not be switched off"),
        }
    }
}

impl core::error::Error for PolicyRecordError {}

#[cfg(test)]
mod tests {
    use super::{OffDate, PolicyRecordError, StoredNumbering, StoredPolicy, bring_off_dates_forward};
    use crate::disabled_rules::OffUntil;
    use crate::policy_options::Numbering;
    use crate::profile::{Policy, Profile};
    use crate::rule::Rule;
    use crate::time::{Timestamp, parse_rfc3339};

    const EMPTY: StoredPolicy<'_> = StoredPolicy {
        profile: "private",
        numbers: &StoredNumbering::NotChosen,
        switched_off: &[],
        off_until: &[],
        allow_sha1: false,
        crl_life_min_s: 0,
        mass_revocation_max: None,
    };

    #[test]
    fn a_record_with_nothing_chosen_is_the_default_policy() {
        assert_eq!(EMPTY.policy(), Ok(Policy::default()));
    }

    #[test]
    fn a_numbering_is_stored_as_the_word_it_always_was() {
        for (stored, is, whole) in [
            ("", StoredNumbering::NotChosen, "counter"),
            ("counter", StoredNumbering::Chosen(Numbering::Counter), "counter"),
            ("timestamp", StoredNumbering::Chosen(Numbering::Timestamp), "timestamp"),
            ("lunar", StoredNumbering::Unknown("lunar".to_owned()), "lunar"),
            ("Counter", StoredNumbering::Unknown("Counter".to_owned()), "Counter"),
        ] {
            let json = format!("\"{stored}\"");
            assert_eq!(serde_json::from_str::<StoredNumbering>(&json).unwrap(), is);
            assert_eq!(serde_json::to_string(&is).unwrap(), json);
            assert_eq!(is.or_default().to_string(), whole);
            assert_eq!(is.numbering().is_ok(), whole.parse::<Numbering>().is_ok(), "{stored}");
        }
        assert!(serde_json::from_str::<StoredNumbering>("7").is_err());
    }

    #[test]
    fn what_was_chosen_is_in_the_policy() {
        let off = ["CRL-VALIDITY".to_owned()];
        let stored = StoredPolicy {
            profile: "webpki",
            numbers: &StoredNumbering::Chosen(Numbering::Timestamp),
            switched_off: &off,
            off_until: &[],
            allow_sha1: true,
            crl_life_min_s: 60,
            mass_revocation_max: Some(3),
        };
        let policy = stored.policy().unwrap();
        assert_eq!((policy.profile, policy.number_jump_max), (Profile::Webpki, u64::MAX));
        assert_eq!((policy.allow_sha1, policy.crl_life_min_s, policy.mass_revocation_max), (true, 60, Some(3)));
        assert_eq!(policy.switched_off.iter().collect::<Vec<_>>(), [(Rule::CrlValidity, OffUntil::Never)]);
    }

    #[test]
    fn a_rule_is_off_until_its_date_and_not_a_second_longer() {
        let off = ["CRL-VALIDITY".to_owned(), "CERT-CDP".to_owned()];
        let date = parse_rfc3339("2027-06-30T00:00:00Z").unwrap();
        let because = Some("our HSM".to_owned());
        let dated = [
            OffDate::new(Rule::CrlValidity, OffUntil::Date(date), None),
            OffDate::new(Rule::CertCdp, OffUntil::Never, because),
        ];
        let policy = StoredPolicy { switched_off: &off, off_until: &dated, ..EMPTY }.policy().unwrap();
        let is_off = |rule, at| policy.switched_off.contains(rule, at);
        assert!(is_off(Rule::CrlValidity, date.plus_seconds(-1)) && !is_off(Rule::CrlValidity, date));
        assert!(is_off(Rule::CertCdp, Timestamp(i64::MAX)));
        let found = "soon".to_owned();
        let odd = [OffDate { rule: off[0].clone(), until: found.clone(), because: None }];
        let refused = StoredPolicy { switched_off: &off, off_until: &odd, ..EMPTY }.policy();
        assert_eq!(refused, Err(PolicyRecordError::Until { found }));
    }

    #[test]
    fn what_an_earlier_version_switched_off_stays_off_for_twelve_months() {
        let off = ["CRL-VALIDITY".to_owned(), "CERT-CDP".to_owned()];
        let kept = OffDate::new(Rule::CertCdp, OffUntil::Never, None);
        let gone = OffDate::new(Rule::CertAia, OffUntil::Never, None);
        let mut dated = vec![gone, kept.clone()];
        bring_off_dates_forward(&off, &mut dated, parse_rfc3339("2028-02-29T12:00:00Z").unwrap());
        assert_eq!((dated.len(), &dated[0], dated[1].until.as_str()), (2, &kept, "2029-02-28T12:00:00Z"));
        let once = dated.clone();
        bring_off_dates_forward(&off, &mut dated, parse_rfc3339("2028-09-01T00:00:00Z").unwrap());
        assert_eq!(dated, once, "the date stays");
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
        let unknown = StoredNumbering::from(other.clone());
        let numbering = PolicyRecordError::Numbering { found: other };
        assert_eq!(refused(StoredPolicy { numbers: &unknown, ..EMPTY }), numbering);
        let signature = ["CRL-SIGNATURE".to_owned()];
        let stays = PolicyRecordError::StaysOn { rule: Rule::CrlSignature };
        assert_eq!(refused(StoredPolicy { switched_off: &signature, ..EMPTY }), stays);
    }
}
