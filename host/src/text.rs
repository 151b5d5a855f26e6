//! Text that people read, made safe to print.
//!
//! Names in a certificate, file names in a manifest and paths in an error come from elsewhere. Printed as they are, they
//! could move the cursor, recolour the screen or reorder a line (bidi controls).

use std::fmt::Write as _;
use std::path::Path;

use unicode_general_category::{GeneralCategory as Category, get_general_category};

/// `text` with every control, invisible, stacking, private and unassigned character written as `\u{…}`, at most 300
/// characters of it: a name, a path, a value.
#[must_use]
pub fn printable(text: &str) -> String {
    printable_up_to(text, 300)
}

/// The same for a paragraph that a program wrote around such names: at most 2,000 characters of it, so that a command at its
/// end is whole.
#[must_use]
pub fn printable_paragraph(text: &str) -> String {
    printable_up_to(text, 2_000)
}

fn printable_up_to(text: &str, chars_max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(chars_max));
    for (at, c) in text.chars().enumerate() {
        if at == chars_max {
            out.push('…');
            break;
        }
        if is_plain(c) {
            out.push(c);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
    }
    out
}

/// A word of a command line, as a shell reads it: in quotes where it has more than letters, digits and `/._-+:@%=,`.
#[must_use]
pub fn shell_word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+:@%=,".contains(letter);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A path as a [word](shell_word) of a command line, safe to print. A path with what no terminal shows cannot be copied, and
/// is spelled out instead.
#[must_use]
pub fn shell_quoted(path: &Path) -> String {
    printable_paragraph(&shell_word(&path.display().to_string()))
}

/// A text of many words made safe to print, whole: [`printable`] cuts a text off, and this cuts single words off.
#[must_use]
pub fn printable_words(text: &str) -> String {
    text.split(' ').map(printable).collect::<Vec<_>>().join(" ")
}

/// A text of several lines made safe to print, in one line.
#[must_use]
pub fn in_one_line(text: &str) -> String {
    text.lines().map(printable).fold(String::new(), |mut text, line| {
        if !text.is_empty() {
            // A sentence has its end already.
            text.push_str(if text.ends_with(['.', ';', ':', '!', '?']) { " " } else { "; " });
        }
        text + &line
    })
}

