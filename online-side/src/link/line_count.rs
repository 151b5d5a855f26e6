//! What a serial line brought, byte by byte: whatever is on it, it is not nothing, and its bytes show what it may be.
//!
//! Must not: keep more of the line than a few letters.

use rootcast_host::text::grouped;

/// Letters that are kept of a text, for people.
const LETTERS_MAX: usize = 40;

/// The bytes of a serial line since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineCount {
    /// The speed it listens at, in bits a second.
    pub baud: u32,
    /// Bytes that came.
    pub bytes: u64,
    /// Those of them that are zero.
    pub zeros: u64,
    /// Those of them that are printable ASCII, or end a line.
    pub letters: u64,
    /// Whether another program changed the settings of the port.
    pub is_set_by_another: bool,
    /// The first letters, and how many there are.
    beginning: [u8; LETTERS_MAX],
    kept: usize,
}

/// What bytes look like of which none was a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looks {
    /// Almost all are zero.
    Zeros,
    /// Almost all are letters.
    Text,
    /// Anything.
    Noise,
}

impl LineCount {
    /// A line at this speed of which nothing has come.
    #[must_use]
    pub(crate) fn new(baud: u32) -> Self {
        let beginning = [0; LETTERS_MAX];
        Self { baud, bytes: 0, zeros: 0, letters: 0, is_set_by_another: false, beginning, kept: 0 }
    }

    /// Counts what came.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.bytes += 1;
            self.zeros += u64::from(*byte == 0);
            let is_end = matches!(byte, b'\r' | b'\n' | b'\t');
            if is_end || matches!(byte, b' '..=b'~') {
                self.letters += 1;
                self.keep(if is_end { b' ' } else { *byte });
            }
        }
    }

    /// Keeps one letter, with single spaces between words.
    fn keep(&mut self, letter: u8) {
        let last = self.kept.checked_sub(1).and_then(|last| self.beginning.get(last)).copied();
        if letter == b' ' && matches!(last, None | Some(b' ')) {
            return;
        }
        if let Some(place) = self.beginning.get_mut(self.kept) {
            *place = letter;
            self.kept += 1;
        }
    }

    /// What the bytes look like.
    #[must_use]
    pub(crate) fn looks(&self) -> Looks {
        let others = self.bytes - self.zeros;
        if self.zeros * 10 >= self.bytes * 9 {
            Looks::Zeros
        } else if self.letters * 10 >= others * 9 {
            Looks::Text
        } else {
            Looks::Noise
        }
    }

    /// How the text begins, where the bytes are one. It holds printable ASCII only.
    #[must_use]
    pub(crate) fn text(&self) -> Option<String> {
        let letters = self.beginning.get(..self.kept).unwrap_or_default();
        (self.bytes > 0 && self.looks() == Looks::Text).then(|| String::from_utf8_lossy(letters).trim_end().to_owned())
    }

    /// Why nothing was received, where none of the bytes was a frame; and what to do about it.
    #[must_use]
    pub(crate) fn obstacle(&self) -> (String, &'static str) {
        let baud = grouped(self.baud.into());
        if self.bytes == 0 {
            return (
                format!("no byte came at {baud} baud"),
                "Check that the sender is sending, that this is the port of the cable (--link serial:list shows the ports), \
                 and the cable. Then run the same command again.",
            );
        }
        let bytes = grouped(self.bytes);
        let came = if self.bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") };
        let came = format!("{came} came at {baud} baud, none a frame");
        match self.looks() {
            Looks::Zeros => (
                format!("{came}: almost all are zero, from a sender at a lower speed, or a line held low"),
                "Give the sender's speed as baud=. If it is right, check the wiring: a line that is inverted, cut, or not \
                 driven is low. Then run the same command again.",
            ),
            Looks::Text => (
                format!("{came}: another program's text, beginning with \"{}\"", self.text().unwrap_or_default()),
                "Check that this is the port of the cable (--link serial:list shows the ports). If it is, stop what writes \
                 on it at either end: a getty, a kernel console, ModemManager. \
                 Then run the same command again.",
            ),
            Looks::Noise => (
                format!("{came}: another speed, noise, or another program"),
                "Give the same speed as baud= on both sides. If it is the same, check the cable with `link test`, or use a \
                 lower speed. Then run the same command again.",
            ),
        }
    }
}

/// What to do where another program set the port.
pub(crate) const NEXT_OF_ANOTHER_PROGRAM: &str =
    "Stop the program that set the port (ModemManager, a getty, stty, brltty), then run the same command again.";

#[cfg(test)]
mod tests {
    use super::{LineCount, Looks};

    fn counted(bytes: &[u8]) -> LineCount {
        let mut count = LineCount::new(115_200);
        bytes.chunks(7).for_each(|piece| count.take(piece));
        count
    }

    #[test]
    fn bytes_that_are_no_frames_are_told_by_what_they_look_like() {
        let mut slow = vec![0; 109_000];
        slow.extend([0xf8, 0xe0, 0x80].repeat(229));
        for (bytes, looks, why, next) in [
            (slow, Looks::Zeros, "109,687 bytes came at 115,200 baud, none a frame: almost all are zero", "lower"),
            (vec![0], Looks::Zeros, "1 byte came", "baud="),
            (
                b"\r\nDebian GNU/Linux 12 host ttyS0\r\n\r\nhost login: ".repeat(8),
                Looks::Text,
                "\"Debian GNU/Linux 12 host ttyS0 host logi",
                "getty",
            ),
            (
                b"AT\r\nAT+GCAP\r\nATI\r\n".repeat(4),
                Looks::Text,
                "another program's text, beginning with \"AT AT+GCAP ATI",
                "ModemManager",
            ),
            ((0..=255).collect::<Vec<u8>>().repeat(20), Looks::Noise, "5,120 bytes came", "baud="),
        ] {
            let count = counted(&bytes);
            assert_eq!(count.looks(), looks);
            let (said, advice) = count.obstacle();
            assert!(said.contains(why), "{said}");
            assert!(advice.contains(next) || said.contains(next), "{advice}");
            assert!(said.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{said:?}");
        }
        assert_eq!(counted(&[]).obstacle().0, "no byte came at 115,200 baud");
        assert_eq!(counted(&[]).text(), None);
    }

    #[test]
    fn what_is_kept_of_a_text_is_short_and_printable_whatever_comes() {
        let text = counted(&b"\x1b[2J\x07evil\xff".repeat(10_000)).text();
        assert_eq!(text.as_deref(), None, "a third of it is not text");
        let text = counted(&b"letters \x1b".repeat(10_000)).text().unwrap_or_default();
        assert!(text.len() <= 40 && text.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{text:?}");
    }
}
