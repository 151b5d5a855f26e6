//! `receipts` and `request`: what was decided, and what is asked for.

use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;
use rootcast_tests::program::online;
use rootcast_tests::request;
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::{DAY, KeyKind, SigningKey};

#[test]
fn receipts_are_listed_and_shown_from_a_verified_chain() {
    let sides = Sides::enrolled();
    for number in [1, 2] {
        let (file, _) = sides.crl_file(number);
        let recording = sides.record(&format!("{number}.frames"), &[file]);
        sides.receive_recording(&recording).exits(0);
    }
    let all = online(["receipts", "list", "--json"]).state(&sides.online).exits(0).json();
    let what: Vec<_> = all["receipts"].as_array().unwrap().iter().map(|one| one["what"].as_str().unwrap()).collect();
    assert_eq!((what, all["verified"].as_i64()), (vec!["enrol", "received", "received"], Some(3)));
    let crl = &all["receipts"][2]["items"][0];
    assert_eq!((&crl["kind"], &crl["verdict"]), (&"crl".into(), &"accepted".into()));
    let shown = online(["receipts", "show", "3"]).state(&sides.online).exits(0);
    shown.says(crl["words"].as_str().unwrap()).says(crl["sha256"].as_str().unwrap()).says("accepted crl");
    let one = online(["receipts", "show", "3", "--json"]).state(&sides.online).exits(0).json();
    let file = std::fs::read(sides.online.join("receipts/00000003.json")).unwrap();
    assert_eq!(one["sha256"], Digest::of(&file).to_string());
    assert_eq!(one["receipt"], serde_json::from_slice::<serde_json::Value>(&file).unwrap());
    let only = online(["receipts", "list", "--kind", "enrol"]).state(&sides.online).exits(0);
    assert!(!only.stdout.contains("received"), "{only}");
    only.says("3 receipts verified, back to the first; 1 shown");
    let later = rootcast_host::clock::rfc3339(sides.root.now + DAY);
    online(["receipts", "list", "--since", &later]).state(&sides.online).exits(0).says("; 0 shown");
    for number in ["0", "4", "99999999999999999999"] {
        online(["receipts", "show", number]).state(&sides.online).exits(2);
    }
    online(["receipts", "show", "4"]).state(&sides.online).exits(2).says("the receipts 1 to 3");
    online(["receipts", "list", "--kind", "nonsense"]).state(&sides.online).exits(2);
    // A receipt that was edited is not shown, nor any before it.
    let edited = String::from_utf8(std::fs::read(sides.online.join("receipts/00000002.json")).unwrap()).unwrap();
    std::fs::write(sides.online.join("receipts/00000002.json"), edited.replace("accepted", "rejected")).unwrap();
    for command in [["receipts", "list"].as_slice(), &["receipts", "show", "1"]] {
        let ended = online(command).state(&sides.online).exits(8);
        assert!(ended.stdout.is_empty(), "{ended}");
        ended.says("state-broken");
    }
    online(["receipts", "show", "3"]).state(&sides.online).exits(0);
}

#[test]
fn a_request_has_the_same_words_as_der_and_as_pem() {
    let sides = Sides::enrolled();
    let key = SigningKey::generate(KeyKind::EcdsaP256);
    let der = request::request("Example Issuing CA 1", &key);
    let digest = Digest::of(&der);
    let body: Vec<String> = base64_lines(&der);
    let pem = format!("-----BEGIN CERTIFICATE REQUEST-----\n{}\n-----END CERTIFICATE REQUEST-----\n", body.join("\n"));
    for (name, bytes) in [("issuing.csr", der.clone()), ("issuing.pem", pem.into_bytes())] {
        let file = sides.scratch.file(name, bytes);
        let ended = online(["request", "show"]).arg(&file).exits(0);
        assert!(ended.stderr.is_empty(), "{ended}");
        ended.says("CN=Example Issuing CA 1").says(&digest.to_string());
        ended.says(&words::spell(digest.as_bytes(), words::SHORT));
        let json = online(["request", "show", "--json"]).arg(&file).exits(0).json();
        assert_eq!(json["requests"][0]["sha256"], digest.to_string());
    }
    let mut forged = der;
    *forged.last_mut().unwrap() ^= 1;
    online(["request", "show"]).arg(sides.scratch.file("forged.csr", forged)).exits(2).says("signature");
    online(["request", "show"]).arg(sides.scratch.path("root.crt")).exits(2).says("a certificate");
    online(["request", "show", "/nowhere.csr"]).exits(2).says("file-unreadable");
}

/// Base64 in lines of 64 characters.
fn base64_lines(bytes: &[u8]) -> Vec<String> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        let letters = (0..4).map(|place| char::from(LETTERS[(bits >> (18 - 6 * place)) as usize & 63]));
        text.extend(letters.take(three.len() + 1));
        text.push_str(&"=".repeat(3 - three.len()));
    }
    text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect()
}

/// The command is `trust`; its receipts have the name that it had before.
#[test]
fn receipts_of_a_trust_are_found_under_both_names() {
    let sides = Sides::enrolled();
    let list = |kind: &str| online(["receipts", "list", "--json", "--kind", kind]).state(&sides.online);
    let told = list("enrol").exits(0).json();
    assert_eq!((told["receipts"].as_array().unwrap().len(), &told["receipts"][0]["what"]), (1, &"enrol".into()));
    assert_eq!(list("trust").exits(0).json(), told);
    list("enroll").exits(2).says("Did you mean enrol?");
}
