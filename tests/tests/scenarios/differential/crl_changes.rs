//! What is changed about a CRL.

use std::sync::Arc;

use rootcast_tests::seeds::Chance;
use rootcast_tests::throwaway_ca::der_writer::{generalized_time, integer_octets, oid, sequence, tlv};
use rootcast_tests::throwaway_ca::{CrlDraft, DAY, EntryDraft, ExtensionDraft, KeyKind, RawTime, SigningKey, name};

use super::judges::Bench;
use super::{FORGED, GOOD, Mutant, change_a_signed_byte, change_bytes, sign};

/// One change, made before signing or after.
pub(super) enum Change {
    /// To the draft, then signed.
    Draft(fn(&mut CrlDraft, &mut Chance)),
    /// To one byte of what is signed.
    SignedByte,
    /// To the signed item.
    Bytes(usize),
}

use Change::{Bytes, Draft, SignedByte};

/// Whether the change is the same each time.
pub(super) fn is_draft(how: &Change) -> bool {
    matches!(how, Draft(_))
}

/// `30 06 03 55 1d …`: an extension of the arc 2.5.29.
fn known(arc: u64, critical: bool, value: Vec<u8>) -> ExtensionDraft {
    ExtensionDraft::new(&[2, 5, 29, arc], critical, value)
}

fn first(draft: &mut CrlDraft) -> &mut EntryDraft {
    &mut draft.entries[0]
}

fn point(draft: &mut CrlDraft, fields: &[Vec<u8>]) {
    draft.set_extension(ExtensionDraft::issuing_distribution_point(fields));
}

/// Where the certificates point to that these CRLs are for.
fn uri() -> Vec<u8> {
    tlv(0xa0, &tlv(0xa0, &tlv(0x86, b"http://crl.example.com/root.crl")))
}

fn at(time: &RawTime) -> i64 {
    match time {
        RawTime::At(seconds) => *seconds,
        RawTime::Raw(_) => 0,
    }
}

