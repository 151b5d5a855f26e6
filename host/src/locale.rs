//! Whether the terminal in front of the operator takes characters beyond ASCII, as the locale says (locale(7)), and texts
//! for one that does not.
//!
//! A terminal that does not shows an underscore or rubbish for each of them. Must not: write anything.

use std::borrow::Cow;
use std::io::{self, IsTerminal};
use std::sync::OnceLock;

use rustix::fs::FileType;

/// The variables of the environment that name the locale of characters: the first that is set decides.
const VARIABLES: [&str; 3] = ["LC_ALL", "LC_CTYPE", "LANG"];

/// Whether the locale of this process is one of UTF-8: the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set decides.
#[must_use]
pub fn is_utf8() -> bool {
    static IS_UTF8: OnceLock<bool> = OnceLock::new();
    *IS_UTF8.get_or_init(|| is_utf8_in(of_environment))
}

/// The variable to set for another locale: the one that decides now.
#[must_use]
pub fn variable() -> &'static str {
    VARIABLES.into_iter().find(|name| of_environment(name).is_some_and(|value| !value.is_empty())).unwrap_or("LANG")
}

fn of_environment(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// The same in another environment.
fn is_utf8_in(variable: impl Fn(&str) -> Option<String>) -> bool {
    let value = VARIABLES.into_iter().filter_map(variable).find(|value| !value.is_empty()).unwrap_or_default();
    let value = value.to_ascii_lowercase();
    value.contains("utf-8") || value.contains("utf8")
}

/// Whether standard error is a terminal in a locale without UTF-8.
#[must_use]
pub(crate) fn is_ascii_terminal() -> bool {
    static IS_ASCII: OnceLock<bool> = OnceLock::new();
    *IS_ASCII.get_or_init(|| {
        let status = rustix::fs::fstat(io::stderr());
        let is_device = status.is_ok_and(|status| FileType::from_raw_mode(status.st_mode) == FileType::CharacterDevice);
        is_device && !is_utf8() && io::stderr().is_terminal()
    })
}

/// `text` as this standard error can show it.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    if is_ascii_terminal() { in_ascii(text) } else { Cow::Borrowed(text) }
}

/// `text` without any character beyond ASCII: signs that look alike where there are some, else `\u{…}`.
#[must_use]
pub fn in_ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '·' | '–' | '—' => out.push('-'),
            '×' => out.push('x'),
            '…' | '░' => out.push('.'),
            '█' | '▀' | '▄' => out.push('#'),
            '→' => out.push('>'),
            '≤' => out.push_str("<="),
            '≥' => out.push_str(">="),
            '’' | '‘' => out.push('\''),
            '“' | '”' => out.push('"'),
            c if c.is_ascii() => out.push(c),
            c => out.extend(c.escape_unicode()),
        }
    }
    Cow::Owned(out)
}

/// Whether the environment asks for no colour (`NO_COLOR`, <https://no-color.org>): it is set, and not empty.
#[must_use]
pub(crate) fn is_without_colour() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{in_ascii, is_utf8_in};

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let is = |set: &[(&str, &str)]| {
            is_utf8_in(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        for (set, wanted) in [
            (&[("LANG", "C.UTF-8")][..], true),
            (&[("LANG", "de_DE.utf8")], true),
            (&[("LC_CTYPE", "C.UTF-8"), ("LANG", "C")], true),
            (&[("LC_ALL", ""), ("LANG", "en_US.UTF-8")], true),
            (&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")], false),
            (&[("LANG", "de_DE.ISO-8859-1")], false),
            (&[("LANG", "de_DE")], false),
            (&[], false),
        ] {
            assert_eq!(is(set), wanted, "{set:?}");
        }
    }

    #[test]
    fn what_ascii_does_not_have_is_shown_by_what_it_has() {
        assert_eq!(in_ascii("45/60 · version 10 × 2… [██░░]"), "45/60 - version 10 x 2. [##..]");
        assert_eq!(in_ascii("CN=Zürich"), "CN=Z\\u{fc}rich");
        assert_eq!(in_ascii("\x1b[2J\n"), "\x1b[2J\n");
    }
}
