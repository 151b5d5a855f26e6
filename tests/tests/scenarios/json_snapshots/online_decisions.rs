//! `rootcast-online` and what waits: `status`, `held`.
//! And what it keeps: the inventory, receipts, its state, its log.

use std::path::PathBuf;

use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::forged;
use rootcast_tests::scratch::tree;
use rootcast_tests::throwaway_ca::{EntryDraft, ExtensionDraft};

use super::offline_items::{EXPORT_KEY, EXPORT_KEY_PUBLIC};
use super::snapshot::Snapshot;
use super::stage::{NOW, Stage, at, key};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// A recording of one CRL, as a transmitter that keeps no rules makes it.
fn forge(stage: &Stage, name: &str, der: &[u8]) {
    let items = [(ItemKind::Crl, &*format!("{name}.crl"), der)];
    let object = forged::object_with(&items, |manifest| manifest.created = NOW, |_| None);
    forged::record(&object, &stage.scratch.path(&format!("{name}.frames")));
}

/// A CRL whose number jumps to 8000 and more.
fn jump(stage: &Stage, name: &str, more: u8) {
    let change = |draft: &mut rootcast_tests::throwaway_ca::CrlDraft| {
        draft.set_extension(ExtensionDraft::crl_number(&[0x1f, 0x40 + more]));
    };
    forge(stage, name, &stage.changed_crl(&format!("{name}.crl"), 3 + u32::from(more), change));
}

/// A recording of the certificate in the file NAME.crt.
fn forge_certificate(stage: &Stage, name: &str) {
    let der = std::fs::read(stage.scratch.path(&format!("{name}.crt"))).expect("a certificate");
    let items = [(ItemKind::Certificate, &*format!("{name}.crt"), &*der)];
    let object = forged::object_with(&items, |manifest| manifest.created = NOW, |_| None);
    forged::record(&object, &stage.scratch.path(&format!("{name}.frames")));
}

/// The id of the held item with this name.
fn id_of(list: &serde_json::Value, name: &str) -> String {
    let held = list["held"].as_array().expect("held items").iter().find(|item| item["name"] == *name);
    held.expect("it is held")["id"].as_str().expect("an id").to_owned()
}

fn receive(stage: &Stage, name: &str, code: i32) {
    stage.online(&format!("receive --state on --link file:{name}.frames")).exits(code);
}

/// A state with a published CRL and certificate, and every choice of a policy.
fn published() -> Stage {
    let stage = Stage::enrolled();
    stage.scratch.file("export.pem", EXPORT_KEY);
    stage.scratch.file("issuing.csr", rootcast_tests::request::request("Example Issuing CA 1", &key(2)));
    stage.offline_issuer("policy-ca.crt", "Policy CA", 3);
    let other = rootcast_tests::throwaway_ca::ThrowAwayCa::with_key("Another Root", key(7), NOW);
    stage.scratch.file("other.crt", &other.certificate);
    stage.online("enrol --yes --state on --root other.crt").exits(0);
    let choices = format!(
        "--min-life 30d --serves http://crl.example/ --request issuing.csr \
         --offline-issuer policy-ca.crt --off CRL-EMPTY-LIST --export-key {EXPORT_KEY_PUBLIC}"
    );
    stage.online(&format!("enrol --yes --state on --root root.crt {choices}")).exits(0);
    let list = stage.online("alarm list --state on").exits(0).json();
    let id = list["alarms"][0]["id"].as_str().expect("the policy was weakened");
    stage.online(&format!("alarm ack {id} --by Alice --because agreed --state on")).exits(0);
    stage.crl(1);
    let issuing = stage.intermediate("issuing.crt", "Example Issuing CA 1", 2);
    assert!(!issuing.is_empty());
    stage.recording("first", "root-1.crl issuing.crt --export-key export.pem");
    receive(&stage, "first", 0);
    stage
}

