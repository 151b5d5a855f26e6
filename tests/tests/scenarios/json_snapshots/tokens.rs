//! `rootcast-offline token list`, and a ceremony whose key is in a token.
//! Skipped, aloud, where SoftHSM is not installed.

use rootcast_tests::program::{Ended, Program};
use rootcast_tests::pty::Seat;
use rootcast_tests::soft_token::{PIN, SoftTokens};

use super::ceremonies::{approve, approvers, first_request, next_request};
use super::snapshot::Snapshot;
use super::stage::{NOW, Stage, at};

const LABEL: &str = "root-2026";

/// Runs it with somebody who types `pin`; gives how it ended, with the document as its output.
fn at_the_terminal(program: &Program, pin: &str) -> Ended {
    let mut seat = Seat::start(program, 200, 50);
    seat.wait_for_text(&format!("PIN for token {LABEL}: "));
    // The prompt may be there a moment before the echo is off; then it is typed ahead and forgotten.
    while seat.echoes() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    seat.type_keys(&format!("{pin}\n"));
    let begun = std::time::Instant::now();
    while seat.running.runs() {
        assert!(begun.elapsed().as_secs() < 60, "it never ended:\n{}", seat.screen());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::thread::sleep(std::time::Duration::from_millis(100));
    let screen = seat.screen();
    let document = screen.lines().rev().find(|line| line.starts_with('{'));
    let document = document.unwrap_or_else(|| panic!("no document\n{screen}")).to_owned();
    let mut ended = seat.running.wait();
    ended.stdout = document;
    ended
}

#[test]
fn what_token_list_and_a_ceremony_with_a_token_print_is_what_it_was() {
    let stage = Stage::new();
    let mut snapshot =
        Snapshot::of("offline-token", &stage).of_random_keys().without(&["length", "firmware", "mechanisms"]);
    let Some(tokens) = SoftTokens::new() else { return };
    let Some(()) = approvers(&stage, &["alice", "bob"], &mut snapshot) else { return };
    let module = tokens.module().display().to_string();
    snapshot.hide(&module, "<module>");
    snapshot.hide(&tokens.folder().display().to_string(), "<tokens>");
    let offline = |line: &str| tokens.seen_by(stage.offline(line));
    let list = format!("token list --module {module}");
    snapshot.run("no token is initialised", &offline(&list), 0);
    let serial = tokens.make(LABEL);
    snapshot.hide(&serial, "<serial>");
    snapshot.run("a token without a key", &offline(&list), 0);
    let site = |pinned: &str| {
        let text = format!(
            "[key]\nmodule = {module:?}\ntoken_label = \"{LABEL}\"\ntoken_serial = \"{serial}\"\n\
             key_label = \"root key\"\n{pinned}[approvals]\nrequired = 2\nallowed_signers = \"approvers\"\n"
        );
        stage.scratch.file("SITE.toml", text);
    };
    site("");
    stage.scratch.file("first.toml", first_request("ecdsa-p384"));
    let keygen = offline("ceremony keygen --state state --site SITE.toml first.toml");
    snapshot.run("keygen: nobody types a PIN", &keygen, 7);
    snapshot.ended("keygen: a wrong PIN", &keygen, &at_the_terminal(&keygen, "999999"));
    let made = snapshot.ended("keygen", &keygen, &at_the_terminal(&keygen, PIN));
    snapshot.ended("keygen: the key is there", &keygen, &at_the_terminal(&keygen, PIN));
    let pinned = made["public_key_sha256"].as_str().expect("a digest");
    site(&format!("public_key_sha256 = \"{pinned}\"\n"));
    snapshot.run("a token with a key", &offline(&list), 0);
    let login = offline(&format!("{list} --login"));
    snapshot.ended("a token with a key, logged in", &login, &at_the_terminal(&login, PIN));
    snapshot.run("nobody types a PIN", &login, 7);
    let rehearse = |request: &str, folder: &str| {
        offline(&format!("ceremony rehearse --state state --site SITE.toml {request} -o {folder}"))
    };
    snapshot.run("rehearse", &rehearse("first.toml", "first"), 0);
    let sign = |folder: &str| {
        let approvals = ["alice", "bob"].map(|name| format!("--approval {}", approve(&stage, name, folder))).join(" ");
        let utc = at(NOW);
        offline(&format!(
            "ceremony sign --state state --site SITE.toml {folder} --yes --utc {utc} --head HEAD {approvals}"
        ))
    };
    let first = sign("first");
    snapshot.run("sign: nobody types a PIN", &first, 7);
    snapshot.ended("sign", &first, &at_the_terminal(&first, PIN));
    stage.scratch.file("second.toml", next_request("first", ""));
    rehearse("second.toml", "second").exits(0);
    let second = sign("second");
    snapshot.ended("sign: a wrong PIN", &second, &at_the_terminal(&second, "999999"));
    snapshot.ended("sign a CRL", &second, &at_the_terminal(&second, PIN));
    site(&format!("public_key_sha256 = \"{pinned}\"\n").replace(&pinned[..8], "deadbeef"));
    stage.scratch.file("third.toml", next_request("second", ""));
    snapshot.run("rehearse: another key is pinned", &rehearse("third.toml", "none"), 3);
    let text = std::fs::read_to_string(stage.scratch.path("SITE.toml")).expect("a site");
    stage.scratch.file("SITE.toml", text.replace("deadbeef", &pinned[..8]).replace(&serial, "deadbeefdeadbeef"));
    rehearse("third.toml", "third").exits(0);
    snapshot.run("sign: another serial number", &sign("third"), 3);
    let shim = tokens.shim("wrong-signature").display().to_string();
    let text = std::fs::read_to_string(stage.scratch.path("SITE.toml")).expect("a site");
    stage.scratch.file("SITE.toml", text.replace("deadbeefdeadbeef", &serial).replace(&module, &shim));
    let offline = |line: &str| tokens.seen_by(stage.offline(line));
    let line = "ceremony rehearse --state state --site SITE.toml third.toml -o fourth";
    offline(line).exits(0);
    let fourth = tokens.seen_by(sign("fourth"));
    snapshot.ended("sign: a token that signs wrong", &fourth, &at_the_terminal(&fourth, PIN));
    snapshot.run("sign again: its number is burned", &fourth, 3);
    snapshot.run("the journal", &offline("journal show --state state"), 0);
    stage.scratch.file("module.so", "no library");
    snapshot.run("a module that is none", &offline("token list --module module.so"), 7);
    snapshot.run("a module that is missing", &offline("token list --module missing.so"), 2);
    snapshot.run("no module", &offline("token list"), 2);
    snapshot.run("no subcommand", &offline("token"), 2);
    snapshot.compare();
}
