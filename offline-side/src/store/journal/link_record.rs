//! An open link as the journal records it, for the auditor: which descriptor, device, driver, direction and flags, since
//! when.
//!
//! Every text is the kernel's word or the operator's ([`crate::link::inspection`]). Must not: ask for any of it.

use rootcast_protocol::object::ObjectId;
use serde::{Deserialize, Serialize};

use crate::link::inspection::Inspection;
use crate::store::hex_text;

/// Texts about a line that stand on one line together.
const LINE_TEXTS_TOGETHER: usize = 8;

/// What is known of one open link. Every text is the kernel's word or the operator's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRecord {
    /// The link, as it was named.
    pub link: String,
    /// The object it was opened for; nothing for beacons and tests.
    #[serde(default, with = "hex_text::option")]
    pub object: Option<ObjectId>,
    /// Which transmission of that object, counted from 0.
    pub transmission: Option<u32>,
    /// The descriptor's number; `None` if each picture is a file of its own.
    pub descriptor: Option<i32>,
    /// What is behind it.
    pub device: String,
    /// The kernel's driver for it, where it is a device.
    pub driver: Option<String>,
    /// `write only`, or what the descriptor allows instead.
    pub direction: String,
    /// The flags it is open with (open(2)).
    pub flags: Vec<String>,
    /// How the line is set, where it is a terminal line (termios(3)).
    pub line: Vec<String>,
    /// When it was opened, RFC 3339.
    pub since: String,
    /// How the process was sandboxed while the link was open, a phrase each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confinement: Vec<String>,
}

impl LinkRecord {
    /// The record of `link`, as it was named, opened at `since` (RFC 3339).
    #[must_use]
    pub(crate) fn new(link: &str, transmission: Option<(ObjectId, u32)>, inspection: Inspection, since: &str) -> Self {
        let Inspection { descriptor, device, driver, direction, flags, line } = inspection;
        Self {
            link: link.to_owned(),
            object: transmission.map(|(object, _)| object),
            transmission: transmission.map(|(_, index)| index),
            descriptor,
            device,
            driver,
            direction,
            flags,
            line,
            since: since.to_owned(),
            confinement: Vec::new(),
        }
    }

    /// The report for people, several lines.
    #[must_use]
    pub fn text(&self) -> String {
        let unknown = || "none".to_owned();
        let mut lines = vec![self.link.clone()];
        let mut push = |name: &str, value: &str| lines.push(format!("    {name:<11} {value}"));
        if let (Some(object), Some(transmission)) = (&self.object, self.transmission) {
            push("object", &format!("{object}, transmission {}", u64::from(transmission) + 1));
        }
        push("descriptor", &self.descriptor.map_or_else(unknown, |number| number.to_string()));
        push("device", &self.device);
        push("driver", &self.driver.clone().unwrap_or_else(unknown));
        push("direction", &self.direction);
        push("flags", &self.flags.join(" "));
        match self.line.as_slice() {
            [] => {}
            few if few.len() <= LINE_TEXTS_TOGETHER => push("line", &few.join(", ")),
            many => many.iter().for_each(|text| push("line", text)),
        }
        push("open since", &self.since);
        for phrase in &self.confinement {
            push("sandbox", phrase);
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use rootcast_protocol::object::ObjectId;

    use super::LinkRecord;

    #[test]
    fn the_object_of_a_stored_record_is_read_and_written_as_it_was() {
        let line = |object: &str| {
            format!(
                "{{\"link\":\"file:a\",\"object\":{object},\"transmission\":0,\"descriptor\":3,\"device\":\"a file\",\"driver\":null,\
                 \"direction\":\"write only\",\"flags\":[\"O_WRONLY\"],\"line\":[],\"since\":\"2026-11-21T09:00:00Z\"}}"
            )
        };
        let object = ObjectId::of(b"a bundle");
        for (text, of) in [(format!("\"{object}\""), Some(object)), ("null".to_owned(), None)] {
            let record: LinkRecord = serde_json::from_str(&line(&text)).unwrap();
            assert_eq!(record.object, of);
            assert_eq!(serde_json::to_string(&record).unwrap(), line(&text));
        }
        assert!(serde_json::from_str::<LinkRecord>(&line("\"13702423\"")).is_err());
    }
}
