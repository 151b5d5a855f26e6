//! One object in a file: DER, PEM (RFC 7468) or bare base64. Both programs read items, requests and keys through it.
//!
//! It is generous about the text around the bytes, because that text decides nothing: labels, lines of any length, blanks,
//! a byte order mark, words before and after. It is strict about their number: one object, whole. What the bytes are, the
//! bytes say ([`crate::contents`]); whoever reads them reads strict DER.

use core::fmt;

use pem_rfc7468::Base64Decoder;

use crate::stop::Stop;
use crate::strict_der::{Reader, SEQUENCE};
use crate::text::Escaped;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";
/// How the labels end that openssl writes above a key: `EC PARAMETERS`.
const PARAMETERS: &[u8] = b" PARAMETERS";
/// UTF-8's byte order mark (RFC 3629 §6).
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The longest label that is read; those of RFC 7468 have at most 21 characters.
const LABEL_LENGTH_MAX: usize = 64;
/// Base64 that is decoded at once: lines of PEM are joined in it. A multiple of 4.
const BASE64_PIECE: usize = 4096;

/// The characters of an unknown label that are kept.
const LABEL_SHOWN_MAX: usize = 40;

/// What a PEM object says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PemLabel {
    /// `X509 CRL` (RFC 7468 §6).
    Crl,
    /// `CERTIFICATE` (RFC 7468 §5). `certutil -encode` of Windows writes it above anything.
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
pub struct PemObject {
    /// What it says it is. It may be wrong.
    pub label: PemLabel,
    /// The bytes it holds, decoded.
    pub der: Vec<u8>,
}

/// The bytes of a file, by how they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encoded<'a> {
    /// The whole file. It may be DER; it is not text that holds DER.
    Der(&'a [u8]),
    /// One PEM object.
    Pem(PemObject),
    /// Base64 without the lines of PEM (RFC 4648 §4), as Windows saves a request. It holds one SEQUENCE.
    Base64(Vec<u8>),
}

impl Encoded<'_> {
    /// The bytes, which nobody has looked at yet.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Encoded::Der(bytes) => bytes,
            Encoded::Pem(object) => &object.der,
            Encoded::Base64(bytes) => bytes,
        }
    }

    /// What a PEM object says it is.
    #[must_use]
    pub fn label(&self) -> Option<&PemLabel> {
        match self {
            Encoded::Pem(object) => Some(&object.label),
            Encoded::Der(_) | Encoded::Base64(_) => None,
        }
    }
}

/// Reads a file that holds one object. A file with neither PEM nor base64 is taken as DER, and so is one that is a single
/// DER SEQUENCE, whatever its bytes spell.
///
/// The parameters of an elliptic curve, which openssl writes above a key, are no object of their own.
///
/// ```
/// use rootcast_pki::pem::{PemError, PemLabel, decode};
///
/// let file = b"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
/// let file = decode(file)?;
/// assert_eq!((file.label(), file.bytes().len()), (Some(&PemLabel::PublicKey), 44));
/// assert_eq!(decode(b"-----BEGIN PUBLIC KEY-----\nMCow"), Err(PemError::CutShort));
/// # Ok::<(), rootcast_pki::pem::PemError>(())
/// ```
///
/// # Errors
/// [`PemError`], where there is text that does not hold exactly one whole object.
pub fn decode(bytes: &[u8]) -> Result<Encoded<'_>, PemError> {
    decode_until(bytes, &Stop::never())
}

/// The same, but it ends early when `stop` says so. Then nothing of it may be used.
pub(crate) fn decode_until<'a>(bytes: &'a [u8], stop: &Stop) -> Result<Encoded<'a>, PemError> {
    if spans_all(bytes) {
        return Ok(Encoded::Der(bytes));
    }
    if is_utf16(bytes) {
        return Err(PemError::Utf16);
    }
    let skipped = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let text = bytes.get(skipped..).unwrap_or_default();
    match find(text, BEGIN, stop) {
        Some(first) => decode_pem(text, first, skipped, stop).map(Encoded::Pem),
        None => Ok(decode_bare(text, stop).map_or(Encoded::Der(bytes), Encoded::Base64)),
    }
}