#[test]
fn what_retire_prints_online_is_what_it_was() {
    let stage = published();
    let mut snapshot = Snapshot::of("online-retire", &stage);
    let because = "--by Alice --because replaced";
    for (case, line, code) in [
        ("no such issuer", "retire --state on 0123456789abcdef".to_owned(), 2),
        ("no file and no identifier", "retire --state on missing.crt".to_owned(), 2),
        ("its CRLs are still needed", "retire --state on root.crt".to_owned(), 2),
        ("nothing needs its CRLs", "retire --yes --state on other.crt".to_owned(), 0),
        ("with a reason", format!("retire --state on root.crt {because}"), 0),
        ("the status after it", "status --state on".to_owned(), 0),
    ] {
        snapshot.run(case, &stage.online(&line), code);
    }
    snapshot.compare();
}

#[test]
fn what_status_prints_is_what_it_was() {
    let stage = published();
    let mut snapshot = Snapshot::of("online-status", &stage);
    stage.online("enrol --yes --state bare --root root.crt").exits(0);
    snapshot.run("nothing but a root", &stage.online("status --state bare"), 0);
    snapshot.run("a root without a CRL for long", &stage.online_later("status --state bare", 25 * HOUR), 10);
    snapshot.run("a CRL, a certificate and every choice", &stage.online("status --state on"), 0);
    snapshot.run("with the receipts", &stage.online("status --state on --receipts"), 0);
    snapshot.run("something ends soon", &stage.online("status --state on --warn 200d"), 10);
    jump(&stage, "held", 0);
    receive(&stage, "held", 9);
    snapshot.run("something is held", &stage.online("status --state on"), 0);
    snapshot.run("something is held for long", &stage.online_later("status --state on", 25 * HOUR), 10);
    stage.offline("key new -o shared.key").exits(0);
    let beacon = "beacon --state off --link file:beacon.frames --transport-key shared.key --next-contact 2d";
    stage.offline(beacon).exits(0);
    stage.online("receive --state on --link file:beacon.frames --transport-key shared.key").exits(0);
    snapshot.run("a beacon was heard", &stage.online("status --state on"), 0);
    snapshot.run("contact is overdue, and much has ended", &stage.online_later("status --state on", 400 * DAY), 10);
    let revoking = stage.changed_crl("revoking.crl", 2, |draft| {
        let mut serial = key(2).key_id();
        serial.truncate(15);
        serial.insert(0, 0x4a);
        draft.entries.push(EntryDraft::of(&serial, NOW - 30 * DAY, Some(4)));
    });
    forge(&stage, "revoking", &revoking);
    receive(&stage, "revoking", 0);
    forge_certificate(&stage, "policy-ca");
    receive(&stage, "policy-ca", 9);
    let held = id_of(&stage.online("held list --state on").exits(0).json(), "policy-ca.crt");
    stage.online(&format!("held accept {held} --by Alice --because told --state on")).exits(0);
    snapshot.run("an offline issuer is active, and a certificate was revoked", &stage.online("status --state on"), 0);
    snapshot.run("no such state", &stage.online("status --state nowhere"), 2);
    snapshot.run("no state", &stage.online("status"), 2);
    snapshot.run("no such duration", &stage.online("status --state on --warn soon"), 2);
    snapshot.run("no command", &stage.online(""), 2);
    let (path, mut receipt) = tree(&stage.scratch.path("on/receipts")).swap_remove(0);
    receipt.push(b' ');
    std::fs::write(stage.scratch.path("on/receipts").join(path), receipt).expect("a changed receipt");
    snapshot.run("a receipt was changed", &stage.online("status --state on --receipts"), 8);
    snapshot.compare();
}

