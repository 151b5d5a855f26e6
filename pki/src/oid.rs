//! The object identifiers this crate knows, as contents octets, and how any of them is shown.

use core::fmt;

pub(crate) const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 14];
pub(crate) const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
pub(crate) const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 17];
pub(crate) const ISSUER_ALT_NAME: &[u8] = &[0x55, 0x1d, 18];
pub(crate) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
pub(crate) const CRL_NUMBER: &[u8] = &[0x55, 0x1d, 20];
pub(crate) const REASON_CODE: &[u8] = &[0x55, 0x1d, 21];
pub(crate) const HOLD_INSTRUCTION_CODE: &[u8] = &[0x55, 0x1d, 23];
pub(crate) const INVALIDITY_DATE: &[u8] = &[0x55, 0x1d, 24];
pub(crate) const DELTA_CRL_INDICATOR: &[u8] = &[0x55, 0x1d, 27];
pub(crate) const ISSUING_DISTRIBUTION_POINT: &[u8] = &[0x55, 0x1d, 28];
pub(crate) const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 29];
pub(crate) const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];
pub(crate) const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 31];
pub(crate) const CERTIFICATE_POLICIES: &[u8] = &[0x55, 0x1d, 32];
pub(crate) const POLICY_MAPPINGS: &[u8] = &[0x55, 0x1d, 33];
pub(crate) const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 35];
pub(crate) const POLICY_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 36];
pub(crate) const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
pub(crate) const FRESHEST_CRL: &[u8] = &[0x55, 0x1d, 46];
pub(crate) const INHIBIT_ANY_POLICY: &[u8] = &[0x55, 0x1d, 54];
pub(crate) const AUTHORITY_INFO_ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];
pub(crate) const SUBJECT_INFO_ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 11];

/// Access method of authorityInfoAccess: the issuer's certificate (RFC 5280 §4.2.2.1).
pub(crate) const CA_ISSUERS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 2];
/// Access method of authorityInfoAccess: an OCSP responder (RFC 5280 §4.2.2.1).
pub(crate) const OCSP: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1];
pub(crate) const ANY_POLICY: &[u8] = &[0x55, 0x1d, 32, 0];
/// Qualifiers of a policy (RFC 5280 §4.2.1.4): a CPS pointer, and a user notice.
pub(crate) const CPS_POINTER: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 2, 1];
pub(crate) const USER_NOTICE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 2, 2];
pub(crate) const ANY_EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37, 0];
/// The uses of RFC 5280 §4.2.1.12: 1 serverAuth, 2 clientAuth, 3 codeSigning, 4 emailProtection, 8 timeStamping,
/// 9 OCSPSigning.
pub(crate) const KEY_PURPOSES: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3];
/// Signing of precertificates (RFC 6962 §3.1).
pub(crate) const PRECERTIFICATE_SIGNING: &[u8] = &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 4];
/// 2.23.140.1: the policy identifiers that the CA/Browser Forum reserves stand below it (BR 7.1.6.1).
const CA_BROWSER_FORUM: &[u8] = &[0x67, 0x81, 0x0c, 1];
/// 1.3.6.1.4.1.311.21: what AD CS puts into certificates and CRLs.
const AD_CS: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 21];

/// Whether a policy identifier is a reserved one: EV, or domain, organisation or individual validated (BR 7.1.6.1).
pub(crate) fn is_reserved_policy(oid: &[u8]) -> bool {
    matches!(oid.strip_prefix(CA_BROWSER_FORUM), Some([1] | [2, 1..=3]))
}

/// The name of a key purpose (RFC 5280 §4.2.1.12).
pub(crate) fn purpose_name(oid: &[u8]) -> Option<&'static str> {
    if oid == ANY_EXTENDED_KEY_USAGE {
        return Some("anyExtendedKeyUsage");
    }
    Some(match oid.strip_prefix(KEY_PURPOSES)? {
        [1] => "serverAuth",
        [2] => "clientAuth",
        [3] => "codeSigning",
        [4] => "emailProtection",
        [8] => "timeStamping",
        [9] => "OCSPSigning",
        _ => return None,
    })
}

