//! The checks before the token is opened: whether a rehearsal may be signed now. The site's files are the approved
//! ones, the key is the pinned one, no number is used twice, nothing was signed or sent since, and every rule still
//! accepts what will be signed.

use std::fmt;
use std::path::PathBuf;

use rootcast_host::clock::dated_text;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

use crate::ceremony::draft::choices;
use crate::ceremony::folder::RehearsalFolder;
use crate::ceremony::folder::layout::{INPUTS, SIGNED};
use crate::ceremony::key::error::KeyError;
use crate::ceremony::rehearsal::clock::ClockFault;
use crate::ceremony::rehearsal::{Given, RehearsalError, judge_again};
use crate::ceremony::site::Site;
use crate::ceremony::site::kept;
use crate::ceremony::site::kept::SiteFiles;
use crate::store::journal::ceremony::CeremonyEnd;
use crate::store::state::Record;

/// Why a rehearsal is not signed.
#[derive(Debug)]
pub(crate) enum PreflightError {
    /// It was signed already.
    Released {
        /// The value found.
        path: PathBuf,
    },
    /// The site's file on this machine is not the one that was approved.
    SiteChanged {
        /// As the listing names it.
        path: String,
        /// SHA-256 of the file on this machine.
        found: Option<Digest>,
        /// SHA-256 of the file that was approved.
        wanted: Option<Digest>,
    },
    /// The pinned key is not the one the rehearsal is for.
    OtherKey {
        /// The pinned one.
        pinned: Digest,
        /// The one of the rehearsal.
        wanted: Digest,
    },
    /// The site file pins no key yet, or the rehearsal key cannot be read.
    Key(KeyError),
    /// Its number is used, or a signing of it began already.
    Used {
        /// In words.
        why: String,
    },
    /// What would be signed begins too far ahead.
    TooEarly {
        /// The key in the request.
        key: &'static str,
        /// When it begins.
        begins: Timestamp,
        /// The time that was confirmed, or the machine's.
        now: Timestamp,
        /// When it may be signed.
        earliest: Timestamp,
    },
    /// What a rehearsal would be refused for now.
    Rehearsal(RehearsalError),
    /// The time typed, or the machine's, cannot be right.
    Clock(ClockFault),
}

impl fmt::Display for PreflightError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |digest: &Option<Digest>| digest.map_or_else(|| "missing".to_owned(), |digest| digest.to_string());
        match self {
            Self::Released { path } => write!(f, "{} exists already: this rehearsal was signed", path.display()),
            Self::SiteChanged { path, found, wanted } => write!(
                f,
                "SIGN-REHEARSED: a file of the site differs from its approved copy: {path} was approved with the SHA-256 {}; on this machine it is {}",
                shown(wanted),
                shown(found)
            ),
            Self::OtherKey { pinned, wanted } => write!(
                f,
                "KEY-PINNED: the site pins the public key with the SHA-256 {pinned}; the rehearsal is for the key with {wanted}"
            ),
            Self::Key(error) => error.fmt(f),
            Self::Used { why } => write!(f, "REQ-NUMBER: {why}"),
            Self::TooEarly { key, begins, now, earliest } => write!(
                f,
                "REQ-FUTURE: {key} is {}; it is {now}. This cannot be signed before {earliest}",
                dated_text(begins.0, now.0)
            ),
            Self::Rehearsal(error) => error.fmt(f),
            Self::Clock(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for PreflightError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Key(error) => std::error::Error::source(error),
            Self::Rehearsal(error) => std::error::Error::source(error),
            Self::Clock(fault) => std::error::Error::source(fault),
            _ => None,
        }
    }
}

const UNTOUCHED: &str = "The rehearsal was not signed. No key was used, no number burned, nothing sent.";

/// The same of a rehearsal whose number an earlier run burned.
const NOT_AGAIN: &str = "The rehearsal was not signed. No key was used now, no further number burned, nothing sent.";

