//! Why a request is refused: the file, the line, and what is allowed there.

use std::fmt;

use rootcast_host::clock::dated_text;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_pki::difference::reason_name;
use rootcast_pki::limits::DECIDED_COUNT_MAX;
use rootcast_pki::time::{TimeError, Timestamp};
use rootcast_pki::typed_time::{self, TypedTime, TypedTimeError};

use super::decision::{self, DecisionFault, UndecidedEntry};
use super::distinguished_name::NameFault;
use super::escrow_groups::GroupsFault;
use super::profile::CertificateProfile;
use super::reason::Reason;
use super::shape::OF_THE_SITE;
use crate::ceremony::der_builder::DraftError;
use crate::ceremony::key::kind::NewKey;
use crate::ceremony::toml_shape::ShapeFault;

/// How many days ahead of the machine's time a date may be at a rehearsal: people prepare for the ceremony of the coming
/// month. A date further ahead is a typing error, or has to be rehearsed later.
pub(crate) const REHEARSED_AHEAD_DAYS_MAX: i64 = 31;

/// Most characters of a reason.
pub(super) const BECAUSE_LENGTH_MAX: usize = 300;

/// Most characters of a URL.
pub(super) const URL_LENGTH_MAX: usize = 500;

/// Most characters of a value that are shown.
const FOUND_SHOWN_MAX: usize = 60;

/// A refused request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestError {
    /// The request's file name.
    pub file: String,
    /// The line at fault, counted from 1; 0 where no line is to blame.
    pub line: usize,
    /// What is wrong.
    pub fault: RequestFault,
}

