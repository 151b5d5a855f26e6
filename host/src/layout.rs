//! How text for people is laid out: lines that break between words, words to read aloud in columns, a bar with the time
//! that is left.
//!
//! Must not: ask how wide a terminal is, or write to it.

use std::time::Duration;

use crate::clock::duration_text;
use crate::shell_command::{self, Found};

/// Words in a row where people read them aloud.
const WORDS_IN_ROW: usize = 4;
/// What stands before a text, which goes on behind it.
const MARKS: [&str; 5] = ["- ", "* ", "--> ", "= help: ", "= see "];
/// The deepest indent that the continuation of a line gets.
const INDENT_MAX: usize = 24;

/// `text` in lines of at most `columns` characters, broken between words. The rest of a line is indented like its first
/// words, and under its text where a name stands before it (`  why:  …`, `    size        …`). A word that is longer than
/// a line is not broken: it can be copied. A command for a shell goes on behind a backslash, so it can be copied too: it is
/// broken between its arguments only, and before an option rather than behind it. Nothing else but spaces and line ends
/// changes.
#[must_use]
pub fn wrapped(text: &str, columns: usize) -> String {
    text.split('\n').map(|line| wrapped_line(line, columns)).collect::<Vec<_>>().join("\n")
}

/// Whether a line goes into a file as it is: `public_key_sha256 = "…"`.
fn is_setting(line: &str) -> bool {
    let is_key = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
    };
    line.trim_start_matches(' ').split_once(" = \"").is_some_and(|(name, _)| is_key(name))
}

fn wrapped_line(line: &str, columns: usize) -> String {
    if line.chars().count() <= columns || is_setting(line) {
        return line.to_owned();
    }
    let indent = hanging_indent(line).min(columns / 2);
    let mut wrapped = String::with_capacity(line.len() + 16);
    let mut width = 0;
    let mut has_word = false;
    // Spaces before a word belong to it, so that columns stay columns.
    for Piece { text, goes_on, ends } in pieces(line, columns.saturating_sub(indent)) {
        let (spaces, word) = text.split_at(text.len() - text.trim_start_matches(' ').len());
        let length = word.chars().count();
        // The backslash behind it needs room.
        let room = if ends { length } else { length + " \\".len() };
        // A digest that has room in a line has it further to the left. What is longer than a line stays where it is.
        let indent = match goes_on {
            true => indent + "  ".len(),
            false if room <= columns => indent.min(columns - room),
            false => indent,
        };
        let gains = width + spaces.len() > indent;
        if has_word && gains && width + spaces.len() + room > columns {
            wrapped.push_str(if goes_on { " \\\n" } else { "\n" });
            wrapped.push_str(&" ".repeat(indent));
            width = indent;
        } else {
            wrapped.push_str(spaces);
            width += spaces.len();
        }
        wrapped.push_str(word);
        width += length;
        has_word |= length > 0;
    }
    wrapped
}

/// What is not broken: a word, an argument of a command, or a whole command; with the spaces before it.
struct Piece<'l> {
    text: &'l str,
    /// The command before it goes on with it.
    goes_on: bool,
    /// No command goes on behind it.
    ends: bool,
}

impl<'l> Piece<'l> {
    const fn word(text: &'l str) -> Self {
        Self { text, goes_on: false, ends: true }
    }
}

/// A line in pieces. A command between backquotes that has room in a line of `room` characters is one.
fn pieces(line: &str, room: usize) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some(Found { before, command, behind }) = shell_command::first_in(rest) {
        pieces.extend(shell_command::words(before).map(Piece::word));
        let command_text = command.trim_start_matches(' ');
        if command_text.starts_with(['`', '(']) && command_text.chars().count() <= room {
            pieces.push(Piece::word(command));
        } else {
            let arguments = shell_command::arguments(command);
            let last = arguments.len().saturating_sub(1);
            let piece = |(at, text)| Piece { text, goes_on: at > 0, ends: at == last };
            pieces.extend(arguments.into_iter().enumerate().map(piece));
        }
        rest = behind;
    }
    pieces.extend(shell_command::words(rest).map(Piece::word));
    pieces
}

