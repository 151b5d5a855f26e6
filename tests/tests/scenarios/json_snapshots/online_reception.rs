//! `rootcast-online receive` and `link test`, over every link that needs no hardware.

use std::io::Write;

use rootcast_host::serial_port::listed;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::manifest::ItemKind;
use rootcast_protocol::words;
use rootcast_tests::faults::ByteFaults;
use rootcast_tests::forged;
use rootcast_tests::frames_folder::{copy, pictures};
use rootcast_tests::recordings::{frames, only, write};
use rootcast_tests::throwaway_ca::ExtensionDraft;
use rootcast_tests::wire::Wire;
use serialport::{SerialPort, TTYPort};

use super::offline_items::{EXPORT_KEY, EXPORT_KEY_PUBLIC};
use super::snapshot::Snapshot;
use super::stage::{NOW, Stage};

#[test]
fn what_receive_prints_of_items_is_what_it_was() {
    let stage = Stage::enrolled();
    let mut snapshot = Snapshot::of("online-receive-items", &stage);
    stage.crl(1);
    stage.crl(2);
    stage.crl(3);
    stage.intermediate("issuing.crt", "Example Issuing CA 1", 2);
    stage.scratch.file("export.pem", EXPORT_KEY);
    for (name, files) in [
        ("first", "root-1.crl issuing.crt"),
        ("second", "root-2.crl"),
        ("signed", "root-2.crl issuing.crt --export-key export.pem"),
    ] {
        stage.recording(name, files);
    }
    let crl = |name: &str, der: &[u8]| {
        let object = forged::object_with(
            &[(ItemKind::Crl, &format!("{name}.crl"), der)],
            |manifest| manifest.created = NOW,
            |_| None,
        );
        forged::record(&object, &stage.scratch.path(&format!("{name}.frames")));
    };
    crl(
        "held",
        &stage.changed_crl("jump.crl", 3, |draft| draft.set_extension(ExtensionDraft::crl_number(&[0x1f, 0x40]))),
    );
    crl("rejected", &stage.changed_crl("endless.crl", 4, |draft| draft.next_update = None));
    crl("unknown", b"no item");
    crl(
        "second-again",
        &stage.changed_crl("second-again.crl", 2, |draft| draft.revoke(0x4a00_0000_0000_0009, NOW - 86_400 * 60)),
    );
    let mut stranger = stage.root.clone();
    stranger.key = super::stage::key(8);
    crl("stranger", &rootcast_tests::sides::crl_of(&stranger, 1).sign());
    let both = ["rejected.frames", "held.frames"].map(|name| frames(&stage.scratch.path(name)));
    write(&stage.scratch.path("both.frames"), both.concat());
    stage.scratch.file("empty.frames", "");
    let sha256 = Digest::of(&stage.crl(1));
    let words = words::spell(Digest::of(b"another item").as_bytes(), words::SHORT);
    for (case, line, code) in [
        ("an object of two items", "--link file:first.frames --once", 0),
        ("an item that did not come", "--link file:first.frames --expect WORDS --expect HEX", 4),
        ("the same object again", "--link file:first.frames", 0),
        ("a newer CRL", "--link file:second.frames", 0),
        ("an older one: rolled back", "--link file:first.frames", 6),
        ("another CRL with the same number", "--link file:second-again.frames", 6),
        ("a jump of the number: held", "--link file:held.frames", 9),
        ("an item that is rejected", "--link file:rejected.frames", 5),
        ("an item that is none", "--link file:unknown.frames", 5),
        ("an item of nobody enrolled", "--link file:stranger.frames", 5),
        ("two objects, the worst of all outcomes", "--link file:both.frames", 5),
        ("two links, one of them empty", "--link file:empty.frames --link file:held.frames", 9),
    ] {
        let line = line.replace("WORDS", &words.replace(' ', "-")).replace("HEX", &sha256.to_string());
        snapshot.run(case, &stage.online(&format!("receive --state on {line}")), code);
    }
    let choices = format!("--export-key {EXPORT_KEY_PUBLIC} --off CRL-EMPTY-LIST");
    stage.online(&format!("enrol --yes --state pinned --root root.crt {choices}")).exits(0);
    snapshot.run("a signed manifest", &stage.online("receive --state pinned --link file:signed.frames"), 0);
    snapshot.run("a manifest without a signature", &stage.online("receive --state pinned --link file:first.frames"), 6);
    snapshot.compare();
}

