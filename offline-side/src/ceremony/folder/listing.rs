//! `to-be-signed.txt`: a line for every file of a rehearsal, which is what people sign.
//!
//! ```text
//! <SHA-256, 64 hexadecimal digits>  <8 words>  <path>
//! ```
//!
//! Two spaces between the three, one between words, a line feed after each line. The same rehearsal gives the same bytes.

use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;

use super::error::FolderError;

/// One file of a rehearsal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// Its path within the folder.
    pub path: String,
}

impl Line {
    pub(super) fn new(path: &str, bytes: &[u8]) -> Self {
        Self { sha256: Digest::of(bytes), path: path.to_owned() }
    }

    /// Its words.
    #[must_use]
    pub fn words(&self) -> String {
        words::spell(self.sha256.as_bytes(), words::SHORT)
    }
}

/// As it stands in the listing.
impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}  {}  {}", self.sha256, self.words(), self.path)
    }
}

pub(super) fn encode(lines: &[Line]) -> Vec<u8> {
    lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes()
}

/// Reads a listing: exactly what [`encode`] writes, each path once and within the folder.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Line>, FolderError> {
    // No text that people wrote (`text_file`): what is not byte for byte as it was written is refused below.
    let text = String::from_utf8_lossy(bytes);
    let mut lines: Vec<Line> = Vec::new();
    for (index, text) in text.lines().enumerate() {
        let wrong = || FolderError::Listing { line: index + 1 };
        let mut parts = text.splitn(3, "  ");
        let (Some(sha256), Some(_), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong());
        };
        let line = Line { sha256: sha256.parse().map_err(|_| wrong())?, path: path.to_owned() };
        let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte));
        let within = !path.is_empty() && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if !plain || !within || line.to_string() != text || lines.iter().any(|earlier| earlier.path == path) {
            return Err(wrong());
        }
        lines.push(line);
    }
    // The last line feed, a carriage return, bytes that are no text.
    if encode(&lines) != bytes {
        return Err(FolderError::Listing { line: lines.len() });
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_form_that_is_written_is_read() {
        let lines = vec![Line::new("request.toml", b"a"), Line::new("to-be-signed/root.crl.tbs", b"b")];
        let bytes = encode(&lines);
        assert_eq!(parse(&bytes).unwrap(), lines);
        let text = String::from_utf8(bytes).unwrap();
        for wrong in [
            text.replacen("request.toml", "../request.toml", 1),
            text.replacen("request.toml", "/request.toml", 1),
            text.replacen("request.toml", "to-be-signed/root.crl.tbs", 1),
            text.replacen("  ", " ", 1),
            text.to_uppercase(),
            text.replace('\n', "\r\n"),
            text.trim_end().to_owned(),
            format!("{text}\n"),
            // The words of another digest.
            format!("{}  {}  request.toml\n", lines[0].sha256, lines[1].words()),
        ] {
            assert!(parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
