//! Wires that lose, double, move, flip, cut and make up frames; a receiver that does not listen; floods.

use std::time::Duration;

use rootcast_tests::air_gap::Host;
use rootcast_tests::pty::Seat;
use rootcast_tests::seeds::chance;

use super::{Gap, link, number};

#[test]
fn whatever_a_bad_wire_does_to_frames_is_counted_and_survived() {
    let Some(gap) = Gap::bad(1) else { return };
    let mut chance = chance("a_bad_wire_does");
    let (file, der) = gap.sides.long_crl_file(1, 12_000, &mut chance);
    let faults = "loss=0.03 burst=0.02 recover=0.2 double=0.03 reorder=0.03 flip=0.03 truncate=0.03 inject=0.25";
    let bridge = gap.wires.bridge(0, &format!("seed={} {faults}", chance.bits() >> 12));
    let (_, received) = gap.cross("eth:o0,rate=50M", "eth:i0", &file);
    gap.sides.assert_published(&der);
    let (heard, counts) = (received.json(), bridge.counts());
    for fault in ["lost", "lost in bursts", "doubled", "moved", "flipped", "truncated"] {
        assert!(counts[fault].as_u64().is_some_and(|count| count > 0), "{fault} did not happen: {counts}");
    }
    for kind in [
        "empty",
        "1 byte",
        "13 bytes",
        "35 bytes",
        "zeros",
        "wrong magic",
        "length too large",
        "length too small",
        "padding",
        "jumbo",
        "tagged",
        "mac",
        "unknown object",
        "another type",
    ] {
        assert!(counts[kind].as_u64().is_some_and(|count| count > 0), "{kind} was not made up: {counts}");
    }
    let heard = link(&heard);
    assert!(
        number(heard, "damaged") > 0 && number(heard, "foreign") > 0 && number(heard, "not_understood") > 0,
        "{heard:#}"
    );
}

#[test]
fn beside_losses_and_bursts_a_receiver_takes_hardly_more_than_the_object() {
    let mut chance = chance("cost_little_more");
    for (faults, loss, most) in [("loss=0.1", 0.1, 1.16), ("every=500 cut=20", 0.04, 1.10)] {
        let Some(gap) = Gap::bad(1) else { return };
        let (file, der) = gap.sides.long_crl_file(1, 40_000, &mut chance);
        let bridge = gap.wires.bridge(0, &format!("seed={} ledger=1 {faults}", chance.bits() >> 12));
        let (sent, received) = gap.cross("eth:o0", "eth:i0", &file);
        gap.sides.assert_published(&der);
        let (sent, heard, ledger) = (sent.json(), received.json(), bridge.counts());
        let (sent, heard, counts) = (link(&sent), link(&heard), &ledger["counts"]);
        // What the wire heard until it had brought as many symbols as the receiver took, repeated frames too.
        let lost = number(counts, "heard") - number(counts, "forwarded");
        let more = usize::try_from(number(heard, "symbols") - number(sent, "source_symbols")).unwrap();
        let [frames, bytes, forwarded] = [0, 1, 2].map(|at| ledger["needed"][more][at].as_f64().unwrap());
        // As on a wire that loses exactly this share: chance lost a little more or less.
        let sent_bytes = bytes * (forwarded / frames) / (1.0 - loss);
        let ratio = sent_bytes / number(sent, "length") as f64;
        assert!(lost > 10 && forwarded < frames, "{counts}");
        assert_eq!(number(heard, "queue_drops"), 0, "this host's queue lost frames: {heard:#}");
        eprintln!("{faults}: {ratio:.3} × the object have to be sent, {more} symbols beyond those of the object");
        assert!(ratio <= most, "{faults}: {ratio:.3}\n{counts}\n{heard:#}");
    }
}

/// What the kernel could not keep for a receiver that did not listen is no damage of the cable. The receiver is stopped until
/// more frames have left than its queue can hold, however large the kernel made that and however long it takes.
#[test]
fn a_receiver_that_is_stopped_says_what_its_queue_dropped_and_completes() {
    let Some(gap) = Gap::good(1) else { return };
    let (file, der) = gap.sides.long_crl_file(1, 20_000, &mut chance("a_receiver_that_is_stopped"));
    // At a terminal it says what its queue dropped as soon as it knows; it listens until somebody ends it.
    let receiver = gap.wires.start_on(Host::Online, gap.sides.receive(&["eth:i0"]).args(["--json"]));
    let mut receiver = Seat::start(&receiver, 500, 50);
    receiver.until(|seat| seat.screen().contains(" holds a stall of "));
    let granted = receiver.screen();
    let granted = granted.split("a buffer of ").nth(1).and_then(|text| text.split(' ').next()).expect("its buffer");
    // A frame counts with 1,500 bytes at least.
    let fills = granted.parse::<u64>().expect("KiB") * 1_024 / 1_500;
    let left = || -> u64 {
        let sent = gap.wires.run(Host::Offline, &["cat", "/sys/class/net/o0/statistics/tx_packets"]);
        sent.trim().parse().expect("frames")
    };
    let sender = gap.send(&["eth:o0"], &file).args(["--for", "280s"]).start();
    receiver.running.stop();
    let begun = left();
    while left() < begun + 2 * fills + 1_000 {
        std::thread::sleep(Duration::from_millis(20));
    }
    receiver.running.resume();
    receiver.until(|seat| seat.screen().contains("dropped by the queue"));
    receiver.until(|_| gap.sides.is_published(&der));
    receiver.running.terminate();
    receiver.until(|seat| !seat.running.runs());
    sender.terminate();
    _ = sender.wait();
    let screen = receiver.screen();
    let document = screen.find("{\"ended\"").and_then(|at| screen[at..].lines().next());
    let document = document.unwrap_or_else(|| panic!("{screen}"));
    let heard: serde_json::Value = serde_json::from_str(document).expect("a document");
    assert_eq!(number(link(&heard), "damaged"), 0, "{heard:#}");
    // The queue held what it was granted, at most twice as much; the rest of what left meanwhile was dropped.
    assert!(number(link(&heard), "queue_drops") > 500, "{heard:#}");
    assert!(screen.contains("dropped by this host's queue"), "{screen}");
}

