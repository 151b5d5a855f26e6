//! Points in time, in whole seconds of UTC. This module reads and writes them; it has no clock.

use core::fmt;

use serde::{Serialize, Serializer};

use crate::strict_der::{GENERALIZED_TIME, Tag, UTC_TIME};

const SECONDS_PER_DAY: i64 = 86_400;

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted. Shown as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This time and `seconds` more (or less), stopping at the ends of the range.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Timestamp(self.0.saturating_add(seconds))
    }

    /// Twelve calendar months later: the same day and time of the next year. From 29 February it is the last of February.
    pub(crate) fn twelve_months_later(self) -> Self {
        let days = self.0.div_euclid(SECONDS_PER_DAY);
        let (year, month, day) = civil_from_days(days);
        let day = day.min(days_in_month(year + 1, month));
        Timestamp(days_from_civil(year + 1, month, day) * SECONDS_PER_DAY + self.0.rem_euclid(SECONDS_PER_DAY))
    }

    /// From a date of the Gregorian calendar and a time of day in UTC: the year from 0 to 9999, month and day from 1, and no
    /// leap second. `None` if there is no such moment.
    #[must_use]
    pub fn from_civil(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> Option<Self> {
        let fits = (0..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..60).contains(&second);
        fits.then(|| {
            Timestamp(days_from_civil(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second)
        })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.0.div_euclid(SECONDS_PER_DAY);
        let second = self.0.rem_euclid(SECONDS_PER_DAY);
        if !(-719_528..=2_932_896).contains(&days) {
            return write!(f, "{} seconds from 1970", self.0);
        }
        let (year, month, day) = civil_from_days(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// A length of time in seconds, shown as people say it: days, and where it is short hours or minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) i64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, hours) = (self.0 / SECONDS_PER_DAY, self.0 / 3600);
        let unit = |f: &mut fmt::Formatter<'_>, number: i64, name| {
            write!(f, "{number} {name}{}", if number == 1 { "" } else { "s" })
        };
        match self.0 {
            0..120 => unit(f, self.0, "second"),
            120..7200 => unit(f, self.0 / 60, "minute"),
            _ if days < 10 && hours % 24 > 0 => {
                if days > 0 {
                    unit(f, days, "day")?;
                    f.write_str(" ")?;
                }
                unit(f, hours % 24, "hour")
            }
            _ => unit(f, days, "day"),
        }
    }
}

/// RFC 3339, as it is shown.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Why a text is not a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeError {
    /// Not of the form given.
    Form {
        /// The form that was expected.
        expected: &'static str,
        /// Bytes found.
        length: usize,
    },
    /// The form is right, but there is no such day or time of day.
    NoSuchMoment,
    /// A moment that RFC 5280 §4.1.2.5 wants in the other of its two forms.
    WrongForm {
        /// The moment meant.
        at: Timestamp,
        /// The form it should have had.
        expected: &'static str,
    },
    /// A moment that neither form of RFC 5280 §4.1.2.5 can hold: UTCTime begins in 1950, and GeneralizedTime is only for
    /// 2050 and later.
    NoForm {
        /// The moment meant.
        at: Timestamp,
    },
    /// An element of another type.
    Type {
        /// Its tag.
        tag: u8,
    },
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TimeError::Form { expected, length } => write!(f, "{length} bytes that are not of the form {expected}"),
            TimeError::NoSuchMoment => f.write_str("a day or time of day that does not exist"),
            TimeError::WrongForm { at, expected } => write!(f, "{at} must be encoded as {expected}"),
            TimeError::NoForm { at } => write!(f, "{at} cannot be encoded: UTCTime begins in 1950"),
            TimeError::Type { tag } => write!(f, "{} instead of UTCTime or GeneralizedTime", Tag(*tag)),
        }
    }
}

impl core::error::Error for TimeError {}

