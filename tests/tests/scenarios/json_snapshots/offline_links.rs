//! `rootcast-offline` and links: `send`, `beacon`, `link test`, `link report`, `key`.

use std::process::Stdio;

use rootcast_host::serial_port::listed;
use rootcast_tests::faults::ByteFaults;
use rootcast_tests::wire::Wire;

use super::offline_items::EXPORT_KEY;
use super::snapshot::Snapshot;
use super::stage::{NOW, Stage};

/// What follows from the journal.
/// It holds the paths of this run and the kernel's version of Landlock.
const OF_THE_JOURNAL: [&str; 2] = ["journal_head", "journal_words"];

fn items(stage: &Stage) {
    stage.crl(1);
    stage.crl(2);
    stage.intermediate("issuing.crt", "Example Issuing CA 1", 2);
    stage.changed_crl("endless.crl", 4, |draft| draft.next_update = None);
    stage.offline("key new -o shared.key").exits(0);
    stage.scratch.file("export.pem", EXPORT_KEY);
}

#[test]
fn what_send_prints_is_what_it_was() {
    let stage = Stage::enrolled();
    items(&stage);
    let mut snapshot = Snapshot::of("offline-send", &stage).without(&OF_THE_JOURNAL);
    snapshot.hide(&listed().join("\n"), "(the serial ports of this host)");
    let wire = Wire::new(921_600, ByteFaults::none());
    let port = wire.near().display();
    let links = [
        ("file", "file:a.frames".to_owned()),
        ("serial", format!("serial:{port},baud=921600 --passes 2")),
        ("html", "qr:html=a.html".to_owned()),
        ("gif", "qr:gif=a.gif".to_owned()),
        ("png", "qr:png=a".to_owned()),
        ("pdf", "qr:pdf=a.pdf".to_owned()),
        ("tiles", "qr:png=b,tiles=2x2,version=15,ec=M".to_owned()),
    ];
    for (name, link) in links {
        // A state of its own: so the object is the same whatever links were open before.
        stage.offline(&format!("enrol --yes --state {name} --root root.crt")).exits(0);
        let send = stage.offline(&format!("send --yes --state {name} --link {link} issuing.crt root-1.crl"));
        snapshot.run(&format!("over {name}"), &send, 0);
    }
    stage.offline("enrol --yes --state newer --root root.crt").exits(0);
    stage.offline("send --yes --state newer --link file:newer.frames root-2.crl").exits(0);
    let send = "send --yes --state off";
    let keyed = "--transport-key shared.key --next-contact 90d --export-key export.pem";
    let two = format!("{send} --link file:two.frames --link qr:png=two --passes 2 {keyed} root-1.crl");
    snapshot.run("over two links, with a MAC, a promise and an export key", &stage.offline(&two), 0);
    for (case, line, code) in [
        ("the output is there", format!("{send} --link file:two.frames root-1.crl"), 2),
        ("the same again", format!("{send} --link file:three.frames root-1.crl"), 0),
        ("for some time that is too short", format!("{send} --link file:short.frames --for 1ms root-1.crl"), 0),
        ("an item is refused", format!("{send} --link file:none.frames endless.crl"), 3),
        ("an older CRL than was sent", "send --yes --state newer --link file:none.frames root-1.crl".to_owned(), 3),
        ("nobody confirms", "send --state off --link file:none.frames root-2.crl".to_owned(), 2),
        ("a link without an end", format!("{send} --link serial:{port},baud=9600 root-2.crl"), 2),
        ("a link that is none", format!("{send} --link qr:smoke=signals root-2.crl"), 2),
        ("a device that is missing", format!("{send} --link serial:missing,baud=9600 --passes 1 root-2.crl"), 7),
        ("a folder that is missing", format!("{send} --link file:missing/a.frames root-2.crl"), 8),
        ("a promise without a key", format!("{send} --link file:none.frames --next-contact 90d root-2.crl"), 2),
        ("no item", format!("{send} --link file:none.frames"), 2),
        ("no such state", "send --yes --state nowhere --link file:none.frames root-1.crl".to_owned(), 2),
    ] {
        snapshot.run(case, &stage.offline(&line), code);
    }
    snapshot.compare();
}

