//! Judges a CRL under the certificate of its issuer, and prints the verdict with everything that was found.
//!
//! ```console
//! $ cargo run -p rootcast-pki --example judge_crl -- pki/examples/root.crt pki/examples/root.crl
//! ```
//!
//! Both files may be DER or PEM. A third argument is a time to judge as of, for example 2026-12-01T00:00:00Z; without
//! one it is the clock's. The exit code is 0 where the CRL is accepted and 1 otherwise.

use std::error::Error;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use rootcast_pki::history::NoState;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::time::{Timestamp, parse_rfc3339};
use rootcast_pki::{item, judge_under};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (issuer, crl, at) = match arguments.as_slice() {
        [issuer, crl] => (issuer, crl, None),
        [issuer, crl, at] => (issuer, crl, Some(at)),
        _ => return Err("usage: judge_crl ISSUER CRL [TIME]".into()),
    };
    let now = match at {
        Some(text) => parse_rfc3339(text)?,
        None => Timestamp(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?),
    };
    let policy = Policy::default();
    let issuer = std::fs::read(issuer)?;
    let issuer = Issuer::from_certificate(&item::read(&issuer)?.der, &policy)?;
    let file = std::fs::read(crl)?;
    let item = item::read(&file)?;
    // Nothing was accepted before: NoState compares with no earlier CRL.
    let judgement = judge_under(&item, &issuer, &NoState::default(), &policy, now);
    let ruling = judgement.verdict.outcome.ruling();
    println!("{ruling}: {}", judgement.description.as_deref().unwrap_or("cannot be read"));
    for finding in &judgement.verdict.findings {
        println!("{finding}\n    see {}\n    help: {}", finding.rule.reference(), finding.remedy());
    }
    Ok(if ruling.passes() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
