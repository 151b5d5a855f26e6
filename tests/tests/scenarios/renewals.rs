//! A renewal is not a new CA: what a CA issued before its renewal is verified under the new certificate by OpenSSL, GnuTLS
//! and NSS, and its own current CRL by the gate. So is what is below a root that was renewed, or rolled to a new key.
//!
//! The CAs are made by `openssl`, in shapes that other software gives them and that no request of text could spell.

use std::fs;

use rootcast_tests::next_crl::next_crl;
use rootcast_tests::program::{offline, online};
use rootcast_tests::scratch::tree;

mod estate;

use estate::*;

/// As Go since 1.25 and others make one: a truncated SHA-256.
const SHORT_SHA256: &str = "5f0b8e2c6d1a4793b0c5e8f1a2d3c4b5e6f70819";
/// The whole of one.
const LONG_SHA256: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

const SHAPES: &[Shape] = &[
    ("plain", "/C=DE/O=Field/CN=Plain CA", UTF8, "hash"),
    ("printable", "/C=DE/O=Field/CN=Printable CA", PRINTABLE, "hash"),
    ("wide", "/C=DE/O=Field/CN=Wide CA", BMP, "hash"),
    ("teletex", "/C=DE/O=Field/CN=Teletex CA", TELETEX, "hash"),
    ("sha256", "/C=DE/O=Field/CN=Short CA", UTF8, SHORT_SHA256),
    ("long", "/C=DE/O=Field/CN=Long CA", PRINTABLE, LONG_SHA256),
    ("mail", "/C=DE/O=Field/CN=Mail CA/emailAddress=ca@field.example", PRINTABLE, "hash"),
    ("several", "/C=DE/O=Field/CN=Several CA+OU=Second+serialNumber=7", UTF8, SHORT_SHA256),
    ("twice", "/C=DE/O=Field/O=Field Again/CN=Twice CA", UTF8, "hash"),
    ("nameless", "/C=DE/O=Field/OU=Nameless CA", UTF8, "hash"),
    ("backwards", "/CN=Backwards CA/O=Field/C=DE", UTF8, LONG_SHA256),
];

fn plain() -> Estate {
    Estate::new("/C=DE/O=Field/CN=Field Root", PRINTABLE, "hash")
}

#[test]
fn what_a_ca_of_any_shape_issued_is_verified_after_its_renewal() {
    let estate = plain();
    let mut request = "issuer = \"root.crt\"\n".to_owned();
    for shape in SHAPES {
        estate.below(*shape);
        let replaces = format!("replaces = \"{}.crt\"", shape.0);
        request.push_str(&estate.certificate(shape.0, &replaces));
    }
    let rehearsed = estate.ceremony(&request, "renewal");
    rehearsed.says("byte for byte the one of several.crt").says(SHORT_SHA256).says("Which date ends what");
    for (name, ..) in SHAPES {
        let (old, new, leaf) =
            (format!("{name}.crt"), format!("renewal/signed/{name}.crt.pem"), format!("{name}-leaf.crt"));
        assert_eq!(estate.identity(&old), estate.identity(&format!("renewal/signed/{name}.crt")), "{name}");
        estate.verify("root.crt", &[&old], &leaf, true);
        estate.verify("root.crt", &[&new], &leaf, true);
        estate.gate_takes(&format!("{name}.crl"), &format!("renewal/signed/{name}.crt"));
    }

    // From here on the state knows them. A text that is the same name keeps the encoding, and none is needed.
    let mut again = "issuer = \"root.crt\"\n".to_owned();
    for (name, more) in [
        ("printable", "subject = \"CN=Printable CA,O=Field,C=DE\""),
        ("wide", "subject = \"CN=Wide CA,O=Field,C=DE\""),
        ("long", ""),
        ("several", "subject = \"as in the csr\""),
    ] {
        again.push_str(&estate.certificate(name, more));
    }
    estate.ceremony(&again, "again").says("byte for byte the one that this state knows");
    for name in ["printable", "wide", "long", "several"] {
        let new = format!("again/signed/{name}.crt.pem");
        estate.verify("root.crt", &[&new], &format!("{name}-leaf.crt"), true);
        estate.gate_takes(&format!("{name}.crl"), &format!("again/signed/{name}.crt"));
    }
}

