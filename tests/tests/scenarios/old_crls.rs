//! The last CRL of the CA program that was there before: what its entries have wrong with them, and what the first
//! ceremony here makes of it. Online it is a floor that is not published.

mod chain;

use std::fs;
use std::path::PathBuf;

use rootcast_tests::next_crl::next_crl;
use rootcast_tests::program::{Ended, Program, head_on_paper, offline, online};
use rootcast_tests::scratch::Scratch;
use rootcast_tests::throwaway_ca::der_writer::{generalized_time, oid, sequence, tlv};
use rootcast_tests::throwaway_ca::{CrlDraft, EntryDraft, ExtensionDraft, KeyKind, RawTime, ThrowAwayCa, name};

const DAY: i64 = 86_400;

/// What makes a CRL odd.
type Change = fn(&mut CrlDraft);

/// 2.5.29.29
const CERTIFICATE_ISSUER: &[u64] = &[2, 5, 29, 29];

fn at(time: i64) -> String {
    rootcast_host::clock::rfc3339(time)
}

/// The serial number of an entry, and how a request writes it.
fn serial(number: u64) -> String {
    let digits = format!("{number:x}");
    format!("{}{digits}", "0".repeat(digits.len() % 2))
}

/// A root that another program kept, with its key in a file, known here to both sides.
pub(super) struct OldRoot {
    scratch: Scratch,
    ca: ThrowAwayCa,
    now: i64,
}

impl OldRoot {
    pub(super) fn new(kind: KeyKind) -> Self {
        Self::with_profile(kind, "private")
    }

    pub(super) fn with_profile(kind: KeyKind, profile: &str) -> Self {
        let now = rootcast_host::clock::now();
        let old = Self { scratch: Scratch::new(), ca: ThrowAwayCa::with("Old Root", kind, now), now };
        old.scratch.file("root.crt", &old.ca.certificate);
        old.scratch.file("key.p8", old.ca.key.pkcs8());
        old.scratch.file("SITE.toml", "[key]\nrehearsal_key = \"key.p8\"\n[approvals]\nrequired = 0\n");
        offline(["trust", "--yes", "--root", "root.crt", "--profile", profile])
            .within(old.scratch.folder())
            .state(&old.path("offline"))
            .exits(0);
        old
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path(name)
    }

    /// A good CRL 41 of yesterday, changed.
    pub(super) fn last(&self, change: impl FnOnce(&mut CrlDraft)) -> Vec<u8> {
        let mut draft = self.ca.crl(41);
        draft.entries = vec![EntryDraft::new(0x11, self.now - 50 * DAY), EntryDraft::new(0x12, self.now - 40 * DAY)];
        change(&mut draft);
        let crl = draft.sign();
        fs::write(self.path("last.crl"), &crl).unwrap();
        crl
    }

    /// A request that follows it, with `more` below its `[crl]`.
    fn request(&self, more: &str) -> String {
        next_crl("root.crt", "last.crl", (self.now - 60, self.now + 200 * DAY)) + more
    }

    fn rehearse(&self, more: &str) -> Program {
        let _ = fs::remove_dir_all(self.path("new"));
        self.scratch.file("request.toml", self.request(more));
        offline(["ceremony", "rehearse", "--site", "SITE.toml", "request.toml", "-o", "new"])
            .within(self.scratch.folder())
            .state(&self.path("offline"))
    }

    fn sign(&self) -> Ended {
        let head = head_on_paper(&self.path("offline")).map_or_else(Vec::new, |head| vec!["--head".to_owned(), head]);
        offline(["ceremony", "sign", "--site", "SITE.toml", "new", "--yes", "--utc", &at(rootcast_host::clock::now())])
            .args(head)
            .within(self.scratch.folder())
            .state(&self.path("offline"))
            .exits(0)
    }

    /// The state of the online side.
    fn here(&self) -> PathBuf {
        self.path("online")
    }

    fn trust_online(&self, options: &[&str]) -> Program {
        let trust = online(["trust", "--yes", "--root", "root.crt"]).args(options).state(&self.here());
        trust.within(self.scratch.folder())
    }

