//! Items whose verdict depends on what is around them: an issuer that has expired, is constrained, was renewed or is
//! cross certified; and every extension, critical and not, in certificates, CRLs and entries.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_tests::scratch::Scratch;
use rootcast_tests::throwaway_ca::der_writer::{boolean, generalized_time, integer, oid, sequence, set, tlv, utf8};
use rootcast_tests::throwaway_ca::{
    CertificateDraft, CrlDraft, DAY, EntryDraft, ExtensionDraft, KeyKind, RawTime, SigningKey, ThrowAwayCa, name, pem,
};

use super::judges::{Opinions, gate_under, succeeds};

/// One item in its surroundings.
pub(super) struct Placed {
    /// Its row in the document.
    pub(super) what: String,
    pub(super) is_crl: bool,
    der: Vec<u8>,
    /// The trusted root, then the CAs below it down to the issuer of the item.
    chain: Vec<Vec<u8>>,
    /// What shows that a CA certificate is of use, or has to be looked up on a CRL: an end-entity certificate below the
    /// item, or a certificate of the CRL's issuer.
    leaf: Vec<u8>,
}

impl Placed {
    /// Asks all three. Nothing is known of the item before.
    pub(super) fn judge(&self) -> Opinions {
        let policy = Policy::default();
        let read = |der: &Vec<u8>| Issuer::from_certificate(der, &policy).expect("a CA");
        let issuer = self.chain.iter().map(read).reduce(|above, issuer| issuer.below(&above)).expect("a chain");
        let (gate, rules) = gate_under(&self.der, &issuer, rootcast_host::clock::now());
        let scratch = Scratch::new();
        let certificate = |der: &Vec<u8>| pem("CERTIFICATE", der);
        let root = scratch.file("root.pem", certificate(&self.chain[0]));
        let leaf = scratch.file("leaf.pem", certificate(&self.leaf));
        let mut between: Vec<&Vec<u8>> = self.chain[1..].iter().rev().collect();
        if self.is_crl {
            let item = scratch.file("item.pem", pem("X509 CRL", &self.der));
            let untrusted = scratch.file("between.pem", between.into_iter().map(certificate).collect::<String>());
            let issuer = scratch.file("issuer.pem", certificate(self.chain.last().expect("a chain")));
            let mut openssl = openssl(&root, &untrusted);
            openssl.arg("-crl_check").arg("-CRLfile").arg(&item).arg(&leaf);
            let certtool = certtool("--verify-crl", &issuer, &item);
            return Opinions { gate, openssl: succeeds(&mut openssl), certtool, rules };
        }
        between.insert(0, &self.der);
        let between: String = between.into_iter().map(certificate).collect();
        let untrusted = scratch.file("between.pem", &between);
        let path = scratch.file("path.pem", certificate(&self.leaf) + &between);
        let openssl = succeeds(openssl(&root, &untrusted).arg(&leaf));
        Opinions { gate, openssl, certtool: certtool("--verify", &root, &path), rules }
    }
}

fn openssl(root: &Path, untrusted: &Path) -> Command {
    let mut command = Command::new("openssl");
    command.args(["verify", "-CAfile"]).arg(root);
    // An empty file of certificates is an error.
    if std::fs::metadata(untrusted).is_ok_and(|file| file.len() > 0) {
        command.arg("-untrusted").arg(untrusted);
    }
    command
}

fn certtool(what: &str, issuer: &Path, item: &Path) -> bool {
    succeeds(Command::new("certtool").arg(what).arg("--load-ca-certificate").arg(issuer).arg("--infile").arg(item))
}

/// A CA with its key, whose own certificate may be changed.
struct Ca {
    draft: CertificateDraft,
    key: Arc<SigningKey>,
}

impl Ca {
    fn root(now: i64, change: impl FnOnce(&mut CertificateDraft)) -> Self {
        let ca = ThrowAwayCa::with("Surrounding Root", KeyKind::EcdsaP256, now);
        let mut draft = ca.root_draft();
        change(&mut draft);
        Self { draft, key: ca.key }
    }

    /// A CA below it, in Switzerland, for the Example company.
    fn below(&self, now: i64, change: impl FnOnce(&mut CertificateDraft)) -> Self {
        let key = Arc::new(SigningKey::generate(KeyKind::EcdsaP256));
        let mut draft = CertificateDraft::intermediate(&self.draft.subject, &self.key, "Sub", &key, now);
        draft.subject = of(&["CH", "Example", "Sub"]);
        draft.set_extension(ExtensionDraft::basic_constraints(true, Some(1)));
        change(&mut draft);
        Self { draft, key }
    }

