//! One conductor between two serial ports: bytes go one way, at the line's speed, and some are hurt.
//!
//! Two pseudo-terminals and a thread that moves bytes from the first to the second. Nothing moves the other way:
//! what the far end might send is never read.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::faults::{ByteFaults, Counts};
use crate::pty::{Pty, readable_within, writable_within};

/// A wire with a port at each end.
#[derive(Debug)]
pub struct Wire {
    near: Pty,
    far: Pty,
    ends: Arc<AtomicBool>,
    counts: Arc<Mutex<(Counts, u64)>>,
    mover: Option<JoinHandle<()>>,
}

impl Wire {
    /// A wire that carries `baud / 10` bytes a second and does this to them.
    #[must_use]
    pub fn new(baud: u32, mut faults: ByteFaults) -> Self {
        let (near, far) = (Pty::open(), Pty::open());
        let ends = Arc::new(AtomicBool::new(false));
        let counts = Arc::new(Mutex::new((Counts::default(), 0)));
        let (mut from, mut to) = (near.controller(), far.controller());
        let (asked_to_end, told) = (Arc::clone(&ends), Arc::clone(&counts));
        let mover = std::thread::spawn(move || {
            let begun = Instant::now();
            let (mut carried, mut overrun, mut nobody_reads) = (0_u64, 0_u64, false);
            let mut piece = [0; 256];
            let mut hurt = Vec::new();
            while !asked_to_end.load(Ordering::Relaxed) {
                if !readable_within(&from, Duration::from_millis(20)) {
                    // An idle line saves up no speed.
                    carried = carried.max(due(begun, baud));
                    continue;
                }
                let Ok(count @ 1..) = from.read(&mut piece) else { break };
                hurt.clear();
                faults.pass(&piece[..count], &mut hurt);
                let mut rest = hurt.as_slice();
                while !rest.is_empty() {
                    // A reader that is slow is waited for; one that is not there loses what is sent, as on a real line.
                    let wait = Duration::from_millis(if nobody_reads { 0 } else { 500 });
                    nobody_reads = !writable_within(&to, wait);
                    if nobody_reads {
                        overrun += rest.len() as u64;
                        break;
                    }
                    match to.write(&rest[..rest.len().min(64)]) {
                        Ok(written) => rest = &rest[written..],
                        Err(_) => return,
                    }
                }
                *told.lock().expect("counts") = (faults.counts(), overrun);
                carried += count as u64;
                while due(begun, baud) < carried && !asked_to_end.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_micros(500));
                }
            }
        });
        Self { near, far, ends, counts, mover: Some(mover) }
    }

    /// The port of the transmitter.
    #[must_use]
    pub fn near(&self) -> &Path {
        self.near.path()
    }

    /// The port of the receiver.
    #[must_use]
    pub fn far(&self) -> &Path {
        self.far.path()
    }

    /// Forgets what arrived at the far port before anybody listened there.
    pub fn forget_unheard(&self) {
        self.far.forget_unheard();
    }

    /// What the wire did to the bytes so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts.lock().expect("counts").0
    }

    /// Bytes lost because nobody read the far port.
    #[must_use]
    pub fn unheard(&self) -> u64 {
        self.counts.lock().expect("counts").1
    }

    /// Pulls both plugs: programs that use the ports see them hang up.
    pub fn unplug(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(mover) = self.mover.take() {
            let _ = mover.join();
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.stop();
    }
}

fn due(begun: Instant, baud: u32) -> u64 {
    u64::try_from(begun.elapsed().as_micros() * u128::from(baud) / 10_000_000).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::Wire;
    use crate::faults::ByteFaults;
    use std::fs::File;
    use std::io::{Read, Write};
    use std::time::Instant;

    #[test]
    fn a_wire_carries_every_byte_value_at_its_speed() {
        let wire = Wire::new(200_000, ByteFaults::none());
        let sent: Vec<u8> = (0..20_000_u32).map(|i| i as u8).collect();
        let begun = Instant::now();
        let mut near = File::options().write(true).open(wire.near()).unwrap();
        let mut far = File::open(wire.far()).unwrap();
        let bytes = sent.clone();
        let sender = std::thread::spawn(move || near.write_all(&bytes).unwrap());
        let mut heard = vec![0; sent.len()];
        far.read_exact(&mut heard).unwrap();
        sender.join().unwrap();
        assert_eq!(heard, sent);
        assert!(begun.elapsed().as_millis() >= 900, "{:?}", begun.elapsed());
    }
}
