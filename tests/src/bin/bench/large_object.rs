//! An object of 10 MB: how soon the sender begins, what assembly costs, how much memory both programs take.

use std::io::Read;
use std::time::Instant;

use rootcast_protocol::esi::Esi;
use rootcast_protocol::fec;
use rootcast_protocol::frame::Frame;
use rootcast_protocol::object::Object;
use rootcast_tests::faults::ByteFaults;
use rootcast_tests::recordings::{frames, only, write};
use rootcast_tests::seeds::Chance;
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::{ExtensionDraft, der_writer::tlv};
use rootcast_tests::wire::Wire;

use crate::table::{Table, Target};

const SIZE: usize = 10_000_000;

pub(crate) fn measure(table: &mut Table) {
    table.section(
        "An object of 10 MB",
        "A CRL with an incompressible extension of 10 MB. Memory is the peak of the resident set of the program itself \
         (VmHWM); processor time of assembly is that of the erasure code and the digest alone, in this process, one thread.",
    );
    let sides = Sides::enrolled();
    let mut chance = Chance::new(10);
    let mut draft = sides.crl(1);
    let filler = tlv(4, &chance.bytes(SIZE));
    draft.set_extension(ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99_999, 1], false, filler));
    let file = sides.scratch.file("large.crl", draft.sign());

    let recording = sides.scratch.path("large.frames");
    let send = sides.send(&format!("file:{}", recording.display()), &[&file]).args(["--passes", "2"]);
    let sent = send.exits(0);
    let all = frames(&recording);
    let object = Frame::parse(&all[0]).expect("a frame").object;
    let memory_max = 3.0 * f64::from(object.length.get()) / 1e6 + 64.0;
    table.figure("object", f64::from(object.length.get()) / 1e6, "MB", Target::Beside);
    table.figure("memory of the sender", megabytes(sent.peak_kib), "MB", Target::AtMost(memory_max));
    table.figure("processor time of `send`, two passes into a file", sent.processor_seconds, "s", Target::Beside);
    first_frame(&sides, &file, table);

    let pass = (object.source_symbols() as usize).div_ceil(usize::from(Frame::parse(&all[0]).expect("a frame").count));
    table.figure("assembly without loss", assembly(&object, &all[..pass]), "s", Target::AtMost(0.1));
    let kept = chance.choose(pass * 14 / 10, pass * 2);
    let lossy: Vec<Vec<u8>> = only(&all, &kept);
    let enough = at_thirty_percent(&lossy, &object);
    table.figure("assembly at 30 % loss", assembly(&object, enough), "s", Target::AtMost(1.2));

    for (what, part) in [("without loss", &all[..pass]), ("at 30 % loss", enough)] {
        let recording = sides.scratch.path("received.frames");
        write(&recording, part);
        let state = sides.fresh_online(&format!("online {what}"));
        let receive = rootcast_tests::program::online(["receive", "--once"]).state(&state);
        let ended = receive.link(format!("file:{}", recording.display())).exits(0);
        table.figure(
            &format!("memory of the receiver {what}"),
            megabytes(ended.peak_kib),
            "MB",
            Target::AtMost(memory_max),
        );
        table.figure(&format!("all of `receive` {what}, processor time"), ended.processor_seconds, "s", Target::Beside);
    }
}

/// From the start of the process to the first byte on a serial line: reading, every rule, bundling, then the frame.
fn first_frame(sides: &Sides, file: &std::path::Path, table: &mut Table) {
    let state = sides.fresh_offline("offline-first");
    let plan = rootcast_tests::program::offline(["plan"]).state(&state).link("file:none.frames").arg(file).exits(0);
    let wire = Wire::new(4_000_000, ByteFaults::none());
    let mut far = std::fs::File::open(wire.far()).expect("the far port");
    let begun = Instant::now();
    let link = format!("serial:{},baud=4000000", wire.near().display());
    let sender = sides.send_from(&state, &link, &[file]).args(["--for", "20s"]).start();
    let mut byte = [0];
    far.read_exact(&mut byte).expect("a byte");
    let first = begun.elapsed().as_secs_f64();
    table.figure("`plan`: reading, every rule, bundling", plan.took.as_secs_f64(), "s", Target::Beside);
    table.figure("`send`: the same, until the first byte is out", first, "s", Target::Beside);
    let after = first - plan.took.as_secs_f64();
    table.figure("the sender starts at once: the difference", after, "s", Target::AtMost(0.25));
    drop(sender);
}

/// Every third source frame or so is missing and repair frames make up for it, as long as they are needed.
fn at_thirty_percent<'a>(lossy: &'a [Vec<u8>], object: &Object) -> &'a [Vec<u8>] {
    let per_frame = usize::from(Frame::parse(&lossy[0]).expect("a frame").count);
    let needed = (object.source_symbols() as usize).div_ceil(per_frame) + 2;
    &lossy[..needed.min(lossy.len())]
}

fn assembly(object: &Object, frames: &[Vec<u8>]) -> f64 {
    let parsed: Vec<Frame<'_>> = frames.iter().map(|frame| Frame::parse(frame).expect("a frame")).collect();
    let symbols: Vec<(Esi, &[u8])> = parsed.iter().flat_map(Frame::symbols).collect();
    let begun = processor_seconds();
    let bytes = fec::decode(object, symbols).expect("symbols").expect("enough symbols");
    assert!(object.matches(&bytes));
    processor_seconds() - begun
}

fn processor_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn megabytes(kib: u64) -> f64 {
    kib as f64 * 1024.0 / 1e6
}
