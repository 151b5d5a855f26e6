//! Approvals by several people, made with `ssh-keygen -Y sign` as they make them. Each that does not count says why.

use std::path::Path;
use std::process::Command;

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use rootcast_offline::ceremony::approval::{
    ApprovalRule, Approvals, Approvers, ApproversError, GivenApproval, NAMESPACE, Verdict,
};
use rootcast_tests::corpora::skipped;
use rootcast_tests::scratch::Scratch;

const TEXT: &str = "root-42.crl  3f9a0c1122bb\nrequest     77aa\n";

/// 2026-11-21T12:00:00Z
const NOW: i64 = 1_795_262_400;

/// People with SSH keys, and the text they approve.
struct Table {
    scratch: Scratch,
}

impl Table {
    /// `None`, said aloud, where OpenSSH is not installed.
    fn new() -> Option<Self> {
        if Command::new("ssh-keygen").arg("-?").output().is_err() {
            skipped("tests of approvals: ssh-keygen is not installed; run `make deps`");
            return None;
        }
        let scratch = Scratch::new();
        scratch.file("to-be-signed.txt", TEXT);
        Some(Self { scratch })
    }

    fn ssh_keygen(&self, arguments: &[&str]) {
        let ended = Command::new("ssh-keygen").args(arguments).current_dir(self.scratch.folder()).output().unwrap();
        assert!(ended.status.success(), "{arguments:?}\n{}", String::from_utf8_lossy(&ended.stderr));
    }

    /// A key of this type in the file `name`; gives its public line.
    fn key(&self, name: &str, key_type: &[&str]) -> String {
        self.ssh_keygen(&[&["-q", "-N", "", "-C", name, "-f", name, "-t"], key_type].concat());
        std::fs::read_to_string(self.scratch.path(&format!("{name}.pub"))).unwrap().trim().to_owned()
    }

    /// `name` signs the text as it stands in the folder.
    fn sign(&self, name: &str, namespace: &str) -> GivenApproval {
        self.ssh_keygen(&["-q", "-Y", "sign", "-n", namespace, "-f", name, "to-be-signed.txt"]);
        let made = self.scratch.path("to-be-signed.txt.sig");
        let kept = self.scratch.path(&format!("{name}.sig"));
        std::fs::rename(made, &kept).unwrap();
        GivenApproval::read(&kept).unwrap()
    }

    /// The approvers of these lines, of whom the file `revoked` revokes some.
    fn read(&self, required: u32, lines: &[String], revoked: Option<&str>) -> Result<Approvers, ApproversError> {
        let path = self.scratch.file("approvers", lines.join("\n") + "\n");
        let revoked = revoked.map(|name| self.scratch.path(name));
        let [signers, list] = [Some(&path), revoked.as_ref()].map(|path| path.map(|path| std::fs::read(path).unwrap()));
        let rule = ApprovalRule { required, allowed_signers: Some(path), revoked };
        Approvers::parse(&rule, signers.as_deref(), list.as_deref())
    }

    fn approvers(&self, required: u32, lines: &[String], revoked: Option<&str>) -> Approvers {
        self.read(required, lines, revoked).unwrap()
    }

    fn judge(&self, required: u32, lines: &[String], given: &[GivenApproval]) -> Approvals {
        let approvers = self.approvers(required, lines, None);
        approvers.judge_at(TEXT.as_bytes(), given, NOW)
    }
}

fn verdicts(approvals: &Approvals) -> Vec<&'static str> {
    approvals.judged.iter().map(|one| one.verdict.name()).collect()
}

