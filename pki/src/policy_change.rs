//! The whole policy of an issuer as records keep it, and what a change of it weakens.
//!
//! Both programs write the same document of a policy, and find what a change weakens with [`weakenings`]. A change that
//! only makes a rule stricter weakens nothing, and nothing is weakened before there is a policy to compare with.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::crl_number::CrlNumber;
use crate::disabled_rules::OffUntil;
use crate::policy_options::Numbering;
use crate::policy_record::{OffDate, PolicyRecordError, StoredNumbering, StoredPolicy};
use crate::profile::{Policy, Profile};
use crate::rule::Rule;

/// Everything that `trust` was told about one issuer. Its members are texts, so that what a newer version wrote can be
/// read and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WholePolicy {
    /// `private` or `webpki`.
    pub profile: String,
    /// Whether signatures with SHA-1 are accepted.
    pub allow_sha1: bool,
    /// `counter` or `timestamp`.
    pub numbers: StoredNumbering,
    /// The least CRL number accepted, decimal, where one was given.
    pub first_number: Option<String>,
    /// The least time a CRL should live from now on, in seconds.
    pub crl_life_min_s: i64,
    /// The most published CA certificates that a CRL may newly revoke without a decision, where a number was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mass_revocation_max: Option<u64>,
    /// Ids of the rules switched off.
    pub switched_off: Vec<String>,
    /// Until when each is. Earlier versions noted no dates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub off_until: Vec<OffDate>,
    /// The CAs that are affiliated: the SHA-256 of the SubjectPublicKeyInfo or the key identifier of each, hexadecimal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub affiliated: Vec<String>,
    /// The URLs that the host serves.
    pub serves: Vec<String>,
    /// The registered requests.
    pub requests: Vec<RequestedKey>,
    /// SHA-256 (hexadecimal) of the certificates that name offline issuers.
    pub offline_issuers: Vec<String>,
    /// The Ed25519 keys that sign manifests, 64 hexadecimal digits each.
    pub export_keys: Vec<String>,
}

/// A registered request: whose, and for which key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedKey {
    /// Its subject for people.
    pub subject: String,
    /// SHA-256 of the SubjectPublicKeyInfo, hexadecimal.
    pub spki_sha256: String,
}

impl WholePolicy {
    /// The policy of a profile with nothing else chosen.
    #[must_use]
    pub fn of_profile(profile: Profile) -> Self {
        Self {
            profile: profile.to_string(),
            allow_sha1: false,
            numbers: Numbering::default().into(),
            first_number: None,
            crl_life_min_s: 0,
            mass_revocation_max: None,
            switched_off: Vec::new(),
            off_until: Vec::new(),
            affiliated: Vec::new(),
            serves: Vec::new(),
            requests: Vec::new(),
            offline_issuers: Vec::new(),
            export_keys: Vec::new(),
        }
    }

    fn policy(&self) -> Result<Policy, PolicyRecordError> {
        let Self { profile, numbers, switched_off, off_until, allow_sha1, crl_life_min_s, .. } = self;
        let (allow_sha1, crl_life_min_s) = (*allow_sha1, *crl_life_min_s);
        let mass_revocation_max = self.mass_revocation_max;
        StoredPolicy { profile, numbers, switched_off, off_until, allow_sha1, crl_life_min_s, mass_revocation_max }
            .policy()
    }

    fn first_number(&self) -> Result<Option<CrlNumber>, PolicyRecordError> {
        let read = |text: &String| text.parse().map_err(|_| PolicyRecordError::FirstNumber { found: text.clone() });
        self.first_number.as_ref().map(read).transpose()
    }
}

/// One line for people: the profile, and what else was chosen.
impl fmt::Display for WholePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "profile {}", self.profile)?;
        if self.allow_sha1 {
            f.write_str(", SHA-1 allowed")?;
        }
        if self.numbers.numbering() != Ok(Numbering::default()) {
            write!(f, ", numbers {}", self.numbers)?;
        }
        if let Some(first) = &self.first_number {
            write!(f, ", first number {first}")?;
        }
        if self.crl_life_min_s != 0 {
            write!(f, ", least life {} s", self.crl_life_min_s)?;
        }
        if let Some(most) = self.mass_revocation_max {
            write!(f, ", a CRL that revokes more than {most} CA certificates is held")?;
        }
        for rule in &self.switched_off {
            write!(f, ", off {rule}")?;
            match self.off_until.iter().find(|dated| dated.rule == *rule) {
                Some(dated) if dated.off_until() == Ok(OffUntil::Never) => f.write_str(" without an end")?,
                Some(OffDate { until, .. }) => write!(f, " until {until}")?,
                None => {}
            }
        }
        for (count, what) in [
            (self.affiliated.len(), "affiliated CA"),
            (self.serves.len(), "served URL"),
            (self.requests.len(), "request"),
            (self.offline_issuers.len(), "offline issuer"),
            (self.export_keys.len(), "export key"),
        ] {
            match count {
                0 => {}
                1 => write!(f, ", 1 {what}")?,
                more => write!(f, ", {more} {what}s")?,
            }
        }
        Ok(())
    }
}

