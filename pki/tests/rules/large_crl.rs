//! A CRL of 200,000 entries: right verdicts, and what they cost beside SHA-256 of the file.

use std::time::{Duration, Instant};

use rootcast_pki::digest::sha256;
use rootcast_pki::finding::Severity;
use rootcast_pki::history::{CrlHistory, IssuedCertificate};
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;
use rootcast_pki::serial::SerialNumber;

use crate::crl_trial::known_certificate;
use crate::throwaway_ca::{DAY, DEFAULT_NOW, EntryDraft, KeyKind, ThrowAwayCa};
use crate::trial::{issuer, try_crl};

/// 16-byte serial numbers that follow from a counter; in no order.
fn serial(counter: u64) -> Vec<u8> {
    let digest = sha256(&counter.to_be_bytes());
    [&[0x11], &digest[..15]].concat()
}

#[test]
#[ignore = "takes seconds without optimisation: cargo test --release -p rootcast-pki -- --ignored --nocapture"]
fn the_verdict_on_a_large_crl_costs_a_few_times_its_hash() {
    let ca = ThrowAwayCa::with("Root", KeyKind::EcdsaP384, DEFAULT_NOW);
    let issuer = issuer(&ca);
    let mut draft = ca.crl(7);
    draft.issued_at(DEFAULT_NOW - 3 * DAY, DEFAULT_NOW + 30 * DAY);
    draft.entries =
        (0..200_000).map(|counter| EntryDraft::of(&serial(counter), DEFAULT_NOW - 9 * DAY, Some(4))).collect();
    let previous = draft.sign();
    draft.entries.push(EntryDraft::of(&serial(200_000), DEFAULT_NOW - 4 * DAY, Some(4)));
    draft.issued_at(DEFAULT_NOW - DAY, DEFAULT_NOW + 31 * DAY);
    draft.set_extension(crate::throwaway_ca::ExtensionDraft::crl_number(&[8]));
    let same_order = draft.sign();
    draft.entries.reverse();
    let other_order = draft.sign();
    draft.entries.remove(77);
    let vanished = draft.sign();

    let best = |mut work: Box<dyn FnMut() + '_>| -> Duration {
        let times = (0..5).map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        });
        times.min().unwrap_or_default()
    };
    let hash = best(Box::new(|| assert_ne!(sha256(&same_order), [0; 32])));
    let history = CrlHistory { previous: Some(&previous), ..CrlHistory::default() };
    // With an inventory, new entries are looked for as well; this one knows the one that is new.
    let issued = [IssuedCertificate { published: false, ..known_certificate(0, DEFAULT_NOW * 2) }]
        .map(|known| IssuedCertificate { serial: SerialNumber::from_contents(&serial(200_000)), ..known });
    let inventoried = CrlHistory { issued: &issued, ..history };
    for (what, der, history) in [
        ("in the same order", &same_order, &history),
        ("in the same order, with an inventory", &same_order, &inventoried),
        ("in another order", &other_order, &history),
        ("in another order, with an inventory", &other_order, &inventoried),
    ] {
        let verdict = best(Box::new(|| {
            let ruling = try_crl(der, &issuer, history, &Policy::default());
            assert!(ruling.findings.is_empty(), "{}", ruling.findings);
        }));
        let ratio = verdict.as_secs_f64() / hash.as_secs_f64();
        println!("{} bytes {what}: SHA-256 {hash:?}, verdict {verdict:?}, ratio {ratio:.1}", der.len());
    }
    let ruling = try_crl(&vanished, &issuer, &history, &Policy::default());
    ruling.assert_only(Rule::CrlEntryVanished, Severity::Hold);
}
