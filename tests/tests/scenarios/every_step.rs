//! What one gate accepts, every later step takes: CAs that existed before, of every oddity, are trusted on both sides or on
//! none, and a trusted one issues, revokes, sends, is renewed with its key, and goes on after that.
//!
//! The roots and their last CRLs are made by the throw-away CA, the requests by `openssl`, which reads every result.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rootcast_tests::linter;
use rootcast_tests::next_crl::next_crl;
use rootcast_tests::program::{Ended, Program, head_on_paper, offline, online};
use rootcast_tests::scratch::Scratch;
use rootcast_tests::seeds::{Chance, chance};
use rootcast_tests::throwaway_ca::der_writer::{boolean, generalized_time, integer, oid, sequence, set, tlv};
use rootcast_tests::throwaway_ca::{
    CertificateDraft, CrlDraft, EntryDraft, ExtensionDraft, KeyKind, RawTime, Scheme, SigningKey,
};

const DAY: i64 = 86_400;

fn at(time: i64) -> String {
    rootcast_host::clock::rfc3339(time)
}

/// Something odd about a root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Odd {
    // Of its name.
    Printable,
    Wide,
    Teletex,
    MultiValued,
    TwiceTheSame,
    Nameless,
    Mail,
    // Of its identifiers.
    NoSki,
    ShortSki,
    LongSki,
    OwnAki,
    WholeAki,
    // Of its uses.
    VersionOne,
    NoConstraints,
    ConstraintsNotCritical,
    PathLength,
    NoKeyUsage,
    KeyUsageNotCritical,
    Signs,
    // Of the rest.
    SmallSerial,
    LongSerial,
    FarEnd,
    UnknownExtension,
    OldNetscape,
    Policies,
    Constrained,
    UnknownCritical,
    NegativeSerial,
    // Of its last CRL.
    NoAki,
    NoReasons,
    UnknownInCrl,
    Point,
    Far,
    // What is refused at trust, or of no use as trust says.
    NotCa,
    Ended,
    NoName,
}

use Odd as O;

const ALL: [Odd; 36] = [
    O::Printable,
    O::Wide,
    O::Teletex,
    O::MultiValued,
    O::TwiceTheSame,
    O::Nameless,
    O::Mail,
    O::NoSki,
    O::ShortSki,
    O::LongSki,
    O::OwnAki,
    O::WholeAki,
    O::VersionOne,
    O::NoConstraints,
    O::ConstraintsNotCritical,
    O::PathLength,
    O::NoKeyUsage,
    O::KeyUsageNotCritical,
    O::Signs,
    O::SmallSerial,
    O::LongSerial,
    O::FarEnd,
    O::UnknownExtension,
    O::OldNetscape,
    O::Policies,
    O::Constrained,
    O::UnknownCritical,
    O::NegativeSerial,
    O::NoAki,
    O::NoReasons,
    O::UnknownInCrl,
    O::Point,
    O::Far,
    O::NotCa,
    O::Ended,
    O::NoName,
];

const SKI: &[u64] = &[2, 5, 29, 14];
const BASIC_CONSTRAINTS: &[u64] = &[2, 5, 29, 19];
const KEY_USAGE: &[u64] = &[2, 5, 29, 15];
const AKI: &[u64] = &[2, 5, 29, 35];
const UNKNOWN: &[u64] = &[1, 3, 6, 1, 4, 1, 99_999, 1];

/// One attribute of a name: its last arc below 2.5.4, the tag of its string, and the string's octets.
fn attribute(arc: u64, tag: u8, text: &[u8]) -> Vec<u8> {
    sequence(&[oid(&[2, 5, 4, arc]), tlv(tag, text)])
}