    fn certificate(&self) -> Vec<u8> {
        self.draft.sign()
    }

    /// A web server below it.
    fn leaf(&self, now: i64, subject: Vec<u8>) -> Vec<u8> {
        let key = SigningKey::generate(KeyKind::EcdsaP256);
        let mut draft = CertificateDraft::intermediate(&self.draft.subject, &self.key, "Leaf", &key, now);
        draft.subject = subject;
        draft.not_after = RawTime::At(now + 30 * DAY);
        let keep = [&[2, 5, 29, 14][..], &[2, 5, 29, 35]];
        draft.extensions.retain(|extension| keep.contains(&&*extension.oid));
        draft.extensions.push(ExtensionDraft::key_usage(&[0]));
        draft.extensions.push(ExtensionDraft::key_purposes(&[&[1, 3, 6, 1, 5, 5, 7, 3, 1]]));
        draft.extensions.push(ExtensionDraft::crl_distribution_points(&[LOCATION]));
        draft.extensions.push(ExtensionDraft::new(SAN, false, sequence(&[tlv(0x82, b"www.example.ch")])));
        draft.sign()
    }

    /// Its CRL with one entry.
    fn crl(&self, now: i64) -> CrlDraft {
        let mut draft = CrlDraft::new(&self.draft.subject, &self.key, 7, now);
        draft.entries.push(EntryDraft::of(&[0x33; 12], now - 9 * DAY, Some(4)));
        draft
    }
}

const SAN: &[u64] = &[2, 5, 29, 17];

/// Where everything is to be found.
const LOCATION: &str = "http://pki.example.ch/ca";

/// A country, an organisation and a common name; an empty text leaves one out.
fn of(texts: &[&str; 3]) -> Vec<u8> {
    let parts = [6, 10, 3].iter().zip(texts).filter(|(_, text)| !text.is_empty());
    let part = |(arc, text): (&u64, &&str)| set(&[sequence(&[oid(&[2, 5, 4, *arc]), utf8(text)])]);
    sequence(&parts.map(part).collect::<Vec<_>>())
}

/// A certificate of `ca`, below `chain`, judged with a leaf of this subject.
fn certificate(what: &str, chain: &[&Ca], ca: &Ca, leaf: Vec<u8>, now: i64) -> Placed {
    Placed {
        what: what.to_owned(),
        is_crl: false,
        der: ca.certificate(),
        chain: chain.iter().map(|ca| ca.certificate()).collect(),
        leaf: ca.leaf(now, leaf),
    }
}

/// A CRL of the last of `chain`.
fn crl(what: &str, chain: &[&Ca], draft: &CrlDraft, now: i64) -> Placed {
    let issuer = chain.last().expect("a chain");
    Placed {
        what: what.to_owned(),
        is_crl: true,
        der: draft.sign(),
        chain: chain.iter().map(|ca| ca.certificate()).collect(),
        leaf: issuer.leaf(now, of(&["CH", "Example", "Server"])),
    }
}

fn leaf() -> Vec<u8> {
    of(&["CH", "Example", "Server"])
}

/// Every case, each with a name of its own.
pub(super) fn all(now: i64) -> Vec<Placed> {
    let mut placed = issuers(now);
    placed.extend(constrained(now));
    placed.extend(extensions(now));
    placed
}

