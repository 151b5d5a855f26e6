//! The manifest of a bundle: its items, the manifest before it, and the items that the offline side counts as valid
//! now.
//!
//! The manifest never decides about an item: items are judged by the root's own signature. Other code checks the
//! manifest's Ed25519 signature, over the bytes of [`Manifest::encode`].
//!
//! ```
//! use rootcast_protocol::frame::Frame;
//! use rootcast_protocol::manifest::{ItemKind, Manifest, ManifestError, NameError, check_name};
//!
//! # let recording = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/recording.bin"));
//! # let (_, frame) = recording.split_at(2);
//! # let (frame, _) = frame.split_at(557);
//! let object = Frame::parse(frame)?.whole_object().expect("the whole object");
//! // The first byte says that the bundle is not compressed, and a bundle begins with its manifest.
//! let (manifest, rest) = Manifest::take(&object[1..])?;
//! let [item] = &*manifest.items else { panic!("one item") };
//! assert_eq!((manifest.number, item.kind, item.length), (1, ItemKind::Crl, 291));
//! assert_eq!(item.name, "Example-Root-CA-7.crl");
//! assert!(rest.len() > 291, "the item itself is behind the manifest");
//!
//! let later = Manifest::take(&[2]);
//! assert_eq!(later, Err(ManifestError::Version { found: 2, known: 1 }));
//! assert_eq!(check_name("../root.crl"), Err(NameError::Character { position: 3, found: '/' }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::limits::{ITEM_SIZE_MAX, ITEMS_MAX};

mod name;

pub use name::{NameError, check_name};

/// The version of the bundle format.
pub const FORMAT_VERSION: u8 = 1;

/// What an item claims to be. The numbers are the wire's.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(into = "u8", from = "u8")]
pub enum ItemKind {
    /// 1: a CA certificate, DER (RFC 5280 §4.1).
    Certificate,
    /// 2: a certificate revocation list, DER (RFC 5280 §5.1).
    Crl,
    /// Another number: a kind that this version does not know. Such an item is not judged and never accepted; the other
    /// items of its bundle are judged as always.
    Other(u8),
}

impl From<ItemKind> for u8 {
    fn from(kind: ItemKind) -> Self {
        match kind {
            ItemKind::Certificate => 1,
            ItemKind::Crl => 2,
            ItemKind::Other(number) => number,
        }
    }
}

impl From<u8> for ItemKind {
    fn from(number: u8) -> Self {
        match number {
            1 => Self::Certificate,
            2 => Self::Crl,
            other => Self::Other(other),
        }
    }
}

/// One item of the manifest.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ManifestItem {
    /// What the item claims to be.
    pub kind: ItemKind,
    /// A name for people, see [`check_name`]. It decides nothing.
    pub name: String,
    /// The item's length in bytes.
    pub length: u32,
    /// The SHA-256 of the item's bytes. Its words are what people compare.
    pub sha256: Digest,
}

/// The manifest of a bundle. The order of the fields is the wire's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Manifest {
    /// The format's version, [`FORMAT_VERSION`].
    pub format_version: u8,
    /// The source: the SHA-256 of the root's SubjectPublicKeyInfo, DER (RFC 5280 §4.1.2.7).
    pub source: Digest,
    /// The manifest's number, increasing for each source. The offline side begins with 1.
    pub number: u64,
    /// The digest of this source's manifest before ([`Manifest::digest`]); nothing for the first.
    pub previous: Option<Digest>,
    /// When it was made, seconds since 1970-01-01T00:00:00Z.
    pub created: i64,
    /// When the offline side promises the next contact, seconds since 1970-01-01T00:00:00Z.
    pub next_contact_by: Option<i64>,
    /// The items of the bundle, at most [`ITEMS_MAX`], in the order they stand there.
    pub items: Vec<ManifestItem>,
    /// [`valid_digest_of`] all items that are valid at this moment.
    pub valid_digest: Digest,
    /// How many items that digest covers.
    pub valid_count: u32,
    /// How many entries the offline journal has.
    pub journal_count: u64,
    /// The SHA-256 of the journal's last entry, as the journal chains its entries.
    pub journal_head: Digest,
}

/// One digest over all items that are valid now: SHA-256 over their SHA-256 digests, sorted, each once, concatenated.
#[must_use]
pub fn valid_digest_of(items: &[Digest]) -> Digest {
    let mut sorted = items.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let parts: Vec<&[u8]> = sorted.iter().map(|digest| digest.as_bytes().as_slice()).collect();
    Digest::of_parts(&parts)
}

#[derive(Serialize, Deserialize)]
struct Head {
    source: Digest,
    number: u64,
    previous: Option<Digest>,
    created: i64,
    next_contact_by: Option<i64>,
    item_count: u32,
}

#[derive(Deserialize)]
struct Item<'a> {
    kind: u8,
    name: &'a str,
    length: u32,
    sha256: Digest,
}

#[derive(Deserialize)]
struct Tail {
    valid_digest: Digest,
    valid_count: u32,
    journal_count: u64,
    journal_head: Digest,
}