#[test]
fn two_people_with_any_kind_of_key_are_a_quorum() {
    let Some(table) = Table::new() else { return };
    let kinds: [(&str, &[&str]); 6] = [
        ("ed25519", &["ed25519"]),
        ("p256", &["ecdsa", "-b", "256"]),
        ("p384", &["ecdsa", "-b", "384"]),
        ("p521", &["ecdsa", "-b", "521"]),
        ("rsa", &["rsa", "-b", "3072"]),
        ("rsa-large", &["rsa", "-b", "4096"]),
    ];
    let lines: Vec<String> =
        kinds.iter().map(|(name, key)| format!("{name}@example {}", table.key(name, key))).collect();
    // ECDSA numbers are shorter now and then: more than one signature of each.
    for _ in 0..4 {
        let given: Vec<GivenApproval> = kinds.iter().map(|(name, _)| table.sign(name, NAMESPACE)).collect();
        let approvals = table.judge(6, &lines, &given);
        assert_eq!(verdicts(&approvals), ["counted"; 6], "{approvals:#?}");
        approvals.quorum().unwrap();
        assert!(approvals.not_heard.is_empty());
    }
    let given = [table.sign("rsa", NAMESPACE)];
    let missing = table.judge(2, &lines, &given).quorum().unwrap_err().to_string();
    assert!(missing.contains("APPROVE-QUORUM: 1 of 2 different people approved these bytes, 1 missing"), "{missing}");
    assert!(missing.contains("p384@example") && !missing.contains("rsa@example"), "{missing}");
    // The fingerprint is the one that ssh-keygen shows.
    let shown = Command::new("ssh-keygen").args(["-l", "-f"]).arg(table.scratch.path("rsa.pub")).output().unwrap();
    let approvals = table.judge(1, &lines, &given);
    let fingerprint = approvals.judged[0].fingerprint.as_deref().unwrap();
    assert!(String::from_utf8_lossy(&shown.stdout).contains(fingerprint));
}

#[test]
fn every_approval_that_does_not_count_says_why() {
    let Some(table) = Table::new() else { return };
    let key = |name: &str| table.key(name, &["ed25519"]);
    let lines = vec![
        format!("alice@example {}", key("alice")),
        format!("bob@example namespaces=\"rootcast-*\" {}", key("bob")),
        format!("carol@example valid-before=\"20261121115959Z\" {}", key("carol")),
        format!("dave@example valid-after=\"20270101Z\" {}", key("dave")),
        format!("erin@example namespaces=\"git\" {}", key("erin")),
        format!("alice@example {}", key("alices-other")),
    ];
    key("stranger");
    let mut given: Vec<GivenApproval> = ["alice", "alice", "alices-other", "bob", "carol", "dave", "erin", "stranger"]
        .iter()
        .map(|name| table.sign(name, NAMESPACE))
        .collect();
    given.push(table.sign("bob", "file"));
    given.push(GivenApproval { name: "empty.sig".to_owned(), bytes: Vec::new().into() });
    // Bob approved another text, with one digit changed.
    table.scratch.file("to-be-signed.txt", TEXT.replace("77aa", "77ab"));
    given.push(table.sign("bob", NAMESPACE));
    let approvals = table.judge(3, &lines, &given);
    let expected = [
        "counted",
        "doubled",
        "doubled",
        "counted",
        "expired",
        "not-yet-valid",
        "namespace-not-allowed",
        "unknown-key",
        "wrong-namespace",
        "unreadable",
        "altered",
    ];
    assert_eq!(verdicts(&approvals), expected, "{approvals:#?}");
    assert_eq!(approvals.counted(), 2);
    let diagnosis =
        approvals.quorum().unwrap_err().diagnosis("Nothing was signed.", Path::new("first/to-be-signed.txt"));
    assert_eq!((diagnosis.label.as_str(), diagnosis.exit().code()), ("approvals-missing", 3));
    for says in [
        "2 of 3 different people",
        "carol@example",
        "until 2026-11-21T11:59:59Z",
        "before 2027-01-01T00:00:00Z",
        "namespace \"file\"",
        "empty.sig",
        "no valid approval from: carol@example; dave@example; erin@example",
    ] {
        assert!(diagnosis.why.contains(says), "{says}\n{}", diagnosis.why);
    }
    // Its valid time is that of the judgement, not of the clock.
    let approvers = table.approvers(3, &lines, None);
    let earlier = approvers.judge_at(TEXT.as_bytes(), &given, NOW - 1);
    assert_eq!(earlier.counted(), 3, "{earlier:#?}");
    assert!(earlier.quorum().is_ok());
}

