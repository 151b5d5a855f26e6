//! The three judges, and the CA whose items they are shown.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use rootcast_pki::finding::Severity;
use rootcast_pki::history::NoState;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item;
use rootcast_pki::judge_under;
use rootcast_pki::profile::Policy;
use rootcast_pki::stage::Outcome;
use rootcast_pki::time::Timestamp;
use rootcast_tests::scratch::Scratch;
use rootcast_tests::throwaway_ca::{KeyKind, ThrowAwayCa, pem};

use super::Mutant;

/// What each judge thinks of one item: whether it accepts it. The rules are the gate's, if it does not.
#[derive(Debug)]
pub(super) struct Opinions {
    pub(super) gate: bool,
    pub(super) openssl: bool,
    pub(super) certtool: bool,
    pub(super) rules: Vec<&'static str>,
}

/// A CA, and a folder for the judges that want files.
pub(super) struct Bench {
    /// It believes in this machine's clock, because `certtool` knows no other.
    pub(super) ca: ThrowAwayCa,
    issuer: Issuer,
    scratch: Scratch,
    root: PathBuf,
    leaf: PathBuf,
    files: AtomicU32,
}

/// Whether `certtool` can be run.
pub(super) fn certtool_is_there() -> bool {
    Command::new("certtool").arg("--version").output().is_ok()
}

impl Bench {
    pub(super) fn new(kind: KeyKind) -> Self {
        let ca = ThrowAwayCa::with("Example Root", kind, rootcast_host::clock::now());
        let issuer = Issuer::from_certificate(&ca.certificate, &Policy::default()).expect("a good root");
        let scratch = Scratch::new();
        let root = scratch.file("root.pem", pem("CERTIFICATE", &ca.certificate));
        // Somebody whose revocation openssl is asked about, so that it has to take the CRL.
        let leaf = scratch.file("leaf.pem", pem("CERTIFICATE", &ca.intermediate("Nobody revoked").sign()));
        Bench { ca, issuer, scratch, root, leaf, files: AtomicU32::new(0) }
    }

    /// Asks all three.
    pub(super) fn judge(&self, mutant: &Mutant) -> Opinions {
        let (gate, rules) = gate_under(&mutant.der, &self.issuer, self.ca.now);
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        let label = if mutant.kind == "crl" { "X509 CRL" } else { "CERTIFICATE" };
        let file = self.scratch.file(&format!("{number}.pem"), pem(label, &mutant.der));
        let (openssl, certtool) = if mutant.kind == "crl" {
            (self.openssl_on_a_crl(&file), self.certtool("--verify-crl", &file))
        } else {
            (self.openssl_on_a_certificate(&file), self.certtool("--verify", &file))
        };
        Opinions { gate, openssl, certtool, rules }
    }

    fn openssl_on_a_crl(&self, file: &Path) -> bool {
        let mut command = Command::new("openssl");
        command.args(["verify", "-crl_check", "-CAfile"]).arg(&self.root).arg("-CRLfile").arg(file).arg(&self.leaf);
        succeeds(&mut command)
    }

    fn openssl_on_a_certificate(&self, file: &Path) -> bool {
        succeeds(Command::new("openssl").args(["verify", "-CAfile"]).arg(&self.root).arg(file))
    }

    fn certtool(&self, what: &str, file: &Path) -> bool {
        let mut command = Command::new("certtool");
        succeeds(command.arg(what).arg("--load-ca-certificate").arg(&self.root).arg("--infile").arg(file))
    }
}

/// What the gate thinks of an item under this issuer, in the default policy, and the rules by which it refuses or holds
/// it.
pub(super) fn gate_under(der: &[u8], issuer: &Issuer, now: i64) -> (bool, Vec<&'static str>) {
    let refusing = |findings: &rootcast_pki::finding::Findings| -> Vec<&'static str> {
        let mut rules: Vec<_> = findings.iter().filter(|f| f.severity > Severity::Warn).map(|f| f.rule.id()).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    };
    let item = match item::read(der) {
        Ok(item) => item,
        Err(findings) => return (false, refusing(&findings)),
    };
    let judgement = judge_under(&item, issuer, &NoState::default(), &Policy::default(), Timestamp(now));
    let accepted = matches!(judgement.verdict.outcome, Outcome::Accepted(_));
    let rules = refusing(&judgement.verdict.findings);
    assert_eq!(accepted, rules.is_empty(), "a refusal names its rules: {}", judgement.verdict.findings);
    (accepted, rules)
}

/// Whether a program ends well, whatever it says.
pub(super) fn succeeds(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.expect("openssl and certtool: run `make deps`").success()
}
