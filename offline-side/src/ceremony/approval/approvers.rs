//! The approvers of a site, and the verdict on each approval.

use std::fmt;
use std::path::PathBuf;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::text::count_of;
use ssh_key::{HashAlg, SshSig};

use super::allowed_signers::{AllowedSigners, Signer};
use super::given::GivenApproval;
use super::quorum::Approvals;
use super::revoked_keys::RevokedKeys;
use super::rule::{ApprovalRule, NAMESPACE};
use super::ssh_signature::{self, SignatureFault};
use super::verdict::{JudgedApproval, OtherFile, Verdict};
use crate::store::approval_rule::ApprovalRuleRecord;

/// The most bytes of an `allowed_signers` or revocation file.
pub(crate) const LIST_FILE_SIZE_MAX: u64 = 4 << 20;

/// Who may approve, and how many have to.
#[derive(Debug, Clone)]
pub struct Approvers {
    required: u32,
    signers: AllowedSigners,
    revoked: RevokedKeys,
}

/// Why a list of approvers or revoked keys cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApproversError {
    /// Which file.
    pub path: PathBuf,
    /// The line, counted from 1, where it has lines.
    pub line: Option<usize>,
    /// What is wrong.
    pub why: String,
}

impl fmt::Display for ApproversError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.line {
            Some(line) => write!(f, "{path}, line {line}: {}", self.why),
            None => write!(f, "{path}: {}", self.why),
        }
    }
}

impl std::error::Error for ApproversError {}

impl ApproversError {
    /// The full diagnosis.
    #[must_use]
    pub fn diagnosis(&self) -> Diagnosis {
        Diagnosis::new(
            Label::SiteRefused,
            format!("The approvers' file {} was refused. Nothing was signed or sent.", self.path.display()),
            self.to_string(),
            "Correct the file. It is part of the approved listing, so the approvers must approve again.",
        )
    }
}

impl Approvers {
    /// Reads the lists that `rule` names, in `signers` and `revoked`. With `required` 0 and no lists, nobody has to
    /// approve.
    ///
    /// # Errors
    /// When a list is missing or holds a line that is not understood; when fewer people are listed than required.
    pub fn parse(rule: &ApprovalRule, signers: Option<&[u8]>, revoked: Option<&[u8]>) -> Result<Self, ApproversError> {
        let named = |path: &Option<PathBuf>, bytes: Option<&[u8]>| match (path, bytes) {
            (None, _) => Ok(None),
            (Some(path), Some(bytes)) => Ok(Some((path.clone(), bytes.to_vec()))),
            (Some(path), None) => {
                let why = "the list is not among the files of the site".to_owned();
                Err(ApproversError { path: path.clone(), line: None, why })
            }
        };
        let mut read =
            Self { required: rule.required, signers: AllowedSigners::default(), revoked: RevokedKeys::default() };
        if let Some((path, bytes)) = named(&rule.allowed_signers, signers)? {
            read.signers = AllowedSigners::parse(&bytes).map_err(|fault| ApproversError {
                path: path.clone(),
                line: Some(fault.line),
                why: fault.why,
            })?;
            let people = read.signers.people();
            if people.len() < usize::try_from(rule.required).unwrap_or(usize::MAX) {
                let why = format!(
                    "it lists {}, but {} must approve",
                    count_of(people.len() as u64, "different person", "different people"),
                    rule.required
                );
                return Err(ApproversError { path, line: None, why });
            }
        }
        if let Some((path, bytes)) = named(&rule.revoked, revoked)? {
            read.revoked = RevokedKeys::parse(&bytes).map_err(|fault| ApproversError {
                path,
                line: fault.line,
                why: fault.why,
            })?;
        }
        Ok(read)
    }

    /// The rule as it is pinned.
    ///
    /// # Errors
    /// When a key cannot be written as OpenSSH does.
    pub(crate) fn record(&self) -> Result<ApprovalRuleRecord, String> {
        Ok(ApprovalRuleRecord {
            required: self.required,
            approvers: self.signers.records()?,
            revoked: self.revoked.records(),
        })
    }

    /// The same rule as it was pinned.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn from_record(record: &ApprovalRuleRecord) -> Result<Self, String> {
        Ok(Self {
            required: record.required,
            signers: AllowedSigners::from_records(&record.approvers)?,
            revoked: RevokedKeys::from_records(&record.revoked)?,
        })
    }

    /// The same rule without the keys that `other` revokes.
    #[must_use]
    pub(crate) fn without_revoked_of(mut self, other: &Self) -> Self {
        self.revoked.add(&other.revoked);
        self
    }

    /// The fingerprints of this rule's approvers' keys that `other` revokes and this rule does not.
    #[must_use]
    pub(crate) fn revoked_only_by(&self, other: &Self) -> Vec<String> {
        self.signers.fingerprints(|key| other.revoked.contains(key) && !self.revoked.contains(key))
    }

    /// How many different people can approve at `now`, in seconds since 1970: they have a key that is valid and not
    /// revoked.
    #[must_use]
    pub(crate) fn able_at(&self, now: i64) -> u32 {
        let able = self.signers.able_at(NAMESPACE, now, |key| !self.revoked.contains(key));
        u32::try_from(able).unwrap_or(u32::MAX)
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
                let other = OtherFile::recognise(&given.bytes).map(Verdict::OtherFile);
                judged.verdict = other.unwrap_or(Verdict::Unreadable { why });
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
