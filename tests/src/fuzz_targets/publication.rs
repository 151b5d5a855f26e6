//! From the bytes of a serial line to the published tree: what is published was signed by the root, byte for byte, and
//! never goes back; everything else leaves the tree as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rootcast_host::disk::RealDisk;
use rootcast_host::interrupt::Interrupt;
use rootcast_online::gate::{self, JudgedObject};
use rootcast_online::link::optical::qr_reader::Reading;
use rootcast_online::link::optical::viewfinder::View;
use rootcast_online::link::{Flow, LinkEvent, LinkFailure, Receiver};
use rootcast_online::publication::{PolicyRecord, ReceiptKind, RootRecord, Snapshot, State, StateError};
use rootcast_online::reception::assembly::{Assemblies, CompleteObject};
use rootcast_online::reception::{self, Ended, Fate, GoesOnWithout, LinkState, Listener};
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::item;
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::Ruling;
use rootcast_protocol::cobs::{self, Piece, Splitter};
use rootcast_protocol::digest::Digest;
use rootcast_protocol::frame::Frame;
use rootcast_protocol::frame::beacon::Beacon;
use rootcast_protocol::limits::FRAME_SIZE_MAX;
use rootcast_protocol::manifest::ItemKind;
use rootcast_protocol::transport_key::TransportKey;
use tempfile::TempDir;

use super::input::Input;
use super::items::{assert_signed, signed_again};
use super::{Reached, der_tree, materials};
use crate::forged;
use crate::scratch::tree;

/// Items and objects of one input, at most.
const STEPS_MAX: usize = 12;

/// The CRL that is published before each input.
const FIRST: u32 = 5;

thread_local! {
    /// Where this thread's targets keep files: where `TMPDIR` says, or in memory where the machine has such a place. A
    /// fuzzer ends without removing it, so `make fuzz` says where.
    static SCRATCH: TempDir = {
        let memory = Path::new("/dev/shm");
        let in_memory = std::env::var_os("TMPDIR").is_none() && memory.is_dir();
        let folder = if in_memory { memory.to_owned() } else { std::env::temp_dir() };
        tempfile::Builder::new().prefix("rootcast-fuzz-").tempdir_in(folder).expect("a folder")
    };
    static ENROLLED: PathBuf = enrolled();
}

/// Where this thread's targets keep files.
pub(super) fn scratch() -> PathBuf {
    SCRATCH.with(|scratch| scratch.path().to_owned())
}

/// A state in which the root is enrolled and its CRL 5 published.
fn enrolled() -> PathBuf {
    let dir = scratch().join("enrolled");
    let mut state = State::open_for_enrolment(&dir, Box::new(RealDisk), "fuzz").expect("a state");
    let certificate = &materials::root().certificate;
    let record = RootRecord {
        sha256: Digest::of(certificate).to_string(),
        profile: "private".to_owned(),
        allow_sha1: false,
        first_number: None,
        enrolled: materials::NOW,
        policy: PolicyRecord::default(),
    };
    let mut draft = state.draft();
    draft.enrol(record, certificate);
    state.commit(draft, gate::receipt(ReceiptKind::Enrol, &[], materials::NOW), materials::NOW).expect("a state");
    let roots = state.snapshot().map(gate::roots).expect("enrolled").expect("a root");
    let mut draft = state.draft();
    let first = [Rule::CrlFirst].into_iter().collect();
    let crl = materials::crl(FIRST).sign();
    let judged = gate::judge_item(&mut draft, &roots, "first.crl", &crl, Some(first), materials::NOW).expect("a state");
    assert_eq!(judged.verdict, Ruling::Accepted, "{judged:?}");
    let mut receipt = gate::receipt(ReceiptKind::Received, &roots, materials::NOW);
    receipt.items.push(gate::item_receipt(&judged));
    state.commit(draft, receipt, materials::NOW).expect("a state");
    dir
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (kind, target) = (entry.file_type().expect("a kind"), to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &target);
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(entry.path()).expect("a link"), target).expect("a link");
        } else {
            fs::copy(entry.path(), target).expect("a file");
        }
    }
}

