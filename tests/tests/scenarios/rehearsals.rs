//! Rehearsals: what is built for the root's key is what people asked for, as `openssl` reads it. What is wrong with a
//! request is said before any key is used ([`refused`]); what is kept for approval is whole or not there ([`folder`]).

mod folder;
mod read_back;
mod refused;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rootcast_offline::ceremony::folder::{FolderError, RehearsalFolder};
use rootcast_offline::ceremony::rehearsal::{Given, Known, rehearse};
use rootcast_offline::ceremony::request::RequestFiles;
use rootcast_offline::ceremony::site::Site as SiteText;
use rootcast_pki::time::Timestamp;
use rootcast_tests::corpora::skipped;
use rootcast_tests::crash_disk::{CrashDisk, Cut};
use rootcast_tests::next_crl::next_crl;
use rootcast_tests::openssl::{OpensslRoot, crl_arguments};
use rootcast_tests::program::{Program, offline, online};
use rootcast_tests::scratch::{Scratch, tree};
use rootcast_tests::seeds::chance;
use rootcast_tests::sides::{Sides, fresh_root};
use rootcast_tests::throwaway_ca::ExtensionDraft;
use rootcast_tests::throwaway_ca::der_writer::{bits, oid, sequence, tlv};

use super::bad_files::SmallDisk;

/// A root kept by `openssl`, enrolled, with two intermediates, the first revoked on CRL 41.
struct Site {
    scratch: Scratch,
    root: OpensslRoot,
    now: i64,
}

fn at(time: i64) -> String {
    rootcast_host::clock::rfc3339(time)
}

const DAY: i64 = 86_400;

/// The public key of an approver nobody asks here.
const APPROVER: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIFjOOR3jl2sU5VQXlx4uHGX0l2SVzN3tr0biGah/gJl9";

/// A site whose token nobody opens here.
const TOKEN_SITE: &str = "[key]\nmodule = \"/opt/token.so\"\ntoken_label = \"root\"\ntoken_serial = \"1\"\nkey_label = \"root\"\n\
                          [approvals]\nrequired = 0\n";

impl Site {
    fn new() -> Self {
        Self::with_profile("private")
    }

    fn with_profile(profile: &str) -> Self {
        let scratch = Scratch::new();
        let root = OpensslRoot::new(scratch.folder(), "Example Root");
        for name in ["g0", "g1"] {
            let _ = root.intermediate(name);
        }
        root.revoke(&scratch.path("g0.crt"));
        let site = Self { scratch, root, now: rootcast_host::clock::now() };
        site.crl(41, site.now - 40 * DAY);
        site.csr("issuing-g2", "EC", "ec_paramgen_curve:P-256");
        site.scratch.file(
            "site.toml",
            "[key]\nmodule = \"/opt/token.so\"\ntoken_label = \"root\"\ntoken_serial = \"1\"\nkey_label = \"root\"\n\
             [approvals]\nrequired = 1\nallowed_signers = \"approvers\"\n",
        );
        site.scratch.file("approvers", format!("alice ssh-ed25519 {APPROVER}\n"));
        let state = site.scratch.path("state");
        offline(["enrol", "--yes", "--profile", profile])
            .state(&state)
            .arg("--root")
            .arg(site.scratch.path("root.crt"))
            .exits(0);
        site
    }

    /// CRL `number`, issued then, as `openssl` makes it.
    fn crl(&self, number: u32, issued: i64) -> PathBuf {
        let compact = |time: i64| at(time).replace(['-', ':', 'T'], "");
        fs::write(self.scratch.path("crlnumber"), format!("{number:02X}\n")).unwrap();
        let crl = format!("root-{number}.crl");
        let (from, to) = (compact(issued), compact(issued + 90 * DAY));
        self.root.openssl(&crl_arguments("root.cnf", &from, &to, &crl));
        self.scratch.path(&crl)
    }

    fn csr(&self, name: &str, algorithm: &str, option: &str) {
        let (key, csr) = (format!("{name}.key"), format!("{name}.csr"));
        self.root.openssl(&["genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", &key]);
        let subject = "/O=Example/CN=whatever the requester likes";
        self.root.openssl(&["req", "-new", "-config", "root.cnf", "-key", &key, "-subj", subject, "-out", &csr]);
    }