/// The name that RFC 5280 gives an extension, or its maker.
pub(crate) fn extension_name(oid: &[u8]) -> Option<&'static str> {
    Some(match oid {
        SUBJECT_KEY_IDENTIFIER => "subjectKeyIdentifier",
        KEY_USAGE => "keyUsage",
        SUBJECT_ALT_NAME => "subjectAltName",
        ISSUER_ALT_NAME => "issuerAltName",
        BASIC_CONSTRAINTS => "basicConstraints",
        CRL_NUMBER => "cRLNumber",
        REASON_CODE => "reasonCode",
        HOLD_INSTRUCTION_CODE => "holdInstructionCode",
        INVALIDITY_DATE => "invalidityDate",
        DELTA_CRL_INDICATOR => "deltaCRLIndicator",
        ISSUING_DISTRIBUTION_POINT => "issuingDistributionPoint",
        CERTIFICATE_ISSUER => "certificateIssuer",
        NAME_CONSTRAINTS => "nameConstraints",
        CRL_DISTRIBUTION_POINTS => "cRLDistributionPoints",
        CERTIFICATE_POLICIES => "certificatePolicies",
        POLICY_MAPPINGS => "policyMappings",
        AUTHORITY_KEY_IDENTIFIER => "authorityKeyIdentifier",
        POLICY_CONSTRAINTS => "policyConstraints",
        EXTENDED_KEY_USAGE => "extKeyUsage",
        FRESHEST_CRL => "freshestCRL",
        INHIBIT_ANY_POLICY => "inhibitAnyPolicy",
        AUTHORITY_INFO_ACCESS => "authorityInfoAccess",
        SUBJECT_INFO_ACCESS => "subjectInfoAccess",
        // ITU-T X.509 §9.5.2.9
        [0x55, 0x1d, 60] => "expiredCertsOnCRL",
        _ => match oid.strip_prefix(AD_CS)? {
            [1] => "CA version, of AD CS",
            [4] => "next CRL publish, of AD CS",
            [14] => "published CRL locations, of AD CS",
            _ => return None,
        },
    })
}

/// Extensions of a certificate that are understood when critical (RFC 5280 §4.2).
pub(crate) const CERTIFICATE_EXTENSIONS: &[&[u8]] = &[
    SUBJECT_KEY_IDENTIFIER,
    KEY_USAGE,
    SUBJECT_ALT_NAME,
    ISSUER_ALT_NAME,
    BASIC_CONSTRAINTS,
    NAME_CONSTRAINTS,
    CRL_DISTRIBUTION_POINTS,
    CERTIFICATE_POLICIES,
    POLICY_MAPPINGS,
    AUTHORITY_KEY_IDENTIFIER,
    POLICY_CONSTRAINTS,
    EXTENDED_KEY_USAGE,
    FRESHEST_CRL,
    INHIBIT_ANY_POLICY,
    AUTHORITY_INFO_ACCESS,
    SUBJECT_INFO_ACCESS,
];

/// Those of them that a CA has to mark as not critical, because software refuses what it has to ignore otherwise (RFC 5280
/// §4.2.1.2, §4.2.1.7, §4.2.1.15, §4.2.2). CERT-AKI speaks of authorityKeyIdentifier.
pub(crate) const NOT_CRITICAL_IN_CERTIFICATES: &[&[u8]] =
    &[SUBJECT_KEY_IDENTIFIER, ISSUER_ALT_NAME, FRESHEST_CRL, AUTHORITY_INFO_ACCESS, SUBJECT_INFO_ACCESS];

/// The same of a CRL (RFC 5280 §5.2.2, §5.2.6, §5.2.7).
pub(crate) const NOT_CRITICAL_IN_CRLS: &[&[u8]] = &[ISSUER_ALT_NAME, FRESHEST_CRL, AUTHORITY_INFO_ACCESS];

/// Those that RFC 5280 has for a CRL and BR 7.2.2 does not recommend. Other rules speak of freshestCRL and
/// deltaCRLIndicator.
pub(crate) const NOT_RECOMMENDED_IN_CRLS: &[&[u8]] = &[ISSUER_ALT_NAME, AUTHORITY_INFO_ACCESS];

/// Extensions of a CRL that are understood when critical (RFC 5280 §5.2).
pub(crate) const CRL_EXTENSIONS: &[&[u8]] = &[
    ISSUER_ALT_NAME,
    CRL_NUMBER,
    DELTA_CRL_INDICATOR,
    ISSUING_DISTRIBUTION_POINT,
    AUTHORITY_KEY_IDENTIFIER,
    FRESHEST_CRL,
    AUTHORITY_INFO_ACCESS,
];

/// Contents octets of an OBJECT IDENTIFIER, shown with dots.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dotted<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Dotted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc = 0_u128;
        let mut first = true;
        for octet in self.0.iter().take(64) {
            if arc > u128::MAX >> 7 {
                return f.write_str(".…");
            }
            arc = (arc << 7) | u128::from(octet & 0x7f);
            if octet & 0x80 != 0 {
                continue;
            }
            if first {
                let top = (arc / 40).min(2);
                write!(f, "{top}.{}", arc - top * 40)?;
            } else {
                write!(f, ".{arc}")?;
            }
            first = false;
            arc = 0;
        }
        if self.0.len() > 64 { f.write_str(".…") } else { Ok(()) }
    }
}

/// An extension's identifier with its name, where it has one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Dotted(self.0).fmt(f)?;
        match extension_name(self.0) {
            Some(name) => write!(f, " ({name})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_shown_with_dots() {
        assert_eq!(Dotted(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5]).to_string(), "1.2.840.113549.1.1.5");
        assert_eq!(Dotted(&[0x60, 0x86, 0x48, 1]).to_string(), "2.16.840.1");
        assert_eq!(Dotted(&[0xff; 80]).to_string(), ".…");
    }
}
