//! Whole ceremonies: a first one and a yearly one, with a rehearsal key and with a soft token; what they sign is what
//! others accept, and what goes wrong leaves a gap in the numbers, never a number used twice ([`broken`]).

mod altered;
mod audited;
mod broken;
mod dates;
mod edited_state;
mod first_morning;
mod foreseen;
mod killed;
mod mass_revocation;
mod mistakes;
mod paper_head;
mod pinned;
mod pinned_changes;
mod record_pages;
mod recovery;
mod token;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rootcast_host::disk::Disk;
use rootcast_offline::ceremony::folder::RehearsalFolder;
use rootcast_offline::ceremony::key::SigningKey;
use rootcast_offline::ceremony::key::error::KeyError;
use rootcast_offline::ceremony::signing::{SignedObject, Signing, SigningError};
use rootcast_offline::store::journal::Journal;
use rootcast_offline::store::journal::ceremony::CeremonyRecord;
use rootcast_offline::store::state::State;
use rootcast_protocol::digest::Digest;
use rootcast_tests::corpora::skipped;
use rootcast_tests::next_crl::next_crl;
use rootcast_tests::openssl::OpensslRoot;
use rootcast_tests::program::{Ended, Program, head_on_paper, offline, online};
use rootcast_tests::scratch::{Scratch, tree};

const DAY: i64 = 86_400;

fn at(time: i64) -> String {
    rootcast_host::clock::rfc3339(time)
}

/// A folder with a site, a state and what ceremonies need.
pub(super) struct Room {
    scratch: Scratch,
    now: i64,
}

impl Room {
    /// With a rehearsal key to be made, and nobody to approve.
    fn with_rehearsal_key() -> Self {
        let room = Self { scratch: Scratch::new(), now: rootcast_host::clock::now() };
        room.scratch.file("SITE.toml", "[key]\nrehearsal_key = \"demo.p8\"\n[approvals]\nrequired = 0\n");
        room.scratch.file("first.toml", room.first_request());
        room
    }

    /// The same after its first ceremony.
    fn after_the_first() -> Self {
        let room = Self::with_rehearsal_key();
        room.run(&["keygen", "--site", "SITE.toml", "first.toml"]).exits(0);
        room.rehearse("first.toml", "first").exits(0);
        room.sign("first").exits(0);
        room
    }

    fn first_request(&self) -> String {
        format!(
            "first = true\n[crl]\nthis_update = \"{}\"\nnext_update = \"{}\"\n[root]\nkey = \"ecdsa-p384\"\n\
             subject = \"CN=Example Root,O=Example,C=CH\"\nnot_before = \"{}\"\nnot_after = \"{}\"\n",
            at(self.now - 7200),
            at(self.now + 180 * DAY),
            at(self.now - 9000),
            at(self.now + 7000 * DAY)
        )
    }

    /// A request that follows the CRL signed in the folder `after`, with `more` below it.
    fn next_request(&self, after: &str, this_update: i64, more: &str) -> String {
        let dates = (this_update, self.now + 180 * DAY);
        next_crl("first/signed/root.crt", &format!("{after}/signed/root.crl"), dates) + more
    }

    fn certificate(&self) -> String {
        format!(
            "[[certificate]]\ncsr = \"issuing.csr\"\nprofile = \"issuing-ca\"\nsubject = \"CN=Example Issuing CA,O=Example,C=CH\"\n\
             not_before = \"{}\"\nnot_after = \"{}\"\npath_length = 0\ncrl_url = \"http://pki.example/root.crl\"\n",
            at(self.now - 3600),
            at(self.now + 1800 * DAY)
        )
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path(name)
    }

    fn run(&self, arguments: &[&str]) -> Program {
        offline(["ceremony"]).args(arguments).state(&self.path("state")).within(self.scratch.folder())
    }

    fn rehearse(&self, request: &str, folder: &str) -> Program {
        self.run(&["rehearse", "--site", "SITE.toml", request, "-o", folder])
    }

    fn sign(&self, folder: &str) -> Program {
        let now = at(rootcast_host::clock::now());
        self.run(&["sign", "--site", "SITE.toml", folder, "--yes", "--utc", &now]).args(self.paper_head())
    }

    /// The option with the journal's head, which the paper record of the last ceremony has.
    fn paper_head(&self) -> Vec<String> {
        head_on_paper(&self.path("state")).map_or_else(Vec::new, |head| vec!["--head".to_owned(), head])
    }

