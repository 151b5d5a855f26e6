//! The form of the file is the one that every earlier version wrote, byte for byte.

use rootcast_pki::time::Timestamp;

use super::super::expected::{Expected, ExpectedCertificate, ExpectedCrl, ExpectedEntry};
use super::super::objects::{AskedBy, DraftedObject};
use super::ObjectRecord;
use crate::ceremony::request::reason::Reason;

/// 2026-11-21T09:00:00Z
const T: i64 = 1_795_251_600;

/// As the version before these types wrote the two objects of [`crl`] and [`certificate`].
const WRITTEN: &str = r#"[
  {
    "file": "root.crl",
    "intent": {
      "algorithm": "300b06092a",
      "carried": 2,
      "carried_sha256": "25b6746d5172ed6352966a013d93ac846e1110d5a25e8f183b5931f4688842a1",
      "distribution_point": null,
      "entries": 3,
      "issuer_sha256": "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
      "key_id": "00ab",
      "new": [
        {
          "date": "2026-11-21T09:00:00Z",
          "reason": "cACompromise",
          "serial": "4f01"
        }
      ],
      "next_update": "2026-11-21T09:00:01Z",
      "number": "42",
      "this_update": "2026-11-21T09:00:00Z"
    },
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
  },
  {
    "file": "issuing.crt",
    "intent": {
      "algorithm": "300b06092a",
      "crl_url": "http://a.example/root.crl",
      "is_for_tls": true,
      "issuer_key_id": "00ab",
      "issuer_sha256": "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
      "issuer_url": null,
      "key_id": "cd",
      "not_after": "2026-11-21T09:00:01Z",
      "not_before": "2026-11-21T09:00:00Z",
      "path_length": 0,
      "serial": "4f02",
      "spki_sha256": "df7e70e5021544f4834bbee64a9e3789febc4be81470df629cad6ddb03320a5c",
      "subject_sha256": "6b23c0d5f35d1b11f9b683f0b0a617355deb11277d91ae091d399c655b87940d"
    },
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
  }
]"#;

fn crl() -> DraftedObject {
    let carried = |der: &[u8]| ExpectedEntry::Carried { serial: vec![1], der: der.to_vec() };
    let new = ExpectedEntry::New { serial: vec![0x4f, 1], date: Timestamp(T), reason: Reason::CaCompromise };
    let expected = ExpectedCrl {
        algorithm: vec![0x30, 0x0b, 6, 9, 0x2a],
        issuer: b"0".to_vec(),
        this_update: Timestamp(T),
        next_update: Timestamp(T + 1),
        number: 42_u64.into(),
        key_id: vec![0, 0xab],
        distribution_point: None,
        entries: vec![carried(b"one"), new, carried(b"two")],
    };
    let (file, to_be_signed) = ("root.crl".to_owned(), b"abc".to_vec());
    DraftedObject { asked_by: AskedBy::Crl, file, to_be_signed, expected: Expected::Crl(expected) }
}

fn certificate() -> DraftedObject {
    let expected = ExpectedCertificate {
        algorithm: vec![0x30, 0x0b, 6, 9, 0x2a],
        issuer: b"0".to_vec(),
        subject: b"C".to_vec(),
        serial: vec![0x4f, 2],
        not_before: Timestamp(T),
        not_after: Timestamp(T + 1),
        spki: b"B".to_vec(),
        key_id: vec![0xcd],
        issuer_key_id: Some(vec![0, 0xab]),
        path_length: Some(0),
        crl_url: Some("http://a.example/root.crl".to_owned()),
        issuer_url: None,
        is_for_tls: true,
    };
    let (file, to_be_signed) = ("issuing.crt".to_owned(), b"abc".to_vec());
    let (asked_by, expected) = (AskedBy::Certificate(0), Expected::Certificate(expected));
    DraftedObject { asked_by, file, to_be_signed, expected }
}

#[test]
fn the_file_has_the_form_that_earlier_versions_wrote_and_theirs_is_read_as_equal() {
    let records = [ObjectRecord::from(&crl()), ObjectRecord::from(&certificate())];
    assert_eq!(serde_json::to_string_pretty(&records).unwrap(), WRITTEN);
    assert_eq!(serde_json::from_str::<Vec<ObjectRecord>>(WRITTEN).unwrap(), records);
}

#[test]
fn a_record_that_differs_in_one_field_is_another_one_or_none() {
    let records = [ObjectRecord::from(&crl()), ObjectRecord::from(&certificate())];
    for (written, instead, is_read) in [
        ("cACompromise", "keyCompromise", true),
        ("\"path_length\": 0", "\"path_length\": null", true),
        ("\"carried\": 2", "\"carried\": 1", true),
        ("\"distribution_point\": null", "\"distribution_point\": \"30\"", true),
        ("\"number\": \"42\"", "\"number\": \"43\"", true),
        ("T09:00:01Z", "T09:00:02Z", true),
        ("\"cd\"", "\"ce\"", true),
        ("\"issuing.crt\"", "\"issuing-2.crt\"", true),
        // No version wrote these.
        ("cACompromise", "unspecified", false),
        ("\"cd\"", "\"c\"", false),
        ("T09:00:01Z", "", false),
        ("\"entries\": 3,", "", false),
        ("\"entries\": 3,", "\"entries\": 3, \"entry\": 3,", false),
    ] {
        assert!(WRITTEN.contains(written), "{written}");
        match serde_json::from_str::<Vec<ObjectRecord>>(&WRITTEN.replace(written, instead)) {
            Ok(read) => assert!(is_read && read != records, "{written} -> {instead}"),
            Err(error) => assert!(!is_read, "{written} -> {instead}: {error}"),
        }
    }
}

/// An AlgorithmIdentifier of RSA-PSS has 67 bytes, and most issuingDistributionPoints have more than 64: cut there, two
/// that differ in what follows were the same.
#[test]
fn every_field_stands_in_the_record_whole() {
    let long = |last: u8| [vec![0x30; 66], vec![last]].concat();
    let record = |last: u8| {
        let mut object = crl();
        let Expected::Crl(crl) = &mut object.expected else { panic!("a CRL") };
        (crl.algorithm, crl.distribution_point) = (long(last), Some(long(last)));
        ObjectRecord::from(&object)
    };
    let text = serde_json::to_string(&record(9)).unwrap();
    for field in ["algorithm", "distribution_point"] {
        assert!(text.contains(&format!("\"{field}\":\"{}09\"", "30".repeat(66))), "{text}");
    }
    assert_ne!(record(9), record(10));
}