/// What is wrong with a request. Texts name the rule; they are made printable when shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestFault {
    /// Not TOML, an unknown or missing key, or a value of the wrong type.
    Shape(Box<ShapeFault>),
    /// No text, or something else that the reader does not take.
    Form {
        /// What the reader says.
        why: String,
    },
    /// A character that cannot be seen, or that changes how others are shown.
    NotPlain {
        /// The first of them.
        found: char,
    },
    /// Not a time.
    Time {
        /// The key.
        key: &'static str,
        /// The text found.
        found: String,
        /// Why.
        error: TimeError,
    },
    /// A time that is not later than the one it has to follow.
    Order {
        /// Which key.
        key: &'static str,
        /// Its time.
        at: Timestamp,
        /// The key it has to follow.
        after: &'static str,
        /// That one's time.
        other: Timestamp,
    },
    /// Not a distinguished name.
    Name(NameFault),
    /// A reason that a CA certificate is not revoked for, or no reason at all.
    Reason {
        /// The text found.
        found: String,
    },
    /// A profile there is not.
    Profile {
        /// The text found.
        found: String,
    },
    /// A kind of key there is not.
    Key {
        /// The text found.
        found: String,
    },
    /// `[escrow] groups` names no two groups.
    Groups(GroupsFault),
    /// A path length out of range, or none where the profile wants one.
    PathLength {
        /// The profile.
        profile: CertificateProfile,
    },
    /// A URL that does not belong into a CA certificate.
    Url {
        /// The key.
        key: &'static str,
    },
    /// A path that is absolute, empty, or not plain text.
    Path {
        /// The key.
        key: &'static str,
    },
    /// Neither [crl], nor [[certificate]], nor [root].
    NothingAsked,
    /// Keys that exclude each other, or one without which another makes no sense.
    Together {
        /// What is wrong, in words.
        why: &'static str,
    },
    /// More of something than a ceremony has.
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        found: usize,
        /// How many at most.
        max: usize,
    },
    /// A certificate would have the file name of the root itself.
    RootsName,
    /// Two certificates would have the same file name.
    SameName {
        /// Which one.
        name: String,
    },
    /// A certificate request that is not one, has a weak key, or is not signed by its own key.
    Csr {
        /// Which file.
        file: String,
        /// Why.
        why: String,
        /// Whether it is a certificate in the place of its request.
        is_certificate: bool,
    },
    /// The issuer's certificate cannot be used.
    Issuer {
        /// Why.
        why: String,
    },
    /// A root of this key or name is trusted, or was retired: this is no first ceremony.
    RootAgain {
        /// What is the same.
        same: SameAs,
        /// The subject of that root.
        subject: String,
        /// Whether it was retired.
        is_retired: bool,
    },
    /// The previous CRL cannot be the one before this.
    Previous {
        /// Why.
        why: String,
    },
    /// A certificate to revoke that is not this issuer's, or not a certificate.
    Revoke {
        /// Which file.
        file: String,
        /// Why.
        why: String,
    },
    /// A certificate that is revoked already, for another change than to keyCompromise.
    RevokedAlready {
        /// Its serial number.
        serial: String,
        /// Since when.
        date: Timestamp,
        /// Why.
        reason: Option<u8>,
    },
    /// A certificate that the request revokes twice.
    RevokedTwice {
        /// Its serial number.
        serial: String,
    },
    /// A revocation after the CRL's own date.
    RevokedLater {
        /// The date asked for.
        date: Timestamp,
        /// thisUpdate.
        this_update: Timestamp,
    },
    /// A date further ahead than a rehearsal allows.
    Ahead {
        /// Which key.
        key: &'static str,
        /// Its time.
        at: Timestamp,
        /// The machine's time.
        now: Timestamp,
    },
    /// `abandon` is no CRL number.
    AbandonNumber {
        /// The text found.
        found: String,
    },
    /// `abandon` without a reason, or with one that is too long or not in plain characters.
    AbandonWhy,
    /// `[approvals]` without a reason, or with one that is too long or not in plain characters.
    ChangeWhy,
    /// The CRL to abandon was not signed here last, or it was sent.
    Abandon {
        /// Why.
        why: String,
    },
    /// `new_identifier` without a reason, or with one that is too long or not in plain characters.
    NewIdentifierWhy,
    /// `wider` without a reason, or with one that is too long or not in plain characters.
    WiderWhy,
    /// A renewal would allow more than the certificate that it replaces.
    Wider {
        /// The file of the certificate that is replaced.
        file: String,
        /// What it would allow.
        what: Vec<String>,
    },
    /// The key to certify is the key that signs.
    CertifiesItself {
        /// The file that names it.
        file: String,
    },
    /// A certificate of the key to certify is revoked as compromised: in the CRL in use, or by this request.
    KeyRevoked {
        /// Which one.
        existing: String,
        /// Since when.
        since: Timestamp,
        /// Why.
        reason: Option<u8>,
        /// Whether this request revokes it.
        is_asked: bool,
    },
    /// The certificate that is replaced cannot be used.
    Replaces {
        /// Which file.
        file: String,
        /// Why.
        why: String,
    },
    /// No subject is given, and nothing is known whose name could stay.
    SubjectMissing,
    /// The state knows several names or identifiers of the key.
    SeveralKnown {
        /// Each in words.
        known: Vec<String>,
    },
    /// Name or key identifier would differ from what relying parties know of this key.
    Continuity {
        /// What differs, and from what.
        why: String,
    },
    /// A decision about an entry of the previous CRL.
    Decision(DecisionFault),
    /// Entries of the previous CRL that the new one cannot carry over, and nothing was decided about.
    Undecided {
        /// They, or as many as a request can decide about.
        entries: Vec<UndecidedEntry>,
        /// About how many certificates they are.
        count: usize,
        /// About how many certificates a request would have to decide, those decided already among them.
        to_decide: usize,
    },
    /// No number is left above the last.
    NoNumberLeft,
    /// The key that will sign does not fit.
    SigningKey {
        /// Why.
        why: String,
    },
    /// Cannot be encoded.
    Draft(DraftError),
}

/// What a new root would have in common with a root that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameAs {
    /// Its key.
    Key,
    /// Its name.
    Name,
}

impl fmt::Display for SameAs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "key",
            Self::Name => "name",
        })
    }
}

