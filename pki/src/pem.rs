//! One object in a file, as DER or as PEM (RFC 7468): how both programs read items, requests and keys.
//!
//! It returns the label of a PEM object. The caller checks whether the bytes match the label.

use core::fmt;

use crate::stop::Stop;
use crate::strict_der::{Reader, SEQUENCE};
use crate::text::Escaped;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// The characters of an unknown label that are kept.
const LABEL_SHOWN_MAX: usize = 40;

/// What a PEM object says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PemLabel {
    /// `X509 CRL` (RFC 7468 §6).
    Crl,
    /// `CERTIFICATE` (RFC 7468 §5).
    Certificate,
    /// `CERTIFICATE REQUEST` (RFC 7468 §7), or `NEW CERTIFICATE REQUEST`, which older programs write.
    Request,
    /// `PUBLIC KEY` (RFC 7468 §13).
    PublicKey,
    /// `PRIVATE KEY` (RFC 7468 §10).
    PrivateKey,
    /// `ENCRYPTED PRIVATE KEY` (RFC 7468 §11).
    EncryptedPrivateKey,
    /// A private key of one algorithm, such as `RSA PRIVATE KEY`.
    OtherPrivateKey(String),
    /// Anything else: its first 40 characters.
    Other(String),
}

impl PemLabel {
    /// The label as it is written.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            PemLabel::Crl => "X509 CRL",
            PemLabel::Certificate => "CERTIFICATE",
            PemLabel::Request => "CERTIFICATE REQUEST",
            PemLabel::PublicKey => "PUBLIC KEY",
            PemLabel::PrivateKey => "PRIVATE KEY",
            PemLabel::EncryptedPrivateKey => "ENCRYPTED PRIVATE KEY",
            PemLabel::OtherPrivateKey(text) | PemLabel::Other(text) => text,
        }
    }

    /// Whether the object is a private key, of whatever form.
    #[must_use]
    pub const fn is_private_key(&self) -> bool {
        matches!(self, PemLabel::PrivateKey | PemLabel::EncryptedPrivateKey | PemLabel::OtherPrivateKey(_))
    }
}

impl From<&str> for PemLabel {
    fn from(text: &str) -> Self {
        let cut = || text.chars().take(LABEL_SHOWN_MAX).collect();
        match text {
            "X509 CRL" => PemLabel::Crl,
            "CERTIFICATE" => PemLabel::Certificate,
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => PemLabel::Request,
            "PUBLIC KEY" => PemLabel::PublicKey,
            "PRIVATE KEY" => PemLabel::PrivateKey,
            "ENCRYPTED PRIVATE KEY" => PemLabel::EncryptedPrivateKey,
            _ if text.ends_with("PRIVATE KEY") => PemLabel::OtherPrivateKey(cut()),
            _ => PemLabel::Other(cut()),
        }
    }
}

/// Safe to print.
impl fmt::Display for PemLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(self.text()).fmt(f)
    }
}

/// The PEM object of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PemObject<'a> {
    /// The text before it, which RFC 7468 §2 allows.
    pub before: &'a [u8],
    /// What it says it is.
    pub label: PemLabel,
    /// The bytes it holds.
    pub der: Vec<u8>,
}

/// The bytes of a file, by how they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encoded<'a> {
    /// The whole file. It may be DER; it is not PEM.
    Der(&'a [u8]),
    /// One PEM object.
    Pem(PemObject<'a>),
}

/// Reads a file that holds one object. A file without a PEM object is taken as DER, and so is one that is a single DER
/// SEQUENCE, whatever its bytes spell.
///
/// ```
/// use rootcast_pki::pem::{Encoded, PemLabel, decode};
///
/// let file = b"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
/// let Encoded::Pem(object) = decode(file)? else { panic!("it is PEM") };
/// assert_eq!((object.label, object.der.len()), (PemLabel::PublicKey, 44));
/// # Ok::<(), rootcast_pki::pem::PemError>(())
/// ```
///
/// # Errors
/// [`PemError`], where there is PEM that is not exactly one whole object.
pub fn decode(bytes: &[u8]) -> Result<Encoded<'_>, PemError> {
    decode_until(bytes, &Stop::never())
}

