//! The difference between two CRLs, against what was done to them.

use std::collections::BTreeSet;

use rootcast_pki::difference::Difference;

use crate::throwaway_ca::{CrlDraft, DAY, DEFAULT_NOW, EntryDraft, ExtensionDraft, ThrowAwayCa};

fn serial(counter: u16) -> Vec<u8> {
    // In no order, never repeating.
    let [high, low] = counter.to_be_bytes();
    vec![0x11, low.wrapping_mul(37), high, low]
}

fn with_entries(ca: &ThrowAwayCa, number: u64, counters: impl Iterator<Item = u16>) -> CrlDraft {
    let mut draft = ca.crl(number);
    draft.entries = counters.map(|counter| EntryDraft::of(&serial(counter), DEFAULT_NOW - 9 * DAY, Some(4))).collect();
    draft
}

fn counts(difference: &Difference) -> (u64, u64, u64) {
    (difference.added.count, difference.gone.count, difference.changed.count)
}

#[test]
fn additions_losses_and_changes_are_counted_exactly_and_the_first_twenty_listed() {
    let ca = ThrowAwayCa::new("Root");
    let before = with_entries(&ca, 7, 0..500);
    let mut now = with_entries(&ca, 8, 30..560);
    for entry in &mut now.entries[..25] {
        entry.extensions = vec![ExtensionDraft::reason(1)];
    }
    for order in ["the same", "the reverse"] {
        let difference = Difference::between(&before.sign(), &now.sign()).unwrap();
        assert_eq!(counts(&difference), (60, 30, 25), "{order} order");
        assert_eq!((difference.entries.before, difference.entries.now), (500, 530));
        assert_eq!(difference.gone.first.len(), 20);
        let gone: BTreeSet<Vec<u8>> = difference.gone.first.iter().map(|e| e.serial.as_bytes().to_vec()).collect();
        assert_eq!(gone, (0..20).map(serial).collect());
        assert!(difference.added.first.iter().all(|e| (500..560).any(|c| serial(c) == e.serial.as_bytes())));
        let text = difference.to_string();
        assert!(text.contains("number      7 -> 8") && text.contains("60 added, 30 gone, 25 changed"), "{text}");
        assert!(
            text.contains("- … and 10 more") && text.contains("superseded -> 2026-11-12T00:00:00Z  keyCompromise"),
            "{text}"
        );
        assert_eq!(text.lines().count(), 5 + 21 + 21 + 21, "{text}");
        now.entries.reverse();
    }
}

#[test]
fn the_order_alone_is_no_difference_of_entries() {
    let ca = ThrowAwayCa::new("Root");
    let before = with_entries(&ca, 7, 0..300);
    let now = with_entries(&ca, 8, (0..300).rev());
    let difference = Difference::between(&before.sign(), &now.sign()).unwrap();
    assert!(difference.has_same_entries());
    assert_eq!(difference.entries.now, 300);
}

#[test]
fn a_serial_number_that_stands_there_twice_is_no_addition_but_for_the_second() {
    let ca = ThrowAwayCa::new("Root");
    let before = with_entries(&ca, 7, 0..3);
    let now = with_entries(&ca, 8, [0, 1, 2, 1].into_iter());
    assert_eq!(counts(&Difference::between(&before.sign(), &now.sign()).unwrap()), (1, 0, 0));
}

#[test]
fn crls_of_two_issuers_and_equal_bytes_and_nonsense_have_no_difference() {
    let (one, other) = (ThrowAwayCa::new("Root"), ThrowAwayCa::new("Root"));
    let crl = one.crl(7).sign();
    assert_eq!(Difference::between(&crl, &crl), None);
    assert_eq!(Difference::between(&crl, &other.crl(8).sign()), None, "one name, two keys");
    assert_eq!(Difference::between(&crl, b"no CRL"), None);
    assert_eq!(Difference::between(&[], &crl), None);
}

#[test]
fn a_crl_that_no_longer_names_its_key_is_compared_all_the_same() {
    let ca = ThrowAwayCa::new("Root");
    let mut now = with_entries(&ca, 8, 1..3);
    now.remove_extension(&[2, 5, 29, 35]);
    let difference = Difference::between(&with_entries(&ca, 7, 0..3).sign(), &now.sign()).unwrap();
    assert_eq!(counts(&difference), (0, 1, 0));
}
