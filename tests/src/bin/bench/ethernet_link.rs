//! Ethernet links over `veth` pairs: goodput beside senders without any code and beside FLUTE, what losses cost, processor
//! time, and a flood.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rootcast_tests::air_gap::{AirGap, Host};
use rootcast_tests::program::{Ended, Program, offline};
use rootcast_tests::seeds::Chance;
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::{ExtensionDraft, der_writer::tlv};
use serde_json::Value;

use crate::flute_peer;
use crate::table::{Table, Target};

const SIZE: usize = 30_000_000;
/// Symbol bytes in a frame that fills an Ethernet frame of 1,500 bytes, and the frame's header and checksum.
const SYMBOL_BYTES: f64 = 1_408.0;
const FRAME_BYTES: f64 = SYMBOL_BYTES + 34.0;

pub(crate) fn measure(table: &mut Table) {
    table.section(
        "Ethernet, simulated",
        "A `veth` pair between two network namespaces: it has no rate of its own. Both programs and the kernel share the \
         cores of this machine. Goodput is the bytes of the object by the time from its first frame to the moment at which \
         the receiver found its digest right; the best of three. Raw is `sendmmsg` of frames of the same size, without \
         code and pacing: into nothing, and to a receiver that only counts.",
    );
    let Some(gap) = AirGap::with_good_wires(1) else { return println!("\nNot measured: no network namespaces here.") };
    let alone = gap.flood(Host::Offline, "o0", "unknown", 2.0).counts();
    let alone = number(&alone, "sent") * SYMBOL_BYTES * 8.0 / number(&alone, "milliseconds") / 1e3;
    table.figure("raw `sendmmsg` into nothing, symbol bytes", alone, "Mbit/s", Target::Beside);
    let sink = gap.sink("i0");
    let sent = gap.flood(Host::Offline, "o0", "unknown", 2.0).counts();
    let counted = sink.counts();
    let heard = number(&counted, "frames") * SYMBOL_BYTES * 8.0 / number(&counted, "microseconds");
    table.figure("raw `sendmmsg` to raw `recvmmsg`, symbol bytes counted", heard, "Mbit/s", Target::Beside);
    let share = number(&counted, "frames") / number(&sent, "sent");
    table.figure("… share of the frames sent", share * 100.0, "%", Target::Beside);
    for (what, fec) in [("FLUTE without a code", false), ("FLUTE with RaptorQ, blocks of 1.4 MB, 5 % repair", true)] {
        let goodput = flute_peer::goodput(SIZE, fec);
        table.figure(&format!("{what}, between two threads, no socket"), goodput, "Mbit/s", Target::Beside);
    }
    for rate in ["1G", "500M", "100M"] {
        let crossings: Vec<Crossing> = (0..3).map(|_| crossing(&gap, &format!("eth:o0,rate={rate}"))).collect();
        let best = crossings.iter().max_by(|a, b| a.goodput.total_cmp(&b.goodput)).expect("three");
        table.figure(&format!("30 MB without loss, rate={rate}: goodput"), best.goodput, "Mbit/s", Target::Beside);
        table.figure("… frames that the receiver's queue dropped", best.dropped, "", Target::Beside);
        if rate == "1G" {
            // A gigabit of frames of 1,538 bytes on the wire, if nothing but the wire took time.
            let wire = 1_000.0 * SYMBOL_BYTES / (FRAME_BYTES + 2.0 + 38.0);
            table.figure("… beside what a wire of that rate carries", best.goodput / wire, "", Target::AtLeast(0.6));
            // The rate is capped at 1 Gbit/s, so a machine whose raw frames go faster than 2.6 Gbit/s must miss this.
            table.figure("… beside raw into nothing", best.goodput / alone, "", Target::AtLeast(0.35));
            table.figure("… beside raw to a receiver", best.goodput / heard, "", Target::Beside);
        }
    }
    for (what, faults, most) in [
        ("30 MB, a tenth of the frames lost at random", "seed=7 loss=0.1", 1.16),
        ("30 MB, bursts of 200 in 5,000", "seed=7 every=5000 cut=200", 1.10),
    ] {
        let Some(gap) = AirGap::with_bad_wires(1) else { return };
        let bridge = gap.bridge(0, &format!("{faults} ledger=1"));
        let (sent, heard) = cross(&gap, "eth:o0");
        let needed = needed(&bridge.counts(), &sent, &heard);
        table.figure(what, needed.bytes / number(&sent, "length"), "× the object sent", Target::AtMost(most));
        table.figure("… frames of it that were lost", 100.0 * needed.lost, "%", Target::Beside);
        table.figure("… frames that the receiver's queue dropped", needed.dropped, "", Target::AtMost(0.0));
    }
    late(table);
    small(&gap, table);
    stopped(&gap, table);
    let test = offline(["link", "test", "--for", "30s", "--link", "eth:o0"]);
    let test = gap.start_on(Host::Offline, test).exits(0);
    table.figure("processor time of `link test` at 100 Mbit/s, 30 s", load(&test), "% of a core", Target::AtMost(15.0));
    let sides = Sides::enrolled();
    let (file, _) = sides.long_crl_file(1, 5_000, &mut Chance::new(31));
    let send = gap.start_on(Host::Offline, sides.send("eth:o0", &[&file]).args(["--for", "30s"])).exits(0);
    table.figure(
        "processor time of `send` of 175 kB at 100 Mbit/s, 30 s",
        load(&send),
        "% of a core",
        Target::AtMost(15.0),
    );
    flood(&gap, table);
}