/// A line that delivers these bytes and ends.
struct Line {
    bytes: Vec<u8>,
    step: usize,
    splitter: Splitter,
}

impl Receiver for Line {
    fn receive(&mut self, _wait: Duration, each: &mut dyn FnMut(LinkEvent)) -> Result<Flow, LinkFailure> {
        let mut hear = |piece: Piece<'_>| {
            each(match piece {
                Piece::Frame(frame) => LinkEvent::Frame(frame.to_vec()),
                Piece::Damaged { bytes } => LinkEvent::Damaged { bytes },
            });
        };
        for part in self.bytes.chunks(self.step) {
            self.splitter.push(part, &mut hear);
        }
        self.splitter.finish(&mut hear);
        Ok(Flow::Ended)
    }
}

/// Judges what is complete, in a state of its own that is made when it is needed.
struct Gate {
    dir: PathBuf,
    state: Option<State>,
    judged: Vec<JudgedObject>,
}

impl Listener for Gate {
    fn complete(&mut self, object: &CompleteObject) -> Result<Fate, StateError> {
        if self.state.is_none() {
            ENROLLED.with(|enrolled| copy(enrolled, &self.dir));
            self.state = Some(State::open(&self.dir, Box::new(RealDisk), "fuzz")?);
        }
        if let Some(state) = &mut self.state {
            self.judged.push(gate::judge_object(state, object, &["serial:line".to_owned()], materials::NOW)?);
        }
        Ok(Fate::Judged)
    }

    fn is_satisfied(&mut self, _: &Assemblies) -> bool {
        false
    }

    fn beacon(&mut self, _: &str, _: &Beacon) -> Result<(), StateError> {
        Ok(())
    }

    fn notice(&mut self, _: &str, _: &str) {}

    fn failed(&mut self, _: &str, _: &LinkFailure, _: Option<GoesOnWithout>) -> Result<(), StateError> {
        Ok(())
    }

    fn seen(&mut self, _: &str, _: &Reading, _: Option<&View>) {}

    fn progress(&mut self, _: &Assemblies, _: &[(String, LinkState)]) {}

    fn now(&self) -> i64 {
        materials::NOW
    }
}

/// What is put on the line, and what the root signed of it.
struct Sender {
    line: Vec<u8>,
    signed: BTreeSet<Vec<u8>>,
    frames: Vec<Vec<u8>>,
    key: Option<TransportKey>,
}

impl Sender {
    fn item(&mut self, script: &mut Input<'_>) -> (ItemKind, Vec<u8>) {
        let crl = |number: u8| materials::crl(u32::from(number)).sign();
        let (kind, der, is_signed) = match script.byte() % 9 {
            0 => (ItemKind::Crl, crl(6), true),
            1 => (ItemKind::Crl, crl(script.byte() % 12), true),
            2 => (ItemKind::Certificate, materials::intermediate().sign(), true),
            3 => {
                let changes = script.short_text();
                (ItemKind::Crl, signed_again(&der_tree::changed(&crl(6), &mut Input::new(changes))), true)
            }
            4 => {
                let changes = script.short_text();
                let good = materials::intermediate().sign();
                (ItemKind::Certificate, signed_again(&der_tree::changed(&good, &mut Input::new(changes))), true)
            }
            5 => {
                let mut der = crl(6);
                let at = usize::from(script.short()) % der.len();
                der[at] ^= script.byte() | 1;
                (ItemKind::Crl, der, false)
            }
            6 => (ItemKind::Crl, materials::stranger().crl(9).sign(), false),
            7 => (ItemKind::Certificate, materials::root().certificate.clone(), true),
            _ => (ItemKind::Crl, script.text().to_vec(), false),
        };
        if is_signed {
            self.signed.insert(der.clone());
        }
        (kind, der)
    }