    /// Sends what was signed; gives how `receive` ended.
    fn cross(&self) -> Ended {
        let link = format!("file:{}", self.path("crossing.frames").display());
        let _ = fs::remove_file(self.path("crossing.frames"));
        offline(["send", "--yes", "new"])
            .link(&link)
            .within(self.scratch.folder())
            .state(&self.path("offline"))
            .exits(0);
        online(["receive"]).link(&link).state(&self.here()).run()
    }

    /// The text of the CRL that was signed, as `openssl` reads it.
    fn signed_text(&self) -> String {
        let mut openssl = std::process::Command::new("openssl");
        let arguments = ["crl", "-inform", "DER", "-in", "new/signed/root.crl", "-noout", "-text"];
        let ended = openssl.args(arguments).current_dir(self.scratch.folder()).output().expect("openssl");
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        String::from_utf8_lossy(&ended.stdout).into_owned()
    }
}

/// A decision about one certificate.
fn decide(number: u64, rest: &str) -> String {
    format!("[[crl.decide]]\nserial = \"{}\"\n{rest}\nbecause = \"as the old register says\"\n", serial(number))
}

/// certificateIssuer of one directoryName.
fn issued_by(issuer: &[u8]) -> ExtensionDraft {
    ExtensionDraft::new(CERTIFICATE_ISSUER, true, sequence(&[tlv(0xa4, issuer)]))
}

/// What a CRL of other software may have and the gate only warns of stops no ceremony.
#[test]
fn a_warning_about_the_previous_crl_stops_no_ceremony() {
    let old = OldRoot::new(KeyKind::EcdsaP256);
    let changes: [(&str, Change); 4] = [
        ("an issuerAltName of a wrong form", |draft| {
            draft.extensions.push(ExtensionDraft::new(&[2, 5, 29, 18], false, sequence(&[])));
        }),
        ("an invalidityDate that is a UTCTime", |draft| {
            draft.entries[0].extensions.push(ExtensionDraft::new(&[2, 5, 29, 24], false, tlv(0x17, b"260101000000Z")));
        }),
        ("an empty list of entry extensions", |draft| {
            draft.entries[0].extensions.clear();
            draft.entries[0].writes_empty_list = true;
        }),
        ("freshestCRL", |draft| {
            let points = ExtensionDraft::crl_distribution_points(&["http://crl.example/delta.crl"]);
            draft.extensions.push(ExtensionDraft { oid: vec![2, 5, 29, 46], ..points });
        }),
    ];
    for (what, change) in changes {
        old.last(change);
        let check = online(["check", "last.crl", "--issuer", "root.crt"]).within(old.scratch.folder()).exits(0);
        assert!(check.to_string().contains("warn[CRL-"), "{what}: {check}");
        old.rehearse("").exits(0).says("41 -> 42");
    }
}

/// A CRL that does not say everything cannot be continued, and the refusal says why.
#[test]
fn a_previous_crl_that_is_partial_or_not_strict_is_refused_with_its_reason() {
    let old = OldRoot::new(KeyKind::EcdsaP256);
    let changes: [(&str, Change); 6] = [
        ("CRL-PARTIAL", |draft| draft.extensions.push(ExtensionDraft::new(&[2, 5, 29, 27], true, tlv(2, &[1])))),
        ("CRL-PARTIAL", |draft| {
            draft.set_extension(ExtensionDraft::issuing_distribution_point(&[tlv(0x84, &[0xff])]));
        }),
        ("CRL-IDP", |draft| draft.set_extension(ExtensionDraft::issuing_distribution_point(&[tlv(0x81, &[0xff])]))),
        ("CRL-DER", |draft| draft.extensions[1].writes_default = true),
        ("CRL-DER", |draft| draft.entries[1].serial = vec![0, 0x12]),
        ("CRL-ALGORITHM-MATCH", |draft| draft.outer_algorithm = sequence(&[oid(&[1, 2, 840, 10045, 4, 3, 3])])),
    ];
    for (rule, change) in changes {
        old.last(change);
        let ended = old.rehearse("").exits(3);
        ended.says("REQ-PREVIOUS").says(rule).says("No key was used");
        assert!(!ended.stderr.contains(": \n") && !ended.stderr.trim_end().ends_with(':'), "{}", ended.stderr);
    }
}

