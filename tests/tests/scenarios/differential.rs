//! Generated CRLs and CA certificates, good ones and each with one thing changed, before three judges: the gate,
//! `openssl` and `certtool`. What the gate accepts and both others refuse is a defect; what the gate refuses and
//! both others accept is what the gate is for, and the table says by which rule.

mod certificate_changes;
mod crl_changes;
mod document;
mod judges;
mod surroundings;

use std::collections::{BTreeMap, BTreeSet};

use judges::{Bench, Opinions};
use rootcast_tests::seeds::{Chance, chance};
use rootcast_tests::shown_table::ShownTable;
use rootcast_tests::throwaway_ca::der_writer::{bits, sequence};
use rootcast_tests::throwaway_ca::{KeyKind, Scheme, SigningKey};

/// How often every change is made, unless `ROOTCAST_DIFFERENTIAL_ROUNDS` says otherwise: `make long` does.
const ROUNDS: usize = 4;

const KEYS: [KeyKind; 5] =
    [KeyKind::EcdsaP256, KeyKind::EcdsaP384, KeyKind::Rsa2048, KeyKind::Ed25519, KeyKind::EcdsaP521];

/// Nothing was changed.
const GOOD: &str = "nothing";

/// The signature is somebody else's.
const FORGED: &str = "signed by another key";

/// One item to be judged.
struct Mutant {
    kind: &'static str,
    change: &'static str,
    der: Vec<u8>,
}