    fn crl_request(&self) -> String {
        next_crl("root.crt", "root-41.crl", (self.now + 60, self.now + 180 * DAY))
    }

    fn revoke(&self, certificate: &str, reason: &str) -> String {
        let date = at(self.now - DAY);
        format!("[[crl.revoke]]\ncertificate = \"{certificate}\"\nreason = \"{reason}\"\ndate = \"{date}\"\n")
    }

    fn certificate(&self, csr: &str) -> String {
        format!(
            "[[certificate]]\ncsr = \"{csr}\"\nprofile = \"issuing-ca\"\nsubject = \"CN=Example Issuing CA G2,O=Example\\\\, \
             Inc.,C=CH\"\nnot_before = \"{}\"\nnot_after = \"{}\"\npath_length = 0\ncrl_url = \"http://pki.example/root.crl\"\n\
             issuer_url = \"http://pki.example/root.crt\"\n",
            at(self.now + 60),
            at(self.now + 1800 * DAY)
        )
    }

    fn rehearse(&self, request: &str) -> Program {
        let file = self.scratch.file("request.toml", request);
        let (site, dir) = (self.scratch.path("site.toml"), self.dir());
        offline(["ceremony", "rehearse"])
            .state(&self.scratch.path("state"))
            .arg("--site")
            .arg(site)
            .arg(file)
            .arg("-o")
            .arg(dir)
    }

    fn dir(&self) -> PathBuf {
        self.scratch.path("rehearsal")
    }

    /// The request is refused, under this rule, and nothing is left behind.
    fn refuses(&self, request: &str, says: &[&str]) {
        let ended = self.rehearse(request).exits(3);
        for text in says {
            ended.says(text);
        }
        ended.says("No key was used").says("next:");
        let left: Vec<_> =
            tree(self.scratch.folder()).into_iter().filter(|(path, _)| path.starts_with("rehearsal")).collect();
        assert!(left.is_empty(), "{left:?}");
    }

    /// Signs what was rehearsed with the root's key, through `openssl`; gives the object, DER.
    fn sign(&self, file: &str) -> PathBuf {
        let to_be_signed = self.dir().join("to-be-signed").join(format!("{file}.tbs"));
        let signature = self.scratch.path("signature");
        let paths = [&signature, &to_be_signed].map(|path| path.to_string_lossy().into_owned());
        self.root.openssl(&["dgst", "-sha384", "-sign", "root.key", "-out", &paths[0], &paths[1]]);
        let algorithm = sequence(&[oid(&[1, 2, 840, 10045, 4, 3, 3])]);
        let body = fs::read(to_be_signed).unwrap();
        self.scratch.file(file, sequence(&[body, algorithm, bits(&fs::read(signature).unwrap())]))
    }

    /// What `openssl` prints.
    fn openssl(&self, arguments: &[&str]) -> String {
        let ended =
            Command::new("openssl").args(arguments).current_dir(self.scratch.folder()).output().expect("openssl");
        let text = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        assert!(ended.status.success(), "openssl {}\n{text}", arguments.join(" "));
        text
    }
}