/// The root's name. Exactly one oddity decides it, the first that is about names.
fn subject(odd: &[Odd]) -> Vec<u8> {
    let one = |attribute: Vec<u8>| set(&[attribute]);
    let country = || one(attribute(6, 0x13, b"DE"));
    let wide: Vec<u8> = "Weite Wurzel".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mail = sequence(&[oid(&[1, 2, 840, 113_549, 1, 9, 1]), tlv(0x16, b"ca@field.example")]);
    let plain = || one(attribute(3, 0x0c, b"Field Root"));
    let organisation = || one(attribute(10, 0x0c, b"Field"));
    if odd.contains(&O::NoName) {
        return sequence(&[]);
    }
    let parts = match odd.iter().find(|odd| **odd <= O::Mail) {
        Some(O::Printable) => {
            vec![country(), one(attribute(10, 0x13, b"Field")), one(attribute(3, 0x13, b"Field Root"))]
        }
        Some(O::Wide) => vec![country(), one(attribute(3, 0x1e, &wide))],
        Some(O::Teletex) => vec![country(), one(attribute(3, 0x14, b"Field Root"))],
        Some(O::MultiValued) => {
            vec![country(), set(&[attribute(5, 0x13, b"7"), attribute(3, 0x0c, b"Field Root")])]
        }
        Some(O::TwiceTheSame) => vec![country(), organisation(), organisation(), plain()],
        Some(O::Nameless) => vec![country(), organisation()],
        Some(O::Mail) => vec![organisation(), plain(), one(mail)],
        _ => vec![country(), organisation(), plain()],
    };
    sequence(&parts)
}

/// A CA that existed before, known to neither side.
struct Ca {
    scratch: Scratch,
    now: i64,
    key: Arc<SigningKey>,
    root: CertificateDraft,
    crl: CrlDraft,
}

impl Ca {
    fn new(odd: &[Odd], kind: KeyKind, scheme: Scheme) -> Self {
        let now = rootcast_host::clock::now();
        let key = Arc::new(SigningKey::generate(kind));
        let mut root = CertificateDraft::root("Field Root", &key, now);
        root.subject = subject(odd);
        root.issuer.clone_from(&root.subject);
        root.use_scheme(scheme);
        let mut crl = CrlDraft::new(&root.subject, &key, 41, now);
        crl.use_scheme(scheme);
        crl.entries = vec![EntryDraft::new(0x11, now - 50 * DAY), EntryDraft::new(0x12, now - 40 * DAY)];
        for one in odd {
            make(*one, &mut root, &mut crl, &key, now);
        }
        let ca = Self { scratch: Scratch::new(), now, key, root, crl };
        ca.scratch.file("root.crt", ca.root.sign());
        ca.scratch.file("last.crl", ca.crl.sign());
        ca.scratch.file("key.p8", ca.key.pkcs8());
        ca.scratch.file("SITE.toml", "[key]\nrehearsal_key = \"key.p8\"\n[approvals]\nrequired = 0\n");
        ca
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path(name)
    }

    fn run(&self, arguments: &[&str]) -> Program {
        offline([arguments[0]]).args(&arguments[1..]).within(self.scratch.folder()).state(&self.path("offline"))
    }

    fn here(&self, arguments: &[&str]) -> Program {
        online([arguments[0]]).args(&arguments[1..]).within(self.scratch.folder()).state(&self.path("online"))
    }

    /// Rehearses the request, signs it, and lets it cross into publication.
    fn ceremony(&self, what: &str, request: &str, folder: &str) {
        self.scratch.file(&format!("{folder}.toml"), request);
        let site = ["ceremony", "rehearse", "--site", "SITE.toml"];
        let rehearsed = self.run(&[&site[..], &[&format!("{folder}.toml"), "-o", folder]].concat()).run();
        assert_eq!(rehearsed.code, Some(0), "{what}\n{request}\n{rehearsed}");
        let now = at(rootcast_host::clock::now());
        let head = head_on_paper(&self.path("offline")).map_or_else(Vec::new, |head| vec!["--head".to_owned(), head]);
        let sign = self.run(&["ceremony", "sign", "--site", "SITE.toml", folder, "--yes", "--utc", &now]);
        let signed = sign.args(head).run();
        assert_eq!(signed.code, Some(0), "{what}\n{request}\n{signed}");
    }

