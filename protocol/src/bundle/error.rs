//! Why bytes are not a bundle, with the numbers.

use core::fmt;

use crate::digest::Digest;
use crate::manifest::ManifestError;

/// Why bytes are not a bundle. Items are counted from 0.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum BundleError {
    /// The bundle ends or is malformed in the part that begins at `offset`.
    Cut {
        /// Where that part begins, in bytes of the bundle after inflation.
        offset: usize,
    },
    /// The object's first byte names an encoding this program does not know.
    Encoding {
        /// The byte found.
        found: u8,
    },
    /// The zlib bytes are malformed or end early.
    Inflate {
        /// How far it could be read, in bytes.
        offset: usize,
    },
    /// The zlib checksum does not fit its content.
    InflateSum,
    /// Object or bundle is longer than allowed.
    TooLong {
        /// The length reached, in bytes.
        length: usize,
        /// The most there may be, in bytes.
        length_max: usize,
    },
    /// Bytes follow the end.
    Trailing {
        /// How many.
        count: usize,
    },
    /// The manifest is refused.
    Manifest(ManifestError),
    /// The bundle holds another number of items than its manifest states.
    ItemCount {
        /// Items in the manifest.
        expected: usize,
        /// Items in the bundle.
        found: usize,
    },
    /// An item has another length than the manifest states.
    ItemLength {
        /// Which item.
        index: usize,
        /// Bytes stated.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// An item has another SHA-256 than the manifest states.
    ItemDigest {
        /// Which item.
        index: usize,
        /// The digest stated.
        expected: Digest,
        /// The digest of the bytes.
        found: Digest,
    },
}

impl BundleError {
    /// A stable short name, as the vectors and the documentation use it.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Cut { .. } => "bundle-cut",
            Self::Encoding { .. } => "bundle-encoding",
            Self::Inflate { .. } => "bundle-inflate",
            Self::InflateSum => "bundle-inflate-sum",
            Self::TooLong { .. } => "bundle-too-long",
            Self::Trailing { .. } => "bundle-trailing",
            Self::Manifest(error) => error.label(),
            Self::ItemCount { .. } => "bundle-item-count",
            Self::ItemLength { .. } => "bundle-item-length",
            Self::ItemDigest { .. } => "bundle-item-digest",
        }
    }
}

impl From<ManifestError> for BundleError {
    fn from(error: ManifestError) -> Self {
        Self::Manifest(error)
    }
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut { offset } => write!(f, "the bundle ends or is malformed in the part at byte {offset}"),
            Self::Encoding { found } => {
                write!(f, "unknown object encoding {found}; supported are 0 (plain) and 1 (zlib)")
            }
            Self::Inflate { offset } => write!(f, "the zlib bytes are malformed or cut near byte {offset}"),
            Self::InflateSum => f.write_str("the zlib checksum does not match its content"),
            Self::TooLong { length, length_max } => {
                write!(f, "{length} bytes or more; at most {length_max} are allowed")
            }
            Self::Trailing { count: 1 } => f.write_str("1 byte follows the end"),
            Self::Trailing { count } => write!(f, "{count} bytes follow the end"),
            Self::Manifest(error) => error.fmt(f),
            Self::ItemCount { expected, found } => {
                write!(f, "the bundle has {found} items, but its manifest lists {expected}")
            }
            Self::ItemLength { index, expected, found } => {
                write!(f, "item {index} has {found} bytes; the manifest states {expected}")
            }
            Self::ItemDigest { index, expected, found } => {
                write!(f, "item {index} has SHA-256 {found}; the manifest states {expected}")
            }
        }
    }
}

impl core::error::Error for BundleError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Manifest(error) => core::error::Error::source(error),
            _ => None,
        }
    }
}
