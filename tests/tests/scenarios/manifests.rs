//! Signed manifests: what they show about what was sent, and that they decide about no item.

use std::path::{Path, PathBuf};
use std::process::Command;

use rootcast_host::disk::RealDisk;
use rootcast_offline::gate::Gate;
use rootcast_offline::sending::export_key::ExportKey;
use rootcast_offline::store::state::{CertificateRecord, CrlRecord, State};
use rootcast_protocol::digest::Digest;
use rootcast_protocol::manifest::{ItemKind, Manifest, valid_digest_of};
use rootcast_tests::forged;
use rootcast_tests::program::{Ended, offline, online};
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::{EntryDraft, mirrored};

/// A pair whose online side pins an export key made by `openssl`.
struct Signed {
    sides: Sides,
    key: PathBuf,
}

fn openssl_key(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    let (key, public) = (folder.join(format!("{name}.pem")), folder.join(format!("{name}.pub")));
    for arguments in [
        vec!["genpkey", "-algorithm", "ed25519", "-out", key.to_str().unwrap()],
        vec!["pkey", "-in", key.to_str().unwrap(), "-pubout", "-out", public.to_str().unwrap()],
    ] {
        let ended = Command::new("openssl").args(&arguments).output().expect("openssl: run `make deps`");
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
    (key, public)
}

impl Signed {
    fn new() -> Self {
        let sides = Sides::enrolled();
        let (key, public) = openssl_key(sides.scratch.folder(), "export");
        let root = sides.scratch.path("root.crt");
        let enrol = online(["enrol", "--yes"]).state(&sides.online).arg("--root").arg(root);
        enrol.arg("--export-key").arg(public).exits(0).says("export key");
        Self { sides, key }
    }

    /// Sends these files, the manifest signed with this key.
    fn record_with(&self, key: &Path, name: &str, items: &[PathBuf]) -> PathBuf {
        let recording = self.sides.scratch.path(name);
        let send = self.sides.send(&format!("file:{}", recording.display()), items);
        send.arg("--export-key").arg(key).exits(0).says("; signed");
        recording
    }

    /// A new CA certificate, sent with a signed manifest.
    fn certificate(&self, name: &str) -> (PathBuf, Vec<u8>) {
        let (file, der) = self.sides.intermediate_file(name);
        (self.record_with(&self.key, &format!("{name}.frames"), &[file]), der)
    }

    /// Receives what a forger made who may have the export key: one CRL with this manifest.
    fn forge(&self, crl: &[u8], with_key: bool, change: impl FnOnce(&mut Manifest)) -> Ended {
        let key = ExportKey::read(&std::fs::read(&self.key).unwrap()).unwrap();
        let source = self.source();
        let object = forged::object_with(
            &[(ItemKind::Crl, "root.crl", crl)],
            |manifest| {
                manifest.source = source;
                // The journal of whoever made it has only grown.
                manifest.journal_count = 1_000 + manifest.number;
                change(manifest);
            },
            |bytes| with_key.then(|| key.sign(bytes)),
        );
        let recording = self.sides.scratch.path("forged.frames");
        forged::record(&object, &recording);
        self.sides.receive_recording(&recording).arg("--json").run()
    }

    fn source(&self) -> Digest {
        Digest::of(&self.sides.root.key.spki())
    }

    fn status(&self) -> serde_json::Value {
        online(["status", "--json"]).state(&self.sides.online).exits(0).json()
    }
}

/// The one manifest in the document of a reception.
fn manifest(ended: &Ended) -> serde_json::Value {
    ended.json()["objects"][0]["manifest"].clone()
}

fn rules(ended: &Ended) -> Vec<String> {
    let findings = manifest(ended)["findings"].as_array().unwrap().clone();
    findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_signed_manifest_is_believed_and_counts_as_contact() {
    let signed = Signed::new();
    assert_eq!(signed.status()["last_contact"], serde_json::Value::Null);
    let (recording, der) = signed.certificate("Issuing CA 1");
    let ended = signed.sides.receive_recording(&recording).arg("--json").exits(0);
    assert_eq!(manifest(&ended)["signature"], "good", "{ended}");
    assert_eq!(rules(&ended), Vec::<String>::new());
    signed.sides.assert_published(&der);
    let status = signed.status();
    assert_eq!(status["roots"][0]["newest_manifest"], 1);
    assert_ne!(status["last_contact"], serde_json::Value::Null);
    // The same items again are the same object.
    let again = signed.record_with(&signed.key, "again.frames", &[signed.sides.scratch.path("Issuing CA 1.crt")]);
    let ended = signed.sides.receive_recording(&again).arg("--json").exits(0);
    assert_eq!(rules(&ended), Vec::<String>::new(), "a repetition is nothing new");
}

/// Somebody writes (r, n − s) and is faster: what is published then is another file than the offline side counts.
#[test]
fn a_copy_that_was_published_first_is_nothing_withheld() {
    let signed = Signed::new();
    let (recording, der) = signed.certificate("Issuing CA 1");
    let copy = mirrored(&der);
    let forged = signed.sides.scratch.path("copy.frames");
    forged::record(&forged::object_of(&[(ItemKind::Certificate, "copy.crt", &copy)]), &forged);
    signed.sides.receive_recording(&forged).exits(0);
    signed.sides.assert_published(&copy);
    let ended = signed.sides.receive_recording(&recording).arg("--json").exits(0);
    assert_eq!(rules(&ended), Vec::<String>::new(), "{ended}");
    let (next, _) = signed.certificate("Issuing CA 2");
    let ended = signed.sides.receive_recording(&next).arg("--json").exits(0);
    assert_eq!(rules(&ended), Vec::<String>::new(), "{ended}");
}

#[test]
fn an_unsigned_manifest_is_ignored_and_its_items_are_judged_all_the_same() {
    let signed = Signed::new();
    let (file, crl) = signed.sides.crl_file(1);
    let recording = signed.sides.record("unsigned.frames", &[file]);
    let ended = signed.sides.receive_recording(&recording).arg("--json").exits(0);
    assert_eq!((manifest(&ended)["signature"].as_str(), rules(&ended)), (Some("absent"), vec!["MAN-SIGNATURE".into()]));
    signed.sides.assert_published(&crl);
    let status = signed.status();
    assert_eq!(status["last_contact"], serde_json::Value::Null, "it is no contact");
    assert_eq!(status["roots"][0]["newest_manifest"], serde_json::Value::Null);
}

#[test]
fn a_manifest_signed_by_another_key_or_for_another_source_is_ignored() {
    let signed = Signed::new();
    let (other, _) = openssl_key(signed.sides.scratch.folder(), "other");
    let (file, _) = signed.sides.crl_file(1);
    let recording = signed.record_with(&other, "other.frames", &[file]);
    let ended = signed.sides.receive_recording(&recording).arg("--json").exits(0);
    assert_eq!((manifest(&ended)["signature"].as_str(), rules(&ended)), (Some("bad"), vec!["MAN-SIGNATURE".into()]));
    // Signed by the right key, but naming nobody known: the root is known by the item.
    let ended = signed.forge(&signed.sides.crl(2).sign(), true, |manifest| manifest.source = Digest::of(b"nobody"));
    assert_eq!((ended.code, rules(&ended)), (Some(0), vec!["MAN-SIGNATURE".to_owned()]), "{ended}");
    assert_eq!(signed.status()["roots"][0]["newest_manifest"], serde_json::Value::Null);
}

#[test]
fn a_gap_and_what_was_withheld_are_noticed_and_a_late_manifest_is_only_late() {
    let signed = Signed::new();
    let (one, _) = signed.certificate("Issuing CA 1");
    let (two, second) = signed.certificate("Issuing CA 2");
    let (three, _) = signed.certificate("Issuing CA 3");
    let receive = |recording: &Path| signed.sides.receive_recording(recording).arg("--json").exits(0);
    assert_eq!(rules(&receive(&one)), Vec::<String>::new());
    let ended = receive(&three);
    assert_eq!(rules(&ended), ["MAN-GAP", "MAN-WITHHELD"]);
    ended.says("manifest 2 was never received").says("counts 3 items as valid");
    // What was shown to be missing is not forgotten with the run.
    let status = online(["status"]).state(&signed.sides.online).exits(10);
    status.says("MAN-GAP: manifest 2 was never received").says("MAN-WITHHELD");
    // Nor does it go away when somebody plays the newest one again.
    receive(&three);
    online(["status"]).state(&signed.sides.online).exits(10).says("MAN-GAP: manifest 2").says("MAN-WITHHELD");
    let ended = receive(&two);
    assert_eq!(rules(&ended), ["MAN-LATE"]);
    let status = online(["status"]).state(&signed.sides.online).exits(10);
    assert!(!status.stderr.contains("MAN-GAP") && status.stderr.contains("MAN-WITHHELD"), "{status}");
    signed.sides.assert_published(&second);
    let (four, _) = signed.certificate("Issuing CA 4");
    assert_eq!(rules(&receive(&four)), Vec::<String>::new(), "everything is here now");
    assert_eq!(signed.status()["roots"][0]["newest_manifest"], 4);
}

#[test]
fn two_signed_manifests_of_one_number_are_an_alarm_and_unsigned_ones_are_not() {
    let signed = Signed::new();
    let (recording, _) = signed.certificate("Issuing CA 1");
    signed.sides.receive_recording(&recording).exits(0);
    let (first, second) = (signed.sides.crl(1).sign(), signed.sides.crl(2).sign());
    let unsigned = signed.forge(&first, false, |manifest| manifest.number = 1);
    assert_eq!(unsigned.code, Some(0), "{unsigned}");
    assert_eq!(rules(&unsigned), ["MAN-SIGNATURE", "MAN-EQUIVOCATION"]);
    let alarm = signed.forge(&second, true, |manifest| manifest.number = 1);
    assert_eq!(alarm.code, Some(6), "{alarm}");
    assert_eq!(rules(&alarm), ["MAN-EQUIVOCATION"]);
    alarm.says("rolled-back").says("MAN-EQUIVOCATION: manifest 1");
    // It decides about no item, and it is on record.
    signed.sides.assert_published(&second);
    let receipts = || rootcast_tests::scratch::tree(&signed.sides.online.join("receipts"));
    let (_, receipt) = receipts().pop().unwrap();
    assert!(String::from_utf8_lossy(&receipt).contains("MAN-EQUIVOCATION"));
    let status = online(["status", "--json"]).state(&signed.sides.online).exits(10).json();
    assert_eq!((&status["roots"][0]["newest_manifest"], &status["alarms"][0]["kind"]), (&1.into(), &"manifest".into()));
    // Played again, it is the same alarm, and leaves no further receipt.
    let before = receipts().len();
    let again = signed.sides.receive_recording(&signed.sides.scratch.path("forged.frames")).exits(6);
    assert_eq!(receipts().len(), before, "{again}");
}

#[test]
fn a_manifest_that_does_not_follow_the_one_before_breaks_the_chain() {
    let signed = Signed::new();
    let (recording, der) = signed.certificate("Issuing CA 1");
    signed.sides.receive_recording(&recording).exits(0);
    let crl = signed.sides.crl(1).sign();
    let valid = [Digest::of(&der), Digest::of(&crl)];
    let ended = signed.forge(&crl, true, |manifest| {
        manifest.number = 2;
        manifest.previous = Some(Digest::of(b"another one"));
        manifest.valid_digest = valid_digest_of(&valid);
    });
    assert_eq!((ended.code, rules(&ended)), (Some(0), vec!["MAN-CHAIN".to_owned()]), "{ended}");
}

#[test]
fn a_contradiction_that_was_acknowledged_does_not_ring_again_when_it_is_played_again() {
    let signed = Signed::new();
    let (recording, _) = signed.certificate("Issuing CA 1");
    signed.sides.receive_recording(&recording).exits(0);
    let crl = signed.sides.crl(2).sign();
    let alarm = signed.forge(&crl, true, |manifest| manifest.number = 1);
    assert_eq!((alarm.code, rules(&alarm)), (Some(6), vec!["MAN-EQUIVOCATION".to_owned()]), "{alarm}");
    let list = online(["alarm", "list", "--json"]).state(&signed.sides.online).exits(0).json();
    let id = list["alarms"][0]["id"].as_str().unwrap().to_owned();
    let ack = online(["alarm", "ack", &id, "--by", "N", "--because", "the offline side's state was restored"]);
    ack.state(&signed.sides.online).exits(0);
    let receipts = || rootcast_tests::scratch::tree(&signed.sides.online.join("receipts")).len();
    let before = receipts();
    // What the program says of it is still true.
    signed.sides.receive_recording(&signed.sides.scratch.path("forged.frames")).exits(6);
    assert_eq!(receipts(), before);
    online(["status"]).state(&signed.sides.online).exits(0);
    // A third manifest of that number is another contradiction.
    let other = signed.forge(&crl, true, |manifest| {
        manifest.number = 1;
        manifest.created += 1;
    });
    assert_eq!(other.code, Some(6), "{other}");
    online(["status"]).state(&signed.sides.online).exits(10).says("MAN-EQUIVOCATION").says("alarm");
}

/// What each side shows of the journal's head is what the other takes.
#[test]
fn the_head_that_a_signed_manifest_names_is_on_record_and_the_offline_side_finds_it() {
    let signed = Signed::new();
    let verify = |head: &str| offline(["journal", "verify", "--json", "--head", head]).state(&signed.sides.offline);
    let (recording, _) = signed.certificate("Issuing CA 1");
    let ended = signed.sides.receive_recording(&recording).arg("--json").exits(0);
    let journal = signed.status()["roots"][0]["journal"].clone();
    assert_eq!(manifest(&ended)["journal"], journal);
    let words = journal["words"].as_str().unwrap();
    ended.says(words);
    online(["status"]).state(&signed.sides.online).exits(0).says(words);
    let found = verify(words).exits(0).json();
    assert_eq!(found["result"], "head is an earlier entry");
    let since = found["entries"].as_u64().unwrap() - journal["entries"].as_u64().unwrap();
    assert_eq!(found["entries_since_head"], since);
    verify(journal["head"].as_str().unwrap()).exits(0);
    let (_, receipt) = rootcast_tests::scratch::tree(&signed.sides.online.join("receipts")).pop().unwrap();
    let receipt: serde_json::Value = serde_json::from_slice(&receipt).unwrap();
    assert_eq!(receipt["manifest"]["journal"], journal);
    // An unsigned manifest says nothing about the journal.
    let (file, _) = signed.sides.crl_file(1);
    let ended = signed.sides.receive_recording(&signed.sides.record("unsigned.frames", &[file])).arg("--json").exits(0);
    assert_eq!(manifest(&ended)["journal"], serde_json::Value::Null);
    assert_eq!(signed.status()["roots"][0]["journal"], journal);
}

#[test]
fn an_offline_journal_that_went_back_rings_and_a_late_manifest_never_does() {
    let signed = Signed::new();
    let state = |number: u32, entries: u64, head: &'static str| {
        move |manifest: &mut Manifest| {
            manifest.number = number.into();
            manifest.journal_count = entries;
            manifest.journal_head = Digest::of(head.as_bytes());
        }
    };
    let alarms = |text: &str| {
        let list = online(["alarm", "list", "--json"]).state(&signed.sides.online).run().json();
        list["alarms"].as_array().unwrap().iter().filter(|alarm| alarm.to_string().contains(text)).count()
    };
    for (number, entries, head, rings) in [
        (4, 20, "a", false),
        (5, 20, "a", false),
        (6, 25, "b", false),
        // Late, and of a longer journal than the newest.
        (2, 90, "c", false),
        // The state was restored: as long, but another one.
        (7, 25, "d", true),
        (8, 24, "e", true),
        // From there on it grows again.
        (9, 30, "f", false),
    ] {
        let crl = signed.sides.crl(number).sign();
        let before = alarms("MAN-JOURNAL");
        let ended = signed.forge(&crl, true, state(number, entries, head));
        assert_eq!(rules(&ended).contains(&"MAN-JOURNAL".to_owned()), rings, "manifest {number}: {ended}");
        assert_eq!(alarms("MAN-JOURNAL") - before, usize::from(rings), "manifest {number}");
        assert_eq!(rules(&ended).contains(&"MAN-LATE".to_owned()), number == 2, "manifest {number}");
    }
    online(["status"]).state(&signed.sides.online).exits(10).says("MAN-JOURNAL").says("had 25 entries");
    // Without the key, nobody rings it.
    let before = alarms("MAN-JOURNAL");
    let ended = signed.forge(&signed.sides.crl(10).sign(), false, state(10, 1, "g"));
    assert_eq!((rules(&ended), alarms("MAN-JOURNAL")), (vec!["MAN-SIGNATURE".to_owned()], before));
}

#[test]
fn a_journal_that_was_lost_and_begun_anew_rings_at_the_next_manifest() {
    let signed = Signed::new();
    let (recording, _) = signed.certificate("Issuing CA 1");
    signed.sides.receive_recording(&recording).exits(0);
    let (recording, _) = signed.certificate("Issuing CA 2");
    signed.sides.receive_recording(&recording).exits(0);
    std::fs::remove_file(signed.sides.offline.join("journal.jsonl")).unwrap();
    let begin = offline(["journal", "begin", "--by", "O. Operator", "--because", "the disk failed"]);
    begin.state(&signed.sides.offline).exits(0);
    let (recording, der) = signed.certificate("Issuing CA 3");
    let ended = signed.sides.receive_recording(&recording).arg("--json").exits(0);
    assert_eq!(rules(&ended), ["MAN-JOURNAL"], "{ended}");
    signed.sides.assert_published(&der);
    online(["status"]).state(&signed.sides.online).exits(10).says("MAN-JOURNAL");
}

#[test]
fn two_export_keys_are_pinned_while_one_takes_the_place_of_the_other() {
    let signed = Signed::new();
    let folder = signed.sides.scratch.folder();
    let old = folder.join("export.pub");
    let (new_key, new) = openssl_key(folder, "new");
    let (_, third) = openssl_key(folder, "third");
    let trust = |keys: &[&Path]| {
        let mut trust = online(["trust", "--yes"]).state(&signed.sides.online);
        trust = trust.arg("--root").arg(signed.sides.scratch.path("root.crt"));
        keys.iter().fold(trust, |trust, key| trust.arg("--export-key").arg(key))
    };
    trust(&[&old, &new, &third]).exits(2).says("3 export keys; at most 2");
    // Another key that signs is a weakening, which somebody has to acknowledge.
    trust(&[&old, &new]).exits(0).says("another export key");
    signed.sides.acknowledge_alarms();
    let pinned = signed.status()["roots"][0]["policy"]["export_keys"].clone();
    assert_eq!(pinned.as_array().unwrap().len(), 2);
    online(["status"]).state(&signed.sides.online).exits(0).says("two export keys are pinned");
    let signature = |key: &Path, name: &str| {
        let (file, _) = signed.sides.intermediate_file(name);
        let recording = signed.record_with(key, &format!("{name}.frames"), &[file]);
        let ended = signed.sides.receive_recording(&recording).arg("--json").exits(0);
        (manifest(&ended)["signature"].clone(), manifest(&ended)["export_key"].clone())
    };
    assert_eq!(signature(&signed.key, "Issuing CA 1"), ("good".into(), pinned[0].clone()));
    assert_eq!(signature(&new_key, "Issuing CA 2"), ("good".into(), pinned[1].clone()));
    trust(&[&new]).exits(0);
    assert_eq!(signature(&signed.key, "Issuing CA 3"), ("bad".into(), serde_json::Value::Null));
    assert_eq!(signature(&new_key, "Issuing CA 4"), ("good".into(), pinned[1].clone()));
}

/// Whoever writes on the line chooses in which order manifests come.
#[test]
fn two_late_manifests_of_one_number_contradict_each_other_too() {
    let signed = Signed::new();
    let crl = signed.sides.crl(1).sign();
    signed.forge(&crl, true, |manifest| manifest.number = 6);
    let late = signed.forge(&crl, true, |manifest| manifest.number = 5);
    assert_eq!((late.code, rules(&late)), (Some(0), vec!["MAN-LATE".to_owned()]), "{late}");
    let other = signed.forge(&crl, true, |manifest| {
        manifest.number = 5;
        manifest.created += 1;
    });
    assert_eq!((other.code, rules(&other)), (Some(6), vec!["MAN-EQUIVOCATION".to_owned()]), "{other}");
    assert_eq!(
        online(["status", "--json"]).state(&signed.sides.online).exits(10).json()["alarms"][0]["kind"],
        "manifest"
    );
}

/// An item of a root with a key, in an unsigned manifest that speaks for a root without one.
#[test]
fn a_manifest_that_speaks_for_another_trusted_root_does_not_escape_the_key_of_its_items() {
    let signed = Signed::new();
    let other = rootcast_tests::sides::fresh_root("Other Root");
    let root = signed.sides.scratch.file("other.crt", &other.certificate);
    online(["trust", "--yes"]).state(&signed.sides.online).arg("--root").arg(root).exits(0);
    let source = Digest::of(&other.key.spki());
    let ended = signed.forge(&signed.sides.crl(1).sign(), false, |manifest| manifest.source = source);
    assert_eq!((ended.code, rules(&ended)), (Some(0), vec!["MAN-SIGNATURE".to_owned()]), "{ended}");
    assert_eq!(signed.status()["last_contact"], serde_json::Value::Null, "it is no contact");
}

#[test]
fn a_signed_object_that_is_played_again_is_no_contact() {
    let signed = Signed::new();
    let (recording, _) = signed.certificate("Issuing CA 1");
    signed.sides.receive_recording(&recording).exits(0);
    let contact = signed.status()["last_contact"].clone();
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    signed.sides.receive_recording(&recording).exits(0);
    assert_eq!(signed.status()["last_contact"], contact);
}

#[test]
fn a_good_manifest_does_not_let_a_bad_item_in() {
    let signed = Signed::new();
    let mut crl = signed.sides.crl(1).sign();
    *crl.last_mut().unwrap() ^= 1;
    let ended = signed.forge(&crl, true, |manifest| manifest.number = 1);
    assert_eq!(ended.code, Some(5), "{ended}");
    assert_eq!(manifest(&ended)["signature"], "good");
    assert!(!signed.sides.is_published(&crl));
}

#[test]
fn contact_that_was_promised_and_did_not_come_calls_for_attention() {
    let signed = Signed::new();
    let now = rootcast_host::clock::now();
    let promise = |number: u64, by: i64| {
        move |manifest: &mut Manifest| {
            manifest.number = number;
            manifest.next_contact_by = Some(by);
        }
    };
    signed.forge(&signed.sides.crl(1).sign(), true, promise(1, now + 86_400));
    online(["status"]).state(&signed.sides.online).exits(0);
    signed.forge(&signed.sides.crl(2).sign(), false, promise(2, now - 60));
    online(["status"]).state(&signed.sides.online).exits(0);
    signed.forge(&signed.sides.crl(3).sign(), true, promise(2, now - 60));
    online(["status"]).state(&signed.sides.online).exits(10).says("manifest 2 promised the next by");
}

/// What was signed here and what was sent are judged together: judged apart, an older CRL and what only the newer one
/// revokes counted as valid, and the online side missed them for ever (MAN-WITHHELD).
#[test]
fn what_counts_as_valid_follows_the_newest_crl_sent_or_only_signed() {
    let sides = Sides::enrolled();
    let (issuer, now) = (Digest::of(&sides.root.key.spki()), sides.root.now);
    let intermediate = sides.root.intermediate("Revoked CA");
    let mut revoking = sides.crl(6);
    revoking.entries.push(EntryDraft::of(&intermediate.serial, now - 3600, None));
    let (older, newer, intermediate) = (sides.crl(5).sign(), revoking.sign(), intermediate.sign());
    let cases = [("both", &newer, Some(&older)), ("sent", &newer, None), ("signed", &older, Some(&newer))];
    for (case, sent, signed) in cases {
        let mut state = State::open(&RealDisk, &sides.fresh_offline(case), "a test").unwrap();
        let keep = |der: &[u8]| CrlRecord { issuer, sha256: state.keep_item(der).unwrap() };
        let (crl, signed_crl) = (keep(sent), signed.map(|der| keep(der)));
        let sha256 = state.keep_item(&intermediate).unwrap();
        state.record.crls.push(crl);
        state.record.signed_crls.extend(signed_crl);
        state.record.signed_certificates.push(CertificateRecord { issuer, sha256 });
        let valid = Gate::from_state(&state, false).unwrap().valid_items(&issuer, now);
        assert_eq!(valid, [Digest::of(&newer)], "{case}");
    }
}

#[test]
fn a_private_key_is_refused_online_and_a_public_one_offline() {
    let sides = Sides::enrolled();
    let (key, public) = openssl_key(sides.scratch.folder(), "export");
    let root = sides.scratch.path("root.crt");
    let enrol = online(["enrol", "--yes"]).state(&sides.online).arg("--root").arg(root);
    enrol.arg("--export-key").arg(&key).exits(2).says("must never leave the offline side");
    let (file, _) = sides.crl_file(1);
    let link = format!("file:{}", sides.scratch.path("never.frames").display());
    sides.send(&link, &[&file]).arg("--export-key").arg(&public).exits(2).says("cannot be used");
    let bundle = sides.scratch.path("finished.bundle");
    offline(["bundle", "-o"]).arg(&bundle).state(&sides.offline).arg(&file).exits(0);
    sides.send(&link, &[&bundle]).arg("--export-key").arg(&key).exits(2).says("finished bundle");
    assert!(!sides.scratch.path("never.frames").exists());
    // No trace of the private key is kept.
    let secret = std::fs::read_to_string(&key).unwrap();
    let secret = secret.lines().nth(1).unwrap();
    sides.send(&link, &[&file]).arg("--export-key").arg(&key).exits(0);
    for (path, bytes) in rootcast_tests::scratch::tree(&sides.offline) {
        assert!(!String::from_utf8_lossy(&bytes).contains(secret), "{}", path.display());
    }
}