    /// Sends a folder and receives it; what is held for a decision is accepted.
    fn cross(&self, what: &str, folder: &str) -> &'static str {
        let link = format!("file:{}", self.path(&format!("{folder}.frames")).display());
        let sent = self.run(&["send", "--yes", folder]).link(&link).run();
        assert_eq!(sent.code, Some(0), "{what}\n{sent}");
        let received = self.here(&["receive"]).link(&link).run();
        match received.code {
            Some(0) => return "published",
            Some(9) => {}
            _ => panic!("{what}\n{received}"),
        }
        let held = self.here(&["held", "list", "--json"]).exits(0).json();
        for item in held["held"].as_array().unwrap() {
            let id = item["id"].as_str().unwrap();
            let accepted = self.here(&["held", "accept", id, "--by", "bob", "--because", "expected"]).run();
            assert_eq!(accepted.code, Some(0), "{what}\n{received}\n{accepted}");
        }
        "held and published"
    }

    fn openssl(&self, arguments: &[&str]) -> String {
        let mut openssl = Command::new("openssl");
        let ended = openssl.args(arguments).current_dir(self.scratch.folder()).stdin(Stdio::null()).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        assert!(ended.status.success(), "openssl {}\n{said}", arguments.join(" "));
        said
    }
}

/// Makes it so.
fn make(odd: Odd, root: &mut CertificateDraft, crl: &mut CrlDraft, key: &SigningKey, now: i64) {
    let ski = |root: &mut CertificateDraft, crl: &mut CrlDraft, bytes: &[u8]| {
        root.set_extension(ExtensionDraft::subject_key_identifier(bytes));
        crl.set_extension(ExtensionDraft::authority_key_identifier(bytes));
    };
    let whole = |root: &CertificateDraft| {
        sequence(&[tlv(0x80, &key.key_id()), tlv(0xa1, &tlv(0xa4, &root.issuer)), tlv(0x82, &root.serial)])
    };
    match odd {
        O::Printable | O::Wide | O::Teletex | O::MultiValued | O::TwiceTheSame | O::Nameless | O::Mail => {}
        O::NoSki => root.remove_extension(SKI),
        O::ShortSki => ski(root, crl, &key.key_id()[..8]),
        O::LongSki => ski(root, crl, &[key.key_id(), vec![7; 12]].concat()),
        O::OwnAki => root.set_extension(ExtensionDraft::authority_key_identifier(&key.key_id())),
        O::WholeAki => root.set_extension(ExtensionDraft::new(AKI, false, whole(root))),
        O::VersionOne => {
            root.version = None;
            root.extensions.clear();
        }
        O::NoConstraints => root.remove_extension(BASIC_CONSTRAINTS),
        O::ConstraintsNotCritical => set_critical(root, BASIC_CONSTRAINTS, false),
        O::PathLength => root.set_extension(ExtensionDraft::basic_constraints(true, Some(3))),
        O::NoKeyUsage => root.remove_extension(KEY_USAGE),
        O::KeyUsageNotCritical => set_critical(root, KEY_USAGE, false),
        O::Signs => root.set_extension(ExtensionDraft::key_usage(&[0, 5, 6])),
        O::SmallSerial => root.serial = vec![1],
        O::LongSerial => root.serial = vec![0x7f; 20],
        O::FarEnd => root.not_after = RawTime::Raw(generalized_time(now + 12_000 * DAY)),
        O::UnknownExtension => root.extensions.push(ExtensionDraft::new(UNKNOWN, false, tlv(5, &[]))),
        O::OldNetscape => {
            let kind = ExtensionDraft::new(&[2, 16, 840, 1, 113_730, 1, 1], false, tlv(3, &[0, 7]));
            root.extensions.push(kind);
        }
        O::Policies => root.extensions.push(ExtensionDraft::policies(&[&[2, 5, 29, 32, 0]])),
        O::Constrained => {
            let names = tlv(0xa0, &sequence(&[tlv(0x82, b"field.example")]));
            root.extensions.push(ExtensionDraft::new(&[2, 5, 29, 30], true, sequence(&[names])));
        }
        O::NoAki => crl.remove_extension(AKI),
        O::NoReasons => crl.entries.iter_mut().for_each(|entry| entry.extensions.clear()),
        O::UnknownInCrl => crl.extensions.push(ExtensionDraft::new(UNKNOWN, false, integer(5))),
        O::Point => {
            let url = tlv(0xa0, &tlv(0xa0, &tlv(0x86, b"http://crl.example/root.crl")));
            crl.set_extension(ExtensionDraft::issuing_distribution_point(&[url]));
        }
        O::Far => crl.issued_at(now - 10 * DAY, now + 700 * DAY),
        O::NotCa => root.set_extension(ExtensionDraft::new(BASIC_CONSTRAINTS, true, sequence(&[]))),
        O::Ended => root.not_after = RawTime::At(now - DAY),
        O::UnknownCritical => root.extensions.push(ExtensionDraft::new(UNKNOWN, true, boolean(true))),
        O::NegativeSerial => root.serial = vec![0x80, 1],
        O::NoName => {}
    }
}

