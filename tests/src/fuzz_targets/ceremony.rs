//! What people bring to a ceremony on a stick: the request, the site file, approvals and the lists they are judged by.

use std::path::Path;

use rootcast_offline::ceremony::approval::allowed_signers::AllowedSigners;
use rootcast_offline::ceremony::approval::revoked_keys::RevokedKeys;
use rootcast_offline::ceremony::approval::rule::APPROVALS_REQUIRED_MAX;
use rootcast_offline::ceremony::approval::ssh_signature;
use rootcast_offline::ceremony::approval::verdict::{JudgedApproval, Verdict};
use rootcast_offline::ceremony::request::{self, AskedSubject, Request};
use rootcast_offline::ceremony::site::{KeyPlace, Site, SiteError};
use rootcast_pki::text::is_plain;
use rootcast_protocol::digest::Digest;

use super::input::Input;
use super::{Reached, assert_printable, der_tree};
use crate::throwaway_ca::{Scheme, SigningKey, pem};

const REQUEST: &str = include_str!("../../../offline-side/src/ceremony/request/tests/yearly.toml");

const ROOT_REQUEST: &str = "first = true
[crl]
this_update = \"2026-11-21T00:00:00Z\"
next_update = \"2027-05-20T23:59:59Z\"
[root]
key = \"ecdsa-p384\"
subject = \"CN=Zürich Root,OU=b,OU=a,O=Example\\\\, Inc,L=Z,ST=ZH,C=CH\"
not_before = \"2026-11-21T00:00:00Z\"
not_after = \"2046-11-20T23:59:59Z\"
";

const SITE: &str = "[key]
module = \"/usr/lib/pkcs11.so\"
token_label = \"root-2026\"
token_serial = \"5c9f6f6ad3c1b2a4\"
key_label = \"example root\"
public_key_sha256 = \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"
signature = \"rsa-pss-sha384\"
[approvals]
required = 2
allowed_signers = \"approvers\"
revoked = \"revoked\"
";

const REHEARSAL_SITE: &str = "[key]\nrehearsal_key = \"demo.p8\"\n[approvals]\nrequired = 0\n";

/// The lines of a text, counted as errors count them.
fn lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count() + 1
}

/// The bytes of a `REQUEST.toml`.
pub(super) fn run_request(input: &[u8]) -> Reached {
    let read = request::read(input, "REQUEST.toml");
    assert_eq!(read, request::read(input, "REQUEST.toml"));
    match read {
        Ok(request) => {
            check_request(&request);
            Reached::Taken
        }
        Err(error) => {
            assert!(error.line <= lines(input), "line {} of {}", error.line, lines(input));
            assert_printable(&error.diagnosis().to_string());
            Reached::Refused
        }
    }
}

fn check_request(request: &Request) {
    assert!(request.crl.is_some() || !request.certificates.is_empty() || request.root.is_some());
    assert_eq!(request.root.is_some(), request.issuer.is_none());
    assert!(request.certificates.len() <= 32);
    let mut paths: Vec<&str> =
        request.signing_root().into_iter().chain(&request.previous_crl).map(|path| path.value.as_str()).collect();
    if let Some(crl) = &request.crl {
        assert!(crl.this_update.value < crl.next_update && crl.revocations.len() <= 256);
        assert_ne!(request.first, request.previous_crl.is_some());
        for revocation in &crl.revocations {
            assert!(revocation.date <= crl.this_update.value);
            paths.push(&revocation.certificate.value);
        }
    }
    let mut names = Vec::new();
    for certificate in &request.certificates {
        assert!(certificate.not_before.value < certificate.not_after);
        assert!(certificate.path_length.is_none_or(|length| length <= 9));
        assert!(certificate.crl_url.iter().chain(&certificate.issuer_url).all(|url| url.starts_with("http://")));
        if let AskedSubject::Written(subject) = &certificate.subject {
            check_name(&subject.to_string(), subject.der());
        }
        assert!(certificate.csr.is_some() || certificate.subject != AskedSubject::AsInCsr);
        certificate.new_identifier.iter().for_each(|because| assert_printable(because));
        assert!(!names.contains(&&certificate.name), "two certificates of one name");
        names.push(&certificate.name);
        assert!(certificate.csr.is_some() || certificate.replaces.is_some());
        paths.extend(certificate.csr.iter().chain(&certificate.replaces).map(|path| path.value.as_str()));
    }
    if let Some(root) = &request.root {
        assert!(root.not_before.value < root.not_after);
        assert!(root.subject.is_some() || !request.is_new_root());
        root.subject.iter().for_each(|subject| check_name(&subject.to_string(), subject.der()));
    }
    for path in paths {
        assert!(!path.is_empty() && !Path::new(path).is_absolute() && path.chars().all(is_plain), "{path:?}");
    }
}