/// Where the continuation of a line begins: under the text behind a name, which two spaces or more end, or two columns
/// further in than the line itself.
fn hanging_indent(line: &str) -> usize {
    let start = line.len() - line.trim_start_matches(' ').len();
    let text = line.get(start..).unwrap_or_default();
    // With more spaces behind it, it is the name of a column.
    let is_mark = |mark: &&&str| text.strip_prefix(**mark).is_some_and(|rest| !rest.starts_with(' '));
    let mark = MARKS.iter().find(is_mark);
    // `name    text`: the first run of two spaces, if it comes early.
    let under = text.find("  ").and_then(|at| {
        let behind = text.get(at..)?;
        Some(start + text.get(..at)?.chars().count() + (behind.len() - behind.trim_start_matches(' ').len()))
    });
    // `  next: text`, the last of three parts that begin in one column.
    let name = text.split_once(": ").map(|(name, _)| name).filter(|name| start > 0 && !name.contains(' '));
    // `  hold[RULE]: text`: rules are of every length, and their texts begin in one column.
    let is_finding = name.is_some_and(|name| name.ends_with(']'));
    let behind_name = name.map(|name| start + name.chars().count() + ": ".len());
    match under.or(behind_name) {
        _ if mark.is_some() => start + mark.map_or(0, |mark| mark.len()),
        None => start.max(2),
        Some(_) if is_finding && under.is_none() => start + 2,
        Some(column) if column <= INDENT_MAX => column,
        Some(_) => start.max(2),
    }
}

