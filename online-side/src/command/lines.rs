//! A result for people, put together line by line before it is printed.

use std::fmt;

use rootcast_host::clock::with_distances;

/// The lines of a result. Whoever adds one has made it safe to print.
#[derive(Debug, Default)]
pub(super) struct Lines(Vec<Line>);

#[derive(Debug)]
struct Line {
    text: String,
    /// It has a command that people copy.
    is_command: bool,
}

impl Lines {
    /// Adds a line, or several.
    pub(super) fn say(&mut self, text: &str) {
        self.0.push(Line { text: text.to_owned(), is_command: false });
    }

    /// Adds a line with a command at its end, which stays as it is.
    pub(super) fn say_command(&mut self, text: &str) {
        self.0.push(Line { text: text.to_owned(), is_command: true });
    }

    /// Adds a line before all others.
    pub(super) fn say_first(&mut self, text: &str) {
        self.0.insert(0, Line { text: text.to_owned(), is_command: false });
    }

    /// All of it, each date with its distance from `now`. A path in a command may have one, too.
    pub(super) fn dated(&self, now: i64) -> String {
        let dated = |line: &Line| match line.is_command {
            true => line.text.clone(),
            false => with_distances(&line.text, now),
        };
        self.0.iter().map(dated).collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn a_date_in_a_command_stays_as_it_is() {
        let mut lines = Lines::default();
        lines.say("of 1970-01-03T00:00:00Z");
        lines.say_command("ack with: rootcast-online --state '1970-01-03T00:00:00Z'");
        lines.say_first("first");
        let dated =
            "first\nof 1970-01-03T00:00:00Z (in 2 days)\nack with: rootcast-online --state '1970-01-03T00:00:00Z'";
        assert_eq!(lines.dated(0), dated);
    }
}