/// Each fault of an entry is named with the decision it needs; the new CRL says what was decided.
#[test]
fn every_fault_of_an_entry_is_decided_and_the_new_entry_is_what_the_decision_says() {
    let old = OldRoot::new(KeyKind::EcdsaP384);
    let now = old.now;
    let reason = |code| ExtensionDraft::reason(code);
    let other = name("Another Root");
    let own = old.ca.name.clone();
    old.last(|draft| {
        let mut entry = |number: u64, date: RawTime, extensions: Vec<ExtensionDraft>| {
            draft.entries.push(EntryDraft { date, extensions, ..EntryDraft::new(number, now) });
        };
        entry(0x21, RawTime::At(now - 9 * DAY), vec![reason(6)]);
        entry(0x22, RawTime::At(now - 9 * DAY), vec![reason(5)]);
        entry(0x22, RawTime::At(now - 30 * DAY), vec![reason(5)]);
        entry(0x23, RawTime::At(now - 9 * DAY), vec![reason(1), issued_by(&other)]);
        entry(0x24, RawTime::At(now - 9 * DAY), vec![reason(1), issued_by(&own)]);
        entry(0x25, RawTime::Raw(generalized_time(now - 20 * DAY)), vec![reason(4)]);
        entry(0x26, RawTime::Raw(tlv(0x17, b"2601010000Z")), vec![reason(4)]);
        entry(0x27, RawTime::At(now - 9 * DAY), vec![reason(8)]);
        entry(0x28, RawTime::At(now - 9 * DAY), vec![reason(7)]);
        entry(0x29, RawTime::At(now - 9 * DAY), vec![ExtensionDraft { critical: true, ..reason(3) }]);
    });
    let ended = old.rehearse("").exits(3);
    ended.says("REQ-CARRY: 9 certificates have entries");
    for (number, wants) in [
        (0x21, "action = \"revoke\", the true date, the reason and because"),
        (0x22, "action = \"revoke\" and because"),
        (0x23, "action = \"drop\" and because"),
        (0x24, "action = \"revoke\" and because"),
        (0x25, "action = \"revoke\" and because"),
        (0x26, "action = \"revoke\", the true date and because"),
        (0x27, "action = \"drop\" and because"),
        (0x28, "action = \"revoke\", the reason and because"),
        (0x29, "action = \"revoke\" and because"),
    ] {
        // Below what the request must say about entries of its kind.
        let (before, _) = ended.stderr.split_once(&format!("serial {}:", serial(number))).expect("it is shown");
        let line = before.lines().rfind(|line| line.trim_start().starts_with("For "));
        assert!(line.is_some_and(|line| line.contains(wants)), "{number:x}: {line:?}");
    }
    assert!(ended.stderr.contains("of the issuer CN=Another Root"), "{}", ended.stderr);

    let true_date = at(now - 70 * DAY);
    let all = [
        decide(0x21, &format!("action = \"revoke\"\nreason = \"cessationOfOperation\"\ndate = \"{true_date}\"")),
        decide(0x22, "action = \"revoke\""),
        decide(0x23, "action = \"drop\""),
        decide(0x24, "action = \"revoke\""),
        decide(0x25, "action = \"revoke\""),
        decide(0x26, &format!("action = \"revoke\"\ndate = \"{true_date}\"")),
        decide(0x27, "action = \"drop\""),
        decide(0x28, "action = \"revoke\"\nreason = \"superseded\""),
        decide(0x29, "action = \"revoke\""),
    ]
    .concat();
    let ended = old.rehearse(&all).arg("--json").exits(0);
    let document = ended.json();
    let decisions = document["decisions"].as_array().unwrap();
    assert_eq!(decisions.len(), 9);
    assert_eq!(decisions[0]["action"], "revoke");
    assert_eq!(decisions[0]["date"], true_date);
    assert_eq!(decisions[2]["action"], "drop");
    assert_eq!(document["objects"][0]["verdict"], "held");
    for file in ["difference.txt", "dump.txt"] {
        let text = fs::read_to_string(old.path("new").join(file)).unwrap();
        assert_eq!(text.matches("because: as the old register says").count(), 9, "{text}");
    }
    old.sign();
    let text = old.signed_text();
    // Two good entries, and one for each that is not dropped.
    assert_eq!(text.matches("Serial Number:").count(), 9, "{text}");
    for gone in ["Serial Number: 23", "Serial Number: 27", "Certificate Hold", "Remove From CRL", "critical"] {
        assert!(!text.contains(gone), "{gone}: {text}");
    }
    assert_eq!(text.matches("Serial Number: 22").count(), 1, "{text}");
    let record = offline(["ceremony", "record", "new"]).within(old.scratch.folder()).state(&old.path("offline"));
    record.exits(0);
    let record = fs::read_to_string(old.path("new").join("record.md")).unwrap();
    assert_eq!(record.matches("decided: ").count(), 9, "{record}");

    // The online side holds what changed, and rejects nothing.
    let trust = old.trust_online(&["--crl", "last.crl", "--json"]).exits(0);
    let floor = trust.json()["enrolled"]["floor"].clone();
    assert_eq!((&floor["number"], &floor["faulty"]), (&"41".into(), &10.into()), "{floor}");
    assert!(!old.here().join("published/crl").read_dir().unwrap().any(|_| true), "nothing is published");
    let ended = old.cross();
    assert_eq!(ended.code, Some(9), "{}{}", ended.stdout, ended.stderr);
    ended.says("decisions in the record of the offline side's ceremony");
    let held = online(["held", "list", "--json"]).state(&old.here()).exits(0).json();
    let rules = &held["held"][0]["rules"];
    assert_eq!(rules.to_string(), "[\"CRL-ENTRY-CHANGED\",\"CRL-ENTRY-VANISHED\"]", "{held}");
    let id = held["held"][0]["id"].as_str().unwrap();
    online(["held", "accept", id, "--by", "bob", "--because", "read by telephone"]).state(&old.here()).exits(0);
    assert!(old.here().join("published/crl").read_dir().unwrap().any(|_| true));
    let state = fs::read_to_string(old.here().join("published").join("../state.json")).unwrap();
    assert!(!state.contains("floors"), "its work is done");
}

