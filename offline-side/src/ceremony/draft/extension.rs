//! The extensions that drafts carry, each with its criticality (RFC 5280 §4.2 and §5.2).

use der::Encode;
use der::asn1::{Ia5String, ObjectIdentifier, OctetString, Uint};
use der::flagset::FlagSet;
use rootcast_pki::crl_number::CrlNumber;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::certpolicy::{CertificatePolicies, PolicyInformation};
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints, CrlDistributionPoints,
    ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};

use crate::ceremony::der_builder;
use crate::ceremony::der_builder::DraftError;
use crate::ceremony::object_identifier::{
    ANY_POLICY, AUTHORITY_INFO_ACCESS, AUTHORITY_KEY_IDENTIFIER, BASIC_CONSTRAINTS, CA_ISSUERS, CERTIFICATE_POLICIES,
    CRL_DISTRIBUTION_POINTS, CRL_NUMBER, EXTENDED_KEY_USAGE, ISSUING_DISTRIBUTION_POINT, KEY_USAGE, REASON_CODE,
    SERVER_AUTH, SUBJECT_KEY_IDENTIFIER,
};

fn extension(extn_id: ObjectIdentifier, critical: bool, value: &impl Encode) -> Result<Extension, DraftError> {
    Ok(Extension { extn_id, critical, extn_value: OctetString::new(value.to_der()?)? })
}

/// The list of extensions, DER.
///
/// # Errors
/// The encoder's error; so for every function here.
pub(crate) fn list(extensions: &[Extension]) -> Result<Vec<u8>, DraftError> {
    let parts: Result<Vec<_>, _> = extensions.iter().map(der_builder::encoded).collect();
    der_builder::sequence(&parts?)
}

/// authorityKeyIdentifier with a key identifier alone (§4.2.1.1).
pub(crate) fn authority_key_identifier(key_id: &[u8]) -> Result<Extension, DraftError> {
    let value = AuthorityKeyIdentifier { key_identifier: Some(OctetString::new(key_id)?), ..Default::default() };
    extension(AUTHORITY_KEY_IDENTIFIER, false, &value)
}

/// subjectKeyIdentifier (§4.2.1.2).
pub(crate) fn subject_key_identifier(key_id: &[u8]) -> Result<Extension, DraftError> {
    extension(SUBJECT_KEY_IDENTIFIER, false, &SubjectKeyIdentifier(OctetString::new(key_id)?))
}

/// basicConstraints of a CA, critical (§4.2.1.9).
pub(crate) fn basic_constraints(path_length: Option<u8>) -> Result<Extension, DraftError> {
    extension(BASIC_CONSTRAINTS, true, &BasicConstraints { ca: true, path_len_constraint: path_length })
}

/// keyUsage keyCertSign and cRLSign, critical (§4.2.1.3).
pub(crate) fn key_usage() -> Result<Extension, DraftError> {
    let flags: FlagSet<KeyUsages> = KeyUsages::KeyCertSign | KeyUsages::CRLSign;
    extension(KEY_USAGE, true, &KeyUsage(flags))
}

/// cRLDistributionPoints with one URL (§4.2.1.13).
pub(crate) fn crl_distribution_point(url: &str) -> Result<Extension, DraftError> {
    let name = GeneralName::UniformResourceIdentifier(Ia5String::new(url)?);
    let point = DistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(vec![name])),
        reasons: None,
        crl_issuer: None,
    };
    extension(CRL_DISTRIBUTION_POINTS, false, &CrlDistributionPoints(vec![point]))
}

/// authorityInfoAccess with one caIssuers URL (§4.2.2.1).
pub(crate) fn authority_info_access(url: &str) -> Result<Extension, DraftError> {
    let access_location = GeneralName::UniformResourceIdentifier(Ia5String::new(url)?);
    let value = AuthorityInfoAccessSyntax(vec![AccessDescription { access_method: CA_ISSUERS, access_location }]);
    extension(AUTHORITY_INFO_ACCESS, false, &value)
}

/// certificatePolicies with anyPolicy alone (§4.2.1.4, BR 7.1.2.10.5).
pub(crate) fn any_policy() -> Result<Extension, DraftError> {
    let policy = PolicyInformation { policy_identifier: ANY_POLICY, policy_qualifiers: None };
    extension(CERTIFICATE_POLICIES, false, &CertificatePolicies(vec![policy]))
}

/// extendedKeyUsage with serverAuth alone (§4.2.1.12, BR 7.1.2.10.6).
pub(crate) fn server_auth() -> Result<Extension, DraftError> {
    extension(EXTENDED_KEY_USAGE, false, &ExtendedKeyUsage(vec![SERVER_AUTH]))
}

/// CRLNumber (§5.2.3).
pub(crate) fn crl_number(number: &CrlNumber) -> Result<Extension, DraftError> {
    extension(CRL_NUMBER, false, &Uint::new(&number.to_be_bytes())?)
}

/// issuingDistributionPoint, critical, with the value of the CRL before (§5.2.5).
pub(crate) fn issuing_distribution_point(value: &[u8]) -> Result<Extension, DraftError> {
    Ok(Extension { extn_id: ISSUING_DISTRIBUTION_POINT, critical: true, extn_value: OctetString::new(value)? })
}

/// reasonCode of an entry (§5.3.1), from its number: an ENUMERATED of one octet.
pub(crate) fn reason_code(code: u8) -> Result<Extension, DraftError> {
    let extn_value = OctetString::new(der_builder::tlv(der::Tag::Enumerated, &[code])?)?;
    Ok(Extension { extn_id: REASON_CODE, critical: false, extn_value })
}
