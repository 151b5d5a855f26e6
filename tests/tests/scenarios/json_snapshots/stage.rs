//! Where the documents are made.
//! Keys are from seeds, the clock stands still, and files are named without paths.

use std::path::PathBuf;
use std::sync::Arc;

use rootcast_tests::fixed_clock::FixedClock;
use rootcast_tests::forged;
use rootcast_tests::program::{self, Program, head_on_paper};
use rootcast_tests::scratch::Scratch;
use rootcast_tests::sides::crl_of;
use rootcast_tests::throwaway_ca::{CrlDraft, DEFAULT_NOW, ExtensionDraft, SigningKey, ThrowAwayCa};

/// What the clock shows: 2026-11-21T00:00:00Z.
pub(super) const NOW: i64 = DEFAULT_NOW;

/// A folder in which both programs run, with a root that is the same in every run.
pub(super) struct Stage {
    pub(super) scratch: Scratch,
    pub(super) clock: FixedClock,
    pub(super) root: ThrowAwayCa,
}

/// The key of this seed.
pub(super) fn key(seed: u8) -> Arc<SigningKey> {
    Arc::new(SigningKey::ed25519_of([seed; 32]))
}

/// A time as RFC 3339 writes it.
pub(super) fn at(seconds: i64) -> String {
    rootcast_host::clock::rfc3339(seconds)
}

impl Stage {
    /// With `root.crt`, which is not enrolled.
    pub(super) fn new() -> Self {
        let scratch = Scratch::new();
        let clock = FixedClock::at(&scratch, NOW);
        let root = ThrowAwayCa::with_key("Example Root", key(1), NOW);
        scratch.file("root.crt", &root.certificate);
        Self { scratch, clock, root }
    }

    /// With the root enrolled on both sides, in the folders `off` and `on`.
    pub(super) fn enrolled() -> Self {
        let stage = Self::new();
        stage.offline("enrol --yes --state off --root root.crt").exits(0);
        stage.online("enrol --yes --state on --root root.crt").exits(0);
        stage
    }

    /// Writes `renewed.crt`: another certificate of the root, for the same key.
    pub(super) fn renewed_root(&self) {
        let mut draft = self.root.root_draft();
        draft.serial = vec![0x4a, 1, 2, 3, 4, 5, 6, 7, 8];
        self.scratch.file("renewed.crt", draft.sign());
    }

    /// `rootcast-offline LINE --json`.
    /// In it, `HEAD` is the head of the journal of `state`; an empty one has none.
    pub(super) fn offline(&self, line: &str) -> Program {
        let head = line.contains("HEAD").then(|| head_on_paper(&self.scratch.path("state"))).flatten();
        let line = head.map_or_else(|| line.replace(" --head HEAD", ""), |head| line.replace("HEAD", &head));
        let program = program::offline(line.split_whitespace()).arg("--json").within(self.scratch.folder());
        self.clock.seen_by(program)
    }

    /// `rootcast-online LINE --json`.
    pub(super) fn online(&self, line: &str) -> Program {
        self.online_later(line, 0)
    }

    /// The same so many seconds later.
    pub(super) fn online_later(&self, line: &str, seconds: i64) -> Program {
        let program = program::online(line.split_whitespace()).arg("--json").within(self.scratch.folder());
        self.clock.later(program, seconds)
    }

    /// `root-NUMBER.crl`: a good CRL that revokes one serial number.
    pub(super) fn crl(&self, number: u32) -> Vec<u8> {
        let der = self.crl_draft(number).sign();
        self.scratch.file(&format!("root-{number}.crl"), &der);
        der
    }

    /// The draft of the same.
    pub(super) fn crl_draft(&self, number: u32) -> CrlDraft {
        let mut draft = crl_of(&self.root, number);
        draft.revoke(0x4a00_0000_0000_0001, NOW - 40 * 86_400);
        draft
    }

    /// A file with a CRL that was changed before it was signed.
    pub(super) fn changed_crl(&self, name: &str, number: u32, change: impl FnOnce(&mut CrlDraft)) -> Vec<u8> {
        let mut draft = self.crl_draft(number);
        change(&mut draft);
        let der = draft.sign();
        self.scratch.file(name, &der);
        der
    }

    /// A file with the certificate of a CA below the root; its key is that of the seed.
    pub(super) fn intermediate(&self, file: &str, common_name: &str, seed: u8) -> Vec<u8> {
        let der = self.root.intermediate_with_key(common_name, &key(seed)).sign();
        self.scratch.file(file, &der);
        der
    }

    /// A CA below the root with room for one more below it, and its certificate in a file.
    pub(super) fn offline_issuer(&self, file: &str, common_name: &str, seed: u8) -> ThrowAwayCa {
        let key = key(seed);
        let mut draft = self.root.intermediate_with_key(common_name, &key);
        draft.set_extension(ExtensionDraft::basic_constraints(true, Some(1)));
        let certificate = draft.sign();
        self.scratch.file(file, &certificate);
        ThrowAwayCa { name: draft.subject.clone(), certificate, key, now: NOW }
    }

    /// Bundles these files and makes a recording of the bundle.
    /// No link is opened, so the next bundle does not depend on where the recording is.
    pub(super) fn recording(&self, name: &str, files: &str) -> PathBuf {
        self.offline(&format!("bundle --state off -o {name}.bundle {files}")).exits(0);
        let recording = self.scratch.path(&format!("{name}.frames"));
        forged::record(&std::fs::read(self.scratch.path(&format!("{name}.bundle"))).expect("a bundle"), &recording);
        recording
    }
}
