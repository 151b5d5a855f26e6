//! A terminal as people have it: rows that wrap, and what scrolled out at the top.
//!
//! It follows what programs of this project write at a prompt: places, wiping, colours. Anything else fails the test.

/// The terminal.
#[derive(Debug, Clone)]
pub struct Emulator {
    columns: usize,
    rows: usize,
    /// What scrolled out comes first, then the rows of the window.
    lines: Vec<Vec<char>>,
    /// Where the cursor is, in `lines`; in a column beyond the last one the next character wraps.
    at: (usize, usize),
}

impl Emulator {
    /// An empty window of this size.
    #[must_use]
    pub fn new(columns: usize, rows: usize) -> Self {
        Self { columns, rows, lines: vec![Vec::new()], at: (0, 0) }
    }

    /// What such a window shows, with what scrolled out of it: a line for each row.
    #[must_use]
    pub fn text_of(written: &str, columns: usize, rows: usize) -> String {
        let mut terminal = Self::new(columns, rows);
        terminal.write(written);
        terminal.text()
    }

    /// Follows `text`.
    pub fn write(&mut self, text: &str) {
        let mut rest = text.chars();
        while let Some(character) = rest.next() {
            match character {
                '\x1b' => {
                    assert_eq!(rest.next(), Some('['), "an escape sequence of another kind");
                    let mut numbers = String::new();
                    let last = loop {
                        match rest.next() {
                            Some(c) if c.is_ascii_alphabetic() => break c,
                            Some(c) => numbers.push(c),
                            None => return,
                        }
                    };
                    let top = self.lines.len().saturating_sub(self.rows);
                    match (last, numbers.as_str()) {
                        ('A', _) => {
                            let up = numbers.parse().unwrap_or(1);
                            self.at.0 = self.at.0.saturating_sub(up).max(top);
                        }
                        ('K', "2") => self.lines[self.at.0].clear(),
                        ('K', "" | "0") => {
                            let (row, column) = self.at;
                            self.lines[row].truncate(column);
                        }
                        ('m', _) => {}
                        (other, _) => panic!("an escape sequence that no prompt should need: {numbers}{other}"),
                    }
                }
                '\r' => self.at.1 = 0,
                // As a terminal's line discipline has it: a new line begins at its first column.
                '\n' => {
                    self.down();
                    self.at.1 = 0;
                }
                character => {
                    if self.at.1 >= self.columns {
                        self.down();
                        self.at.1 = 0;
                    }
                    let (row, column) = self.at;
                    let line = &mut self.lines[row];
                    if line.len() <= column {
                        line.resize(column + 1, ' ');
                    }
                    line[column] = character;
                    self.at.1 += 1;
                }
            }
        }
    }

    fn down(&mut self) {
        self.at.0 += 1;
        if self.at.0 == self.lines.len() {
            self.lines.push(Vec::new());
        }
    }

    /// All rows, those that scrolled out first.
    #[must_use]
    pub fn text(&self) -> String {
        let rows: Vec<String> = self.lines.iter().map(|line| line.iter().collect()).collect();
        rows.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::Emulator;

    #[test]
    fn what_is_too_long_wraps_and_only_one_row_is_wiped() {
        assert_eq!(Emulator::text_of("abcdefg\r\x1b[2Kx", 4, 2), "abcd\nx");
        assert_eq!(Emulator::text_of("abcd\r\x1b[2Kx", 4, 2), "x", "a full row has not wrapped yet");
        assert_eq!(Emulator::text_of("abcdefg\r\x1b[2K\x1b[1A\x1b[2Kx", 4, 2), "x\n");
        let scrolled = Emulator::text_of("1\r\n2\r\n3\x1b[1A\x1b[1A\r\x1b[2K", 4, 2);
        assert_eq!(scrolled, "1\n\n3", "what scrolled out cannot be reached");
    }
}
