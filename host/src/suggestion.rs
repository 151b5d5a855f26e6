//! Suggestions for a mistyped word: which known word was probably meant.

/// Of the words in `known`, the one that `typed` is most like, if it is like one at all: at most a third of its letters are
/// wrong, missing, too many, or two neighbours swapped. Case does not matter. A word that `typed` begins with, or that
/// begins with `typed`, counts as like it from three letters on; one whose beginning differs from `typed` in one letter
/// does from six on.
#[must_use]
pub fn nearest<'k>(typed: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    /// Longest word that is compared: the work grows with the square of it.
    const LETTERS_MAX: usize = 60;
    /// From so many letters on, a word that begins with them is meant, whatever else is like them.
    const LONG: usize = 6;
    let typed: Vec<char> = typed.to_lowercase().chars().take(LETTERS_MAX).collect();
    let mut best: Option<(usize, &str)> = None;
    for word in known {
        let letters: Vec<char> = word.to_lowercase().chars().take(LETTERS_MAX).collect();
        let begins =
            typed.len().min(letters.len()) >= 3 && (letters.starts_with(&typed) || typed.starts_with(&letters));
        let most = typed.len().max(letters.len()) / 3;
        let to_beginnings = distances(&typed, &letters);
        let wrong = to_beginnings.last().copied().unwrap_or_default();
        let nearly_begins = typed.len() >= LONG && to_beginnings.iter().any(|wrong| *wrong <= 1);
        let rank = if typed.len() >= LONG && letters.starts_with(&typed) {
            wrong.min(1)
        } else if wrong <= most.max(1) && wrong < letters.len() {
            wrong
        } else if begins {
            most + 1
        } else if nearly_begins {
            most + 2
        } else {
            continue;
        };
        if best.is_none_or(|(least, _)| rank < least) {
            best = Some((rank, word));
        }
    }
    best.map(|(_, word)| word)
}

/// The sentence for [`nearest`]: ` Did you mean serial?` with a space before it, or nothing.
#[must_use]
pub(crate) fn did_you_mean<'k>(typed: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    nearest(typed, known).map_or_else(String::new, |word| format!(" Did you mean {word}?"))
}

/// Letters to change, add, leave out or swap with their neighbour, so that one word becomes the other (the optimal string
/// alignment distance): for each beginning of the other, from no letter to all of them.
fn distances(one: &[char], other: &[char]) -> Vec<usize> {
    let row_of_nothing: Vec<usize> = (0..=other.len()).collect();
    let (mut before, mut last) = (row_of_nothing.clone(), row_of_nothing);
    for (row, letter) in one.iter().enumerate() {
        let mut this = vec![row + 1];
        for (column, against) in other.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX - 1);
            let changed = at(&last, column) + usize::from(letter != against);
            let mut least = changed.min(at(&last, column + 1) + 1).min(at(&this, column) + 1);
            let swapped =
                row > 0 && column > 0 && one.get(row - 1) == Some(against) && other.get(column - 1) == Some(letter);
            if swapped {
                least = least.min(at(&before, column - 1) + 1);
            }
            this.push(least);
        }
        before = std::mem::replace(&mut last, this);
    }
    last
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, distances, nearest};

    const COMMANDS: [&str; 8] = ["trust", "retire", "receive", "check", "status", "held", "alarm", "link"];

    #[test]
    fn a_mistyped_word_finds_the_one_that_was_meant() {
        for (typed, meant) in [
            ("recieve", "receive"),
            ("Status", "status"),
            ("statsu", "status"),
            ("stat", "status"),
            ("hold", "held"),
            ("alarms", "alarm"),
            ("lnik", "link"),
        ] {
            assert_eq!(nearest(typed, COMMANDS), Some(meant), "{typed}");
        }
        assert_eq!(did_you_mean("htlm", ["png", "gif", "html", "pdf"]), " Did you mean html?");
    }

    #[test]
    fn a_letter_changed_added_left_out_or_swapped_counts_as_one() {
        for (left, right, far) in [
            ("held", "held", 0),
            ("hold", "held", 1),
            ("hel", "held", 1),
            ("helds", "held", 1),
            ("hedl", "held", 1),
            ("", "held", 4),
            ("usage", "", 5),
        ] {
            let [one, other]: [Vec<char>; 2] = [left, right].map(|word| word.chars().collect());
            assert_eq!(distances(&one, &other).last(), Some(&far), "{left} {right}");
        }
    }

    #[test]
    fn a_beginning_with_one_wrong_letter_finds_the_whole_word() {
        let rules = ["CRL-FIRST", "CRL-NUMBER-MISSING", "CRL-NUMBER-LOWER"];
        for (typed, meant) in [
            ("CRL-NUMBR", Some("CRL-NUMBER-LOWER")),
            ("crl-nubmer", Some("CRL-NUMBER-LOWER")),
            ("crl-number-lwer", Some("CRL-NUMBER-LOWER")),
            ("crl-nmbr", None),
            ("crl-x", None),
        ] {
            assert_eq!(nearest(typed, rules), meant, "{typed}");
        }
    }

    #[test]
    fn a_word_like_none_of_them_finds_none() {
        for typed in ["", "x", "publish", "zz", "no such command", &"a".repeat(10_000)] {
            assert_eq!(nearest(typed, COMMANDS), None, "{typed}");
        }
        assert_eq!(did_you_mean("publish", COMMANDS), "");
    }
}