/// The same, but it ends early when `stop` says so. Then nothing of it may be used.
pub(crate) fn decode_until<'a>(bytes: &'a [u8], stop: &Stop) -> Result<Encoded<'a>, PemError> {
    if spans_all(bytes) { Ok(Encoded::Der(bytes)) } else { decode_pem(bytes, stop) }
}

fn decode_pem<'a>(bytes: &'a [u8], stop: &Stop) -> Result<Encoded<'a>, PemError> {
    let find = |bytes: &[u8], wanted: &[u8]| find(bytes, wanted, stop);
    let Some(start) = find(bytes, BEGIN) else { return Ok(Encoded::Der(bytes)) };
    let objects = count(bytes, BEGIN, stop);
    if objects != 1 {
        return Err(PemError::Objects { found: objects });
    }
    let (before, block) = bytes.split_at_checked(start).unwrap_or_default();
    if before.contains(&0) || core::str::from_utf8(before).is_err() {
        return Err(PemError::NotTextBefore { length: start });
    }
    let end = find(block, END).and_then(|end| {
        let after = block.get(end + END.len()..)?;
        Some(end + END.len() + find(after, DASHES)? + DASHES.len())
    });
    let Some((block, after)) = end.and_then(|end| block.split_at_checked(end)) else {
        return Err(PemError::CutShort);
    };
    if !after.iter().all(u8::is_ascii_whitespace) {
        return Err(PemError::After { length: after.len() });
    }
    let (label, der) = decode_block(block, stop).map_err(PemError::Encoding)?;
    Ok(Encoded::Pem(PemObject { before, label: label.into(), der }))
}

/// An object as PEM, with this label.
#[must_use]
pub fn encode(label: &PemLabel, der: &[u8]) -> String {
    // The encoder fails only on lengths beyond the address space.
    pem_rfc7468::encode_string(label.text(), pem_rfc7468::LineEnding::LF, der).unwrap_or_default()
}

/// Why a file is not one PEM object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PemError {
    /// It holds several objects.
    Objects {
        /// How many.
        found: usize,
    },
    /// What stands before the object is not text.
    NotTextBefore {
        /// How many bytes.
        length: usize,
    },
    /// The object has no end line.
    CutShort,
    /// Something stands after the object.
    After {
        /// How many bytes.
        length: usize,
    },
    /// The object breaks RFC 7468.
    Encoding(pem_rfc7468::Error),
}

impl fmt::Display for PemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PemError::Objects { found } => write!(f, "the PEM file holds {found} objects, not exactly one"),
            PemError::NotTextBefore { length } => {
                write!(f, "the {length} bytes before the PEM object are not text")
            }
            PemError::CutShort => f.write_str("the PEM object has no end line: it is cut short"),
            PemError::After { length } => write!(f, "there are {length} bytes after the PEM object"),
            PemError::Encoding(error) => write!(f, "not valid PEM (RFC 7468): {error}"),
        }
    }
}

impl core::error::Error for PemError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Encoding(error) => Some(error),
            _ => None,
        }
    }
}

/// Whether the bytes are one DER SEQUENCE from the first to the last.
fn spans_all(bytes: &[u8]) -> bool {
    matches!(Reader::new(bytes).header(), Ok((SEQUENCE, header, length)) if header + length == bytes.len())
}

/// The label and the bytes of one object. A large one is decoded a piece at a time, so that it can be stopped.
fn decode_block<'b>(block: &'b [u8], stop: &Stop) -> Result<(&'b str, Vec<u8>), pem_rfc7468::Error> {
    if block.len() > PIECE
        && let Ok(Some(decoded)) = decode_pieces(block, stop)
    {
        return Ok(decoded);
    }
    if stop.is_due() {
        return Ok(("", Vec::new()));
    }
    // This says best what is wrong with one that cannot be decoded.
    pem_rfc7468::decode_vec(block)
}

