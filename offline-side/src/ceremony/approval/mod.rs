//! Approvals: m of n people sign the exact bytes of `to-be-signed.txt` with `ssh-keygen -Y sign -n rootcast-ceremony`
//! (APPROVE-QUORUM). They are evidence for the record; the quorum that is enforced remains the HSM's own.
//!
//! ```text
//! signature file ─► SSHSIG ─► our namespace ─► a key of allowed_signers ─► not revoked ─► signature ─► valid now ─► not doubled
//! ```
//!
//! | where | what |
//! |---|---|
//! | [`allowed_signers`] | who may approve, from when to when |
//! | [`revoked_keys`] | whose key no longer counts |
//! | [`ssh_signature`] | whether a signature is one over these bytes |
//! | [`verdict`] | what one approval is worth |
//!
//! People are counted, not files: two approvals by one key, or by keys of one principal, are one.

use std::fmt;
use std::path::{Path, PathBuf};

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::input_file;
use rootcast_host::text::{count, printable};
use rootcast_protocol::digest::Digest;
use ssh_key::{HashAlg, SshSig};

use crate::ceremony::site::ApprovalRule;

pub mod allowed_signers;
pub mod revoked_keys;
pub mod ssh_signature;
pub mod verdict;

use allowed_signers::{AllowedSigners, Signer};
use revoked_keys::RevokedKeys;
use ssh_signature::SignatureFault;
pub use verdict::{JudgedApproval, Verdict};

/// What `ssh-keygen -Y sign -n` is given: a signature made for something else is none here.
pub const NAMESPACE: &str = "rootcast-ceremony";

/// A signature file is at most this long: RSA 16384 has 6 kB.
pub const SIGNATURE_FILE_SIZE_MAX: u64 = 65_536;

/// An `allowed_signers` or revocation file is at most this long.
pub const LIST_FILE_SIZE_MAX: u64 = 4 << 20;

/// Who may approve, and how many have to.
#[derive(Debug, Clone)]
pub struct Approvers {
    required: u32,
    signers: AllowedSigners,
    revoked: RevokedKeys,
    /// SHA-256 of the `allowed_signers` file: people approve it among the rest.
    pub signers_sha256: Option<Digest>,
    /// SHA-256 of the revocation file.
    pub revoked_sha256: Option<Digest>,
}

/// Why the files about approvers cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApproversError {
    /// One cannot be read, or is too long.
    Unreadable(Diagnosis),
    /// One does not say what it should.
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

impl std::error::Error for ApproversError {}

impl ApproversError {
    /// The error told in full.
    #[must_use]
    pub fn diagnosis(&self) -> Diagnosis {
        match self {
            Self::Unreadable(diagnosis) => diagnosis.clone(),
            Self::Refused { path, .. } => Diagnosis::new(
                Label::SiteRefused,
                format!("The approvers' file {} was refused. Nothing was signed or sent.", path.display()),
                self.to_string(),
                "Correct the file. It is among what people approve: they approve again.",
            ),
        }
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, ApproversError> {
    input_file::read(path, LIST_FILE_SIZE_MAX).map_err(ApproversError::Unreadable)
}

impl Approvers {
    /// Reads the files a site names. With `required` 0 and no files, nobody is asked.
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
                    "it lists {}, and {} have to approve",
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

    /// Judges every given signature over `text` as of `now` (seconds since 1970), each by itself and in order; none is
    /// left out of the answer.
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

/// A signature file as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenApproval {
    /// Its file name, for people.
    pub name: String,
    /// What `ssh-keygen -Y sign` wrote.
    pub bytes: Vec<u8>,
}

impl GivenApproval {
    /// Reads a signature file.
    ///
    /// # Errors
    /// When it cannot be read or is longer than [`SIGNATURE_FILE_SIZE_MAX`].
    pub fn read(path: &Path) -> Result<Self, Diagnosis> {
        let bytes = input_file::read(path, SIGNATURE_FILE_SIZE_MAX)?;
        Ok(Self { name: path.display().to_string(), bytes })
    }
}

/// Every given approval with its verdict, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approvals {
    /// How many different people have to approve.
    pub required: u32,
    /// Each of them.
    pub judged: Vec<JudgedApproval>,
    /// People of `allowed_signers` of whom no approval counts.
    pub not_heard: Vec<String>,
}

impl Approvals {
    /// How many different people approved.
    #[must_use]
    pub fn counted(&self) -> u32 {
        u32::try_from(self.judged.iter().filter(|one| one.counts()).count()).unwrap_or(u32::MAX)
    }

    /// Whether enough people approved (APPROVE-QUORUM).
    ///
    /// # Errors
    /// When they did not: how many are missing, and what every other approval lacks.
    pub fn quorum(&self) -> Result<(), QuorumMissing> {
        if self.counted() >= self.required { Ok(()) } else { Err(QuorumMissing(self.clone())) }
    }
}

/// Too few people approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuorumMissing(pub Approvals);

impl fmt::Display for QuorumMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (counted, required) = (self.0.counted(), self.0.required);
        let missing = required.saturating_sub(counted);
        write!(f, "APPROVE-QUORUM: {counted} of {required} different people approved these bytes, {missing} missing")?;
        for judged in self.0.judged.iter().filter(|one| !one.counts()) {
            write!(f, "\n{judged}")?;
        }
        if !self.0.not_heard.is_empty() {
            write!(f, "\nno approval counts of: {}", printable(&self.0.not_heard.join("; ")))?;
        }
        Ok(())
    }
}

impl std::error::Error for QuorumMissing {}

impl QuorumMissing {
    /// The error told in full. `what` says what happened and whether anything was signed.
    #[must_use]
    pub fn diagnosis(&self, what: impl Into<String>) -> Diagnosis {
        let next = format!(
            "Let each person compare the words and run: ssh-keygen -Y sign -n {NAMESPACE} -f KEY to-be-signed.txt"
        );
        Diagnosis::new(Label::ApprovalsMissing, what, self.to_string(), next)
    }
}
