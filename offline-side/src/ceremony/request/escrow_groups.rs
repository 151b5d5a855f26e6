//! `[escrow] groups`: the names of the two groups that hold a root's key together.

use std::fmt;

/// Longest name, in letters: it stands on every page and in every question.
pub(crate) const NAME_LENGTH_MAX: usize = 16;

/// The names of the two groups. The key of the first one wraps the root's key within the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EscrowGroups([String; 2]);

/// Why these are no names of two groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupsFault {
    /// Not two of them.
    Count(usize),
    /// Not a name.
    Name(String),
    /// Twice the same one.
    Same,
}

impl fmt::Display for GroupsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(found) => write!(f, "groups has {found} names; it needs two, like [\"BOARD\", \"OPERATIONS\"]"),
            Self::Name(name) => write!(
                f,
                "the group name {name:?} is not one: a name has 1 to {NAME_LENGTH_MAX} capital letters A to Z, like BOARD"
            ),
            Self::Same => f.write_str("both groups have the same name; two groups of people hold the key together"),
        }
    }
}

impl std::error::Error for GroupsFault {}

impl EscrowGroups {
    /// Two different names in capital letters.
    ///
    /// # Errors
    /// When they are not.
    pub(crate) fn new(names: Vec<String>) -> Result<Self, GroupsFault> {
        let is_name = |name: &String| {
            (1..=NAME_LENGTH_MAX).contains(&name.len()) && name.bytes().all(|letter| letter.is_ascii_uppercase())
        };
        let names: [String; 2] = names.try_into().map_err(|names: Vec<String>| GroupsFault::Count(names.len()))?;
        if let Some(wrong) = names.iter().find(|name| !is_name(name)) {
            return Err(GroupsFault::Name(wrong.clone()));
        }
        let [first, second] = &names;
        if first == second { Err(GroupsFault::Same) } else { Ok(Self(names)) }
    }

    /// Both names.
    #[must_use]
    pub(crate) fn names(&self) -> &[String; 2] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{EscrowGroups, GroupsFault};

    #[test]
    fn two_different_names_in_capital_letters_are_wanted() {
        let read = |names: &[&str]| EscrowGroups::new(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(read(&["BOARD", "OPERATIONS"]).unwrap().names(), &["BOARD", "OPERATIONS"]);
        assert_eq!(read(&["BOARD"]), Err(GroupsFault::Count(1)));
        assert_eq!(read(&["A", "B", "C"]), Err(GroupsFault::Count(3)));
        assert_eq!(read(&["BOARD", "BOARD"]), Err(GroupsFault::Same));
        for wrong in ["", "board", "BOARD 1", "THE-BOARD", "ABCDEFGHIJKLMNOPQ", "B\u{d6}ARD"] {
            assert_eq!(read(&["BOARD", wrong]), Err(GroupsFault::Name(wrong.to_owned())), "{wrong}");
        }
    }
}
