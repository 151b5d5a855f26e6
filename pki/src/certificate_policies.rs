//! certificatePolicies, policyMappings and inhibitAnyPolicy (RFC 5280 §4.2.1.4, §4.2.1.5, §4.2.1.14): which policies a
//! certificate has, and which of them it leaves to the CAs below it. It builds no policy tree.

use std::collections::BTreeSet;

use crate::extension::{self, Extension};
use crate::oid;
use crate::strict_der::{DerError, Element, Fault, INTEGER, SEQUENCE, check_integer, small_integer};

const IA5_STRING: u8 = 0x16;

/// What certificatePolicies lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Policies<'a> {
    /// Whether it has anyPolicy.
    pub(crate) any: bool,
    /// How many identifiers the CA/Browser Forum reserves.
    pub(crate) reserved: u32,
    /// How many others.
    pub(crate) others: u32,
    /// All of them.
    pub(crate) identifiers: BTreeSet<&'a [u8]>,
    /// The first that stands there again.
    pub(crate) twice: Option<&'a [u8]>,
    /// The first kind of qualifier that is neither a CPS pointer nor a user notice.
    pub(crate) unknown_qualifier: Option<&'a [u8]>,
    /// Whether there is a user notice.
    pub(crate) has_notice: bool,
    /// Whether there is a CPS pointer that is no URL of HTTP or HTTPS.
    pub(crate) has_odd_pointer: bool,
}

/// Calls `read` with each member of a list of SEQUENCEs, of which there must be one at least.
pub(crate) fn each<'a>(
    list: &Element<'a>,
    mut read: impl FnMut(&Element<'a>) -> Result<(), DerError>,
) -> Result<(), DerError> {
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
pub(crate) fn read_count(integer: &Element<'_>) -> Result<u32, DerError> {
    check_integer(integer)?;
    let fault = integer.error(Fault::Form("a count that is negative or above 4294967295"));
    small_integer(integer).ok_or(fault)
}

/// Reads certificatePolicies.
pub(crate) fn read<'a>(extension: &Extension<'a>) -> Result<Policies<'a>, DerError> {
    let mut policies = Policies::default();
    each(&extension.only(SEQUENCE)?, |policy| {
        let mut fields = policy.reader();
        let found = fields.oid()?.value;
        if let Some(qualifiers) = fields.optional(SEQUENCE)? {
            each(&qualifiers, |qualifier| policies.add_qualifier(qualifier))?;
        }
        fields.finish()?;
        match found {
            oid::ANY_POLICY => policies.any = true,
            reserved if oid::is_reserved_policy(reserved) => policies.reserved += 1,
            _ => policies.others += 1,
        }
        if !policies.identifiers.insert(found) {
            policies.twice.get_or_insert(found);
        }
        Ok(())
    })?;
    Ok(policies)
}

impl<'a> Policies<'a> {
    fn add_qualifier(&mut self, qualifier: &Element<'a>) -> Result<(), DerError> {
        let mut fields = qualifier.reader();
        let kind = fields.oid()?.value;
        let value = fields.any()?;
        fields.finish()?;
        match kind {
            oid::CPS_POINTER => {
                let has_scheme = |scheme: &[u8]| {
                    value.value.get(..scheme.len()).is_some_and(|found| found.eq_ignore_ascii_case(scheme))
                };
                self.has_odd_pointer |= value.tag != IA5_STRING || !(has_scheme(b"http://") || has_scheme(b"https://"));
            }
            oid::USER_NOTICE => self.has_notice = true,
            other => _ = self.unknown_qualifier.get_or_insert(other),
        }
        Ok(())
    }
}

/// One pair of policyMappings: what the issuer calls a policy, and what the subject does.
pub(crate) type Mapping<'a> = (&'a [u8], &'a [u8]);

/// Reads policyMappings.
pub(crate) fn read_mappings<'a>(extension: &Extension<'a>) -> Result<Vec<Mapping<'a>>, DerError> {
    let mut mappings = Vec::new();
    each(&extension.only(SEQUENCE)?, |mapping| {
        let mut fields = mapping.reader();
        mappings.push((fields.oid()?.value, fields.oid()?.value));
        fields.finish()
    })?;
    Ok(mappings)
}

/// The policies that a CA's certificate leaves to the CAs below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Granted {
    /// Every policy: it has anyPolicy, or says nothing of policies that can be read.
    Every,
    /// These, and anyPolicy, which means these.
    Only(BTreeSet<Vec<u8>>),
}

impl Granted {
    /// Those of a certificate with these extensions. A policy that it maps goes on under its names for it.
    pub(crate) fn by(extensions: &[Extension<'_>]) -> Granted {
        let found = extension::find(extensions, oid::CERTIFICATE_POLICIES).and_then(|found| read(found).ok());
        let Some(policies) = found.filter(|policies| !policies.any) else { return Granted::Every };
        let mappings = extension::find(extensions, oid::POLICY_MAPPINGS).and_then(|found| read_mappings(found).ok());
        let mappings = mappings.unwrap_or_default();
        let mut granted = BTreeSet::new();
        for policy in policies.identifiers {
            let mut names = mappings.iter().filter(|(here, _)| *here == policy).peekable();
            if names.peek().is_none() {
                granted.insert(policy.to_vec());
            }
            granted.extend(names.map(|(_, below)| below.to_vec()));
        }
        Granted::Only(granted)
    }

    /// The first of these policies that is not among them.
    pub(crate) fn first_beyond<'p>(&self, policies: &Policies<'p>) -> Option<&'p [u8]> {
        match self {
            Granted::Every => None,
            Granted::Only(granted) => {
                policies.identifiers.iter().copied().find(|one| *one != oid::ANY_POLICY && !granted.contains(*one))
            }
        }
    }
}

/// Whether inhibitAnyPolicy or policyConstraints has the form that RFC 5280 gives it.
pub(crate) fn check_limits(extension: &Extension<'_>) -> Result<(), DerError> {
    if extension.oid == oid::INHIBIT_ANY_POLICY {
        return read_count(&extension.only(INTEGER)?).map(|_| ());
    }
    let list = extension.only(SEQUENCE)?;
    if list.value.is_empty() {
        return Err(list.error(Fault::Form("policyConstraints without any constraint")));
    }
    let mut fields = list.reader();
    for count in [fields.optional(0x80)?, fields.optional(0x81)?].iter().flatten() {
        read_count(count)?;
    }
    fields.finish()
}
