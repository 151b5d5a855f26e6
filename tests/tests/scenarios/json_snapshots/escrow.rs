//! `rootcast-offline escrow`: a set that is made, verified, checked, drilled, restored and replaced.
//! Skipped, aloud, without SoftHSM, poppler, or memory without swap.

use rootcast_tests::program::{Ended, Program};
use rootcast_tests::pty::Seat;
use rootcast_tests::soft_token::SoftTokens;

use super::ceremonies::first_request;
use super::snapshot::Snapshot;
use super::stage::{NOW, Stage};
use crate::escrow::memory;
use crate::escrow::operator::{Operator, has_poppler};

/// What follows from random keys and is no digest, and how long a person took.
const RANDOM: [&str; 9] = ["set", "twin", "object_id", "spki", "blob", "pieces", "nonce", "signature", "seconds"];

/// Runs it with somebody who answers; its output is the document.
fn answered(operator: &mut Operator, program: &Program) -> Ended {
    let mut ended = operator.answers(Seat::start(program, 250, 50));
    let document = ended.stdout.lines().rev().find(|line| line.starts_with('{'));
    ended.stdout = document.unwrap_or_else(|| panic!("no document\n{ended}")).to_owned();
    ended
}

#[test]
fn what_the_commands_of_escrow_print_is_what_it_was() {
    let stage = Stage::new();
    let (Some(tokens), Some(memory)) = (SoftTokens::new(), memory()) else { return };
    if !has_poppler() {
        rootcast_tests::corpora::skipped("JSON snapshots of escrow: `pdftotext` is not installed; run `make deps`");
        return;
    }
    let mut snapshot = Snapshot::of("offline-escrow", &stage).of_random_keys().without(&RANDOM);
    let (module, pages) = (tokens.module().display().to_string(), memory.path().display().to_string());
    for (text, placeholder) in
        [(&module, "<module>"), (&tokens.folder().display().to_string(), "<tokens>"), (&pages, "<memory>")]
    {
        snapshot.hide(text, placeholder);
    }
    let site = |file: &str, label: &str, serial: &str, key: &str, pinned: &str| {
        let text = format!(
            "[key]\nmodule = {module:?}\ntoken_label = \"{label}\"\ntoken_serial = \"{serial}\"\nkey_label = \"{key}\"\n{pinned}\
             [approvals]\nrequired = 0\n"
        );
        stage.scratch.file(file, text);
    };
    let serials = ["root-2026", "second", "drill", "third"].map(|label| (label, tokens.make(label)));
    for ((label, serial), placeholder) in serials.iter().zip(["<serial 1>", "<serial 2>", "<serial 3>", "<serial 4>"]) {
        snapshot.hide(serial, placeholder);
        site(&format!("{label}.toml"), label, serial, "root key", "");
    }
    let offline = |line: &str| tokens.seen_by(stage.offline(line));
    let mut operator = Operator::new(&memory.path().join("escrow-page.pdf"), &stage.scratch.subfolder("papers"));
    operator.utc = Some(NOW);
    stage.scratch.file("first.toml", first_request("ecdsa-p384") + "[escrow]\ngroups = [\"BOARD\", \"OPERATIONS\"]\n");
    let keygen = offline(&format!("ceremony keygen --state state --site root-2026.toml --pages {pages} first.toml"));
    let made = snapshot.ended("keygen", &keygen, &answered(&mut operator, &keygen));
    snapshot.run(
        "no printer",
        &offline("ceremony keygen --state state --site root-2026.toml --pages /dev/null first.toml"),
        2,
    );
    let pinned = format!("public_key_sha256 = {}\n", made["public_key_sha256"]);
    site("SITE.toml", "root-2026", &serials[0].1, "root key", &pinned);
    let verify = offline("escrow verify --state state --site second.toml");
    snapshot.run("verify: nobody types", &verify, 7);
    snapshot.run("verify: the first token", &offline("escrow verify --state state --site SITE.toml"), 2);
    snapshot.run("verify: no such set", &offline("escrow verify --state state --site second.toml --set 00"), 3);
    operator.rebagged = Some(("OPERATIONS envelope 3", "B-1"));
    snapshot.ended("verify", &verify, &answered(&mut operator, &verify));
    operator.rebagged = None;
    let check = offline("escrow check-piece --groups BOARD OPERATIONS OPERATIONS 2");
    snapshot.run("check-piece: nobody types", &check, 2);
    snapshot.ended("check-piece", &check, &answered(&mut operator, &check));
    let kit = offline("escrow kit --state state --site SITE.toml -o kit");
    snapshot.run("kit: the site of another token", &offline("escrow kit --state state --site second.toml -o other"), 2);
    snapshot.run("kit", &kit, 0);
    snapshot.run("kit: it exists", &kit, 8);
    operator.another_set("T");
    operator.rehearsal = stage.scratch.path("twin/ceremony");
    let seals = offline("escrow drill --state state --seals-only");
    snapshot.run("drill: nobody types", &seals, 2);
    snapshot.ended("drill: the seals only", &seals, &answered(&mut operator, &seals));
    let right = operator.sealed.insert("BOARD envelope 2".to_owned(), "missing".to_owned());
    snapshot.ended("drill: a bag is missing", &seals, &answered(&mut operator, &seals));
    operator.sealed.insert("BOARD envelope 2".to_owned(), right.unwrap());
    snapshot.ended("drill: a bag that was missing is back", &seals, &answered(&mut operator, &seals));
    // Its envelope gets a new bag. Until then every check of the seals says that it was missing.
    operator.sealed.insert("BOARD envelope 2".to_owned(), "B-7".to_owned());
    operator.rebagged = Some(("BOARD envelope 2", "B-7"));
    let bags = offline("escrow bags --state state");
    snapshot.ended("bags", &bags, &answered(&mut operator, &bags));
    operator.rebagged = None;
    let drill =
        |token: &str| offline(&format!("escrow drill --state state --twin {token}.toml --pages {pages} -o twin"));
    snapshot.run("drill: the token of the root", &drill("root-2026"), 2);
    let drill = drill("drill");
    let before = operator.envelopes.clone();
    let drilled = answered(&mut operator, &drill);
    assert_eq!(drilled.code, Some(0), "{drilled}");
    snapshot.ended("drill", &drill, &drilled);
    operator.envelopes = before;
    site("NEW.toml", "second", &serials[1].1, "root key", &pinned);
    operator.rebagged = Some(("OPERATIONS envelope 3", "B-2"));
    let restore = offline("escrow restore --state new --site NEW.toml kit");
    snapshot.ended("restore", &restore, &answered(&mut operator, &restore));
    site("THIRD.toml", "third", &serials[3].1, "root key", &pinned);
    let rewrap = offline(&format!("escrow restore --state new --site THIRD.toml kit --rewrap {pages}"));
    operator.another_set("N");
    snapshot.ended("restore with new pages", &rewrap, &answered(&mut operator, &rewrap));
    let verify = offline("escrow verify --state new --site second.toml");
    snapshot.ended("verify: the pages before are destroyed", &verify, &answered(&mut operator, &verify));
    snapshot.run("bags: nobody types", &offline("escrow bags --state new"), 2);
    let gone = offline("escrow token-gone --state new --serial none --because shredded");
    snapshot.run("token-gone: nothing waits for it", &gone, 2);
    let key = memory.path().join("key.p8");
    let mut openssl = std::process::Command::new("openssl");
    openssl.args(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521", "-out"]).arg(&key);
    assert!(openssl.output().expect("openssl").status.success());
    site("IMPORT.toml", "second", &serials[1].1, "imported", "");
    let owner = format!("--owner CN=Archaic --groups BOARD OPERATIONS {}", key.display());
    let import = offline(&format!("escrow import --state new --site IMPORT.toml --pages {pages} {owner}"));
    operator.another_set("I");
    snapshot.ended("import", &import, &answered(&mut operator, &import));
    snapshot.run("import: nobody types a PIN", &import, 7);
    snapshot.run("the journal of the drill", &offline("journal show --state state"), 0);
    snapshot.run("the journal", &offline("journal show --state new"), 0);
    snapshot.compare();
}