fn set_critical(root: &mut CertificateDraft, oid: &[u64], critical: bool) {
    if let Some(extension) = root.extension_mut(oid) {
        extension.critical = critical;
    }
}

/// What a root can have only one of: oddities with the same number do not go together.
fn about(odd: Odd) -> u8 {
    match odd {
        O::Printable | O::Wide | O::Teletex | O::MultiValued | O::TwiceTheSame | O::Nameless | O::Mail => 0,
        O::NoSki | O::ShortSki | O::LongSki => 1,
        O::OwnAki | O::WholeAki => 2,
        O::NoConstraints | O::ConstraintsNotCritical | O::PathLength | O::NotCa => 3,
        O::NoKeyUsage | O::KeyUsageNotCritical | O::Signs => 4,
        O::SmallSerial | O::LongSerial | O::NegativeSerial => 5,
        other => 10 + other as u8,
    }
}

/// Every oddity once, four at most of them in one CA. A root without extensions has no others, and one that nobody trusts
/// would hide them.
fn shared_out(chance: &mut Chance) -> Vec<Vec<Odd>> {
    let mut left: Vec<Odd> = ALL.into_iter().filter(|odd| *odd < O::NotCa && *odd != O::VersionOne).collect();
    chance.shuffle(&mut left);
    let mut cas: Vec<Vec<Odd>> = Vec::new();
    for odd in left {
        let fits = |ca: &&mut Vec<Odd>| ca.len() < 4 && ca.iter().all(|other| about(*other) != about(odd));
        match cas.iter_mut().find(fits) {
            Some(ca) => ca.push(odd),
            None => cas.push(vec![odd]),
        }
    }
    cas.push(vec![O::VersionOne]);
    cas.extend(ALL.into_iter().filter(|odd| *odd >= O::NotCa).map(|odd| vec![odd]));
    cas
}

/// A key, and how it signs.
fn algorithm(chance: &mut Chance) -> (KeyKind, Scheme) {
    let ecdsa = [Scheme::EcdsaSha256, Scheme::EcdsaSha384, Scheme::EcdsaSha512];
    let rsa = [
        Scheme::Usual,
        Scheme::RsaSha512,
        Scheme::PssSha256,
        Scheme::PssSha256WithoutNull,
        Scheme::RsaSha256WithoutNull,
    ];
    match chance.below(5) {
        0 => (KeyKind::EcdsaP256, ecdsa[chance.below(3)]),
        1 => (KeyKind::EcdsaP384, ecdsa[chance.below(3)]),
        2 => (KeyKind::EcdsaP521, ecdsa[chance.below(3)]),
        3 => (KeyKind::Ed25519, Scheme::Usual),
        _ => (KeyKind::Rsa2048, rsa[chance.below(5)]),
    }
}