#[test]
fn another_identifier_or_name_is_refused_and_what_breaks_is_true() {
    let estate = plain();
    estate.below(("sha256", "/C=DE/O=Field/CN=Short CA", PRINTABLE, SHORT_SHA256));
    let request = |more: &str| format!("issuer = \"root.crt\"\n{}", estate.certificate("sha256", more));
    let replaces = "replaces = \"sha256.crt\"";
    let refused = |more: &str, says: &[&str]| {
        let ended = estate.rehearse(&request(more), "refused").exits(3);
        for text in says {
            ended.says(text);
        }
        assert!(!estate.path("refused").exists(), "{more}");
    };
    let breaks = "will not find the issuer";
    refused(
        &format!("{replaces}\nsubject = \"CN=Shorter CA,O=Field,C=DE\""),
        &["CERT-CONTINUITY", breaks, "CRL-AKI", "CN=Shorter CA", "new_identifier = true"],
    );
    refused("", &["REQ-CSR", "subject is missing", "replaces"]);
    refused("replaces = \"root.crt\"", &["REQ-CSR", "another key than the csr"]);
    refused("replaces = \"root.crl\"", &["REQ-CSR", "root.crl"]);
    // Another certificate of the key, with another identifier, is what the state knows.
    let text = "subject = \"CN=Short CA,O=Field,C=DE\"";
    estate.ceremony(&request(text), "fresh").says("made from the key");
    refused(replaces, &["CERT-CONTINUITY", "sha256.crt has", "This state knows its key as", SHORT_SHA256]);

    // The break, with a reason; nobody finds the issuer, as the refusal says.
    let broken = format!("{replaces}\n{text}\nnew_identifier = true\nbecause = \"nothing was issued yet\"");
    let rehearsed = estate.ceremony(&request(&broken), "broken");
    rehearsed.says("NEW IDENTIFIER").says("NEW NAME").says("in another encoding").says("nothing was issued yet");
    estate.verify("root.crt", &["broken/signed/sha256.crt.pem"], "sha256-leaf.crt", false);
    let check = online(["check", "sha256.crl", "--issuer", "broken/signed/sha256.crt"]);
    check.within(estate.scratch.folder()).exits(5).says("CRL-AKI");
}

/// A CA that another program certified again: held on both sides, whatever the profile.
#[test]
fn the_gate_holds_a_known_key_with_another_identifier_or_encoding() {
    for profile in ["private", "webpki"] {
        let estate = plain();
        let state = |name: &str| estate.path(name);
        offline(["trust", "--yes", "--profile", profile, "--root", "root.crt"])
            .state(&estate.state())
            .within(estate.scratch.folder())
            .exits(0);
        let trust = ["trust", "--yes", "--profile", profile, "--root", "root.crt", "--crl", "root.crl"];
        online(trust).state(&state("online")).within(estate.scratch.folder()).exits(0);
        let tls = "extendedKeyUsage=serverAuth\ncertificatePolicies=2.5.29.32.0\n\
                   crlDistributionPoints=URI:http://pki.example/root.crl\n";
        let issue = |subject: &str, strings: &str, key_id: &str, file: &str| {
            let configuration = estate.configuration("sub", strings, key_id);
            let csr = ["req", "-new", "-utf8", "-config", &configuration, "-key", "sub.key", "-subj", subject];
            estate.openssl(&[&csr[..], &["-out", "sub.csr"]].concat());
            let extensions = format!(
                "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n\
                 subjectKeyIdentifier={key_id}\nauthorityKeyIdentifier=keyid:always\n{tls}"
            );
            estate.scratch.file("sub.ext", extensions);
            let issue = ["x509", "-req", "-in", "sub.csr", "-CA", "root.crt", "-CAkey", "root.key", "-days", "400"];
            estate.openssl(&[&issue[..], &["-sha256", "-extfile", "sub.ext", "-out", file]].concat());
        };
        estate.key("sub");
        let subject = "/C=DE/O=Field/CN=Sub CA";
        issue(subject, PRINTABLE, "hash", "first.crt");
        issue(subject, PRINTABLE, "hash", "renewed.crt");
        issue(subject, PRINTABLE, SHORT_SHA256, "identifier.crt");
        issue(subject, UTF8, "hash", "encoding.crt");
        for (file, code) in [("first.crt", 0), ("renewed.crt", 0), ("identifier.crt", 9), ("encoding.crt", 9)] {
            let check = offline(["check", file]).state(&estate.state()).within(estate.scratch.folder());
            let link = format!("file:{}", estate.path(&format!("{file}.frames")).display());
            let send =
                offline(["send", "--yes", file]).state(&estate.state()).link(&link).within(estate.scratch.folder());
            if code == 0 {
                send.exits(0);
            } else {
                check.exits(3).says("hold[CERT-CONTINUITY]");
                send.exits(3).says("CERT-CONTINUITY").says("Nothing was sent");
                let decided = ["--decide", "CERT-CONTINUITY", "--by", "A. Tester", "--because", "a test"];
                send.args(decided).exits(0);
            }
            let received = online(["receive"]).state(&state("online")).link(&link).exits(code);
            let is_held = received.to_string().contains("hold[CERT-CONTINUITY]");
            assert_eq!(is_held, code != 0, "{profile}, {file}: {received}");
        }
    }
}