/// Reads a time of RFC 3339 §5.6 in UTC and whole seconds: `2026-11-21T00:00:00Z`.
///
/// ```
/// use rootcast_pki::time::{TimeError, Timestamp, parse_rfc3339};
///
/// assert_eq!(parse_rfc3339("2026-11-21T00:00:00Z"), Ok(Timestamp(1_795_219_200)));
/// assert_eq!(Timestamp(1_795_219_200).to_string(), "2026-11-21T00:00:00Z");
/// assert_eq!(parse_rfc3339("2026-02-29T00:00:00Z"), Err(TimeError::NoSuchMoment));
/// ```
///
/// # Errors
/// Says what the text should have looked like.
pub fn parse_rfc3339(text: &str) -> Result<Timestamp, TimeError> {
    const FORM: &str = "2026-11-21T00:00:00Z";
    let wrong = TimeError::Form { expected: FORM, length: text.len() };
    let (b"-", b"-", b"T" | b"t", b":", b":", b"Z" | b"z") = (
        part(text, 4, 1),
        part(text, 7, 1),
        part(text, 10, 1),
        part(text, 13, 1),
        part(text, 16, 1),
        part(text, 19, 1),
    ) else {
        return Err(wrong);
    };
    if text.len() != FORM.len() {
        return Err(wrong);
    }
    let number = |start, length| digits(part(text, start, length)).ok_or(wrong);
    let moment = Timestamp::from_civil(
        number(0, 4)?,
        number(5, 2)?,
        number(8, 2)?,
        number(11, 2)?,
        number(14, 2)?,
        number(17, 2)?,
    );
    moment.ok_or(TimeError::NoSuchMoment)
}

/// Reads the contents of a UTCTime: `YYMMDDHHMMSSZ`, years 1950 to 2049 (RFC 5280 §4.1.2.5.1).
///
/// # Errors
/// Anything but that exact form, or a moment that does not exist.
pub fn parse_utc_time(contents: &[u8]) -> Result<Timestamp, TimeError> {
    let [year, month, day, hour, minute, second] = pairs(contents, "YYMMDDHHMMSSZ")?;
    let year = if year < 50 { 2000 + year } else { 1900 + year };
    Timestamp::from_civil(year, month, day, hour, minute, second).ok_or(TimeError::NoSuchMoment)
}

/// Reads the contents of a GeneralizedTime: `YYYYMMDDHHMMSSZ`, no fraction (RFC 5280 §4.1.2.5.2).
/// Any year is read here; that years up to 2049 belong into a UTCTime is for [`parse_time`] to say.
///
/// # Errors
/// Anything but that exact form, or a moment that does not exist.
pub fn parse_generalized_time(contents: &[u8]) -> Result<Timestamp, TimeError> {
    let [century, year, month, day, hour, minute, second] = pairs(contents, "YYYYMMDDHHMMSSZ")?;
    Timestamp::from_civil(century * 100 + year, month, day, hour, minute, second).ok_or(TimeError::NoSuchMoment)
}

/// Reads a Time of a certificate or CRL: UTCTime to 2049, GeneralizedTime from 2050.
///
/// # Errors
/// As for the two forms, [`TimeError::WrongForm`] where the other form was called for, [`TimeError::NoForm`] where none
/// can hold it, and [`TimeError::Type`] for an element that is no time.
pub fn parse_time(tag: u8, contents: &[u8]) -> Result<Timestamp, TimeError> {
    match tag {
        UTC_TIME => parse_utc_time(contents),
        GENERALIZED_TIME => {
            let at = parse_generalized_time(contents)?;
            if at < FIRST_UTC {
                return Err(TimeError::NoForm { at });
            }
            if at < FIRST_GENERALIZED {
                return Err(TimeError::WrongForm { at, expected: "UTCTime, like every year up to 2049" });
            }
            Ok(at)
        }
        _ => Err(TimeError::Type { tag }),
    }
}

/// 1950-01-01T00:00:00Z.
const FIRST_UTC: Timestamp = Timestamp(-631_152_000);

/// 2050-01-01T00:00:00Z.
const FIRST_GENERALIZED: Timestamp = Timestamp(2_524_608_000);

fn part(text: &str, start: usize, length: usize) -> &[u8] {
    text.as_bytes().get(start..start + length).unwrap_or_default()
}

