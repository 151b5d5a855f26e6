//! The seeds that others' fuzzers found worth keeping: none is accepted, none panics, none takes long.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rootcast_pki::history::NoState;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::stage::Outcome;
use rootcast_pki::time::parse_rfc3339;
use rootcast_pki::{item, judge, judge_under};
use rootcast_tests::corpora;
use rootcast_tests::program::online;
use rootcast_tests::shown_table::ShownTable;

/// How long one seed may take.
const MOST: Duration = Duration::from_millis(100);

fn seeds() -> Option<Vec<PathBuf>> {
    let folder = corpora::folder("fuzz-seeds")?;
    let below = ["crl", "x509"].map(|kind| std::fs::read_dir(folder.join(kind)).expect("seeds"));
    let mut files: Vec<PathBuf> = below.into_iter().flatten().map(|entry| entry.expect("a seed").path()).collect();
    files.sort();
    assert!(files.len() > 700, "{} seeds", files.len());
    Some(files)
}

#[test]
fn each_seed_is_refused_within_a_tenth_of_a_second() {
    let Some(files) = seeds() else { return };
    let policy = Policy { allow_sha1: true, ..Policy::default() };
    let now = parse_rfc3339("2026-11-21T00:00:00Z").expect("a time");
    let (mut slowest, mut readable) = (Duration::ZERO, 0);
    for file in &files {
        let bytes = std::fs::read(file).expect("a seed");
        let judge_once = || {
            let begun = Instant::now();
            let own = Issuer::from_certificate(&bytes, &policy).ok();
            let verdict = item::read(&bytes).ok().map(|item| {
                let judgement = match &own {
                    Some(issuer) => judge_under(&item, issuer, &NoState::default(), &policy, now),
                    None => judge(&item, &[], &NoState::default(), &policy, now),
                };
                assert!(!judgement.verdict.findings.is_empty(), "{}: refused without a word", file.display());
                let _ = (judgement.description, judgement.verdict.findings.to_string());
                matches!(judgement.verdict.outcome, Outcome::Rejected)
            });
            (begun.elapsed(), verdict)
        };
        // A busy machine may take a processor away; it does not do so three times in a row.
        let tries = [judge_once(), judge_once(), judge_once()];
        let took = tries.iter().map(|(took, _)| *took).min().unwrap_or_default();
        assert!(took < MOST, "{}: {took:?}", file.display());
        assert_ne!(tries[0].1, Some(false), "{} was not rejected", file.display());
        slowest = slowest.max(took);
        readable += usize::from(tries[0].1.is_some());
    }
    let mut table = ShownTable::new(&["seeds", "taken for a CRL or a certificate", "slowest"]);
    table.row([files.len().to_string(), readable.to_string(), format!("{slowest:?}")]);
    table.show("Fuzz seeds, each under its own key where it is a certificate");
}

#[test]
fn check_refuses_all_seeds_in_one_run() {
    let Some(files) = seeds() else { return };
    let ended = online(["check", "--json", "--allow-sha1"]).args(&files).exits(5);
    let document = ended.json();
    let judged = document["files"].as_array().expect("files");
    assert_eq!(judged.len(), files.len());
    for file in judged {
        assert_eq!(file["verdict"], "rejected", "{file}");
        assert!(file["findings"].as_array().is_some_and(|findings| !findings.is_empty()), "{file}");
    }
    assert!(ended.took.as_secs() < 30 && ended.peak_kib < 64 * 1024, "{:?}, {} KiB", ended.took, ended.peak_kib);
}
