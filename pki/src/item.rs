//! Items as files: DER or PEM in, DER and the kind out. It reads only enough to tell a CRL from a certificate; the
//! rules decide whether the item is acceptable.

use core::fmt;
use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::finding::{Findings, Severity};
use crate::limits::ITEM_SIZE_MAX;
use crate::pem::{self, Encoded, PemError, PemLabel};
use crate::rule::Rule;
use crate::stop::{Stop, Stopped};
use crate::strict_der::{Element, GENERALIZED_TIME, INTEGER, Reader, SEQUENCE, UTC_TIME};

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
/// ```
/// use rootcast_pki::item::{self, ItemKind};
/// use rootcast_pki::rule::Rule;
///
/// # let pem = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crt"));
/// let item = item::read(pem)?;
/// assert_eq!(item.kind, ItemKind::Certificate);
/// assert_eq!(item::to_pem(item.kind, &item.der).as_bytes(), pem);
/// let findings = item::read(b"no item").unwrap_err();
/// assert!(findings.has(Rule::ItemKind) && findings.rejects());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// ITEM-KIND or ITEM-PEM.
pub fn read(bytes: &[u8]) -> Result<Item<'_>, Findings> {
    read_whole(bytes, &Stop::never())
}

/// The same, but the reading of a large PEM file ends when `stop` says so.
///
/// # Errors
/// [`Stopped`]: nothing is known about the file. The inner error is ITEM-KIND or ITEM-PEM.
pub fn read_until<'a>(bytes: &'a [u8], stop: &Stop) -> Result<Result<Item<'a>, Findings>, Stopped> {
    let read = read_whole(bytes, stop);
    stop.check().map(|()| read)
}

fn read_whole<'a>(bytes: &'a [u8], stop: &Stop) -> Result<Item<'a>, Findings> {
    if bytes.len() > ITEM_SIZE_MAX {
        let text = format!("{} bytes; at most {ITEM_SIZE_MAX} are allowed", bytes.len());
        return Err(refuse(Rule::ItemKind, text));
    }
    match pem::decode_until(bytes, stop) {
        Ok(Encoded::Der(der)) => {
            let kind = kind_of(der).ok_or_else(|| not_an_item(der))?;
            Ok(Item { kind, der: Cow::Borrowed(der) })
        }
        Ok(Encoded::Pem(object)) => {
            check_before(object.before)?;
            from_pem(object.label, object.der)
        }
        Err(error) => {
            if let PemError::NotTextBefore { length } = error {
                check_before(bytes.get(..length).unwrap_or_default())?;
            }
            Err(refuse(Rule::ItemPem, error.to_string()))
        }
    }
}

/// What is signed of an item, DER: the TBSCertList or the TBSCertificate, as received. Absent if the item is not a
/// sequence that begins with one.
#[must_use]
pub fn tbs(der: &[u8]) -> Option<&[u8]> {
    Some(Reader::new(der).expect(SEQUENCE).ok()?.reader().expect(SEQUENCE).ok()?.raw)
}

/// The signature of an item, DER: the contents of its BIT STRING. Absent if it has none.
#[must_use]
pub fn signature(der: &[u8]) -> Option<&[u8]> {
    signature_element(der).map(|element| element.value)
}

/// The same as an element, with its place.
pub(crate) fn signature_element(der: &[u8]) -> Option<Element<'_>> {
    let mut parts = Reader::new(der).expect(SEQUENCE).ok()?.reader();
    let (_, _) = (parts.expect(SEQUENCE).ok()?, parts.expect(SEQUENCE).ok()?);
    parts.whole_bytes().ok()
}

/// An item in PEM, with the label of its kind (RFC 7468 §5 and §6).
#[must_use]
pub fn to_pem(kind: ItemKind, der: &[u8]) -> String {
    let label = match kind {
        ItemKind::Crl => PemLabel::Crl,
        ItemKind::Certificate => PemLabel::Certificate,
    };
    pem::encode(&label, der)
}

fn refuse(rule: Rule, text: String) -> Findings {
    let mut findings = Findings::new();
    findings.add(rule, Severity::Reject, text);
    findings
}

/// ITEM-KIND: what a bundle brings as an item of this kind, which nobody here knows. What its bytes mean is not known
/// either, so they are not judged, even if they look like a CRL.
#[must_use]
pub fn of_unknown_kind(number: u8) -> Findings {
    refuse(
        Rule::ItemKind,
        format!("item kind {number} is not known to this version; the item was not judged, and the others were"),
    )
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

/// ITEM-PEM: a file does not hold an item as DER and as PEM.
fn check_before(before: &[u8]) -> Result<(), Findings> {
    if before.first() == Some(&SEQUENCE) && kind_of(before).is_some() {
        let text = format!("there are {} bytes of DER before the PEM object", before.len());
        return Err(refuse(Rule::ItemPem, text));
    }
    Ok(())
}

/// ITEM-KIND, ITEM-PEM: a PEM object is labelled as an item, and as what it is.
fn from_pem(label: PemLabel, der: Vec<u8>) -> Result<Item<'static>, Findings> {
    let labelled = match label {
        PemLabel::Crl => ItemKind::Crl,
        PemLabel::Certificate => ItemKind::Certificate,
        _ => {
            let (crl, certificate) = (PemLabel::Crl, PemLabel::Certificate);
            let text = format!("a PEM object labelled {label}; only {crl} and {certificate} are items");
            return Err(refuse(Rule::ItemKind, text));
        }
    };
    match kind_of(&der) {
        Some(kind) if kind == labelled => Ok(Item { kind, der: Cow::Owned(der) }),
        Some(kind) => Err(refuse(Rule::ItemPem, format!("labelled {label}, but it holds a {kind}"))),
        None => Err(not_an_item(&der)),
    }
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
