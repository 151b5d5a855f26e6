//! Goodput of a serial line on which a thousandth of the bytes are lost or flipped.

use std::fs::File;
use std::io::Read;
use std::time::{Duration, Instant};

use rootcast_protocol::cobs::{Piece, Splitter};
use rootcast_protocol::frame::Frame;
use rootcast_protocol::limits::FRAME_SIZE_MAX;
use rootcast_tests::faults::{ByteFaults, Rates};
use rootcast_tests::program::Running;
use rootcast_tests::seeds::Chance;
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::{ExtensionDraft, der_writer::tlv};
use rootcast_tests::wire::Wire;

use crate::table::{Table, Target};

const BAUD: u32 = 2_000_000;
const RUNS: u64 = 40;

pub(crate) fn measure(table: &mut Table) {
    table.section(
        "Serial goodput",
        &format!(
            "One pass of an incompressible object of 1 MiB by the real `rootcast-offline send`, over a virtual line at 2 Mbaud \
             (two pseudo-terminals, paced). The bytes it put on the line are then lost or flipped {RUNS} times over: 0.1 % of \
             them, in bursts of the mean length given. Measured are the symbol bytes of the frames that arrive whole, as a \
             share of the bytes on the line. The frame size is the program's own choice."
        ),
    );
    let sides = Sides::enrolled();
    let mut draft = sides.crl(1);
    let filler = tlv(4, &Chance::new(1).bytes(1 << 20));
    draft.set_extension(ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99_999, 1], false, filler));
    let file = sides.scratch.file("root.crl", draft.sign());
    // The program's own choice has to reach the targets; other sizes stand beside it to show why it was chosen.
    for (option, is_default) in [("", true), (",frame=1200", false), (",frame=750", false), (",frame=400", false)] {
        let wire = Wire::new(BAUD, ByteFaults::none());
        let far = File::open(wire.far()).expect("the far port");
        let link = format!("serial:{},baud={BAUD}{option}", wire.near().display());
        let begun = Instant::now();
        let sender = sides.send_from(&sides.fresh_offline(&format!("offline{option}")), &link, &[&file]);
        let line = everything(far, sender.args(["--passes", "1"]).start());
        let seconds = begun.elapsed().as_secs_f64() - QUIET.as_secs_f64();
        assert_eq!((wire.unheard(), wire.counts().bytes), (0, line.len() as u64), "this benchmark read too slowly");
        let (_, frame_size) = symbol_bytes(&line);
        if is_default {
            table.figure("bytes of a frame", frame_size as f64, "bytes", Target::AtMost(1200.0));
            let rate = line.len() as f64 / seconds * 1000.0 / f64::from(BAUD);
            table.figure("use of the line, the start of the program included", rate, "%", Target::Beside);
        }
        for (damaged, burst, target) in [
            (0.0, 1.0, Target::Beside),
            (0.001, 1.0, Target::Beside),
            (0.001, 5.0, Target::AtLeast(78.0)),
            (0.001, 16.0, Target::Beside),
            (0.001, 64.0, Target::AtLeast(92.0)),
        ] {
            let what = if damaged > 0.0 { format!("0.1 % in bursts of {burst}") } else { "no damage".to_owned() };
            let target = if is_default { target } else { Target::Beside };
            table.figure(&format!("{frame_size}-byte frames, {what}"), share(&line, damaged, burst), "%", target);
        }
    }
}

/// Symbol bytes that arrive, in percent of the line's bytes, over many runs.
fn share(line: &[u8], damaged: f64, burst: f64) -> f64 {
    let mut arrived = 0;
    for run in 0..RUNS {
        let mut faults = ByteFaults::new(Rates::damaged(damaged, burst), Chance::new(run));
        let mut hurt = Vec::with_capacity(line.len());
        faults.pass(line, &mut hurt);
        arrived += symbol_bytes(&hurt).0;
    }
    arrived as f64 * 100.0 / (line.len() as u64 * RUNS) as f64
}

/// Bytes of symbols in the whole frames on a line, and the size of the largest frame.
fn symbol_bytes(line: &[u8]) -> (usize, usize) {
    let (mut symbols, mut frame_size) = (0, 0);
    Splitter::new(FRAME_SIZE_MAX).push(line, &mut |piece| {
        if let Piece::Frame(frame) = piece
            && let Ok(parsed) = Frame::parse(frame)
        {
            symbols += parsed.symbols.len();
            frame_size = frame_size.max(frame.len());
        }
    });
    (symbols, frame_size)
}

const QUIET: Duration = Duration::from_millis(500);

/// What arrives at the far port until the sender has ended and nothing comes any more.
fn everything(mut far: File, mut sender: Running) -> Vec<u8> {
    let mut line = Vec::new();
    let mut bytes = [0; 4096];
    let mut quiet_since = None::<Instant>;
    while quiet_since.is_none_or(|since| since.elapsed() < QUIET) {
        if is_quiet(&far) {
            if !sender.runs() {
                quiet_since.get_or_insert_with(Instant::now);
            }
            continue;
        }
        let count = far.read(&mut bytes).expect("the far port");
        line.extend_from_slice(&bytes[..count]);
    }
    let ended = sender.wait();
    assert_eq!(ended.code, Some(0), "{ended}");
    line
}

fn is_quiet(far: &File) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut watched = [PollFd::new(far, PollFlags::IN)];
    let wait = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
    !matches!(poll(&mut watched, Some(&wait)), Ok(1..))
}
