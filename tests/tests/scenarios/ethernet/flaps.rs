//! A carrier that goes down and comes back while something is sent; an interface that gets another name.

use std::time::Duration;

use rootcast_tests::air_gap::Host;
use rootcast_tests::program::{Running, offline};
use rootcast_tests::skipped::skipped;
use serde_json::{Value, json};

use super::{Gap, link, number};

/// Down and up again as fast as it goes: shorter than anybody looks.
fn flap(gap: &Gap) {
    gap.wires.run(Host::Online, &["sh", "-c", "ip link set i0 down; ip link set i0 up"]);
}

fn counted(document: &Value) -> Value {
    json!([document["interface"]["carrier"], document["carrier"]])
}

/// `link test` never looked at the carrier but at its end, and said that it was up.
#[test]
fn a_carrier_that_was_down_for_a_moment_is_told_by_every_command() {
    let Some(gap) = Gap::good(1) else { return };
    let (file, _) = gap.sides.long_crl_file(1, 2_000, &mut rootcast_tests::seeds::chance("down_for_a_moment"));
    let test = || -> Running {
        let test = offline(["link", "test", "--for", "3s", "--json", "--link", "eth:o0,rate=10M"]);
        gap.wires.start_on(Host::Offline, test).start()
    };
    let send = || gap.send(&["eth:o0,rate=10M"], &file).args(["--for", "3s"]).start();
    for flaps in [true, false] {
        let started: [(&str, Running); 2] = [("link test", test()), ("send", send())];
        for (name, mut running) in started {
            running.wait_for_text("holds a send-only link socket");
            if flaps {
                flap(&gap);
            }
            let ended = running.wait();
            assert_eq!(ended.code, Some(0), "{name}: {ended}");
            let document = ended.json();
            let of_link = if name == "send" { link(&document) } else { &document };
            let told = counted(of_link);
            let wanted = if flaps { "interrupted" } else { "up" };
            assert_eq!(told[0], wanted, "{name}: {of_link:#}");
            if flaps {
                ended.says("carrier up, but it was DOWN before");
            }
        }
    }
}

/// Its socket is bound to a number, and its counters are open files: neither knows the name.
#[test]
fn an_interface_that_is_renamed_under_way_sends_to_the_end() {
    let Some(gap) = Gap::good(1) else { return };
    let (file, der) = gap.sides.crl_file(1);
    let mut receiver = gap.receive(&["eth:i0"]).args(["--timeout", "110s"]).start();
    receiver.wait_for_text(" holds a stall of ");
    let mut sender = gap.send(&["eth:o0"], &file).args(["--passes", "10"]).start();
    sender.wait_for_text("holds a send-only link socket");
    let renamed = gap.wires.run(Host::Offline, &["sh", "-c", "ip link set o0 name x0 2>&1 || echo refused"]);
    let ended = sender.wait();
    if renamed.contains("refused") {
        return skipped("an interface that is renamed under way: this kernel renames none that is up");
    }
    assert!(ended.took > Duration::from_secs(1), "it was over before the rename: {ended}");
    assert_eq!(ended.code, Some(0), "{ended}");
    let told = ended.json();
    let interface = &link(&told)["interface"];
    assert_eq!((number(interface, "handed_over"), number(interface, "transmitted")), (10, 10), "{told:#}");
    assert_eq!((&link(&told)["ended"], &interface["carrier"]), (&json!("complete"), &json!("up")), "{told:#}");
    let received = receiver.wait();
    assert_eq!(received.code, Some(0), "{received}");
    gap.sides.assert_published(&der);
}
