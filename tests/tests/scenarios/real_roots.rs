//! CRLs of real roots, judged at a time when they were in force.

use std::path::Path;

use rootcast_tests::corpora;
use rootcast_tests::program::{Program, online};

fn check(folder: &Path, crl: &str, issuer: &str, at: &str) -> Program {
    online(["check"]).arg(folder.join(crl)).arg("--issuer").arg(folder.join(issuer)).args(["--at", at])
}

#[test]
fn real_root_crls_of_a_current_programme_are_accepted_at_their_time() {
    let Some(folder) = corpora::folder("amazon-roots") else { return };
    for (crl, issuer, at) in [
        ("rootca1.crl", "AmazonRootCA1.cer", "2025-06-01T00:00:00Z"),
        ("rootca2.crl", "AmazonRootCA2.cer", "2025-06-01T00:00:00Z"),
        ("r2m02.crl", "r2m02.cer", "2025-02-24T00:00:00Z"),
    ] {
        check(&folder, crl, issuer, at).exits(0);
    }
    // The same after nextUpdate, before thisUpdate, and under another root.
    check(&folder, "rootca1.crl", "AmazonRootCA1.cer", "2026-01-01T00:00:00Z").exits(5).says("CRL-EXPIRED");
    check(&folder, "rootca1.crl", "AmazonRootCA1.cer", "2024-01-01T00:00:00Z").exits(5).says("CRL-FUTURE");
    check(&folder, "rootca1.crl", "AmazonRootCA2.cer", "2025-06-01T00:00:00Z").exits(5);
}

/// Each with an hour in which it was in force, and whether it is signed with SHA-1.
const MOZILLA: [(u32, &str, bool); 10] = [
    (1, "2017-03-29T00:00:00Z", true),
    (2, "2017-03-29T00:00:00Z", true),
    (3, "2016-06-24T00:00:00Z", false),
    (4, "2017-06-25T00:00:00Z", true),
    (5, "2017-05-24T00:00:00Z", true),
    (6, "2017-06-25T00:00:00Z", true),
    (7, "2017-06-27T00:00:00Z", true),
    (8, "2017-06-27T00:00:00Z", true),
    (9, "2016-12-19T00:00:00Z", true),
    (10, "2016-12-19T00:00:00Z", true),
];

#[test]
fn sha1_is_refused_unless_allowed_and_then_said_loudly() {
    let Some(folder) = corpora::folder("mozilla-roots") else { return };
    for (number, at, sha1) in MOZILLA {
        let check = check(&folder, &format!("{number}.crl"), &format!("{number}.pem"), at);
        let plain = check.run();
        assert_eq!(plain.code, Some(if sha1 { 5 } else { 0 }), "{plain}");
        if sha1 {
            plain.says("CRL-ALGORITHM");
            let allowed = check.arg("--allow-sha1").run();
            // The one without a CRL number stays refused: nothing could tell it from an older one.
            let numbered = !format!("{}{}", allowed.stdout, allowed.stderr).contains("CRL-NUMBER-MISSING");
            assert_eq!(allowed.code, Some(if numbered { 0 } else { 5 }), "{allowed}");
            assert!(allowed.stderr.to_lowercase().contains("sha-1"), "{allowed}");
        }
    }
}

#[test]
fn a_self_signed_file_cannot_pass_without_a_state() {
    let Some(folder) = corpora::folder("amazon-roots") else { return };
    check(&folder, "AmazonRootCA1.cer", "AmazonRootCA1.cer", "2025-06-01T00:00:00Z").exits(5);
}

#[test]
fn without_state_or_issuer_the_content_rules_run_and_the_issuer_is_unknown() {
    let Some(folder) = corpora::folder("amazon-roots") else { return };
    let crl = folder.join("rootca1.crl");
    online(["check"]).arg(crl).args(["--at", "2025-06-01T00:00:00Z"]).exits(5).says("ITEM-ISSUER-UNKNOWN");
}

#[test]
fn a_real_crl_of_14102_entries_is_judged_in_little_memory() {
    let Some(folder) = corpora::folder("amazon-roots") else { return };
    let ended = check(&folder, "r2m02.crl", "r2m02.cer", "2025-02-24T00:00:00Z").exits(0);
    assert!(ended.peak_kib < 64 * 1024, "{} KiB\n{ended}", ended.peak_kib);
}
