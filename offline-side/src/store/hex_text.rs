//! Digests and object ids in JSON: as the hexadecimal text people see, for `#[serde(with = "hex_text")]`. So are numbers that
//! have a text of their own.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

/// Writes what `value` displays.
///
/// # Errors
/// What the serializer says.
pub(crate) fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Reads what was displayed.
///
/// # Errors
/// When the text is something else.
pub(crate) fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// The same for a text that may be absent, for `#[serde(with = "hex_text::option")]`.
pub(crate) mod option {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    /// Writes what `value` displays, if there is one.
    ///
    /// # Errors
    /// What the serializer says.
    pub(crate) fn serialize<T: Display, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().map(ToString::to_string).serialize(serializer)
    }

    /// Reads what was displayed, if anything.
    ///
    /// # Errors
    /// When the text is something else.
    pub(crate) fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        Option::<String>::deserialize(deserializer)?.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}

/// The same for a text that is empty where nothing is known yet, for `#[serde(with = "hex_text::or_empty")]`.
pub(crate) mod or_empty {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    /// Writes what `value` displays; nothing of what is not known.
    ///
    /// # Errors
    /// What the serializer says.
    pub(crate) fn serialize<T: Display, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_str(""),
        }
    }

    /// Reads what was displayed, unless it is empty.
    ///
    /// # Errors
    /// When the text is something else.
    pub(crate) fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(D::Error::custom) }
    }
}

/// Bytes of any length, for `#[serde(with = "hex_text::bytes")]`.
pub(crate) mod bytes {
    use rootcast_protocol::hex;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    /// Writes every one of these bytes.
    ///
    /// # Errors
    /// What the serializer says.
    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(bytes))
    }

    /// Reads what was written so.
    ///
    /// # Errors
    /// When the text is something else.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::decode(&text).ok_or_else(|| D::Error::custom("not pairs of lower-case hexadecimal digits"))
    }
}

/// Bytes of any length that may be absent, for `#[serde(with = "hex_text::optional_bytes")]`.
pub(crate) mod optional_bytes {
    use rootcast_protocol::hex;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    /// Writes every one of these bytes, if there are any.
    ///
    /// # Errors
    /// What the serializer says.
    pub(crate) fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        bytes.as_deref().map(hex::encode).serialize(serializer)
    }

    /// Reads what was written so.
    ///
    /// # Errors
    /// When the text is something else.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let wrong = || D::Error::custom("not pairs of lower-case hexadecimal digits");
        text.map(|text| hex::decode(&text).ok_or_else(wrong)).transpose()
    }
}
