//! A character screen as a program leaves it: what was written, escape sequences followed, and a picture of it.
//!
//! Only what the player writes is understood: places, colours, wiping. Anything else fails the test.

use image::{GrayImage, Luma};

/// Grey levels of the two colours the player may use, and of the terminal's own background.
const WHITE: u8 = 255;
const BLACK: u8 = 0;
const BACKGROUND: u8 = 40;

/// Pixels of a module in a picture: a cell is one module wide and two high.
const PIXELS: u32 = 4;

/// What a cell is drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ground {
    /// The terminal's own colours.
    Own,
    /// White, and what stands on it is black.
    White,
    /// Black, and nothing stands on it.
    Black,
}

/// One cell: what stands in it, and on what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    character: char,
    ground: Ground,
}

const EMPTY: Cell = Cell { character: ' ', ground: Ground::Own };

/// The screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    columns: usize,
    cells: Vec<Cell>,
}

impl Screen {
    /// An empty screen.
    #[must_use]
    pub fn new(columns: usize, rows: usize) -> Self {
        Self { columns, cells: vec![EMPTY; columns * rows] }
    }

    /// The screen after each picture in `written`: the player marks where one ends. Text behind the last mark is left out.
    #[must_use]
    pub fn after_each_picture(written: &str, columns: usize, rows: usize) -> Vec<Self> {
        let mut screen = Self::new(columns, rows);
        // What was said before the player took the screen stands on another one.
        let written = written.rsplit_once("\x1b[?1049h").map_or(written, |(_, since)| since);
        let (pictures, _) = written.rsplit_once("\x1b[?2026l").unwrap_or_default();
        let mut after = Vec::new();
        for picture in pictures.split("\x1b[?2026l") {
            screen.write(picture);
            after.push(screen.clone());
        }
        after
    }

    /// Follows `text`.
    pub fn write(&mut self, text: &str) {
        let (mut column, mut row, mut ground) = (0, 0, Ground::Own);
        let mut rest = text.chars();
        while let Some(character) = rest.next() {
            match character {
                '\x1b' => {
                    assert_eq!(rest.next(), Some('['), "an escape sequence of another kind");
                    let mut numbers = String::new();
                    let last = rest.by_ref().find(|c| {
                        if !c.is_ascii_alphabetic() {
                            numbers.push(*c);
                        }
                        c.is_ascii_alphabetic()
                    });
                    let number = |at: usize| numbers.split(';').nth(at).and_then(|n| n.parse().ok()).unwrap_or(1usize);
                    match last.expect("a whole escape sequence") {
                        'H' => (row, column) = (number(0) - 1, number(1) - 1),
                        'm' => {
                            ground = match (numbers.as_str(), ground) {
                                ("38;5;16;48;5;231", _) | ("7", Ground::Black) => Ground::White,
                                ("0;38;5;231;48;5;16", _) | ("27", Ground::White) => Ground::Black,
                                _ => Ground::Own,
                            }
                        }
                        'J' => self.cells.fill(EMPTY),
                        'K' => {
                            let line = row * self.columns;
                            self.cells[line + column.min(self.columns)..line + self.columns].fill(EMPTY);
                        }
                        'h' | 'l' => assert!(numbers.starts_with('?'), "{numbers}"),
                        other => panic!("an escape sequence that the player should not need: {numbers}{other}"),
                    }
                }
                '\r' => column = 0,
                '\n' => row += 1,
                character => {
                    assert!(column < self.columns, "written beyond column {} in row {row}", self.columns);
                    self.cells[row * self.columns + column] = Cell { character, ground };
                    column += 1;
                }
            }
        }
    }

    /// The text of each row, without what is blank at its end.
    #[must_use]
    pub fn rows(&self) -> Vec<String> {
        let text = |row: &[Cell]| row.iter().map(|cell| cell.character).collect::<String>().trim_end().to_owned();
        self.cells.chunks(self.columns).map(text).collect()
    }

    /// Columns and rows that are drawn in black and white: the code with its quiet zone.
    #[must_use]
    pub fn code_size(&self) -> (usize, usize) {
        let drawn = |row: &[Cell]| row.iter().filter(|cell| cell.ground != Ground::Own).count();
        let rows: Vec<usize> = self.cells.chunks(self.columns).map(drawn).filter(|count| *count > 0).collect();
        (rows.iter().copied().max().unwrap_or(0), rows.len())
    }

    /// What a camera would see.
    #[must_use]
    pub fn picture(&self) -> GrayImage {
        let (columns, rows) = (self.columns as u32, (self.cells.len() / self.columns) as u32);
        GrayImage::from_fn(columns * PIXELS, rows * 2 * PIXELS, |x, y| {
            let cell = self.cells[(y / PIXELS / 2) as usize * self.columns + (x / PIXELS) as usize];
            let upper = (y / PIXELS).is_multiple_of(2);
            let ink = match cell.character {
                '█' => true,
                '▀' => upper,
                '▄' => !upper,
                _ => false,
            };
            Luma([match (cell.ground, ink) {
                (Ground::White, true) | (Ground::Black, _) => BLACK,
                (Ground::White, false) => WHITE,
                (Ground::Own, _) => BACKGROUND,
            }])
        })
    }
}

/// A picture of plain half blocks as text, black on white: what `tmux capture-pane` gives.
#[must_use]
pub fn picture_of_half_blocks(text: &str) -> GrayImage {
    let columns = text.lines().map(|line| line.chars().count()).max().unwrap_or(0) + 4;
    let mut screen = Screen::new(columns, text.lines().count());
    for (row, line) in text.lines().enumerate() {
        for (column, cell) in screen.cells[row * columns..(row + 1) * columns].iter_mut().enumerate() {
            *cell = Cell { character: line.chars().nth(column).unwrap_or(' '), ground: Ground::White };
        }
    }
    screen.picture()
}