/// Issuers that have ended, have not begun, were renewed, are cross certified.
fn issuers(now: i64) -> Vec<Placed> {
    let mut placed = Vec::new();
    let mut both = |what: &str, root: &Ca, sub: &Ca| {
        placed.push(certificate(&format!("a certificate, {what}"), &[root], sub, leaf(), now));
        placed.push(crl(&format!("a CRL, {what}"), &[root], &root.crl(now), now));
    };
    let root = Ca::root(now, |_| {});
    both("nothing odd", &root, &root.below(now, |_| {}));
    let ended = Ca::root(now, |draft| draft.not_after = RawTime::At(now - DAY));
    let older = |draft: &mut CertificateDraft| draft.not_before = RawTime::At(now - 100 * DAY);
    both("the root has expired", &ended, &ended.below(now, older));
    let early = Ca::root(now, |draft| draft.not_before = RawTime::At(now + DAY));
    both("the root has not begun", &early, &early.below(now, older));
    let renewed = Ca::root(now, |draft| draft.not_before = RawTime::At(now - 2 * DAY));
    both("older than the renewed root", &renewed, &renewed.below(now, older));
    let ends = |end: i64| move |draft: &mut CertificateDraft| draft.not_after = RawTime::At(now + end * DAY);
    let short = Ca::root(now, ends(300));
    both("outlives the root", &short, &short.below(now, ends(900)));
    // Two tiers below the root, the middle one ended.
    let middle = root.below(now, |draft| {
        draft.not_before = RawTime::At(now - 900 * DAY);
        draft.not_after = RawTime::At(now - DAY);
    });
    let lowest = |ca: &Ca| {
        let mut lowest = ca.below(now, |_| {});
        lowest.draft.subject = of(&["CH", "Example", "Issuing"]);
        lowest.draft.set_extension(ExtensionDraft::basic_constraints(true, Some(0)));
        lowest
    };
    let mut issuing = lowest(&middle);
    older(&mut issuing.draft);
    placed.push(certificate(
        "a certificate, the CA in the middle has expired",
        &[&root, &middle],
        &issuing,
        leaf(),
        now,
    ));
    placed.push(crl("a CRL, the CA in the middle has expired", &[&root, &middle], &middle.crl(now), now));
    // Another root, certified by this one.
    let other = Ca::root(now, |draft| draft.subject = name("Other Root"));
    let crossed = Ca {
        draft: {
            let mut draft =
                CertificateDraft::intermediate(&root.draft.subject, &root.key, "Other Root", &other.key, now);
            draft.set_extension(ExtensionDraft::basic_constraints(true, Some(1)));
            draft
        },
        key: Arc::clone(&other.key),
    };
    placed.push(certificate("a certificate, a cross certificate", &[&root], &crossed, leaf(), now));
    placed.push(certificate(
        "a certificate, below a cross certificate",
        &[&root, &crossed],
        &lowest(&crossed),
        leaf(),
        now,
    ));
    placed.push(crl("a CRL, of a cross-certified root", &[&root, &crossed], &crossed.crl(now), now));
    // The root's own new key, certified by its old one.
    let key = Arc::new(SigningKey::generate(KeyKind::EcdsaP256));
    let mut draft = CertificateDraft::intermediate(&root.draft.subject, &root.key, "Surrounding Root", &key, now);
    draft.set_extension(ExtensionDraft::basic_constraints(true, Some(1)));
    let rolled = Ca { draft, key };
    placed.push(certificate("a certificate, self-issued for the root's new key", &[&root], &rolled, leaf(), now));
    placed.push(crl("a CRL, of the root's new key", &[&root, &rolled], &rolled.crl(now), now));
    let closed = root.below(now, |draft| draft.set_extension(ExtensionDraft::basic_constraints(true, Some(0))));
    placed.push(certificate("a certificate, the path ends above it", &[&root, &closed], &lowest(&closed), leaf(), now));
    placed
}

fn directory(texts: &[&str; 3]) -> Vec<u8> {
    tlv(0xa4, &of(texts))
}

/// nameConstraints with one base.
fn limits(excluded: bool, base: Vec<u8>) -> ExtensionDraft {
    let trees = sequence(&[base]);
    let list = tlv(if excluded { 0xa1 } else { 0xa0 }, &trees);
    ExtensionDraft::new(&[2, 5, 29, 30], true, sequence(&[list]))
}

