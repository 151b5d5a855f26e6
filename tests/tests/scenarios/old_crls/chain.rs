//! What one gate accepts, every later step takes: over generated last CRLs of every oddity, what `check` or `trust` accepts
//! is usable as the previous CRL in `rehearse`, and what comes of it is signed, sent and published.

use std::collections::BTreeMap;

use rootcast_tests::seeds::{Chance, chance};
use rootcast_tests::throwaway_ca::Scheme;

use super::*;

/// Something odd about an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Odd {
    Hold,
    Lifted,
    Doubled,
    OtherIssuer,
    OwnIssuer,
    DateEncoding,
    DateUnreadable,
    DateLate,
    ReasonUnknown,
    ReasonCritical,
    ReasonAbsent,
    ReasonUnspecified,
    UnknownCritical,
    ExtensionTwice,
    NotDer,
    EmptyExtensions,
    Malformed,
    SerialZero,
    SerialLong,
    // Of the CRL as a whole.
    AltNameMalformed,
    Freshest,
    PointNotCritical,
    PointNamed,
    NoKeyIdentifier,
    Delta,
    UserOnly,
    Expired,
}

const ALL: [Odd; 27] = [
    Odd::Hold,
    Odd::Lifted,
    Odd::Doubled,
    Odd::OtherIssuer,
    Odd::OwnIssuer,
    Odd::DateEncoding,
    Odd::DateUnreadable,
    Odd::DateLate,
    Odd::ReasonUnknown,
    Odd::ReasonCritical,
    Odd::ReasonAbsent,
    Odd::ReasonUnspecified,
    Odd::UnknownCritical,
    Odd::ExtensionTwice,
    Odd::NotDer,
    Odd::EmptyExtensions,
    Odd::Malformed,
    Odd::SerialZero,
    Odd::SerialLong,
    Odd::AltNameMalformed,
    Odd::Freshest,
    Odd::PointNotCritical,
    Odd::PointNamed,
    Odd::NoKeyIdentifier,
    Odd::Delta,
    Odd::UserOnly,
    Odd::Expired,
];

const INVALIDITY_DATE: &[u64] = &[2, 5, 29, 24];

/// Makes it so; gives the decision that it needs in this profile, after `serial`.
fn make(odd: Odd, number: u64, draft: &mut CrlDraft, old: &OldRoot, strict: bool) -> Option<String> {
    let now = old.now;
    let mut entry = EntryDraft::new(number, now - 9 * DAY);
    let true_date = format!("date = \"{}\"", at(now - 70 * DAY));
    let revoke = Some("action = \"revoke\"".to_owned());
    let with = |rest: &str| Some(format!("action = \"revoke\"\n{rest}"));
    let reason = "reason = \"cessationOfOperation\"";
    let drop = Some("action = \"drop\"".to_owned());
    let date = generalized_time(now - 600);
    let point = || {
        let url = tlv(0xa0, &tlv(0xa0, &tlv(0x86, b"http://crl.example/root.crl")));
        ExtensionDraft::issuing_distribution_point(&[url])
    };
    let decision = match odd {
        Odd::Hold => {
            entry.extensions = vec![ExtensionDraft::reason(6)];
            with(&format!("{reason}\n{true_date}"))
        }
        Odd::Lifted => {
            entry.extensions = vec![ExtensionDraft::reason(8)];
            drop
        }
        Odd::Doubled => {
            draft.entries.push(EntryDraft::new(number, now - 30 * DAY));
            revoke
        }
        Odd::OtherIssuer => {
            entry.extensions.push(issued_by(&name("Another Root")));
            drop
        }
        Odd::OwnIssuer => {
            entry.extensions.push(issued_by(&old.ca.name));
            revoke
        }
        Odd::DateEncoding => {
            entry.date = RawTime::Raw(generalized_time(now - 20 * DAY));
            revoke
        }
        Odd::DateUnreadable => {
            entry.date = RawTime::Raw(tlv(0x17, b"2601010000Z"));
            with(&true_date)
        }
        Odd::DateLate => {
            // Later than its own CRL, and earlier than the next one: that carries it over.
            entry.date = RawTime::At(now - 3600);
            None
        }
        Odd::ReasonUnknown => {
            entry.extensions = vec![ExtensionDraft::reason(7)];
            with(reason)
        }
        Odd::ReasonCritical => {
            entry.extensions[0].critical = true;
            revoke
        }
        Odd::ReasonAbsent => {
            entry.extensions.clear();
            with(reason).filter(|_| strict)
        }
        Odd::ReasonUnspecified => {
            entry.extensions = vec![ExtensionDraft::reason(0)];
            None
        }
        Odd::UnknownCritical => {
            entry.extensions.push(ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99_999, 1], true, tlv(5, &[])));
            revoke
        }
        Odd::ExtensionTwice => {
            let twice = ExtensionDraft::new(INVALIDITY_DATE, false, date);
            entry.extensions.extend([twice.clone(), twice]);
            revoke
        }
        Odd::NotDer => {
            entry.extensions[0].writes_default = true;
            revoke
        }
        Odd::EmptyExtensions => {
            entry.extensions.clear();
            entry.writes_empty_list = true;
            with(reason).filter(|_| strict)
        }
        Odd::Malformed => {
            entry.extensions.push(ExtensionDraft::new(INVALIDITY_DATE, false, tlv(0x17, b"260101000000Z")));
            revoke.filter(|_| strict)
        }
        Odd::SerialZero => {
            entry.serial = vec![0];
            None
        }
        Odd::SerialLong => {
            entry.serial = vec![0x41; 21];
            None
        }
        Odd::AltNameMalformed => {
            draft.extensions.push(ExtensionDraft::new(&[2, 5, 29, 18], false, sequence(&[])));
            return None;
        }
        Odd::Freshest => {
            let points = ExtensionDraft::crl_distribution_points(&["http://crl.example/delta.crl"]);
            draft.extensions.push(ExtensionDraft { oid: vec![2, 5, 29, 46], ..points });
            return None;
        }
        Odd::PointNotCritical => {
            draft.set_extension(ExtensionDraft { critical: false, ..point() });
            return None;
        }
        Odd::PointNamed => {
            draft.set_extension(point());
            return None;
        }
        Odd::NoKeyIdentifier => {
            draft.remove_extension(&[2, 5, 29, 35]);
            return None;
        }
        Odd::Delta => {
            draft.extensions.push(ExtensionDraft::new(&[2, 5, 29, 27], true, tlv(2, &[1])));
            return None;
        }
        Odd::UserOnly => {
            draft.set_extension(ExtensionDraft::issuing_distribution_point(&[tlv(0x81, &[0xff])]));
            return None;
        }
        Odd::Expired => {
            draft.issued_at(now - 90 * DAY, now - DAY);
            return None;
        }
    };
    draft.entries.push(entry);
    decision
}

