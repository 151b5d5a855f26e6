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
    humantime::parse_duration(text).map_err(|e| format!("{e}; write it like 30s, 5m, 2h or 30d"))
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

#[cfg(test)]
mod tests {
    use super::{RELEASED, duration_text, parse_duration, rfc3339};
    use std::time::Duration;

    #[test]
    fn times_are_told_in_utc() {
        assert_eq!(rfc3339(RELEASED), "2026-11-01T00:00:00Z");
        assert_eq!(rfc3339(-1), "-1 s");
    }

    #[test]
    fn durations_are_read_and_told() {
        assert_eq!(parse_duration("5m"), Ok(Duration::from_secs(300)));
        assert!(parse_duration("soon").is_err());
        assert_eq!(duration_text(Duration::from_secs(90_000)), "1d 1h");
    }
}
