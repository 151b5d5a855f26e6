//! The layout of an explanation: a heading, and texts beside their names, with lines broken between words.

/// Columns of a line.
const WIDTH: usize = 80;

/// Columns before a text.
const INDENT: usize = 12;

/// A text beside its name. Its paragraphs stay apart, and lines that begin with `- ` stay lines.
pub(super) fn field(name: &str, text: &str) -> String {
    let mut out = String::new();
    for (number, line) in text.split('\n').enumerate() {
        let lead = if number == 0 { format!("{:<INDENT$}", format!("{name} ")) } else { " ".repeat(INDENT) };
        let hanging = INDENT + if line.starts_with("- ") { 2 } else { 0 };
        out.push('\n');
        out.push_str(broken(&lead, line, hanging).trim_end());
    }
    out
}

/// `lead` and the words of `text`, in lines of at most [`WIDTH`] columns if no word and no command is longer.
fn broken(lead: &str, text: &str, hanging: usize) -> String {
    let (mut out, mut width) = (lead.to_owned(), lead.chars().count());
    let mut is_first = true;
    for word in words(text) {
        let long = word.chars().count();
        if !is_first && width + 1 + long > WIDTH {
            out.push('\n');
            out.push_str(&" ".repeat(hanging));
            width = hanging;
        } else if !is_first {
            out.push(' ');
            width += 1;
        }
        out.push_str(&word);
        width += long;
        is_first = false;
    }
    out
}

/// The words of a text. What stands between backticks is one word: a command that can be copied.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_within = false;
    for piece in text.split(' ').filter(|piece| !piece.is_empty()) {
        match words.last_mut().filter(|_| is_within) {
            Some(last) => {
                last.push(' ');
                last.push_str(piece);
            }
            None => words.push(piece.to_owned()),
        }
        is_within ^= piece.matches('`').count() % 2 == 1;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{WIDTH, field};

    #[test]
    fn lines_break_between_words() {
        let text = field("why", &format!("{} \n- {}", "word ".repeat(40), "point ".repeat(20)));
        let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        assert!(lines.len() > 4 && lines.iter().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.starts_with("\nwhy         word word"), "{text}");
        assert!(text.contains("\n            - point") && text.contains("\n              point"), "{text}");
        assert!(!text.contains(" \n"), "{text}");
    }

    #[test]
    fn a_command_is_not_broken() {
        let text = field("do", &format!("{} run `a command of several words` now, or `x y`.", "word ".repeat(12)));
        assert!(text.contains("\n            `a command of several words` now, or `x y`."), "{text}");
    }
}