/// Below nameConstraints, of the root or of the CA in the middle.
fn constrained(now: i64) -> Vec<Placed> {
    let permitted = |base| limits(false, base);
    let excluded = |base| limits(true, base);
    let upn = || tlv(0xa0, &[oid(&[1, 3, 6, 1, 4, 1, 311, 20, 2, 3]), tlv(0xa0, &utf8("ca"))].concat());
    let registered = || tlv(0x88, &[0x2a, 3, 4]);
    let bmp = sequence(&[
        set(&[sequence(&[oid(&[2, 5, 4, 6]), tlv(0x13, b"ch")])]),
        set(&[sequence(&[oid(&[2, 5, 4, 10]), tlv(0x1e, b"\0E\0X\0A\0M\0P\0L\0E")])]),
    ]);
    let mail: fn(&str) -> Vec<u8> = |text| tlv(0x81, text.as_bytes());
    let host: fn(&str) -> Vec<u8> = |text| tlv(0x82, text.as_bytes());
    let url = |text: &str| tlv(0x86, text.as_bytes());
    let address = |octets: &[u8]| tlv(0x87, octets);
    let bounded = |bound: Vec<u8>| {
        let tree = sequence(&[directory(&["CH", "", ""]), bound]);
        ExtensionDraft::new(&[2, 5, 29, 30], true, sequence(&[tlv(0xa0, &tree)]))
    };
    let not_critical = |mut constraints: ExtensionDraft| {
        constraints.critical = false;
        constraints
    };
    // The constraints, the names in subjectAltName, whether the leaf stands elsewhere.
    type Case = (&'static str, ExtensionDraft, Vec<Vec<u8>>, bool);
    let swiss = || directory(&["CH", "", ""]);
    let cases: Vec<Case> = vec![
        ("permitted directoryName", permitted(directory(&["CH", "Example", ""])), vec![], false),
        ("permitted directoryName in another string type", permitted(tlv(0xa4, &bmp)), vec![], false),
        ("not in the permitted directoryName", permitted(directory(&["LI", "", ""])), vec![], true),
        ("in the excluded directoryName", excluded(swiss()), vec![], true),
        ("in the excluded directoryName, not critical", not_critical(excluded(swiss())), vec![], true),
        ("not in the excluded directoryName", excluded(directory(&["LI", "", ""])), vec![], false),
        ("alternative directoryName not permitted", permitted(swiss()), vec![directory(&["LI", "", ""])], false),
        ("a minimum of 1", bounded(tlv(0x80, &[1])), vec![], false),
        ("a maximum of 9", bounded(tlv(0x81, &[9])), vec![], false),
        ("permitted rfc822Name", permitted(mail("example.ch")), vec![mail("ca@example.ch")], false),
        ("rfc822Name not permitted", permitted(mail("example.ch")), vec![mail("ca@example.li")], false),
        ("excluded rfc822Name", excluded(mail(".example.ch")), vec![mail("ca@pki.example.ch")], false),
        ("no rfc822Name where they are limited", permitted(mail("example.ch")), vec![], false),
        ("permitted dNSName", permitted(host("example.ch")), vec![host("ca.example.ch")], false),
        ("dNSName not permitted", permitted(host("example.ch")), vec![host("ca.example.li")], false),
        ("no dNSName where they are limited", permitted(host("example.ch")), vec![], false),
        (
            "permitted iPAddress",
            permitted(address(&[192, 0, 2, 0, 255, 255, 255, 0])),
            vec![address(&[192, 0, 2, 9])],
            false,
        ),
        (
            "iPAddress not permitted",
            permitted(address(&[192, 0, 2, 0, 255, 255, 255, 0])),
            vec![address(&[10, 0, 0, 9])],
            false,
        ),
        ("excluded iPAddress", excluded(address(&[0; 8])), vec![address(&[10, 0, 0, 9])], false),
        ("no iPAddress where they are limited", excluded(address(&[0; 8])), vec![], false),
        ("permitted URI", permitted(url("pki.example.ch")), vec![url("http://pki.example.ch/ca")], false),
        ("URI not permitted", permitted(url(".example.ch")), vec![url("http://pki.example.li/ca")], false),
        ("otherName where they are limited", permitted(upn()), vec![upn()], false),
        ("no otherName where they are limited", permitted(upn()), vec![], false),
        ("registeredID where they are limited", excluded(registered()), vec![registered()], false),
    ];
    let mut placed = Vec::new();
    for (what, constraints, names, elsewhere) in cases {
        let root = Ca::root(now, |draft| draft.extensions.push(constraints));
        let sub = root.below(now, |draft| {
            if !names.is_empty() {
                draft.set_extension(ExtensionDraft::new(SAN, false, sequence(&names)));
            }
        });
        let leaf = of(&[if elsewhere { "LI" } else { "CH" }, "Example", "Server"]);
        placed.push(certificate(&format!("below nameConstraints: {what}"), &[&root], &sub, leaf, now));
    }
    for (what, tag, text) in [
        ("permitted emailAddress", 0x16, "ca@example.ch"),
        ("emailAddress not permitted", 0x16, "ca@example.li"),
        ("emailAddress that is no IA5String", 0x0c, "ca@example.ch"),
    ] {
        let root = Ca::root(now, |draft| draft.extensions.push(permitted(mail("example.ch"))));
        let attribute = sequence(&[oid(&[1, 2, 840, 113_549, 1, 9, 1]), tlv(tag, text.as_bytes())]);
        let sub = root.below(now, |draft| draft.subject = sequence(&[set(&[attribute])]));
        placed.push(certificate(&format!("below nameConstraints: {what}"), &[&root], &sub, leaf(), now));
    }
    // Self-issued: the root's new key, outside what the root permits.
    let root = Ca::root(now, |draft| draft.extensions.push(permitted(swiss())));
    let key = Arc::new(SigningKey::generate(KeyKind::EcdsaP256));
    let mut draft = CertificateDraft::intermediate(&root.draft.subject, &root.key, "Surrounding Root", &key, now);
    draft.set_extension(ExtensionDraft::basic_constraints(true, Some(1)));
    let rolled = Ca { draft, key };
    placed.push(certificate("below nameConstraints: self-issued, not permitted", &[&root], &rolled, leaf(), now));
    // Three tiers.
    for (what, of_root, of_middle) in [
        ("three tiers, the root's exclude the lowest", Some(excluded(directory(&["CH", "Example", "Issuing"]))), None),
        (
            "three tiers, the middle's exclude the lowest",
            None,
            Some(excluded(directory(&["CH", "Example", "Issuing"]))),
        ),
        (
            "three tiers, permitted by both",
            Some(permitted(swiss())),
            Some(permitted(directory(&["CH", "Example", ""]))),
        ),
        (
            "three tiers, permitted by the middle only",
            Some(permitted(directory(&["CH", "Example", "Sub"]))),
            Some(permitted(swiss())),
        ),
    ] {
        let root = Ca::root(now, |draft| draft.extensions.extend(of_root));
        let middle = root.below(now, |draft| {
            draft.extensions.extend(of_middle);
            draft.set_extension(ExtensionDraft::basic_constraints(true, Some(1)));
        });
        let issuing = middle.below(now, |draft| {
            draft.subject = of(&["CH", "Example", "Issuing"]);
            draft.set_extension(ExtensionDraft::basic_constraints(true, Some(0)));
        });
        // Nobody below the lowest is at stake: its leaf is where the middle one is.
        let leaf = of(&["CH", "Example", "Sub"]);
        placed.push(certificate(&format!("below nameConstraints: {what}"), &[&root, &middle], &issuing, leaf, now));
    }
    placed
}

/// The extensions of RFC 5280 §4.2 and one that nobody knows, each with a value that says nothing odd.
fn of_certificates(ca: &Ca, root: &Ca) -> Vec<(&'static str, ExtensionDraft)> {
    let known = |arc: u64, value: Vec<u8>| ExtensionDraft::new(&[2, 5, 29, arc], false, value);
    let location = || tlv(0x86, LOCATION.as_bytes());
    let access = |method: u64| sequence(&[sequence(&[oid(&[1, 3, 6, 1, 5, 5, 7, 48, method]), location()])]);
    let point = || sequence(&[sequence(&[tlv(0xa0, &tlv(0xa0, &location()))])]);
    let policies = [oid(&[1, 3, 6, 1, 4, 1, 99_999, 7]), oid(&[1, 3, 6, 1, 4, 1, 99_999, 8])];
    vec![
        ("authorityKeyIdentifier", ExtensionDraft::authority_key_identifier(&root.key.key_id())),
        ("subjectKeyIdentifier", ExtensionDraft::subject_key_identifier(&ca.key.key_id())),
        ("keyUsage", ExtensionDraft::key_usage(&[5, 6])),
        ("certificatePolicies", ExtensionDraft::policies(&[&[1, 3, 6, 1, 4, 1, 99_999, 7]])),
        ("policyMappings", known(33, sequence(&[sequence(&policies)]))),
        ("subjectAltName", known(17, sequence(&[tlv(0x82, b"ca.example.ch")]))),
        ("issuerAltName", known(18, sequence(&[location()]))),
        ("subjectDirectoryAttributes", known(9, sequence(&[sequence(&[oid(&[2, 5, 4, 26]), set(&[utf8("x")])])]))),
        ("basicConstraints", ExtensionDraft::basic_constraints(true, Some(1))),
        ("nameConstraints", limits(false, directory(&["CH", "", ""]))),
        ("policyConstraints", known(36, sequence(&[tlv(0x80, &[3])]))),
        ("extKeyUsage", ExtensionDraft::key_purposes(&[&[1, 3, 6, 1, 5, 5, 7, 3, 1]])),
        ("cRLDistributionPoints", known(31, point())),
        ("inhibitAnyPolicy", known(54, integer(3))),
        ("freshestCRL", known(46, point())),
        ("authorityInfoAccess", ExtensionDraft::new(&[1, 3, 6, 1, 5, 5, 7, 1, 1], false, access(2))),
        ("subjectInfoAccess", ExtensionDraft::new(&[1, 3, 6, 1, 5, 5, 7, 1, 11], false, access(5))),
        ("an unknown extension", ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99_999, 1], false, boolean(true))),
    ]
}