#[test]
fn what_beacon_prints_is_what_it_was() {
    let stage = Stage::enrolled();
    items(&stage);
    let mut snapshot = Snapshot::of("offline-beacon", &stage);
    let beacon = "beacon --state off --transport-key shared.key";
    for (case, line, code) in [
        ("before anything was sent", format!("{beacon} --link file:a.frames"), 0),
        (
            "over two links, with a promise",
            format!("{beacon} --link file:b.frames --link qr:png=b --next-contact 90d"),
            0,
        ),
        ("some of them", format!("{beacon} --link file:c.frames --count 2 --every 1s"), 0),
        ("no key", "beacon --state off --link file:d.frames".to_owned(), 2),
        ("a key that is none", "beacon --state off --link file:d.frames --transport-key root.crt".to_owned(), 2),
        ("two ends", format!("{beacon} --link file:d.frames --count 2 --for 1s"), 2),
        ("a folder that is missing", format!("{beacon} --link file:missing/a.frames"), 8),
        ("no such state", "beacon --state nowhere --link file:d.frames --transport-key shared.key".to_owned(), 2),
    ] {
        snapshot.run(case, &stage.offline(&line), code);
    }
    stage.offline("enrol --yes --state bundled --root root.crt").exits(0);
    stage.offline("bundle --state bundled -o one.bundle root-1.crl").exits(0);
    let bundled = "beacon --state bundled --transport-key shared.key --link file:e.frames";
    snapshot.run("after a bundle was made", &stage.offline(bundled), 0);
    snapshot.compare();
}

#[test]
fn what_link_test_and_link_report_print_offline_is_what_it_was() {
    let stage = Stage::enrolled();
    items(&stage);
    let mut snapshot = Snapshot::of("offline-link", &stage).without(&OF_THE_JOURNAL);
    snapshot.hide(&listed().join("\n"), "(the serial ports of this host)");
    snapshot.run("a report before any link was open", &stage.offline("link report --state off"), 0);
    let wire = Wire::new(921_600, ByteFaults::none());
    let port = wire.near().display();
    for (case, line, code) in [
        ("a test over a recording", "test --link file:test.frames --passes 2".to_owned(), 0),
        ("a test over pictures", "test --link qr:png=test --passes 1".to_owned(), 0),
        ("a test over a line", format!("test --link serial:{port},baud=921600 --passes 1"), 0),
        ("a test over no link", "test".to_owned(), 2),
        ("a test over a link that is none", "test --link carrier:pigeon".to_owned(), 2),
        ("a test over a device that is missing", "test --link serial:missing,baud=9600 --passes 1".to_owned(), 7),
        ("a report without a state", "report".to_owned(), 2),
        ("a report of no such state", "report --state nowhere".to_owned(), 2),
        ("no subcommand", String::new(), 2),
    ] {
        snapshot.run(case, &stage.offline(&format!("link {line}")), code);
    }
    let send = format!(
        "send --yes --state off --link file:a.frames --link qr:png=a --link qr:pdf=a.pdf \
         --link serial:{port},baud=921600 --passes 1 root-1.crl"
    );
    stage.offline(&send).exits(0);
    stage.offline("beacon --state off --transport-key shared.key --link file:b.frames").exits(0);
    snapshot.run("a report of sent objects and beacons", &stage.offline("link report --state off"), 0);
    snapshot.compare();
}

#[test]
fn what_key_prints_on_either_side_is_what_it_was() {
    let stage = Stage::new();
    let mut snapshot = Snapshot::of("key", &stage);
    let sides = [("offline", "off.key", "off-again.key"), ("online", "on.key", "on-again.key")];
    for (side, made, typed) in sides {
        let program = |line: &str| if side == "offline" { stage.offline(line) } else { stage.online(line) };
        snapshot.run(&format!("{side}, a new key"), &program(&format!("key new -o {made}")), 0);
        let words = program(&format!("key words {made}")).exits(0).json()["words"].as_str().expect("words").to_owned();
        snapshot.hide(&words, "<18 words>");
        snapshot.run(&format!("{side}, its words"), &program(&format!("key words {made}")), 0);
        let typing = |text: &str| {
            let program = program(&format!("key from-words -o {typed}"));
            let input = std::fs::File::open(stage.scratch.file("typed", text)).expect("a file");
            let ended = program.start_with(Stdio::from(input), Stdio::piped(), Stdio::piped()).wait();
            (program, ended)
        };
        let (program_run, ended) = typing("apple pear");
        snapshot.ended(&format!("{side}, from too few words"), &program_run, &ended);
        let (program_run, ended) = typing(&words);
        snapshot.ended(&format!("{side}, from its words"), &program_run, &ended);
        snapshot.run(&format!("{side}, the file is there"), &program(&format!("key new -o {made}")), 2);
        snapshot.run(&format!("{side}, no key"), &program("key words root.crt"), 2);
        snapshot.run(&format!("{side}, the file is missing"), &program("key words missing.key"), 2);
        snapshot.run(&format!("{side}, no subcommand"), &program("key"), 2);
    }
    assert_eq!(stage.clock.seconds(), NOW);
    snapshot.compare();
}