/// The name and identifier of a certification request are compared and never taken, unless the request file says so.
#[test]
fn a_certification_request_is_compared_and_its_name_only_taken_where_that_is_written() {
    let estate = plain();
    estate.below(("asking", "/C=DE/O=Field/CN=Asking CA", BMP, LONG_SHA256));
    let configuration = estate.path("asking.cnf").display().to_string();
    let csr = ["req", "-new", "-utf8", "-config", &configuration, "-reqexts", "ca_ext", "-key", "asking.key"];
    estate.openssl(&[&csr[..], &["-subj", "/C=DE/O=Field/CN=Asking CA", "-out", "asking.csr"]].concat());
    let request = |more: &str| format!("issuer = \"root.crt\"\n{}", estate.certificate("asking", more));
    let written = estate.rehearse(&request("subject = \"CN=Asking CA,O=Field,C=DE\""), "written").exits(0);
    written
        .says("REQ-CSR: asking.csr")
        .says("in another encoding")
        .says(&format!("asks for the identifier {LONG_SHA256}"));
    // Approvers see the same in what they approve, each with what to do.
    let difference = fs::read_to_string(estate.path("written").join("difference.txt")).unwrap();
    let told: Vec<&str> = difference.lines().filter(|line| line.starts_with("    REQ-CSR ")).collect();
    assert!(
        matches!(&told[..], [name, identifier] if name.contains("names CN=Asking CA, O=Field, C=DE in another encoding")
        && identifier.contains("asks for the identifier")),
        "{difference}"
    );
    assert!(
        told.iter().all(|line| line.ends_with(": if this key has a certificate already, give replaces")),
        "{told:?}"
    );
    assert!(difference.contains("CN=Asking CA, O=Field, C=DE, the text in "), "{difference}");
    let other = estate.rehearse(&request("subject = \"C=DE,O=Field,CN=Other CA\""), "other").exits(0);
    other.says("the certification request names CN=Asking CA").says("WARNING: the country is not the first attribute");
    let taken = estate.ceremony(&request("subject = \"as in the csr\""), "taken");
    taken.says("CN=Asking CA, O=Field, C=DE, the one of asking.csr; no certificate of this key");
    assert!(!taken.stderr.contains("the certification request names"), "{taken}");
    assert_eq!(estate.identity("taken/signed/asking.crt").0, estate.identity("asking.crt").0);
    // A name as openssl prints it.
    estate.below(("umlaut", "/C=DE/O=Zürich/CN=Umlaut CA", UTF8, "hash"));
    let (_, printed) =
        estate.tool("openssl", &["x509", "-in", "umlaut.crt", "-noout", "-subject", "-nameopt", "RFC2253"]);
    let printed = printed.trim().strip_prefix("subject=").unwrap().trim().replace('\\', "\\\\");
    assert!(printed.contains("C3"), "{printed}");
    let text = format!("issuer = \"root.crt\"\n{}", estate.certificate("umlaut", &format!("subject = \"{printed}\"")));
    estate.ceremony(&text, "umlaut");
    assert_eq!(estate.identity("umlaut/signed/umlaut.crt").0, estate.identity("umlaut.crt").0);
}

