//! Approvals: m of n people sign the exact bytes of `to-be-signed.txt` with `ssh-keygen -Y sign -n rootcast-ceremony`
//! (APPROVE-QUORUM). The program signs by the pinned rule only (APPROVE-PINNED). Whoever has the PIN can use another state
//! or another program: against that, the HSM has its own quorum.
//!
//! ```text
//! signature file ─► SSHSIG ─► our namespace ─► a key of allowed_signers ─► not revoked ─► signature ─► valid now ─► not doubled
//! ```
//!
//! | where | what |
//! |---|---|
//! | [`rule`], [`given`] | what a site asks for, and the files that were given |
//! | [`allowed_signers`] | who may approve, from when to when |
//! | [`revoked_keys`] | whose key no longer counts |
//! | [`ssh_signature`] | whether a signature is one over these bytes |
//! | [`verdict`], [`approvers`] | what one approval is worth, and the judging of all |
//! | [`quorum`] | whether they are enough |
//! | [`difference`] | what a change of the rule means |
//!
//! People are counted, not files: two approvals by one key, or by keys of one principal, are one.

pub mod allowed_signers;
pub(crate) mod approvers;
pub(crate) mod difference;
pub(crate) mod given;
mod pattern_list;
pub(crate) mod quorum;
pub mod revoked_keys;
pub mod rule;
pub mod ssh_signature;
pub mod verdict;

pub(crate) use approvers::LIST_FILE_SIZE_MAX;
pub use approvers::{Approvers, ApproversError};
pub use given::GivenApproval;
pub use quorum::{Approvals, QuorumMissing};
pub(crate) use rule::{APPROVALS_REQUIRED_MAX, approval_command};
pub use rule::{ApprovalRule, NAMESPACE};
pub(crate) use verdict::OtherFile;
pub use verdict::Verdict;