#[test]
fn a_flood_of_foreign_frames_costs_the_receiver_no_memory_and_the_object_comes_after_it() {
    let Some(gap) = Gap::good(1) else { return };
    let (file, der) = gap.sides.crl_file(1);
    let mut receiver = gap.receive_expecting(&["eth:i0"], &file).args(["--timeout", "110s"]).start();
    receiver.wait_for_text(" holds a stall of ");
    let before = receiver.resident_kib();
    // One frame a million times, and others for some seconds.
    for (kind, seconds, least) in
        [("foreign", 2.0, 1_001), ("storm", 0.0, 1_000_000), ("unknown", 10.0, 1_001), ("pairs", 0.3, 1_001)]
    {
        let flood = match seconds > 0.0 {
            true => gap.wires.flood(Host::Offline, "o0", kind, seconds),
            false => gap.wires.flood_of(Host::Offline, "o0", kind, least),
        };
        let counts = flood.counts();
        assert!(number(&counts, "sent") >= least, "{kind}: {counts}");
        let more = receiver.resident_kib().saturating_sub(before);
        assert!(more < 16 << 10, "{kind}: {more} KiB more");
        assert!(receiver.runs(), "{kind}");
    }
    // Until it has come: what still waits in the queue is looked at first, and as long as that is full every frame is dropped.
    let sender = gap.send(&["eth:o0"], &file).args(["--for", "110s"]).start();
    let received = receiver.wait();
    sender.terminate();
    let sent = sender.wait();
    assert_eq!(received.code, Some(0), "{received}\n{sent}");
    gap.sides.assert_published(&der);
    let heard = received.json();
    assert!(number(link(&heard), "foreign") > 1_000, "{heard:#}");
}

/// Fragments, datagrams without a checksum and of the largest size: IP allows all of them.
#[test]
fn every_kind_of_udp_datagram_is_heard_or_counted_and_the_object_comes_after_them() {
    let Some(gap) = Gap::good(1) else { return };
    let (file, der) = gap.sides.crl_file(1);
    let mut receiver =
        gap.receive_expecting(&["udp:224.0.0.77:4200,interface=i0"], &file).args(["--timeout", "110s"]).start();
    receiver.wait_for_text(" holds a stall of ");
    let made = gap.wires.datagrams("o0", "224.0.0.77", 4200).counts();
    let link_name = "udp:224.0.0.77:4200,interface=o0";
    let sent = gap.send(&[link_name], &file).args(["--until-odds", "1e-9"]).exits(0);
    let received = receiver.wait();
    assert_eq!(received.code, Some(0), "{received}\n{sent}");
    gap.sides.assert_published(&der);
    let heard = received.json();
    let heard = link(&heard);
    // Eight symbols in each frame of another object, and those of the true one: which ended the run with its first frame.
    let other = 8 * number(&made, "frames");
    assert_eq!(number(heard, "foreign"), number(&made, "foreign"), "{made}\n{heard:#}");
    assert_eq!(number(heard, "frames"), number(&made, "frames") + 1, "{made}\n{heard:#}");
    assert!(number(heard, "symbols") > other && number(heard, "symbols") <= other + 8, "{made}\n{heard:#}");
    assert_eq!(number(heard, "damaged") + number(heard, "not_understood"), 0, "{heard:#}");
}

#[test]
fn an_interface_that_goes_down_and_up_goes_on_and_one_that_is_gone_ends_the_link() {
    let Some(gap) = Gap::good(1) else { return };
    let (file, der) = gap.sides.crl_file(1);
    let mut receiver = gap.receive(&["eth:i0"]).args(["--timeout", "110s"]).start();
    receiver.wait_for_text(" holds a stall of ");
    gap.wires.run(Host::Online, &["ip", "link", "set", "i0", "down"]);
    receiver.wait_for_text("i0 went down; listening on");
    gap.wires.run(Host::Online, &["ip", "link", "set", "i0", "name", "x0"]);
    gap.wires.run(Host::Online, &["ip", "link", "set", "x0", "up"]);
    receiver.wait_for_text("i0 is up again");
    gap.send(&["eth:o0"], &file).args(["--until-odds", "1e-9"]).exits(0);
    let received = receiver.wait();
    assert_eq!(received.code, Some(0), "{received}");
    gap.sides.assert_published(&der);
    let mut receiver = gap.receive(&["eth:x0"]).args(["--timeout", "110s"]).start();
    receiver.wait_for_text(" holds a stall of ");
    gap.wires.run(Host::Online, &["ip", "link", "del", "x0"]);
    let received = receiver.wait();
    assert_eq!(received.code, Some(7), "{received}");
    received.says("the interface x0 failed: it is gone");
}
