//! The approvers of a site, and the verdict on each approval.

use std::fmt;
use std::path::{Path, PathBuf};

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::input_file;
use rootcast_host::text::count;
use rootcast_protocol::digest::Digest;
use ssh_key::{HashAlg, SshSig};

use super::allowed_signers::{AllowedSigners, Signer};
use super::given::GivenApproval;
use super::quorum::Approvals;
use super::revoked_keys::RevokedKeys;
use super::rule::{ApprovalRule, NAMESPACE};
use super::ssh_signature::{self, SignatureFault};
use super::verdict::{JudgedApproval, Verdict};

/// The most bytes of an `allowed_signers` or revocation file.
pub(crate) const LIST_FILE_SIZE_MAX: u64 = 4 << 20;

/// Who may approve, and how many have to.
#[derive(Debug, Clone)]
pub struct Approvers {
    required: u32,
    signers: AllowedSigners,
    revoked: RevokedKeys,
    /// SHA-256 of the `allowed_signers` file, which is part of the approved listing.
    pub signers_sha256: Option<Digest>,
    /// SHA-256 of the revocation file.
    pub revoked_sha256: Option<Digest>,
}

/// Why the files about approvers cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApproversError {
    /// A file cannot be read, or is too long.
    Unreadable(Diagnosis),
    /// A file has wrong content.
    Refused {
        /// Which file.
        path: PathBuf,
        /// The line, counted from 1, where it has lines.
        line: Option<usize>,
        /// What is wrong.
        why: String,
    },
}

impl fmt::Display for ApproversError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(diagnosis) => write!(f, "{} {}", diagnosis.what, diagnosis.why),
            Self::Refused { path, line: Some(line), why } => write!(f, "{}, line {line}: {why}", path.display()),
            Self::Refused { path, line: None, why } => write!(f, "{}: {why}", path.display()),
        }
    }
}

impl std::error::Error for ApproversError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable(diagnosis) => Some(diagnosis),
            Self::Refused { .. } => None,
        }
    }
}

impl ApproversError {
    /// The full diagnosis.
    #[must_use]
    pub fn diagnosis(&self) -> Diagnosis {
        match self {
            Self::Unreadable(diagnosis) => diagnosis.clone(),
            Self::Refused { path, .. } => Diagnosis::new(
                Label::SiteRefused,
                format!("The approvers' file {} was refused. Nothing was signed or sent.", path.display()),
                self.to_string(),
                "Correct the file. It is part of the approved listing, so the approvers must approve again.",
            ),
        }
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, ApproversError> {
    input_file::read(path, LIST_FILE_SIZE_MAX).map_err(ApproversError::Unreadable)
}

impl Approvers {
    /// Reads the files that a site names. With `required` 0 and no files, nobody has to approve.
    ///
    /// # Errors
    /// When a file cannot be read or holds a line that is not understood; when fewer people are listed than required.
    pub fn read(rule: &ApprovalRule) -> Result<Self, ApproversError> {
        let (mut signers, mut signers_sha256) = (AllowedSigners::default(), None);
        if let Some(path) = &rule.allowed_signers {
            let bytes = read_file(path)?;
            signers = AllowedSigners::parse(&bytes).map_err(|fault| ApproversError::Refused {
                path: path.clone(),
                line: Some(fault.line),
                why: fault.why,
            })?;
            signers_sha256 = Some(Digest::of(&bytes));
            let people = signers.people();
            if people.len() < usize::try_from(rule.required).unwrap_or(usize::MAX) {
                let why = format!(
                    "it lists {}, but {} must approve",
                    count(people.len() as u64, "different person").replace("persons", "people"),
                    rule.required
                );
                return Err(ApproversError::Refused { path: path.clone(), line: None, why });
            }
        }
        let (mut revoked, mut revoked_sha256) = (RevokedKeys::default(), None);
        if let Some(path) = &rule.revoked {
            let bytes = read_file(path)?;
            revoked = RevokedKeys::parse(&bytes).map_err(|fault| ApproversError::Refused {
                path: path.clone(),
                line: fault.line,
                why: fault.why,
            })?;
            revoked_sha256 = Some(Digest::of(&bytes));
        }
        Ok(Self { required: rule.required, signers, revoked, signers_sha256, revoked_sha256 })
    }

    /// How many different people have to approve.
    #[must_use]
    pub fn required(&self) -> u32 {
        self.required
    }

    /// Judges every given signature over `text` as of `now` (seconds since 1970), one by one and in order. The answer
    /// has every one of them.
    #[must_use]
    pub fn judge_at(&self, text: &[u8], given: &[GivenApproval], now: i64) -> Approvals {
        let mut judged: Vec<JudgedApproval> = Vec::new();
        for approval in given {
            let next = self.judge_one(text, approval, now, &judged);
            judged.push(next);
        }
        let heard = |principals: &[String]| {
            judged.iter().any(|one| one.counts() && one.principals.iter().any(|name| principals.contains(name)))
        };
        let not_heard = self.signers.people().into_iter().filter(|person| !heard(person));
        let not_heard = not_heard.map(|person| person.join(",")).collect();
        Approvals { required: self.required, judged, not_heard }
    }

    fn judge_one(&self, text: &[u8], given: &GivenApproval, now: i64, earlier: &[JudgedApproval]) -> JudgedApproval {
        let mut judged = JudgedApproval {
            file: given.name.clone(),
            principals: Vec::new(),
            fingerprint: None,
            algorithm: None,
            verdict: Verdict::UnknownKey,
        };
        let signature = match ssh_signature::read(&given.bytes) {
            Ok(signature) => signature,
            Err(why) => {
                judged.verdict = Verdict::Unreadable { why };
                return judged;
            }
        };
        judged.fingerprint = Some(signature.public_key().fingerprint(HashAlg::Sha256).to_string());
        judged.algorithm = Some(signature.algorithm().as_str().to_owned());
        let lines: Vec<&Signer> = self.signers.of_key(signature.public_key());
        judged.principals = self.signers.person_of(&lines);
        judged.verdict = self.verdict(text, &signature, &lines, now);
        if judged.verdict == Verdict::Counted
            && let Some(first) = earlier.iter().find(|one| one.counts() && one.is_same_person(&judged))
        {
            judged.verdict = Verdict::Doubled { first: first.file.clone() };
        }
        judged
    }

    fn verdict(&self, text: &[u8], signature: &SshSig, lines: &[&Signer], now: i64) -> Verdict {
        if signature.namespace() != NAMESPACE {
            return Verdict::WrongNamespace { found: signature.namespace().to_owned() };
        }
        let Some(first) = lines.first() else { return Verdict::UnknownKey };
        if self.revoked.contains(signature.public_key()) {
            return Verdict::Revoked;
        }
        match ssh_signature::verify(signature, text) {
            Ok(()) => {}
            Err(SignatureFault::DoesNotVerify) => return Verdict::Altered,
            Err(SignatureFault::NoTouch) => return Verdict::NoTouch,
            Err(SignatureFault::Unsupported(why)) => return Verdict::Unsupported { why },
        }
        // A key may stand on several lines; one that lets it approve is enough.
        let verdicts = |line: &&Signer| line.verdict_at(NAMESPACE, now);
        if lines.iter().any(|line| verdicts(line) == Verdict::Counted) { Verdict::Counted } else { verdicts(first) }
    }
}
