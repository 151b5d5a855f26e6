//! What people decide about entries of the previous CRL that the new one cannot carry over (REQ-CARRY), and why a decision
//! is refused.

use std::collections::BTreeMap;
use std::fmt;

use rootcast_host::text::count;
use rootcast_pki::time::Timestamp;

use super::lined::Lined;
use super::reason::Reason;

/// `[[crl.decide]]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRequest {
    /// About which certificates: the contents octets of their serial numbers, with or without a leading zero octet.
    pub serials: Vec<Lined<Vec<u8>>>,
    /// What the new CRL says of them.
    pub action: DecidedAction,
    /// Why, in plain characters.
    pub because: String,
}

/// What the new CRL says of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecidedAction {
    /// `revoke`: one entry.
    Revoke {
        /// Since when. Nothing leaves the earliest date of the previous CRL.
        date: Option<Timestamp>,
        /// Why. Nothing leaves the reason of the previous CRL.
        reason: Option<Reason>,
    },
    /// `drop`: no entry.
    Drop,
}

/// An entry, or several of one serial number, that the new CRL cannot carry over and nothing was decided about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndecidedEntry {
    /// The serial number, hexadecimal.
    pub serial: String,
    /// What the previous CRL says, and which rules reject it; printable.
    pub found: String,
    /// What a decision says of it.
    pub wants: WantedDecision,
}

/// What a decision has to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WantedDecision {
    /// `drop`: it is about no certificate that this issuer has revoked.
    Drop,
    /// `revoke`, with these.
    Revoke {
        /// Whether a date has to be given.
        date: bool,
        /// Whether a reason has to be given.
        reason: bool,
    },
    /// No decision helps: the rules of this root accept no entry for such a serial number.
    None,
}

impl fmt::Display for WantedDecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (keys, shared) = match self {
            Self::None => {
                return f.write_str(
                    "no decision helps: no CRL of this root can have an entry for them; its profile refuses the serial numbers",
                );
            }
            Self::Drop => return f.write_str("write one [[crl.decide]] with serial, action = \"drop\" and because"),
            Self::Revoke { date: true, reason: true } => ("the true date, the reason", "date and reason"),
            Self::Revoke { date: true, reason: false } => ("the true date", "date"),
            Self::Revoke { date: false, reason: true } => ("the reason", "reason"),
            Self::Revoke { date: false, reason: false } => {
                return f.write_str("write one [[crl.decide]] with serial, action = \"revoke\" and because");
            }
        };
        write!(
            f,
            "write [[crl.decide]] with serial, action = \"revoke\", {keys} and because, one for all with the same {shared}"
        )
    }
}

/// Most entries of one kind that a text shows; it lists the serial numbers of all.
const SHOWN_MAX: usize = 20;

/// Characters of a line of serial numbers, unless a single one is longer.
const LINE_LENGTH: usize = 80;

/// Writes what a request has to say about these entries: each instruction once, with all its serial numbers as the request
/// takes them, and the first entries in words.
pub(super) fn write_wanted(f: &mut fmt::Formatter<'_>, entries: &[UndecidedEntry]) -> fmt::Result {
    let mut kinds: BTreeMap<WantedDecision, Vec<&UndecidedEntry>> = BTreeMap::new();
    for entry in entries {
        kinds.entry(entry.wants).or_default().push(entry);
    }
    for (wants, entries) in kinds {
        write!(f, "\nFor {}, {wants}:", count(entries.len() as u64, "certificate"))?;
        let serials: Vec<String> = entries.iter().map(|entry| format!("\"{}\"", entry.serial)).collect();
        write!(f, "\n  serial = {}", listed(&serials))?;
        for entry in entries.iter().take(SHOWN_MAX) {
            write!(f, "\n  serial {}: {}", entry.serial, entry.found)?;
        }
        if let Some(more @ 1..) = entries.len().checked_sub(SHOWN_MAX) {
            write!(f, "\n  … and {more} more of the same kind")?;
        }
    }
    Ok(())
}

/// One value of TOML, or a list of them in lines of [`LINE_LENGTH`].
fn listed(values: &[String]) -> String {
    if let [value] = values {
        return value.clone();
    }
    let (mut text, mut length) = ("[".to_owned(), 0);
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            text.push(',');
            length += value.len() + 2;
            if length > LINE_LENGTH {
                text.push_str("\n   ");
                length = value.len();
            }
            text.push(' ');
        }
        text.push_str(value);
    }
    text + "]"
}