/// The share of a core that a program used, in percent.
fn load(ended: &Ended) -> f64 {
    100.0 * ended.processor_seconds / ended.took.as_secs_f64()
}

fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap_or_else(|| panic!("{name}: {value}"))
}

/// Both sides, and a CRL of about 30 MB that nothing compresses.
fn sides() -> (Sides, PathBuf) {
    let sides = Sides::enrolled();
    let mut draft = sides.crl(1);
    let filler = tlv(4, &Chance::new(30).bytes(SIZE));
    draft.set_extension(ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99_999, 1], false, filler));
    let file = sides.scratch.file("large.crl", draft.sign());
    (sides, file)
}

fn sender(gap: &AirGap, sides: &Sides, link: &str, file: &Path) -> Program {
    gap.start_on(Host::Offline, sides.send(link, &[file])).args(["--for", "100s", "--json"])
}

/// A crossing of 30 MB until the receiver has published it; what both say of it.
fn cross(gap: &AirGap, link: &str) -> (Value, Ended) {
    let (sides, file) = sides();
    let receiver = sides.receive(&["eth:i0"]).args(["--once", "--timeout", "90s", "--json"]);
    let mut receiver = gap.start_on(Host::Online, receiver).start();
    receiver.wait_for_text(" holds a stall of ");
    let sender = sender(gap, &sides, link, &file).start();
    receiver.wait_for_text("is put together");
    sender.terminate();
    (sender.wait().json(), receiver.wait())
}

struct Crossing {
    /// Mbit/s.
    goodput: f64,
    dropped: f64,
}

fn crossing(gap: &AirGap, link: &str) -> Crossing {
    let (_, heard) = cross(gap, link);
    // As the receiver tells it: "…, its digest is right: N bytes in S s from its first frame, …".
    let told = heard.stderr.split("its digest is right: ").nth(1).unwrap_or_else(|| panic!("{heard}"));
    let numbers: Vec<f64> = told.split(' ').filter_map(|word| word.parse().ok()).take(2).collect();
    Crossing { goodput: numbers[0] * 8e-6 / numbers[1], dropped: number(&heard.json()["links"][0], "queue_drops") }
}

/// What went over a wire until the receiver had its last needed symbol.
struct Needed {
    /// Bytes of Rootcast frames, lost and repeated ones too.
    bytes: f64,
    /// Share of the frames that did not arrive.
    lost: f64,
    /// Frames of them that the receiver's queue dropped: then more were needed than the wire knows.
    dropped: f64,
}

/// From what the wire wrote down and how many symbols the receiver took.
fn needed(ledger: &Value, sent: &Value, heard: &Ended) -> Needed {
    let (sent, heard) = (&sent["links"][0], &heard.json()["links"][0]);
    let more = number(heard, "symbols") - number(sent, "source_symbols");
    assert!((0.0..200.0).contains(&more), "{more} symbols more than K");
    let entry = &ledger["needed"][more as usize];
    let [frames, bytes, forwarded] = [0, 1, 2].map(|at| entry[at].as_f64().unwrap_or_else(|| panic!("{ledger}")));
    Needed { bytes, lost: 1.0 - forwarded / frames, dropped: number(heard, "queue_drops") }
}

/// Symbols beyond those of the object that a receiver needs which hears nothing of half a pass.
fn late(table: &mut Table) {
    let Some(gap) = AirGap::with_bad_wires(1) else { return };
    let (sides, file) = sides();
    let pass = offline(["plan", "--json"]).state(&sides.offline).arg(&file).link("eth:o0").exits(0).json();
    let before = (number(&pass["links"][0], "frames_in_pass") / 2.0).floor();
    let bridge = gap.bridge(0, &format!("seed=1 before={before} ledger=1"));
    let (sent, heard) = cross(&gap, "eth:o0");
    let ledger = bridge.counts();
    assert_eq!(ledger["counts"]["sent before"].as_f64(), Some(before), "it joined at another frame: {ledger}");
    let more = number(&heard.json()["links"][0], "symbols") - number(&sent["links"][0], "source_symbols");
    table.figure("30 MB, joined after half a pass: symbols beyond those of the object", more, "", Target::AtMost(3.0));
}

