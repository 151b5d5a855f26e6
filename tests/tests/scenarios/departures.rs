//! What may leave the offline side: held items by a recorded decision, and never what the other side would refuse.

use std::path::PathBuf;
use std::time::Duration;

use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::forged;
use rootcast_tests::program::{Program, offline};
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::DAY;

fn journal(sides: &Sides) -> String {
    std::fs::read_to_string(sides.offline.join("journal.jsonl")).unwrap()
}

/// A pair that sent CRL 1, and a file with CRL 9000.
fn jumping() -> (Sides, PathBuf, Vec<u8>) {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let recording = sides.record("one.frames", &[file]);
    sides.receive_recording(&recording).exits(0);
    let mut jump = sides.root.crl(9000);
    jump.issued_at(sides.root.now - 3600, sides.root.now + 180 * DAY);
    let der = jump.sign();
    let file = sides.scratch.file("jump.crl", &der);
    (sides, file, der)
}

const DECIDED: [&str; 6] =
    ["--decide", "CRL-NUMBER-JUMP", "--by", "O. Operator", "--because", "new signing system, witnessed"];

#[test]
fn a_held_crl_leaves_by_a_recorded_decision_and_is_held_again_on_the_other_side() {
    let (sides, file, _) = jumping();
    let target = sides.scratch.path("jump.frames");
    let send = || sides.send(&format!("file:{}", target.display()), &[&file]);
    send().exits(3).says("CRL-NUMBER-JUMP").says("--decide RULE");
    for incomplete in [&DECIDED[..2], &DECIDED[..4], &DECIDED[2..]] {
        send().args(incomplete).exits(2);
    }
    send().args(["--decide", "CRL-NUMBER-JUMP", "--by", " ", "--because", "x"]).exits(2);
    send().args(DECIDED).args(["--decide", "CRL-SELF"]).exits(2).says("CRL-SELF does not hold any");
    assert!(!target.exists() && !journal(&sides).contains("O. Operator"));
    offline(["plan"]).state(&sides.offline).link("file:x").arg(&file).args(DECIDED).exits(0);
    send().args(DECIDED).exits(0);
    let shown = offline(["journal", "show"]).state(&sides.offline).exits(0);
    shown.says("CRL-NUMBER-JUMP decided by O. Operator: new signing system, witnessed");
    sides.receive_recording(&target).exits(9).says("CRL-NUMBER-JUMP");
}

#[test]
fn no_decision_lets_a_rejected_item_leave() {
    let (sides, _, _) = jumping();
    let mut older = sides.crl(0);
    older.issued_at(sides.root.now - 40 * DAY, sides.root.now + 180 * DAY);
    let file = sides.scratch.file("older.crl", older.sign());
    let target = sides.scratch.path("older.frames");
    let ended = sides
        .send(&format!("file:{}", target.display()), &[&file])
        .args(["--decide", "CRL-NUMBER-LOWER", "--by", "x", "--because", "y"])
        .exits(3);
    ended.says("CRL-NUMBER-LOWER").says("find out where the file came from");
    assert!(!target.exists());
}

#[test]
fn an_expired_crl_does_not_leave_because_it_left_before() {
    let sides = Sides::enrolled();
    let mut short = sides.crl(1);
    let ends = rootcast_host::clock::now() + 3;
    short.issued_at(sides.root.now - DAY, ends);
    let file = sides.scratch.file("short.crl", short.sign());
    let _ = sides.record("before.frames", &[&file]);
    while rootcast_host::clock::now() <= ends {
        std::thread::sleep(Duration::from_millis(100));
    }
    let target = sides.scratch.path("after.frames");
    sides.send(&format!("file:{}", target.display()), &[&file]).exits(3).says("CRL-EXPIRED");
    offline(["check"]).state(&sides.offline).arg(&file).exits(3).says("CRL-EXPIRED");
    assert!(!target.exists());
}

#[test]
fn a_bundle_of_another_state_does_not_take_a_number_that_was_used_here() {
    let sides = Sides::enrolled();
    let other = sides.fresh_offline("other");
    let (file, _) = sides.crl_file(1);
    let bundle = |state: &std::path::Path, name: &str, program: &dyn Fn(Program) -> Program| {
        let path = sides.scratch.path(name);
        program(offline(["bundle", "-o"]).arg(&path).state(state)).exits(0);
        path
    };
    let foreign = bundle(&other, "other.bundle", &|program| program.arg(&file));
    let (intermediate, _) = sides.intermediate_file("Example Issuing CA 1");
    let own = bundle(&sides.offline, "own.bundle", &|program| program.arg(&file).arg(&intermediate));
    let link = |name: &str| format!("file:{}", sides.scratch.path(name).display());
    sides.send(&link("a.frames"), &[&foreign]).exits(3).says("bundle-refused").says("another state directory");
    sides.send(&link("b.frames"), &[&own]).exits(0);
    // Later ones were made; it is still one of this state's own.
    let _ = sides.record("c.frames", &[&file]);
    sides.send(&link("d.frames"), &[&own]).exits(0);
}

#[test]
fn a_manifest_number_from_nowhere_does_not_use_up_those_of_this_state() {
    let sides = Sides::enrolled();
    let crl = sides.crl(1).sign();
    let source = source_of_root(&sides);
    let bytes = forged::object_with(
        &[(ItemKind::Crl, "root.crl", &crl)],
        |manifest| (manifest.source, manifest.number) = (source, u64::MAX),
        |_| None,
    );
    let file = sides.scratch.file("foreign.bundle", bytes);
    let link = format!("file:{}", sides.scratch.path("x.frames").display());
    sides.send(&link, &[&file]).exits(3).says("bundle-refused").says("18446744073709551615");
    let (own, _) = sides.crl_file(1);
    let _ = sides.record("own.frames", &[own]);
    assert!(journal(&sides).contains("\"manifest_number\":1,"), "{}", journal(&sides));
}

/// The source id of the enrolled root, as the offline program names it.
fn source_of_root(sides: &Sides) -> rootcast_protocol::digest::Digest {
    let root = sides.scratch.path("root.crt");
    let enrolled =
        offline(["enrol", "--yes", "--json"]).state(&sides.scratch.path("source")).arg("--root").arg(root).exits(0);
    enrolled.json()["enrolled"]["source"].as_str().unwrap().parse().unwrap()
}
