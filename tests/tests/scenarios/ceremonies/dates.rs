//! Dates that lie ahead: refused before the number is burned. What was signed and never sent is abandoned, as
//! docs/failure-scenarios.md says. And what is signed is what the online side accepts.

use std::collections::{BTreeMap, BTreeSet};

use rootcast_host::disk::RealDisk;
use rootcast_offline::ceremony::key::SignatureScheme;
use rootcast_offline::ceremony::key::rehearsal_key::RehearsalKey;
use rootcast_tests::fixed_clock::FixedClock;
use rootcast_tests::seeds::{Chance, chance};

use super::*;

impl Room {
    /// `ceremony sign` with this time from another clock.
    fn sign_at(&self, folder: &str, utc: i64) -> Program {
        self.run(&["sign", "--site", "SITE.toml", folder, "--yes", "--utc", &at(utc)]).args(self.paper_head())
    }

    fn send(&self, folder: &str) -> Program {
        let link = format!("file:{}", self.path(&format!("{folder}.frames")).display());
        offline(["send", "--yes"]).state(&self.path("state")).link(&link).arg(self.path(folder))
    }

    fn receive(&self, folder: &str) -> Program {
        let link = format!("file:{}", self.path(&format!("{folder}.frames")).display());
        online(["receive", "--json"]).state(&self.path("online")).link(&link)
    }

    /// The online side trusts the root and has its first CRL.
    fn with_online(self) -> Self {
        let trust = online(["trust", "--yes"]).state(&self.path("online"));
        let trust = trust.arg("--root").arg(self.path("first/signed/root.crt"));
        trust.arg("--crl").arg(self.path("first/signed/root.crl")).exits(0);
        self.send("first").exits(0);
        self.receive("first").exits(0);
        self
    }

    /// The same request, which takes the place of CRL `number`.
    fn abandoning(&self, number: u64, after: &str, this_update: i64) -> String {
        let lines = format!("abandon = {number}\nbecause = \"the clock was a year ahead\"\n");
        self.next_request(after, this_update, &lines)
    }
}

#[test]
fn what_begins_too_far_ahead_is_refused_before_its_number_is_burned() {
    let room = Room::after_the_first();
    room.csr();
    // More than 31 days: not even rehearsed, and the line is named.
    room.scratch.file("far.toml", room.next_request("first", room.now + 32 * DAY, ""));
    let far = room.rehearse("far.toml", "far").exits(3);
    far.says("far.toml, line 4: REQ-FUTURE: this_update is").says("(in 32 days)").says("at most 31 days ahead");
    let certificate = room.certificate().replace(&at(room.now - 3600), &at(room.now + 32 * DAY));
    room.scratch.file("far.toml", room.next_request("first", room.now - 60, &certificate));
    room.rehearse("far.toml", "far").exits(3).says("REQ-FUTURE: not_before is").says("line 10");
    assert!(!room.path("far").exists());

    // Less: rehearsed, and said when it can be signed.
    let begins = room.now + 20 * DAY;
    let certificate = room.certificate().replace(&at(room.now - 3600), &at(begins));
    for (name, request) in [
        ("crl", room.next_request("first", begins, "")),
        ("certificate", room.next_request("first", room.now - 60, &certificate)),
    ] {
        room.scratch.file("ahead.toml", request);
        let rehearsed = room.rehearse("ahead.toml", name).arg("--json").exits(0);
        rehearsed.says("cannot be signed before").says("(in 20 days)");
        assert_eq!(rehearsed.json()["cannot_be_signed_before"], at(begins - 600));
        let dump = fs::read_to_string(room.path(name).join("dump.txt")).unwrap();
        assert!(dump.contains("CANNOT BE SIGNED BEFORE"), "{dump}");
        let refused = room.sign(name).exits(3);
        refused.says("REQ-FUTURE").says(&format!("cannot be signed before {}", at(begins - 600)));
        refused.says("no number burned").says("the approvals still count");
    }
    let journal = room.journal();
    assert_eq!(journal.matches("number-burned").count(), 1, "{journal}");
    assert_eq!(journal.matches("REQ-FUTURE").count(), 2, "{journal}");

    // When its time has come, it is signed: ten minutes before, by either clock.
    let clock = FixedClock::at(&room.scratch, begins);
    let sign = |seconds: i64, utc: i64| clock.later(room.sign_at("crl", begins + utc), seconds);
    sign(-601, -600).exits(3).says("REQ-FUTURE");
    sign(-600, -601).exits(3).says("REQ-FUTURE");
    sign(-600, -600).exits(0).says("thisUpdate").says("(in 10 minutes)");
}