/// One way in which a policy became weaker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Weakening {
    /// The profile is private, and was webpki.
    Profile,
    /// SHA-1 signatures are accepted.
    Sha1,
    /// CRL numbers are timestamps now: a jump is no longer held.
    Numbering,
    /// A lower CRL number is accepted.
    FirstNumber {
        /// The least number before.
        before: CrlNumber,
        /// The least number now; any number where there is none.
        after: Option<CrlNumber>,
    },
    /// A CRL may end sooner without a warning.
    CrlLife {
        /// The least life before, in seconds.
        before: i64,
        /// The least life now, in seconds.
        after: i64,
    },
    /// A CRL that revokes more CA certificates passes without a decision.
    MassRevocation {
        /// The most before.
        before: u64,
        /// The most now; any number where there is none.
        after: Option<u64>,
    },
    /// A rule is switched off.
    RuleOff(Rule, OffUntil),
    /// A rule is switched off for longer.
    RuleOffLonger {
        /// Which one.
        rule: Rule,
        /// Until when it was off.
        before: OffUntil,
        /// Until when it is off now.
        after: OffUntil,
    },
    /// A further CA counts as affiliated; its key, hexadecimal.
    Affiliated(String),
    /// A further certificate names an offline issuer; its SHA-256, hexadecimal.
    OfflineIssuer(String),
    /// Manifests are believed that another key signed; 64 hexadecimal digits.
    ExportKey(String),
    /// No export key is pinned any more: manifests are not checked.
    NoExportKey,
}

impl Weakening {
    /// Its name for scripts, such as `sha1`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Sha1 => "sha1",
            Self::Numbering => "numbers",
            Self::FirstNumber { .. } => "first-number",
            Self::CrlLife { .. } => "min-life",
            Self::MassRevocation { .. } => "hold-mass-revocation",
            Self::RuleOff(..) => "rule-off",
            Self::RuleOffLonger { .. } => "rule-off-longer",
            Self::Affiliated(_) => "affiliated",
            Self::OfflineIssuer(_) => "offline-issuer",
            Self::ExportKey(_) => "export-key",
            Self::NoExportKey => "no-export-key",
        }
    }

    /// The rules that say less than before. A profile is no single rule.
    #[must_use]
    pub fn rules(&self) -> Vec<Rule> {
        match self {
            Self::Profile => Vec::new(),
            Self::Sha1 => vec![Rule::CrlAlgorithm, Rule::CertAlgorithm],
            Self::Numbering => vec![Rule::CrlNumberJump],
            Self::FirstNumber { .. } => vec![Rule::CrlNumberLower],
            Self::CrlLife { .. } => vec![Rule::CrlShortLife],
            Self::MassRevocation { .. } => vec![Rule::CrlInUse],
            Self::RuleOff(rule, _) | Self::RuleOffLonger { rule, .. } => vec![*rule],
            Self::Affiliated(_) => vec![Rule::CertEku, Rule::CertPolicies],
            Self::OfflineIssuer(_) => vec![Rule::ItemIssuerUnknown],
            Self::ExportKey(_) | Self::NoExportKey => vec![Rule::ManSignature],
        }
    }
}