    fn send(&mut self, object: &[u8], first: u32, more: usize) {
        if object.is_empty() || object.len() > 100_000 {
            return;
        }
        let frames = forged::frames_of(object, first, object.len() / 1_000 + 1 + more);
        for frame in frames {
            let frame = match &self.key {
                Some(key) => Frame::parse(&frame).expect("a frame").encode_with(Some(key)),
                None => frame,
            };
            cobs::encode(&frame, &mut self.line);
            self.frames.push(frame);
        }
    }

    fn step(&mut self, script: &mut Input<'_>) {
        match script.byte() % 8 {
            0..=2 => {
                let count = script.byte() % 4;
                let items: Vec<(ItemKind, Vec<u8>)> = (0..count).map(|_| self.item(script)).collect();
                let names = ["a.crl", "b.crt", "c", "d"];
                let named: Vec<(ItemKind, &str, &[u8])> =
                    items.iter().zip(names).map(|((kind, der), name)| (*kind, name, der.as_slice())).collect();
                self.send(&materials::object_of(&named, None), u32::from(script.byte()), 2);
            }
            3 => self.line.extend_from_slice(script.text()),
            4 => {
                let object = script.text();
                self.send(object, 0, 1);
            }
            5 => {
                let last = self.frames.last().filter(|_| self.key.is_none()).map(|frame| forged::poison(frame));
                last.iter().for_each(|frame| cobs::encode(frame, &mut self.line));
            }
            6 => {
                let (at, with) = (usize::from(script.short()), script.byte());
                let length = self.line.len().max(1);
                if let Some(byte) = self.line.get_mut(at % length) {
                    *byte ^= with | 1;
                }
            }
            _ => {
                let (from, length) = (usize::from(script.short()), usize::from(script.byte()));
                let from = from % (self.line.len() + 1);
                let to = (from + length).min(self.line.len());
                self.line.drain(from..to);
            }
        }
    }
}