/// `json` with every character that [`printable`] would spell out written as JSON's own `\u` escape: it says the same and
/// does nothing to a terminal. It was written by a JSON writer, so such characters stand in texts only.
#[must_use]
pub fn printable_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_plain(c) || c == '\n' {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

/// Whether a character stands for itself and nothing else on a screen: it takes its own room, and can be told from
/// nothing and from a space. Its general category in Unicode decides. `pki` has the same rule for names; a test compares.
fn is_plain(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    // Letters and a symbol that no font draws: the fillers of Hangul, and the empty braille cell.
    let is_blank = matches!(c, '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}');
    let is_hidden = matches!(
        get_general_category(c),
        Category::Control
            | Category::Format
            | Category::Surrogate
            | Category::PrivateUse
            | Category::Unassigned
            | Category::LineSeparator
            | Category::ParagraphSeparator
            | Category::SpaceSeparator
            | Category::NonspacingMark
            | Category::EnclosingMark
    );
    !(is_blank || is_hidden)
}

/// A number of bytes for people: `717 bytes`, `9.8 MB`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "rounded to one decimal anyway")]
pub fn bytes(count: u64) -> String {
    match count {
        0..10_000 => format!("{count} bytes"),
        10_000..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        _ => format!("{:.1} MB", count as f64 / 1e6),
    }
}

/// A whole number with its thousands apart: `109,688`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && at % 3 == first {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 frame`, `2 frames`.
#[must_use]
pub fn count(number: u64, noun: &str) -> String {
    let several = noun.strip_suffix('y').map_or_else(|| format!("{noun}s"), |stem| format!("{stem}ies"));
    count_of(number, noun, &several)
}

/// `1 person`, `2 people`: of a noun with a plural of its own.
#[must_use]
pub fn count_of(number: u64, one: &str, several: &str) -> String {
    let noun = if number == 1 { one } else { several };
    format!("{number} {noun}")
}

/// A sentence that begins with a capital letter.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{
        count, grouped, in_one_line, printable, printable_json, printable_paragraph, shell_quoted, shell_word,
    };

    #[test]
    fn a_word_with_a_blank_or_a_quote_is_one_word_for_a_shell() {
        for text in ["/a/b.der", "a folder", "it's", "", "serial:/dev/ttyS0,baud=9600", "$HOME", "a\nb"] {
            let script = format!("printf %s {}", shell_word(text));
            let said = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(said.stdout).unwrap(), text);
        }
    }

    /// One or more of every category that is not shown.
    const UNSEEN: [char; 22] = [
        '\u{7f}',
        '\u{85}',
        '\u{a0}',
        '\u{300}',
        '\u{34f}',
        '\u{489}',
        '\u{e31}',
        '\u{600}',
        '\u{115f}',
        '\u{17b4}',
        '\u{180b}',
        '\u{20dd}',
        '\u{2003}',
        '\u{2028}',
        '\u{2029}',
        '\u{2800}',
        '\u{e000}',
        '\u{fdd0}',
        '\u{1d173}',
        '\u{e0100}',
        '\u{f0000}',
        '\u{10ffff}',
    ];

    #[test]
    fn escapes_and_bidi_controls_are_spelt_out() {
        assert_eq!(printable("CN=\u{1b}[2JEvil\u{202e}txt"), "CN=\\u{1b}[2JEvil\\u{202e}txt");
        assert_eq!(printable("Zürich Root, O=日本"), "Zürich Root, O=日本");
        for unseen in UNSEEN {
            assert!(printable(&unseen.to_string()).starts_with("\\u{"), "{unseen:?}");
        }
        for seen in "azAZ09 ~äßøŁΩЖאع日本語ไก한글ｱ€→☃😀".chars() {
            assert_eq!(printable(&seen.to_string()), seen.to_string());
        }
        for unseen in ["\u{ad}", "\u{200b}", "\u{200c}", "\u{200d}", "\u{2060}", "\u{feff}", "\u{e0000}", "\u{e007f}"] {
            assert!(printable(unseen).starts_with("\\u{"), "{unseen:?}");
        }
    }

    #[test]
    fn json_says_the_same_without_a_raw_control_character() {
        let value = serde_json::json!({"name": "a\u{9b}2J\u{202e}b\u{7f}\u{e0041} ü\n"});
        for text in [value.to_string(), format!("{value:#}")] {
            let escaped = printable_json(&text);
            assert!(
                escaped.contains("\\u009b") && escaped.contains("\\u202e") && escaped.contains("\\u007f"),
                "{escaped}"
            );
            assert!(escaped.contains("\\udb40\\udc41") && escaped.contains('ü'), "{escaped}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), value);
        }
    }

    #[test]
    fn lines_become_one_and_a_sentence_keeps_its_end() {
        assert_eq!(in_one_line("Before: it works.\nNow: it is locked"), "Before: it works. Now: it is locked");
        assert_eq!(in_one_line("a\nb\u{1b}\n"), "a; b\\u{1b}");
        assert_eq!(in_one_line(""), "");
    }

    #[test]
    fn a_path_is_quoted_for_a_shell_where_that_matters() {
        let quoted = |path: &str| shell_quoted(path.as_ref());
        assert_eq!(quoted("/var/lib/root-1.state"), "/var/lib/root-1.state");
        assert_eq!(quoted("it's $HOME"), "'it'\\''s $HOME'");
        assert_eq!((quoted("-x"), quoted(""), quoted("a\u{1b}")), ("'-x'".into(), "''".into(), "'a\\u{1b}'".into()));
    }

    #[test]
    fn a_very_long_name_is_cut() {
        assert_eq!(printable(&"x".repeat(10_000)).chars().count(), 301);
        assert_eq!(printable_paragraph(&"x".repeat(10_000)).chars().count(), 2_001);
        assert_eq!(printable_paragraph("a\u{1b}b"), "a\\u{1b}b");
    }

    #[test]
    fn thousands_stand_apart() {
        let texts = [0, 7, 100, 1_000, 12_345, 109_688, 1_000_000].map(grouped);
        assert_eq!(texts, ["0", "7", "100", "1,000", "12,345", "109,688", "1,000,000"]);
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(
            (count(1, "entry").as_str(), count(2, "entry").as_str(), count(0, "frame").as_str()),
            ("1 entry", "2 entries", "0 frames")
        );
    }

    #[test]
    fn a_sentence_begins_with_a_capital_letter() {
        assert_eq!((super::capital("stop, and").as_str(), super::capital("").as_str()), ("Stop, and", ""));
    }
}
