//! State directories written by this program as it was when each layout was the newest, kept beside the tests.
//!
//! `tests/tests/states/v1` was made by the last revision with layout 1, `v2` by one of layout 2: `enrol`, then `receive`
//! of a CRL and an intermediate certificate by a root to throw away. `v3`, by one of layout 3, also received a signed
//! manifest. `offline-v3` is an offline state of format 3 after `enrol` and `send`. `offline-v4`, of format 4, also holds a
//! first ceremony with a rehearsal key, and a `trust` that weakens. A new layout adds a folder; none is changed.
//!
//! `v3-rules-off` and `offline-v4-rules-off` were made by the last revision in which a switched-off rule had no date: `trust
//! --profile webpki --off CRL-VALIDITY --off CERT-CDP`. The online one received CRL 4 and an intermediate certificate.
//! `rules-off.crl` is CRL 5 of their root; it is valid for 420 days.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rootcast_online::publication::Snapshot;
use rootcast_pki::time::parse_rfc3339;
use rootcast_tests::fixed_clock::FixedClock;
use rootcast_tests::program::{Program, offline, online};
use rootcast_tests::scratch::{Scratch, tree};
use rootcast_tests::sides::fresh_root;

/// The layouts there have been.
const LAYOUTS: [u32; 3] = [1, 2, 3];

/// A copy of the stored state of this name.
fn stored(name: &str, scratch: &Scratch) -> PathBuf {
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/states").join(name);
    let state = scratch.path("state");
    let copied = Command::new("cp").arg("-a").arg(stored).arg(&state).status().unwrap();
    assert!(copied.success());
    state
}

/// The version that the state itself names.
fn version_of(state: &Path) -> u64 {
    let record = fs::read(state.join("published/../state.json")).unwrap();
    serde_json::from_slice::<serde_json::Value>(&record).unwrap()["version"].as_u64().unwrap()
}

#[test]
fn the_states_of_older_versions_are_opened_and_go_on() {
    for layout in LAYOUTS {
        let scratch = Scratch::new();
        let state = stored(&format!("v{layout}"), &scratch);
        assert_eq!(version_of(&state), u64::from(layout), "the stored state is another than it says");
        let before = Snapshot::read(&state).unwrap_or_else(|e| panic!("layout {layout}: {e}"));
        before.verify_receipts().unwrap_or_else(|e| panic!("layout {layout}: {e}"));
        assert_eq!((before.record().crls.len(), before.record().certificates.len()), (1, 1), "layout {layout}");
        let (crls, cas) = (tree(&state.join("published/crl")), tree(&state.join("published/ca")));
        assert!(crls.len() == 2 && cas.len() == 2, "DER and PEM of each");
        // 10 once the CRL ends soon; never 8.
        let status = online(["status", "--json"]).state(&state).run();
        assert!(matches!(status.code, Some(0 | 10)), "layout {layout}\n{status}");
        let crl =
            scratch.file("root.crl", &crls.iter().find(|(path, _)| path.extension().unwrap() == "crl").unwrap().1);
        online(["check"]).state(&state).arg(&crl).exits(0).says("no-op");
        // The next commit is in today's layout, and what was published stays.
        let root = scratch.file("another.crt", &fresh_root("Another Root").certificate);
        online(["enrol", "--yes"]).state(&state).arg("--root").arg(root).exits(0);
        let after = Snapshot::read(&state).unwrap();
        assert_eq!(after.record().generation, before.record().generation + 1);
        assert_eq!(version_of(&state), u64::from(*LAYOUTS.last().unwrap()));
        assert_eq!(after.record().crls, before.record().crls);
        assert_eq!((tree(&state.join("published/crl")), tree(&state.join("published/ca"))), (crls, cas));
        after.verify_receipts().unwrap();
        // What its root had chosen is known: a weaker policy is noticed.
        let stored =
            fs::read(state.join("published/../roots").join(format!("{}.crt", before.record().roots[0].sha256)));
        let root = scratch.file("stored.crt", stored.unwrap());
        let weaker = online(["trust", "--yes", "--off", "CRL-VALIDITY"]).state(&state).arg("--root").arg(root);
        weaker.exits(0).says("the policy of ").says("CRL-VALIDITY is switched off until ").says(" (receipt ");
    }
}

#[test]
fn the_offline_state_of_an_older_version_is_opened_and_goes_on() {
    let scratch = Scratch::new();
    let state = stored("offline-v3", &scratch);
    // The head as it was written down after the last transmission.
    let head = "cleanup Babylon Scotland outfielder willow passenger Pluto inception";
    let verify = || offline(["journal", "verify", "--head", head]).state(&state).exits(0);
    verify().says("the given head is the last entry");
    offline(["link", "report"]).state(&state).exits(0).says("The journal records no open link");
    let show = offline(["journal", "show", "--json"]).state(&state).exits(0).json();
    let stored = state.join("items").join(format!("{}.der", show["entries"][0]["sha256"].as_str().unwrap()));
    let stored = scratch.file("stored.crt", fs::read(stored).unwrap());
    let trust = || offline(["trust", "--yes"]).state(&state).arg("--root").arg(&stored);
    // Its entries have no whole policy, and nothing is another than they say.
    trust().exits(0).says("Trusted already");
    verify().says("the given head is the last entry");
    trust().args(["--off", "CRL-VALIDITY"]).exits(0).says("the policy of ").says("journal ack");
    verify().says("1 entry since");
    let root = scratch.file("another.crt", &fresh_root("Another Root").certificate);
    offline(["enrol", "--yes"]).state(&state).arg("--root").arg(root).exits(0);
    verify().says("2 entries since");
}

