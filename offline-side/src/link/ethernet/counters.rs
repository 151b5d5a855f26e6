//! Carrier and transmit counters of an interface, read through files that are open before the sandbox closes.
//!
//! None of them counts what came in. Must not: be asked by whoever decides what is sent, or when.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rootcast_host::interface::{Attribute, Interface};

use crate::link::interface_count::{Carrier, InterfaceCount};

/// Drivers count what they sent some time after it was sent: those of Intel every two seconds.
const COUNTED_WITHIN: Duration = Duration::from_secs(4);

/// The files of one interface.
#[derive(Debug)]
pub(super) struct Counters {
    interface: String,
    carrier: Attribute,
    /// How often the carrier changed since the interface was made: so a flap between two looks is known too.
    carrier_changes: Attribute,
    tx_packets: Attribute,
    tx_dropped: Attribute,
    at_start: (u64, u64),
    changes_at_start: Option<u64>,
    /// Whether the carrier was down at the start, or when it was looked at.
    was_down: AtomicBool,
}

impl Counters {
    /// Opens them, and remembers what they say.
    pub(super) fn open(interface: &Interface) -> io::Result<Self> {
        let tx_packets = interface.open_attribute("statistics/tx_packets")?;
        let tx_dropped = interface.open_attribute("statistics/tx_dropped")?;
        let carrier = interface.open_attribute("carrier")?;
        let carrier_changes = interface.open_attribute("carrier_changes")?;
        let at_start = (tx_packets.number().unwrap_or(0), tx_dropped.number().unwrap_or(0));
        // Before the carrier is looked at: what changes in between is counted.
        let changes_at_start = carrier_changes.number();
        let (interface, was_down) = (interface.name.clone(), AtomicBool::new(false));
        let counters =
            Self { interface, carrier, carrier_changes, tx_packets, tx_dropped, at_start, changes_at_start, was_down };
        let _ = counters.is_up();
        Ok(counters)
    }

    /// Whether the carrier is up now; `None` where the interface is gone.
    fn is_up(&self) -> Option<bool> {
        let is_up = match self.carrier.read() {
            Ok(text) => Some(text == "1"),
            // The carrier of an interface that is down cannot be read.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Some(false),
            Err(_) => None,
        };
        if is_up == Some(false) {
            self.was_down.store(true, Ordering::Relaxed);
        }
        is_up
    }

    /// Whether the carrier was down at any time since the start, however short.
    fn was_down(&self) -> bool {
        let now = self.carrier_changes.number();
        self.was_down.load(Ordering::Relaxed) || now.zip(self.changes_at_start).is_some_and(|(now, then)| now != then)
    }

    /// What is wrong right now, for the status line.
    pub(super) fn trouble(&self) -> Option<String> {
        match self.is_up() {
            Some(true) => None,
            Some(false) => Some(format!("CARRIER OF {} IS DOWN: nothing leaves", self.interface)),
            None => Some(format!("{} IS GONE", self.interface)),
        }
    }

    /// What became of `handed_over` frames. Waits a little for drivers that count late.
    pub(super) fn count(&self, handed_over: u64) -> InterfaceCount {
        let since = |counter: &Attribute, start: u64| counter.number().map(|now| now.saturating_sub(start));
        let (packets, dropped) = self.at_start;
        let begun = Instant::now();
        loop {
            let transmitted = since(&self.tx_packets, packets);
            let is_up = self.is_up();
            if transmitted.is_none_or(|transmitted| transmitted >= handed_over)
                || is_up != Some(true)
                || begun.elapsed() >= COUNTED_WITHIN
            {
                let carrier = match (is_up, self.was_down()) {
                    (None, _) => Carrier::Gone,
                    (Some(false), _) => Carrier::Down,
                    (Some(true), true) => Carrier::Interrupted,
                    (Some(true), false) => Carrier::Up,
                };
                let interface = self.interface.clone();
                let dropped = since(&self.tx_dropped, dropped);
                return InterfaceCount { interface, handed_over, transmitted, dropped, carrier };
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}
