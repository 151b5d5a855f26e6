//! A value of a request, and where it stands.

/// A value, and the line it stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lined<T> {
    /// The value.
    pub value: T,
    /// The line, counted from 1.
    pub line: usize,
}