    /// Signs the rehearsal in `folder` with the state `state`, as `ceremony sign` does once people were asked.
    fn signed_by(
        &self,
        key: &mut dyn SigningKey<Error = KeyError>,
        disk: &dyn Disk,
        folder: &Path,
        state: &Path,
    ) -> Result<Vec<SignedObject>, SigningError> {
        let opened = RehearsalFolder::open(folder).unwrap();
        let record = CeremonyRecord {
            rehearsal: Some(Digest::of(&opened.listing)),
            public_key: Some(Digest::of(&opened.inputs.signer.spki)),
            ..CeremonyRecord::default()
        };
        let (mut journal, now) = (Journal::open(disk, state).unwrap(), self.now);
        let mut state = State::open(disk, state, "a test").unwrap();
        let (state, journal, clock) = (&mut state, &mut journal, &move || now);
        Signing { disk, state, journal, opened: &opened, record, is_rehearsal: true, clock }.run(key)
    }

    /// What another program says, which has to succeed or to fail.
    fn tool(&self, succeeds: bool, program: &str, arguments: &[&str]) -> String {
        let ended =
            Command::new(program).args(arguments).current_dir(self.scratch.folder()).stdin(Stdio::null()).output();
        let ended = ended.unwrap_or_else(|e| panic!("{program}: {e}"));
        let text = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        assert_eq!(ended.status.success(), succeeds, "{program} {}\n{text}", arguments.join(" "));
        text
    }

    fn journal(&self) -> String {
        let show = offline(["journal", "show"]).state(&self.path("state")).exits(0);
        offline(["journal", "verify"]).state(&self.path("state")).exits(0);
        show.stdout
    }

    fn csr(&self) {
        let curve = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "issuing.key"];
        self.tool(true, "openssl", &curve);
        self.tool(
            true,
            "openssl",
            &["req", "-new", "-key", "issuing.key", "-subj", "/CN=anything", "-out", "issuing.csr"],
        );
    }
}

#[test]
fn what_two_ceremonies_sign_is_carried_published_and_accepted_by_others() {
    let room = Room::after_the_first();
    room.csr();
    let made = "rehearsal key demo.p8 (P-384), NO HSM";
    assert!(room.journal().contains(made), "{}", room.journal());
    room.scratch.file("second.toml", room.next_request("first", room.now - 1800, &room.certificate()));
    room.rehearse("second.toml", "second").exits(0).says("not an HSM");
    let signed = room.sign("second").arg("--json").exits(0);
    signed.says("not an HSM");
    let document = signed.json();
    assert_eq!((&document["number"], &document["rehearsal_key"]), (&"2".into(), &true.into()));
    let pem = fs::read_to_string(room.path("second/signed/root.crl.pem")).unwrap();
    assert!(pem.starts_with("REHEARSAL KEY") && pem.contains("NO HSM"), "{pem}");

    // A third, which revokes the intermediate.
    let revoke = format!(
        "[[crl.revoke]]\ncertificate = \"second/signed/issuing.crt\"\nreason = \"cessationOfOperation\"\ndate = \"{}\"\n",
        at(room.now - 600)
    );
    room.scratch.file("third.toml", room.next_request("second", room.now - 60, &revoke));
    room.rehearse("third.toml", "third").arg("--yes").exits(0).says("2 -> 3");
    room.sign("third").exits(0);

    let root = ["-CAfile", "first/signed/root.crt.pem", "-partial_chain"];
    let against = |crl: &'static str| {
        [&["verify", "-crl_check", "-CRLfile", crl][..], &root, &["second/signed/issuing.crt"]].concat()
    };
    room.tool(true, "openssl", &against("second/signed/root.crl.pem"));
    assert!(room.tool(false, "openssl", &against("third/signed/root.crl.pem")).contains("certificate revoked"));
    let certtool =
        ["--verify", "--load-ca-certificate", "first/signed/root.crt.pem", "--infile", "second/signed/issuing.crt.pem"];
    room.tool(true, "certtool", &[&certtool[..], &["--load-crl", "second/signed/root.crl.pem"]].concat());
    let verify =
        ["--verify-crl", "--load-ca-certificate", "first/signed/root.crt.pem", "--infile", "third/signed/root.crl.pem"];
    room.tool(true, "certtool", &verify);
    let check =
        online(["check", "second/signed/root.crl", "second/signed/issuing.crt", "--issuer", "first/signed/root.crt"]);
    check.args(["--previous", "first/signed/root.crl"]).within(room.scratch.folder()).exits(0);
    let check = online(["check", "third/signed/root.crl", "--issuer", "first/signed/root.crt"]);
    check.args(["--previous", "second/signed/root.crl"]).within(room.scratch.folder()).exits(0);

    let online_state = room.path("online");
    let enrol = online(["enrol", "--yes"]).state(&online_state).arg("--root").arg(room.path("first/signed/root.crt"));
    enrol.arg("--crl").arg(room.path("first/signed/root.crl")).exits(0);
    for folder in ["second", "third"] {
        let link = format!("file:{}", room.path(&format!("{folder}.frames")).display());
        let send = offline(["send", "--yes"]).state(&room.path("state")).link(&link).arg(room.path(folder)).exits(0);
        assert!(!send.stderr.contains("root.crt"), "a root is never sent: {send}");
        online(["receive"]).state(&online_state).link(&link).exits(0);
    }
    let published = tree(&online_state.join("published"));
    for file in ["third/signed/root.crl", "second/signed/issuing.crt"] {
        let bytes = fs::read(room.path(file)).unwrap();
        assert!(published.iter().any(|(_, found)| *found == bytes), "{file} is published");
    }
    let alone = room.scratch.subfolder("alone/signed");
    fs::copy(room.path("first/signed/root.crt"), alone.join("root.crt")).unwrap();
    let send = offline(["send", "--yes", "--link", "file:never.frames"]).state(&room.path("state"));
    send.arg(room.path("alone")).within(room.scratch.folder()).exits(2).says("root");
}