impl Manifest {
    /// The bytes of the manifest: what its digest and its signature cover.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // Serialising numbers, strings and arrays into memory has no way to fail.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// The SHA-256 of [`Manifest::encode`]; the next manifest names it as its `previous`.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.encode())
    }

    /// Reads a manifest from the start of `bytes` and gives what follows it. One spelling is accepted, so the digest of
    /// what was read is that of [`Manifest::encode`].
    ///
    /// # Errors
    /// [`ManifestError`]: the bytes are cut or malformed, of another version, or beyond a bound.
    pub fn take(bytes: &[u8]) -> Result<(Self, &[u8]), ManifestError> {
        let at = |rest: &[u8]| ManifestError::Cut { offset: bytes.len().saturating_sub(rest.len()) };
        let (&format_version, rest) = bytes.split_first().ok_or(ManifestError::Cut { offset: 0 })?;
        if format_version != FORMAT_VERSION {
            return Err(ManifestError::Version { found: format_version, known: FORMAT_VERSION });
        }
        let (head, mut rest) = postcard::take_from_bytes::<Head>(rest).map_err(|_| at(rest))?;
        let item_count = head.item_count as usize;
        if item_count > ITEMS_MAX {
            return Err(ManifestError::ItemCount { found: item_count, count_max: ITEMS_MAX });
        }
        let mut items = Vec::with_capacity(item_count);
        for index in 0..item_count {
            let (item, after) = postcard::take_from_bytes::<Item<'_>>(rest).map_err(|_| at(rest))?;
            rest = after;
            check_name(item.name).map_err(|error| ManifestError::Name { index, error })?;
            check_length(index, item.length as usize)?;
            let (kind, name) = (ItemKind::from(item.kind), item.name.to_owned());
            items.push(ManifestItem { kind, name, length: item.length, sha256: item.sha256 });
        }
        let (tail, rest) = postcard::take_from_bytes::<Tail>(rest).map_err(|_| at(rest))?;
        let manifest = Self {
            format_version,
            source: head.source,
            number: head.number,
            previous: head.previous,
            created: head.created,
            next_contact_by: head.next_contact_by,
            items,
            valid_digest: tail.valid_digest,
            valid_count: tail.valid_count,
            journal_count: tail.journal_count,
            journal_head: tail.journal_head,
        };
        let read = bytes.len().saturating_sub(rest.len());
        if bytes.get(..read) == Some(manifest.encode().as_slice()) {
            Ok((manifest, rest))
        } else {
            Err(ManifestError::Spelling)
        }
    }

    /// Checks what [`Manifest::take`] checks of one that was read: version, number of items, names and lengths.
    ///
    /// # Errors
    /// [`ManifestError`]: the first of them that is not allowed.
    pub fn check(&self) -> Result<(), ManifestError> {
        if self.format_version != FORMAT_VERSION {
            return Err(ManifestError::Version { found: self.format_version, known: FORMAT_VERSION });
        }
        if self.items.len() > ITEMS_MAX {
            return Err(ManifestError::ItemCount { found: self.items.len(), count_max: ITEMS_MAX });
        }
        for (index, item) in self.items.iter().enumerate() {
            check_name(&item.name).map_err(|error| ManifestError::Name { index, error })?;
            check_length(index, item.length as usize)?;
        }
        Ok(())
    }
}

fn check_length(index: usize, length: usize) -> Result<(), ManifestError> {
    if length > ITEM_SIZE_MAX {
        return Err(ManifestError::ItemLength { index, length, length_max: ITEM_SIZE_MAX });
    }
    Ok(())
}

/// Why bytes are not a manifest. Items are counted from 0.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum ManifestError {
    /// The bytes end, or hold a number too wide for its field or text that is no UTF-8, in the part that begins at
    /// `offset`.
    Cut {
        /// Where that part begins, in bytes.
        offset: usize,
    },
    /// A version this program does not know.
    Version {
        /// The version found.
        found: u8,
        /// The version known.
        known: u8,
    },
    /// More items than allowed.
    ItemCount {
        /// Items stated.
        found: usize,
        /// The most there may be.
        count_max: usize,
    },
    /// An item's name is not allowed.
    Name {
        /// Which item.
        index: usize,
        /// Why.
        error: NameError,
    },
    /// An item is longer than allowed.
    ItemLength {
        /// Which item.
        index: usize,
        /// The length stated, in bytes.
        length: usize,
        /// The most there may be, in bytes.
        length_max: usize,
    },
    /// A number is spelled in more bytes than it needs.
    Spelling,
}

impl ManifestError {
    /// A stable short name, as the vectors and the documentation use it.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Cut { .. } => "manifest-cut",
            Self::Version { .. } => "manifest-version",
            Self::ItemCount { .. } => "manifest-item-count",
            Self::Name { .. } => "manifest-item-name",
            Self::ItemLength { .. } => "manifest-item-length",
            Self::Spelling => "manifest-spelling",
        }
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut { offset } => write!(f, "the manifest ends or is malformed in the part at byte {offset}"),
            Self::Version { found, known } => {
                write!(f, "bundle format version {found} is not supported; version {known} is")
            }
            Self::ItemCount { found, count_max } => write!(f, "{found} items; at most {count_max} are allowed"),
            Self::Name { index, error } => write!(f, "the name of item {index}: {error}"),
            Self::ItemLength { index, length, length_max } => {
                write!(f, "item {index} has {length} bytes; at most {length_max} are allowed")
            }
            Self::Spelling => f.write_str("the manifest spells a number in more bytes than it needs"),
        }
    }
}

impl core::error::Error for ManifestError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Name { error, .. } => core::error::Error::source(error),
            _ => None,
        }
    }
}
