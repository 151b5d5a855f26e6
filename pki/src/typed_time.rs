//! A time in UTC as people type it, read from another clock: `01:17`, `2026-11-30 01:17 UTC`, what `date -u` prints.
//!
//! Files have one form only ([`crate::time::parse_rfc3339`]). This module is for what somebody types while others wait.
//! What could be read in two ways, and a time of another zone, is refused. It has no clock, and never guesses a date.

use core::fmt;

use crate::time::Timestamp;

const SECONDS_PER_DAY: i64 = 86_400;

/// Longest text that is read, in bytes. The longest form, `Monday, 30 November 2026 at 01:17:00.000 UTC`, has 45.
const TEXT_LENGTH_MAX: usize = 100;

/// A time that was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypedTime {
    /// A date and a time of day.
    Moment(Timestamp),
    /// A time of day without a date.
    OfDay(TimeOfDay),
}

/// A time of day, in seconds since midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeOfDay(i64);

impl TimeOfDay {
    /// This time on the day that begins at `midnight`.
    #[must_use]
    pub fn on(self, midnight: Timestamp) -> Timestamp {
        midnight.plus_seconds(self.0)
    }
}

/// Why a text is no time in UTC. What is quoted from it is shortened, and not made safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypedTimeError {
    /// Nothing was typed.
    Empty,
    /// A part that means nothing here, or the second of its kind.
    NotUnderstood {
        /// The part.
        found: String,
    },
    /// Another time zone.
    Zone {
        /// Its name or its distance from UTC.
        found: String,
    },
    /// A date whose day and month could be exchanged.
    TwoWays {
        /// The date.
        found: String,
    },
    /// The day and the weekday do not fit.
    Weekday {
        /// The weekday that was typed.
        found: &'static str,
        /// That of the date.
        expected: &'static str,
    },
    /// There is no such day or time of day.
    NoSuchMoment,
    /// A date, or a part of one, without a time of day.
    NoTimeOfDay,
    /// A part of a date, such as a month without a year.
    NoWholeDate,
    /// A time of day where a date is asked for.
    NotAlone,
}

impl fmt::Display for TypedTimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("nothing was typed"),
            Self::NotUnderstood { found } => write!(f, "\"{found}\" is not understood as a time"),
            Self::Zone { found } => write!(f, "\"{found}\" is another time zone: the time has to be in UTC"),
            Self::TwoWays { found } => {
                write!(f, "the date \"{found}\" can be read in two ways: write the year first, like 2026-11-30")
            }
            Self::Weekday { found, expected } => write!(f, "that day is a {expected}, and not a {found}"),
            Self::NoSuchMoment => f.write_str("there is no such day or time of day"),
            Self::NoTimeOfDay => f.write_str("it has no time of day, like 01:17"),
            Self::NotAlone => f.write_str("it has a time of day: type the date alone, like 2026-11-21"),
            Self::NoWholeDate => f.write_str("its date is not whole: write it like 2026-11-30"),
        }
    }
}

impl core::error::Error for TypedTimeError {}

/// Reads a time in UTC. Commas and letter case do not matter.
///
/// ```
/// use rootcast_pki::time::Timestamp;
/// use rootcast_pki::typed_time::{TypedTime, read, read_day};
///
/// let moment = TypedTime::Moment(Timestamp(1_796_001_420));
/// for text in ["2026-11-30T01:17:00Z", "2026-11-30 01:17", "Mon Nov 30 01:17:00 UTC 2026", "30.11.2026, 1:17 UTC"] {
///     assert_eq!(read(text), Ok(moment), "{text}");
/// }
/// let Ok(TypedTime::OfDay(time)) = read("01:17") else { panic!() };
/// assert_eq!(time.on(read_day("2026-11-30")?), Timestamp(1_796_001_420));
/// # Ok::<(), rootcast_pki::typed_time::TypedTimeError>(())
/// ```
///
/// # Errors
/// [`TypedTimeError`].
pub fn read(text: &str) -> Result<TypedTime, TypedTimeError> {
    let parts = Parts::read(text)?;
    let time = parts.time_of_day()?.ok_or(TypedTimeError::NoTimeOfDay)?;
    Ok(match parts.midnight()? {
        Some(midnight) => TypedTime::Moment(TimeOfDay(time).on(midnight)),
        None => TypedTime::OfDay(TimeOfDay(time)),
    })
}

