//! Whoever prints an error of `rootcast-protocol` or `rootcast-pki` with all its causes reads every sentence once.

use std::error::Error;

use rootcast_pki::item;
use rootcast_pki::pem::{self, PemError};
use rootcast_pki::profile::Profile;
use rootcast_pki::request::{CertificationRequest, RequestError};
use rootcast_pki::time::parse_rfc3339;
use rootcast_pki::typed_time;
use rootcast_protocol::bundle::{Bundle, BundleError};
use rootcast_protocol::datagram::{self, DatagramError};
use rootcast_protocol::digest::Digest;
use rootcast_protocol::fec::FecError;
use rootcast_protocol::frame::{Frame, FrameError};
use rootcast_protocol::hex::HexError;
use rootcast_protocol::manifest::{ManifestError, NameError};
use rootcast_protocol::object::{Object, ObjectError};
use rootcast_protocol::transport_key::{KeyWordsError, TransportKey};
use rootcast_protocol::words::{self, WordError};

/// Compares the text of an error and of all its causes with each other, and with those of what is inside it.
fn check(error: &dyn Error, inside: &[&dyn Error]) {
    let mut texts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        texts.push(error.to_string());
        cause = error.source();
    }
    for (place, text) in texts.iter().enumerate() {
        assert!(!text.is_empty(), "{error:?}");
        let others = texts.iter().enumerate().filter(|(other, _)| *other != place);
        assert!(others.map(|(_, other)| other).all(|other| !other.contains(text)), "a sentence twice: {texts:?}");
    }
    for inner in inside {
        assert!(texts.iter().any(|text| text.contains(&inner.to_string())), "{inner} is told nowhere: {texts:?}");
    }
}

#[test]
fn the_causes_of_an_error_of_the_protocol_repeat_nothing_and_miss_nothing() {
    let name = NameError::Character { position: 3, found: '\u{202e}' };
    let manifest = ManifestError::Name { index: 1, error: name };
    check(&manifest, &[&name]);
    check(&BundleError::Manifest(manifest), &[&manifest, &name]);
    let word = words::read("aardvark beowulf").unwrap_err();
    check(&word, &[]);
    let key = TransportKey::from_words("aardvark beowulf").unwrap_err();
    assert!(matches!(&key, KeyWordsError::Words(WordError::Unknown { .. })), "{key:?}");
    check(&key, &[&word]);
}

#[test]
fn the_causes_of_an_error_of_the_rules_repeat_nothing_and_miss_nothing() {
    let cut = b"-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n";
    let inner = pem::decode(cut).unwrap_err();
    assert_eq!(inner, PemError::CutShort);
    let request = CertificationRequest::read(cut).unwrap_err();
    assert_eq!(request, RequestError::Pem(inner.clone()));
    check(&request, &[&inner]);
    // A date that can be read in two ways.
    let inner = typed_time::read("01.02.03 01:17").unwrap_err();
    check(&inner, &[]);
    check(&typed_time::moment("01.02.03 01:17").unwrap_err(), &[&inner]);
    check(&typed_time::moment("01:17").unwrap_err(), &[]);
}

#[test]
fn an_error_without_a_cause_has_a_text() {
    let errors: [Box<dyn Error>; 14] = [
        Box::new("0g".parse::<Digest>().unwrap_err()),
        Box::new(HexError::Digits { expected: 64, found: 1 }),
        Box::new(Frame::parse(b"").unwrap_err()),
        Box::new(FrameError::MacWrong),
        Box::new(Bundle::parse(b"").unwrap_err()),
        Box::new(Object::new(b"").unwrap_err()),
        Box::new(ObjectError::Empty),
        Box::new(FecError::Solver),
        Box::new(datagram::frame_of(b"").unwrap_err()),
        Box::new(DatagramError::Short { found: 1 }),
        Box::new(item::read(b"").unwrap_err()),
        Box::new(CertificationRequest::read(b"").unwrap_err()),
        Box::new(parse_rfc3339("today").unwrap_err()),
        Box::new("publicly".parse::<Profile>().unwrap_err()),
    ];
    errors.iter().for_each(|error| check(&**error, &[]));
}
