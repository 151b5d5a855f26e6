//! A receiver that listens to a serial wire until it is told to end.

use std::fs::File;
use std::io::Write;
use std::time::Duration;

use rootcast_protocol::cobs;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::manifest::ItemKind;

use crate::faults::ByteFaults;
use crate::forged;
use crate::program::{Ended, Running};
use crate::sides::Sides;
use crate::skipped::skipped;
use crate::wire::Wire;

/// `rootcast-online receive`, and the wire that it listens to.
#[derive(Debug)]
pub struct Listening {
    /// The wire, without faults.
    pub wire: Wire,
    /// The program.
    pub running: Running,
    /// Whether it is in its sandbox.
    pub is_sandboxed: bool,
}

impl Listening {
    /// Starts it, and waits until it listens. Where the kernel has no sandbox, it listens without one, and that is said aloud.
    #[must_use]
    pub fn on(sides: &Sides) -> Self {
        let wire = Wire::new(460_800, ByteFaults::none());
        let mut running = sides.receive(&[format!("serial:{},baud=460800", wire.far().display())]).start();
        // The last of the lines about the sandbox.
        let is_sandboxed = running.wait_for_one_of(["NOT SANDBOXED by seccomp", "sandboxed by seccomp"]) == 1;
        if !is_sandboxed {
            skipped("receivers that listen, in their sandbox: this kernel has no seccomp, or a container forbids it");
        }
        // The port is set before anything is sent to it.
        std::thread::sleep(Duration::from_millis(500));
        Self { wire, running, is_sandboxed }
    }

    /// Sends a CRL down the wire, and waits until the receiver says what became of it.
    pub fn hears(&mut self, crl: &[u8]) {
        self.is_sent(crl);
        let judged = Digest::of(crl).to_string();
        self.running.wait_for_text(&judged);
    }

    /// Sends a CRL down the wire.
    pub fn is_sent(&self, crl: &[u8]) {
        let object = forged::object_of(&[(ItemKind::Crl, "root.crl", crl)]);
        let mut line = Vec::new();
        forged::frames_of(&object, 0, 8).iter().for_each(|frame| cobs::encode(frame, &mut line));
        File::options().write(true).open(self.wire.near()).unwrap().write_all(&line).unwrap();
    }

    /// Tells it to end, and waits until it has.
    #[must_use]
    pub fn ended(self) -> Ended {
        self.running.terminate();
        self.running.wait()
    }
}