/// A receiver that stands still for a second while 100 Mbit/s come in.
fn stopped(gap: &AirGap, table: &mut Table) {
    let sides = Sides::enrolled();
    let (file, der) = sides.long_crl_file(1, 100_000, &mut Chance::new(33));
    let receiver = sides.receive(&["eth:i0"]).args(["--once", "--timeout", "90s", "--json"]);
    let mut receiver = gap.start_on(Host::Online, receiver).start();
    receiver.wait_for_text(" holds a stall of ");
    let sender = sender(gap, &sides, "eth:o0", &file).start();
    let sent = || -> f64 {
        gap.run(Host::Offline, &["cat", "/sys/class/net/o0/statistics/tx_packets"]).trim().parse().expect("frames")
    };
    let begun = sent();
    while sent() - begun < 200.0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    receiver.stop();
    let (at, stopped) = (sent(), Instant::now());
    std::thread::sleep(Duration::from_secs(1));
    let (meanwhile, seconds) = (sent() - at, stopped.elapsed().as_secs_f64());
    receiver.resume();
    let heard = receiver.wait();
    sender.terminate();
    let _ = sender.wait();
    assert_eq!(heard.code, Some(0), "{heard}");
    sides.assert_published(&der);
    let told = heard.json();
    let link = &told["links"][0];
    let rate = meanwhile * (FRAME_BYTES + 2.0 + 14.0 + 24.0) * 8e-6 / seconds;
    table.figure("a receiver that is stopped for a second, while this comes in", rate, "Mbit/s", Target::AtLeast(90.0));
    table.figure("… the object completes", 1.0, "", Target::AtLeast(1.0));
    table.figure("… frames told as dropped by its queue", number(link, "queue_drops"), "", Target::AtLeast(1.0));
    table.figure("… frames told as damaged", number(link, "damaged"), "", Target::AtMost(0.0));
}

/// A small CRL: one frame, and how many of them odds take.
fn small(gap: &AirGap, table: &mut Table) {
    let sides = Sides::enrolled();
    let der = sides.crl_of_bytes(700, &mut Chance::new(32));
    let file = sides.scratch.file("small.crl", &der);
    table.figure("a small CRL", der.len() as f64, "bytes", Target::Beside);
    let sent = gap.start_on(Host::Offline, sides.send("eth:o0", &[&file]).args(["--until-odds", "1e-9", "--json"]));
    let sent = sent.exits(0).json();
    let link = &sent["links"][0];
    let symbols = number(link, "source_symbols");
    let pass = (symbols / number(link, "symbols_per_frame")).ceil();
    table.figure("… frames of a pass", pass, "", Target::AtMost(1.0));
    // As `plan` has it: the loss it counts with, and what a frame takes. The beat's later frames are extra.
    let plan = offline(["plan", "--json", "--until-odds", "1e-9"]).state(&sides.offline).arg(&file).link("eth:o0");
    let plan = &plan.exits(0).json()["links"][0];
    let needed = (1e-9_f64.ln() / number(plan, "design_loss").ln()).ceil();
    let wire = symbols * 176.0 + 34.0 + 2.0 + 38.0;
    table.figure("… frames for odds of 1 - 1e-9 at 5 % loss", needed, "", Target::Beside);
    table.figure("… their bytes on the wire", needed * wire, "bytes", Target::AtMost(8_000.0));
    table.figure("… frames that `plan` sends for these odds", number(plan, "frames"), "", Target::Beside);
}

/// Foreign frames as fast as the interface takes them, for ten seconds: memory, and the object after it.
fn flood(gap: &AirGap, table: &mut Table) {
    let sides = Sides::enrolled();
    let (file, der) = sides.crl_file(1);
    let receiver = sides.receive(&["eth:i0"]).args(["--once", "--timeout", "90s", "--json"]);
    let mut receiver = gap.start_on(Host::Online, receiver).start();
    receiver.wait_for_text(" holds a stall of ");
    let before = receiver.resident_kib();
    let mut most = 0;
    std::thread::scope(|scope| {
        let flood = scope.spawn(|| gap.flood(Host::Offline, "o0", "foreign", 10.0).counts());
        while !flood.is_finished() {
            most = most.max(receiver.resident_kib().saturating_sub(before));
            std::thread::sleep(Duration::from_millis(20));
        }
        let counts = flood.join().expect("a flood");
        let rate = number(&counts, "sent") * 1_538.0 * 8.0 / number(&counts, "milliseconds") / 1e3;
        table.figure("a flood of foreign frames for 10 s", rate, "Mbit/s on a wire", Target::AtLeast(1_000.0));
    });
    table.figure("… memory that the receiver took more", most as f64, "KiB", Target::AtMost(16_384.0));
    gap.start_on(Host::Offline, sides.send("eth:o0", &[&file]).args(["--until-odds", "1e-9"])).exits(0);
    let heard = receiver.wait();
    assert_eq!(heard.code, Some(0), "{heard}");
    sides.assert_published(&der);
    table.figure("… the true object completes after it", 1.0, "", Target::AtLeast(1.0));
}