/// Every change by its name.
pub(super) const ALL: &[(&str, Change)] = &[
    (GOOD, Draft(|_, _| {})),
    (GOOD, Draft(|draft, _| draft.entries.clear())),
    ("one signed byte", SignedByte),
    ("one signed byte", SignedByte),
    ("one signed byte", SignedByte),
    ("one signed byte", SignedByte),
    ("one bit after signing", Bytes(0)),
    ("cut short", Bytes(1)),
    ("bytes behind it", Bytes(2)),
    ("a byte left out", Bytes(3)),
    (FORGED, Draft(|draft, _| draft.signer = Arc::new(SigningKey::generate(draft.signer.kind())))),
    ("issuer: another name", Draft(|draft, _| draft.issuer = name("Another Root"))),
    ("issuer: other case", Draft(|draft, _| draft.issuer = name("EXAMPLE  root"))),
    (
        "AKI of another key",
        Draft(|draft, chance| {
            draft.set_extension(ExtensionDraft::authority_key_identifier(&chance.bytes(20)));
        }),
    ),
    ("AKI left out", Draft(|draft, _| draft.remove_extension(&[2, 5, 29, 35]))),
    ("AKI critical", Draft(|draft, _| draft.extension_mut(&[2, 5, 29, 35]).expect("an AKI").critical = true)),
    ("v1", Draft(|draft, _| draft.version = None)),
    ("v3", Draft(|draft, _| draft.version = Some(2))),
    ("outer algorithm", Draft(|draft, _| draft.outer_algorithm = sequence(&[oid(&[1, 2, 840, 10045, 4, 3, 1])]))),
    ("inner algorithm", Draft(|draft, _| draft.inner_algorithm = sequence(&[oid(&[1, 2, 840, 10045, 4, 3, 1])]))),
    (
        "algorithm with NULL added or taken",
        Draft(|draft, _| {
            let null = draft.inner_algorithm.ends_with(&[5, 0]);
            let mut inside = draft.inner_algorithm[2..].to_vec();
            if null {
                inside.truncate(inside.len() - 2)
            } else {
                inside.extend([5, 0])
            }
            draft.inner_algorithm = tlv(0x30, &inside);
            draft.outer_algorithm = draft.inner_algorithm.clone();
        }),
    ),
    (
        "expired",
        Draft(|draft, _| {
            let now = at(&draft.this_update) + DAY;
            draft.issued_at(now - 40 * DAY, now - DAY);
        }),
    ),
    (
        "from the future",
        Draft(|draft, _| {
            let now = at(&draft.this_update) + DAY;
            draft.issued_at(now + DAY, now + 40 * DAY);
        }),
    ),
    ("nextUpdate left out", Draft(|draft, _| draft.next_update = None)),
    (
        "nextUpdate before thisUpdate",
        Draft(|draft, _| {
            let now = at(&draft.this_update) + DAY;
            draft.issued_at(now - DAY, now - 2 * DAY);
        }),
    ),
    (
        "thisUpdate a GeneralizedTime before 2050",
        Draft(|draft, _| {
            draft.this_update = RawTime::Raw(generalized_time(at(&draft.this_update)));
        }),
    ),
    ("thisUpdate without seconds", Draft(|draft, _| draft.this_update = RawTime::Raw(tlv(0x17, b"2601010000Z")))),
    ("thisUpdate with an offset", Draft(|draft, _| draft.this_update = RawTime::Raw(tlv(0x17, b"260101000000+0100")))),
    ("thisUpdate on 30 February", Draft(|draft, _| draft.this_update = RawTime::Raw(tlv(0x17, b"260230000000Z")))),
    ("CRLNumber left out", Draft(|draft, _| draft.remove_extension(&[2, 5, 29, 20]))),
    ("CRLNumber critical", Draft(|draft, _| draft.extension_mut(&[2, 5, 29, 20]).expect("a number").critical = true)),
    ("CRLNumber negative", Draft(|draft, _| draft.set_extension(ExtensionDraft::crl_number(&[0x80])))),
    ("CRLNumber of 21 octets", Draft(|draft, _| draft.set_extension(ExtensionDraft::crl_number(&[0x11; 21])))),
    ("CRLNumber not minimal", Draft(|draft, _| draft.set_extension(ExtensionDraft::crl_number(&[0, 1])))),
    ("CRLNumber twice", Draft(|draft, _| draft.extensions.push(ExtensionDraft::crl_number(&[9])))),
    (
        "unknown extension",
        Draft(|draft, _| {
            draft.set_extension(ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99_999, 1], false, vec![5, 0]));
        }),
    ),
    (
        "unknown critical extension",
        Draft(|draft, _| {
            draft.set_extension(ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99_999, 1], true, vec![5, 0]));
        }),
    ),
    ("critical FALSE written out", Draft(|draft, _| draft.extensions[0].writes_default = true)),
    ("delta", Draft(|draft, _| draft.set_extension(known(27, true, tlv(2, &[1]))))),
    ("freshestCRL", Draft(|draft, _| draft.set_extension(known(46, false, sequence(&[sequence(&[uri()])]))))),
    ("IDP with a URI", Draft(|draft, _| point(draft, &[uri()]))),
    ("IDP that says nothing", Draft(|draft, _| point(draft, &[]))),
    (
        "IDP not critical",
        Draft(|draft, _| {
            point(draft, &[uri()]);
            draft.extension_mut(&[2, 5, 29, 28]).expect("an IDP").critical = false;
        }),
    ),
    ("IDP user certificates only", Draft(|draft, _| point(draft, &[tlv(0x81, &[0xff])]))),
    ("IDP CA certificates only", Draft(|draft, _| point(draft, &[tlv(0x82, &[0xff])]))),
    ("IDP some reasons", Draft(|draft, _| point(draft, &[tlv(0x83, &[1, 2])]))),
    ("IDP indirect", Draft(|draft, _| point(draft, &[tlv(0x84, &[0xff])]))),
    ("IDP attribute certificates only", Draft(|draft, _| point(draft, &[tlv(0x85, &[0xff])]))),
    (
        "empty list of entries",
        Draft(|draft, _| {
            draft.entries.clear();
            draft.writes_empty_list = true;
        }),
    ),
    ("entry twice", Draft(|draft, _| draft.entries.push(draft.entries[0].clone()))),
    ("entry of serial number 0", Draft(|draft, _| first(draft).serial = vec![0])),
    ("entry of negative serial number", Draft(|draft, _| first(draft).serial = vec![0x80])),
    ("entry of 21 octets", Draft(|draft, _| first(draft).serial = vec![0x11; 21])),
    ("entry's serial number not minimal", Draft(|draft, _| first(draft).serial = vec![0, 0x11])),
    ("entry's serial number of no octets", Draft(|draft, _| first(draft).serial.clear())),
    ("entry later than thisUpdate", Draft(|draft, _| first(draft).date = RawTime::At(at(&draft.this_update) + 60))),
    ("entry's date is no date", Draft(|draft, _| first(draft).date = RawTime::Raw(tlv(0x17, b"notadate00000")))),
    ("entry's date is an integer", Draft(|draft, _| first(draft).date = RawTime::Raw(tlv(2, &[1])))),
    ("entry without a reason", Draft(|draft, _| first(draft).extensions.clear())),
    (
        "entry with an empty list",
        Draft(|draft, _| {
            first(draft).extensions.clear();
            first(draft).writes_empty_list = true;
        }),
    ),
    ("entry on hold", Draft(|draft, _| first(draft).extensions = vec![ExtensionDraft::reason(6)])),
    ("entry to be removed", Draft(|draft, _| first(draft).extensions = vec![ExtensionDraft::reason(8)])),
    ("entry with reason 77", Draft(|draft, _| first(draft).extensions = vec![ExtensionDraft::reason(77)])),
    ("entry's reason critical", Draft(|draft, _| first(draft).extensions[0].critical = true)),
    (
        "entry's reason twice",
        Draft(|draft, _| {
            let reason = first(draft).extensions[0].clone();
            first(draft).extensions.push(reason);
        }),
    ),
    (
        "entry with unknown critical extension",
        Draft(|draft, _| {
            first(draft).extensions.push(ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99_999, 2], true, vec![5, 0]));
        }),
    ),
    (
        "entry of another issuer",
        Draft(|draft, _| {
            let issuer = sequence(&[tlv(0xa4, &name("Another Root"))]);
            first(draft).extensions.push(known(29, true, issuer));
        }),
    ),
];

