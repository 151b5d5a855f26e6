//! What a site asks of its approvers: for what they sign, how many there have to be, and where they are listed.

use std::path::PathBuf;

/// What `ssh-keygen -Y sign -n` is given: a signature made for something else is none here.
pub const NAMESPACE: &str = "rootcast-ceremony";

/// People that can be asked for, at most.
pub const APPROVALS_REQUIRED_MAX: u32 = 100;

/// How many people have to approve, and how they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalRule {
    /// How many different people; 0 asks nobody.
    pub required: u32,
    /// An OpenSSH `allowed_signers` file.
    pub allowed_signers: Option<PathBuf>,
    /// An OpenSSH key revocation list, or a list of public keys.
    pub revoked: Option<PathBuf>,
}