#[test]
fn what_receive_prints_of_links_is_what_it_was() {
    let stage = Stage::enrolled();
    let mut snapshot = Snapshot::of("online-receive-links", &stage);
    snapshot.hide(&listed().join("\n"), "(the serial ports of this host)");
    stage.crl(1);
    stage.intermediate("issuing.crt", "Example Issuing CA 1", 2);
    stage.offline("key new -o shared.key").exits(0);
    stage.offline("key new -o other.key").exits(0);
    stage.recording("whole", "root-1.crl issuing.crt");
    let whole = stage.scratch.path("whole.frames");
    stage.offline("send --yes --state off --link qr:png=pictures,version=10 whole.bundle").exits(0);
    let few: Vec<usize> = (0..3).collect();
    copy(&stage.scratch.path("pictures"), &few, &stage.scratch.path("few"));
    let all: Vec<usize> = (0..pictures(&stage.scratch.path("pictures")).len().min(12)).collect();
    copy(&stage.scratch.path("pictures"), &all, &stage.scratch.path("enough"));
    let keyed = "--transport-key shared.key --next-contact 90d";
    stage.offline(&format!("send --yes --state off --link file:keyed.frames {keyed} whole.bundle")).exits(0);
    stage
        .offline("beacon --state off --link file:beacon.frames --transport-key shared.key --next-contact 30d")
        .exits(0);
    stage.offline("link test --link file:pattern.frames --passes 1").exits(0);
    let mut damaged = std::fs::read(&whole).expect("a recording");
    damaged.truncate(damaged.len() - 7);
    damaged[40] ^= 1;
    stage.scratch.file("damaged.frames", damaged);
    let long = stage.changed_crl("long.crl", 1, |draft| {
        (0..120).for_each(|more| draft.revoke(0x4b00_0000_0000_0000 + more * 7_919, NOW - 86_400 * 50));
    });
    assert!(long.len() > 3000, "several frames");
    let item = [(ItemKind::Crl, "long.crl", &*long)];
    let object = forged::object_with(&item, |manifest| manifest.created = NOW, |_| None);
    forged::record(&object, &stage.scratch.path("long.frames"));
    let long = frames(&stage.scratch.path("long.frames"));
    write(&stage.scratch.path("mixed.frames"), [forged::poison(&long[1])].iter().chain(&long));
    let true_frames = frames(&whole);
    let poison = forged::poison(&true_frames[0]);
    write(&stage.scratch.path("poison.frames"), [poison.clone(), poison]);
    stage.scratch.file("empty.frames", "");
    let _ = stage.scratch.subfolder("no-pictures");
    for (case, line, code) in [
        ("pictures", "--link qr:images=enough", 0),
        ("too few pictures", "--link qr:images=few", 4),
        ("no pictures", "--link qr:images=no-pictures", 4),
        ("an empty recording", "--link file:empty.frames", 4),
        ("a recording with damage", "--link file:damaged.frames", 0),
        ("false symbols alone", "--link file:poison.frames", 4),
        ("false symbols among true ones", "--link file:mixed.frames", 0),
        ("frames with a MAC", "--link file:keyed.frames --transport-key shared.key", 0),
        ("frames with a MAC and another key", "--link file:keyed.frames --transport-key other.key", 4),
        ("frames with a MAC and no key", "--link file:keyed.frames", 4),
        ("frames without a MAC and a key", "--link file:whole.frames --transport-key shared.key", 4),
        ("beacons alone", "--link file:beacon.frames --transport-key shared.key", 0),
        ("beacons again", "--link file:beacon.frames --transport-key shared.key", 0),
        ("a test pattern", "--link file:pattern.frames", 4),
        ("a recording that is missing", "--link file:missing.frames", 2),
        ("a folder that is missing", "--link qr:images=missing", 2),
        ("a device that is missing", "--link serial:missing", 7),
        ("a film that is none", "--link qr:video=root.crt", 2),
        ("a link that is none", "--link carrier:pigeon", 2),
        ("a link twice", "--link file:whole.frames --link file:whole.frames", 2),
        ("three keys", "--link file:whole.frames --transport-key a --transport-key b --transport-key c", 2),
        ("no link", "", 2),
    ] {
        // A state of its own: nothing that came before counts.
        let state = format!("on-{}", case.replace(' ', "-"));
        stage.online(&format!("enrol --yes --state {state} --root root.crt")).exits(0);
        snapshot.run(case, &stage.online(&format!("receive --state {state} {line}")), code);
    }
    snapshot.run("no such state", &stage.online("receive --state nowhere --link file:whole.frames"), 2);
    snapshot.run("no state", &stage.online("receive --link file:whole.frames"), 2);
    let wire = Wire::new(921_600, ByteFaults::none());
    let silent = format!("receive --state on --link serial:{} --timeout 200ms", wire.far().display());
    snapshot.run("a silent line, for some time", &stage.online(&silent), 4);
    let (_line, port) = login_on_a_line();
    let text = format!("receive --state on --link serial:{port} --timeout 2s", port = port.name().unwrap());
    snapshot.run("a line with the text of another program", &stage.online(&text), 4);
    snapshot.compare();
}

