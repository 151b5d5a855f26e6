//! The keys of such a file, and what their values are.

use std::str::FromStr;

use toml::de::{DeInteger, DeValue};

/// One key of a table.
pub(crate) struct Key {
    /// Its name.
    pub(crate) name: &'static str,
    /// What its value is.
    pub(crate) shape: Shape,
    /// Whether it has to be there.
    pub(crate) is_needed: bool,
}

/// What the value of a key is.
pub(crate) enum Shape {
    /// A time, as a text.
    Time,
    /// A text, with an example of one.
    Text(&'static str),
    /// A list of texts, with an example of the list.
    Texts(&'static str),
    /// A text or a list of texts, with an example.
    TextOrTexts(&'static str),
    /// A whole number, with an example.
    Number(&'static str),
    /// A whole number, or a text with one.
    NumberOrText(&'static str),
    /// `true` or `false`.
    Flag,
    /// A table with these keys: `[name]`.
    Table(&'static [Key]),
    /// A table that may be there several times: `[[name]]`.
    Tables(&'static [Key]),
}

/// A key that has to be there.
pub(crate) const fn needed(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, is_needed: true }
}

/// A key that may be left out.
pub(crate) const fn optional(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, is_needed: false }
}

/// An example of a time.
pub(super) const TIME: &str = "\"2026-11-21T00:00:00Z\"";

impl Shape {
    pub(super) fn expected(&self) -> String {
        match self {
            Self::Time => format!("a time in quotes, like {TIME}"),
            Self::Text(like) => format!("a text in quotes, like \"{like}\""),
            Self::Texts(like) => format!("a list of texts, like {like}"),
            Self::TextOrTexts(like) => format!("a text in quotes or a list of them, like \"{like}\" or [\"{like}\"]"),
            Self::Number(like) => format!("a whole number without quotes, like {like}"),
            Self::NumberOrText(like) => format!("a whole number, like {like}"),
            Self::Flag => "true or false, without quotes".to_owned(),
            Self::Table(_) => "a table".to_owned(),
            Self::Tables(_) => "a table that may be there several times".to_owned(),
        }
    }

    pub(super) fn fits(&self, value: &DeValue<'_>) -> bool {
        let are_texts = |value: &DeValue<'_>| match value {
            DeValue::Array(values) => values.iter().all(|value| matches!(value.get_ref(), DeValue::String(_))),
            _ => false,
        };
        match self {
            Self::Time | Self::Text(_) => matches!(value, DeValue::String(_)),
            Self::Texts(_) => are_texts(value),
            Self::TextOrTexts(_) => matches!(value, DeValue::String(_)) || are_texts(value),
            Self::Number(_) => matches!(value, DeValue::Integer(number) if decimal::<u32>(number).is_some()),
            Self::NumberOrText(_) => match value {
                DeValue::Integer(number) => decimal::<i64>(number).is_some(),
                value => matches!(value, DeValue::String(_)),
            },
            Self::Flag => matches!(value, DeValue::Boolean(_)),
            Self::Table(_) | Self::Tables(_) => false,
        }
    }
}

/// A number that is written in decimal digits, if it fits.
fn decimal<N: FromStr>(number: &DeInteger<'_>) -> Option<N> {
    if number.radix() == 10 { number.as_str().parse().ok() } else { None }
}
