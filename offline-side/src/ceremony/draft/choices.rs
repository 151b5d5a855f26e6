//! The choices of a rehearsal, kept for the signing: the CRL number (REQ-NUMBER), the serial numbers, the scheme and
//! the time of the verdicts. The request and its inputs determine everything else, so the same choices give the same
//! bytes (SIGN-REHEARSED).

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::limits::CLOCK_SKEW_SECONDS;
use rootcast_pki::rule::Rule;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

use super::identity::Identity;
use super::named_file::PreviousCrl;
use crate::ceremony::key::SignatureScheme;
use crate::ceremony::request::{Lined, ROOT_NAME, Request, RequestFault};
use crate::store::journal::ceremony::AbandonedCrl;

/// Octets of a serial number: 126 random bits, positive, of one length (RFC 5280 §4.1.2.2, BR 7.1).
pub(crate) const SERIAL_OCTETS: usize = 16;

/// The choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// How everything is signed.
    pub scheme: SignatureScheme,
    /// The number of the CRL, where one is asked for.
    pub number: Option<CrlNumber>,
    /// The serial number of each certificate, contents octets, by its name; the root's under `root`.
    pub serials: BTreeMap<String, Vec<u8>>,
    /// The name and identifier that a certificate keeps because the state knows its key, by the name of the certificate;
    /// empty in a rehearsal of an older version, which kept neither.
    pub known: BTreeMap<String, Identity>,
    /// The public key of a new root, SubjectPublicKeyInfo.
    pub root_spki: Option<Vec<u8>>,
    /// When the rehearsal was made.
    pub made: Timestamp,
    /// As of when the rules judged: when it was made, or later if what is signed begins later.
    pub judged_at: Timestamp,
    /// The CRLs that the new one takes the place of, and that are never to be sent.
    pub abandoned: Vec<AbandonedCrl>,
    /// For which rules the online side was expected to hold each object, by its file; `None` in a rehearsal of an older
    /// version, which did not keep it.
    pub holds: Option<BTreeMap<String, BTreeSet<Rule>>>,
    /// Whether somebody typed the words of each certification request from paper, by its path in the request; `None` where
    /// there is none, and in a rehearsal of an older version, which kept that in `dump.txt` alone.
    pub compared: Option<BTreeMap<String, bool>>,
}

/// The numbers that were used before, as far as they are known here.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct UsedNumbers {
    /// Of the last CRL in the state.
    pub sent: Option<CrlNumber>,
    /// The highest one that a signing burned, whether or not something came of it.
    pub burned: Option<CrlNumber>,
}

/// REQ-NUMBER: one above every number that is known to be used; 1 for a root's first.
///
/// # Errors
/// When none is left.
pub(crate) fn next_number(previous: Option<&PreviousCrl>, used: UsedNumbers) -> Result<CrlNumber, RequestFault> {
    let known = [previous.and_then(|crl| crl.number), used.sent, used.burned];
    let last = known.into_iter().flatten().max().unwrap_or(CrlNumber::ZERO);
    last.successor().ok_or(RequestFault::NoNumberLeft)
}

/// As of when the rules judge: an object whose time has not come yet is judged at its beginning.
#[must_use]
pub(crate) fn judged_at(request: &Request, now: Timestamp) -> Timestamp {
    beginnings(request).map(|(_, begins)| begins.value).max().map_or(now, |latest| latest.max(now))
}

/// Every date at which something that is asked for begins, and its key in the request.
pub(crate) fn beginnings(request: &Request) -> impl Iterator<Item = (&'static str, Lined<Timestamp>)> {
    let crl = request.crl.iter().map(|crl| ("this_update", crl.this_update));
    let certificates = request.certificates.iter().map(|certificate| ("not_before", certificate.not_before));
    let root = request.root.iter().map(|root| ("not_before", root.not_before));
    crl.chain(certificates).chain(root)
}

/// REQ-FUTURE: the first moment at which this may be signed, where it is not at any time. The online side takes dates that
/// are ten minutes ahead of its clock, but nothing of a root that is not valid yet.
#[must_use]
pub(crate) fn earliest_signing(request: &Request) -> Option<Timestamp> {
    let soon = beginnings(request).map(|(_, begins)| begins.value.plus_seconds(-CLOCK_SKEW_SECONDS));
    let signs_more = request.crl.is_some() || !request.certificates.is_empty();
    let root = request.root.iter().filter(|_| signs_more).map(|root| root.not_before.value);
    soon.chain(root).max()
}

