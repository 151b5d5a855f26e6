//! The certificate extensions about URLs and permitted uses (RFC 5280 §4.2), read for the rules. It judges only their
//! form: an unreadable extension is a CERT-DER finding in every profile.

use crate::access_points::{self, AccessPoints, AuthorityAccess};
use crate::certificate_policies::{self, Mapping, Policies};
use crate::extension::Extension;
use crate::finding::{Findings, Severity};
use crate::general_name::{self, GeneralName};
use crate::name_constraints::{ConstraintsForm, NameConstraints};
use crate::oid;
use crate::rule::{Cause, Rule};
use crate::strict_der::{DerError, Fault, SEQUENCE};

/// What was read; `None` for an extension that is absent or cannot be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownExtensions<'a> {
    pub(crate) crl_points: Option<AccessPoints<'a>>,
    pub(crate) access: Option<AuthorityAccess<'a>>,
    pub(crate) purposes: Option<KeyPurposes<'a>>,
    pub(crate) policies: Option<Policies<'a>>,
    /// The pairs of policyMappings.
    pub(crate) mappings: Vec<Mapping<'a>>,
    /// What is odd about the form of nameConstraints.
    pub(crate) constraints_form: Option<ConstraintsForm>,
    /// The names of subjectAltName.
    pub(crate) alternative_names: Vec<GeneralName<'a>>,
}

/// What extKeyUsage allows (RFC 5280 §4.2.1.12, BR 7.1.2.10.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyPurposes<'a> {
    pub(crate) server: bool,
    pub(crate) client: bool,
    /// anyExtendedKeyUsage.
    pub(crate) any: bool,
    /// How many there are.
    pub(crate) count: u32,
    /// The first that no CA of a public TLS root must have.
    pub(crate) forbidden: Option<&'a [u8]>,
    /// The first that only a cross certificate may have of such a CA.
    pub(crate) only_in_cross: Option<&'a [u8]>,
    /// The first that is neither asked for nor forbidden.
    pub(crate) other: Option<&'a [u8]>,
}

impl<'a> KnownExtensions<'a> {
    /// Reads them. One with a wrong form gives a CERT-DER finding.
    pub(crate) fn read(extensions: &[Extension<'a>], findings: &mut Findings) -> Self {
        let mut known = KnownExtensions::default();
        for extension in extensions {
            if let Err(error) = known.read_one(extension) {
                let field = oid::extension_name(extension.oid).unwrap_or("extensions");
                let finding = findings.add(Rule::CertDer, Severity::Reject, format!("{field} {error}"));
                finding.because(Cause::DerInside).at_told(field, error.offset);
            }
        }
        known
    }

    fn read_one(&mut self, extension: &Extension<'a>) -> Result<(), DerError> {
        match extension.oid {
            oid::CRL_DISTRIBUTION_POINTS => self.crl_points = Some(access_points::read_points(extension)?),
            oid::AUTHORITY_INFO_ACCESS => self.access = Some(access_points::read_access(extension)?),
            oid::EXTENDED_KEY_USAGE => self.purposes = Some(read_purposes(extension)?),
            oid::CERTIFICATE_POLICIES => self.policies = Some(certificate_policies::read(extension)?),
            oid::NAME_CONSTRAINTS => self.constraints_form = Some(NameConstraints::read(extension)?.form),
            oid::FRESHEST_CRL => drop(access_points::read_points(extension)?),
            oid::SUBJECT_INFO_ACCESS => drop(access_points::read_access(extension)?),
            oid::SUBJECT_ALT_NAME => {
                let names = &mut self.alternative_names;
                general_name::read_all(&extension.only(SEQUENCE)?, |name| names.push(name))?;
            }
            oid::ISSUER_ALT_NAME => general_name::read_all(&extension.only(SEQUENCE)?, |_| {})?,
            oid::POLICY_MAPPINGS => self.mappings = certificate_policies::read_mappings(extension)?,
            oid::POLICY_CONSTRAINTS | oid::INHIBIT_ANY_POLICY => certificate_policies::check_limits(extension)?,
            _ => {}
        }
        Ok(())
    }
}

fn read_purposes<'a>(extension: &Extension<'a>) -> Result<KeyPurposes<'a>, DerError> {
    let list = extension.only(SEQUENCE)?;
    if list.value.is_empty() {
        return Err(list.error(Fault::Form("an empty list")));
    }
    let mut purposes = KeyPurposes::default();
    let mut reader = list.reader();
    while !reader.is_empty() {
        let found = reader.oid()?.value;
        purposes.count = purposes.count.saturating_add(1);
        match found.strip_prefix(oid::KEY_PURPOSES) {
            Some([1]) => purposes.server = true,
            Some([2]) => purposes.client = true,
            Some([3 | 4 | 8]) => _ = purposes.forbidden.get_or_insert(found),
            Some([9]) => _ = purposes.only_in_cross.get_or_insert(found),
            _ if found == oid::PRECERTIFICATE_SIGNING => _ = purposes.only_in_cross.get_or_insert(found),
            _ if found == oid::ANY_EXTENDED_KEY_USAGE => purposes.any = true,
            _ => _ = purposes.other.get_or_insert(found),
        }
    }
    Ok(purposes)
}