/// A key, and how it signed.
fn algorithm(chance: &mut Chance) -> (KeyKind, Scheme) {
    let ecdsa = [Scheme::EcdsaSha256, Scheme::EcdsaSha384, Scheme::EcdsaSha512];
    let rsa = [Scheme::Usual, Scheme::PssSha256, Scheme::PssSha256WithoutNull, Scheme::RsaSha256WithoutNull];
    match chance.below(4) {
        0 => (KeyKind::EcdsaP256, ecdsa[chance.below(3)]),
        1 => (KeyKind::EcdsaP384, ecdsa[chance.below(3)]),
        2 => (KeyKind::EcdsaP521, ecdsa[chance.below(3)]),
        _ => (KeyKind::Rsa2048, rsa[chance.below(4)]),
    }
}

#[test]
fn what_check_or_trust_accepts_is_usable_in_every_later_step() {
    let mut chance = chance("what_check_or_trust_accepts_is_usable_in_every_later_step");
    let mut happened: BTreeMap<Odd, usize> = BTreeMap::new();
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for first in ALL {
        let mut odd = vec![first];
        while chance.happens(0.5) {
            let other = ALL[chance.below(ALL.len())];
            // What makes the whole CRL unusable would hide everything else.
            if other < Odd::Delta && !odd.contains(&other) {
                odd.push(other);
            }
        }
        odd.iter().for_each(|one| *happened.entry(*one).or_default() += 1);
        let profile = if chance.happens(0.3) { "webpki" } else { "private" };
        let (kind, scheme) = algorithm(&mut chance);
        *ends.entry(follow(&odd, profile, kind, scheme)).or_default() += 1;
    }
    assert_eq!(happened.len(), ALL.len(), "{happened:?}");
    for end in ["published", "held and published", "refused"] {
        assert!(ends.contains_key(end), "{ends:?}");
    }
}

/// One last CRL through every step; gives how it ended.
fn follow(odd: &[Odd], profile: &str, kind: KeyKind, scheme: Scheme) -> &'static str {
    let what = format!("{odd:?} {profile} {kind:?} {scheme:?}");
    let old = OldRoot::with_profile(kind, profile);
    let mut decisions = String::new();
    old.last(|draft| {
        draft.use_scheme(scheme);
        for (number, one) in (0x30..).zip(odd) {
            if let Some(rest) = make(*one, number, draft, &old, profile == "webpki") {
                decisions.push_str(&decide(number, &rest));
            }
        }
    });
    let check =
        online(["check", "last.crl", "--issuer", "root.crt", "--profile", profile]).within(old.scratch.folder());
    let checked = check.run();
    let trusted = old.trust_online(&["--profile", profile, "--crl", "last.crl"]).run();
    let accepted = checked.code == Some(0) || trusted.code == Some(0);
    let rehearsed = old.rehearse(&decisions).run();
    if rehearsed.code != Some(0) {
        assert!(!accepted, "{what}: accepted, and then of no use\n{checked}\n{trusted}\n{rehearsed}");
        assert_eq!(rehearsed.code, Some(3), "{what}: {rehearsed}");
        let why = rehearsed.stderr.split_once("why:").map(|(_, why)| why).unwrap_or_default();
        assert!(why.contains("REQ-") && why.contains("CRL-"), "{what}: a refusal says why\n{rehearsed}");
        assert!(!rehearsed.stderr.contains("SIGN-READBACK"), "{what}: {rehearsed}");
        return "refused";
    }
    if !decisions.is_empty() {
        assert!(checked.code != Some(0), "{what}: a decision is needed for what is rejected\n{checked}");
        let undecided = old.rehearse("").exits(3);
        undecided.says("REQ-CARRY").says("[[crl.decide]]");
        old.rehearse(&decisions).exits(0);
    }
    old.sign();
    if trusted.code != Some(0) {
        old.trust_online(&["--profile", profile, "--first-number", "42"]).exits(0);
    }
    let received = old.cross();
    let end = match received.code {
        Some(0) => "published",
        Some(9) => {
            let held = online(["held", "list", "--json"]).state(&old.here()).exits(0).json();
            let id = held["held"][0]["id"].as_str().unwrap().to_owned();
            let accept = online(["held", "accept", &id, "--by", "bob", "--because", "as decided"]);
            accept.state(&old.here()).exits(0);
            "held and published"
        }
        _ => panic!("{what}: {received}"),
    };
    assert_eq!(old.here().join("published/crl").read_dir().unwrap().count(), 2, "{what}: a CRL, DER and PEM");
    end
}