/// Words to be read aloud or compared, in rows of four under each other: 8 words in 2 rows, 16 in 4. Other numbers of words
/// fill rows of four, too.
#[must_use]
pub(crate) fn word_rows(words: &str) -> Vec<String> {
    let words: Vec<&str> = words.split_whitespace().collect();
    let widths: Vec<usize> = (0..WORDS_IN_ROW)
        .map(|column| {
            let of_column = words.iter().skip(column).step_by(WORDS_IN_ROW);
            of_column.map(|word| word.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let row = |words: &[&str]| {
        let cells = words.iter().zip(&widths).map(|(word, width)| format!("{word:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    words.chunks(WORDS_IN_ROW).map(row).collect()
}

/// [`word_rows`] behind `first`, each further row under the first one: `words    aardvark  …`.
#[must_use]
pub(crate) fn word_grid(first: &str, words: &str) -> String {
    let indent = " ".repeat(first.chars().count());
    let rows = word_rows(words);
    let line = |(at, row): (usize, &String)| format!("{}{row}", if at == 0 { first } else { &indent });
    rows.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

/// A bar of `width` cells filled to `part` of `whole`.
#[must_use]
pub fn bar(part: u64, whole: u64, width: usize) -> String {
    let part = part.min(whole);
    let filled = match whole {
        0 => 0,
        _ => usize::try_from(u128::from(part) * (width as u128) / u128::from(whole)).unwrap_or(width),
    };
    format!("[{}{}]", "█".repeat(filled), "░".repeat(width - filled.min(width)))
}

/// The bar of something that is `part` of `whole` and began `elapsed` ago, and how long the rest takes at the same pace:
/// `[████░░░░] 50 %, 12s left`. Before anything is done, nobody knows how long it takes.
#[must_use]
pub fn bar_with_time_left(part: u64, whole: u64, elapsed: Duration) -> String {
    const CELLS: usize = 20;
    let percent = u128::from(part.min(whole)) * 100 / u128::from(whole.max(1));
    let left = match time_left(part, whole, elapsed) {
        Some(time) => format!(", {} left", duration_text(time)),
        None if part > 0 => ", the last of it".to_owned(),
        None => String::new(),
    };
    format!("{} {percent} %{left}", bar(part, whole, CELLS))
}

/// How long the rest of something takes at the pace so far, rounded up to a second. Before anything is done nobody knows,
/// and at its end nothing is left.
#[must_use]
pub fn time_left(part: u64, whole: u64, elapsed: Duration) -> Option<Duration> {
    let rest = whole.checked_sub(part).filter(|rest| part > 0 && *rest > 0)?;
    let millis = u128::from(rest).saturating_mul(elapsed.as_millis()) / u128::from(part);
    Some(Duration::from_secs(u64::try_from(millis.div_ceil(1_000)).unwrap_or(u64::MAX)))
}

/// The same for something that ends after a time.
#[must_use]
pub fn bar_of_time(elapsed: Duration, whole: Duration) -> String {
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    bar_with_time_left(millis(elapsed.min(whole)), millis(whole), elapsed)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    /// A word longer than a line stays on the line of its name.
    #[test]
    fn a_word_is_moved_to_the_next_line_only_where_it_has_more_room_there() {
        let line = "  file   published/ca/0123456789.crt";
        assert_eq!(wrapped(line, 20), line);
        assert_eq!(
            wrapped("  file   of published/ca/0123456789.crt", 20),
            "  file   of\n         published/ca/0123456789.crt"
        );
    }

    #[test]
    fn what_goes_on_behind_a_mark_a_finding_or_a_name_stands_under_its_text() {
        for (line, broken) in [
            ("  --> some file, a field", "  --> some file, a\n      field"),
            ("  hold[CRL-A]: one two", "  hold[CRL-A]: one\n    two"),
            ("  issuer  one two three", "  issuer  one two\n         three"),
        ] {
            assert_eq!(wrapped(line, 19), broken);
        }
        // At most to the middle.
        assert_eq!(wrapped("   = help: one two three", 22), "   = help: one two\n           three");
        assert_eq!(wrapped("   = help: one two three", 19), "   = help: one two\n         three");
    }

    use super::{bar, bar_of_time, bar_with_time_left, time_left, word_grid, word_rows, wrapped};

    #[test]
    fn lines_break_between_words_and_hang_under_their_text() {
        assert_eq!(wrapped("one two three", 20), "one two three");
        assert_eq!(wrapped("one two three four", 10), "one two\n  three\n  four");
        assert_eq!(
            wrapped("  why:  the number is lower than the last one", 24),
            "  why:  the number is\n        lower than the\n        last one"
        );
        assert_eq!(
            wrapped("    size        12 bytes of DER in this file", 32),
            "    size        12 bytes of DER\n                in this file"
        );
        assert_eq!(wrapped("- a point with several words", 16), "- a point with\n  several words");
        assert_eq!(
            wrapped("  next: run it again with another link", 25),
            "  next: run it again with\n        another link"
        );
        assert_eq!(wrapped("a\n\nb c", 80), "a\n\nb c");
        let command = "  ssh-keygen -Y sign -n rootcast-ceremony -f KEY rehearsal/to-be-signed.txt";
        let broken = "  ssh-keygen -Y sign \\\n    -n rootcast-ceremony -f KEY \\\n    rehearsal/to-be-signed.txt";
        assert_eq!(wrapped(command, 40), broken, "it is copied into a shell");
        let labelled = "  accept with: rootcast-online held accept 01-3f --by 'O. Operator' --because 'by telephone'";
        let broken = "  accept with: rootcast-online held \\\n    accept 01-3f --by 'O. Operator' \\\n    --because 'by telephone'";
        assert_eq!(wrapped(labelled, 40), broken);
        let quoted = "Let them run `rootcast-offline journal verify --head WORDS`, and compare.";
        assert_eq!(
            wrapped(quoted, 50),
            "Let them run\n  `rootcast-offline journal verify --head WORDS`,\n  and compare."
        );
        assert_eq!(
            wrapped(quoted, 40),
            "Let them run `rootcast-offline journal \\\n    verify --head WORDS`, and compare."
        );
        let digest = format!("  the name of an object, SHA-256  {}", "0123456789abcdef".repeat(4));
        let lines = wrapped(&digest, 70);
        assert!(lines.lines().all(|line| line.chars().count() <= 70), "{lines}");
        let setting = "public_key_sha256 = \"0123456789abcdef0123456789abcdef\"";
        assert_eq!(wrapped(setting, 40), setting, "it is copied into a file");
        let indented = format!("        {setting}");
        assert_eq!(wrapped(&indented, 40), indented, "also where it is indented");
        assert!(wrapped("two words = \"0123456789abcdef0123456789abcdef\"", 40).contains('\n'), "no setting");
    }

    #[test]
    fn no_line_is_too_long_but_a_single_word_and_nothing_is_lost() {
        let text = "error[held]: one item waits for a decision\n  why:  0123456789abcdef0123456789abcdef0123456789abcdef \
                    was held by CRL-BURST\n  next: held accept 0123456789ab --by NAME --because TEXT · ünïcödé wörds\n  discard with: rootcast-online \
                    held discard 0123456789ab --state '/a folder/of an operator' --by 'O. O' --because 'it is not ours'";
        for width in 20..120 {
            let broken = wrapped(text, width);
            for line in broken.lines() {
                let text = line.trim_start();
                let is_argument = text.starts_with('-') && !text.contains(" --");
                let is_one = line.split_whitespace().count() == 1 || is_argument;
                // Nothing is gained where a word is longer than a line.
                let has_long = line.split_whitespace().any(|word| word.chars().count() > width);
                assert!(line.chars().count() <= width || is_one || has_long, "{width}: {line:?}");
            }
            let joined = broken.replace(" \\\n", "");
            assert!(joined.split_whitespace().eq(text.split_whitespace()), "{width}\n{broken}");
            assert!(broken.contains("--because 'it is not ours'"), "an option and its value stay together\n{broken}");
            assert!(!broken.lines().any(|line| line.ends_with(' ')), "{width}\n{broken}");
        }
    }

    #[test]
    fn sixteen_words_are_four_rows_and_eight_are_two() {
        let words: Vec<String> = (0..16).map(|at| "w".repeat(at % 5 + 1)).collect();
        let rows = word_rows(&words.join(" "));
        assert_eq!(rows.len(), 4);
        assert!(rows.iter().all(|row| row.split_whitespace().count() == 4));
        assert_eq!(word_rows("a bb c d e f gg h"), ["a  bb  c   d", "e  f   gg  h"]);
        assert_eq!(word_grid("words  ", "a b c d e f g h"), "words  a  b  c  d\n       e  f  g  h");
        assert!(word_rows("").is_empty());
    }

    #[test]
    fn a_bar_says_how_long_the_rest_takes_at_this_pace() {
        let after = |seconds| Duration::from_secs(seconds);
        assert_eq!(bar_with_time_left(0, 100, after(3)), "[░░░░░░░░░░░░░░░░░░░░] 0 %");
        assert_eq!(bar_with_time_left(50, 100, after(30)), "[██████████░░░░░░░░░░] 50 %, 30s left");
        assert_eq!(bar_with_time_left(99, 100, after(1)), "[███████████████████░] 99 %, 1s left");
        assert!(bar_with_time_left(100, 100, after(9)).contains("100 %, the last of it"));
        assert_eq!((time_left(0, 9, after(1)), time_left(9, 9, after(1))), (None, None));
        assert_eq!(bar_of_time(after(60), after(120)), "[██████████░░░░░░░░░░] 50 %, 1m 0s left");
        assert!(bar_with_time_left(1, u64::MAX, after(u64::MAX)).contains("left"));
    }

    #[test]
    fn a_bar_is_full_only_when_the_whole_is_there() {
        assert_eq!(bar(0, 60, 4), "[░░░░]");
        assert_eq!(bar(59, 60, 4), "[███░]");
        assert_eq!(bar(61, 60, 4), "[████]");
        assert_eq!(bar(1, 0, 4), "[░░░░]");
    }
}