impl fmt::Display for RequestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(fault) => {
                write!(f, "REQ-STRICT: {fault}")?;
                match &**fault {
                    ShapeFault::UnknownKey { name, .. } if OF_THE_SITE.contains(&name.as_str()) => {
                        f.write_str(". Module, token and key belong in the site file; the PIN is asked on the terminal")
                    }
                    _ => Ok(()),
                }
            }
            Self::Form { why } => write!(f, "REQ-STRICT: {why}"),
            Self::NotPlain { found } => write!(
                f,
                "REQ-STRICT: the character U+{:04X} is invisible, or changes how the text beside it is shown. People review this \
                 file; take the character out",
                u32::from(*found)
            ),
            Self::Time { key, found, error } => {
                let found: String = found.chars().take(FOUND_SHOWN_MAX).collect();
                match (error, typed_time::read(&found)) {
                    (TimeError::NoSuchMoment, _) => {
                        write!(f, "REQ-STRICT: {key}: there is no such day or time of day: \"{found}\"")
                    }
                    // Files have one form, so that two people who review one read the same.
                    (_, Ok(TypedTime::Moment(moment))) => {
                        write!(f, "REQ-STRICT: {key}: a time in this file has one form; write {key} = \"{moment}\"")
                    }
                    (_, Err(TypedTimeError::NoTimeOfDay)) => {
                        write!(f, "REQ-STRICT: {key}: \"{found}\" has no time of day; ")?;
                        match typed_time::read_day(&found) {
                            Ok(midnight) => write!(f, "write {key} = \"{midnight}\", or another time of that day in UTC"),
                            Err(_) => f.write_str("write it like \"2026-11-21T00:00:00Z\", always UTC"),
                        }
                    }
                    (_, Err(TypedTimeError::Zone { found: zone })) => {
                        write!(f, "REQ-STRICT: {key}: \"{zone}\" is another time zone: the time has to be in UTC; ")?;
                        match typed_time::of_another_zone(&found) {
                            Some(moment) => write!(f, "write {key} = \"{moment}\""),
                            None => f.write_str("write it like \"2026-11-21T00:00:00Z\""),
                        }
                    }
                    (_, Ok(TypedTime::OfDay(_)) | Err(_)) => write!(
                        f,
                        "REQ-STRICT: {key}: \"{found}\" is not a time; write it like \"2026-11-21T00:00:00Z\", always UTC"
                    ),
                }
            }
            Self::Order { key, at, after, other } => {
                write!(f, "REQ-STRICT: {key} {at} is not later than {after} {other}")
            }
            Self::Name(fault) => write!(
                f,
                "REQ-STRICT: subject: {fault}; write it like \"CN=Example Issuing CA G2,O=Example,C=CH\", the most specific attribute first"
            ),
            Self::Reason { found } => {
                let all: Vec<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
                write!(
                    f,
                    "REQ-CARRY: \"{found}\" is not a reason to revoke a CA certificate; the allowed reasons are {}",
                    all.join(", ")
                )
            }
            Self::RootAgain { same, subject, is_retired: true } => write!(
                f,
                "REQ-PURPOSE: [root] with key makes a new root, but a root with this {same} was retired here: {subject}"
            ),
            Self::RootAgain { same, subject, is_retired: false } => write!(
                f,
                "REQ-PURPOSE: [root] with key makes a new root, but this state already trusts a root with this {same}: {subject}"
            ),
            Self::Profile { found } => {
                let all: Vec<&str> = CertificateProfile::ALL.iter().map(|profile| profile.name()).collect();
                write!(
                    f,
                    "REQ-PURPOSE: there is no profile \"{found}\"; the profiles are {}. The root signs CRLs, subordinate CA and \
                     cross certificates, nothing else",
                    all.join(", ")
                )
            }
            Self::Key { found } => {
                let all: Vec<&str> = NewKey::ALL.iter().map(|key| key.name()).collect();
                write!(f, "REQ-STRICT: there is no kind of key \"{found}\"; the kinds are {}", all.join(", "))
            }
            Self::PathLength { profile } => {
                write!(f, "REQ-STRICT: the profile {profile} needs a path_length from 0 to 9")
            }
            Self::Url { key } => write!(
                f,
                "REQ-STRICT: {key} must begin with http:// (https would itself need the CRL) and have a host and at most {URL_LENGTH_MAX} \
                 visible ASCII characters"
            ),
            Self::Path { key } => {
                write!(f, "REQ-STRICT: {key} must be a path relative to the request's folder, in plain characters")
            }
            Self::NothingAsked => {
                f.write_str("REQ-STRICT: the request asks for nothing: give [crl], [[certificate]], [root] or [approvals]")
            }
            Self::Groups(fault) => write!(f, "KEY-ESCROW: {fault}"),
            Self::Together { why } => f.write_str(why),
            Self::TooMany { what, found, max } => write!(f, "REQ-STRICT: {found} {what}; at most {max} are allowed"),
            Self::RootsName => f.write_str(
                "REQ-STRICT: a certificate file would be named root.crt, which is the root's own file; rename its request",
            ),
            Self::SameName { name } => write!(
                f,
                "REQ-STRICT: two certificate files would be named {name}.crt, after their requests; rename one request"
            ),
            Self::Csr { file, why, is_certificate } => {
                write!(f, "REQ-CSR: {file}: {why}")?;
                match is_certificate {
                    true => f.write_str(". Give the request (.csr). For a renewal, name the certificate in replaces"),
                    false => Ok(()),
                }
            }
            Self::Issuer { why } => write!(f, "the issuer's certificate: {why}"),
            Self::Previous { why } => write!(f, "REQ-PREVIOUS: {why}"),
            Self::Revoke { file, why } => write!(f, "REQ-CARRY: {file}: {why}"),
            Self::RevokedAlready { serial, date, reason } => write!(
                f,
                "REQ-CARRY: certificate {serial} is already revoked since {date} ({}); its entry carries over automatically, \
                 and only a change to keyCompromise may be asked for",
                reason_name(*reason)
            ),
            Self::RevokedTwice { serial } => write!(f, "REQ-CARRY: the request revokes certificate {serial} twice"),
            Self::RevokedLater { date, this_update } => {
                write!(f, "REQ-CARRY: the revocation date {date} is after this_update {this_update}")
            }
            Self::Ahead { key, at, now } => write!(
                f,
                "REQ-FUTURE: {key} is {}; at a rehearsal it may be at most {REHEARSED_AHEAD_DAYS_MAX} days ahead",
                dated_text(at.0, now.0)
            ),
            Self::AbandonNumber { found } => {
                write!(f, "REQ-STRICT: abandon: \"{found}\" is not a CRL number, such as 5")
            }
            Self::AbandonWhy => write!(
                f,
                "REQ-STRICT: abandon needs because, with the reason in 1 to {BECAUSE_LENGTH_MAX} plain characters: because = \"thisUpdate is a year ahead\"",
            ),
            Self::ChangeWhy => write!(
                f,
                "REQ-STRICT: [approvals] needs because, with the reason in 1 to {BECAUSE_LENGTH_MAX} plain characters: because = \"carol replaces bob\"",
            ),
            Self::Abandon { why } => write!(f, "REQ-PREVIOUS: abandon: {why}"),
            Self::NewIdentifierWhy => write!(
                f,
                "REQ-STRICT: new_identifier = true needs because, with the reason in 1 to {BECAUSE_LENGTH_MAX} plain characters: because = \"the CA \
                 has issued nothing yet\"",
            ),
            Self::Replaces { file, why } => write!(f, "REQ-CSR: {file}: {why}"),
            Self::WiderWhy => write!(
                f,
                "REQ-STRICT: wider = true needs because, with the reason in 1 to {BECAUSE_LENGTH_MAX} plain characters: because = \"a CA is put \
                 below this one\"",
            ),
            Self::Wider { file, what } => {
                write!(f, "REQ-CSR: the new certificate would allow more than {file}, which it replaces: {}", what.join("; "))
            }
            Self::CertifiesItself { file } => {
                write!(f, "REQ-CSR: {file} has the key of the issuer itself, and no CA certifies its own key this way")
            }
            Self::KeyRevoked { existing, since, reason, is_asked } => {
                let by = if *is_asked { "this request" } else { "the CRL in use" };
                let reason = reason_name(*reason);
                write!(
                    f,
                    "CERT-REVOKED: {existing} has the key that this request certifies, and {by} revokes it as {reason}, since \
                     {since}: that ended the key for every certificate"
                )
            }
            Self::SubjectMissing => f.write_str(
                "REQ-CSR: subject is missing, and this state knows no certificate of this key: give replaces with the existing \
                 certificate of the key, or subject if there is none",
            ),
            Self::SeveralKnown { known } => {
                write!(f, "CERT-CONTINUITY: this state knows the key in several forms:\n{}", known.join("\n"))
            }
            Self::Continuity { why } => write!(
                f,
                "CERT-CONTINUITY: {why}\nWhat breaks: OpenSSL, GnuTLS and NSS will not find the issuer of what this CA issued \
                 before, and CRL-AKI or CRL-ISSUER will refuse its own CRL."
            ),
            Self::Decision(fault) => write!(f, "REQ-CARRY: [[crl.decide]]: {fault}"),
            Self::Undecided { entries, count, to_decide } => {
                let entries_of = if *count == 1 { "1 certificate has an entry" } else { "certificates have entries" };
                let many = if *count == 1 { String::new() } else { format!("{count} ") };
                write!(
                    f,
                    "REQ-CARRY: {many}{entries_of} in the previous CRL that the new CRL cannot carry over. The request must say what \
                     the new one says instead."
                )?;
                decision::write_wanted(f, entries)?;
                match count.saturating_sub(entries.len()) {
                    0 => Ok(()),
                    more => write!(f, "\n… and {more} more"),
                }?;
                if *to_decide <= DECIDED_COUNT_MAX {
                    return Ok(());
                }
                write!(
                    f,
                    "\nA request decides about at most {DECIDED_COUNT_MAX} certificates, and here are {to_decide}: no ceremony can \
                     continue this CRL. Let the CA's program issue a CRL in which fewer entries break a rule."
                )
            }
            Self::NoNumberLeft => f.write_str("REQ-NUMBER: the last CRL number is 2^159 - 1; there is no higher number"),
            Self::SigningKey { why } => write!(f, "KEY-PINNED: {why}"),
            Self::Draft(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.fault),
            line => write!(f, "{}, line {line}: {}", self.file, self.fault),
        }
    }
}