/// First byte: whether the receiver has a transport key, and whether the sender has it. Second: the step in which the line
/// is read. Then what is put on the line.
pub(super) fn run(input: &[u8]) -> Reached {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut script = Input::new(input);
    let (keys, step) = (script.byte(), usize::from(script.byte()) + 1);
    let key = TransportKey::new([7; 16]);
    let (required, given) = (keys & 1 != 0, keys & 2 != 0);
    let mut sender =
        Sender { line: Vec::new(), signed: BTreeSet::new(), frames: Vec::new(), key: given.then(|| key.clone()) };
    for _ in 0..STEPS_MAX {
        if !script.is_empty() {
            sender.step(&mut script);
        }
    }
    let dir = scratch().join(format!("run-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
    let symbols = dir.with_extension("symbols");
    fs::create_dir(&symbols).expect("a folder");
    let mut assemblies = Assemblies::open(&symbols, materials::NOW).expect("a disk");
    if required {
        assemblies.require(vec![key]);
    }
    let mut gate = Gate { dir: dir.clone(), state: None, judged: Vec::new() };
    let line = Line { bytes: sender.line, step, splitter: Splitter::new(FRAME_SIZE_MAX) };
    let links: Vec<(String, Box<dyn Receiver>)> = vec![("serial:line".to_owned(), Box::new(line))];
    let received = reception::receive(links, &mut assemblies, &mut gate, None, &Interrupt::default());
    let (ended, _) = received.expect("whatever comes over a line, the state is read and written");
    assert_eq!(ended, Ended::LinksEnded);
    fs::remove_dir_all(&symbols).expect("a folder");
    if gate.state.take().is_none() {
        return Reached::Refused;
    }
    assert_eq!(required, given, "listened to somebody without the key");
    let published = check(&dir, &sender.signed, &gate.judged);
    fs::remove_dir_all(&dir).expect("a folder");
    Reached::taken(published)
}

/// Checks the published tree; whether it is another than before.
fn check(dir: &Path, signed: &BTreeSet<Vec<u8>>, judged: &[JudgedObject]) -> bool {
    let snapshot = Snapshot::read(dir).expect("a state that can be read again");
    snapshot.verify_receipts().expect("receipts in a chain");
    let files: BTreeMap<PathBuf, Vec<u8>> = tree(&dir.join("published")).into_iter().collect();
    let before: BTreeMap<PathBuf, Vec<u8>> =
        ENROLLED.with(|enrolled| tree(&enrolled.join("published"))).into_iter().collect();
    assert!(before.keys().all(|path| files.contains_key(path)), "something is published no more");
    let mut ders = 0;
    for (path, bytes) in &files {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("crl" | "crt") => {
                ders += 1;
                assert!(signed.contains(bytes) || before.get(path) == Some(bytes), "{} was not signed", path.display());
                assert_signed(bytes);
            }
            Some("pem") => {
                let item = item::read(bytes).expect("a PEM file");
                assert_eq!(files.get(&path.with_extension("")).map(Vec::as_slice), Some(item.der.as_ref()));
            }
            _ => assert_eq!(path, Path::new("inventory.json")),
        }
    }
    assert_eq!(files.len(), 2 * ders + 1, "{:?}", files.keys());
    let number =
        |record: &rootcast_online::publication::Record| record.crls[0].number.parse::<CrlNumber>().expect("a number");
    assert!(number(snapshot.record()) >= number(ENROLLED.with(|dir| Snapshot::read(dir).expect("a state")).record()));
    // Every item that was accepted is there, or a newer one of its issuer; and nothing else came.
    let accepted: BTreeSet<&str> = judged
        .iter()
        .flat_map(|object| &object.items)
        .filter(|item| item.verdict == Ruling::Accepted)
        .filter_map(|item| item.published.as_deref())
        .collect();
    let changed = files.iter().filter(|(path, bytes)| before.get(*path) != Some(bytes));
    for (path, _) in changed.filter(|(path, _)| path.extension().is_some_and(|it| it == "crl" || it == "crt")) {
        assert!(accepted.contains(path.to_str().expect("a plain name")), "{} was not accepted", path.display());
    }
    assert!(accepted.iter().all(|path| files.contains_key(Path::new(path))), "accepted, and not published");
    !accepted.is_empty()
}

/// Lines with the next CRL, an older one, a certificate, several objects, noise, damage, a stranger's; with a key.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let scripts: [&[u8]; 14] = [
        &[0, 255, 0, 1, 0, 0],
        &[0, 7, 0, 1, 1, 9, 0],
        &[0, 99, 0, 1, 1, 4, 0],
        &[0, 255, 0, 3, 2, 0, 6, 5],
        &[0, 255, 0, 1, 0, 0, 0, 1, 1, 7, 0, 0, 1, 1, 6, 0],
        &[0, 30, 3, 6, 0, 1, 2, 3, 0, 9, 9, 1, 2, 2, 0, 0],
        &[0, 255, 0, 1, 5, 100, 0, 1, 0],
        &[0, 255, 0, 1, 6, 0, 0, 1, 7, 0],
        &[0, 255, 0, 1, 0, 0, 6, 40, 0, 1],
        &[0, 255, 5, 0, 1, 0, 0, 5, 0, 1, 0, 0],
        &[3, 255, 0, 1, 0, 0],
        &[1, 255, 0, 1, 0, 0],
        &[0, 255, 4, 5, 0, 1, 2, 3, 4, 5, 0, 2, 3, 6, 20, 6, 0, 1, 1, 3, 2, 4, 4, 10, 6, 0, 9, 9],
        &[0, 63, 0, 2, 3, 3, 9, 1, 5, 3, 2, 7, 0],
    ];
    scripts.iter().map(|script| script.to_vec()).collect()
}