#[test]
fn a_crl_that_was_never_sent_is_abandoned_and_does_not_bind_the_clock() {
    let room = Room::after_the_first().with_online();
    room.csr();
    // The machine's clock was a year ahead, and so was the clock that was read.
    let year = 365 * DAY;
    let clock = FixedClock::at(&room.scratch, room.now + year);
    let wrong = room.next_request("first", room.now + year - 60, "");
    room.scratch.file("second.toml", wrong.replace(&at(room.now + 180 * DAY), &at(room.now + year + 180 * DAY)));
    clock.later(room.rehearse("second.toml", "second"), 0).exits(0);
    clock.later(room.sign_at("second", room.now + year), 5).exits(0);

    // It can never be sent. It does not bind the clock: a certificate is signed today.
    room.send("second").exits(3).says("CRL-FUTURE");
    let certificate = format!("issuer = \"first/signed/root.crt\"\n{}", room.certificate());
    room.scratch.file("certificate.toml", certificate);
    room.rehearse("certificate.toml", "certificate").exits(0);
    room.sign("certificate").exits(0);

    // The next CRL cannot follow it, and cannot pass it over in silence.
    room.scratch.file("third.toml", room.next_request("second", room.now - 60, ""));
    room.rehearse("third.toml", "third").exits(3).says("CRL-THISUPDATE-BACK");
    room.scratch.file("third.toml", room.next_request("first", room.now - 60, ""));
    room.rehearse("third.toml", "third").exits(3).says("REQ-PREVIOUS").says("number 2");
    room.scratch.file("third.toml", room.abandoning(2, "second", room.now - 60));
    room.rehearse("third.toml", "third").exits(3).says("which is abandoned: give the CRL before it");
    for (number, says) in [(1, "number 1 was sent"), (3, "no CRL with number 3 was signed and released here")] {
        room.scratch.file("third.toml", room.abandoning(number, "first", room.now - 60));
        room.rehearse("third.toml", "third").exits(3).says("REQ-PREVIOUS: abandon").says(says);
    }
    room.scratch.file("third.toml", room.abandoning(2, "first", room.now - 60));
    let rehearsed = room.rehearse("third.toml", "third").arg("--json").exits(0);
    rehearsed.says("1 -> 3").says("ABANDONED: CRL number 2");
    let sha256 = Digest::of(&fs::read(room.path("second/signed/root.crl")).unwrap()).to_string();
    let abandoned = &rehearsed.json()["abandoned"][0];
    assert_eq!((&abandoned["number"], &abandoned["sha256"]), (&"2".into(), &sha256.clone().into()));
    room.sign("third").exits(0).says("CRL number 2 is abandoned");
    let record = fs::read_to_string(room.path("third/record.md")).unwrap();
    assert!(record.contains("abandons CRL number 2, root.crl") && record.contains(&sha256), "{record}");
    assert!(record.contains("the clock was a year ahead"), "{record}");
    assert!(room.journal().contains("abandons CRL number 2"), "{}", room.journal());

    // What is wrong with it as the CRL before the next one is that it is abandoned, not this machine's clock.
    room.scratch.file("fourth.toml", room.next_request("second", room.now - 30, ""));
    let refused = room.rehearse("fourth.toml", "fourth").exits(3);
    refused.says("number 2, which is abandoned: give the CRL before it").says("REQ-PREVIOUS");
    assert!(!refused.stderr.contains("REQ-CLOCK"), "{refused}");
    // `check` says what `send` would say.
    let second = room.path("second/signed/root.crl");
    let check = || offline(["check"]).arg(&second).state(&room.path("state"));
    clock.later(check(), 0).exits(3).says("CRL number 2 was abandoned here").says("the clock was a year ahead");

    // It is never sent again, not even when its time has come; and its folder does not bring it back.
    room.send("second").exits(3).says("CRL number 2 was abandoned").says("the clock was a year ahead");
    clock.later(room.send("second"), 0).exits(3).says("CRL number 2 was abandoned");
    fs::remove_file(room.path("second/journal.jsonl")).unwrap();
    room.sign("second").exits(0).says("No key was used now");
    room.send("third").exits(0);
    room.receive("third").exits(0);
    room.scratch.file("fourth.toml", room.next_request("third", room.now - 30, ""));
    room.rehearse("fourth.toml", "fourth").exits(0).says("3 -> 4");
    room.sign("fourth").exits(0);
    // What was sent, or put into a bundle, may have arrived.
    offline(["bundle", "-o"]).arg(room.path("a.bundle")).state(&room.path("state")).arg(room.path("fourth")).exits(0);
    room.scratch.file("fifth.toml", room.abandoning(4, "third", room.now - 20));
    room.rehearse("fifth.toml", "fifth").exits(3).says("may have left this host");
}