/// What a decision may not do: take a revocation back, move it, or give it another reason.
#[test]
fn a_decision_takes_no_revocation_back() {
    let old = OldRoot::new(KeyKind::EcdsaP256);
    let (now, good) = (old.now, decide(0x22, "action = \"revoke\""));
    old.last(|draft| {
        for (number, days, code) in [(0x21, 9, 6), (0x22, 9, 1), (0x22, 30, 1)] {
            draft.entries.push(EntryDraft {
                extensions: vec![ExtensionDraft::reason(code)],
                ..EntryDraft::new(number, now - days * DAY)
            });
        }
    });
    let hold = |rest: &str| good.clone() + &decide(0x21, rest);
    let final_hold =
        format!("action = \"revoke\"\nreason = \"cessationOfOperation\"\ndate = \"{}\"", at(now - 9 * DAY));
    let later = format!("action = \"revoke\"\nreason = \"superseded\"\ndate = \"{}\"", at(now + DAY));
    for (decisions, says) in [
        (hold("action = \"drop\""), "cannot be dropped: this issuer revoked it"),
        (
            hold("action = \"revoke\""),
            "21 needs a date and a reason: a hold has no final date, so give the true one; a hold is",
        ),
        (
            hold(&format!("action = \"revoke\"\ndate = \"{}\"", at(now - 9 * DAY))),
            "needs a reason: a hold is no final reason",
        ),
        (hold(&later), "is after this_update"),
        (hold("action = \"keep\""), "the actions are revoke and drop"),
        (hold("action = \"drop\"\nreason = \"superseded\""), "neither date nor reason"),
        (hold("action = \"revoke\"\nreason = \"certificateHold\""), "is not a reason to revoke"),
        (hold(&final_hold) + &good, "decides about certificate 22 twice"),
        (
            hold(&final_hold) + &decide(0x12, "action = \"revoke\""),
            "has no entry for certificate 12 that has to be decided",
        ),
        (decide(0x22, "action = \"drop\""), "cannot be dropped"),
        (decide(0x22, "action = \"revoke\"\nreason = \"superseded\""), "keeps the reason keyCompromise"),
        (decide(0x22, &format!("action = \"revoke\"\ndate = \"{}\"", at(now - DAY))), "keeps its earliest date"),
        (good.replace("\"22\"", "\"2g\""), "is not a serial number"),
        (good.replace("as the old register says", " "), "needs because"),
        (good.clone(), "1 certificate has an entry"),
    ] {
        old.rehearse(&decisions).exits(3).says(says).says("REQ-");
    }
    old.rehearse(&hold(&final_hold)).exits(0);
    // A list of serial numbers, with and without the leading zero octet, is one decision each.
    let list = good.replace("\"22\"", "[\"22\"]");
    old.rehearse(&(list + &decide(0x21, &final_hold))).exits(0);
}

