//! The severities of a rule: in letters, as `docs/rules.md` has them, and for people at a screen, where only those letters
//! that a rule has are explained.

use std::fmt;

use rootcast_pki::profile::Profile;

/// What becomes of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Letter {
    /// It is rejected.
    R,
    /// It is held.
    H,
    /// It is warned of.
    W,
    /// Nothing.
    Nothing,
}

impl Letter {
    /// All of them, in the order of a legend.
    const ALL: [Self; 4] = [Self::R, Self::H, Self::W, Self::Nothing];

    /// What it is called in a legend.
    const fn meaning(self) -> &'static str {
        match self {
            Self::R => "reject",
            Self::H => "hold for a person's decision",
            Self::W => "warn",
            Self::Nothing => "nothing",
        }
    }

    /// What becomes of the item.
    const fn outcome(self) -> &'static str {
        match self {
            Self::R => "rejected",
            Self::H => "held for a person's decision",
            Self::W => "a warning",
            Self::Nothing => "nothing",
        }
    }
}

impl fmt::Display for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::R => "R",
            Self::H => "H",
            Self::W => "W",
            Self::Nothing => "–",
        })
    }
}

/// A part of a text about severities.
#[derive(Clone, Copy, Debug)]
pub(super) enum Piece {
    /// Words: when it is so.
    Text(&'static str),
    /// In both profiles.
    One(Letter),
    /// In the profile `webpki`, and in `private`.
    ByProfile(Letter, Letter),
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::One(letter) => letter.fmt(f),
            Self::ByProfile(webpki, private) => write!(f, "{webpki} / {private}"),
        }
    }
}

/// The severities of a rule. Shown as letters.
#[derive(Clone, Copy, Debug)]
pub(super) enum Severities {
    /// In both profiles.
    One(Letter),
    /// In the profile `webpki`, and in `private`.
    ByProfile(Letter, Letter),
    /// It depends.
    Prose(&'static [Piece]),
}

impl fmt::Display for Severities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(letter) => letter.fmt(f),
            Self::ByProfile(webpki, private) => Piece::ByProfile(*webpki, *private).fmt(f),
            Self::Prose(pieces) => pieces.iter().try_for_each(|piece| piece.fmt(f)),
        }
    }
}

impl Severities {
    /// For people: words alone, or the text with a legend of its letters.
    pub(super) fn in_words(self) -> String {
        match self {
            Self::One(letter) => letter.outcome().to_owned(),
            Self::ByProfile(webpki, private) => {
                let (one, other) = (Profile::Webpki, Profile::Private);
                format!("{} in {one}, {} in {other}", webpki.outcome(), private.outcome())
            }
            Self::Prose(_) => format!("{self}\n{}", self.legend()),
        }
    }

    /// What its letters mean, and which of a pair is for which profile.
    pub(super) fn legend(self) -> String {
        let whole = match self {
            Self::One(letter) => [Piece::One(letter)],
            Self::ByProfile(webpki, private) => [Piece::ByProfile(webpki, private)],
            Self::Prose(_) => [Piece::Text("")],
        };
        let pieces = if let Self::Prose(pieces) = self { pieces } else { &whole };
        let has = |letter: Letter| {
            pieces.iter().any(|piece| match piece {
                Piece::Text(_) => false,
                Piece::One(one) => *one == letter,
                Piece::ByProfile(webpki, private) => *webpki == letter || *private == letter,
            })
        };
        let meanings = Letter::ALL.into_iter().filter(|letter| has(*letter));
        let meanings: Vec<String> = meanings.map(|letter| format!("{letter} {}", letter.meaning())).collect();
        let pair = pieces.iter().find_map(|piece| match piece {
            Piece::ByProfile(webpki, private) => {
                let (one, other) = (Profile::Webpki, Profile::Private);
                Some(format!(". {webpki} / {private}: {webpki} in {one}, {private} in {other}"))
            }
            Piece::Text(_) | Piece::One(_) => None,
        });
        format!("({}{}.)", meanings.join(", "), pair.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use rootcast_pki::rule::Rule;

    use super::super::rules::{self, Wording};
    use super::Letter::{H, Nothing, R, W};
    use super::{Letter, Piece, Severities};

    #[test]
    fn a_severity_is_told_in_words_and_only_its_own_letters_are_explained() {
        for (severity, told) in [
            (Severities::One(R), "rejected"),
            (Severities::ByProfile(H, W), "held for a person's decision in webpki, a warning in private"),
            (Severities::ByProfile(R, Nothing), "rejected in webpki, nothing in private"),
            (Severities::Prose(&[Piece::One(R), Piece::Text(", exit 6")]), "R, exit 6\n(R reject.)"),
            (
                Severities::Prose(&[Piece::One(R), Piece::Text("; path length "), Piece::ByProfile(H, W)]),
                "R; path length H / W\n(R reject, H hold for a person's decision, W warn. H / W: H in webpki, W in private.)",
            ),
        ] {
            assert_eq!(severity.in_words(), told);
        }
    }

    /// A letter within words would have no place in the legend.
    #[test]
    fn no_letter_stands_within_the_words_of_a_severity() {
        let mut texts = 0;
        for rule in Rule::ALL {
            let Wording::Own(Severities::Prose(pieces)) = rules::text(*rule).severity else { continue };
            for text in pieces.iter().filter_map(|piece| if let Piece::Text(text) = piece { Some(text) } else { None })
            {
                let has = |letter: Letter| text.split([' ', ';', ',']).any(|word| word == letter.to_string());
                assert!(!Letter::ALL.into_iter().any(has), "{rule}: {text}");
                texts += 1;
            }
        }
        assert!(texts > 50, "{texts}");
    }
}
