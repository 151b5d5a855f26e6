//! What `docs/compatibility.md` says of OpenSSL, GnuTLS, NSS and Java, tried on the programs installed here.
//!
//! Every CRL of these revokes one intermediate and has one oddity. A relying party that processes it says "revoked"; one
//! that does not says anything else. The table has to say the same, oddity by oddity, in both directions.

use std::path::{Path, PathBuf};
use std::process::Command;

use rootcast_tests::corpora::skipped;
use rootcast_tests::program::online;
use rootcast_tests::scratch::Scratch;
use rootcast_tests::throwaway_ca::der_writer::{boolean, integer, sequence, set, tlv, utf8};
use rootcast_tests::throwaway_ca::{CrlDraft, DAY, EntryDraft, ExtensionDraft, KeyKind, ThrowAwayCa, pem};

/// A private extension nobody knows.
const UNKNOWN: &[u64] = &[1, 3, 6, 1, 4, 1, 99999, 1];

/// `[0] { [0] { [6] URL } }`: a distribution point with a full name.
fn named() -> Vec<u8> {
    tlv(0xa0, &tlv(0xa0, &tlv(0x86, b"http://pki.example/root.crl")))
}

fn distribution_point(draft: &mut CrlDraft, fields: &[Vec<u8>]) {
    draft.set_extension(ExtensionDraft::issuing_distribution_point(fields));
}

/// Beside the entry that is asked for: the whole CRL is at stake.
fn other_entry(draft: &mut CrlDraft, extension: ExtensionDraft) {
    let mut entry = EntryDraft::of(&[0x77], 1_600_000_000, None);
    entry.extensions = vec![extension];
    draft.entries.push(entry);
}

fn common_name(text: &str) -> Vec<u8> {
    set(&[sequence(&[tlv(6, &[0x55, 4, 3]), utf8(text)])])
}

/// Changes a good CRL by one oddity.
type Oddity = fn(&mut CrlDraft);

/// A feature of the table by its name, or an oddity that is none of them, and how a good CRL comes to have it.
const ODDITIES: &[(&str, Oddity)] = &[
    ("nothing odd", |_| {}),
    ("version-1", |draft| draft.version = None),
    ("no-next-update", |draft| draft.next_update = None),
    ("no-number", |draft| draft.remove_extension(&[2, 5, 29, 20])),
    ("number-out-of-bounds", |draft| draft.set_extension(ExtensionDraft::crl_number(&[0x11; 21]))),
    ("number-critical", |draft| draft.extension_mut(&[2, 5, 29, 20]).unwrap().critical = true),
    ("aki-critical", |draft| draft.extension_mut(&[2, 5, 29, 35]).unwrap().critical = true),
    ("other-critical", |draft| draft.set_extension(ExtensionDraft::new(UNKNOWN, true, boolean(true)))),
    ("unknown, not critical", |draft| draft.set_extension(ExtensionDraft::new(UNKNOWN, false, boolean(true)))),
    ("delta", |draft| draft.set_extension(ExtensionDraft::new(&[2, 5, 29, 27], true, integer(1)))),
    ("idp-critical", |draft| distribution_point(draft, &[named()])),
    ("idp-unnamed", |draft| distribution_point(draft, &[tlv(0x82, &[0xff])])),
    ("idp-relative", |draft| {
        distribution_point(draft, &[tlv(0xa0, &tlv(0xa1, &sequence(&[tlv(6, &[0x55, 4, 3]), utf8("crl")])))]);
    }),
    ("user-only", |draft| distribution_point(draft, &[named(), tlv(0x81, &[0xff])])),
    ("attribute-only", |draft| distribution_point(draft, &[named(), tlv(0x85, &[0xff])])),
    ("some-reasons", |draft| distribution_point(draft, &[named(), tlv(0x83, &[1, 0x7e])])),
    ("indirect", |draft| distribution_point(draft, &[named(), tlv(0x84, &[0xff])])),
    ("entry-issuer", |draft| {
        let names = sequence(&[tlv(0xa4, &sequence(&[common_name("Another CA")]))]);
        other_entry(draft, ExtensionDraft::new(&[2, 5, 29, 29], true, names));
    }),
    ("entry-reason-critical", |draft| {
        let mut reason = ExtensionDraft::reason(4);
        reason.critical = true;
        other_entry(draft, reason);
    }),
    ("entry-reason-unassigned", |draft| other_entry(draft, ExtensionDraft::reason(7))),
    ("entry-other-critical", |draft| other_entry(draft, ExtensionDraft::new(UNKNOWN, true, boolean(true)))),
];