#[test]
fn a_weakened_policy_is_said_in_each_step_of_a_ceremony_until_somebody_acknowledges_it() {
    let room = Room::after_the_first();
    let trust = offline(["trust", "--yes", "--off", "CRL-VALIDITY", "--root"]).arg(room.path("first/signed/root.crt"));
    let said = trust.state(&room.path("state")).exits(0);
    let id = said.stderr.split("journal ack ").nth(1).unwrap().split(' ').next().unwrap();
    let says =
        format!("the policy of CN=Example Root, O=Example, C=CH was weakened on {}", at(room.now).get(..10).unwrap());
    room.scratch.file("second.toml", room.next_request("first", room.now - 1800, ""));
    room.rehearse("second.toml", "second").exits(0).says(&says);
    room.sign("second").exits(0).says(&says);
    let ack = offline(["journal", "ack", id, "--by", "A. Auditor", "--because", "agreed"]).state(&room.path("state"));
    ack.exits(0);
    room.scratch.file("third.toml", room.next_request("second", room.now - 60, ""));
    for run in [room.rehearse("third.toml", "third"), room.sign("third")] {
        let run = run.exits(0);
        assert!(!run.stderr.contains("was weakened"), "{run}");
    }
}

#[test]
fn a_tls_handshake_works_and_fails_after_the_crl_that_revokes_the_intermediate() {
    let room = Room::after_the_first();
    room.csr();
    room.scratch.file("second.toml", room.next_request("first", room.now - 1800, &room.certificate()));
    room.rehearse("second.toml", "second").exits(0);
    room.sign("second").exits(0);
    let revoke = format!(
        "[[crl.revoke]]\ncertificate = \"second/signed/issuing.crt\"\nreason = \"keyCompromise\"\ndate = \"{}\"\n",
        at(room.now - 600)
    );
    room.scratch.file("third.toml", room.next_request("second", room.now - 60, &revoke));
    room.rehearse("third.toml", "third").arg("--yes").exits(0);
    room.sign("third").exits(0);

    // The intermediate's own side is openssl: a leaf, and a CRL so that every certificate of the chain is checked.
    let issuing = OpensslRoot::new(&room.scratch.subfolder("issuing"), "replaced below");
    fs::copy(room.path("issuing.key"), room.path("issuing/root.key")).unwrap();
    fs::copy(room.path("second/signed/issuing.crt.pem"), room.path("issuing/root.crt")).unwrap();
    let own_crl = fs::read_to_string(issuing.crl(1, 30)).unwrap();
    room.scratch.file("leaf.cnf", "subjectAltName=DNS:www.example\n");
    let leaf = [
        "req",
        "-new",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "leaf.key",
        "-subj",
        "/CN=www.example",
        "-out",
        "leaf.csr",
    ];
    room.tool(true, "openssl", &leaf);
    let issue = [
        "x509",
        "-req",
        "-in",
        "leaf.csr",
        "-CA",
        "issuing/root.crt",
        "-CAkey",
        "issuing.key",
        "-set_serial",
        "77",
        "-days",
        "30",
    ];
    room.tool(true, "openssl", &[&issue[..], &["-extfile", "leaf.cnf", "-out", "leaf.crt"]].concat());
    // A file of trusted certificates may hold CRLs as well, and s_client reads more than one only there.
    let root = fs::read_to_string(room.path("first/signed/root.crt.pem")).unwrap();
    for folder in ["second", "third"] {
        let root_crl = fs::read_to_string(room.path(&format!("{folder}/signed/root.crl.pem"))).unwrap();
        room.scratch.file(&format!("{folder}.trusted"), format!("{root}{root_crl}{own_crl}"));
    }
    let before = handshake(room.scratch.folder(), "second.trusted");
    assert!(before.0 && before.1.contains("Verify return code: 0 (ok)"), "{}", before.1);
    let after = handshake(room.scratch.folder(), "third.trusted");
    assert!(!after.0 && after.1.contains("certificate revoked"), "{}", after.1);
}

