//! Both sides of one air gap: a root, an offline and an online state, and the command lines between them.

use std::path::{Path, PathBuf};

use crate::program::{self, Program};
use crate::scratch::{Scratch, tree};
use crate::seeds::Chance;
use crate::throwaway_ca::{CrlDraft, DAY, ThrowAwayCa};

/// An enrolled pair.
#[derive(Debug)]
pub struct Sides {
    /// Where everything of this pair lives.
    pub scratch: Scratch,
    /// The root enrolled on both sides.
    pub root: ThrowAwayCa,
    /// The state of the offline program.
    pub offline: PathBuf,
    /// The state of the online program.
    pub online: PathBuf,
}

impl Sides {
    /// A fresh root, enrolled on both sides.
    #[must_use]
    pub fn enrolled() -> Self {
        Self::of(fresh_root("Example Root 2026"))
    }

    /// `root`, enrolled on both sides.
    #[must_use]
    pub fn of(root: ThrowAwayCa) -> Self {
        let scratch = Scratch::new();
        let certificate = scratch.file("root.crt", &root.certificate);
        let (offline, online) = (scratch.path("offline"), scratch.path("online"));
        program::offline(["enrol", "--yes"]).state(&offline).arg("--root").arg(&certificate).exits(0);
        program::online(["enrol", "--yes"]).state(&online).arg("--root").arg(&certificate).exits(0);
        Self { scratch, root, offline, online }
    }

    /// The draft of CRL `number`, below 500, issued an hour after the one before it.
    #[must_use]
    pub fn crl(&self, number: u32) -> CrlDraft {
        crl_of(&self.root, number)
    }

    /// A file with CRL `number`, empty, and its DER.
    #[must_use]
    pub fn crl_file(&self, number: u32) -> (PathBuf, Vec<u8>) {
        let der = self.crl(number).sign();
        (self.scratch.file(&format!("root-{number}.crl"), &der), der)
    }

    /// CRL `number`, below 40,000, issued a minute after the one before it, that revokes these serial numbers.
    #[must_use]
    pub fn crl_of_the_minute(&self, number: u32, serials: &[u64]) -> Vec<u8> {
        let mut draft = self.root.crl(number.into());
        draft.issued_at(self.root.now - 30 * DAY + i64::from(number) * 60, self.root.now + 180 * DAY);
        serials.iter().for_each(|serial| draft.revoke(*serial, self.root.now - 90 * DAY));
        draft.sign()
    }

    /// CRL 1 with as many entries as it takes to be so many bytes long, or a few more.
    #[must_use]
    pub fn crl_of_bytes(&self, length: usize, chance: &mut Chance) -> Vec<u8> {
        let mut draft = self.crl(1);
        loop {
            let der = draft.sign();
            if der.len() >= length {
                return der;
            }
            draft.revoke(chance.serial(), self.root.now - 1000);
        }
    }

    /// A file with CRL `number` that revokes so many serial numbers, made by chance: nothing compresses it much.
    #[must_use]
    pub fn long_crl_file(&self, number: u32, entries: usize, chance: &mut Chance) -> (PathBuf, Vec<u8>) {
        let mut draft = self.crl(number);
        for _ in 0..entries {
            draft.revoke(chance.serial(), self.root.now - 90 * DAY);
        }
        let der = draft.sign();
        (self.scratch.file(&format!("root-{number}.crl"), &der), der)
    }

    /// A file with a new intermediate certificate, and its DER.
    #[must_use]
    pub fn intermediate_file(&self, name: &str) -> (PathBuf, Vec<u8>) {
        let der = self.root.intermediate(name).sign();
        (self.scratch.file(&format!("{name}.crt"), &der), der)
    }

    /// A second offline state with the same root enrolled: it knows nothing of what was sent before.
    #[must_use]
    pub fn fresh_offline(&self, name: &str) -> PathBuf {
        let state = self.scratch.path(name);
        let certificate = self.scratch.path("root.crt");
        program::offline(["enrol", "--yes"]).state(&state).arg("--root").arg(&certificate).exits(0);
        state
    }

    /// `rootcast-offline send --yes` of these files over this link.
    #[must_use]
    pub fn send<P: AsRef<Path>>(&self, link: &str, items: &[P]) -> Program {
        self.send_from(&self.offline, link, items)
    }