/// The refusal tells every serial number, each instruction once, and the list is ready for the request.
#[test]
fn many_entries_without_a_decision_are_listed_for_the_request() {
    let old = OldRoot::new(KeyKind::EcdsaP256);
    let now = old.now;
    old.last(|draft| {
        for number in 0x21..0x3f {
            draft.entries.push(EntryDraft {
                extensions: vec![ExtensionDraft::reason(6)],
                ..EntryDraft::new(number, now - 9 * DAY)
            });
        }
        for number in [0x50, 0x51] {
            draft.entries.push(EntryDraft {
                extensions: vec![ExtensionDraft::reason(8)],
                ..EntryDraft::new(number, now - 9 * DAY)
            });
        }
    });
    let refused = old.rehearse("").exits(3);
    refused.says("32 certificates have entries").says("The request must say what the new one says instead.");
    refused.says("For 2 certificates, write one [[crl.decide]] with serial, action = \"drop\" and because:");
    refused
        .says("For 30 certificates, write [[crl.decide]] with serial, action = \"revoke\", the true date, the reason");
    refused.says("… and 10 more of the same kind");
    assert_eq!(refused.stderr.matches("[[crl.decide]]").count(), 2, "{refused}");
    // What is shown, pasted: each serial number has its decision.
    let mut lists = Vec::new();
    for line in refused.stderr.lines().map(str::trim) {
        if line.starts_with("serial = ") {
            lists.push(line.to_owned());
        } else if let Some(list) = lists.last_mut().filter(|list| !list.ends_with(']')) {
            list.push_str(&format!("\n{line}"));
        }
    }
    let [dropped, revoked] = &lists[..] else { panic!("{lists:?}") };
    assert!(revoked.contains('\n') && revoked.lines().all(|line| line.len() <= 100), "{revoked}");
    let revoke = format!("action = \"revoke\"\nreason = \"superseded\"\ndate = \"{}\"", at(now - 8 * DAY));
    let both = [(dropped, "action = \"drop\""), (revoked, revoke.as_str())];
    let request = both.map(|(list, rest)| format!("[[crl.decide]]\n{list}\n{rest}\nbecause = \"the register\"\n"));
    let ended = old.rehearse(&request.concat()).arg("--json").exits(0);
    assert_eq!(ended.json()["decisions"].as_array().unwrap().len(), 32);
}

/// Each rule is named once, however often it rejects an entry.
#[test]
fn a_decision_names_each_rule_once() {
    let old = OldRoot::new(KeyKind::EcdsaP256);
    let now = old.now;
    old.last(|draft| {
        for serial in [vec![0x80], vec![0x80]] {
            let entry = EntryDraft { serial, ..EntryDraft::new(0x21, now - 9 * DAY) };
            draft.entries.push(EntryDraft { extensions: vec![ExtensionDraft::reason(5)], ..entry });
        }
    });
    let decision = "[[crl.decide]]\nserial = \"80\"\naction = \"revoke\"\nbecause = \"the register\"\n";
    let difference = old.rehearse(decision).exits(0).stderr;
    let before =
        difference.lines().find(|line| line.contains("until now: entry")).unwrap_or_else(|| panic!("{difference}"));
    assert!(before.contains("(CRL-SERIAL)") && !before.contains("CRL-SERIAL; CRL-SERIAL"), "{before}");
}