impl PreflightError {
    /// The full diagnosis.
    #[must_use]
    pub(crate) fn diagnosis(&self) -> Diagnosis {
        let (label, next) = match self {
            Self::Released { .. } => {
                (Label::OutputExists, "It holds the signed objects. To sign anything else, rehearse into a new folder.")
            }
            Self::SiteChanged { .. } => (
                Label::RehearsalChanged,
                "Find out why it changed. If the change is right, rehearse again and have the new rehearsal approved.",
            ),
            Self::OtherKey { .. } => {
                (Label::KeyNotPinned, "Compare the site file with the record of the key ceremony, and rehearse again.")
            }
            Self::Key(error) => return error.diagnosis(UNTOUCHED),
            Self::Used { .. } => (
                Label::NumberBurned,
                "A burned number needs a new rehearsal and new approvals: run `ceremony rehearse` into a new folder.",
            ),
            Self::TooEarly { .. } => (
                Label::RequestRefused,
                "Wait until then, and run this command again: the approvals still count. If the date is wrong, correct the request, rehearse again and have the new rehearsal approved.",
            ),
            Self::Rehearsal(RehearsalError::Clock(_)) | Self::Clock(_) => (
                Label::RequestRefused,
                "Find out which clock is wrong. Set this machine's from a trusted source, never from a link, if it is that one. Then run the same command again, and type the time in UTC from another clock: the approvals still count.",
            ),
            Self::Rehearsal(_) => (
                Label::RequestRefused,
                "The rules changed, or something was signed since: rehearse again and have the new rehearsal approved.",
            ),
        };
        let what = if matches!(self, Self::Used { .. }) { NOT_AGAIN } else { UNTOUCHED };
        Diagnosis::new(label, what, self.to_string(), next)
    }
}

/// Checks everything but time typed, approvals and token. `given` is as for a rehearsal now, with the state's history;
/// `ended` is how the journal says that an earlier signing of it ended.
///
/// # Errors
/// The first that is not as it should be.
pub(crate) fn check(
    opened: &RehearsalFolder,
    site: &Site,
    files: &SiteFiles,
    record: &Record,
    given: &Given<'_>,
    ended: Option<&CeremonyEnd>,
) -> Result<(), PreflightError> {
    let path = opened.folder.join(SIGNED);
    if path.symlink_metadata().is_ok() {
        return Err(PreflightError::Released { path });
    }
    check_site(&opened.site_files, files)?;
    let wanted = Digest::of(&opened.inputs.signer.spki);
    match site.pinned().map_err(PreflightError::Key)? {
        Some(pinned) if pinned == wanted => {}
        Some(pinned) => return Err(PreflightError::OtherKey { pinned, wanted }),
        None => {
            return Err(PreflightError::Key(site.without_key()));
        }
    }
    let rehearsal = Digest::of(&opened.listing);
    if ended.is_some() || record.burned.iter().any(|burned| burned.rehearsal == rehearsal) {
        let number =
            opened.choices.number.map_or_else(String::new, |number| format!("; CRL number {number} stays burned"));
        let ended = ended.map_or_else(|| "the journal does not say how it ended".to_owned(), ToString::to_string);
        let why = format!("an earlier signing of this rehearsal released nothing{number}. It ended: {ended}");
        return Err(PreflightError::Used { why });
    }
    if let Some(number) = opened.choices.number
        && let Some(highest) = given.known.burned
        && number <= highest
    {
        let why = format!("the rehearsal has CRL number {number}, but {highest} was burned since");
        return Err(PreflightError::Used { why });
    }
    check_dates(opened, given.now)?;
    judge_again(given, &opened.inputs, &opened.choices, &opened.objects).map_err(PreflightError::Rehearsal)
}

/// REQ-FUTURE: nothing that would be signed begins more than ten minutes after `now`. The online side would refuse it, and
/// its number would be used.
///
/// # Errors
/// [`PreflightError::TooEarly`].
pub(crate) fn check_dates(opened: &RehearsalFolder, now: Timestamp) -> Result<(), PreflightError> {
    let request = &opened.request;
    let latest = choices::beginnings(request).max_by_key(|(_, begins)| begins.value);
    match (choices::earliest_signing(request), latest) {
        (Some(earliest), Some((key, begins))) if now < earliest => {
            Err(PreflightError::TooEarly { key, begins: begins.value, now, earliest })
        }
        _ => Ok(()),
    }
}

/// The files of the site on this machine are those that were approved: none changed, none more, none less.
///
/// # Errors
/// [`PreflightError::SiteChanged`].
pub(crate) fn check_site(approved: &SiteFiles, files: &SiteFiles) -> Result<(), PreflightError> {
    for name in kept::NAMES {
        let [found, wanted] = [files, approved].map(|files| kept::bytes_of(files, name).map(Digest::of));
        if found != wanted {
            return Err(PreflightError::SiteChanged { path: format!("{INPUTS}/{name}"), found, wanted });
        }
    }
    Ok(())
}
