//! Sets that do not give the key: one envelope of a group, one group, the wrapped key of another root, journals that grew
//! apart, a kind of key that the recipe cannot unwrap. And a token that is gone.

use rootcast_host::disk::RealDisk;
use rootcast_offline::store::journal::escrow::EscrowStep;
use rootcast_offline::store::journal::{Chain, Event, Journal};
use rootcast_offline::store::state::State;
use rootcast_protocol::digest::Digest;

use super::attempts::{copy, sign, signs};
use super::*;

/// All six single envelopes, each with the whole other group; and each group alone.
#[test]
fn one_envelope_of_a_group_or_one_group_alone_restores_nothing_and_it_says_what_is_missing() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers();
    let is_piece = |code: &String| code.contains(" PIECE ");
    let codes: BTreeMap<(&str, u8), Vec<String>> =
        envelopes().map(|at| (at, papers.codes(at).into_iter().filter(is_piece).collect())).collect();
    let mut ended = 0;
    for [group, other] in [GROUPS, [GROUPS[1], GROUPS[0]]] {
        let whole: Vec<String> = [1, 2].iter().flat_map(|number| codes[&(other, *number)].clone()).collect();
        for number in [0, 1, 2, 3] {
            let mut person = papers.verify(&[]);
            person.waits("BOARD piece 1, line 1:");
            Papers::scanned(&mut person, &whole);
            let (at, says) = match number {
                0 => (1, format!("{group} lacks 3 of its 3 pieces: any two of its three envelopes have all of them")),
                number => {
                    Papers::scanned(&mut person, &codes[&(group, number)]);
                    let [one, two] = [[2, 3], [1, 3], [1, 2]][usize::from(number) - 1];
                    let places = format!("{group} envelope {one} and in {group} envelope {two}");
                    (number, format!("{group} piece {number} is in {places}: one envelope of a group is not enough"))
                }
            };
            person.waits(&format!("{group} piece {at}, line 1:"));
            person.seat.type_keys("\u{3}");
            let screen = person.ends(130);
            assert!(screen.contains(&format!("KEY-ESCROW: {says}")), "{group} {number}: {screen}");
            assert!(screen.contains("The escrow is not verified"), "{screen}");
            ended += 1;
        }
    }
    assert_eq!(ended, 8);
    let shown = papers.site.program(&["journal", "show"]).exits(0);
    assert!(!shown.stdout.contains("from typed or scanned pieces"), "nothing was verified");
}

impl Site {
    /// Writes the journal anew with other events, and a state that remembers nothing of the old one.
    pub(super) fn rewrite_journal(&self, mut change: impl FnMut(&mut Event)) {
        let folder = self.scratch.path("state");
        let journal = folder.join("journal.jsonl");
        let chain = Chain::read(&journal).unwrap();
        fs::remove_file(&journal).unwrap();
        let mut written = Journal::open(&RealDisk, &folder).unwrap();
        for entry in chain.entries {
            let mut event = entry.event;
            change(&mut event);
            written.append(1_800_000_000, event).unwrap();
        }
        let mut state = State::open(&RealDisk, &folder, "a test").unwrap();
        state.record.journal = None;
        state.commit().unwrap();
    }
}

/// The pieces open the wrapped key, and what is in it is another key than the journal says.
#[test]
fn a_wrapped_key_of_another_root_is_destroyed_in_the_token_and_named() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers();
    let site = &papers.site;
    let key = site.scratch.path("other.pem");
    let made = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out"];
    assert!(Command::new("openssl").args(made).arg(&key).output().unwrap().status.success());
    let der = Command::new("openssl").args(["pkey", "-pubout", "-outform", "DER", "-in"]).arg(&key).output().unwrap();
    let (other, mut changed) = (Digest::of(&der.stdout), 0);
    let hexadecimal: String = der.stdout.iter().map(|byte| format!("{byte:02x}")).collect();
    site.rewrite_journal(|event| match event {
        Event::KeyMade { public_key, .. } => (*public_key = other, changed += 1).1,
        Event::Escrow(record) => {
            if let EscrowStep::Wrapped { public_key, spki, .. } = &mut record.step {
                (*public_key, *spki) = (other, hexadecimal.clone());
                changed += 1;
            }
        }
        _ => {}
    });
    assert_eq!(changed, 2);
    let before = site.objects();
    let mut person = papers.verify(&["--keep"]);
    person.waits("BOARD piece 1, line 1:");
    papers.scan_all(&mut person);
    let screen = person.ends(3);
    for says in [
        "the pieces open the wrapped key, and it is another key than the one with the public key",
        &other.to_string(),
        "It was destroyed in the token",
        "Compare the journal's head with the newest paper record",
        "The escrow is not verified. No key was kept",
    ] {
        assert!(screen.contains(says), "{says}: {screen}");
    }
    assert_eq!(site.objects(), before, "nothing of it is in the tokens");
}

