//! The one clock. `main` reads it; all other code takes `now` as an argument.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The month of this version's release, in seconds since 1970-01-01T00:00:00Z. A clock that shows less is wrong.
pub const RELEASED: i64 = 1_793_491_200; // 2026-11-01T00:00:00Z

/// The machine's clock, in whole seconds since 1970-01-01T00:00:00Z; negative before.
#[must_use]
pub fn now() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |s| -s),
    }
}

/// `time` (seconds since 1970-01-01T00:00:00Z) as RFC 3339 in UTC. Before 1970 or after 9999 it is given in seconds.
#[must_use]
pub fn rfc3339(time: i64) -> String {
    u64::try_from(time).ok().filter(|seconds| *seconds <= 253_402_300_799).map_or_else(
        || format!("{time} s"),
        |s| humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(s)).to_string(),
    )
}

/// A duration as the command line takes it: `30s`, `5m`, `2h`, `30d`.
///
/// # Errors
/// The text for a usage error.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| {
        let like = "write a number with its unit, like 30s, 5m, 2h or 30d";
        match error {
            humantime::DurationError::Empty => format!("it is empty: {like}"),
            humantime::DurationError::NumberOverflow => format!("it is too long: {like}"),
            _ => format!("it is not a duration: {like}"),
        }
    })
}

/// A duration for people, to the second: `1m 20s`, `3d 4h`.
#[must_use]
pub fn duration_text(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m {}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h {}m", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{}d {}h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// Whether two times, in seconds since 1970, are the same as people tell them: less than a minute apart.
#[must_use]
pub const fn is_now(time: i64, now: i64) -> bool {
    time.abs_diff(now) < 60
}

/// How far `time` is from `now`, both in seconds since 1970, rounded: `in 365 days`, `3 hours ago`, `just now`, `now`.
#[must_use]
fn distance_text(time: i64, now: i64) -> String {
    let seconds = time.abs_diff(now);
    let (number, unit) = match seconds {
        _ if is_now(time, now) => return if time < now { "just now" } else { "now" }.to_owned(),
        ..3_570 => ((seconds + 30) / 60, "minute"),
        3_570..171_000 => ((seconds + 1_800) / 3_600, "hour"),
        _ => (seconds.saturating_add(43_200) / 86_400, "day"),
    };
    let plural = if number == 1 { "" } else { "s" };
    if time > now { format!("in {number} {unit}{plural}") } else { format!("{number} {unit}{plural} ago") }
}

/// `time` as RFC 3339 in UTC, and how far it is from `now`: `2027-11-29T00:00:00Z (in 365 days)`.
#[must_use]
pub fn dated_text(time: i64, now: i64) -> String {
    format!("{} ({})", rfc3339(time), distance_text(time, now))
}

/// A text for people in which each time (`2027-11-29T00:00:00Z`) is followed by how far it is from `now`, as
/// [`dated_text`] does it. What already has something in brackets behind it stays as it is.
#[must_use]
pub fn with_distances(text: &str, now: i64) -> String {
    const LENGTH: usize = "2027-11-29T00:00:00Z".len();
    let mut dated = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        dated.push_str(before);
        match from.split_at_checked(LENGTH).and_then(|(time, after)| Some((time, seconds_of(time)?, after))) {
            Some((time, seconds, after)) if !after.starts_with(" (") => {
                dated.push_str(&format!("{time} ({})", distance_text(seconds, now)));
                rest = after;
            }
            _ => {
                // The whole number: a time does not begin in the middle of one.
                let end = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
                let (number, after) = from.split_at(end);
                dated.push_str(number);
                rest = after;
            }
        }
    }
    dated.push_str(rest);
    dated
}

/// The seconds since 1970 of a time as [`rfc3339`] writes it; `None` for any other text.
fn seconds_of(time: &str) -> Option<i64> {
    let parsed = humantime::parse_rfc3339(time).ok()?.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let seconds = i64::try_from(parsed).ok()?;
    (rfc3339(seconds) == time).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::{RELEASED, dated_text, distance_text, duration_text, parse_duration, rfc3339, with_distances};
    use std::time::Duration;

    #[test]
    fn times_are_told_in_utc() {
        assert_eq!(rfc3339(RELEASED), "2026-11-01T00:00:00Z");
        assert_eq!(rfc3339(-1), "-1 s");
    }

    #[test]
    fn a_date_is_shown_with_its_distance() {
        for (time, text) in [
            (0, "now"),
            (59, "now"),
            (-59, "just now"),
            (60, "in 1 minute"),
            (-600, "10 minutes ago"),
            (3_569, "in 59 minutes"),
            (3_570, "in 1 hour"),
            (-171_000, "2 days ago"),
            (365 * 86_400 - 3_600, "in 365 days"),
            (i64::MAX, "in 106751991167301 days"),
        ] {
            assert_eq!(distance_text(time, 0), text);
        }
        assert_eq!(dated_text(RELEASED, RELEASED + 86_400 * 2), "2026-11-01T00:00:00Z (2 days ago)");
    }

    #[test]
    fn times_in_a_text_get_their_distance_once() {
        let text =
            "CRL 12 of 2026-11-02T00:00:00Z, next 2026-11-11T00:00:00Z (soon), 20261103T000000Z, 12026-11-02T00:00:00Z";
        let dated = "CRL 12 of 2026-11-02T00:00:00Z (in 24 hours), next 2026-11-11T00:00:00Z (soon), 20261103T000000Z, \
                     12026-11-02T00:00:00Z";
        assert_eq!(with_distances(text, RELEASED), dated);
        assert_eq!(with_distances("2026-13-02T00:00:00Z é 9", RELEASED), "2026-13-02T00:00:00Z é 9");
    }

    #[test]
    fn durations_are_read_and_told() {
        assert_eq!(parse_duration("5m"), Ok(Duration::from_secs(300)));
        for (text, says) in [
            ("soon", "it is not a duration: write a number"),
            ("10", "it is not a duration: write a number with its unit, like 30s"),
            ("5 fortnights", "it is not a duration"),
            ("-3d", "it is not a duration"),
            ("", "it is empty"),
            ("99999999999999999999999d", "it is too long"),
        ] {
            let refusal = parse_duration(text).unwrap_err();
            assert!(refusal.starts_with(says), "{text:?}: {refusal}");
        }
        assert_eq!(duration_text(Duration::from_secs(90_000)), "1d 1h");
    }
}