/// Reads the one object of a text in which the first one begins at `first`. `skipped` bytes stand before the text.
fn decode_pem(text: &[u8], first: usize, skipped: usize, stop: &Stop) -> Result<PemObject, PemError> {
    let (start, label) = only_object(text, first, stop)?;
    let (before, rest) = text.split_at_checked(start).unwrap_or_default();
    let body_at = BEGIN.len() + label.len() + DASHES.len();
    let whole = rest.get(body_at..).and_then(|rest| {
        let end = find(rest, END, stop)?;
        let (body, last) = rest.split_at_checked(end)?;
        let (end_label, after) = split_label(last.get(END.len()..)?)?;
        // Readers may disregard it (RFC 7468 §2).
        let _ = end_label;
        Some((body, after))
    });
    let Some((body, after)) = whole else { return Err(PemError::CutShort) };
    for (side, around) in [(Side::Before, before), (Side::After, after)] {
        if around.contains(&0) || core::str::from_utf8(around).is_err() {
            return Err(PemError::NotText { side, length: around.len() });
        }
    }
    let label = PemLabel::from(String::from_utf8_lossy(label).trim());
    let at = |fault| match fault {
        Base64Fault::Byte(_) if body.contains(&b':') => PemError::Headers { label: label.clone() },
        Base64Fault::Byte(place) => PemError::NotBase64 { offset: skipped + start + body_at + place },
        Base64Fault::End => PemError::Base64End,
    };
    let der = decode_base64(body, stop).map_err(at)?;
    Ok(PemObject { label, der })
}

/// Where the one object begins, and its label.
fn only_object<'t>(text: &'t [u8], first: usize, stop: &Stop) -> Result<(usize, &'t [u8]), PemError> {
    let mut found = 0;
    let mut only = None;
    let mut next = Some(first);
    while let Some(at) = next {
        let from = at + BEGIN.len();
        let rest = text.get(from..).unwrap_or_default();
        let label = split_label(rest).map(|(label, _)| label);
        if !label.is_some_and(|label| label.ends_with(PARAMETERS)) {
            found += 1;
            only = Some((at, label));
        }
        next = find(rest, BEGIN, stop).map(|further| from + further);
    }
    match only {
        Some((start, Some(label))) if found == 1 => Ok((start, label)),
        Some((_, None)) if found == 1 => Err(PemError::CutShort),
        _ => Err(PemError::Objects { found }),
    }
}

/// The label at the start of a line that goes on after `-----BEGIN ` or `-----END `, and what follows its dashes.
fn split_label(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let near = line.get(..LABEL_LENGTH_MAX + DASHES.len()).unwrap_or(line);
    let length = near.windows(DASHES.len()).position(|window| window == DASHES)?;
    let (label, rest) = line.split_at_checked(length)?;
    let is_label = label.iter().all(|byte| (0x20..0x7f).contains(byte));
    if is_label { Some((label, rest.get(DASHES.len()..)?)) } else { None }
}

/// The SEQUENCE that the whole text holds in base64, if it is one.
fn decode_bare(text: &[u8], stop: &Stop) -> Option<Vec<u8>> {
    // What a SEQUENCE begins with.
    if text.trim_ascii_start().first() != Some(&b'M') {
        return None;
    }
    decode_base64(text, stop).ok().filter(|bytes| spans_all(bytes))
}

/// Why text is not base64.
enum Base64Fault {
    /// A byte that base64 does not have, or that it does not have there.
    Byte(usize),
    /// It does not end as base64 does.
    End,
}

/// Decodes base64 in lines of any length, with blanks anywhere. It may be a private key, so nothing of the text is kept.
fn decode_base64(text: &[u8], stop: &Stop) -> Result<Vec<u8>, Base64Fault> {
    let mut piece = [0; BASE64_PIECE];
    let decoded = decode_pieces(text, &mut piece, stop);
    piece.fill(0);
    core::hint::black_box(&piece);
    decoded
}