/// A handshake of `openssl s_client` with `openssl s_server`; whether it succeeded, and what the client said.
fn handshake(folder: &Path, trusted: &str) -> (bool, String) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let accept = format!("127.0.0.1:{port}");
    let server = [
        "s_server",
        "-accept",
        &accept,
        "-cert",
        "leaf.crt",
        "-key",
        "leaf.key",
        "-cert_chain",
        "issuing/root.crt",
        "-quiet",
    ];
    let mut server = Command::new("openssl")
        .args(server)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl");
    let begun = std::time::Instant::now();
    while std::net::TcpStream::connect(&accept).is_err() {
        assert!(begun.elapsed().as_secs() < 30, "the TLS server never listened");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let client = ["s_client", "-connect", &accept, "-CAfile", trusted, "-verify_return_error", "-crl_check_all"];
    let ended = Command::new("openssl")
        .args(client)
        .args(["-servername", "www.example"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output();
    let _ = server.kill();
    let _ = server.wait();
    let ended = ended.expect("openssl");
    let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    (ended.status.success(), said)
}

#[test]
fn a_record_is_the_same_from_the_same_folder_and_holds_what_people_compare() {
    let room = Room::after_the_first();
    let read = |name: &str| fs::read(room.path("first").join(name)).unwrap();
    let (markdown, pdf) = (read("record.md"), read("record.pdf"));
    room.run(&["record", "first"]).exits(0).says("record.pdf");
    assert_eq!((read("record.md"), read("record.pdf")), (markdown.clone(), pdf.clone()));
    let text = String::from_utf8(markdown).unwrap();
    for part in [
        "NO HSM",
        "- [ ] expected words:",
        "actual words: ____",
        "read back",
        "released",
        "witness",
        "CRL number: 1",
        "time read from another clock: 20",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(pdf.starts_with(b"%PDF-") && pdf.ends_with(b"%%EOF"), "{} bytes", pdf.len());
    // A changed entry is no evidence.
    let entries = fs::read_to_string(room.path("first/journal.jsonl")).unwrap();
    fs::write(room.path("first/journal.jsonl"), entries.replacen("read back", "read bacK", 1)).unwrap();
    room.run(&["record", "first"]).exits(8).says("journal-broken");
}

#[test]
fn json_md_shows_what_each_step_of_a_ceremony_prints() {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/json.md")).unwrap();
    let room = Room::with_rehearsal_key();
    let keygen = room.run(&["keygen", "--site", "SITE.toml", "first.toml", "--json"]).exits(0).json();
    let rehearse = room.rehearse("first.toml", "first").arg("--json").exits(0).json();
    let sign = room.sign("first").arg("--json").exits(0).json();
    for (name, document) in [("ceremony keygen", keygen), ("ceremony rehearse", rehearse), ("ceremony sign", sign)] {
        let top = |document: &serde_json::Value| {
            let members = document.as_object().expect("an object").keys();
            members.cloned().collect::<std::collections::BTreeSet<_>>()
        };
        let shown = crate::documents::example(&page, name);
        assert_eq!(top(&document), top(&shown), "## {name}");
        for list in ["signed", "files"] {
            let first = |document: &serde_json::Value| document[list].get(0).map(top);
            assert_eq!(first(&document), first(&shown), "## {name}, {list}");
        }
    }
}

/// A crash at the PIN prompt wrote the PIN into a core file; a full memory could write it into the swap area.
#[test]
fn the_memory_of_a_ceremony_is_kept_out_of_core_files_and_of_the_swap_area() {
    let room = Room::with_rehearsal_key();
    let trace = room.path("trace");
    let tracer = ["strace", "-f", "-e", "trace=prctl,prlimit64,mlockall,openat", "-o", trace.to_str().unwrap()];
    if !Command::new("strace").arg("true").stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        return skipped("the memory of a ceremony: `strace` is not installed, or tracing is not permitted here");
    }
    let ended = room.run(&["keygen", "--site", "SITE.toml", "first.toml"]).started_by(tracer).exits(0);
    let trace = fs::read_to_string(trace).unwrap();
    let place = |text: &str| trace.find(text).unwrap_or_else(|| panic!("{text} is not in\n{trace}"));
    let site_opened = place("SITE.toml");
    assert!(place("prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE) = 0") < site_opened);
    assert!(place("RLIMIT_CORE, {rlim_cur=0, rlim_max=0}") < site_opened);
    let is_locked = trace.contains("mlockall(MCL_CURRENT|MCL_FUTURE) = 0");
    // Its first line is a heading.
    let has_swap = fs::read_to_string("/proc/swaps").is_ok_and(|text| text.lines().count() > 1);
    assert_eq!(!is_locked && has_swap, ended.stderr.contains("may not lock its memory"), "{ended}");
}
