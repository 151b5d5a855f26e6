//! A site's rule for approvals: what approvers sign, how many must approve, and where they are listed.

use std::path::{Path, PathBuf};

use rootcast_host::text::shell_quoted;

/// The namespace for `ssh-keygen -Y sign -n`. A signature with another namespace does not count.
pub const NAMESPACE: &str = "rootcast-ceremony";

/// The command that an approver runs to sign the text `listing`, with the path as a shell reads it.
#[must_use]
pub(crate) fn approval_command(listing: &Path) -> String {
    format!("ssh-keygen -Y sign -n {NAMESPACE} -f KEY {}", shell_quoted(listing))
}

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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::approval_command;

    #[test]
    fn the_command_of_an_approver_is_one_for_a_shell() {
        for (listing, end) in [
            ("first/to-be-signed.txt", " -f KEY first/to-be-signed.txt"),
            ("first dir/to-be-signed.txt", " -f KEY 'first dir/to-be-signed.txt'"),
        ] {
            let command = approval_command(Path::new(listing));
            assert!(
                command.starts_with("ssh-keygen -Y sign -n rootcast-ceremony ") && command.ends_with(end),
                "{command}"
            );
        }
    }
}