fn decode_pieces<'b>(block: &'b [u8], stop: &Stop) -> Result<Option<(&'b str, Vec<u8>)>, pem_rfc7468::Error> {
    let mut decoder = pem_rfc7468::Decoder::new(block)?;
    let label = decoder.type_label();
    let mut der = vec![0; decoder.remaining_len()];
    for piece in der.chunks_mut(PIECE) {
        decoder.decode(piece)?;
        if stop.is_due() {
            return Ok(None);
        }
    }
    Ok(decoder.is_finished().then_some((label, der)))
}

/// Bytes that are searched or decoded before it is asked whether that is to end.
const PIECE: usize = 1 << 20;

fn find(bytes: &[u8], wanted: &[u8], stop: &Stop) -> Option<usize> {
    let mut from = 0;
    while let Some(rest) = bytes.get(from..).filter(|rest| rest.len() >= wanted.len()) {
        // What begins in this piece may end in the next one.
        let piece = rest.get(..PIECE + wanted.len() - 1).unwrap_or(rest);
        if let Some(at) = piece.windows(wanted.len()).position(|window| window == wanted) {
            return Some(from + at);
        }
        if stop.is_due() {
            return None;
        }
        from += PIECE;
    }
    None
}

fn count(bytes: &[u8], wanted: &[u8], stop: &Stop) -> usize {
    let mut found = 0;
    let mut rest = bytes;
    while let Some(at) = find(rest, wanted, stop) {
        found += 1;
        rest = rest.get(at + wanted.len()..).unwrap_or_default();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Encoded, PemError, PemLabel, decode, encode};

    fn pem(bytes: &[u8]) -> Result<(PemLabel, Vec<u8>), PemError> {
        match decode(bytes)? {
            Encoded::Pem(object) => Ok((object.label, object.der)),
            Encoded::Der(der) => panic!("{der:?} is taken as DER"),
        }
    }

    #[test]
    fn every_label_is_read_as_it_is_written() {
        use PemLabel as L;
        let other = [L::OtherPrivateKey("EC PRIVATE KEY".to_owned()), L::Other("PKCS7".to_owned())];
        let known = [L::Crl, L::Certificate, L::Request, L::PublicKey, L::PrivateKey, L::EncryptedPrivateKey];
        for label in known.into_iter().chain(other) {
            let text = encode(&label, &[0x30, 0]);
            assert_eq!(pem(text.as_bytes()), Ok((label, vec![0x30, 0])));
        }
        let older = encode(&L::Request, &[1]).replace("BEGIN ", "BEGIN NEW ").replace("END ", "END NEW ");
        assert_eq!(pem(older.as_bytes()), Ok((L::Request, vec![1])));
    }

    #[test]
    fn what_is_not_pem_is_taken_as_der() {
        let spelt = [&[0x30, 11][..], b"-----BEGIN "].concat();
        for bytes in [&b""[..], b"text", &[0x30, 0], &spelt] {
            assert_eq!(decode(bytes), Ok(Encoded::Der(bytes)));
        }
    }

    #[test]
    fn a_file_with_more_or_less_than_one_object_is_refused_with_the_numbers() {
        let one = encode(&PemLabel::Crl, &[0x30, 0]);
        assert!(pem(format!("text\n{one}\n ").as_bytes()).is_ok());
        assert_eq!(pem([one.as_bytes(), one.as_bytes()].concat().as_slice()), Err(PemError::Objects { found: 2 }));
        assert_eq!(pem([&[0xff, 0], one.as_bytes()].concat().as_slice()), Err(PemError::NotTextBefore { length: 2 }));
        assert_eq!(pem(&one.as_bytes()[..30]), Err(PemError::CutShort));
        assert_eq!(pem(format!("{one}after").as_bytes()), Err(PemError::After { length: 6 }));
        assert!(matches!(pem(one.replace("MAA=", "!!!!").as_bytes()), Err(PemError::Encoding(_))));
    }
}
