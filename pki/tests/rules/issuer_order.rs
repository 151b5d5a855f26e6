//! One issuer is one name and one key, whichever of its certificates was trusted or accepted first: over generated sets of
//! certificates of one issuer (renewed, re-encoded, overlapping, revoked, ended), every order gives the same verdict, and an
//! item passes where a certificate in force allows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use rootcast_pki::authority::{Authority, Candidate, Revocation, TrustedRoot, authorities};
use rootcast_pki::history::NoState;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item;
use rootcast_pki::profile::Policy;
use rootcast_pki::time::Timestamp;
use rootcast_pki::{judge, judge_under};

use crate::seeds::{Chance, chance};
use crate::throwaway_ca::der_writer::{oid, sequence, set, tlv};
use crate::throwaway_ca::{
    CertificateDraft, DAY, DEFAULT_NOW, ExtensionDraft, KeyKind, RawTime, SigningKey, ThrowAwayCa,
};
use crate::trial::NOW;

/// How many sets are made.
const SETS: usize = 60;

/// Another encoding of the name that [`crate::throwaway_ca::name`] makes: PrintableString.
fn re_encoded(common_name: &str) -> Vec<u8> {
    let attribute = |arcs: &[u64], text: &str| set(&[sequence(&[oid(arcs), tlv(0x13, text.as_bytes())])]);
    let country = attribute(&[2, 5, 4, 6], "CH");
    sequence(&[country, attribute(&[2, 5, 4, 10], "Rootcast tests"), attribute(&[2, 5, 4, 3], common_name)])
}

/// One certificate of an issuer, and since when it is revoked, if it is.
struct Made {
    issuer: Issuer,
    revoked: Option<Timestamp>,
}

impl Made {
    /// Changes a draft in some of the ways in which certificates of one CA differ, and signs it.
    fn from_draft(mut draft: CertificateDraft, own_name: bool, chance: &mut Chance) -> Self {
        let mut pick = |of: &[i64]| of[chance.below(of.len())];
        let begins = pick(&[-3000, -400, -20, -1, 3]);
        let ends = pick(&[-30, -1, 1, 40, 400, 4000]).max(begins + 1);
        draft.not_before = RawTime::At(DEFAULT_NOW + begins * DAY);
        draft.not_after = RawTime::At(DEFAULT_NOW + ends * DAY);
        draft.serial = [vec![0x4a], chance.bytes(15)].concat();
        let length = [None, Some(0), Some(1), Some(2)][chance.below(4)];
        draft.set_extension(ExtensionDraft::basic_constraints(true, length));
        let uses: [&[u8]; 4] = [&[5, 6], &[5, 6], &[5], &[6]];
        draft.set_extension(ExtensionDraft::key_usage(uses[chance.below(uses.len())]));
        if chance.below(4) == 0 {
            draft.subject = re_encoded(if own_name { "Root" } else { "Sub" });
            if own_name {
                draft.issuer.clone_from(&draft.subject);
            }
        }
        let issuer = Issuer::from_certificate(&draft.sign(), &Policy::default()).unwrap();
        let revoked = (chance.below(5) == 0).then_some(Timestamp(DEFAULT_NOW - 10 * DAY));
        Self { issuer, revoked }
    }

    fn is_in_force(&self) -> bool {
        self.revoked.is_none() && self.issuer.not_before() <= NOW && NOW <= self.issuer.not_after()
    }
}

/// An issuer tree: a root of some certificates, and a CA below it of some certificates.
struct Tree {
    root: Vec<Made>,
    sub: Vec<Made>,
    /// The certificate that names the CA below the root.
    named: Vec<Issuer>,
}

impl Tree {
    fn authorities(&self, chance: &mut Chance) -> Vec<Authority<(), String>> {
        let mut roots: Vec<&Made> = self.root.iter().collect();
        let mut subs: Vec<&Made> = self.sub.iter().collect();
        chance.shuffle(&mut roots);
        chance.shuffle(&mut subs);
        let trusted = roots.iter().map(|made| TrustedRoot {
            root: (),
            issuer: &made.issuer,
            revoked: made.revoked,
            named: &self.named,
        });
        let trusted: Vec<_> = trusted.collect();
        let candidates = subs.iter().map(|made| Candidate {
            parent: self.root[0].issuer.file_name(),
            issuer: &made.issuer,
            revoked: made.revoked.map(|since| Revocation { since, ends_key: false }),
        });
        let candidates: Vec<_> = candidates.collect();
        authorities(&trusted, &candidates, Issuer::file_name, Issuer::is_published_as, NOW)
    }
}

/// What is said of an item: its verdict, by which certificate, and every finding.
fn said(der: &[u8], issuers: &[Issuer]) -> (String, Option<[u8; 32]>, String) {
    let item = item::read(der).unwrap();
    let judgement = judge(&item, issuers, &NoState::default(), &Policy::default(), NOW);
    let by = judgement.issuer.map(|index| issuers[index].certificate_sha256());
    (judgement.verdict.outcome.word().to_owned(), by, judgement.verdict.findings.to_string())
}