#[test]
fn an_offline_state_of_format_4_is_opened_with_its_ceremony_its_rule_and_its_weakened_policy() {
    let scratch = Scratch::new();
    let state = stored("offline-v4", &scratch);
    let head = "classroom typewriter wallet handiwork ahead Cherokee talon insincere";
    let verify = || offline(["journal", "verify", "--head", head]).state(&state).exits(0);
    verify().says("12 entries: the given head is the last entry").says("CRL-EMPTY-LIST is switched off");
    let show = offline(["journal", "show"]).state(&state).exits(0);
    show.says("number-burned").says("CRL number 1").says("approval rule 1, first-signing").says("WEAKENED");
    offline(["journal", "ack", "bd03e0eea1e9", "--by", "N", "--because", "known"]).state(&state).exits(0);
    let root = scratch.file("another.crt", &fresh_root("Another Root").certificate);
    let trust = offline(["trust", "--yes"]).state(&state).arg("--root").arg(root).exits(0);
    assert!(!trust.stderr.contains("was weakened"), "{trust}");
    verify().says("2 entries since");
}

/// When the states with rules off are first used by this version.
const UPGRADE: &str = "2026-12-15T09:30:00Z";

/// Twelve months later the rules are on again.
const ON_AGAIN: &str = "2027-12-15T09:30:00Z";

/// What a rule that is off has in documents and records.
fn off_until(rule: &str) -> serde_json::Value {
    serde_json::json!({"rule": rule, "until": ON_AGAIN})
}

/// Seconds from the upgrade to the end of the rules' absence.
fn twelve_months() -> i64 {
    parse_rfc3339(ON_AGAIN).unwrap().0 - parse_rfc3339(UPGRADE).unwrap().0
}

#[test]
fn what_an_older_version_switched_off_stays_off_for_twelve_months_online() {
    let scratch = Scratch::new();
    let state = stored("v3-rules-off", &scratch);
    let clock = FixedClock::at(&scratch, parse_rfc3339(UPGRADE).unwrap().0);
    let crl = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/states/rules-off.crl");
    // 10 where a root has no CRL yet, as that of this test.
    let status = |later: i64| clock.later(online(["status", "--json"]).state(&state), later).run().json();
    let check = |later: i64, code: i32| clock.later(online(["check"]).state(&state).arg(&crl), later).exits(code);
    // Looked at, it has no date yet.
    let policy = &status(0)["roots"][0]["policy"];
    assert_eq!(policy["switched_off"], serde_json::json!(["CRL-VALIDITY", "CERT-CDP"]));
    assert_eq!(policy["off_until"], serde_json::json!([]));
    check(0, 0).says("WARNING: CRL-VALIDITY is switched off: ").says("warn[CRL-VALIDITY]");
    // The first commit gives it one, and no later one moves it.
    for (later, name) in [(0, "One Root"), (40 * 86_400, "Two Root")] {
        let root = scratch.file("another.crt", &fresh_root(name).certificate);
        let trust = online(["trust", "--yes"]).state(&state).arg("--root").arg(root);
        clock.later(trust, later).exits(0);
        let roots = status(later)["roots"].clone();
        let of_root = roots.as_array().unwrap().iter().find(|root| root["profile"] == "webpki").unwrap();
        let dated = serde_json::json!([off_until("CRL-VALIDITY"), off_until("CERT-CDP")]);
        assert_eq!(of_root["policy"]["off_until"], dated);
    }
    Snapshot::read(&state).unwrap().verify_receipts().unwrap();
    let end = twelve_months();
    check(end - 1, 0).says("warn[CRL-VALIDITY]").says("(switched off here)").says(&format!("until {ON_AGAIN}"));
    let on = check(end, 5);
    on.says("reject[CRL-VALIDITY]");
    assert!(!on.stderr.contains("CRL-VALIDITY is switched off"), "{on}");
    // Before and after that day, `status` says so.
    let attention = |later: i64| {
        let status = clock.later(online(["status"]).state(&state), later).exits(10);
        status.stderr
    };
    assert!(!attention(end - 31 * 86_400).contains("on again"));
    assert!(attention(end - 30 * 86_400).contains("CRL-VALIDITY is switched off, and is on again in 30 days"));
    assert!(attention(end).contains(&format!("CRL-VALIDITY was switched off until {ON_AGAIN}, and is on again")));
}

#[test]
fn what_an_older_version_switched_off_stays_off_for_twelve_months_offline() {
    let scratch = Scratch::new();
    let state = stored("offline-v4-rules-off", &scratch);
    let clock = FixedClock::at(&scratch, parse_rfc3339(UPGRADE).unwrap().0);
    let crl = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/states/rules-off.crl");
    let record = || fs::read_to_string(state.join("state.json")).unwrap();
    let run = |program: Program, later: i64| clock.later(program.state(&state), later);
    run(offline(["check"]).arg(&crl), 0).exits(0).says("WARNING: CRL-VALIDITY is switched off: ");
    assert!(!record().contains("off_until"));
    let root = scratch.file("another.crt", &fresh_root("Another Root").certificate);
    run(offline(["trust", "--yes"]).arg("--root").arg(root), 0).exits(0);
    let dated = format!("\"off_until\":[{},{}]", off_until("CRL-VALIDITY"), off_until("CERT-CDP"));
    assert!(record().contains(&dated), "{}", record());
    let end = twelve_months();
    let before = run(offline(["check"]).arg(&crl), end - 1).exits(0);
    before.says("warn[CRL-VALIDITY]").says("CRL-VALIDITY is switched off, and is on again in 1 second");
    let after = run(offline(["check"]).arg(&crl), end).exits(3);
    after.says("reject[CRL-VALIDITY]").says("CRL-VALIDITY was switched off until");
}
