//! Reads vector files and the vector blocks of the documentation.

use std::path::Path;

/// One vector: its keys and values in their order, the first of which is `vector: name`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Vector {
    fields: Vec<(String, String)>,
}

impl Vector {
    pub(crate) fn name(&self) -> &str {
        self.text("vector")
    }

    pub(crate) fn find(&self, key: &str) -> Option<&str> {
        self.fields.iter().find(|(found, _)| found == key).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self, key: &str) -> &str {
        self.find(key).unwrap_or_else(|| panic!("{:?} has no {key}", self.fields.first()))
    }

    pub(crate) fn number<N: std::str::FromStr>(&self, key: &str) -> N {
        self.text(key).parse().unwrap_or_else(|_| panic!("{}: {key} is no such number", self.name()))
    }

    pub(crate) fn bytes(&self, key: &str) -> Vec<u8> {
        bytes(self.text(key))
    }

    /// The values of `key-0`, `key-1` … or `key-1`, `key-2` …, in their order.
    pub(crate) fn list(&self, key: &str) -> Vec<&str> {
        let numbered = |found: &str| {
            found
                .strip_prefix(key)
                .and_then(|rest| rest.strip_prefix('-'))
                .is_some_and(|rest| rest.parse::<u8>().is_ok())
        };
        self.fields.iter().filter(|(found, _)| numbered(found)).map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn accepted(&self) -> bool {
        self.text("expect") == "accepted"
    }
}

/// The bytes of hexadecimal digits.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap()).collect();
    assert!(digits.len().is_multiple_of(2), "{hex}");
    digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect()
}

/// `length` bytes, byte i being i mod 251.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect()
}

/// The vectors of one file in `vectors/`.
pub(crate) fn read(file: &str) -> Vec<Vector> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let vectors = parse(&text);
    assert!(!vectors.is_empty(), "{file} holds no vector");
    vectors
}

/// The vectors in a text. Comments begin with `#`; an indented line goes on the value before it.
pub(crate) fn parse(text: &str) -> Vec<Vector> {
    let mut vectors: Vec<Vector> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(more) = line.strip_prefix("  ") {
            let (_, value) = vectors.last_mut().and_then(|vector| vector.fields.last_mut()).expect("a value to go on");
            value.push_str(more);
        } else {
            let (key, value) = line.split_once(':').unwrap_or_else(|| panic!("no key in {line:?}"));
            let field = (key.to_owned(), value.strip_prefix(' ').unwrap_or(value).to_owned());
            if key == "vector" {
                vectors.push(Vector { fields: vec![field] });
            } else {
                vectors.last_mut().expect("a vector begins with its name").fields.push(field);
            }
        }
    }
    vectors
}
