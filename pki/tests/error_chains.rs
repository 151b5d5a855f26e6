//! Whoever prints an error of this crate with all its causes reads every sentence once.

use std::error::Error;

use rootcast_pki::item;
use rootcast_pki::pem::{self, PemError};
use rootcast_pki::request::{CertificationRequest, RequestError};
use rootcast_pki::time::parse_rfc3339;
use rootcast_pki::typed_time;

/// The text of an error and of all its causes, and those of what is inside it.
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
fn the_causes_of_an_error_repeat_nothing_and_miss_nothing() {
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
    let errors: [Box<dyn Error>; 4] = [
        Box::new(item::read(b"").unwrap_err()),
        Box::new(CertificationRequest::read(b"").unwrap_err()),
        Box::new(parse_rfc3339("today").unwrap_err()),
        Box::new("publicly".parse::<rootcast_pki::profile::Profile>().unwrap_err()),
    ];
    errors.iter().for_each(|error| check(&**error, &[]));
}