#[test]
fn a_ca_of_any_shape_that_is_trusted_goes_through_every_later_step() {
    let mut chance = chance("a_ca_of_any_shape_that_is_trusted_goes_through_every_later_step");
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    let mut whole: BTreeSet<Odd> = BTreeSet::new();
    for odd in shared_out(&mut chance) {
        let (kind, scheme) = algorithm(&mut chance);
        let end = follow(&odd, kind, scheme);
        if end.starts_with("whole") {
            whole.extend(&odd);
        }
        *ends.entry(end).or_default() += 1;
    }
    eprintln!("{ends:?}");
    let missing: Vec<&Odd> = ALL.iter().filter(|one| **one < O::NotCa && !whole.contains(one)).collect();
    assert!(missing.is_empty(), "never went through every step: {missing:?}; {ends:?}");
}

/// One CA through every step; gives how far it came.
fn follow(odd: &[Odd], kind: KeyKind, scheme: Scheme) -> String {
    let what = format!("{odd:?} {kind:?} {scheme:?}");
    let ca = Ca::new(odd, kind, scheme);
    let there = ca.run(&["trust", "--yes", "--root", "root.crt"]).run();
    let here = ca.here(&["trust", "--yes", "--root", "root.crt", "--crl", "last.crl"]).run();
    if there.code != Some(0) || here.code != Some(0) {
        assert_eq!(there.code == Some(0), is_trusted(&ca, &here), "{what}: one side trusts it\n{there}\n{here}");
        if there.code != Some(0) {
            return "refused at trust".to_owned();
        }
        let text = there.to_string();
        let said =
            text.contains("every CRL and certificate of it is refused") || text.contains("nothing is accepted under");
        assert!(said, "{what}: trusted, and of no use, and nobody said so\n{there}\n{here}");
        return "of no use, as said at trust".to_owned();
    }

    let check = ca.run(&["check", "last.crl", "--issuer", "root.crt"]).run();
    assert_eq!(check.code, Some(0), "{what}: taken at trust, and not by check\n{check}");

    // It revokes and issues.
    let key = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "sub.key"];
    ca.openssl(&key);
    ca.openssl(&["req", "-new", "-key", "sub.key", "-subj", "/O=Field/CN=Field Sub", "-out", "sub.csr"]);
    let crl = |issuer: &str, previous: &str, later: i64| {
        next_crl(issuer, previous, (ca.now - 60 + later, ca.now + 200 * DAY + later))
    };
    let request = format!(
        "{}[[certificate]]\ncsr = \"sub.csr\"\nsubject = \"CN=Field Sub,O=Field\"\nprofile = \"issuing-ca\"\npath_length = 0\n\
         not_before = \"{}\"\nnot_after = \"{}\"\ncrl_url = \"http://pki.example/root.crl\"\n",
        crl("root.crt", "last.crl", 0),
        at(ca.now - 60),
        at(ca.now + 1000 * DAY)
    );
    ca.ceremony(&what, &request, "first");
    let first = ca.cross(&what, "first");
    ca.openssl(&["crl", "-inform", "DER", "-in", "first/signed/root.crl", "-noout", "-text"]);

    // It is renewed with its key, and goes on. What no renewal writes needs a word.
    let limited = odd.contains(&O::PathLength) || odd.contains(&O::Constrained);
    let wider = if limited { "wider = true\nbecause = \"the old limits were a mistake\"\n" } else { "" };
    let renewal = format!(
        "[root]\nreplaces = \"root.crt\"\nnot_before = \"{}\"\nnot_after = \"{}\"\n{wider}",
        at(ca.now - 60),
        at(ca.now + 4000 * DAY)
    );
    ca.ceremony(&what, &renewal, "renewed");
    let new = std::fs::read_dir(ca.path("renewed/signed")).unwrap().map(|file| file.unwrap().file_name());
    let new = new.map(|name| name.to_string_lossy().into_owned()).find(|name| name.ends_with(".crt")).unwrap();
    let new = format!("renewed/signed/{new}");
    for program in [ca.run(&["trust", "--yes", "--root", &new]), ca.here(&["trust", "--yes", "--root", &new])] {
        let trusted = program.run();
        assert_eq!(trusted.code, Some(0), "{what}: the renewed root\n{trusted}");
    }
    ca.ceremony(&what, &crl(&new, "first/signed/root.crl", 30), "second");
    let end = format!("whole, {first}, then {}", ca.cross(&what, "second"));
    let text = ca.openssl(&["crl", "-inform", "DER", "-in", "second/signed/root.crl", "-noout", "-text"]);
    assert!(text.contains("X509v3 CRL Number: \n                43"), "{what}\n{text}");
    end
}