#[test]
fn what_the_gate_accepts_is_never_refused_by_both_openssl_and_certtool() {
    if !judges::certtool_is_there() {
        return rootcast_tests::skipped::skipped("the differential test: no certtool here (run `make deps`)");
    }
    let rounds = std::env::var("ROOTCAST_DIFFERENTIAL_ROUNDS").ok();
    let rounds = rounds.map_or(ROUNDS, |text| text.parse().expect("ROOTCAST_DIFFERENTIAL_ROUNDS is a number"));
    let mut chance = chance("what_the_gate_accepts");
    let benches: Vec<Bench> = KEYS.iter().map(|kind| Bench::new(*kind)).collect();
    let mut work: Vec<(&Bench, Mutant)> = Vec::new();
    for round in 0..rounds {
        for (place, change) in crl_changes::ALL.iter().enumerate() {
            let bench = &benches[(round + place) % benches.len()];
            work.push((bench, crl_changes::make(bench, change, &mut chance)));
        }
        for (place, change) in certificate_changes::ALL.iter().enumerate() {
            let bench = &benches[(round + place) % benches.len()];
            work.push((bench, certificate_changes::make(bench, change, &mut chance)));
        }
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let share = work.len().div_ceil(threads);
    let opinions: Vec<Opinions> = std::thread::scope(|scope| {
        let judge = |part: &'_ [(&Bench, Mutant)]| -> Vec<Opinions> {
            part.iter().map(|(bench, mutant)| bench.judge(mutant)).collect()
        };
        let parts: Vec<_> = work.chunks(share).map(|part| scope.spawn(move || judge(part))).collect();
        parts.into_iter().flat_map(|part| part.join().expect("the judges do not panic")).collect()
    });
    let judged: Vec<(&Mutant, &Opinions)> = work.iter().map(|(_, mutant)| mutant).zip(&opinions).collect();
    show(&judged);
    let mut wrong = Vec::new();
    for (mutant, opinions) in &judged {
        let Mutant { kind, change, der } = mutant;
        let hex = || der.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        if opinions.gate && !opinions.openssl && !opinions.certtool {
            wrong.push(format!("{kind}, {change}: the gate accepts, both others refuse: {}", hex()));
        }
        // Otherwise nothing shows that the judges judge.
        if *change == FORGED && (opinions.gate || opinions.openssl || opinions.certtool) {
            wrong.push(format!("a forged {kind}: {opinions:?}: {}", hex()));
        }
        if *change == GOOD && !(opinions.gate && opinions.openssl && opinions.certtool) {
            wrong.push(format!("a good {kind}: {opinions:?}: {}", hex()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// How many items show each of the combinations that make this comparison worth its time: gate, OpenSSL, GnuTLS.
const COMBINATIONS: [([bool; 3], usize); 5] = [
    ([true, true, true], 20),
    ([false, false, false], 20),
    ([false, true, true], 20),
    ([false, false, true], 10),
    ([true, true, false], 2),
];

/// Each single change of an item, and each item in surroundings of its own: an issuer that has expired, is constrained,
/// was renewed or is cross certified; every extension critical and not.
#[test]
fn every_difference_from_openssl_and_gnutls_has_a_line_and_a_reason() {
    if !judges::certtool_is_there() {
        return rootcast_tests::skipped::skipped("the table of differences: no certtool here (run `make deps`)");
    }
    let mut chance = chance("every_difference");
    let bench = Bench::new(KEYS[0]);
    let mut judged: Vec<(String, Opinions)> = Vec::new();
    let mut changed = |mutant: Mutant| {
        let kind = if mutant.kind == "crl" { "CRL" } else { mutant.kind };
        let what = format!("{kind}: {}", mutant.change);
        if judged.iter().all(|(known, _)| *known != what) {
            judged.push((what, bench.judge(&mutant)));
        }
    };
    for change in certificate_changes::ALL.iter().filter(|(_, how)| certificate_changes::is_draft(how)) {
        changed(certificate_changes::make(&bench, change, &mut chance));
    }
    for change in crl_changes::ALL.iter().filter(|(_, how)| crl_changes::is_draft(how)) {
        changed(crl_changes::make(&bench, change, &mut chance));
    }
    for placed in surroundings::all(bench.ca.now) {
        judged.push((placed.what.clone(), placed.judge()));
    }
    let mut names: Vec<&str> = judged.iter().map(|(what, _)| what.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), judged.len(), "each item has a name of its own");
    let opinions_of = |(_, opinions): &(String, Opinions)| [opinions.gate, opinions.openssl, opinions.certtool];
    for (combination, least) in COMBINATIONS {
        let count = judged.iter().filter(|one| opinions_of(one) == combination).count();
        assert!(count >= least, "{combination:?}: {count}");
    }
    for surroundings in
        ["a certificate, ", "a CRL, ", "below nameConstraints: ", "a certificate's ", "a CRL's ", "an entry's "]
    {
        let own: Vec<_> = judged.iter().filter(|(what, _)| what.starts_with(surroundings)).collect();
        for accepted in [true, false] {
            let has = |of: fn(&Opinions) -> bool| own.iter().any(|(_, opinions)| of(opinions) == accepted);
            assert!(has(|o| o.gate) && has(|o| o.openssl), "{surroundings}: nothing {accepted}");
        }
    }
    // What OpenSSL refuses where the gate accepts would leave a CA without its relying parties.
    let lax: Vec<_> = judged.iter().filter(|(_, o)| o.gate && !o.openssl).map(|(what, _)| what).collect();
    assert!(lax.is_empty(), "the gate accepts, OpenSSL refuses: {lax:?}");
    document::compare(&judged);
}

fn show(judged: &[(&Mutant, &Opinions)]) {
    let mut table = ShownTable::new(&["item", "changed", "made", "gate", "openssl", "certtool", "refused by"]);
    let mut rows: BTreeMap<(&str, &str), Vec<&Opinions>> = BTreeMap::new();
    let mut alone: BTreeMap<&str, u32> = BTreeMap::new();
    for (mutant, opinions) in judged {
        rows.entry((mutant.kind, mutant.change)).or_default().push(opinions);
        if !opinions.gate && opinions.openssl && opinions.certtool {
            opinions.rules.iter().for_each(|rule| *alone.entry(rule).or_default() += 1);
        }
    }
    for ((kind, change), row) in &rows {
        let accepted = |by: fn(&Opinions) -> bool| row.iter().filter(|opinions| by(opinions)).count().to_string();
        let rules: BTreeSet<&str> = row.iter().flat_map(|opinions| opinions.rules.iter().copied()).collect();
        let mut named: Vec<&str> = rules.iter().copied().take(4).collect();
        named.extend((rules.len() > 4).then_some("…"));
        table.row([
            (*kind).to_owned(),
            (*change).to_owned(),
            row.len().to_string(),
            accepted(|o| o.gate),
            accepted(|o| o.openssl),
            accepted(|o| o.certtool),
            named.join(" "),
        ]);
    }
    table.show(&format!("{} items before three judges; each column counts what was accepted", judged.len()));
    let mut table = ShownTable::new(&["rule", "items refused by the gate alone"]);
    alone.iter().for_each(|(rule, count)| table.row([(*rule).to_owned(), count.to_string()]));
    table.show("What openssl and certtool both accept, and the gate does not");
}

/// Changes one byte of what is to be signed, then signs it: a parser's matter, not the signature's.
fn change_a_signed_byte(body: &mut [u8], chance: &mut Chance) {
    let place = chance.below(body.len());
    body[place] ^= 1 << chance.below(8);
}

/// Puts a signed item together.
fn sign(body: Vec<u8>, outer_algorithm: &[u8], signer: &SigningKey, scheme: Scheme) -> Vec<u8> {
    let signature = signer.sign(scheme, &body);
    sequence(&[body, outer_algorithm.to_vec(), bits(&signature)])
}

/// What can be done to an item that is signed already.
fn change_bytes(der: &mut Vec<u8>, how: usize, chance: &mut Chance) {
    match how {
        0 => change_a_signed_byte(der, chance),
        1 => der.truncate(chance.below(der.len())),
        2 => der.extend(chance.bytes(1 + chance.clone().below(9))),
        _ => {
            let place = chance.below(der.len());
            let _ = der.remove(place);
        }
    }
}
