//! Why a certificate is revoked, as far as a request may say it (RFC 5280 §5.3.1).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A reason that is right for a CA certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// 1
    KeyCompromise,
    /// 2
    #[serde(rename = "cACompromise")]
    CaCompromise,
    /// 3
    AffiliationChanged,
    /// 4
    Superseded,
    /// 5
    CessationOfOperation,
    /// 9
    PrivilegeWithdrawn,
}

impl Reason {
    /// Every reason a request may give. unspecified is better left out, and a CA's certificate is never on hold.
    pub const ALL: [Self; 6] = [
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::PrivilegeWithdrawn,
    ];

    /// Its number in a CRL.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::PrivilegeWithdrawn => 9,
        }
    }

    /// The reason with this number, if a request may give it.
    #[must_use]
    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// Its name in RFC 5280.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
        }
    }

    /// What it means, for a witness.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::KeyCompromise => "its private key is compromised, or suspected to be",
            Self::CaCompromise => "the CA itself is compromised",
            Self::AffiliationChanged => "its name or affiliation changed",
            Self::Superseded => "another certificate took its place",
            Self::CessationOfOperation => "the CA stopped working; no suspicion",
            Self::PrivilegeWithdrawn => "a right it states was withdrawn",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that is not an allowed reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownReason;

impl FromStr for Reason {
    type Err = UnknownReason;

    fn from_str(text: &str) -> Result<Self, UnknownReason> {
        Self::ALL.into_iter().find(|reason| reason.name() == text).ok_or(UnknownReason)
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn every_reason_is_read_by_its_name_and_no_other() {
        for reason in Reason::ALL {
            assert_eq!(reason.name().parse(), Ok(reason));
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.name());
        }
        for text in ["", "unspecified", "certificateHold", "superseded ", "Superseded", "4"] {
            assert!(text.parse::<Reason>().is_err(), "{text}");
        }
    }
}
