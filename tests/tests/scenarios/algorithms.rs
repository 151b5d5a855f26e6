//! The signature algorithms that `openssl` makes for a private root: each hash on each curve, and PSS. Both sides take
//! its CRLs, and refuse SHA-1 and SHA-224 with the hash that is wanted.

use rootcast_tests::openssl::OpensslRoot;
use rootcast_tests::program::{offline, online};
use rootcast_tests::scratch::Scratch;

/// A root of this key whose CRL is signed with this hash, both by `openssl`.
fn root(key: &[&str], signature: &[&str]) -> Scratch {
    let scratch = Scratch::new();
    let root = OpensslRoot::new(scratch.folder(), "Example Root");
    root.openssl(&[&["genpkey", "-out", "root.key"], key].concat());
    let own = ["req", "-x509", "-new", "-config", "root.cnf", "-extensions", "root", "-key", "root.key"];
    let subject = ["-days", "3650", "-subj", "/CN=Example Root", "-out", "root.crt"];
    // The certificate's own hash does not matter: nothing depends on it.
    root.openssl(&[&own[..], &["-sha256"], &subject].concat());
    scratch.file("crlnumber", "07\n");
    let crl = ["ca", "-config", "root.cnf", "-gencrl", "-crldays", "180", "-out", "root.crl"];
    root.openssl(&[&crl[..], signature].concat());
    scratch
}

#[test]
fn every_hash_on_every_curve_and_pss_is_accepted_of_a_private_root() {
    let curve = |name: &'static str| ["-algorithm", "EC", "-pkeyopt", name];
    for name in ["ec_paramgen_curve:P-256", "ec_paramgen_curve:P-384", "ec_paramgen_curve:P-521"] {
        for hash in ["sha256", "sha384", "sha512"] {
            let scratch = root(&curve(name), &["-md", hash]);
            for check in [offline(["check"]), online(["check"])] {
                let check = check.within(scratch.folder()).args(["root.crl", "--issuer", "root.crt"]);
                let ended = check.exits(0);
                assert!(!ended.stdout.contains("ALGORITHM"), "{name} {hash}: {}", ended.stdout);
            }
            let strict = online(["check", "root.crl", "--issuer", "root.crt", "--profile", "webpki"]);
            let strict = strict.within(scratch.folder()).run();
            let own = [("P-256", "sha256"), ("P-384", "sha384"), ("P-521", "sha512")];
            let is_own = own.iter().any(|(curve, own)| name.ends_with(curve) && *own == hash);
            let text = format!("{}{}", strict.stdout, strict.stderr);
            assert_eq!(text.contains("the profile webpki wants"), !is_own, "{name} {hash}: {text}");
        }
    }
    let rsa = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
    let pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"];
    let scratch = root(&rsa, &[&["-md", "sha256"], &pss[..]].concat());
    online(["check", "root.crl", "--issuer", "root.crt"]).within(scratch.folder()).exits(0);
}

#[test]
fn a_weak_hash_is_refused_with_the_hash_that_is_wanted() {
    let rsa = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
    for (key, hash) in
        [(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], "sha224"), (&rsa, "sha224"), (&rsa, "sha1")]
    {
        let scratch = root(key, &["-md", hash]);
        let ended = online(["check", "root.crl", "--issuer", "root.crt"]).within(scratch.folder()).exits(5);
        ended.says("CRL-ALGORITHM").says("SHA-256, SHA-384 or").says("SHA-512 is wanted");
    }
}