/// A root and an intermediate that it revokes, as files.
struct Revoked {
    scratch: Scratch,
    root: ThrowAwayCa,
    serial: Vec<u8>,
}

impl Revoked {
    fn under(kind: KeyKind) -> Self {
        let scratch = Scratch::new();
        let root = ThrowAwayCa::with("Relying Root", kind, rootcast_host::clock::now());
        let mut intermediate = root.intermediate("Revoked CA");
        let points = sequence(&[sequence(&[named()])]);
        intermediate.set_extension(ExtensionDraft::new(&[2, 5, 29, 31], false, points));
        scratch.file("root.pem", pem("CERTIFICATE", &root.certificate));
        scratch.file("ca.pem", pem("CERTIFICATE", &intermediate.sign()));
        Self { serial: intermediate.serial, scratch, root }
    }

    /// A file with the CRL, PEM, that revokes it and has this oddity; beside it the same as DER, `.der`.
    fn crl(&self, name: &str, oddity: Oddity) -> PathBuf {
        let mut draft = self.root.crl(7);
        draft.entries.push(EntryDraft::of(&self.serial, self.root.now - 2 * DAY, Some(4)));
        oddity(&mut draft);
        let der = draft.sign();
        self.scratch.file(&format!("{name}.der"), &der);
        self.scratch.file(&format!("{name}.crl"), pem("X509 CRL", &der))
    }

    /// The features that `check` names for this relying party.
    fn named_by_check(&self, crl: &Path, party: &str) -> Vec<String> {
        let check = online(["check", "--json"]).arg(crl).arg("--issuer").arg(self.scratch.path("root.pem"));
        let document = check.run().json();
        let all = document["files"][0]["compatibility"].as_array().unwrap().clone();
        let features = all.iter().filter(|obstacle| obstacle["party"] == party);
        features.map(|obstacle| obstacle["feature"].as_str().unwrap().to_owned()).collect()
    }

    fn says_revoked(&self, command: &mut Command) -> (bool, String) {
        let ended = command.current_dir(self.scratch.folder()).output().expect("the relying party");
        let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        (said.contains("revoked"), said)
    }

    fn openssl(&self, crl: &Path) -> (bool, String) {
        let mut command = Command::new("openssl");
        command.args(["verify", "-crl_check", "-CAfile", "root.pem", "-CRLfile"]).arg(crl).arg("ca.pem");
        self.says_revoked(&mut command)
    }

    fn gnutls(&self, crl: &Path) -> (bool, String) {
        let mut command = Command::new("certtool");
        command.args(["--verify", "--load-ca-certificate", "root.pem", "--infile", "ca.pem", "--load-crl"]).arg(crl);
        self.says_revoked(&mut command)
    }

    /// NSS with a database of its own for this CRL. What it does not import it does not process.
    fn nss(&self, name: &str) -> (bool, String) {
        let folder = self.scratch.path(&format!("nss {name}"));
        std::fs::create_dir(&folder).expect("a new folder");
        let database = format!("sql:{}", folder.display());
        let tool = |program: &str, arguments: &[&str]| {
            let mut command = Command::new(program);
            self.says_revoked(command.args(arguments).args(["-d", &database]))
        };
        let (_, made) = tool("certutil", &["-N", "--empty-password"]);
        let (_, trusted) = tool("certutil", &["-A", "-n", "root", "-t", "CT,C,C", "-i", "root.pem"]);
        let (_, known) = tool("certutil", &["-A", "-n", "ca", "-t", ",,", "-i", "ca.pem"]);
        assert_eq!(format!("{made}{trusted}{known}"), "", "a database with the root and the certificate");
        let (_, imported) = tool("crlutil", &["-I", "-i", &format!("{name}.der")]);
        let (processed, verified) = tool("certutil", &["-V", "-n", "ca", "-u", "L", "-e"]);
        (processed, format!("{imported}{verified}"))
    }

    /// The PKIX validator of Java, for all these CRLs: what it says of each.
    fn java(&self, crls: &[PathBuf]) -> Vec<(bool, String)> {
        let program = self.scratch.file("Revoked.java", include_str!("relying_parties/Revoked.java"));
        let ended = Command::new("java")
            .arg(program)
            .args(["root.pem", "ca.pem"])
            .args(crls)
            .current_dir(self.scratch.folder())
            .output()
            .expect("java");
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        let said = String::from_utf8(ended.stdout).expect("text");
        let said: Vec<(bool, String)> = said.lines().map(|line| (line == "revoked", line.to_owned())).collect();
        assert_eq!(said.len(), crls.len(), "a line a CRL");
        said
    }
}

fn is_installed(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        skipped(&format!("relying parties: {program} is not installed"));
    }
    found
}