#[test]
fn a_verdict_does_not_depend_on_the_order_in_which_certificates_were_trusted() {
    let mut chance = chance("a_verdict_does_not_depend_on_the_order_in_which_certificates_were_trusted");
    let mut seen: BTreeMap<(bool, String), usize> = BTreeMap::new();
    let mut rescued = 0;
    for _ in 0..SETS {
        let ca = ThrowAwayCa::new("Root");
        let key = Arc::new(SigningKey::generate(KeyKind::EcdsaP256));
        let root: Vec<Made> =
            (0..1 + chance.below(4)).map(|_| Made::from_draft(ca.root_draft(), true, &mut chance)).collect();
        let made = |chance: &mut Chance| Made::from_draft(ca.intermediate_with_key("Sub", &key), false, chance);
        let sub: Vec<Made> = (0..1 + chance.below(4)).map(|_| made(&mut chance)).collect();
        let named = vec![sub[0].issuer.clone()];
        let tree = Tree { root, sub, named };
        let sub_ca =
            ThrowAwayCa { name: sub_name(&ca, &key), key: Arc::clone(&key), certificate: Vec::new(), now: ca.now };
        let mut policy_ca = ca.intermediate("Policy");
        policy_ca.set_extension(ExtensionDraft::basic_constraints(true, Some(chance.below(2) as u64)));
        let items = [
            (ca.crl(1).sign(), true),
            (policy_ca.sign(), true),
            (sub_ca.crl(1).sign(), false),
            (sub_ca.intermediate("Issuing").sign(), false),
        ];
        for (der, is_of_root) in &items {
            let mut verdicts = Vec::new();
            for _ in 0..6 {
                let found = tree.authorities(&mut chance);
                let issuers: Vec<Issuer> = found.iter().map(|authority| authority.issuer.clone()).collect();
                let cut_off = found
                    .iter()
                    .filter(|authority| authority.above.is_empty() == *is_of_root)
                    .find_map(|authority| authority.cut_off.clone());
                verdicts.push((said(der, &issuers), cut_off));
            }
            for other in &verdicts[1..] {
                assert_eq!(&verdicts[0], other);
            }
            let ((outcome, by, findings), cut_off) = &verdicts[0];
            *seen.entry((*is_of_root, outcome.clone())).or_default() += 1;
            if *is_of_root {
                let item = item::read(der).unwrap();
                let allows = |made: &&Made| {
                    let policy = Policy::default();
                    let judgement = judge_under(&item, &made.issuer, &NoState::default(), &policy, NOW);
                    judgement.verdict.outcome.word() == "accepted"
                };
                let in_force: Vec<&Made> = tree.root.iter().filter(|made| made.is_in_force()).collect();
                if !in_force.is_empty() {
                    let allowed = in_force.iter().filter(|made| allows(made)).count();
                    assert_eq!(allowed > 0, outcome == "accepted", "{findings}");
                    rescued += usize::from(allowed > 0 && allowed < in_force.len());
                    assert!(in_force.iter().any(|made| Some(made.issuer.certificate_sha256()) == *by));
                }
            } else if outcome == "accepted" && cut_off.is_none() && tree.sub.iter().any(Made::is_in_force) {
                let by_it = tree.sub.iter().find(|made| Some(made.issuer.certificate_sha256()) == *by);
                assert!(by_it.is_some_and(Made::is_in_force), "{findings}");
            }
        }
    }
    // What was to be tried was tried.
    assert!(rescued >= 5, "{rescued} items that only some certificates allow");
    for case in [(true, "accepted"), (true, "rejected"), (false, "accepted"), (false, "rejected")] {
        assert!(seen.get(&(case.0, case.1.to_owned())).is_some_and(|count| *count >= 5), "{case:?} of {seen:?}");
    }
}

/// The name of the CA below the root.
fn sub_name(ca: &ThrowAwayCa, key: &SigningKey) -> Vec<u8> {
    ca.intermediate_with_key("Sub", key).subject
}

#[test]
fn a_successor_has_the_same_name_and_key_and_a_later_end() {
    let ca = ThrowAwayCa::new("Root");
    let of = |ca: &ThrowAwayCa, days: (i64, i64)| {
        let mut draft = ca.root_draft();
        draft.not_before = RawTime::At(DEFAULT_NOW + days.0 * DAY);
        draft.not_after = RawTime::At(DEFAULT_NOW + days.1 * DAY);
        Issuer::from_certificate(&draft.sign(), &Policy::default()).unwrap()
    };
    let old = of(&ca, (-400, 20));
    let later = of(&ca, (21, 400));
    assert!(old.is_succeeded_by(&of(&ca, (-1, 400)), NOW));
    assert!(!of(&ca, (-1, 400)).is_succeeded_by(&old, NOW));
    assert!(!old.is_succeeded_by(&old, NOW));
    assert!(!old.is_succeeded_by(&of(&ThrowAwayCa::new("Root"), (-1, 400)), NOW), "another key");
    assert!(!old.is_succeeded_by(&later, NOW), "it begins after the old one ends");
    assert!(old.is_succeeded_by(&later, Timestamp(DEFAULT_NOW + 22 * DAY)), "it has begun");
}