#[test]
fn what_link_test_prints_online_is_what_it_was() {
    let stage = Stage::new();
    let mut snapshot = Snapshot::of("online-link", &stage);
    stage.offline("link test --link file:test.frames --passes 2").exits(0);
    stage.offline("link test --link qr:png=test --passes 1").exits(0);
    let sent = frames(&stage.scratch.path("test.frames"));
    let kept: Vec<usize> = (0..sent.len()).filter(|number| number % 5 != 3).collect();
    write(&stage.scratch.path("gaps.frames"), only(&sent, &kept));
    let mut hurt = sent.clone();
    hurt[2][50] ^= 0x11;
    hurt[4].truncate(60);
    hurt[6].extend([1, 2, 3]);
    hurt[8] = hurt[7].clone();
    write(&stage.scratch.path("hurt.frames"), hurt);
    stage.scratch.file("empty.frames", "");
    for (case, line, code) in [
        ("a clean recording", "test --link file:test.frames", 0),
        ("a recording with gaps", "test --link file:gaps.frames", 0),
        ("a recording with damage of every kind", "test --link file:hurt.frames", 0),
        ("pictures", "test --link qr:images=test", 0),
        ("silence", "test --link file:empty.frames", 4),
        ("a recording that is missing", "test --link file:missing.frames", 2),
        ("a link that is none", "test --link carrier:pigeon", 2),
        ("no link", "test", 2),
        ("no subcommand", "", 2),
    ] {
        snapshot.run(case, &stage.online(&format!("link {line}")), code);
    }
    let (_line, port) = login_on_a_line();
    let text = format!("link test --link serial:{port},baud=9600 --timeout 2s", port = port.name().unwrap());
    snapshot.run("a line with the text of another program", &stage.online(&text), 4);
    snapshot.compare();
}

/// A pair of ports, with a login on its way to the second one.
fn login_on_a_line() -> (TTYPort, TTYPort) {
    let (mut line, port) = TTYPort::pair().expect("a pair of ports");
    line.write_all(b"\r\nDebian GNU/Linux 12 host ttyS0\r\n\r\nhost login: \0").expect("a write");
    (line, port)
}
