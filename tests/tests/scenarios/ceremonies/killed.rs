//! SIGKILL at every system call between the last question and the end of a signing, with the key on a soft token: the
//! run is traced once, and then killed at the entry of each call that makes, writes, syncs, renames or removes a file.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;

use rootcast_host::disk::RealDisk;
use rootcast_offline::ceremony::signing::INTERRUPTED;
use rootcast_offline::store::journal::Chain;
use rootcast_offline::store::state::State;
use rootcast_protocol::digest::Digest;
use rootcast_tests::corpora::skipped;
use rootcast_tests::program::folder;
use rootcast_tests::soft_token::SoftTokens;

use super::*;

/// How far the killed run had come: to what was there last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Came {
    /// Nothing is burned.
    Nowhere,
    /// The number is burned, the token was not asked.
    Number,
    /// The token was asked to sign, and the journal has no entry of that.
    Key,
    /// Every use of the key has its entry; nothing is written where it would be released.
    Entry,
    /// The release was being written.
    HalfARelease,
    /// Released, and the journal does not say so.
    Release,
    /// The journal says so, and the folder has no copy of that.
    LastEntry,
    /// Everything, except perhaps the record.
    End,
}

impl Came {
    const ALL: [Self; 8] = [
        Self::Nowhere,
        Self::Number,
        Self::Key,
        Self::Entry,
        Self::HalfARelease,
        Self::Release,
        Self::LastEntry,
        Self::End,
    ];
}

/// A room whose key is on a token with a pinpad, so that nobody has to sit at a terminal.
struct PinpadRoom {
    tokens: SoftTokens,
    room: Room,
}

impl PinpadRoom {
    /// After a first ceremony, with a second one rehearsed: a CRL and a certificate.
    fn new() -> Option<Self> {
        let tokens = SoftTokens::new()?;
        let serial = tokens.make("root-2026");
        let module = tokens.shim("pinpad");
        let this = Self { room: Room::with_rehearsal_key(), tokens };
        let room = &this.room;
        let site = |pinned: &str| {
            let text = format!(
                "[key]\nmodule = {module:?}\ntoken_label = \"root-2026\"\ntoken_serial = \"{serial}\"\n\
                 key_label = \"root key\"\n{pinned}[approvals]\nrequired = 0\n"
            );
            room.scratch.file("SITE.toml", text);
        };
        site("");
        let keygen = room.run(&["keygen", "--site", "SITE.toml", "first.toml", "--json"]);
        let made = this.seen(&keygen).exits(0).json();
        site(&format!("public_key_sha256 = {}\n", made["public_key_sha256"]));
        this.seen(&room.rehearse("first.toml", "first")).exits(0);
        this.seen(&room.sign("first")).exits(0);
        room.csr();
        room.scratch.file("second.toml", room.next_request("first", room.now - 60, &room.certificate()));
        room.rehearse("second.toml", "second").exits(0);
        room.tool(true, "cp", &["-r", "state", "state.before"]);
        room.tool(true, "cp", &["-r", "second", "second.before"]);
        Some(this)
    }

    fn seen(&self, program: &Program) -> Program {
        self.tokens.seen_by(program.clone())
    }

    /// As it was before the second signing.
    fn restore(&self) {
        for name in ["state", "second"] {
            fs::remove_dir_all(self.room.path(name)).unwrap();
            self.room.tool(true, "cp", &["-r", &format!("{name}.before"), name]);
        }
        let _ = SoftTokens::calls(self.tokens.folder());
    }

    /// Signs the second rehearsal under strace(1); gives the signal that ended it, if one did.
    fn traced(&self, arguments: &[&str]) -> Option<Option<i32>> {
        let mut command = Command::new("strace");
        command.args(["-f", "-o"]).arg(self.room.path("trace")).args(arguments);
        command.arg(folder().join("rootcast-offline"));
        command.args(["ceremony", "sign", "--site", "SITE.toml", "second", "--yes"]);
        command.args(self.room.paper_head());
        command.arg("--utc").arg(at(rootcast_host::clock::now())).arg("--state").arg(self.room.path("state"));
        command.current_dir(self.room.scratch.folder()).env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
        let Ok(ended) = self.tokens.seen_by_command(&mut command).output() else {
            skipped("a signing killed at every step: `strace` is not installed; run `make deps`");
            return None;
        };
        let said = String::from_utf8_lossy(&ended.stderr);
        if said.contains("ptrace") {
            skipped("a signing killed at every step: tracing is not permitted here");
            return None;
        }
        assert!(ended.status.success() || ended.status.signal().is_some(), "{said}");
        Some(ended.status.signal())
    }