#[test]
fn what_held_prints_is_what_it_was() {
    let stage = published();
    let mut snapshot = Snapshot::of("online-held", &stage);
    snapshot.run("nothing is held", &stage.online("held list --state on"), 0);
    let id = |snapshot: &mut Snapshot, case: &str, name: &str| {
        id_of(&snapshot.run(case, &stage.online("held list --state on"), 0), name)
    };
    jump(&stage, "one", 0);
    receive(&stage, "one", 9);
    let held = id(&mut snapshot, "one is held", "one.crl");
    for (case, line) in [
        ("nobody decides", format!("held accept {held} --because told")),
        ("no reason is given", format!("held accept {held} --by Alice")),
        ("no id of anything", "held accept 0123456789ab-012345 --by Alice --because told".to_owned()),
        (
            "an id that stands for something else",
            format!("held accept {}-000000 --by Alice --because told", &held[..12]),
        ),
        ("an id without what was shown", format!("held accept {} --by Alice --because told", &held[..12])),
        ("an empty name", format!("held discard {held} --by= --because told")),
        ("no subcommand", "held".to_owned()),
    ] {
        let state = if case == "no subcommand" { "" } else { " --state on" };
        snapshot.run(case, &stage.online(&format!("{line}{state}")), 2);
    }
    let decided = "--by Alice --because told --state on";
    snapshot.run("accepted", &stage.online(&format!("held accept {held} {decided}")), 0);
    snapshot.run("accepted again", &stage.online(&format!("held accept {held} {decided}")), 2);
    let vanished = stage.changed_crl("vanished.crl", 9, |draft| {
        draft.set_extension(ExtensionDraft::crl_number(&[0x1f, 0x50]));
        draft.entries.clear();
    });
    forge(&stage, "vanished", &vanished);
    receive(&stage, "vanished", 9);
    let held = id(&mut snapshot, "another is held", "vanished.crl");
    snapshot.run("discarded", &stage.online(&format!("held discard {held} {decided}")), 0);
    snapshot.run("discarded again", &stage.online(&format!("held discard {held} {decided}")), 2);
    let far = |name: &str, number: [u8; 2], hours: u32| {
        let change = |draft: &mut rootcast_tests::throwaway_ca::CrlDraft| {
            draft.set_extension(ExtensionDraft::crl_number(&number));
        };
        forge(&stage, name, &stage.changed_crl(&format!("{name}.crl"), hours, change));
    };
    far("far", [0x3f, 0x40], 12);
    receive(&stage, "far", 9);
    let held = id(&mut snapshot, "a third is held", "far.crl");
    far("between", [0x1f, 0x60], 20);
    receive(&stage, "between", 0);
    snapshot.run("accepted after a newer one came", &stage.online(&format!("held accept {held} {decided}")), 6);
    far("further", [0x5f, 0x40], 30);
    receive(&stage, "further", 9);
    let held = id(&mut snapshot, "a fourth is held", "further.crl");
    let url = [0xa0, 0x0b, 0xa0, 0x09, 0x86, 0x07, b'h', b't', b't', b'p', b':', b'/', b'/'];
    let meanwhile = stage.changed_crl("meanwhile.crl", 28, |draft| {
        draft.set_extension(ExtensionDraft::crl_number(&[0x1f, 0x70]));
        draft.set_extension(ExtensionDraft::issuing_distribution_point(&[url.to_vec()]));
    });
    forge(&stage, "meanwhile", &meanwhile);
    receive(&stage, "meanwhile", 9);
    let other = id_of(&stage.online("held list --state on").exits(0).json(), "meanwhile.crl");
    snapshot.run("another was accepted meanwhile", &stage.online(&format!("held accept {other} {decided}")), 0);
    snapshot.run("held by more than was shown", &stage.online(&format!("held accept {held} {decided}")), 9);
    snapshot.compare();
}

#[test]
fn what_alarm_prints_is_what_it_was() {
    let stage = published();
    let mut snapshot = Snapshot::of("online-alarm", &stage);
    snapshot.run("nothing rang", &stage.online("alarm list --state on"), 0);
    stage.crl(2);
    stage.recording("second", "root-2.crl --export-key export.pem");
    receive(&stage, "second", 0);
    receive(&stage, "first", 6);
    let list = snapshot.run("an older CRL came", &stage.online("alarm list --state on"), 0);
    let id = list["alarms"][0]["id"].as_str().expect("an id").to_owned();
    snapshot.run("it stands in status", &stage.online("status --state on"), 10);
    for (case, line) in [
        ("nobody acknowledges it", format!("alarm ack {id} --because known --state on")),
        ("no reason is given", format!("alarm ack {id} --by Alice --state on")),
        ("no id of anything", "alarm ack 0123456789ab --by Alice --because known --state on".to_owned()),
        (
            "a time in the past",
            format!("alarm ack {id} --by Alice --because known --until {} --state on", at(NOW - DAY)),
        ),
        ("no such time", format!("alarm ack {id} --by Alice --because known --until soon --state on")),
        ("no subcommand", "alarm".to_owned()),
    ] {
        snapshot.run(case, &stage.online(&line), 2);
    }
    let ack = format!("alarm ack {id} --by Alice --because known --state on");
    let until = format!("{ack} --until {}", at(NOW + 7 * DAY));
    snapshot.run("acknowledged until a time", &stage.online(&until), 0);
    snapshot.run("it is listed still", &stage.online("alarm list --state on"), 0);
    // What a manifest showed to be missing still calls for attention.
    snapshot.run("it stands in status, and does not ring", &stage.online("status --state on"), 10);
    snapshot.run("it rings after that time", &stage.online_later("status --state on", 8 * DAY), 10);
    snapshot.run("acknowledged", &stage.online(&ack), 0);
    snapshot.run("acknowledged again", &stage.online(&ack), 2);
    stage.online("enrol --yes --state on --root root.crt --off CRL-VALIDITY --min-life 20d").exits(0);
    snapshot.run("a policy was weakened", &stage.online("alarm list --state on"), 0);
    snapshot.compare();
}

