//! The read-back as a signing uses it: from the rehearsal's folder, over what another program signed.

use rootcast_offline::ceremony::read_back::{ReadBackError, read_back};

use super::*;

#[test]
fn what_openssl_signed_is_released_and_a_swapped_or_foreign_object_is_not() {
    let site = Site::new();
    let request = site.crl_request() + &site.revoke("g1.crt", "superseded") + &site.certificate("issuing-g2.csr");
    site.rehearse(&request).exits(0);
    let opened = RehearsalFolder::open(&site.dir()).unwrap();
    let [crl, certificate] = opened.objects.as_slice() else { panic!("{:?}", opened.objects) };
    let issuer = opened.inputs.issuer.as_ref();
    let signed = |file: &str| fs::read(site.sign(file)).unwrap();
    let (signed_crl, signed_certificate) = (signed(&crl.file), signed(&certificate.file));
    for (object, der) in [(crl, &signed_crl), (certificate, &signed_certificate)] {
        assert_eq!(read_back(der, &object.to_be_signed, &object.expected, issuer), Ok(()), "{}", object.file);
    }
    // The one in the place of the other, and the CRL that was there before.
    assert!(read_back(&signed_certificate, &crl.to_be_signed, &crl.expected, issuer).is_err());
    assert!(read_back(&signed_crl, &certificate.to_be_signed, &certificate.expected, issuer).is_err());
    let old = rootcast_tests::openssl::der(&site.scratch.path("root-41.crl"));
    let error = read_back(&old, &crl.to_be_signed, &crl.expected, issuer).unwrap_err();
    assert!(matches!(error, ReadBackError::Time { .. } | ReadBackError::Number { .. }), "{error}");
    // The right bytes under another root's key of the same name.
    let other = Scratch::new();
    let stranger = OpensslRoot::new(other.folder(), "Example Root");
    fs::copy(other.path("root.key"), site.scratch.path("root.key")).unwrap();
    let error = read_back(&signed(&crl.file), &crl.to_be_signed, &crl.expected, issuer).unwrap_err();
    assert!(matches!(error, ReadBackError::NotAuthentic { .. }), "{error}");
    assert!(stranger.certificate().exists());
}