impl fmt::Display for Weakening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile => f.write_str("the profile is private and was webpki"),
            Self::Sha1 => f.write_str("SHA-1 signatures are accepted"),
            Self::Numbering => f.write_str("CRL numbers are timestamps, so CRL-NUMBER-JUMP does not apply"),
            Self::FirstNumber { before, after: Some(after) } => {
                write!(f, "the least CRL number is {after} and was {before}")
            }
            Self::FirstNumber { before, after: None } => write!(f, "there is no least CRL number; it was {before}"),
            Self::CrlLife { before, after } => {
                let told = |seconds: i64| match seconds % 86_400 {
                    0 => format!("{}d", seconds / 86_400),
                    _ => format!("{seconds}s"),
                };
                match (told(*before), *after) {
                    (before, 0) => write!(f, "there is no least life of a CRL; it was {before}"),
                    (before, after) => write!(f, "the least life of a CRL is {} and was {before}", told(after)),
                }
            }
            Self::MassRevocation { before, after: Some(after) } => {
                write!(f, "a CRL may revoke {after} CA certificates without a decision, and {before} before")
            }
            Self::MassRevocation { before, after: None } => {
                write!(f, "a CRL may revoke any number of CA certificates without a decision, and {before} before")
            }
            Self::RuleOff(rule, OffUntil::Never) => write!(f, "{rule} is switched off"),
            Self::RuleOff(rule, OffUntil::Date(date)) => write!(f, "{rule} is switched off until {date}"),
            Self::RuleOffLonger { rule, before, after } => {
                let end = |until: &OffUntil| {
                    until.date().map_or_else(|| "without an end".to_owned(), |date| format!("until {date}"))
                };
                write!(f, "{rule} is switched off {} and was {}", end(after), end(before))
            }
            Self::Affiliated(key) => {
                write!(
                    f,
                    "a cross certificate for the key {key} may have anyExtendedKeyUsage: its CA counts as affiliated"
                )
            }
            Self::OfflineIssuer(sha256) => write!(f, "items of an offline issuer are accepted, SHA-256 {sha256}"),
            Self::ExportKey(key) => write!(f, "manifests of another export key are believed, {key}"),
            Self::NoExportKey => f.write_str("no export key is pinned, so manifests are not checked"),
        }
    }
}

/// What is weaker after a change of policy than before it.
///
/// ```
/// use rootcast_pki::policy_change::{Weakening, WholePolicy, weakenings};
/// use rootcast_pki::profile::Profile;
///
/// let (strict, private) = (WholePolicy::of_profile(Profile::Webpki), WholePolicy::of_profile(Profile::Private));
/// assert_eq!(weakenings(&strict, &private)?, [Weakening::Profile]);
/// assert!(weakenings(&private, &strict)?.is_empty());
/// # Ok::<(), rootcast_pki::policy_record::PolicyRecordError>(())
/// ```
///
/// # Errors
/// When one of them holds something that this version does not know.
pub fn weakenings(before: &WholePolicy, after: &WholePolicy) -> Result<Vec<Weakening>, PolicyRecordError> {
    let (old, new) = (before.policy()?, after.policy()?);
    let mut found = Vec::new();
    if (old.profile, new.profile) == (Profile::Webpki, Profile::Private) {
        found.push(Weakening::Profile);
    }
    if new.allow_sha1 && !old.allow_sha1 {
        found.push(Weakening::Sha1);
    }
    if new.number_jump_max > old.number_jump_max {
        found.push(Weakening::Numbering);
    }
    match (before.first_number()?, after.first_number()?) {
        (Some(before), after) if after.is_none_or(|after| after < before) => {
            found.push(Weakening::FirstNumber { before, after });
        }
        _ => {}
    }
    if new.crl_life_min_s < old.crl_life_min_s {
        found.push(Weakening::CrlLife { before: old.crl_life_min_s, after: new.crl_life_min_s });
    }
    match (old.mass_revocation_max, new.mass_revocation_max) {
        (Some(before), after) if after.is_none_or(|after| after > before) => {
            found.push(Weakening::MassRevocation { before, after });
        }
        _ => {}
    }
    found.extend(new.switched_off.iter().filter_map(|(rule, after)| match old.switched_off.until(rule) {
        None => Some(Weakening::RuleOff(rule, after)),
        Some(before) => (before < after).then_some(Weakening::RuleOffLonger { rule, before, after }),
    }));
    let fresh = |before: &[String], after: &[String]| -> Vec<String> {
        after.iter().filter(|one| !before.contains(one)).cloned().collect()
    };
    found.extend(fresh(&before.affiliated, &after.affiliated).into_iter().map(Weakening::Affiliated));
    let issuers = fresh(&before.offline_issuers, &after.offline_issuers);
    found.extend(issuers.into_iter().map(Weakening::OfflineIssuer));
    // A first key makes a rule where there was none.
    if !before.export_keys.is_empty() {
        let keys = fresh(&before.export_keys, &after.export_keys);
        found.extend(keys.into_iter().map(Weakening::ExportKey));
        if after.export_keys.is_empty() {
            found.push(Weakening::NoExportKey);
        }
    }
    Ok(found)
}

