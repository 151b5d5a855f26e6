//! What an interface says of a transmission after its end: how many frames left, and whether its carrier was up.
//!
//! It changes what people are told, the journal and the exit code. It never changes which frames are sent, or when.

use rootcast_host::text::count;
use serde::{Deserialize, Serialize};

/// The carrier of an interface: whether the card sees the other end of its cable. This one bit a medium can return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carrier {
    /// It was up all the time.
    Up,
    /// It was down at the end.
    Down,
    /// It was up at the end, but down before.
    Interrupted,
    /// It was up, and nobody can look any more: the interface is gone.
    Gone,
}

/// How many frames an interface transmitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterfaceCount {
    /// The interface.
    pub interface: String,
    /// Frames that the kernel took from this program.
    pub handed_over: u64,
    /// Frames that the interface transmitted in that time, those of others too (`tx_packets`); nothing where it is gone.
    pub transmitted: Option<u64>,
    /// Frames that the interface dropped in that time (`tx_dropped`); nothing where it is gone.
    pub dropped: Option<u64>,
    /// Its carrier.
    pub carrier: Carrier,
}

impl InterfaceCount {
    /// Whether nothing left this host, although frames were handed over.
    #[must_use]
    pub(crate) fn is_nothing_out(&self) -> bool {
        self.handed_over > 0 && self.transmitted == Some(0)
    }

    /// Frames that did not leave.
    #[must_use]
    pub(crate) fn missing(&self) -> u64 {
        self.transmitted.map_or(0, |transmitted| self.handed_over.saturating_sub(transmitted))
    }

    /// Frames that others sent.
    #[must_use]
    pub(crate) fn of_others(&self) -> u64 {
        self.transmitted.map_or(0, |transmitted| transmitted.saturating_sub(self.handed_over))
    }

    /// For people.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        let carrier = match self.carrier {
            Carrier::Up => "up",
            Carrier::Down => "DOWN",
            Carrier::Interrupted => "up, but it was DOWN before",
            Carrier::Gone => "not known: the interface is gone",
        };
        let number = |number: Option<u64>| number.map_or_else(|| "unknown".to_owned(), |number| number.to_string());
        format!(
            "{}: {} handed over, {} transmitted, {} dropped; carrier {carrier}",
            self.interface,
            count(self.handed_over, "frame"),
            number(self.transmitted),
            number(self.dropped),
        )
    }

    /// What is wrong with it, a warning each.
    #[must_use]
    pub(crate) fn warnings(&self) -> Vec<String> {
        let (interface, mut warnings) = (&self.interface, Vec::new());
        if self.missing() > 0 {
            let (missing, handed_over) = (self.missing(), count(self.handed_over, "frame"));
            warnings.push(format!(
                "{missing} of {handed_over} did not leave {interface}: count them as lost, and send again if the other \
                 side does not have the object"
            ));
        }
        if self.of_others() > 0 {
            let others = count(self.of_others(), "frame");
            warnings.push(format!(
                "something else sent {others} over {interface} meanwhile: see rootcast-offline link check eth:{interface}"
            ));
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::{Carrier, InterfaceCount};

    #[test]
    fn what_did_not_leave_and_what_others_sent_is_told() {
        let count = |handed_over, transmitted| InterfaceCount {
            interface: "eth0".to_owned(),
            handed_over,
            transmitted: Some(transmitted),
            dropped: Some(0),
            carrier: Carrier::Up,
        };
        assert!(count(5, 0).is_nothing_out() && !count(0, 0).is_nothing_out() && !count(5, 1).is_nothing_out());
        assert!(count(5, 5).warnings().is_empty());
        assert!(count(5, 3).warnings()[0].starts_with("2 of 5 frames did not leave eth0"));
        assert!(count(5, 7).warnings()[0].starts_with("something else sent 2 frames over eth0"));
    }
}
