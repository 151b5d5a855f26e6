//! Requests that are refused, each with its rule and before any key is used.

use super::*;

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
    site.refuses(&revoke("g0.crt", "cessationOfOperation"), &["REQ-CARRY", "already revoked", "superseded"]);
    site.refuses(&(revoke("g1.crt", "superseded") + &site.revoke("g1.crt", "keyCompromise")), &["twice"]);
    site.refuses(&revoke("g1.crt", "certificateHold"), &["REQ-CARRY", "keyCompromise, cACompromise"]);
    site.refuses(&revoke("root.crt", "superseded"), &["CRL-SELF"]);
}

#[test]
fn a_first_crl_is_foreseen_as_held_where_the_profile_holds_it() {
    for (profile, verdict) in [("private", "accepted"), ("webpki", "held")] {
        let site = Site::with_profile(profile);
        let request = site.crl_request().replace("previous_crl = \"root-41.crl\"", "first = true");
        let rehearsed = site.rehearse(&request).exits(0);
        rehearsed.says("CRL-FIRST").says(&format!("online side    would be {verdict}"));
        assert_eq!(rehearsed.stderr.contains("will hold this"), verdict == "held", "{rehearsed}");
        rehearsed.says("policy as of 20").says(&format!(": profile {profile}"));
        let edition = ", Baseline Requirements 2.2.6 of 2026-03-31";
        assert_eq!(rehearsed.stderr.contains(edition), profile == "webpki", "{rehearsed}");
    }
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
    site.refuses(&previous("root-43.crl"), &["REQ-PREVIOUS", "bytes differ"]);
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
    let pinned = format!("[key]\npublic_key_sha256 = \"{}\"", "ab".repeat(32));
    site.scratch.file("site.toml", TOKEN_SITE.replace("[key]", &pinned));
    site.refuses(&site.crl_request(), &["KEY-PINNED", "abab"]);
    site.scratch.file("site.toml", TOKEN_SITE.replace("[key]", "[key]\nsignature = \"ecdsa-p256-sha256\""));
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