/// Reads a moment in UTC as an option of a command line has it: a date and a time of day, or a date, which stands for its
/// midnight.
///
/// # Errors
/// What was typed, and how to write it.
pub fn moment(text: &str) -> Result<Timestamp, NoMoment> {
    match read(text) {
        Ok(TypedTime::Moment(moment)) => Ok(moment),
        Ok(TypedTime::OfDay(_)) => Err(NoMoment(None)),
        Err(TypedTimeError::NoTimeOfDay) => read_day(text).map_err(|error| NoMoment(Some(error))),
        Err(error) => Err(NoMoment(Some(error))),
    }
}

/// Why an option names no moment; without a reason, its date is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoMoment(Option<TypedTimeError>);

impl fmt::Display for NoMoment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("it has no date")?,
            Some(error) => error.fmt(f)?,
        }
        f.write_str("; write it like 2026-11-21 or 2026-11-21T09:00:00Z")
    }
}

impl core::error::Error for NoMoment {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.0.as_ref().and_then(core::error::Error::source)
    }
}

/// Reads a date: gives its midnight in UTC.
///
/// # Errors
/// [`TypedTimeError`]; also for a date with a time of day.
pub fn read_day(text: &str) -> Result<Timestamp, TypedTimeError> {
    let parts = Parts::read(text)?;
    if parts.time.is_some() {
        return Err(TypedTimeError::NotAlone);
    }
    parts.midnight()?.ok_or(TypedTimeError::NoWholeDate)
}

