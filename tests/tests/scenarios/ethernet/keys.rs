//! Frames that are in order and were made with another transport key.

use rootcast_tests::program::offline;

use super::{Gap, link, number};

#[test]
fn frames_of_another_key_are_counted_and_bring_nothing() {
    let Some(gap) = Gap::good(1) else { return };
    let (file, der) = gap.sides.crl_file(1);
    let [ours, others] = ["ours.key", "others.key"].map(|name| {
        let key = gap.sides.scratch.path(name);
        offline(["key", "new", "-o"]).arg(&key).exits(0);
        key
    });
    let mut receiver = gap.receive(&["eth:i0"]).args(["--timeout", "110s"]).arg("--transport-key").arg(&ours).start();
    receiver.wait_for_text(" holds a stall of ");
    let send = |key| {
        let send = gap.send(&["eth:o0"], &file).args(["--until-odds", "1e-9"]).arg("--transport-key").arg(key);
        send.exits(0).json()
    };
    let sent = send(&others);
    assert!(receiver.runs() && !gap.sides.is_published(&der), "frames of another key were believed");
    // Those of our key are of the same object.
    send(&ours);
    let received = receiver.wait();
    assert_eq!(received.code, Some(0), "{received}");
    gap.sides.assert_published(&der);
    let heard = received.json();
    let heard = link(&heard);
    // Every frame that left with the other key, and each beacon with it.
    let left = number(&link(&sent)["interface"], "transmitted");
    assert!(left >= 9, "{sent:#}");
    assert_eq!(number(heard, "unauthentic"), left, "{heard:#}");
    assert_eq!(number(heard, "damaged") + number(heard, "foreign"), 0, "{heard:#}");
    // And alone they end in nothing.
    let alone = gap.sides.fresh_online("alone");
    let receive = rootcast_tests::program::online(["receive", "--once", "--timeout", "6s"]).state(&alone);
    let mut receiver = gap
        .wires
        .start_on(rootcast_tests::air_gap::Host::Online, receive.link("eth:i0").arg("--transport-key").arg(&ours))
        .start();
    receiver.wait_for_text(" holds a stall of ");
    send(&others);
    let received = receiver.wait();
    assert_eq!(received.code, Some(4), "{received}");
    received.says("without the transport key");
}
