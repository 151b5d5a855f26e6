//! Items as files: DER, PEM or base64 in, DER and the kind out. It reads only enough to tell a CRL from a certificate;
//! the rules decide whether the item is acceptable.

use core::fmt;
use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::contents::Contents;
use crate::finding::{Findings, Severity};
use crate::limits::ITEM_SIZE_MAX;
use crate::pem::{self, Encoded, PemError, PemLabel, Side};
use crate::rule::{Cause, Rule};
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
    /// Its bytes: those given, or those that the text held.
    pub der: Cow<'a, [u8]>,
}

/// Reads a file that holds one item, as DER, PEM or base64, of at most [`ITEM_SIZE_MAX`] bytes.
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
        return Err(refuse(Rule::ItemKind, text, Some(Cause::FileTooLong)));
    }
    match pem::decode_until(bytes, stop) {
        Ok(Encoded::Der(der)) => {
            let kind = kind_of(der).ok_or_else(|| not_an_item(der, None))?;
            Ok(Item { kind, der: Cow::Borrowed(der) })
        }
        Ok(Encoded::Base64(der)) => from_text(der, None),
        Ok(Encoded::Pem(object)) => from_text(object.der, Some(&object.label)),
        Err(error) => Err(refuse_text(&error, bytes)),
    }
}

/// What is signed of an item, DER: the TBSCertList or the TBSCertificate as received (RFC 5280 §5.1.1.1 and §4.1.1.1).
/// Absent if the item is not a sequence that begins with one.
#[must_use]
pub fn tbs(der: &[u8]) -> Option<&[u8]> {
    Some(Reader::new(der).expect(SEQUENCE).ok()?.reader().expect(SEQUENCE).ok()?.raw)
}

/// The signature of an item, DER: the contents of its BIT STRING (RFC 5280 §4.1.1.3 and §5.1.1.3). Absent if it has none.
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

fn refuse(rule: Rule, text: String, cause: Option<Cause>) -> Findings {
    let mut findings = Findings::new();
    findings.add(rule, Severity::Reject, text).because_if(cause);
    findings
}

/// ITEM-KIND: what a bundle brings as an item of this kind, which nobody here knows. What its bytes mean is not known
/// either, so they are not judged, even if they look like a CRL.
#[must_use]
pub fn of_unknown_kind(number: u8) -> Findings {
    let text = format!("item kind {number} is not known to this version; the item was not judged, and the others were");
    refuse(Rule::ItemKind, text, Some(Cause::KindUnknown))
}

/// ITEM-KIND: says what the bytes are instead, and which label they had.
fn not_an_item(bytes: &[u8], label: Option<&PemLabel>) -> Findings {
    let contents = Contents::recognise(bytes);
    let what = match contents {
        _ if bytes.is_empty() => "an empty file".to_owned(),
        Some(contents) => contents.to_string(),
        None => format!("{} bytes that are neither a CRL nor a certificate", bytes.len()),
    };
    let text = match label {
        Some(label) => format!("the PEM object labelled {label} is {what}"),
        None => what,
    };
    let cause = match contents {
        _ if bytes.is_empty() => Some(Cause::FileEmpty),
        Some(Contents::Request) => Some(Cause::HoldsRequest),
        Some(Contents::PublicKey) => Some(Cause::HoldsPublicKey),
        Some(Contents::SshPublicKey) => Some(Cause::HoldsSshPublicKey),
        Some(
            Contents::PrivateKey | Contents::EncryptedPrivateKey | Contents::OldPrivateKey | Contents::SshPrivateKey,
        ) => Some(Cause::HoldsPrivateKey),
        Some(Contents::Pkcs7) => Some(Cause::HoldsPkcs7),
        Some(Contents::Pkcs12) => Some(Cause::HoldsPkcs12),
        None => None,
    };
    refuse(Rule::ItemKind, text, cause)
}

/// ITEM-PEM: a file is text that does not hold one object.
fn refuse_text(error: &PemError, bytes: &[u8]) -> Findings {
    let cause = match error {
        PemError::Utf16 => Some(Cause::Utf16),
        PemError::CutShort | PemError::Base64End => Some(Cause::PemCutShort),
        PemError::NotBase64 { .. } => Some(Cause::PemDamaged),
        PemError::NotText { .. } => Some(Cause::PemBesideOthers),
        PemError::Headers { label } if label.is_private_key() => Some(Cause::HoldsPrivateKey),
        PemError::Headers { .. } => Some(Cause::PemDamaged),
        PemError::Objects { .. } => None,
    };
    let text = match error {
        PemError::NotText { side: Side::Before, length } if kind_of(bytes).is_some() => {
            format!("there are {length} bytes of DER before the PEM object")
        }
        _ => error.to_string(),
    };
    refuse(Rule::ItemPem, text, cause)
}

/// ITEM-KIND: what the text holds is an item. Its bytes say which, whatever the label says: `certutil -encode` of Windows
/// writes CERTIFICATE above a CRL.
fn from_text(der: Vec<u8>, label: Option<&PemLabel>) -> Result<Item<'static>, Findings> {
    let kind = kind_of(&der).ok_or_else(|| not_an_item(&der, label))?;
    Ok(Item { kind, der: Cow::Owned(der) })
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
