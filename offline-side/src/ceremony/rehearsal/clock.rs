//! Whether the machine's time is possible (REQ-CLOCK): not before anything that was made already, not outside the
//! issuer's validity. The time is an argument; comparing it with what the operator typed is [`agrees`].

use std::fmt;
use std::time::Duration;

use rootcast_host::clock::duration_text;
use rootcast_pki::time::Timestamp;

/// Most seconds between the machine's clock and the time the operator typed: five minutes.
pub(crate) const AGREEMENT_SECONDS: i64 = 300;

/// Why the clock cannot be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClockFault {
    /// It shows a time before something that exists.
    Back {
        /// What it shows.
        now: Timestamp,
        /// What exists.
        what: &'static str,
        /// Since when.
        since: Timestamp,
    },
    /// It shows a time at which the issuer's certificate is not valid.
    OutsideIssuer {
        /// What it shows.
        now: Timestamp,
        /// The first second of the issuer's validity.
        not_before: Timestamp,
        /// The last.
        not_after: Timestamp,
    },
    /// It differs from the time that was typed.
    Disagrees {
        /// What it shows.
        now: Timestamp,
        /// What was typed.
        typed: Timestamp,
    },
}

impl fmt::Display for ClockFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("REQ-CLOCK: ")?;
        match self {
            Self::Back { now, what, since } => {
                write!(f, "this machine's clock shows {now}, which is before {what} ({since})")
            }
            Self::OutsideIssuer { now, not_before, not_after } => write!(
                f,
                "this machine's clock shows {now}; the issuer's certificate is valid from {not_before} to {not_after}"
            ),
            Self::Disagrees { now, typed } => write!(
                f,
                "this machine's clock shows {now}, and the typed time is {typed}: they differ by {}, and at most {} minutes are allowed{}",
                duration_text(Duration::from_secs(now.0.abs_diff(typed.0))),
                AGREEMENT_SECONDS / 60,
                likely_cause(now.0.abs_diff(typed.0))
            ),
        }
    }
}

impl std::error::Error for ClockFault {}

/// What people usually did where two clocks are so many seconds apart, as a further sentence.
fn likely_cause(seconds: u64) -> &'static str {
    const DAY: u64 = 86_400;
    /// Zones are whole quarters of an hour apart, up to 14 hours.
    const QUARTER: u64 = 900;
    let is_near = |whole: u64| seconds.abs_diff(whole) <= AGREEMENT_SECONDS.unsigned_abs();
    match seconds.saturating_add(QUARTER / 2) / QUARTER * QUARTER {
        _ if is_near(DAY) => ". The date is one day off",
        near if (1_800..=50_400).contains(&near) && is_near(near) => ". Is the other clock in UTC?",
        _ => "",
    }
}

/// Checks `now` against everything that exists already and the issuer's validity.
///
/// # Errors
/// [`ClockFault::Back`] or [`ClockFault::OutsideIssuer`].
pub(crate) fn check(
    now: Timestamp,
    exists: &[(&'static str, Timestamp)],
    issuer: Option<(Timestamp, Timestamp)>,
) -> Result<(), ClockFault> {
    if let Some((what, since)) = exists.iter().find(|(_, since)| now < *since) {
        return Err(ClockFault::Back { now, what, since: *since });
    }
    match issuer {
        Some((not_before, not_after)) if now < not_before || now > not_after => {
            Err(ClockFault::OutsideIssuer { now, not_before, not_after })
        }
        _ => Ok(()),
    }
}

/// Compares the clock with the UTC time the operator read elsewhere and typed.
///
/// # Errors
/// [`ClockFault::Disagrees`] when they are more than [`AGREEMENT_SECONDS`] apart.
pub(crate) fn agrees(now: Timestamp, typed: Timestamp) -> Result<(), ClockFault> {
    if now.0.abs_diff(typed.0) > AGREEMENT_SECONDS.unsigned_abs() {
        return Err(ClockFault::Disagrees { now, typed });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_before_what_exists_or_outside_the_issuer_is_refused() {
        let at = Timestamp;
        assert!(check(at(10), &[("the build", at(10))], Some((at(10), at(10)))).is_ok());
        assert!(matches!(check(at(9), &[("the build", at(10))], None), Err(ClockFault::Back { .. })));
        assert!(matches!(check(at(9), &[], Some((at(10), at(20)))), Err(ClockFault::OutsideIssuer { .. })));
        assert!(matches!(check(at(21), &[], Some((at(10), at(20)))), Err(ClockFault::OutsideIssuer { .. })));
    }

    #[test]
    fn a_typed_time_five_minutes_off_agrees_and_a_second_more_does_not() {
        for sign in [-1, 1] {
            assert!(agrees(Timestamp(1000), Timestamp(1000 + sign * 300)).is_ok());
            assert!(agrees(Timestamp(1000), Timestamp(1000 + sign * 301)).is_err());
        }
        assert!(agrees(Timestamp(0), Timestamp(3600)).is_err());
    }

    #[test]
    fn a_local_time_and_the_date_of_another_day_are_named() {
        let told = |seconds| agrees(Timestamp(0), Timestamp(seconds)).unwrap_err().to_string();
        assert!(
            told(18_030).contains("they differ by 5h 0m, and at most 5 minutes") && told(18_030).contains("in UTC?")
        );
        assert!(told(5 * 3600 + 45 * 60).contains("in UTC?") && told(86_400 - 40).ends_with("The date is one day off"));
        assert!(!told(700).contains("UTC?") && !told(86_400 * 30).contains("UTC?"));
    }
}