/// Whether the online side knows the root.
fn is_trusted(ca: &Ca, trusted: &Ended) -> bool {
    trusted.code == Some(0) || ca.here(&["trust", "--yes", "--root", "root.crt"]).run().code == Some(0)
}

/// What a ceremony makes is without an error for pkilint: a root, a CA and a CRL as `webpki` wants them.
#[test]
fn another_linter_has_nothing_to_say_of_what_a_ceremony_makes() {
    let Some(interpreter) = linter::interpreter() else { return };
    for (kind, scheme) in [
        (KeyKind::EcdsaP256, Scheme::Usual),
        (KeyKind::EcdsaP384, Scheme::Usual),
        (KeyKind::EcdsaP521, Scheme::Usual),
        (KeyKind::Rsa2048, Scheme::Usual),
        (KeyKind::Rsa2048, Scheme::PssSha256),
    ] {
        let what = format!("{kind:?} {scheme:?}");
        let ca = Ca::new(&[O::Printable], kind, scheme);
        ca.run(&["trust", "--yes", "--root", "root.crt", "--profile", "webpki"]).exits(0);
        ca.openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "sub.key"]);
        ca.openssl(&["req", "-new", "-key", "sub.key", "-subj", "/CN=anything", "-out", "sub.csr"]);
        let request = format!(
            "{}[[certificate]]\ncsr = \"sub.csr\"\nsubject = \"CN=Field Sub,O=Field,C=DE\"\nprofile = \"issuing-ca-tls\"\n\
             path_length = 0\nnot_before = \"{}\"\nnot_after = \"{}\"\ncrl_url = \"http://pki.example.com/root.crl\"\n\
             issuer_url = \"http://pki.example.com/root.crt\"\n",
            next_crl("root.crt", "last.crl", (ca.now - 60, ca.now + 200 * DAY)),
            at(ca.now - 60),
            at(ca.now + 1000 * DAY)
        );
        ca.ceremony(&what, &request, "first");
        let renewal = format!(
            "[root]\nreplaces = \"root.crt\"\nnot_before = \"{}\"\nnot_after = \"{}\"\n",
            at(ca.now - 60),
            at(ca.now + 4000 * DAY)
        );
        ca.ceremony(&what, &renewal, "renewed");
        let read = |name: &str| std::fs::read(ca.path(name)).unwrap();
        let made = [read("first/signed/root.crl"), read("first/signed/sub.crt"), read("renewed/signed/root.crt")];
        let items = [
            (linter::Kind::Crl, linter::Rules::Br, &made[0][..]),
            (linter::Kind::Certificate, linter::Rules::Br, &made[1]),
            (linter::Kind::Certificate, linter::Rules::Br, &made[2]),
        ];
        let lints = linter::lint(&interpreter, &ca.scratch.subfolder("linted"), &items);
        for (name, lints) in ["root.crl", "sub.crt", "renewed root.crt"].iter().zip(lints) {
            // BR 7.1.2.1.2 recommends it to a root, in which it says nothing: the key that signed is the root's own.
            let recommended = "cabf.serverauth.root.authority_key_identifier_extension_absent";
            let is_bad = |lint: &&linter::Lint| lint.gravity > linter::Gravity::Notice && lint.code != recommended;
            let bad: Vec<_> = lints.iter().filter(is_bad).collect();
            assert!(bad.is_empty(), "{what}, {name}: {bad:#?}");
        }
    }
}