/// The folder of the generation that is in force.
fn generation(stage: &Stage) -> PathBuf {
    let published = std::fs::canonicalize(stage.scratch.path("on/published")).expect("a published tree");
    published.parent().expect("its generation").to_owned()
}

#[test]
fn what_the_online_side_keeps_is_what_it_was() {
    let stage = published();
    let mut snapshot = Snapshot::of("online-state", &stage);
    jump(&stage, "one", 0);
    receive(&stage, "one", 9);
    snapshot.file("the state with something held", &generation(&stage).join("state.json"));
    let list = stage.online("held list --state on").exits(0).json();
    let held = list["held"][0]["id"].as_str().expect("an id");
    stage.online(&format!("held accept {held} --by Alice --because told --state on")).exits(0);
    let endless = stage.changed_crl("endless.crl", 9, |draft| {
        draft.set_extension(ExtensionDraft::crl_number(&[0x1f, 0x50]));
        draft.next_update = None;
    });
    forge(&stage, "endless", &endless);
    receive(&stage, "endless", 5);
    receive(&stage, "first", 6);
    stage.offline("key new -o shared.key").exits(0);
    stage.offline("beacon --state off --link file:beacon.frames --transport-key shared.key --next-contact 2d").exits(0);
    stage.online("receive --state on --link file:beacon.frames --transport-key shared.key").exits(0);
    snapshot.file("the state", &generation(&stage).join("state.json"));
    snapshot.file("the inventory", &stage.scratch.path("on/published/inventory.json"));
    snapshot.file("the contact", &stage.scratch.path("on/contact.json"));
    let receipts = tree(&stage.scratch.path("on/receipts"));
    assert!(receipts.len() >= 6, "{receipts:?}");
    for (path, _) in receipts {
        snapshot.file(&format!("receipt {}", path.display()), &stage.scratch.path("on/receipts").join(path));
    }
    snapshot.compare();
}

#[test]
fn what_the_online_side_logs_is_what_it_was() {
    let stage = published();
    let mut snapshot = Snapshot::of("online-log", &stage);
    stage.offline("key new -o shared.key").exits(0);
    stage.offline("beacon --state off --link file:beacon.frames --transport-key shared.key").exits(0);
    stage.offline("link test --link file:pattern.frames --passes 1").exits(0);
    stage.scratch.file("empty.frames", "");
    jump(&stage, "held", 0);
    for (line, code) in [
        ("enrol --yes --state on --root root.crt", 0),
        ("check root-1.crl --state on", 0),
        ("receive --state on --link file:first.frames", 0),
        ("receive --state on --link file:held.frames", 9),
        ("receive --state on --link file:empty.frames", 4),
        ("receive --state on --link file:beacon.frames --transport-key shared.key", 0),
        ("receive --state on --link file:missing.frames", 2),
        ("receive --state nowhere --link file:first.frames", 2),
        ("status --state on", 0),
        ("held list --state on", 0),
        ("held accept 0123456789ab-012345 --state on --by Alice --because told", 2),
        ("link test --link file:pattern.frames", 0),
        ("key words shared.key", 0),
    ] {
        let log = stage.scratch.path("log.jsonl");
        let _ = std::fs::remove_file(&log);
        stage.online(&format!("{line} --log log.jsonl")).exits(code);
        snapshot.lines(line, &log);
    }
    snapshot.compare();
}