/// The moment of a text that ends with a distance from UTC, such as `2027-05-29T12:00:00+02:00`: for whoever says what it
/// is in UTC. Absent where the text is anything else; [`read`] refuses it in any case.
#[must_use]
pub fn of_another_zone(text: &str) -> Option<Timestamp> {
    let at = text.rfind(['+', '-'])?;
    let (time, zone) = (text.get(..at)?, text.get(at..)?);
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    if (hours.len(), minutes.len()) != (2, 2) {
        return None;
    }
    let (hours, minutes) = (number(hours).filter(|hours| *hours < 24)?, number(minutes).filter(|part| *part < 60)?);
    let seconds = (hours * 60 + minutes) * 60;
    match read(time).ok()? {
        TypedTime::Moment(moment) => Some(moment.plus_seconds(if zone.starts_with('-') { seconds } else { -seconds })),
        TypedTime::OfDay(_) => None,
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// 1970-01-01 was a Thursday.
const WEEKDAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];

/// What was found in a text, each kind at most once.
#[derive(Default)]
struct Parts {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    weekday: Option<usize>,
    time: Option<(i64, i64, i64)>,
    /// Whether the hours after noon are meant, where `am` or `pm` was typed.
    is_after_noon: Option<bool>,
}

fn not_understood(found: &str) -> TypedTimeError {
    TypedTimeError::NotUnderstood { found: found.chars().take(30).collect() }
}

/// Puts `value` into a place that has to be free.
fn put<T>(place: &mut Option<T>, value: T, word: &str) -> Result<(), TypedTimeError> {
    if place.replace(value).is_some() { Err(not_understood(word)) } else { Ok(()) }
}

/// At most nine digits and nothing else.
fn number(text: &str) -> Option<i64> {
    let is_number = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

impl Parts {
    fn read(text: &str) -> Result<Self, TypedTimeError> {
        if text.len() > TEXT_LENGTH_MAX {
            return Err(not_understood(text));
        }
        let mut parts = Self::default();
        let mut is_empty = true;
        for word in text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()) {
            is_empty = false;
            parts.add(&word.to_ascii_lowercase())?;
        }
        if is_empty { Err(TypedTimeError::Empty) } else { Ok(parts) }
    }

    fn add(&mut self, word: &str) -> Result<(), TypedTimeError> {
        // A date and a time with a T between them (RFC 3339, ISO 8601).
        let is_digit = |part: Option<char>| part.is_some_and(|c| c.is_ascii_digit());
        if let Some((date, time)) = word.split_once('t')
            && is_digit(date.chars().next_back())
            && is_digit(time.chars().next())
        {
            self.add_date(date, word)?;
            return self.add_time(time, word);
        }
        match word {
            "utc" | "gmt" | "z" | "zulu" | "+0000" | "+00:00" | "-00:00" | "+00" => return Ok(()),
            "am" | "a.m." => return put(&mut self.is_after_noon, false, word),
            "pm" | "p.m." => return put(&mut self.is_after_noon, true, word),
            "at" | "the" | "of" => return Ok(()),
            _ => {}
        }
        if word.contains(':') && is_digit(word.chars().next()) {
            return self.add_time(word, word);
        }
        if word.starts_with(['+', '-']) {
            return Err(TypedTimeError::Zone { found: word.chars().take(30).collect() });
        }
        if word.contains(['-', '/', '.'])
            && is_digit(word.chars().next())
            && number(word.trim_end_matches('.')).is_none()
        {
            return self.add_date(word, word);
        }
        if is_digit(word.chars().next()) {
            return self.add_number(word);
        }
        let name = word.trim_end_matches('.');
        let begins = |whole: &str| name.len() >= 3 && whole.to_ascii_lowercase().starts_with(name);
        if let Some((month, _)) = (1_i64..).zip(MONTHS).find(|(_, month)| begins(month)) {
            return put(&mut self.month, month, word);
        }
        if let Some(at) = WEEKDAYS.iter().position(|weekday| begins(weekday)) {
            return put(&mut self.weekday, at, word);
        }
        let is_zone =
            self.time.is_some() && (3..=5).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphabetic());
        Err(if is_zone { TypedTimeError::Zone { found: name.to_ascii_uppercase() } } else { not_understood(word) })
    }

    /// A day (`30`, `30th`, `30.`), a year, or a date of eight digits.
    fn add_number(&mut self, word: &str) -> Result<(), TypedTimeError> {
        let digits = word.trim_end_matches(|c: char| c == '.' || c.is_ascii_alphabetic());
        let ending = word.get(digits.len()..).unwrap_or_default();
        let found = number(digits).ok_or_else(|| not_understood(word))?;
        match (digits.len(), ending) {
            (1 | 2, "" | "." | "st" | "nd" | "rd" | "th") => put(&mut self.day, found, word),
            (4, "") => put(&mut self.year, found, word),
            (8, "") => self.add_date(digits, word),
            // 1:17 without its colon could be a year.
            (4, "z") => self.add_time(word, word),
            (1 | 2, "am" | "pm") => self.add_time(word, word),
            _ => Err(not_understood(word)),
        }
    }

    fn add_date(&mut self, date: &str, word: &str) -> Result<(), TypedTimeError> {
        let fail = || not_understood(word);
        let (year, month, day) = if date.len() == 8 && number(date).is_some() {
            let part = |from, to| date.get(from..to).and_then(number).ok_or_else(fail);
            (part(0, 4)?, part(4, 6)?, part(6, 8)?)
        } else {
            let mark = date.chars().find(|c| !c.is_ascii_digit()).ok_or_else(fail)?;
            let mut fields = date.split(mark);
            let (Some(one), Some(two), Some(three), None) =
                (fields.next(), fields.next(), fields.next(), fields.next())
            else {
                return Err(fail());
            };
            let read = |text: &str| number(text).ok_or_else(fail);
            let (first, second, third) = (read(one)?, read(two)?, read(three)?);
            match (one.len(), three.len(), mark) {
                (4, 1 | 2, '-' | '/' | '.') => (first, second, third),
                // Where a full stop stands between, the day always comes first.
                (1 | 2, 4, '.') => (third, second, first),
                (1 | 2, 4, _) => return Err(TypedTimeError::TwoWays { found: date.chars().take(30).collect() }),
                _ => return Err(fail()),
            }
        };
        put(&mut self.year, year, word)?;
        put(&mut self.month, month, word)?;
        put(&mut self.day, day, word)
    }

    fn add_time(&mut self, time: &str, word: &str) -> Result<(), TypedTimeError> {
        let fail = || not_understood(word);
        let mut time = time;
        if let Some(at) = time.find(['+', '-']) {
            let zone = time.get(at..).unwrap_or_default();
            if !matches!(zone, "+00:00" | "+0000" | "+00" | "-00:00") {
                return Err(TypedTimeError::Zone { found: zone.chars().take(30).collect() });
            }
            time = time.get(..at).unwrap_or_default();
        }
        for (ending, after_noon) in [("am", Some(false)), ("pm", Some(true)), ("utc", None), ("z", None)] {
            if let Some(rest) = time.strip_suffix(ending) {
                time = rest;
                if let Some(after_noon) = after_noon {
                    put(&mut self.is_after_noon, after_noon, word)?;
                }
                break;
            }
        }
        // Fractions of a second do not matter where minutes are compared.
        let (whole, fraction) = time.split_once('.').unwrap_or((time, "0"));
        number(fraction).ok_or_else(fail)?;
        let fields: Vec<&str> = if whole.contains(':') {
            whole.split(':').collect()
        } else {
            match whole.len() {
                1 | 2 if self.is_after_noon.is_some() => vec![whole, "00"],
                4 | 6 => (0..whole.len()).step_by(2).filter_map(|at| whole.get(at..at + 2)).collect(),
                _ => return Err(fail()),
            }
        };
        let read = |at: usize, length: core::ops::RangeInclusive<usize>| match fields.get(at) {
            None if at == 2 => Ok(0),
            None => Err(fail()),
            Some(field) if length.contains(&field.len()) => number(field).ok_or_else(fail),
            Some(_) => Err(fail()),
        };
        let time = (read(0, 1..=2)?, read(1, 2..=2)?, read(2, 2..=2)?);
        if fields.len() > 3 {
            return Err(fail());
        }
        put(&mut self.time, time, word)
    }

    /// The seconds since midnight.
    fn time_of_day(&self) -> Result<Option<i64>, TypedTimeError> {
        let Some((hour, minute, second)) = self.time else {
            return if self.is_after_noon.is_some() { Err(TypedTimeError::NoTimeOfDay) } else { Ok(None) };
        };
        let hour = match self.is_after_noon {
            None => hour,
            Some(_) if !(1..=12).contains(&hour) => return Err(TypedTimeError::NoSuchMoment),
            Some(after_noon) => hour % 12 + if after_noon { 12 } else { 0 },
        };
        let epoch = Timestamp::from_civil(1970, 1, 1, hour, minute, second);
        epoch.map(|time| Some(time.0)).ok_or(TypedTimeError::NoSuchMoment)
    }

    /// The beginning of the day, if there is a date.
    fn midnight(&self) -> Result<Option<Timestamp>, TypedTimeError> {
        let (year, month, day) = match (self.year, self.month, self.day) {
            (Some(year), Some(month), Some(day)) => (year, month, day),
            (None, None, None) if self.weekday.is_none() => return Ok(None),
            _ => return Err(TypedTimeError::NoWholeDate),
        };
        let midnight = Timestamp::from_civil(year, month, day, 0, 0, 0).ok_or(TypedTimeError::NoSuchMoment)?;
        let expected = usize::try_from((midnight.0 / SECONDS_PER_DAY).rem_euclid(7)).unwrap_or_default();
        let name = |at: usize| WEEKDAYS.get(at).copied().unwrap_or_default();
        match self.weekday {
            Some(found) if found != expected => {
                Err(TypedTimeError::Weekday { found: name(found), expected: name(expected) })
            }
            _ => Ok(Some(midnight)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{TimeOfDay, TypedTime, TypedTimeError, read, read_day};
    use crate::time::Timestamp;

    /// 2026-11-30T01:17:00Z, a Monday.
    const MOMENT: i64 = 1_796_001_420;

    #[test]
    fn a_time_with_a_distance_from_utc_is_told_in_utc() {
        let utc = |text| super::of_another_zone(text).map(|moment| moment.to_string());
        for (text, moment) in [
            ("2027-05-29T12:00:00+02:00", Some("2027-05-29T10:00:00Z")),
            ("2027-05-29 22:30:00-05:30", Some("2027-05-30T04:00:00Z")),
            ("2027-05-29T12:00:00Z", None),
            ("2027-05-29", None),
            ("12:00:00+02:00", None),
            ("2027-05-29T12:00:00+2", None),
            ("2027-05-29T12:00:00+99:00", None),
            ("+", None),
        ] {
            assert_eq!(utc(text), moment.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn the_usual_forms_of_a_moment_are_one_moment() {
        for text in [
            "2026-11-30T01:17:00Z",
            "2026-11-30t01:17:00z",
            "2026-11-30T01:17Z",
            "2026-11-30T01:17:00+00:00",
            "2026-11-30T01:17:00.5Z",
            "2026-11-30 01:17",
            "2026-11-30 01:17:00 UTC",
            "2026-11-30, 01:17 utc",
            "2026/11/30 1:17",
            "20261130T011700Z",
            "20261130 01:17",
            "30.11.2026 01:17",
            "Mon Nov 30 01:17:00 UTC 2026",
            "Mon, 30 Nov 2026 01:17:00 +0000",
            "Mon Nov 30 01:17:00 AM UTC 2026",
            "Monday, 30 November 2026 at 01:17 GMT",
            "November 30th, 2026 1:17 am",
            "01:17 30 November 2026",
            "01:17 2026-11-30",
        ] {
            assert_eq!(read(text), Ok(TypedTime::Moment(Timestamp(MOMENT))), "{text}");
        }
        assert_eq!(read("2026-11-30 12:00 am"), Ok(TypedTime::Moment(Timestamp(MOMENT - 77 * 60))));
        assert_eq!(read("2026-11-30 1:17 pm"), Ok(TypedTime::Moment(Timestamp(MOMENT + 43_200))));
    }

    #[test]
    fn a_time_of_day_has_no_date_and_a_date_is_never_guessed() {
        for text in ["01:17", "1:17", "01:17:00", "01:17Z", "0117Z", "01:17 UTC", " 01:17, ", "1:17am"] {
            assert_eq!(read(text), Ok(TypedTime::OfDay(TimeOfDay(77 * 60))), "{text}");
        }
        for text in ["2026-11-30", "30.11.2026", "20261130", "30 Nov 2026", "Monday, November 30, 2026"] {
            assert_eq!(read_day(text), Ok(Timestamp(MOMENT - 77 * 60)), "{text}");
            assert_eq!(read(text), Err(TypedTimeError::NoTimeOfDay), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_or_could_be_two_is_refused_with_its_reason() {
        for (text, says) in [
            ("", "nothing was typed"),
            (" , ", "nothing was typed"),
            ("soon", "\"soon\" is not understood"),
            ("yesterday 01:17", "\"yesterday\" is not understood"),
            ("01:17 CET", "\"CET\" is another time zone"),
            ("2026-11-30T01:17:00+01:00", "\"+01:00\" is another time zone"),
            ("11/12/2026 01:17", "two ways"),
            ("12-11-2026 01:17", "two ways"),
            ("2026-02-30 01:17", "no such day"),
            ("25:00", "no such day or time"),
            ("13:00 pm", "no such day or time"),
            ("01:60", "no such day or time"),
            ("1:7", "not understood"),
            ("01:17:00:00", "not understood"),
            ("2026-11-30 01:17 02:17", "\"02:17\" is not understood"),
            ("Tue Nov 30 01:17:00 UTC 2026", "that day is a Monday, and not a Tuesday"),
            ("Nov 30 01:17", "date is not whole"),
            ("1796001420", "not understood"),
            ("26-11-30 01:17", "not understood"),
            ("0117", "no time of day"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
        for text in ["2026-11-30 01:17", "30.11.2026 10:40", "01:17"] {
            assert_eq!(read_day(text), Err(TypedTimeError::NotAlone), "{text}");
        }
        assert!(read(&"9".repeat(100_000)).unwrap_err().to_string().len() < 100);
    }
}
