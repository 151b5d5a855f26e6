//! One reading of files on both sides: items, requests, keys and approvals as other programs and editors write them.

use std::path::Path;
use std::process::Command;

use rootcast_host::text_file::{self, TextFault};
use rootcast_pki::pem::{self, PemError};
use rootcast_tests::program::{offline, online};
use rootcast_tests::request::request;
use rootcast_tests::scratch::Scratch;
use rootcast_tests::sides::{Sides, fresh_root};
use rootcast_tests::throwaway_ca::der_writer::{oid, sequence, tlv};
use rootcast_tests::throwaway_ca::{KeyKind, SigningKey, pem};

/// DER as text, in the ways that programs and editors have; each holds the same bytes.
fn writings(label: &str, der: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let text = pem(label, der);
    let base64: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let wide = base64.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line)).collect::<Vec<_>>().join("\r\n");
    [
        ("PEM", text.clone()),
        ("CRLF and a byte order mark", format!("\u{feff}{}", text.replace('\n', "\r\n"))),
        ("76 columns", format!("-----BEGIN {label}-----\n{wide}\n-----END {label}-----\n")),
        ("one line", format!("-----BEGIN {label}-----\n{base64}\n-----END {label}-----\n")),
        ("indented, with blanks at the ends", format!("  {}", text.replace('\n', " \t\n    "))),
        ("text around it", format!("Größe\n{text}kind regards\n")),
        ("certutil -encode", pem("CERTIFICATE", der)),
        ("bare base64", wide),
        ("bare base64 on one line", base64),
    ]
    .into_iter()
    .map(|(what, text)| (what, text.into_bytes()))
    .chain([("DER", der.to_vec())])
    .collect()
}

