//! What is changed about a CA certificate.

use std::sync::Arc;

use rootcast_tests::seeds::Chance;
use rootcast_tests::throwaway_ca::der_writer::{boolean, generalized_time, oid, sequence, tlv};
use rootcast_tests::throwaway_ca::{CertificateDraft, DAY, ExtensionDraft, KeyKind, RawTime, SigningKey, name};

use super::judges::Bench;
use super::{FORGED, GOOD, Mutant, change_a_signed_byte, change_bytes, sign};

/// One change, made before signing or after.
pub(super) enum Change {
    /// To the draft, then signed. The time is the CA's.
    Draft(fn(&mut CertificateDraft, i64)),
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

const BASIC_CONSTRAINTS: &[u64] = &[2, 5, 29, 19];
const KEY_USAGE: &[u64] = &[2, 5, 29, 15];
const AKI: &[u64] = &[2, 5, 29, 35];

fn extension<'d>(draft: &'d mut CertificateDraft, oid: &[u64]) -> &'d mut ExtensionDraft {
    draft.extension_mut(oid).expect("an extension of every draft")
}

/// Every change by its name.
pub(super) const ALL: &[(&str, Change)] = &[
    (GOOD, Draft(|_, _| {})),
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
        Draft(|draft, _| {
            draft.set_extension(ExtensionDraft::authority_key_identifier(&[0x5a; 20]));
        }),
    ),
    ("AKI left out", Draft(|draft, _| draft.remove_extension(AKI))),
    ("v1 with extensions", Draft(|draft, _| draft.version = None)),
    ("v2 with extensions", Draft(|draft, _| draft.version = Some(1))),
    ("v4", Draft(|draft, _| draft.version = Some(3))),
    ("unique identifiers", Draft(|draft, _| draft.unique_ids = tlv(0x81, &[0, 1, 2]))),
    ("outer algorithm", Draft(|draft, _| draft.outer_algorithm = sequence(&[oid(&[1, 2, 840, 10045, 4, 3, 1])]))),
    (
        "expired",
        Draft(|draft, now| {
            draft.not_before = RawTime::At(now - 40 * DAY);
            draft.not_after = RawTime::At(now - DAY);
        }),
    ),
    ("not yet valid", Draft(|draft, now| draft.not_before = RawTime::At(now + DAY))),
    ("notAfter before notBefore", Draft(|draft, now| draft.not_after = RawTime::At(now - 2 * DAY))),
    ("older than its issuer", Draft(|draft, now| draft.not_before = RawTime::At(now - 4000 * DAY))),
    ("outlives its issuer", Draft(|draft, now| draft.not_after = RawTime::At(now + 8000 * DAY))),
    (
        "notBefore a GeneralizedTime before 2050",
        Draft(|draft, now| {
            draft.not_before = RawTime::Raw(generalized_time(now - DAY));
        }),
    ),
    ("notBefore without seconds", Draft(|draft, _| draft.not_before = RawTime::Raw(tlv(0x17, b"2601010000Z")))),
    ("serial number 0", Draft(|draft, _| draft.serial = vec![0])),
    ("negative serial number", Draft(|draft, _| draft.serial[0] = 0x80)),
    ("serial number of 21 octets", Draft(|draft, _| draft.serial = vec![0x11; 21])),
    ("serial number not minimal", Draft(|draft, _| draft.serial = vec![0, 0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66])),
    (
        "unknown critical extension",
        Draft(|draft, _| {
            draft.set_extension(ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99_999, 1], true, vec![5, 0]));
        }),
    ),
    (
        "unknown extension",
        Draft(|draft, _| {
            draft.set_extension(ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99_999, 1], false, vec![5, 0]));
        }),
    ),
    ("extension twice", Draft(|draft, _| draft.extensions.push(draft.extensions[1].clone()))),
    ("critical FALSE written out", Draft(|draft, _| extension(draft, AKI).writes_default = true)),
    ("basicConstraints left out", Draft(|draft, _| draft.remove_extension(BASIC_CONSTRAINTS))),
    (
        "basicConstraints without cA",
        Draft(|draft, _| {
            draft.set_extension(ExtensionDraft::basic_constraints(false, None));
        }),
    ),
    (
        "basicConstraints with cA FALSE written out",
        Draft(|draft, _| {
            extension(draft, BASIC_CONSTRAINTS).value = sequence(&[boolean(false)]);
        }),
    ),
    (
        "basicConstraints with cA 0x01",
        Draft(|draft, _| {
            extension(draft, BASIC_CONSTRAINTS).value = sequence(&[tlv(1, &[1])]);
        }),
    ),
    (
        "basicConstraints with a negative path length",
        Draft(|draft, _| {
            extension(draft, BASIC_CONSTRAINTS).value = sequence(&[boolean(true), tlv(2, &[0xff])]);
        }),
    ),
    ("basicConstraints not critical", Draft(|draft, _| extension(draft, BASIC_CONSTRAINTS).critical = false)),
    ("keyUsage left out", Draft(|draft, _| draft.remove_extension(KEY_USAGE))),
    ("keyUsage without keyCertSign", Draft(|draft, _| draft.set_extension(ExtensionDraft::key_usage(&[6])))),
    ("keyUsage without cRLSign", Draft(|draft, _| draft.set_extension(ExtensionDraft::key_usage(&[5])))),
    ("keyUsage with zero bits at its end", Draft(|draft, _| extension(draft, KEY_USAGE).value = tlv(3, &[0, 6]))),
    (
        "an end-entity certificate",
        Draft(|draft, _| {
            draft.remove_extension(BASIC_CONSTRAINTS);
            draft.set_extension(ExtensionDraft::key_usage(&[0]));
        }),
    ),
    ("empty subject", Draft(|draft, _| draft.subject = sequence(&[]))),
    (
        "a key of an unknown algorithm",
        Draft(|draft, _| {
            draft.spki = sequence(&[sequence(&[oid(&[1, 3, 6, 1, 4, 1, 99_999, 3])]), tlv(3, &[0, 1, 2, 3])]);
        }),
    ),
    (
        "a point that is not on its curve",
        Draft(|draft, _| {
            let last = draft.spki.len() - 1;
            draft.spki[last] ^= 1;
        }),
    ),
    (
        "the issuer's own name and key",
        Draft(|draft, _| {
            draft.subject.clone_from(&draft.issuer);
            draft.spki = draft.signer.spki();
        }),
    ),
];

/// A good CA certificate with the change made.
pub(super) fn make(bench: &Bench, (change, how): &'static (&'static str, Change), chance: &mut Chance) -> Mutant {
    let key = SigningKey::generate(KeyKind::EcdsaP256);
    let mut draft = bench.ca.intermediate_with_key("Example Issuing CA", &key);
    let der = match how {
        Draft(edit) => {
            edit(&mut draft, bench.ca.now);
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
    Mutant { kind: "certificate", change, der }
}
