//! Rehearsals: what is built for the root's key is what people asked for, as `openssl` reads it; what is wrong with a
//! request is said before any key is used.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rootcast_offline::ceremony::rehearsal::{Given, Known, rehearse};
use rootcast_offline::ceremony::rehearsal_folder::{FolderError, RehearsalFolder};
use rootcast_offline::ceremony::request::RequestFiles;
use rootcast_offline::ceremony::site_digests::site_digests;
use rootcast_pki::time::Timestamp;
use rootcast_tests::corpora::skipped;
use rootcast_tests::crash_disk::{CrashDisk, Cut};
use rootcast_tests::openssl::OpensslRoot;
use rootcast_tests::program::{Program, offline, online};
use rootcast_tests::scratch::{Scratch, tree};
use rootcast_tests::seeds::chance;
use rootcast_tests::sides::{Sides, fresh_root};
use rootcast_tests::throwaway_ca::der_writer::{bits, oid, sequence};

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
            "[key]\nmodule = \"/opt/token.so\"\n[approvals]\nrequired = 1\nallowed_signers = \"approvers\"\n",
        );
        site.scratch.file("approvers", "alice ssh-ed25519 AAAA\n");
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
        self.root.openssl(&[
            "ca",
            "-config",
            "root.cnf",
            "-gencrl",
            "-crl_lastupdate",
            &from,
            "-crl_nextupdate",
            &to,
            "-out",
            &crl,
        ]);
        self.scratch.path(&crl)
    }

    fn csr(&self, name: &str, algorithm: &str, option: &str) {
        let (key, csr) = (format!("{name}.key"), format!("{name}.csr"));
        self.root.openssl(&["genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", &key]);
        let subject = "/O=Example/CN=whatever the requester likes";
        self.root.openssl(&["req", "-new", "-config", "root.cnf", "-key", &key, "-subj", subject, "-out", &csr]);
    }

    fn crl_request(&self) -> String {
        format!(
            "issuer = \"root.crt\"\nprevious_crl = \"root-41.crl\"\n[crl]\nthis_update = \"{}\"\nnext_update = \"{}\"\n",
            at(self.now + 60),
            at(self.now + 180 * DAY)
        )
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
    ended.says("41 -> 42").says("CN=g1").says("another certificate took its place");
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

#[test]
fn requests_that_cannot_be_meant_are_refused_before_any_key_is_used() {
    let site = Site::new();
    let (crl, certificate) = (site.crl_request(), site.certificate("issuing-g2.csr"));
    site.refuses(&crl.replace("next_update", "nextupdate"), &["REQ-STRICT", "line 5", "nextupdate"]);
    site.refuses(&format!("pin = \"1234\"\n{crl}"), &["line 1", "asked on the terminal"]);
    site.refuses(&crl.replacen("20", "21.11.20", 1), &["REQ-STRICT", "line 4"]);
    site.refuses(&(crl.clone() + &certificate.replace("C=CH", "C=Schweiz")), &["line 9", "two capital letters"]);
    site.refuses(&(crl.clone() + &certificate.replace("issuing-ca\"", "server\"")), &["REQ-PURPOSE"]);
    // Missing files are told as what they are.
    site.rehearse(&crl.replace("root-41.crl", "root-40.crl")).exits(2).says("file-unreadable").says("root-40.crl");
    site.rehearse(&(crl.clone() + &site.revoke("g9.crt", "superseded"))).exits(2).says("g9.crt");
    assert!(!site.dir().exists());
}

#[test]
fn a_certification_request_without_proof_or_with_a_weak_key_is_refused() {
    let site = Site::new();
    let mut der = Command::new("openssl")
        .args(["req", "-in", "issuing-g2.csr", "-outform", "DER"])
        .current_dir(site.scratch.folder())
        .output()
        .unwrap()
        .stdout;
    site.scratch.file("good.csr", &der);
    *der.last_mut().unwrap() ^= 1;
    site.scratch.file("forged.csr", &der);
    site.csr("weak", "RSA", "rsa_keygen_bits:1024");
    site.csr("p384", "EC", "ec_paramgen_curve:P-384");
    let crl = site.crl_request();
    site.refuses(
        &(crl.clone() + &site.certificate("forged.csr")),
        &["REQ-CSR", "forged.csr", "line 7", "does not verify"],
    );
    site.refuses(&(crl.clone() + &site.certificate("weak.csr")), &["REQ-CSR", "1024 bits"]);
    site.refuses(&(crl.clone() + &site.certificate("g1.crt")), &["REQ-CSR"]);
    // What openssl signs by default, SHA-256 whatever the curve, proves possession.
    site.rehearse(&(crl.clone() + &site.certificate("p384.csr"))).exits(0);
    fs::remove_dir_all(site.dir()).unwrap();
    site.rehearse(&(crl + &site.certificate("good.csr"))).exits(0);
}

#[test]
fn only_what_this_root_issued_and_is_not_revoked_yet_can_be_revoked() {
    let site = Site::new();
    let other = Scratch::new();
    let stranger = OpensslRoot::new(other.folder(), "Example Root").intermediate("foreign");
    fs::copy(stranger, site.scratch.path("foreign.crt")).unwrap();
    let crl = site.crl_request();
    let revoke = |name: &str, reason: &str| crl.clone() + &site.revoke(name, reason);
    site.refuses(&revoke("foreign.crt", "superseded"), &["REQ-CARRY", "foreign.crt", "did not issue", "line 7"]);
    site.refuses(&revoke("root-41.crl", "superseded"), &["REQ-CARRY", "not a certificate"]);
    site.refuses(&revoke("issuing-g2.csr", "superseded"), &["REQ-CARRY"]);
    site.refuses(&revoke("g0.crt", "cessationOfOperation"), &["REQ-CARRY", "revoked already", "superseded"]);
    site.refuses(&(revoke("g1.crt", "superseded") + &site.revoke("g1.crt", "keyCompromise")), &["twice"]);
    site.refuses(&revoke("g1.crt", "certificateHold"), &["REQ-CARRY", "keyCompromise, cACompromise"]);
    site.refuses(&revoke("root.crt", "superseded"), &["CRL-SELF"]);
}

#[test]
fn the_previous_crl_has_to_be_this_roots_and_the_last_one() {
    let site = Site::new();
    let other = Scratch::new();
    let stranger = OpensslRoot::new(other.folder(), "Example Root");
    fs::copy(stranger.crl(99, 90), site.scratch.path("foreign.crl")).unwrap();
    let crl = site.crl_request();
    let previous = |name: &str| crl.replace("root-41.crl", name);
    site.refuses(&previous("foreign.crl"), &["REQ-PREVIOUS", "line 2", "is not a CRL of"]);
    site.refuses(&previous("g1.crt"), &["REQ-PREVIOUS", "a certificate, not a CRL"]);
    let future = site.crl(45, site.now + 3 * DAY);
    assert!(future.exists());
    site.refuses(&previous("root-45.crl"), &["REQ-CLOCK", "previous CRL"]);
    let mut damaged = rootcast_tests::openssl::der(&site.scratch.path("root-41.crl"));
    *damaged.last_mut().unwrap() ^= 1;
    site.scratch.file("damaged.crl", damaged);
    site.refuses(&previous("damaged.crl"), &["REQ-PREVIOUS", "CRL-SIGNATURE"]);

    // Number 43 was sent from here: 41 is no longer the last one, nor is there none.
    let sent = site.crl(43, site.now - 20 * DAY);
    let link = format!("file:{}", site.scratch.path("sent.frames").display());
    offline(["send", "--yes"]).state(&site.scratch.path("state")).link(&link).arg(sent).exits(0);
    site.refuses(&crl, &["REQ-PREVIOUS", "number 41", "number 43"]);
    site.refuses(&crl.replace("previous_crl = \"root-41.crl\"", "first = true"), &["REQ-PREVIOUS", "first = true"]);
    let again = site.crl(43, site.now - 19 * DAY);
    assert!(again.exists());
    site.refuses(&previous("root-43.crl"), &["REQ-PREVIOUS", "other bytes"]);
    site.crl(43, site.now - 20 * DAY);
    assert_eq!(site.crl(44, site.now - 10 * DAY), site.scratch.path("root-44.crl"));
    let document = site.rehearse(&previous("root-44.crl")).arg("--json").exits(0).json();
    assert_eq!(document["number"], "45");
}

#[test]
fn a_root_that_is_not_enrolled_or_not_the_pinned_one_is_refused() {
    let site = Site::new();
    let other = Scratch::new();
    let stranger = OpensslRoot::new(other.folder(), "Example Root");
    fs::copy(stranger.certificate(), site.scratch.path("stranger.crt")).unwrap();
    let request = site.crl_request().replace("root.crt", "stranger.crt");
    site.rehearse(&request).exits(2).says("not-enrolled").says("stranger.crt");
    let pinned = format!("[key]\npublic_key_sha256 = \"{}\"\n", "ab".repeat(32));
    site.scratch.file("site.toml", pinned);
    site.refuses(&site.crl_request(), &["KEY-PINNED", "abab"]);
    site.scratch.file("site.toml", "[key]\nsignature = \"ecdsa-p256-sha256\"\n");
    site.refuses(&site.crl_request(), &["KEY-PINNED", "P-384"]);
    assert!(!site.dir().exists());
}

#[test]
fn what_the_online_side_would_not_publish_is_not_rehearsed_to_the_end() {
    let site = Site::new();
    let past = site.crl_request().replace(&at(site.now + 180 * DAY), &at(site.now - 30));
    let past = past.replace(&at(site.now + 60), &at(site.now - 39 * DAY));
    site.refuses(&past, &["CRL-EXPIRED", "online side would say rejected"]);
    let same_time = site.crl_request().replace(&at(site.now + 60), &at(site.now - 40 * DAY));
    site.refuses(&same_time, &["CRL-THISUPDATE-BACK", "would say held"]);
    let earlier = site.crl_request().replace(&at(site.now + 60), &at(site.now - 41 * DAY));
    site.refuses(&earlier, &["CRL-THISUPDATE-BACK", "would say rejected"]);
    // A ceremony of next week is judged as of next week.
    let next_week = site.crl_request().replace(&at(site.now + 60), &at(site.now + 7 * DAY));
    site.rehearse(&next_week).exits(0).says("judged as of");
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
fn an_output_that_exists_is_left_as_it_is() {
    let site = Site::new();
    for kind in ["file", "folder", "empty folder", "link"] {
        let dir = site.dir();
        match kind {
            "file" => fs::write(&dir, "precious").unwrap(),
            "folder" => drop(site.scratch.file("rehearsal/precious", "x")),
            "link" => std::os::unix::fs::symlink("approvers", &dir).unwrap(),
            _ => fs::create_dir(&dir).unwrap(),
        }
        let before = tree(site.scratch.folder());
        site.rehearse(&site.crl_request()).exits(2).says("output-exists");
        let after: Vec<_> =
            tree(site.scratch.folder()).into_iter().filter(|(path, _)| path != Path::new("request.toml")).collect();
        assert!(before.iter().filter(|(path, _)| path != Path::new("request.toml")).eq(after.iter()), "{kind}");
        if dir.is_dir() { fs::remove_dir_all(&dir) } else { fs::remove_file(&dir) }.unwrap();
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
        .says("no HSM");
}

#[test]
fn a_changed_rehearsal_is_never_opened() {
    let site = Site::new();
    site.rehearse(&(site.crl_request() + &site.revoke("g1.crt", "superseded") + &site.certificate("issuing-g2.csr")))
        .exits(0);
    let dir = site.dir();
    RehearsalFolder::open(&dir).unwrap();
    // What ssh-keygen leaves beside it does no harm.
    fs::write(dir.join("to-be-signed.txt.sig"), "-----BEGIN SSH SIGNATURE-----").unwrap();
    RehearsalFolder::open(&dir).unwrap();
    for (path, bytes) in tree(&dir) {
        if path.extension().is_some_and(|extension| extension == "sig") {
            continue;
        }
        let path = dir.join(path);
        let mut changed = bytes.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        fs::write(&path, &changed).unwrap();
        assert!(RehearsalFolder::open(&dir).is_err(), "{} changed", path.display());
        fs::remove_file(&path).unwrap();
        assert!(RehearsalFolder::open(&dir).is_err(), "{} removed", path.display());
        fs::write(&path, &bytes).unwrap();
    }
    for added in ["to-be-signed/other.crt.tbs", "inputs/other", "other"] {
        fs::write(dir.join(added), "x").unwrap();
        assert!(matches!(RehearsalFolder::open(&dir), Err(FolderError::Unexpected { .. })), "{added}");
        fs::remove_file(dir.join(added)).unwrap();
    }
    RehearsalFolder::open(&dir).unwrap();
}

/// The listing of a folder, made again over its files as they are now: what somebody would do who wants to be approved.
fn list_again(dir: &Path) {
    let listing = fs::read_to_string(dir.join("to-be-signed.txt")).unwrap();
    let again: String = listing
        .lines()
        .map(|line| {
            let path = line.split("  ").nth(2).unwrap();
            let digest = rootcast_protocol::digest::Digest::of(&fs::read(dir.join(path)).unwrap());
            format!("{digest}  {}  {path}\n", rootcast_protocol::words::spell(digest.as_bytes(), 8))
        })
        .collect();
    fs::write(dir.join("to-be-signed.txt"), again).unwrap();
}

#[test]
fn bytes_to_be_signed_that_do_not_follow_from_the_request_are_refused_however_they_are_listed() {
    let site = Site::new();
    site.rehearse(&(site.crl_request() + &site.revoke("g1.crt", "superseded"))).exits(0);
    let dir = site.dir();
    let tbs = dir.join("to-be-signed/root.crl.tbs");
    let good = fs::read(&tbs).unwrap();
    let mut number_43 = good.clone();
    *number_43.last_mut().unwrap() += 1;
    fs::write(&tbs, &number_43).unwrap();
    list_again(&dir);
    assert!(matches!(RehearsalFolder::open(&dir), Err(FolderError::Rebuilt { .. })));
    fs::write(&tbs, &good).unwrap();
    // The plan changed as well: then what it meant is not what the request means.
    let plan = fs::read_to_string(dir.join("rehearsal.json")).unwrap();
    fs::write(dir.join("rehearsal.json"), plan.replace("\"number\": \"42\"", "\"number\": \"43\"")).unwrap();
    list_again(&dir);
    assert!(matches!(RehearsalFolder::open(&dir), Err(FolderError::Rebuilt { .. })));
    fs::write(dir.join("rehearsal.json"), plan.replace("superseded", "keyCompromise")).unwrap();
    list_again(&dir);
    assert!(matches!(RehearsalFolder::open(&dir), Err(FolderError::Plan { .. })));
    fs::write(dir.join("rehearsal.json"), plan).unwrap();
    list_again(&dir);
    RehearsalFolder::open(&dir).unwrap();
}

#[test]
fn a_power_cut_leaves_a_whole_rehearsal_or_none() {
    let site = Site::new();
    let file = site.scratch.file("request.toml", site.crl_request() + &site.certificate("issuing-g2.csr"));
    let (request, files) = RequestFiles::gather(&file).unwrap();
    let digests = site_digests(&site.scratch.path("site.toml")).unwrap();
    let given = Given {
        request: &request,
        files: &files,
        pinned: None,
        scheme: None,
        root_spki: None,
        known: Known::default(),
        dice: Some("6 1 4 4"),
        now: Timestamp(site.now),
    };
    let rehearsal = rehearse(&given).unwrap();
    let folder = site.scratch.subfolder("disk");
    let disk = CrashDisk::over(&folder);
    RehearsalFolder::write(&disk, &folder.join("out"), &rehearsal, &files, &digests).unwrap();
    let operations = disk.operations();
    assert!(operations.len() > 20, "{} operations", operations.len());
    let mut chance = chance("a_power_cut_leaves_a_whole_rehearsal_or_none");
    let (mut none, mut whole) = (0, 0);
    for count in 0..=operations.len() {
        for cut in [Cut::KeepsAll, Cut::KeepsSynced, Cut::KeepsSome(chance.bits()), Cut::KeepsSome(chance.bits())] {
            let left = Scratch::new();
            disk.left_after(count, cut, left.folder());
            let out = left.path("out");
            if !out.exists() {
                none += 1;
                assert!(count < operations.len(), "the rehearsal is gone although it was reported: {cut:?}");
                // What is left does not stop the next one.
                let again = RehearsalFolder::write(&rootcast_host::disk::RealDisk, &out, &rehearsal, &files, &digests);
                again.unwrap_or_else(|error| panic!("after {count} operations: {error}"));
            } else {
                whole += 1;
            }
            RehearsalFolder::open(&out).unwrap_or_else(|error| panic!("after {count} operations, {cut:?}: {error}"));
        }
    }
    assert!(none > 0 && whole > 0, "{none} without, {whole} whole");
}

#[test]
fn a_full_disk_leaves_nothing_of_a_rehearsal() {
    let site = Site::new();
    let mount = site.scratch.subfolder("small-disk");
    let Some(_disk) = SmallDisk::mount(&mount) else {
        return skipped("a rehearsal on a full disk: a small tmpfs cannot be mounted here (needs root)");
    };
    // Room for some of the files.
    fs::write(mount.join("ballast"), vec![1; 270 * 1024]).unwrap();
    let (file, site_file) = (site.scratch.file("request.toml", site.crl_request()), site.scratch.path("site.toml"));
    let rehearse = |dir: &Path| {
        offline(["ceremony", "rehearse"])
            .state(&site.scratch.path("state"))
            .arg("--site")
            .arg(&site_file)
            .arg(&file)
            .arg("-o")
            .arg(dir)
    };
    rehearse(&mount.join("out")).exits(8).says("storage-failed").says("No key was used");
    assert_eq!(tree(&mount).len(), 1, "only the ballast is there");
    assert!(!mount.join("out").exists());
    fs::remove_file(mount.join("ballast")).unwrap();
    rehearse(&mount.join("out")).exits(0);
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
        let request = format!(
            "issuer = \"root.crt\"\nprevious_crl = \"{}\"\n[crl]\nthis_update = \"{}\"\nnext_update = \"{}\"\n",
            previous.file_name().unwrap().to_string_lossy(),
            at(now),
            at(now + 90 * DAY)
        );
        let (file, site) = (sides.scratch.file("request.toml", request), sides.scratch.file("site.toml", "[key]\n"));
        let out = sides.scratch.path("out");
        let rehearse = offline(["ceremony", "rehearse"]).state(&sides.offline).arg("--site").arg(site);
        rehearse.arg(file).arg("-o").arg(&out).exits(0).says("7 -> 8");
        // The identifier that the online side computes for a root that states none.
        let key_id = sides.root.key.key_id();
        let body = fs::read(out.join("to-be-signed/root.crl.tbs")).unwrap();
        assert!(body.windows(20).any(|window| window == key_id));
    }
}
