//! Entries of a CRL, walked where they stand and never collected (RFC 5280 §5.1.2.6 and §5.3).
//! A CRL may have millions: this module allocates nothing.

use crate::extension::Extension;
use crate::general_name;
use crate::limits::ENTRY_EXTENSION_COUNT_MAX;
use crate::oid;
use crate::serial::SerialNumber;
use crate::stop::Stop;
use crate::strict_der::{
    DerError, ENUMERATED, Element, Fault, GENERALIZED_TIME, INTEGER, OBJECT_IDENTIFIER, Reader, SEQUENCE, check_integer,
};
use crate::time::{TimeError, Timestamp, parse_generalized_time, parse_time};

/// One revoked certificate (RFC 5280 §5.1.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// userCertificate: the contents octets of its serial number.
    pub serial: &'a [u8],
    /// revocationDate: when it was revoked; the epoch where that cannot be read, which CRL-TIME-ENCODING rejects.
    pub revocation_date: Timestamp,
    /// CRLReason (RFC 5280 §5.3.1), if given; 255 for a number below 0 or above 254. Where there are several, which CRL-EXT-CRITICAL
    /// rejects, the gravest: a compromise before all others, and removeFromCRL last.
    pub reason: Option<u8>,
    /// Where the entry stands in the CRL, in bytes from 0.
    pub offset: usize,
    pub(crate) serial_offset: usize,
    pub(crate) date_offset: usize,
}

impl Entry<'_> {
    /// The serial number, owned.
    #[must_use]
    pub fn serial_number(&self) -> SerialNumber {
        SerialNumber::from_contents(self.serial)
    }

    /// Whether it says that others may have the private key: keyCompromise (1) or cACompromise (2). That ends the key,
    /// not only the certificate.
    #[must_use]
    pub fn is_compromise(&self) -> bool {
        matches!(self.reason, Some(1 | 2))
    }
}

