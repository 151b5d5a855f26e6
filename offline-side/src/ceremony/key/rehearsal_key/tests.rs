//! The rehearsal key: made, kept, read again, and signing with every scheme.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

#[test]
fn every_scheme_signs_with_the_key_it_belongs_to_and_with_no_other() {
    let kinds = [NewKey::Rsa3072, NewKey::EcdsaP256, NewKey::EcdsaP384, NewKey::EcdsaP521, NewKey::Ed25519];
    let mut keys = kinds.map(|new| RehearsalKey::generate(new).unwrap());
    let message = b"to be signed";
    let mut made = 0;
    for key in &mut keys {
        assert!(key.is_rehearsal() && key.description().contains("NO HSM"));
        for scheme in SignatureScheme::ALL {
            match key.sign(message, scheme) {
                Ok(signature) => {
                    made += 1;
                    assert!(key.public_key().verifies(scheme, message, &signature), "{scheme}");
                    assert!(!key.public_key().verifies(scheme, b"to be signeD", &signature), "{scheme}");
                }
                Err(error) => {
                    assert_ne!(scheme.key_kind(), key.public_key().kind(), "{scheme}: {error}");
                    assert!(matches!(error, KeyError::SchemeUnfit { .. }), "{error}");
                }
            }
        }
    }
    assert_eq!(made, SignatureScheme::ALL.len());
}

#[test]
fn a_key_file_is_read_again_in_der_and_in_pem() {
    let folder = tempfile::tempdir().unwrap();
    for new in [NewKey::Rsa3072, NewKey::EcdsaP256, NewKey::EcdsaP384, NewKey::EcdsaP521, NewKey::Ed25519] {
        let path = folder.path().join(format!("{new}.p8"));
        let made = RehearsalKey::generate_file(new, &path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(RehearsalKey::read(&path).unwrap().public_key(), made.public_key());
        let pem = folder.path().join(format!("{new}.pem"));
        let text = pem::encode(&PemLabel::PrivateKey, &std::fs::read(&path).unwrap());
        std::fs::write(&pem, text).unwrap();
        assert_eq!(RehearsalKey::read(&pem).unwrap().public_key(), made.public_key());
    }
}

#[test]
fn a_key_file_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo.p8");
    std::fs::write(&path, "mine").unwrap();
    let error = RehearsalKey::generate_file(NewKey::EcdsaP256, &path).unwrap_err();
    assert!(matches!(error, KeyError::KeyExists { .. }), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
}

#[test]
fn what_is_no_unencrypted_pkcs8_key_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo.p8");
    let cases: [(&[u8], &str); 4] = [
        (b"not a key", "9 bytes are not an unencrypted PKCS#8 key"),
        (
            b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
            "ENCRYPTED PRIVATE KEY",
        ),
        (b"-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n", "PEM"),
        (&[0; 20_000], "limit"),
    ];
    for (bytes, says) in cases {
        std::fs::write(&path, bytes).unwrap();
        let error = RehearsalKey::read(&path).unwrap_err().to_string();
        assert!(error.contains(says) && error.contains("demo.p8"), "{error}");
    }
    let error = RehearsalKey::read(&folder.path().join("none.p8")).unwrap_err().to_string();
    assert!(error.contains("none.p8"), "{error}");
}

#[test]
fn a_private_key_is_never_shown() {
    let key = RehearsalKey::generate(NewKey::EcdsaP256).unwrap();
    assert_eq!(format!("{key:?}"), format!("RehearsalKey(PublicKey(P-256, {}))", key.public_key().sha256()));
}
