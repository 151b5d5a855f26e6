//! The name that was probably meant: the one with the fewest letters to change, add, leave out or swap.

/// Letters that may differ at most, for a name to be offered: a third of it.
const SHARE: usize = 3;

/// Letters of a typed name that are compared. The longest name that there is has 22.
const COMPARED_MAX: usize = 40;

/// The nearest of the names, in any case; none if none is near.
pub(super) fn nearest<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let typed = typed.to_ascii_lowercase();
    let ranked = names.map(|name| (distance(&typed, &name.to_ascii_lowercase()), name));
    // The first of equals: the order of the documents.
    let (far, name) = ranked.min_by_key(|(far, _)| *far)?;
    (far <= name.len().div_ceil(SHARE)).then_some(name)
}

/// How many letters have to be changed, added, left out, or swapped with the next one (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut above: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    let mut before = None;
    for (row, letter) in left.chars().take(COMPARED_MAX).enumerate() {
        let mut next = vec![row + 1];
        for (column, other) in right.iter().enumerate() {
            let at = |line: &[usize], place: usize| line.get(place).copied().unwrap_or(usize::MAX - 1);
            let mut least = at(&last, column) + usize::from(letter != *other);
            least = least.min(at(&last, column + 1) + 1).min(at(&next, column) + 1);
            let swapped =
                column.checked_sub(1).filter(|there| before == Some(*other) && right.get(*there) == Some(&letter));
            if let Some(there) = swapped {
                least = least.min(at(&above, there) + 1);
            }
            next.push(least);
        }
        above = std::mem::replace(&mut last, next);
        before = Some(letter);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

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
            assert_eq!(distance(left, right), far, "{left} {right}");
        }
    }

    #[test]
    fn the_nearest_name_is_offered_and_a_far_one_is_not() {
        let names = || ["CRL-FIRST", "CRL-FUTURE", "held", "link-failed"].into_iter();
        for (typed, wanted) in [
            ("CRL-FRIST", Some("CRL-FIRST")),
            ("crlfirst", Some("CRL-FIRST")),
            ("crl-futur", Some("CRL-FUTURE")),
            ("linkfailed", Some("link-failed")),
            ("zzzzzzzz", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, names()), wanted, "{typed}");
        }
        assert_eq!(nearest("", [].into_iter()), None);
        assert_eq!(nearest(&"é".repeat(5000), names()), None);
    }
}
