//! Items as files: DER or PEM in, DER out, and which kind it is. It looks no deeper than is needed to tell a CRL
//! from a certificate; whether it is a good one is for the rules.

use core::fmt;
use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::finding::{Findings, Severity};
use crate::limits::ITEM_SIZE_MAX;
use crate::rule::Rule;
use crate::strict_der::{GENERALIZED_TIME, INTEGER, Reader, SEQUENCE, UTC_TIME};
use crate::text::Escaped;

const PEM_BEGIN: &[u8] = b"-----BEGIN ";
const PEM_END: &[u8] = b"-----END ";
const CRL_LABEL: &str = "X509 CRL";
const CERTIFICATE_LABEL: &str = "CERTIFICATE";

/// The two kinds of item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemKind {
    /// A certificate revocation list.
    Crl,
    /// A certificate.
    Certificate,
}

impl fmt::Display for ItemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ItemKind::Crl => "crl",
            ItemKind::Certificate => "certificate",
        })
    }
}

/// What a file holds, as far as its first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// A certificate revocation list.
    Crl,
    /// A certificate.
    Certificate,
    /// Neither.
    Unknown,
}

impl From<ItemKind> for FileKind {
    fn from(kind: ItemKind) -> Self {
        match kind {
            ItemKind::Crl => FileKind::Crl,
            ItemKind::Certificate => FileKind::Certificate,
        }
    }
}

/// No item is [`FileKind::Unknown`].
impl From<Option<ItemKind>> for FileKind {
    fn from(kind: Option<ItemKind>) -> Self {
        kind.map_or(FileKind::Unknown, FileKind::from)
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileKind::Crl => ItemKind::Crl.fmt(f),
            FileKind::Certificate => ItemKind::Certificate.fmt(f),
            FileKind::Unknown => f.write_str("unknown"),
        }
    }
}

/// One item, as DER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// Which kind it is.
    pub kind: ItemKind,
    /// Its bytes: those given, or those the PEM held.
    pub der: Cow<'a, [u8]>,
}

/// Reads a file that holds one item, as DER or PEM, of at most [`ITEM_SIZE_MAX`] bytes.
///
/// # Errors
/// ITEM-KIND or ITEM-PEM.
pub fn read(bytes: &[u8]) -> Result<Item<'_>, Findings> {
    if bytes.len() > ITEM_SIZE_MAX {
        let text = format!("{} bytes; {ITEM_SIZE_MAX} are the most", bytes.len());
        return Err(refuse(Rule::ItemKind, text));
    }
    if spans_all(bytes) || count(bytes, PEM_BEGIN) == 0 {
        let kind = kind_of(bytes).ok_or_else(|| not_an_item(bytes))?;
        return Ok(Item { kind, der: Cow::Borrowed(bytes) });
    }
    read_pem(bytes)
}

/// An item in PEM, with the label of its kind (RFC 7468 §5 and §6).
#[must_use]
pub fn to_pem(kind: ItemKind, der: &[u8]) -> String {
    let label = match kind {
        ItemKind::Crl => CRL_LABEL,
        ItemKind::Certificate => CERTIFICATE_LABEL,
    };
    // The encoder fails only on lengths beyond the address space.
    pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, der).unwrap_or_default()
}

fn refuse(rule: Rule, text: String) -> Findings {
    let mut findings = Findings::new();
    findings.add(rule, Severity::Reject, text);
    findings
}

/// ITEM-KIND
fn not_an_item(bytes: &[u8]) -> Findings {
    let text = if bytes.is_empty() {
        "an empty file".to_owned()
    } else {
        format!("{} bytes that are neither a CRL nor a certificate", bytes.len())
    };
    refuse(Rule::ItemKind, text)
}