fn decode_pieces(text: &[u8], piece: &mut [u8; BASE64_PIECE], stop: &Stop) -> Result<Vec<u8>, Base64Fault> {
    // At once, so that it is never moved.
    let mut der = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let mut filled = 0;
    let mut unasked = 0;
    let wrong = || match text.iter().position(|byte| !is_base64(*byte) && !byte.is_ascii_whitespace()) {
        Some(place) => Base64Fault::Byte(place),
        None => Base64Fault::End,
    };
    let mut flush = |piece: &[u8], is_last: bool| {
        if !is_last && piece.last() == Some(&b'=') {
            return Err(wrong());
        }
        let from = der.len();
        let mut decoder = Base64Decoder::new(piece).map_err(|_| wrong())?;
        der.resize(from + decoder.remaining_len(), 0);
        decoder.decode(der.get_mut(from..).unwrap_or_default()).map_err(|_| wrong())?;
        Ok(())
    };
    for mut run in text.split(u8::is_ascii_whitespace).filter(|run| !run.is_empty()) {
        while !run.is_empty() {
            if filled == BASE64_PIECE {
                flush(piece, false)?;
                filled = 0;
                unasked += BASE64_PIECE;
                if unasked >= PIECE {
                    unasked = 0;
                    if stop.is_due() {
                        return Ok(Vec::new());
                    }
                }
            }
            let taken = run.len().min(BASE64_PIECE - filled);
            let (now, later) = run.split_at_checked(taken).unwrap_or_default();
            if let Some(place) = piece.get_mut(filled..filled + taken) {
                place.copy_from_slice(now);
            }
            filled += taken;
            run = later;
        }
    }
    match piece.get(..filled) {
        Some(last) if filled > 0 => flush(last, true)?,
        _ => {}
    }
    Ok(der)
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Whether the bytes are UTF-16: with a byte order mark, or with a NUL beside each of the first letters.
fn is_utf16(bytes: &[u8]) -> bool {
    let is_ascii =
        |little: &[u8], big: &[u8]| !little.is_empty() && little.iter().all(|b| *b != 0) && big.iter().all(|b| *b == 0);
    let near: Vec<&[u8]> = bytes.chunks_exact(2).take(8).collect();
    let half = |place: usize| near.iter().filter_map(|pair| pair.get(place).copied()).collect::<Vec<u8>>();
    let marked = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    marked || (near.len() == 8 && (is_ascii(&half(0), &half(1)) || is_ascii(&half(1), &half(0))))
}

/// An object as PEM, with this label.
#[must_use]
pub fn encode(label: &PemLabel, der: &[u8]) -> String {
    // The encoder fails only on lengths beyond the address space.
    pem_rfc7468::encode_string(label.text(), pem_rfc7468::LineEnding::LF, der).unwrap_or_default()
}

/// Where text stands that is beside an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Before it.
    Before,
    /// After it.
    After,
}

/// Why a file is not one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PemError {
    /// It is UTF-16.
    Utf16,
    /// It holds several objects, or only the parameters of a key.
    Objects {
        /// How many.
        found: usize,
    },
    /// What stands beside the object is not text: another file in binary form, perhaps.
    NotText {
        /// On which side.
        side: Side,
        /// How many bytes.
        length: usize,
    },
    /// The object has no end line.
    CutShort,
    /// The object has header lines (RFC 1421), as keys have that are encrypted in the old way of openssl.
    Headers {
        /// What it says it is.
        label: PemLabel,
    },
    /// A byte of the object is not base64.
    NotBase64 {
        /// Where, in bytes from the start of the file.
        offset: usize,
    },
    /// The base64 does not end as it has to (RFC 4648 §4): something is missing at its end, or there is too much.
    Base64End,
}