    /// Where to kill it, from the last commit before the key is looked for.
    fn steps(&self) -> Vec<(String, usize)> {
        // Not at the look for `approvals.json`, which a change of the rule would have.
        steps(&self.room.path("trace"), &["second/approvals\"", "second/approvals/"])
    }

    fn rehearsal(&self) -> Digest {
        Digest::of(&fs::read(self.room.path("second/to-be-signed.txt")).unwrap())
    }

    fn burned(&self) -> bool {
        let state = State::look(&RealDisk, &self.room.path("state")).unwrap();
        let burned = state.record.burned.iter().filter(|burned| burned.rehearsal == self.rehearsal()).count();
        assert!(burned <= 1, "burned once");
        burned == 1
    }

    /// How often the token was asked to sign, since the last look.
    fn signatures(&self) -> usize {
        SoftTokens::calls(self.tokens.folder()).iter().filter(|call| *call == "C_Sign").count()
    }

    fn came(&self, signatures: usize) -> Came {
        let rehearsal = self.rehearsal();
        let chain = Chain::read(&self.room.path("state/journal.jsonl")).unwrap();
        let there = |name: &str| self.room.path("second").join(name).exists();
        let copied = fs::read_to_string(self.room.path("second/journal.jsonl")).unwrap_or_default();
        if there("signed") {
            assert_eq!(signatures, 2);
            return match (chain.has_released(&rehearsal), copied.contains("\"ceremony-ended\"")) {
                (false, _) => Came::Release,
                (true, false) => Came::LastEntry,
                (true, true) => Came::End,
            };
        }
        let entered = chain.key_uses(&rehearsal).count();
        match () {
            () if there(".signed-in-the-making") => Came::HalfARelease,
            () if signatures > entered => Came::Key,
            () if entered > 0 => Came::Entry,
            () if self.burned() => Came::Number,
            () => Came::Nowhere,
        }
    }

    /// Signs it once more, and looks at what that says and leaves.
    fn again(&self, came: Came) -> Ended {
        let again = self.seen(&self.room.sign("second"));
        let whole = || {
            for name in ["root.crl", "root.crl.pem", "issuing.crt", "issuing.crt.pem"] {
                assert!(!fs::read(self.room.path("second/signed").join(name)).unwrap().is_empty());
            }
        };
        let ended = match came {
            Came::Nowhere => again.exits(0),
            Came::Number | Came::Key | Came::Entry | Came::HalfARelease => {
                let ended = again.exits(3);
                ended.says("number-burned").says("CRL number 2 stays burned").says("released nothing");
                ended.says("1 earlier signing").says("new rehearsal and new approvals");
                for left in ["signed", ".signed-in-the-making"] {
                    assert!(!self.room.path("second").join(left).exists(), "{left}: {ended}");
                }
                // The folder alone gives a record that says so.
                self.room.run(&["record", "second"]).exits(0);
                let record = fs::read_to_string(self.room.path("second/record.md")).unwrap();
                assert!(
                    record.contains("ceremony-ended: interrupted") && !record.contains("nothing was signed"),
                    "{record}"
                );
                if came == Came::Number {
                    ended.says(INTERRUPTED);
                }
                if came >= Came::Entry {
                    ended.says("interrupted after the key was used for root.crl (read back)");
                }
                ended
            }
            Came::Release | Came::LastEntry => {
                let ended = again.exits(0);
                ended.says("No key was used now").says("second/signed");
                ended
            }
            Came::End => {
                let ended = again.exits(2);
                ended.says("output-exists");
                ended
            }
        };
        if came == Came::Nowhere || came >= Came::Release {
            whole();
        }
        if came == Came::Release || came == Came::LastEntry {
            let record = fs::read_to_string(self.room.path("second/record.md")).unwrap();
            assert!(record.contains("key-used: issuing.crt: read back") && record.contains("released"), "{record}");
        }
        ended
    }
}

/// Where to kill a run that was traced into `trace`: each call that changes a file, by its name and how many of that
/// name the process made so far, from the first one on that names one of `begins`.
pub(super) fn steps(trace: &Path, begins: &[&str]) -> Vec<(String, usize)> {
    let trace = fs::read_to_string(trace).unwrap();
    let process = trace.split(' ').next().unwrap().to_owned();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let (mut steps, mut begun) = (Vec::new(), false);
    for line in trace.lines().filter_map(|line| line.strip_prefix(&process)) {
        let Some((name, arguments)) = line.trim_start().split_once('(') else { continue };
        let count = counts.entry(name.to_owned()).or_default();
        *count += 1;
        begun |= begins.iter().any(|path| arguments.contains(path));
        let changes = match name {
            "openat" => arguments.contains("O_CREAT") || arguments.contains("O_RDWR"),
            "write" | "fsync" | "fdatasync" | "ftruncate" => true,
            _ => ["rename", "unlink", "mkdir", "rmdir", "link"].iter().any(|start| name.starts_with(start)),
        };
        if begun && changes {
            steps.push((name.to_owned(), *count));
        }
    }
    steps
}

