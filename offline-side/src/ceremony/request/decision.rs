//! What people decide about entries of the previous CRL that the new one cannot carry over (REQ-CARRY), and why a decision
//! is refused.

use std::fmt;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
        let keys = match self {
            Self::None => {
                return f
                    .write_str("no CRL of this root can have an entry for it; its profile refuses the serial number");
            }
            Self::Drop => return f.write_str("[[crl.decide]] with serial, action = \"drop\" and because"),
            Self::Revoke { date: true, reason: true } => "serial, action = \"revoke\", the true date, the reason",
            Self::Revoke { date: true, reason: false } => "serial, action = \"revoke\", the true date",
            Self::Revoke { date: false, reason: true } => "serial, action = \"revoke\", the reason",
            Self::Revoke { date: false, reason: false } => "serial, action = \"revoke\"",
        };
        write!(f, "[[crl.decide]] with {keys} and because")
    }
}

impl fmt::Display for UndecidedEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "serial {}: {}. Write {}", self.serial, self.found, self.wants)
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
    /// No date, although the previous CRL has none that could stay.
    DateMissing {
        /// The serial number.
        serial: String,
    },
    /// A date, although the previous CRL has one that stays.
    DateStays {
        /// The serial number.
        serial: String,
        /// The date that stays.
        date: Timestamp,
    },
    /// No reason, although the previous CRL has none that could stay.
    ReasonMissing {
        /// The serial number.
        serial: String,
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
            Self::DateMissing { serial } => {
                write!(f, "certificate {serial} needs a date: the previous CRL has none that can stay")
            }
            Self::DateStays { serial, date } => write!(
                f,
                "certificate {serial} keeps its earliest date, {date}; leave the date out"
            ),
            Self::ReasonMissing { serial } => {
                write!(f, "certificate {serial} needs a reason: the previous CRL has no single one that can stay")
            }
            Self::ReasonStays { serial, reasons } => {
                let reasons: Vec<&str> = reasons.iter().map(|reason| reason.name()).collect();
                let reasons = reasons.join(" or ");
                write!(f, "certificate {serial} keeps the reason {reasons}")?;
                if reasons == Reason::KeyCompromise.name() { Ok(()) } else { f.write_str(", or becomes keyCompromise") }
            }
        }
    }
}
