//! How well something stands, and when what ends is too near its end. Must not: know what ends.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// Days in seconds.
const DAY: i64 = 86_400;
/// WARN below this time left, if that is less than [`WARN_SHARE`] of the lifetime.
const WARN_MAX_S: i64 = 30 * DAY;
/// A third of the lifetime.
const WARN_SHARE: i64 = 3;
/// CRITICAL below this time left, if that is less than [`CRITICAL_SHARE`] of the lifetime.
const CRITICAL_MAX_S: i64 = 7 * DAY;
/// A tenth of the lifetime.
const CRITICAL_SHARE: i64 = 10;

/// How well something stands. Of several things the greatest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// Nothing calls for a person.
    Ok,
    /// A person must plan something.
    Warn,
    /// A person must act at once.
    Critical,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "OK",
            Self::Warn => "WARN",
            Self::Critical => "CRITICAL",
        })
    }
}

/// From when to when something is valid, both included: Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Life {
    pub(super) begins: i64,
    pub(super) ends: i64,
}

/// The time left below which something is WARN, and below which it is CRITICAL: seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) warn_s: i64,
    pub(super) critical_s: i64,
}

impl Life {
    /// How many seconds are left at `now`; below zero once it has ended.
    pub(super) const fn left(&self, now: i64) -> i64 {
        self.ends.saturating_sub(now)
    }

    /// Its limits. `warn` is what the operator gave with `--warn`.
    pub(super) fn limits(&self, warn: Option<Duration>) -> Limits {
        let lifetime = self.ends.saturating_sub(self.begins).max(0);
        let given = warn.map(|warn| i64::try_from(warn.as_secs()).unwrap_or(i64::MAX));
        Limits {
            warn_s: given.unwrap_or(WARN_MAX_S.min(lifetime / WARN_SHARE)),
            critical_s: CRITICAL_MAX_S.min(lifetime / CRITICAL_SHARE),
        }
    }

    /// How well it stands at `now`.
    pub(super) fn level(&self, warn: Option<Duration>, now: i64) -> Level {
        let (left, limits) = (self.left(now), self.limits(warn));
        if left < 0 || left < limits.critical_s {
            Level::Critical
        } else if left < limits.warn_s {
            Level::Warn
        } else {
            Level::Ok
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, Level, Life, Limits};
    use std::time::Duration;

    const NOW: i64 = 1_800_000_000;

    /// Something that lives for so many days.
    fn of_days(days: i64) -> Life {
        Life { begins: NOW - 1, ends: NOW - 1 + days * DAY }
    }

    /// How well it stands when so many seconds are left.
    fn at(life: Life, left: i64, warn: Option<Duration>) -> Level {
        life.level(warn, life.ends - left)
    }

    #[test]
    fn both_limits_begin_one_second_below_them_and_what_has_ended_is_critical() {
        // A year: the limits are 30 days and 7 days. Three weeks: a third is 7 days, a tenth is 50 h 24 min.
        for (days, warn_s, critical_s) in [(365, 30 * DAY, 7 * DAY), (90, 30 * DAY, 7 * DAY), (21, 7 * DAY, 181_440)] {
            let life = of_days(days);
            assert_eq!(life.limits(None), Limits { warn_s, critical_s }, "{days} days");
            for (left, level) in [
                (warn_s + 1, Level::Ok),
                (warn_s, Level::Ok),
                (warn_s - 1, Level::Warn),
                (critical_s, Level::Warn),
                (critical_s - 1, Level::Critical),
                (0, Level::Critical),
                (-1, Level::Critical),
            ] {
                assert_eq!(at(life, left, None), level, "{days} days, {left} s left");
            }
        }
    }

    #[test]
    fn what_warn_gives_replaces_the_first_limit_and_never_the_second() {
        let life = of_days(365);
        let hour = Some(Duration::from_secs(3_600));
        assert_eq!(at(life, 8 * DAY, hour), Level::Ok);
        assert_eq!(at(life, 7 * DAY, hour), Level::Ok);
        assert_eq!(at(life, 7 * DAY - 1, hour), Level::Critical);
        let quarter = Some(Duration::from_secs(90 * 86_400));
        assert_eq!(at(life, 90 * DAY, quarter), Level::Ok);
        assert_eq!(at(life, 90 * DAY - 1, quarter), Level::Warn);
    }

    #[test]
    fn whatever_the_dates_say_nothing_overflows() {
        for (begins, ends) in [(i64::MAX, i64::MIN), (i64::MIN, i64::MAX), (NOW, NOW), (NOW, NOW - 1)] {
            let life = Life { begins, ends };
            let _ = life.level(Some(Duration::MAX), i64::MIN);
            let _ = life.level(None, i64::MAX);
        }
        // A lifetime of nothing has no limits: it is well in its one second, and ended after it.
        let moment = Life { begins: NOW, ends: NOW };
        assert_eq!((moment.level(None, NOW), moment.level(None, NOW + 1)), (Level::Ok, Level::Critical));
    }
}
