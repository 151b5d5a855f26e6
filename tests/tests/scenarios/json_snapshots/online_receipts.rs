//! `rootcast-online` and what was decided: `receipts`, `request`.

use super::snapshot::Snapshot;
use super::stage::{Stage, key};

#[test]
fn what_receipts_and_request_print_is_what_it_was() {
    let stage = Stage::enrolled();
    let mut snapshot = Snapshot::of("online-receipts", &stage);
    stage.crl(1);
    stage.recording("first", "root-1.crl");
    stage.online("receive --state on --link file:first.frames").exits(0);
    stage.crl(2);
    stage.recording("second", "root-2.crl");
    stage.online("receive --state on --link file:second.frames").exits(0);
    // It rings, and somebody acknowledges it for some days.
    stage.online("receive --state on --link file:first.frames").exits(6);
    let list = stage.online("alarm list --state on").exits(0).json();
    let id = list["alarms"][0]["id"].as_str().expect("an alarm");
    let until = super::stage::at(super::stage::NOW + 86_400);
    stage.online(&format!("alarm ack {id} --by Alice --because known --until {until} --state on")).exits(0);
    for (case, line, code) in [
        ("the list", "receipts list --state on", 0),
        ("of one kind", "receipts list --kind enrol --state on", 0),
        ("none is so new", "receipts list --since 2030-01-01T00:00:00Z --state on", 0),
        ("one", "receipts show 2 --state on", 0),
        ("a decision", "receipts show 5 --state on", 0),
        ("no such receipt", "receipts show 6 --state on", 2),
        ("no number", "receipts show first --state on", 2),
        ("no such kind", "receipts list --kind other --state on", 2),
        ("no such time", "receipts list --since soon --state on", 2),
        ("no such state", "receipts list --state nowhere", 2),
        ("no subcommand", "receipts", 2),
    ] {
        snapshot.run(case, &stage.online(line), code);
    }
    stage.scratch.file("issuing.csr", rootcast_tests::request::request("Example Issuing CA 1", &key(2)));
    for (case, line, code) in [
        ("a request", "request show issuing.csr", 0),
        ("two requests", "request show issuing.csr issuing.csr", 0),
        ("a certificate", "request show root.crt", 2),
        ("a missing request", "request show missing.csr", 2),
        ("no request", "request show", 2),
    ] {
        snapshot.run(case, &stage.online(line), code);
    }
    snapshot.compare();
}
