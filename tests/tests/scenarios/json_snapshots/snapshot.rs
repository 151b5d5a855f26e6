//! One snapshot: the documents of one command, in every outcome, in one file.

use std::fs;
use std::path::{Path, PathBuf};

use rootcast_tests::corpora::skipped;
use rootcast_tests::program::{Ended, Program};
use serde_json::{Value, json};

use super::difference;
use super::stage::Stage;
use super::steady::Steady;

/// Documents, each with the case it is of.
pub(super) struct Snapshot {
    name: &'static str,
    steady: Steady,
    cases: Vec<Value>,
    /// Whether every process could lock itself in, as the snapshots tell it.
    is_locked_in: bool,
    /// Runs that ended with another exit code than they should.
    other_ends: Vec<String>,
}

impl Snapshot {
    /// An empty one, to be held against `tests/tests/json_snapshots/NAME.json`.
    pub(super) fn of(name: &'static str, stage: &Stage) -> Self {
        let folder = stage.scratch.folder().display().to_string();
        Self { name, steady: Steady::of(folder), cases: Vec::new(), is_locked_in: true, other_ends: Vec::new() }
    }

    /// The values of these members differ from run to run.
    pub(super) fn without(mut self, members: &[&'static str]) -> Self {
        self.steady.members.extend(members);
        self
    }

    /// Keys are random, and with them all digests, ids and words.
    pub(super) fn of_random_keys(mut self) -> Self {
        self.steady.is_random = true;
        self
    }

    /// This text differs from run to run, wherever it stands.
    pub(super) fn hide(&mut self, text: &str, placeholder: &'static str) {
        self.steady.texts.push((text.to_owned(), placeholder));
    }

    /// Runs a command to its end, which has to be exit code `code`, and adds its document.
    pub(super) fn run(&mut self, case: &str, program: &Program, code: i32) -> Value {
        let ended = program.run();
        if ended.code != Some(code) {
            self.other_ends.push(format!("{case}: expected exit {code}\n{ended}"));
        }
        self.ended(case, program, &ended)
    }

    /// Adds the document of a command that has ended.
    pub(super) fn ended(&mut self, case: &str, program: &Program, ended: &Ended) -> Value {
        let document = ended.json();
        self.is_locked_in &= is_locked_in(&document);
        let command = self.steady.text(&program.line());
        let steady = self.steady.document(&document);
        self.cases.push(json!({"case": case, "command": command, "document": steady, "exit": ended.code}));
        document
    }

    /// Adds the document in a file.
    pub(super) fn file(&mut self, case: &str, path: &Path) {
        let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let document = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}\n{text}", path.display()));
        self.document(case, &document);
    }

    /// Adds the documents in a file, one a line.
    pub(super) fn lines(&mut self, case: &str, path: &Path) {
        let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
        self.document(case, &Value::Array(lines));
    }

    /// Adds a document.
    pub(super) fn document(&mut self, case: &str, document: &Value) {
        self.is_locked_in &= is_locked_in(document);
        let steady = self.steady.document(document);
        self.cases.push(json!({"case": case, "document": steady}));
    }

    /// Fails where the file says otherwise.
    /// Writes it instead where `ROOTCAST_WRITE_SNAPSHOTS` is set.
    pub(super) fn compare(self) {
        assert!(self.other_ends.is_empty(), "{}", self.other_ends.join("\n"));
        if !self.is_locked_in {
            skipped("JSON snapshots: this kernel has no Landlock or no seccomp, or a container forbids them");
            return;
        }
        let mut found = serde_json::to_string_pretty(&self.cases).expect("a document");
        found.push('\n');
        let path = folder().join(format!("{}.json", self.name));
        if std::env::var_os("ROOTCAST_WRITE_SNAPSHOTS").is_some() {
            fs::write(&path, found).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            return;
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == found,
            "the documents are not those of {}\n(- in the file, + now; ROOTCAST_WRITE_SNAPSHOTS=1 writes it anew)\n{}",
            path.display(),
            difference::between(&kept, &found)
        );
    }
}

/// Whether no document that tells of a confinement tells of a lock that is missing.
fn is_locked_in(document: &Value) -> bool {
    match document {
        Value::String(told) => !told.contains(": NOT IN FORCE: "),
        Value::Array(elements) => elements.iter().all(is_locked_in),
        Value::Object(members) => members.values().all(is_locked_in),
        _ => true,
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/json_snapshots")
}
