//! Text that people read, made safe to print.
//!
//! Names in a certificate, file names in a manifest and paths in an error come from elsewhere. Printed as they are, they
//! could move the cursor, recolour the screen or reorder a line (bidi controls).

use std::fmt::Write as _;

/// `text` with every control, bidi-control and other invisible character written as `\u{…}`, at most `CHARS_MAX`
/// characters of it.
#[must_use]
pub fn printable(text: &str) -> String {
    const CHARS_MAX: usize = 300;
    let mut out = String::with_capacity(text.len().min(CHARS_MAX));
    for (at, c) in text.chars().enumerate() {
        if at == CHARS_MAX {
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

/// A text of several lines made safe to print, in one line.
#[must_use]
pub fn in_one_line(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("; ")
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

fn is_plain(c: char) -> bool {
    let invisible = matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{ffa0}'
        | '\u{e0000}'..='\u{e0fff}');
    !c.is_control() && !invisible
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

/// `1 frame`, `2 frames`.
#[must_use]
pub fn count(number: u64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else if let Some(stem) = noun.strip_suffix('y') {
        format!("{number} {stem}ies")
    } else {
        format!("{number} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::{count, printable, printable_json};

    #[test]
    fn escapes_and_bidi_controls_are_spelt_out() {
        assert_eq!(printable("CN=\u{1b}[2JEvil\u{202e}txt"), "CN=\\u{1b}[2JEvil\\u{202e}txt");
        assert_eq!(printable("Zürich Root, O=日本"), "Zürich Root, O=日本");
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
    fn a_very_long_name_is_cut() {
        assert_eq!(printable(&"x".repeat(10_000)).chars().count(), 301);
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(
            (count(1, "entry").as_str(), count(2, "entry").as_str(), count(0, "frame").as_str()),
            ("1 entry", "2 entries", "0 frames")
        );
    }
}
