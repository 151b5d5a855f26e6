//! The options about the rules besides the profile, and the announcement of each option that weakens a rule.
//! Both programs store these options in their own state; this module defines their meaning.
//!
//! ```
//! use rootcast_pki::policy_options::{Numbering, UnknownNumbering, announcements};
//! use rootcast_pki::profile::Policy;
//! use rootcast_pki::time::Timestamp;
//!
//! let numbering: Numbering = "timestamp".parse()?;
//! let policy = Policy { number_jump_max: numbering.jump_max(), ..Policy::default() };
//! let now = Timestamp(1_795_219_200);
//! let said = announcements(&policy, now);
//! assert_eq!(said, ["CRL-NUMBER-JUMP does not apply: CRL numbers are timestamps"]);
//! assert!(announcements(&Policy::default(), now).is_empty());
//! assert_eq!("date".parse::<Numbering>(), Err(UnknownNumbering));
//! # Ok::<(), UnknownNumbering>(())
//! ```

use core::fmt;
use core::str::FromStr;

use crate::profile::Policy;
use crate::time::{Span, Timestamp};

/// How an issuer numbers its CRLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Numbering {
    /// One after the other; a great step is held (CRL-NUMBER-JUMP).
    #[default]
    Counter,
    /// By date or time, such as 20261121090000: steps say nothing, so CRL-NUMBER-JUMP does not apply.
    Timestamp,
}

impl Numbering {
    /// The greatest step that needs no decision: [`Policy::number_jump_max`].
    #[must_use]
    pub fn jump_max(self) -> u64 {
        match self {
            Numbering::Counter => Policy::default().number_jump_max,
            Numbering::Timestamp => u64::MAX,
        }
    }
}

impl fmt::Display for Numbering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Numbering::Counter => "counter",
            Numbering::Timestamp => "timestamp",
        })
    }
}

/// A word that is no numbering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownNumbering;

impl fmt::Display for UnknownNumbering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("write counter or timestamp")
    }
}

impl core::error::Error for UnknownNumbering {}

impl FromStr for Numbering {
    type Err = UnknownNumbering;

    fn from_str(text: &str) -> Result<Self, UnknownNumbering> {
        match text {
            "counter" => Ok(Numbering::Counter),
            "timestamp" => Ok(Numbering::Timestamp),
            _ => Err(UnknownNumbering),
        }
    }
}

/// How long before a rule is on again people hear of it, in seconds.
const REMINDER_S: i64 = 30 * 86_400;

/// The announcements of every run about rules that this policy weakens now; empty if it weakens none.
#[must_use]
pub fn announcements(policy: &Policy, now: Timestamp) -> Vec<String> {
    let off = policy.switched_off.iter().filter(|(_, until)| until.is_off_at(now));
    let mut said: Vec<String> = off
        .map(|(rule, until)| {
            let until = until.date().map(|date| format!(" until {date}")).unwrap_or_default();
            format!("{rule} is switched off{until}: its findings are warnings only")
        })
        .collect();
    if policy.number_jump_max == u64::MAX {
        said.push("CRL-NUMBER-JUMP does not apply: CRL numbers are timestamps".to_owned());
    }
    if policy.accepts_sha1() {
        said.push("CRL-ALGORITHM and CERT-ALGORITHM accept SHA-1 signatures".to_owned());
    }
    said
}

/// What people should know about the dates of this policy: the rules that are on again soon, and those that are.
#[must_use]
pub fn reminders(policy: &Policy, now: Timestamp) -> Vec<String> {
    let dated = policy.switched_off.iter().filter_map(|(rule, until)| Some((rule, until.date()?)));
    dated
        .filter(|(_, date)| *date <= now.plus_seconds(REMINDER_S))
        .map(|(rule, date)| match date <= now {
            true => format!("{rule} was switched off until {date}, and is on again"),
            false => format!("{rule} is switched off, and is on again in {}, at {date}", Span(date.0 - now.0)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{REMINDER_S, announcements, reminders};
    use crate::disabled_rules::{OffUntil, SwitchedOff};
    use crate::profile::Policy;
    use crate::rule::Rule;
    use crate::time::parse_rfc3339;

    #[test]
    fn a_date_is_announced_before_it_and_when_it_has_passed() {
        let date = parse_rfc3339("2027-06-30T00:00:00Z").unwrap();
        let off = SwitchedOff::NONE.with(Rule::CrlValidity, OffUntil::Date(date)).unwrap();
        let off = off.with(Rule::CertCdp, OffUntil::Never).unwrap();
        let policy = Policy { switched_off: off, ..Policy::default() };
        let at = |seconds: i64| date.plus_seconds(seconds);
        let said = announcements(&policy, at(-1));
        assert_eq!(said[0], "CRL-VALIDITY is switched off until 2027-06-30T00:00:00Z: its findings are warnings only");
        assert_eq!(said[1], "CERT-CDP is switched off: its findings are warnings only");
        assert_eq!(announcements(&policy, date), said[1..]);
        assert!(reminders(&policy, at(-REMINDER_S - 1)).is_empty(), "31 days before");
        let soon = "CRL-VALIDITY is switched off, and is on again in 30 days, at 2027-06-30T00:00:00Z";
        assert_eq!(reminders(&policy, at(-REMINDER_S)), [soon]);
        let passed = "CRL-VALIDITY was switched off until 2027-06-30T00:00:00Z, and is on again";
        assert_eq!(reminders(&policy, date), [passed]);
    }
}
