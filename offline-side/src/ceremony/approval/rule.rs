//! A site's rule for approvals: what approvers sign, how many must approve, and where they are listed.

use std::path::PathBuf;

/// The namespace for `ssh-keygen -Y sign -n`. A signature with another namespace does not count.
pub const NAMESPACE: &str = "rootcast-ceremony";

/// Most people that a site can require.
pub const APPROVALS_REQUIRED_MAX: u32 = 100;

/// How many people must approve, and how they are identified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalRule {
    /// How many different people; with 0 nobody has to approve.
    pub required: u32,
    /// An OpenSSH `allowed_signers` file.
    pub allowed_signers: Option<PathBuf>,
    /// An OpenSSH key revocation list, or a list of public keys.
    pub revoked: Option<PathBuf>,
}