#[test]
fn ssh_keygen_says_the_same_of_good_and_altered_texts() {
    let Some(table) = Table::new() else { return };
    let line = format!("alice@example namespaces=\"rootcast-*\" {}", table.key("alice", &["ed25519"]));
    let given = table.sign("alice", NAMESPACE);
    for (text, good) in [(TEXT.to_owned(), true), (TEXT.replace('3', "4"), false), (String::new(), false)] {
        let approvers = table.approvers(1, std::slice::from_ref(&line), None);
        assert_eq!(approvers.judge_at(text.as_bytes(), std::slice::from_ref(&given), NOW).quorum().is_ok(), good);
        let file = table.scratch.file("seen.txt", &text);
        let ended = Command::new("ssh-keygen")
            .args(["-Y", "verify", "-n", NAMESPACE, "-I", "alice@example", "-f", "approvers", "-s", "alice.sig"])
            .current_dir(table.scratch.folder())
            .stdin(std::fs::File::open(file).unwrap())
            .output()
            .unwrap();
        assert_eq!(ended.status.success(), good, "{}", String::from_utf8_lossy(&ended.stderr));
    }
}

#[test]
fn a_damaged_signature_never_counts() {
    let Some(table) = Table::new() else { return };
    let line = format!("alice@example {}", table.key("alice", &["ecdsa", "-b", "256"]));
    let good = table.sign("alice", NAMESPACE);
    let approvers = table.approvers(1, &[line], None);
    let counts = |bytes: Vec<u8>| {
        let given = GivenApproval { name: "damaged.sig".to_owned(), bytes: bytes.into() };
        approvers.judge_at(TEXT.as_bytes(), &[given], NOW).counted() == 1
    };
    assert!(counts(good.bytes.to_vec()));
    let text = String::from_utf8(good.bytes.to_vec()).unwrap();
    let body = text.find('\n').unwrap()..text.rfind("\n-----END").unwrap();
    for at in body {
        let mut bytes = good.bytes.to_vec();
        if bytes[at] == b'\n' {
            continue;
        }
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        assert!(!counts(bytes), "byte {at} changed");
    }
    for end in 0..text.trim_end().len() {
        assert!(!counts(good.bytes[..end].to_vec()), "cut at {end}");
    }
}

#[test]
fn a_revoked_key_does_not_count_in_either_form_of_list() {
    let Some(table) = Table::new() else { return };
    let lines =
        vec![format!("alice {}", table.key("alice", &["ed25519"])), format!("bob {}", table.key("bob", &["ed25519"]))];
    let given = [table.sign("alice", NAMESPACE), table.sign("bob", NAMESPACE)];
    table.ssh_keygen(&["-q", "-k", "-f", "keys.krl", "bob.pub"]);
    let fingerprint = table.judge(1, &lines, &given).judged[1].fingerprint.clone().unwrap();
    table.scratch.file("hashes", format!("hash: {fingerprint}\n"));
    table.ssh_keygen(&["-q", "-k", "-f", "hashes.krl", "hashes"]);
    table.scratch.file("keys.txt", format!("# left in May\n{}\n", &lines[1][4..]));
    for list in ["keys.krl", "hashes.krl", "keys.txt"] {
        let approvers = table.approvers(2, &lines, Some(list));
        let approvals = approvers.judge_at(TEXT.as_bytes(), &given, NOW);
        assert_eq!(verdicts(&approvals), ["counted", "revoked"], "{list}");
        assert!(approvals.quorum().unwrap_err().to_string().contains("the key is revoked"));
    }
}