/// Those of §5.2.
fn of_crls(root: &Ca) -> Vec<(&'static str, ExtensionDraft)> {
    let known = |arc: u64, value: Vec<u8>| ExtensionDraft::new(&[2, 5, 29, arc], false, value);
    let location = || tlv(0x86, LOCATION.as_bytes());
    let named = || tlv(0xa0, &tlv(0xa0, &location()));
    let access = sequence(&[sequence(&[oid(&[1, 3, 6, 1, 5, 5, 7, 48, 2]), location()])]);
    vec![
        ("authorityKeyIdentifier", ExtensionDraft::authority_key_identifier(&root.key.key_id())),
        ("issuerAltName", known(18, sequence(&[location()]))),
        ("cRLNumber", ExtensionDraft::crl_number(&[7])),
        ("deltaCRLIndicator", known(27, integer(1))),
        ("issuingDistributionPoint", ExtensionDraft::issuing_distribution_point(&[named()])),
        ("freshestCRL", known(46, sequence(&[sequence(&[named()])]))),
        ("authorityInfoAccess", ExtensionDraft::new(&[1, 3, 6, 1, 5, 5, 7, 1, 1], false, access)),
        ("expiredCertsOnCRL", known(60, generalized_time(1_700_000_000))),
        ("an unknown extension", ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99_999, 1], false, boolean(true))),
    ]
}

