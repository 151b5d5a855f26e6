//! What kept photographs from being read, counted by cause: the last words of a run give the most frequent one.
//!
//! Must not: decide anything about received symbols.

use std::collections::HashMap;
use std::mem::Discriminant;

use rootcast_host::text::printable;

use super::Advice;

/// One photograph that was not read, or not wholly.
#[derive(Debug, Clone, PartialEq)]
pub struct NotRead {
    /// Its name, as it is told.
    pub(crate) title: String,
    /// How many of its codes were read, and what to do about the others; nothing where enough photographs were told of.
    pub(crate) line: Option<String>,
    /// Why.
    pub(crate) advice: Advice,
}

/// What was wrong with how many photographs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Causes {
    /// By what they are about: there are few.
    of: HashMap<Discriminant<Advice>, Cause>,
    photographs: u64,
}

/// One cause.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cause {
    photographs: u64,
    /// Which photograph was the last one, counted from 1, and its name.
    last: (u64, String),
    /// What is wrong with that one.
    what: String,
    /// What to do about it.
    next: Option<&'static str>,
}

impl Causes {
    /// Takes one more photograph into account.
    pub(crate) fn note(&mut self, NotRead { title, advice, .. }: NotRead) {
        self.photographs += 1;
        let photographs = self.of.get(&advice.kind()).map_or(0, |cause| cause.photographs) + 1;
        let (what, next) = (advice.what(), advice.next());
        self.of.insert(advice.kind(), Cause { photographs, last: (self.photographs, title), what, next });
    }

    /// What was wrong with most of them, of several with the last one: why, naming it, and what to do.
    pub(crate) fn most(&self) -> Option<(String, String)> {
        let most = self.of.values().max_by_key(|cause| (cause.photographs, cause.last.0))?;
        let Cause { photographs, last: (_, title), what, next } = most;
        let others = match photographs - 1 {
            0 => String::new(),
            1 => " (and 1 more like it)".to_owned(),
            others => format!(" (and {others} more like it)"),
        };
        let next = next.map_or_else(|| what.clone(), str::to_owned);
        Some((format!("{}{others}: {what}", printable(title)), next))
    }
}

#[cfg(test)]
mod tests {
    use super::{Advice, Causes, NotRead};

    #[test]
    fn the_most_frequent_cause_is_given_with_the_numbers_of_its_last_photograph() {
        let mut causes = Causes::default();
        assert_eq!(causes.most(), None);
        let photographs =
            [("a", Advice::Black), ("b", Advice::TooSmall(1.0)), ("c", Advice::TooSmall(1.4)), ("d", Advice::NoCode)];
        for (title, advice) in photographs {
            causes.note(NotRead { title: title.to_owned(), line: None, advice });
        }
        let (why, next) = causes.most().unwrap();
        assert_eq!(why, "c (and 1 more like it): too small: 1.4 pixels a module, but 2.2 are needed");
        assert!(next.starts_with("come closer"), "{next}");
        // Of two that are as frequent, that of the last photograph.
        causes.note(NotRead { title: "e".to_owned(), line: None, advice: Advice::NoCode });
        assert!(causes.most().unwrap().0.starts_with("e (and 1 more like it): no code seen"));
    }
}