/// A key whose token fails when it is to sign.
struct FailingKey(RehearsalKey);

impl SigningKey for FailingKey {
    type Error = KeyError;
    fn spki(&self) -> &[u8] {
        self.0.spki()
    }
    fn description(&self) -> String {
        self.0.description()
    }
    fn is_rehearsal(&self) -> bool {
        true
    }
    fn sign(&mut self, _: &[u8], _: SignatureScheme) -> Result<Vec<u8>, KeyError> {
        Err(KeyError::Token { doing: "sign", why: "CKR_DEVICE_ERROR".to_owned() })
    }
}

#[test]
fn a_crl_stays_abandoned_where_the_signing_that_abandoned_it_failed() {
    let room = Room::after_the_first();
    // Two that were never sent: the second and what was signed after it. The first was not sent either.
    room.scratch.file("second.toml", room.next_request("first", room.now - 900, ""));
    room.scratch.file("third.toml", room.next_request("second", room.now - 800, ""));
    for (request, folder) in [("second.toml", "second"), ("third.toml", "third")] {
        room.rehearse(request, folder).exits(0);
        room.sign(folder).exits(0);
    }
    room.scratch.file("fourth.toml", room.abandoning(2, "first", room.now - 600));
    let rehearsed = room.rehearse("fourth.toml", "fourth").arg("--json").exits(0).json();
    assert_eq!(rehearsed["abandoned"].as_array().unwrap().len(), 2, "{rehearsed}");
    let before = tree(&room.path("state"));
    let mut key = FailingKey(RehearsalKey::read(&room.path("demo.p8")).unwrap());
    let failed = room.signed_by(&mut key, &RealDisk, &room.path("fourth"), &room.path("state"));
    assert!(matches!(failed, Err(SigningError::Key(KeyError::Token { .. }))), "{failed:?}");
    for folder in ["second", "third"] {
        room.send(folder).exits(3).says("was abandoned");
        room.sign(folder).exits(2).says("output-exists");
    }
    // A state that was restored from before it does not forget: the journal has it.
    let newer = tree(&room.path("state"));
    for (path, bytes) in before.iter().filter(|(path, _)| path.ends_with("state.json")) {
        fs::write(room.path("state").join(path), bytes).unwrap();
    }
    room.send("third").exits(3).says("was abandoned");
    for (path, bytes) in newer.iter().filter(|(path, _)| path.ends_with("state.json")) {
        fs::write(room.path("state").join(path), bytes).unwrap();
    }
    room.scratch.file("fifth.toml", room.next_request("first", room.now - 500, ""));
    room.rehearse("fifth.toml", "fifth").exits(0).says("1 -> 5");
    assert_eq!(room.sign("fifth").arg("--json").exits(0).json()["number"], "5");
}

