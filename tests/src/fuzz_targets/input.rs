//! An input read as a script: numbers and bytes taken off its front. Where it ends, there are zeros.

/// What is left of an input.
pub(super) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.bytes(1).first().copied().unwrap_or(0)
    }

    /// Two bytes, the low one first.
    pub(super) fn short(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    /// At most this many bytes.
    pub(super) fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// A length in one byte, and so many bytes.
    pub(super) fn short_text(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte());
        self.bytes(length)
    }

    /// A length in two bytes, and so many bytes.
    pub(super) fn text(&mut self) -> &'a [u8] {
        let length = usize::from(self.short());
        self.bytes(length)
    }

    pub(super) fn rest(&mut self) -> &'a [u8] {
        self.bytes(self.0.len())
    }
}