#[test]
fn openssl_processes_exactly_the_crls_that_the_table_says() {
    let revoked = Revoked::under(KeyKind::EcdsaP256);
    let mut refused = 0;
    // A delta CRL is taken for a complete one or not, depending on the version: the table says nothing.
    for (name, oddity) in ODDITIES.iter().filter(|(name, _)| *name != "delta") {
        let crl = revoked.crl(name, *oddity);
        let named = revoked.named_by_check(&crl, "OpenSSL");
        let (processed, said) = revoked.openssl(&crl);
        assert_eq!(processed, named.is_empty(), "{name}: check names {named:?}, OpenSSL says:\n{said}");
        refused += usize::from(!processed);
    }
    assert!(refused >= 9, "{refused}");
}

#[test]
fn gnutls_processes_exactly_the_crls_that_the_table_says() {
    if !is_installed("certtool") {
        return;
    }
    let revoked = Revoked::under(KeyKind::EcdsaP256);
    for (name, oddity) in ODDITIES {
        let crl = revoked.crl(name, *oddity);
        let named = revoked.named_by_check(&crl, "GnuTLS");
        let (processed, said) = revoked.gnutls(&crl);
        assert_eq!(processed, named.is_empty(), "{name}: check names {named:?}, GnuTLS says:\n{said}");
    }
}

#[test]
fn nss_processes_exactly_the_crls_that_the_table_says() {
    if ["certutil", "crlutil"].iter().any(|program| !is_installed(program)) {
        return;
    }
    let revoked = Revoked::under(KeyKind::EcdsaP256);
    let mut refused = 0;
    for (name, oddity) in ODDITIES {
        let crl = revoked.crl(name, *oddity);
        let named = revoked.named_by_check(&crl, "NSS");
        let (processed, said) = revoked.nss(name);
        assert_eq!(processed, named.is_empty(), "{name}: check names {named:?}, NSS says:\n{said}");
        refused += usize::from(!processed);
    }
    assert!(refused >= 5, "{refused}");
}

#[test]
fn java_processes_exactly_the_crls_that_the_table_says() {
    // Its compiler, too: the program that asks it comes as source.
    if !is_installed("java") || !is_installed("javac") {
        return;
    }
    let revoked = Revoked::under(KeyKind::EcdsaP256);
    let crls: Vec<PathBuf> = ODDITIES.iter().map(|(name, oddity)| revoked.crl(name, *oddity)).collect();
    let mut refused = 0;
    for (((name, _), crl), (processed, said)) in ODDITIES.iter().zip(&crls).zip(revoked.java(&crls)) {
        let named = revoked.named_by_check(crl, "Java");
        assert_eq!(processed, named.is_empty(), "{name}: check names {named:?}, Java says: {said}");
        refused += usize::from(!processed);
    }
    assert!(refused >= 8, "{refused}");
}

#[test]
fn check_names_every_feature_where_it_is_and_nowhere_else() {
    let revoked = Revoked::under(KeyKind::EcdsaP256);
    for (name, oddity) in ODDITIES {
        let crl = revoked.crl(name, *oddity);
        let check = online(["check", "--json"]).arg(crl).arg("--issuer").arg(revoked.scratch.path("root.pem"));
        let document = check.run().json();
        let mut features: Vec<&str> = document["files"][0]["compatibility"]
            .as_array()
            .unwrap()
            .iter()
            .map(|obstacle| obstacle["feature"].as_str().unwrap())
            .filter(|feature| *feature != "idp-critical" || *name == "idp-critical")
            .collect();
        features.sort_unstable();
        features.dedup();
        let wanted: &[&str] = if name.contains(' ') { &[] } else { &[name] };
        assert_eq!(features, wanted, "{name}");
    }
}

#[test]
fn older_relying_parties_know_no_ml_dsa() {
    let revoked = Revoked::under(KeyKind::MlDsa65);
    let crl = revoked.crl("ml-dsa", |_| {});
    for party in ["OpenSSL", "GnuTLS", "NSS", "Java"] {
        assert_eq!(revoked.named_by_check(&crl, party), ["ml-dsa"], "{party}");
    }
    let version = Command::new("openssl").arg("version").output().expect("openssl").stdout;
    let version = String::from_utf8_lossy(&version).split_whitespace().nth(1).unwrap_or_default().to_owned();
    let (processed, said) = revoked.openssl(&crl);
    if ["3.0.", "3.1.", "3.2.", "3.3.", "3.4."].iter().any(|old| version.starts_with(old)) {
        assert!(!processed, "{version}: {said}");
    } else {
        skipped(&format!("relying parties: OpenSSL {version} is not older than 3.5"));
    }
}
