//! What a person names by the beginning of its id: an alarm, a held item, a weakened policy.

use std::error::Error;
use std::fmt;

use rootcast_host::text::printable;

/// The fewest digits that name something. Ids that are shown have twelve.
const ID_DIGITS_MIN: usize = 6;

/// Why an id names nothing. The text is a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdError {
    /// It is empty.
    Empty,
    /// It has too few digits.
    TooShort {
        /// What was typed.
        typed: String,
    },
    /// It is the id of none.
    None {
        /// What the items are, such as `alarm`.
        kind: &'static str,
        /// What was typed.
        typed: String,
    },
    /// The ids of several items begin with it.
    Several {
        /// What the items are.
        kind: &'static str,
        /// The digits, in lower case.
        digits: String,
    },
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "The id is empty: give at least {ID_DIGITS_MIN} digits."),
            Self::TooShort { typed } => {
                write!(f, "{} is too short for an id: give at least {ID_DIGITS_MIN} digits.", printable(typed))
            }
            Self::None { kind, typed } => write!(f, "No {kind} has the id {}.", printable(typed)),
            Self::Several { kind, digits } => {
                write!(f, "More than one {kind} has an id that begins with {}.", printable(digits))
            }
        }
    }
}

impl Error for IdError {}

/// The one of `items` that a person names. `typed` is what was typed, and `digits` the part of it that names the item, in
/// most cases all. `is_named` says whether an item's id begins with these digits, which it gets in lower case. `kind` says
/// what the items are, such as `alarm`.
///
/// # Errors
/// When the id is empty or too short, or is that of none or of several items.
pub fn find<T>(
    items: impl IntoIterator<Item = T>,
    kind: &'static str,
    (typed, digits): (&str, &str),
    is_named: impl Fn(&T, &str) -> bool,
) -> Result<T, IdError> {
    let digits = digits.to_lowercase();
    if typed.is_empty() {
        return Err(IdError::Empty);
    }
    if digits.len() < ID_DIGITS_MIN {
        return Err(IdError::TooShort { typed: typed.to_owned() });
    }
    let mut matching = items.into_iter().filter(|item| is_named(item, &digits));
    match (matching.next(), matching.next()) {
        (Some(item), None) => Ok(item),
        (Some(_), Some(_)) => Err(IdError::Several { kind, digits }),
        (None, _) => Err(IdError::None { kind, typed: typed.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::find;

    const IDS: [&str; 3] = ["0123456789ab", "0123450000ff", "fedcba987654"];

    fn named(typed: &str, digits: &str) -> Result<&'static str, String> {
        find(IDS, "alarm", (typed, digits), |id, digits| id.starts_with(digits)).map_err(|error| error.to_string())
    }

    #[test]
    fn six_digits_in_either_case_name_what_no_other_id_begins_with() {
        for (typed, id) in [("fedcba", IDS[2]), ("FEDCBA9", IDS[2]), ("0123456", IDS[0]), (IDS[1], IDS[1])] {
            assert_eq!(named(typed, typed), Ok(id));
        }
        assert_eq!(named("0123456-ffffff", "0123456"), Ok(IDS[0]));
    }

    #[test]
    fn none_several_and_too_few_digits_have_a_sentence_each() {
        assert_eq!(named("ffffff-012345", "ffffff"), Err("No alarm has the id ffffff-012345.".to_owned()));
        assert_eq!(named("0123456-f", "0123456-f"), Err("No alarm has the id 0123456-f.".to_owned()));
        let several = Err("More than one alarm has an id that begins with 012345.".to_owned());
        assert_eq!(named("012345-f", "012345"), several);
        assert_eq!(named("", ""), Err("The id is empty: give at least 6 digits.".to_owned()));
        for (typed, digits) in [("fedcb", "fedcb"), ("fedcb-a98765", "fedcb"), ("-fedcba", "")] {
            let told = format!("{typed} is too short for an id: give at least 6 digits.");
            assert_eq!(named(typed, digits), Err(told));
        }
        let told = Err("No alarm has the id \\u{1b}[2Jaaaaa.".to_owned());
        assert_eq!(named("\u{1b}[2Jaaaaa", "\u{1b}[2Jaaaaa"), told);
    }
}