/// A weakening as records keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeakeningRecord {
    /// Its name for scripts, such as `sha1`.
    pub kind: String,
    /// In words.
    pub text: String,
}

impl From<&Weakening> for WeakeningRecord {
    fn from(weakening: &Weakening) -> Self {
        Self { kind: weakening.kind().to_owned(), text: weakening.to_string() }
    }
}

/// The whole policy of an issuer before and after a change, for one certificate of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyChange {
    /// SHA-256 of the root's certificate, hexadecimal.
    pub root: String,
    /// The policy before; of a renewed root that of its issuer. Nothing where the issuer was not trusted before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<WholePolicy>,
    /// The policy from here on.
    pub after: WholePolicy,
    /// What became weaker.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weakened: Vec<WeakeningRecord>,
}

impl PolicyChange {
    /// The change, and what it weakens.
    ///
    /// # Errors
    /// When a policy holds something that this version does not know.
    pub fn new(
        root: String,
        before: Option<WholePolicy>,
        after: WholePolicy,
    ) -> Result<(Self, Vec<Weakening>), PolicyRecordError> {
        let found = before.as_ref().map(|before| weakenings(before, &after)).transpose()?.unwrap_or_default();
        let weakened = found.iter().map(WeakeningRecord::from).collect();
        Ok((Self { root, before, after, weakened }, found))
    }
}

#[cfg(test)]
mod tests {
    use super::{PolicyChange, Weakening, WholePolicy, weakenings};
    use crate::disabled_rules::OffUntil;
    use crate::policy_options::Numbering;
    use crate::policy_record::{OffDate, PolicyRecordError, StoredNumbering};
    use crate::profile::Profile;
    use crate::rule::Rule;
    use crate::time::Timestamp;

    fn private() -> WholePolicy {
        WholePolicy::of_profile(Profile::Private)
    }

    /// The policy with one change made to it.
    fn with(change: impl FnOnce(&mut WholePolicy)) -> WholePolicy {
        let mut policy = private();
        change(&mut policy);
        policy
    }

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    /// Each row: weaker to the right. From right to left nothing is weakened.
    #[test]
    fn what_becomes_weaker_is_found_and_what_becomes_stricter_is_not() {
        let first = |number: Option<&str>| with(|policy| policy.first_number = number.map(str::to_owned));
        let off = |rules: &[&str]| with(|policy| policy.switched_off = texts(rules));
        let dated = |until: OffUntil| {
            with(|policy| {
                policy.switched_off = texts(&["CRL-VALIDITY"]);
                policy.off_until = vec![OffDate::new(Rule::CrlValidity, until, None)];
            })
        };
        let (soon, late) = (OffUntil::Date(Timestamp(1_800_000_000)), OffUntil::Date(Timestamp(1_800_000_001)));
        let longer = |before, after| Weakening::RuleOffLonger { rule: Rule::CrlValidity, before, after };
        let number = |text: &str| text.parse().unwrap();
        let rows = [
            (WholePolicy::of_profile(Profile::Webpki), private(), Weakening::Profile),
            (private(), with(|policy| policy.allow_sha1 = true), Weakening::Sha1),
            (private(), with(|policy| policy.numbers = Numbering::Timestamp.into()), Weakening::Numbering),
            (
                first(Some("10")),
                first(Some("9")),
                Weakening::FirstNumber { before: number("10"), after: Some(number("9")) },
            ),
            (first(Some("10")), first(None), Weakening::FirstNumber { before: number("10"), after: None }),
            (with(|policy| policy.crl_life_min_s = 60), private(), Weakening::CrlLife { before: 60, after: 0 }),
            (
                with(|policy| policy.mass_revocation_max = Some(2)),
                with(|policy| policy.mass_revocation_max = Some(3)),
                Weakening::MassRevocation { before: 2, after: Some(3) },
            ),
            (
                with(|policy| policy.mass_revocation_max = Some(2)),
                private(),
                Weakening::MassRevocation { before: 2, after: None },
            ),
            (
                off(&["CRL-VALIDITY"]),
                off(&["CRL-VALIDITY", "CERT-CDP"]),
                Weakening::RuleOff(Rule::CertCdp, OffUntil::Never),
            ),
            (private(), dated(soon), Weakening::RuleOff(Rule::CrlValidity, soon)),
            (dated(soon), dated(late), longer(soon, late)),
            (dated(late), dated(OffUntil::Never), longer(late, OffUntil::Never)),
            // What an earlier version switched off had no end.
            (dated(late), off(&["CRL-VALIDITY"]), longer(late, OffUntil::Never)),
            (private(), with(|policy| policy.affiliated = texts(&["ab"])), Weakening::Affiliated("ab".to_owned())),
            (
                private(),
                with(|policy| policy.offline_issuers = texts(&["ab"])),
                Weakening::OfflineIssuer("ab".to_owned()),
            ),
        ];
        for (stricter, weaker, expected) in rows {
            assert_eq!(weakenings(&stricter, &weaker), Ok(vec![expected.clone()]));
            assert_eq!(weakenings(&weaker, &stricter), Ok(Vec::new()), "the other way of {expected}");
            assert_eq!(weakenings(&weaker, &weaker), Ok(Vec::new()), "no change of {expected}");
        }
    }

