//! `rootcast-offline ceremony`, with a key in a file.
//! Every step, what is refused, and what is kept.

use std::path::Path;
use std::process::Command;

use rootcast_tests::corpora::skipped;
use rootcast_tests::next_crl::next_crl;
use rootcast_tests::request::request;
use rootcast_tests::scratch::tree;

use super::snapshot::Snapshot;
use super::stage::{NOW, Stage, at, key};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// The request of a first ceremony.
pub(super) fn first_request(kind: &str) -> String {
    format!(
        "first = true\n[crl]\nthis_update = \"{}\"\nnext_update = \"{}\"\n[root]\nkey = \"{kind}\"\n\
         subject = \"CN=Example Root,O=Example,C=CH\"\nnot_before = \"{}\"\nnot_after = \"{}\"\n",
        at(NOW - 2 * HOUR),
        at(NOW + 180 * DAY),
        at(NOW - 3 * HOUR),
        at(NOW + 7000 * DAY)
    )
}

/// A request that follows what was signed in the folder `after`.
pub(super) fn next_request(after: &str, more: &str) -> String {
    let this_update = if after == "first" { NOW - HOUR } else { NOW - 60 };
    let previous = format!("{after}/signed/root.crl");
    next_crl("first/signed/root.crt", &previous, (this_update, NOW + 180 * DAY)) + more
}

fn certificate() -> String {
    format!(
        "[[certificate]]\ncsr = \"issuing.csr\"\nprofile = \"issuing-ca\"\n\
         subject = \"CN=Example Issuing CA,O=Example,C=CH\"\nnot_before = \"{}\"\nnot_after = \"{}\"\npath_length = 0\ncrl_url = \"http://pki.example/root.crl\"\n",
        at(NOW - HOUR),
        at(NOW + 1800 * DAY)
    )
}

/// A stage with a site whose key is a file, and the requests of two ceremonies.
fn room() -> Stage {
    let stage = Stage::new();
    stage.scratch.file("SITE.toml", "[key]\nrehearsal_key = \"demo.p8\"\n[approvals]\nrequired = 0\n");
    stage.scratch.file("first.toml", first_request("ed25519"));
    stage.scratch.file("issuing.csr", request("whatever the requester likes", &key(2)));
    stage.scratch.file("second.toml", next_request("first", &certificate()));
    stage.scratch.file("crl-only.toml", next_request("first", ""));
    let revoke = format!(
        "[[crl.revoke]]\ncertificate = \"second/signed/issuing.crt\"\nreason = \"cessationOfOperation\"\ndate = \"{}\"\n",
        at(NOW - 600)
    );
    stage.scratch.file("third.toml", next_request("second", &revoke));
    stage.scratch.file("strict.toml", "first = true\nnext = true\n");
    stage.scratch.file("backwards.toml", next_request("first", "").replace("2026-", "2025-"));
    stage
}

/// `--utc` with the time of the clock.
fn sign(folder: &str) -> String {
    format!("ceremony sign --state state --site SITE.toml {folder} --yes --utc {} --head HEAD", at(NOW))
}

fn rehearse(request: &str, folder: &str) -> String {
    format!("ceremony rehearse --state state --site SITE.toml {request} -o {folder}")
}