/// The machine gave no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoRandomness;

/// Draws a serial number for every certificate asked for: host randomness, and what the operator threw with dice if
/// anything, hashed together, so that neither alone decides.
///
/// # Errors
/// [`NoRandomness`].
pub(crate) fn draw_serials(request: &Request, dice: Option<&str>) -> Result<BTreeMap<String, Vec<u8>>, NoRandomness> {
    let random = SystemRandom::new();
    let mut serials = BTreeMap::new();
    let root = request.root.iter().map(|_| ROOT_NAME);
    for name in root.chain(request.certificates.iter().map(|certificate| certificate.name.as_str())) {
        let mut drawn = [0; 32];
        random.fill(&mut drawn).map_err(|_| NoRandomness)?;
        serials.insert(name.to_owned(), mixed(&drawn, dice.unwrap_or_default(), name));
    }
    Ok(serials)
}

fn mixed(drawn: &[u8; 32], dice: &str, name: &str) -> Vec<u8> {
    let digest = Digest::of_parts(&[b"rootcast serial number\0", drawn, name.as_bytes(), b"\0", dice.as_bytes()]);
    let mut serial: Vec<u8> = digest.as_bytes().iter().take(SERIAL_OCTETS).copied().collect();
    if let Some(first) = serial.first_mut() {
        // Positive, and never a leading zero: all have one length.
        *first = *first & 0x7f | 0x40;
    }
    serial
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: u64) -> Option<CrlNumber> {
        Some(CrlNumber::from(value))
    }

    fn previous(number: Option<CrlNumber>) -> PreviousCrl {
        PreviousCrl { der: Vec::new(), number, this_update: Timestamp(0), distribution_point: None }
    }

    #[test]
    fn the_next_number_is_above_every_one_that_was_used() {
        for (before, sent, burned, next) in [
            (None, None, None, 1),
            (number(41), None, None, 42),
            (number(41), number(41), number(44), 45),
            (None, number(7), number(3), 8),
        ] {
            let before = previous(before);
            assert_eq!(next_number(Some(&before), UsedNumbers { sent, burned }).ok(), number(next));
        }
        let greatest = "730750818665451459101842416358141509827966271487".parse().ok();
        assert_eq!(next_number(Some(&previous(greatest)), UsedNumbers::default()), Err(RequestFault::NoNumberLeft));
    }

    /// REQ-FUTURE: ten minutes before everything begins; but what a new root signs has to wait for the root.
    #[test]
    fn the_earliest_signing_is_ten_minutes_before_the_latest_beginning() {
        let dates = |crl: &str, root: &str| {
            let text = format!(
                "first = true\n[crl]\nthis_update = \"2026-11-21T{crl}:00Z\"\nnext_update = \"2027-05-20T23:59:59Z\"\n[root]\nkey = \
                 \"ecdsa-p384\"\nsubject = \"CN=R\"\nnot_before = \"2026-11-21T{root}:00Z\"\nnot_after = \"2046-11-20T23:59:59Z\"\n"
            );
            crate::ceremony::request::read(text.as_bytes(), "R.toml").unwrap()
        };
        let earliest = |request: &Request| earliest_signing(request).unwrap().to_string();
        let request = dates("08:30", "07:00");
        assert_eq!(earliest(&request), "2026-11-21T08:20:00Z");
        assert_eq!(judged_at(&request, Timestamp(0)).to_string(), "2026-11-21T08:30:00Z");
        assert_eq!(earliest(&dates("08:30", "08:25")), "2026-11-21T08:25:00Z");
        let alone = Request { crl: None, first: false, ..dates("08:30", "08:25") };
        assert_eq!(earliest(&alone), "2026-11-21T08:15:00Z");
    }

    #[test]
    fn serial_numbers_are_positive_of_16_octets_and_moved_by_the_dice() {
        let serial = mixed(&[7; 32], "", "a");
        assert_eq!(serial.len(), SERIAL_OCTETS);
        assert!((0x40..0x80).contains(&serial[0]));
        assert_ne!(serial, mixed(&[7; 32], "6 1 3", "a"));
        assert_ne!(serial, mixed(&[8; 32], "", "a"));
        assert_ne!(serial, mixed(&[7; 32], "", "b"));
    }
}