fn utf16(text: &str) -> Vec<u8> {
    [vec![0xff, 0xfe], text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat()
}

#[test]
fn an_item_is_the_same_item_however_its_file_is_written() {
    let sides = Sides::enrolled();
    let der = sides.crl(1).sign();
    for (what, bytes) in writings("X509 CRL", &der) {
        let file = sides.scratch.file("written.crl", &bytes);
        for program in [offline(["check"]).state(&sides.offline), online(["check"]).state(&sides.online)] {
            let said = program.arg(&file).args(["--json"]).run();
            assert_eq!(said.code, Some(0), "{what}: {said}");
        }
    }
    // What is sent is the DER, whatever was given.
    let file = sides.scratch.file("bare.crl", &writings("X509 CRL", &der)[7].1);
    let recording = sides.record("bare.frames", &[file]);
    sides.receive_recording(&recording).exits(0);
    let published = rootcast_tests::scratch::tree(&sides.online.join("published"));
    assert!(published.iter().any(|(_, bytes)| *bytes == der));
}

#[test]
fn a_root_is_trusted_however_its_file_is_written() {
    let root = fresh_root("Example Root");
    for (what, bytes) in writings("CERTIFICATE", &root.certificate) {
        let scratch = Scratch::new();
        let file = scratch.file("root.crt", &bytes);
        for program in [offline(["trust", "--yes"]), online(["trust", "--yes"])] {
            let said = program.state(&scratch.path("state")).arg("--root").arg(&file).run();
            assert_eq!(said.code, Some(0), "{what}: {said}");
            std::fs::remove_dir_all(scratch.path("state")).unwrap();
        }
    }
}

#[test]
fn a_request_is_read_as_windows_saves_it() {
    let root = fresh_root("Example Root");
    let key = SigningKey::generate(KeyKind::EcdsaP256);
    let scratch = Scratch::new();
    let certificate = scratch.file("sub.crt", root.intermediate_with_key("Sub", &key).sign());
    let root_file = scratch.file("root.crt", &root.certificate);
    let asked = request("Sub", &key);
    for (what, bytes) in writings("NEW CERTIFICATE REQUEST", &asked) {
        let file = scratch.file("sub.req", &bytes);
        let check = offline(["check"]).arg(&certificate).arg("--issuer").arg(&root_file).arg("--request").arg(&file);
        let said = check.run();
        assert_eq!(said.code, Some(0), "{what}: {said}");
        let state = scratch.path("state");
        let trust = online(["trust", "--yes"]).state(&state).arg("--root").arg(&root_file).arg("--request").arg(&file);
        let said = trust.run();
        assert_eq!(said.code, Some(0), "{what}: {said}");
        std::fs::remove_dir_all(state).unwrap();
    }
    let text = pem("NEW CERTIFICATE REQUEST", &asked);
    let pkcs7 = sequence(&[oid(&[1, 2, 840, 113_549, 1, 7, 2]), tlv(0xa0, &sequence(&[]))]);
    for (bytes, wanted) in [
        (utf16(&text), "iconv -f UTF-16 -t UTF-8"),
        (pem("NEW CERTIFICATE REQUEST", &pkcs7).into_bytes(), "RequestType = PKCS10"),
        (root.certificate.clone(), "not a request (PKCS#10)"),
        (pem("PRIVATE KEY", &key.pkcs8()).into_bytes(), "it is a private key"),
    ] {
        let file = scratch.file("other.req", bytes);
        let check = offline(["check"]).arg(&certificate).arg("--issuer").arg(&root_file).arg("--request").arg(&file);
        check.exits(2).says(wanted);
    }
}

fn openssl(folder: &Path, script: &str) {
    let ended = Command::new("sh").args(["-e", "-c", script]).current_dir(folder).output().expect("sh");
    assert!(ended.status.success(), "{script}\n{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
fn export_keys_are_read_however_they_are_written_and_others_are_named() {
    let sides = Sides::enrolled();
    let folder = sides.scratch.folder();
    openssl(
        folder,
        "openssl genpkey -algorithm ed25519 -outform DER -out private.der
        openssl pkey -inform DER -in private.der -pubout -outform DER -out public.der
        openssl pkey -inform DER -in private.der -aes256 -passout pass:x -out encrypted.pem
        openssl ecparam -genkey -name prime256v1 -out old.pem",
    );
    let (crl, _) = sides.crl_file(1);
    let read = |name: &str| std::fs::read(sides.scratch.path(name)).unwrap();
    for (what, bytes) in writings("PRIVATE KEY", &read("private.der")) {
        let key = sides.scratch.file("written.key", bytes);
        let link = format!("file:{}", sides.scratch.path("keyed.frames").display());
        let said = offline(["plan"]).state(&sides.offline).link(&link).arg(&crl).arg("--export-key").arg(&key).run();
        assert_eq!(said.code, Some(0), "{what}: {said}");
    }
    let root = sides.scratch.path("root.crt");
    for (what, bytes) in writings("PUBLIC KEY", &read("public.der")) {
        let key = sides.scratch.file("written.pub", bytes);
        let trust = online(["trust", "--yes"]).state(&sides.scratch.path("other")).arg("--root").arg(&root);
        let said = trust.arg("--export-key").arg(&key).run();
        assert_eq!(said.code, Some(0), "{what}: {said}");
        std::fs::remove_dir_all(sides.scratch.path("other")).unwrap();
    }
    let link = format!("file:{}", sides.scratch.path("never.frames").display());
    for (name, wanted) in
        [("encrypted.pem", "openssl pkcs8 -topk8 -nocrypt"), ("old.pem", "old form"), ("root.crt", "")]
    {
        let key = sides.scratch.path(name);
        let plan = offline(["plan"]).state(&sides.offline).link(&link).arg(&crl).arg("--export-key").arg(&key);
        plan.exits(2).says(wanted);
    }
}

#[test]
fn a_file_that_is_no_item_says_what_it_is_and_what_to_do() {
    let root = fresh_root("Example Root");
    let scratch = Scratch::new();
    let crl = scratch.file("root.crl", root.crl(1).sign());
    let issuer = scratch.file("root.crt", &root.certificate);
    openssl(
        scratch.folder(),
        "openssl crl2pkcs7 -inform DER -in root.crl -outform DER -out both.p7b
        openssl crl2pkcs7 -inform DER -in root.crl -out both.pem
        openssl genpkey -algorithm ed25519 -out key.pem",
    );
    scratch.file("utf16.crl", utf16(&pem("X509 CRL", &std::fs::read(crl).unwrap())));
    for (name, wanted) in [
        ("both.p7b", "openssl pkcs7 -inform DER -in FILE -print_certs"),
        ("both.pem", "openssl pkcs7 -inform DER -in FILE -print_certs"),
        ("utf16.crl", "iconv -f UTF-16 -t UTF-8 FILE > NEW"),
        ("key.pem", "Find out why a private key is here"),
    ] {
        let check = online(["check"]).arg(scratch.path(name)).arg("--issuer").arg(&issuer);
        check.exits(5).says(wanted);
    }
    // The commands give what they promise.
    openssl(
        scratch.folder(),
        "openssl pkcs7 -inform DER -in both.p7b -print_certs -out taken.crl
        iconv -f UTF-16 -t UTF-8 utf16.crl > converted.crl",
    );
    for name in ["taken.crl", "converted.crl"] {
        online(["check"]).arg(scratch.path(name)).arg("--issuer").arg(&issuer).exits(0);
    }
}

/// `pki` and `host` find out by themselves whether a file is UTF-16, and whether a mark begins it. They must not differ.
#[test]
fn an_item_and_a_text_are_utf16_for_the_same_files() {
    let text = pem("X509 CRL", &sequence(&[vec![5, 0]]));
    let swapped = |bytes: &[u8]| bytes.chunks_exact(2).flat_map(|pair| [pair[1], pair[0]]).collect::<Vec<u8>>();
    let marked = utf16(&text);
    let without = marked[2..].to_vec();
    for bytes in [marked.clone(), swapped(&marked), without.clone(), swapped(&without)] {
        assert_eq!(text_file::text(&bytes), Err(TextFault::Utf16));
        assert_eq!(pem::decode(&bytes), Err(PemError::Utf16));
    }
    for bytes in [text.clone(), text.replace('\n', "\r\n"), format!("\u{feff}{text}"), format!("Größe\n{text}")] {
        let read = text_file::text(bytes.as_bytes()).unwrap();
        assert!(!read.starts_with('\u{feff}') && read.contains("-----BEGIN X509 CRL-----"), "{read}");
        assert_eq!(pem::decode(bytes.as_bytes()).unwrap().bytes(), [0x30, 2, 5, 0]);
    }
    // A NUL in a text is named by both, and is no UTF-16.
    let nul = format!("{text}a\0b");
    assert_eq!(text_file::text(nul.as_bytes()), Err(TextFault::Nul { offset: text.len() + 1 }));
    assert!(matches!(pem::decode(nul.as_bytes()), Err(PemError::NotText { .. })));
}