#[test]
fn what_each_step_of_a_ceremony_prints_is_what_it_was() {
    let stage = room();
    let mut snapshot = Snapshot::of("offline-ceremony", &stage).of_random_keys();
    stage.offline("enrol --yes --state other --root root.crt").exits(0);
    let keygen = "ceremony keygen --state state --site SITE.toml first.toml";
    for (case, line, code) in [
        ("a new request and script", "ceremony new -o new.toml --script script.md".to_owned(), 0),
        ("a new request", "ceremony new -o another.toml".to_owned(), 0),
        ("the request is there", "ceremony new -o new.toml".to_owned(), 2),
        ("the folder is missing", "ceremony new -o missing/new.toml".to_owned(), 8),
        ("no subcommand", "ceremony".to_owned(), 2),
        ("keygen: no such site", "ceremony keygen --site missing.toml first.toml".to_owned(), 2),
        ("keygen: a site that is none", "ceremony keygen --site first.toml first.toml".to_owned(), 2),
        ("keygen: not a first ceremony", "ceremony keygen --site SITE.toml crl-only.toml".to_owned(), 3),
        ("keygen", keygen.to_owned(), 0),
        ("keygen: the key is there", keygen.to_owned(), 2),
        ("rehearse: a request that is none", rehearse("strict.toml", "none"), 3),
        ("rehearse: the request is missing", rehearse("missing.toml", "none"), 2),
        ("rehearse: not a first ceremony, and no root", rehearse("crl-only.toml", "none"), 2),
        ("rehearse the first", rehearse("first.toml", "first"), 0),
        ("rehearse: the folder is there", rehearse("first.toml", "first"), 2),
        ("sign: nobody confirms", sign("first").replace(" --yes", ""), 2),
        ("sign: another time", sign("first").replace(&at(NOW), &at(NOW + 301)), 3),
        ("sign: no rehearsal", sign("missing"), 2),
        ("sign: no state", sign("first").replace(" --state state", ""), 2),
        ("record before anything is signed", "ceremony record first".to_owned(), 0),
        ("sign the first", sign("first"), 0),
        ("sign again", sign("first"), 2),
        ("rehearse the second", rehearse("second.toml", "second"), 0),
        (
            "rehearse: a root that is not enrolled",
            rehearse("crl-only.toml", "none").replace("--state state", "--state other"),
            2,
        ),
        ("rehearse: no such state", rehearse("crl-only.toml", "none").replace("--state state", "--state nowhere"), 2),
        (
            "rehearse it with dice",
            rehearse("second.toml", "dice").replace("ceremony rehearse", "ceremony rehearse --dice 1234"),
            0,
        ),
        ("rehearse a CRL alone", rehearse("crl-only.toml", "crl-only"), 0),
        ("rehearse: times of last year", rehearse("backwards.toml", "none"), 3),
        ("sign the second", sign("second"), 0),
        ("sign what another number was used for", sign("crl-only"), 3),
        ("rehearse a revocation, and nobody is asked", rehearse("third.toml", "third"), 2),
        ("rehearse a revocation", rehearse("third.toml", "third") + " --yes", 0),
        ("sign it without another clock", sign("third").replace(&format!(" --utc {}", at(NOW)), ""), 0),
        ("record", "ceremony record third".to_owned(), 0),
        ("record: no folder", "ceremony record missing".to_owned(), 2),
    ] {
        snapshot.run(case, &stage.offline(&line), code);
    }
    std::fs::remove_dir_all(stage.scratch.path("dice")).expect("a folder");
    stage.offline(&rehearse("third.toml", "changed").replace("third.toml", "fourth.toml")).exits(2);
    snapshot.run("a ceremony's folder is sent", &send(&stage, "third"), 0);
    snapshot.run("a rehearsal is sent", &send(&stage, "crl-only"), 2);
    let dump = stage.scratch.path("crl-only/dump.txt");
    std::fs::write(&dump, "something else").expect("a changed file");
    snapshot.run("sign: the rehearsal was changed", &stage.offline(&sign("crl-only")), 3);
    let entries = stage.scratch.path("third/journal.jsonl");
    let text = std::fs::read_to_string(&entries).expect("entries").replacen("read back", "read bacK", 1);
    std::fs::write(&entries, text).expect("changed entries");
    snapshot.run("record: an entry was changed", &stage.offline("ceremony record third"), 8);
    snapshot.compare();
}

fn send(stage: &Stage, folder: &str) -> rootcast_tests::program::Program {
    stage.offline(&format!("bundle --state state -o {folder}.bundle {folder}"))
}

#[test]
fn what_a_ceremony_keeps_is_what_it_was() {
    let stage = room();
    let mut snapshot = Snapshot::of("offline-ceremony-files", &stage).of_random_keys();
    stage.offline("ceremony keygen --state state --site SITE.toml first.toml --log log.jsonl").exits(0);
    for (request, folder) in [("first.toml", "first"), ("second.toml", "second"), ("third.toml", "third")] {
        stage.offline(&format!("{} --yes --log log.jsonl", rehearse(request, folder))).exits(0);
        stage.offline(&format!("{} --log log.jsonl", sign(folder))).exits(0);
        for (path, _) in tree(&stage.scratch.path(folder)) {
            let name = format!("{folder}/{}", path.display());
            match path.extension().and_then(std::ffi::OsStr::to_str) {
                Some("json") => snapshot.file(&name, &stage.scratch.path(&name)),
                Some("jsonl") => snapshot.lines(&name, &stage.scratch.path(&name)),
                _ => {}
            }
        }
    }
    stage.offline(&sign("third")).exits(2);
    stage.offline("ceremony new -o new.toml --log log.jsonl").exits(0);
    stage.offline("ceremony record third --log log.jsonl").exits(0);
    snapshot.run("the journal", &stage.offline("journal show --state state"), 0);
    snapshot.file("the state", &stage.scratch.path("state/state.json"));
    stage.offline("send --yes --state state --link file:third.frames third").exits(0);
    snapshot.run("every signature", &stage.offline("journal audit --state state"), 0);
    snapshot.run(
        "the signatures of CRLs",
        &stage.offline("journal audit --state state --kind crl --since 2000-01-01"),
        0,
    );
    snapshot.compare();
    let mut log = Snapshot::of("offline-ceremony-log", &stage).of_random_keys();
    log.lines("the log", &stage.scratch.path("log.jsonl"));
    log.compare();
}

