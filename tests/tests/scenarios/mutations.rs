//! A CRL that its own CA signed again with one thing changed: no signature helps, and each is caught by the rule that
//! names it, in `check` against the state, in `check` against the CRL before, and in `receive`.

use std::path::Path;

use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::forged;
use rootcast_tests::program::{Program, online};
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::der_writer::{integer_octets, tlv};
use rootcast_tests::throwaway_ca::{CrlDraft, DAY, EntryDraft, ExtensionDraft, RawTime};

/// Serial numbers that are in CRL 5 and have to stay.
const REVOKED: [u64; 3] = [0x4a00_0000_0000_0001, 0x4a00_0000_0000_0002, 0x4a00_0000_0000_0003];

fn with_entries(mut draft: CrlDraft, now: i64) -> CrlDraft {
    for (days, (serial, reason)) in (60..).zip(REVOKED.iter().zip([4, 1, 5])) {
        draft.entries.push(EntryDraft::of(&integer_octets(*serial), now - days * DAY, Some(reason)));
    }
    draft
}

/// One change to the good CRL 6, the exit code it leads to, and the only rule that refuses or holds it.
struct Mutation {
    what: &'static str,
    change: fn(&mut CrlDraft, i64),
    code: i32,
    rule: &'static str,
}

const fn mutation(what: &'static str, change: fn(&mut CrlDraft, i64), code: i32, rule: &'static str) -> Mutation {
    Mutation { what, change, code, rule }
}

const ALL: &[Mutation] = &[
    mutation("a reason dropped", |draft, _| draft.entries[0].extensions.clear(), 9, "CRL-ENTRY-CHANGED"),
    mutation(
        "a reason made another",
        |draft, _| draft.entries[1].extensions = vec![ExtensionDraft::reason(5)],
        9,
        "CRL-ENTRY-CHANGED",
    ),
    mutation(
        "two revocation dates swapped",
        |draft, _| {
            let date = draft.entries[0].date.clone();
            draft.entries[0].date = std::mem::replace(&mut draft.entries[1].date, date);
        },
        9,
        "CRL-ENTRY-CHANGED",
    ),
    mutation(
        "an entry of an unknown certificate lost",
        |draft, _| drop(draft.entries.remove(1)),
        9,
        "CRL-ENTRY-VANISHED",
    ),
    mutation(
        "all entries lost, the list left empty",
        |draft, _| {
            draft.entries.clear();
            draft.writes_empty_list = true;
        },
        9,
        "CRL-ENTRY-VANISHED",
    ),
    mutation(
        "an entry put on hold",
        |draft, _| {
            let entry = EntryDraft::of(&[0x33], 0, Some(6));
            draft.entries.push(entry);
        },
        5,
        "CRL-REASON",
    ),
    mutation("an entry twice", |draft, _| draft.entries.push(draft.entries[2].clone()), 5, "CRL-SERIAL"),
    mutation(
        "an issuingDistributionPoint added",
        |draft, _| {
            let uri = tlv(0xa0, &tlv(0xa0, &tlv(0x86, b"http://pki.example/root.crl")));
            draft.set_extension(ExtensionDraft::issuing_distribution_point(&[uri]));
        },
        9,
        "CRL-IDP",
    ),
    mutation("a lower number", |draft, _| draft.set_extension(ExtensionDraft::crl_number(&[4])), 6, "CRL-NUMBER-LOWER"),
    mutation(
        "the same number",
        |draft, _| draft.set_extension(ExtensionDraft::crl_number(&[5])),
        6,
        "CRL-EQUIVOCATION",
    ),
    mutation(
        "a number 1,001 higher",
        |draft, _| draft.set_extension(ExtensionDraft::crl_number(&integer_octets(5 + 1001))),
        9,
        "CRL-NUMBER-JUMP",
    ),
    mutation("no number", |draft, _| draft.remove_extension(&[2, 5, 29, 20]), 5, "CRL-NUMBER-MISSING"),
    mutation(
        "thisUpdate a second before the last",
        |draft, now| draft.this_update = RawTime::At(now - 30 * DAY + 5 * 3600 - 1),
        6,
        "CRL-THISUPDATE-BACK",
    ),
    mutation(
        "thisUpdate the last one's",
        |draft, now| draft.this_update = RawTime::At(now - 30 * DAY + 5 * 3600),
        9,
        "CRL-THISUPDATE-BACK",
    ),
    mutation(
        "a nextUpdate that is over",
        |draft, now| draft.next_update = Some(RawTime::At(now - DAY)),
        5,
        "CRL-EXPIRED",
    ),
    mutation("no nextUpdate", |draft, _| draft.next_update = None, 5, "CRL-NEXTUPDATE-MISSING"),
    mutation(
        "a deltaCRLIndicator added",
        |draft, _| draft.set_extension(ExtensionDraft::new(&[2, 5, 29, 27], true, tlv(2, &[5]))),
        5,
        "CRL-PARTIAL",
    ),
];