/// ITEM-PEM
fn read_pem(bytes: &[u8]) -> Result<Item<'_>, Findings> {
    let wrong = |text: String| refuse(Rule::ItemPem, text);
    let blocks = count(bytes, PEM_BEGIN);
    if blocks != 1 {
        return Err(wrong(format!("the PEM file holds {blocks} objects, not exactly one")));
    }
    let start = find(bytes, PEM_BEGIN).unwrap_or_default();
    let (before, block) = bytes.split_at_checked(start).unwrap_or_default();
    if before.first() == Some(&SEQUENCE) && kind_of(before).is_some() {
        return Err(wrong(format!("{start} bytes of DER stand before the PEM object")));
    }
    // Text before the object is allowed (RFC 7468 §2); bytes that are no text are not.
    if before.contains(&0) || core::str::from_utf8(before).is_err() {
        return Err(wrong(format!("the {start} bytes before the PEM object are not text")));
    }
    let end = find(block, PEM_END).and_then(|end| {
        let after = block.get(end + PEM_END.len()..)?;
        Some(end + PEM_END.len() + find(after, b"-----")? + 5)
    });
    let Some((block, after)) = end.and_then(|end| block.split_at_checked(end)) else {
        return Err(wrong("the PEM object has no end line: it is cut short".to_owned()));
    };
    if !after.iter().all(u8::is_ascii_whitespace) {
        return Err(wrong(format!("{} bytes stand after the PEM object", after.len())));
    }
    let (label, der) = match pem_rfc7468::decode_vec(block) {
        Ok(decoded) => decoded,
        Err(error) => return Err(wrong(format!("not PEM of RFC 7468: {error}"))),
    };
    let labelled = match label {
        CRL_LABEL => ItemKind::Crl,
        CERTIFICATE_LABEL => ItemKind::Certificate,
        other => {
            let other: String = other.chars().take(40).collect();
            let text =
                format!("a PEM object labelled {}; {CRL_LABEL} and {CERTIFICATE_LABEL} are items", Escaped(&other));
            return Err(refuse(Rule::ItemKind, text));
        }
    };
    match kind_of(&der) {
        Some(kind) if kind == labelled => Ok(Item { kind, der: Cow::Owned(der) }),
        Some(kind) => Err(wrong(format!("labelled {label}, but holds a {kind}"))),
        None => Err(not_an_item(&der)),
    }
}

/// Whether the bytes are one DER SEQUENCE from the first to the last.
fn spans_all(bytes: &[u8]) -> bool {
    matches!(Reader::new(bytes).header(), Ok((SEQUENCE, header, length)) if header + length == bytes.len())
}

/// What the first fields look like: a CRL has a time where a certificate has its validity. Lengths that are
/// wrong do not matter here, so that a truncated CRL is still called a CRL.
fn kind_of(bytes: &[u8]) -> Option<ItemKind> {
    let mut rest = bytes;
    let mut offset = 0;
    for _ in 0..2 {
        let (tag, header, _) = Reader::at(rest, offset).header().ok()?;
        if tag != SEQUENCE {
            return None;
        }
        rest = rest.get(header..)?;
        offset += header;
    }
    let mut fields = Reader::at(rest, offset);
    match fields.peek_tag()? {
        0xa0 => {
            fields.any().ok()?;
            (fields.peek_tag()? == INTEGER).then_some(ItemKind::Certificate)
        }
        first => {
            if first == INTEGER {
                fields.any().ok()?;
            }
            fields.expect(SEQUENCE).ok()?;
            fields.expect(SEQUENCE).ok()?;
            match fields.peek_tag()? {
                UTC_TIME | GENERALIZED_TIME => Some(ItemKind::Crl),
                SEQUENCE if first == INTEGER => Some(ItemKind::Certificate),
                _ => None,
            }
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn count(bytes: &[u8], wanted: &[u8]) -> usize {
    let mut found = 0;
    let mut rest = bytes;
    while let Some(at) = find(rest, wanted) {
        found += 1;
        rest = rest.get(at + wanted.len()..).unwrap_or_default();
    }
    found
}
