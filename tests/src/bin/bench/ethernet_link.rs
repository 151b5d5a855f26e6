//! Ethernet links over `veth` pairs: goodput beside a sender without any code, what losses cost, and processor time.

use std::time::Instant;

use rootcast_tests::air_gap::{AirGap, Host};
use rootcast_tests::program::{Program, offline};
use rootcast_tests::seeds::Chance;
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::{ExtensionDraft, der_writer::tlv};
use serde_json::Value;

use crate::table::{Table, Target};

const SIZE: usize = 30_000_000;
/// Symbol bytes in a frame that fills an Ethernet frame of 1,500 bytes.
const SYMBOL_BYTES: f64 = 1_408.0;

pub(crate) fn measure(table: &mut Table) {
    table.section(
        "Ethernet, simulated",
        "A `veth` pair between two network namespaces: it has no rate of its own. Goodput is the bytes of the object by the \
         time from the moment at which the sender closed its sandbox to the moment at which the receiver says that the object \
         is complete, its digest verified. Raw is `sendmmsg` of frames of the same size, without code, pacing and receiver.",
    );
    let Some(gap) = AirGap::with_good_wires(1) else { return println!("\nNot measured: no network namespaces here.") };
    let raw = gap.flood(Host::Offline, "o0", "unknown", 2.0).counts();
    let raw = number(&raw, "sent") * SYMBOL_BYTES * 8.0 / number(&raw, "milliseconds") / 1e3;
    table.figure("raw `sendmmsg`, symbol bytes", raw, "Mbit/s", Target::Beside);
    let (seconds, bytes) = crossing(&gap, "eth:o0,rate=1G");
    let goodput = bytes * 8.0 / seconds / 1e6;
    table.figure("30 MB without loss, goodput at rate=1G", goodput, "Mbit/s", Target::Beside);
    table.figure("30 MB without loss, goodput beside raw", goodput / raw, "", Target::AtLeast(0.35));
    for (what, faults, most) in [
        ("30 MB, a tenth of the frames lost at random", "seed=7 loss=0.1", 1.16),
        ("30 MB, bursts of 200 in 5,000", "seed=7 every=5000 cut=200", 1.10),
    ] {
        let Some(gap) = AirGap::with_bad_wires(1) else { return };
        let bridge = gap.bridge(0, faults);
        let ratio = lossy(&gap);
        let counts = bridge.counts();
        let share = 1.0 - number(&counts, "forwarded") / number(&counts, "heard");
        table.figure(what, ratio / (1.0 - share), "× the object sent", Target::AtMost(most));
    }
    let test = offline(["link", "test", "--for", "30s", "--link", "eth:o0"]);
    let ended = gap.start_on(Host::Offline, test).exits(0);
    let share = ended.processor_seconds / ended.took.as_secs_f64();
    table.figure("processor time of the sender at 100 Mbit/s", share * 100.0, "% of a core", Target::AtMost(15.0));
}

fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap_or_else(|| panic!("{name}: {value}"))
}

/// Both sides, and a CRL of about 30 MB that nothing compresses.
fn sides() -> (Sides, std::path::PathBuf) {
    let sides = Sides::enrolled();
    let mut draft = sides.crl(1);
    let filler = tlv(4, &Chance::new(30).bytes(SIZE));
    draft.set_extension(ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99_999, 1], false, filler));
    let file = sides.scratch.file("large.crl", draft.sign());
    (sides, file)
}

fn sender(gap: &AirGap, sides: &Sides, link: &str, file: &std::path::Path) -> Program {
    gap.start_on(Host::Offline, sides.send(link, &[file])).args(["--for", "100s", "--json"])
}

/// Seconds and bytes of one crossing.
fn crossing(gap: &AirGap, link: &str) -> (f64, f64) {
    let (sides, file) = sides();
    let receiver = gap.start_on(Host::Online, sides.receive(&["eth:i0"])).args(["--once", "--timeout", "90s"]);
    let mut receiver = receiver.start();
    receiver.wait_for_text(" holds a stall of ");
    let mut sender = sender(gap, &sides, link, &file).start();
    sender.wait_for_text("holds a send-only link socket");
    let begun = Instant::now();
    receiver.wait_for_text(") is complete");
    let seconds = begun.elapsed().as_secs_f64();
    sender.terminate();
    let sent = sender.wait().json();
    (seconds, number(&sent, "length"))
}

/// Bytes of the frames that a receiver took for those of the object, at 100 Mbit/s.
fn lossy(gap: &AirGap) -> f64 {
    let (sides, file) = sides();
    let receiver =
        gap.start_on(Host::Online, sides.receive(&["eth:i0"])).args(["--once", "--timeout", "90s", "--json"]);
    let mut receiver = receiver.start();
    receiver.wait_for_text(" holds a stall of ");
    let sender = sender(gap, &sides, "eth:o0", &file).start();
    receiver.wait_for_text(") is complete");
    sender.terminate();
    let (sent, heard) = (sender.wait().json(), receiver.wait().json());
    let frames = number(&heard["links"][0], "symbols") / number(&sent["links"][0], "symbols_per_frame");
    frames * (SYMBOL_BYTES + 34.0) / number(&sent, "length")
}
