//! A CRL of 700 bytes, on the wire.

use rootcast_tests::recordings::frames;
use rootcast_tests::seeds::Chance;
use rootcast_tests::sides::Sides;

use crate::table::{Table, Target};

pub(crate) fn measure(table: &mut Table) {
    table.section(
        "A 700-byte CRL",
        "Its bundle in one frame, as `send --link file:` writes it; any one frame is enough.",
    );
    let sides = Sides::enrolled();
    let mut chance = Chance::new(700);
    let crl = sides.crl_of_bytes(700, &mut chance);
    let file = sides.scratch.file("root.crl", &crl);
    let frames = frames(&sides.record("small.frames", &[file]));
    let same = frames.iter().all(|frame| *frame == frames[0]);
    table.figure("the CRL", crl.len() as f64, "bytes", Target::Beside);
    table.figure("frames that have to arrive", if same { 1.0 } else { f64::NAN }, "", Target::AtMost(1.0));
    table.figure("bytes of that frame", frames[0].len() as f64, "bytes", Target::AtMost(1200.0));
}