impl fmt::Display for PemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PemError::Utf16 => {
                f.write_str("it is UTF-16 text; convert it to UTF-8: iconv -f UTF-16 -t UTF-8 FILE > NEW")
            }
            PemError::Objects { found: 0 } => f.write_str("the PEM file holds only parameters, and no object"),
            PemError::Objects { found } => write!(f, "the PEM file holds {found} objects, not exactly one"),
            PemError::NotText { side: Side::Before, length } => {
                write!(f, "the {length} bytes before the PEM object are not text")
            }
            PemError::NotText { side: Side::After, length } => {
                write!(f, "the {length} bytes after the PEM object are not text")
            }
            PemError::CutShort => f.write_str("the PEM object has no end line: it is cut short"),
            PemError::Headers { label } => write!(f, "the PEM object {label} has header lines (RFC 1421)"),
            PemError::NotBase64 { offset } => write!(f, "byte {offset} of the PEM object is not base64 (RFC 4648)"),
            PemError::Base64End => f.write_str(
                "the base64 of the PEM object does not end as it has to (RFC 4648): it is cut short or damaged",
            ),
        }
    }
}

impl core::error::Error for PemError {}

/// Whether the bytes are one DER SEQUENCE from the first to the last.
fn spans_all(bytes: &[u8]) -> bool {
    matches!(Reader::new(bytes).header(), Ok((SEQUENCE, header, length)) if header + length == bytes.len())
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

#[cfg(test)]
mod tests {
    use super::{BASE64_PIECE, Encoded, PemError, PemLabel, Side, decode, encode};

    fn pem(bytes: &[u8]) -> Result<(PemLabel, Vec<u8>), PemError> {
        match decode(bytes)? {
            Encoded::Pem(object) => Ok((object.label, object.der)),
            other => panic!("{other:?} is no PEM"),
        }
    }

    /// One SEQUENCE, so long that its base64 is decoded in several pieces.
    fn long() -> Vec<u8> {
        let inside = vec![7; 3 * BASE64_PIECE];
        let length = u16::try_from(inside.len()).unwrap().to_be_bytes();
        [&[0x30, 0x82, length[0], length[1]][..], &inside].concat()
    }

    fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
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
    fn the_text_around_the_bytes_decides_nothing() {
        let der = long();
        let text = encode(&PemLabel::Crl, &der);
        let begin = "-----BEGIN X509 CRL-----\n";
        let end = "\n-----END X509 CRL-----\n";
        let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        let wide = body.as_bytes().chunks(76).map(|line| str::from_utf8(line).unwrap()).collect::<Vec<_>>().join("\n");
        let odd =
            body.as_bytes().chunks(7).map(|line| str::from_utf8(line).unwrap()).collect::<Vec<_>>().join(" \r\n\t");
        for written in [
            text.clone(),
            text.replace('\n', "\r\n"),
            text.replace('\n', " \t\n"),
            format!("\u{feff}{text}"),
            format!("    {}", text.replace('\n', "\n    ")),
            format!("{begin}{body}{end}"),
            format!("{begin}{wide}{end}"),
            format!("{begin}\n\n{odd}\n{end}\n\n"),
            format!("CRL of Größe & Co:\n{text}Good until May.\n"),
            text.replace("X509 CRL", " X509 CRL "),
            text.replace("END X509 CRL", "END CERTIFICATE"),
        ] {
            assert_eq!(pem(written.as_bytes()), Ok((PemLabel::Crl, der.clone())), "{}", &written[..60]);
        }
        for bare in [body.clone(), wide.clone(), odd, format!("\u{feff}\r\n{wide}\r\n")] {
            assert_eq!(decode(bare.as_bytes()), Ok(Encoded::Base64(der.clone())));
        }
    }

    #[test]
    fn what_is_not_text_is_taken_as_der() {
        let spelt = [&[0x30, 11][..], b"-----BEGIN "].concat();
        // Base64 that holds no SEQUENCE, and a SEQUENCE with a letter missing.
        for bytes in [&b""[..], b"text", &[0x30, 0], &spelt, b"MAA=MAA=", b"MAE=", b"MAA", b"MAB=x"] {
            assert_eq!(decode(bytes), Ok(Encoded::Der(bytes)));
        }
    }

    #[test]
    fn utf16_is_named_with_and_without_its_mark() {
        let text = encode(&PemLabel::Crl, &[0x30, 0]);
        let (little, big) = (utf16(&text, u16::to_le_bytes), utf16(&text, u16::to_be_bytes));
        for bytes in [[b"\xff\xfe", &little[..]].concat(), [b"\xfe\xff", &big[..]].concat(), little, big] {
            assert_eq!(pem(&bytes), Err(PemError::Utf16));
        }
        assert!(PemError::Utf16.to_string().contains("iconv -f UTF-16 -t UTF-8 FILE > NEW"));
    }

    #[test]
    fn a_file_with_more_or_less_than_one_object_is_refused_with_the_numbers() {
        let one = encode(&PemLabel::Crl, &[0x30, 0]);
        assert!(pem(format!("text\n{one}\n ").as_bytes()).is_ok());
        assert_eq!(pem([one.as_bytes(), one.as_bytes()].concat().as_slice()), Err(PemError::Objects { found: 2 }));
        let not_text = |side, length| Err(PemError::NotText { side, length });
        assert_eq!(pem(&[&[0xff, 0], one.as_bytes()].concat()), not_text(Side::Before, 2));
        assert_eq!(pem(&[one.as_bytes(), &[0x30, 0x82, 1]].concat()), not_text(Side::After, 4));
        for cut in [30, one.len() - 2, one.len() - 20] {
            assert_eq!(pem(&one.as_bytes()[..cut]), Err(PemError::CutShort), "{cut}");
        }
        let offset = one.find("MAA=").unwrap();
        for (damaged, error) in [
            (one.replace("MAA=", "MA!="), PemError::NotBase64 { offset: offset + 2 }),
            (format!("\u{feff}{}", one.replace("MAA=", "!AA=")), PemError::NotBase64 { offset: offset + 3 }),
            (one.replace("MAA=", "MAA"), PemError::Base64End),
            (one.replace("MAA=", "MAA=MAA="), PemError::Base64End),
            // Bits that stand for nothing: not what an encoder writes.
            (one.replace("MAA=", "MAB="), PemError::Base64End),
        ] {
            assert_eq!(pem(damaged.as_bytes()), Err(error), "{damaged}");
        }
        let padded = encode(&PemLabel::Crl, &long());
        assert_eq!(pem(padded.replacen("BwcH", "Bwc=", 1).as_bytes()), Err(PemError::Base64End));
    }

    #[test]
    fn the_parameters_of_a_key_are_no_object_and_header_lines_are_named() {
        let key = encode(&PemLabel::OtherPrivateKey("EC PRIVATE KEY".to_owned()), &[0x30, 0]);
        let parameters = encode(&PemLabel::Other("EC PARAMETERS".to_owned()), &[6, 0]);
        assert_eq!(pem(format!("{parameters}{key}").as_bytes()).unwrap().1, [0x30, 0]);
        assert_eq!(pem(parameters.as_bytes()), Err(PemError::Objects { found: 0 }));
        let headers = "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nMAA";
        let label = PemLabel::OtherPrivateKey("EC PRIVATE KEY".to_owned());
        assert_eq!(pem(key.replacen("KEY-----\nMAA", headers, 1).as_bytes()), Err(PemError::Headers { label }));
    }

    #[test]
    fn hostile_text_is_bounded_and_refused() {
        let many = "-----BEGIN X509 CRL-----\n".repeat(50_000);
        assert_eq!(pem(many.as_bytes()), Err(PemError::Objects { found: 50_000 }));
        let label = format!("-----BEGIN {}-----\nMAA=\n-----END X-----\n", "A".repeat(1 << 20));
        assert_eq!(pem(label.as_bytes()), Err(PemError::CutShort));
        let control = "-----BEGIN X\u{1b}[2J-----\nMAA=\n-----END X-----\n";
        assert_eq!(pem(control.as_bytes()), Err(PemError::CutShort));
        let blank = [" ".repeat(1 << 20).into_bytes(), vec![b'M'; 1 << 20]].concat();
        assert_eq!(decode(&blank), Ok(Encoded::Der(&blank)));
    }
}