/// A distinguished name is DER, and can be shown.
pub(super) fn check_name(text: &str, der: &[u8]) {
    assert_printable(text);
    assert!(der_tree::is_canonical(der) && der.len() > 12, "{text}");
}

/// The bytes of a `SITE.toml`.
pub(super) fn run_site(input: &[u8]) -> Reached {
    let path = Path::new("machine/SITE.toml");
    match Site::parse(input, path) {
        Ok(site) => {
            assert_eq!(site.sha256, Digest::of(input));
            assert!(site.approvals.required <= APPROVALS_REQUIRED_MAX);
            assert!(site.approvals.required == 0 || site.approvals.allowed_signers.is_some());
            match &site.key {
                // A token may have no label and no serial number.
                KeyPlace::Token { place, .. } => assert!(!place.key_label.is_empty()),
                KeyPlace::Rehearsal { .. } => assert!(site.is_rehearsal()),
            }
            Reached::Taken
        }
        Err(error) => {
            if let SiteError::Refused { line: Some(line), .. } = &error {
                assert!(*line <= lines(input));
            }
            assert_printable(&error.diagnosis().to_string());
            Reached::Refused
        }
    }
}

/// What was approved.
const APPROVED: &[u8] = b"to-be-signed\n";

const NAMESPACE: &str = "rootcast-ceremony";

fn approver() -> SigningKey {
    SigningKey::ed25519_of([0x61; 32])
}

fn ssh_string(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).expect("short").to_be_bytes(), bytes].concat()
}

fn ssh_key(key: &SigningKey) -> Vec<u8> {
    [ssh_string(b"ssh-ed25519"), ssh_string(&key.public_bits())].concat()
}

fn base64(bytes: &[u8]) -> String {
    pem("X", bytes).lines().filter(|line| !line.starts_with('-')).collect()
}

/// A signature of OpenSSH (PROTOCOL.sshsig) over [`APPROVED`]: its bytes inside the armour, and the signature proper.
fn approval() -> (Vec<u8>, Vec<u8>) {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA512, APPROVED);
    let about = |end: &[u8]| {
        [ssh_string(NAMESPACE.as_bytes()), ssh_string(b""), ssh_string(b"sha512"), ssh_string(end)].concat()
    };
    let signature = approver().sign(Scheme::Usual, &[b"SSHSIG".to_vec(), about(hash.as_ref())].concat());
    let end = [ssh_string(b"ssh-ed25519"), ssh_string(&signature)].concat();
    let body = [b"SSHSIG".to_vec(), vec![0, 0, 0, 1], ssh_string(&ssh_key(&approver())), about(&end)].concat();
    (body, signature)
}

fn armoured(body: &[u8]) -> Vec<u8> {
    let text = base64(body);
    let lines: Vec<&str> = text.as_bytes().chunks(70).map(|line| std::str::from_utf8(line).expect("base64")).collect();
    format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", lines.join("\n")).into_bytes()
}