/// A good CRL of some entries, with the change made.
pub(super) fn make(bench: &Bench, (change, how): &'static (&'static str, Change), chance: &mut Chance) -> Mutant {
    let now = bench.ca.now;
    let mut draft = bench.ca.crl(chance.bits() >> 40);
    draft.set_extension(ExtensionDraft::crl_number(&integer_octets(1 + (chance.bits() >> 40))));
    for _ in 0..1 + chance.below(12) {
        let reason = [1, 3, 4, 5, 9][chance.below(5)];
        let days = 2 + chance.below(900) as i64;
        let serial = integer_octets(chance.serial());
        draft.entries.push(EntryDraft::of(&serial, now - days * DAY, Some(reason)));
    }
    let der = match how {
        Draft(edit) => {
            edit(&mut draft, chance);
            draft.sign()
        }
        SignedByte => {
            let mut body = draft.to_be_signed();
            change_a_signed_byte(&mut body, chance);
            sign(body, &draft.outer_algorithm, &draft.signer, draft.scheme)
        }
        Bytes(how) => {
            let mut der = draft.sign();
            change_bytes(&mut der, *how, chance);
            der
        }
    };
    assert_ne!(draft.signer.kind(), KeyKind::MlDsa87, "openssl and certtool here know no ML-DSA");
    Mutant { kind: "crl", change, der }
}