#[test]
fn a_root_of_an_odd_shape_is_renewed_with_its_key_and_nobody_below_it_notices() {
    let estate = Estate::new("/C=DE/O=Field/CN=Odd Root/emailAddress=root@field.example", PRINTABLE, LONG_SHA256);
    estate.below(("sub", "/C=DE/O=Field/CN=Sub CA", PRINTABLE, SHORT_SHA256));
    let weaker = ["trust", "--yes", "--off", "CRL-VALIDITY", "--root", "root.crt"];
    offline(weaker).state(&estate.state()).within(estate.scratch.folder()).exits(0);
    estate.run(&["new", "--scenario", "renew", "-o", "template.toml"]).exits(0);
    let template = fs::read_to_string(estate.path("template.toml")).unwrap();
    let request = template.replace("root-last.crl", "root.crl");
    estate.rehearse(&request.replace("replaces = \"root.crt\"", "replaces = \"sub.crt\""), "sub").exits(2);
    estate
        .rehearse(&request.replace("replaces = \"root.crt\"", "key = \"ecdsa-p256\"\nsubject = \"CN=x\""), "both")
        .exits(3)
        .says("REQ-PREVIOUS");
    let rehearsed = estate.ceremony(&estate.soon(&request, 60), "renewal");
    rehearsed.says("root.crt: a new certificate").says("byte for byte the one of root.crt").says(LONG_SHA256);
    rehearsed.says("Which date ends what").says("who trusts only this certificate needs the renewed one");
    let new = "renewal/signed/root.crt.pem";
    assert_eq!(estate.identity("root.crt"), estate.identity("renewal/signed/root.crt"));
    estate.verify("root.crt", &["sub.crt"], "sub-leaf.crt", true);
    estate.verify(new, &["sub.crt"], "sub-leaf.crt", true);
    estate.gate_takes("root.crl", "renewal/signed/root.crt");
    estate.gate_takes("renewal/signed/root.crl", "root.crt");
    // The policy of the issuer stays, and the journal says by what the new certificate is trusted.
    let journal = offline(["journal", "show"]).state(&estate.state()).exits(0);
    assert_eq!(journal.stdout.matches(": profile private, off CRL-VALIDITY").count(), 3, "{journal}");
    offline(["journal", "verify"]).state(&estate.state()).exits(0);
    estate.sign("renewal").exits(2).says("was signed");
    // The next CRL is signed under the new certificate, or under the old one.
    for (issuer, folder, before, ago) in
        [("renewal/signed/root.crt", "next", "renewal", 40), ("root.crt", "after", "next", 20)]
    {
        let previous = format!("{before}/signed/root.crl");
        let request = next_crl(issuer, &previous, (estate.now - ago, estate.now + 100 * DAY));
        estate.ceremony(&request, folder);
        estate.gate_takes(&format!("{folder}/signed/root.crl"), "renewal/signed/root.crt");
        estate.gate_takes(&format!("{folder}/signed/root.crl"), "root.crt");
    }
    // Over there the new certificate is trusted as the same issuer, and its CRLs continue the old ones.
    let trust = |root: &str, more: &[&str]| {
        online(["trust", "--yes", "--root", root])
            .args(more)
            .state(&estate.path("online"))
            .within(estate.scratch.folder())
    };
    trust("root.crt", &["--crl", "root.crl"]).exits(0);
    trust("renewal/signed/root.crt", &[]).exits(0);
    let link = format!("file:{}", estate.path("frames").display());
    offline(["send", "--yes", "after"]).state(&estate.state()).link(&link).within(estate.scratch.folder()).exits(0);
    online(["receive"]).state(&estate.path("online")).link(&link).exits(0);
    let crl = fs::read(estate.path("after/signed/root.crl")).unwrap();
    assert!(tree(&estate.path("online/published")).iter().any(|(_, found)| *found == crl));
}