/// `ssh-keygen` in the folder.
fn ssh_keygen(folder: &Path, arguments: &[&str]) -> String {
    let ended = Command::new("ssh-keygen").args(arguments).current_dir(folder).output().expect("ssh-keygen");
    assert!(ended.status.success(), "{arguments:?}\n{}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8_lossy(&ended.stdout).into_owned()
}

/// People with SSH keys, in the file `approvers`.
/// The fingerprints of their keys are hidden in `snapshot`.
pub(super) fn approvers(stage: &Stage, people: &[&str], snapshot: &mut Snapshot) -> Option<()> {
    if Command::new("ssh-keygen").arg("-?").output().is_err() {
        skipped("documents about approvals: ssh-keygen is not installed; run `make deps`");
        return None;
    }
    let mut lines = String::new();
    for name in people {
        ssh_keygen(stage.scratch.folder(), &["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name]);
        let public = std::fs::read_to_string(stage.scratch.path(&format!("{name}.pub"))).expect("a public key");
        lines.push_str(&format!("{name} {public}"));
        let key: Vec<&str> = public.split(' ').take(2).collect();
        snapshot.hide(&key.join(" "), "<public key>");
        let shown = ssh_keygen(stage.scratch.folder(), &["-l", "-f", &format!("{name}.pub")]);
        snapshot.hide(shown.split(' ').nth(1).expect("a fingerprint"), "<fingerprint>");
    }
    stage.scratch.file("approvers", lines);
    Some(())
}

/// `name` approves what was rehearsed in `folder`; gives the name of the approval.
pub(super) fn approve(stage: &Stage, name: &str, folder: &str) -> String {
    let listing = format!("{folder}/to-be-signed.txt");
    let _ = std::fs::remove_file(stage.scratch.path(&format!("{listing}.sig")));
    ssh_keygen(stage.scratch.folder(), &["-q", "-Y", "sign", "-n", "rootcast-ceremony", "-f", name, &listing]);
    let approval = format!("{name}.sig");
    std::fs::rename(stage.scratch.path(&format!("{listing}.sig")), stage.scratch.path(&approval)).expect("an approval");
    approval
}

#[test]
fn what_sign_prints_of_approvals_is_what_it_was() {
    let stage = room();
    let mut snapshot = Snapshot::of("offline-ceremony-approvals", &stage).of_random_keys();
    let Some(()) = approvers(&stage, &["alice", "bob", "carol"], &mut snapshot) else { return };
    let site = "[key]\nrehearsal_key = \"demo.p8\"\n[approvals]\nrequired = 2\nallowed_signers = \"approvers\"\n";
    stage.scratch.file("SITE.toml", site);
    stage.offline("ceremony keygen --state state --site SITE.toml first.toml").exits(0);
    stage.offline(&rehearse("first.toml", "first")).exits(0);
    let [alice, bob] = ["alice", "bob"].map(|name| approve(&stage, name, "first"));
    stage.scratch.file("empty.sig", "");
    for (case, approvals, code) in [
        ("nobody approves", String::new(), 3),
        ("one approves twice", format!("--approval {alice} --approval {alice}"), 3),
        ("an approval that is none", format!("--approval {alice} --approval empty.sig"), 3),
        ("an approval that is missing", format!("--approval {alice} --approval missing.sig"), 2),
        ("two approve", format!("--approval {alice} --approval {bob}"), 0),
    ] {
        snapshot.run(case, &stage.offline(&format!("{} {approvals}", sign("first"))), code);
    }
    stage.offline(&rehearse("crl-only.toml", "second")).exits(0);
    let stale = format!("{} --approval {alice} --approval {bob}", sign("second"));
    snapshot.run("approvals of something else", &stage.offline(&stale), 3);
    // Another rule is refused; a change of it, and a reset.
    std::fs::copy(stage.scratch.path("carol.pub"), stage.scratch.path("revoked")).expect("a list");
    stage.scratch.file("SITE.toml", format!("{site}revoked = \"revoked\"\n"));
    stage.offline(&rehearse("crl-only.toml", "third")).exits(0);
    snapshot.run("another rule than the pinned one", &stage.offline(&sign("third")), 3);
    stage.scratch.file("change.toml", "[approvals]\nrequired = 2\nbecause = \"carol left\"\n");
    snapshot.run("rehearse a change of the rule", &stage.offline(&rehearse("change.toml", "change")), 0);
    let [alice, bob] = ["alice", "bob"].map(|name| approve(&stage, name, "change"));
    let change = format!("{} --approval {alice} --approval {bob}", sign("change"));
    snapshot.run("sign the change", &stage.offline(&change), 0);
    snapshot.run("sign it again", &stage.offline(&change), 3);
    let head =
        stage.offline("journal verify --state state").exits(0).json()["head"].as_str().expect("a head").to_owned();
    let utc = at(NOW);
    let reset =
        format!("ceremony approvals reset --state state --by operator --because left --head {head} --utc {utc}");
    snapshot.run("reset: enough people are left", &stage.offline(&reset), 3);
    std::fs::copy(stage.scratch.path("bob.pub"), stage.scratch.path("revoked")).expect("a list");
    snapshot.run("reset", &stage.offline(&format!("{reset} --site SITE.toml")), 0);
    snapshot.run("reset: nothing is pinned", &stage.offline(&reset), 3);
    snapshot.run("the journal", &stage.offline("journal show --state state"), 0);
    snapshot.compare();
}