/// Two copies of one state, each of which went on by itself: neither continues the other.
#[test]
fn journals_of_state_and_kit_that_grew_apart_are_told() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers().verified();
    let site = &papers.site;
    let state = |name: &str| site.scratch.path(name);
    copy(&state("state"), &state("other"));
    let in_state = |folder: &str, arguments: &[&str]| {
        let program = offline(arguments).state(&state(folder)).within(site.scratch.folder());
        site.tokens.seen_by(program)
    };
    let rebag = |folder: &str, bag: &str| {
        let mut person = Person::at(&in_state(folder, &["escrow", "bags"]));
        person.waits("The new bag of BOARD envelope 1, or Return");
        person.types(bag);
        person.waits("The new bag of BOARD envelope 2, or Return");
        person.seat.running.interrupt();
        person.ends(0);
    };
    rebag("state", "C-1");
    rebag("other", "C-2");
    site.program(&["escrow", "kit", "--site", "SITE.toml", "-o", "newer"]).exits(0);
    in_state("other", &["escrow", "restore", "--site", "NEW.toml", "newer"])
        .exits(2)
        .says("differ, and neither continues the other")
        .says("Compare both heads with the newest paper record")
        .says("No key was restored");
}

#[test]
fn a_key_of_ml_dsa_is_refused_by_name_and_an_expanded_one_as_too_long_for_the_recipe() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    // As `openssl genpkey -algorithm ML-DSA-87` writes it: PKCS#8, version 0, the algorithm, the private key.
    let element = |tag: u8, inner: &[u8]| {
        let [high, low] = u16::try_from(inner.len()).unwrap().to_be_bytes();
        let head = if inner.len() < 128 { vec![tag, low] } else { vec![tag, 0x82, high, low] };
        [&head[..], inner].concat()
    };
    let algorithm = [0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x13];
    let file = |inner: &[u8]| element(0x30, &[&[0x02, 0x01, 0x00], &algorithm[..], &element(0x04, inner)].concat());
    let seed = [&[0x80, 0x20][..], &[7; 32]].concat();
    let pages = site.memory.path().to_str().unwrap().to_owned();
    for (inner, says) in
        [(element(0x04, &[7; 4_896]), "also too long for the recipe on paper"), (seed, "it is a key of ML-DSA-87")]
    {
        let key = site.memory.path().join("key.p8");
        fs::write(&key, file(&inner)).unwrap();
        let key = key.to_str().unwrap();
        let owner = ["--pages", &pages, "--owner", "CN=Archaic", "--groups", "BOARD", "OPERATIONS", key];
        site.program(&[&["escrow", "import", "--site", "SITE.toml"], &owner[..]].concat())
            .exits(2)
            .says(says)
            .says("Use a key of RSA, ECDSA or Ed25519")
            .says("signs with RSA, ECDSA and Ed25519 only")
            .says("No key was kept");
    }
}

#[test]
fn nobody_waits_any_more_for_a_token_that_is_gone() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers().verified();
    let site = &papers.site;
    papers.kill_a_restore();
    sign(site, "NEW.toml", "new").exits(3).says("escrow-unfinished");
    let gone = |serial: &str| {
        let because = "shredded before alice, record 7";
        site.program(&["escrow", "token-gone", "--serial", serial, "--because", because, "--json"])
    };
    gone("none").exits(2).says("nothing in the journal waits for the token none");
    let said = gone(&site.serials[1]).exits(0);
    let document: serde_json::Value = serde_json::from_str(said.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(document["token_serial"], site.serials[1]);
    assert_eq!(document["sets"], serde_json::json!([papers.set()]));
    site.program(&["journal", "show"]).exits(0).says("the token is destroyed: shredded before alice, record 7");
    gone(&site.serials[1]).exits(2).says("nothing in the journal waits for");
    // The key in its own token is as it was.
    signs(site, "SITE.toml", "first", "root-2026");
}