/// Those of §5.3.
fn of_entries(root: &Ca, now: i64) -> Vec<(&'static str, ExtensionDraft)> {
    let known = |arc: u64, value: Vec<u8>| ExtensionDraft::new(&[2, 5, 29, arc], false, value);
    vec![
        ("reasonCode", ExtensionDraft::reason(4)),
        ("holdInstructionCode", known(23, oid(&[1, 2, 840, 10040, 2, 1]))),
        ("invalidityDate", known(24, generalized_time(now - 20 * DAY))),
        ("certificateIssuer", known(29, sequence(&[tlv(0xa4, &root.draft.subject)]))),
        ("an unknown extension", ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99_999, 2], false, boolean(true))),
    ]
}

fn extensions(now: i64) -> Vec<Placed> {
    let root = Ca::root(now, |_| {});
    let mut placed = Vec::new();
    for critical in [false, true] {
        let how = if critical { "critical" } else { "not critical" };
        let plain = root.below(now, |_| {});
        for (what, extension) in of_certificates(&plain, &root) {
            let mut sub = Ca { draft: plain.draft.clone(), key: Arc::clone(&plain.key) };
            sub.draft.set_extension(ExtensionDraft { critical, ..extension });
            placed.push(certificate(&format!("a certificate's {what}, {how}"), &[&root], &sub, leaf(), now));
        }
        for (what, extension) in of_crls(&root) {
            let mut draft = root.crl(now);
            draft.set_extension(ExtensionDraft { critical, ..extension });
            placed.push(crl(&format!("a CRL's {what}, {how}"), &[&root], &draft, now));
        }
        for (what, extension) in of_entries(&root, now) {
            let mut draft = root.crl(now);
            let entry = draft.entries.last_mut().expect("an entry");
            entry.extensions.retain(|known| known.oid != extension.oid);
            entry.extensions.push(ExtensionDraft { critical, ..extension });
            placed.push(crl(&format!("an entry's {what}, {how}"), &[&root], &draft, now));
        }
    }
    placed
}
