//! The certificate extensions about URLs and permitted uses (RFC 5280 §4.2), read for the rules. It judges only their
//! form: an unreadable extension is a CERT-DER finding in every profile.

use crate::access_points::{self, AccessPoints};
use crate::extension::Extension;
use crate::finding::{Findings, Severity};
use crate::general_name::{self, GeneralName};
use crate::name_constraints::NameConstraints;
use crate::oid;
use crate::rule::{Cause, Rule};
use crate::strict_der::{DerError, Element, Fault, INTEGER, SEQUENCE, check_integer, small_integer};

/// What was read; `None` for an extension that is absent or cannot be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownExtensions<'a> {
    pub(crate) crl_points: Option<AccessPoints<'a>>,
    pub(crate) ca_issuers: Option<AccessPoints<'a>>,
    pub(crate) purposes: Option<KeyPurposes<'a>>,
    pub(crate) policies: Option<Policies>,
    /// Whether a name constraint has a minimum or maximum.
    pub(crate) bounded_names: Option<bool>,
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

/// What certificatePolicies lists (RFC 5280 §4.2.1.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Policies {
    pub(crate) any: bool,
    pub(crate) reserved: u32,
    pub(crate) others: u32,
}

impl<'a> KnownExtensions<'a> {
    /// Reads them. One with a wrong form gives a CERT-DER finding.
    pub(crate) fn read(extensions: &[Extension<'a>], findings: &mut Findings) -> Self {
        let mut known = KnownExtensions::default();
        for extension in extensions {
            if let Err(error) = known.read_one(extension) {
                let field = oid::extension_name(extension.oid).unwrap_or("extensions");
                let finding = findings.add(Rule::CertDer, Severity::Reject, format!("{field} {error}"));
                finding.because(Cause::DerInside).at(field, error.offset);
            }
        }
        known
    }

    fn read_one(&mut self, extension: &Extension<'a>) -> Result<(), DerError> {
        match extension.oid {
            oid::CRL_DISTRIBUTION_POINTS => self.crl_points = Some(access_points::read_points(extension)?),
            oid::AUTHORITY_INFO_ACCESS => self.ca_issuers = Some(access_points::read_access(extension)?),
            oid::EXTENDED_KEY_USAGE => self.purposes = Some(read_purposes(extension)?),
            oid::CERTIFICATE_POLICIES => self.policies = Some(read_policies(extension)?),
            oid::NAME_CONSTRAINTS => self.bounded_names = Some(NameConstraints::read(extension)?.bounded),
            oid::FRESHEST_CRL => drop(access_points::read_points(extension)?),
            oid::SUBJECT_INFO_ACCESS => drop(access_points::read_access(extension)?),
            oid::SUBJECT_ALT_NAME => {
                let names = &mut self.alternative_names;
                general_name::read_all(&extension.only(SEQUENCE)?, |name| names.push(name))?;
            }
            oid::ISSUER_ALT_NAME => general_name::read_all(&extension.only(SEQUENCE)?, |_| {})?,
            oid::POLICY_MAPPINGS => each(&extension.only(SEQUENCE)?, |mapping| {
                let mut fields = mapping.reader();
                fields.oid()?;
                fields.oid()?;
                fields.finish()
            })?,
            oid::POLICY_CONSTRAINTS => read_policy_constraints(extension)?,
            oid::INHIBIT_ANY_POLICY => check_count(&extension.only(INTEGER)?)?,
            _ => {}
        }
        Ok(())
    }
}

/// Calls `read` with each member of a list of SEQUENCEs, of which there must be one at least.
fn each<'a>(list: &Element<'a>, mut read: impl FnMut(&Element<'a>) -> Result<(), DerError>) -> Result<(), DerError> {
    if list.value.is_empty() {
        return Err(list.error(Fault::Form("an empty list")));
    }
    let mut members = list.reader();
    while !members.is_empty() {
        read(&members.expect(SEQUENCE)?)?;
    }
    Ok(())
}

/// A SkipCerts or PathLength: an INTEGER that is not negative.
fn check_count(integer: &Element<'_>) -> Result<(), DerError> {
    check_integer(integer)?;
    let fault = integer.error(Fault::Form("a count that is negative or above 4294967295"));
    small_integer(integer).map(|_| ()).ok_or(fault)
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

fn read_policies(extension: &Extension<'_>) -> Result<Policies, DerError> {
    let mut policies = Policies::default();
    each(&extension.only(SEQUENCE)?, |policy| {
        let mut fields = policy.reader();
        let found = fields.oid()?.value;
        if let Some(qualifiers) = fields.optional(SEQUENCE)? {
            each(&qualifiers, |qualifier| {
                let mut fields = qualifier.reader();
                fields.oid()?;
                fields.any()?;
                fields.finish()
            })?;
        }
        fields.finish()?;
        match found {
            oid::ANY_POLICY => policies.any = true,
            reserved if oid::is_reserved_policy(reserved) => policies.reserved += 1,
            _ => policies.others += 1,
        }
        Ok(())
    })?;
    Ok(policies)
}

fn read_policy_constraints(extension: &Extension<'_>) -> Result<(), DerError> {
    let list = extension.only(SEQUENCE)?;
    if list.value.is_empty() {
        return Err(list.error(Fault::Form("policyConstraints without any constraint")));
    }
    let mut fields = list.reader();
    for count in [fields.optional(0x80)?, fields.optional(0x81)?].iter().flatten() {
        check_count(count)?;
    }
    fields.finish()
}