#[test]
fn approvers_files_that_cannot_be_understood_stop_the_ceremony() {
    let Some(table) = Table::new() else { return };
    let alice = format!("alice {}", table.key("alice", &["ed25519"]));
    // One person twice is not two.
    let error = table.read(2, &[alice.clone(), alice.clone()], None).unwrap_err();
    assert!(error.to_string().contains("lists 1 different person, but 2 must approve"), "{error}");
    let error = table.read(1, &[alice.clone(), alice.replace("alice", "*")], None).unwrap_err();
    assert!(error.to_string().contains("approvers, line 2") && error.to_string().contains("pattern"), "{error}");
    // A byte order mark in the middle of a file would make two people of one.
    let error = table.read(1, &[alice.clone(), format!("\u{feff}{alice}")], None).unwrap_err();
    assert!(
        error.to_string().contains("approvers, line 2")
            && error.to_string().contains("a byte order mark, as from joined files"),
        "{error}"
    );
    table.scratch.file("revoked", "not a key\n");
    let error = table.read(1, &[alice], Some("revoked")).unwrap_err();
    assert!(error.to_string().contains("revoked, line 1"), "{error}");
    // A list that the site names and that was not kept.
    let rule = ApprovalRule { required: 1, allowed_signers: Some(table.scratch.path("approvers")), revoked: None };
    assert!(Approvers::parse(&rule, None, None).unwrap_err().to_string().contains("not among the files"));
    // Nobody to ask: nothing is read, and nobody is missing.
    let nobody = ApprovalRule { required: 0, allowed_signers: None, revoked: None };
    let nobody = Approvers::parse(&nobody, None, None).unwrap();
    nobody.judge_at(TEXT.as_bytes(), &[], NOW).quorum().unwrap();
}

fn string(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

/// What `ssh-keygen -Y sign` writes with a key on a FIDO token, and the line of its public key; made by software here
/// (PROTOCOL.u2f and PROTOCOL.sshsig), because a token has to be touched.
fn fido(text: &[u8], flags: u8) -> (GivenApproval, String) {
    let pair = Ed25519KeyPair::generate().unwrap();
    let kind = b"sk-ssh-ed25519@openssh.com";
    let key = [string(kind), string(pair.public_key().as_ref()), string(b"ssh:")].concat();
    let hash = digest(&SHA512, text);
    let signed =
        [b"SSHSIG".to_vec(), string(NAMESPACE.as_bytes()), string(b""), string(b"sha512"), string(hash.as_ref())];
    let trailer = [flags, 0, 0, 0, 7];
    let (application, message) = (digest(&SHA256, b"ssh:"), digest(&SHA256, &signed.concat()));
    let raw = pair.sign(&[application.as_ref(), &trailer, message.as_ref()].concat());
    let signature = [string(kind), string(raw.as_ref()), trailer.to_vec()].concat();
    let whole = [
        b"SSHSIG".to_vec(),
        vec![0, 0, 0, 1],
        string(&key),
        string(NAMESPACE.as_bytes()),
        string(b""),
        string(b"sha512"),
        string(&signature),
    ];
    let encode = |bytes: &[u8]| {
        let mut openssl = Command::new("openssl");
        openssl.args(["base64", "-A"]).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = openssl.spawn().expect("openssl");
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), bytes).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    };
    let body: Vec<String> =
        encode(&whole.concat()).as_bytes().chunks(70).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    let pem = format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", body.join("\n"));
    let line = format!("frank sk-ssh-ed25519@openssh.com {}", encode(&key));
    (GivenApproval { name: "frank.sig".to_owned(), bytes: pem.into_bytes().into() }, line)
}

#[test]
fn a_key_on_a_fido_token_counts_when_the_token_was_touched() {
    let Some(table) = Table::new() else { return };
    for (flags, text, verdict) in [
        (1, TEXT, Verdict::Counted),
        (5, TEXT, Verdict::Counted),
        (0, TEXT, Verdict::NoTouch),
        (1, "other", Verdict::Altered),
    ] {
        let (given, line) = fido(text.as_bytes(), flags);
        let approvals = table.judge(1, std::slice::from_ref(&line), std::slice::from_ref(&given));
        assert_eq!(approvals.judged[0].verdict, verdict, "{approvals:#?}");
        // OpenSSH agrees that a signature made by hand here is one.
        if flags == 1 {
            table.scratch.file("frank.sig", &given.bytes);
            assert_eq!(openssh_verifies(table.scratch.folder(), "frank"), verdict == Verdict::Counted);
        }
    }
}

fn openssh_verifies(folder: &Path, name: &str) -> bool {
    let text = std::fs::File::open(folder.join("to-be-signed.txt")).unwrap();
    let mut command = Command::new("ssh-keygen");
    command.args(["-Y", "verify", "-n", NAMESPACE, "-I", name, "-f", "approvers", "-s"]).arg(format!("{name}.sig"));
    command.current_dir(folder).stdin(text).output().unwrap().status.success()
}