/// Fails unless this one file was refused or held by this one rule.
fn assert_caught(check: &Program, what: &str, code: i32, rule: &str) {
    let ended = check.clone().arg("--json").exits(code);
    let document = ended.json();
    let file = &document["files"][0];
    let verdict = if code == 9 { "held" } else { "rejected" };
    assert_eq!(file["verdict"], verdict, "{what}: {ended}");
    let findings = file["findings"].as_array().expect("findings");
    let mut decisive: Vec<&str> = findings
        .iter()
        .filter(|finding| finding["severity"] != "warn")
        .map(|finding| finding["rule"].as_str().expect("a rule"))
        .collect();
    decisive.dedup();
    assert_eq!(decisive, [rule], "{what}: {ended}");
}

#[test]
fn a_crl_signed_again_with_one_thing_changed_is_caught_by_the_rule_that_names_it() {
    let sides = Sides::enrolled();
    let now = sides.root.now;
    let receive = |crl: &[u8], name: &str| {
        let recording = sides.scratch.path(name);
        forged::record(&forged::object_of(&[(ItemKind::Crl, "root.crl", crl)]), &recording);
        sides.receive_recording(&recording).arg("--once")
    };
    let five = with_entries(sides.crl(5), now).sign();
    receive(&five, "five.frames").exits(0);
    let before = sides.published();
    let (root, previous) = (sides.scratch.path("root.crt"), sides.scratch.file("five.crl", &five));
    let stateless =
        |file: &Path| online(["check"]).arg(file).arg("--issuer").arg(&root).arg("--previous").arg(&previous);
    for (index, mutation) in ALL.iter().enumerate() {
        // Two held CRLs of one number would be an alarm of their own (CRL-EQUIVOCATION).
        let list = online(["held", "list", "--json"]).state(&sides.online).exits(0).json();
        for held in list["held"].as_array().expect("a list") {
            let discard = online(["held", "discard", held["id"].as_str().expect("an id")]);
            discard.args(["--by", "A. Auditor", "--because", "a mutation"]).state(&sides.online).exits(0);
        }
        let mut draft = with_entries(sides.crl(6), now);
        (mutation.change)(&mut draft, now);
        let der = draft.sign();
        let file = sides.scratch.file(&format!("six-{index}.crl"), &der);
        let check = online(["check"]).state(&sides.online).arg(&file);
        assert_caught(&check, mutation.what, mutation.code, mutation.rule);
        assert_caught(&stateless(&file), mutation.what, mutation.code, mutation.rule);
        receive(&der, &format!("six-{index}.frames")).exits(mutation.code).says(mutation.rule);
        assert_eq!(sides.published(), before, "{}: something was published", mutation.what);
    }
    // What was changed each time is good as it is, also beside one that is held.
    let six = with_entries(sides.crl(6), now).sign();
    let file = sides.scratch.file("six.crl", &six);
    stateless(&file).exits(0);
    online(["check"]).state(&sides.online).arg(&file).exits(0);
    receive(&six, "six.frames").exits(0);
    sides.assert_published(&six);
}

#[test]
fn a_reason_may_become_key_compromise_and_nothing_else() {
    let sides = Sides::enrolled();
    let now = sides.root.now;
    let state = |draft: &CrlDraft, name: &str| {
        let file = sides.scratch.file(name, draft.sign());
        online(["check"]).state(&sides.online).arg(file)
    };
    let five = sides.scratch.file("five.crl", with_entries(sides.crl(5), now).sign());
    let recording = sides.record("five.frames", &[five]);
    sides.receive_recording(&recording).exits(0);
    let mut compromised = with_entries(sides.crl(6), now);
    compromised.entries[0].extensions = vec![ExtensionDraft::reason(1)];
    state(&compromised, "compromised.crl").exits(0);
    let mut no_more = with_entries(sides.crl(6), now);
    no_more.entries[1].extensions = vec![ExtensionDraft::reason(4)];
    state(&no_more, "no-more.crl").exits(9).says("CRL-ENTRY-CHANGED");
}