#[test]
fn a_revocation_of_an_abandoned_crl_that_the_new_one_lacks_is_named() {
    let room = Room::after_the_first();
    room.csr();
    let certificate = format!("issuer = \"first/signed/root.crt\"\n{}", room.certificate());
    room.scratch.file("certificate.toml", certificate);
    room.rehearse("certificate.toml", "certificate").exits(0);
    room.sign("certificate").exits(0);
    let revoke = format!(
        "[[crl.revoke]]\ncertificate = \"certificate/signed/issuing.crt\"\nreason = \"superseded\"\ndate = \"{}\"\n",
        at(room.now - 950)
    );
    room.scratch.file("second.toml", room.next_request("first", room.now - 900, &revoke));
    room.rehearse("second.toml", "second").arg("--yes").exits(0);
    room.sign("second").exits(0);
    room.scratch.file("third.toml", room.abandoning(2, "first", room.now - 600));
    let lacking = room.rehearse("third.toml", "third").exits(0);
    lacking.says("CRL number 2, which is abandoned, revokes serial");
    room.scratch.file("third.toml", room.abandoning(2, "first", room.now - 600) + &revoke);
    let complete = room.rehearse("third.toml", "again").arg("--yes").exits(0);
    assert!(!complete.stderr.contains("which is abandoned, revokes"), "{complete}");
}

/// The rules that hold each item, by its file.
type Held = BTreeMap<String, BTreeSet<String>>;

fn held(items: &serde_json::Value, name: &str) -> Held {
    let rules = |item: &serde_json::Value| {
        let findings = item["findings"].as_array().unwrap().iter().filter(|finding| finding["severity"] == "hold");
        findings.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
    };
    let items = items.as_array().unwrap().iter();
    items.map(|item| (item[name].as_str().unwrap().to_owned(), rules(item))).collect()
}

/// A certificate as this profile wants it.
fn certificate_for(room: &Room, profile: &str) -> String {
    let certificate = room.certificate();
    if profile == "webpki" { certificate.replace("\"issuing-ca\"", "\"issuing-ca-tls\"") } else { certificate }
}

/// A request after the CRL in `base`, with dates on either side of what is allowed.
fn any_request(room: &Room, profile: &str, chance: &mut Chance) -> String {
    let mut pick = |choices: &[i64]| choices[chance.below(choices.len())];
    let begins = [-3 * DAY, -3600, -60, 590, 595, 700, 2 * DAY, 30 * DAY, 32 * DAY, 365 * DAY];
    let this_update = room.now + pick(&begins);
    let next_update = this_update + pick(&[3 * 3600, 30 * DAY, 180 * DAY, 400 * DAY, 8000 * DAY]);
    let mut request = String::from("issuer = \"first/signed/root.crt\"\n");
    let kind = pick(&[0, 1, 2]);
    if kind != 1 {
        let crl = room.next_request("base", this_update, "").replace(&at(room.now + 180 * DAY), &at(next_update));
        request = crl;
    }
    if kind != 2 {
        let not_before = room.now + pick(&begins);
        let not_after = not_before + pick(&[2 * DAY, 1800 * DAY, 3000 * DAY, 8000 * DAY]);
        let name = ["CN=Example Issuing CA,O=Example,C=CH", "CN=Another CA,O=Example,C=CH"][pick(&[0, 1]) as usize];
        let (csr, length) = (["issuing.csr", "new.csr"][pick(&[0, 1]) as usize], pick(&[0, 1]));
        let certificate = certificate_for(room, profile).replace("issuing.csr", csr);
        let certificate = certificate.replace("CN=Example Issuing CA,O=Example,C=CH", name);
        let certificate = certificate.replace("path_length = 0", &format!("path_length = {length}"));
        let certificate = certificate.replace(&at(room.now - 3600), &at(not_before));
        request.push_str(&certificate.replace(&at(room.now + 1800 * DAY), &at(not_after)));
    }
    request
}