fn digits(bytes: &[u8]) -> Option<i64> {
    if bytes.is_empty() || bytes.len() > 9 {
        return None;
    }
    bytes.iter().try_fold(0_i64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

/// The numbers of two digits in contents that are made of these and a Z.
#[inline]
fn pairs<const N: usize>(contents: &[u8], form: &'static str) -> Result<[i64; N], TimeError> {
    let (pairs, rest) = contents.as_chunks::<2>();
    let mut numbers = [0; N];
    let mut is_of_form = pairs.len() == N && *rest == *b"Z";
    // Without an early end: nearly all are of the form.
    for (number, [tens, ones]) in numbers.iter_mut().zip(pairs) {
        let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
        is_of_form &= (tens < 10) & (ones < 10);
        *number = i64::from(tens) * 10 + i64::from(ones);
    }
    is_of_form.then_some(numbers).ok_or(TimeError::Form { expected: form, length: contents.len() })
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from the first of March to the first of each month, January first.
const DAYS_FROM_MARCH: [i64; 12] = [306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275];

/// Days since 1970-01-01 in the proleptic Gregorian calendar, counting years from March. `month` is from 1 to 12.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let month = usize::try_from(month - 1).ok().and_then(|month| DAYS_FROM_MARCH.get(month));
    year * 365 + leap_days + month.copied().unwrap_or_default() + day - 1 - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_shown_as_people_say_it() {
        for (seconds, text) in [
            (1, "1 second"),
            (119, "119 seconds"),
            (5400, "90 minutes"),
            (7200, "2 hours"),
            (86_400, "1 day"),
            (90_000, "1 day 1 hour"),
            (500 * 86_400, "500 days"),
            (54 * 86_400 + 86_399, "54 days"),
        ] {
            assert_eq!(Span(seconds).to_string(), text);
        }
    }

    #[test]
    fn every_day_of_four_centuries_survives_the_way_there_and_back() {
        for day in -719_528..2_932_897_i64 {
            let (year, month, date) = civil_from_days(day);
            assert_eq!(days_from_civil(year, month, date), day);
        }
        assert_eq!(Timestamp(1_795_219_200).to_string(), "2026-11-21T00:00:00Z");
        assert_eq!(parse_rfc3339("2026-11-21T00:00:00Z"), Ok(Timestamp(1_795_219_200)));
        assert_eq!(Timestamp(-62_167_219_200).to_string(), "0000-01-01T00:00:00Z");
        assert_eq!(parse_rfc3339("9999-12-31T23:59:59Z").unwrap().to_string(), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn times_of_any_other_form_are_refused() {
        for text in [
            "",
            "2026-11-21",
            "2026-11-21T00:00:00",
            "2026-11-21T00:00:00+00:00",
            "2026-02-29T00:00:00Z",
            "2026-11-21 00:00:00Z",
            "2026-11-21T00:00:60Z",
            "+026-11-21T00:00:00Z",
        ] {
            assert!(parse_rfc3339(text).is_err(), "{text}");
        }
        for text in
            ["2611210000Z", "261121000000", "261121000000+0000", "261121000000.0Z", "261321000000Z", "26112100000 Z"]
        {
            assert!(parse_utc_time(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(parse_utc_time(b"500101000000Z").unwrap().to_string(), "1950-01-01T00:00:00Z");
        assert_eq!(parse_utc_time(b"491231235959Z").unwrap().to_string(), "2049-12-31T23:59:59Z");
        assert!(parse_time(GENERALIZED_TIME, b"20500101000000Z").is_ok());
        assert!(parse_time(GENERALIZED_TIME, b"20491231235959Z").is_err());
        assert!(parse_time(GENERALIZED_TIME, b"20500101000000.5Z").is_err());
        let text = |tag, contents: &[u8]| parse_time(tag, contents).unwrap_err().to_string();
        assert_eq!(
            text(GENERALIZED_TIME, b"00010101000000Z"),
            "0001-01-01T00:00:00Z cannot be encoded: UTCTime begins in 1950"
        );
        assert_eq!(
            text(GENERALIZED_TIME, b"19491231235959Z"),
            "1949-12-31T23:59:59Z cannot be encoded: UTCTime begins in 1950"
        );
        assert!(
            text(GENERALIZED_TIME, b"19500101000000Z")
                .ends_with("must be encoded as UTCTime, like every year up to 2049")
        );
        assert_eq!(text(0x02, b"\x01"), "tag 0x02 (INTEGER) instead of UTCTime or GeneralizedTime");
    }
}