/// Why a decision needs a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoDate {
    /// The certificate is on hold.
    OnHold,
    /// No date of the previous CRL can stay.
    NoneStays,
}

impl NoDate {
    const fn text(self) -> &'static str {
        match self {
            Self::OnHold => "a hold has no final date, so give the true one",
            Self::NoneStays => "the previous CRL has no date that can stay",
        }
    }
}

/// Why a decision needs a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoReason {
    /// The certificate is on hold.
    OnHold,
    /// No single reason of the previous CRL can stay.
    NoneStays,
}

impl NoReason {
    const fn text(self) -> &'static str {
        match self {
            Self::OnHold => "a hold is no final reason",
            Self::NoneStays => "the previous CRL has no single reason that can stay",
        }
    }
}

/// What is wrong with a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecisionFault {
    /// Not a serial number.
    Serial {
        /// The text found.
        found: String,
    },
    /// Not an action.
    Action {
        /// The text found.
        found: String,
    },
    /// `drop` with a date or a reason.
    Surplus,
    /// No reason for the decision, or one that is too long or not in plain characters.
    Because,
    /// Nothing is to be decided about it.
    NoSuchEntry {
        /// The serial number.
        serial: String,
    },
    /// The same serial number twice, or one that `[[crl.revoke]]` names too.
    Twice {
        /// The serial number.
        serial: String,
    },
    /// The entry of a certificate that this issuer revoked.
    NeverDropped {
        /// The serial number.
        serial: String,
    },
    /// A certificate of another issuer.
    OtherIssuer {
        /// The serial number.
        serial: String,
        /// Whose it is; printable.
        name: String,
    },
    /// No date or no reason, or neither, although the previous CRL has none that could stay.
    Missing {
        /// The serial number.
        serial: String,
        /// Why there has to be a date; `None` where it is given or one stays.
        date: Option<NoDate>,
        /// Why there has to be a reason; `None` where it is given or one stays.
        reason: Option<NoReason>,
    },
    /// A date, although the previous CRL has one that stays.
    DateStays {
        /// The serial number.
        serial: String,
        /// The date that stays.
        date: Timestamp,
    },
    /// A reason that is none of the previous CRL's.
    ReasonStays {
        /// The serial number.
        serial: String,
        /// The reasons that the previous CRL has.
        reasons: Vec<Reason>,
    },
}

impl fmt::Display for DecisionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial { found } => write!(
                f,
                "\"{found}\" is not a serial number; write the hexadecimal digits that the rehearsal shows, such as \"4a01ff\""
            ),
            Self::Action { found } => write!(f, "\"{found}\" is not an action; the actions are revoke and drop"),
            Self::Surplus => f.write_str("an entry that is dropped has neither date nor reason"),
            Self::Because => f.write_str(
                "it needs because, with the reason in 1 to 300 plain characters: because = \"the hold was final since May\"",
            ),
            Self::NoSuchEntry { serial } => write!(
                f,
                "the previous CRL has no entry for certificate {serial} that has to be decided; its entry, if there is one, carries \
                 over automatically"
            ),
            Self::Twice { serial } => write!(f, "the request decides about certificate {serial} twice"),
            Self::NeverDropped { serial } => write!(
                f,
                "the entry for certificate {serial} cannot be dropped: this issuer revoked it, or may have. Write action = \"revoke\""
            ),
            Self::OtherIssuer { serial, name } => {
                write!(f, "certificate {serial} is one of another issuer, {name}. Write action = \"drop\"")
            }
            Self::Missing { serial, date, reason } => {
                let needs = match (date, reason) {
                    (Some(_), Some(_)) => "a date and a reason",
                    (Some(_), None) => "a date",
                    (None, _) => "a reason",
                };
                let why = [date.map(NoDate::text), reason.map(NoReason::text)];
                let why = why.into_iter().flatten().collect::<Vec<_>>().join("; ");
                write!(f, "certificate {serial} needs {needs}: {why}")
            }
            Self::DateStays { serial, date } => write!(
                f,
                "certificate {serial} keeps its earliest date, {date}; leave the date out"
            ),
            Self::ReasonStays { serial, reasons } => {
                let is_worst = reasons.contains(&Reason::KeyCompromise);
                let reasons: Vec<&str> = reasons.iter().map(|reason| reason.name()).collect();
                let reasons = reasons.join(" or ");
                let or_worse = if is_worst { "" } else { ", or becomes keyCompromise" };
                write!(f, "certificate {serial} keeps the reason {reasons}{or_worse}")
            }
        }
    }
}

impl std::error::Error for DecisionFault {}