impl std::error::Error for RequestError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.fault)
    }
}

impl std::error::Error for RequestFault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // Of this one the text does not show what the reader of times says.
            Self::Time { error, .. } => Some(error),
            Self::Name(fault) => std::error::Error::source(fault),
            Self::Shape(fault) => std::error::Error::source(&**fault),
            Self::Groups(fault) => std::error::Error::source(fault),
            Self::Decision(fault) => std::error::Error::source(fault),
            Self::Draft(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

impl RequestError {
    /// The full diagnosis.
    #[must_use]
    pub fn diagnosis(&self) -> Diagnosis {
        Diagnosis::new(
            Label::RequestRefused,
            "The request was refused. No key was used, no number burned, and nothing was written or sent.",
            self.to_string(),
            match self.fault {
                RequestFault::SigningKey { .. } => {
                    "Correct the site file, or the request if that is wrong, and rehearse again."
                }
                RequestFault::RootAgain { is_retired: true, same: SameAs::Name, .. } => {
                    "Choose another name. To use this name for a new key, `trust` the retired root first, and certify it in the same \
                     request: see `ceremony new --scenario roll`."
                }
                RequestFault::RootAgain { is_retired: true, .. } => {
                    "`trust` the retired root first: it has its policy again. To renew it with its key, give replaces instead of key. If \
                     it must stay retired, make a new key."
                }
                RequestFault::RootAgain { .. } => {
                    "To renew it with its key, give replaces instead of key. For a new key under the same name, certify the old root in \
                     the same request: see `ceremony new --scenario roll`."
                }
                RequestFault::SeveralKnown { .. } => {
                    "Give replaces with the certificate whose name and identifier the new one keeps."
                }
                RequestFault::Continuity { .. } => {
                    "Correct the request so that name and identifier stay. If the break is intended, write new_identifier = true and \
                     because = \"the reason\" in it."
                }
                RequestFault::Wider { .. } => {
                    "Give the path_length of the existing certificate. No ceremony writes nameConstraints. If more is intended, write \
                     wider = true and because = \"the reason\" in the request."
                }
                RequestFault::CertifiesItself { .. } => {
                    "In a root roll, the request that the old root signs has replaces = the new root. To renew a root with its own \
                     key, use [root] with replaces."
                }
                RequestFault::KeyRevoked { is_asked: true, .. } => {
                    "Leave the certificate of this key out, or correct the reason in [[crl.revoke]] or [[crl.decide]] if it is wrong. A CA with a \
                     compromised key needs a new key and a new certification request."
                }
                RequestFault::KeyRevoked { is_asked: false, .. } => {
                    "The CA needs a new key. Certify that one: with its certification request, and without replaces."
                }
                _ => "Correct the request, have it reviewed again, and rehearse it.",
            },
        )
    }
}