#[test]
fn after_a_roll_to_a_new_key_both_roots_verify_what_either_issued() {
    let estate = Estate::new("/C=DE/O=Field/CN=Old Root", PRINTABLE, SHORT_SHA256);
    estate.below(("sub", "/C=DE/O=Field/CN=Sub CA", PRINTABLE, LONG_SHA256));
    fs::copy(estate.path("root.crt"), estate.path("old-root.crt")).unwrap();
    fs::copy(estate.path("root.crl"), estate.path("old-root-last.crl")).unwrap();
    let new = estate.run(&["new", "--scenario", "roll", "-o", "roll.toml", "--script", "script.md", "--json"]).exits(0);
    assert_eq!(new.json()["requests"], serde_json::json!(["roll-new-root.toml", "roll-old-root.toml"]));
    assert_eq!(new.json()["scripts"], serde_json::json!(["script-new-root.md", "script-old-root.md"]));
    estate.run(&["new", "--scenario", "roll", "-o", "roll.toml"]).exits(2).says("output-exists");
    let later = |name: &str| estate.soon(&fs::read_to_string(estate.path(name)).unwrap(), 90);
    // The new root has a key, and a site file, of its own.
    estate.scratch.file("NEW.toml", "[key]\nrehearsal_key = \"new.p8\"\n[approvals]\nrequired = 0\n");
    estate.scratch.file("new-root.toml", later("roll-new-root.toml"));
    estate.run(&["keygen", "--site", "NEW.toml", "new-root.toml"]).exits(0);
    let rehearsed = estate.run(&["rehearse", "--site", "NEW.toml", "new-root.toml", "-o", "new"]).exits(0);
    rehearsed.says("byte for byte the one of old-root.crt").says("Which date ends what");
    estate.sign_at("NEW.toml", "new").exits(0);
    fs::copy(estate.path("new/signed/root.crt"), estate.path("new-root.crt")).unwrap();
    let rehearsed = estate.ceremony(&later("roll-old-root.toml"), "old");
    rehearsed.says("byte for byte the one of new-root.crt").says("Which date ends what").says("old-root.crt");

    let (new_root, old_by_new, new_by_old) =
        ("new/signed/root.crt.pem", "new/signed/old-root.crt.pem", "old/signed/new-root.crt.pem");
    assert_eq!(estate.identity("root.crt"), estate.identity("new/signed/old-root.crt"));
    assert_eq!(estate.identity("new-root.crt"), estate.identity("old/signed/new-root.crt"));
    // What the old root issued, for those who trust either.
    estate.verify("root.crt", &["sub.crt"], "sub-leaf.crt", true);
    estate.verify(new_root, &["sub.crt", old_by_new], "sub-leaf.crt", true);
    // What the new root issues, for those who trust either.
    let next = estate.certificate("fresh", "subject = \"CN=Fresh CA,O=Field,C=DE\"");
    estate.below(("fresh", "/C=DE/O=Field/CN=Fresh CA", UTF8, "hash"));
    estate.scratch.file("fresh.toml", format!("issuer = \"new-root.crt\"\n{next}"));
    estate.run(&["rehearse", "--site", "NEW.toml", "fresh.toml", "-o", "fresh"]).exits(0);
    estate.sign_at("NEW.toml", "fresh").exits(0);
    fs::copy(estate.path("fresh/signed/fresh.crt.pem"), estate.path("fresh.crt")).unwrap();
    estate.leaf("fresh");
    estate.verify(new_root, &["fresh.crt"], "fresh-leaf.crt", true);
    estate.verify("root.crt", &["fresh.crt", new_by_old], "fresh-leaf.crt", true);
    // Each root's own CRL continues.
    estate.gate_takes("old/signed/root.crl", "root.crt");
    estate.gate_takes("old/signed/root.crl", "new/signed/old-root.crt");
    estate.gate_takes("new/signed/root.crl", "new-root.crt");
    // Over there both are trusted by hand, and everything else arrives.
    for (root, floor) in [("root.crt", ["--crl", "root.crl"]), ("new-root.crt", ["--first-number", "1"])] {
        let trust = online(["trust", "--yes", "--root", root]).args(floor).state(&estate.path("online"));
        trust.within(estate.scratch.folder()).exits(0);
    }
    for folder in ["new", "old"] {
        let link = format!("file:{}", estate.path(&format!("{folder}.frames")).display());
        offline(["send", "--yes", folder]).state(&estate.state()).link(&link).within(estate.scratch.folder()).exits(0);
        online(["receive"]).state(&estate.path("online")).link(&link).exits(0);
    }
    let published = tree(&estate.path("online/published"));
    for file in ["new/signed/root.crl", "new/signed/old-root.crt", "old/signed/root.crl", "old/signed/new-root.crt"] {
        let bytes = fs::read(estate.path(file)).unwrap();
        assert!(published.iter().any(|(_, found)| *found == bytes), "{file} is published");
    }
}

/// A root that ended is renewed all the same: only then is what it issued valid again.
#[test]
fn a_root_is_renewed_after_its_end() {
    let estate = plain();
    let old = estate.path("root.crt");
    let (from, to) = (compact(estate.now - 900 * DAY), compact(estate.now - DAY));
    let sign =
        ["ca", "-selfsign", "-batch", "-notext", "-preserveDN", "-config", "root.cnf", "-extensions", "ca_ext", "-in"];
    let dates = ["root.csr", "-keyfile", "root.key", "-startdate", &from, "-enddate", &to, "-out", "root.crt"];
    fs::rename(&old, estate.path("first.crt")).unwrap();
    estate.openssl(&[&sign[..], &dates].concat());
    estate.run(&["new", "--scenario", "renew", "-o", "template.toml"]).exits(0);
    let template = fs::read_to_string(estate.path("template.toml")).unwrap().replace("root-last.crl", "root.crl");
    let rehearsed = estate.ceremony(&estate.soon(&template, 60), "renewal");
    rehearsed.says("Which date ends what");
    assert_eq!(estate.identity("first.crt"), estate.identity("renewal/signed/root.crt"));
    estate.gate_takes("renewal/signed/root.crl", "renewal/signed/root.crt");
}

