//! The letters of a severity, as `docs/rules.md` has them, for people at a screen: only those that a rule has are explained.

use rootcast_host::configuration::Side;
use rootcast_pki::profile::Profile;

/// A letter, what it is called in a legend, and what becomes of the item.
const LETTERS: [(char, &str, &str); 4] = [
    ('R', "reject", "rejected"),
    ('H', "hold for a person's decision", "held for a person's decision"),
    ('W', "warn", "a warning"),
    ('–', "nothing", "nothing"),
];

/// A severity for people: one letter alone, or two for the two profiles, as words; anything else with a legend of the letters
/// that are in it.
pub(super) fn in_words(severity: &str) -> String {
    let (webpki, private) = (Profile::Webpki, Profile::Private);
    let word = |part: &str| LETTERS.iter().find(|(letter, _, _)| part.chars().eq([*letter])).map(|(_, _, word)| *word);
    if let Some(word) = word(severity) {
        return word.to_owned();
    }
    if let Some((one, other)) = severity.split_once(" / ").and_then(|(one, other)| Some((word(one)?, word(other)?))) {
        return format!("{one} in {webpki}, {other} in {private}");
    }
    let is_there = |letter: char| severity.split([' ', ';', ',', '\n']).any(|part| part.chars().eq([letter]));
    let meanings = LETTERS.iter().filter(|(letter, _, _)| is_there(*letter));
    let meanings: Vec<String> = meanings.map(|(letter, meaning, _)| format!("{letter} {meaning}")).collect();
    let pair =
        pair_in(severity).map(|(one, other)| format!(". {one} / {other}: {one} in {webpki}, {other} in {private}"));
    format!("{severity}\n({}{}.)", meanings.join(", "), pair.unwrap_or_default())
}

/// The first two letters with a stroke between them.
fn pair_in(severity: &str) -> Option<(char, char)> {
    let is_letter = |one: char| LETTERS.iter().any(|(letter, _, _)| *letter == one);
    let letters: Vec<char> = severity.chars().collect();
    letters.windows(5).find_map(|five| match five {
        [one, ' ', '/', ' ', other] if is_letter(*one) && is_letter(*other) => Some((*one, *other)),
        _ => None,
    })
}

/// A text about a rule as it holds on a side: the offline program has no exit 6, and publishes nothing.
pub(super) fn on_side(text: &str, side: Side) -> String {
    match side {
        Side::Online => text.to_owned(),
        Side::Offline => {
            text.replace("exit 6", "exit 6 online").replace("that is published here.", "that is published online.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{in_words, on_side};
    use rootcast_host::configuration::Side;

    #[test]
    fn a_severity_is_told_in_words_and_only_its_own_letters_are_explained() {
        for (severity, told) in [
            ("R", "rejected"),
            ("H / W", "held for a person's decision in webpki, a warning in private"),
            ("R / –", "rejected in webpki, nothing in private"),
            ("R, exit 6", "R, exit 6\n(R reject.)"),
            (
                "R; path length H / W",
                "R; path length H / W\n(R reject, H hold for a person's decision, W warn. H / W: H in webpki, W in private.)",
            ),
        ] {
            assert_eq!(in_words(severity), told);
        }
    }

    #[test]
    fn the_offline_side_is_not_told_of_an_exit_that_it_does_not_have() {
        assert_eq!(on_side("R, exit 6", Side::Offline), "R, exit 6 online");
        assert_eq!(on_side("R, exit 6", Side::Online), "R, exit 6");
    }
}