    #[test]
    fn an_export_key_is_weakened_by_another_one_and_by_none_but_a_first_one_weakens_nothing() {
        let keys = |keys: &[&str]| with(|policy| policy.export_keys = texts(keys));
        for (before, after, expected) in [
            (&[][..], &["a"][..], vec![]),
            (&["a"], &["b"], vec![Weakening::ExportKey("b".to_owned())]),
            (&["a"], &["a", "b"], vec![Weakening::ExportKey("b".to_owned())]),
            (&["a", "b"], &["b"], vec![]),
            (&["a"], &[], vec![Weakening::NoExportKey]),
        ] {
            assert_eq!(weakenings(&keys(before), &keys(after)), Ok(expected), "{before:?} -> {after:?}");
        }
    }

    #[test]
    fn served_urls_and_requests_are_on_record_and_weaken_nothing() {
        let serves = with(|policy| policy.serves = texts(&["http://crl.example/"]));
        assert_eq!(weakenings(&private(), &serves), Ok(Vec::new()));
        assert_eq!(weakenings(&serves, &private()), Ok(Vec::new()));
    }

    #[test]
    fn a_least_life_that_is_gone_is_told_as_none() {
        for (after, told) in
            [(0, "there is no least life of a CRL; it was 7d"), (3_600, "the least life of a CRL is 3600s and was 7d")]
        {
            assert_eq!(Weakening::CrlLife { before: 7 * 86_400, after }.to_string(), told);
        }
    }

    #[test]
    fn nothing_stood_before_a_first_trust() {
        let weak = with(|policy| policy.switched_off = texts(&["CRL-VALIDITY"]));
        let (change, found) = PolicyChange::new("ab".to_owned(), None, weak.clone()).unwrap();
        assert!(found.is_empty() && change.weakened.is_empty() && change.before.is_none());
        let (change, found) = PolicyChange::new("ab".to_owned(), Some(private()), weak).unwrap();
        assert_eq!((found.len(), change.weakened[0].kind.as_str()), (1, "rule-off"));
    }

    #[test]
    fn what_this_version_does_not_know_is_refused() {
        let found = "ten".to_owned();
        let odd = with(|policy| policy.first_number = Some("ten".to_owned()));
        assert_eq!(weakenings(&odd, &private()), Err(PolicyRecordError::FirstNumber { found }));
        let found = "lunar".to_owned();
        let odd = with(|policy| policy.numbers = found.clone().into());
        assert_eq!(weakenings(&odd, &private()), Err(PolicyRecordError::Numbering { found }));
    }

    #[test]
    fn a_numbering_is_told_where_it_is_not_the_default_one() {
        for (numbers, told) in [
            (StoredNumbering::NotChosen, "profile private"),
            (Numbering::Counter.into(), "profile private"),
            (Numbering::Timestamp.into(), "profile private, numbers timestamp"),
            (StoredNumbering::Unknown("lunar".to_owned()), "profile private, numbers lunar"),
        ] {
            assert_eq!(with(|policy| policy.numbers = numbers).to_string(), told);
        }
    }

    #[test]
    fn a_policy_is_one_line_for_people() {
        let policy = with(|policy| {
            policy.switched_off = texts(&["CRL-VALIDITY", "CERT-CDP"]);
            policy.off_until = vec![OffDate::new(Rule::CertCdp, OffUntil::Never, None)];
            policy.serves = texts(&["http://a/", "http://b/"]);
            policy.first_number = Some("7".to_owned());
        });
        assert_eq!(
            policy.to_string(),
            "profile private, first number 7, off CRL-VALIDITY, off CERT-CDP without an end, 2 served URLs"
        );
    }
}