/// `[crl]` that follows the root's CRL, for a request with `more`.
fn with_crl(estate: &Estate, more: &str) -> String {
    next_crl("root.crt", "root.crl", (estate.now - 60, estate.now + 100 * DAY)) + more
}

/// The root of this estate revokes a certificate, and issues its CRL of this number.
fn revoke(estate: &Estate, file: &str, reason: &str, number: u32) {
    estate.openssl(&["ca", "-config", "root.cnf", "-revoke", file, "-crl_reason", reason]);
    estate.crl("root", number);
}

/// A compromised key is over: a certificate for it would be published nowhere, and nobody should sign one.
#[test]
fn a_key_that_the_crl_in_use_lists_as_compromised_is_not_certified_again() {
    let estate = plain();
    estate.below(("good", "/C=DE/O=Field/CN=Good CA", UTF8, "hash"));
    estate.below(("bad", "/C=DE/O=Field/CN=Bad CA", UTF8, "hash"));
    let renewed = |name: &str| estate.certificate(name, &format!("replaces = \"{name}.crt\""));
    let refused = |request: &str, says: &[&str]| {
        let ended = estate.rehearse(request, "refused").exits(3);
        ended.says("CERT-REVOKED").says("that ended the key");
        says.iter().for_each(|text| {
            ended.says(text);
        });
        assert!(!estate.path("refused").exists(), "{request}");
    };
    // Revoked for another reason, it may have another certificate. People are told.
    revoke(&estate, "good.crt", "superseded", 8);
    let good = with_crl(&estate, &renewed("good"));
    estate.rehearse(&good, "told").exits(0).says("the existing good.crt is REVOKED (superseded)");
    let difference = fs::read_to_string(estate.path("told/difference.txt")).unwrap();
    assert!(difference.contains("    the existing good.crt is REVOKED (superseded), since "), "{difference}");
    // Revoked as compromised, it may not: with a CRL in the request or without one.
    revoke(&estate, "bad.crt", "keyCompromise", 9);
    let bad = with_crl(&estate, &renewed("bad"));
    let line = 1 + bad.lines().position(|line| line.starts_with("replaces")).unwrap();
    refused(
        &bad,
        &[&format!("refused.toml, line {line}:"), "the existing bad.crt", "keyCompromise", "needs a new key"],
    );
    refused(&format!("issuer = \"root.crt\"\nprevious_crl = \"root.crl\"\n{}", renewed("bad")), &["bad.crt"]);
    // Nor in the request that revokes it, under whatever name.
    let date = at(estate.now - 600);
    for reason in ["keyCompromise", "cACompromise"] {
        let revoke = format!("[[crl.revoke]]\ncertificate = \"other.crt\"\nreason = \"{reason}\"\ndate = \"{date}\"\n");
        estate.below(("other", "/C=DE/O=Field/CN=Other CA", UTF8, "hash"));
        for more in ["replaces = \"other.crt\"", "subject = \"CN=Else,O=Field,C=DE\""] {
            let request = with_crl(&estate, &(revoke.clone() + &estate.certificate("other", more)));
            refused(&request, &["this request revokes it", reason, "Leave the certificate of this key out"]);
        }
    }
    // A certificate that the state knows needs no replaces.
    estate.ceremony(&with_crl(&estate, &renewed("other")), "known");
    revoke(&estate, "known/signed/other.crt.pem", "cACompromise", 20);
    refused(
        &with_crl(&estate, &estate.certificate("other", "")),
        &["existing certificate with serial number", "cACompromise"],
    );
}