/// Of several final entries for one certificate, a compromise counts: no decision makes it less.
#[test]
fn a_decision_makes_no_compromise_less() {
    let old = OldRoot::new(KeyKind::EcdsaP256);
    let now = old.now;
    for (code, stays) in [(1, "keyCompromise"), (2, "cACompromise")] {
        old.last(|draft| {
            for (days, code) in [(9, code), (30, 4)] {
                draft.entries.push(EntryDraft {
                    extensions: vec![ExtensionDraft::reason(code)],
                    ..EntryDraft::new(0x24, now - days * DAY)
                });
            }
        });
        let decided = |reason: &str| decide(0x24, &format!("action = \"revoke\"\nreason = \"{reason}\""));
        old.rehearse(&decided("superseded")).exits(3).says(&format!("certificate 24 keeps the reason {stays}"));
        old.rehearse(&decided("cACompromise")).exits(if code == 1 { 3 } else { 0 });
        old.rehearse(&decided("keyCompromise")).exits(0);
    }
}

/// An entry that may revoke a certificate of this issuer is never dropped, whatever its extensions look like, and the
/// people who approve see all of its reasons.
#[test]
fn an_entry_that_may_revoke_is_never_dropped() {
    let old = OldRoot::new(KeyKind::EcdsaP256);
    let now = old.now;
    let (own, other) = (tlv(0xa4, &old.ca.name), tlv(0xa4, &name("Another Root")));
    let issuer = |value: Vec<u8>| ExtensionDraft::new(CERTIFICATE_ISSUER, true, value);
    let reason = |code| ExtensionDraft::reason(code);
    let odd = [
        vec![reason(1), issuer(sequence(&[own.clone(), tlv(0x89, &[0])]))],
        vec![reason(1), issuer(sequence(&[]))],
        vec![reason(1), issuer(tlv(5, &[]))],
        vec![reason(1), issuer(sequence(&[tlv(0x82, b"old.example")]))],
        vec![reason(1), issuer(sequence(&[own])), issuer(sequence(&[other]))],
        vec![reason(1), reason(8)],
        vec![reason(8), reason(1)],
    ];
    for extensions in odd {
        let is_about_reasons = extensions.iter().all(|extension| extension.oid == reason(1).oid);
        old.last(|draft| draft.entries.push(EntryDraft { extensions, ..EntryDraft::new(0x21, now - 9 * DAY) }));
        old.rehearse("").exits(3).says("action = \"revoke\" and because");
        old.rehearse(&decide(0x21, "action = \"drop\"")).exits(3).says("cannot be dropped: this issuer revoked it");
        let downgraded = decide(0x21, "action = \"revoke\"\nreason = \"superseded\"");
        old.rehearse(&downgraded).exits(3).says("keeps the reason keyCompromise");
        let later = decide(0x21, &format!("action = \"revoke\"\ndate = \"{}\"", at(now - DAY)));
        old.rehearse(&later).exits(3).says("keeps its earliest date");
        let ended = old.rehearse(&decide(0x21, "action = \"revoke\"")).exits(0);
        ended.says(&format!(
            "keyCompromise (its private key is compromised, or suspected to be), since {}",
            at(now - 9 * DAY)
        ));
        let difference = fs::read_to_string(old.path("new/difference.txt")).unwrap();
        assert!(!is_about_reasons || difference.contains("keyCompromise and removeFromCRL"), "{difference}");
    }
    old.sign();
    assert!(old.signed_text().contains("Key Compromise"));
}

