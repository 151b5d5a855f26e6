//! pkilint, a linter of certificates and CRLs that others wrote, as a second opinion. `make pkilint` installs it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::skipped::skipped;

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A CRL of CA certificates.
    Crl,
    /// A certificate.
    Certificate,
}

/// By which rules it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// RFC 5280.
    Pkix,
    /// The Baseline Requirements for TLS, too.
    Br,
}

/// How grave a finding is, the lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// Neither of the two below: a matter of taste, or of what pkilint does not know.
    Notice,
    /// SHOULD.
    Warning,
    /// MUST.
    Error,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lint {
    /// How grave.
    pub gravity: Gravity,
    /// pkilint's name for it, such as `pkix.basic_constraints_extension_not_critical`.
    pub code: String,
}

/// Its interpreter, if pkilint is installed: of `ROOTCAST_PKILINT`, a virtual environment, or below the target folder.
/// Says so where it is not.
#[must_use]
pub fn interpreter() -> Option<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    let folder = std::env::var_os("ROOTCAST_PKILINT").map_or_else(|| target.join("pkilint"), PathBuf::from);
    let python = folder.join("bin/python");
    if python.exists() {
        return Some(python);
    }
    skipped("pkilint is not installed (make pkilint)");
    None
}

/// What pkilint says of each item, in their order. `scratch` is a folder of the test's own.
///
/// # Panics
/// If pkilint does not run to its end.
#[must_use]
pub fn lint(interpreter: &Path, scratch: &Path, items: &[(Kind, Rules, &[u8])]) -> Vec<Vec<Lint>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/src/linter.py");
    let mut lines = String::new();
    for (number, (kind, rules, der)) in items.iter().enumerate() {
        let path = scratch.join(format!("{number}.der"));
        std::fs::write(&path, der).expect("a scratch folder");
        let kind = if *kind == Kind::Crl { "crl" } else { "certificate" };
        let rules = if *rules == Rules::Br { "br" } else { "pkix" };
        writeln!(lines, "{kind}\t{rules}\t{}", path.display()).expect("a string");
    }
    let mut child = Command::new(interpreter)
        .arg(script)
        .env_remove("PYTHONPATH")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the interpreter starts");
    let mut input = child.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("pkilint ends");
    writer.join().expect("the thread ends").expect("pkilint reads all items");
    assert!(output.status.success(), "pkilint ended with {}", output.status);
    let mut lints = vec![Vec::new(); items.len()];
    for line in String::from_utf8(output.stdout).expect("text").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [number, severity, code] = fields[..] else { panic!("not a finding: {line}") };
        let gravity = match severity {
            "FATAL" | "ERROR" => Gravity::Error,
            "WARNING" => Gravity::Warning,
            _ => Gravity::Notice,
        };
        lints[number.parse::<usize>().expect("a number")].push(Lint { gravity, code: code.to_owned() });
    }
    lints
}