/// The typing error of a root roll: the second request names the old root where the new one belongs.
#[test]
fn a_root_that_would_certify_its_own_key_is_refused_before_anything_is_signed() {
    let estate = plain();
    let certificate = |names: &str| {
        format!(
            "issuer = \"root.crt\"\n[[certificate]]\n{names}\nprofile = \"cross-ca\"\nnot_before = \"{}\"\nnot_after = \"{}\"\n",
            at(estate.now - 60),
            at(estate.now + 100 * DAY)
        )
    };
    fs::copy(estate.path("root.crt"), estate.path("old-root.crt")).unwrap();
    fs::copy(estate.path("root.csr"), estate.path("old-root.csr")).unwrap();
    for names in ["replaces = \"old-root.crt\"", "csr = \"old-root.csr\"\nsubject = \"CN=Else,O=Field,C=DE\""] {
        let ended = estate.rehearse(&certificate(names), "itself").exits(3);
        ended.says("itself.toml, line 3: REQ-CSR").says("the key of the issuer itself");
        ended.says("the new root").says("use [root] with replaces");
        assert!(!estate.path("itself").exists());
    }
}

/// A renewal takes nothing from the old certificate but name, identifier and key. Whoever approves it sees what is gone.
#[test]
fn what_a_renewal_states_otherwise_stands_in_the_difference_and_more_power_needs_a_reason() {
    let estate = plain();
    let below = |name: &'static str, subject: &'static str, extensions: &str| {
        estate.below((name, subject, UTF8, "hash"));
        let text = format!(
            "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign,digitalSignature\n\
             subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid:always\n{extensions}"
        );
        estate.scratch.file("more.ext", text);
        let [csr, crt] = ["csr", "crt"].map(|extension| format!("{name}.{extension}"));
        let issue = ["x509", "-req", "-in", &csr, "-CA", "root.crt", "-CAkey", "root.key", "-days", "400", "-sha256"];
        estate.openssl(&[&issue[..], &["-extfile", "more.ext", "-out", &crt]].concat());
    };
    let request = |name: &str, more: &str| {
        let certificate = estate.certificate(name, &format!("replaces = \"{name}.crt\"\n{more}"));
        format!("issuer = \"root.crt\"\n{certificate}")
    };
    below(
        "wide",
        "/C=DE/O=Field/CN=Wide CA",
        "extendedKeyUsage=serverAuth\ncertificatePolicies=1.2.3.4\ncrlDistributionPoints=URI:http://old.example/a.crl\n1.2.3.4=DER:0500\n",
    );
    let rehearsed = estate.rehearse(&request("wide", ""), "wide").exits(0);
    for line in [
        "changed        extKeyUsage: REMOVED",
        "changed        certificatePolicies: REMOVED",
        "changed        keyUsage: CHANGED",
        "changed        extension 1.2.3.4: REMOVED",
        "changed        cRLDistributionPoints: http://old.example/a.crl -> http://pki.example/root.crl",
    ] {
        rehearsed.says(line);
    }
    assert!(!rehearsed.to_string().contains("path length 0 ->"), "{rehearsed}");
    let longer = request("wide", "").replace("path_length = 0", "path_length = 5");
    let none = request("wide", "").replace("path_length = 0\n", "").replace("issuing-ca", "cross-ca");
    let wider = "wider = true\nbecause = \"a CA is put below\"\n";
    for (request, says) in [(longer, "path length 0 -> 5"), (none, "path length 0 -> none")] {
        let ended = estate.rehearse(&request, "longer").exits(3);
        ended.says("REQ-CSR: the new certificate would allow more").says(says).says("wider = true");
        let asked = request.replace("profile", &format!("{wider}profile"));
        let folder = format!("wider{}", says.len());
        estate.rehearse(&asked, &folder).exits(0).says(says).says("WIDER because  a CA is put below");
    }
    below("narrow", "/C=DE/O=Field/CN=Narrow CA", "nameConstraints=critical,permitted;DNS:field.example\n");
    estate
        .rehearse(&request("narrow", ""), "narrow")
        .exits(3)
        .says("nameConstraints: REMOVED")
        .says("No ceremony writes");
    estate.ceremony(&request("narrow", wider), "narrow").says("changed        nameConstraints: REMOVED");
    // What is the same is said too.
    below("same", "/C=DE/O=Field/CN=Same CA", "");
    estate.ceremony(&request("same", ""), "same");
    let again = request("same", "").replace("\"same.crt\"", "\"same/signed/same.crt\"");
    estate
        .rehearse(&again, "again")
        .exits(0)
        .says("the rest       path length and extensions, as in same/signed/same.crt");
}