#[test]
fn what_is_rehearsed_is_what_openssl_reads_and_the_online_side_accepts() {
    let site = Site::new();
    let request =
        site.crl_request() + &site.revoke("g1.crt", "cessationOfOperation") + &site.certificate("issuing-g2.csr");
    let ended = site.rehearse(&request).arg("--json").exits(0);
    let document = ended.json();
    assert_eq!((&document["number"], &document["scheme"]), (&"42".into(), &"ecdsa-p384-sha384".into()));
    ended.says("the certification request names");
    let (crl, certificate) = (site.sign("root.crl"), site.sign("issuing-g2.crt"));

    let text = site.openssl(&["crl", "-inform", "DER", "-in", "root.crl", "-CAfile", "root.crt", "-noout", "-text"]);
    for line in ["verify OK", "X509v3 CRL Number", "42", "Superseded", "Cessation Of Operation", "ecdsa-with-SHA384"] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert_eq!(text.matches("Serial Number:").count(), 2, "{text}");
    let subject = ["x509", "-in", "issuing-g2.crt", "-noout", "-subject", "-nameopt", "RFC2253"];
    assert_eq!(site.openssl(&subject).trim(), "subject=CN=Example Issuing CA G2,O=Example\\, Inc.,C=CH");
    let text = site.openssl(&["x509", "-in", "issuing-g2.crt", "-noout", "-text"]);
    for line in [
        "CA:TRUE, pathlen:0",
        "Certificate Sign, CRL Sign",
        "URI:http://pki.example/root.crl",
        "CA Issuers - URI:http://pki.example/root.crt",
        "X509v3 Basic Constraints: critical",
        "X509v3 Key Usage: critical",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let key = ["pkey", "-in", "issuing-g2.key", "-pubout"];
    assert_eq!(site.openssl(&["x509", "-in", "issuing-g2.crt", "-noout", "-pubkey"]), site.openssl(&key));
    site.openssl(&["crl", "-inform", "DER", "-in", "root.crl", "-out", "root-42.pem"]);
    let then = (site.now + 120).to_string();
    let verify =
        ["verify", "-attime", &then, "-crl_check", "-CRLfile", "root-42.pem", "-CAfile", "root.crt", "-partial_chain"];
    site.openssl(&[&verify[..], &["issuing-g2.crt"]].concat());
    let revoked =
        Command::new("openssl").args(verify).arg("g1.crt").current_dir(site.scratch.folder()).output().unwrap();
    assert!(String::from_utf8_lossy(&revoked.stderr).contains("certificate revoked"));

    let check = online(["check"]).arg(&crl).arg(&certificate).arg("--issuer").arg(site.scratch.path("root.crt"));
    let check = check.args(["--at", &at(site.now + 120)]);
    check.arg("--previous").arg(site.scratch.path("root-41.crl")).exits(0);
}

#[test]
fn an_entry_of_the_previous_crl_is_carried_byte_for_byte() {
    let site = Site::new();
    site.rehearse(&site.crl_request()).exits(0).says("unchanged      1 entry");
    let before = rootcast_tests::openssl::der(&site.scratch.path("root-41.crl"));
    let now = fs::read(site.dir().join("to-be-signed/root.crl.tbs")).unwrap();
    // The entry ends with its reason: SEQUENCE { serial of 11 octets, UTCTime, extensions of 14 }.
    let at = before.windows(7).position(|window| window == [6, 3, 0x55, 0x1d, 0x15, 4, 3]).unwrap();
    let entry = &before[at - 34..at + 10];
    assert_eq!(entry[..2], [0x30, 42]);
    assert!(now.windows(44).any(|window| window == entry));
}

#[test]
fn the_difference_and_the_words_are_shown_and_kept() {
    let site = Site::new();
    let request = site.crl_request() + &site.revoke("g1.crt", "superseded") + &site.revoke("g0.crt", "keyCompromise");
    let ended = site.rehearse(&request).exits(0);
    // The second form is that of the file `crlnumber` and of `openssl crl -crlnumber`.
    ended.says("41 -> 42 (in openssl 0x29 -> 0x2A)").says("CRL number 42 (0x2A)");
    ended.says("CN=g1").says("another certificate took its place");
    ended.says("keyCompromise").says("until now superseded");
    let listing = fs::read_to_string(site.dir().join("to-be-signed.txt")).unwrap();
    let first = listing.lines().next().unwrap();
    assert!(first.ends_with("  to-be-signed/root.crl.tbs"), "{listing}");
    let words = first.split("  ").nth(1).unwrap();
    assert_eq!(words.split(' ').count(), 8);
    ended.says(words);
    for path in ["request.toml", "inputs/site.toml", "inputs/approvers", "dump.txt", "difference.txt", "rehearsal.json"]
    {
        assert!(listing.contains(&format!("  {path}\n")), "{listing}");
        assert!(site.dir().join(path).is_file());
    }
    // coreutils agree about every digest.
    for line in listing.lines() {
        let (digest, path) = (line.split("  ").next().unwrap(), line.split("  ").nth(2).unwrap());
        let sum = Command::new("sha256sum").arg(site.dir().join(path)).output().unwrap();
        assert!(String::from_utf8_lossy(&sum.stdout).starts_with(digest), "{path}");
    }
}

/// `openssl` shows a name from its beginning, and a request has it from its end.
#[test]
fn a_subject_in_the_order_of_openssl_is_warned_of_at_the_end() {
    let site = Site::new();
    let right = "CN=whatever the requester likes,O=Example";
    for (subject, is_reversed) in [("O=Example,CN=whatever the requester likes", true), (right, false)] {
        let _ = fs::remove_dir_all(site.dir());
        let certificate = site.certificate("issuing-g2.csr");
        let certificate = certificate.replace("CN=Example Issuing CA G2,O=Example\\\\, Inc.,C=CH", subject);
        assert!(certificate.contains(subject), "{certificate}");
        let ended = site.rehearse(&(site.crl_request() + &certificate)).exits(0);
        let warning = "WARNING: REQ-CSR: issuing-g2.crt would have the subject of issuing-g2.csr backwards. The order is reversed: \
                       write the most specific attribute first, as in CN=whatever the requester likes, O=Example";
        let listed = ended.stderr.find("issuing-g2.crt: CA certificate").unwrap();
        assert_eq!(ended.stderr.rfind(warning).is_some_and(|at| at > listed), is_reversed, "{ended}");
    }
}

#[test]
fn the_tls_profile_keeps_the_stricter_rules_too() {
    let site = Site::with_profile("webpki");
    let certificate = site.certificate("issuing-g2.csr").replace("issuing-ca\"", "issuing-ca-tls\"");
    site.rehearse(&(site.crl_request() + &certificate)).exits(0);
    site.sign("issuing-g2.crt");
    let text = site.openssl(&["x509", "-in", "issuing-g2.crt", "-noout", "-text"]);
    for line in ["TLS Web Server Authentication", "X509v3 Any Policy"] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn a_new_request_is_a_template_and_never_overwrites() {
    let scratch = Scratch::new();
    let (request, script) = (scratch.path("next.toml"), scratch.path("script.md"));
    let new = || offline(["ceremony", "new"]).arg("-o").arg(&request).arg("--script").arg(&script);
    new().exits(0).says("next.toml");
    assert!(fs::read_to_string(&script).unwrap().contains("- [ ]"));
    let before = tree(scratch.folder());
    new().exits(2).says("output-exists");
    fs::remove_file(&request).unwrap();
    // The script is there still: nothing is written, not even the request.
    new().exits(2).says("output-exists");
    assert!(!request.exists());
    fs::write(&request, &before.iter().find(|(path, _)| path == Path::new("next.toml")).unwrap().1).unwrap();
    let written = fs::read(&request).unwrap();
    assert!(rootcast_offline::ceremony::request::read(&written, "next.toml").is_ok());
}

#[test]
fn a_new_root_is_rehearsed_around_the_key_that_is_pinned() {
    let site = Site::new();
    let request = format!(
        "first = true\n[crl]\nthis_update = \"{}\"\nnext_update = \"{}\"\n[root]\nkey = \"ecdsa-p384\"\nsubject = \"CN=Example Root \
         G2,O=Example,C=CH\"\nnot_before = \"{}\"\nnot_after = \"{}\"\n",
        at(site.now + 60),
        at(site.now + 90 * DAY),
        at(site.now + 60),
        at(site.now + 7000 * DAY)
    );
    site.refuses(&request, &["KEY-PINNED", "keygen"]);
    site.csr("new", "EC", "ec_paramgen_curve:P-384");
    site.root.openssl(&["pkcs8", "-topk8", "-nocrypt", "-in", "new.key", "-outform", "DER", "-out", "new.p8"]);
    site.root.openssl(&["pkey", "-inform", "DER", "-in", "new.p8", "-pubout", "-outform", "DER", "-out", "new.spki"]);
    let spki = site.scratch.path("new.spki");
    let wrong = request.replace("ecdsa-p384", "rsa-4096");
    let file = site.scratch.file("request.toml", &wrong);
    let run = |file: &Path, dir: &Path| {
        offline(["ceremony", "rehearse"])
            .arg("--site")
            .arg(site.scratch.path("site.toml"))
            .arg(file)
            .arg("-o")
            .arg(dir)
            .arg("--public-key")
            .arg(&spki)
    };
    run(&file, &site.dir()).exits(3).says("KEY-PINNED").says("rsa-4096");
    let file = site.scratch.file("request.toml", &request);
    run(&file, &site.dir()).exits(0).says("signed by itself").says("number         1 (there was none before)");
    let opened = RehearsalFolder::open(&site.dir()).unwrap();
    assert_eq!(opened.objects.iter().map(|object| object.file.as_str()).collect::<Vec<_>>(), ["root.crt", "root.crl"]);
    let text = site.openssl(&["asn1parse", "-inform", "DER", "-in", "rehearsal/to-be-signed/root.crt.tbs"]);
    assert!(text.contains("Example Root G2"), "{text}");
    let body = fs::read(site.dir().join("to-be-signed/root.crt.tbs")).unwrap();
    let key = fs::read(&spki).unwrap();
    assert!(body.windows(key.len()).any(|window| window == key), "the pinned key is in it");
    // With the demonstration's key the banner is shown.
    site.scratch.file("site.toml", "[key]\nrehearsal_key = \"new.p8\"\n[approvals]\nrequired = 0\n");
    let again = site.scratch.path("again");
    offline(["ceremony", "rehearse"])
        .arg("--site")
        .arg(site.scratch.path("site.toml"))
        .arg(&file)
        .arg("-o")
        .arg(&again)
        .exits(0)
        .says("not an HSM");
}

#[test]
fn old_roots_without_a_key_identifier_are_rehearsed_too() {
    for version_1 in [false, true] {
        let mut root = fresh_root("Old Root");
        let mut draft = root.root_draft();
        draft.remove_extension(&[2, 5, 29, 14]);
        if version_1 {
            draft.version = None;
            draft.extensions.clear();
        }
        root.certificate = draft.sign();
        let sides = Sides::of(root);
        let now = sides.root.now;
        let (previous, _) = sides.crl_file(7);
        let previous = previous.file_name().unwrap().to_string_lossy();
        let request = next_crl("root.crt", &previous, (now, now + 90 * DAY));
        let (file, site) = (sides.scratch.file("request.toml", request), sides.scratch.file("site.toml", TOKEN_SITE));
        let out = sides.scratch.path("out");
        let rehearse = offline(["ceremony", "rehearse"]).state(&sides.offline).arg("--site").arg(site);
        rehearse.arg(file).arg("-o").arg(&out).exits(0).says("7 -> 8");
        // The identifier that the online side computes for a root that states none.
        let key_id = sides.root.key.key_id();
        let body = fs::read(out.join("to-be-signed/root.crl.tbs")).unwrap();
        assert!(body.windows(20).any(|window| window == key_id));
    }
}

#[test]
fn a_distribution_point_of_the_previous_crl_is_carried_over() {
    let sides = Sides::enrolled();
    let now = sides.root.now;
    let mut draft = sides.crl(7);
    let url = tlv(0x86, b"http://pki.example/root.crl");
    draft.set_extension(ExtensionDraft::issuing_distribution_point(&[tlv(0xa0, &tlv(0xa0, &url))]));
    sides.scratch.file("root-7.crl", draft.sign());
    let request = next_crl("root.crt", "root-7.crl", (now, now + 90 * DAY));
    let (file, site) = (sides.scratch.file("request.toml", request), sides.scratch.file("site.toml", TOKEN_SITE));
    let out = sides.scratch.path("out");
    let rehearse = offline(["ceremony", "rehearse"]).state(&sides.offline).arg("--site").arg(site);
    rehearse.arg(file).arg("-o").arg(&out).exits(0).says("issuingDistributionPoint is carried over");
    let body = fs::read(out.join("to-be-signed/root.crl.tbs")).unwrap();
    let extension = draft.extension_mut(&[2, 5, 29, 28]).unwrap().encode();
    assert!(body.windows(extension.len()).any(|window| window == extension));
    RehearsalFolder::open(&out).unwrap();
}