    /// The same from another offline state.
    #[must_use]
    pub fn send_from<P: AsRef<Path>>(&self, state: &Path, link: &str, items: &[P]) -> Program {
        program::offline(["send", "--yes"]).state(state).link(link).args(items.iter().map(AsRef::as_ref))
    }

    /// Sends these files, once, into a recording.
    #[must_use]
    pub fn record<P: AsRef<Path>>(&self, name: &str, items: &[P]) -> PathBuf {
        let recording = self.scratch.path(name);
        self.send(&format!("file:{}", recording.display()), items).exits(0);
        recording
    }

    /// Bundles these files with `rootcast-offline bundle`; gives the encoded bundle.
    #[must_use]
    pub fn bundle<P: AsRef<Path>>(&self, name: &str, items: &[P]) -> Vec<u8> {
        let output = self.scratch.path(name);
        let bundle = program::offline(["bundle"]).state(&self.offline).arg("-o").arg(&output);
        bundle.args(items.iter().map(AsRef::as_ref)).exits(0);
        std::fs::read(output).expect("a bundle")
    }

    /// `rootcast-online receive` on these links, until they end.
    #[must_use]
    pub fn receive<L: AsRef<str>>(&self, links: &[L]) -> Program {
        let program = program::online(["receive"]).state(&self.online);
        links.iter().fold(program, |program, link| program.link(link.as_ref()))
    }

    /// `rootcast-online receive` of one recording.
    #[must_use]
    pub fn receive_recording(&self, recording: &Path) -> Program {
        self.receive(&[format!("file:{}", recording.display())])
    }

    /// Acknowledges every alarm of the online state.
    pub fn acknowledge_alarms(&self) {
        let list = program::online(["alarm", "list", "--json"]).state(&self.online).exits(0).json();
        for alarm in list["alarms"].as_array().expect("a list") {
            let id = alarm["id"].as_str().expect("an id");
            let ack = ["alarm", "ack", id, "--by", "A. Auditor", "--because", "a test"];
            program::online(ack).state(&self.online).exits(0);
        }
    }

    /// A second online state with the same root enrolled: nothing is published in it yet.
    #[must_use]
    pub fn fresh_online(&self, name: &str) -> PathBuf {
        let state = self.scratch.path(name);
        let certificate = self.scratch.path("root.crt");
        program::online(["enrol", "--yes"]).state(&state).arg("--root").arg(&certificate).exits(0);
        state
    }

    /// Every published file with its bytes.
    #[must_use]
    pub fn published(&self) -> Vec<(PathBuf, Vec<u8>)> {
        tree(&self.online.join("published"))
    }

    /// Whether these bytes are published under the name they should have.
    #[must_use]
    pub fn is_published(&self, der: &[u8]) -> bool {
        is_published(&self.online, der)
    }

    /// Fails unless these bytes are published.
    pub fn assert_published(&self, der: &[u8]) {
        let names: Vec<_> = self.published().into_iter().map(|(path, bytes)| (path, bytes.len())).collect();
        assert!(self.is_published(der), "{} bytes should be published; there is: {names:#?}", der.len());
    }
}

/// Whether these bytes are published in this online state under the name they should have: `crl/….crl` or `ca/….crt`.
#[must_use]
pub fn is_published(state: &Path, der: &[u8]) -> bool {
    tree(&state.join("published")).iter().any(|(path, bytes)| {
        let right_place = path.starts_with("crl") && path.extension().is_some_and(|e| e == "crl")
            || path.starts_with("ca") && path.extension().is_some_and(|e| e == "crt");
        right_place && bytes == der
    })
}

/// A root that believes in this machine's clock.
#[must_use]
pub fn fresh_root(common_name: &str) -> ThrowAwayCa {
    ThrowAwayCa::at(common_name, rootcast_host::clock::now())
}

/// The draft of this root's CRL `number`, below 500, issued an hour after the one before it.
#[must_use]
pub fn crl_of(root: &ThrowAwayCa, number: u32) -> CrlDraft {
    let mut draft = root.crl(number.into());
    draft.issued_at(root.now - 30 * DAY + i64::from(number) * 3600, root.now + 180 * DAY);
    draft
}