/// The root itself: an RSA key, a path length, and an end that is not later than before.
#[test]
fn the_renewal_of_a_root_shows_its_own_key_what_is_gone_and_which_end_comes_first() {
    let rsa = ["RSA", "rsa_keygen_bits:3072"];
    let estate = Estate::with_key("/C=DE/O=Field/CN=RSA Root", PRINTABLE, "hash", rsa);
    let request = |days: i64, more: &str| {
        let (from, to) = (at(estate.now - 60), at(estate.now + days * DAY));
        format!("[root]\nreplaces = \"root.crt\"\nnot_before = \"{from}\"\nnot_after = \"{to}\"\n{more}")
    };
    let longer = estate.rehearse(&request(4000, ""), "longer").exits(0);
    longer.says("who trusts only this certificate needs the renewed one before");
    assert!(!longer.to_string().contains("does not end later"), "{longer}");
    let dump = fs::read_to_string(estate.path("longer/dump.txt")).unwrap();
    assert!(dump.contains("public key     RSA 3072, SHA-256"), "{dump}");
    let shorter = estate.rehearse(&request(2000, ""), "shorter").exits(0);
    shorter.says("WARNING: root.crt ends").says("does not end later").says("valid any longer through this certificate");
    assert!(!shorter.to_string().contains("needs the renewed one before"), "{shorter}");
    // With a path length until now.
    let limited = fs::read_to_string(estate.path("root.cnf")).unwrap().replace("CA:TRUE", "CA:TRUE,pathlen:1");
    estate.scratch.file("limited.cnf", limited);
    let sign = ["x509", "-req", "-in", "root.csr", "-signkey", "root.key", "-days", "3000", "-out", "root.crt"];
    estate.openssl(&[&sign[..], &["-extfile", "limited.cnf", "-extensions", "ca_ext"]].concat());
    estate.rehearse(&request(4000, ""), "refused").exits(3).says("path length 1 -> none").says("wider = true");
    let wider = "wider = true\nbecause = \"a third tier\"\n";
    estate.rehearse(&request(4000, wider), "wider").exits(0).says("path length 1 -> none").says("a third tier");
}

/// BR 7.1.2.2: another root, certified by this one in a ceremony.
#[test]
fn a_cross_certificate_of_webpki_needs_purposes_and_an_affiliated_ca_is_named() {
    let estate = plain();
    let trust = |root: &str, options: &[&str]| {
        let trust = offline(["trust", "--yes", "--root", root]).args(options);
        trust.state(&estate.state()).within(estate.scratch.folder()).exits(0)
    };
    trust("root.crt", &["--profile", "webpki"]);
    estate.key("other");
    let subject = "/C=DE/O=Field/CN=Other Root";
    estate.openssl(&[
        "req",
        "-x509",
        "-new",
        "-key",
        "other.key",
        "-subj",
        subject,
        "-days",
        "3000",
        "-out",
        "other.crt",
    ]);
    trust("other.crt", &["--profile", "webpki"]);
    let request = |profile: &str| {
        let certificate = estate.certificate("other", "replaces = \"other.crt\"\n");
        let certificate = certificate.replace("csr = \"other.csr\"\n", "");
        format!("issuer = \"root.crt\"\n{}", certificate.replace("issuing-ca\"", &format!("{profile}\"")))
    };
    let refused = estate.rehearse(&request("cross-ca"), "without").run();
    refused.says("CERT-EKU").says("extKeyUsage is absent from a cross certificate");
    assert!(!estate.path("without").exists(), "{refused}");
    let policy = "anyPolicy, which is for a CA that is affiliated with its issuer";
    let rehearsed = estate.rehearse(&request("issuing-ca-tls"), "alien").exits(0);
    rehearsed.says(policy).says("policy as of ").says("profile webpki, Baseline Requirements 2.2.6");
    let (_, printed) = estate.tool("openssl", &["x509", "-in", "other.crt", "-noout", "-ext", "subjectKeyIdentifier"]);
    let key_id: String = printed.lines().nth(1).unwrap().trim().replace(':', "").to_lowercase();
    trust("root.crt", &["--affiliated", &key_id]).says("CA counts as affiliated");
    let rehearsed = estate.rehearse(&request("issuing-ca-tls"), "related").exits(0);
    assert!(!rehearsed.stderr.contains("CERT-POLICIES"), "{rehearsed}");
    let refused = estate.rehearse(&request("cross-ca"), "wide").run();
    refused
        .says("extKeyUsage is absent; a cross certificate for an affiliated CA should have it")
        .says("CERT-POLICIES");
}