#[test]
fn a_signing_killed_at_every_system_call_uses_no_number_and_no_key_twice() {
    let Some(this) = PinpadRoom::new() else { return };
    let room = &this.room;
    this.restore();
    let Some(signal) = this.traced(&[]) else { return };
    assert_eq!(signal, None);
    assert_eq!((this.signatures(), this.came(2)), (2, Came::End));
    let steps = this.steps();
    let mut kills: BTreeMap<Came, usize> = BTreeMap::new();
    for (call, count) in &steps {
        this.restore();
        let only = format!("trace={call}");
        let inject = format!("inject={call}:signal=KILL:when={count}");
        let Some(signal) = this.traced(&["-e", &only, "-e", &inject]) else { return };
        assert_eq!(signal, Some(9), "{call} number {count} never came");
        let step = format!("killed at {call} number {count}");
        let signatures = this.signatures();
        let came = this.came(signatures);
        assert_eq!(this.burned(), came > Came::Nowhere, "{step}: {came:?}");
        let ended = this.again(came);
        let further = this.signatures();
        assert_eq!(further, if came == Came::Nowhere { 2 } else { 0 }, "{step}: {came:?}\n{ended}");
        assert!(this.burned());
        // The journal holds, and says of the number that it was burned and how it ended.
        let rehearsal = this.rehearsal();
        let _ = room.journal();
        let chain = Chain::read(&room.path("state/journal.jsonl")).unwrap();
        let is_released = !(Came::Number..=Came::HalfARelease).contains(&came);
        assert_eq!(chain.has_released(&rehearsal), is_released, "{step}: {came:?}");
        assert!(chain.how_it_ended(&rehearsal).is_some(), "{step}: {came:?}");
        *kills.entry(came).or_default() += 1;
        // What comes next takes a number of its own. Looked at where it is new.
        if kills[&came] > 1 {
            continue;
        }
        let (after, told) = if is_released { ("second", "2 -> 3") } else { ("first", "1 -> 3") };
        // A CRL that was released is known: the one before it is not enough.
        room.scratch.file("third.toml", room.next_request(after, room.now - 30, ""));
        room.rehearse("third.toml", "third").exits(0).says(told);
        let signed = this.seen(&room.sign("third")).arg("--json").exits(0).json();
        assert_eq!(signed["number"], "3", "{step}: {came:?}");
        if is_released {
            room.scratch.file("fourth.toml", room.next_request("first", room.now - 20, ""));
            room.rehearse("fourth.toml", "fourth").exits(3).says("REQ-PREVIOUS");
            // The older ceremony, looked at once more, does not take the place of the newer.
            fs::remove_file(room.path("second/journal.jsonl")).unwrap();
            this.seen(&room.sign("second")).exits(0).says("No key was used now");
            room.scratch.file("fifth.toml", room.next_request("second", room.now - 10, ""));
            room.rehearse("fifth.toml", "fifth").exits(3).says("REQ-PREVIOUS");
        }
        fs::remove_dir_all(room.path("third")).unwrap();
    }
    eprintln!("killed {} times: {kills:?}", steps.len());
    for came in Came::ALL {
        assert!(kills.get(&came).is_some_and(|count| *count > 0), "{came:?} never happened: {kills:?}");
    }
    assert!(steps.len() > 60, "{} steps", steps.len());
}

#[test]
fn what_is_released_and_was_changed_since_is_not_finished() {
    let Some(this) = PinpadRoom::new() else { return };
    this.seen(&this.room.sign("second")).exits(0);
    let _ = this.signatures();
    let crl = this.room.path("second/signed/root.crl");
    let bytes = fs::read(&crl).unwrap();
    fs::copy(this.room.path("first/signed/root.crl"), &crl).unwrap();
    fs::remove_file(this.room.path("second/journal.jsonl")).unwrap();
    let refused = this.seen(&this.room.sign("second")).exits(3);
    refused.says("read-back-failed").says("Nothing was signed now").says("Do not send");
    assert_eq!(this.signatures(), 0);
    fs::write(&crl, bytes).unwrap();
    this.seen(&this.room.sign("second")).exits(0).says("No key was used now");
    assert_eq!(this.signatures(), 0);
}
