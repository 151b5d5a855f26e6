//! The text of a site file, read strictly.

use rootcast_host::text_file::{self, TextFault};
use std::path::Path;

use rootcast_protocol::digest::Digest;
use serde::Deserialize;
use toml::Spanned;

use super::error::SiteError;
use super::key_place::KeyPlace;
use crate::ceremony::approval::{APPROVALS_REQUIRED_MAX, ApprovalRule};
use crate::ceremony::key::SignatureScheme;
use crate::ceremony::key::login::TokenPlace;
use crate::ceremony::toml_shape::{self, Key, Shape, needed, optional};

/// What the file says.
pub(super) struct SiteText {
    pub(super) key: KeyPlace,
    pub(super) scheme: Option<SignatureScheme>,
    pub(super) approvals: ApprovalRule,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    key: Spanned<KeyTable>,
    approvals: Spanned<ApprovalsTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyTable {
    module: Option<Spanned<String>>,
    token_label: Option<Spanned<String>>,
    token_serial: Option<Spanned<String>>,
    key_label: Option<Spanned<String>>,
    public_key_sha256: Option<Spanned<String>>,
    rehearsal_key: Option<Spanned<String>>,
    signature: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApprovalsTable {
    required: Spanned<u32>,
    allowed_signers: Option<Spanned<String>>,
    revoked: Option<Spanned<String>>,
}

/// Where errors are told from.
struct Text<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Text<'_> {
    fn refuse(&self, at: Option<usize>, why: impl Into<String>) -> SiteError {
        let line = at.map(|at| text_file::line_of(self.text.as_bytes(), at));
        SiteError::Refused { path: self.path.to_owned(), line, why: why.into() }
    }

    fn refuse_at<T>(&self, value: &Spanned<T>, why: impl Into<String>) -> SiteError {
        self.refuse(Some(value.span().start), why)
    }

    /// A value that is there and not empty.
    fn needed(&self, value: Option<Spanned<String>>, name: &str, of: &Spanned<()>) -> Result<String, SiteError> {
        match value {
            Some(value) if value.get_ref().is_empty() => Err(self.refuse_at(&value, format!("{name} is empty"))),
            Some(value) => Ok(value.into_inner()),
            None => Err(self.refuse_at(of, format!("{name} is missing in [key]"))),
        }
    }

    /// A value that is there, and may be empty: tokens without a label or a serial number exist.
    fn stated(&self, value: Option<Spanned<String>>, name: &str, of: &Spanned<()>) -> Result<String, SiteError> {
        match value {
            Some(value) => Ok(value.into_inner()),
            None => {
                let why = format!("{name} is missing in [key]; for a token without one, write {name} = \"\"");
                Err(self.refuse_at(of, why))
            }
        }
    }
}

pub(super) fn parse(bytes: &[u8], path: &Path) -> Result<SiteText, SiteError> {
    let refused = |fault: TextFault| SiteError::Refused { path: path.to_owned(), line: None, why: fault.to_string() };
    let text = text_file::text(bytes).map_err(refused)?;
    let told = Text { path, text };
    toml_shape::check(text, SITE).map_err(|mistake| SiteError::Refused {
        path: path.to_owned(),
        line: Some(mistake.line),
        why: mistake.fault.to_string(),
    })?;
    let site: Document = toml::from_str(text).map_err(|error| {
        // The shape has every key and every type, so that nothing should be left to say.
        let why = error.message().lines().collect::<Vec<_>>().join(" ");
        told.refuse(error.span().map(|span| span.start), why)
    })?;
    let folder = rootcast_host::disk::parent(path);
    let span = site.key.span();
    let mut key = site.key.into_inner();
    let scheme = key
        .signature
        .take()
        .map(|name| name.get_ref().parse::<SignatureScheme>().map_err(|error| told.refuse_at(&name, error.to_string())))
        .transpose()?;
    Ok(SiteText {
        key: key_place(key, &Spanned::new(span, ()), folder, &told)?,
        scheme,
        approvals: approval_rule(site.approvals, folder, &told)?,
    })
}

/// The keys of a site file.
const SITE: &[Key] = &[
    needed(
        "key",
        Shape::Table(&[
            optional("module", Shape::Text("/usr/lib/softhsm/libsofthsm2.so")),
            optional("token_label", Shape::Text("root-2026")),
            optional("token_serial", Shape::Text("5c9f6f6ad3c1b2a4")),
            optional("key_label", Shape::Text("example root")),
            optional("public_key_sha256", Shape::Text("ba7816bf…")),
            optional("rehearsal_key", Shape::Text("demo.p8")),
            optional("signature", Shape::Text("rsa-pss-sha384")),
        ]),
    ),
    needed(
        "approvals",
        Shape::Table(&[
            needed("required", Shape::Number("2")),
            optional("allowed_signers", Shape::Text("approvers")),
            optional("revoked", Shape::Text("revoked-approvers")),
        ]),
    ),
];

fn key_place(key: KeyTable, of: &Spanned<()>, folder: &Path, told: &Text<'_>) -> Result<KeyPlace, SiteError> {
    if let Some(file) = key.rehearsal_key {
        let others = [&key.module, &key.token_label, &key.token_serial, &key.key_label, &key.public_key_sha256];
        if let Some(other) = others.into_iter().flatten().next() {
            return Err(told.refuse_at(other, "[key] has a rehearsal_key and a token; give one, not both"));
        }
        if file.get_ref().is_empty() {
            return Err(told.refuse_at(&file, "rehearsal_key is empty"));
        }
        return Ok(KeyPlace::Rehearsal { file: folder.join(file.get_ref()) });
    }
    let pinned = key
        .public_key_sha256
        .map(|hex| {
            let digest = hex.get_ref().parse::<Digest>();
            digest.map_err(|error| told.refuse_at(&hex, format!("public_key_sha256: {error}")))
        })
        .transpose()?;
    let place = TokenPlace {
        module: folder.join(told.needed(key.module, "module", of)?),
        token_label: told.stated(key.token_label, "token_label", of)?,
        token_serial: told.stated(key.token_serial, "token_serial", of)?,
        key_label: told.needed(key.key_label, "key_label", of)?,
    };
    Ok(KeyPlace::Token { place, pinned })
}

fn approval_rule(
    approvals: Spanned<ApprovalsTable>,
    folder: &Path,
    told: &Text<'_>,
) -> Result<ApprovalRule, SiteError> {
    let span = approvals.span();
    let approvals = approvals.into_inner();
    let required = *approvals.required.get_ref();
    if required > APPROVALS_REQUIRED_MAX {
        let why = format!("required = {required}; at most {APPROVALS_REQUIRED_MAX} approvers can be required");
        return Err(told.refuse_at(&approvals.required, why));
    }
    if required > 0 && approvals.allowed_signers.is_none() {
        let why = format!("required = {required}, but allowed_signers does not say who they are");
        return Err(told.refuse_at(&Spanned::new(span, ()), why));
    }
    let path = |name: Option<Spanned<String>>, what: &str| match name {
        Some(name) if name.get_ref().is_empty() => Err(told.refuse_at(&name, format!("{what} is empty"))),
        name => Ok(name.map(|name| folder.join(name.get_ref()))),
    };
    Ok(ApprovalRule {
        required,
        allowed_signers: path(approvals.allowed_signers, "allowed_signers")?,
        revoked: path(approvals.revoked, "revoked")?,
    })
}