/// A final revocation keeps its date when another entry or another reason comes beside it.
#[test]
fn no_decision_and_no_revocation_moves_a_final_date_to_a_later_one() {
    let old = OldRoot::new(KeyKind::EcdsaP256);
    let now = old.now;
    old.last(|draft| {
        for (days, code) in [(90, 1), (20, 6)] {
            let extensions = vec![ExtensionDraft::reason(code)];
            draft.entries.push(EntryDraft { extensions, ..EntryDraft::new(0x21, now - days * DAY) });
        }
    });
    let later = decide(0x21, &format!("action = \"revoke\"\ndate = \"{}\"", at(now - DAY)));
    old.rehearse(&later).exits(3).says(&format!("keeps its earliest date, {}", at(now - 90 * DAY)));
    let final_one = format!("since {}", at(now - 90 * DAY));
    old.rehearse(&decide(0x21, "action = \"revoke\"")).exits(0).says(&final_one);

    let mut sub = old.ca.intermediate("Superseded Sub");
    sub.not_before = RawTime::At(now - 200 * DAY);
    old.scratch.file("sub.crt", sub.sign());
    old.last(|draft| draft.entries.push(EntryDraft::of(&sub.serial, now - 90 * DAY, Some(4))));
    let revoke = |date: i64| {
        format!("[[crl.revoke]]\ncertificate = \"sub.crt\"\nreason = \"keyCompromise\"\ndate = \"{}\"\n", at(date))
    };
    let earlier = format!("since {}, until now superseded since", at(now - 95 * DAY));
    old.rehearse(&revoke(now - 95 * DAY)).exits(0).says(&earlier);
    old.rehearse(&revoke(now - DAY)).exits(0).says(&format!("{final_one}, until now superseded since"));
    old.sign();
    assert!(old.signed_text().contains("Key Compromise"));
}

/// A CRL with more such entries than one request can decide about: both sides say so at once, with the number.
#[test]
fn more_faulty_entries_than_a_request_decides_are_announced() {
    let old = OldRoot::new(KeyKind::EcdsaP256);
    let fill = |draft: &mut CrlDraft, count: u64| {
        let held = |number: u64| {
            let [.., high, low] = number.to_be_bytes();
            EntryDraft::of(&[0x40, high, low], old.now - 9 * DAY, Some(6))
        };
        draft.entries.extend((0..count).map(held));
    };
    old.last(|draft| fill(draft, 4096));
    let ended = old.rehearse("").exits(3);
    ended.says("4096 certificates have entries");
    assert!(!ended.stderr.contains("at most 4096"), "{}", ended.stderr);
    old.last(|draft| fill(draft, 4097));
    old.rehearse("").exits(3).says("at most 4096 certificates, and here are 4097: no ceremony can continue this CRL");
    let ended = old.trust_online(&["--crl", "last.crl"]).exits(0);
    ended.says("warning: no ceremony can continue this CRL").says("at most 4096 certificates, and here are 4097");
}

/// People review the request file, comments too: what they cannot see, or what reorders the line, is refused with its line.
#[test]
fn a_request_has_no_characters_that_hide_or_reorder_text() {
    let old = OldRoot::new(KeyKind::EcdsaP256);
    old.last(|_| {});
    for c in ['\u{202e}', '\u{2066}', '\u{2028}', '\u{200b}', '\u{feff}', '\u{1b}'] {
        let ended = old.rehearse(&format!("# first, then {c}drop\n")).exits(3);
        ended.says(&format!("line 6: REQ-STRICT: the character U+{:04X} is invisible", u32::from(c)));
    }
    old.rehearse("# Zürich,\tça va, 株式会社\r\n").exits(0);
}

/// RFC 5280 §5.3.1: a hold becomes final. The certificate itself, with date and reason, says as much as a decision.
#[test]
fn a_hold_becomes_final_with_its_certificate() {
    let old = OldRoot::new(KeyKind::EcdsaP256);
    let held = old.ca.intermediate("Held Sub");
    old.scratch.file("held.crt", held.sign());
    old.last(|draft| draft.entries.push(EntryDraft::of(&held.serial, old.now - 9 * DAY, Some(6))));
    let date = at(old.now - 600);
    let revoke = |reason: &str| {
        format!("[[crl.revoke]]\ncertificate = \"held.crt\"\nreason = \"{reason}\"\ndate = \"{date}\"\n")
    };
    let ended = old.rehearse(&revoke("cessationOfOperation")).exits(0);
    ended.says("until now certificateHold since").says("CRL-ENTRY-CHANGED");
    old.sign();
    assert!(old.signed_text().contains("Cessation Of Operation"));
}