/// What `sign` releases can be sent, and is accepted, or held for exactly the findings that the rehearsal showed, by an
/// online gate with the same policy, clock, published history and requests.
#[test]
fn what_sign_releases_is_accepted_or_held_as_the_rehearsal_said() {
    let mut chance = chance("what_sign_releases_is_accepted_or_held_as_the_rehearsal_said");
    let (mut unrehearsed, mut unsigned, mut accepted, mut held_there) = (0, 0, 0, 0);
    for profile in ["private", "webpki"] {
        let room = Room::after_the_first().with_online();
        for (side, state) in [("offline", "state"), ("online", "online")] {
            let trust = if side == "offline" { offline(["trust", "--yes"]) } else { online(["trust", "--yes"]) };
            let trust = trust.state(&room.path(state)).args(["--profile", profile]).arg("--root");
            trust.arg(room.path("first/signed/root.crt")).exits(0);
        }
        room.csr();
        fs::rename(room.path("issuing.csr"), room.path("new.csr")).unwrap();
        room.csr();
        room.scratch.file("base.toml", room.next_request("first", room.now - 5000, &certificate_for(&room, profile)));
        room.rehearse("base.toml", "base").exits(0);
        room.sign("base").exits(0);
        room.send("base").exits(0);
        room.receive("base").exits(0);
        let case_count = 24;
        for case in 0..case_count {
            for state in ["state", "online"] {
                room.tool(true, "cp", &["-a", state, &format!("{state}.base")]);
            }
            let request = any_request(&room, profile, &mut chance);
            room.scratch.file("case.toml", &request);
            let folder = format!("case-{case}");
            let rehearsed = room.rehearse("case.toml", &folder).arg("--json").run();
            let signed = (rehearsed.code == Some(0)).then(|| room.sign(&folder).run());
            match signed.as_ref().map(|signed| signed.code) {
                None => unrehearsed += 1,
                Some(Some(0)) => {
                    let shown = held(&rehearsed.json()["objects"], "file");
                    let sent = room.send(&folder).arg("--json").exits(0).json();
                    let received = room.receive(&folder).run();
                    // They travel under another name than their file has here.
                    let mut items = received.json()["objects"][0]["items"].clone();
                    for item in items.as_array_mut().unwrap() {
                        let of = |known: &&serde_json::Value| known["sha256"] == item["sha256"];
                        item["name"] = sent["items"].as_array().unwrap().iter().find(of).unwrap()["file"].clone();
                    }
                    let context = format!("{profile}, case {case}\n{request}\n{rehearsed}\n{received}");
                    assert_eq!(held(&items, "name"), shown, "{context}");
                    for item in items.as_array().unwrap() {
                        let is_held = !shown[item["name"].as_str().unwrap()].is_empty();
                        assert_eq!(item["verdict"], if is_held { "held" } else { "accepted" }, "{context}");
                        if is_held { held_there += 1 } else { accepted += 1 }
                    }
                }
                Some(code) => {
                    assert_eq!(code, Some(3), "{profile}, case {case}\n{request}\n{signed:?}");
                    unsigned += 1;
                }
            }
            for state in ["state", "online"] {
                fs::remove_dir_all(room.path(state)).unwrap();
                fs::rename(room.path(&format!("{state}.base")), room.path(state)).unwrap();
            }
        }
    }
    eprintln!("{unrehearsed} not rehearsed, {unsigned} not signed, {accepted} items accepted, {held_there} held");
    assert!(unrehearsed > 5 && unsigned > 3 && accepted > 8 && held_there > 0);
}