/// What an entry can have wrong with it and still be read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum EntryFault<'a> {
    Time(TimeError),
    UnknownCritical(&'a [u8]),
    /// A known extension that a CA has to mark as not critical (RFC 5280 §5.3.2; RFC 3280 §5.3.2).
    KnownCritical(&'a [u8]),
    Unknown(&'a [u8]),
    Twice(&'a [u8]),
    /// certificateIssuer, whose value this is.
    CertificateIssuer(Extension<'a>),
    ReasonCritical,
    /// A reasonCode that [`Entry::reason`] cannot hold: the contents octets of its ENUMERATED.
    ReasonOutOfRange(&'a [u8]),
    /// A reasonCode beside the one that counts, by its number.
    AnotherReason(u8),
    NoExtensions,
    Oddity(DerError),
    /// A known extension that cannot be read, by its name.
    Malformed(&'static str, DerError),
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// Contents octets of the serial number.
    pub(crate) serial: &'a [u8],
    /// The whole entry.
    pub(crate) raw: &'a [u8],
    pub(crate) offset: usize,
}

impl<'a> Place<'a> {
    /// The entry itself.
    pub(crate) fn entry(&self) -> Option<Entry<'a>> {
        self.entries().next()
    }

    /// A walk over it alone.
    pub(crate) fn entries(&self) -> Entries<'a> {
        Entries::new(Reader::at(self.raw, self.offset))
    }
}

/// Walks the entries. It ends at the first that cannot be read, which CRL-DER rejects.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    reader: Reader<'a>,
    stop: Stop,
    /// Entries since it was asked.
    unasked: u32,
}

/// A walk asks once in so many entries whether it is to end: some 0.3 ms.
const ASKED_EVERY: u32 = 4_096;

impl<'a> Entries<'a> {
    pub(crate) fn new(reader: Reader<'a>) -> Self {
        Entries { reader, stop: Stop::never(), unasked: 0 }
    }

    /// The same, but its walks also end when `stop` says so. What they found then is not whole.
    pub(crate) fn until(self, stop: Stop) -> Self {
        Entries { stop, ..self }
    }

    /// What ends its walks early.
    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Asks whether walks are to end.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.is_due()
    }

    /// Where the entries stand, read no further than their serial numbers.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place<'a>> + use<'a> {
        let mut entries = self.clone();
        core::iter::from_fn(move || {
            if entries.is_to_end() {
                return None;
            }
            let reader = &mut entries.reader;
            let element = reader.expect(SEQUENCE).ok()?;
            let serial = element.reader().integer().ok()?.value;
            Some(Place { serial, raw: element.raw, offset: element.offset })
        })
    }

    #[inline]
    fn is_to_end(&mut self) -> bool {
        self.unasked += 1;
        self.unasked >= ASKED_EVERY && self.ask()
    }

    // Out of the way: a walk goes by here once in some thousand entries.
    #[cold]
    #[inline(never)]
    fn ask(&mut self) -> bool {
        self.unasked = 0;
        self.stop.is_due()
    }

    /// The next entry, with everything wrong with it and where that stands told to `fault`.
    pub(crate) fn next_strictly(
        &mut self,
        fault: impl FnMut(EntryFault<'a>, usize),
    ) -> Option<Result<Entry<'a>, DerError>> {
        if self.reader.is_empty() || self.is_to_end() {
            return None;
        }
        Some(read(&mut self.reader, fault))
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        if let Ok(entry) = self.next_strictly(|_, _| {})? {
            return Some(entry);
        }
        self.reader = Reader::new(&[]);
        None
    }
}

#[inline]
fn read<'a>(reader: &mut Reader<'a>, mut fault: impl FnMut(EntryFault<'a>, usize)) -> Result<Entry<'a>, DerError> {
    let element = reader.expect(SEQUENCE).map_err(of_field("the entry is not a SEQUENCE"))?;
    let mut fields = element.reader();
    let serial = fields.integer().map_err(of_field("userCertificate (the serial number) is not an INTEGER"))?;
    let time = fields.any()?;
    let revocation_date = match parse_time(time.tag, time.value) {
        Ok(at) => at,
        Err(error) => {
            fault(EntryFault::Time(error), time.offset);
            match error {
                TimeError::WrongForm { at, .. } | TimeError::NoForm { at } => at,
                _ => Timestamp(0),
            }
        }
    };
    let mut reason = None;
    if let Some(list) = fields.optional(SEQUENCE)? {
        reason = match list.value {
            // A reasonCode alone, not critical: what most entries have. Read at once, as `read_extensions` would.
            [0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01, code @ 0..0x80] => Some(*code),
            [] => {
                fault(EntryFault::NoExtensions, list.offset);
                None
            }
            _ => read_extensions(list.reader(), &mut fault)?,
        };
    }
    fields.finish()?;
    Ok(Entry {
        serial: serial.value,
        revocation_date,
        reason,
        offset: element.offset,
        serial_offset: serial.offset,
        date_offset: time.offset,
    })
}

fn read_extensions<'a>(
    mut reader: Reader<'a>,
    fault: &mut impl FnMut(EntryFault<'a>, usize),
) -> Result<Option<u8>, DerError> {
    let mut seen: [&[u8]; ENTRY_EXTENSION_COUNT_MAX] = [&[]; ENTRY_EXTENSION_COUNT_MAX];
    let mut count = 0;
    let mut reason = None;
    let mut oddity = None;
    while !reader.is_empty() {
        let extension = Extension::read(&mut reader, &mut oddity)?;
        if seen.contains(&extension.oid) {
            fault(EntryFault::Twice(extension.oid), extension.offset);
        }
        let Some(place) = seen.get_mut(count) else {
            let fault = Fault::TooMany { what: "extensions in an entry", max: ENTRY_EXTENSION_COUNT_MAX };
            return Err(DerError { offset: extension.offset, fault });
        };
        *place = extension.oid;
        count += 1;
        if extension.critical && [oid::INVALIDITY_DATE, oid::HOLD_INSTRUCTION_CODE].contains(&extension.oid) {
            fault(EntryFault::KnownCritical(extension.oid), extension.offset);
        }
        match extension.oid {
            oid::REASON_CODE => {
                let mut inside = extension.reader();
                let element = inside.expect(ENUMERATED).map_err(of_reason)?;
                inside.finish()?;
                check_integer(&element)?;
                let code = match element.value {
                    [value @ 0..0x80] | [0, value] if *value != OUT_OF_RANGE => *value,
                    contents => {
                        fault(EntryFault::ReasonOutOfRange(contents), extension.offset);
                        OUT_OF_RANGE
                    }
                };
                reason = Some(match reason {
                    None => code,
                    Some(before) => {
                        let (kept, other) =
                            if gravity(code) > gravity(before) { (code, before) } else { (before, code) };
                        fault(EntryFault::AnotherReason(other), extension.offset);
                        kept
                    }
                });
                if extension.critical {
                    fault(EntryFault::ReasonCritical, extension.offset);
                }
            }
            oid::CERTIFICATE_ISSUER => {
                fault(EntryFault::CertificateIssuer(extension), extension.offset);
                check_form(&extension, "certificateIssuer", SEQUENCE, fault, |names| {
                    general_name::read_all(names, |_| {})
                });
            }
            oid::INVALIDITY_DATE => check_form(&extension, "invalidityDate", GENERALIZED_TIME, fault, |time| {
                let wrong = time.error(Fault::Form("a time that is not of the form 20261121000000Z"));
                parse_generalized_time(time.value).map(|_| ()).map_err(|_| wrong)
            }),
            oid::HOLD_INSTRUCTION_CODE => {
                check_form(&extension, "holdInstructionCode", OBJECT_IDENTIFIER, fault, |_| {
                    extension.reader().oid().map(|_| ())
                });
            }
            unknown if extension.critical => fault(EntryFault::UnknownCritical(unknown), extension.offset),
            unknown => fault(EntryFault::Unknown(unknown), extension.offset),
        }
    }
    if let Some(oddity) = oddity {
        fault(EntryFault::Oddity(oddity), oddity.offset);
    }
    Ok(reason)
}

/// The same error, in the words of reasonCode.
fn of_reason(error: DerError) -> DerError {
    let fault = match error.fault {
        Fault::Tag { found: INTEGER, .. } => Fault::Form("the reason is written as INTEGER, not as ENUMERATED"),
        Fault::Tag { .. } | Fault::Missing { .. } => Fault::Form("the reason is not an ENUMERATED"),
        fault => fault,
    };
    DerError { fault, ..error }
}

/// The same error where a field of an entry has another type, with the name of the field.
fn of_field(wanted: &'static str) -> impl Fn(DerError) -> DerError {
    move |error| match error.fault {
        Fault::Tag { .. } | Fault::Missing { .. } => DerError { fault: Fault::Form(wanted), ..error },
        _ => error,
    }
}

/// Stands in [`Entry::reason`] for every number that it cannot hold.
pub(crate) const OUT_OF_RANGE: u8 = u8::MAX;

/// How grave a CRLReason is: a compromise, another end, no reason that says anything, a hold, a hold that was lifted.
fn gravity(code: u8) -> u8 {
    match code {
        1 => 6,
        2 | 10 => 5,
        3..=5 | 9 => 4,
        6 => 1,
        8 => 0,
        0 => 2,
        _ => 3,
    }
}

/// Tells of a known extension that does not have the form of its kind.
fn check_form<'a>(
    extension: &Extension<'a>,
    name: &'static str,
    tag: u8,
    fault: &mut impl FnMut(EntryFault<'a>, usize),
    check: impl FnOnce(&Element<'a>) -> Result<(), DerError>,
) {
    if let Err(error) = extension.only(tag).and_then(|element| check(&element)) {
        fault(EntryFault::Malformed(name, error), error.offset);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An entry with this list of extensions.
    fn entry(extensions: &[u8]) -> Vec<u8> {
        let fields =
            [&b"\x02\x01\x07\x17\x0d260101000000Z\x30"[..], &[u8::try_from(extensions.len()).unwrap()], extensions];
        let fields = fields.concat();
        [&[0x30, u8::try_from(fields.len()).unwrap()], &*fields].concat()
    }

    /// What [`read`] does with it, and what [`read_extensions`] does.
    fn both(extensions: &[u8]) -> [String; 2] {
        let (mut at_once, mut in_full) = (Vec::new(), Vec::new());
        let bytes = entry(extensions);
        let at = bytes.len() - extensions.len();
        let read = read(&mut Reader::new(&bytes), |fault, at| at_once.push(format!("{fault:?} {at}")));
        let walked = read_extensions(Reader::at(extensions, at), &mut |fault, at| {
            in_full.push(format!("{fault:?} {at}"));
        });
        [format!("{:?} {at_once:?}", read.map(|entry| entry.reason)), format!("{walked:?} {in_full:?}")]
    }

    #[test]
    fn a_reason_that_is_read_at_once_is_read_as_any_other() {
        let usual = [0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01, 4];
        let mut plain = 0;
        for place in 0..usual.len() {
            for octet in 0..=u8::MAX {
                let mut extensions = usual;
                extensions[place] = octet;
                let [at_once, in_full] = both(&extensions);
                assert_eq!(at_once, in_full, "octet {octet:02x} at {place}");
                plain += usize::from(place == 11 && in_full == format!("Ok(Some({octet})) []"));
            }
        }
        assert_eq!(plain, 128, "as many reasons are in one octet");
        let critical = [0x30, 0x0d, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x01, 0x01, 0xff, 0x04, 0x03, 0x0a, 0x01, 4];
        for list in [&critical[..], &usual.repeat(2), &usual[..11]] {
            let [at_once, in_full] = both(list);
            assert_eq!(at_once, in_full);
        }
    }
}