/// Nothing but single entries may be wrong with a floor, and what is known here may not be newer.
#[test]
fn only_a_crl_with_faulty_entries_is_a_floor() {
    let old = OldRoot::new(KeyKind::EcdsaP256);
    let hold = |draft: &mut CrlDraft| draft.entries.push(EntryDraft::of(&[0x21], old.now - 9 * DAY, Some(6)));
    for change in [
        (|draft: &mut CrlDraft| draft.issued_at(draft_now() - 90 * DAY, draft_now() - DAY)) as fn(&mut CrlDraft),
        |draft| draft.remove_extension(&[2, 5, 29, 20]),
        |draft| draft.set_extension(ExtensionDraft::issuing_distribution_point(&[tlv(0x84, &[0xff])])),
        |draft| draft.issuer = name("Somebody"),
    ] {
        old.last(|draft| {
            hold(draft);
            change(draft);
        });
        old.trust_online(&["--crl", "last.crl"]).exits(5).says("Trust is unchanged");
        assert!(!old.here().join("published").exists());
    }
    let floor = old.last(hold);
    old.trust_online(&["--crl", "last.crl"]).exits(0).says("CRL number 41 is not published");
    // Again: the same is known, and nothing is written.
    let before = fs::read_link(old.here().join("published")).unwrap();
    old.trust_online(&["--crl", "last.crl"]).exits(0).says("Trusted already");
    assert_eq!(fs::read_link(old.here().join("published")).unwrap(), before);
    // An older one is a rollback.
    let mut older = old.ca.crl(40);
    older.issued_at(old.now - 9 * DAY, old.now + 90 * DAY);
    hold(&mut older);
    fs::write(old.path("older.crl"), older.sign()).unwrap();
    old.trust_online(&["--crl", "older.crl"]).exits(6);
    assert_eq!(fs::read_link(old.here().join("published")).unwrap(), before);
    // The floor is in force: a CRL of the same number or below is refused, one without an entry that was good too.
    let link = |crl: &[u8]| {
        let file = old.scratch.file("x.crl", crl);
        let _ = fs::remove_file(old.path("x.frames"));
        let link = format!("file:{}", old.path("x.frames").display());
        let fresh = Scratch::new();
        let state = fresh.path("state");
        offline(["trust", "--yes", "--root"]).arg(old.path("root.crt")).state(&state).exits(0);
        offline(["send", "--yes"]).link(&link).arg(&file).state(&state).exits(0);
        online(["receive"]).link(&link).state(&old.here()).run().code
    };
    let mut lower = old.ca.crl(41);
    lower.issued_at(old.now - 600, old.now + 90 * DAY);
    assert_eq!(link(&lower.sign()), Some(6));
    let mut without = old.ca.crl(42);
    without.issued_at(old.now - 500, old.now + 90 * DAY);
    assert_eq!(link(&without.sign()), Some(9), "entries of unknown expiry vanished: held");
    assert!(!floor.is_empty());
}

/// A second one took its place although entries had vanished from it, and nobody was asked.
#[test]
fn what_does_not_continue_the_floor_does_not_take_its_place() {
    let old = OldRoot::new(KeyKind::EcdsaP256);
    let hold = EntryDraft::of(&[0x21], old.now - 50 * DAY, Some(6));
    old.last(|draft| draft.entries.push(hold.clone()));
    old.trust_online(&["--crl", "last.crl"]).exits(0).says("CRL number 41 is not published");
    let before = fs::read_link(old.here().join("published")).unwrap();
    let next = |number: u64, drop: usize| {
        let mut draft = old.ca.crl(number);
        draft.issued_at(old.now - 600, old.now + 90 * DAY);
        draft.entries = vec![EntryDraft::new(0x11, old.now - 50 * DAY), EntryDraft::new(0x12, old.now - 40 * DAY)];
        draft.entries.push(hold.clone());
        draft.entries.drain(..drop);
        fs::write(old.path("next.crl"), draft.sign()).unwrap();
        old.trust_online(&["--crl", "next.crl"])
    };
    for (number, drop, rule) in
        [(42, 1, "CRL-ENTRY-VANISHED"), (42, 3, "CRL-ENTRY-VANISHED"), (99_999, 0, "CRL-NUMBER-JUMP")]
    {
        let refused = next(number, drop).exits(5);
        refused.says(rule).says("CRL number 41 is the floor here, and it stays");
        assert_eq!(fs::read_link(old.here().join("published")).unwrap(), before);
    }
    next(42, 0).exits(0).says("CRL number 42 is not published");
}

fn draft_now() -> i64 {
    rootcast_host::clock::now()
}
