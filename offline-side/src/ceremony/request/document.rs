//! A request as it is written: the tables and keys there are. Anything else is refused with its line.

use serde::Deserialize;
use toml::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) issuer: Option<Spanned<String>>,
    pub(super) previous_crl: Option<Spanned<String>>,
    pub(super) first: Option<Spanned<bool>>,
    pub(super) crl: Option<CrlTable>,
    #[serde(default)]
    pub(super) certificate: Vec<CertificateTable>,
    pub(super) root: Option<RootTable>,
    pub(super) approvals: Option<ApprovalsTable>,
    pub(super) escrow: Option<EscrowTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EscrowTable {
    pub(super) groups: Spanned<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApprovalsTable {
    pub(super) required: Spanned<u32>,
    pub(super) because: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CrlTable {
    pub(super) this_update: Spanned<String>,
    pub(super) next_update: Spanned<String>,
    pub(super) abandon: Option<Spanned<toml::Value>>,
    pub(super) because: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) revoke: Vec<RevokeTable>,
    #[serde(default)]
    pub(super) decide: Vec<DecideTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DecideTable {
    pub(super) serial: Spanned<Serials>,
    pub(super) action: Spanned<String>,
    pub(super) date: Option<Spanned<String>>,
    pub(super) reason: Option<Spanned<String>>,
    pub(super) because: Spanned<String>,
}

/// One serial number, or a list of them.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a serial number in hexadecimal digits, or a list of them")]
pub(super) enum Serials {
    One(String),
    List(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RevokeTable {
    pub(super) certificate: Spanned<String>,
    pub(super) reason: Spanned<String>,
    pub(super) date: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CertificateTable {
    pub(super) csr: Option<Spanned<String>>,
    pub(super) replaces: Option<Spanned<String>>,
    pub(super) profile: Spanned<String>,
    pub(super) subject: Option<Spanned<String>>,
    pub(super) new_identifier: Option<Spanned<bool>>,
    pub(super) wider: Option<Spanned<bool>>,
    pub(super) because: Option<Spanned<String>>,
    pub(super) not_before: Spanned<String>,
    pub(super) not_after: Spanned<String>,
    pub(super) path_length: Option<Spanned<i64>>,
    pub(super) crl_url: Option<Spanned<String>>,
    pub(super) issuer_url: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RootTable {
    pub(super) key: Option<Spanned<String>>,
    pub(super) replaces: Option<Spanned<String>>,
    pub(super) subject: Option<Spanned<String>>,
    pub(super) new_identifier: Option<Spanned<bool>>,
    pub(super) wider: Option<Spanned<bool>>,
    pub(super) because: Option<Spanned<String>>,
    pub(super) not_before: Spanned<String>,
    pub(super) not_after: Spanned<String>,
}