/// First byte: 0 a signature file; 1 what stands inside its armour; 2 an `allowed_signers` file; 3 revoked keys.
pub(super) fn run_approval(input: &[u8]) -> Reached {
    let mut input = Input::new(input);
    let taken = match input.byte() % 4 {
        form @ (0 | 1) => {
            let bytes = if form == 0 { input.rest().to_vec() } else { armoured(input.rest()) };
            match ssh_signature::read(&bytes) {
                Err(why) => {
                    let judged = JudgedApproval {
                        file: "a.sig".to_owned(),
                        principals: Vec::new(),
                        fingerprint: None,
                        algorithm: None,
                        verdict: Verdict::Unreadable { why },
                    };
                    assert_printable(&judged.to_string());
                    false
                }
                Ok(read) => {
                    let verifies = ssh_signature::verify(&read, APPROVED).is_ok();
                    let own = read.public_key().ed25519().is_some_and(|key| key.0[..] == approver().public_bits());
                    // Nobody else has this key, and it signed once.
                    if verifies && own {
                        assert_eq!((read.namespace(), read.signature_bytes()), (NAMESPACE, &approval().1[..]));
                    }
                    verifies
                }
            }
        }
        2 => match AllowedSigners::parse(input.rest()) {
            Err(fault) => {
                assert!(fault.line > 0);
                false
            }
            Ok(signers) => {
                let people = signers.people();
                for (at, names) in people.iter().enumerate() {
                    assert!(!names.is_empty() && names.iter().all(|name| !name.is_empty()));
                    let others = &people[at + 1..];
                    assert!(
                        !names.iter().any(|name| others.iter().any(|other| other.contains(name))),
                        "one name, two people"
                    );
                }
                !people.is_empty()
            }
        },
        _ => RevokedKeys::parse(input.rest()).is_ok_and(|revoked| {
            let read = ssh_signature::read(&armoured(&approval().0)).expect("a good signature");
            revoked.contains(read.public_key())
        }),
    };
    Reached::taken(taken)
}

pub(super) fn seeds_request() -> Vec<Vec<u8>> {
    let template = include_str!("../../../offline-side/src/ceremony/request/template/request.toml");
    let filled = template
        .replace("{{today}}", "2026-11-21T00:00:00Z")
        .replace("{{next}}", "2027-05-20T00:00:00Z")
        .replace("{{five-years}}", "2031-11-21T00:00:00Z")
        .replace("{{twenty-years}}", "2046-11-21T00:00:00Z");
    [REQUEST, ROOT_REQUEST, &filled].map(|text| text.as_bytes().to_vec()).to_vec()
}

pub(super) fn seeds_site() -> Vec<Vec<u8>> {
    [SITE, REHEARSAL_SITE].map(|text| text.as_bytes().to_vec()).to_vec()
}

pub(super) fn seeds_approval() -> Vec<Vec<u8>> {
    let line = format!("ssh-ed25519 {}", base64(&ssh_key(&approver())));
    let other = format!("ssh-ed25519 {}", base64(&ssh_key(&SigningKey::ed25519_of([0x62; 32]))));
    let signers = format!(
        "# people\nalice@example,alice namespaces=\"{NAMESPACE}\",valid-before=\"20271231Z\" {line} a\nbob {other}\nbob,carol valid-after=\"202601010000Z\" {line}\n"
    );
    // An OpenSSH key revocation list (PROTOCOL.krl) with one section of explicit keys.
    let section = ssh_string(&ssh_key(&approver()));
    let list = [
        b"SSHKRL\n\0".to_vec(),
        vec![0, 0, 0, 1],
        vec![0; 8 + 8 + 8],
        ssh_string(b""),
        ssh_string(b"comment"),
        vec![2],
        ssh_string(&section),
    ]
    .concat();
    let body = approval().0;
    [
        (0, armoured(&body)),
        (1, body),
        (2, signers.into_bytes()),
        (3, list),
        (3, format!("# gone\n{line} alice\n{other}\n").into_bytes()),
    ]
    .into_iter()
    .map(|(form, bytes)| [vec![form], bytes].concat())
    .collect()
}
